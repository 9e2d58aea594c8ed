"""Lines learned per site, over parts: note a sample of each site's pages, learn from all notes, mark what recurs.

    stripped part → note_part ┊ learn: sites' lines, for each part those of its sites ┊ → mark_part → marks, as strip_part's

Between the bars only small data travels: of at most `SAMPLE` pages a site 10 bytes a line. Notes and learned lines are
staged beside the parts; what a part's marks rest on are the lines of the sites that it holds pages of, and nothing else.
"""

from __future__ import annotations

import heapq
import logging
from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from cleanse.chrome.boilerplate_learning import MIN_PAGES, learn
from cleanse.chrome.site_boilerplate import PageNote, Recurrence, SiteLines, note_page
from cleanse.pipeline import chunks, document_steps
from cleanse.pipeline.chunks import hash_of
from cleanse.pipeline.rows import CLEANED, cleaned_of, cleaned_row, draft_of, spans_of
from cleanse.pipeline.versions import version_of
from cleanse.stages.document_stages import rules_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from cleanse.pipeline.chunks import Staging
    from cleanse.pipeline.rows import Staged

log = logging.getLogger(__name__)

SAMPLE = 100  # pages of a site that are noted: those with the smallest hashes, so that no order and no cut shows
PORTION = 500_000  # noted pages held in memory at once, about a kilobyte each; the sites of a larger corpus take turns
NOTES, LINES, MARKS = "notes", "lines", "chrome"  # folders of what is staged
_NOTES = pa.schema(
    [
        ("site", pa.string()),
        ("page", pa.uint64()),
        ("marks", pa.list_(pa.uint64())),
        ("words", pa.list_(pa.uint8())),
        ("prose", pa.list_(pa.bool_())),
        ("gone", pa.list_(pa.bool_())),
    ]
)
_LINES = pa.schema(
    [("site", pa.string()), ("mark", pa.uint64()), ("side", pa.string()), ("pages", pa.int32()), ("of", pa.int32())]
)


_Packed = list[Any]  # a page's note, with numpy arrays for lists


# -- note: a part's pages → a sample of each site's -------------------------------------------------------------------


def note_part(staged: Staged, staging: Staging) -> str:
    """Stage notes of a part's pages, of each site those of its sample; returns the name of the result.

    A part without pages of sites, or without prose, has no file of notes.
    """
    key = hash_of(NOTES, version_of("sites"), staged.part.key, staged.chrome)

    def make() -> tuple[dict[str, str], dict[str, Any]]:
        samples: dict[str, _Sample] = {}
        for site, text, marks in _pages(staged, staging):
            samples.setdefault(site, _Sample()).add(note_page(text, spans_of(marks, text)))
        rows = [(site, note) for site in sorted(samples) for note in samples[site].pages()]
        log.info("shard %d: %d pages of %d sites noted", staged.part.shard, len(rows), len(samples))
        if not rows:
            return {}, {}
        columns = [[site for site, _ in rows], *([note[i] for _, note in rows] for i in range(len(PageNote._fields)))]
        return {key: staging.write(NOTES, key, [pa.table(columns, _NOTES)], _NOTES)}, {}

    chunks.stage_once(staging, NOTES, key, make)
    return key


class _Sample:
    """The pages of a site with the smallest hashes; equal texts are one page. Pages without prose are left out."""

    def __init__(self) -> None:
        self._held: dict[int, PageNote] = {}
        self._largest: list[int] = []  # heap of negated hashes

    def add(self, note: PageNote) -> None:
        if note.page in self._held or not any(note.prose):
            return
        self._held[note.page] = note
        heapq.heappush(self._largest, -note.page)
        if len(self._held) > SAMPLE:
            del self._held[-heapq.heappop(self._largest)]

    def pages(self) -> list[PageNote]:
        return [self._held[page] for page in sorted(self._held)]


def _pages(staged: Staged, staging: Staging) -> Iterator[tuple[str, str, str]]:
    """Site, page text and marks of the pages whose site is known."""
    drafts = staging.table("read", staged.part.key, ["url", "page_url", "text"])
    marks = staging.table(MARKS, staged.chrome, ["marks"])
    for read, found in zip(drafts, marks, strict=True):
        urls = zip(read["url"].to_pylist(), read["page_url"].to_pylist(), strict=True)
        sites = [document_steps.site_of(own or shown) for own, shown in urls]
        for row, site in enumerate(sites):
            text = read["text"][row].as_py() if site else None
            if site and text is not None:
                yield site, text, found["marks"][row].as_py()


# -- learn: all notes → the lines of each part's sites ----------------------------------------------------------------


def learn_lines(parts: Sequence[Staged], staging: Staging) -> list[Staged]:
    """The parts, each with the name of the lines learned of the sites that it holds pages of."""
    keys = sorted({one.notes for one in parts})
    chosen = _choose(keys, staging)
    learned: dict[str, SiteLines] = {}
    for portion in _portions(chosen):
        for site, notes in sorted(_notes(keys, staging, portion).items()):
            found = learn(site, [PageNote(page, *(values.tolist() for values in lists)) for page, *lists in notes])
            if found.lines:
                learned[site] = found
    lines = sum(len(found.lines) for found in learned.values())
    log.info("%d lines learned of %d sites; %d sites have enough pages", lines, len(learned), len(chosen))
    names = {key: _stage_lines(key, staging, learned) for key in keys}
    return [replace(one, learned=names[one.notes]) for one in parts]


