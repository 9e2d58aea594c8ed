"""Define the tasks of Prefect that do the work of a run.

Tasks take paths and return paths. The items of a batch and their results are in files below the cache folder, as
messages (see `pipeline.messages`). Results of stages are cached, so a task that runs twice, or a run that is started
again after it was killed, does not repeat finished work.
"""

from __future__ import annotations

import logging
from pathlib import Path
from typing import TYPE_CHECKING, Any

from prefect import task
from prefect.cache_policies import NO_CACHE
from prefect.context import FlowRunContext, TaskRunContext
from prefect.logging.handlers import APILogHandler
from prefect.settings import PREFECT_LOGGING_LEVEL

from cleanse.atomic_write import new_file
from cleanse.errors import WorkerError
from cleanse.pipeline import messages

if TYPE_CHECKING:
    from collections.abc import Callable

    from cleanse.pipeline.stage import Map


RETRY_SECONDS = [2, 20]  # before the second and third try of a task: a disk or a network may be away for a moment
TRANSIENT_ERRORS = (OSError, MemoryError, WorkerError)  # may have causes outside of cleanse, which may pass


def _may_pass(_task: object, _run: object, state: Any) -> bool:
    """Return whether a task failed for a reason that may pass, so that another try makes sense."""
    return isinstance(state.result(raise_on_failure=False), TRANSIENT_ERRORS)


_TASK = {
    "retries": len(RETRY_SECONDS),
    "retry_delay_seconds": RETRY_SECONDS,
    "retry_condition_fn": _may_pass,
    "cache_policy": NO_CACHE,  # Prefect's cache does not notice that a file is gone; the cache of cleanse does
    "persist_result": False,
}


@task(**_TASK)  # type: ignore[call-overload,untyped-decorator]
def run_batch(function: str, batch: str, mapper: Map, to: str) -> str:
    """Call a function for each item of a batch, and return the file that holds the results.

    Each result is written as the arguments of a call, so that the file can be the batch of the next stage.

    Args:
        function: File that holds the function.
        batch: File that holds the items: the arguments of each call.
        mapper: A function like the builtin `map`, which may spread its calls over processes.
        to: File for the results.
    """
    log_to_run()
    results = mapper(load(function), *zip(*load(batch), strict=True))
    return save([(result,) for result in results], to)


@task(**_TASK)  # type: ignore[call-overload,untyped-decorator]
def run_alone(function: Callable[[], Any]) -> Any:
    """Call a function of a stage over all documents, in the process of the flow."""
    return function()


def save(value: object, path: str) -> str:
    """Write a value to a file, and return its path. The file is renamed when complete, as a cluster may run a task twice."""
    with new_file(Path(path), durable=False) as temporary:
        temporary.write_bytes(messages.encode(value))
    return path


def load(path: str) -> Any:
    """Return the value in a file that `save` wrote."""
    return messages.decode(Path(path).read_bytes())


def log_to_run() -> None:
    """Send what `cleanse` logs to the Prefect run or task of this process. On a cluster the process of each task calls it.

    The level is Prefect's own (PREFECT_LOGGING_LEVEL). The pool returns what worker processes log to the thread of the
    task. Outside of a run nothing is sent; the handler stays, because tasks of a process may overlap.
    """
    logger = logging.getLogger("cleanse")
    if any(isinstance(handler, APILogHandler) for handler in logger.handlers):
        return
    handler = APILogHandler()
    handler.addFilter(lambda _: FlowRunContext.get() is not None or TaskRunContext.get() is not None)
    logger.addHandler(handler)
    logger.setLevel(PREFECT_LOGGING_LEVEL.value())
