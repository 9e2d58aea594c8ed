"""What the chrome engine promises, on self-written pages; the cases are data in tests/cases."""

import json
import re
import subprocess
import sys
import tomllib
import tracemalloc
from pathlib import Path

import pytest

from cleanse.chrome import SETTINGS, article_head, load_rules, split_lines, strip
from cleanse.chrome.lines import MAX_BREAKS, SLICE, count_words
from cleanse.chrome.site_boilerplate import note_page
from cleanse.errors import SettingError
from cleanse.spans import cut, restore

CASES = Path(__file__).parent / "cases"
PAGES = tomllib.loads((CASES / "chrome.toml").read_text(encoding="utf-8"))["page"]
ZOO = tomllib.loads((CASES / "chrome_zoo.toml").read_text(encoding="utf-8"))["page"]
ARTICLE = (
    "The mill stood empty for sixty years, and its wheel had grown a small wood of its own.\n\n"
    "On Monday the first twelve pupils lit the ovens, and by noon the queue had reached the bridge.\n\n"
)
MORE = "The school takes no fees, but every pupil owes the town a loaf of bread a day for a year.\n\n"


def lines_of(text):
    return [line.text for line in split_lines(text)]


@pytest.mark.parametrize("page", PAGES, ids=lambda p: p["name"])
def test_chrome_goes_and_content_stays(page):
    kept = lines_of(strip(page["text"], load_rules()).text)
    assert [line for line in page["gone"] if line in kept] == []
    assert [line for line in page["stays"] if line not in kept] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda p: p["name"])
def test_metadata_is_what_the_page_shows(page):
    found = strip(page["text"], load_rules())
    assert (found.title, found.author, found.date) == tuple(page.get(k) for k in ("title", "author", "date"))


@pytest.mark.parametrize("setting", SETTINGS)
@pytest.mark.parametrize("page", ZOO, ids=lambda p: p["name"])
def test_no_line_of_the_zoo_is_lost(page, setting, request):
    if setting in page.get("eaten_by", ()):
        request.applymarker(pytest.mark.xfail(reason="a glossary of words that site software uses"))
    assert lines_of(strip(page["text"], load_rules(), setting).text) == lines_of(page["text"])


@pytest.mark.parametrize("setting", SETTINGS)
@pytest.mark.parametrize("page", [*PAGES, *ZOO], ids=lambda p: p["name"])
def test_cleaning_a_cleaned_text_changes_nothing(page, setting):
    once = strip(page["text"], load_rules(), setting).text
    again = strip(once, load_rules(), setting)
    assert (again.text, again.removed) == (once, ())


@pytest.mark.parametrize("page", PAGES, ids=lambda p: p["name"])
def test_text_and_removed_spans_give_the_page_back(page):
    found = strip(page["text"], load_rules())
    assert cut(page["text"], found.removed) == found.text
    assert restore(found.text, found.removed) == page["text"]
    assert all(s.step == "chrome" and s.rule and s.evidence for s in found.removed)
    assert all(s.text == page["text"][s.start : s.end] for s in found.removed)


def test_careful_removes_no_more_than_balanced_nor_that_than_thorough():
    def removed(setting):
        return [sum(len(s.text) for s in strip(p["text"], load_rules(), setting).removed) for p in PAGES]

    careful, balanced, thorough = (removed(s) for s in SETTINGS)
    assert all(a <= b <= c for a, b, c in zip(careful, balanced, thorough, strict=True))


def test_an_unknown_setting_names_the_known_ones():
    with pytest.raises(SettingError, match="careful, balanced, thorough"):
        strip("text", load_rules(), "bold")


def test_the_title_of_the_html_marks_the_headline():
    text = "Sports\n\nThe ferry stays\n\n" + ARTICLE
    found = strip(text, load_rules(), title="The ferry stays | Example News")
    assert found.title == "The ferry stays"
    assert found.text.startswith("The ferry stays\n")


def test_without_evidence_there_is_no_title():
    assert strip("The ferry stays\n\n" + ARTICLE, load_rules()).title is None


def test_a_byline_of_name_and_date_is_read_and_removed():
    found = strip("The ferry stays\n\nBy Anna Brown | March 4, 2021\n\n" + ARTICLE, load_rules())
    assert (found.author, found.date) == ("Anna Brown", "2021-03-04")
    assert [s.rule for s in found.removed] == ["metadata.author"]


def test_a_headline_that_a_poem_repeats_is_not_cut_into():
    text = "I had a house by the sea\n\nI had a house by the sea and nobody came to it in winter but the gulls.\n"
    assert strip(text, load_rules()).text == text


@pytest.mark.parametrize("text", ["", "\n", "   \n \n", "\x00", "\ud800", "a" * 100_000, "- \n" * 1000])
def test_odd_texts_are_no_errors(text):
    found = strip(text, load_rules())
    assert restore(found.text, found.removed) == text


def test_a_page_of_nothing_but_chrome_is_left_empty_or_short():
    assert len(strip("Leave a comment\nYour email address will not be published.\n", load_rules()).text) < 20


def test_the_same_text_gives_the_same_answer_again():
    assert strip(PAGES[1]["text"], load_rules()) == strip(PAGES[1]["text"], load_rules())


