"""What a page's HTML says of itself: title, author, date, address. Pure; knows only lxml trees.

Only what is stated counts (JSON-LD, <meta>, <time>, <link>, <title>): no guess from the text, which is the chrome
stage's business, and no "date that looks likeliest". First source that has a value wins, in the order of the fields.
"""

from __future__ import annotations

import re
from email.utils import parsedate_tz
from html import unescape
from itertools import islice
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import urlsplit

from cleanse.html.json_ld import read_articles, text_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from lxml.html import HtmlElement

    from cleanse.html.json_ld import Node

_AUTHOR_NAMES = (
    "author",
    "article:author",
    "og:article:author",
    "dc.creator",
    "dcterms.creator",
    "parsely-author",
    "byl",
)
_DATE_NAMES = (
    "article:published_time", "og:article:published_time", "datepublished", "date", "dc.date", "dc.date.issued",
    "dcterms.created", "dcterms.issued", "parsely-pub-date", "publishdate", "pubdate", "publish-date", "sailthru.date",
    "article.published", "citation_publication_date",
)  # fmt: skip
_TITLE_NAMES = ("og:title", "twitter:title", "dc.title", "parsely-title")
_SEPARATOR = re.compile(r" [|–—·•»«‹›:/~-]+ | ?[|»•] ?")  # in a title whose white space is single spaces
_BY = re.compile(r"^(?:by|par|von|por|di|door|autor|author|text|texte)\s*:?\s+", re.IGNORECASE)
_NOBODY = re.compile(
    r"https?:|www\.|@|^(?:admin|administrator|root|editor|staff|webmaster|user|unknown|none|null)$|^\S+\.[a-z]{2,4}$",
    re.IGNORECASE,
)
_ISO_DATE = re.compile(
    r"\s*(?P<y>\d{4})(?:(?P<sep>[-/.])(?P<m>\d{1,2})(?:(?P=sep)(?P<d>\d{1,2}))?(?!\d)|(?P<mm>\d{2})(?P<dd>\d{2})(?!\d{5})|\s*$)"
)
_NO_LETTERS = re.compile(r"[\W_]+")
_DOTTED_DATE = re.compile(r"\s*(\d{1,2})\.(\d{1,2})\.(\d{4})(?!\d)")
MAX_AUTHOR = 120  # characters; a longer "author" is a biography
MAX_TITLE = 1000  # characters of a title that are read; the extraction bench's longest has 332
MAX_VALUE = 10_000  # characters of any other value that are read
MAX_SHOWN = 50  # headings, and elements that name an author, that are read
MAX_TEXTS = 1000  # text nodes of such an element that are read


class Metadata(NamedTuple):
    """Each None where the page does not say."""

    title: str | None = None
    author: str | None = None
    date: str | None = None  # ISO 8601, may be partial
    url: str | None = None
    description: str | None = None
    titles: tuple[str, ...] = ()  # as the head of the page has them, site's name and all
    descriptions: tuple[str, ...] = ()
    body: str = ""  # the longest `articleBody` of its JSON-LD


def read_metadata(root: HtmlElement, url: str | None = None) -> Metadata:
    """Title without the site's name, author ("A; B" for several), date of publication, canonical address (else `url`)."""
    metas = _metas(root)
    articles = read_articles(root)
    own = next((_clean(e.text) for e in root.iter("title") if e.getparent().tag != "svg"), "")[:MAX_TITLE]
    canonical = _canonical(root, metas) or url
    site = _first(metas, ("og:site_name", "application-name"))
    return Metadata(
        title=_title(root, metas, articles, own, site, canonical),
        author=_author(root, metas, articles, site),
        date=_date(root, metas, articles),
        url=canonical,
        description=_first(metas, ("og:description", "description", "twitter:description")),
        titles=(*(metas[name][0][:MAX_TITLE] for name in ("og:title", "twitter:title") if name in metas), own),
        body=max((text_of(article.get("articleBody")) for article in articles), key=len, default=""),
        descriptions=tuple(metas[name][0] for name in ("og:description", "description") if name in metas),
    )


def _clean(value: object) -> str:
    return " ".join(unescape(text_of(value)[:MAX_VALUE]).split())


def _shown(element: HtmlElement, limit: int = MAX_TITLE) -> str:
    """Return the text of an element, read up to a limit.

    Elements nested in each other would be read again and again.
    """
    texts: list[str] = []
    length = 0
    for text in islice(element.itertext(), MAX_TEXTS):
        texts.append(text)
        length += len(text)
        if length >= limit:
            break
    return _clean(" ".join(texts)[:limit])


def _metas(root: HtmlElement) -> dict[str, list[str]]:
    """Contents of <meta> by lower-case name, property or itemprop."""
    metas: dict[str, list[str]] = {}
    for element in root.iter("meta"):
        content = _clean(element.get("content"))
        if content:
            for attribute in ("property", "name", "itemprop"):
                name = element.get(attribute)
                if name:
                    metas.setdefault(name.lower().strip(), []).append(content)
    return metas


def _first(metas: dict[str, list[str]], names: Iterable[str]) -> str | None:
    return next((metas[name][0] for name in names if name in metas), None)


