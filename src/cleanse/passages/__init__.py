"""Passages that stand in several documents: boilerplate sentences, agency dispatches, quotations; exact, on disk.

May import only `documents`, `text`, `text_arrays`, `character_classes`, `character_values`, `tables` and `errors`.

Two maps and two reductions, through sorted files in a scratch folder:

    texts of a chunk → hash_sentences, hash_fingerprints      a map; cached by the caller
    all chunks       → the same hashes side by side           by the upper bits of the hash, a file a chunk
    each bucket      → shared hashes, candidate pairs         sorted
    each chunk       → its passages, and what its documents share with others

Sentences tell exact passages. Word 8-grams chosen by winnowing (Schleimer et al. 2003) find any shared run of 15 words,
edited around it or not, and tell how much of a document another one holds.
"""

from cleanse.passages.corpus_rows import Corpus
from cleanse.passages.cutting import repeat_span, select_repeats
from cleanse.passages.fingerprints import FINGERPRINTS, hash_fingerprints
from cleanse.passages.passage_search import (
    PASSAGE_COLUMNS,
    PASSAGES,
    SHARING,
    SHARING_COLUMNS,
    find_passages,
)
from cleanse.passages.sentences import SENTENCES, hash_sentences

__all__ = [
    "FINGERPRINTS",
    "PASSAGES",
    "PASSAGE_COLUMNS",
    "SENTENCES",
    "SHARING",
    "SHARING_COLUMNS",
    "Corpus",
    "find_passages",
    "hash_fingerprints",
    "hash_sentences",
    "repeat_span",
    "select_repeats",
]
