"""Verdicts turned into rules of one's own, each with its example as its test, and into the estimate on the dataset card."""

from __future__ import annotations

import json
import re
import tomllib
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cleanse.atomic_write import new_file
from cleanse.chrome import load_rules, strip
from cleanse.chrome.rule_files import failures, parse_rules
from cleanse.corpus import read_manifest
from cleanse.corpus.card import ESTIMATE, write_card
from cleanse.corpus.reader import spans, texts
from cleanse.errors import CleanseError, SettingError
from cleanse.report.commands import run_command
from cleanse.review.estimating import Estimate, estimate
from cleanse.review.sampling import draw
from cleanse.review.sheets import MAX_LINES, Item, items_of, read_verdicts
from cleanse.spans import cut, restore

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from cleanse.documents import Span

RULES = "own-rules.toml"


@dataclass(frozen=True, slots=True)
class Applied:
    """What became of a sheet. Lines are (id, text)."""

    rules: Path | None  # None: no tick asks for a rule
    made: int  # lines that rules now speak of
    hold: int  # of these, lines that go or stay as wished when the page is cleaned with the rules
    defied: tuple[tuple[str, str], ...]  # lines that do not
    extracted: tuple[tuple[str, str], ...]  # wanted back, but left out by the HTML extractor, before any rule is asked
    unusable: tuple[tuple[str, str], ...]  # no rule can name them: nothing but signs
    lost: Estimate  # words of content wrongly removed, of all content
    left: Estimate  # words of chrome left, of all words kept
    order: str
    moved: int  # verdicts on lines that this output does not have
    command: str  # that makes the corpus again, with the rules


def apply_verdicts(output: Path, sheet: Path, to: Path | None = None) -> Applied:
    """Read a filled-in sheet; write rules (to `to`, or into the output) and, of a random sample, the estimate.

    Raises CleanseError for a sheet that is none, or of which no page was looked at.
    """
    manifest = read_manifest(output)
    verdicts = read_verdicts(sheet)
    seen = sorted({v.id for v in verdicts if v.verdict})
    if not seen:
        raise CleanseError(f"{str(sheet)!r} holds no verdict. Write 'seen' behind each page that you looked at.")
    held, removed = texts(output, seen), spans(output, seen)
    pages = {id_: items_of(held[id_]["text"] or "", removed[id_])[:MAX_LINES] for id_ in seen if id_ in held}
    verdict_of = {(v.id, v.start, v.end): v.verdict for v in verdicts if v.verdict in ("keep", "remove")}
    ticks = [
        (id_, item, verdict_of[id_, item.start, item.end])
        for id_, items in pages.items()
        for item in items
        if (id_, item.start, item.end) in verdict_of
    ]
    wrong = [(id_, item, verdict) for id_, item, verdict in ticks if (verdict == "keep") == bool(item.rule)]
    order = ", ".join(sorted({v.order for v in verdicts if v.order}))
    population = draw(output, 1, "random")[1]
    lost, left = _estimates(pages, verdict_of, population)
    extracted = [(id_, item.text) for id_, item, verdict in wrong if verdict == "keep" and item.step == "extract"]
    wishes = [w for w in wrong if not (w[2] == "keep" and w[1].step == "extract")]
    path, content, usable, unusable = _write_rules(output, manifest, wishes, held, to)
    defied = _replay(path, manifest, usable, held, removed) if content else []
    if order == "random":
        _keep_estimate(output, manifest, lost, left, order)
    return Applied(
        path if content else None,
        len(usable),
        len(usable) - len(defied),
        tuple(defied),
        tuple(extracted),
        tuple(unusable),
        lost,
        left,
        order,
        len(verdict_of) - len(ticks),
        run_command({**manifest, "settings": {**manifest["settings"], "rules": str(path)}}, output),
    )


def _estimates(
    pages: Mapping[str, list[Item]], said: Mapping[tuple[str, int, int], str], population: int
) -> tuple[Estimate, Estimate]:
    lost, left = [], []
    for id_, items in pages.items():
        words: Counter[tuple[bool, bool]] = Counter()  # kept now, content by the verdict
        for item in items:
            now = not item.rule
            verdict = said.get((id_, item.start, item.end))
            words[now, now if verdict is None else verdict == "keep"] += item.words
        lost.append((words[False, True], words[False, True] + words[True, True]))
        left.append((words[True, False], words[True, False] + words[True, True]))
    return estimate(lost, population), estimate(left, population)


