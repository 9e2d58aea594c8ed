"""Encode values as bytes for another process or a later task, and decode them, without pickle.

A message is JSON, followed by the bytes of arrays. The decoder makes plain values, numpy arrays and paths. Of classes
and functions it makes only records (frozen dataclasses and named tuples) and functions that this package defines. So
whoever can write a message cannot run code of their own.
"""

from __future__ import annotations

import json
import struct
from dataclasses import fields, is_dataclass
from functools import partial
from importlib import import_module
from pathlib import Path, PurePath
from types import FunctionType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

PACKAGE = "cleanse"
_LENGTH = struct.Struct("<Q")  # bytes of the JSON, which the blobs follow


def encode(value: object) -> bytes:
    """Return a value as a message. Raises TypeError for a value that `decode` could not make again."""
    blobs = bytearray()
    text = json.dumps(_pack(value, blobs)).encode()
    return b"".join([_LENGTH.pack(len(text)), text, blobs])


def decode(message: bytes | bytearray | memoryview) -> Any:
    """Return the value of a message. Raises ValueError if it is no message, or names something outside this package."""
    view = memoryview(message)
    try:
        (length,) = _LENGTH.unpack_from(view)
        start = _LENGTH.size + length
        return _unpack(json.loads(bytes(view[_LENGTH.size : start])), view[start:])
    except (struct.error, ValueError, KeyError, TypeError, AttributeError, ImportError, IndexError) as error:
        raise ValueError(f"not a message of cleanse: {error}") from error


def _pack(value: Any, blobs: bytearray) -> Any:
    if value is None or type(value) in (bool, int, float, str):
        return value
    if type(value) is list:
        return [_pack(item, blobs) for item in value]
    for kind, pack in _PACKERS:
        if isinstance(value, kind):
            return pack(value, blobs)
    if is_dataclass(value) and not isinstance(value, type):
        return _pack_record(value, [getattr(value, one.name) for one in fields(value)], blobs)
    return _pack_bytes(value, blobs)


def _pack_record(value: Any, values: Iterable[Any], blobs: bytearray) -> Any:
    return {"record": _name_of(type(value)), "values": [_pack(item, blobs) for item in values]}


def _pack_tuple(value: tuple[Any, ...], blobs: bytearray) -> Any:
    if hasattr(value, "_fields"):
        return _pack_record(value, value, blobs)
    return {"tuple": [_pack(item, blobs) for item in value]}


_PACKERS: tuple[tuple[type, Callable[[Any, bytearray], Any]], ...] = (
    (tuple, _pack_tuple),
    (frozenset, lambda items, blobs: {"frozenset": [_pack(item, blobs) for item in sorted(items)]}),
    (set, lambda items, blobs: {"set": [_pack(item, blobs) for item in sorted(items)]}),
    (dict, lambda items, blobs: {"dict": [[_pack(k, blobs), _pack(v, blobs)] for k, v in items.items()]}),
    (PurePath, lambda path, _: {"path": str(path)}),
    (FunctionType, lambda function, _: {"function": _name_of(function)}),
    (partial, lambda p, blobs: {"partial": [_pack(one, blobs) for one in (p.func, list(p.args), p.keywords)]}),
)


def _pack_bytes(value: Any, blobs: bytearray) -> Any:
    if isinstance(value, (bytes, bytearray, memoryview)):
        return {"bytes": _add(bytes(value), blobs)}
    if hasattr(value, "__array__"):  # numpy's arrays and scalars
        array = value.__array__()
        if array.ndim == 0:
            return _pack(array.item(), blobs)
        if array.dtype.hasobject:
            raise TypeError("an array of objects cannot travel")
        return {"array": [array.dtype.str, list(array.shape), _add(array.tobytes(), blobs)]}
    if isinstance(value, (int, float, str)):  # subclasses
        return value
    raise TypeError(f"{type(value).__module__}.{type(value).__qualname__} cannot travel in a message")


def _add(data: bytes, blobs: bytearray) -> list[int]:
    """Append bytes to the blobs; return their place as [start, length]."""
    blobs += data
    return [len(blobs) - len(data), len(data)]


def _unpack(value: Any, blobs: memoryview) -> Any:
    if type(value) is list:
        return [_unpack(item, blobs) for item in value]
    if type(value) is not dict:
        return value
    if "record" in value:
        kind = _load(value["record"])
        if not (isinstance(kind, type) and (is_dataclass(kind) or issubclass(kind, tuple))):
            raise ValueError(f"{value['record']} is no record")
        return kind(*[_unpack(item, blobs) for item in value["values"]])
    ((name, content),) = value.items()
    return _MAKERS[name](content, blobs)


def _function(name: str, _: memoryview) -> Any:
    target = _load(name)
    if not isinstance(target, FunctionType):
        raise TypeError(f"{name} is no function")
    return target


def _partial(content: list[Any], blobs: memoryview) -> Any:
    function, arguments, keywords = (_unpack(part, blobs) for part in content)
    return partial(function, *arguments, **keywords)


def _array(content: list[Any], blobs: memoryview) -> Any:
    import numpy as np

    dtype, shape, (start, length) = content
    return np.frombuffer(blobs[start : start + length], np.dtype(dtype)).reshape(shape).copy()


_MAKERS: dict[str, Any] = {
    "tuple": lambda items, blobs: tuple(_unpack(item, blobs) for item in items),
    "set": lambda items, blobs: {_unpack(item, blobs) for item in items},
    "frozenset": lambda items, blobs: frozenset(_unpack(item, blobs) for item in items),
    "dict": lambda items, blobs: {_unpack(key, blobs): _unpack(item, blobs) for key, item in items},
    "path": lambda name, _: Path(name),
    "bytes": lambda place, blobs: bytes(blobs[place[0] : place[0] + place[1]]),
    "array": _array,
    "function": _function,
    "partial": _partial,
}


def _name_of(target: Any) -> str:
    """Return the name of a class or function of this package. Raises TypeError for any other."""
    name = f"{target.__module__}:{target.__qualname__}"
    if target.__module__.split(".")[0] != PACKAGE or "<" in name:
        raise TypeError(f"{name} is not defined by {PACKAGE} and cannot travel in a message")
    return name


def _load(name: str) -> Any:
    """Return the class or function of a name. Raises ValueError for one that this package does not define."""
    module, _, path = name.partition(":")
    if module.split(".")[0] != PACKAGE:
        raise ValueError(f"{name} is not defined by {PACKAGE}")
    target: Any = import_module(module)
    for part in path.split("."):
        target = getattr(target, part)
    if getattr(target, "__module__", "").split(".")[0] != PACKAGE:
        raise ValueError(f"{name} is not defined by {PACKAGE}")
    return target
