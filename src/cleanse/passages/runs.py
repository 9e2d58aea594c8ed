"""Runs: neighbouring shared sentences that stand in as many documents, first in the same one, as one passage."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from cleanse.character_values import mix
from cleanse.passages.hash_files import run_starts
from cleanse.passages.shared_sentences import KINDS
from cleanse.text_arrays import POWER

if TYPE_CHECKING:
    from cleanse.character_values import Hashes
    from cleanse.passages.shared_sentences import SharedSentences
    from cleanse.text_arrays import Places

QUOTE = KINDS.index("quote")
QUOTE_SENTENCES = 3  # of a quotation, at most; more are a copied text


def passages_of(
    sentences: pa.Table, entries: SharedSentences, ids: pa.Array, begin: int, schema: pa.Schema
) -> pa.Table:
    """Return the passages of a chunk's shared sentences, in their order.

    Args:
        sentences: The shared sentences of the chunk (`SENTENCES`), in order.
        entries: What is known of each.
        ids: The ids of all documents.
        begin: Number of the chunk's first document.
        schema: That of the result.
    """
    text, start, end, words, number = (
        sentences[name].combine_chunks().to_numpy(zero_copy_only=False).astype(np.int64)
        for name in ("text", "start", "end", "words", "number")
    )
    if not len(text):
        return schema.empty_table()
    follows = np.append(0, np.diff(number)) == 1
    quoted = entries.kind == QUOTE
    kind = np.where(quoted, 0, entries.kind)  # a copied text may hold quotations: they do not break its run
    begins = np.flatnonzero(run_starts(text, entries.documents, entries.sites, entries.first, kind) | ~follows)
    lasts = np.append(begins[1:], len(text)) - 1
    short = lasts - begins < QUOTE_SENTENCES
    kind = np.where(short & np.logical_and.reduceat(quoted, begins), QUOTE, kind[begins])
    arrays = (
        pa.array(_hash_runs(entries.hash, begins)),
        ids.take(pa.array(text[begins] + begin)),
        pa.array(start[begins]),
        pa.array(end[lasts]),
        pa.array(lasts - begins + 1),
        pa.array(np.add.reduceat(words, begins)),
        pa.array(entries.documents[begins]),
        pa.array(entries.sites[begins]),
        ids.take(pa.array(entries.first[begins])),
        pa.array([KINDS[one] or None for one in kind.tolist()], pa.string()),
    )
    return pa.table([array.cast(kind) for array, kind in zip(arrays, schema.types, strict=True)], schema)


def _hash_runs(hashes: Hashes, begins: Places) -> Hashes:
    """Return the hash of each run: a polynomial in the hashes of its sentences."""
    lengths = np.diff(np.append(begins, len(hashes)))
    place = np.arange(len(hashes)) - np.repeat(begins, lengths)
    powers = np.cumprod(np.full(int(lengths.max()), POWER), dtype=np.uint64)
    return mix(np.add.reduceat(hashes * powers[place], begins))
