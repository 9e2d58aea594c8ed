"""Exports of Europresse as plain text, and what its text and HTML share. Stock phrases are in press_exports.toml.

Each article ends with a copyright line, a certificate, or a number such as `news·20230317·PR·004`.
"""

from __future__ import annotations

import re
from dataclasses import replace
from functools import cache

from cleanse.inputs.press_article import MAX_HEADER, Article, author_of, line_pattern, page_of, phrases
from cleanse.inputs.record_dates import read_date

HEAD_LINES = 4  # of an article in plain text, in which its date stands
SENTENCE_ENDS = (".", "!", "?", "…", "»", "”", '"', ":")
MIN_HEADS = 2  # heads of articles that make an export of a text without any other sign
MAX_PAPER = 90  # characters of a paper's name and number
ADDITIONS = ("number", "rights", "certificate", "law", "origin")  # kinds of lines below an article
CERTAIN = {"number", "certificate", "law"}  # those that no newspaper writes itself

_WEEKDAY = (
    r"(?:lundi|mardi|mercredi|jeudi|vendredi|samedi|dimanche|monday|tuesday|wednesday|thursday|friday|saturday|sunday)"
)
_SECTION = re.compile(rf"^(.{{1,80}}?),?\s+{_WEEKDAY}\b", re.IGNORECASE)
_DATE = re.compile(
    rf"(?:{_WEEKDAY},?\s+)?(?:\d{{1,2}}(?:er)?\s+[^\W\d]{{3,10}}\s+\d{{4}}|[^\W\d]{{3,10}}\s+\d{{1,2}},\s+\d{{4}})",
    re.IGNORECASE,
)
_FULL_HEADER = re.compile(rf"\b{_WEEKDAY}\b.*(?:\bp\.\s?\w{{1,8}}|\b\d+\s(?:mots|words))", re.IGNORECASE)
_ISSUE = re.compile(r",\s*(?:no|n°|nº|vol|num)\b\.?\s*(.{1,40})$", re.IGNORECASE)
_PAPER = re.compile(r"\s{3,}|\n|(?=,\s*(?:no|n°|nº|vol|num)\b)", re.IGNORECASE)


def split_text(text: str) -> list[Article]:
    """Return the articles of an export in plain text; none where it is no such export, or is not sure to be one."""
    lines = _sentences().sub(lambda match: " ".join(match[0].split()), text).split("\n")
    blocks = split_blocks(lines) or _split_at_heads(lines)
    return [_text_article(body, additions) for body, additions in blocks]


@cache
def _sentences() -> re.Pattern[str]:
    """Return the pattern of the sentences that the database adds, however their lines are broken."""
    patterns = [pattern.replace(" ", r"\s+") for pattern in phrases()["europresse"]["sentences"]]
    return re.compile("|".join(f"(?:{pattern})" for pattern in patterns), re.IGNORECASE)


def facts_of(paper: str, header: str, number: str) -> Article:
    """Return what an article's header says: name and number of the paper, section, date, page."""
    header = " ".join(header.split())
    issue, section = _ISSUE.search(" ".join(paper.split())), _SECTION.match(header)
    match = line_pattern("europresse", "number").search(number)
    date = _DATE.search(header)
    own = match[1] if match else None
    return Article(
        "",
        source=" ".join(_PAPER.split(paper.strip(), maxsplit=1)[0].split()) or None,
        issue=issue[1].strip() if issue else None,
        section=section[1].strip(" ,") if section else None,
        date=read_date(date[0]).iso if date else read_date(own[5:13] if own else None).iso,
        page=page_of(header),
        number=own,
    )


def kinds_of(line: str) -> set[str]:
    """Return what a line is that the database added: number, rights, certificate, law, origin; none: the article's own.

    A line may hold several, one after the other.
    """
    line = line.strip()
    if not any(line_pattern("europresse", kind).fullmatch(line) for kind in ADDITIONS):
        return set()
    return {kind for kind in ADDITIONS if line_pattern("europresse", kind).search(line)}


