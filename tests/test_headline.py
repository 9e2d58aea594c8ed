"""Headline, authors and date of pages on which nothing repeats: told on good evidence, or not at all."""

import pytest

from cleanse.chrome import load_rules, strip
from cleanse.chrome.bylines import parse_byline
from conftest import ROOT

TEXT = (
    "The chain ferry across the creek is running again, eleven months after ice stove in her bow.\n\n"
    "She was mended at Faversham and has a new engine, and the fare goes up to two pounds fifty.\n"
)
HEADLINES = {
    "the first line": ("Chain ferry back at Oare", ""),
    "a section's name above it": ("Chain ferry back at Oare", "Local news\n"),
    "a question": ("Who will pay for the chain ferry?", ""),
    "a tagline above it": ("Chain ferry back at Oare", "All the news that fits the valley\n"),
    "a registration form's note above it": ("Chain ferry back at Oare", "Thank you for registering\n"),
}
FRENCH = "Le bac à chaîne traverse de nouveau la rivière, onze mois après que la glace a crevé sa coque.\n\nLe passage coûte deux euros."
CHINESE = "渡口的木船载客六十年，本月底停航。\n\n新桥已经通车，渡口只剩三名船工，他们将转到码头工作。"
NO_HEADLINES = {
    "a sentence": "The ferry is back at the pier of Oare.",
    "a beginning": "What the new ferry means:",
    "a quotation": "«The ferry is all that we ever had»",
    "a list": "- Chain ferry back at Oare",
    "a word": "Ferries",
    "a rights notice": "All rights reserved Example News",
    "a call": "New! Read our ferry guide",
    "a caption": "The ferry on Monday.Jane Doe/Getty",
}


@pytest.mark.parametrize(("headline", "above"), HEADLINES.values(), ids=list(HEADLINES))
def test_a_line_that_looks_like_a_headline_above_the_text_is_the_title(headline, above):
    found = strip(f"{above}{headline}\n\n{TEXT}", load_rules())
    assert found.title == headline
    assert headline in found.text


@pytest.mark.parametrize(
    ("headline", "text"),
    [("Le bac à chaîne reprend du service", FRENCH), ("古渡口的最后一班船月底停航", CHINESE)],
    ids=["French", "Chinese"],
)
def test_a_headline_of_any_script_is_known_by_words_that_the_text_takes_up(headline, text):
    assert strip(f"{headline}\n\n{text}", load_rules()).title == headline
    assert strip(f"{headline}\n\n{TEXT}", load_rules()).title is None


def test_a_repeated_line_of_a_menu_is_no_title_and_a_repeated_headline_is():
    menu = "Skip to main content\n" * 2
    headline = "Chain ferry back at Oare after eleven months\n"
    assert strip(f"{menu}{headline}\n{TEXT}", load_rules()).title == headline.strip()
    assert (
        strip(
            f"{headline}A standfirst that says more than the headline of the ferry says\n{headline}\n{TEXT}",
            load_rules(),
        ).title
        == headline.strip()
    )


@pytest.mark.parametrize("line", NO_HEADLINES.values(), ids=list(NO_HEADLINES))
def test_where_the_first_line_may_be_something_else_there_is_no_title(line):
    assert strip(f"{line}\n\n{TEXT}", load_rules()).title is None


def test_of_two_lines_whose_words_the_text_does_not_take_up_none_is_taken():
    assert strip(f"Life along the marshes\nAnother winter has gone by\n\n{TEXT}", load_rules()).title is None


def test_a_headline_survives_byline_date_and_reading_time():
    """Whatever stands between it and the text."""
    meta = ["Par Jeanne Aubry", "Publié le 12 mars 2024 à 06h00", "Temps de lecture : 3 min."]
    for lines in (meta, meta[::-1], meta[:1], meta[1:], [" • ".join(meta)]):
        found = strip("Le bac de Kerisper reprend du service\n" + "\n".join(lines) + f"\n\n{FRENCH}", load_rules())
        assert found.title == "Le bac de Kerisper reprend du service"
        assert found.text.startswith("Le bac de Kerisper reprend du service\n")


