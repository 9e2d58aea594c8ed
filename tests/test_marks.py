"""Spans are cut once, and what was cut can be put back."""

from hypothesis import example, given
from hypothesis import strategies as st

from cleanse.documents import Span
from cleanse.spans import cut, project, restore, settle

TEXTS = st.text(alphabet="ab .\n\n", max_size=60)
OFFSETS = st.lists(st.tuples(st.integers(0, 60), st.integers(1, 20)), max_size=8)


def spans_of(text, offsets):
    return [
        Span(a, min(len(text), a + n), "", "chrome", f"r{i}", "") for i, (a, n) in enumerate(offsets) if a < len(text)
    ]


def mark(text, *parts):
    return [Span(text.index(p), text.index(p) + len(p), p, "chrome", "r", "") for p in parts]


@given(TEXTS, OFFSETS)
@example("A. X\n\nY B", [(3, 1), (6, 1)])
def test_text_and_removed_spans_are_the_page(text, offsets):
    spans = settle(text, spans_of(text, offsets))
    assert all(s.text == text[s.start : s.end] and s.text for s in spans)
    assert all(a.end <= b.start for a, b in zip(spans, spans[1:], strict=False))
    assert restore(cut(text, spans), spans) == text


@given(TEXTS, OFFSETS)
def test_settling_removes_no_word_that_was_not_marked(text, offsets):
    marked = {i for s in spans_of(text, offsets) for i in range(s.start, s.end)}
    for span in settle(text, spans_of(text, offsets)):
        assert all(i in marked or text[i].isspace() for i in range(span.start, span.end))


@given(TEXTS, OFFSETS)
def test_settling_removes_every_marked_word(text, offsets):
    marked = {i for s in spans_of(text, offsets) for i in range(s.start, s.end) if not text[i].isspace()}
    gone = {i for s in settle(text, spans_of(text, offsets)) for i in range(s.start, s.end)}
    assert marked <= gone


@given(TEXTS, OFFSETS, OFFSETS)
def test_spans_found_on_cut_text_lie_on_the_same_words_of_the_page(text, first, second):
    removed = settle(text, spans_of(text, first))
    kept = cut(text, removed)
    found = settle(kept, spans_of(kept, second))
    both = sorted([*removed, *project(found, removed, text)], key=lambda s: s.start)
    assert cut(text, both) == cut(kept, found)


def test_a_removed_line_takes_its_break_and_one_gap_along():
    text = "One.\n\nLeave a comment\n\nTwo."
    assert cut(text, settle(text, mark(text, "Leave a comment"))) == "One.\n\nTwo."


def test_a_removed_line_does_not_join_paragraphs():
    text = "One.\nShare\n\nTwo."
    assert cut(text, settle(text, mark(text, "Share"))) == "One.\n\nTwo."


def test_a_removed_tail_leaves_no_blank_lines():
    text = "One.\n\nShare\n\nFooter"
    assert cut(text, settle(text, mark(text, "Share", "Footer"))) == "One."


def test_the_rest_of_a_line_keeps_its_place():
    text = "Headline Body.\n\nTwo."
    assert cut(text, settle(text, mark(text, "Headline"))) == "Body.\n\nTwo."


def test_the_earlier_named_span_keeps_contested_characters():
    text = "one two three"
    first, second = Span(4, 7, "", "extract", "a", ""), Span(0, 13, "", "chrome", "b", "")
    assert [(s.rule, s.text) for s in settle(text, [first, second])] == [("b", "one "), ("a", "two"), ("b", " three")]