def _write_rules(
    output: Path,
    manifest: Mapping[str, Any],
    wishes: Iterable[tuple[str, Item, str]],
    documents: Mapping[str, Mapping[str, Any]],
    to: Path | None,
) -> tuple[Path, str, list[tuple[str, Item, str]], list[tuple[str, str]]]:
    """Write one rule for each site and verdict, behind the rules of the run. Returns path, text and its parts."""
    path = to or output / RULES
    before = path if path.exists() else Path(manifest["settings"]["rules"] or path)
    old = before.read_text(encoding="utf-8") if before.is_file() else ""
    taken = {rule.get("name") for rule in tomllib.loads(old).get("rule", [])}
    groups: dict[tuple[str, str], list[str]] = {}
    usable, unusable = [], []
    for id_, item, verdict in wishes:
        site = documents[id_]["site"] or ""
        if _problem("x", site, verdict, [item.text]):
            unusable.append((id_, item.text))
            continue
        usable.append((id_, item, verdict))
        lines = groups.setdefault((site, verdict), [])
        if item.text not in lines:
            lines.append(item.text)
    new = []
    for (site, verdict), lines in sorted(groups.items()):
        name = _name(verdict, site, taken)
        taken.add(name)
        new.append(_toml(name, site, verdict, lines))
    if new:
        with new_file(path) as temporary:
            temporary.write_text("\n".join([old.rstrip() + "\n" if old.strip() else _HEAD, *new]), encoding="utf-8")
    return path, "".join(new), usable, unusable


def write_keep_rule(path: Path, used: str | None, site: str, lines: Iterable[str]) -> list[str]:
    """Write a rule that keeps lines behind the rules that are there; returns the lines that no rule can name.

    Args:
        path: The file of own rules.
        used: The file of own rules that the run used, which are taken over; None: it used none.
        site: The site on whose pages the lines are kept; "": on all pages.
        lines: The lines.
    """
    before = path if path.exists() else Path(used or path)
    old = before.read_text(encoding="utf-8") if before.is_file() else ""
    unusable = [line for line in lines if _problem("x", site, "keep", [line])]
    usable = [line for line in lines if line not in unusable]
    if usable:
        name = _name("keep", site, {rule.get("name") for rule in tomllib.loads(old).get("rule", [])})
        rule = _toml(name, site, "keep", usable)
        with new_file(path) as temporary:
            temporary.write_text("\n".join([old.rstrip() + "\n" if old.strip() else _HEAD, rule]), encoding="utf-8")
    return unusable


_HEAD = "# Rules of one's own, made by `cleanse apply` from verdicts on a sample. Use them with `--rules`.\n"


def _name(verdict: str, site: str, taken: Iterable[Any]) -> str:
    slug = re.sub(r"[^a-z0-9]+", "-", site.lower()).strip("-")
    base = f"{verdict}-{slug}" if slug else f"{verdict}-anywhere"
    return next(name for name in (base, *(f"{base}-{i}" for i in range(2, 10_000))) if name not in set(taken))


def _toml(name: str, site: str, verdict: str, lines: Iterable[str]) -> str:
    quoted = [_quoted(line) for line in lines]
    listed = "".join(f"  {line},\n" for line in quoted)
    out = [f'[[rule]]\nname = "{name}"']
    if verdict == "keep":
        out.append('action = "keep"')
    else:
        out.append('strength = "sure"')
    if site:
        out.append(f"sites = [{_quoted(site)}]")
    example = "keeps" if verdict == "keep" else "removes"
    return "\n".join([*out, f"lines = [\n{listed}]", f"{example} = [\n{listed}]"]) + "\n"


def _quoted(text: str) -> str:
    """Return a basic string of TOML: JSON's, but that DEL is escaped too."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def _problem(name: str, site: str, verdict: str, lines: list[str]) -> bool:
    """Return whether a rule of these lines cannot be made, or does not bear out its own example."""
    try:
        return bool(failures(parse_rules("own", _toml(name, site, verdict, lines), "own")))
    except (SettingError, re.error):
        return True


def _replay(
    path: Path,
    manifest: Mapping[str, Any],
    wishes: Iterable[tuple[str, Item, str]],
    documents: Mapping[str, Mapping[str, Any]],
    removed: Mapping[str, list[Span]],
) -> list[tuple[str, str]]:
    """Return lines that do not go or stay as wished when their page is cleaned with the new rules."""
    rules = load_rules(path, tuple(manifest["settings"]["without"]))
    by_page: dict[str, list[tuple[Item, str]]] = {}
    for id_, item, verdict in wishes:
        by_page.setdefault(id_, []).append((item, verdict))
    defied = []
    for id_, items in by_page.items():
        row = documents[id_]
        page_text = restore(row["text"] or "", removed[id_])
        first = [span for span in removed[id_] if span.step == "extract"]
        outcome = strip(
            cut(page_text, first), rules, manifest["settings"]["chrome"], title=row["title"], site=row["site"]
        )
        kept = {line.strip() for line in outcome.text.splitlines()}
        defied += [(id_, item.text) for item, verdict in items if (item.text in kept) != (verdict == "keep")]
    return defied


def _keep_estimate(output: Path, manifest: Mapping[str, Any], lost: Estimate, left: Estimate, order: str) -> None:
    """Write it beside the manifest, and the card anew."""
    shares = {
        name: {"share": one.share, "half_width": one.half_width, "pages_with_any": one.pages_with_any, "text": one.text}
        for name, one in (("lost", lost), ("left", left))
    }
    outcome = {"digest": manifest["digest"], "pages": lost.pages, "order": order, **shares}
    with new_file(output / ESTIMATE) as temporary:
        temporary.write_text(json.dumps(outcome, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    write_card(output, manifest)
