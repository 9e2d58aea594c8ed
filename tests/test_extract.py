"""Extraction: HTML or plain text → page text with marks."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tomllib
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cleanse.documents import Page
from cleanse.errors import SettingError
from cleanse.html import EXTRACTORS, extract, sniff
from cleanse.html.alignment import align
from cleanse.html.metadata import iso_date, without_site
from cleanse.html.plain_text import normalise
from cleanse.spans import cut, restore

CASES = Path(__file__).parent / "cases"
HARBOUR = (CASES / "html" / "harbour.html").read_text("utf-8")


def cases(name: str) -> list[dict[str, str]]:
    return tomllib.loads((CASES / name).read_text("utf-8"))["case"]


def kept(page: Page) -> str:
    return cut(page.text, page.removed)


def rules_of(page: Page) -> dict[str, str]:
    return {span.rule: span.text for span in page.removed}


@pytest.fixture(scope="module")
def harbour() -> Page:
    return extract(HARBOUR)


# --- plain text


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        ("a\r\nb\rc\u2028d\u2029e\vf\fg\x85h", "a\nb\nc\nd\ne\nf\ng\nh"),
        ("a  \nb\t\u00a0\n  c", "a\nb\n  c"),
        ("\ufeffa", "a"),
        ("\n \n  a\n\n\nb\n\n \n", "  a\n\n\nb"),
        ("", ""),
        (" \n\t\r\n", ""),
    ],
)
def test_plain_text_gets_uniform_line_ends_and_nothing_else(raw, text):
    assert extract(raw, kind="text") == Page(text)


@given(st.text(alphabet=st.sampled_from("a \t\r\n\v\f\x85\u2028\ufeffé<b>")))
def test_normalising_twice_changes_nothing(text):
    assert normalise(normalise(text)) == normalise(text)


def test_plain_text_that_is_said_to_be_text_is_never_parsed():
    assert extract("<p>a</p>", kind="text").text == "<p>a</p>"


def test_text_that_mentions_tags_is_not_taken_for_html():
    text = "Write <b> before a word and </b> after it.\nThat is all there is to say about it, in this article at least."
    assert extract(text) == Page(text)


@pytest.mark.parametrize("case", cases("extract_sniff.toml"), ids=lambda case: case["claim"])
def test_sniffing(case):
    assert sniff(case["text"]) == case["kind"]


# --- the visible text


@pytest.mark.parametrize("case", cases("extract_visible.toml"), ids=lambda case: case["claim"])
def test_the_visible_text(case):
    page = extract(case["html"], kind="html", extractor="none")
    assert page.text == case["text"]
    assert page.removed == ()


def test_hidden_paragraphs_that_make_an_article_count_as_shown():
    body = "".join(f"<p>Paragraph {i} of a story that a script is to show to the reader.</p>" for i in range(20))
    assert "Paragraph 7" in extract(f"<div hidden id='S:0'>{body}</div>", kind="html").text


def test_elements_nested_too_deeply_to_parse_lose_no_text():
    page = extract("<div>word " * 5000, kind="html")
    assert page.text.split() == ["word"] * 5000


# --- what stays and what goes


def test_text_and_removed_spans_give_the_page_text(harbour):
    assert restore(kept(harbour), harbour.removed) == harbour.text
    assert all(span.text == harbour.text[span.start : span.end] for span in harbour.removed)
    assert all(a.end <= b.start for a, b in pairwise(harbour.removed))
    assert {span.step for span in harbour.removed} == {"extract"}


def test_headline_standfirst_subheading_and_text_stay(harbour):
    assert kept(harbour).split("\n")[:3] == [
        "Old crane swings again",
        "",
        "After nine years under tarpaulin, the harbour's hand-built crane lifted its first load.",
    ]
    for words in ("A smith from the next valley\n", "asked for a piano.", "It lifted a single crate of apples."):
        assert words in kept(harbour)


def test_chrome_goes_and_its_rule_says_where_it_stood(harbour):
    rules = rules_of(harbour)
    assert "Boats for sale" in rules["html.nav"]
    assert "Ferry will not run" in rules["html.related"]
    assert "apples were good" in rules["html.comments"]
    assert "We use cookies" in rules["html.cookie"]
    assert "All rights reserved" in rules["html.footer"]
    assert "Ivo Lindqvist" in rules["metadata.author"]


def test_evidence_shows_the_outermost_element_that_tells(harbour):
    evidence = {span.rule: span.evidence for span in harbour.removed}
    assert evidence["html.comments"] == 'in <section id="comments" class="comments-area">'
    assert evidence["html.nav"] == 'in <nav class="main-menu">'


def test_of_a_block_an_extractor_may_keep_a_run_of_sentences():
    page = extract(HARBOUR, extractor="trafilatura")
    assert "with a grease gun and a lamp. The rope is new, the drum is not." in kept(page)
    assert "with a friend" not in kept(page)


def test_a_page_of_which_the_extractor_says_nothing_keeps_its_text():
    assert kept(extract("<p>Two words</p>", kind="html")) == "Two words"


def test_a_repeated_teaser_does_not_keep_its_copies():
    line = "The ferry will not run in April because its engine is being replaced by a larger one."
    story = "".join(f"<p>Sentence number {i} tells something else about the ferry and its crew.</p>" for i in range(12))
    page = extract(
        f"<body><nav><a>{line}</a></nav><article><p>{line}</p>{story}</article><footer><a>{line}</a></footer>",
        kind="html",
    )
    assert kept(page).count(line) == 1
    assert kept(page).startswith(line)


# --- alignment


def flags(blocks: list[str], output: str) -> str:
    return "".join(map(str, align([block.split() for block in blocks], output)))


@pytest.mark.parametrize(
    ("blocks", "output", "expected"),
    [
        (["a b c", "d e f"], "d e f", "000111"),
        (["home", "a b c d", "home"], "a b c d", "011110"),
        (["a b c d e f"], "a b c\nd e f", "111111"),
        (["bold ness of words"], "boldness of words", "1111"),
        (["one two three", "x", "one two three", "four five six"], "one two three\nfour five six", "0000111111"),
        (["late find here", "first block here now"], "first block here now\nlate find here", "1111111"),
        (["a b"], "", "00"),
        ([], "a b c", ""),
    ],
)
def test_words_of_the_output_are_found_where_they_jump_least(blocks, output, expected):
    assert flags(blocks, output) == expected


@given(st.lists(st.text(alphabet="ab c", max_size=12), max_size=12), st.data())
@settings(max_examples=200)
def test_an_output_of_whole_blocks_keeps_all_their_words(blocks, data):
    chosen = [block for block in blocks if data.draw(st.booleans())]
    found = flags(blocks, "\n".join(chosen))
    assert found.count("1") <= sum(len(block.split()) for block in blocks)
    assert flags(blocks, "\n".join(blocks)).count("0") == 0 or len(set(blocks)) < len(blocks)


# --- metadata


def test_the_html_states_title_author_date_and_address(harbour):
    assert harbour.title == "Old crane swings again"
    assert harbour.author == "Maud Ferrier; Ivo Lindqvist"
    assert harbour.date == "2024-03-09"
    assert harbour.url == "https://courier.example/2024/crane"


@pytest.mark.parametrize(
    ("title", "site", "url", "expected"),
    [
        ("Crane swings | The Quay Courier", "The Quay Courier", None, "Crane swings"),
        ("The Quay Courier: Crane swings", None, None, "The Quay Courier: Crane swings"),
        ("Crane swings - News - courier.example", None, "https://www.courier.example/a", "Crane swings - News"),
        ("Quay Courier » Crane swings", "Quay Courier", None, "Crane swings"),
        ("War – and peace", "Books", "https://books.example/", "War – and peace"),
        ("Books", "Books", None, "Books"),
        ("A | b | Site", "Site", "http://[broken", "A | b"),
    ],
)
def test_only_the_name_of_the_site_leaves_the_title(title, site, url, expected):
    assert without_site(title, site, url) == expected


@pytest.mark.parametrize(
    ("value", "date"),
    [
        ("2024-03-09T07:30:00+01:00", "2024-03-09"),
        ("2024-03", "2024-03"),
        ("2024", "2024"),
        ("20240309", "2024-03-09"),
        ("2024/3/9 10:00", "2024-03-09"),
        ("9.3.2024", "2024-03-09"),
        ("Sat, 09 Mar 2024 07:30:00 GMT", "2024-03-09"),
        ("2024-13-01", None),
        ("yesterday", None),
        ("", None),
        ("9" * 400, None),
    ],
)
def test_dates_become_iso_8601_or_nothing(value, date):
    assert iso_date(value) == date


# --- backends


def test_an_unknown_extractor_is_an_error_that_lists_the_known_ones():
    with pytest.raises(SettingError, match="auto, fast, trafilatura, trafilatura-fast, none"):
        extract("a", extractor="fastest")


@pytest.mark.parametrize("name", ["nowhere.at.all:f", "json:nothing", "json:__doc__", ":"])
def test_an_extractor_that_cannot_be_loaded_is_an_error(name):
    with pytest.raises(SettingError, match="Use one of"):
        extract("a", extractor=name)


@pytest.mark.parametrize("name", EXTRACTORS)
def test_every_named_extractor_works(name):
    assert "asked for a piano." in kept(extract(HARBOUR, extractor=name))


def first_paragraph(_html, tree, _url):
    return "".join(tree.find(".//p[@class='standfirst']").itertext())


def failing(_html, _tree, _url):
    raise RuntimeError


def test_an_extractor_of_ones_own_decides_what_stays(monkeypatch):
    monkeypatch.syspath_prepend(str(Path(__file__).parent))
    page = extract(HARBOUR, extractor="test_extract:first_paragraph")
    assert "hand-built crane" in kept(page)
    assert "piano" not in kept(page)


def test_when_an_extractor_fails_all_visible_text_stays(monkeypatch):
    monkeypatch.syspath_prepend(str(Path(__file__).parent))
    page = extract(HARBOUR, extractor="test_extract:failing")
    assert page.removed == ()
    assert "piano" in page.text


# --- bad input and order

BAD = {
    "empty": "",
    "NULs": "<p>a\0b\x01c</p>" * 5,
    "lone surrogate": "<p>a \ud800 b</p>",
    "declared encoding": '<?xml version="1.0" encoding="utf-16"?><html><body><p>caf\u00e9</p></body></html>',
    "only a comment": "<!-- nothing -->",
    "open comment": "<p>a</p><!-- " * 50,
    "open tag": "<p " + "a=b " * 500,
    "self-closed html": "<html lang=en/><body>text</body>",
    "frames": "<frameset><frame src=a></frameset>",
    "broken JSON-LD": '<script type="application/ld+json">{"@type": "Article", "author": [[[[1, null, {"name": 5}]]]}</script><p>a</p>',
    "odd JSON-LD": '<script type="application/ld+json">{"@type": ["Article", 3], "author": [1, null, {"name": 5}], "publisher": "x", "headline": {}}</script><p>a</p>',
    "deep JSON-LD": '<script type="application/ld+json">' + "[" * 100_000 + "</script><p>a</p>",
    "angle brackets": "<" * 1000,
    "nested tables": "<table><tr><td>x " * 300,
    "a row of many cells": "<table><tr>" + "<td>x</td>" * 2000 + "</tr></table>",
    "bad address": '<link rel=canonical href="http://[oops"><p>a</p>',
    "svg title": "<svg><title>a</title></svg><p>b</p>",
}


@pytest.mark.parametrize("name", BAD)
def test_bad_html_never_raises(name):
    page = extract(BAD[name], kind="html", url="http://[broken")
    assert restore(kept(page), page.removed) == page.text


TAGS = ["<p>", "</p>", "<div>", "<b>", "<br>", "<td>", "<pre>", "a b", ". ", "\n", "<!--", "<"]


@given(st.lists(st.sampled_from(TAGS)).map("".join))
@settings(max_examples=100, deadline=None)
def test_any_soup_of_tags_keeps_the_law(html):
    page = extract(html, kind="html")
    assert restore(kept(page), page.removed) == page.text
    assert all(line == line.rstrip() for line in page.text.split("\n"))


def test_the_same_page_gives_the_same_marks_whatever_came_before(harbour):
    for other in BAD.values():
        extract(other, kind="html")
    for _ in range(4):
        assert extract(HARBOUR) == harbour


@pytest.mark.slow
def test_another_process_with_another_hash_seed_gives_the_same_marks(harbour):
    code = "import sys; from cleanse.html import extract; print(ascii(extract(sys.stdin.buffer.read().decode())))"
    runs = [
        subprocess.run(
            [sys.executable, "-c", code],
            input=HARBOUR.encode(),
            capture_output=True,
            check=True,
            env={**os.environ, "PYTHONHASHSEED": seed},
        ).stdout
        for seed in ("1", "2")
    ]
    assert runs[0] == runs[1]
    assert runs[0].decode().strip() == ascii(harbour)


def test_importing_the_stage_does_not_load_trafilatura():
    code = "import sys, cleanse.html; print([m for m in ('trafilatura', 'lxml') if m in sys.modules])"
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, text=True).stdout
    assert json.loads(out) == []


# --- on real pages


@pytest.mark.slow
@pytest.mark.parametrize(("name", "least"), [("trafilatura", -0.005), ("auto", 0.01), ("fast", 0.01)])
def test_on_real_pages_an_extractor_is_worth_its_name(name, least, shared):
    """A gate with pinned floors beside trafilatura's own text; `benchmarks/extract.py --folds` measures it all."""
    sys.path.insert(0, str(Path(__file__).parents[1] / "benchmarks"))
    try:
        from extract import gate
    finally:
        sys.path.pop(0)
    ours, theirs = gate(shared / "bench" / "extraction", every=12, name=name)
    assert ours >= theirs + least