def split_blocks(lines: list[str]) -> list[tuple[list[str], list[str]]]:
    """Return the lines of each article, and the lines that the database added below it.

    An article ends with a run of such lines, of two kinds or more, and one of them a kind that only the database writes.
    What follows the last run is a block of its own, with nothing below it.
    """
    blocks: list[tuple[list[str], list[str]]] = []
    start = i = 0
    while i < len(lines):
        end = i
        while end < len(lines) and (not lines[end].strip() or kinds_of(lines[end])):
            end += 1
        run = [line.strip() for line in lines[i:end] if line.strip()]
        kinds = set().union(*(kinds_of(line) for line in run))
        if len(kinds) > 1 and kinds & CERTAIN:
            blocks.append((lines[start:i], run))
            start = end
        i = max(end, i + 1)
    if blocks and any(line.strip() for line in lines[start:]):
        blocks.append((lines[start:], []))
    return blocks


def _split_at_heads(lines: list[str]) -> list[tuple[list[str], list[str]]]:
    """Return the articles of an export without certificates: each begins with a paper and a line of weekday, date and page.

    The first begins the file, and there are two or more.
    """
    starts = [i for i in range(len(lines) - 1) if _FULL_HEADER.search(lines[i + 1]) and _is_head(lines, i)]
    first = next((i for i, line in enumerate(lines) if line.strip()), 0)
    if len(starts) < MIN_HEADS or starts[0] != first:
        return []
    blocks = [lines[start:end] for start, end in zip(starts, [*starts[1:], len(lines)], strict=True)]
    return [_without_run(block) for block in blocks]


def _is_head(lines: list[str], i: int) -> bool:
    """Return whether a line and the next are the head of an article: a paper's name at the start of a paragraph, a date."""
    paper = lines[i].strip()
    begins = i == 0 or not lines[i - 1].strip() or bool(kinds_of(lines[i - 1]))
    return bool(begins and paper and len(paper) <= MAX_PAPER and not paper.endswith(SENTENCE_ENDS)) and _is_header(
        lines[i + 1].strip()
    )


def _without_run(lines: list[str]) -> tuple[list[str], list[str]]:
    """Return lines without what the database added at their end, and that."""
    end = len(lines)
    while end and (not lines[end - 1].strip() or kinds_of(lines[end - 1])):
        end -= 1
    return lines[:end], [line.strip() for line in lines[end:] if line.strip()]


def _text_article(lines: list[str], additions: list[str]) -> Article:
    """Return an article of a plain text. Where its head is of no known form, all of it stays text."""
    filled = [(i, line.strip()) for i, line in enumerate(lines) if line.strip()]
    head = next((k for k, (_, line) in enumerate(filled[:HEAD_LINES]) if _is_header(line)), None)
    if head is None or head + 1 >= len(filled):
        facts = facts_of("", "", " ".join(additions))
        return replace(facts, text="\n".join(lines).strip())
    facts = facts_of(" ".join(line for _, line in filled[:head]), filled[head][1], " ".join(additions))
    at, title = filled[head + 1]
    is_spaced = at > filled[head][0] + 1  # a blank line below each line, as in files of word processors
    below: list[str] = []
    body = at + 1
    for i in range(at + 1, len(lines)):
        line = lines[i].strip()
        if (not line and not is_spaced) or (line.endswith(SENTENCE_ENDS) and author_of(line) is None):
            break
        if line:
            below.append(line)
            body = i + 1
    author = author_of(below[-1]) if below else None
    return replace(
        facts,
        text="\n".join(lines[body:]).strip(),
        title=title,
        lead="\n".join(below[:-1] if author else below) or None,
        author=author,
    )


def _is_header(line: str) -> bool:
    """Return whether a line tells date, and perhaps section and page, and is no sentence."""
    match = _DATE.search(line)
    return bool(
        match
        and len(line) <= MAX_HEADER
        and read_date(match[0]).iso
        and not line.endswith((".", "!", "?"))
        and len(line) - len(match[0]) <= 90
    )
