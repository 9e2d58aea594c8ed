"""Which documents a filter would withhold, and by which rules: limits on signals, kept as data.

May import only `documents` and `errors`; the tables come from `signals`, which it does not know. Nothing is deleted here:
the functions return reasons, and the pipeline withholds.
"""

from cleanse.quality.presets import PRESETS, Preset, Rule, load_preset
from cleanse.quality.rule_evidence import Match, format_matches, parse_matches
from cleanse.quality.rule_matches import find_masks, find_matches, first_reason
from cleanse.quality.trial import WHAT_IF, try_filter

__all__ = [
    "PRESETS",
    "WHAT_IF",
    "Match",
    "Preset",
    "Rule",
    "find_masks",
    "find_matches",
    "first_reason",
    "format_matches",
    "load_preset",
    "parse_matches",
    "try_filter",
]
