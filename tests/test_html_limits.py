"""HTML: every part is linear in the page and bounded, and a limit that acts leaves evidence."""

from __future__ import annotations

import sys
from contextlib import contextmanager

import pytest

from cleanse.html import extract
from cleanse.html.html_page import MAX_DEPTH, MAX_ELEMENTS
from cleanse.html.metadata import MAX_TITLE, read_metadata
from cleanse.html.parsing import parse
from cleanse.html.source_limits import MAX_ATTRIBUTES, limit_attributes

WORD = "x "
PAGES = {
    "divisions": lambda n: "<div>word and word</div>" * n,
    "divisions within divisions": lambda n: "<div><div>a</div></div>" * n,
    "inline spans": lambda n: "<p>" + "<span>w </span>" * n,
    "links": lambda n: "<p>" + "<a href=x>w </a>" * n,
    "line breaks": lambda n: "a<br>" * n,
    "table rows": lambda n: "<table>" + "<tr><td>a<td>b</tr>" * n,
    "headings within headings": lambda n: "<h1>a" * min(1500, n) + WORD * n,
    "authors within authors": lambda n: "<div rel=author>" * min(1500, n) + "<p></p>" * n,
    "hidden within hidden": lambda n: "<div hidden>" * min(1500, n) + "<p></p>" * n,
    "unclosed tags": lambda n: "<div>a" * n,
    "JSON-LD lists": lambda n: (
        '<script type="application/ld+json">[' + ",".join("[{}]" for _ in range(n)) + "]</script>a"
    ),
    "references in JSON-LD": lambda n: (
        '<script type="application/ld+json">{"@type": "Article", "author": ['
        + ",".join('{"@id": "a"}' for _ in range(n))
        + "]}</script>a"
    ),
}


def steps(html: str) -> int:
    """Calls of functions, Python's and C's, that reading a page takes."""
    count = 0

    def counted(_frame, event, _argument):
        nonlocal count
        count += event in ("call", "c_call")

    with profiling(counted):
        extract(html, kind="html", extractor="none")
    return count


@contextmanager
def profiling(function):
    before = sys.getprofile()
    sys.setprofile(function)
    try:
        yield
    finally:
        sys.setprofile(before)


@pytest.mark.slow
@pytest.mark.parametrize("name", PAGES)
def test_twice_the_page_takes_about_twice_the_steps(name):
    page = PAGES[name]
    extract(page(10), kind="html", extractor="none")  # what is read once per process
    small, middle, large = (steps(page(n)) for n in (2000, 4000, 8000))
    assert middle < 3 * small
    assert large < 3 * middle


# --- attributes


def many_attributes(n: int, value: str) -> str:
    return "<p " + " ".join(f"a{i}={value}" for i in range(n)) + ">text</p><p id=last>end</p>"


@pytest.mark.parametrize("value", ["1", "'>'", '"<p a="', "<", "'", ""])
def test_an_element_has_no_more_attributes_than_the_limit_when_it_is_parsed(value):
    limited = limit_attributes("<i>before</i>" + many_attributes(3 * MAX_ATTRIBUTES, value))
    tree = parse(limited.html)
    assert max(len(element.attrib) for element in tree.iter()) <= MAX_ATTRIBUTES
    assert "before" in "".join(tree.itertext())


def test_attributes_that_are_left_out_are_counted_in_the_repairs():
    page = extract(many_attributes(MAX_ATTRIBUTES + 7, "'>'"), kind="html")
    assert page.repairs == ("attributes-cut:7",)
    assert page.text == "text\n\nend"


@pytest.mark.parametrize(
    "html",
    [
        many_attributes(MAX_ATTRIBUTES, "1"),
        "<script>" + "if (i<n && a b c) " * 2000 + "</script><p>text</p>",
        "<style>" + "a b <c d " * 2000 + "</style><p>text</p>",
        "<!-- <p " + "a b c " * 2000 + "--><p>text</p>",
        "<p title='" + "a b c " * 2000 + "'>text</p>",
        "a < b " * 2000,
    ],
)
def test_a_source_within_the_limit_is_not_touched(html):
    assert limit_attributes(html) == (html, 0)


# --- what goes to an extractor


def asked(_html, _tree, _url):
    raise AssertionError


@pytest.mark.parametrize(
    ("html", "repair"),
    [
        ("<div>a</div>" * (MAX_ELEMENTS + 1), "extractor-not-asked:elements"),
        ("<p>" + "<span>a </span>" * (MAX_ELEMENTS + 1), "extractor-not-asked:elements"),
        ("<div>" * (MAX_DEPTH + 1) + "a", "extractor-not-asked:depth"),
        ("<table><tr>" + "<td>a</td>" * 2000 + "</tr></table>", "extractor-not-asked:cells"),
        ("<div>a " * 3000, "flattened"),
    ],
)
def test_an_extractor_is_not_asked_about_a_page_beyond_a_limit_and_the_page_says_so(html, repair, monkeypatch):
    monkeypatch.setattr("cleanse.html.html_page.load_extractor", lambda _name: asked)
    page = extract(html, kind="html", extractor="trafilatura")
    assert page.repairs == (repair,)
    assert page.removed == ()
    assert "a" in page.text


# --- metadata


def metadata(html: str):
    return read_metadata(parse(html), "https://example.org/")


@pytest.mark.parametrize("filler", [" ", " | ", "site | ", "a b - "])
def test_a_title_is_read_up_to_a_limit(filler):
    html = f"<title>{filler * 20_000}</title><meta property=og:site_name content=site><p>text"
    assert len(metadata(html).title or "") <= MAX_TITLE


def test_the_name_of_the_site_leaves_a_title_however_often_it_stands_there():
    html = (
        f"<title>{'site | ' * 30}Crane swings{' | site' * 30}</title><meta property=og:site_name content=site><p>text"
    )
    assert metadata(html).title == "Crane swings"


def test_half_a_character_in_json_ld_does_not_leave_the_page():
    script = r'{"@type": "Article", "headline": "a \ud800 b", "author": "Ann \udfff Lee", "articleBody": "x \ud800"}'
    page = extract(f'<script type="application/ld+json">{script}</script><p>text</p>', kind="html")
    assert page.title == "a \ufffd b"
    assert (page.author or "").encode() == "Ann \ufffd Lee".encode()


def test_an_author_that_json_ld_only_refers_to_is_found():
    script = (
        '{"@graph": [{"@type": "NewsArticle", "headline": "Crane", "author": [{"@id": "#a"}, {"@id": "#b"}]},'
        '{"@type": "Person", "@id": "#b", "name": "Ivo Lind"}, {"@type": "Person", "@id": "#a", "name": "Maud Ferr"}]}'
    )
    assert metadata(f'<script type="application/ld+json">{script}</script>').author == "Maud Ferr; Ivo Lind"


def test_the_articles_own_time_comes_before_that_of_a_teaser():
    html = (
        "<aside><time datetime=2020-01-01>old</time></aside>"
        "<article><h1>Crane</h1><time datetime=2024-03-09>new</time><p>text</p></article>"
    )
    assert metadata(html).date == "2024-03-09"
