"""Site chrome in plain text: rules as data, head and end of an article, lines inside and of a site. Imports only the core."""

from cleanse.chrome.lines import Line, split_lines
from cleanse.chrome.matching import Finding, Rule
from cleanse.chrome.rules import Rules, findings, load_rules
from cleanse.chrome.sites import SiteLines, holds_any
from cleanse.chrome.stripping import SETTINGS, Page, Stripped, strip, strip_pages

__all__ = [
    "SETTINGS",
    "Finding",
    "Line",
    "Page",
    "Rule",
    "Rules",
    "SiteLines",
    "Stripped",
    "findings",
    "holds_any",
    "load_rules",
    "split_lines",
    "strip",
    "strip_pages",
]
