"""What can go wrong by the caller's doing. Bad documents are data and never raise; see `documents.Reason`.

CleanseError                the base: one line that says what, where and how to mend
├── SettingError            an option has a value that cannot be used (also a ValueError)
├── SourceError             the input is missing, unreadable or of no known kind
├── OutputError             the output folder cannot be written, or would lose a foreign file
└── WorkerError             worker processes die, or fail for a reason that is our fault

Imports nothing of ours.
"""


class CleanseError(Exception):
    """Base of every error that cleanse raises for a caller's mistake."""


class SettingError(CleanseError, ValueError):
    """An option or a rule file has a value that cannot be used."""


class SourceError(CleanseError):
    """The input is missing, unreadable or of no known kind."""


class OutputError(CleanseError):
    """The output cannot be written, or writing it would overwrite a file that is not ours."""


class WorkerError(CleanseError):
    """Worker processes die again and again at the same work, or fail in a way that we did not foresee."""
