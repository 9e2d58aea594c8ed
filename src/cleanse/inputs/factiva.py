"""Exports of Factiva: HTML of both displays, and plain text (or RTF, read as such). Stock phrases are in press_exports.toml."""

from __future__ import annotations

import re
from dataclasses import replace
from functools import cache
from typing import Any

from cleanse.inputs.press_article import Article, author_of, line_pattern, phrases
from cleanse.inputs.record_dates import read_date
from cleanse.inputs.tree_text import HTML, text_of

HEAD_LINES = 14  # filled lines of an article's head, at most
CODES = (  # of the display with indexing: https://www.dowjones.com/professional/factiva, "field codes"
    "SE", "HD", "BY", "CR", "WC", "PD", "ET", "SN", "SC", "NGC", "GC", "ED", "PG", "VOL", "LA", "CY", "CX", "LP", "TD", "CT",
    "RF", "ART", "CO", "IN", "NS", "RE", "IPC", "IPD", "PUB", "AN", "CLM",
)  # fmt: skip

_CLASS = re.compile(r"^article [a-z]{2,4}Article$")
_CODE = re.compile(rf"^({'|'.join(CODES)})(?:[ \t\xa0]+(.*)|)$")
_TIME = re.compile(r"\d{1,2}:\d{2}(?::\d{2})?(?: [A-Z]{2,4})?")
_SOURCE_CODE = re.compile(r"[A-Z][A-Z0-9]{2,11}")
_PAGE = re.compile(r"(?:[A-Z]{0,3}\d{1,4}|\d{1,4}[A-Z]?)(?:[,-] ?[A-Z]?\d{1,4})*")


def split_html(document: Any) -> list[Article]:
    """Return the articles of an export in HTML; none where it is no such export.

    Args:
        document: The page's tree, from lxml.html.

    """
    elements = [e for e in document.iter("div") if _CLASS.match(" ".join((e.get("class") or "").split()))]
    articles = [_html_article(element) for element in elements]
    return [article for article in articles if article is not None]


def split_text(text: str) -> list[Article]:
    """Return the articles of an export in plain text; none where it is no such export, or is not sure to be one."""
    end = line_pattern("factiva", "end")
    articles: list[Article] = []
    block: list[str] = []
    for line in text.split("\n"):
        match = end.fullmatch(line.strip())
        if match is None:
            block.append(line)
            continue
        article = _text_article(block, match[1])
        if article is None:
            return []
        articles.append(article)
        block = []
    rest = "\n".join(block).strip()
    if articles and rest and not line_pattern("factiva", "summary").search(rest) and len(rest) > 200:
        articles.append(Article(rest))
    return articles


def _text(element: Any) -> str:
    return text_of(element, HTML).strip()


def _html_article(element: Any) -> Article | None:
    rows = [row for row in element.iter("tr") if len(row) >= 2 and "index" in (row[0].get("class") or "").split()]
    if rows:
        return _indexed({_text(row[0]): _text(row[1]) for row in rows})
    paragraphs = [p for p in element.iter("p") if "articleParagraph" in (p.get("class") or "").split()]
    headline = next((e for e in element.iter() if _is_headline(e)), None)
    if headline is None or not paragraphs:
        return None
    lines = [_text(e) for e in element.iter("div") if e is not element and not any(inner.tag == "div" for inner in e)]
    authors = [_text(e) for e in element.iter("div") if "author" in (e.get("class") or "").split()]
    number = next((m[1] for p in element.iter("p") if (m := line_pattern("factiva", "end").fullmatch(_text(p)))), None)
    facts, _ = _facts_of([line for line in lines if line], 0)
    return replace(
        facts,
        text="\n\n".join(filter(None, (_text(p) for p in paragraphs))),
        title=" ".join(_text(headline).split()),
        author=_name(authors[0]) if authors else None,
        number=number,
    )


def _is_headline(element: Any) -> bool:
    return isinstance(element.tag, str) and any(
        re.fullmatch(r"[a-z]{2,4}Headline", name) for name in (element.get("class") or "").split()
    )


