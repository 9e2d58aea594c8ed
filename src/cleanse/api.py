"""Use cleanse in another program: one page, many pages, near-duplicates. The same functions as in a run."""

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
from cleanse.pipeline import guard
from cleanse.pipeline.rows import make_document
from cleanse.stages.language import detect_all
from cleanse.status import fill_document, mark_duplicate, take_from_twins

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

BATCH = 64  # pages handed to a worker at once: some tens of milliseconds of work
KINDS = ("html", "text")

Raw = bytes | str


@dataclass(frozen=True, slots=True)
class Stripped:
    """A text without its chrome, and what was removed from it."""

    text: str
    removed: tuple[Span, ...]


def clean(raw: Raw, url: str | None = None, *, kind: str | None = None, config: Config | None = None) -> Document:
    """Clean one page: fix encoding, strip chrome, detect language. Pure; never raises on bad content.

    One page says nothing of its site: lines that recur on a site's pages (`site.learned`) only `run` removes. Options that
    choose among documents, such as `language`, `min_words` and `threshold`, are those of a run, and do nothing here.

    Args:
        raw: The page, as bytes or text.
        url: Its address, which becomes `url` and `site`.
        kind: "html" or "text"; None: told from the page.
        config: Options; None: the defaults.

    Raises:
        SettingError: An option cannot be used, or `raw` is neither bytes nor text.
    """
    if not isinstance(raw, (bytes, str)):
        raise SettingError(f"raw = {raw!r} is no page. Give the page as bytes or str.")
    if kind is not None and kind not in KINDS:
        raise SettingError(f"kind = {kind!r} is not known. Use one of: {', '.join(KINDS)}; or None to have it told.")
    return _clean(config or Config(), [Record("1", raw, kind=kind, url=url)])[0]


def clean_many(
    raws: Iterable[Raw | tuple[str, Raw]], workers: int = 0, config: Config | None = None
) -> Iterator[Document]:
    """Yield the pages clean, in their order.

    Args:
        raws: Pages, or pairs (id, page). Without ids they are called "1", "2", … They are read as they are needed.
        workers: Processes to spread the work over; 0 or 1: this one.
        config: Options; None: the defaults.

    Raises:
        SettingError: An option cannot be used.
        WorkerError: Worker processes die again and again.
    """
    from cleanse.pipeline.process_pool import worker_map

    batches = _batches(raws)
    work = partial(_clean, config or Config())
    with worker_map(workers if workers > 1 else 0) as spread:
        # a round of a few batches for each worker: input and results stay in memory only that long
        while round_ := list(islice(batches, 4 * max(1, workers))):
            for documents in spread(work, round_):
                yield from documents


def deduplicate(
    pages: Iterable[Document], threshold: float = 0.8, keep: str = "longest", *, series_guard: bool = True
) -> list[Document]:
    """Return the same pages in the same order; near-duplicates have the status "duplicate", as in a run.

    Args:
        pages: Documents. Those with another status than "kept" take no part.
        threshold: Least Jaccard similarity of two near-duplicates, over sets of word 5-grams.
        keep: Which of several near-duplicates stays: longest, first, oldest or newest.
        series_guard: Whether texts that differ only in numbers, dates or names stay.

    Raises:
        SettingError: The threshold lies outside (0, 1], or the policy is not known.
    """
    from cleanse.dedup import find_duplicates

    listed = list(pages)
    places = [i for i, page in enumerate(listed) if page.status == "kept"]
    texts, dates = [listed[i].text for i in places], [listed[i].date for i in places]
    verdicts = find_duplicates(texts, threshold, keep, dates, series_guard=series_guard)
    for i, verdict in zip(places, verdicts, strict=True):
        if verdict.duplicate_of is not None:
            listed[i] = mark_duplicate(listed[i], listed[places[verdict.duplicate_of]].id, verdict.jaccard or 0.0)
        elif verdict.series_of is not None:
            listed[i] = replace(listed[i], series_of=listed[places[verdict.series_of]].id)
    return _complete(listed)


def _complete(pages: list[Document]) -> list[Document]:
    """Return pages, each kept one with the number of its near-duplicates and with what it takes from them."""
    from cleanse.dedup.informed_twins import Fields

    twins: dict[str, list[tuple[float, str, Fields]]] = {}
    for page in pages:
        if page.duplicate_of is not None:
            known = Fields(page.title, page.author, page.date, page.url)
            twins.setdefault(page.duplicate_of, []).append((page.jaccard or 0.0, page.id, known))
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
    """Remove site chrome from a plain text, and nothing else.

    Raises SettingError for rules that cannot be used.
    """
    from cleanse.chrome import strip

    options = config or Config()
    stripped = strip(text, rules_of(options.rules, options.without), options.chrome)
    return Stripped(stripped.text, stripped.removed)


def _clean(config: Config, records: Sequence[Record]) -> list[Document]:
    """Return records as documents, by themselves: what a run makes of them before it looks at all together."""
    limits = guard.Limits(config.time_limit, config.memory_limit)
    work = partial(_clean_together, config)
    with guard.limited(limits):
        return list(guard.each_batch(records, work, _give_up))


def _clean_together(config: Config, records: Sequence[Record]) -> list[Document]:
    drafts = [read_document(record, config.extractor, config.skip) for record in records]
    rules = None if "chrome" in config.skip else rules_of(config.rules, config.without)
    cleaned = [one for one, _ in strip_documents(drafts, rules, config.chrome)]
    languages = detect_all([one.text for one in cleaned], None if "language" in config.skip else config.detector)
    return [
        replace(make_document(draft, one, record.id), language=language.code, language_confidence=language.confidence)
        for record, draft, one, language in zip(records, drafts, cleaned, languages, strict=True)
    ]


def _give_up(record: Record, reason: Reason) -> Document:
    draft: Draft = read_document(replace(record, reason=reason), "none")
    return make_document(draft, keep_extracted(draft, reason), record.id)


def _batches(raws: Iterable[Raw | tuple[str, Raw]]) -> Iterator[list[Record]]:
    named = (raw if isinstance(raw, tuple) else (str(n), raw) for n, raw in enumerate(raws, 1))
    while batch := [Record(name, raw) for name, raw in islice(named, BATCH)]:
        yield batch
