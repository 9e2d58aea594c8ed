"""Watch the reasons for which a stage rejects documents, and find those that depend on the machine."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from cleanse.documents import LIMIT_REASONS
from cleanse.inputs import ENVIRONMENT_REASONS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    import pyarrow as pa

# due to the machine, not the content: another run tries again
TRANSIENT_REASONS = (*ENVIRONMENT_REASONS, "out-of-memory")
LOUD_REASONS = (*TRANSIENT_REASONS, *LIMIT_REASONS, "crashed", "failed")  # reasons that a warning names


def is_transient(reason: str, evidence: str | None) -> bool:
    """Return whether a document was rejected because of the state of the machine, and not because of its content.

    Args:
        reason: Id of the rule that rejected it.
        evidence: What that rule saw.
    """
    return reason in TRANSIENT_REASONS or (reason == "crashed" and "SIGKILL" in (evidence or ""))


class ReasonWatch:
    """Counts the reasons in the rows that pass by, and finds those that depend on the machine and not on the content.

    Attributes:
        reasons: Reason → number of documents.
        transient: Row number and reason of documents that another run shall try again.
        limits: Limits of this run, if a document exceeded them; else None.
        row: Number of rows so far.
    """

    def __init__(self, limits: list[float]) -> None:
        """Begin with no rows.

        Args:
            limits: Limits of time and memory of this run.
        """
        self.reasons: Counter[str] = Counter()
        self.transient: list[list[Any]] = []
        self.limits: list[float] | None = None
        self._limits = limits
        self.row = 0

    def rows(self, rows: Iterable[dict[str, Any]]) -> Iterator[dict[str, Any]]:
        """Yield the rows, and count their reasons."""
        for row in rows:
            self._count([row["reason"]], [row["evidence"]])
            yield row

    def tables(self, tables: Iterable[pa.Table]) -> Iterator[pa.Table]:
        """Yield the tables, and count their reasons."""
        for table in tables:
            if "reason" in table.column_names:
                self._count(table["reason"].to_pylist(), table["evidence"].to_pylist())
            yield table

    def _count(self, reasons: list[str | None], evidence: list[str | None]) -> None:
        for reason, seen in zip(reasons, evidence, strict=True):
            if reason is not None:
                self.reasons[reason] += 1
                if is_transient(reason, seen):
                    self.transient.append([self.row, reason])
                if reason in LIMIT_REASONS:
                    self.limits = self._limits
            self.row += 1


def spell_counts(reasons: Counter[str]) -> str:
    """Return counts such as "3 (2 empty, 1 binary)"."""
    named = ", ".join(f"{n} {reason}" for reason, n in sorted(reasons.items(), key=lambda item: (-item[1], item[0])))
    return f"{reasons.total()} ({named})" if named else "0"
