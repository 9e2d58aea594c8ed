"""Learn lines that recur on the pages of each site, in two stages; a third, in `recurring`, removes them.

    chunk → note_chunk ┊ learn_lines: the lines of the sites of each chunk ┊ → strip_lines

The first stage notes a sample of each site's pages, the second learns lines from all notes, the third removes them.
Only small data crosses the bars: 10 bytes a line, of at most `SAMPLE` pages a site. The result for a chunk depends on
the lines of the sites that its pages are from, and on nothing else.
"""

from __future__ import annotations

import heapq
import logging
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from cleanse.chrome.rule_files import learns_lines
from cleanse.pipeline.cache import Note, hash_of
from cleanse.pipeline.chunks import Results
from cleanse.pipeline.rows import SITE, sites_of, unpack_spans
from cleanse.pipeline.stage import Stage
from cleanse.tables import Column, make_schema

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    import pyarrow as pa

    from cleanse.chrome.site_boilerplate import PageNote, SiteLines
    from cleanse.config import Config
    from cleanse.pipeline.corpus_state import CorpusState
    from cleanse.pipeline.plan import Plan
    from cleanse.pipeline.stage import Map

log = logging.getLogger(__name__)

SAMPLE = 100  # pages noted of a site: those with the smallest hashes, so that no order of files matters
PORTION = 500_000  # noted pages in memory at once, about 1 KB each; of a larger corpus, some sites at a time
NOTES = (
    Column("site", "string"),
    Column("page", "uint64"),
    Column("hashes", "list<uint64>"),
    Column("words", "list<uint8>"),
    Column("prose", "list<bool>"),
    Column("gone", "list<bool>"),
)
LINES = (
    Column("site", "string"),
    Column("hash", "uint64"),
    Column("side", "string"),
    Column("pages", "int32"),
    Column("of", "int32"),
)
_PackedNote = list[Any]  # the fields of a PageNote, with numpy arrays for lists


def learns(config: Config) -> bool:
    """Return whether lines are learned in a run with these options."""
    return learns_lines(config.skip, config.chrome, config.without)


# -- note: a chunk's pages → a sample of each site's ------------------------------------------------------------------


def note_chunk(results: Results, facts: dict[str, Any]) -> Iterator[pa.Table]:
    """Yield notes on pages of a chunk: of each site, those in its sample.

    Yields nothing if no page has a site and prose.

    Args:
        results: Results of the stages that this one reads.
        facts: Receives a summary for the log.
    """
    import pyarrow as pa

    from cleanse.chrome.site_boilerplate import PageNote, note_page

    samples: dict[str, _Sample] = {}
    for site, text, packed in _pages(results):
        samples.setdefault(site, _Sample()).add(note_page(text, unpack_spans(packed, text)))
    rows = [(site, note) for site in sorted(samples) for note in samples[site].pages()]
    facts["summary"] = f"{len(rows)} pages of {len(samples)} sites"
    if rows:
        fields = ([note[i] for _, note in rows] for i in range(len(PageNote._fields)))
        yield pa.table([[site for site, _ in rows], *fields], make_schema(NOTES))


class _Sample:
    """The pages of a site with the smallest hashes. Equal texts count as one page; pages without prose are left out."""

    def __init__(self) -> None:
        self._notes: dict[int, PageNote] = {}
        self._largest: list[int] = []  # heap of negated hashes

    def add(self, note: PageNote) -> None:
        """Add a page if it belongs to the sample."""
        if note.page in self._notes or not any(note.prose):
            return
        self._notes[note.page] = note
        heapq.heappush(self._largest, -note.page)
        if len(self._notes) > SAMPLE:
            del self._notes[-heapq.heappop(self._largest)]

    def pages(self) -> list[PageNote]:
        """Return the notes of the sample, in the order of their hashes."""
        return [self._notes[page] for page in sorted(self._notes)]


def _pages(results: Results) -> Iterator[tuple[str, str, str]]:
    """Yield site, page text and removed spans of the pages whose site is known."""
    drafts = results.tables("read", [*SITE, "text"])
    for read, cleaned in zip(drafts, results.tables("chrome", ["spans"]), strict=True):
        for row, site in enumerate(sites_of(read)):
            text = read["text"][row].as_py() if site else None
            if site and text is not None:
                yield site, text, cleaned["spans"][row].as_py()


# -- learn: all notes → the lines of each chunk's sites ---------------------------------------------------------------


