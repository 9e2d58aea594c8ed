"""Shared passages: dispatches planted in real articles that are found again, and the cost at size.

    python benchmarks/passages.py planted               reads ../shared/bench; recall and precision of `contained_in`
    python benchmarks/passages.py size --documents N    made documents of 400 words; CPU seconds, memory, disk

Planted: 150 French and 150 English dispatches of two paragraphs stand whole in articles of four others; half of the copies lightly edited: in three of ten sentences a word is dropped, doubled or
replaced. At size: one document in ten holds a dispatch, one in a hundred is one, one in fifty follows one of forty forms, one in five
ends in the boilerplate of its site.
"""

from __future__ import annotations

import argparse
import gzip
import json
import random
import re
import resource
import tempfile
import time
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from cleanse.passages import Corpus, find_passages, hash_fingerprints, hash_sentences

if TYPE_CHECKING:
    from collections.abc import Sequence

BENCH = Path(__file__).parents[2] / "shared" / "bench"
EDITED_SHARE = 0.3  # of the sentences of an edited copy
CHUNK = 5000  # documents


def edit(text: str, rng: random.Random) -> str:
    """Return a text of which three in ten sentences have a word dropped, doubled or replaced."""
    sentences = re.split(r"(?<=[.!?])\s+", text)
    for n, sentence in enumerate(sentences):
        words = sentence.split()
        if rng.random() < EDITED_SHARE and len(words) > 3:
            at = rng.randrange(1, len(words) - 1)
            words[at : at + 1] = rng.choice([[], [words[at]] * 2, ["ailleurs"]])
            sentences[n] = " ".join(words)
    return " ".join(sentences)


def read_paragraphs(language: str, rng: random.Random) -> list[str]:
    """Return the different paragraphs of 25 words or more of the bench's texts in a language, shuffled."""
    texts = []
    for path in ("extraction/gold", "extraction-fr/gold", "lang/docs", "lang/paragraphs"):
        with gzip.open(BENCH / f"{path}.jsonl.gz", "rt", encoding="utf-8") as file:
            texts += [
                row.get("gold_text") or row.get("text") or ""
                for row in map(json.loads, file)
                if row["lang"] == language
            ]
    paragraphs = {line.strip() for text in texts for line in text.split("\n") if len(line.split()) >= 25}
    ordered = sorted(paragraphs)
    rng.shuffle(ordered)
    return ordered


