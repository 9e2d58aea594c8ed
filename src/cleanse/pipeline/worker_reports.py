"""Carry errors and log records from a worker to the process of the pool, in messages."""

from __future__ import annotations

import errno
import logging
import logging.handlers
import traceback
from typing import Any

from cleanse import errors
from cleanse.errors import WorkerError


def describe_error(error: Exception) -> dict[str, Any]:
    """Return an error as values that a message can hold; `make_error` is the inverse."""
    about: dict[str, Any] = {"message": str(error), "errno": None, "file": None}
    if isinstance(error, OSError):  # Arrow's have no number
        about = {"message": error.strerror or str(error), "errno": error.errno or errno.EIO, "file": None}
        about["file"] = error.filename and str(error.filename)
    kind = f"{type(error).__module__}:{type(error).__qualname__}"
    return {"type": kind, "trace": "".join(traceback.format_exception(error)), **about}


def make_error(described: dict[str, Any]) -> BaseException:
    """Return the error that `describe_error` described: of its type if it is ours or the system's, else a WorkerError."""
    module, _, name = described["type"].partition(":")
    if module == errors.__name__:
        error: BaseException = getattr(errors, name)(described["message"])
        return error
    if described["errno"]:
        return OSError(described["errno"], described["message"], described["file"])
    return WorkerError(f"{name}: {described['message']}\n{described['trace']}")


class LogRecords(logging.handlers.QueueHandler):
    """Keeps log records as values that a message can hold."""

    queue: list[list[Any]]  # type: ignore[assignment]

    def enqueue(self, record: logging.LogRecord) -> None:
        """Keep name, level, time and message of a record."""
        self.queue.append([record.name, record.levelno, record.created, record.getMessage()])


def log_again(name: str, level: int, created: float, message: str) -> None:
    """Log a record that came from a worker.

    Args:
        name: Name of its logger.
        level: Its level.
        created: When it was made, in seconds since 1970.
        message: Its message.
    """
    record = logging.LogRecord(name, level, "", 0, message, None, None)
    record.created = created
    logging.getLogger(name).handle(record)
