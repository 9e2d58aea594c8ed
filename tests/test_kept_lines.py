"""What the user's own keep rules name stays, whichever stage would have removed it, and the document says so."""

from __future__ import annotations

import pytest

from cleanse import Config, clean
from cleanse.spans import restore

STORY = "".join(
    f"<p>On day {n} the choir sang in the old mill, and three hundred people came to hear it.</p>" for n in range(2, 9)
)
PAGE = f"""<title>The choir</title><nav><ul><li><a href=/>Home</a></li><li><a href=/n>Tide tables</a></li></ul></nav>
<main><h1>The choir</h1>{STORY}</main>
<aside class=related><h3>Read more</h3><ul><li><a href=a>The mill is for sale</a></li><li><a href=b>A new bridge</a></li></ul>
<p>Concert programme:</p><ul><li>Songs of salt</li><li>Songs of sand</li></ul></aside><footer>Contact · Imprint</footer>"""


@pytest.fixture
def cleaned(tmp_path):
    def clean_with(rules: str, **options):
        (tmp_path / "rules.toml").write_text(rules)
        return clean(PAGE, "https://mill.example/choir", config=Config(rules=str(tmp_path / "rules.toml"), **options))

    return clean_with


def rule(more: str) -> str:
    return f'[[rule]]\nname = "own-line"\naction = "keep"\n{more}\n'


@pytest.mark.parametrize("extractor", ["auto", "fast", "trafilatura"])
def test_a_line_that_extraction_left_out_stays_if_an_own_rule_keeps_it(cleaned, extractor):
    assert "Tide tables" not in clean(PAGE, config=Config(extractor=extractor)).text
    page = cleaned(rule('lines = ["tide tables"]'), extractor=extractor)
    assert "Tide tables" in page.text.splitlines()
    assert "Home" not in page.text
    assert "On day 8" in page.text


def test_the_document_says_which_rule_brought_lines_back(cleaned):
    page = cleaned(rule('lines = ["tide tables", "songs of salt"]'))
    assert page.doubt == "kept 2 lines that extraction left out: own.own-line"
    assert clean(PAGE).doubt is None


def test_the_list_below_a_label_stays_with_it(cleaned):
    page = cleaned(rule('lines = ["concert programme"]\nscope = "block"'))
    assert page.text.endswith("Concert programme:\n\nSongs of salt\nSongs of sand")


@pytest.mark.parametrize(("site", "stays"), [("mill.example", True), ("port.example", False)])
def test_a_rule_for_a_site_keeps_lines_of_its_pages_only(cleaned, site, stays):
    page = cleaned(rule(f'lines = ["tide tables"]\nsites = ["{site}"]'))
    assert ("Tide tables" in page.text) == stays


@pytest.mark.parametrize("format_", ["text", "markdown"])
def test_text_and_removed_spans_are_the_page(cleaned, format_):
    everything = clean(PAGE, config=Config(extractor="none", skip=("chrome",), format=format_)).text
    page = cleaned(rule('lines = ["tide tables", "contact · imprint"]'), format=format_)
    assert restore(page.text, page.removed) == everything


def test_rules_of_the_package_bring_nothing_back():
    page = clean("<title>Choir</title><footer><p>Songs of salt</p></footer><main><h1>Choir</h1>" + STORY + "</main>")
    assert "Songs of salt" not in page.text
