"""Sign each kept text: compute the band hashes by which near-duplicates are found."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cleanse.pipeline.rows import kept_texts
from cleanse.pipeline.stage import Stage

if TYPE_CHECKING:
    from pathlib import Path

    from cleanse.config import Config
    from cleanse.pipeline.chunks import Results


def searches(config: Config) -> bool:
    """Return whether near-duplicates are searched for."""
    return "duplicates" not in config.skip


def sign_chunk(results: Results, facts: dict[str, Any], threshold: float) -> dict[str, Any]:  # noqa: ARG001
    """Return the columns that the search for near-duplicates needs, see `dedup.sign_texts`.

    Args:
        results: Results of the stages that this one reads.
        facts: Not used.
        threshold: Least Jaccard similarity of near-duplicates.
    """
    import numpy as np

    from cleanse import dedup

    groups = []
    tables = (results.tables("chrome", ["title", "author", "date"]), results.tables("read", ["url", "page_url"]))
    for texts, cleaned, read in zip(kept_texts(results), *tables, strict=True):
        title, author, date, url, page_url = (
            column.to_pylist() for table in (cleaned, read) for column in table.columns
        )
        known = [
            dedup.count_known((*fields, own or shown))
            for *fields, own, shown in zip(title, author, date, url, page_url, strict=True)
        ]
        groups.append(dedup.sign_texts(texts, date, threshold, known=known))
    return {name: np.concatenate([columns[name] for columns in groups]) for name in groups[0]}


def write_signatures(path: Path, columns: dict[str, Any]) -> None:
    """Write the result of `sign_chunk`.

    Args:
        path: The file to write.
        columns: The result.
    """
    from cleanse import dedup

    dedup.write_bands(path, columns)


SIGN = Stage(
    name="sign",
    title="find near-duplicates: sign",
    run=sign_chunk,
    reads=("read", "chrome"),
    options=("threshold",),
    libraries=("numpy",),
    store=write_signatures,
    applies=searches,
)
