"""Runs: neighbouring shared sentences that stand in as many documents, first in the same one, as one passage."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from cleanse.character_values import mix
from cleanse.text_arrays import POWER

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cleanse.passages.shared_sentences import SharedSentences


def passages_of(
    sentences: pa.Table, entries: SharedSentences, ids: pa.Array, begin: int, kinds: Sequence[str], schema: pa.Schema
) -> pa.Table:
    """Return the passages of a chunk's shared sentences, in their order.

    Args:
        sentences: The shared sentences of the chunk (`SENTENCES`), in order.
        entries: What is known of each.
        ids: The ids of all documents.
        begin: Number of the chunk's first document.
        kinds: The names of kinds, the empty one first.
        schema: That of the result.
    """
    columns = {
        name: sentences[name].combine_chunks().to_numpy(zero_copy_only=False).astype(np.int64)
        for name in sentences.column_names[:5]
    }
    text, number = columns["text"], columns["number"]
    same = (text[1:] == text[:-1]) & (number[1:] == number[:-1] + 1)
    for column in entries[1:]:
        same &= column[1:] == column[:-1]
    begins = np.flatnonzero(np.append(True, ~same)[: len(text)])
    lasts = np.append(begins[1:], len(text))[: len(begins)] - 1
    if not len(begins):
        return schema.empty_table()
    place = np.arange(len(text)) - np.repeat(begins, lasts - begins + 1)
    powers = np.cumprod(np.full(int(place.max()) + 1, POWER), dtype=np.uint64)
    kind = entries.kind[begins]
    arrays = (
        mix(np.add.reduceat(entries.hash * powers[place], begins)),
        ids.take(pa.array(text[begins] + begin)),
        columns["start"][begins],
        columns["end"][lasts],
        lasts - begins + 1,
        np.add.reduceat(columns["words"], begins),
        entries.documents[begins],
        entries.sites[begins],
        ids.take(pa.array(entries.first[begins])),
        pa.array([kinds[k] or None for k in kind.tolist()], pa.string()),
    )
    return pa.table(
        [
            a if isinstance(a, pa.Array) else pa.array(a).cast(kind)
            for a, kind in zip(arrays, schema.types, strict=True)
        ],
        schema,
    )
