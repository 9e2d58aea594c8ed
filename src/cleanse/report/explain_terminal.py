"""Print an explanation on the terminal: the page with removed spans struck through, rule and evidence beside them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TextIO

from rich.console import Console
from rich.table import Table
from rich.text import Text

from cleanse.report.layout import KEPT, rows_of, stretches
from cleanse.report.word_diff import differences

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from cleanse.report.explain import Explanation

MARGIN = 36  # columns of the margin that holds rule and evidence
NARROW = 90  # columns; on a narrower terminal the notes stand below the lines
CONTEXT = 50  # characters shown on either side of a difference
KEEPS = 12  # removed spans for which the commands that keep them are printed
# characters that could steer the terminal: the controls of C0 and C1, and those that turn the reading direction
_CONTROL = {
    **dict.fromkeys((*range(9), *range(11, 32), *range(127, 160)), "\ufffd"),
    **dict.fromkeys((0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A)), None),
}
_STYLES = {"html": "blue", "metadata": "magenta", "model": "yellow"}  # by the first part of a rule's id; else red


def print_explanation(explanation: Explanation, to: TextIO) -> None:
    """Print the page with what was removed and why, or why the document is not in the corpus.

    Args:
        explanation: What is known about the document.
        to: The stream to write to.
    """
    console = Console(file=to, highlight=False, soft_wrap=True)
    row = explanation.row
    console.print(Text(safe(f"{row['id']}: {row['status']}"), style="bold"))
    for line in _facts(explanation):
        console.print(Text(safe(line)))
    console.print()
    if console.is_terminal:
        _print_beside(console, explanation)
    else:
        _print_plain(console, explanation)
    _print_keeps(console, explanation)
    if explanation.twin_text is not None:
        console.print(Text(safe(f"\nWords that differ: - only here, + only in {row['duplicate_of']}"), style="bold"))
        for sign, line in differing_words(explanation.text, explanation.twin_text):
            console.print(Text(safe(f"{sign} {line}"), style={"-": "red", "+": "green"}.get(sign, "")))
    elif row["duplicate_of"]:
        console.print(Text(safe(f"\nThe text of {row['duplicate_of']} is not in this output.")))


def _print_keeps(console: Console, explanation: Explanation) -> None:
    """Print for the first removed spans the commands that keep them."""
    if not explanation.keeps:
        return
    console.print(Text("\nKeep what was removed: in this document, on its site, everywhere", style="bold"))
    for number, (span, keep) in enumerate(zip(explanation.removed, explanation.keeps, strict=True), 1):
        if number > KEEPS:
            console.print(Text(f"and {len(explanation.removed) - KEEPS} more; --json has all"))
            break
        console.print(Text(safe(f"{number} {span.rule}: {_one_line(span.text)[:CONTEXT]}")), style="dim")
        for command in keep.values():
            console.print(Text(safe(f"  {command}")))


def differing_words(text: str, twin: str) -> list[tuple[str, str]]:
    """Return the differences of two texts line by line, as pairs (sign, words).

    The sign is "-" for words that only `text` has, "+" for words that only `twin` has, and " " for what stands around
    them.

    Args:
        text: The text of the document.
        twin: The text of the kept document that it is a near-duplicate of.
    """
    changes = differences(text, twin)
    lines = []
    for i, change in enumerate(changes):
        if not change.same:
            lines += [("-", _one_line(change.here))] * bool(change.here.strip())
            lines += [("+", _one_line(change.there))] * bool(change.there.strip())
            continue
        words = _one_line(change.here)
        head, tail = words[:CONTEXT] if i else "", words[-CONTEXT:] if i < len(changes) - 1 else ""
        if len(words) > len(head) + len(tail):
            words = f"{head} … {tail}"
        lines.append((" ", words.strip()))
    if not any(sign != " " for sign, _ in lines):
        return [(" ", "(none: the words are the same)")]
    return lines


def safe(text: str) -> str:
    """Return text without control characters that could steer a terminal."""
    return text.translate(_CONTROL)


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _facts(explanation: Explanation) -> Iterator[str]:
    """Yield lines about the document: reason, duplicate, title, language, encoding, counts."""
    row, about = explanation.row, explanation.about
    if row["reason"]:
        evidence = row["evidence"] if not row["duplicate_of"] else None  # else the next line says it
        yield f"reason: {row['reason']}" + (f": {evidence}" if evidence else "")
    if row["duplicate_of"]:
        where = f" of {row['duplicate_corpus']}" if row["duplicate_corpus"] else ""
        yield f"duplicate of: {row['duplicate_of']}{where}, Jaccard {row['jaccard']:.4f}"
    if row["series_of"]:
        yield f"series of: {row['series_of']} (the same form with other numbers, dates or names; kept)"
    for name in ("title", "author", "date", "url"):
        if about.get(name):
            yield f"{name}: {about[name]}"
    if about.get("near_duplicates"):
        others = about["near_duplicates"]
        yield f"stands for: {others:,} other document{'s' if others > 1 else ''}"
    yield f"language: {row['language']} ({row['language_confidence'] or 0:.2f})"
    if row["encoding_source"]:
        yield f"encoding: {row['encoding'] or 'text of a record'} ({row['encoding_source']})"
    if row["repairs"]:
        yield f"repairs: {', '.join(row['repairs'])}"
    spans = f"{row['spans_removed']:,} span{'s' if row['spans_removed'] != 1 else ''} removed"
    if row["doubt"]:
        yield f"doubt: {row['doubt']}"
    yield f"characters: {row['chars_in']:,} in, {row['chars_kept']:,} kept, {spans}"


def _print_beside(console: Console, explanation: Explanation) -> None:
    """Print the rows of the page with their notes to the right, or below where the terminal is narrow."""
    printed: set[int] = set()
    beside = console.width >= NARROW
    for row in rows_of(stretches(explanation.page_text, explanation.removed)):
        notes = Text()
        for number in [n for _, n in row if n != KEPT and n not in printed]:
            printed.add(number)
            span = explanation.removed[number]
            notes.append("\n" * bool(notes) + f"{number + 1} ", style="dim")
            notes.append(safe(span.rule), style=_style_of(span.rule))
            notes.append(f" {safe(span.evidence)}", style="dim")
        text = _style_row(row, explanation)
        if not beside:
            line = text.copy()
            line.rstrip()
            console.print(line)
            console.print(notes, end="\n" * bool(notes))
            console.print("\n" * (len(text) > len(line)), end="")
            continue
        grid = Table.grid(padding=(0, 2))
        grid.add_column(width=console.width - MARGIN - 2, overflow="fold")
        grid.add_column(width=MARGIN, overflow="fold")
        grid.add_row(text, notes)
        console.print(grid)


def _style_row(row: Sequence[Sequence[Any]], explanation: Explanation) -> Text:
    """Return a row as styled text, its removed words struck through."""
    text = Text()
    for words, number in row:
        style = "" if number == KEPT else f"strike {_style_of(explanation.removed[number].rule)}"
        text.append(safe(words), style=style)
    text.rstrip()
    blank = len(row[-1][0]) - len(row[-1][0].rstrip("\n")) > 1  # of several blank lines one is shown
    text.append("\n" * blank)
    return text


def _style_of(rule: str) -> str:
    """Return the colour of a rule's spans."""
    return _STYLES.get(rule.partition(".")[0], "red")


def _print_plain(console: Console, explanation: Explanation) -> None:
    """Print the page as plain text: removed words in brackets, rule and evidence where their line ends."""
    notes: list[str] = []
    printed: set[int] = set()
    for text, number in stretches(explanation.page_text, explanation.removed):
        for line in text.splitlines(keepends=True):
            bare = line.rstrip("\n")
            shown = safe(bare)
            if number != KEPT and shown.strip():
                shown = f"[-{shown}-]"
                span = explanation.removed[number]
                notes += [f"  ◂ {number + 1} {safe(span.rule)}: {safe(span.evidence)}"] * (number not in printed)
                printed.add(number)
            console.print(Text(shown), end="")
            if len(line) > len(bare):
                console.print(Text("".join(notes)))
                notes = []
    if explanation.page_text:
        console.print(Text("".join(notes)))
