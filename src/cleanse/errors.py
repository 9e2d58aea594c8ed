"""Define what cleanse raises for a caller's mistakes. A bad document never raises; it gets a `documents.Reason`.

CleanseError                the base; its message says what is wrong, where, and how to mend it
├── SettingError            an option has a value that cannot be used (also a ValueError)
├── SourceError             the input is missing, unreadable or of no known kind
├── OutputError             the output folder cannot be written, or a file of somebody else would be lost
└── WorkerError             worker processes die, or fail through a fault of cleanse

This module imports no other module of the package.
"""

import errno


class CleanseError(Exception):
    """Base of all errors that cleanse raises."""


class SettingError(CleanseError, ValueError):
    """An option or a rule file has a value that cannot be used."""


class SourceError(CleanseError):
    """The input is missing, unreadable or of no known kind."""


class OutputError(CleanseError):
    """The output cannot be written or read, or writing would overwrite a file that cleanse did not write."""


class WorkerError(CleanseError):
    """Worker processes die again and again at the same work, or fail in an unforeseen way."""


_NO_MEMORY = (  # what libraries say when the system gives them no memory, or no thread
    "failed to launch worker thread",
    "can't start new thread",
    "failed to map segment",
    "cannot allocate memory",
    "bad_alloc",
)


def is_memory_fault(error: BaseException) -> bool:
    """Return whether an error, or the error behind it, means that the system gave no more memory or threads."""
    cause = error.__cause__ or error.__context__
    return (
        isinstance(error, MemoryError)
        or (isinstance(error, OSError) and error.errno == errno.ENOMEM)
        or any(words in str(error).lower() for words in _NO_MEMORY)
        or (cause is not None and is_memory_fault(cause))
    )


def raise_memory_fault(error: BaseException) -> None:
    """Raise MemoryError if an error means that the system gave no more memory, which is no verdict on a document."""
    if is_memory_fault(error):
        raise MemoryError(str(error)) from error
