"""Define what cleanse raises for a caller's mistakes. A bad document never raises; it gets a `documents.Reason`.

CleanseError                the base; its message says what is wrong, where, and how to mend it
├── SettingError            an option has a value that cannot be used (also a ValueError)
├── SourceError             the input is missing, unreadable or of no known kind
├── OutputError             the output folder cannot be written, or a file of somebody else would be lost
└── WorkerError             worker processes die, or fail through a fault of cleanse

This module imports no other module of the package.
"""


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
