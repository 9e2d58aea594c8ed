"""Flag pages: what kind of page each document is, whether it stops short, and which agency it credits."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cleanse.page_kinds.page_flags import PAGE_COLUMNS
from cleanse.pipeline import guard
from cleanse.pipeline.rows import kept_texts
from cleanse.pipeline.stage import Stage
from cleanse.tables import Column, make_schema

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import pyarrow as pa

    from cleanse.documents import Reason
    from cleanse.pipeline.chunks import Results

FLAGS = (*PAGE_COLUMNS, Column("reason", "string"), Column("evidence", "string"))
Entry = tuple[str, str | None, str | None, str | None]  # kept text, page text, title, author


def flag_chunk(results: Results, facts: dict[str, Any]) -> Iterator[pa.Table]:  # noqa: ARG001  as every stage
    """Yield the flags of a chunk's documents; a page that is no document gets a reason.

    Args:
        results: Results of the stages that this one reads.
        facts: Not used.
    """
    import pyarrow as pa

    def work(entries: Sequence[Entry]) -> list[dict[str, Any]]:
        return [flag_page(*entry) for entry in entries]

    groups = (kept_texts(results), results.tables("read", ["text"]), results.tables("chrome", ["title", "author"]))
    for texts, pages, metadata in zip(*groups, strict=True):
        entries = zip(
            texts,
            pages["text"].to_pylist(),
            metadata["title"].to_pylist(),
            metadata["author"].to_pylist(),
            strict=True,
        )
        yield pa.Table.from_pylist(list(guard.each_batch(list(entries), work, _give_up)), make_schema(FLAGS))


def flag_page(text: str, page: str | None, title: str | None, author: str | None) -> dict[str, Any]:
    """Return the row of a document's flags.

    Args:
        text: Its kept text.
        page: Its page text; None if it was not decoded.
        title: Its title; None if there is none.
        author: Its author; None if there is none.
    """
    from cleanse.page_kinds import find_page_flags

    if not text:
        return dict.fromkeys(column.name for column in FLAGS)
    flags = find_page_flags(text, page, title, author)
    row = {name: flag.value if flag else None for name, flag in flags._asdict().items()}
    reason = flags.reason
    row |= {"page_evidence": flags.evidence}
    return row | {"reason": reason.rule if reason else None, "evidence": reason.evidence if reason else None}


def _give_up(_: Entry, reason: Reason) -> dict[str, Any]:
    """Return the row of a document that exceeded a limit."""
    empty = dict.fromkeys(column.name for column in FLAGS)
    return empty | {"reason": reason.rule, "evidence": reason.evidence}


PAGE_FLAGS = Stage(
    name="flags",
    title="flag pages",
    run=flag_chunk,
    reads=("read", "chrome"),
    adds=FLAGS,
)
