"""Which field of a record is the text, the title, the date …: by name, however deep they lie, and by the prose in them."""

from __future__ import annotations

import json
import math
import re
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from cleanse.inputs.cells import without_surrogates
from cleanse.inputs.column_values import MAX_COLUMN, is_nothing
from cleanse.inputs.field_names import columns_by_name, key_of
from cleanse.inputs.record_dates import read_date

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

Place = tuple[str | int, ...]  # where a value stands: names of objects within objects

MAX_DEPTH = 4  # objects within objects in which fields are looked for
MAX_CARRIED = 4 << 20  # characters of a record's carried fields; the largest values beyond it are left out
TEASER = 200  # characters of a text below which three times as much prose in the HTML beside it is the text
HOLDERS = {  # objects that hold what is known of the text beside them
    "meta", "metadata", "attributes", "info", "properties", "source", "article", "document", "page", "headers", "jsonld",
    "data", "fields", "header", "warcheaders", "embedded",
}  # fmt: skip
_TAG = re.compile(r"<[^<>]*>")
_LANGUAGE = re.compile(r"(.+)[_\W]\(?(?:[a-z]{2}|[0-9]{1,2})\)?$", re.IGNORECASE)  # text_fr, texte-2, text (2)


def free_name(name: str, taken: Mapping[str, Any]) -> str:
    """Return the name, or with a number after it if there is one of that name already."""
    number, free = 1, name
    while free in taken:
        number += 1
        free = f"{name} ({number})"
    return free


def place_of(values: Any, place: Place) -> Any:
    """Return the value at a place, None where there is none."""
    for step in place:
        if isinstance(values, list):
            values = values[step] if isinstance(step, int) and step < len(values) else None
        else:
            values = values.get(step) if isinstance(values, dict) else None
    return values


def find_place(values: Any, name: str) -> Place | None:
    """Return where a field stands that a user named: as it is spelled, dotted, or but for case and accents."""
    if isinstance(values, list):
        head, _, rest = name.partition(".")
        if head.isdecimal() and head.isascii() and int(head) < len(values):
            inner = find_place(values[int(head)], rest) if rest else ()
            return None if inner is None else (int(head), *inner)
        return None
    if not isinstance(values, dict):
        return None
    if name in values:
        return (name,)
    parts = name.split(".")
    for length in range(len(parts) - 1, 0, -1):
        head = ".".join(parts[:length])
        if head in values and (inner := find_place(values[head], ".".join(parts[length:]))) is not None:
            return (head, *inner)
    key = key_of(name)
    return next(((field,) for field in values if key and key_of(str(field)) == key), None)


def text_of(value: Any, joint: str = "\n\n", depth: int = MAX_DEPTH) -> str | bytes | None:
    """Return a value as text: a list joined, of an object its own text, of numbers their digits; None where there is none."""
    if value is None or isinstance(value, (str, bytes)):
        return value
    if isinstance(value, (int, float)):
        return None if isinstance(value, bool) or value != value else str(value)  # noqa: PLR0124  NaN
    if depth == 0:
        return None
    if isinstance(value, list):
        texts = [text_of(inner, joint, depth - 1) for inner in value]
        strings = [t.decode("utf-8", "replace") if isinstance(t, bytes) else t for t in texts if t]
        return joint.join(strings) if strings else None
    if isinstance(value, dict):
        inside = columns_by_name()["inside"]
        ranked = sorted((inside[key], field) for field in value if (key := key_of(field) or field) in inside)
        return next((text for _, field in ranked if (text := text_of(value[field], joint, depth - 1))), None)
    return str(value)


def find_text(values: Mapping[str, Any], named: tuple[str, ...]) -> tuple[Place, str | None, str | bytes] | None:
    """Return where the text of a record stands, its kind (None: sniff) and the text; None where there is none.

    Args:
        values: The record.
        named: Fields that a user named; the first that is filled wins.

    """
    if named:
        places = [place for name in named if (place := find_place(values, name)) is not None]
        texts = [(place, None, text) for place in places if (text := _prose_text(place_of(values, place))) is not None]
        return next((chosen for chosen in texts if chosen[2]), texts[0] if texts else None)
    classes: dict[str, list[tuple[int, int, Place, str | bytes]]] = {}
    for column, rank, place in _candidates(values, (), ("text", "html", "post", "summary")):
        text = _prose_text(place_of(values, place))
        if text is not None:
            classes.setdefault(column, []).append((-_prose(text), rank, place, text))
    best = {column: min(rows, key=lambda row: row[:2]) for column, rows in classes.items()}
    prose = {column: -row[0] for column, row in best.items()}
    if 0 < prose.get("text", 0) < TEASER and prose.get("html", 0) >= 3 * prose["text"]:
        best = {"html": best["html"]}
    for column in ("text", "html", "post", "summary"):
        if column in best and best[column][0]:
            return best[column][2], "html" if column == "html" else None, best[column][3]
    return next(((row[2], None, row[3]) for row in best.values()), None)


def has_text_field(values: Mapping[str, Any], named: tuple[str, ...]) -> bool:
    """Return whether a record has a field for its text, though nothing may stand in it."""
    if named:
        return any(find_place(values, name) is not None for name in named)
    return any(True for _ in _candidates(values, (), ("text", "html", "post", "summary")))


def _prose_text(value: Any) -> str | bytes | None:
    text = None if isinstance(value, (int, float)) else text_of(value)
    return "" if text is not None and is_nothing(text) else text


def _prose(text: str | bytes) -> int:
    """Return the characters of a text that stand outside tags."""
    if isinstance(text, bytes):
        return len(text)
    return len((_TAG.sub("", text) if "<" in text else text).strip())


