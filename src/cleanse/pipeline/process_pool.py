"""Run calls in a pool of worker processes, and replace workers that die.

`concurrent.futures.ProcessPoolExecutor` is not used: it hangs when it replaces workers (CPython issue 115634, Python
3.11 to 3.15), fails the whole run when one worker dies, and leaves its processes behind when the parent is killed. Here
the parent has one socket for each worker. So it knows which call a dead worker was doing, and gives the call to another
worker, which does it with care (see `guard`). When the parent ends, for whatever reason, its sockets close; then the
template process, from which all workers were forked, ends them.

What `cleanse` logs in a worker is logged again in the parent, by the thread that takes the result.
"""

from __future__ import annotations

import contextlib
import logging
import mmap
import signal
import socket
import tempfile
import threading
from collections import deque
from contextlib import contextmanager
from selectors import EVENT_READ, DefaultSelector
from typing import TYPE_CHECKING, Any

from cleanse.errors import WorkerError
from cleanse.pipeline import watchdog
from cleanse.pipeline.forked_child import describe
from cleanse.pipeline.template_process import TemplateProcess
from cleanse.pipeline.worker import LOGGER, OUT_OF_MEMORY, receive, send
from cleanse.pipeline.worker_handle import Call, WorkerHandle
from cleanse.pipeline.worker_reports import log_again, make_error

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from cleanse.pipeline.stage import Map

log = logging.getLogger(__name__)

TRIES = 4  # times that a call is tried if its worker dies; from the second on with care
CALLS_PER_WORKER = 64  # then a new process replaces it, because extractors leak memory (trafilatura issue 216)
POLL_SECONDS = 0.5  # between two looks at the deadlines of workers
REPORT_SECONDS = 5  # that the template may take to report a dead worker
TEMPLATES = 20  # templates started for one pool; if so many die, something is wrong


@contextmanager
def worker_map(workers: int) -> Iterator[Map]:
    """Yield a function like the builtin `map` that spreads its calls over worker processes.

    Results come in the order of the arguments. With less than one worker it is the builtin itself.
    """
    if workers < 1:
        yield map
        return
    pool = Pool(workers)
    try:
        yield pool.map
    finally:
        pool.close()


