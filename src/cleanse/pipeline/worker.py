"""Serve the process pool on the other side: a template process that forks workers, and the loop of a worker.

The template is a new interpreter with one thread. It imports what workers need, once, and forks a worker each time that
the pool asks for one. So a new worker costs only a fork, and all workers share what is loaded. The template ends, and
kills its workers, as soon as the pool's end of its socket closes, however the pool's process ended.
"""

from __future__ import annotations

import contextlib
import ctypes
import logging
import os
import signal
import socket
import struct
import sys
from importlib import import_module
from selectors import EVENT_READ, DefaultSelector
from typing import Any

from cleanse.errors import is_memory_fault
from cleanse.pipeline import guard, messages, watchdog
from cleanse.pipeline.worker_reports import LogRecords, describe_error

LOGGER = "cleanse"  # records of this logger and its children are sent to the pool's process
LENGTH = struct.Struct("<Q")  # bytes of the message that follows
FORK, EXITED = b"f", b"x"
EXIT = struct.Struct("<cii")  # EXITED or FORK, process, wait status
OUT_OF_MEMORY = 77  # exit code of a worker whose document ran out of memory
_PR_SET_PDEATHSIG = 1  # Linux, prctl(2)


# -- messages over a socket -------------------------------------------------------------------------------------------


def send(channel: socket.socket, value: object) -> None:
    """Send one message. Raises OSError if the other end is gone.

    Args:
        channel: The socket.
        value: The content.
    """
    data = messages.encode(value)
    channel.sendall(LENGTH.pack(len(data)) + data)


def receive(channel: socket.socket) -> Any:
    """Return the next message. Raises EOFError if the other end is gone."""
    (length,) = LENGTH.unpack(_read(channel, LENGTH.size))
    return messages.decode(_read(channel, length))


def _read(channel: socket.socket, length: int) -> bytearray:
    """Return exactly so many bytes."""
    data = bytearray(length)
    view, at = memoryview(data), 0
    while at < length:
        count = channel.recv_into(view[at:])
        if not count:
            raise EOFError
        at += count
    return data


# -- the template -----------------------------------------------------------------------------------------------------


def serve(control: int, preload: list[str]) -> None:
    """Fork workers on request until the pool's end of the control socket closes; then kill them all.

    Args:
        control: File descriptor of the control socket.
        preload: Modules whose `prepare` is called first.
    """
    # Ctrl-C reaches every process of the terminal; only the pool acts on it
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    pool = socket.socket(fileno=control)
    for name in preload:
        import_module(name).prepare()
    awake, wake = socket.socketpair()
    wake.setblocking(False)
    signal.set_wakeup_fd(wake.fileno())
    signal.signal(signal.SIGCHLD, lambda *_: None)
    workers: set[int] = set()
    try:
        with DefaultSelector() as selector:
            selector.register(pool, EVENT_READ)
            selector.register(awake, EVENT_READ)
            while _answer(pool, awake, selector.select(), workers):
                pass
    except OSError:
        pass
    finally:
        for worker in workers:
            with contextlib.suppress(ProcessLookupError):
                os.kill(worker, signal.SIGKILL)
    os._exit(0)


def _answer(pool: socket.socket, awake: socket.socket, events: list[Any], workers: set[int]) -> bool:
    """Handle what woke the template. Returns False when the pool is gone."""
    for key, _ in events:
        if key.fileobj is awake:
            awake.recv(4096)
            _report_exits(pool, workers)
            continue
        request, descriptors, _, _ = socket.recv_fds(pool, len(FORK), 2)
        if not request:
            return False
        worker = os.fork()
        if not worker:
            _become_worker(descriptors, (pool, awake))
        for descriptor in descriptors:
            os.close(descriptor)
        workers.add(worker)
        pool.sendall(EXIT.pack(FORK, worker, 0))
    return True


def _report_exits(pool: socket.socket, workers: set[int]) -> None:
    """Report the workers that have ended."""
    while workers:
        worker, status = os.waitpid(-1, os.WNOHANG)
        if not worker:
            return
        workers.discard(worker)
        pool.sendall(EXIT.pack(EXITED, worker, status))


# -- a worker ---------------------------------------------------------------------------------------------------------


def _become_worker(descriptors: list[int], inherited: tuple[socket.socket, ...]) -> None:
    """Turn a forked child into a worker; never returns."""
    code = 1
    try:
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        for sock in inherited:
            sock.close()
        die_with_parent()
        channel, board = descriptors
        watchdog.watch(board)
        with socket.socket(fileno=channel) as pool:
            code = _work(pool)
    finally:
        os._exit(code)


def die_with_parent() -> None:
    """Let the kernel kill this process when its parent ends, where the kernel can."""
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


def _work(pool: socket.socket) -> int:
    """Do calls until the pool is gone; return the exit code."""
    while True:
        try:
            level, careful, function, arguments = receive(pool)
        except (EOFError, OSError):
            return 0
        guard.set_care(careful)
        try:
            answer = _call(level, function, arguments)
        except guard.NeedsCareError:
            return OUT_OF_MEMORY
        try:
            send(pool, answer)
        except OSError:
            return 0


def _call(level: int, function: Any, arguments: list[Any]) -> tuple[str, Any, list[list[Any]]]:
    """Do a call; return "done" or "failed", the result or the error, and what was logged meanwhile."""
    handler = LogRecords([])  # type: ignore[arg-type]
    logger = logging.getLogger(LOGGER)
    logger.setLevel(level)
    logger.addHandler(handler)
    try:
        return "done", function(*arguments), handler.queue
    except guard.NeedsCareError:
        raise
    except Exception as error:
        if is_memory_fault(error):
            raise guard.NeedsCareError from error
        return "failed", describe_error(error), handler.queue
    finally:
        logger.removeHandler(handler)
