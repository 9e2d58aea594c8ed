"""Turn scraped pages into a clean corpus that records everything that was removed.

    page = cleanse.clean(raw)            # one page: text, title, language, and every removed span with its rule
    cleanse.run("seeds/", "output/")     # a folder: what the command line does

Importing this module loads no model and none of the heavy libraries; each loads on first use.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

logging.getLogger(__name__).addHandler(logging.NullHandler())  # silent unless the caller adds a handler

__version__ = "0.1.0"

if TYPE_CHECKING:
    from cleanse.api import clean, clean_many, deduplicate, strip_chrome
    from cleanse.config import Config
    from cleanse.dedup.incremental import Match, NearDuplicateIndex
    from cleanse.documents import Document, Span
    from cleanse.encoding.decoding import decode
    from cleanse.encoding.text_repair import repair
    from cleanse.errors import CleanseError, OutputError, SettingError, SourceError
    from cleanse.language import detect_language
    from cleanse.pipeline.closing import Report
    from cleanse.pipeline.run import run

__all__ = [
    "CleanseError",
    "Config",
    "Document",
    "Match",
    "NearDuplicateIndex",
    "OutputError",
    "Report",
    "SettingError",
    "SourceError",
    "Span",
    "clean",
    "clean_many",
    "decode",
    "deduplicate",
    "detect_language",
    "repair",
    "run",
    "strip_chrome",
]

_HOME = {  # public name → module that defines it
    "Config": "config",
    "decode": "encoding.decoding",
    **dict.fromkeys(("Match", "NearDuplicateIndex"), "dedup.incremental"),
    **dict.fromkeys(("Document", "Span"), "documents"),
    **dict.fromkeys(("CleanseError", "OutputError", "SettingError", "SourceError"), "errors"),
    "detect_language": "language",
    **dict.fromkeys(("clean", "clean_many", "deduplicate", "strip_chrome"), "api"),
    "Report": "pipeline.closing",
    "run": "pipeline.run",
    "repair": "encoding.text_repair",
}


def __getattr__(name: str) -> object:
    """Load a public name from its module on first use."""
    if name not in _HOME:
        raise AttributeError(f"module 'cleanse' has no attribute {name!r}")
    from importlib import import_module

    value = getattr(import_module(f"cleanse.{_HOME[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
