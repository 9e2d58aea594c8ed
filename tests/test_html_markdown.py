"""HTML as Markdown: the page text and its spans follow one rendering."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cleanse.html import extract
from cleanse.spans import cut, restore

HERE = Path(__file__).parent / "cases"
CASES = tomllib.loads((HERE / "html_markdown.toml").read_text("utf-8"))["case"]
HARBOUR = (HERE / "html" / "harbour.html").read_text("utf-8")
TAGS = [
    "<p>",
    "</p>",
    "<h2>",
    "</h2>",
    "<ul>",
    "<li>",
    "</ul>",
    "<table>",
    "<tr>",
    "<td>",
    "</table>",
    "<pre>",
    "</pre>",
    "a b",
    ". ",
    "\n",
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["claim"])
def test_markdown(case):
    assert extract(case["html"], "html", extractor="none", markdown=True).text == case["text"]


def test_what_is_removed_of_markdown_is_what_is_removed_of_plain_text():
    plain, marked = extract(HARBOUR, "html"), extract(HARBOUR, "html", markdown=True)
    assert [(span.rule, span.evidence) for span in marked.removed] == [(s.rule, s.evidence) for s in plain.removed]
    kept = cut(marked.text, marked.removed)
    assert kept.startswith("# ")
    assert restore(kept, marked.removed) == marked.text


@given(st.lists(st.sampled_from(TAGS)).map("".join))
@settings(max_examples=100, deadline=None)
def test_any_soup_of_tags_keeps_its_words_and_the_law(html):
    plain, marked = extract(html, "html"), extract(html, "html", markdown=True)
    assert restore(cut(marked.text, marked.removed), marked.removed) == marked.text
    letters = [character for character in marked.text if character.isalpha()]
    assert letters == [character for character in plain.text if character.isalpha()]
