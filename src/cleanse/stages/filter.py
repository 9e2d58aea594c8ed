"""Filter: find the documents that the owner of the corpus does not want, and give the reasons."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from cleanse.filters import filter_documents
from cleanse.pipeline.stage import Stage
from cleanse.signals.definitions import SIGNALS
from cleanse.tables import Column, make_schema

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pyarrow as pa

    from cleanse.pipeline.chunks import Results
    from cleanse.quality import Preset

FILTERED = (Column("filtered", "string"), Column("filter_evidence", "string"))


def preset_of(name: str | None) -> Preset | None:
    """Return the limits of a preset or file; None if there are none to apply.

    Args:
        name: Name of a preset, or path of a file of limits; None: no limits.

    Raises:
        SettingError: The preset cannot be used.
    """
    from cleanse.quality import load_preset

    return load_preset(name, [signal.name for signal in SIGNALS]) if name else None


def filter_chunk(results: Results, facts: dict[str, Any], **options: Any) -> Iterator[pa.Table]:  # noqa: ARG001
    """Yield for each document of a chunk the reason why it is not wanted; null if it is.

    Args:
        results: Results of the stages that this one reads.
        facts: Not used.
        options: Options that the stage names.
    """
    import pyarrow as pa

    preset = preset_of(options["filter"])
    languages = results.tables("language", ["code", "confidence"])
    for signals, table in zip(results.tables("signals"), languages, strict=True):
        reasons = filter_documents(
            signals["words"].to_pylist(),
            table["code"].to_pylist(),
            table["confidence"].to_pylist(),
            min_words=options["min_words"],
            wanted=options["language"],
            signals=signals,
            preset=preset,
        )
        columns = [[r and r.rule for r in reasons], [r and r.evidence for r in reasons]]
        yield pa.table(columns, make_schema(FILTERED))


def counted_options(_: Results, options: dict[str, Any]) -> object:
    """Return what the result depends on of the options: of a file of limits, its content.

    Args:
        options: Options that the stage names.
    """
    name = options["filter"]
    content = Path(name).read_text("utf-8") if name and Path(name).is_file() else name
    return sorted({**options, "filter": content}.items())


FILTER = Stage(
    name="filter",
    title="filter",
    run=filter_chunk,
    reads=("language", "signals"),
    adds=FILTERED,
    options=("min_words", "language", "filter"),
    counts=counted_options,
)
