"""Write the sheet that people fill in, a row for each line of each page, as CSV and as a page with buttons; read it."""

from __future__ import annotations

import csv
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cleanse.atomic_write import new_file
from cleanse.corpus import read_manifest
from cleanse.corpus.reader import spans, texts
from cleanse.errors import CleanseError, OutputError, SettingError
from cleanse.report.layout import KEPT, stretches
from cleanse.report.samples import short
from cleanse.report.word_diff import words_of
from cleanse.review.sampling import ORDERS, draw
from cleanse.spans import restore

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from cleanse.documents import Span

NAMES = ("sample.csv", "sample.html")
COLUMNS = ("id", "site", "start", "end", "state", "rule", "words", "text", "verdict", "order")
VERDICTS = ("", "keep", "remove", "seen")
MAX_LINES = 300  # lines shown of one page; further ones are not judged and do not count
SHOWN = 400  # characters shown of one line
_FORMULA = re.compile(r"^[=+\-@\t\r']")  # a spreadsheet would run such a cell


@dataclass(frozen=True, slots=True)
class Item:
    """A line of a page, or the removed part of a line.

    Attributes:
        start: Its first character, counted from 0 in the page text.
        end: The character after its last.
        text: Its text.
        rule: Id of the rule that removed it; empty if it was kept.
        step: The step that removed it; empty if it was kept.
        words: Number of its words.
    """

    start: int
    end: int
    text: str
    rule: str  # empty: kept
    step: str
    words: int


@dataclass(frozen=True, slots=True)
class Verdict:
    """A row of a filled-in sheet.

    Attributes:
        id: Id of the document.
        start: First character of the line in the page text; 0 in the row of the page itself.
        end: The character after the last; 0 in the row of the page itself.
        verdict: "keep", "remove" or empty for a line; "seen" or empty for the page itself.
        order: How the sample was drawn.
    """

    id: str
    start: int
    end: int
    verdict: str
    order: str


@dataclass(frozen=True, slots=True)
class Sheet:
    """A sheet that was written.

    Attributes:
        files: The files.
        pages: Number of pages in the sheet.
        of: Number of pages that they were drawn from.
    """

    files: tuple[Path, ...]
    pages: int
    of: int


def write_sample(output: Path, n: int = 200, order: str = "random", seed: int = 1, to: Path | None = None) -> Sheet:
    """Draw pages and write the sheet that people fill in.

    Args:
        output: The output folder to draw from.
        n: Number of pages.
        order: "random" (gives an estimate) or "worst".
        seed: Another number draws other pages.
        to: Folder for the sheet; None: the output folder.

    Raises:
        SettingError: A value cannot be used.
        OutputError: There is a sheet already, or the output has no texts.
    """
    from cleanse.report.report_page import render_template

    if n < 1:
        raise SettingError(f"n = {n} is too few. Use 1 or more.")
    if order not in ORDERS:
        raise SettingError(f"order = {order!r} is not known. Use one of: {', '.join(ORDERS)}.")
    manifest = read_manifest(output)
    folder = to or output
    files = tuple(folder / name for name in NAMES)
    for path in files:
        if path.exists():
            raise OutputError(f"{str(path)!r} exists and may hold verdicts. Move it, or name another folder with --to.")
    ids, total = draw(output, n, order, seed)
    pages = list(_pages(output, ids))
    folder.mkdir(parents=True, exist_ok=True)
    with new_file(files[0]) as temporary, temporary.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(COLUMNS)
        writer.writerows(row for id_, site, _, items in pages for row in _csv_rows(id_, site, items, order))
    data = {
        "digest": manifest["digest"],
        "columns": COLUMNS,
        "pages": [
            {"id": id_, "site": site, "title": title, "order": order, "lines": _lines_of(items)}
            for id_, site, title, items in pages
        ],
    }
    page = render_template("sample.html", data, manifest=manifest, order=order, pages=len(pages), total=total)
    with new_file(files[1]) as temporary:
        temporary.write_text(page, encoding="utf-8")
    return Sheet(files, len(pages), total)


def _pages(output: Path, ids: list[str]) -> Iterator[tuple[str, str, str, list[Item]]]:
    """Yield id, site, title and lines of each page."""
    text_rows, removed = texts(output, ids), spans(output, ids)
    for id_ in ids:
        row = text_rows.get(id_)
        if row is None:
            raise OutputError(
                f"{str(output)!r} is of a dry run, which keeps no text to look at. Run it without --dry-run."
            )
        yield id_, row["site"] or "", short(row["title"] or id_), items_of(row["text"] or "", removed[id_])[:MAX_LINES]


def items_of(text: str, removed: list[Span]) -> list[Item]:
    """Return the lines of a page that are not blank, kept and removed, in order.

    Args:
        text: The text of the document, without what was removed.
        removed: Its removed spans.
    """
    at, out = 0, []
    for stretch, number in stretches(restore(text, removed), removed):
        for line in stretch.splitlines(keepends=True):
            bare = line.strip()
            if bare:
                start = at + line.index(bare)
                span = None if number == KEPT else removed[number]
                rule, step = (span.rule, span.step) if span else ("", "")
                out.append(Item(start, start + len(bare), bare, rule, step, len(words_of(bare))))
            at += len(line)
    return out


def _csv_rows(id_: str, site: str, items: Iterable[Item], order: str) -> Iterator[list[Any]]:
    """Yield the rows of one page: one for the page itself, then one for each line."""
    yield [_cell(id_), _cell(site), 0, 0, "page", "", 0, "write 'seen' behind a page that you looked at", "", order]
    for item in items:
        state = "removed" if item.rule else "kept"
        text = _cell(short(item.text, SHOWN))
        yield [_cell(id_), _cell(site), item.start, item.end, state, item.rule, item.words, text, "", order]


def _lines_of(items: Iterable[Item]) -> list[list[Any]]:
    """Return the lines of a page for the script."""
    return [[item.start, item.end, item.rule, item.words, short(item.text, SHOWN)] for item in items]


def _cell(text: str) -> str:
    """Return a cell that no spreadsheet takes for a formula."""
    return f"'{text}" if _FORMULA.match(text) else text


def read_verdicts(path: Path) -> list[Verdict]:
    """Return the rows of a filled-in sheet. Raises CleanseError where the file is no sheet."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            sample = file.readline()
            file.seek(0)
            rows = list(csv.DictReader(file, delimiter=";" if sample.count(";") > sample.count(",") else ","))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        why = getattr(error, "strerror", None) or error
        raise CleanseError(f"{str(path)!r} cannot be read: {why}.") from None
    missing = [name for name in ("id", "start", "end", "verdict", "order") if not rows or name not in rows[0]]
    if missing:
        raise CleanseError(f"{str(path)!r} has no column {missing[0]!r}. Name a sheet that `cleanse sample` wrote.")
    out = []
    for line, row in enumerate(rows, 2):
        verdict = (row["verdict"] or "").strip().lower()
        if verdict not in VERDICTS:
            raise CleanseError(
                f"{str(path)!r}, line {line}: verdict {verdict!r} is not known. Write keep, remove or nothing."
            )
        try:
            start, end = int(row["start"]), int(row["end"])
        except (TypeError, ValueError):
            raise CleanseError(f"{str(path)!r}, line {line}: start and end have to be numbers.") from None
        id_ = row["id"][1:] if row["id"].startswith("'") and _FORMULA.match(row["id"][1:]) else row["id"]
        out.append(Verdict(id_, start, end, verdict, row["order"] or ""))
    return out
