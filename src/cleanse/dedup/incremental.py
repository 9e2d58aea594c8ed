"""Near-duplicates as documents come in: an index to ask and to add to, in memory or, for several processes, on Redis.

The signatures, bands and the exact check are the batch step's; buckets are kept by datasketch's MinHashLSH. What the
index lets in is what the batch step keeps under `keep="first"`, but for buckets so crowded that the batch looks at
their first members only.
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
from cleanse.dedup.shingles import SHINGLE, batches, shingle
from cleanse.dedup.verify import judge
from cleanse.errors import SettingError, SourceError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

VERSION = "1"  # of what is kept: raise it when the hashes change
CHUNK = 256  # documents read or written together
IN_MEMORY = {"type": "dict"}
REDIS = '{"type": "redis", "redis": {"host": "localhost", "port": 6379}}'


class Match(NamedTuple):
    """A near-duplicate in the index."""

    id: str
    jaccard: float  # exact, over the sets of word 5-grams


class NearDuplicateIndex:
    """Documents by id, none of them a near-duplicate of another.

        index = NearDuplicateIndex(threshold=0.8)
        index.add("a", text)          # None: new, it is held now
        index.add("b", almost_text)   # Match(id="a", jaccard=0.93): a near-duplicate, it is not held
        index.query(text)             # all that are held and alike, the most alike first

    `storage` is datasketch's storage_config; `{"type": "redis", "redis": {"host": …, "port": …}}` keeps everything on
    Redis under `name`, where other processes find it. Two processes that add two near-duplicates in the same
    millisecond may both be let in. Texts are kept too, compressed, because they are compared exactly.

    Raises SettingError for a threshold outside (0, 1], a storage that cannot be used, or a name on Redis under which
    documents were kept with other settings; redis's own errors where the server does not answer.
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
            raise SettingError("storage on Redis needs Redis's client. Run: pip install 'cleanse[redis]'.")
        self._lsh = MinHashLSH(
            num_perm=self._bands.permutations,
            params=(self._bands.count, self._bands.rows),
            storage_config=config,
            prepickle=False,  # ids are bytes: nothing is unpickled that others may have written
        )
        self._texts, self._equal, about = (_list(config, part) for part in (b"_texts", b"_equal", b"_about"))
        held = about.get(b"settings")
        if not held:
            about.insert(b"settings", self._settings())
        elif held[0] != self._settings():
            raise SettingError(
                f"name = {name!r} holds documents kept with other settings: {held[0].decode()}, here"
                f" {self._settings().decode()}. Use the same threshold, or another name."
            )

    def __len__(self) -> int:
        return int(self._texts.size())

    def __contains__(self, id_: str) -> bool:
        return bool(self._texts.has_key(_bytes(id_)))

    def add(self, id_: str, text: str) -> Match | None:
        """Hold a document, unless it is a near-duplicate of one that is held: then the one most like it.

        Raises SettingError for an empty id, or one that is held already.
        """
        if not id_ or id_ in self:
            raise SettingError(f"id = {id_!r} is {'held already' if id_ else 'empty'}. Give every document its own.")
        signed = self._sign([text])
        found = self._matches(text, *signed)
        if found:
            return found[0]
        self._insert([id_], [text], *signed)
        return None

    def query(self, text: str) -> list[Match]:
        """All near-duplicates that are held, the most alike first, ties by id."""
        return self._matches(text, *self._sign([text]))

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write all documents to a Parquet file (`id`, `text`: UTF-8), sorted by id; what `open` reads. Replaces the file."""
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
        """The index that `save` wrote, in memory or under a name on Redis that holds nothing yet.

        Raises SourceError for a file that `save` did not write, SettingError for one of another version.
        """
        import pyarrow as pa
        import pyarrow.parquet as pq

        try:
            about = pq.read_schema(path).metadata or {}
            settings, guard = json.loads(about[b"cleanse-index"]), json.loads(about[b"series_guard"])
        except (OSError, KeyError, ValueError, pa.ArrowException) as error:
            raise SourceError(
                f"{os.fspath(path)!r} is no saved index: {error}. Name a file that save() wrote."
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
        said = {
            "version": VERSION,
            "threshold": self.threshold,
            "bands": f"{self._bands.count}x{self._bands.rows}",
            "shingle": SHINGLE,
        }
        return json.dumps(said).encode()

    def _sign(self, texts: Sequence[str]) -> tuple[list[Any], list[bytes]]:
        """MinHashes of a batch (None for fewer than five words), and hashes of all their words (empty for none)."""
        from datasketch import MinHash

        shingled = shingle(texts)
        drawn = permutations(self._bands.permutations)
        minhashes = [
            MinHash(hashvalues=values, permutations=drawn, scheme="affine32") if count else None
            for values, count in zip(sign(shingled, self._bands.permutations), shingled.counts.tolist(), strict=True)
        ]
        return minhashes, [exact.tobytes() if exact else b"" for exact in shingled.exact.astype("<u8")]

    def _matches(self, text: str, minhashes: list[Any], exact: list[bytes]) -> list[Match]:
        if not exact[0]:
            return []
        if minhashes[0] is None:
            return [Match(_str(id_), 1.0) for id_ in self._equal.get(exact[0])[:1]]
        ids = sorted(self._lsh.query(minhashes[0]))
        packed = self._texts.getmany(*ids) if ids else []
        held = [(id_, _text(one)) for id_, one in zip(ids, packed, strict=True) if one]  # none: it is being added
        texts = [*(one for _, one in held), text]
        last = np.full(len(held), len(held), np.int64)
        jaccard, series = judge(texts, np.arange(len(held)), last, self.threshold, series_guard=self.series_guard)
        found = [Match(_str(held[i][0]), float(jaccard[i])) for i in np.flatnonzero((jaccard > 0) & ~series).tolist()]
        return sorted(found, key=lambda match: (-match.jaccard, match.id))

    def _insert(self, ids: Iterable[str], texts: Iterable[str], minhashes: list[Any], exact: list[bytes]) -> None:
        for id_, text, minhash, equal in zip(ids, texts, minhashes, exact, strict=True):
            key = _bytes(id_)
            self._texts.insert(key, zlib.compress(_bytes(text), 1))
            if minhash is not None:
                self._lsh.insert(key, minhash, check_duplication=False)
            elif equal:
                self._equal.insert(equal, key)


def _list(config: dict[str, Any], part: bytes) -> Any:
    """One of datasketch's ordered stores, beside those of its MinHashLSH."""
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
