"""Languages are told paragraph by paragraph, and what is no prose has none."""

import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from cleanse.errors import SettingError
from cleanse.language import DETECTORS, KNOWN_LANGUAGES, detect_language, load_detector

CASES = tomllib.loads((Path(__file__).parent / "cases" / "language.toml").read_text(encoding="utf-8"))


@pytest.mark.parametrize("code", CASES["prose"])
def test_a_sentence_is_told(code):
    told = detect_language(CASES["prose"][code])
    assert told.code == code
    assert 0.5 <= told.confidence <= 1


@pytest.mark.parametrize("name", CASES["noise"])
def test_what_is_no_prose_has_no_language(name):
    assert detect_language(CASES["noise"][name]).code == "und"


@pytest.mark.parametrize("text", ["", " \n\n ", "\x00", "a", "é" * 10_000, "word " * 200_000])
def test_any_text_gets_an_answer(text):
    told = detect_language(text)
    assert 0 <= told.confidence <= 1
    assert told.code == "und" or told.code in KNOWN_LANGUAGES


def test_a_page_in_two_languages_is_weighed_by_its_characters():
    prose = CASES["prose"]
    page = "\n\n".join([prose["fr"], prose["fr"], prose["fr"], prose["en"]])
    told = detect_language(page)
    assert told.code == "fr"
    assert told.shares["fr"] > 0.6
    assert told.shares["en"] > 0.15


@pytest.mark.parametrize("detector", DETECTORS)
def test_every_detector_can_be_chosen(detector):
    assert detect_language(CASES["prose"]["fr"], detector).code == "fr"


def test_an_unknown_detector_is_named_with_the_known_ones():
    with pytest.raises(SettingError, match=r"'fasttest' cannot be loaded\. Use one of: .*py3langid"):
        load_detector("fasttest")


def test_every_language_that_a_detector_gives_is_known():
    from cleanse import language

    labels = {language._normal(str(label)) for label in language._identifier().nb_classes}
    assert (labels | language.langdetect_codes()) - {"und"} <= KNOWN_LANGUAGES


def test_every_process_gives_the_same_answer():
    code = (
        "import sys, tomllib; from cleanse import detect_language as d;"
        f"c = tomllib.load(open({str(Path(__file__).parent / 'cases' / 'language.toml')!r}, 'rb'));"
        "print([(d(t).code, d(t).confidence) for t in [*reversed(c['prose'].values()), 'bon', 'das Haus', 'hola']])"
    )
    answers = {subprocess.run([sys.executable, "-c", code], capture_output=True, check=True).stdout for _ in range(2)}
    assert len(answers) == 1
