"""The end of a run, on a terminal or as plain text: the funnel, the digest, and what people do next."""

from __future__ import annotations

from typing import TYPE_CHECKING, TextIO

from rich.console import Console
from rich.markup import escape
from rich.table import Table

if TYPE_CHECKING:
    from cleanse.pipeline import Report

_FUNNEL = (
    ("read", "read"),
    ("rejected", "rejected"),
    ("filtered", "filtered"),
    ("duplicate", "near-duplicates"),
    ("kept", "kept"),
)


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
