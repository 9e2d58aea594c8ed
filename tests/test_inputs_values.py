"""Dates, escapes and names: what stands in fields, whatever the format."""

import re

import pytest

from cleanse.document_reading import read_document
from cleanse.documents import Reason
from cleanse.inputs import Fields
from cleanse.inputs.escapes import unescape_text
from cleanse.inputs.field_names import columns_by_name, foreign_names, key_of
from cleanse.inputs.record_dates import day_comes_first, read_date
from cleanse.inputs.records import make_record
from input_files import cases

DATES = cases("inputs_values", "dates")
ESCAPES = cases("inputs_values", "escapes")
AUTHORS = cases("inputs_values", "authors")
TEXT = "The lamp of the tower turns once in twelve seconds."


@pytest.mark.parametrize("written", DATES)
def test_a_date_is_read_or_left_out(written):
    date = read_date(written)
    assert ("?" if date.ambiguous else date.iso or "") == DATES[written]


def test_an_iso_date_is_read_as_itself():
    assert all(read_date(iso).iso == iso for iso in DATES.values() if re.match(r"\d", iso))


def test_the_order_of_day_and_month_is_told_by_the_file_or_not_at_all():
    assert read_date("05/06/2023", day_first=True).iso == "2023-06-05"
    assert read_date("05/06/2023", day_first=False).iso == "2023-05-06"
    assert day_comes_first(b'"05/06/2023", "25/06/2023"') is True
    assert day_comes_first(b'"05/06/2023", "06/25/2023"') is False
    assert day_comes_first(b"25/06/2023 and 06/25/2023, 2023/25/06") is None


@pytest.mark.parametrize("text", ESCAPES)
def test_a_layer_of_escaping_is_undone_where_the_whole_text_shows_it(text):
    plain, names = unescape_text(text)
    assert plain == ESCAPES[text]
    assert bool(names) == (plain != text)


def test_unescaping_twice_changes_nothing_more():
    for plain in ESCAPES.values():
        assert unescape_text(unescape_text(plain)[0]) == (unescape_text(plain)[0], ())


@pytest.mark.parametrize(
    ("name", "column"),
    [
        ("Texte", "text"), ("CONTENU", "text"), ("corps_de_l'article", "text"), ("articleBody", "text"), ("Fließtext", "text"),
        ("cuerpo", "text"), ("testo", "text"), ("Conteúdo", "text"), ("inhoud", "text"), ("selftext", "text"),
        ("Titre", "title"), ("Überschrift", "title"), ("titular", "title"), ("Auteur(s)", "author"), ("Verfasser", "author"),
        ("date_publication", "date"), ("Date de publication", "date"), ("Erscheinungsdatum", "date"), ("fecha", "date"),
        ("lien", "url"), ("enlace", "url"), ("raw_html", "html"), ("résumé", "summary"),
    ],
)  # fmt: skip
def test_fields_are_known_by_their_names_in_several_languages(name, column):
    assert key_of(name) in columns_by_name()[column]


def test_names_that_english_has_too_say_nothing_of_the_order_of_dates():
    assert not {key_of(name) for name in ("text", "title", "date", "url")} & foreign_names()
    assert {key_of(name) for name in ("texte", "titre", "fecha")} <= foreign_names()


def test_every_suffix_stands_in_the_documentation():
    from pathlib import Path

    from cleanse.inputs import FORMATS

    folder = Path(__file__).parents[1] / "docs" / "reference"
    told = (folder / "inputs.md").read_text() + (folder / "archives-and-exports.md").read_text()
    for form in FORMATS.values():
        for suffix in form.suffixes:
            assert f"`{suffix}`" in told, suffix


def record_of(**values):
    return make_record("r.jsonl", 1, {"text": TEXT, **values}, Fields())


@pytest.mark.parametrize("written", AUTHORS)
def test_an_author_is_names_or_nothing(written):
    assert (record_of(author=written).author or "") == AUTHORS[written]


@pytest.mark.parametrize("nothing", ["NULL", "[removed]", "\\N", " nan "])
def test_a_text_that_only_says_that_there_is_none_is_none(nothing):
    assert record_of(text=nothing).reason == Reason("empty", f"only {nothing!r} in the field of the text")
    assert record_of(text=nothing, body=TEXT).raw == TEXT


def test_a_list_of_one_address_is_an_address_and_of_two_is_carried():
    assert record_of(url=["https://a.example/1"]).url == "https://a.example/1"
    assert record_of(url=["https://a.example/1", "https://a.example/2"]).url is None


def test_names_stand_in_objects_of_their_own():
    values = {"headline": {"main": "The lamp"}, "byline": {"original": "By Jane Roe"}, "author": 3}
    record = record_of(**values)
    assert (record.title, record.author) == ("The lamp", "Jane Roe")
    record = make_record(
        "r.json",
        1,
        {"content": {"rendered": TEXT}, "author": 3, "_embedded": {"author": [{"name": "Jane Roe"}]}},
        Fields(),
    )
    assert (record.raw, record.author) == (TEXT, "Jane Roe")


def test_names_are_repaired_where_the_text_was_misread():
    misread = "Le pont a été fermé, dit l’été dernier la mairie.".encode().decode("cp1252")
    record = record_of(text=misread, title="L’été".encode().decode("cp1252"), author="André".encode().decode("cp1252"))
    draft = read_document(record, "none")
    assert (draft.record.title, draft.record.author) == ("L’été", "André")
