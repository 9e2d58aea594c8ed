"""Read texts, ids and metadata of documents by their number in the run, from the cached chunks.

Documents are numbered through the whole run, in the order of their ids.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import accumulate
from typing import TYPE_CHECKING, Any

from cleanse.pipeline.chunks import Chunk, Results
from cleanse.pipeline.rows import ids_of, kept_texts, passing_rows

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    import numpy as np
    import numpy.typing as npt

    from cleanse.pipeline.cache import Cache

    Numbers = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class KeptTexts:
    """Reads kept texts of a chunk by row, in any process. Files of earlier corpora count as chunks after the last one.

    Attributes:
        cache: The cache.
        chunks: For each chunk, the keys of its drafts and of its cleaned documents.
        files: Part files of earlier corpora.
    """

    cache: Cache
    chunks: tuple[tuple[str, str], ...]
    files: tuple[Path, ...] = ()

    def __call__(self, chunk: int, rows: Sequence[int]) -> list[str]:
        """Return kept texts of a chunk.

        Args:
            chunk: Number of the chunk.
            rows: Row numbers, ascending.
        """
        if chunk >= len(self.chunks):
            from cleanse.corpus.reference import read_rows

            return read_rows(self.files[chunk - len(self.chunks)], "text", rows)
        read, chrome = self.chunks[chunk]
        results = Results(Chunk(0, 0, 0, {"read": read, "chrome": chrome}), self.cache)
        wanted = iter(rows)
        row = next(wanted, None)
        out, at = [], 0
        for texts in kept_texts(results):
            while row is not None and row < at + len(texts):
                out.append(texts[row - at])
                row = next(wanted, None)
            at += len(texts)
            if row is None:
                break
        return out


def band_files_of(chunks: Sequence[Chunk], cache: Cache) -> list[Path]:
    """Return the file of signatures of each chunk."""
    return [cache.path("sign", chunk.results["sign"]) for chunk in chunks]


def find_eligible(chunks: Sequence[Chunk], cache: Cache) -> npt.NDArray[np.bool_]:
    """Return for each document whether it passes the filters."""
    import numpy as np

    passes = [np.array(passing_rows(Results(chunk, cache)), np.bool_) for chunk in chunks]
    return np.concatenate([np.empty(0, np.bool_), *passes])


def metadata_of(numbers: Numbers, chunks: Sequence[Chunk], cache: Cache) -> dict[int, tuple[str, Any]]:
    """Return id and metadata of documents, by ascending numbers, read chunk by chunk."""
    import numpy as np

    from cleanse.dedup.informed_twins import Fields

    wanted, known, number = set(numbers.tolist()), {}, 0
    for chunk in chunks:
        if not np.any((numbers >= number) & (numbers < number + chunk.rows)):
            number += chunk.rows
            continue
        results = Results(chunk, cache)
        names = ids_of(results)
        tables = (
            results.tables("chrome", ["title", "author", "date"]),
            results.tables("read", ["url", "page_url"]),
        )
        for cleaned, read in zip(*tables, strict=True):
            columns = [column.to_pylist() for table in (cleaned, read) for column in table.columns]
            for title, author, date, url, page_url in zip(*columns, strict=True):
                name = next(names)
                if number in wanted:
                    known[number] = (name, Fields(title, author, date, url or page_url))
                number += 1
    return known


def ids_of_numbers(numbers: Numbers, chunks: Sequence[Chunk], cache: Cache) -> dict[int, str]:
    """Return the ids of documents, by ascending numbers, read chunk by chunk."""
    import numpy as np

    firsts = list(accumulate((chunk.rows for chunk in chunks), initial=0))
    ids: dict[int, str] = {}
    for chunk, first, end in zip(chunks, firsts, firsts[1:], strict=False):
        inside = numbers[np.searchsorted(numbers, first) : np.searchsorted(numbers, end)]
        if len(inside):
            names = list(ids_of(Results(chunk, cache)))
            ids.update((number, names[number - first]) for number in inside.tolist())
    return ids
