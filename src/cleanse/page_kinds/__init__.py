"""Kinds of page and flags, each with what was seen: truncated texts, agency copy, forums, recipes, error pages.

May import only `documents`, `text` and `tables`. Pure functions of a page's text; the phrases are data, of all languages at
once. A kind is named only where something speaks for it: `article` and `brief` are texts that nothing else fits.
"""

from cleanse.page_kinds.flags import Flag, minor_languages, removed_share
from cleanse.page_kinds.kinds import NO_DOCUMENTS, PAGE_TYPES
from cleanse.page_kinds.page_flags import PAGE_COLUMNS, PageFlags, find_page_flags

__all__ = [
    "NO_DOCUMENTS",
    "PAGE_COLUMNS",
    "PAGE_TYPES",
    "Flag",
    "PageFlags",
    "find_page_flags",
    "minor_languages",
    "removed_share",
]
