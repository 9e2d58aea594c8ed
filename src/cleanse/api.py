"""cleanse as a step in somebody else's program: one page, many pages, near-duplicates. The same steps as the pipeline's."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from functools import lru_cache, partial
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from cleanse.chrome import load_rules
from cleanse.config import Config
from cleanse.documents import Document, Record, Span
from cleanse.errors import SettingError
from cleanse.pipeline import document_steps

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from cleanse.chrome import Rules

BATCH = 64  # pages handed to a worker at once: some tens of milliseconds of work
KINDS = ("html", "text")


@dataclass(frozen=True, slots=True)
class Stripped:
    """A text without its chrome, and what was removed from it."""

    text: str
    removed: tuple[Span, ...]


def clean(
    raw: bytes | str, url: str | None = None, *, kind: str | None = None, config: Config | None = None
) -> Document:
    """Clean one page: fix encoding, strip chrome, detect language. Pure; never raises on bad content.

    One page says nothing of its site: lines that recur on a site's pages (`site.learned`) only `run` takes.
    `kind` is "html" or "text"; None: told from the page. Raises SettingError for a setting that cannot be used.
    """
    if kind is not None and kind not in KINDS:
        raise SettingError(f"kind = {kind!r} is not known. Use one of: {', '.join(KINDS)}; or None to have it told.")
    return _clean([Record("1", raw, kind=kind, url=url)], config or Config())[0]


def clean_many(
    raws: Iterable[bytes | str | tuple[str, bytes | str]], workers: int = 1, config: Config | None = None
) -> Iterator[Document]:
    """Clean pages in their order, on several processes if wanted.

    The ids are "1", "2", … unless pairs (id, raw) are given. Pages are read as they are needed.
    """
    from cleanse.pipeline.process_pool import worker_map

    batches = _batches(raws)
    work = partial(_clean_batch, config or Config())
    with worker_map(workers) as spread:
        # a round of a few batches for each worker: input and results stay in memory only that long
        while held := list(islice(batches, 4 * workers)):
            for documents in spread(work, held):
                yield from documents


def deduplicate(
    pages: Iterable[Document], threshold: float = 0.8, keep: str = "longest", *, series_guard: bool = True
) -> list[Document]:
    """The same pages in the same order; near-duplicates have `duplicate_of` and `jaccard` set and status "duplicate".

    Only pages with status "kept" take part. Exact Jaccard over sets of word 5-grams; a page is a duplicate only of one
    that is kept. Raises SettingError for a threshold outside (0, 1] or an unknown policy.
    """
    from cleanse.dedup import find_duplicates

    listed = list(pages)
    places = [i for i, page in enumerate(listed) if page.status == "kept"]
    verdicts = find_duplicates(
        [listed[i].text for i in places],
        threshold,
        keep,
        [listed[i].date for i in places],
        series_guard=series_guard,
    )
    for i, verdict in zip(places, verdicts, strict=True):
        if verdict.duplicate_of is not None:
            twin = listed[places[verdict.duplicate_of]].id
            listed[i] = replace(
                listed[i],
                status="duplicate",
                reason="exact-duplicate" if verdict.jaccard == 1.0 else "near-duplicate",
                duplicate_of=twin,
                jaccard=verdict.jaccard,
            )
        elif verdict.series_of is not None:
            listed[i] = replace(listed[i], series_of=listed[places[verdict.series_of]].id)
    stands_for = Counter(places[v.duplicate_of] for v in verdicts if v.duplicate_of is not None)
    for i, n in stands_for.items():
        listed[i] = replace(listed[i], near_duplicates=n)
    return listed


def strip_chrome(text: str, *, config: Config | None = None) -> Stripped:
    """Remove site chrome from a plain text, nothing else. Raises SettingError for rules that cannot be used."""
    from cleanse.chrome import strip

    c = config or Config()
    found = strip(text, _rules(c), c.chrome)
    return Stripped(found.text, found.removed)


def _clean(records: list[Record], config: Config) -> list[Document]:
    drafts = [document_steps.read(record, config.extractor, config.skip) for record in records]
    rules = None if "chrome" in config.skip else _rules(config)
    stripped = [cleaned for cleaned, _ in document_steps.strip_all(drafts, rules, config.chrome)]
    detector = None if "language" in config.skip else config.detector
    languages = document_steps.tell_all([cleaned.text for cleaned in stripped], detector)
    return [
        document_steps.finish(draft, cleaned, language, record.id)
        for record, draft, cleaned, language in zip(records, drafts, stripped, languages, strict=True)
    ]


def _clean_batch(config: Config, batch: list[tuple[str, bytes | str]]) -> list[Document]:
    return _clean([Record(name, raw) for name, raw in batch], config)


def _batches(raws: Iterable[bytes | str | tuple[str, bytes | str]]) -> Iterator[list[tuple[str, bytes | str]]]:
    named = (raw if isinstance(raw, tuple) else (str(n), raw) for n, raw in enumerate(raws, 1))
    while batch := list(islice(named, BATCH)):
        yield batch


def _rules(config: Config) -> Rules:
    return _load(config.rules, config.without)


@lru_cache(maxsize=4)
def _load(own: str | None, without: tuple[str, ...]) -> Rules:
    return load_rules(Path(own) if own else None, without)
