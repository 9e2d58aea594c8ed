"""Find near-duplicates as documents come in: an index in memory or, for several processes, on Redis.

Signatures, bands and the exact comparison are those of the batch. Buckets are kept by datasketch's MinHashLSH. The index
accepts the documents that the batch keeps under `keep="first"`, except in buckets so crowded that the batch compares
only their first members.
"""

from __future__ import annotations

import json
import os
import zlib
from importlib.util import find_spec
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, Self

import numpy as np

from cleanse.atomic_write import new_file
from cleanse.dedup.bands import Bands, bands_for
from cleanse.dedup.minhash import permutations, sign
from cleanse.dedup.shingles import SHINGLE, shingle
from cleanse.dedup.verify import judge
from cleanse.errors import SettingError, SourceError
from cleanse.text import batches

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

VERSION = "1"  # of saved indices; raise it when the hashes change
CHUNK = 256  # documents read or written together
IN_MEMORY = {"type": "dict"}
REDIS = '{"type": "redis", "redis": {"host": "localhost", "port": 6379}}'


class Match(NamedTuple):
    """A near-duplicate in the index.

    Attributes:
        id: Its id.
        jaccard: The exact Jaccard similarity of the sets of word 5-grams.
    """

    id: str
    jaccard: float


class NearDuplicateIndex:
    """Documents by id, none of them a near-duplicate of another.

        index = NearDuplicateIndex(threshold=0.8)
        index.add("a", text)          # None: new, the index has it now
        index.add("b", almost_text)   # Match(id="a", jaccard=0.93): a near-duplicate, it is not added
        index.query(text)             # all near-duplicates in the index, the most alike first

    The index keeps the texts too, compressed, because it compares them exactly. Two processes that add two near-duplicates
    in the same millisecond may both succeed.

    Args:
        threshold: Jaccard similarity, above 0 and up to 1, from which texts are near-duplicates.
        series_guard: Whether texts that differ only in numbers, dates or names are no near-duplicates.
        storage: datasketch's `storage_config`. None: in memory. `{"type": "redis", "redis": {"host": …, "port": …}}`
            keeps everything on Redis, where other processes find it.
        name: Under which the index lies on Redis.

    Raises:
        SettingError: If the threshold is not in (0, 1], the storage cannot be used, or documents were kept under this
            name with other settings.
        redis.RedisError: If the server does not answer.
    """

    def __init__(
        self,
        threshold: float = 0.8,
        *,
        series_guard: bool = True,
        storage: Mapping[str, Any] | None = None,
        name: str = "cleanse",
    ) -> None:
        bands = bands_for(threshold)
        self.threshold, self.series_guard = threshold, series_guard
        self._bands = bands if bands.count > 1 else Bands(2, bands.rows // 2)  # datasketch wants two
        from datasketch import MinHashLSH

        config = {**(storage or IN_MEMORY), "basename": name.encode()}
        if config.get("type") not in ("dict", "redis") or (config["type"] == "redis" and "redis" not in config):
            raise SettingError(f"storage = {storage!r} is not known. Use None, or {REDIS}.")
        if config["type"] == "redis" and find_spec("redis") is None:
            raise SettingError("storage on Redis needs Redis's client. Run: pip install 'cleanse-corpus[redis]'.")
        self._lsh = MinHashLSH(
            num_perm=self._bands.permutations,
            params=(self._bands.count, self._bands.rows),
            storage_config=config,
            prepickle=False,  # ids are bytes: nothing is unpickled that others may have written
        )
        self._texts, self._equal, about = (_list(config, part) for part in (b"_texts", b"_equal", b"_about"))
        settings = about.get(b"settings")
        if not settings:
            about.insert(b"settings", self._settings())
        elif settings[0] != self._settings():
            raise SettingError(
                f"name = {name!r} holds documents kept with other settings: {settings[0].decode()}, here"
                f" {self._settings().decode()}. Use the same threshold, or another name."
            )

    def __len__(self) -> int:
        return int(self._texts.size())

    def __contains__(self, id_: str) -> bool:
        return bool(self._texts.has_key(_bytes(id_)))

    def add(self, id_: str, text: str) -> Match | None:
        """Add a document, unless it is a near-duplicate of one in the index: then return the one most like it.

        Raises:
            SettingError: If the id is empty, or is in the index already.
        """
        if not id_ or id_ in self:
            problem = "in the index already" if id_ else "empty"
            raise SettingError(f"id = {id_!r} is {problem}. Give every document an id of its own.")
        signed = self._sign([text])
        matches = self._matches(text, *signed)
        if matches:
            return matches[0]
        self._insert([id_], [text], *signed)
        return None

    def query(self, text: str) -> list[Match]:
        """Return all near-duplicates in the index, the most alike first, ties by id."""
        return self._matches(text, *self._sign([text]))

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write all documents to a Parquet file (`id`, `text`: UTF-8), sorted by id, for `open`. Replaces the file."""
        import pyarrow as pa
        import pyarrow.parquet as pq

        place = Path(path)
        about = {"cleanse-index": self._settings(), "series_guard": json.dumps(self.series_guard)}
        schema = pa.schema([("id", pa.binary()), ("text", pa.binary())], about)
        with (
            new_file(place) as temporary,
            temporary.open("wb") as sink,
            pq.ParquetWriter(sink, schema, compression="zstd") as writer,
        ):
            for ids in _chunks(sorted(self._texts.keys())):
                texts = [zlib.decompress(packed[0]) for packed in self._texts.getmany(*ids)]
                writer.write_table(pa.table([ids, texts], schema))

    @classmethod
    def open(
        cls, path: str | os.PathLike[str], *, storage: Mapping[str, Any] | None = None, name: str = "cleanse"
    ) -> Self:
        """Return the index that `save` wrote, in memory or on Redis.

        Args:
            path: The file.
            storage: See the class.
            name: On Redis; nothing may lie under it yet.

        Raises:
            SourceError: If `save` did not write the file.
            SettingError: If it is of another version, or documents lie under the name.
        """
        import pyarrow as pa
        import pyarrow.parquet as pq

        try:
            about = pq.read_schema(path).metadata or {}
            settings, guard = json.loads(about[b"cleanse-index"]), json.loads(about[b"series_guard"])
        except (OSError, KeyError, ValueError, pa.ArrowException) as error:
            raise SourceError(
                f"{os.fspath(path)!r} is not a saved index: {error}. Name a file that save() wrote."
            ) from error
        index = cls(settings["threshold"], series_guard=guard, storage=storage, name=name)
        if settings != json.loads(index._settings()):
            raise SettingError(f"{os.fspath(path)!r} was saved by another version of cleanse. Fill a new index.")
        if len(index):
            raise SettingError(f"name = {name!r} holds documents already. Use another name.")
        with pq.ParquetFile(path) as file:
            for batch in file.iter_batches(CHUNK, use_threads=False):
                ids, texts = ([_str(value) for value in column.to_pylist()] for column in batch.columns)
                for first, end in batches(texts):
                    index._insert(ids[first:end], texts[first:end], *index._sign(texts[first:end]))
        return index

    def _settings(self) -> bytes:
        """Return what two indices must have in common to share documents."""
        settings = {
            "version": VERSION,
            "threshold": self.threshold,
            "bands": f"{self._bands.count}x{self._bands.rows}",
            "shingle": SHINGLE,
        }
        return json.dumps(settings).encode()

    def _sign(self, texts: Sequence[str]) -> tuple[list[Any], list[bytes]]:
        """Return MinHashes of a batch (None for fewer than five words), and hashes of all their words (empty for none)."""
        from datasketch import MinHash

        shingled = shingle(texts)
        drawn = permutations(self._bands.permutations)
        minhashes = [
            MinHash(hashvalues=values, permutations=drawn, scheme="affine32") if count else None
            for values, count in zip(sign(shingled, self._bands.permutations), shingled.counts.tolist(), strict=True)
        ]
        return minhashes, [exact.tobytes() if exact else b"" for exact in shingled.exact.astype("<u8")]

    def _matches(self, text: str, minhashes: list[Any], exact: list[bytes]) -> list[Match]:
        """Return the near-duplicates of a signed text, the most alike first."""
        if not exact[0]:
            return []
        if minhashes[0] is None:
            return [Match(_str(id_), 1.0) for id_ in self._equal.get(exact[0])[:1]]
        ids = sorted(self._lsh.query(minhashes[0]))
        packed = self._texts.getmany(*ids) if ids else []
        others = [(id_, _text(values)) for id_, values in zip(ids, packed, strict=True) if values]  # none: being added
        texts = [*(other for _, other in others), text]
        last = np.full(len(others), len(others), np.int64)
        jaccard, series = judge(texts, np.arange(len(others)), last, self.threshold, series_guard=self.series_guard)
        near = np.flatnonzero((jaccard > 0) & ~series).tolist()
        matches = [Match(_str(others[i][0]), float(jaccard[i])) for i in near]
        return sorted(matches, key=lambda match: (-match.jaccard, match.id))

    def _insert(self, ids: Iterable[str], texts: Iterable[str], minhashes: list[Any], exact: list[bytes]) -> None:
        """Add signed documents."""
        for id_, text, minhash, equal in zip(ids, texts, minhashes, exact, strict=True):
            key = _bytes(id_)
            self._texts.insert(key, zlib.compress(_bytes(text), 1))
            if minhash is not None:
                self._lsh.insert(key, minhash, check_duplication=False)
            elif equal:
                self._equal.insert(equal, key)


def _list(config: dict[str, Any], part: bytes) -> Any:
    """Return an ordered store of datasketch's, beside those of its MinHashLSH."""
    from datasketch.storage import ordered_storage

    return ordered_storage(config, name=config["basename"] + part)


def _bytes(value: str) -> bytes:
    return value.encode("utf-8", "surrogatepass")


def _str(value: bytes) -> str:
    return value.decode("utf-8", "surrogatepass")


def _text(packed: Sequence[bytes]) -> str:
    return _str(zlib.decompress(packed[0]))


def _chunks(keys: list[bytes]) -> Iterator[list[bytes]]:
    left = iter(keys)
    while chunk := list(islice(left, CHUNK)):
        yield chunk
