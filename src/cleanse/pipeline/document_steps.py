"""The way of one document, step by step: pure functions, no neighbours, no order, no state.

    record → read (decode, repair, extract) → draft → strip (chrome) → tell (language) → finished document

The sharded pipeline and the one-document library call go through the same functions, so they cannot disagree.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from cleanse.chrome import Page as ChromePage
from cleanse.chrome import holds_any, strip_pages
from cleanse.documents import Document, Page, Reason, Record, Span
from cleanse.encoding.decoding import decode
from cleanse.encoding.text_repair import repair as repair_text
from cleanse.html import extract
from cleanse.language import Language, detect_languages
from cleanse.spans import cut, project, settle

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cleanse.chrome import Rules, SiteLines, Stripped

# Scripts written without spaces count a word for each character, as in the contract's shingles.
_UNSPACED = "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
_WORD = re.compile(rf"[{_UNSPACED}]|[^\W{_UNSPACED}]+")

UNTOLD = Language("und", 0.0, {})
_SURROGATE = re.compile("[\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class Draft:
    """A document after reading: its page text with what extraction marked, or why there is none."""

    record: Record  # without its raw content
    bytes: int
    sha256: str
    encoding: str | None = None
    encoding_source: str | None = None
    repairs: tuple[str, ...] = ()
    page: Page | None = None
    reason: Reason | None = None


@dataclass(frozen=True, slots=True)
class Cleaned:
    """What the chrome step adds: all removed spans, on the page text; what the page shows of itself; the kept text."""

    text: str
    removed: tuple[Span, ...]
    title: str | None
    author: str | None
    date: str | None
    reason: Reason | None = None


def count_words(text: str) -> int:
    """Words as the contract counts them: runs of word characters, and each character of a script without spaces."""
    return sum(1 for _ in _WORD.finditer(text))


def site_of(url: str | None) -> str | None:
    """The host of a URL, without the `www.` before it."""
    if not url:
        return None
    try:
        host = urlsplit(url).hostname
    except ValueError:
        return None
    return host.removeprefix("www.") if host else None


def read(record: Record, extractor: str = "trafilatura", skip: Sequence[str] = ()) -> Draft:
    """Decode, repair and extract one record. Never raises: what goes wrong is the draft's reason."""
    raw = record.raw
    data = raw if isinstance(raw, bytes) else raw.encode("utf-8", "surrogatepass")
    bare = _without_raw(record)
    draft = Draft(bare, len(data), hashlib.sha256(data).hexdigest(), reason=record.reason)
    if record.reason is not None:
        return draft
    try:
        return _read(draft, raw, extractor, skip)
    except Exception as error:  # noqa: BLE001  a bad document is data
        return Draft(bare, draft.bytes, draft.sha256, reason=_failure("read", error))


def _read(draft: Draft, raw: bytes | str, extractor: str, skip: Sequence[str]) -> Draft:
    record = draft.record
    encoding, source = None, "record"
    if isinstance(raw, bytes):
        decoded = decode(raw)
        encoding, source = decoded.encoding, decoded.source or ""
        if decoded.text is None:
            return Draft(record, draft.bytes, draft.sha256, encoding, source or None, reason=decoded.rejected)
        text = decoded.text
    else:
        text = raw
    if not text.strip():
        return Draft(record, draft.bytes, draft.sha256, encoding, source, reason=Reason("empty", "no text"))
    repairs: tuple[str, ...] = ()
    if "repair" not in skip:
        repaired = repair_text(text)
        text, repairs = repaired.text, repaired.repairs
    text = _SURROGATE.sub("\ufffd", text)  # what is left of them cannot be written
    page = extract(text, record.kind, record.url, "none" if "extract" in skip else extractor)
    reason = None if page.text.strip() else Reason("empty", "no visible text")
    return Draft(record, draft.bytes, draft.sha256, encoding, source, repairs, page, reason)


def strip(draft: Draft, rules: Rules | None, setting: str = "balanced") -> Cleaned:
    """Mark site chrome on what extraction kept. `rules` None skips the step. Never raises."""
    return strip_all([draft], rules, setting)[0][0]


def strip_all(drafts: Sequence[Draft], rules: Rules | None, setting: str = "balanced") -> list[tuple[Cleaned, float]]:
    """What `strip` does with each draft, in less time; and the seconds that each took. Never raises."""
    read = [_read_text(draft) for draft in drafts]
    looked = [(before, 0.0) for before in read]
    if rules is not None:
        pages = {n: _chrome_page(d, read[n].text) for n, d in enumerate(drafts) if d.page is not None}
        for n, (found, took) in zip(pages, _stripped(list(pages.values()), rules, setting), strict=True):
            looked[n] = _with(drafts[n], read[n], found), took
    return [
        (_judged(d, replace(c, title=d.record.title or c.title, date=d.record.date or c.date)), took)
        for d, (c, took) in zip(drafts, looked, strict=True)
    ]


