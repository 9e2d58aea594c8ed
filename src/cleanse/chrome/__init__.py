"""Site chrome in plain text: rules as data, the head, the end of the article, lines inside. May import only the core."""

from cleanse.chrome.lines import Line, split_lines
from cleanse.chrome.matching import Finding, Rule
from cleanse.chrome.rules import Rules, findings, load_rules
from cleanse.chrome.stripping import SETTINGS, Page, Stripped, strip, strip_pages

__all__ = [
    "SETTINGS",
    "Finding",
    "Line",
    "Page",
    "Rule",
    "Rules",
    "Stripped",
    "findings",
    "load_rules",
    "split_lines",
    "strip",
    "strip_pages",
]
