"""HTML: the own engine is exact, linear and never empty, and says why it leaves a block out."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cleanse import Config, clean
from cleanse.chrome import engine as chrome_engine
from cleanse.chrome.line_chances import line_chances
from cleanse.document_reading import read_document
from cleanse.documents import Record
from cleanse.html import block_network, decision, extract
from cleanse.html.block_engine import find_lists, judge, level_lists, read_facts, words_of_blocks
from cleanse.html.element_scores import TokenWeights, token_scores
from cleanse.html.element_tokens import block_keys, keys_of
from cleanse.html.linear_scores import WordWeights, word_sums
from cleanse.html.metadata import read_metadata
from cleanse.html.model_file import FILE, load_model, save_model
from cleanse.html.parsing import parse
from cleanse.html.trees import put_in_bins
from cleanse.html.visible_text import render
from cleanse.html.votes import vote_columns
from cleanse.html.word_keys import word_keys
from cleanse.pipeline.rows import draft_of, row_of_draft
from cleanse.spans import cut, restore

BINS = 255  # more than any feature has
HARBOUR = (Path(__file__).parent / "cases" / "html" / "harbour.html").read_text("utf-8")
TAGS = [
    "<p>",
    "</p>",
    "<div class=menu>",
    "</div>",
    "<a href=x>",
    "</a>",
    "<li>",
    "<h1>",
    "</h1>",
    "<br>",
    "<td>",
    "a b c",
    "Words. ",
    "\n",
]


def facts_of(html: str):
    tree = parse(html)
    page = render(tree)
    model = load_model()
    keys = [keys_of(container.element) for container in page.containers]
    return page, read_facts(page, keys, words_of_blocks(page), read_metadata(tree), model), model


def kept(page) -> str:
    return cut(page.text, page.removed)


# --- exactness


def test_the_networks_sums_are_exact_whatever_their_order():
    """The same numbers summed from both ends give the same bits: no product or sum was rounded on the way."""
    _, facts, model = facts_of(HARBOUR)
    inputs = len(model.network["inp.weight"])
    x = facts.bins[:inputs].T.astype(np.float64)
    arguments = (facts.weights, facts.ranges.first, facts.ranges.end)
    order = np.arange(inputs)[::-1]
    turned = {**model.network, "inp.weight": model.network["inp.weight"][order]}
    assert np.array_equal(
        block_network.run(model.network, x, *arguments), block_network.run(turned, x[:, order], *arguments)
    )


@pytest.mark.parametrize("name", ["inp", "inp2", "proj.0", "mix.0", "proj.1", "mix.1", "out", "out2"])
def test_no_layer_can_sum_beyond_what_float64_holds_exactly(name):
    weights = load_model().network
    weight, bias = weights[f"{name}.weight"], weights[f"{name}.bias"]
    largest = BINS if name == "inp" else block_network.CAP
    assert np.array_equal(weight, np.rint(weight / block_network.WEIGHT_GRAIN) * block_network.WEIGHT_GRAIN)
    assert np.array_equal(bias, np.rint(bias / block_network.WEIGHT_GRAIN) * block_network.WEIGHT_GRAIN)
    total = np.abs(weight).sum(0) * largest + np.abs(bias)
    assert total.max() / block_network.WEIGHT_GRAIN < 2**53


def test_a_score_is_a_whole_number_of_grains():
    _, facts, _ = facts_of(HARBOUR)
    assert facts.network.dtype == np.int64


def test_a_page_is_judged_alike_after_another_one():
    first = extract(HARBOUR, "html", extractor="fast")
    extract("<p>Something else.</p>" * 50, "html", extractor="fast")
    assert extract(HARBOUR, "html", extractor="fast") == first


def test_the_model_file_holds_what_was_saved(tmp_path):
    model = load_model()
    save_model(model, tmp_path / "model.npz")
    again = load_model(tmp_path / "model.npz")
    assert (again.tokens, again.words, again.about) == (model.tokens, model.words, model.about)
    assert all(np.array_equal(again.network[name], value) for name, value in model.network.items())
    assert np.array_equal(again.trees.leaves, model.trees.leaves)


def test_the_model_file_is_small():
    assert FILE.stat().st_size < 6_000_000


# --- the parts


@given(st.lists(st.sampled_from(TAGS), max_size=40).map("".join))
@settings(max_examples=50, deadline=None)
def test_scores_of_names_are_those_of_their_keys(html):
    page = render(parse(f"<body><p>x</p>{html}"))
    weights = {key: 3 * len(key) - 20 for keys in block_keys(page.blocks, page.containers) for key in keys}
    keys = [keys_of(container.element) for container in page.containers]
    expected = [7 + sum(weights[key] for key in own) for own in block_keys(page.blocks, page.containers)]
    assert token_scores(page.blocks, page.containers, keys, TokenWeights.of(weights), 7).tolist() == expected


@given(st.lists(st.lists(st.sampled_from(["rope", "drum", "new", "0"]), max_size=8), max_size=4))
def test_the_sum_of_a_block_is_that_of_its_keys_each_counted_once(blocks):
    weights = {key: 3 * len(key) - 20 for block in blocks for key in word_keys(block)[::2]}
    sums, known = word_sums(blocks, WordWeights.of(weights))
    expected = [[weights[key] for key in set(word_keys(block)) if key in weights] for block in blocks]
    assert sums.tolist() == [sum(own) for own in expected]
    assert known.tolist() == [len(own) for own in expected]


def test_a_long_block_has_keys_of_its_words_pairs_length_and_ends():
    keys = word_keys(["the", "rope", "is", "new", "now"])
    assert {"rope", "rope is", "#5", "^the", "now$"} <= set(keys)
    assert not any(key.startswith("=") for key in keys)
    assert "=read more" in word_keys(["read", "more"])


@given(st.lists(st.floats(-1e6, 1e6), min_size=1), st.lists(st.floats(-1e6, 1e6), max_size=20, unique=True))
def test_a_bin_is_the_number_of_borders_at_or_below_a_value(values, borders):
    bins = put_in_bins(np.array(values), np.array(sorted(borders)))
    assert bins.tolist() == [sum(border <= value for border in borders) for value in values]


@given(st.lists(st.tuples(st.integers(0, decision.ONE), st.integers(0, 50)), max_size=30))
def test_no_limit_on_the_chance_promises_a_better_f1(blocks):
    chance, words = (
        (np.array(own, np.int64) for own in zip(*blocks, strict=True)) if blocks else (np.zeros(0, np.int64),) * 2
    )
    choice = decision.choose(chance, words, 0, decision.ONE)
    share = chance / decision.ONE
    for limit in sorted(set(chance.tolist())):
        stays = chance >= limit
        expected = 2 * (share * words)[stays].sum() / max(words[stays].sum() + (share * words).sum(), 1e-9)
        assert choice.expected >= expected - 1e-4


def test_a_vote_is_seen_by_its_blocks_and_their_neighbours():
    _, facts, _ = facts_of("<div><p>One two.</p><p>Three four.</p></div><p>Five six.</p>")
    columns = vote_columns(np.array([1.0, 0.5, 0.0]), facts.weights, facts.words, facts.ranges)
    assert columns["vote"].tolist() == [64, 32, 0]
    assert columns["vote+1"].tolist() == [-1, 64, 32]
    assert columns["vote-1"].tolist() == [32, 0, -1]


# --- what becomes of pages


@given(st.lists(st.sampled_from(TAGS), min_size=1, max_size=40).map("".join))
@settings(max_examples=100, deadline=None)
def test_a_page_with_a_visible_word_never_comes_out_empty(html):
    page = extract(html, "html", extractor="auto")
    assert bool(re.search(r"\w", page.text)) <= bool(re.search(r"\w", kept(page)))
    assert restore(kept(page), page.removed) == page.text


def test_every_removed_span_has_a_rule_and_evidence(monkeypatch):
    page = extract(HARBOUR, "html", extractor="auto")
    assert page.removed
    for span in page.removed:
        assert span.rule
        assert span.evidence


def test_evidence_of_the_engine_says_how_likely_what_spoke_and_where():
    story = "".join(
        f"<p>Sentence number {n} tells what the crew of the ferry did on that day, and why they did it so.</p>"
        for n in range(12)
    )
    teasers = "".join(f"<li><a href={n}>Read more about boat {n}</a></li>" for n in range(9))
    html = f"<title>Ferry</title><body><main><h1>Ferry</h1>{story}</main><div class=rail><ul class=cards>{teasers}</ul></div>"
    page = extract(html, "html", extractor="fast")
    assert "Sentence number 3" in kept(page)
    assert "Read more about boat 3" not in kept(page)
    evidence = {span.evidence for span in page.removed if span.rule == "html.boilerplate"}
    assert all(re.match(r"content \d+%(, as in \".+\")?(, with \".+\")?, at .+", one) for one in evidence)
    assert any("div.rail" in one for one in evidence)


@pytest.mark.parametrize("extractor", ["auto", "fast"])
@pytest.mark.parametrize("home", ["aside class=main-column", "footer", "aside"])
def test_an_article_in_an_aside_or_a_footer_is_an_article_and_a_cookie_box_is_none(home, extractor):
    story = "".join(
        f"<p>On day {n} the choir sang in the old mill, and more than three hundred people came to hear it.</p>"
        for n in range(2, 7)
    )
    cookies = "<p>We use cookies to make this site work. Some are set by our partners, who measure how many people listen.</p>"
    html = (
        f"<title>The choir</title><nav><a href=/>Home</a> <a href=/n>News</a></nav><{home}><h1>The choir</h1>{story}</{home.split()[0]}>"
        f"<div class=cookie-consent>{cookies}<button>Accept all</button></div>"
    )
    text = kept(extract(html, "html", extractor=extractor))
    assert text.startswith("The choir")
    assert "On day 2" in text
    assert "On day 6" in text
    assert "We use cookies" not in text


@pytest.mark.parametrize("between", [" ", " | "])
@pytest.mark.parametrize("name", ["sidebar", "left", "menu"])
def test_a_row_of_links_beside_the_article_of_a_layout_table_goes(name, between):
    links = between.join(f"<a href=/{word}>{word}</a>" for word in ("Home", "Songs"))
    story = "".join(
        f"<p>On day {n} the choir sang in the old mill, and more than three hundred people came to hear it."
        for n in range(2, 5)
    )
    html = (
        f"<title>Choir</title><table><tr><td class={name}>{links}</td>"
        f"<td class=content><h1>The choir in the mill</h1>{story}</td></tr></table>"
    )
    text = kept(extract(html, "html"))
    assert text.startswith("The choir in the mill")
    assert "On day 4" in text


def test_where_the_engine_is_sure_no_other_extractor_is_asked(monkeypatch):
    def asked(_html, _tree, _url):
        raise AssertionError

    monkeypatch.setattr("cleanse.html.html_page.load_extractor", lambda _name: asked)
    assert judge(*facts_of(HARBOUR)[1:]).expected > 0.93
    assert "asked for a piano." in kept(extract(HARBOUR, "html", extractor="auto"))


@pytest.mark.parametrize(
    ("extractor", "asked"), [("auto", False), ("fast", False), ("trafilatura", True), ("none", True)]
)
def test_the_line_model_is_not_asked_about_blocks_that_the_engine_judged(monkeypatch, extractor, asked):
    questions = []
    ask = chrome_engine._judge

    def count(*arguments):
        questions.append(arguments)
        return ask(*arguments)

    monkeypatch.setattr(chrome_engine, "_judge", count)
    clean(HARBOUR, config=Config(extractor=extractor))
    assert bool(questions) == asked


def test_a_cached_draft_still_says_whether_the_engine_judged_it():
    draft = read_document(Record("1", HARBOUR), "auto")
    assert draft.page.judged
    assert draft_of(row_of_draft(0, "1", draft), "1").page.judged


NEW_TAB = '<span style="clip:rect(0,0,0,0);clip-path:inset(50%);height:1px;position:absolute;width:1px">, opens new tab</span>'
STORY = "".join(
    f"<p>On day {n} the choir sang in the old mill, and three hundred people came to hear it.</p>" for n in range(2, 9)
)


@pytest.mark.parametrize(
    ("line", "stays"),
    [
        (f"Shares of <a href=x>Nordmill{NEW_TAB}</a> rose by a tenth.", "Shares of Nordmill rose by a tenth."),
        (
            "See <a href=x>the plan <span class=sr-only>(external link)</span></a> of the mill.",
            "See the plan of the mill.",
        ),
        (
            "<button>Copy</button> The mill costs 5 € a day, and 20 € a week.",
            "The mill costs 5 € a day, and 20 € a week.",
        ),
        ("<button>When does the mill open in winter?</button>", "When does the mill open in winter?"),
        ("It is <span class=sr-only>5 €</span><span aria-hidden=true>5,-</span> a day.", "It is 5 €5,- a day."),
    ],
)
@pytest.mark.parametrize("extractor", ["auto", "fast"])
def test_what_is_no_part_of_its_line_goes_from_it(line, stays, extractor):
    page = extract(
        f"<title>Choir</title><article><h1>Choir</h1>{STORY}<p>{line}</p>{STORY}</article>", "html", None, extractor
    )
    assert stays in kept(page).splitlines()
    assert restore(kept(page), page.removed) == page.text


def test_the_line_model_is_asked_only_about_pages_that_the_engine_doubts():
    asked = []

    def ask(text, stretches):
        asked.append(text)
        return line_chances(text, stretches)

    extract(HARBOUR, "html", extractor="fast", lines=ask)
    assert not asked
    links = "".join(f"<div><a href={n}>Boat {n}</a> The boat of day {n} is for sale.</div>" for n in range(20))
    page = extract(f"<title>Boats</title>{links}", "html", extractor="fast", lines=ask)
    assert asked == [page.text]


def test_what_the_line_model_says_moves_a_verdict():
    page, facts, model = facts_of(HARBOUR)
    low, high = (judge(facts, model, [chance] * len(page.blocks)).chance for chance in (0.01, 0.99))
    assert (low <= high).all()
    assert (low < high).any()


def test_the_last_bits_of_a_chance_change_nothing():
    page, facts, model = facts_of(HARBOUR)
    chances = line_chances(page.text, [(block.start, block.end) for block in page.blocks])
    shaken = [chance * (1 + 1e-12) for chance in chances]
    assert np.array_equal(judge(facts, model, chances).chance, judge(facts, model, shaken).chance)


def test_chances_of_lines_are_those_of_the_stretches_they_stand_in():
    text = "Home\n\nThe ferry brings bread on every day but Sunday, says the harbour master.\n\nShare"
    one, two = line_chances(text, [(0, 4), (6, 80)])
    assert one < two
    assert line_chances(text, [(4, 6)]) == [0.5]
    assert line_chances("", []) == []
    assert line_chances("\n" * 10**6 + "x", [(10**6, 10**6 + 1)]) is None


@pytest.mark.parametrize("extractor", ["auto", "fast", "trafilatura"])
def test_a_term_stays_with_its_definition(extractor):
    terms = "<dl><dt>Ebb</dt><dd>The water goes out, for six hours and a quarter, on every coast of the bay.</dd></dl>"
    page = extract(f"<title>Tide</title><main><h1>Tide</h1>{STORY}{terms}{STORY}</main>", "html", extractor=extractor)
    assert "Ebb\nThe water goes out" in kept(page)


@given(st.lists(st.integers(-500, 500), min_size=6, max_size=6), st.lists(st.integers(8, 90), min_size=6, max_size=6))
def test_all_blocks_of_a_list_have_one_score_between_theirs(scores, weights):
    leveled = level_lists(np.array(scores), np.array(weights), [(1, 4)]).tolist()
    assert len(set(leveled[1:4])) == 1
    assert min(scores[1:4]) <= leveled[1] <= max(scores[1:4])
    assert leveled[:1] + leveled[4:] == scores[:1] + scores[4:]


def test_a_list_within_another_is_part_of_it():
    page = render(parse("<p>a</p><ul><li>b<ol><li>c</li><li>d</li></ol></li></ul><p>e</p><ol><li>f</li></ol>"))
    assert find_lists(page.containers) == [(1, 4), (5, 6)]