def plant(language: str, count: int, rng: random.Random) -> tuple[list[str], list[tuple[int, int, bool]]]:
    """Return texts, and which of them holds which: (dispatch, article, edited). No paragraph is dealt out twice."""
    paragraphs = read_paragraphs(language, rng)
    texts: list[str] = []
    truth = []
    for n in range(min(count, len(paragraphs) // 6)):
        dispatch, host = paragraphs[6 * n : 6 * n + 2], paragraphs[6 * n + 2 : 6 * n + 6]
        at = rng.randrange(len(host) + 1)
        edited = n % 2 == 1
        copy = [edit(paragraph, rng) for paragraph in dispatch] if edited else dispatch
        truth.append((len(texts), len(texts) + 1, edited))
        texts += ["\n".join(dispatch), "\n".join([*host[:at], *copy, *host[at:]])]
    return texts, truth


def search(
    texts: Sequence[str], folder: Path, sites: Sequence[str | None] | None = None
) -> list[tuple[pa.Table, pa.Table]]:
    """Return what the search finds in texts in memory, in one chunk."""
    sentences, fingerprints = hash_sentences(texts), hash_fingerprints(texts)
    corpus = Corpus.of(
        [[str(n) for n in range(len(texts))]],
        [len(text.split()) for text in texts],
        [None] * len(texts),
        sites or [None] * len(texts),
    )
    return list(find_passages(corpus, lambda _: sentences, lambda _: fingerprints, folder))


def planted() -> None:
    """Plant dispatches and print what is found of them."""
    rng = random.Random(17)  # noqa: S311
    for language in ("fr", "en"):
        texts, truth = plant(language, 150, rng)
        with tempfile.TemporaryDirectory() as folder:
            ((_, sharing),) = search(texts, Path(folder))
        holder = sharing["contained_in"].to_pylist()
        found = {edited: [holder[a] == str(b) for a, b, e in truth if e == edited] for edited in (False, True)}
        pairs = {(str(a), str(b)) for a, b, _ in truth}
        named = [(str(n), name) for n, name in enumerate(holder) if name]
        right = sum((a, b) in pairs or (b, a) in pairs for a, b in named)
        print(
            f"{language}: {len(truth)} dispatches; recall exact {np.mean(found[False]):.3f}, edited {np.mean(found[True]):.3f}; "
            f"precision {right / len(named):.3f} of {len(named)}"
        )


def make_chunk(number: int, documents: int) -> list[str]:
    """Return documents of about 400 words; some hold dispatches of the whole corpus or boilerplate of their site."""
    rng = np.random.default_rng(number)
    words = make_words()
    lengths = 20

    def sentence(seed: int) -> str:
        return " ".join(words[np.random.default_rng(seed).integers(0, len(words), lengths)]) + "."

    rows = words[rng.integers(0, len(words), (documents * lengths, lengths))]
    sentences = [" ".join(row) + "." for row in rows.tolist()]
    texts = []
    for n in range(documents):
        own = sentences[n * lengths : (n + 1) * lengths]
        if n % 10 == 0:
            story = int(rng.integers(0, 20_000))
            own[5:5] = [sentence(10**9 + story * 8 + k) for k in range(8)]
            if n % 100 == 0:
                own = own[5:13]  # the dispatch itself
        if n % 50 == 1:  # a form that hundreds of documents follow
            form = int(rng.integers(0, 40))
            own[:12] = [sentence(3 * 10**9 + form * 12 + k) for k in range(12)]
        if n % 5 == 0:
            own.append(sentence(2 * 10**9 + n % 500))
        texts.append("\n".join(own))
    return texts


def make_words(cache: list[np.ndarray] = []) -> np.ndarray:  # noqa: B006  made once a process
    """Return 50,000 made words."""
    if not cache:
        rng = random.Random(3)  # noqa: S311
        cache.append(
            np.array(
                ["".join(rng.choices("abcdefghijklmnopqrstuvwxyz", k=rng.randrange(2, 10))) for _ in range(50_000)]
            )
        )
    return cache[0]


def read_table(folder: Path, name: str, chunk: int) -> pa.Table:
    """Return a chunk's hashes."""
    with pa.memory_map(str(folder / f"{name}-{chunk}.arrow")) as source:
        return pa.ipc.open_file(source).read_all()


def size(documents: int) -> None:
    """Hash made documents chunk by chunk, search them, and print what it took."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        hashing = 0.0
        chunks = range(-(-documents // CHUNK))
        for chunk in chunks:
            texts = make_chunk(chunk, CHUNK)
            started = time.process_time()
            for kind, make in (("sentences", hash_sentences), ("fingerprints", hash_fingerprints)):
                table = make(texts)
                with (
                    pa.OSFile(str(folder / f"{kind}-{chunk}.arrow"), "wb") as sink,
                    pa.ipc.new_file(sink, table.schema) as file,
                ):
                    file.write_table(table)
            hashing += time.process_time() - started
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        count = len(chunks) * CHUNK
        ids = [[f"{chunk}/{n}" for n in range(CHUNK)] for chunk in chunks]
        sites = [f"site{n % 500}" for n in range(count)]
        started, wall = time.process_time(), time.perf_counter()
        corpus = Corpus.of(ids, [420] * count, [None] * count, sites)
        scratch = folder / "scratch"
        scratch.mkdir()
        passages = contained = 0
        for table, sharing in find_passages(
            corpus, partial(read_table, folder, "sentences"), partial(read_table, folder, "fingerprints"), scratch
        ):
            passages += table.num_rows
            contained += sharing.num_rows - sharing["contained_in"].null_count
        searching = time.process_time() - started
        disk = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
        print(
            f"{count:,} documents: hashing {hashing:.0f} CPU s, search {searching:.0f} CPU s ({time.perf_counter() - wall:.0f} s), "
            f"peak memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB ({before / 1024:.0f} before the search), "
            f"disk {disk / count:.0f} bytes a document; {passages:,} passages, {contained:,} contained"
        )


def main() -> None:
    """Run one of the two measurements."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=["planted", "size"])
    parser.add_argument("--documents", type=int, default=100_000)
    given = parser.parse_args()
    if given.what == "planted":
        planted()
    else:
        size(given.documents)


if __name__ == "__main__":
    main()
