"""Turn people's verdicts on a sample into own rules, and into the estimate on the dataset card."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cleanse.atomic_write import new_file
from cleanse.corpus import read_manifest
from cleanse.corpus.card import ESTIMATE, write_card
from cleanse.corpus.reader import spans, texts
from cleanse.errors import CleanseError
from cleanse.report.commands import run_command
from cleanse.review.estimating import Estimate, estimate
from cleanse.review.own_rules import RULES, Bound, Wish, ineffective_wishes, whole_lines, write_rules
from cleanse.review.sampling import draw
from cleanse.review.sheets import MAX_LINES, Item, items_of, read_verdicts
from cleanse.spans import restore

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

LABEL_WORDS = 5  # of a line that may be a label, such as "Read also": kept where it was judged and nowhere else


@dataclass(frozen=True, slots=True)
class Applied:
    """What came of a sheet of verdicts. Lines are pairs (id, text).

    Attributes:
        rules: The file of rules that was written; None if no verdict asks for a rule.
        made: Number of lines that the new rules name.
        effective: How many of them are removed or kept as wanted when their page is cleaned with the rules.
        ineffective: The lines that are not.
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
    page_texts = {id_: restore(text_rows[id_]["text"] or "", removed[id_]) for id_ in pages}
    wishes = [
        Wish(id_, line, verdict, bound)
        for (id_, item, verdict), bound in zip(corrections, _bounds_of(corrections, text_rows), strict=True)
        for line in (whole_lines(page_texts[id_], item.start, item.end) if verdict == "keep" else [item.text])
    ]
    settings = manifest["settings"]
    path = to or output / RULES
    usable, unusable = write_rules(path, settings["rules"], wishes)
    ineffective = ineffective_wishes(path, settings, usable, text_rows, removed) if usable else []
    if order == "random":
        _write_estimate(output, manifest, lost, left, order)
    return Applied(
        path if usable else None,
        len(usable),
        len(usable) - len(ineffective),
        tuple((wish.id, wish.line) for wish in ineffective),
        tuple((wish.id, wish.line) for wish in unusable),
        lost,
        left,
        order,
        len(verdict_of) - len(judged),
        run_command({**manifest, "settings": {**settings, "rules": str(path)}}, output),
    )


def _bounds_of(corrections: Sequence[tuple[str, Item, str]], rows: Mapping[str, Mapping[str, Any]]) -> Iterator[Bound]:
    """Yield where the rule of each verdict holds: on the site of its page, or everywhere if that is not known.

    A line is kept in its document only, if its site is not known, or if it may be a byline or a label that was judged on
    no other page of the site.
    """
    pages = {(rows[id_]["site"], item.text, verdict, id_) for id_, item, verdict in corrections}
    judged = Counter(page[:3] for page in pages)
    for id_, item, verdict in corrections:
        site = rows[id_]["site"]
        may_be_label = item.rule.startswith("metadata.") or item.words <= LABEL_WORDS
        if verdict == "keep" and (not site or (may_be_label and judged[site, item.text, verdict] == 1)):
            yield Bound("documents", id_)
        else:
            yield Bound("sites", site) if site else Bound()


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
