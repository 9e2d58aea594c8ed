"""Find near-duplicates: MinHash bands of word 5-grams for recall, exact Jaccard for precision, leaders, no chains.

In memory::

    verdicts = find_duplicates(texts, threshold=0.8, keep="longest", dates=None, series_guard=True)
    verdicts[3].duplicate_of, verdicts[3].jaccard, verdicts[3].series_of        # indices into texts, or None

Over chunks of a corpus, with nothing heavy in the parent::

    columns = sign_texts(texts, dates, threshold=0.8, known=known)   # in a worker: arrays, one row per document of the chunk
    write_bands(path, columns)                               # Parquet, one column a band
    decision = decide(                                       # in the parent
        band_files, read_texts, scratch,                     # read_texts(chunk, rows) -> texts
        threshold=0.8, keep="longest", eligible=None, series_guard=True, mapper=pool.map)
    decision.duplicate_of, decision.jaccard, decision.series_of, decision.counts

Documents are numbered through the chunks in the order of `band_files`, row after row; ties go to the lower number. A
document takes part if it is eligible and has a word. The decision is the same for any `mapper` and any cut into chunks.

The modules, in the order of the work: `shingles` (with `character_values`), `minhash`, `bands`, `band_files` sign a chunk;
`candidates` finds pairs in a bucket, `pair_search` over files; `verify` judges pairs (`series` spares some), `text_shuffle`
brings it their texts; `representatives` chooses who stays, `informed_twins` between two of a length; `resolve` puts all that together, and `batch` is what callers
see. `corpus_index` keeps the bands of a finished corpus, `incremental` an index that grows. NumPy and PyArrow load on first
use.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cleanse.dedup.band_files import write_bands
    from cleanse.dedup.batch import Verdict, decide, find_duplicates, sign_texts
    from cleanse.dedup.corpus_index import Index, open_index, write_index
    from cleanse.dedup.informed_twins import count_known
    from cleanse.dedup.resolve import Decision

__all__ = [
    "Decision",
    "Index",
    "Verdict",
    "count_known",
    "decide",
    "find_duplicates",
    "open_index",
    "sign_texts",
    "write_bands",
    "write_index",
]

# where the names live that `batch` does not define
_HOMES = {
    "Decision": "resolve",
    "Index": "corpus_index",
    "count_known": "informed_twins",
    "open_index": "corpus_index",
    "write_bands": "band_files",
    "write_index": "corpus_index",
}


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"cleanse.dedup.{_HOMES.get(name, 'batch')}"), name)
