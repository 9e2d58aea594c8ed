"""Exports of Nexis and LexisNexis: the classic text and HTML ("2 of 10 DOCUMENTS"), and Nexis Uni (RTF, DOCX, text).

Stock phrases are in press_exports.toml.
"""

from __future__ import annotations

import re
from dataclasses import replace
from functools import cache

from cleanse.inputs.press_article import MAX_HEADER, Article, line_pattern, page_of, phrases
from cleanse.inputs.record_dates import read_date

HEAD_LINES = 12  # filled lines before the text, labels aside

_LABEL = re.compile(r"^([^\W\d_][\w-]{2,24})\s?:(?:\s+(.*))?$")
_COPYRIGHT = re.compile(
    r"^(?:Copyright|©|\(c\))\b.*(?:19|20)\d\d|^Copyright\b|^(?:All Rights Reserved|Tous [Dd]roits [Rr]éservés|Alle Rechte)"
)
_MARKED = re.compile(r"DOCUMENT|DOKUMENT", re.IGNORECASE)


@cache
def _labels() -> tuple[dict[str, str], frozenset[str]]:
    """Return label → name of what stands before a text, and the labels of what stands after it."""
    nexis = phrases()["nexis"]
    before = {label: name for name, labels in sorted(nexis["before"].items()) for label in labels}
    return before, frozenset(nexis["after"]["labels"])


def split_text(text: str) -> list[Article]:
    """Return the articles of an export; none where it is no such export, or is not sure to be one."""
    lines = text.split("\n")
    return _split_classic(lines) or _split_uni(lines)


def _split_classic(lines: list[str]) -> list[Article]:
    """Return the articles of the classic export: each begins with its place, counted up, among a total."""
    start = line_pattern("nexis", "start")
    starts = [(i, m) for i, line in enumerate(lines) if (m := start.fullmatch(line.strip())) and _MARKED.search(line)]
    if not starts or len({match[2] for _, match in starts}) > 1:
        return []
    numbers = [int(match[1]) for _, match in starts]
    if numbers != list(range(numbers[0], numbers[0] + len(numbers))) or numbers[-1] > int(starts[0][1][2]):
        return []
    ends = [i for i, _ in starts[1:]] + [len(lines)]
    blocks = [lines[i + 1 : end] for (i, _), end in zip(starts, ends, strict=True)]
    articles = [_classic_article(block) for block in blocks]
    return articles if all(article.date or article.source for article in articles) else []


def _classic_article(lines: list[str]) -> Article:
    """Return an article: paper, date, headline, labels, text, more labels, copyright; line ends are the export's."""
    paragraphs = _paragraphs(lines)
    head: list[str] = []
    before: dict[str, str] = {}
    at = 0
    for at, paragraph in enumerate(paragraphs):  # noqa: B007  goes on below
        name, value = _read_label(paragraph)
        if name:
            before.setdefault(name, value)
        elif before or len(head) >= HEAD_LINES:
            break
        else:
            head.append(paragraph)
    end = next((k for k in range(at, len(paragraphs)) if _is_after(paragraphs[k])), len(paragraphs))
    dated = next((k for k, line in enumerate(head[:4]) if read_date(_first_line(line)).iso), None)
    title = head[dated + 1 :] if dated is not None else head[1:]
    section = before.get("section", "")
    return Article(
        "\n\n".join(paragraphs[at:end]),
        title=" ".join(title) or None,
        lead=before.get("lead"),
        author=before.get("author"),
        date=read_date(_first_line(head[dated])).iso if dated is not None else None,
        source=head[0] if head else None,
        section=re.split(r"[;,]\s*(?:pg|s|p)\.", section, maxsplit=1, flags=re.IGNORECASE)[0] or None,
        page=page_of(section),
        dateline=before.get("dateline"),
    )


def _first_line(paragraph: str) -> str:
    return paragraph.split("\n", 1)[0][:100]


def _paragraphs(lines: list[str]) -> list[str]:
    """Return the paragraphs of hard-wrapped lines, each on one line."""
    paragraphs: list[list[str]] = [[]]
    for line in lines:
        stripped = line.strip()
        if not stripped:
            paragraphs.append([])
        else:
            paragraphs[-1].append(stripped)
    return [" ".join(paragraph) for paragraph in paragraphs if paragraph]


def _read_label(paragraph: str) -> tuple[str | None, str]:
    match = _LABEL.match(paragraph)
    name = _labels()[0].get(match[1].lower()) if match else None
    return name, (match[2] or "").strip() if match else ""


def _is_after(paragraph: str) -> bool:
    """Return whether a paragraph is one of those that the database writes below a text."""
    match = _LABEL.match(paragraph)
    return bool(match and match[1].lower() in _labels()[1] and (match[1].isupper() or "-" in match[1])) or bool(
        _COPYRIGHT.match(paragraph) and len(paragraph) <= MAX_HEADER
    )


def _split_uni(lines: list[str]) -> list[Article]:
    """Return the articles of Nexis Uni: each has a line "Body" and ends with a line "End of Document"."""
    uni = phrases()["nexis"]["uni"]
    articles: list[Article] = []
    block: list[str] = []
    for line in lines:
        if line.strip().lower() not in uni["end"]:
            block.append(line)
            continue
        article = _uni_article(block)
        if article is None:
            return []
        articles.append(article)
        block = []
    rest = "\n".join(block).strip()
    if articles and len(rest) > 200:
        articles.append(Article(rest))
    return articles


def _uni_article(lines: list[str]) -> Article | None:
    bodies = phrases()["nexis"]["uni"]["body"]
    at = next((i for i, line in enumerate(lines) if line.strip().lower() in bodies), None)
    if at is None:
        return None
    head, before = _uni_head([line.strip() for line in lines[:at] if line.strip()])
    dated = next((k for k in range(len(head) - 1, 0, -1) if len(head[k]) < 100 and read_date(head[k]).iso), None)
    if dated is None:
        return None
    body = lines[at + 1 :]
    end = next((k for k, line in enumerate(body) if _is_uni_after(line.strip())), len(body))
    section = before.get("section", "")
    article = Article(
        "\n".join(body[:end]).strip(),
        title=head[dated - 2] if dated >= 2 else head[0],
        lead=before.get("lead"),
        author=before.get("author"),
        date=read_date(head[dated]).iso,
        source=head[dated - 1] if dated >= 2 else None,
        section=re.split(r"[;,]\s*(?:pg|s|p)\.", section, maxsplit=1, flags=re.IGNORECASE)[0] or None,
        page=page_of(section),
        dateline=before.get("dateline"),
    )
    return article if article.text else replace(article, text=article.title or "")


def _uni_head(lines: list[str]) -> tuple[list[str], dict[str, str]]:
    """Return the lines of an article's head without labels and copyright, and the labels; a cover page goes."""
    head: list[str] = []
    before: dict[str, str] = {}
    cover = tuple(phrases()["nexis"]["uni"]["cover"])
    for line in lines:
        name, value = _read_label(line)
        if name:
            before.setdefault(name, value)
        elif not _COPYRIGHT.match(line) and not line.lower().startswith(cover):
            head.append(line)
    return head, before


def _is_uni_after(line: str) -> bool:
    """Return whether a line is one of those below the text of Nexis Uni: a label such as `Load-Date:`, or its headings."""
    match = _LABEL.match(line)
    return bool(match and match[1].lower() in ("load-date", "date-chargement", "language", "langue", "sprache")) or (
        line in ("Classification", "Graphic")
    )
