"""Find personal data in each kept text, with the evidence for it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from cleanse.pipeline.rows import kept_texts
from cleanse.pipeline.stage import Stage
from cleanse.tables import Column, make_schema

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pyarrow as pa

    from cleanse.config import Config
    from cleanse.pipeline.chunks import Results

PERSONAL = (Column("personal", "string"),)  # JSON: start, end, kind and evidence of each span


def find_in_chunk(results: Results, facts: dict[str, Any]) -> Iterator[pa.Table]:
    """Yield the personal data of a chunk's documents.

    Args:
        results: Results of the stages that this one reads.
        facts: Receives a summary for the log.
    """
    import pyarrow as pa

    from cleanse.personal_data import find_personal_data

    count = 0
    for texts in kept_texts(results):
        rows = [find_personal_data(text) for text in texts]
        count += sum(map(len, rows))
        yield pa.table([[json.dumps(row, ensure_ascii=False) for row in rows]], make_schema(PERSONAL))
    facts["summary"] = f"{count} places"


def searches_personal_data(config: Config) -> bool:
    """Return whether personal data is searched for."""
    return config.pii or bool(config.mask)


PERSONAL_DATA = Stage(
    name="personal",
    title="find personal data",
    run=find_in_chunk,
    reads=("read", "chrome"),
    adds=PERSONAL,
    applies=searches_personal_data,
)
