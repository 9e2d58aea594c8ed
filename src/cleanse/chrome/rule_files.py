"""Rules as data: one TOML file per language, loaded once per process, each rule proved by its own examples.

    [[rule]]                       # src/cleanse/chrome/rules/fr.toml: its id is fr.comment-form
    name    = "comment-form"
    kind    = "comment-form"       # what the line is, where readers of the page ask; see KINDS
    starts  = "tail"               # everything below goes too; "block": the list below it; absent: the line
    phrases = ["votre adresse e-mail ne sera pas publiée"]
    removes = ["Votre adresse e-mail ne sera pas publiée. Les champs obligatoires sont indiqués avec *"]
    keeps   = ["Il a refusé de laisser un commentaire à la presse."]

Imports documents, errors and its own package.
"""

from __future__ import annotations

import hashlib
import re
import tomllib
from dataclasses import dataclass, fields
from difflib import get_close_matches
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cleanse.chrome.dates import Words, merge_words
from cleanse.chrome.lines import fold_phrases, split_lines
from cleanse.chrome.rule_index import Index, build_index
from cleanse.chrome.rule_matcher import KINDS, LEARNED, OWN, Finding, Place, Rule, match
from cleanse.errors import SettingError

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    from cleanse.chrome.lines import Line

FOLDER = Path(__file__).parent / "rules"
FIRST = ("any", "en")  # where files share a phrase, these are named: untranslated themes are English
# rules that are code, not phrases; `--without` knows their names too
BUILT_IN = (
    "body.above",
    "body.below",
    "head.above-headline",
    "head.breadcrumb",
    "head.glued-headline",
    "head.repeated-headline",
    "metadata.author",
    "metadata.date",
    "metadata.front-matter",
    "model.line",
    "model.tail",
    LEARNED,
    "tail.author",
)
# measured: of what these remove and the line model would keep next to nothing is content (docs/notes/chrome.md)
SURE_BUILT_IN = frozenset({"tail.author"})
_KEYS = {"name", "starts", *(f.name for f in fields(Rule) if f.name != "id")}
_CHOICES = {
    "action": ("remove", "keep"),
    "kind": KINDS,
    "scope": ("line", "match", "block", "tail"),
    "starts": ("tail", "block"),
    "strength": ("sure", "likely", "hint"),
    "where": ("any", "head", "after", "tail"),
}
_LISTS = (
    "lines",
    "phrases",
    "labels",
    "ends",
    "parts",
    "only",
    "patterns",
    "needs",
    "sites",
    "documents",
    "removes",
    "keeps",
)
_BOUNDS = ("sites", "documents")  # may stand at the top of a file, for all its rules
_SHORTEST = {"parts": 4, "phrases": 2, "labels": 2, "ends": 3, "lines": 1}  # characters of a folded phrase


@dataclass(frozen=True, slots=True)
class Rules:
    """All rules in force. Equal digests mean equal decisions."""

    rules: tuple[Rule, ...]
    without: frozenset[str]
    digest: str
    index: Index
    words: Words
    sure: frozenset[str]  # ids of rules that no line model overrules
    own_keeps: Index | None = None  # the user's own rules that keep

    def off(self, rule: str) -> bool:
        """Return whether a rule was switched off by its id or by a prefix such as "fr."."""
        return is_off(rule, self.without)


def is_off(rule: str, without: Collection[str]) -> bool:
    """Return whether a rule is among those switched off, by its id or by a prefix such as "fr."."""
    return any(rule == w or (w.endswith(".") and rule.startswith(w)) for w in without)


def learns_lines(skip: Collection[str], strictness: str, without: Collection[str]) -> bool:
    """Return whether lines are learned per site: not if chrome removal is careful or skipped, or the rule switched off.

    Args:
        skip: Steps that are left out.
        strictness: How readily chrome is removed.
        without: Ids of rules that are switched off.
    """
    return not ("chrome" in skip or strictness == "careful" or is_off(LEARNED, without))


def load_rules(own: Path | None = None, without: Collection[str] = ()) -> Rules:
    """Return the package's rules and the user's own, without those switched off. Cached per process.

    Raises SettingError where the user's file cannot be used or `without` names no rule.
    """
    content = None if own is None else _read(own)
    return _load(None if own is None else str(own), content, tuple(sorted(set(without))))


def findings(lines: Sequence[Line], rules: Rules, place: Place = Place()) -> list[tuple[Finding, ...]]:  # noqa: B008
    """Return what the rules say about every line, in the order of the rules; one tuple per line."""
    return match(lines, rules.index, place)


def parse_rules(name: str, content: str, where: str) -> list[Rule]:
    """Return the rules of one file. `name` becomes the first part of their ids, `where` stands in messages."""
    try:
        data = tomllib.loads(content)
    except tomllib.TOMLDecodeError as error:
        raise SettingError(f"{where}: not valid TOML: {error}.") from None
    return _rules_of(name, data, where)


def _rules_of(name: str, data: dict[str, Any], where: str, *, are_proven: bool = False) -> list[Rule]:
    unknown = sorted(set(data) - {"rule", "words", *_BOUNDS})
    if unknown:
        raise SettingError(f"{where}: unknown key {unknown[0]!r}. A rule file holds [[rule]] tables.")
    bounds = {key: data[key] for key in _BOUNDS if key in data}
    for key, value in bounds.items():
        _check_value(where, key, value)
    rules = [_rule(name, {**bounds, **table}, where, is_proven=are_proven) for table in data.get("rule", [])]
    seen: set[str] = set()
    for rule in rules:
        if rule.id in seen:
            raise SettingError(f"{where}: two rules are named {rule.id!r}. Rename one.")
        seen.add(rule.id)
    return rules


