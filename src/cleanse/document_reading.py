"""Read one document: from a record's bytes to its page text. Pure."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from typing import TYPE_CHECKING

from cleanse.chrome.line_chances import line_chances
from cleanse.documents import Draft, Reason
from cleanse.encoding.decoding import decode
from cleanse.encoding.text_repair import repair as repair_text
from cleanse.errors import raise_memory_fault
from cleanse.html import extract
from cleanse.text import replace_surrogates

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cleanse.documents import Record

MISREAD = ("mojibake:", "charset:")  # repairs of a text that was decoded by a wrong charset


def read_document(record: Record, extractor: str, skip: Sequence[str] = (), *, markdown: bool = False) -> Draft:
    """Decode, repair and extract one record.

    Whatever is wrong with it is the draft's reason. Raises MemoryError, and nothing else.
    """
    raw = record.raw
    data = raw if isinstance(raw, bytes) else raw.encode("utf-8", "surrogatepass")
    draft = Draft(replace(record, raw=b""), len(data), hashlib.sha256(data).hexdigest(), reason=record.reason)
    if record.reason is not None:
        return draft
    try:
        return _read(draft, raw, "none" if "extract" in skip else extractor, skip, markdown=markdown)
    except Exception as error:  # noqa: BLE001  a bad document is data
        raise_memory_fault(error)
        return replace(draft, reason=Reason("failed", f"read: {type(error).__name__}: {error}"[:300]))


def _reread_names(record: Record) -> Record:
    """Return the record with its title and author repaired as its text was: one program has misread them all."""
    title, author = (value and repair_text(value).text for value in (record.title, record.author))
    return replace(record, title=title, author=author)


def _read(draft: Draft, raw: bytes | str, extractor: str, skip: Sequence[str], *, markdown: bool) -> Draft:
    record = draft.record
    encoding, source = None, "record"
    if isinstance(raw, bytes):
        decoded = decode(raw, record.charset)
        encoding, source = decoded.encoding, decoded.source or ""
        draft = replace(draft, encoding=encoding, encoding_source=source or None)
        if decoded.text is None:
            return replace(draft, reason=decoded.rejected)
        text = decoded.text
    else:
        text = raw
    draft = replace(draft, encoding=encoding, encoding_source=source)
    if not text.strip():
        return replace(draft, reason=Reason("empty", "no text"))
    repairs = record.repairs
    if "repair" not in skip:
        repaired = repair_text(text)
        text, repairs = repaired.text, (*repairs, *repaired.repairs)
        if any(name.startswith(MISREAD) for name in repaired.repairs):
            draft = replace(draft, record=_reread_names(record))
    text = replace_surrogates(text)
    page = extract(text, record.kind, record.url, extractor, lines=line_chances, markdown=markdown)
    reason = None if page.text.strip() else Reason("empty", "no visible text")
    return replace(draft, repairs=(*repairs, *page.repairs), page=page, reason=reason)
