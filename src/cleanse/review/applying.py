"""Turn people's verdicts on a sample into own rules, and into the estimate on the dataset card.

Each rule carries the lines that it was made from as its examples, which are its tests.
"""

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
    """What came of a sheet of verdicts. Lines are pairs (id, text).

    Attributes:
        rules: The file of rules that was written; None if no verdict asks for a rule.
        made: Number of lines that the new rules name.
        effective: How many of them are removed or kept as wanted when their page is cleaned with the rules.
        ineffective: The lines that are not.
        extracted: Lines wanted back that the HTML extractor left out, which no rule can bring back.
        unusable: Lines that no rule can match, such as a line of dashes.
        lost: Words of content wrongly removed, as a share of all content.
        left: Words of chrome left, as a share of all kept words.
        order: How the sample was drawn: "random" or "worst".
        unknown: Number of verdicts on lines that this output does not have.
        command: The command line that makes the corpus again with the rules.
    """

    rules: Path | None
    made: int
    effective: int
    ineffective: tuple[tuple[str, str], ...]
    extracted: tuple[tuple[str, str], ...]
    unusable: tuple[tuple[str, str], ...]
    lost: Estimate
    left: Estimate
    order: str
    unknown: int
    command: str


def apply_verdicts(output: Path, sheet: Path, to: Path | None = None) -> Applied:
    """Read a filled-in sheet, write rules from it and, for a random sample, the estimate.

    Args:
        output: The output folder that the sample was drawn from.
        sheet: The filled-in sheet, as CSV.
        to: File for the rules; None: `own-rules.toml` in the output folder.

    Raises:
        CleanseError: The file is no sheet, or nobody has looked at any page.
        OutputError: The folder holds no finished run.
    """
    manifest = read_manifest(output)
    verdicts = read_verdicts(sheet)
    seen_ids = sorted({v.id for v in verdicts if v.verdict})
    if not seen_ids:
        raise CleanseError(f"{str(sheet)!r} holds no verdict. Write 'seen' in the row of each page that you looked at.")
    text_rows, removed = texts(output, seen_ids), spans(output, seen_ids)
    pages = {
        id_: items_of(text_rows[id_]["text"] or "", removed[id_])[:MAX_LINES] for id_ in seen_ids if id_ in text_rows
    }
    verdict_of = {(v.id, v.start, v.end): v.verdict for v in verdicts if v.verdict in ("keep", "remove")}
    judged = [
        (id_, item, verdict_of[id_, item.start, item.end])
        for id_, items in pages.items()
        for item in items
        if (id_, item.start, item.end) in verdict_of
    ]
    corrections = [(id_, item, verdict) for id_, item, verdict in judged if (verdict == "keep") == bool(item.rule)]
    order = ", ".join(sorted({v.order for v in verdicts if v.order}))
    population = draw(output, 1, "random")[1]
    lost, left = _estimates(pages, verdict_of, population)
    extracted = [(id_, item.text) for id_, item, verdict in corrections if verdict == "keep" and item.step == "extract"]
    wishes = [w for w in corrections if not (w[2] == "keep" and w[1].step == "extract")]
    path, content, usable, unusable = _write_rules(output, manifest, wishes, text_rows, to)
    ineffective = _replay(path, manifest, usable, text_rows, removed) if content else []
    if order == "random":
        _write_estimate(output, manifest, lost, left, order)
    return Applied(
        path if content else None,
        len(usable),
        len(usable) - len(ineffective),
        tuple(ineffective),
        tuple(extracted),
        tuple(unusable),
        lost,
        left,
        order,
        len(verdict_of) - len(judged),
        run_command({**manifest, "settings": {**manifest["settings"], "rules": str(path)}}, output),
    )


def _estimates(
    pages: Mapping[str, list[Item]], verdict_of: Mapping[tuple[str, int, int], str], population: int
) -> tuple[Estimate, Estimate]:
    """Return the shares of content lost and of chrome left, over the pages that people looked at."""
    lost, left = [], []
    for id_, items in pages.items():
        words: Counter[tuple[bool, bool]] = Counter()  # (kept now, content by the verdict) → words
        for item in items:
            is_kept = not item.rule
            verdict = verdict_of.get((id_, item.start, item.end))
            words[is_kept, is_kept if verdict is None else verdict == "keep"] += item.words
        lost.append((words[False, True], words[False, True] + words[True, True]))
        left.append((words[True, False], words[True, False] + words[True, True]))
    return estimate(lost, population), estimate(left, population)


