"""The decision of the near-duplicate search, staged: whoever was ended while he wrote need not search again.

Its name is the hash of all that it rests on: what every step staged for every part, and the settings of the search.
"""

from __future__ import annotations

import hashlib
import logging
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from cleanse.pipeline import chunks
from cleanse.pipeline.versions import version_of
from cleanse.stages.duplicates import Twin, Verdicts

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from cleanse.config import Config
    from cleanse.corpus.reference import Earlier
    from cleanse.pipeline.chunks import Staging
    from cleanse.pipeline.rows import Staged

log = logging.getLogger(__name__)

STAGE = "find"
ROWS = 100_000  # of a row group: documents that the search says something about
_SCHEMA = pa.schema(
    [
        ("number", pa.int64()),
        ("twin", pa.string()),
        ("jaccard", pa.float64()),
        ("corpus", pa.string()),
        ("series", pa.string()),
        ("stands_for", pa.int64()),
    ]
)


def key_of(staged: Sequence[Staged], config: Config, earlier: Sequence[Earlier] = ()) -> str:
    """What names the decision on these parts."""
    c = config
    before = [(one.name, one.digest) for one in earlier]
    settings = (c.threshold, c.keep, c.series_guard, c.language, c.min_words, "duplicates" in c.skip, before)
    digest = hashlib.blake2b(repr((version_of(STAGE), settings)).encode(), digest_size=16)
    for one in staged:  # a part at a time: with its origins, a list of them all may be long
        digest.update(repr(one).encode("utf-8", "surrogateescape"))
    return digest.hexdigest()


def decide(key: str, staging: Staging, search: Callable[[], Verdicts]) -> Verdicts:
    """The verdicts on the documents of the parts that the key names; searched for only where no run before has."""
    made = list[Verdicts]()

    def make() -> tuple[dict[str, str], dict[str, Any]]:
        made.append(search())
        return {key: staging.write(STAGE, key, _tables(made[0]), _SCHEMA)}, {"counts": made[0].counts}

    note = chunks.stage_once(staging, STAGE, key, make)
    found = made[0] if made else _read(staging, key, note["counts"])
    said = (len(found.twins), len(found.stands_for), len(found.series))
    log.info("%d near-duplicates of %d kept documents, %d of a series", *said)
    return found


def _tables(found: Verdicts) -> Iterator[pa.Table]:
    numbers = sorted({*found.twins, *found.series, *found.stands_for})
    for at in range(0, len(numbers), ROWS):
        some = numbers[at : at + ROWS]
        twins = [found.twins.get(n) for n in some]
        columns = [
            some,
            [twin and twin.id for twin in twins],
            [twin and twin.jaccard for twin in twins],
            [twin and twin.corpus for twin in twins],
            [found.series.get(n) for n in some],
            [found.stands_for.get(n) for n in some],
        ]
        yield pa.table(columns, _SCHEMA)


def _read(staging: Staging, key: str, counts: dict[str, int]) -> Verdicts:
    found = Verdicts(counts=counts)
    for table in staging.table(STAGE, key):
        for n, twin, jaccard, earlier, series, stands_for in zip(*(c.to_pylist() for c in table.columns), strict=True):
            if twin is not None:
                found.twins[n] = Twin(twin, jaccard, earlier)
            if series is not None:
                found.series[n] = series
            if stands_for is not None:
                found.stands_for[n] = stands_for
    return found