@pytest.mark.parametrize(
    ("line", "author"),
    [
        ("Par Jeanne Aubry et Paul Morel", "Jeanne Aubry, Paul Morel"),
        ("By Anna Brown and Tom Reed | March 4, 2021", "Anna Brown, Tom Reed"),
        ("Von Anna Braun, Tom Rot und Eva Blau", "Anna Braun, Tom Rot, Eva Blau"),
        ("Por Ana Ruiz y Juan Paz", "Ana Ruiz, Juan Paz"),
        ("Por José Ortega y Gasset", "José Ortega y Gasset"),
        ("Par Jeanne Aubry avec AFP", "Jeanne Aubry"),
        ("By Anna Brown, Staff Writer", "Anna Brown"),
        ("Jeanne Aubry • Publié le 12 mars 2024", "Jeanne Aubry"),
    ],
)
def test_all_authors_of_a_byline_are_told(line, author):
    assert parse_byline(line, load_rules().words)[0] == author
    assert strip(f"Le bac reprend du service\n{line}\n\n{TEXT}", load_rules()).author == author


def test_a_name_above_the_date_is_the_author():
    found = strip(f"Le bac reprend du service\nJeanne AUBRY\nPublié le 12/03/2024 à 18h05\n\n{TEXT}", load_rules())
    assert (found.author, found.date) == ("Jeanne AUBRY", "2024-03-12")


@pytest.mark.parametrize(
    "line",
    [
        "Deadline: June 30, 2024",
        "Date limite : 30 juin 2024",
        "Einsendeschluss: 30. Juni 2024",
        "Décédé le 3 mars 2021",
        "Member since March 3, 2019",
        "截止日期：2024年6月30日",
    ],
)
def test_the_date_of_something_else_is_not_the_date_of_the_page(line):
    found = strip(f"Call for papers on river ferries\n{line}\n\n{TEXT}", load_rules())
    assert found.date is None
    assert line in found.text


FRONT_MATTER = {
    "Jekyll's": '---\ntitle: "Chain ferry back"\nauthor: Anna Brown\ndate: 2024-03-12 10:00:00 +0100\ntags: [ferry, creek]\n---\n',
    "with lists": "---\nlayout: post\ntitle: Chain ferry back\nauthors:\n  - Anna Brown\ndate: 2024-03-12\n\n---\n",
    "Hugo's": '+++\ntitle = "Chain ferry back"\nauthor = "Anna Brown"\ndate = 2024-03-12T10:00:00Z\n+++\n',
}


@pytest.mark.parametrize("front", FRONT_MATTER.values(), ids=list(FRONT_MATTER))
def test_front_matter_is_metadata_and_goes(front):
    found = strip(f"{front}\n# Chain ferry back at Oare\n\n{TEXT}", load_rules())
    assert (found.title, found.author, found.date) == ("Chain ferry back", "Anna Brown", "2024-03-12")
    assert found.text.startswith("# Chain ferry back at Oare")
    assert [span.rule for span in found.removed] == ["metadata.front-matter"]


@pytest.mark.parametrize("above", ["---\nA line that names no field\n---\n", "---\n\n", "---\ntitle: never closed\n"])
def test_a_rule_above_a_text_is_no_front_matter(above):
    found = strip(f"{above}\n# Chain ferry back at Oare\n\n{TEXT}", load_rules())
    assert "metadata.front-matter" not in {span.rule for span in found.removed}
    assert found.title == "Chain ferry back at Oare"


@pytest.mark.parametrize("headline", ["Tempête Odalie", "Suivez le guide", "Retour gagnant", "Bac réparé"])
@pytest.mark.parametrize(
    "below", ["Par Jeanne Aubry\nPublié le 3 mai 2024 à 10h12\n", "Publié le 3 mai 2024\n", "\nPar Jeanne Aubry\n"]
)
@pytest.mark.parametrize("above", ["", "Accueil\nSociété\n"])
def test_a_short_headline_above_a_byline_or_a_date_stays(headline, below, above):
    stripped = strip(f"{above}{headline}\n{below}\n{FRENCH}", load_rules())
    assert headline in stripped.text.splitlines()


def test_a_headline_that_the_page_repeats_is_the_title_and_not_the_standfirst_between():
    page = (ROOT / "seeds" / "fr-author-twice.txt").read_text(encoding="utf-8")
    found = strip(page, load_rules())
    assert found.title == "Ce jeu de société inventé dans un grenier devient le phénomène de l’hiver : on l’a essayé"
