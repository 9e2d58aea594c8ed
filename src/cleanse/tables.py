"""Declare the columns of a table. Imports nothing of ours, and pyarrow only when a schema is made."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    import pyarrow as pa


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table.

    Attributes:
        name: Its name.
        type: Its type: string, int32, int64, uint8, uint64, float64, bool, or list<…> of one of them.
        about: What its values are, for the documentation.
        value: Returns its value from what a row stands for; None: the table says how it is filled.
    """

    name: str
    type: str
    about: str = ""
    value: Callable[..., Any] | None = None


def make_schema(columns: Iterable[Column], metadata: Mapping[bytes, bytes] | None = None) -> pa.Schema:
    """Return the Arrow schema of columns. Raises ValueError for a type that is not known."""
    import pyarrow as pa

    return pa.schema([(column.name, _arrow_type(column.type)) for column in columns], metadata)


def _arrow_type(name: str) -> Any:
    import pyarrow as pa

    if name.startswith("list<"):
        return pa.list_(_arrow_type(name.removeprefix("list<").removesuffix(">")))
    return pa.type_for_alias(name)