def learn_lines(plan: Plan, state: CorpusState, mapper: Map) -> CorpusState:  # noqa: ARG001  as every corpus stage
    """Return the state in which each chunk has the lines learned for the sites of its pages, if there are any.

    Args:
        plan: The plan of the run.
        state: The chunks.
        mapper: Not used: learning takes little time.
    """
    from cleanse.chrome.boilerplate_learning import learn
    from cleanse.chrome.site_boilerplate import PageNote

    results_of = {chunk.results["notes"]: Results(chunk, plan.cache) for chunk in state.chunks}
    readers = [results_of[key] for key in sorted(results_of) if results_of[key].has("notes")]
    chosen = _choose(readers)
    learned: dict[str, SiteLines] = {}
    for portion in _portions(chosen):
        for site, pages in sorted(_notes(readers, portion).items()):
            lines = learn(site, [PageNote(page, *(values.tolist() for values in lists)) for page, *lists in pages])
            if lines.lines:
                learned[site] = lines
    count = sum(len(one.lines) for one in learned.values())
    log.info("%d lines learned of %d sites; %d sites have enough pages", count, len(learned), len(chosen))
    keys = {reader.chunk.results["notes"]: _cache_lines(reader, learned) for reader in readers}
    with_lines = (
        chunk.with_result("lines", key) if (key := keys.get(chunk.results["notes"])) else chunk
        for chunk in state.chunks
    )
    return replace(state, chunks=tuple(with_lines))


def _choose(readers: Iterable[Results]) -> dict[str, frozenset[int]]:
    """Return for each site the pages of its sample, over all chunks; sites with too few pages are left out."""
    from cleanse.chrome.boilerplate_learning import MIN_PAGES

    pages: dict[str, set[int]] = {}
    for reader in readers:
        for table in reader.tables("notes", ["site", "page"]):
            for site, page in zip(table["site"].to_pylist(), table["page"].to_pylist(), strict=True):
                sample = pages.setdefault(site, set())
                sample.add(page)
                if len(sample) > 2 * SAMPLE:
                    pages[site] = set(heapq.nsmallest(SAMPLE, sample))
    return {s: frozenset(heapq.nsmallest(SAMPLE, sample)) for s, sample in pages.items() if len(sample) >= MIN_PAGES}


def _portions(chosen: dict[str, frozenset[int]]) -> Iterator[dict[str, frozenset[int]]]:
    """Yield the sites in portions whose notes fit in memory."""
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


def _notes(readers: Iterable[Results], wanted: dict[str, frozenset[int]]) -> dict[str, list[_PackedNote]]:
    """Return the notes of the wanted pages by site, each page once, in the order of their hashes."""
    import pyarrow as pa
    import pyarrow.compute as pc

    notes: dict[str, dict[int, _PackedNote]] = {}
    sites = pa.array(sorted(wanted))
    names = [column.name for column in NOTES[2:]]
    for reader in readers:
        for table in reader.tables("notes"):
            rows = table.filter(pc.is_in(table["site"], sites))
            columns = [_lists(rows[name]) for name in names]
            for site, page, *lists in zip(rows["site"].to_pylist(), rows["page"].to_pylist(), *columns, strict=True):
                if page in wanted[site]:
                    notes.setdefault(site, {})[page] = lists
    return {site: [[page, *pages[page]] for page in sorted(pages)] for site, pages in notes.items()}


def _lists(column: pa.ChunkedArray) -> list[Any]:
    """Return the lists of a column as numpy arrays that do not keep the column in memory."""
    import numpy as np

    whole = column.combine_chunks()
    flat, ends = whole.flatten().to_numpy(zero_copy_only=False), whole.value_lengths().to_numpy().cumsum()
    return [part.copy() for part in np.split(flat, ends[:-1])] if len(ends) else []


def _cache_lines(reader: Results, learned: dict[str, SiteLines]) -> str:
    """Cache the lines of the sites that a chunk has pages of; return the cache key, "" if there are no lines."""
    import pyarrow as pa

    sites = {site for table in reader.tables("notes", ["site"]) for site in table["site"].to_pylist()}
    rows = [
        (site, line_hash, side, line.pages, line.of)
        for site in sorted(sites & learned.keys())
        for (line_hash, side), line in sorted(learned[site].lines.items())
    ]
    if not rows:
        return ""
    key = hash_of("lines", rows)

    def make() -> tuple[Note, bool]:
        schema = make_schema(LINES)
        table = pa.table(list(zip(*rows, strict=True)), schema)
        return Note({key: reader.cache.write("lines", key, [table], schema)}, {}), True

    reader.cache.once("lines", key, make)
    return key


NOTES_STAGE = Stage(
    name="notes",
    title="strip chrome: note lines of sites",
    run=note_chunk,
    reads=("read", "chrome"),
    adds=NOTES,
    libraries=("numpy",),
    applies=learns,
)
LEARN = Stage(
    name="lines",
    title="strip chrome: learn lines of sites",
    run=learn_lines,
    reads=("notes",),
    adds=LINES,
    libraries=("numpy",),
    scope="corpus",
    applies=learns,
)
