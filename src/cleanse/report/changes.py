"""A comparison of two outputs as tables on a terminal or as plain text."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TextIO

from rich.console import Console
from rich.table import Table
from rich.text import Text

from cleanse.report.comparing import ranked
from cleanse.report.explain_terminal import safe

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from cleanse.report.comparing import Comparison, Moved

MOST = 20  # rows of a table


def print_comparison(found: Comparison, to: TextIO) -> None:
    """Print what changed, most first, and nothing of what stayed as it was."""
    console = Console(file=to, highlight=False)
    if found.a["digest"] == found.b["digest"]:
        console.print("Nothing changed: the digests are the same.")
        return
    pairs = [(name, *map(_told, pair)) for name, pair in found.settings.items()]
    _print(console, "settings that differ", ("", "first", "second"), pairs)
    counts = [
        (name, f"{found.a['counts'][name]:,}", f"{found.b['counts'][name]:,}")
        for name in ("read", "rejected", "filtered", "duplicate", "kept", "chars_kept")
        if found.a["counts"][name] != found.b["counts"][name]
    ]
    _print(console, "documents and characters", ("", "first", "second"), counts)
    _print(console, "gained, by why they were not kept", ("", "documents", "such as"), _groups(found.gained))
    _print(console, "lost, by why they are not kept", ("", "documents", "such as"), _groups(found.lost))
    others = {"only in the first": found.only_a, "only in the second": found.only_b}
    others |= {"near-duplicates of another": found.twins, "page text changed": found.rewritten}
    _print(console, "other documents", ("", "documents", "such as"), _groups(others))
    lines = [
        (rule, f"{gone.lines:,}", f"{back.lines:,}", (gone.examples or back.examples)[0][1])
        for rule, gone, back in ranked(found)
    ]
    _print(console, "lines by rule", ("", "newly removed", "newly kept", "such as"), lines)
    moved = {f"{a} → {b}": held for (a, b), held in found.languages.items()}
    _print(console, "languages that moved", ("", "documents", "such as"), _groups(moved))


def _groups(held: dict[str, Moved]) -> list[tuple[str, str, str]]:
    return [(name, f"{one.documents:,}", ", ".join(one.examples)) for name, one in held.items() if one.documents]


def _print(console: Console, heading: str, head: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    rows = list(rows)
    if not rows:
        return
    table = Table(box=None, pad_edge=False, title=heading, title_justify="left", title_style="bold")
    for i, name in enumerate(head):
        count = 0 < i < len(head) - ("such as" in head)
        table.add_column(
            name, justify="right" if count else "left", no_wrap=count, overflow="ellipsis" if i else "fold"
        )
    for row in rows[:MOST]:
        table.add_row(*(Text(safe(cell)) for cell in row))
    console.print(table)
    if len(rows) > MOST:
        console.print(f"and {len(rows) - MOST} more")
    console.print()


def _told(value: Any) -> str:
    if isinstance(value, (list, tuple)):
        return ", ".join(map(str, value)) or "–"
    return "–" if value is None else str(value)
