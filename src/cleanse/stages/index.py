"""Write the band index of the kept documents, for later runs with the option `against`."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from cleanse.pipeline.numbered_documents import band_files_of, find_eligible
from cleanse.pipeline.stage import Stage

if TYPE_CHECKING:
    from cleanse.pipeline.corpus_state import CorpusState
    from cleanse.pipeline.plan import Plan
    from cleanse.pipeline.stage import Map


def write_index(plan: Plan, state: CorpusState, mapper: Map) -> CorpusState:
    """Write the band index of the kept documents, for later runs with the option `against`.

    Args:
        plan: The plan of the run.
        state: The chunks and their near-duplicates.
        mapper: A function like the builtin `map`, which may spread its calls over processes.
    """
    import numpy as np

    from cleanse import corpus, dedup

    corpus.begin_writing(plan.output)
    folder = plan.output / corpus.INDEX
    folder.mkdir(exist_ok=True)
    kept = find_eligible(state.chunks, plan.cache)
    kept[np.fromiter(state.duplicates.twins, np.int64, len(state.duplicates.twins))] = False
    with tempfile.TemporaryDirectory(prefix="index-", dir=plan.cache.folder) as scratch:
        files = band_files_of(state.chunks, plan.cache)
        dedup.write_index(folder, files, kept, Path(scratch), threshold=plan.config.threshold, mapper=mapper)
    return state


INDEX = Stage(
    name="index",
    title="write index",
    run=write_index,
    reads=("sign", "find"),
    scope="corpus",
    applies=lambda config: "duplicates" not in config.skip and not config.dry_run,
)