class Pool:
    """Worker processes, and a thread that gives them calls and takes their results. Can be used from several threads."""

    def __init__(self, workers: int) -> None:
        """Start the template. Workers are forked when there is work for them."""
        self._size = workers
        self._waiting: deque[Call] = deque()
        self._workers: list[WorkerHandle] = []
        self._statuses: dict[int, int] = {}  # wait statuses of dead workers that `_remove_dead` has not seen yet
        self._lock = threading.Lock()
        self._closed = False
        self._templates = 0
        self._selector = DefaultSelector()
        self._awake, self._wake = socket.socketpair()
        self._selector.register(self._awake, EVENT_READ, None)
        self._start_template()
        self._thread = threading.Thread(target=self._run, name="cleanse-pool", daemon=True)
        self._thread.start()

    def map(self, function: Callable[..., Any], *columns: Iterable[Any]) -> Iterator[Any]:
        """Yield the results of calls in the order of the arguments. The first error cancels the remaining calls.

        Args:
            function: A function of this package.
            columns: The arguments: one iterable for each parameter.

        Raises:
            WorkerError: Workers died `TRIES` times at the same call.
        """
        calls = deque(Call(function, list(arguments)) for arguments in zip(*columns, strict=True))
        with self._lock:
            self._waiting.extend(calls)
        self._wake_thread()
        try:
            while calls:
                result, records = calls[0].future.result()
                calls.popleft()  # frees the memory of the result
                for record in records:
                    log_again(*record)
                yield result
        finally:
            for call in calls:
                call.future.cancel()

    def close(self) -> None:
        """Kill all workers at once, whatever they are doing."""
        self._closed = True
        self._wake_thread()
        for worker in list(self._workers):
            worker.kill()
        self._thread.join()

    # -- the pool's thread -------------------------------------------------------------------------------------------

    def _run(self) -> None:
        """Give out calls and take results until the pool is closed."""
        error: Exception = WorkerError("the pool was closed")
        try:
            while not self._closed:
                self._give_out_calls()
                for key, _ in self._selector.select(POLL_SECONDS):
                    self._take(key.fileobj, key.data)
                self._kill_late()
        except Exception as unforeseen:  # noqa: BLE001  passed on to all that wait for results
            error = unforeseen
        finally:
            self._fail_all(error)
            self._end_template()

    def _wake_thread(self) -> None:
        """Wake the pool's thread."""
        with contextlib.suppress(OSError):
            self._wake.send(b".")

    def _give_out_calls(self) -> None:
        """Give waiting calls to idle workers, and fork workers for the remaining calls."""
        for worker in [w for w in self._workers if w.process and w.call is None]:
            if (call := self._next_call()) is None:
                return
            worker.call = call
            worker.calls += 1
            level = logging.getLogger(LOGGER).getEffectiveLevel()
            try:
                send(worker.channel, (level, call.deaths > 0, call.function, call.arguments))
            except TypeError as error:  # arguments that cannot be encoded
                worker.call = None
                call.future.set_exception(error)
            except OSError:
                self._remove_dead(worker)
        busy = sum(1 for worker in self._workers if worker.call)
        while len(self._workers) < min(self._size, len(self._waiting) + busy):
            self._fork_worker()

    def _next_call(self) -> Call | None:
        """Return the next call that was not cancelled; None if there is none."""
        with self._lock:
            while self._waiting:
                call = self._waiting.popleft()
                if call.deaths or call.future.set_running_or_notify_cancel():
                    return call
        return None

    def _take(self, source: Any, worker: WorkerHandle | None) -> None:
        """Take what a socket holds: a wake-up, a report of the template, or the answer of a worker."""
        if source is self._awake:
            self._awake.recv(4096)
        elif worker is None:
            # what the selector reported may have been read since
            if source is self._template.channel and self._template.has_report() and not self._take_report():
                self._replace_template()
        elif worker in self._workers:  # else it was removed after the selector reported it
            try:
                state, content, records = receive(worker.channel)
            except (EOFError, OSError):
                self._remove_dead(worker)
                return
            call, worker.call = worker.call, None
            if worker.calls >= CALLS_PER_WORKER:
                self._close_worker(worker)
            if call is None:
                return
            if state == "done":
                call.future.set_result((content, records))
            else:
                call.future.set_exception(make_error(content))

    def _take_report(self, seconds: float | None = None) -> bool:
        """Take one report of the template: that a worker began or ended. Returns False if it is gone, or silent for `seconds`."""
        report = self._template.take_report(seconds)
        if report is None:
            return False
        if report.status is None:
            next(worker for worker in self._workers if not worker.process).process = report.process
        elif any(worker.process == report.process for worker in self._workers):
            self._statuses[report.process] = report.status
        return True

    def _remove_dead(self, worker: WorkerHandle) -> None:
        """Remove a dead worker, and give its call to another."""
        status = self._status_of(worker)
        self._close_worker(worker)
        call = worker.call
        if call is None:
            return
        call.deaths += 1
        cause = "its document took too long" if worker.late else describe(status)
        if call.deaths < TRIES:
            log.warning("a worker died at its work (%s); the work is done again with care", cause)
            with self._lock:
                self._waiting.appendleft(call)
            return
        call.future.set_exception(
            WorkerError(
                f"a worker process died {TRIES} times at the same work ({cause})."
                " Run again with fewer --workers, or with more memory; finished work is not done again."
            )
        )

    def _status_of(self, worker: WorkerHandle) -> int:
        """Return the wait status of a dead worker, as the template reports it; SIGKILL if the template is gone."""
        while worker.process not in self._statuses and self._take_report(REPORT_SECONDS):
            pass
        return self._statuses.pop(worker.process, signal.SIGKILL)

    def _close_worker(self, worker: WorkerHandle) -> None:
        """Close the socket of a worker and forget it; the worker ends if it still runs."""
        self._selector.unregister(worker.channel)
        worker.close()
        self._workers.remove(worker)
        self._statuses.pop(worker.process, None)

    def _kill_late(self) -> None:
        """Kill workers that have passed their deadline."""
        for worker in self._workers:
            if worker.call and not worker.late and watchdog.is_late(worker.board):
                worker.late = True
                worker.kill()

    def _fail_all(self, error: Exception) -> None:
        """End all calls with an error."""
        with self._lock:
            calls = [*self._waiting, *(worker.call for worker in self._workers if worker.call)]
            self._waiting.clear()
        for call in calls:
            if not call.future.done():
                call.future.set_exception(error)

    # -- the template ------------------------------------------------------------------------------------------------

    def _start_template(self) -> None:
        """Start the template process."""
        self._templates += 1
        if self._templates > TEMPLATES:
            raise WorkerError("the process that starts workers dies again and again. Run with --workers 0 to see why.")
        self._template = TemplateProcess()
        self._selector.register(self._template.channel, EVENT_READ, None)

    def _end_template(self) -> None:
        """End the template process, and with it all workers."""
        for worker in list(self._workers):
            self._close_worker(worker)
        self._template.end()
        for closing in (self._selector, self._awake, self._wake):
            closing.close()

    def _replace_template(self) -> None:
        """Start another template after the first has died, and give the calls of its workers to new ones."""
        if self._closed:
            return
        log.warning("the process that starts workers died; another is started")
        for worker in list(self._workers):
            worker.kill()
            self._statuses[worker.process] = signal.SIGKILL
            self._remove_dead(worker)
        self._selector.unregister(self._template.channel)
        if self._template.end() == OUT_OF_MEMORY:
            raise MemoryError("no memory for the process that starts workers")
        self._start_template()

    def _fork_worker(self) -> None:
        """Ask the template to fork a worker."""
        channel, child_end = socket.socketpair()
        with child_end, tempfile.TemporaryFile() as board:
            board.truncate(watchdog.BYTES)
            worker = WorkerHandle(channel, mmap.mmap(board.fileno(), watchdog.BYTES))
            self._workers.append(worker)
            self._selector.register(channel, EVENT_READ, worker)
            try:
                self._template.fork_worker(child_end.fileno(), board.fileno())
            except OSError:
                self._replace_template()
