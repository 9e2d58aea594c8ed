"""A page cut down to what a person looks at: the text that was kept is always reached."""

from cleanse.documents import Span
from cleanse.report.excerpts import shown_rows
from cleanse.report.layout import ELIDED, KEPT


def marked(*parts):
    """A page text of parts, those in a tuple removed, and its spans."""
    text, spans = "", []
    for part in parts:
        removed = isinstance(part, tuple)
        words = part[0] if removed else part
        if removed:
            spans.append(Span(len(text), len(text) + len(words), words, "chrome", f"en.{len(spans)}", "seen"))
        text += words
    return text, spans


def shown(text, spans):
    rows, told = shown_rows(text, spans, len(text))
    return [tuple(stretch) for row in rows for stretch in row], [span.rule for span in told]


def test_a_short_page_is_shown_whole():
    text, spans = marked("Headline\n", ("Share this\n",), "The text of the page.\n")
    found, notes = shown(text, spans)
    assert "".join(words for words, _ in found) == text
    assert notes == ["en.0"]


def test_of_many_removed_spans_in_a_row_some_are_shown_and_the_text_below_is_reached():
    text, spans = marked(*[(f"Menu entry {n}\n",) for n in range(400)], "The text of the page.\n", ("Footer\n",))
    found, notes = shown(text, spans)
    assert ("The text of the page.\n", KEPT) in found
    assert len(notes) == 12
    assert notes[-2:] == ["en.399", "en.400"]
    (left,) = [words for words, number in found if number == ELIDED]
    assert left.startswith("389 more spans, ")


def test_what_is_left_out_adds_up():
    text, spans = marked(*[(f"Menu entry {n}\n",) for n in range(400)], "The text.\n")
    found, _ = shown(text, spans)
    (left,) = [words for words, number in found if number == ELIDED]
    assert len(text) - sum(len(words) for words, number in found if number != ELIDED) == int(
        left.split(", ")[1].split()[0].replace(",", "")
    )


def test_a_long_stretch_is_cut_where_lines_end():
    lines = "".join(f"This is line {n} of a long list of links.\n" for n in range(200))
    found, _ = shown(*marked((lines,), "The text.\n"))
    first, middle, last = found[:3]
    assert first[0].endswith(".\n")
    assert "more characters removed" in middle[0]
    assert last[0].startswith("This is line")


def test_deep_indentation_is_not_shown_and_goes_with_its_own_line():
    text, spans = marked(
        ("                * Menu\n                    ",), "The text of the page\n                 goes on.\n"
    )
    found, _ = shown(text, spans)
    assert found == [("* Menu\n", 0), ("The text of the page\n  goes on.\n", KEPT)]


def test_a_page_of_very_many_spans_ends_with_what_is_left():
    parts = [part for n in range(2000) for part in ((f"Share {n}\n",), f"Paragraph {n} of the text.\n")]
    found, notes = shown(*marked(*parts))
    assert len(notes) <= 250
    assert found[-1][1] == ELIDED
    assert "more spans" in found[-1][0]


def test_without_the_text_of_a_dry_run_the_removed_spans_are_shown_with_how_much_lies_between():
    text, spans = marked(("Menu\n",), "The text of the page.\n", ("Footer\n",))
    rows, told = shown_rows(None, spans, len(text))
    assert [tuple(stretch) for row in rows for stretch in row] == [
        ("Menu\n", 0),
        ("22 characters kept", ELIDED),
        ("Footer\n", 1),
    ]
    assert told == spans


def test_a_pinned_span_is_not_left_out():
    text, spans = marked(*[(f"Menu entry {n}\n",) for n in range(400)], "The text.\n")
    rows, told = shown_rows(text, spans, len(text), spans[200])
    assert [span.rule for span in told][-2:] == ["en.200", "en.399"]
    left = [words for row in rows for words, number in row if number == ELIDED]
    assert [words.split(",")[0] for words in left] == ["190 more spans", "198 more spans"]
