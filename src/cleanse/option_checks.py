"""Check the values of options, and say in the error what would do."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING, Any

from cleanse.errors import SettingError

if TYPE_CHECKING:
    from dataclasses import Field

FIELDS_OF_RECORDS = ("text", "title", "author", "date", "url", "id")  # names that `--field NAME=FIELD` knows


def check_option(one: Field[Any], value: Any) -> None:
    """Check type, bounds and choices of one option. Raises SettingError where they do not fit."""
    name, about, kind = one.name, one.metadata, str(one.type)
    if value is None and kind.endswith("None"):
        return
    if not _has_type(value, kind):
        raise SettingError(f"{name} = {value!r} has the wrong type. Expected: {_spell_type(kind)}.")
    if _is_outside(value, about):
        raise SettingError(f"{name} = {value} cannot be used: {about['help']}. {_spell_bounds(about)}")
    for item in value if isinstance(value, tuple) else (value,):
        if about["choices"] and item not in about["choices"]:
            known = about["choices"]
            raise SettingError(f"{name} = {item!r} is not known.{suggest(item, known)} Use one of: {', '.join(known)}.")


def _is_outside(value: Any, about: Any) -> bool:
    """Return whether a number lies outside an option's bounds."""
    return (
        (about["least"] is not None and value < about["least"])
        or (about["over"] is not None and value <= about["over"])
        or (about["most"] is not None and value > about["most"])
    )


def _has_type(value: Any, kind: str) -> bool:
    """Return whether a value has the type of an option, which is given as its annotation."""
    if kind.startswith("tuple"):
        return isinstance(value, tuple) and all(isinstance(item, str) for item in value)
    if kind.startswith("bool"):
        return isinstance(value, bool)
    numbers = (int, float) if kind.startswith("float") else (int,) if kind.startswith("int") else ()
    return isinstance(value, numbers or str) and not isinstance(value, bool)


def _spell_type(kind: str) -> str:
    """Return the type of an option in words."""
    plain = kind.removesuffix(" | None")
    words = {"str": "a text", "int": "a whole number", "float": "a number", "bool": "true or false"}
    return words.get(plain, "a list of texts")


def _spell_bounds(about: Any) -> str:
    """Return the bounds of an option in words."""
    bounds = [
        text
        for text, bound in (
            (f"at least {about['least']}", about["least"]),
            (f"over {about['over']}", about["over"]),
            (f"at most {about['most']}", about["most"]),
        )
        if bound is not None
    ]
    return f"Use a number {' and '.join(bounds)}."


def check_pair(pair: str) -> None:
    """Check a value of the option `field`."""
    name, is_pair, wanted = pair.partition("=")
    if not is_pair or not wanted or name not in FIELDS_OF_RECORDS:
        raise SettingError(
            f"field = {pair!r} cannot be used. Write NAME=FIELD, where NAME is one of {', '.join(FIELDS_OF_RECORDS)}."
        )


def check_languages(codes: tuple[str, ...]) -> None:
    """Check the codes of the option `language`."""
    if not codes:
        return
    from cleanse.language import KNOWN_LANGUAGES

    for code in codes:
        if code not in KNOWN_LANGUAGES and code != "und":
            raise SettingError(
                f"language = {code!r} is not known.{_suggest_languages(code)} Use ISO 639 codes, one a flag."
            )


def _suggest_languages(word: str) -> str:
    """Return a hint at the language that an unknown code may stand for."""
    from cleanse.language import KNOWN_LANGUAGES

    known_codes = [code for code in word.replace(",", " ").split() if code in KNOWN_LANGUAGES]
    if len(known_codes) > 1:
        return f" For several languages: {' '.join(f'-l {code}' for code in known_codes)}."
    similar = [code for code in (word[:2].lower(), word[:3].lower()) if code in KNOWN_LANGUAGES]
    similar += difflib.get_close_matches(word.lower(), sorted(KNOWN_LANGUAGES), 3, 0.6)
    return f" Did you mean {' or '.join(map(repr, dict.fromkeys(similar[:3])))}?" if similar else ""


def suggest(value: Any, known: Any) -> str:
    """Return a hint at the known name that is most like an unknown one."""
    similar = difflib.get_close_matches(str(value), list(known), 1, 0.6)
    return f" Did you mean {similar[0]!r}?" if similar else ""
