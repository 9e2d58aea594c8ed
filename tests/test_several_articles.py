"""An export that holds several articles: each is looked at as a page of its own, and no headline is taken for a tail."""

import pytest

from cleanse.chrome import load_rules, split_lines, strip
from cleanse.chrome.page_analysis import assess
from cleanse.chrome.rule_files import findings
from cleanse.chrome.several_articles import article_bounds
from cleanse.spans import restore

ARTICLES = {
    "Chain ferry back at Oare": (
        "The chain ferry across the creek is running again, eleven months after ice stove in her bow.",
        "She was mended at Faversham and has a new engine, and the fare goes up to two pounds fifty.",
    ),
    "Library wants people who read slowly": (
        "The town library is looking for six volunteers to read aloud, an hour a week, to the housebound.",
        "Nobody needs to be an actor, the librarian says, but nobody should be in a hurry either.",
    ),
    "Sheep to mow the ramparts": (
        "Forty Soay sheep will graze the foot of the old walls from April, the council has decided.",
        "The shepherd will sleep in a hut by the gate, and dogs must be kept on a lead until June.",
    ),
    "Village oven lit after forty years": (
        "The bread oven in Church Lane, cold since 1984, baked sixty loaves on Saturday morning.",
        "Bring your own dough and a log, says the baker; places are drawn by lot at nine o'clock.",
    ),
}


def export(*, head):
    """The articles, each between the lines that an archive of the press puts around it."""
    parts = []
    for number, (headline, paragraphs) in enumerate(ARTICLES.items(), 31):
        above = [f"The Creek Courier, no. {number}", f"Local, Friday 3 May 2024, p. {number}"] if head else []
        below = ["This article appeared in The Creek Courier", f"© {1990 + number} The Creek Courier. All rights reserved.",
                 "This document is protected by law and for personal use only.", f"news·20240503·CC·{number}"]  # fmt: skip
        parts.append("\n".join([*above, headline, "", *paragraphs, "", *below]))
    return "\n\n".join(parts)


@pytest.mark.parametrize("head", [True, False])
def test_every_article_keeps_its_headline_and_paragraphs(head):
    text = export(head=head)
    found = strip(text, load_rules())
    kept = [line.text for line in split_lines(found.text)]
    assert [line for headline, lines in ARTICLES.items() for line in (headline, *lines) if line not in kept] == []
    assert restore(found.text, found.removed) == text
    assert not any("rights reserved" in line for line in kept)


@pytest.mark.parametrize("head", [True, False])
def test_the_articles_are_found_by_the_lines_that_recur_between_them(head):
    text = export(head=head)
    lines = split_lines(text)
    bounds = article_bounds(assess(text, lines, findings(lines, load_rules())))
    assert len(bounds) == len(ARTICLES)
    for (start, stop), headline in zip(bounds, ARTICLES, strict=True):
        assert headline in text[start:stop]


def test_an_ordinary_page_is_one_article():
    text = "\n".join(line for lines in ARTICLES.values() for line in lines)
    for page in (
        text,
        f"{text}\n© 2024 The Creek Courier. All rights reserved.\n",
        "",
        "Share\n" + text + "\nShare\nTweet\n",
    ):
        lines = split_lines(page)
        assert article_bounds(assess(page, lines, findings(lines, load_rules()))) == [(0, len(page))]
