"""Languages are told paragraph by paragraph, and what is no prose has none."""

import errno
import json
import math
import os
import subprocess
import sys
import tomllib
from collections import Counter
from itertools import islice
from pathlib import Path

import numpy as np
import pytest

from cleanse import portable_math
from cleanse.errors import SettingError
from cleanse.language import (
    DETECTORS,
    KNOWN_LANGUAGES,
    detect_language,
    detect_languages,
    langdetect_model,
    langid_model,
    langid_scores,
    lexicon,
    load_detector,
)
from cleanse.language.blocks import MAX_BLOCKS, cut_blocks
from cleanse.stages.language import detect_all

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


@pytest.mark.parametrize("code", CASES["shared"])
def test_a_script_that_two_languages_share_does_not_decide_alone(code):
    assert detect_language(CASES["shared"][code]).code == code


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
    with pytest.raises(SettingError, match=rf"'{name}' .*Use one of: cascade, langdetect, py3langid; or"):
        load_detector(name)


def test_a_detector_of_ones_own_is_named_by_module_and_function(tmp_path, monkeypatch):
    (tmp_path / "mine.py").write_text("def detect(window):\n    return 'pt-BR', 0.9\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    assert detect_language(PROSE["fr"], "mine:detect").code == "pt"


def test_every_language_that_a_detector_gives_is_known():
    data = lexicon.tables()
    labels = {lexicon.normal(label) for label in langid_model.load_model().labels.tolist()}
    others = {lexicon.normal(code) for code in langdetect_model.load_factory().get_lang_list()}
    scripts = {script["language"] for script in data["scripts"].values() if "language" in script}
    scripts |= {code for languages in data["shared"].values() for code in languages}
    outsiders = set(data["unmodelled"]["languages"].split())
    assert labels | others | scripts | outsiders | {"mul", "und"} == KNOWN_LANGUAGES


def test_known_languages_need_no_model():
    code = "import sys; from cleanse.language import KNOWN_LANGUAGES; print({'py3langid', 'langdetect', 'numpy'} & {*sys.modules})"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, text=True).stdout == "set()\n"


def test_a_text_of_any_length_is_judged_by_as_many_blocks_at_most():
    long = " ".join(islice(iter(PROSE.values()), 7)) * 40_000
    assert len(cut_blocks(long)) <= MAX_BLOCKS
    assert len(cut_blocks("\n".join([PROSE["fr"]] * 5_000))) <= MAX_BLOCKS


TEXTS = [
    *PROSE.values(),
    "\n\n".join(PROSE.values()),
    *CASES["noise"].values(),
    *(
        "bon",
        "das Haus",
        "hola",
        "\ud800 na",
        "",
        "ПРИВЕТ, КАК ДЕЛА",
        "\n\n".join([PROSE["fr"], PROSE["de"], PROSE["fr"]]),
    ),
]


def test_texts_are_told_together_as_they_are_one_by_one():
    assert detect_languages(TEXTS * 3) == [detect_language(text) for text in TEXTS] * 3


