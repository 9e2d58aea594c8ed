"""The whole search over all chunks of a corpus: what is shared, and what every document shares."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from cleanse.passages.containment import (
    CONTAINED,
    FingerprintFiles,
    choose_candidates,
    contained_shares,
    find_candidates,
    save_candidates,
)
from cleanse.passages.corpus_rows import Corpus
from cleanse.passages.hash_files import count_buckets, run_starts, write_rows
from cleanse.passages.runs import passages_of
from cleanse.passages.shared_sentences import SharedFiles, find_shared, save_shared
from cleanse.tables import Column, make_schema

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

    import numpy.typing as npt

    from cleanse.text_arrays import Places

    ReadTable = Callable[[int], pa.Table]
    Mapper = Callable[..., Iterable[Any]]

PASSAGE_COLUMNS = (
    Column("hash", "uint64", "of the passage's words; equal passages have equal hashes"),
    Column("id", "string", "a document that holds it"),
    Column("start", "int64", "first character in `text`, as it stands in `corpus/`"),
    Column("end", "int64", "character behind the last in `text`"),
    Column("sentences", "int64", "sentences of six words or more"),
    Column("words", "int64", "words of these sentences"),
    Column("documents", "int64", "documents that hold it"),
    Column("sites", "int64", "sites among them; 0 where no site is known"),
    Column("first_id", "string", "the document of the earliest date that holds it, else of the smallest id"),
    Column("kind", "string", "`agency`, `boilerplate`, `quote`, or null"),
)
SHARING_COLUMNS = (
    Column(
        "shared_share", "float64", "words in shared sentences ÷ words; null where shared passages were not looked for"
    ),
    Column("contained_in", "string", "the document that holds the largest share of this one's words, from one half on"),
    Column("containment", "float64", "share of this document's words that `contained_in` holds"),
)
PASSAGES = make_schema(PASSAGE_COLUMNS)
SHARING = make_schema((Column("id", "string"), *SHARING_COLUMNS))


def find_passages(
    corpus: Corpus, read_sentences: ReadTable, read_fingerprints: ReadTable, scratch: Path, mapper: Mapper = map
) -> Iterator[tuple[pa.Table, pa.Table]]:
    """Yield for each chunk its passages (`PASSAGES`) and what its documents share (`SHARING`, a row a document).

    The tables do not depend on the mapper, nor on how the documents are cut into chunks.

    Args:
        corpus: All documents.
        read_sentences: Gives the table of `hash_sentences` of a chunk; called wherever the mapper calls.
        read_fingerprints: The same of `hash_fingerprints`.
        scratch: An existing, empty folder on a disk; about 2 KB a document. The caller deletes it.
        mapper: Calls a function for every argument and gives the results in order. What travels are partials of this
            package's functions over paths and numbers; nothing large comes back.
    """
    chunks = range(len(corpus.offsets) - 1)
    corpus.save(scratch)
    counts = list(mapper(partial(_count_rows, read_sentences, read_fingerprints), chunks))
    buckets = count_buckets(sum(count[0] for count in counts)), count_buckets(sum(count[1] for count in counts))
    for task, numbers in (
        (partial(_split, read_sentences, read_fingerprints, scratch, buckets), chunks),
        (partial(_reduce_sentences, scratch), range(buckets[0])),
        (partial(_reduce_fingerprints, scratch), range(buckets[1])),
    ):
        for _ in mapper(task, numbers):
            pass
    for chunk, _ in enumerate(mapper(partial(_describe, read_sentences, scratch, buckets), chunks)):
        yield _read(_path(scratch, "passages", chunk)), _read(_path(scratch, "sharing", chunk))


def _count_rows(read_sentences: ReadTable, read_fingerprints: ReadTable, chunk: int) -> tuple[int, int]:
    return read_sentences(chunk).num_rows, read_fingerprints(chunk).num_rows


def _split(
    read_sentences: ReadTable,
    read_fingerprints: ReadTable,
    scratch: Path,
    buckets: tuple[int, int],
    chunk: int,
) -> None:
    """Write a chunk's hashes bucket by bucket, and its fingerprints document by document."""
    corpus = Corpus.load(scratch)
    first = int(corpus.offsets[chunk])
    for table, name, count in (
        (read_sentences(chunk), "sentences", buckets[0]),
        (read_fingerprints(chunk), "fingerprints", buckets[1]),
    ):
        text, hashes = _column(table, "text"), _column(table, "hash")
        kept = corpus.eligible[first + text]
        columns = {"document": (first + text[kept]).astype(np.uint32)}
        if name == "sentences":
            columns["flags"] = _column(table, "flags")[kept]
        else:
            documents = int(corpus.offsets[chunk + 1]) - first
            path = _path(scratch, name, chunk)
            np.save(path.with_suffix(".texts.npy"), np.searchsorted(text[kept], np.arange(documents + 1)))
            np.save(path.with_suffix(".hashes.npy"), hashes[kept])
            np.save(path.with_suffix(".words.npy"), _column(table, "words")[kept])
        write_rows(_path(scratch, name, chunk), count, hashes[kept], **columns)


