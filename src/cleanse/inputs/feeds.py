"""Items of RSS and Atom feeds, and posts of a WordPress export (WXR, which is RSS with a namespace of its own)."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from cleanse.documents import Reason, Record
from cleanse.inputs.carrying import carry_json
from cleanse.inputs.record_dates import read_date
from cleanse.inputs.tree_text import HTML, local_name, text_of

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

    from cleanse.inputs.records import Fields

ITEMS = ("item", "entry")
POST_TYPES = ("post", "page")  # of WordPress; others are attachments, menus, revisions
SHORTCODE_REPAIR = "wordpress-shortcodes"
# Shortcodes of WordPress itself and of the commonest page builders: their tags go, what stands between them stays.
_SHORTCODE = re.compile(
    r"\[/?(?:caption|wp_caption|gallery|embed|audio|video|playlist|contact-form(?:-7)?|vc_\w+|et_pb_\w+|fusion_\w+)\b[^\]\n]{0,2000}\]"
)
_TAG = re.compile(r"</?[a-zA-Z][^<>]{0,2000}>")
_PARAGRAPH_TAG = re.compile(r"<(?:p|div|br)\b", re.IGNORECASE)
_BLANK_LINES = re.compile(r"(?:[ \t]*\r?\n){2,}[ \t]*")
_BLOCK_TAG = re.compile(
    r"</?(?:p|div|h[1-6]|ul|ol|li|table|tr|td|th|blockquote|pre|figure|hr|section|!--)\b", re.IGNORECASE
)


def read_item(item: Element, record: Record, fields: Fields) -> Record:
    """Return the document of a feed's item or of a post.

    Args:
        item: The element.
        record: The record to be filled: it has its id and number.
        fields: Which fields of records are used.

    """
    values = _values_of(item)
    text, kind, source = _content_of(item)
    date = next((iso for name in _DATES if (iso := read_date(values.get(name)).iso)), None)
    carried = {
        "feed_categories": [
            c for c in (_category(child) for child in item if local_name(child.tag) == "category") if c
        ],
        "feed_content": source,
        "post_type": values.get("wp:post_type"),
        "post_status": values.get("wp:status"),
    }
    record = replace(
        record,
        kind=kind,
        url=_link_of(item, values),
        record_id=values.get("guid") or values.get("id") or values.get("wp:post_id"),
        title=_plain(values.get("title")),
        author=_author_of(item, values),
        date=date,
        fields=carry_json(carried, fields),
    )
    if (reason := _reason_against(values, text)) is not None:
        return replace(record, reason=reason)
    if "wp:post_type" in values:
        shown = _SHORTCODE.sub("", text)
        repairs = (SHORTCODE_REPAIR,) if shown != text else ()
        return replace(record, raw=add_paragraphs(shown), kind="html", repairs=repairs)
    return replace(record, raw=text)


_DATES = ("wp:post_date_gmt", "wp:post_date", "pubDate", "published", "dc:date", "issued", "updated", "modified")
_CONTENTS = ("content:encoded", "content", "description", "summary", "itunes:summary")  # the whole text first


def _values_of(item: Element) -> dict[str, str]:
    """Return the text of an item's children by their names, prefix included; the first of a name counts."""
    values: dict[str, str] = {}
    for child in item:
        name = str(child.tag).removeprefix("atom:").removeprefix("rss:")
        text = (child.text or "").strip()
        if text:
            values.setdefault(name, text)
    return values


def _content_of(item: Element) -> tuple[str, str | None, str | None]:
    """Return the text of an item, its kind (None: to be recognised later) and the name of the field that holds it: the longest."""
    texts: list[tuple[int, str, str | None, str]] = []
    for child in item:
        name = str(child.tag).removeprefix("atom:").removeprefix("rss:")
        if name not in _CONTENTS:
            continue
        kind: str | None
        if len(child) and child.get("type") == "xhtml":
            text, kind = text_of(child, HTML), "text"
        else:
            text = "".join(child.itertext()).strip()
            kind = "text" if child.get("type") in ("text", "text/plain") else "html" if _TAG.search(text) else None
        texts.append((len(_TAG.sub("", text)), text, kind, name))
    if not texts:
        return "", None, None
    return max(texts, key=lambda row: (row[0], -_CONTENTS.index(row[3])))[1:]


def _reason_against(values: dict[str, str], text: str) -> Reason | None:
    if (kind := values.get("wp:post_type", "post")) not in POST_TYPES:
        return Reason("not-a-post", f"of the type {kind!r}")
    if (status := values.get("wp:status", "publish")) != "publish":
        return Reason("not-published", f"of the status {status!r}")
    return None if text else Reason("empty", "an item without a text")


def _link_of(item: Element, values: dict[str, str]) -> str | None:
    if (link := values.get("link")) and "://" in link:
        return link
    links = [child for child in item if local_name(child.tag) == "link" and child.get("href")]
    for child in links:
        if child.get("rel", "alternate") == "alternate":
            return child.get("href")
    guid = next((child for child in item if child.tag == "guid"), None)
    is_link = guid is not None and guid.get("isPermaLink", "true") == "true" and "://" in (guid.text or "")
    return (guid.text or "").strip() if guid is not None and is_link else None


def _author_of(item: Element, values: dict[str, str]) -> str | None:
    """Return the authors of an item: names of Atom, `dc:creator`, or RSS's e-mail address with a name in brackets."""
    names = [
        (name.text or "").strip()
        for author in item
        if local_name(author.tag) in ("author", "creator")
        for name in author
        if local_name(name.tag) == "name"
    ]
    names += [(child.text or "").strip() for child in item if child.tag in ("dc:creator", "creator")]
    if not any(names) and (author := values.get("author")):
        match = re.fullmatch(r"\S+@\S+ \((.{1,200})\)", author)
        names = [match[1] if match else author]
    return _plain(", ".join(dict.fromkeys(filter(None, names))))


def _category(child: Element) -> str | None:
    return child.get("term") or (child.text or "").strip() or None


def _plain(text: str | None) -> str | None:
    """Return a title or a name without the markup and the entities that feeds write into them."""
    if not text:
        return None
    import html

    return " ".join(html.unescape(_TAG.sub("", html.unescape(text))).split()) or None


def add_paragraphs(post: str) -> str:
    """Return a post as WordPress shows it: without markup of paragraphs, blank lines begin one and line ends break lines."""
    if _PARAGRAPH_TAG.search(post):
        return post
    blocks = [block.strip() for block in _BLANK_LINES.split(post) if block.strip()]
    return "\n".join(
        block if _BLOCK_TAG.match(block) else f"<p>{block.replace(chr(10), '<br>' + chr(10))}</p>" for block in blocks
    )
