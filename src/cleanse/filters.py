"""Say which documents their owner does not want: one function, for the search for near-duplicates and for the status."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cleanse.documents import Reason

if TYPE_CHECKING:
    from collections.abc import Sequence


def filter_documents(
    words: Sequence[int],
    languages: Sequence[str],
    confidences: Sequence[float],
    *,
    min_words: int = 0,
    wanted: Sequence[str] = (),
) -> list[Reason | None]:
    """Return why each document is not wanted, None if it is.

    Args:
        words: Words of each document's text.
        languages: Language code of each.
        confidences: How sure that is, 0 to 1.
        min_words: Documents with fewer words are not wanted.
        wanted: The language codes that are wanted; none: all.
    """
    return [
        _judge(count, code, confidence, min_words, wanted)
        for count, code, confidence in zip(words, languages, confidences, strict=True)
    ]


def _judge(words: int, language: str, confidence: float, min_words: int, wanted: Sequence[str]) -> Reason | None:
    if words < min_words:
        return Reason("min-words", f"{words} words; {min_words} wanted")
    if wanted and language not in wanted:
        return Reason("language", f"{language} ({confidence:.2f}); wanted: {', '.join(wanted)}")
    return None
