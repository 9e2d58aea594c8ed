"""All signals of texts: of one as a record, of many as Arrow tables."""

from __future__ import annotations

from dataclasses import make_dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from cleanse.character_classes import DIGIT, LETTER, SYMBOL, UPPER, WORD
from cleanse.signals.definitions import SCHEMA, SIGNALS
from cleanse.signals.line_shapes import Marks, count_lines, repeated_shares
from cleanse.signals.repetition import distinct_strings, repetition_shares
from cleanse.signals.stop_words import count_stop_words
from cleanse.text import batches
from cleanse.text_arrays import read_arrays

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import numpy.typing as npt

    from cleanse.text_arrays import Places, TextArrays

    Columns = dict[str, npt.NDArray[Any]]

_PLACEHOLDER = "lorem ipsum"
Measures = make_dataclass(
    "Measures",
    [(signal.name, "int | float | None") for signal in SIGNALS],
    frozen=True,
    slots=True,
    namespace={"__doc__": "The signals of one text, None where it has too few words; see `definitions.SIGNALS`."},
)


def measure_texts(
    ids: Sequence[str],
    texts: Sequence[str],
    languages: Sequence[str],
    link_densities: Sequence[float | None] | None = None,
) -> pa.Table:
    """Return the signals of texts as a table of `SCHEMA`, in their order.

    Args:
        ids: One id a text.
        texts: The texts, as they stand in the corpus.
        languages: The language of each, ISO 639-1; chooses the list of function words.
        link_densities: Linked characters ÷ characters of the page that each text was read from, None where unknown.

    """
    return pa.concat_tables([SCHEMA.empty_table(), *measure_batches(ids, texts, languages, link_densities)])


def measure_text(text: str, language: str = "und", link_density: float | None = None) -> Any:
    """Return the signals of one text as a `Measures` record."""
    row = measure_texts([""], [text], [language], [link_density]).drop(["id"]).to_pylist()[0]
    return Measures(**row)


def measure_batches(
    ids: Sequence[str],
    texts: Sequence[str],
    languages: Sequence[str],
    link_densities: Sequence[float | None] | None = None,
) -> Iterator[pa.Table]:
    """Yield the table of `measure_texts` in pieces of about half a million characters."""
    for first, end in batches(texts):
        columns = _measure_batch(texts[first:end], languages[first:end])
        words = columns["words"]
        arrays = [pa.array(ids[first:end], pa.string())]
        for signal in SIGNALS[:-1]:
            kind = SCHEMA.field(signal.name).type
            values = columns[signal.name]
            missing = (words < signal.min_words) | np.isnan(values)
            filled = np.where(missing, 0, values).astype(kind.to_pandas_dtype())
            arrays.append(pa.array(filled, kind, mask=missing))
        densities = link_densities[first:end] if link_densities is not None else [None] * (end - first)
        arrays.append(pa.array(densities, pa.float64()))
        yield pa.table(arrays, SCHEMA)


def _measure_batch(texts: Sequence[str], languages: Sequence[str]) -> Columns:
    arrays = read_arrays(texts)
    marks = Marks.of(arrays)
    columns = _count_columns(texts, arrays, marks) | _word_columns(arrays, marks, languages)
    duplicates = repeated_shares(texts)
    names = ("dup_line_share", "dup_line_chars", "dup_para_share", "dup_para_chars")
    columns |= {name: duplicates[:, n] for n, name in enumerate(names)}
    columns |= repetition_shares(arrays)
    distinct, strings = distinct_strings(arrays)
    columns["compression"] = _share(distinct, strings)
    return columns


def _count_columns(texts: Sequence[str], arrays: TextArrays, marks: Marks) -> Columns:
    """Return what is counted by character and by line."""
    words, lines = np.diff(arrays.first_word), count_lines(arrays, marks)
    characters = _by_word(arrays, arrays.word_ends - arrays.word_starts)
    letters, digits = characters - marks.count(_no_letters(marks)), marks.count_flagged(DIGIT)
    placeholders = [text.lower().count(_PLACEHOLDER) if "psum" in text else 0 for text in texts]
    return {
        "words": words,
        "sentences": lines.sentences,
        "braces": marks.count_code("{"),
        "placeholders": np.array(placeholders, np.int64),
        "line_end_share": _share(lines.ended, lines.lines),
        "short_line_share": _share(lines.short, lines.lines),
        "newline_per_word": _share(np.maximum(lines.lines - 1, 0), words),
        "bullet_share": _share(lines.bulleted, lines.lines),
        "ellipsis_line_share": _share(lines.trailing_off, lines.lines),
        "hash_per_word": _share(marks.count_code("#"), words),
        "ellipsis_per_word": _share(lines.ellipses, words),
        "digit_share": _share(digits, letters + digits),
        "upper_share": _share(marks.count_flagged(UPPER), letters),
        "symbol_share": _share(marks.count_flagged(SYMBOL), np.diff(arrays.offsets) - 1),
    }


def _word_columns(arrays: TextArrays, marks: Marks, languages: Sequence[str]) -> Columns:
    words = np.diff(arrays.first_word)
    lengths = arrays.word_ends - arrays.word_starts
    owners = np.searchsorted(arrays.word_starts, _no_letters(marks), side="right") - 1
    alphabetic = np.bincount(owners, minlength=len(lengths)) < lengths
    stop, distinct, known = count_stop_words(arrays, languages)
    return {
        "word_length": _share(_by_word(arrays, lengths), words),
        "alpha_share": _share(_by_word(arrays, alphabetic), words),
        "stopword_share": np.where(known, _share(stop, words), np.nan),
        "stopwords_distinct": np.where(known, distinct, np.nan),
    }


def _by_word(arrays: TextArrays, values: npt.NDArray[Any]) -> Places:
    return np.diff(np.append(0, np.cumsum(values))[arrays.first_word])


def _no_letters(marks: Marks) -> Places:
    """Return the places of word characters that are no letters, such as digits."""
    places: Places = marks.places[marks.classes & (WORD | LETTER) == WORD]
    return places


def _share(part: Places, whole: Places) -> npt.NDArray[np.float64]:
    """Return part ÷ whole, undefined where the whole is nothing."""
    shares: npt.NDArray[np.float64] = np.divide(part, whole, out=np.full(len(part), np.nan), where=whole > 0)
    return shares
