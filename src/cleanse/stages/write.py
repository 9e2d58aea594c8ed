"""Write corpus: the part files of the output, each from consecutive chunks."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from itertools import accumulate
from typing import TYPE_CHECKING

from cleanse.pipeline.chunks import Chunk, Results
from cleanse.pipeline.rows import documents_of
from cleanse.pipeline.stage import Stage
from cleanse.status import Duplicates, set_status

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from cleanse.config import Config
    from cleanse.corpus import Outcome
    from cleanse.pipeline.cache import Cache

log = logging.getLogger(__name__)

PART_CHARS = 64 << 20  # page text that one output file stands for: large enough for readers to scan well


@dataclass(frozen=True, slots=True)
class Part:
    """Chunks that make one output file of each table, with what the search found among their documents."""

    number: int
    chunks: tuple[Chunk, ...]
    found: Duplicates


def make_parts(chunks: Iterable[Chunk], found: Duplicates) -> list[Part]:
    """Return the parts of an output: consecutive chunks that together make a file of good size."""
    groups: list[list[Chunk]] = [[]]
    chars = 0
    for chunk in chunks:
        if groups[-1] and chars + chunk.chars > PART_CHARS:
            groups.append([])
            chars = 0
        groups[-1].append(chunk)
        chars += chunk.chars
    ends = list(accumulate((sum(chunk.rows for chunk in group) for group in groups), initial=0))
    portions = found.portions(ends)
    return [Part(number, tuple(group), next(portions)) for number, group in enumerate(groups)]


def write_part(part: Part, cache: Cache, output: Path, config: Config, corpora: dict[str, str]) -> Outcome:
    """Write one part file of each table.

    Args:
        part: What goes in.
        cache: Where the stages' results lie.
        output: The output folder.
        config: The options of the run.
        corpora: Digests of the earlier corpora that documents may name.
    """
    from cleanse import corpus

    names = tuple(name for name in corpus.TABLES if not (config.dry_run and name == "corpus"))
    number = 0
    with corpus.Tables(output, part.number, names, corpora) as tables:
        for chunk in part.chunks:
            for document, decoded in documents_of(Results(chunk, cache)):
                tables.add(set_status(document, part.found, number), decoded=decoded)
                number += 1
    kept, documents = tables.outcome.rows["corpus"], tables.outcome.rows["documents"]
    log.info("part %05d written: %d of its %d documents kept", part.number, kept, documents)
    return tables.outcome


WRITE = Stage(
    name="write",
    title="write corpus",
    run=write_part,
    reads=("read", "chrome", "language", "flags", "signals", "filter", "find"),
    options=("dry_run",),
    libraries=("pyarrow",),
    scope="corpus",
)
