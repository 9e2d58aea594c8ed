"""What the stages that look at all documents hand each other."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from cleanse.status import Duplicates

if TYPE_CHECKING:
    from cleanse.corpus import Outcome
    from cleanse.pipeline.chunks import Chunk


@dataclass(frozen=True, slots=True)
class CorpusState:
    """All chunks of a run, and what was found among their documents so far."""

    chunks: tuple[Chunk, ...] = ()
    found: Duplicates = field(default_factory=Duplicates)
    outcomes: tuple[Outcome, ...] = ()  # of the part files that were written
    keys: tuple[tuple[str, str], ...] = ()  # stage and cache key of results about all documents

    def with_key(self, stage: str, key: str) -> CorpusState:
        """Return the state with the key of one more result."""
        return replace(self, keys=(*self.keys, (stage, key)))
