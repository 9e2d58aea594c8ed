"""Web archives of browsers (.mhtml, .mht): a page as a mail message, with its pictures as further parts."""

from __future__ import annotations

import email
import email.policy
from dataclasses import replace
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, BinaryIO

from cleanse.documents import Reason, Record
from cleanse.inputs.records import MAX_DOCUMENT_BYTES

if TYPE_CHECKING:
    from collections.abc import Iterator
    from email.message import Message

    from cleanse.inputs.records import Fields, Piece

CUT_REPAIR = "mhtml-cut"  # the last boundary is missing
PARTS = 10_000  # of a page: more are no page
TYPES = ("text/html", "application/xhtml+xml", "text/plain")  # what is the page, the first that there is


def read(stream: BinaryIO, piece: Piece, fields: Fields) -> Iterator[Record]:  # noqa: ARG001  one call for all formats
    """Yield the page of a web archive."""
    record = Record(piece.source.id, b"")
    raw = stream.read(MAX_DOCUMENT_BYTES + 1)
    if len(raw) > MAX_DOCUMENT_BYTES:
        yield replace(record, reason=Reason("too-large", f"over {MAX_DOCUMENT_BYTES:,} bytes"))
        return
    message = email.message_from_bytes(raw, policy=email.policy.compat32)
    part = _page_of(message)
    if part is None:
        yield replace(record, reason=Reason("not-text", f"no page in it, only {message.get_content_type()}"))
        return
    body = part.get_payload(decode=True)
    if not isinstance(body, bytes) or not body.strip():
        yield replace(record, reason=Reason("empty", "a web archive without a page"))
        return
    location = _header(message, "snapshot-content-location") or _header(part, "content-location")
    yield replace(
        record,
        raw=body,
        kind="html" if part.get_content_type() != "text/plain" else None,
        url=location if location and location.startswith(("http://", "https://")) else None,
        fetched=_fetched(message),
        charset=_charset(part),
        repairs=(CUT_REPAIR,) if _is_cut(message, part) else (),
    )


def _page_of(message: Message) -> Message | None:
    """Return the part that is the page: the first of the best type; other pages beside it are frames."""
    best: tuple[int, Message] | None = None
    for n, part in enumerate(message.walk()):
        kind = part.get_content_type()
        if n > PARTS:
            break
        if kind in TYPES and (best is None or TYPES.index(kind) < best[0]):
            best = TYPES.index(kind), part
    return best[1] if best else None


def _is_cut(message: Message, part: Message) -> bool:
    """Return whether the archive ends before its end: within the page if that is its last part."""
    names = [type(defect).__name__ for defect in message.defects]
    parts = list(message.walk())
    return "CloseBoundaryNotFoundDefect" in names and parts[-1] is part


def _header(message: Message, name: str) -> str | None:
    value = message.get(name)
    return " ".join(str(value).split()) or None if value else None


def _charset(part: Message) -> str | None:
    charset = part.get_param("charset")
    return charset.lower() if isinstance(charset, str) else None


def _fetched(message: Message) -> str | None:
    """Return when the page was saved, ISO 8601."""
    try:
        return parsedate_to_datetime(str(message["date"])).isoformat()
    except (ValueError, TypeError, IndexError):
        return None
