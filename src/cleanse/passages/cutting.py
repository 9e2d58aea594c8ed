"""Which shared passages may be cut out of documents, and as what spans: every occurrence but the first."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cleanse.documents import Span
from cleanse.errors import SettingError
from cleanse.passages.shared_sentences import KINDS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pyarrow as pa

STEP = "shared"  # of the spans in `removed/`


def select_repeats(passages: pa.Table, kinds: Sequence[str]) -> pa.Table:
    """Return the passages of some kinds that stand elsewhere first.

    Args:
        passages: A table of `PASSAGES`.
        kinds: `agency`, `boilerplate` or `quote`.

    Raises:
        SettingError: If a kind is not known.
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    if unknown := sorted(set(kinds) - set(KINDS[1:])):
        raise SettingError(f"cut_shared = {', '.join(unknown)}: no such kind. Use: {', '.join(sorted(KINDS[1:]))}.")
    chosen = pc.is_in(passages["kind"], pa.array(sorted(kinds), pa.string()))
    return passages.filter(pc.and_(chosen, pc.not_equal(passages["id"], passages["first_id"])))


def repeat_span(passage: Mapping[str, Any], text: str) -> Span:
    """Return the span of a repeat, a row of `select_repeats`, in the text of its document."""
    evidence = f"in {passage['documents']} documents, first in {passage['first_id']}"
    start, end = passage["start"], passage["end"]
    return Span(start, end, text[start:end], STEP, f"{STEP}.{passage['kind']}", evidence)
