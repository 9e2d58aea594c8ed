"""TEI P5, as corpora of newspapers and archives of journals are kept: an article each, or the whole text where none is marked."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from cleanse.documents import Reason, Record
from cleanse.inputs.carrying import carry_json
from cleanse.inputs.record_dates import read_date
from cleanse.inputs.tree_text import Layout, local_name, text_of

if TYPE_CHECKING:
    from collections.abc import Mapping
    from xml.etree.ElementTree import Element

    from cleanse.inputs.records import Fields

ARTICLE_TYPES = ("article", "newsarticle", "news")  # of a `div`
# Elements of https://tei-c.org/release/doc/tei-p5-doc; of a choice the corrected reading is the text
LAYOUT = Layout(
    paragraphs=frozenset(
        [
            "p",
            "head",
            "div",
            "div1",
            "div2",
            "div3",
            "lg",
            "list",
            "table",
            "quote",
            "cit",
            "sp",
            "epigraph",
            "opener",
            "closer",
            "byline",
            "dateline",
            "ab",
            "floatingText",
        ]
    ),
    lines=frozenset(["l", "item", "row", "speaker", "label", "signed", "salute", "trailer", "stage"]),
    breaks=frozenset(["lb"]),
    spaces=frozenset(["cell", "pb", "cb"]),
    hidden=frozenset(
        [
            "teiHeader",
            "fw",
            "sic",
            "orig",
            "abbr",
            "figure",
            "graphic",
            "del",
            "certainty",
            "interp",
            "interpGrp",
            "spanGrp",
            "standOff",
        ]
    ),
)


def is_wanted(name: str, attributes: Mapping[str, str]) -> bool:
    """Return whether an element is read as a whole: an article, a text, or a header."""
    local = local_name(name)
    return local in ("text", "teiHeader") or (
        local in ("div", "div1", "div2") and attributes.get("type", "").lower() in ARTICLE_TYPES
    )


def read_article(element: Element, header: Element | None, record: Record, fields: Fields) -> Record:
    """Return the document of an article, or of a whole text.

    Args:
        element: A `div` of an article, or `text`.
        header: The `teiHeader` above it.
        record: The record to be filled: it has its id and number.
        fields: Which fields of records are used.

    """
    whole = local_name(element.tag) == "text"
    source = _first(header, "title")
    head = _first(element, "head")
    identifier = element.get("xml:id") or element.get("id") or element.get("n")
    text = text_of(element, LAYOUT)
    date = next((iso for part in (element, header) if (iso := _date_of(part))), None)
    carried = {"tei_title": None if whole else source, "tei_type": element.get("type"), "tei_n": element.get("n")}
    record = replace(
        record,
        kind="text",
        record_id=identifier or (_first(header, "idno") if whole else None),
        title=source if whole and source else head,
        author=_first(element, "byline", "docAuthor") or (_authors(header) if whole else None),
        date=date,
        fields=carry_json(carried, fields),
    )
    return replace(record, raw=text) if text else replace(record, reason=Reason("empty", "no text in it"))


def _all(element: Element | None, *names: str) -> list[Element]:
    if element is None:
        return []
    return [inner for name in names for inner in element.iter() if local_name(inner.tag) == name]


def _first(element: Element | None, *names: str) -> str | None:
    """Return the text of the first element of these names that has one."""
    return next(
        (text for inner in _all(element, *names) if (text := " ".join("".join(inner.itertext()).split()))), None
    )


def _authors(header: Element | None) -> str | None:
    names = [" ".join("".join(author.itertext()).split()) for author in _all(header, "author")]
    return ", ".join(dict.fromkeys(filter(None, names))) or None


def _date_of(element: Element | None) -> str | None:
    """Return the first date that is written for machines, else the first in words; of a header that of its source."""
    source = next(iter(_all(element, "sourceDesc")), None)
    dates = _all(source, "date") + _all(element, "docDate", "date")
    values = [date.get("when") or date.get("when-iso") for date in dates] + ["".join(date.itertext()) for date in dates]
    return next((iso for value in values if (iso := read_date(value).iso)), None)
