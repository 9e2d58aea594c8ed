"""Print a comparison of two outputs as tables, on a terminal or as plain text."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TextIO

from rich.console import Console
from rich.table import Table
from rich.text import Text

from cleanse.report.comparing import ranked
from cleanse.report.explain_terminal import safe

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from cleanse.report.comparing import ChangedDocuments, Comparison

MAX_ROWS = 20  # printed of one table


def print_comparison(comparison: Comparison, to: TextIO, *, in_full: bool = False) -> None:
    """Print what changed between two outputs, the largest changes first.

    Args:
        comparison: The two outputs compared.
        to: The stream to write to.
        in_full: Print all rows, and every id and line that the comparison names, one a line.
    """
    if in_full:
        to.writelines(
            "\t".join(safe(field.replace("\t", " ")) for field in line) + "\n" for line in _all_lines(comparison)
        )
        return
    console = Console(file=to, highlight=False)
    if comparison.a["digest"] == comparison.b["digest"]:
        console.print("Nothing changed: the digests are the same.")
        return
    pairs = [(name, *map(_spell_value, pair)) for name, pair in comparison.settings.items()]
    _print(console, "options that differ", ("", "first", "second"), pairs)
    counts = [
        (name, f"{comparison.a['counts'][name]:,}", f"{comparison.b['counts'][name]:,}")
        for name in ("read", "rejected", "filtered", "duplicate", "kept", "chars_kept")
        if comparison.a["counts"][name] != comparison.b["counts"][name]
    ]
    _print(console, "documents and characters", ("", "first", "second"), counts)
    _print(console, "gained, by why they were not kept", ("", "documents", "such as"), _group_rows(comparison.gained))
    _print(console, "lost, by why they are not kept", ("", "documents", "such as"), _group_rows(comparison.lost))
    others = {"only in the first": comparison.only_a, "only in the second": comparison.only_b}
    others |= {"near-duplicates of another": comparison.twins, "page text changed": comparison.rewritten}
    _print(console, "other documents", ("", "documents", "such as"), _group_rows(others))
    lines = [
        (rule, f"{removed.lines:,}", f"{kept.lines:,}", (removed.examples or kept.examples)[0][1])
        for rule, removed, kept in ranked(comparison)
    ]
    _print(console, "lines by rule", ("", "newly removed", "newly kept", "such as"), lines)
    languages = {f"{a} → {b}": group for (a, b), group in comparison.languages.items()}
    _print(console, "languages that changed", ("", "documents", "such as"), _group_rows(languages))


def _all_lines(comparison: Comparison) -> Iterator[tuple[str, ...]]:
    """Yield every change as fields: kind, reason or rule, id, text."""
    for name, pair in comparison.settings.items():
        yield ("option", name, *map(_spell_value, pair))
    for kind in ("only_a", "only_b", "twins", "rewritten"):
        yield from ((kind, "", name) for name in getattr(comparison, kind).examples)
    for kind in ("gained", "lost"):
        for reason, group in getattr(comparison, kind).items():
            yield from ((kind, reason, name) for name in group.examples)
    for (a, b), group in comparison.languages.items():
        yield from (("language", f"{a} → {b}", name) for name in group.examples)
    for rule, removed, kept in ranked(comparison):
        yield from (("removed", rule, name, line) for name, line in removed.examples)
        yield from (("kept", rule, name, line) for name, line in kept.examples)


def _group_rows(groups: dict[str, ChangedDocuments]) -> list[tuple[str, str, str]]:
    """Return a row for each group of documents: its name, its size, some ids."""
    return [
        (name, f"{group.documents:,}", ", ".join(group.examples)) for name, group in groups.items() if group.documents
    ]


def _print(console: Console, heading: str, columns: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Print one table under a heading; nothing where it has no rows."""
    rows = list(rows)
    if not rows:
        return
    table = Table(box=None, pad_edge=False, title=heading, title_justify="left", title_style="bold")
    for i, name in enumerate(columns):
        count = 0 < i < len(columns) - ("such as" in columns)
        table.add_column(
            name, justify="right" if count else "left", no_wrap=count, overflow="ellipsis" if i else "fold"
        )
    for row in rows[:MAX_ROWS]:
        table.add_row(*(Text(safe(cell)) for cell in row))
    console.print(table)
    if len(rows) > MAX_ROWS:
        console.print(f"and {len(rows) - MAX_ROWS} more")
    console.print()


def _spell_value(value: Any) -> str:
    """Return the value of an option as text."""
    if isinstance(value, (list, tuple)):
        return ", ".join(map(str, value)) or "–"
    return "–" if value is None else str(value)
