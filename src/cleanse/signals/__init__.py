"""Measures of a text: what it is made of, how it repeats itself, what its lines look like. Numbers only, no verdicts.

May import only `text`, `text_arrays`, `character_values`, `function_words` and `errors`. The definitions follow Gopher (Rae et al. 2021),
C4 (Raffel et al. 2020) and FineWeb (Penedo et al. 2024) where those are well defined, over one definition of a word.
"""

from cleanse.signals.definitions import SCHEMA, SIGNAL_COLUMNS, SIGNALS, Signal
from cleanse.signals.percentiles import reference_percentiles
from cleanse.signals.signal_table import Measures, measure_batches, measure_text, measure_texts

__all__ = [
    "SCHEMA",
    "SIGNALS",
    "SIGNAL_COLUMNS",
    "Measures",
    "Signal",
    "measure_batches",
    "measure_text",
    "measure_texts",
    "reference_percentiles",
]
