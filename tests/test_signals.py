"""Signals: each number is what its definition says, whatever batch the text stands in."""

import math
import re
import tomllib
from collections import Counter
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import cleanse
from cleanse.documents import Span
from cleanse.function_words import function_words
from cleanse.signals import SCHEMA, SIGNALS, measure_text, measure_texts, reference_percentiles
from cleanse.signals.repetition import OFTEN, STRING
from cleanse.signals.signal_table import _measure_batch
from cleanse.spans import places_outside
from cleanse.text import BATCH_CHARS, WORD, batches, count_words, split_words
from cleanse.text_arrays import read_arrays

WORDS = st.sampled_from(["le", "pont", "rouvre", "Été", "12", "𝔸bc", "橋", "x_y", "l'eau", "—", "😀", "…", "fin."])
TEXTS = st.lists(st.tuples(WORDS, st.sampled_from([" ", "  ", "\n", "\n\n"])), max_size=120).map(
    lambda pairs: "".join(word + gap for word, gap in pairs)
)
ANY_TEXT = st.text(max_size=300)
JUNK = tomllib.loads((Path(__file__).parent / "cases" / "junk.toml").read_text("utf-8"))
LONG = " ".join(f"mot{n}" for n in range(60))  # clears every floor of words and repeats nothing


def spans_of(text):
    return [match.span() for match in WORD.finditer(text)]


def gram(text, spans, i, n):
    return tuple(text[a:b].lower() for a, b in spans[i : i + n])


def slow_duplicates(text, n):
    """Characters under a later occurrence of n words in a row, the slow way."""
    spans, seen, covered = spans_of(text), set(), set()
    for i in range(len(spans) - n + 1):
        words = gram(text, spans, i, n)
        if words in seen:
            covered.update(range(spans[i][0], spans[i + n - 1][1]))
        seen.add(words)
    return len(covered) / len(text)


def slow_top(text, n):
    """Share of the n words in a row that cover most, the slow way."""
    spans = spans_of(text)
    counts = Counter(gram(text, spans, i, n) for i in range(len(spans) - n + 1))
    lengths = {}
    for i in range(len(spans) - n + 1):
        lengths.setdefault(gram(text, spans, i, n), spans[i + n - 1][1] - spans[i][0])
    covered = [counts[g] * lengths[g] for g in counts if counts[g] >= OFTEN]
    return min(max(covered, default=0) / len(text), 1.0)


@given(TEXTS)
def test_words_in_a_row_that_recur_are_counted_as_the_slow_way_counts_them(text):
    row = measure_text(text)
    if row.words >= 50:
        for n in (2, 3, 4):
            assert getattr(row, f"top{n}_chars") == pytest.approx(slow_top(text, n))
        for n in range(5, 11):
            assert getattr(row, f"dup{n}_chars") == pytest.approx(slow_duplicates(text, n))


@given(ANY_TEXT | TEXTS)
def test_the_number_of_words_is_that_of_the_corpus(text):
    arrays = read_arrays([text])
    found = [text[a:b] for a, b in zip(arrays.word_starts, arrays.word_ends, strict=True)]
    assert found == split_words(text)
    assert measure_text(text).words == count_words(text)


@given(st.lists(TEXTS | ANY_TEXT, min_size=1, max_size=8))
def test_a_text_measures_the_same_alone_and_among_others(texts):
    together = measure_texts(["x"] * len(texts), texts, ["fr"] * len(texts))
    alone = [measure_texts(["x"], [text], ["fr"]) for text in texts]
    assert together.to_pylist() == [table.to_pylist()[0] for table in alone]


@given(ANY_TEXT | TEXTS)
def test_below_its_floor_of_words_a_signal_is_null_and_above_it_is_a_share(text):
    row = measure_text(text, "fr")
    for signal in SIGNALS:
        value = getattr(row, signal.name)
        if row.words < signal.min_words:
            assert value is None, signal.name
        elif value is not None and signal.name.endswith(("_share", "_chars", "compression")):
            assert 0 <= value <= 1, signal.name


@given(st.lists(st.integers(0, 3000), max_size=30))
def test_batches_cover_all_texts_once_in_order(sizes):
    texts = ["x" * size * 100 for size in sizes]
    ranges = list(batches(texts))
    assert [i for first, end in ranges for i in range(first, end)] == list(range(len(texts)))
    assert all(end - first == 1 or sum(map(len, texts[first:end])) <= BATCH_CHARS for first, end in ranges)


@pytest.mark.parametrize(
    ("text", "name", "value"),
    [
        ("Il dit : « Non »\nElle répond.\nPuis rien", "line_end_share", 2 / 3),
        ("Fin ?\nSuite…\n(note)\nvers libre", "line_end_share", 3 / 4),
        ("これは橋です。\nはい」\nまだ", "line_end_share", 2 / 3),
        ("یہ پل ہے۔\nهل عاد؟\nلا", "line_end_share", 2 / 3),
        ("- lait\n• pain\n* sel\nFaire cuire.", "bullet_share", 3 / 4),
        ("À suivre...\nEt puis…\nFin.", "ellipsis_line_share", 2 / 3),
        ("court\n" + "une ligne bien plus longue que trente caractères", "short_line_share", 1 / 2),
    ],
)
def test_lines_are_measured_as_they_look(text, name, value):
    """The columns before short texts are made null."""
    assert _measure_batch([text], ["und"])[name][0] == pytest.approx(value)


def test_blank_lines_between_paragraphs_count_one_line_break():
    dense, airy = LONG.replace(" ", "\n"), LONG.replace(" ", "\n\n\n")
    assert measure_text(dense).newline_per_word == measure_text(airy).newline_per_word == 59 / 60


