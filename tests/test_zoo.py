"""Pages of many genres, labelled line by line: whatever the genre, its content comes through whole.

A case file marks each line: "= " content, "- " chrome, "? " neutral (headline, byline, date, user name: may become metadata).
"""

from __future__ import annotations

import re
import tomllib
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from cleanse.chrome import load_rules, strip

if TYPE_CHECKING:
    from cleanse.chrome import Rules, Stripped

ZOO = Path(__file__).parent / "cases" / "zoo"
NAMES = sorted(path.stem for path in ZOO.glob("*.txt"))
GENRES = 33  # fifteen, pages that end in a source list or in a correction, fourteen of lists, rows and several voices, and press
LOST_SHARE = 0.0  # of the content's letters and digits, at most
GONE_SHARE = 0.75  # of the chrome's, at least
WORD = re.compile(r"\w")
LOST = tomllib.loads((ZOO.parent / "zoo_known_failures.toml").read_text(encoding="utf-8"))["lost"]
PAGES = [pytest.param(n, marks=pytest.mark.xfail(reason=LOST[n])) if n in LOST else n for n in NAMES]


def read(name: str) -> list[tuple[str, str]]:
    """The page's lines, each with its mark; a blank line has the mark " "."""
    lines = (ZOO / f"{name}.txt").read_text(encoding="utf-8").splitlines()
    unmarked = [line for line in lines if line and line[:2] not in {"= ", "- ", "? "}]
    assert unmarked == []
    return [(line[:1] or " ", line[2:]) for line in lines]


@cache
def rules() -> Rules:
    """Load the shipped rules once."""
    return load_rules()


def stripped(lines: list[tuple[str, str]]) -> Stripped:
    """The page of these lines, through the engine at its default setting."""
    return strip("\n".join(line for _, line in lines), rules())


def lost(lines: list[tuple[str, str]], result: Stripped) -> list[str]:
    """The content lines of which a removed span takes a word, with the rule that did it."""
    found: list[str] = []
    start = 0
    for mark, line in lines:
        found.extend(
            f"{span.rule} ({span.evidence}): {line}"
            for span in (result.removed if mark == "=" else ())
            if WORD.search(line, max(span.start - start, 0), max(span.end - start, 0))
        )
        start += len(line) + 1
    return found


@pytest.mark.parametrize("name", PAGES)
def test_no_content_line_of_a_page_is_lost(name: str) -> None:
    """Chrome may stay or go; what the page says stays."""
    page = read(name)
    assert lost(page, stripped(page)) == []


@pytest.mark.parametrize("name", NAMES)
def test_a_page_without_chrome_loses_nothing_but_metadata_lines(name: str) -> None:
    """The same pages, their chrome lines taken out beforehand."""
    page = [(mark, line) for mark, line in read(name) if mark != "-"]
    assert lost(page, stripped(page)) == []


def test_the_floors_of_the_quality_gate_hold() -> None:
    """Over all pages but those of known failures: how much of the content goes, and how much of the chrome."""
    words, gone = {"=": 0, "-": 0}, {"=": 0, "-": 0}
    for name in (name for name in NAMES if name not in LOST):
        page, start = read(name), 0
        result = stripped(page)
        for mark, line in page:
            if mark in words:
                words[mark] += len(WORD.findall(line))
                for span in result.removed:
                    gone[mark] += len(WORD.findall(line, max(span.start - start, 0), max(span.end - start, 0)))
            start += len(line) + 1
    assert gone["="] <= LOST_SHARE * words["="]
    assert gone["-"] >= GONE_SHARE * words["-"]


def test_the_zoo_has_every_genre_in_three_languages() -> None:
    """A genre is proven in more than one language, or it is not proven."""
    genres: dict[str, int] = {}
    for name in NAMES:
        language, _, genre = name.partition("-")
        if language != "clean":
            genres[genre] = genres.get(genre, 0) + 1
    assert len(genres) == GENRES
    assert min(genres.values()) >= 3
