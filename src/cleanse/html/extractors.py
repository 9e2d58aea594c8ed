"""Extractors by name: each says, as text, what of a page is worth keeping. Theirs is the judgement, never the text.

"auto" and "fast" are the own engine (`block_engine.py`); it asks trafilatura about pages where it is unsure, or nobody.

An extractor is any function (html, tree, url) -> str or None. It must not change the tree (trafilatura copies it).
None means "no answer", and then all visible text stays for the chrome stage to judge.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cleanse.plugins import load_plugin

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from lxml.html import HtmlElement

    Extractor = Callable[[str, HtmlElement, str | None], str | None]
    LineReader = Callable[[str, Sequence[tuple[int, int]]], Sequence[float] | None]

DEFAULT = "auto"
NONE = "none"  # all visible text stays
OWN = ("auto", "fast")  # the own engine judges; what stands below these names is asked where it is unsure
HEAVY = 1_000_000  # characters of HTML


def ask_trafilatura(tree: HtmlElement, url: str | None, *, fast: bool = False, heavy: bool = False) -> str | None:
    """Return the text that trafilatura keeps of a page, or None where it fails. It does not change the tree.

    Balanced, without comments: .928 F1 on the extraction bench (with comments .918, precision .909, recall .926). Never
    `deduplicate`, which keeps a memory of earlier pages; its date and metadata readers are not run either.

    Args:
        tree: The page.
        url: Its address.
        fast: Do without trafilatura's fallback algorithms.
        heavy: Drop its caches afterwards; they change no result, but hold the texts of the last 1024 elements.
    """
    from trafilatura import bare_extraction
    from trafilatura.meta import reset_caches
    from trafilatura.settings import Document

    try:
        extracted = bare_extraction(tree, url=url, fast=fast, include_comments=False)
    finally:
        if heavy:
            reset_caches()
    return extracted.text if isinstance(extracted, Document) else None


def _trafilatura(html: str, tree: HtmlElement, url: str | None) -> str | None:
    return ask_trafilatura(tree, url, heavy=len(html) >= HEAVY)


def _trafilatura_fast(html: str, tree: HtmlElement, url: str | None) -> str | None:
    return ask_trafilatura(tree, url, fast=True, heavy=len(html) >= HEAVY)


def _none(_html: str, _tree: HtmlElement, _url: str | None) -> str | None:
    return None


EXTRACTORS: Mapping[str, Extractor] = {
    "auto": _trafilatura,
    "fast": _none,
    "trafilatura": _trafilatura,
    "trafilatura-fast": _trafilatura_fast,
    NONE: _none,
}


def load_extractor(name: str) -> Extractor:
    """Return the extractor of that name, or of the form "package.module:function".

    Raises SettingError if there is none.
    """
    if name in EXTRACTORS:
        return EXTRACTORS[name]
    function: Extractor = load_plugin("extractor", name, EXTRACTORS)
    return function