def _title(
    root: HtmlElement,
    metas: dict[str, list[str]],
    articles: list[Node],
    own: str,
    site: str | None,
    url: str | None,
) -> str | None:
    """Return the headline: an <h1> that the page's other titles confirm, else those titles without the site's name.

    own: the <title> of the page.
    """
    said = [*(metas[n][0] for n in _TITLE_NAMES if n in metas), *(_clean(a.get("headline")) for a in articles[:1]), own]
    said = [title[:MAX_TITLE] for title in said if title]
    keys = [letters(title) for title in said]
    headings = [heading for e in islice(root.iter("h1"), MAX_SHOWN) if (heading := _shown(e))]
    for heading in headings:
        key = letters(heading)
        if key and any(known.startswith(key) for known in keys):
            return heading
    if said:
        return without_site(said[0], site, url)
    return headings[0] if len(headings) == 1 else None


def letters(text: str) -> str:
    """Letters and digits only, lower case: what has to be equal for two headlines to be the same."""
    return _NO_LETTERS.sub("", text).lower()


def without_site(title: str, site: str | None, url: str | None) -> str:
    """Return a title without the parts at its end or start that name the site, as the page or its address spell it."""
    names = {letters(site)} if site else set()
    if url is not None and _is_web(url):
        names.add(letters((urlsplit(url).hostname or "").removeprefix("www.").rpartition(".")[0]))
        names.add(letters((urlsplit(url).hostname or "").removeprefix("www.")))
    names.discard("")
    cuts = list(_SEPARATOR.finditer(title))
    first, last = 0, len(cuts)  # the separators that are left
    start, end = 0, len(title)
    while first < last:
        if _names_site(title[cuts[last - 1].end() : end], names):
            last -= 1
            end = cuts[last].start()
        elif _names_site(title[start : cuts[first].start()], names):
            start = cuts[first].end()
            first += 1
        else:
            break
    return title[start:end]


def _names_site(part: str, names: set[str]) -> bool:
    key = letters(part)
    return any(key == name or (len(key) > 3 and key in name) for name in names)


def _author(root: HtmlElement, metas: dict[str, list[str]], articles: list[Node], site: str | None) -> str | None:
    for article in articles:
        publisher = article.get("publisher")
        shunned = {letters(_clean(publisher.get("name"))) if isinstance(publisher, dict) else "", letters(site or "")}
        named = article.get("author") or article.get("creator")
        people = named if isinstance(named, list) else [named]
        names = [_clean(p.get("name") if isinstance(p, dict) else p) for p in people]
        if author := _join_authors(n for n in names if letters(n) not in shunned):
            return author
    for name in _AUTHOR_NAMES:
        if author := _join_authors(n for n in metas.get(name, []) if letters(n) != letters(site or "")):
            return author
    marked = root.xpath("//@rel[.='author']/.. | //@itemprop[.='author']/..")  # the fastest way to say it
    shown = (name for e in islice(marked, MAX_SHOWN) if (name := _shown(e)))
    return _join_authors(name for name in islice(shown, 1) if letters(name) != letters(site or ""))


def _join_authors(names: Iterable[str]) -> str | None:
    people = dict.fromkeys(_BY.sub("", name).strip(" ,;:|–—-") for name in names if name and not _NOBODY.search(name))
    author = "; ".join(people)
    return author if 1 < len(author) <= MAX_AUTHOR else None


def _date(root: HtmlElement, metas: dict[str, list[str]], articles: list[Node]) -> str | None:
    stated = [_clean(article.get("datePublished")) for article in articles]
    stated += [value for name in _DATE_NAMES for value in metas.get(name, [])]
    stated += _times(root)
    return next((date for value in stated if (date := iso_date(value))), None)


def _times(root: HtmlElement) -> list[str]:
    """Return the article's first <time>, then the page's first one; later ones belong to teasers and comments."""
    first: list[HtmlElement] = list(islice(root.iter("time"), 1))
    heading = next(root.iter("h1"), None) if first else None
    home = None if heading is None else next(heading.iterancestors("article", "main"), None)
    own = [] if home is None else list(islice(home.iter("time"), 1))
    return [element.get("datetime") or "" for element in own + first]


def iso_date(value: str) -> str | None:
    """Return the day of an ISO 8601, RFC 2822 or dotted date, as it is written there, without regard to time zones."""
    if match := _ISO_DATE.match(value):
        year, month, day = match["y"], match["m"] or match["mm"], match["d"] or match["dd"]
    elif match := _DOTTED_DATE.match(value):
        year, month, day = match[3], match[2], match[1]
    elif parsed := parsedate_tz(value):
        year, month, day = f"{parsed[0]:04}", str(parsed[1]), str(parsed[2])
    else:
        return None
    if not 1400 <= int(year) <= 2100 or not 1 <= int(month or 1) <= 12 or not 1 <= int(day or 1) <= 31:
        return None
    return "-".join(part.zfill(2) for part in (year, month, day) if part)


def _canonical(root: HtmlElement, metas: dict[str, list[str]]) -> str | None:
    links = [e.get("href", "").strip() for e in root.iter("link") if (e.get("rel") or "").lower() == "canonical"]
    return next((link for link in [*links, *metas.get("og:url", [])] if _is_web(link)), None)


def _is_web(url: str | None) -> bool:
    if not url or not url.startswith(("http://", "https://")):
        return False
    try:
        return bool(urlsplit(url).hostname)
    except ValueError:
        return False
