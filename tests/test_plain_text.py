"""What the carrier of a plain text added is marked: running heads, page numbers, the times of subtitles."""

from __future__ import annotations

import pytest

import cleanse
from cleanse.html.plain_text import normalise, read_plain_text
from cleanse.spans import cut, restore

BODIES = (
    "The ferry stopped in 1961, when the new bridge was opened. The old pilot kept his cap and his\ntwo oars.",
    "He sold the boat to a brewer, who made a table of it. Nobody in the village drank there for\na year.",
    "In 1970 the table was sold again, and the pilot bought it. It stands in the kitchen of his\ndaughter.",
    "She says that it leaks when the river is high, and that no plate has ever slid off it, not once.",
)


def printed(pages):
    """A text of several pages, each with a form feed behind it."""
    return "\f".join("\n".join(line for line in page if line) for page in pages) + "\f"


def kept(text):
    page = read_plain_text(text)
    assert restore(cut(page.text, page.removed), page.removed) == page.text == normalise(text)
    return cut(page.text, page.removed)


def rules(text):
    return {span.rule for span in read_plain_text(text).removed}


@pytest.mark.parametrize("pages", [2, 3, 4])
def test_heads_feet_and_page_numbers_go(pages):
    text = printed(["River Annals, No. 12", str(31 + n), "", BODIES[n], "www.river.example"] for n in range(pages))
    assert kept(text).split() == " ".join(BODIES[:pages]).split()
    assert rules(text) == {"pages.head", "pages.foot", "pages.number"}


def test_the_heads_of_left_and_right_pages_go():
    heads = ("River Annals", "The Last Ferry")
    text = printed([heads[n % 2], BODIES[n % 4].replace("1", str(n)), f"– {n + 5} –"] for n in range(8))
    assert not any(head in kept(text) for head in heads)
    assert "–" not in kept(text)


@pytest.mark.parametrize("style", ["Page {}", "{} / 90", "- {} -", "S. {}", "p. {} of 90"])
def test_page_numbers_come_in_many_styles(style):
    text = printed([body, style.format(n + 7)] for n, body in enumerate(BODIES))
    assert kept(text).split() == " ".join(BODIES).split()


def test_roman_numerals_and_chapters_with_their_page_go():
    preface = printed([body, roman] for roman, body in zip(("viii", "ix", "x", "xi"), BODIES, strict=True))
    assert kept(preface).split() == " ".join(BODIES).split()
    chapters = printed([f"{n + 40}   The mills" if n % 2 else f"Chapter 3   {n + 40}", BODIES[n]] for n in range(4))
    assert kept(chapters).split() == " ".join(BODIES).split()


def test_what_does_not_run_stays():
    questions = printed([f"Question {n + 1}", body] for n, body in enumerate(BODIES))
    assert all(f"Question {n}" in kept(questions) for n in (1, 2, 3, 4))
    years = printed([str(year), body] for year, body in zip((1961, 1970, 1984, 2001), BODIES, strict=True))
    assert all(year in kept(years) for year in ("1961", "1970", "1984", "2001"))
    assert rules("River Annals\n1\n" + "\n".join(BODIES) + "\nRiver Annals\n2\n") == set()


def test_words_parted_between_lines_are_whole_again_and_on_record():
    text = (
        "The ferry-\nman kept his cap and the vice-\nmayor his chain. A navi-\ngation light burned.\f"
        "The navigation light went out, and the engi-\nneers lit it anew; nobody re-\nmembers how.\f"
    )
    page = cleanse.clean(text.encode())
    assert page.repairs == ("line-hyphens-joined",)
    assert "The ferryman\nkept" in page.text
    assert "vice-mayor\nhis" in page.text
    assert "navigation\nlight burned" in page.text


def test_a_word_parted_by_the_edge_of_a_page_is_whole_again():
    text = (
        "Annals\n1\nThe ferry-\nman kept his navi-\ngation lamp, and the engi-\nneers lit it for the vil-\nAnnals of the river\n"
        "\fAnnals\n2\nlage, which liked it.\nAnnals of the river\n"
    )
    page = cleanse.clean(text.encode(), kind="text")
    assert page.text.split() == [
        "The",
        "ferryman",
        "kept",
        "his",
        "navigation",
        "lamp,",
        "and",
        "the",
        "engineers",
        "lit",
        "it",
        "for",
        "the",
        "village,",
        "which",
        "liked",
        "it.",
    ]


def test_parted_words_stay_where_nothing_proves_them():
    assert cleanse.repair("A ferry-\nman kept it.").repairs == ()
    assert cleanse.repair("A well-known, well-worn ferry-\nman.\f His half-open eyes.\f").repairs == ()
    assert cleanse.repair("From Aix-\nLes-Bains\fto Lyon\f").repairs == ()


CUES = (
    "1\n00:00:01,000 --> 00:00:04,200\n<i>The river rose at night,</i>\nand nobody slept.\n\n"
    "2\n00:00:04,400 --> 00:00:07,900\n- Did you tie the boat?\n- I thought you had.\n"
)
SPEECH = "The river rose at night,\nand nobody slept.\n\n- Did you tie the boat?\n- I thought you had."


@pytest.mark.parametrize(
    "text",
    [
        CUES,
        "WEBVTT - river\nKind: captions\n\nNOTE by hand\n\n" + CUES.replace(",000", ".000").replace("00:00:0", "00:0"),
        CUES.replace("1\n00", "00").replace("2\n00", "00").replace(",200", ",200 align:start position:10%"),
        CUES.replace(" --> ", ",")
        .replace(",000", ".000")
        .replace(",200", ".200")
        .replace(",400", ".400")
        .replace(",900", ".900")
        .replace("1\n00:00", "0:00")
        .replace("2\n00:00", "0:00")
        .replace(",00:00", ",0:00")
        .replace("<i>", "")
        .replace("</i>", ""),
        CUES.replace("- Did", "{\\an8}- Did").replace("<i>", '<font color="#fff">').replace("</i>", "</font>"),
    ],
)
def test_the_times_of_subtitles_go_and_their_language_is_told(text):
    page = cleanse.clean(text.encode(), kind="text")
    assert page.text == SPEECH
    assert page.language == "en"
    assert {span.rule.partition(".")[0] for span in page.removed} == {"subtitles"}


def test_a_text_that_quotes_a_time_is_no_subtitle():
    text = "The log says:\n00:00:01,000 --> 00:00:04,200\n" + "\n".join(BODIES)
    assert kept(text) == normalise(text)
