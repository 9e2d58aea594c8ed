"""Exports of Europresse in HTML. The newer form has an `article` element for each, the older one a table with spans."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

from cleanse.inputs.europresse import facts_of, kinds_of, split_blocks
from cleanse.inputs.press_article import Article, author_of
from cleanse.inputs.tree_text import HTML, text_of

HEADLINE = "\ue000headline\ue000"  # stands for a headline while the text before and after it is separated
ADDED_CLASSES = (  # elements that the database adds
    "rdp__attachnews", "ImageAttach", "entityList", "Doc-LegalInfo", "rdp__certificat", "apd-wrapper", "publiC-lblNodoc",
    "rdp__logo", "icon-Information", "docOcurrLinks",
)  # fmt: skip

_ESCAPED = re.compile(r"</?(?:p|br|i|b|em|strong|div|span|a|h[1-6])\b[^<>\n]{0,300}>", re.IGNORECASE)


def split_html(document: Any) -> list[Article]:
    """Return the articles of an export in HTML; none where it is no such export.

    Args:
        document: The page's tree, from lxml.html.

    """
    newer = [article for article in document.iter("article") if _find(article, "DocPublicationName") is not None]
    if newer:
        return [_newer_article(article) for article in newer]
    names = [e for e in document.iter("span") if "DocPublicationName" in _classes(e)]
    titles = [e for e in document.iter("span") if {"TitreArticleVisu", "titreArticleVisu"} & _classes(e)]
    if not names or not titles:
        return []
    containers = dict.fromkeys(c for name in names if (c := _container(name)) is not None)
    return [_older_article(container) for container in containers]


def _classes(element: Any) -> set[str]:
    return set((element.get("class") or "").split())


def _find(element: Any, *names: str) -> Any:
    """Return the first element with one of the classes, in the order of the classes."""
    for name in names:
        for inner in element.iter():
            if isinstance(inner.tag, str) and name in _classes(inner):
                return inner
    return None


def _text(element: Any) -> str:
    return text_of(element, HTML).strip() if element is not None else ""


def _newer_article(article: Any) -> Article:
    number = _text(_find(article, "publiC-lblNodoc"))
    content = _find(article, "docOcurrContainer")
    if not _text(content):
        content = _find(article, "DocText")
    url = next((a.get("href") for a in article.iter("a") if _is_origin(_text(a))), None)
    header = _text(_find(article, "DocHeader")) or _text(_find(article, "rdp__DocHeader"))
    title = _text(_find(article, "rdp__articletitle", "titreArticleVisu", "titreArticle", "grandTitre"))
    facts = facts_of(_text(_find(article, "DocPublicationName")), header, number)
    author = _text(_find(article, "docAuthors", "sm-margin-bottomNews"))
    section = _text(_find(article, "DocTitreSousSection")) or facts.section
    return replace(
        facts,
        text=_without_additions(content) if content is not None else "",
        title=" ".join(title.split()) or None,
        lead=_text(_find(article, "rdp__subtitle")) or None,
        author=_author(author),
        section=section,
        url=url,
    )


def _author(text: str) -> str | None:
    """Return what stands in the place of the author, without the word before the name."""
    line = " ".join(text.split())
    return re.sub(r"^(?:par|by)\s+", "", line, flags=re.IGNORECASE) or None


def _is_origin(text: str) -> bool:
    return text.lower().startswith(("cet article est paru dans", "this article appeared in"))


def _without_additions(content: Any) -> str:
    """Return the text of an article's element without what the database added to it."""
    for element in list(content.iter()):
        added = isinstance(element.tag, str) and (
            element.tag in ("aside", "footer") or _classes(element) & {*ADDED_CLASSES}
        )
        if (added or _is_origin(element.text or "")) and element is not content and element.getparent() is not None:
            element.drop_tree()
    lines = _unescape(_text(content)).split("\n")
    while lines and (not lines[-1].strip() or kinds_of(lines[-1])):
        lines.pop()
    return "\n".join(lines)


def _unescape(text: str) -> str:
    """Return a text whose markup was escaped once too often without that markup."""
    if not _ESCAPED.search(text):
        return text
    import lxml.html

    return text_of(lxml.html.fromstring(f"<div>{text}</div>"), HTML).strip()


def _container(name: Any) -> Any:
    """Return the largest element around a publication's name that holds no other's."""
    container = None
    for element in name.iterancestors():
        if sum(1 for span in element.iter("span") if "DocPublicationName" in _classes(span)) > 1:
            break
        container = element
    return container


def _older_article(container: Any) -> Article:
    header = " ".join(_text(e) for e in container.iter("span") if "DocHeader" in _classes(e))
    name, title = _find(container, "DocPublicationName"), _find(container, "TitreArticleVisu", "titreArticleVisu")
    paper, headline = _text(name), " ".join(_text(title).split())
    above: list[str] = []
    for element in [e for e in container.iter("span") if _classes(e) & {"DocPublicationName", "DocHeader"}]:
        element.drop_tree()
    if title is not None:
        title.text, title[:] = HEADLINE, []
    text = _text(container)
    if HEADLINE in text:
        before, text = text.split(HEADLINE, 1)
        above = [line.strip() for line in before.split("\n") if line.strip()]
    ((body, additions), *_) = split_blocks(text.split("\n")) or [(text.split("\n"), [])]
    first, _, rest = "\n".join(body).strip().partition("\n")
    author = author_of(first) if rest else None
    facts = facts_of(paper, header, " ".join(additions))
    return replace(
        facts,
        text=rest.strip() if author else "\n".join(body).strip(),
        title=headline or None,
        lead="\n".join(above) or None,
        author=author,
    )
