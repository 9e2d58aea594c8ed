"""The cells of Arrow arrays as Python values, whatever they hold: text that is not UTF-8, times out of range, unknown zones."""

from __future__ import annotations

import contextlib
import datetime as dt
from collections.abc import Callable
from functools import partial
from typing import Any

Convert = Callable[[Any], Any]

_EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
_UNITS = {"s": 1, "ms": 1_000, "us": 1_000_000, "ns": 1_000_000_000}


def read_cell(array: Any, i: int, convert: Convert) -> Any:
    """Return a cell as a Python value; for one that cannot be read, a text that says why. Raises MemoryError."""
    try:
        return convert(array[i].as_py())
    except MemoryError:
        raise
    except Exception as error:  # noqa: BLE001
        return f"unreadable: {type(error).__name__}"


def readable_array(array: Any, kind: Any) -> tuple[Any, Convert]:
    """Return an array whose cells can be had whatever they hold, and what makes Python values of them."""
    import pyarrow as pa

    if pa.types.is_dictionary(array.type):
        dictionary, convert = readable_array(array.dictionary, kind)
        return pa.DictionaryArray.from_arrays(array.indices, dictionary, safe=False), convert
    try:
        return array.cast(_without_text(kind)), _converter(kind)
    except (pa.ArrowException, NotImplementedError):
        return array, _converter(kind)


def _without_text(kind: Any) -> Any:
    """Return a type without texts and times: bytes and numbers are had whatever they hold."""
    import pyarrow as pa

    types = pa.types
    plain = next((plain(pa) for is_kind, plain, _ in _KINDS if getattr(types, is_kind)(kind)), kind)
    if types.is_list(kind):
        plain = pa.list_(kind.value_field.with_type(_without_text(kind.value_type)))
    elif types.is_large_list(kind):
        plain = pa.large_list(kind.value_field.with_type(_without_text(kind.value_type)))
    elif types.is_struct(kind):
        plain = pa.struct([kind.field(i).with_type(_without_text(kind.field(i).type)) for i in range(kind.num_fields)])
    return plain


def _converter(kind: Any) -> Convert:
    """Return what makes Python values of those of `_without_text`."""
    import pyarrow as pa

    types = pa.types
    convert = next((convert(kind) for is_kind, _, convert in _KINDS if getattr(types, is_kind)(kind)), _same)
    if types.is_list(kind) or types.is_large_list(kind):
        inner = _converter(kind.value_type)
        convert = partial(_each, inner)
    elif types.is_struct(kind):
        convert = partial(_each_field, {f.name: _converter(f.type) for f in map(kind.field, range(kind.num_fields))})
    return convert


def _same(value: Any) -> Any:
    return value


def _each(inner: Convert, value: Any) -> Any:
    return None if value is None else [inner(one) for one in value]


def _each_field(inners: dict[str, Convert], value: Any) -> Any:
    return None if value is None else {name: inners[name](one) for name, one in value.items()}


def _text(value: Any) -> Any:
    return value.decode("utf-8", "surrogateescape") if isinstance(value, bytes) else value


def _moment(value: Any, scale: int, zone: str | None) -> str | None:
    """Return a time as ISO 8601, in its zone if that is known; one out of range as its number."""
    if value is None or not isinstance(value, int):
        return None if value is None else str(value)
    try:
        moment = _EPOCH + dt.timedelta(seconds=value // scale, microseconds=value % scale * 1_000_000 // scale)
        if zone:
            import zoneinfo

            with contextlib.suppress(ValueError, OSError, zoneinfo.ZoneInfoNotFoundError):
                moment = moment.astimezone(zoneinfo.ZoneInfo(zone))
        return moment.isoformat() if zone else moment.replace(tzinfo=None).isoformat()
    except OverflowError:
        return str(value)


def _days(value: Any) -> str | None:
    return None if value is None else _moment(value * 86_400, 1, None)


# how a kind of cell is told, what it is read as, and what makes a Python value of that
_KINDS: tuple[tuple[str, Callable[[Any], Any], Callable[[Any], Convert]], ...] = (
    ("is_string", lambda pa: pa.binary(), lambda _: _text),
    ("is_large_string", lambda pa: pa.large_binary(), lambda _: _text),
    ("is_timestamp", lambda pa: pa.int64(), lambda kind: partial(_moment, scale=_UNITS[kind.unit], zone=kind.tz)),
    ("is_date64", lambda pa: pa.int64(), lambda _: partial(_moment, scale=1_000, zone=None)),
    ("is_date32", lambda pa: pa.int32(), lambda _: _days),
)


def is_escaped(value: Any) -> bool:
    """Return whether bytes that are not UTF-8 stand in a value as surrogate escapes."""
    if isinstance(value, str):
        try:
            value.encode()
        except UnicodeEncodeError:
            return True
        return False
    if isinstance(value, dict):
        return any(map(is_escaped, value.values()))
    return isinstance(value, list) and any(map(is_escaped, value))
