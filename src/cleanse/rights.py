"""What a page's HTML says of its rights: licence, access, reservation of text mining, robots, copyright holder.

Only what the page states counts, and nothing is asked of the network. None is not False: most pages say nothing. Imports
only `documents` and `tables`; knows lxml trees.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from cleanse.documents import Rights
from cleanse.tables import Column

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from lxml.html import HtmlElement

MAX_JSON = 2_000_000  # characters of one JSON-LD block; a larger one is data, not a description
MAX_NODES = 2_000  # of JSON-LD that are looked at
MAX_CHARS = 500  # of a value; longer ones are terms of use, not a name or an address
_WORKS = re.compile(r"Article|Posting|Report|Review|Recipe|WebPage|CreativeWork|Book|Chapter|Dataset|ScholarlyArticle")
_CHILDREN = ("@graph", "mainEntity", "mainEntityOfPage")
_COPYRIGHT = re.compile(
    r"^(?:copyright|©|\(c\)|tous droits réservés|all rights reserved|alle rechte vorbehalten)?[\s:©,.-]*(?:(?:19|20)\d\d(?:\s?[-–]\s?(?:19|20)\d\d)?)?[\s,.-]*",
    re.IGNORECASE,
)

RIGHTS_COLUMNS = (
    Column("license", "string", "licence that the page names, an address where it has one"),
    Column("accessible_for_free", "bool", "whether the page says that it is free to read (schema.org isAccessibleForFree)"),
    Column("tdm_reserved", "bool", "whether the page reserves text and data mining (TDMRep `tdm-reservation`)"),
    Column("tdm_policy", "string", "address of the policy for text and data mining"),
    Column("robots", "string", "what its robots meta tags say, such as `noindex, noai`"),
    Column("copyright_holder", "string", "whom the page names as holder of its copyright"),
)  # fmt: skip


def read_rights(root: HtmlElement) -> Rights:
    """Return what a page states about its rights; of several statements the first, JSON-LD before meta tags."""
    metas, nodes = _read_metas(root), list(_read_works(root))
    tokens = [token.strip().lower() for value in metas.get("robots", ()) for token in value.split(",")]
    return Rights(
        license=_license(root, nodes, metas),
        accessible_for_free=_free(root, nodes),
        tdm_reserved=_one_of(metas.get("tdm-reservation", ()), {"1": True, "0": False}),
        tdm_policy=next(iter(metas.get("tdm-policy", ())), None),
        robots=", ".join(dict.fromkeys(token for token in tokens if token)) or None,
        copyright_holder=_holder(root, nodes, metas),
    )


def _read_metas(root: HtmlElement) -> dict[str, list[str]]:
    """Return the contents of the meta tags by lower-case name."""
    metas: dict[str, list[str]] = {}
    for element in root.iter("meta"):
        name, content = element.get("name") or element.get("property"), _clean(element.get("content"))
        if name and content:
            metas.setdefault(name.strip().lower(), []).append(content)
    return metas


def _clean(value: object) -> str | None:
    """Return a text in single spaces, None for what is empty, too long or no text."""
    text = " ".join(value.split()) if isinstance(value, str) else ""
    return text if 0 < len(text) <= MAX_CHARS else None


def _read_works(root: HtmlElement) -> Iterator[dict[str, Any]]:
    """Yield the JSON-LD objects that describe the page or its article; not its pictures, videos and publishers."""
    for script in root.iter("script"):
        if "ld+json" not in (script.get("type") or "").lower() or not script.text or len(script.text) > MAX_JSON:
            continue
        try:
            waiting: list[Any] = [json.loads(script.text.strip().rstrip(";"), strict=False)]
        except (ValueError, RecursionError):
            continue
        for _ in range(MAX_NODES):
            if not waiting:
                break
            node = waiting.pop(0)
            if isinstance(node, list):
                waiting[:0] = node
            elif isinstance(node, dict):
                if _WORKS.search(str(node.get("@type"))):
                    yield node
                waiting[:0] = [node[key] for key in _CHILDREN if key in node]


def _license(root: HtmlElement, nodes: Iterable[dict[str, Any]], metas: dict[str, list[str]]) -> str | None:
    for node in nodes:
        value = node.get("license")
        first = value[0] if isinstance(value, list) and value else value
        if license_ := _clean(first) or _named(first, ("url", "@id", "name")):
            return license_
    for element in root.iter("link", "a"):
        named = "license" in (element.get("rel") or "").lower().split() or element.get("itemprop") == "license"
        if named and (address := _clean(element.get("href"))):
            return address
    names = ("dcterms.license", "dc.license", "dc.rights", "dcterms.rights", "cc:license")
    return next(
        (
            value
            for name in names
            for value in metas.get(name, ())
            if "creativecommons" in value or name.endswith("license")
        ),
        None,
    )


def _free(root: HtmlElement, nodes: Iterable[dict[str, Any]]) -> bool | None:
    for node in nodes:
        if (free := _truth(node.get("isAccessibleForFree"))) is not None:
            return free
    for element in root.xpath("//@itemprop[.='isAccessibleForFree']/.."):
        if (free := _truth(element.get("content") or element.get("href") or element.text)) is not None:
            return free
    return None


def _truth(value: object) -> bool | None:
    """Return a truth value however schema.org's users write it."""
    if isinstance(value, bool):
        return value
    word = value.strip().rpartition("/")[2].lower() if isinstance(value, str) else None
    return {"true": True, "false": False}.get(word or "")


def _one_of(values: Iterable[str], known: dict[str, bool]) -> bool | None:
    return next((known[value] for value in values if value in known), None)


def _holder(root: HtmlElement, nodes: Iterable[dict[str, Any]], metas: dict[str, list[str]]) -> str | None:
    for node in nodes:
        value = node.get("copyrightHolder")
        first = value[0] if isinstance(value, list) and value else value
        if holder := _clean(first) or _named(first, ("name", "legalName")):
            return holder
    for element in root.xpath("//@itemprop[.='copyrightHolder']/.."):
        if holder := _clean(element.get("content") or element.text_content()):
            return holder
    for name in ("copyright", "dcterms.rightsholder", "dc.rights.copyright", "rights-holder"):
        for value in metas.get(name, ()):
            if holder := _clean(_COPYRIGHT.sub("", value, count=1)):
                return holder
    return None


def _named(value: object, keys: Iterable[str]) -> str | None:
    """Return the first of some entries of a JSON-LD object."""
    return next((text for key in keys if (text := _clean(value.get(key)))), None) if isinstance(value, dict) else None
