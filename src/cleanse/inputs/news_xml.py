"""News agencies' XML: NewsML-G2 and NewsML 1 with NITF, XHTML or plain text in them, and NITF by itself."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from cleanse.documents import Reason, Record
from cleanse.inputs.carrying import carry_json
from cleanse.inputs.record_dates import read_date
from cleanse.inputs.tree_text import BLOCKS, Layout, local_name, text_of

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

    from cleanse.inputs.records import Fields

ITEMS = ("newsItem", "NewsItem", "nitf")  # NewsML-G2, NewsML 1.x, NITF
# Elements of NITF and XHTML; those of NITF are at https://www.iptc.org/std/NITF
LAYOUT = Layout(
    paragraphs=BLOCKS | frozenset(["hl1", "hl2", "block", "body.content", "body.head", "bq"]),
    lines=frozenset(["li", "dt", "dd", "tr", "credit"]),
    breaks=frozenset(["br"]),
    spaces=frozenset(["td", "th"]),
    hidden=frozenset(["media", "body.end", "script", "style", "head", "note"]),
)
PARTS = ("inlineXML", "DataContent", "inlineData", "body.content")  # where a text stands
_BY = re.compile(r"^(?:by|par|von|por|di)\s+", re.IGNORECASE)
_BODIES = ("body.content", "body")  # what of an inline document is its text, the first that is there


def read_item(item: Element, record: Record, fields: Fields) -> Record:
    """Return the document of a news item.

    Args:
        item: The element.
        record: The record to be filled: it has its id and number.
        fields: Which fields of records are used.

    """
    text = _text_of(item)
    carried = {
        "news_dateline": _first(item, "dateline"),
        "news_subjects": sorted({s for e in _all(item, "subject") if (s := e.get("qcode") or e.get("literal"))}),
        "news_language": next((v for e in _all(item, "language") if (v := e.get("tag"))), None),
        "news_version": item.get("version"),
        "news_status": next((v for e in _all(item, "pubStatus") if (v := e.get("qcode"))), None),
    }
    record = replace(
        record,
        raw=text,
        kind="text",
        record_id=item.get("guid") or _first(item, "PublicIdentifier") or _attribute(item, "doc-id", "id-string"),
        title=_first(item, "headline", "HeadLine", "hl1", "title"),
        author=_author_of(item),
        date=_date_of(item),
        url=next(
            (v for e in _all(item, "link", "remoteContent") if (v := e.get("href") or "").startswith("http")), None
        ),
        fields=carry_json(carried, fields),
    )
    if text:
        return record
    kind = next((e.get("qcode") or "" for e in _all(item, "itemClass")), "")
    return replace(record, raw=b"", reason=Reason("not-text", f"a news item without a text {kind}".strip()))


def _text_of(item: Element) -> str:
    """Return the text of the first part that has one."""
    for part in _all(item, *PARTS):
        body = next((e for name in _BODIES for e in _all(part, name)), part)
        text = (body.text or "").strip() if local_name(part.tag) == "inlineData" else text_of(body, LAYOUT)
        if text:
            return text
    return text_of(item, LAYOUT) if item.tag == "nitf" and not list(_all(item, *PARTS)) else ""


def _all(item: Element, *names: str) -> list[Element]:
    """Return the elements of these names in an item, in the order of the names, then of the file."""
    return [element for name in names for element in item.iter() if local_name(element.tag) == name]


def _first(item: Element, *names: str) -> str | None:
    """Return the text of the first element of these names that has one."""
    return next(
        (text for element in _all(item, *names) if (text := " ".join("".join(element.itertext()).split()))), None
    )


def _attribute(item: Element, name: str, attribute: str) -> str | None:
    return next((value for element in _all(item, name) if (value := element.get(attribute))), None)


def _author_of(item: Element) -> str | None:
    """Return the byline, else the persons named as creators."""
    byline = _first(item, "by", "byline", "ByLine")
    if byline:
        return _BY.sub("", byline)
    names = [
        name for creator in _all(item, "creator") if _is_person(creator) and (name := _first(creator, "name", "person"))
    ]
    return ", ".join(dict.fromkeys(names)) or None


def _is_person(creator: Element) -> bool:
    """Return whether a creator is a person: agencies name themselves there too."""
    return "person" in (creator.get("type") or "person").lower()


def _date_of(item: Element) -> str | None:
    values = [
        _attribute(item, "date.issue", "norm"),
        _attribute(item, "story.date", "norm"),
        _first(
            item, "contentCreated", "firstCreated", "versionCreated", "FirstCreated", "ThisRevisionCreated", "DateId"
        ),
    ]
    return next((iso for value in values if (iso := read_date(value).iso)), None)