def _choose(keys: Iterable[str], staging: Staging) -> dict[str, frozenset[int]]:
    """The pages of each site's sample, of all parts together; sites with too few pages are left out."""
    pages: dict[str, set[int]] = {}
    for key in keys:
        for table in _noted(key, staging, ["site", "page"]):
            for site, page in zip(table["site"].to_pylist(), table["page"].to_pylist(), strict=True):
                held = pages.setdefault(site, set())
                held.add(page)
                if len(held) > 2 * SAMPLE:
                    pages[site] = set(heapq.nsmallest(SAMPLE, held))
    return {s: frozenset(heapq.nsmallest(SAMPLE, held)) for s, held in pages.items() if len(held) >= MIN_PAGES}


def _portions(chosen: dict[str, frozenset[int]]) -> Iterator[dict[str, frozenset[int]]]:
    """The sites in portions that fit in memory."""
    portion: dict[str, frozenset[int]] = {}
    size = 0
    for site in sorted(chosen):
        portion[site] = chosen[site]
        size += len(chosen[site])
        if size >= PORTION:
            yield portion
            portion, size = {}, 0
    if portion:
        yield portion


def _notes(keys: Iterable[str], staging: Staging, wanted: dict[str, frozenset[int]]) -> dict[str, list[_Packed]]:
    """The notes of the wanted pages, each page once, in the order of their hashes."""
    found: dict[str, dict[int, _Packed]] = {}
    sites = pa.array(sorted(wanted))
    for key in keys:
        for table in _noted(key, staging):
            some = table.filter(pc.is_in(table["site"], sites))
            columns = [_lists(some[name]) for name in _NOTES.names[2:]]
            for name, page, *lists in zip(some["site"].to_pylist(), some["page"].to_pylist(), *columns, strict=True):
                if page in wanted[name]:
                    found.setdefault(name, {})[page] = lists
    return {site: [[page, *held[page]] for page in sorted(held)] for site, held in found.items()}


def _noted(key: str, staging: Staging, columns: list[str] | None = None) -> Iterable[pa.Table]:
    """A part's notes, if it has any."""
    return staging.table(NOTES, key, columns) if staging.path(NOTES, key).exists() else ()


def _lists(column: pa.ChunkedArray) -> list[Any]:
    """The lists of a column as numpy arrays that hold no memory of others."""
    whole = column.combine_chunks()
    flat, ends = whole.flatten().to_numpy(zero_copy_only=False), whole.value_lengths().to_numpy().cumsum()
    return [part.copy() for part in np.split(flat, ends[:-1])] if len(ends) else []


def _stage_lines(notes: str, staging: Staging, learned: dict[str, SiteLines]) -> str:
    """Stage the lines of the sites that a part holds pages of, under the hash of the lines; "" where there are none."""
    sites = {site for table in _noted(notes, staging, ["site"]) for site in table["site"].to_pylist()}
    rows = [
        (site, mark, side, found.pages, found.of)
        for site in sorted(sites & learned.keys())
        for (mark, side), found in sorted(learned[site].lines.items())
    ]
    if not rows:
        return ""
    key = hash_of(LINES, rows)

    def make() -> tuple[dict[str, str], dict[str, Any]]:
        return {key: staging.write(LINES, key, [pa.table(list(zip(*rows, strict=True)), _LINES)], _LINES)}, {}

    chunks.stage_once(staging, LINES, key, make)
    return key


def _read_lines(key: str, staging: Staging) -> dict[str, SiteLines]:
    lines: dict[str, dict[tuple[int, str], Recurrence]] = {}
    for table in staging.table(LINES, key):
        for site, mark, side, pages, of in zip(*(column.to_pylist() for column in table.columns), strict=True):
            lines.setdefault(site, {})[mark, side] = Recurrence(pages, of)
    return {site: SiteLines(site, held) for site, held in lines.items()}


# -- mark: what recurs goes -------------------------------------------------------------------------------------------


def mark_part(staged: Staged, staging: Staging, own: str | None, without: tuple[str, ...], setting: str) -> Staged:
    """Stage a part's marks with those on learned lines; the part as it is where nothing was learned of its sites."""
    if not staged.learned:
        return staged
    key = hash_of(MARKS, version_of("sites"), staged.chrome, staged.part.key, staged.learned)
    rules = rules_of(own, without)
    changed: Counter[str] = Counter()

    def marked(draft: dict[str, Any], row: dict[str, Any], learned: dict[str, SiteLines]) -> dict[str, Any]:
        site = document_steps.site_of(draft["url"] or draft["page_url"])
        if site not in learned or draft["text"] is None or row["reason"]:
            return row
        before = cleaned_of(row, draft["text"])
        after = document_steps.strip_recurring(draft_of(draft), before, rules, setting, learned[site])
        if after is before:
            return row
        changed[site] += 1
        return cleaned_row(after)

    def make() -> tuple[dict[str, str], dict[str, Any]]:
        learned = _read_lines(staged.learned, staging)
        pairs = zip(staging.table("read", staged.part.key), staging.table(MARKS, staged.chrome), strict=True)
        tables = (
            pa.Table.from_pylist(
                [marked(d, r, learned) for d, r in zip(drafts.to_pylist(), rows.to_pylist(), strict=True)], rows.schema
            )
            for drafts, rows in pairs
        )
        files = {key: staging.write(MARKS, key, tables, CLEANED)}
        log.info("shard %d: lines of %d sites marked in %d documents", staged.part.shard, len(changed), changed.total())
        return files, {}

    chunks.stage_once(staging, MARKS, key, make)
    return replace(staged, chrome=key, stripped=staged.chrome)