@pytest.mark.parametrize("part", [" ", " | ", "site | ", "a » b", "» ", " - "])
def test_a_long_title_is_no_more_work_than_a_title(monkeypatch, part):
    """However long the title of the HTML is: counted in characters that are folded."""
    folded = []
    fold_phrase = article_head.fold_phrase

    def counted(phrase):
        folded.append(len(phrase))
        return fold_phrase(phrase)

    monkeypatch.setattr(article_head, "fold_phrase", counted)
    work = []
    for size in (1, 2, 4):
        folded.clear()
        strip("The ferry stays\n\n" + ARTICLE, load_rules(), title="The ferry stays" + part * (size * 5_000))
        work.append(sum(folded))
    assert max(work) <= 2 * article_head.TITLE_CHARS**2
    assert work[2] <= work[0]


def test_a_text_of_too_many_lines_is_left_as_it_is_and_takes_little_memory():
    text = "a\n" * (20 * MAX_BREAKS)
    tracemalloc.start()
    found = strip(text, load_rules())
    note = note_page(text, ())
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert (found.text, found.removed, list(note.marks)) == (text, (), [])
    assert found.doubt == "left as it is: more than 50,000 lines"
    assert most < 10 * len(text)


@pytest.mark.slow
@pytest.mark.parametrize("text", ["Die Stadt {} hat {} Beschlüsse veröffentlicht.", "La mairie de {} publie {} actes."])
def test_thousands_of_lines_made_alike_stay_and_the_page_says_doubt(text):
    towns, numbers = (
        ["Metz", "Bonn", "Lyon", "Sète", "Ulm"],
        ["drei", "neuf", "onze", "sieben", "cinq", "trois", "zwei"],
    )
    page = "\n".join(text.format(towns[i % 5], numbers[i % 7]) for i in range(5000))
    result = strip(page, load_rules())
    assert result.text == page
    assert result.doubt is None or result.doubt.startswith("judged again")


def test_the_memory_of_a_page_grows_with_its_lines_and_no_faster():
    most = []
    for lines in (2_000, 8_000):
        text = "a\n" * lines
        tracemalloc.start()
        strip(text, load_rules())
        most.append(tracemalloc.get_traced_memory()[1] / lines)
        tracemalloc.stop()
    assert most[1] < 1.5 * most[0]
    assert most[1] < 8_000


@pytest.mark.parametrize("size", [SLICE - 1, SLICE, SLICE + 1, 3 * SLICE + 2])
@pytest.mark.parametrize("pattern", ["a", "ab ", " a", "漢字 x"])
def test_the_words_of_a_huge_line_are_counted_as_those_of_a_short_one(pattern, size):
    line = (pattern * size)[:size].strip()
    assert count_words(line) == len(line.split()) + len(re.findall("[漢字]", line)) // 2


SHARED = Path(__file__).parents[2] / "shared"
WORDS = re.compile(r"\w+")


@pytest.mark.skipif(not SHARED.is_dir(), reason="the user's documents lie in ../shared, which is not here")
def test_of_the_users_five_documents_no_content_is_lost_and_no_chrome_left():
    lost, left, wrong = [], [], []
    for label in map(json.loads, (SHARED / "bench/seeds/labels.jsonl").read_text(encoding="utf-8").splitlines()):
        text = (SHARED / "seeds" / label["file"]).read_text(encoding="utf-8")
        found = strip(text, load_rules())
        kept, lines = " ".join(WORDS.findall(found.text)), text.split("\n")
        content = ""
        for mark in label["lines"]:
            words = lines[mark["line"] - 1]
            for chrome in mark.get("chrome_spans", []):
                words = words.replace(chrome, "", 1)
            words = " ".join(WORDS.findall(words))
            if mark["label"] == "content":
                content += words + "\n"
                lost += [words] if words not in kept else []
        for mark in label["lines"]:
            words = " ".join(WORDS.findall(lines[mark["line"] - 1]))
            if mark["label"] == "chrome" and words and words not in content:
                headline = sum(words == " ".join(WORDS.findall(lines[m["line"] - 1])) for m in label["lines"])
                left += [words] if words in kept and headline == 1 else []
        wrong += [k for k in ("title", "author", "date") if label[k] != getattr(found, k)]
    assert (lost, left, wrong) == ([], [], [])


@pytest.mark.slow
@pytest.mark.parametrize("setting", SETTINGS)
@pytest.mark.skipif(
    not SHARED.is_dir(), reason="the planted texts are made by a script in ../shared, which is not here"
)
def test_no_span_goes_from_texts_that_only_speak_of_cookies_and_newsletters(tmp_path, setting):
    make = [sys.executable, str(SHARED / "bench/dedup/planted.py"), "gen", "--n", "400", "--seed", "5"]
    subprocess.run([*make, "--out", str(tmp_path)], check=True, capture_output=True)
    texts = [
        json.loads(line)["text"] for path in sorted(tmp_path.glob("jsonl/*")) for line in path.open(encoding="utf-8")
    ]
    assert [span for text in texts for span in strip(text, load_rules(), setting).removed] == []
