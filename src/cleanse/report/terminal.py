"""Print the end of a run on a terminal or as plain text: the funnel, the digest, and what people do next."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING, TextIO

import pyarrow.compute as pc
from rich.console import Console
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from cleanse.corpus import read_manifest
from cleanse.corpus.reader import columns, parts
from cleanse.report.attention import SHOWN
from cleanse.report.commands import next_commands
from cleanse.report.explain_terminal import safe

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from cleanse.pipeline.closing import Report
    from cleanse.review import Applied

ADVICE = {  # what people can do about the commonest reasons
    "no-text-field": "name it: --text-field FIELD, or --field text=FIELD",
    "unknown-format": "convert it, or leave it out",
    "link": "--follow-links reads it",
    "time-limit": "--time-limit SECONDS gives it more",
    "memory-limit": "--memory-limit MB gives it more",
    "unreadable": "mend that, and run the same command again",
    "out-of-memory": "run again with fewer --workers",
}
_NAMED = 5  # examples of each kind
_FUNNEL = (
    ("read", "read"),
    ("rejected", "rejected"),
    ("filtered", "filtered"),
    ("duplicate", "near-duplicates"),
    ("kept", "kept"),
)


def print_report(report: Report, to: TextIO) -> None:
    """Print the funnel, the slowest stage, the digest, and what people do next.

    Args:
        report: Summary of the run.
        to: The stream to write to.
    """
    console = Console(file=to, highlight=False)
    counts = report.counts
    table = Table(box=None, pad_edge=False, show_header=False)
    table.add_column()
    table.add_column(justify="right")
    for key, label in _FUNNEL:
        table.add_row(label, f"{counts[key]:,}")
    for label, amount in _characters(counts):
        table.add_row(label, f"{amount:,}")
    console.print(table)
    slowest = max(report.seconds.items(), key=lambda item: item[1], default=None)
    if slowest:
        console.print(
            f"slowest step: {slowest[0]}, {slowest[1]:.1f} s of {sum(report.seconds.values()):.1f} s", soft_wrap=True
        )
    for reason, count, name, evidence in examples_of(report.output, report.reasons):
        advice = f" → {ADVICE[reason]}" if reason in ADVICE else ""
        console.print(
            f"{count:,} {reason}, such as {escape(safe(name))}: {escape(safe(evidence))}{advice}", soft_wrap=True
        )
    if not counts["read"]:
        console.print("No documents found: INPUT holds no file that does not start with a dot.", soft_wrap=True)
    for line in _attention(report.output, counts["doubts"]):
        console.print(escape(safe(line)), soft_wrap=True)
    console.print(f"digest {report.digest}", soft_wrap=True)
    console.print()
    for label, command in next_commands(report.output, dry_run=report.dry_run):
        console.print(f"{label:12} {escape(safe(command))}", soft_wrap=True)


def _characters(counts: Mapping[str, int]) -> Iterator[tuple[str, int]]:
    """Yield the parts of the characters read, which add up, and the words kept."""
    texts = [(f"  in {label}", counts[f"chars_{status}"]) for status, label in _FUNNEL[1:-1]]
    taken = counts["chars_in"] - counts["chars_kept"] - sum(chars for _, chars in texts)
    yield "characters in", counts["chars_in"]
    yield "  removed from pages", taken
    yield from ((label, chars) for label, chars in texts if chars)
    yield "  kept", counts["chars_kept"]
    yield "words kept", counts["words_kept"]


def _attention(output: Path, doubts: int) -> Iterator[str]:
    """Yield what people should look at first, a line each with the command that shows it."""
    attention = read_manifest(output)["attention"]
    explain = f"cleanse explain {shlex.quote(str(output))}"
    if attention["lost_prose"]:
        first, n = attention["lost_prose"][0], len(attention["lost_prose"])
        pages = f"{n} or more pages" if n >= SHOWN else f"{n} page{'s' if n > 1 else ''}"
        lines = f"{first['lines']} long line{'s' if first['lines'] > 1 else ''}, most by {first['rule']}"
        yield f"{pages} lost prose, this one most ({lines}): {explain} {shlex.quote(first['id'])}"
    if attention["unsure"]:
        first = attention["unsure"][0]
        yield f"least certain removal ({first['rule']}, content {first['chance']}%): {explain} {shlex.quote(first['id'])}"
    for one in attention["site_rules"][:3]:
        where = f"{one['share']:.0%} of {one['site']}"
        yield f"{one['rule']} took {where} from {one['documents']} documents: {explain} {shlex.quote(one['id'])}"
    if doubts:
        first = attention["doubts"][0]
        documents = f"{doubts:,} document{'s' if doubts > 1 else ''} judged with doubt"
        yield f"{documents}, such as ({first['doubt']}): {explain} {shlex.quote(first['ids'][0])}"


def examples_of(output: Path, reasons: Mapping[str, int]) -> Iterator[tuple[str, int, str, str]]:
    """Yield reason, number of documents, id and evidence of a first example, for rejected documents.

    Args:
        output: The output folder.
        reasons: Documents that are not kept, by reason.
    """
    first: dict[str, tuple[str, str]] = {}
    for path in parts(output, "documents"):
        table = columns(path, ("id", "status", "reason", "evidence"))
        for row in table.filter(pc.equal(table["status"], "rejected")).to_pylist():
            first.setdefault(row["reason"], (row["id"], row["evidence"] or ""))
        if len(first) >= _NAMED:
            break
    for reason, count in reasons.items():
        if reason in first:
            yield reason, count, *first[reason]


def print_applied(applied: Applied, to: TextIO) -> None:
    """Print what came of a sheet of people's verdicts.

    Args:
        applied: The result of `apply_verdicts`.
        to: The stream to write to.
    """
    console = Console(file=to, highlight=False, soft_wrap=True)
    pages = f"{applied.lost.pages:,} page{'s' if applied.lost.pages != 1 else ''}"
    console.print(f"content lost {applied.lost.text}, chrome left {applied.left.text}, on {pages}")
    if applied.order != "random":
        console.print(
            "The sheet was not drawn at random: its shares say nothing about the corpus and are not put on its card."
        )
    if applied.rules:
        path = escape(shlex.quote(str(applied.rules)))
        lines_made = f"{applied.made:,} line{'s' if applied.made != 1 else ''}"
        console.print(f"{lines_made} in rules, {applied.effective:,} of them with the wanted effect: {path}")
        console.print(f"Use them: {escape(safe(applied.command))}")
    for text, lines in (
        ("These lines are not removed or kept as wanted, even with a rule", applied.ineffective),
        ("No rule can match these", applied.unusable),
    ):
        if lines:
            console.print(f"{text}: {len(lines):,}")
        for id_, line in lines[:_NAMED]:
            console.print(Text(safe(f"  {id_}: {line[:100]}")))
    if applied.unknown:
        console.print(
            f"{applied.unknown:,} verdicts are about lines that this output no longer has: it was made anew since."
        )
