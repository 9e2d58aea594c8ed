"""The line model: what it removes, what it leaves, what it says about it, and that it says the same every time."""

from __future__ import annotations

import json
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cleanse.chrome import Page, engine, load_rules, split_lines, strip, strip_pages
from cleanse.chrome.evidence import read_chance
from cleanse.chrome.line_model import (
    Judge,
    Question,
    load_model,
    ngram_weights,
    page_arrays,
    predictor,
    thresholds,
    tokenizer,
)
from cleanse.chrome.rule_matcher import match

CASES = Path(__file__).parent / "cases"
PAGES = tomllib.loads((CASES / "model.toml").read_text(encoding="utf-8"))["page"]
ZOO = sorted((CASES / "zoo").glob("*.txt"))
ZOO_LOST = 0.025  # share of the zoo's content lines that the model alone may take; the engine's rules spare more
ZOO_GONE = 0.65  # share of the zoo's chrome lines that it finds at least
MEGABYTES = 5
OWN_GONE = 0.8  # share of chrome lines of our own pages


def marked(text: str) -> list[tuple[str, str]]:
    """Mark and line of each line of a case."""
    return [(line[:1], line[2:]) for line in text.strip("\n").split("\n")]


def judged(text: str, setting: str = "balanced") -> list[tuple[int, predictor.Verdict | None]]:
    """Number and verdict of each line that is not blank."""
    asked = question(text)
    result = Judge(setting).judge({0: asked})[0]
    return [(line.number, result.verdicts.get(i)) for i, line in enumerate(asked.lines)]


def question(text: str) -> Question:
    """What the judge is asked about a page on which the rules doom nothing."""
    lines = split_lines(text)
    return Question(text, lines, match(lines, load_rules().index))


def tally(rows: list[tuple[str, str]], setting: str = "balanced") -> tuple[int, int, int, int]:
    """Content lines, those that go; chrome lines, those that go."""
    found = judged("\n".join(line for _, line in rows), setting)
    content = [v for n, v in found if rows[n][0] == "="]
    chrome = [v for n, v in found if rows[n][0] == "-"]
    return len(content), sum(v is not None for v in content), len(chrome), sum(v is not None for v in chrome)


@pytest.mark.parametrize("page", PAGES, ids=[p["name"] for p in PAGES])
def test_no_content_line_goes_and_most_chrome_does(page: dict[str, str]) -> None:
    """Pages of our own in five languages keep all their content and lose four fifths of their chrome."""
    _, lost, chrome, gone = tally(marked(page["text"]))
    assert lost == 0
    assert gone >= OWN_GONE * chrome


@pytest.mark.slow
def test_the_zoo_of_genres_holds_its_floors() -> None:
    """Over all genres the model alone stays within its pinned losses."""
    totals = np.sum([tally(marked(path.read_text(encoding="utf-8"))) for path in ZOO], axis=0)
    assert totals[1] <= ZOO_LOST * totals[0]
    assert totals[3] >= ZOO_GONE * totals[2]


@pytest.mark.parametrize("page", PAGES, ids=[p["name"] for p in PAGES])
def test_settings_are_ordered(page: dict[str, str]) -> None:
    """What careful removes, thorough removes too."""
    text = "\n".join(line for _, line in marked(page["text"]))
    gone = [{n for n, v in judged(text, s) if v} for s in ("careful", "balanced", "thorough")]
    assert gone[0] <= gone[1] <= gone[2]


def test_every_line_that_goes_has_a_rule_and_evidence() -> None:
    """Below the last line that stays it is the tail, and the line that started it is quoted."""
    text = "\n".join(line for _, line in marked(PAGES[0]["text"]))
    found = dict(judged(text))
    gone = {n: v for n, v in found.items() if v}
    assert {v.rule for v in gone.values()} <= {"model.line", "model.tail"}
    last = max(gone)
    assert gone[last].rule == "model.tail"
    assert gone[last].evidence.endswith('; below "3 Comments"')
    assert all(read_chance(v.evidence) is not None for v in gone.values())


def test_a_page_is_judged_alone() -> None:
    """The same page gives the same answer to the bit, whatever is judged beside it."""
    pages = ["\n".join(line for _, line in marked(path.read_text(encoding="utf-8"))) for path in ZOO]
    pages += ["one line", *pages[:3], "", "x\n" * 600]
    asked = {n: question(page) for n, page in enumerate(pages)}
    for some in (asked, {n: asked[n] for n in reversed(asked)}):
        together = Judge("balanced").judge(some)
        for n, page in asked.items():
            alone = Judge("balanced").judge({0: page})[0]
            assert np.array_equal(together[n].chance, alone.chance)
            assert np.array_equal(together[n].gone, alone.gone)
            assert together[n].verdicts == alone.verdicts


def test_pages_stripped_together_are_stripped_as_each_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """Through all rounds, with a page among them that fails."""
    pages = [Page("\n".join(line for _, line in marked(path.read_text(encoding="utf-8")))) for path in ZOO]
    pages.insert(3, Page("this one fails"))
    assess = engine.assess

    def failing(text: str, *rest: Any) -> Any:
        if text == "this one fails":
            raise ValueError(text)
        return assess(text, *rest)

    monkeypatch.setattr(engine, "assess", failing)
    found = [one for one, _ in strip_pages(pages, load_rules())]
    assert isinstance(found.pop(3), Exception)
    del pages[3]
    assert found == [strip(page.text, load_rules()) for page in pages]