def _indexed(values: dict[str, str]) -> Article | None:
    """Return an article whose fields stand beside their codes."""
    if not values.get("HD") or not (values.get("LP") or values.get("TD")):
        return None
    number = line_pattern("factiva", "end").fullmatch(" ".join(values.get("AN", "").split()))
    return Article(
        "\n\n".join(part for code in ("LP", "TD") if (part := values.get(code))),
        title=" ".join(values["HD"].split()),
        author=_name(values.get("BY", "")),
        date=read_date(values.get("PD")).iso,
        source=values.get("SN") or None,
        issue=values.get("ED") or None,
        section=values.get("SE") or None,
        page=values.get("PG") or None,
        number=number[1] if number else None,
    )


def _name(byline: str) -> str | None:
    line = " ".join(byline.split())
    match = line_pattern("factiva", "byline").fullmatch(line)
    return (match[1] if match else line) or None


def _text_article(lines: list[str], number: str) -> Article | None:
    """Return an article of a plain text, None where it does not begin as one."""
    values = _coded_values(lines)
    if values and (article := _indexed(values)):
        return replace(article, number=number)
    filled = [(i, line.strip()) for i, line in enumerate(lines) if line.strip()]
    words = line_pattern("factiva", "words")
    at = next((k for k, (_, line) in enumerate(filled[:HEAD_LINES]) if words.fullmatch(line)), None)
    if not at:
        return None
    facts, count = _facts_of([line for _, line in filled[: HEAD_LINES + at]], at)
    if facts.date is None:
        return None
    above = [line for _, line in filled[:at]]
    author = author_of(above[-1]) if len(above) > 1 else None
    if author is None and len(above) > 1 and (match := line_pattern("factiva", "byline").fullmatch(above[-1])):
        author = match[1]
    headlines = above[:-1] if author else above
    body = lines[filled[count][0] :] if count < len(filled) else []
    section = headlines[0] if len(headlines) > 1 else None
    return replace(
        facts,
        text="\n".join(body).strip(),
        title=headlines[-1],
        author=_name(author or ""),
        section=section,
        number=number,
    )


def _facts_of(lines: list[str], first: int) -> tuple[Article, int]:
    """Return what the lines from the count of words on say, and where the text begins: below the line of copyright.

    They are: words, date, time, source, its code, page, language, copyright; some may be missing.
    """
    words, copyright_ = line_pattern("factiva", "words"), line_pattern("factiva", "copyright")
    at = next((k for k in range(first, len(lines)) if words.fullmatch(lines[k])), first)
    date = source = page = None
    end = at + 1
    for k in range(at + 1, min(len(lines), at + 10)):
        line = lines[k]
        if date is None:
            date = read_date(line).iso
            known = date is not None
        elif copyright_.match(line):
            end = k + 1
            break
        elif source is None and not _TIME.fullmatch(line):
            source, known = line, True
        else:
            known = bool(_TIME.fullmatch(line) or _SOURCE_CODE.fullmatch(line) or _PAGE.fullmatch(line))
            known = known or line.lower() in _languages()
            page = line if _PAGE.fullmatch(line) and not _SOURCE_CODE.fullmatch(line) and page is None else page
        if not known:
            break
        end = k + 1
    return Article("", date=date, source=source, page=page), end


@cache
def _languages() -> frozenset[str]:
    """Return the names of languages as the database writes them."""
    return frozenset(phrases()["factiva"]["languages"])


def _coded_values(lines: list[str]) -> dict[str, str]:
    """Return code → text of a block whose lines begin with field codes; none where few do."""
    values: dict[str, list[str]] = {}
    current: list[str] | None = None
    for line in lines:
        match = _CODE.match(line.strip())
        if match and match[1] not in values:
            current = values.setdefault(match[1], [])
            current.append(match[2] or "")
        elif current is not None:
            current.append(line)
    if not {"HD", "PD"} <= set(values) or len(values) < 5:
        return {}
    return {code: "\n".join(part).strip() for code, part in values.items()}