def failures(rules: Iterable[Rule]) -> list[str]:
    """Return one line for every example that its own rule does not bear out; empty if all rules prove themselves."""
    wrong = []
    for rule in rules:
        index = build_index([rule])
        must, must_not = (rule.keeps, rule.removes) if rule.action == "keep" else (rule.removes, rule.keeps)
        place = Place(*((names or (None,))[0] for names in (rule.sites, rule.documents)))
        for text, expected in [*((t, True) for t in must), *((t, False) for t in must_not)]:
            found = any(match(split_lines(text), index, place))
            if found != expected:
                verb = "does not match" if expected else "matches"
                wrong.append(f"rule {rule.id!r} {verb} its own example {text!r}")
    return wrong


@lru_cache(maxsize=8)
def _load(own: str | None, content: str | None, without: tuple[str, ...]) -> Rules:
    package, words = _package()
    rules = list(package)
    if content is not None and own is not None:
        mine = parse_rules(OWN.rstrip("."), content, own)
        for wrong in failures(mine):
            raise SettingError(f"{own}: {wrong}. Mend the phrase or the example.")
        rules += mine
    _check_without(without, [rule.id for rule in rules])
    kept = tuple(rule for rule in rules if not is_off(rule.id, without))
    digest = hashlib.sha256(repr((kept, without, words)).encode()).hexdigest()
    sure = frozenset(rule.id for rule in kept if rule.strength == "sure" or rule.id.startswith(OWN)) | SURE_BUILT_IN
    keeping = [rule for rule in kept if rule.id.startswith(OWN) and rule.action == "keep"]
    own_keeps = build_index(keeping) if keeping else None
    return Rules(kept, frozenset(without), digest, build_index(kept), words, sure, own_keeps)


@lru_cache(maxsize=1)
def _package() -> tuple[tuple[Rule, ...], Words]:
    """Return the rules and words of the package's own files."""
    rules: list[Rule] = []
    words: list[dict[str, object]] = []
    for path in sorted(FOLDER.glob("*.toml"), key=lambda p: (p.stem not in FIRST, p.stem)):
        data = tomllib.loads(path.read_text(encoding="utf-8"))
        rules += _rules_of(path.stem, data, path.name, are_proven=True)  # by the tests, with `parse_rules`
        words.append(data.get("words", {}))
    return tuple(rules), merge_words(words)


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise SettingError(f"rules {str(path)!r} cannot be read: {error}.") from None


def _check_without(without: Sequence[str], ids: list[str]) -> None:
    known = [*ids, *BUILT_IN]
    prefixes = sorted({i.split(".")[0] + "." for i in known})
    for name in without:
        if name in known or name in prefixes:
            continue
        close = get_close_matches(name, [*known, *prefixes], n=3)
        hint = f"Did you mean {', '.join(close)}?" if close else f"Rules begin with one of: {', '.join(prefixes)}"
        raise SettingError(f"without = {name!r} names no rule. {hint}")


def _rule(file: str, table: dict[str, Any], where: str, *, is_proven: bool) -> Rule:
    name = table.get("name")
    if not isinstance(name, str) or not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", name):
        raise SettingError(f"{where}: a rule needs a name of small letters and hyphens, not {name!r}.")
    where = f"{where}: rule {name!r}"
    for key, value in table.items() if not is_proven else ():
        _check_value(where, key, value)
    if "starts" in table and "scope" in table:
        raise SettingError(f"{where} has both `starts` and `scope`; say one.")
    values: dict[str, Any] = {
        k: tuple(v) if k in _LISTS else v for k, v in table.items() if k not in ("name", "starts")
    }
    if "starts" in table:
        values["scope"] = table["starts"]
    if file + "." == OWN:  # who writes a rule for himself means it
        values.setdefault("strength", "sure")
    rule = Rule(id=f"{file}.{name}", **values)
    if not any((rule.lines, rule.phrases, rule.labels, rule.ends, rule.parts, rule.only, rule.patterns)):
        raise SettingError(f"{where} finds nothing: give it lines, phrases, labels, ends, parts, only or patterns.")
    return rule


def _check_value(where: str, key: str, value: object) -> None:
    if key not in _KEYS:
        close = get_close_matches(key, sorted(_KEYS), n=1)
        hint = f"Did you mean {close[0]!r}?" if close else f"Known: {', '.join(sorted(_KEYS))}."
        raise SettingError(f"{where}: unknown key {key!r}. {hint}")
    if key in _CHOICES and value not in _CHOICES[key]:
        raise SettingError(f"{where}: {key} = {value!r}; use one of: {', '.join(_CHOICES[key])}.")
    if key == "max_words" and (not isinstance(value, int) or value < 1):
        raise SettingError(f"{where}: max_words = {value!r}; it is a number of words, at least 1.")
    if key == "alone" and not isinstance(value, bool):
        raise SettingError(f"{where}: alone = {value!r}; it is true or false.")
    if key not in _LISTS:
        return
    if not isinstance(value, list) or not all(isinstance(v, str) and v.strip() for v in value):
        raise SettingError(f"{where}: {key} is a list of strings.")
    for text in value if key == "patterns" else ():
        try:
            re.compile(text, re.IGNORECASE)
        except re.error as error:
            raise SettingError(f"{where}: pattern {text!r} does not compile: {error}.") from None
    if key in _SHORTEST:
        for text, folded in zip(value, fold_phrases(value, open_end=key == "phrases"), strict=True):
            if len(folded) < _SHORTEST[key]:
                raise SettingError(f"{where}: {text!r} is too short for `{key}`; at least {_SHORTEST[key]} characters.")