@pytest.mark.parametrize("text", ["", "\n\n", "x", "…", "\ud800", "a" * 100_000, "?\n" * 5000, "漢字\n" * 10])
def test_odd_texts_are_judged_without_error(text: str) -> None:
    """Nothing raises, and something always stays."""
    found = judged(text)
    assert not found or any(v is None for _, v in found)


def test_one_line_always_stays() -> None:
    """However sure the model is, a page is never emptied."""
    none = np.zeros(3)
    for setting in thresholds.SETTINGS.values():
        gone = thresholds.remove(
            none, np.full(3, 5.0), np.full(3, -5.0), np.full(3, 3), np.zeros(3), np.full(3, np.inf), setting
        )
        assert gone.sum() == 2


@pytest.mark.parametrize("setting", thresholds.SETTINGS)
def test_pages_are_decided_as_if_each_were_alone(setting: str) -> None:
    """No run, tail, body or sum reaches from one page into the next."""
    random = np.random.default_rng(7)
    sizes = random.integers(1, 40, 200)
    lines = int(sizes.sum())
    starts = np.append(0, np.cumsum(sizes)[:-1])
    given = [
        random.choice([0.001, 0.02, 0.1, 0.3, 0.7, 0.99], lines) * random.random(lines),
        random.integers(1, 40, lines).astype(np.float32),
        random.normal(0, 3, lines),
        random.integers(0, 4, lines) * (random.random(lines) < 0.2),
        random.integers(0, 4, lines) * (random.random(lines) < 0.1),
        random.choice([0, 0, 0, 0.5, np.inf], lines),
    ]
    limits = thresholds.SETTINGS[setting]
    alone = [
        thresholds.remove(*(values[a : a + n] for values in given), limits) for a, n in zip(starts, sizes, strict=True)
    ]
    together = thresholds.remove(*given, limits, starts)
    assert together.tolist() == np.concatenate(alone).tolist()
    assert 0 < together.sum() < lines


def test_a_page_of_which_much_might_go_is_judged_again() -> None:
    """Lines that the model is less than certain of come back, those that it is certain of and a sure rule's do not."""
    setting = thresholds.SETTINGS["balanced"]
    chance, words = np.array([0.9, 0.2, 0.4, 0.01, 0.2, 0.9, 0.2]), np.array([50.0, 40, 40, 40, 40, 200, 9])
    gone = np.array([False, True, True, True, True, False, True])
    ruled = np.array([0, 0, 0.5, 0, np.inf, 0, 0])
    none, pages = np.zeros(7), np.array([0, 5])
    share = thresholds.look_again(gone, chance, words, none, ruled, none > 0, setting, pages)
    assert gone.tolist() == [False, False, False, True, True, False, True]
    assert share.tolist() == [pytest.approx(32.4 / 77.4), 0]


def test_a_page_whose_sentences_would_mostly_go_loses_only_what_rules_name() -> None:
    """Even where the model is certain; of a page that keeps most of its sentences the certain lines go."""
    setting = thresholds.SETTINGS["balanced"]
    chance, words = np.array([0.11, 0.09, 0.09, 0.09, 0.01] * 2), np.array([10.0] * 10)
    gone, ruled = np.array([False, True, True, True, True] * 2), np.zeros(10)
    found = np.array([0, 0, 0, 0, 2] * 2)
    sentences = np.array([True] * 4 + [False] + [True] + [False] * 4)
    pages = np.array([0, 5])
    thresholds.look_again(gone, chance, words, found, ruled, sentences, setting, pages)
    assert gone.tolist() == [False] * 4 + [True] + [False] + [True] * 4


def test_lines_of_data_stay_unless_the_model_is_certain_or_a_rule_knows_them() -> None:
    """A run is judged as one."""
    gone = np.ones(8, bool)
    chance = np.array([0.01, 0.03, 0.01, 0.03, 0.01, 0.001, 0.001, 0.001])
    found, ruled = np.array([0, 0, 2, 0, 0, 0, 0, 0]), np.zeros(8)
    thresholds.spare_data(gone, chance, found, ruled, [(0, 5, False), (5, 8, False)])
    assert gone.tolist() == [False, False, True, False, False, True, True, True]


def test_what_starts_a_tail_proves_nothing_about_the_lines_above_it() -> None:
    """Paragraphs between the text and a comment form stay; those below it may go."""
    setting = thresholds.SETTINGS["balanced"]
    chance = np.array([0.99, 0.99, 0.1, 0.1, 0.1, 0.1, 0.01, 0.1, 0.1])
    words, none = np.array([60.0, 60, 30, 30, 30, 30, 3, 30, 30]), np.zeros(9)
    starts = np.array([0, 0, 0, 0, 0, 0, 3, 0, 0])
    gone = thresholds.remove(chance, words, none - 3, starts, starts, none, setting)
    assert gone.tolist() == [False] * 6 + [True] * 3


