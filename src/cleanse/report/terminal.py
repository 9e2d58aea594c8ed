"""The end of a run and an explanation, on a terminal or as plain text."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TextIO

from rich.console import Console
from rich.markup import escape
from rich.table import Table
from rich.text import Text

if TYPE_CHECKING:
    from cleanse.documents import Span
    from cleanse.pipeline import Report
    from cleanse.report.explain import Explanation

_FUNNEL = (
    ("read", "read"),
    ("rejected", "rejected"),
    ("filtered", "filtered"),
    ("duplicate", "near-duplicates"),
    ("kept", "kept"),
)
_CONTROL = dict.fromkeys((*range(9), *range(11, 32), 127), "�")  # a page must not steer the terminal


def print_report(report: Report, to: TextIO) -> None:
    """The funnel, the slowest step, the digest, and what people do next."""
    console = Console(file=to, highlight=False)
    counts = report.counts
    table = Table(box=None, pad_edge=False, show_header=False)
    table.add_column()
    table.add_column(justify="right")
    for key, label in _FUNNEL:
        table.add_row(label, f"{counts[key]:,}")
    table.add_row("characters in", f"{counts['chars_in']:,}")
    share = counts["chars_kept"] / counts["chars_in"] if counts["chars_in"] else 0
    table.add_row("characters kept", f"{counts['chars_kept']:,} ({share:.0%})")
    console.print(table)
    slowest = max(report.seconds.items(), key=lambda item: item[1], default=None)
    if slowest:
        console.print(
            f"slowest step: {slowest[0]}, {slowest[1]:.1f} s of {sum(report.seconds.values()):.1f} s", soft_wrap=True
        )
    if not counts["read"]:
        console.print("No documents found: INPUT holds no file that does not start with a dot.", soft_wrap=True)
    console.print(f"digest {report.digest}", soft_wrap=True)
    out = escape(str(report.output))
    console.print(f"\nlook at it   {out}/report.html", soft_wrap=True)
    console.print(f"ask why      cleanse explain {out} ID", soft_wrap=True)
    if not report.dry_run:
        console.print(f"load it      pandas.read_parquet('{out}/corpus')", soft_wrap=True)


def print_explanation(found: Explanation, to: TextIO) -> None:
    """The page with removed spans struck through, each with its rule and evidence; or why it is not in the corpus."""
    console = Console(file=to, highlight=False, soft_wrap=True)
    row = found.row
    console.print(Text(f"{row['id']}: {row['status']}", style="bold"))
    for line in _facts(row):
        console.print(Text(_safe(line)))
    console.print()
    at = 0
    for span in found.removed:
        console.print(Text(_safe(found.page_text[at : span.start])), end="")
        console.print(_struck(span, plain=not console.is_terminal), end="")
        at = span.end
    console.print(Text(_safe(found.page_text[at:])))
    if found.twin_text is not None:
        console.print(Text(f"\nWords that differ from {row['duplicate_of']}:", style="bold"))
        for line in differing_words(found.text, found.twin_text):
            console.print(Text(_safe(line)))


def differing_words(text: str, twin: str) -> list[str]:
    """Runs of words in which two texts differ: `- only here`, `+ only in the kept twin`."""
    import difflib

    here, there = text.split(), twin.split()
    lines = []
    for tag, a, b, c, d in difflib.SequenceMatcher(None, here, there, autojunk=False).get_opcodes():
        if tag != "equal":
            lines += [f"- {' '.join(here[a:b])}"] * (b > a) + [f"+ {' '.join(there[c:d])}"] * (d > c)
    return lines or ["(none: the words are the same)"]


def _facts(row: dict[str, Any]) -> list[str]:
    facts = []
    if row["reason"]:
        facts.append(f"reason: {row['reason']}: {row['evidence'] or ''}")
    if row["duplicate_of"]:
        where = f" of {row['duplicate_corpus']}" if row["duplicate_corpus"] else ""
        facts.append(f"duplicate of: {row['duplicate_of']}{where}, Jaccard {row['jaccard']:.4f}")
    if row["series_of"]:
        facts.append(f"series of: {row['series_of']} (the same form with other numbers, dates or names; kept)")
    facts.append(f"language: {row['language']} ({row['language_confidence']:.2f})")
    if row["encoding_source"]:
        facts.append(f"encoding: {row['encoding'] or 'text of a record'} ({row['encoding_source']})")
    if row["repairs"]:
        facts.append(f"repairs: {', '.join(row['repairs'])}")
    facts.append(
        f"characters: {row['chars_in']:,} in, {row['chars_kept']:,} kept, {row['spans_removed']} spans removed"
    )
    return facts


def _struck(span: Span, *, plain: bool) -> Text:
    """A removed span: struck through on a terminal, between marks elsewhere, line by line, with its rule and evidence."""
    out = Text()
    lines = _safe(span.text).split("\n")
    while len(lines) > 1 and not lines[-1].strip():
        lines.pop()
    for i, line in enumerate(lines):
        if line.strip():
            out.append(f"[-{line}-]" if plain else line, style="" if plain else "strike red")
        if i == 0:
            out.append(f"  ◂ {span.rule}: {_safe(span.evidence)}", style="dim")
        out.append("\n")
    return out


def _safe(text: str) -> str:
    return text.translate(_CONTROL)
