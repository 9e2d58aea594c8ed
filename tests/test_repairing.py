"""What `repair` promises, by cases in cases/encoding_repairs.toml."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from cleanse.encoding.text_repair import Repaired, repair

CASES = tomllib.loads((Path(__file__).parent / "cases" / "encoding_repairs.toml").read_text("utf-8"))
PARAGRAPH = "L’été s’achève : « déjà », dit-elle à l’élève. "
MISREAD = ["cp1252", "latin-1", "cp1250", "mac-roman", "cp1251", "cp437"]


@pytest.mark.parametrize("case", CASES["repaired"], ids=lambda case: case["claim"])
def test_damage_is_undone_and_named(case):
    assert repair(case["bad"]) == Repaired(case["good"], tuple(case["repairs"]))


@pytest.mark.parametrize("case", CASES["known_failure"], ids=lambda case: case["claim"])
@pytest.mark.xfail(strict=True, reason="known failure")
def test_damage_that_is_not_undone_yet(case):
    assert repair(case["bad"]).text == case["good"]


@pytest.mark.parametrize("case", CASES["clean"], ids=lambda case: case["claim"])
def test_clean_text_comes_back_untouched(case):
    assert repair(case["text"]) == Repaired(case["text"])


def test_halves_of_a_character_are_joined_and_a_half_on_its_own_is_marked_as_lost():
    assert repair("a\ud83d\ude00") == Repaired("a😀", ("surrogates-joined",))
    assert repair("a\ud83d b") == Repaired("a\ufffd b", ("lone-surrogate",))


@given(st.text(max_size=80), st.sampled_from([None, *MISREAD]), st.sampled_from([None, *MISREAD]))
@example("\udce9\x00Ã©\x8d", None, None)
def test_repairing_twice_changes_nothing_more(text, first, second):
    for codec in (first, second):
        text = text.encode("utf-8", "surrogatepass").decode(codec, "replace") if codec else text
    once = repair(text)
    assert repair(once.text) == Repaired(once.text)
    assert bool(once.repairs) == (once.text != text)
    once.text.encode()


FRENCH_WORDS = st.text(alphabet=st.sampled_from("éèàçêîôùœÉÀÇabcdeL"), max_size=6)
FRENCH_SIGNS = st.sampled_from(
    [" ", " « ", "« ", " » ", "\xa0» ", "»\n", "’", "“", "” ", "… ", "…\xa0» ", " — ", "–", "\xa0! "]
)


@given(st.lists(st.tuples(FRENCH_WORDS, FRENCH_SIGNS), max_size=12))
@example([("çœ", "« ")])
@example([("çœœ", " "), ("çœœ", " ")])
@example([("êœ", "« ")])
def test_french_words_between_any_typography_stay_as_they_are(pairs):
    text = "".join(word + sign for word, sign in pairs)
    assert repair(text).text == text


def test_a_rereading_that_gives_letters_nobody_meant_is_not_made():
    assert repair("à\xa0»È\xa0") == Repaired("à\xa0»È\xa0")


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(PARAGRAPH * 20_000, id="a clean text on one line"),
        pytest.param("Съешь ещё этих мягких булок. " * 20_000, id="a Cyrillic text on one line"),
        pytest.param("a" + "\u0323\u0300" * 200_000, id="a tower of marks"),
        pytest.param("a" + "\u0f73" * 200_000, id="a tower of marks that fall apart into two"),
        pytest.param("a" + "\x00" * 500_000 + "\n", id="controls at the end of a line"),
        pytest.param("a\xad\n" * 100_000, id="soft hyphens at line ends"),
        pytest.param("\x00" * 500_000 + "a\x00" * 100_000, id="zeros"),
        pytest.param("\x1b[" * 500_000, id="open escapes"),
    ],
)
def test_hundreds_of_thousands_of_characters_come_back(text):
    assert repair(repair(text).text) == Repaired(repair(text).text)


def test_a_long_misread_line_is_repaired_throughout():
    assert repair((PARAGRAPH * 2000).encode().decode("latin-1")).text == PARAGRAPH * 2000
