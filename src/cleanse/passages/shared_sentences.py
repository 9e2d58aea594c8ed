"""Sentences that stand in several documents: in how many, on how many sites, where first, and of what kind."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from cleanse.passages.hash_files import bucket_of, group_rows, read_bucket
from cleanse.passages.sentences import AT_EDGE, QUOTED

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    import numpy.typing as npt

    from cleanse.character_values import Hashes
    from cleanse.passages.corpus_rows import Corpus
    from cleanse.text_arrays import Places

KINDS = ("", "boilerplate", "agency", "quote")
MANY = 5  # documents in which a sentence at the edge is boilerplate
VERY_MANY = 50  # documents in which a sentence is boilerplate wherever it stands
EDGE_SHARE = 0.5  # of a sentence's documents where it stands at the edge
QUOTED_SHARE = 0.5  # of a sentence's documents where it begins or ends with a quotation mark
AGENCY_SITES = 2  # on which an agency's sentence stands


class SharedSentences(NamedTuple):
    """Shared sentences, sorted by hash."""

    hash: Hashes
    documents: npt.NDArray[np.uint32]
    sites: npt.NDArray[np.uint32]  # 0 where no site is known
    first: npt.NDArray[np.uint32]  # document of the earliest date, else of the smallest id
    kind: npt.NDArray[np.uint8]  # index into KINDS


def find_shared(paths: Sequence[Path], bucket: int, corpus: Corpus) -> SharedSentences:
    """Return the sentences of a bucket that stand in two documents or more."""
    hashes, documents, flags = read_bucket(paths, bucket, ("hash", "document", "flags"))
    groups = group_rows(hashes, documents, corpus.ranks)
    documents, flags = documents[groups.rows].astype(np.int64), flags[groups.rows]
    owners, count = groups.owners, len(groups.begins)
    sites = _count_sites(owners, corpus.sites[documents], count)
    edge = np.bincount(owners[flags & AT_EDGE != 0], minlength=count)
    quoted = np.bincount(owners[flags & QUOTED != 0], minlength=count)
    credited = np.bincount(owners[corpus.agencies[documents]], minlength=count)
    several = groups.counts > 1
    return SharedSentences(
        hashes[groups.rows[groups.begins]][several],
        groups.counts[several].astype(np.uint32),
        sites[several].astype(np.uint32),
        documents[groups.begins][several].astype(np.uint32),
        _kinds(groups.counts, sites, edge, quoted, credited)[several],
    )


def _count_sites(group: Places, sites: Places, groups: int) -> Places:
    known = sites >= 0
    pairs = np.unique(group[known] << 32 | sites[known])
    return np.bincount(pairs >> 32, minlength=groups)


def _kinds(documents: Places, sites: Places, edge: Places, quoted: Places, credited: Places) -> npt.NDArray[np.uint8]:
    """Return the kind of each sentence by its counts; the first kind that holds."""
    boilerplate = (documents >= MANY) & (edge >= EDGE_SHARE * documents) | (documents >= VERY_MANY)
    agency = (credited > 0) & (sites >= AGENCY_SITES)
    quote = quoted >= QUOTED_SHARE * documents
    return np.select([agency & (documents < VERY_MANY), boilerplate, quote], [2, 1, 3], 0).astype(np.uint8)


def save_shared(path: Path, shared: SharedSentences) -> None:
    """Write the shared sentences of a bucket."""
    for name, column in shared._asdict().items():
        np.save(path.with_suffix(f".{name}.npy"), column)


class SharedFiles:
    """The shared sentences of all buckets, looked up by hash."""

    def __init__(self, paths: Sequence[Path]) -> None:
        self._paths = paths

    def look_up(self, hashes: Hashes) -> tuple[npt.NDArray[np.bool_], SharedSentences]:
        """Return which hashes are shared, and their entries in the same order."""
        shared = np.zeros(len(hashes), bool)
        columns: list[npt.NDArray[Any]] = [
            np.zeros(len(hashes), kind) for kind in (np.uint64, np.uint32, np.uint32, np.uint32, np.uint8)
        ]
        bucket = bucket_of(hashes, len(self._paths))
        order = np.argsort(bucket, kind="stable")
        begins = np.searchsorted(bucket[order], np.arange(len(self._paths) + 1))
        for number, path in enumerate(self._paths):
            rows = order[begins[number] : begins[number + 1]]
            entries = np.load(path.with_suffix(".hash.npy"), mmap_mode="r")
            if not len(rows) or not len(entries):
                continue
            place = np.minimum(np.searchsorted(entries, hashes[rows]), len(entries) - 1)
            hit = entries[place] == hashes[rows]
            shared[rows[hit]] = True
            for column, name in zip(columns, SharedSentences._fields, strict=True):
                column[rows[hit]] = np.load(path.with_suffix(f".{name}.npy"), mmap_mode="r")[place[hit]]
        return shared, SharedSentences(*(column[shared] for column in columns))
