"""A `map` over processes that knows nothing of what it maps: results in order, Ctrl-C ends it at once.

What `cleanse` logs in a worker process is logged again in the caller's, by the thread that takes the result: there are the
handlers, and there it is known which run or task it belongs to.
"""

from __future__ import annotations

import logging
import logging.handlers
import signal
import sys
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from multiprocessing.context import ForkServerContext, ForkServerProcess
from types import ModuleType
from typing import TYPE_CHECKING, Any

from cleanse.errors import CleanseError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    Map = Callable[..., Iterable[Any]]

LOGGER = "cleanse"  # what its children log is brought back
TASKS_PER_WORKER = 64  # then a fresh process takes its place: extractors grow (trafilatura #216)


class _Process(ForkServerProcess):
    """A worker that does not import the caller's script: what it runs lives in this package.

    Without this, a script that calls `cleanse.run` outside of `if __name__ == "__main__"` would start itself again.
    """

    @staticmethod
    def _Popen(process: Any) -> Any:  # noqa: N802  multiprocessing's own name for what starts a process
        main = sys.modules["__main__"]
        sys.modules["__main__"] = ModuleType("__main__")
        try:
            return ForkServerProcess._Popen(process)  # noqa: SLF001
        finally:
            sys.modules["__main__"] = main


class _Context(ForkServerContext):
    """Not fork: the parent has threads (Arrow's, Prefect's). The fork server is a clean process that has our imports."""

    Process = _Process


@contextmanager
def worker_map(workers: int) -> Iterator[Map]:
    """A map over that many processes; with one worker, the builtin."""
    if workers <= 1:
        yield map
        return
    context = _Context()
    context.set_forkserver_preload(["cleanse.stages.document_stages"])
    pool = ProcessPoolExecutor(workers, context, _ignore_interrupt, max_tasks_per_child=TASKS_PER_WORKER)
    try:
        yield lambda function, *arguments: _results(pool, function, zip(*arguments, strict=True))
    except BrokenProcessPool as error:
        raise CleanseError(
            "a worker process was killed, most likely for want of memory. Run again with fewer --workers;"
            " what is done is not done again."
        ) from error
    except BaseException:
        for process in list((pool._processes or {}).values()):  # noqa: SLF001  shutdown waits for running tasks
            process.terminate()
        raise
    finally:
        pool.shutdown(cancel_futures=True)


def _results(
    pool: ProcessPoolExecutor, function: Callable[..., Any], arguments: Iterable[tuple[Any, ...]]
) -> Iterator[Any]:
    """Results in the order of the arguments; the first error ends the rest."""
    level = logging.getLogger(LOGGER).getEffectiveLevel()
    futures = [pool.submit(_call, level, function, *args) for args in arguments]
    places = {future: i for i, future in enumerate(futures)}
    ready: dict[int, Any] = {}
    following = 0
    try:
        for future in as_completed(futures):
            ready[places[future]], records = future.result()
            for record in records:
                logging.getLogger(record.name).handle(record)
            while following in ready:
                yield ready.pop(following)
                following += 1
    finally:
        for future in futures:
            future.cancel()


class _Records(logging.handlers.QueueHandler):
    """Keeps what is logged in a form that travels."""

    queue: list[logging.LogRecord]  # type: ignore[assignment]

    def enqueue(self, record: logging.LogRecord) -> None:
        self.queue.append(record)


def _call(level: int, function: Callable[..., Any], *arguments: Any) -> tuple[Any, list[logging.LogRecord]]:
    """A call in a worker process: its result, and what was logged meanwhile."""
    handler = _Records([])  # type: ignore[arg-type]
    logger = logging.getLogger(LOGGER)
    logger.setLevel(level)
    logger.addHandler(handler)
    try:
        return function(*arguments), handler.queue
    finally:
        logger.removeHandler(handler)


def _ignore_interrupt() -> None:
    """Ctrl-C reaches every process of the terminal; only the parent acts on it."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
