"""Detect the language of each kept text, paragraph by paragraph."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from cleanse.errors import raise_memory_fault
from cleanse.pipeline import guard
from cleanse.pipeline.rows import LANGUAGE, kept_texts
from cleanse.pipeline.stage import Stage
from cleanse.tables import make_schema

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import pyarrow as pa

    from cleanse.documents import Reason
    from cleanse.language import Language
    from cleanse.pipeline.chunks import Results


def detect_all(texts: Sequence[str], detector: str | None) -> list[Language]:
    """Return the language of each text; "und" if there is no detector, or if it fails.

    Args:
        texts: The texts.
        detector: Name of the detector, or a user's function; None: none.

    Raises:
        MemoryError: There is not enough memory. No other exception is raised.
    """
    from cleanse.language import Language, detect_languages

    unknown = Language("und", 0.0, {})
    if detector is None:
        return [unknown for _ in texts]
    try:
        return detect_languages(texts, detector)
    except Exception as error:  # noqa: BLE001  a detector that fails on a text does not know its language
        raise_memory_fault(error)
        return [unknown] if len(texts) == 1 else [one for text in texts for one in detect_all([text], detector)]


def detect_chunk(results: Results, facts: dict[str, Any], **options: Any) -> Iterator[pa.Table]:
    """Yield the languages of a chunk's documents.

    Args:
        results: Results of the stages that this one reads.
        facts: Receives a summary for the log, for the note of the result.
        options: Options that the stage names.
    """
    import pyarrow as pa

    detector = None if "language" in options["skip"] else options["detector"]
    codes: Counter[str] = Counter()

    def work(texts: Sequence[str]) -> list[dict[str, Any]]:
        from cleanse.page_kinds.flags import minor_languages

        languages = detect_all(texts, detector)
        return [_row(one.code, one.confidence, minor_languages(one.shares, one.code)) for one in languages]

    def give_up(_: str, reason: Reason) -> dict[str, Any]:
        return _row("und", 0.0) | {"reason": reason.rule, "evidence": reason.evidence}

    for texts in kept_texts(results):
        rows = list(guard.each_batch(texts, work, give_up))
        codes.update(row["code"] for row in rows)
        yield pa.Table.from_pylist(rows, make_schema(LANGUAGE))
    facts["summary"] = "mostly " + ", ".join(f"{count} {code}" for code, count in codes.most_common(3))


def _row(code: str, confidence: float, minor: Sequence[str] = ()) -> dict[str, Any]:
    """Return the row of a language."""
    return {"code": code, "confidence": confidence, "minor": list(minor), "reason": None, "evidence": None}


def counted_options(_: Results, options: dict[str, Any]) -> object:
    """Return what the result depends on of the options: whether the stage is skipped.

    The detector counts as a plug-in, by its code.

    Args:
        options: Options that the stage names.
    """
    return "language" in options["skip"]


LANGUAGE_STAGE = Stage(
    name="language",
    title="detect language",
    run=detect_chunk,
    reads=("read", "chrome"),
    adds=LANGUAGE,
    options=("detector", "skip"),
    plugins=("detector",),
    libraries=("py3langid", "langdetect", "numpy"),
    counts=counted_options,
)
