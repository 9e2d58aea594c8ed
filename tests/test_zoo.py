"""Pages of many genres, labelled line by line: whatever the genre, its content comes through whole.

A case file marks each line "= " (content), "- " (chrome) or "? " (headline, byline, date, user name: may stay or become metadata).
"""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import pytest

from cleanse.chrome import load_rules, strip

if TYPE_CHECKING:
    from cleanse.chrome import Rules, Stripped

ZOO = Path(__file__).parent / "cases" / "zoo"
NAMES = sorted(path.stem for path in ZOO.glob("*.txt"))
GENRES = 17  # fifteen of one kind, and pages that end in a source list or in a correction


class Page(NamedTuple):
    text: str
    content: tuple[str, ...]
    chrome: tuple[str, ...]
    neutral: tuple[str, ...]


def read(name: str, *, without_chrome: bool = False) -> Page:
    lines: list[str] = []
    marked: dict[str, list[str]] = {"=": [], "-": [], "?": []}
    for line in (ZOO / f"{name}.txt").read_text(encoding="utf-8").splitlines():
        if line and line[:2] not in {"= ", "- ", "? "}:
            pytest.fail(f"{name}: a line without a mark: {line!r}")
        if without_chrome and line.startswith("- "):
            continue
        lines.append(line[2:])
        if line:
            marked[line[0]].append(line[2:])
    return Page("\n".join(lines).strip("\n"), tuple(marked["="]), tuple(marked["-"]), tuple(marked["?"]))


def words(text: str) -> str:
    return " " + " ".join(re.findall(r"\w+", text.lower())) + " "


@cache
def rules() -> Rules:
    return load_rules()


def lost(page: Page, result: Stripped) -> list[str]:
    """The content lines whose words no longer stand together in the result."""
    kept = words(result.text)
    return [line for line in page.content if words(line).strip() and words(line) not in kept]


def culprits(result: Stripped) -> str:
    return "\n".join(f"{span.rule} [{span.evidence}] {span.text!r:.150}" for span in result.removed)


@pytest.mark.parametrize("name", NAMES)
def test_no_content_line_of_a_page_is_lost(name: str) -> None:
    page = read(name)
    result = strip(page.text, rules())
    assert lost(page, result) == [], culprits(result)


@pytest.mark.parametrize("name", NAMES)
def test_a_page_without_chrome_loses_nothing_but_metadata_lines(name: str) -> None:
    page = read(name, without_chrome=True)
    result = strip(page.text, rules())
    neutral = words("\n".join(page.neutral))
    wrong = [span.text for span in result.removed if words(span.text) not in neutral]
    assert wrong == [], culprits(result)
    assert lost(page, result) == []


def test_the_zoo_has_every_genre_in_three_languages() -> None:
    languages: dict[str, set[str]] = {}
    for name in NAMES:
        language, _, genre = name.partition("-")
        if language != "clean":
            languages.setdefault(genre, set()).add(language)
    assert len(languages) == GENRES
    assert all(len(found) >= 3 for found in languages.values())
