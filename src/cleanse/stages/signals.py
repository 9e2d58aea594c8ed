"""Measure each kept text: its signals, for `signals/` and for filters."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cleanse.pipeline.rows import kept_link_chars, kept_texts
from cleanse.pipeline.stage import Stage
from cleanse.signals.definitions import SIGNAL_COLUMNS

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pyarrow as pa

    from cleanse.pipeline.chunks import Results


def measure_chunk(results: Results, facts: dict[str, Any]) -> Iterator[pa.Table]:  # noqa: ARG001  as every stage
    """Yield the signals of a chunk's documents.

    Args:
        results: Results of the stages that this one reads.
        facts: Not used.
    """
    from cleanse.signals import measure_texts

    groups = zip(kept_texts(results), kept_link_chars(results), results.tables("language", ["code"]), strict=True)
    for texts, linked, languages in groups:
        densities = [
            chars / len(text) if text and chars is not None else None for text, chars in zip(texts, linked, strict=True)
        ]
        yield measure_texts([""] * len(texts), texts, languages["code"].to_pylist(), densities).drop(["id"])


SIGNALS = Stage(
    name="signals",
    title="measure",
    run=measure_chunk,
    reads=("read", "chrome", "language"),
    adds=SIGNAL_COLUMNS[1:],
    libraries=("numpy",),
)
