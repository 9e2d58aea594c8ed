"""What the search has to know of all documents, as files that every worker maps into its memory."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    import numpy.typing as npt

    from cleanse.text_arrays import Places


@dataclass(frozen=True, slots=True)
class Corpus:
    """What the search has to know of all documents, numbered through: chunk after chunk, row after row."""

    ids: pa.Array  # of strings
    offsets: Places  # number of each chunk's first document, and of all documents
    words: Places
    ranks: Places  # place in order of date and id
    sites: Places  # a number for each site, -1 where unknown
    agencies: npt.NDArray[np.bool_]  # whether the document credits a news agency
    eligible: npt.NDArray[np.bool_]  # the others take no part

    @classmethod
    def of(
        cls,
        ids: Sequence[Sequence[str]],
        words: Sequence[int],
        dates: Sequence[str | None],
        sites: Sequence[str | None],
        agencies: Sequence[bool] | None = None,
        eligible: Sequence[bool] | None = None,
    ) -> Corpus:
        """Return the corpus of some chunks.

        Args:
            ids: The ids of each chunk.
            words: The words of each document's text, chunk after chunk; so for all that follow.
            dates: ISO 8601, may be partial or None; undated documents come last.
            sites: Hosts, None where unknown.
            agencies: Whether a document credits a news agency; none does if not given.
            eligible: Whether a document takes part; all do if not given.
        """
        names = [name for several in ids for name in several]
        order = sorted(range(len(names)), key=lambda n: (dates[n] or "~", names[n]))
        ranks = np.empty(len(names), np.int64)
        ranks[order] = np.arange(len(names))
        numbers = {site: n for n, site in enumerate(dict.fromkeys(site for site in sites if site))}
        return cls(
            pa.array(names, pa.string()),
            np.cumsum([0, *map(len, ids)]),
            np.array(words, np.int64),
            ranks,
            np.array([numbers.get(site or "", -1) for site in sites], np.int64),
            np.array(agencies if agencies is not None else [False] * len(names), bool),
            np.array(eligible if eligible is not None else [True] * len(names), bool),
        )

    def save(self, folder: Path) -> None:
        """Write the corpus to a folder."""
        with (
            pa.OSFile(str(folder / "ids.arrow"), "wb") as sink,
            pa.ipc.new_file(sink, pa.schema([("ids", pa.string())])) as file,
        ):
            file.write_table(pa.table({"ids": self.ids}))
        for field in fields(self)[1:]:
            np.save(folder / f"{field.name}.npy", getattr(self, field.name))

    @classmethod
    def load(cls, folder: Path) -> Corpus:
        """Return the corpus that `save` wrote; the files are mapped, not read."""
        with pa.memory_map(str(folder / "ids.arrow")) as source:
            ids = pa.ipc.open_file(source).read_all()["ids"].combine_chunks()
        arrays = [np.load(folder / f"{field.name}.npy", mmap_mode="r") for field in fields(cls)[1:]]
        return cls(ids, *arrays)
