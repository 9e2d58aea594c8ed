r"""One layer of escaping that a program left in a record's text: `&#39;`, `&amp;quot;`, `\n`, `\u00e9`, `<br/>`.

A layer is undone only where the whole text shows it. An article that speaks of `&eacute;` has an é of its own beside it; a
path like `C:\new` has backslashes that escape nothing.
"""

from __future__ import annotations

import html
import html.entities
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

MAX_LAYERS = 3  # `&amp;amp;#39;` has been seen
MAX_RAW = 0.05  # of a character as often as it is escaped: what someone typed into an escaped text
_ENTITY = re.compile(r"&(?:#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});")
_QUERY = re.compile(r"&(?=\w+=)")  # of a URL that was typed into the text
_TAG = re.compile(r"<[/!]?([a-zA-Z][a-zA-Z0-9]*)\b[^<>]{0,2000}>")
_BREAK = re.compile(r"[ \t]*<br\s*/?>[ \t]*(?:\r?\n[ \t]*)?", re.IGNORECASE)
_ESCAPE = re.compile(r"\\(?:u([0-9a-fA-F]{4})|x([0-9a-fA-F]{2})|([nrtfb\"'/\\]))")
# An `\n` that ends a line: after an end mark, beside another, or before what begins a line
_LINE_END = re.compile(
    r"(?<![A-Z]:)(?:(?<=[.!?…:;,»”)\]])\s?(?:\\r)?\\n|(?:\\r)?\\n(?=(?:\\r)?\\n)|(?<=\\n)\\n|\\r\\n|(?<=\w)\\n(?=[A-ZÀ-ÞŒ«“\"•*–—-]))"
)
_SIMPLE = {"n": "\n", "r": "\r", "t": "\t", "f": "\n", "b": ""}


def unescape_text(text: str) -> tuple[str, tuple[str, ...]]:
    """Return the text without a layer of escaping, and what was undone: "escapes", "entities", "line-breaks"."""
    names: list[str] = []
    if "\\" in text and (plain := _without_escapes(text)) is not None:
        text = plain
        names.append("escapes")
    for _ in range(MAX_LAYERS):
        if "&" not in text or (plain := _without_entities(text)) is None:
            break
        text = plain
        if "entities" not in names:
            names.append("entities")
    if "<" in text and {match[1].lower() for match in _TAG.finditer(text)} == {"br"}:
        text = _BREAK.sub("\n", text)
        names.append("line-breaks")
    return text, tuple(names)


def unescape_name(text: str) -> str:
    """Return a title or a name without entities."""
    return _ENTITY.sub(lambda match: html.unescape(match[0]), text) if "&" in text else text


def _is_known(entity: str) -> bool:
    return entity[1] == "#" or entity[1:] in html.entities.html5


def _without_entities(text: str) -> str | None:
    """Return the text with its entities undone, or None where it is HTML or has the same characters unescaped."""
    entities = [match[0] for match in _ENTITY.finditer(text) if _is_known(match[0])]
    if not entities or {match[1].lower() for match in _TAG.finditer(text)} - {"br"}:
        return None
    bare = _QUERY.sub("", _ENTITY.sub(lambda match: "" if _is_known(match[0]) else match[0], text))
    counts: dict[str, int] = {}
    for entity in entities:
        char = html.unescape(entity)
        counts[char] = counts.get(char, 0) + 1
    for char, count in counts.items():
        if char not in "\xa0<>" and bare.count(char) > count * (1 if char in "'\"" else MAX_RAW):
            return None
    if bare.count("&") > MAX_RAW * len(entities):
        return None
    return _ENTITY.sub(lambda match: html.unescape(match[0]), text)


def _without_escapes(text: str) -> str | None:
    r"""Return the text with `\n`, `\"`, `\u00e9` undone, or None where a backslash is a backslash."""
    escapes = list(_ESCAPE.finditer(text))
    if len(_ESCAPE.sub("", text)) != len(text) - sum(len(match[0]) for match in escapes) or "\\" in _ESCAPE.sub(
        "", text
    ):
        return None
    if not (_shown_by_letters(text, escapes) or _shown_by_quotes(text, escapes) or _shown_by_line_ends(text, escapes)):
        return None
    return _joined("".join(_unescaped(text, escapes)))


def _shown_by_letters(text: str, escapes: list[re.Match[str]]) -> bool:
    r"""Return whether `\u00e9` stands for every letter beyond ASCII."""
    return text.isascii() and any(match[1] or match[2] for match in escapes)


def _shown_by_quotes(text: str, escapes: list[re.Match[str]]) -> bool:
    """Return whether every quote of a kind has a backslash."""
    kinds = {match[3] for match in escapes} & {'"', "'"}
    return bool(kinds) and all(text.count(kind) == text.count("\\" + kind) for kind in sorted(kinds))


def _shown_by_line_ends(text: str, escapes: list[re.Match[str]]) -> bool:
    r"""Return whether `\n` stands where lines end, and no line ends otherwise."""
    breaks = sum(1 for match in escapes if match[3] == "n")
    return "\n" not in text and breaks > 0 and 2 * sum(1 for _ in _LINE_END.finditer(text)) > breaks


def _unescaped(text: str, escapes: list[re.Match[str]]) -> Iterator[str]:
    at = 0
    for match in escapes:
        yield text[at : match.start()]
        code = match[1] or match[2]
        yield chr(int(code, 16)) if code else _SIMPLE.get(match[3], match[3])
        at = match.end()
    yield text[at:]


def _joined(text: str) -> str:
    """Return a text whose halves of characters are whole; one without its other half becomes U+FFFD."""
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