def test_what_the_rules_doom_goes_only_if_the_model_has_doubts_too() -> None:
    """A line that is surely content survives a rule's cut."""
    chance = np.array([0.99, 0.99, 0.2])
    setting = thresholds.SETTINGS["balanced"]
    gone = thresholds.remove(
        chance, np.full(3, 20.0), np.zeros(3), np.zeros(3), np.zeros(3), np.array([0, 0.5, 0.5]), setting
    )
    assert gone.tolist() == [False, False, True]


def test_n_grams_of_a_long_line_are_those_of_its_start_and_its_end() -> None:
    """None from deep inside it, none that joins its start to its end: equal ones hash as in short lines."""
    model = load_model()
    letters = np.random.default_rng(3).choice(list("abcdefgh"), 300)
    long = "".join(letters)
    lines = [long, *(long[i : i + 5] for i in range(len(long) - 4))]
    page = tokenizer.read(lines, model.classes, model.folded)
    text = "\n" + "\n".join([*lines, ""])
    chars, _ = tokenizer.grams(page)
    hashes: dict[str, int] = {}
    for at, order, value in zip(chars.at.tolist(), chars.order.tolist(), chars.hashes.tolist(), strict=True):
        assert hashes.setdefault(text[at : at + tokenizer.CHAR_ORDERS[order]], value) == value
    inside = chars.at[chars.at <= len(long)]
    assert set(inside.tolist()) >= {0, tokenizer.CHAR_HEAD - 1, len(long) + 1 - tokenizer.CHAR_TAIL}
    assert not ((inside >= tokenizer.CHAR_HEAD) & (inside < len(long) + 1 - tokenizer.CHAR_TAIL)).any()


def test_on_a_sure_rule_the_model_is_not_asked() -> None:
    """A line that a sure rule dooms goes however likely the model thinks it."""
    text = "The harvest was good this year, said the farmers of the valley.\nIt had rained in May and in June."
    lines = split_lines(text)
    doomed = {1: ("own.rain", "the line begins with it")}
    assert set(Judge("balanced").weigh({0: Question(text, lines, [(), ()], doomed, sure={1})})[0].doomed) == {1}
    assert not Judge("balanced").weigh({0: Question(text, lines, [(), ()], doomed)})[0].doomed


def test_lines_that_stay_are_judged_as_if_read_anew() -> None:
    """The second round of a page gives what a first look at the remaining lines gives."""
    text = PAGES[0]["text"]
    lines = split_lines("\n".join(line for _, line in marked(text)))
    whole = "\n".join(line for _, line in marked(text))
    found = match(lines, load_rules().index)
    judge = Judge("balanced")
    gone = judge.judge({0: Question(whole, lines, found)})[0].gone
    rest = [line for line, away in zip(lines, gone, strict=True) if not away]
    left = [f for f, away in zip(found, gone, strict=True) if not away]
    again, anew = (j.judge({0: Question(whole, rest, left)})[0] for j in (judge, Judge("balanced")))
    assert np.array_equal(again.chance, anew.chance)
    assert again.verdicts == anew.verdicts


def test_the_grams_of_a_line_do_not_depend_on_its_neighbours() -> None:
    """Read alone or on a page, a line has the same n-grams."""
    model = load_model()
    lines = ["Hello, World 2023!", "L'été à Paris", "中文字", "x"]
    whole = tokenizer.read(lines, model.classes, model.folded)
    scores = ngram_weights.score(whole, model.table)
    for i, line in enumerate(lines):
        alone = ngram_weights.score(tokenizer.read([line], model.classes, model.folded), model.table)
        assert np.array_equal(alone.lines[0], scores.lines[i])


def test_words_are_those_of_the_scorer() -> None:
    """Letters, digits and the underscore make words; each CJK character is one."""
    model = load_model()
    page = tokenizer.read(["one two-three", "中文 4", "…"], model.classes, model.folded)
    assert [len(page.word_lines[page.word_lines == i]) - 1 for i in range(3)] == [3, 3, 0]


def test_the_model_file_is_small_plain_and_says_where_it_comes_from() -> None:
    """No pickle, at most 5 MB, with version and figures."""
    assert predictor.FILE.stat().st_size <= MEGABYTES * 1_000_000
    with np.load(predictor.FILE, allow_pickle=False) as file:
        about = json.loads(file["about"].tobytes())
    assert about["version"] == 1
    assert "balanced resili_main" in about["figures"]


def test_findings_become_codes_by_kind_and_strength() -> None:
    """The strongest finding of each kind counts."""
    text = "Leave a comment\nThe harvest was good."
    lines = split_lines(text)
    codes = page_arrays.found_codes(match(lines, load_rules().index))
    assert codes.shape == (2, page_arrays.FOUND)
    assert codes[0].max() > 0
    assert codes[1].max() == 0


def test_importing_the_package_loads_no_model() -> None:
    """`import cleanse` leaves the model's modules alone."""
    code = "import sys, cleanse; sys.exit('cleanse.chrome.line_model.predictor' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
