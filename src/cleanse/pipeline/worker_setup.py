"""Prepare the processes that do the work: what they share, and how they use memory and threads.

The template process calls `prepare` before it forks workers, so that they share what it loads. A process that does the
work itself, such as the command line with one worker, only calls `tune_process`. Nothing here changes a result.
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

# Thresholds of the garbage collector. Rows and spans are no cycles, so it need not look often: saves 3 to 7 % of a run.
COLLECT_AFTER = (50_000, 50, 100)
# Matrix products take less than a millisecond, and the workers keep all processors busy: threads of BLAS would only wait
# for each other.
ENVIRONMENT = {
    **dict.fromkeys(("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"), "1"),
    # Arrow's own pools keep what is freed (65 MB a worker), and reserve a gigabyte that the memory limit would count.
    "ARROW_DEFAULT_MEMORY_POOL": "system",
}


def environment_of_workers(environment: Mapping[str, str]) -> dict[str, str]:
    """Return the environment of worker processes; variables that the user has set keep their values."""
    return ENVIRONMENT | dict(environment)


def prepare() -> None:
    """Tune the process and load what every worker needs, before workers are forked."""
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
    gc.freeze()  # the collector leaves these objects alone, so that workers do not copy the memory they share


def tune_process() -> None:
    """Set the garbage collector and Arrow's memory for long runs over many small objects."""
    if "numpy" not in sys.modules:
        os.environ.update(environment_of_workers(os.environ))
    import pyarrow as pa

    gc.set_threshold(*COLLECT_AFTER)
    pa.set_memory_pool(pa.system_memory_pool())  # mimalloc, the default, keeps what is freed: 65 MB a worker
    _keep_arrow_from_pandas()


def _keep_arrow_from_pandas() -> None:
    """Let Arrow look for pandas now, without success: importing it takes 0.15 s and 23 MB, and nothing here needs it.

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
    """An import finder that finds no pandas."""

    @staticmethod
    def find_spec(name: str, path: Sequence[str] | None, target: ModuleType | None = None) -> ModuleSpec | None:  # noqa: ARG004
        if name == "pandas":
            raise ModuleNotFoundError(name)
        return None
