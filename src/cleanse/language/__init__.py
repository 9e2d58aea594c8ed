"""Which language a text is written in, paragraph by paragraph, with an honest confidence. Models load on first use.

Order of evidence: is it prose at all (code, addresses and number tables are not) → does the script decide alone →
py3langid and function words, calibrated together → langdetect, only where both leave it unsure. A paragraph whose
function words say what an earlier, surely recognised paragraph of the text said is not put to a model again.
"""

from cleanse.language.detectors import DEFAULT, DETECTORS, KNOWN_LANGUAGES, load_detector
from cleanse.language.document_language import Language, detect_language

__all__ = ["DEFAULT", "DETECTORS", "KNOWN_LANGUAGES", "Language", "detect_language", "load_detector"]