def _write_rules(
    output: Path,
    manifest: Mapping[str, Any],
    wishes: Iterable[tuple[str, Item, str]],
    text_rows: Mapping[str, Mapping[str, Any]],
    to: Path | None,
) -> tuple[Path, str, list[tuple[str, Item, str]], list[tuple[str, str]]]:
    """Write one rule for each site and verdict, after the rules of the run.

    Returns the file, the text of the new rules, the wishes that they serve, and the lines that no rule can match.
    """
    path = to or output / RULES
    base = path if path.exists() else Path(manifest["settings"]["rules"] or path)
    old = base.read_text(encoding="utf-8") if base.is_file() else ""
    taken = {rule.get("name") for rule in tomllib.loads(old).get("rule", [])}
    groups: dict[tuple[str, str], list[str]] = {}
    usable, unusable = [], []
    for id_, item, verdict in wishes:
        site = text_rows[id_]["site"] or ""
        if _is_unusable("x", site, verdict, [item.text]):
            unusable.append((id_, item.text))
            continue
        usable.append((id_, item, verdict))
        lines = groups.setdefault((site, verdict), [])
        if item.text not in lines:
            lines.append(item.text)
    new_rules = []
    for (site, verdict), lines in sorted(groups.items()):
        name = _new_name(verdict, site, taken)
        taken.add(name)
        new_rules.append(_spell_rule(name, site, verdict, lines))
    if new_rules:
        with new_file(path) as temporary:
            temporary.write_text(
                "\n".join([old.rstrip() + "\n" if old.strip() else _HEAD, *new_rules]), encoding="utf-8"
            )
    return path, "".join(new_rules), usable, unusable


def write_keep_rule(path: Path, used: str | None, site: str, lines: Iterable[str]) -> list[str]:
    """Write a rule that keeps lines, after the rules that a file has. Returns the lines that no rule can match.

    Args:
        path: The file of own rules.
        used: The file of own rules that the run used, which are copied if `path` does not exist; None: it used none.
        site: The site on whose pages the lines are kept; "": on all pages.
        lines: The lines.
    """
    base = path if path.exists() else Path(used or path)
    old = base.read_text(encoding="utf-8") if base.is_file() else ""
    unusable = [line for line in lines if _is_unusable("x", site, "keep", [line])]
    usable = [line for line in lines if line not in unusable]
    if usable:
        name = _new_name("keep", site, {rule.get("name") for rule in tomllib.loads(old).get("rule", [])})
        rule = _spell_rule(name, site, "keep", usable)
        with new_file(path) as temporary:
            temporary.write_text("\n".join([old.rstrip() + "\n" if old.strip() else _HEAD, rule]), encoding="utf-8")
    return unusable


_HEAD = "# Rules of one's own, made by `cleanse apply` from verdicts on a sample. Use them with `--rules`.\n"


def _new_name(verdict: str, site: str, taken: Iterable[Any]) -> str:
    """Return a name for a rule that no other rule has."""
    slug = re.sub(r"[^a-z0-9]+", "-", site.lower()).strip("-")
    base = f"{verdict}-{slug}" if slug else f"{verdict}-anywhere"
    return next(name for name in (base, *(f"{base}-{i}" for i in range(2, 10_000))) if name not in set(taken))


def _spell_rule(name: str, site: str, verdict: str, lines: Iterable[str]) -> str:
    """Return a rule in TOML."""
    quoted = [_quote(line) for line in lines]
    listed = "".join(f"  {line},\n" for line in quoted)
    out = [f'[[rule]]\nname = "{name}"']
    if verdict == "keep":
        out.append('action = "keep"')
    else:
        out.append('strength = "sure"')
    if site:
        out.append(f"sites = [{_quote(site)}]")
    example = "keeps" if verdict == "keep" else "removes"
    return "\n".join([*out, f"lines = [\n{listed}]", f"{example} = [\n{listed}]"]) + "\n"


def _quote(text: str) -> str:
    """Return a basic string of TOML: like JSON's, with DEL escaped too."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def _is_unusable(name: str, site: str, verdict: str, lines: list[str]) -> bool:
    """Return whether a rule of these lines cannot be made, or fails on its own examples."""
    try:
        return bool(failures(parse_rules("own", _spell_rule(name, site, verdict, lines), "own")))
    except (SettingError, re.error):
        return True


def _replay(
    path: Path,
    manifest: Mapping[str, Any],
    wishes: Iterable[tuple[str, Item, str]],
    text_rows: Mapping[str, Mapping[str, Any]],
    removed: Mapping[str, list[Span]],
) -> list[tuple[str, str]]:
    """Return the lines that are not removed or kept as wanted when their page is cleaned with the new rules."""
    rules = load_rules(path, tuple(manifest["settings"]["without"]))
    by_page: dict[str, list[tuple[Item, str]]] = {}
    for id_, item, verdict in wishes:
        by_page.setdefault(id_, []).append((item, verdict))
    ineffective = []
    for id_, items in by_page.items():
        row = text_rows[id_]
        page_text = restore(row["text"] or "", removed[id_])
        extracted = [span for span in removed[id_] if span.step == "extract"]
        stripped = strip(
            cut(page_text, extracted), rules, manifest["settings"]["chrome"], title=row["title"], site=row["site"]
        )
        kept = {line.strip() for line in stripped.text.splitlines()}
        ineffective += [(id_, item.text) for item, verdict in items if (item.text in kept) != (verdict == "keep")]
    return ineffective


def _write_estimate(output: Path, manifest: Mapping[str, Any], lost: Estimate, left: Estimate, order: str) -> None:
    """Write the estimate beside the manifest, and update the card."""
    shares = {
        name: {"share": one.share, "half_width": one.half_width, "pages_with_any": one.pages_with_any, "text": one.text}
        for name, one in (("lost", lost), ("left", left))
    }
    estimate_facts = {"digest": manifest["digest"], "pages": lost.pages, "order": order, **shares}
    with new_file(output / ESTIMATE) as temporary:
        temporary.write_text(json.dumps(estimate_facts, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    write_card(output, manifest)
