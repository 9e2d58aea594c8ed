"""Say which documents their owner does not want: by length, by language, and by limits on signals."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cleanse.documents import Reason

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pyarrow as pa

    from cleanse.quality import Preset


def filter_documents(
    words: Sequence[int],
    languages: Sequence[str],
    confidences: Sequence[float],
    *,
    min_words: int = 0,
    wanted: Sequence[str] = (),
    signals: pa.Table | None = None,
    preset: Preset | None = None,
) -> list[Reason | None]:
    """Return why each document is not wanted, None if it is.

    Args:
        words: Words of each document's text.
        languages: Language code of each.
        confidences: How sure that is, 0 to 1.
        min_words: Documents with fewer words are not wanted.
        wanted: The language codes that are wanted; none: all.
        signals: The signals of each, for the preset.
        preset: Limits on signals; None: none. All its rules that fire are in the evidence.
    """
    rows = zip(words, languages, confidences, strict=True)
    reasons = [_judge(count, code, confidence, min_words, wanted) for count, code, confidence in rows]
    if preset is None or signals is None:
        return reasons
    from cleanse.quality import find_matches, first_reason

    matches = find_matches(signals, languages, preset)
    return [reason or first_reason(fired) for reason, fired in zip(reasons, matches, strict=True)]


def _judge(words: int, language: str, confidence: float, min_words: int, wanted: Sequence[str]) -> Reason | None:
    if words < min_words:
        return Reason("min-words", f"{words} words; {min_words} wanted")
    if wanted and language not in wanted:
        return Reason("language", f"{language} ({confidence:.2f}); wanted: {', '.join(wanted)}")
    return None
