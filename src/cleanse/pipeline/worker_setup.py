"""Prepare processes that do the work: what they share, and how they use memory and threads.

The template process calls `prepare` before it forks workers, so that they share what it loads. A process that does the
work itself, such as the command line's with one worker, calls `tune_process` alone. Nothing here changes a result.
"""

from __future__ import annotations

import gc
import os
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from importlib.machinery import ModuleSpec
    from types import ModuleType

# Objects made before the collector looks for cycles: 50,000 rows and spans are no cycles. 3 to 7 % of a run.
COLLECT_AFTER = (50_000, 50, 100)
# A matrix product of ours takes less than a millisecond, and the workers keep all processors busy: with threads of its
# own, BLAS spends more time on waiting than on adding.
ENVIRONMENT = {
    **dict.fromkeys(("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"), "1"),
    # Arrow's own pools keep what is freed (65 MB a worker), and reserve a gigabyte that the memory limit would count.
    "ARROW_DEFAULT_MEMORY_POOL": "system",
}


def environment_of_workers(environment: Mapping[str, str]) -> dict[str, str]:
    """Return the environment of worker processes: one BLAS thread and the system's memory, unless the user says else."""
    return ENVIRONMENT | dict(environment)


def prepare() -> None:
    """Load what every worker needs, once, and tune the process; called before workers are forked."""
    tune_process()
    from cleanse.character_classes import class_table
    from cleanse.character_values import bmp_values
    from cleanse.chrome.document_chrome import rules_of
    from cleanse.chrome.line_model import load_model as load_line_model
    from cleanse.encoding import text_repair
    from cleanse.language.langid_model import load_model as load_language_model
    from cleanse.language.lexicon import function_words
    from cleanse.pipeline import run

    _ = (run, text_repair)
    for load in (load_line_model, load_language_model, function_words, bmp_values, class_table):
        load()
    rules_of(None, ())  # a run with rules of its own loads those in each worker
    gc.freeze()  # what is there stays: a collection in a worker would only copy shared pages


def tune_process() -> None:
    """Set this process's threads, collector and Arrow's memory for long runs over many small objects.

    For a process of ours, not for one that uses cleanse as a library. The threads are set only if NumPy is not loaded yet.
    """
    if "numpy" not in sys.modules:
        os.environ.update(environment_of_workers(os.environ))
    import pyarrow as pa

    gc.set_threshold(*COLLECT_AFTER)
    pa.set_memory_pool(pa.system_memory_pool())  # mimalloc, the default, keeps what is freed: 65 MB a worker
    _keep_arrow_from_pandas()


def _keep_arrow_from_pandas() -> None:
    """Have Arrow look for pandas now, without success: its import takes 0.15 s and 23 MB, and nothing here needs it.

    Arrow looks again when something asks it for pandas by name, as `to_pandas` does.
    """
    import pyarrow as pa

    if "pandas" in sys.modules:
        return
    finder = _NoPandas()
    sys.meta_path.insert(0, finder)
    try:
        pa.array([0])
    finally:
        sys.meta_path.remove(finder)


class _NoPandas:
    """Finds no pandas."""

    @staticmethod
    def find_spec(name: str, path: Sequence[str] | None, target: ModuleType | None = None) -> ModuleSpec | None:  # noqa: ARG004
        if name == "pandas":
            raise ModuleNotFoundError(name)
        return None
