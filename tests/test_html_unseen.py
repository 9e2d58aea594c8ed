"""HTML: text that no visible node holds is taken where a reader would get to see it, and on record."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path

import pytest

from cleanse.html import extract
from cleanse.spans import cut, restore

CASES = tomllib.loads((Path(__file__).parent / "cases" / "html_unseen.toml").read_text("utf-8"))["case"]
PARAGRAPHS = [
    f"On day {n} of the walk the path went along the river, past {n} mills and a ferry that carries two carts at a time."
    for n in range(2, 9)
]
BODY = "".join(f"<p>{text}</p>" for text in PARAGRAPHS)
ENABLE = "<noscript>You need to enable JavaScript to run this app.</noscript>"


def kept(page) -> str:
    return cut(page.text, page.removed)


def json_ld(body: str) -> str:
    node = {"@type": "NewsArticle", "headline": "A walk", "articleBody": body}
    return f'<script type="application/ld+json">{json.dumps(node)}</script>'


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["claim"])
def test_hidden_text(case):
    text = extract(case["html"], "html", extractor="none").text
    for words in case.get("has", ()):
        assert words in text
    for words in case.get("lacks", ()):
        assert words not in text


@pytest.mark.parametrize("extractor", ["auto", "fast", "trafilatura"])
@pytest.mark.parametrize(
    ("html", "source"),
    [
        (
            f"<title>A walk</title><div id=root><p>Loading…</p></div>{ENABLE}" + json_ld("\n\n".join(PARAGRAPHS)),
            "json-ld",
        ),
        (f"<title>A walk</title><div id=root></div>{ENABLE}" + json_ld(BODY), "json-ld"),
        ("<title>A walk</title><h1>A walk</h1><div style='display:none'>" + "<br><br>".join(PARAGRAPHS), "hidden"),
        (f"<title>A walk</title><div id=root><p>Loading…</p></div><noscript>{BODY}</noscript>", "noscript"),
        (f"<title>A walk</title><p>Loading…</p><template>{BODY}</template>", "template"),
        (f"<title>A walk</title><p>Loading…</p><iframe srcdoc='<html><body>{BODY}</body></html>'></iframe>", "srcdoc"),
    ],
    ids=["json-ld", "json-ld with tags", "hidden", "noscript", "template", "srcdoc"],
)
def test_an_article_that_is_not_visible_is_taken_and_the_page_says_from_where(html, source, extractor):
    page = extract(html, "html", extractor=extractor)
    assert f"text-from:{source}" in page.repairs
    assert [text for text in PARAGRAPHS if text in kept(page)] == PARAGRAPHS
    assert restore(kept(page), page.removed) == page.text


@pytest.mark.parametrize("extractor", ["auto", "trafilatura"])
def test_an_article_that_is_cut_short_goes_on_as_json_ld_has_it(extractor):
    shown = "".join(f"<p>{text}</p>" for text in PARAGRAPHS[:3])
    html = f"<title>A walk</title><article><h1>A walk</h1>{shown}</article>" + json_ld("\n".join(PARAGRAPHS))
    page = extract(html, "html", extractor=extractor)
    assert page.repairs == ("text-from:json-ld",)
    assert [kept(page).count(text) for text in PARAGRAPHS] == [1] * len(PARAGRAPHS)
    assert [kept(page).index(text) for text in PARAGRAPHS] == sorted(kept(page).index(text) for text in PARAGRAPHS)


@pytest.mark.parametrize("body", [" ".join(PARAGRAPHS[:4]), "", "Another text altogether. " * 200])
def test_a_visible_article_is_left_alone_by_a_body_that_does_not_continue_it(body):
    html = f"<title>A walk</title><article><h1>A walk</h1>{BODY}</article>" + json_ld(body)
    page = extract(html, "html")
    assert page.repairs == ()
    assert kept(page).count(PARAGRAPHS[0]) == 1
