"""Write rules that keep or remove lines into a file of own rules, and try them on the pages they were made from.

Each rule carries its lines as its examples, which are its tests.
"""

from __future__ import annotations

import json
import re
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from cleanse.atomic_write import new_file
from cleanse.chrome import load_rules
from cleanse.chrome.document_chrome import strip_documents
from cleanse.chrome.rule_files import failures, parse_rules
from cleanse.documents import Draft, Page, Record
from cleanse.errors import SettingError
from cleanse.spans import restore

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from cleanse.documents import Span

RULES = "own-rules.toml"
_HEAD = "# Own rules, made by `cleanse apply` and `cleanse restore`. Use them with `--rules`.\n"
_NAME_CHARS = 60  # of a rule's name


class Bound(NamedTuple):
    """Where a rule holds.

    Attributes:
        key: "sites" or "documents"; "": everywhere.
        value: The site, or the id of the document.
    """

    key: str = ""
    value: str = ""


class Wish(NamedTuple):
    """A line that is to be kept or removed.

    Attributes:
        id: The document that it stands in.
        line: The line.
        verdict: "keep" or "remove".
        bound: Where the rule is to hold.
    """

    id: str
    line: str
    verdict: str
    bound: Bound


def whole_lines(text: str, start: int, end: int) -> list[str]:
    """Return the lines of a text that a place touches, whole and without blank ones: rules see whole lines."""
    first = text.rfind("\n", 0, start) + 1
    last = text.find("\n", end)
    touched = text[first : last if last >= 0 else len(text)].split("\n")
    offset, lines = first, []
    for line in touched:
        here = text[max(start, offset) : min(end, offset + len(line))]
        if line.strip() and here.strip():
            lines.append(line.strip())
        offset += len(line) + 1
    return lines


def write_rules(path: Path, used: str | None, wishes: Iterable[Wish]) -> tuple[list[Wish], list[Wish]]:
    """Write a rule for each verdict and bound, after the rules that a file has.

    Returns the wishes that the rules serve, and those whose lines no rule can match.

    Args:
        path: The file of own rules.
        used: The file of own rules that the run used, which are copied if `path` does not exist; None: it used none.
        wishes: The lines.
    """
    base = path if path.exists() else Path(used or path)
    old = base.read_text(encoding="utf-8") if base.is_file() else ""
    taken = {rule.get("name") for rule in tomllib.loads(old).get("rule", [])}
    groups: dict[tuple[str, Bound], list[str]] = {}
    usable, unusable = [], []
    for wish in wishes:
        if _is_unusable(wish):
            unusable.append(wish)
            continue
        usable.append(wish)
        lines = groups.setdefault((wish.verdict, wish.bound), [])
        if wish.line not in lines:
            lines.append(wish.line)
    rules = []
    for (verdict, bound), lines in sorted(groups.items()):
        name = _new_name(verdict, bound, taken)
        taken.add(name)
        rules.append(spell_rule(name, verdict, bound, lines))
    if rules:
        with new_file(path) as temporary:
            temporary.write_text("\n".join([old.rstrip() + "\n" if old.strip() else _HEAD, *rules]), encoding="utf-8")
    return usable, unusable


def _new_name(verdict: str, bound: Bound, taken: set[Any]) -> str:
    """Return a name for a rule that no other rule has."""
    slug = re.sub(r"[^a-z0-9]+", "-", bound.value.lower()).strip("-")[-_NAME_CHARS:].strip("-")
    base = f"{verdict}-{slug or 'anywhere'}"
    return next(name for name in (base, *(f"{base}-{i}" for i in range(2, 10_000))) if name not in taken)


def spell_rule(name: str, verdict: str, bound: Bound, lines: Iterable[str]) -> str:
    """Return a rule in TOML.

    Args:
        name: Name of the rule.
        verdict: "keep" or "remove".
        bound: Where it holds.
        lines: The lines that it finds.
    """
    listed = "".join(f"  {_quote(line)},\n" for line in lines)
    out = [f'[[rule]]\nname = "{name}"', 'action = "keep"' if verdict == "keep" else 'strength = "sure"']
    if bound.key:
        out.append(f"{bound.key} = [{_quote(bound.value)}]")
    example = "keeps" if verdict == "keep" else "removes"
    return "\n".join([*out, f"lines = [\n{listed}]", f"{example} = [\n{listed}]"]) + "\n"


def _quote(text: str) -> str:
    """Return a basic string of TOML: like JSON's, with DEL escaped too."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def _is_unusable(wish: Wish) -> bool:
    """Return whether a rule of this line cannot be made, or fails on its own examples."""
    try:
        return bool(failures(parse_rules("own", spell_rule("x", wish.verdict, wish.bound, [wish.line]), "own")))
    except (SettingError, re.error):
        return True


def ineffective_wishes(
    path: Path,
    settings: Mapping[str, Any],
    wishes: Iterable[Wish],
    rows: Mapping[str, Mapping[str, Any]],
    removed: Mapping[str, Sequence[Span]],
) -> list[Wish]:
    """Return the wishes that are not fulfilled when their pages are cleaned with the rules.

    Args:
        path: The file of own rules.
        settings: Options of the run.
        wishes: The wishes.
        rows: Rows of `corpus/` and `withheld/`, by id.
        removed: Removed spans, by id.
    """
    rules = load_rules(path, tuple(settings["without"]))
    by_page: dict[str, list[Wish]] = {}
    for wish in wishes:
        by_page.setdefault(wish.id, []).append(wish)
    ineffective = []
    for name, wishes_of_page in by_page.items():
        row = rows[name]
        text = restore(row["text"] or "", removed[name])
        extracted = tuple(span for span in removed[name] if span.step == "extract")
        page = Page(text, extracted, title=row["title"])
        draft = Draft(Record(name, b"", url=row["url"], site=row["site"]), 0, "", page=page)
        cleaned = strip_documents([draft], rules, settings["chrome"], [name])[0][0]
        kept = {line.strip() for line in cleaned.text.splitlines()}
        ineffective += [wish for wish in wishes_of_page if (wish.line in kept) != (wish.verdict == "keep")]
    return ineffective