def test_repeats_of_lines_and_paragraphs_count_from_the_second_on():
    text = f"{LONG}\n\nRefrain du soir\n\nautre couplet\n\nRefrain du soir"
    row = measure_text(text)
    assert row.dup_line_share == row.dup_para_share == 1 / 4
    assert row.dup_line_chars == len("Refrain du soir") / (
        len(LONG) + 2 * len("Refrain du soir") + len("autre couplet")
    )


def test_function_words_are_those_of_the_texts_language():
    french = (
        "Le maire de la ville a dit que les quais sont à tous et qu'il ne les vendra pas aux promoteurs du port voisin."
    )
    assert measure_text(french, "fr").stopwords_distinct > 10
    assert measure_text(french, "fi").stopword_share < 0.1
    assert measure_text(french, "tlh").stopword_share is None


def test_compression_falls_when_a_text_repeats_itself():
    assert measure_text(LONG).compression > 0.9
    assert measure_text("\n".join([LONG] * 10)).compression < 0.15


def test_sentences_end_at_marks_before_white_space_and_at_line_ends():
    assert measure_text("Version 2.0 est là. Vraiment ?! « Oui. » Bien\nFin.").sentences == 5


def test_every_language_with_a_list_has_fifteen_words_or_more_that_its_own_words_cut():
    assert len(function_words()) <= 64  # bits of a mask
    for code, words in function_words().items():
        assert len(words) >= (10 if code == "hi" else 15), code
        assert all(word == word.lower() for word in words), code


def test_the_table_has_the_columns_of_the_schema_even_without_a_row():
    assert measure_texts([], [], []).schema == SCHEMA
    assert SCHEMA.names == ["id", *(signal.name for signal in SIGNALS)]


def test_a_text_of_one_repeated_letter_and_one_of_lone_surrogates_are_measured():
    assert measure_text("a" * 100_000).words == 1
    assert measure_text("\ud800 mot \udfff").words == 1


@given(st.lists(st.floats(0, 1) | st.none(), max_size=5))
def test_link_densities_are_carried_and_null_where_unknown(densities):
    table = measure_texts(["x"] * len(densities), ["mot"] * len(densities), ["fr"] * len(densities), densities)
    assert table["link_density"].to_pylist() == densities


def test_word_lengths_and_cases_are_those_of_letters():
    text = " ".join(["AB", "cd"] * 15)
    row = measure_text(text)
    assert (row.word_length, row.upper_share, row.alpha_share, row.digit_share) == (2, 0.5, 1, 0)


def test_strings_are_counted_as_the_slow_way_counts_them():
    text = " ".join(f"{a}{b} pont" for a, b in pairwise("abcabdabeabfabcabdabeabf" * 3))
    strings = [text[i : i + STRING] for i in range(len(text) - STRING + 1)]
    assert math.isclose(measure_text(text).compression, len(set(strings)) / len(strings))


@pytest.mark.parametrize("name", JUNK)
def test_junk_of_the_cases_is_measured_without_nulls(name):
    case = JUNK[name]
    text = "\n".join([case["text"].strip()] * case["repeat"])
    row = measure_text(text, case["language"])
    missing = [signal.name for signal in SIGNALS if getattr(row, signal.name) is None]
    assert missing == ([] if row.words >= 50 else [s.name for s in SIGNALS if s.min_words == 50]) + ["link_density"]
    assert re.search(r"\w", text)


def test_the_reference_speaks_of_signals_in_ascending_percentiles():
    assert {"fr", "en", "de"} <= set(reference_percentiles())
    for language in reference_percentiles().values():
        assert set(language) <= {signal.name for signal in SIGNALS}
        assert all(low <= middle <= high for low, middle, high in language.values())


PARAGRAPH = (
    "The council mended the bridge in spring, and the pilot carried every plank of it over the river in his boat. "
)
PAGE = (
    "<html><body><nav><ul>"
    + "".join(f'<li><a href="/{n}">Section {n}</a></li>' for n in range(30))
    + f"</ul></nav><article><h1>The bridge is mended</h1><p>{PARAGRAPH * 4}</p>"
    + f'<p>{PARAGRAPH * 3}<a href="/b">The <b>brewers</b> paid for it</a>, as ever. {PARAGRAPH}</p></article></body></html>'
)


@pytest.mark.slow
@pytest.mark.parametrize("form", ["text", "markdown"])
def test_link_density_is_that_of_the_kept_text_and_null_where_no_html_was_read(tmp_path, rows, form):
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "page.html").write_text(PAGE)
    (tmp_path / "in" / "plain.txt").write_text("The bridge is mended\n\n" + PARAGRAPH * 6)
    cleanse.run(tmp_path / "in", tmp_path / "out", cleanse.Config(workers=1, format=form))
    density = {row["id"]: row["link_density"] for row in rows(tmp_path / "out", "signals")}
    text = {row["id"]: row["text"] for row in rows(tmp_path / "out", "corpus")}["page.html"]
    assert "Section 7" not in text
    assert density == {"page.html": len("The brewers paid for it") / len(text), "plain.txt": None}


@given(st.lists(st.integers(0, 60), min_size=2, max_size=12), st.lists(st.integers(0, 60), min_size=2, max_size=12))
def test_places_outside_removed_spans_are_the_characters_in_no_span(places, removed):
    def pairs(offsets):
        ordered = sorted(set(offsets))
        return [(start, end) for start, end in zip(ordered[::2], ordered[1::2], strict=False)]

    spans = [Span(start, end, "", "", "", "") for start, end in pairs(removed)]
    outside = {n for start, end in places_outside(pairs(places), spans) for n in range(start, end)}
    assert outside == {
        n for start, end in pairs(places) for n in range(start, end) if not any(s.start <= n < s.end for s in spans)
    }
