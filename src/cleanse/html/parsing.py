"""HTML source → the tree of a page, as lxml's lenient parser sees it. Pure; knows only lxml."""

from __future__ import annotations

import re
import tomllib
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lxml.html import HtmlElement

PARSED_DEPTH = 2000  # elements within each other; lxml stops at 2048, and leaves out what follows
UNSEEN, CELL, PREFORMATTED = -1, 0, 3  # else a tag's setting is the number of line breaks that set it off: 1 or 2

_TAG = re.compile("<(/?)([A-Za-z][A-Za-z0-9]*+)[^<>]*+>")
_CONTROLS = bytes([*range(9), 0x0B, 0x0C, *range(0x0E, 0x20)])  # what XML forbids
_NONCHARACTERS = re.compile("[\ufffe\uffff]")  # so are these


def parse(html: str) -> HtmlElement | None:
    """Return the root of a page's tree, or None where nothing can be parsed."""
    from lxml import etree
    from lxml.html import HtmlElement, document_fromstring

    parser = etree.HTMLParser(
        collect_ids=False,
        default_doctype=False,
        encoding="utf-8",
        remove_comments=True,
        remove_pis=True,
        huge_tree=True,
    )
    # lxml.html's own lookup runs Python code for every element, to tell forms and inputs apart, which nobody here needs
    parser.set_element_class_lookup(etree.ElementDefaultClassLookup(element=HtmlElement))
    source = _NONCHARACTERS.sub("", html).encode("utf-8", "replace").translate(None, _CONTROLS)
    try:
        tree: HtmlElement = document_fromstring(source, parser=parser)
    except (etree.LxmlError, ValueError, AssertionError):
        return None
    return tree


def flatten(html: str) -> str:
    """Return a page without its elements, line breaks in their place: for one that is nested too deeply to be parsed."""
    settings = display()
    kept: list[str] = []
    at = 0
    unseen = ""  # the element that is being left out
    for tag in _TAG.finditer(html):
        closes, name = tag[1], tag[2].lower()
        if not unseen:
            kept.append(html[at : tag.start()])
            if settings.get(name, 0) > 0:
                kept.append("<br>")
            elif name in ("script", "style", "template") and not closes:
                unseen = name
        elif closes and name == unseen:
            unseen = ""
        at = tag.end()
    return "".join(kept) + ("" if unseen else html[at:])


@cache
def display() -> dict[str, int]:
    """Return how each tag is set; a tag that is not among them stands within its line."""
    read = tomllib.loads(files(__package__).joinpath("display.toml").read_text("utf-8"))
    values = {"unseen": UNSEEN, "cells": CELL, "lined": 1, "spaced": 2, "preformatted": PREFORMATTED}
    return {tag: values[kind] for kind, tags in read.items() for tag in tags}
