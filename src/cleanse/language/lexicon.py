"""Read `lexicon.toml`: function words, scripts, names of codes, close relatives, and how rare languages are."""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path
from typing import Any


@cache
def tables() -> dict[str, Any]:
    """Return all tables of the file."""
    return tomllib.loads(Path(__file__).with_name("lexicon.toml").read_text("utf-8"))


@cache
def normal(code: str) -> str:
    """Return a language code as ISO 639-1, else 639-3, without script or region."""
    code = code.lower().replace("_", "-").partition("-")[0]
    return str(tables()["codes"].get(code, code))


@cache
def prior() -> dict[str, float]:
    """Return a weight for each language that is rarer or more common on the web than py3langid takes it to be."""
    return {code: entry["weight"] for entry in tables()["prior"].values() for code in entry["languages"].split()}


@cache
def close() -> dict[str, frozenset[str]]:
    """Return the group of close relatives that a language belongs to, for those that have any."""
    groups = [frozenset(group.split()) for group in tables()["close"]["groups"]]
    return {code: group for group in groups for code in group}


@cache
def outsiders() -> frozenset[str]:
    """Return the languages that no model knows."""
    return frozenset(tables()["unmodelled"]["languages"].split())


@cache
def listed() -> frozenset[str]:
    """Return the languages with a list of function words."""
    return frozenset(tables()["words"])


@cache
def counted_languages() -> tuple[str, ...]:
    """Return the languages with a list of function words, in the order of the lanes of `function_words`."""
    return tuple(sorted(listed()))


@cache
def lane_of(code: str) -> int:
    """Return the lane of a language in `function_words`; -1 for one without a list."""
    return counted_languages().index(code) if code in listed() else -1


@cache
def function_words() -> dict[str, int]:
    """Return for each function word an integer with a 1 in the lane, a byte, of each language it belongs to.

    The sum of such integers counts the words of all languages at once, as long as no count exceeds 255.
    """
    lanes: dict[str, int] = {}
    for lane, code in enumerate(counted_languages()):
        for word in dict.fromkeys(tables()["words"][code].split()):
            lanes[word] = lanes.get(word, 0) | 1 << 8 * lane
    return lanes


@cache
def script_table() -> tuple[list[int], list[str]]:
    """Return the starts of runs of 16 characters, and the script of each run ("" between scripts)."""
    table = {0: ""}
    for name, script in tables()["scripts"].items():
        for first, last in script["ranges"]:
            table[first >> 4] = name
            table.setdefault((last >> 4) + 1, "")
    starts = sorted(table)
    return starts, [table[s] for s in starts]
