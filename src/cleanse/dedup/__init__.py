"""Near-duplicates: word 5-gram MinHash bands for recall, exact Jaccard for precision, leaders instead of chains.

In memory::

    verdicts = find_duplicates(texts, threshold=0.8, keep="longest", dates=None, series_guard=True)
    verdicts[3].duplicate_of, verdicts[3].jaccard, verdicts[3].series_of        # indices into texts, or None

Over shards, with nothing heavy in the parent::

    columns = sign_shard(texts, dates, threshold=0.8)        # in a worker: arrays, one row per document of the shard
    write_bands(path, columns)                               # Parquet, one column a band
    decision = decide(                                       # in the parent
        band_files, read_texts, scratch,                     # read_texts(shard, rows) -> texts, picklable
        threshold=0.8, keep="longest", eligible=None, series_guard=True, mapper=pool.map)
    decision.duplicate_of, decision.jaccard, decision.series_of, decision.counts

Documents are numbered through the shards in the order of `band_files`, row after row; ties go to the lower number. A
document takes part if it is eligible and has a word. The verdicts are the same for any `mapper` and any cut into
shards. Modules: words → shingles → signatures → bands ┊ candidates → verify (series) → leaders; `deciding` is the
order of the reduce, `spooling` brings texts to verification, `stages` is what callers see. Numpy and pyarrow load on
first use; datasketch, whose signatures these are, only in the tests.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cleanse.dedup.band_files import write_bands
    from cleanse.dedup.batch import Verdict, decide, find_duplicates, sign_shard
    from cleanse.dedup.corpus_index import Index, open_index, write_index
    from cleanse.dedup.resolve import Decision

__all__ = [
    "Decision",
    "Index",
    "Verdict",
    "decide",
    "find_duplicates",
    "open_index",
    "sign_shard",
    "write_bands",
    "write_index",
]

# where the names live that `stages` does not define
_HOMES = {
    "Decision": "resolve",
    "Index": "corpus_index",
    "open_index": "corpus_index",
    "write_bands": "band_files",
    "write_index": "corpus_index",
}


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"cleanse.dedup.{_HOMES.get(name, 'batch')}"), name)
