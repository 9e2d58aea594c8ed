"""The declaration of a table's column. Imports nothing of ours, and pyarrow only when a schema is made."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    import pyarrow as pa


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a table: its name, its type, what it says, and how its value is had."""

    name: str
    type: str  # string, int32, int64, uint8, uint64, float64, bool or list<…> of one of them
    about: str = ""
    value: Callable[..., Any] | None = None  # of the thing that a row stands for


def make_schema(columns: Iterable[Column], metadata: Mapping[bytes, bytes] | None = None) -> pa.Schema:
    """Return the Arrow schema of columns. Raises ValueError for a type that is not known."""
    import pyarrow as pa

    return pa.schema([(column.name, _arrow_type(column.type)) for column in columns], metadata)


def _arrow_type(name: str) -> Any:
    import pyarrow as pa

    if name.startswith("list<"):
        return pa.list_(_arrow_type(name.removeprefix("list<").removesuffix(">")))
    return pa.type_for_alias(name)