def _candidates(values: Any, within: Place, columns: tuple[str, ...]) -> Iterator[tuple[str, int, Place]]:
    """Yield column, rank and place of the fields whose names stand for one of the columns, objects within objects too."""
    for field, value in values.items():
        place = (*within, field)
        named = _named(field, columns)
        if isinstance(value, dict):
            inner = list(_candidates(value, place, columns)) if len(within) < MAX_DEPTH else []
            if named and not inner:
                inside = columns_by_name()["inside"]
                inner = [(*named, (*place, f)) for f in sorted(value, key=lambda f: inside.get(f, 99)) if f in inside]
            yield from inner
        elif named:
            yield (*named, place)


@lru_cache(maxsize=4096)
def _named(field: str, columns: tuple[str, ...]) -> tuple[str, int] | None:
    """Return the column that a field's name stands for, and its rank there; a language or number at its end is no matter."""
    lexicon = columns_by_name()
    match = _LANGUAGE.match(field)
    for key in (key_of(field), key_of(match[1]) if match else ""):
        for column in columns:
            if key in lexicon[column]:
                return column, lexicon[column][key]
    return None


def find_columns(values: Mapping[str, Any], text: Place, given: Mapping[str, str]) -> dict[str, Place]:
    """Return where the columns of a record stand: beside the text, around it, and in an object such as `meta`.

    Args:
        values: The record.
        text: Where its text stands.
        given: Column → field, as a user named them.

    """
    found: dict[str, Place] = {}
    scopes = _scopes(values, text)
    for column in ("id", "url", "title", "author", "date", "fetched"):
        if column in given:
            place = find_place(values, given[column])
            if place is not None:
                found[column] = place
            continue
        for scope in scopes:
            held = place_of(values, scope)
            places = ((*scope, field) for field in _ranked(tuple(held)).get(column, ()))
            usable = next((p for p in places if p != text and _usable(column, place_of(values, p))), None)
            if usable is not None:
                found[column] = usable
                break
    return found


@lru_cache(maxsize=256)  # most records of a file have the same fields
def _ranked(fields: tuple[str, ...]) -> dict[str, tuple[str, ...]]:
    """Return column → the fields whose names stand for it, likeliest first."""
    lexicon = columns_by_name()
    keys = [(key_of(field), field) for field in fields]
    return {
        column: tuple(field for _, field in sorted((names[key], field) for key, field in keys if key in names))
        for column, names in lexicon.items()
    }


def _scopes(values: Mapping[str, Any], text: Place) -> list[Place]:
    """Return the objects in which columns are looked for, nearest first."""
    around = [text[:length] for length in range(len(text) - 1, -1, -1)]
    beside = [
        (*scope, field)
        for scope in around
        for field, value in _fields_of(place_of(values, scope))
        if isinstance(value, dict) and key_of(field) in HOLDERS
    ]
    return [scope for scope in [*around, *beside] if isinstance(place_of(values, scope), dict)]


def _fields_of(value: Any) -> list[tuple[str, Any]]:
    return list(value.items()) if isinstance(value, dict) else []


def _usable(column: str, value: Any) -> bool:
    """Return whether a value can stand in a column."""
    text = text_of(value, ", ")
    if not text or len(text) > MAX_COLUMN or is_nothing(text):
        return False
    if column == "author":
        return not isinstance(text, str) or any(map(str.isalpha, text))  # a number is an account's
    if column in ("date", "fetched"):
        read = read_date(text)
        return read.iso is not None or read.ambiguous
    several = isinstance(value, list) and len(value) > 1
    return column != "url" or not (isinstance(value, (int, float)) or several or " " in str(text).strip())


def carried_json(values: Mapping[str, Any], used: set[Place], carry: tuple[str, ...] | None) -> tuple[str | None, bool]:
    """Return the carried fields as JSON, and whether some were too large."""
    if carry is None:
        kept = _without(values, (), used)
    else:
        places = [(name, find_place(values, name)) for name in carry]
        kept = {name: place_of(values, place) for name, place in places if place is not None}
    if not kept:
        return None, False
    text = _dump(kept)
    left_out = False
    if len(text) > MAX_CARRIED:
        sizes = {name: len(_dump(value)) for name, value in kept.items()}
        total = len(text)
        for name in sorted(sizes, key=lambda name: (-sizes[name], name)):
            if total <= MAX_CARRIED:
                break
            kept[name] = f"{sizes[name]:,} characters, left out"
            total -= sizes[name]
        text, left_out = _dump(kept), True
    return without_surrogates(text), left_out


def _without(values: Mapping[str, Any], within: Place, used: set[Place]) -> dict[str, Any]:
    """Return the values that stand in no column; an object of which nothing is left goes with them."""
    kept: dict[str, Any] = {}
    for field, value in values.items():
        place = (*within, field)
        if place in used:
            continue
        if isinstance(value, dict) and any(p[: len(place)] == place for p in used):
            inner = _without(value, place, used)
            if inner:
                kept[str(field)] = inner
        else:
            kept[str(field)] = value
    return kept


def _dump(value: Any) -> str:
    try:
        return json.dumps(value, ensure_ascii=False, default=_other, allow_nan=False)
    except ValueError:
        return json.dumps(_finite(value), ensure_ascii=False, default=_other, allow_nan=False)


def _finite(value: Any) -> Any:
    """Return a value without what JSON has no word for: NaN is nothing, an infinity its name."""
    if isinstance(value, dict):
        return {str(name): _finite(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [_finite(inner) for inner in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None if math.isnan(value) else str(value)
    return value


def _other(value: Any) -> str:
    if isinstance(value, bytes):
        try:
            return value.decode()
        except UnicodeDecodeError:
            return f"{len(value):,} bytes"
    return str(value)