def test_langdetect_is_asked_only_by_its_name():
    code = (
        "import sys; from cleanse import detect_language as d; d('Le chat dort sur le lit du voisin.'); d('ok deux');"
        "print('langdetect' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, text=True).stdout == "False\n"


def test_a_detector_that_fails_on_a_text_leaves_the_others_their_language(tmp_path, monkeypatch):
    (tmp_path / "moody.py").write_text("def detect(window):\n    return ('fr', 0.9) if 'chat' in window else 1 / 0\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    texts = ["Le chat dort sur le lit.", "Der Hund bellt vor dem Haus.", "Le chat mange dans la cuisine."]
    assert [told.code for told in detect_all(texts, "moody:detect")] == ["fr", "und", "fr"]


# -- py3langid's model, mapped and exact ------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def archive():
    from py3langid.langid import MODEL_DIR, MODEL_FILE

    return MODEL_DIR / MODEL_FILE


@pytest.mark.slow
def test_the_mapped_model_holds_py3langids_numbers(archive):
    from py3langid.modelio import load_model

    weights, priors, labels, next_states, rows, features = load_model(archive)
    model = langid_model.load_model()
    assert np.array_equal(np.ldexp(model.weights.astype(np.float64), -langid_model.WEIGHT_BITS), weights)
    assert np.array_equal(np.ldexp(model.priors.astype(np.float64), -langid_model.PRIOR_BITS), priors)
    assert model.labels.tolist() == labels
    assert np.array_equal(model.next_states, next_states)
    assert np.array_equal(model.rows >> 8, rows)
    assert np.array_equal(model.features, features)


def test_languages_are_ranked_as_py3langid_ranks_them():
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    theirs = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
    windows = [text[:300] for text in [*PROSE.values(), *CASES["noise"].values()]]
    for window, ranking in zip(windows, langid_scores.rank_languages(windows), strict=True):
        merged = Counter()
        for label, probability in theirs.rank(window)[: langid_scores.CANDIDATES]:
            merged[lexicon.normal(label)] += probability
        assert dict(ranking) == pytest.approx(dict(merged), rel=1e-3, abs=1e-5)


def test_windows_have_the_same_probabilities_alone_and_among_others():
    windows = [text[at : at + 300] for text in PROSE.values() for at in (0, 40)] * 2
    assert len(windows) > langid_scores.FEW
    alone = [langid_scores.rank_languages([window])[0] for window in windows]
    assert langid_scores.rank_languages(windows) == alone


def test_scores_are_integers_that_float64_adds_without_rounding():
    model = langid_model.load_model()
    largest = np.abs(model.weights.astype(np.int64)).max() * portable_math.log(1 + langid_scores.MAX_COUNT)
    features = 2 * 4 * 300  # of a window: one for each byte at most, at most 4 bytes a character, with room
    assert features * largest * 2**langid_model.COUNT_BITS + np.abs(model.priors).max() < 2**53


@pytest.mark.slow
@pytest.mark.parametrize(
    "setting",
    [
        {"OPENBLAS_CORETYPE": "Nehalem"},
        {"OPENBLAS_CORETYPE": "Haswell"},
        {"OPENBLAS_CORETYPE": "Zen"},
        {"NPY_DISABLE_CPU_FEATURES": "AVX2 FMA3 AVX512F AVX512_SKX X86_V3 X86_V4"},
        {"PYTHONHASHSEED": "7"},
    ],
    ids=lambda setting: "=".join(next(iter(setting.items()))).partition(" ")[0],
)
def test_no_processor_changes_a_bit_of_a_probability(setting):
    code = (
        "import json, sys; from cleanse.language.langid_scores import rank_languages as r;"
        "from cleanse.language.cascade import cascade as c; w = json.load(sys.stdin);"
        "print([[(k, p.hex()) for k, p in x] for x in r(w)], [(k, p.hex()) for k, p in c(w)])"
    )
    windows = json.dumps([text[:300] for text in PROSE.values()])
    answers = [
        subprocess.run(
            [sys.executable, "-W", "ignore", "-c", code],
            env={**os.environ, **more},
            input=windows,
            capture_output=True,
            check=True,
            text=True,
        ).stdout
        for more in ({}, setting)
    ]
    assert answers[0] == answers[1]


def test_exp_and_log_are_right():
    for x in (-690.5, -3.0, -1e-9, 0.0, 0.1, 1.0, 2.5, 700.0):
        assert portable_math.exp(x) == pytest.approx(math.exp(x), rel=1e-15)
        assert portable_math.exp_array(np.array([x]))[0] == portable_math.exp(x)
        assert portable_math.log(math.exp(x)) == pytest.approx(x, rel=1e-14, abs=1e-15)


def test_a_model_is_stored_once_and_mapped(tmp_path, archive):
    model = langid_model.unpack(archive)
    langid_model.store(model, tmp_path / "model")
    langid_model.store(model, tmp_path / "model")  # another process was faster
    mapped = langid_model.map_model(tmp_path / "model")
    assert all(np.array_equal(one, other) for one, other in zip(model, mapped, strict=True))
    assert [path.name for path in tmp_path.iterdir()] == ["model"]


def test_a_damaged_model_is_written_again(tmp_path, archive):
    folder = tmp_path / "model"
    model = langid_model.unpack(archive)
    langid_model.store(model, folder)
    (folder / "weights.npy").write_bytes(b"half")
    assert langid_model.map_model(folder) is None
    langid_model.store(model, folder)
    assert langid_model.map_model(folder) is not None


@pytest.mark.slow
def test_where_nothing_can_be_kept_the_model_is_unpacked(tmp_path, monkeypatch):
    (tmp_path / "file").touch()
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    langid_model.load_model.cache_clear()
    model = langid_model.load_model()
    langid_model.load_model.cache_clear()
    assert model.weights.base is None or not isinstance(model.weights.base, np.memmap)


def test_every_process_gives_the_same_answer():
    code = (
        "import sys, tomllib; from cleanse import detect_language as d;"
        f"c = tomllib.load(open({str(Path(__file__).parent / 'cases' / 'language.toml')!r}, 'rb'));"
        "print([(d(t).code, d(t).confidence) for t in [*reversed(c['prose'].values()), 'bon', 'das Haus', 'hola']])"
    )
    answers = {subprocess.run([sys.executable, "-c", code], capture_output=True, check=True).stdout for _ in range(2)}
    assert len(answers) == 1


def test_want_of_memory_is_no_unknown_language(monkeypatch):
    def fail(texts, detector):
        raise OSError(errno.ENOMEM, "Cannot allocate memory")

    monkeypatch.setattr("cleanse.language.detect_languages", fail)
    with pytest.raises(MemoryError):
        detect_all(["Le bac repart mardi."], "cascade")
