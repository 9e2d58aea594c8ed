"""Define the state that stages over all documents hand each other."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from cleanse.status import Duplicates

if TYPE_CHECKING:
    from cleanse.corpus import Outcome
    from cleanse.pipeline.chunks import Chunk


@dataclass(frozen=True, slots=True)
class CorpusState:
    """All chunks of a run, and what is known about their documents so far.

    Attributes:
        chunks: The chunks, in the order of the input.
        duplicates: Near-duplicates and series among the documents.
        outcomes: Outcomes of the part files that were written.
        keys: Stage and cache key of results about all documents.
    """

    chunks: tuple[Chunk, ...] = ()
    duplicates: Duplicates = field(default_factory=Duplicates)
    outcomes: tuple[Outcome, ...] = ()
    keys: tuple[tuple[str, str], ...] = ()

    def with_key(self, stage: str, key: str) -> CorpusState:
        """Return the state with the cache key of one more result about all documents.

        Args:
            stage: Name of the stage.
            key: Key of the result.
        """
        return replace(self, keys=(*self.keys, (stage, key)))
