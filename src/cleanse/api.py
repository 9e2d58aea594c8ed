"""Clean pages in a program of your own: one page, many pages, near-duplicates. A run uses the same functions."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from itertools import islice
from typing import TYPE_CHECKING

from cleanse.chrome.document_chrome import keep_extracted, rules_of, strip_documents
from cleanse.config import Config
from cleanse.document_reading import read_document
from cleanse.documents import Document, Draft, Reason, Record, Span
from cleanse.errors import SettingError
from cleanse.pipeline.guard import each_batch
from cleanse.pipeline.joining import make_document
from cleanse.pipeline.limits import Limits, limited
from cleanse.stages.language import detect_all
from cleanse.status import fill_document, mark_duplicate, take_from_twins

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

BATCH = 64  # pages sent to a worker at once: tens of milliseconds of work
KINDS = ("html", "text")

Raw = bytes | str


@dataclass(frozen=True, slots=True)
class Stripped:
    """A text without its chrome.

    Attributes:
        text: The text that was kept.
        removed: The removed spans, sorted and disjoint, with offsets in the text that was given.
        doubt: Why chrome was left, or removed with more care than usual; None if neither.
    """

    text: str
    removed: tuple[Span, ...]
    doubt: str | None = None


def clean(raw: Raw, url: str | None = None, *, kind: str | None = None, config: Config | None = None) -> Document:
    """Clean one page: fix encoding, strip chrome, detect language. Pure; never raises on bad content.

    Two things need more than one page, so only `run` does them: it removes lines that recur on the pages of a site
    (rule `site.learned`), and it obeys options that choose among documents, such as `language`, `min_words` and
    `threshold`.

    Args:
        raw: The page, as bytes or text.
        url: Its address, from which `url` and `site` of the document are set; None: unknown.
        kind: "html" or "text"; None: recognized from the page.
        config: Options; None: the defaults.

    Raises:
        SettingError: An option cannot be used, or `raw` is neither bytes nor text.
    """
    if not isinstance(raw, (bytes, str)):
        raise SettingError(f"raw = {raw!r} is no page. Pass the page as bytes or str.")
    if kind is not None and kind not in KINDS:
        raise SettingError(
            f"kind = {kind!r} is not known. Use one of: {', '.join(KINDS)}; or None to recognize it from the page."
        )
    return _clean(config or Config(), [Record("1", raw, kind=kind, url=url)])[0]


def clean_many(
    raws: Iterable[Raw | tuple[str, Raw]], workers: int = 0, config: Config | None = None
) -> Iterator[Document]:
    """Yield the cleaned pages, in the order given.

    Args:
        raws: Pages, or pairs (id, page). Pages without id get the ids "1", "2", … They are read lazily.
        workers: Number of worker processes; 0 or 1: the work is done in this process.
        config: Options; None: the defaults.

    Raises:
        SettingError: An option cannot be used.
        WorkerError: Worker processes die again and again.
    """
    from cleanse.pipeline.process_pool import worker_map

    batches = _batches(raws)
    work = partial(_clean, config or Config())
    with worker_map(workers if workers > 1 else 0) as mapper:
        # a few batches for each worker at a time, so that input and results do not fill the memory
        while round_ := list(islice(batches, 4 * max(1, workers))):
            for documents in mapper(work, round_):
                yield from documents


def deduplicate(
    pages: Iterable[Document], threshold: float = 0.8, keep: str = "longest", *, series_guard: bool = True
) -> list[Document]:
    """Return the same pages in the same order; near-duplicates get the status "duplicate", as in a run.

    Args:
        pages: Documents. Those whose status is not "kept" are returned as they are.
        threshold: Least Jaccard similarity of two near-duplicates, over sets of word 5-grams; over 0, at most 1.
        keep: Which of several near-duplicates is kept: "longest", "first", "oldest" or "newest".
        series_guard: Whether texts that differ only in numbers, dates or names are all kept.

    Raises:
        SettingError: The threshold or `keep` cannot be used.
    """
    from cleanse.dedup import count_known, find_duplicates

    documents = list(pages)
    kept_places = [i for i, page in enumerate(documents) if page.status == "kept"]
    kept = [documents[i] for i in kept_places]
    known = [count_known((page.title, page.author, page.date, page.url)) for page in kept]
    texts, dates = [page.text for page in kept], [page.date for page in kept]
    decisions = find_duplicates(texts, threshold, keep, dates, known=known, series_guard=series_guard)
    for i, decision in zip(kept_places, decisions, strict=True):
        if decision.duplicate_of is not None:
            documents[i] = mark_duplicate(
                documents[i], documents[kept_places[decision.duplicate_of]].id, decision.jaccard or 0.0
            )
        elif decision.series_of is not None:
            documents[i] = replace(documents[i], series_of=documents[kept_places[decision.series_of]].id)
    return _complete(documents)


def _complete(pages: list[Document]) -> list[Document]:
    """Return the pages; each kept one gets the number of its near-duplicates, and fields from them that it lacks."""
    from cleanse.dedup.informed_twins import Fields

    twins: dict[str, list[tuple[float, str, Fields]]] = {}
    for page in pages:
        if page.duplicate_of is not None:
            fields = Fields(page.title, page.author, page.date, page.url)
            twins.setdefault(page.duplicate_of, []).append((page.jaccard or 0.0, page.id, fields))
    return [
        fill_document(
            replace(page, near_duplicates=len(twins[page.id])),
            take_from_twins(Fields(page.title, page.author, page.date, page.url), twins[page.id]),
        )
        if page.id in twins and page.duplicate_of is None
        else page
        for page in pages
    ]


def strip_chrome(text: str, *, config: Config | None = None) -> Stripped:
    """Remove site chrome from a plain text, and do nothing else.

    Args:
        text: The text.
        config: Options, of which `chrome`, `rules` and `without` count; None: the defaults.

    Raises:
        SettingError: The rules cannot be used.
    """
    from cleanse.chrome import strip

    options = config or Config()
    stripped = strip(text, rules_of(options.rules, options.without), options.chrome)
    return Stripped(stripped.text, stripped.removed, stripped.doubt)


def _clean(config: Config, records: Sequence[Record]) -> list[Document]:
    """Return records as documents, each cleaned by itself, within the limits of time and memory."""
    limits = Limits(config.time_limit, config.memory_limit)
    work = partial(_clean_together, config)
    with limited(limits):
        return list(each_batch(records, work, _give_up))


def _clean_together(config: Config, records: Sequence[Record]) -> list[Document]:
    drafts = [
        read_document(record, config.extractor, config.skip, markdown=config.format == "markdown") for record in records
    ]
    rules = None if "chrome" in config.skip else rules_of(config.rules, config.without)
    names = [record.id for record in records]
    cleaned = [one for one, _ in strip_documents(drafts, rules, config.chrome, names)]
    languages = detect_all([one.text for one in cleaned], None if "language" in config.skip else config.detector)
    return [
        replace(make_document(draft, one, record.id), language=language.code, language_confidence=language.confidence)
        for record, draft, one, language in zip(records, drafts, cleaned, languages, strict=True)
    ]


def _give_up(record: Record, reason: Reason) -> Document:
    """Return the document for a record that went over a limit."""
    draft: Draft = read_document(replace(record, reason=reason), "none")
    return make_document(draft, keep_extracted(draft, reason), record.id)


def _batches(raws: Iterable[Raw | tuple[str, Raw]]) -> Iterator[list[Record]]:
    """Yield records in batches."""
    named = (raw if isinstance(raw, tuple) else (str(n), raw) for n, raw in enumerate(raws, 1))
    while batch := [Record(name, raw) for name, raw in islice(named, BATCH)]:
        yield batch
