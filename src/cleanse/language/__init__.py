"""Return which language a text is written in, paragraph by paragraph, with a calibrated confidence.

The evidence, in this order: is a paragraph prose at all (code, addresses and tables of numbers are not)? Does its
script decide alone? If not, py3langid and function words decide together. A paragraph whose function words are those of
an earlier paragraph's sure language is not put to a model again. Models load on first use.
"""

from cleanse.language.detectors import DEFAULT, DETECTORS, KNOWN_LANGUAGES, load_detector
from cleanse.language.document_language import Language, detect_language, detect_languages

__all__ = [
    "DEFAULT",
    "DETECTORS",
    "KNOWN_LANGUAGES",
    "Language",
    "detect_language",
    "detect_languages",
    "load_detector",
]
