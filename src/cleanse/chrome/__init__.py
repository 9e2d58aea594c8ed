"""Strip site chrome from plain text: by rules, which are data, at an article's head and end, within it, and per site."""

from cleanse.chrome.engine import SETTINGS, Page, Stripped, strip, strip_pages
from cleanse.chrome.lines import Line, split_lines
from cleanse.chrome.rule_files import Rules, findings, load_rules
from cleanse.chrome.rule_matcher import Finding, Rule
from cleanse.chrome.site_boilerplate import SiteLines, holds_any

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
