"""Languages are told paragraph by paragraph, and what is no prose has none."""

import subprocess
import sys
import tomllib
from itertools import islice
from pathlib import Path

import pytest

from cleanse.errors import SettingError
from cleanse.language import DETECTORS, KNOWN_LANGUAGES, detect_language, lexicon, load_detector, models
from cleanse.language.blocks import MAX_BLOCKS, blocks

CASES = tomllib.loads((Path(__file__).parent / "cases" / "language.toml").read_text(encoding="utf-8"))
PROSE = CASES["prose"]


@pytest.mark.parametrize("code", PROSE)
def test_a_sentence_is_told(code):
    told = detect_language(PROSE[code])
    assert told.code == code
    assert 0.5 <= told.confidence <= 1
    assert told.shares == {code: 1.0}


@pytest.mark.parametrize("code", CASES["scripts"])
def test_a_script_that_one_language_has_to_itself_is_enough(code):
    assert detect_language(CASES["scripts"][code]).code == code


@pytest.mark.parametrize("code", CASES["outsiders"])
def test_a_language_that_no_model_knows_is_told_by_its_function_words(code):
    assert detect_language(CASES["outsiders"][code]).code == code


@pytest.mark.parametrize("name", CASES["noise"])
def test_what_is_no_prose_has_no_language(name):
    assert detect_language(CASES["noise"][name]).code == "und"


@pytest.mark.parametrize(
    "text", ["", " \n\n ", "\x00", "a", "é" * 10_000, "word " * 200_000, "\ud800 na \udfff", "a-" * 900]
)
@pytest.mark.parametrize("detector", DETECTORS)
def test_any_text_gets_an_answer(text, detector):
    told = detect_language(text, detector)
    assert 0 <= told.confidence <= 1
    assert told.code in KNOWN_LANGUAGES
    assert not told.shares or sum(told.shares.values()) == pytest.approx(1, abs=0.001)


def test_a_page_in_two_languages_is_weighed_by_its_characters():
    told = detect_language("\n\n".join([PROSE["fr"], PROSE["fr"], PROSE["fr"], PROSE["en"]]))
    assert told.code == "fr"
    assert told.shares["fr"] > 0.6
    assert told.shares["en"] > 0.15


def test_a_page_of_two_equal_halves_has_several_languages_and_no_main_one():
    told = detect_language("\n\n".join([PROSE["fr"], PROSE["de"]]))
    assert told.code == "mul"
    assert set(told.shares) == {"de", "fr"}


def test_code_below_an_article_takes_no_part_in_the_choice_but_in_the_shares():
    told = detect_language("\n\n".join([PROSE["es"], PROSE["es"], CASES["noise"]["code"]]))
    assert told.code == "es"
    assert told.shares["und"] > 0.2


def test_a_short_line_follows_the_page():
    assert detect_language(f"{PROSE['it']}\n\nRoma\n").shares == {"it": 1.0}


def test_a_line_break_of_any_kind_ends_a_paragraph():
    assert detect_language(f"{PROSE['fr']}\r\n{PROSE['de']}").code == "mul"


@pytest.mark.parametrize("detector", DETECTORS)
def test_every_detector_can_be_chosen(detector):
    assert detect_language(PROSE["fr"], detector).code == "fr"


@pytest.mark.parametrize(
    "name", ["fasttest", "fasttest:detect", "cleanse.language:nothing", "cleanse.language.blocks:WINDOW", ":x"]
)
def test_an_unknown_detector_is_named_with_the_known_ones(name):
    with pytest.raises(
        SettingError, match=rf"'{name}' cannot be loaded\. Use one of: cascade, langdetect, py3langid; or"
    ):
        load_detector(name)


def test_a_detector_of_ones_own_is_named_by_module_and_function(tmp_path, monkeypatch):
    (tmp_path / "mine.py").write_text("def detect(window):\n    return 'pt-BR', 0.9\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    assert detect_language(PROSE["fr"], "mine:detect").code == "pt"


def test_every_language_that_a_detector_gives_is_known():
    data = lexicon.tables()
    labels = {lexicon.normal(str(label)) for label in models.identifier().labels}
    scripts = {script["language"] for script in data["scripts"].values() if "language" in script}
    outsiders = set(data["unmodelled"]["languages"].split())
    assert labels | models.langdetect_codes() | scripts | outsiders | {"mul", "und"} == KNOWN_LANGUAGES


def test_known_languages_need_no_model():
    code = "import sys; from cleanse.language import KNOWN_LANGUAGES; print({'py3langid', 'langdetect', 'numpy'} & {*sys.modules})"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, text=True).stdout == "set()\n"


def test_a_text_of_any_length_is_judged_by_as_many_blocks_at_most():
    long = " ".join(islice(iter(PROSE.values()), 7)) * 40_000
    assert len(blocks(long)) <= MAX_BLOCKS
    assert len(blocks("\n".join([PROSE["fr"]] * 5_000))) <= MAX_BLOCKS


def test_every_process_gives_the_same_answer():
    code = (
        "import sys, tomllib; from cleanse import detect_language as d;"
        f"c = tomllib.load(open({str(Path(__file__).parent / 'cases' / 'language.toml')!r}, 'rb'));"
        "print([(d(t).code, d(t).confidence) for t in [*reversed(c['prose'].values()), 'bon', 'das Haus', 'hola']])"
    )
    answers = {subprocess.run([sys.executable, "-c", code], capture_output=True, check=True).stdout for _ in range(2)}
    assert len(answers) == 1