def strip_recurring(draft: Draft, cleaned: Cleaned, rules: Rules, setting: str, learned: SiteLines) -> Cleaned:
    """Mark the lines learned of the document's site, too, on what `strip` left; `cleaned` itself if it has none.

    Never raises.
    """
    if draft.page is None or not holds_any(cleaned.text, learned):
        return cleaned
    found, _ = _stripped([_chrome_page(draft, cleaned.text, learned)], rules, setting)[0]
    after = _with(draft, cleaned, found)
    if after.removed == cleaned.removed and after.reason is None:
        return cleaned
    return _judged(draft, replace(after, title=cleaned.title or after.title, date=cleaned.date or after.date))


def _read_text(draft: Draft) -> Cleaned:
    """What extraction kept."""
    page = draft.page
    if page is None:
        return Cleaned("", (), None, None, None)
    return Cleaned(cut(page.text, page.removed), page.removed, page.title, page.author, page.date)


def _chrome_page(draft: Draft, text: str, learned: SiteLines | None = None) -> ChromePage:
    record, page = draft.record, draft.page or Page("")
    return ChromePage(text, record.title or page.title, site_of(record.url or page.url), learned)


def _stripped(pages: list[ChromePage], rules: Rules, setting: str) -> list[tuple[Stripped | Exception, float]]:
    try:
        return strip_pages(pages, rules, setting)
    except Exception as error:  # noqa: BLE001  a bad document is data
        if len(pages) == 1:
            return [(error, 0.0)]
        return [one for page in pages for one in _stripped([page], rules, setting)]


def _with(draft: Draft, before: Cleaned, found: Stripped | Exception) -> Cleaned:
    """What is left of `before` after one more look at its text."""
    if isinstance(found, Exception):
        return replace(before, reason=_failure("chrome", found))
    page = draft.page or Page("")
    removed = settle(page.text, [*before.removed, *project(found.removed, before.removed, page.text)])
    metadata = (found.title or before.title, found.author or before.author, found.date or before.date)
    return Cleaned(cut(page.text, removed), removed, *metadata)


def _judged(draft: Draft, cleaned: Cleaned) -> Cleaned:
    """With the reason why it is no document, if no word is left."""
    if draft.page is None or cleaned.reason is not None or _WORD.search(cleaned.text):
        return cleaned
    return replace(cleaned, reason=Reason("nothing-left", f"{len(cleaned.removed)} spans removed, no word kept"))


def tell_all(texts: Sequence[str], detector: str | None = "cascade") -> list[Language]:
    """Return the language of each kept text; unknown if no detector is to be asked, or if it fails. Never raises."""
    if detector is None:
        return [UNTOLD for _ in texts]
    try:
        return detect_languages(texts, detector)
    except Exception:  # noqa: BLE001  a detector that fails on a text does not know its language
        return [UNTOLD] if len(texts) == 1 else [one for text in texts for one in tell_all([text], detector)]


def finish(draft: Draft, cleaned: Cleaned, language: Language, name: str, words: int | None = None) -> Document:
    """One document of what the steps found, before anything is known of its neighbours.

    words: of the cleaned text, where they have been counted.
    """
    record, page = draft.record, draft.page
    reason = draft.reason or cleaned.reason
    url = record.url or (page.url if page else None)
    return Document(
        id=name,
        text=cleaned.text,
        status="rejected" if reason else "kept",
        reason=reason.rule if reason else None,
        evidence=reason.evidence if reason else None,
        record_id=record.record_id,
        url=url,
        site=site_of(url),
        title=cleaned.title,
        author=cleaned.author,
        date=cleaned.date,
        language=language.code,
        language_confidence=language.confidence,
        encoding=draft.encoding,
        encoding_source=draft.encoding_source,
        repairs=draft.repairs,
        removed=cleaned.removed,
        bytes=draft.bytes,
        chars_in=len(page.text) if page else 0,
        words=count_words(cleaned.text) if words is None else words,
        sha256=draft.sha256,
        fields=record.fields,
    )


def _failure(step: str, error: Exception) -> Reason:
    return Reason("failed", f"{step}: {type(error).__name__}: {error}"[:300])


def _without_raw(record: Record) -> Record:
    return Record(
        record.id, b"", record.number, record.kind, record.url, record.record_id, record.title, record.date, record.fields
    )  # fmt: skip