def _reduce_sentences(scratch: Path, bucket: int) -> None:
    corpus = Corpus.load(scratch)
    paths = [_path(scratch, "sentences", chunk) for chunk in range(len(corpus.offsets) - 1)]
    save_shared(_path(scratch, "shared", bucket), find_shared(paths, bucket, corpus))


def _reduce_fingerprints(scratch: Path, bucket: int) -> None:
    corpus = Corpus.load(scratch)
    paths = [_path(scratch, "fingerprints", chunk) for chunk in range(len(corpus.offsets) - 1)]
    save_candidates(_path(scratch, "pairs", bucket), find_candidates(paths, bucket, corpus))


def _describe(read_sentences: ReadTable, scratch: Path, buckets: tuple[int, int], chunk: int) -> None:
    """Write a chunk's passages, and what its documents share."""
    corpus = Corpus.load(scratch)
    begin, end = int(corpus.offsets[chunk]), int(corpus.offsets[chunk + 1])
    table = read_sentences(chunk)
    table = table.filter(pa.array(corpus.eligible[begin + _column(table, "text")]))
    files = SharedFiles([_path(scratch, "shared", bucket) for bucket in range(buckets[0])])
    shared, entries = files.look_up(_column(table, "hash"))
    table = table.filter(pa.array(shared))
    text = _column(table, "text").astype(np.int64)
    words = np.bincount(text, _column(table, "words"), minlength=end - begin)
    share = words / np.maximum(corpus.words[begin:end], 1)
    contained, containment = _contained(corpus, scratch, buckets[1], begin, end)
    eligible = corpus.eligible[begin:end]
    sharing = pa.table(
        [
            corpus.ids[begin:end],
            pa.array(np.minimum(share, 1.0), pa.float64(), mask=~eligible),
            corpus.ids.take(pa.array(contained, pa.int64(), mask=contained < 0)),
            pa.array(containment, pa.float64(), mask=contained < 0),
        ],
        SHARING,
    )
    _write(_path(scratch, "passages", chunk), passages_of(table, entries, corpus.ids, begin, PASSAGES))
    _write(_path(scratch, "sharing", chunk), sharing)


def _contained(
    corpus: Corpus, scratch: Path, buckets: int, begin: int, end: int
) -> tuple[Places, npt.NDArray[np.float64]]:
    """Return for each document the one that holds the largest share of its words, -1 if none holds enough, and that share."""
    contained, containment = np.full(end - begin, -1, np.int64), np.zeros(end - begin)
    paths = [_path(scratch, "pairs", bucket) for bucket in range(buckets)]
    pairs = choose_candidates(paths, corpus, begin, end)
    chunks = range(len(corpus.offsets) - 1)
    files = FingerprintFiles([_path(scratch, "fingerprints", chunk) for chunk in chunks], corpus.offsets)
    shares = contained_shares(pairs, files)
    document = (pairs >> np.uint64(32)).astype(np.int64)
    other = (pairs & np.uint64(0xFFFFFFFF)).astype(np.int64)
    order = np.lexsort((corpus.ranks[other], -shares, document))
    best = order[run_starts(document[order])]
    best = best[shares[best] >= CONTAINED]
    contained[document[best] - begin] = other[best]
    containment[document[best] - begin] = shares[best]
    return contained, containment


def _column(table: pa.Table, name: str) -> npt.NDArray[Any]:
    values: npt.NDArray[Any] = table[name].combine_chunks().to_numpy(zero_copy_only=False)
    return values


def _write(path: Path, table: pa.Table) -> None:
    with pa.OSFile(str(path), "wb") as sink, pa.ipc.new_file(sink, table.schema) as file:
        file.write_table(table)


def _read(path: Path) -> pa.Table:
    with pa.memory_map(str(path)) as source:
        return pa.ipc.open_file(source).read_all()


def _path(scratch: Path, name: str, number: int) -> Path:
    return scratch / f"{name}-{number:05d}"
