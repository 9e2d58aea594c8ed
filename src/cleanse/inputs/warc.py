"""WARC and WET files: a document for each page of a crawl, with what the crawler knew of it.

`response` records with status 200 and text, `resource` and `conversion` records are documents. What is left out is a row
with a reason; `request`, `metadata` and `warcinfo` records speak of other records and are none.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, BinaryIO

from cleanse.documents import Reason, Record
from cleanse.inputs.carrying import carry_json
from cleanse.inputs.compressed_blocks import Damage
from cleanse.inputs.http_message import TooLargeError, decode_body, parse_content_type, parse_response
from cleanse.inputs.records import MAX_DOCUMENT_BYTES, Fields, Piece
from cleanse.inputs.warc_framing import WarcRecord, is_warc, read_warc

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["is_warc", "read"]

ABOUT_OTHERS = ("warcinfo", "request", "metadata")  # record types that speak of other records
HTML_TYPES = ("text/html", "application/xhtml+xml", "application/vnd.wap.xhtml+xml")
TEXT_TYPES = ("text/plain", "text/markdown", "text/x-markdown")
UNSURE_TYPES = ("application/octet-stream", "binary/octet-stream", "application/x-unknown-content-type", "unk", "*/*")
LENGTH_REPAIR = "warc-length"  # Content-Length was wrong, and the payload was taken up to the next record
CUT_REPAIR = "http-body-cut"  # the chunks or the compressed body end early; what came before is the document


def read(stream: BinaryIO, piece: Piece, fields: Fields) -> Iterator[Record]:
    """Yield the documents of a file. `stream` holds it as it lies on the disk: each member of it may be damaged."""
    number = 0
    for item in read_warc(stream, MAX_DOCUMENT_BYTES):
        if isinstance(item, Damage):
            number += 1
            yield Record(piece.source.id, b"", number, reason=Reason("damaged-record", item.evidence))
        elif item.damage or item.headers.get("warc-type", "").lower() not in ABOUT_OTHERS:
            number += 1
            yield _make_record(item, Record(piece.source.id, b"", number), fields)
    if not number:
        yield Record(piece.source.id, b"", reason=Reason("empty", "a crawl archive without a page"))


def _make_record(item: WarcRecord, record: Record, fields: Fields) -> Record:
    headers = item.headers
    record = replace(
        record,
        url=headers.get("warc-target-uri", "").strip("<> ") or None,
        record_id=headers.get("warc-record-id"),
        fetched=headers.get("warc-date"),
        repairs=(LENGTH_REPAIR,) if item.length_mended else (),
    )
    if item.damage:
        return replace(record, reason=Reason("damaged-record", item.damage))
    if item.too_large:
        return replace(record, reason=Reason("too-large", f"over {MAX_DOCUMENT_BYTES:,} bytes"))
    kind = headers.get("warc-type", "").lower()
    if kind == "revisit":
        return replace(record, reason=Reason("revisit", _original_of(headers)))
    if kind not in ("response", "resource", "conversion"):
        return replace(record, reason=Reason("warc-type", f"a record of the type {kind!r}"))
    return _add_payload(item, record, kind, fields)


def _original_of(headers: dict[str, str]) -> str:
    """Return what a revisit record says of the page it repeats."""
    date = headers.get("warc-refers-to-date", "")
    url = headers.get("warc-refers-to-target-uri", "").strip("<>")
    return f"the same as {url or 'an earlier fetch'}" + (f" of {date}" if date else "")


def _add_payload(item: WarcRecord, record: Record, kind: str, fields: Fields) -> Record:
    headers = item.headers
    message = parse_response(item.payload if kind == "response" else b"")
    http_type, http_charset = parse_content_type(message.headers.get("content-type"))
    if message.status is None:
        message = replace(message, body=item.payload)
        http_type, http_charset = parse_content_type(headers.get("content-type"))
    identified, charset = parse_content_type(headers.get("warc-identified-payload-type"))
    media = identified or http_type
    carried = {
        "http_status": message.status,
        "mime": media,
        "truncated": headers.get("warc-truncated"),
        "warc_languages": headers.get("warc-identified-content-language"),
    }
    record = replace(record, charset=charset or http_charset, fields=carry_json(carried, fields))
    if message.status not in (None, 200):
        return replace(record, reason=Reason("http-status", str(message.status)))
    if headers.get("warc-segment-number", "1") != "1" or not _may_be_text(media):
        return replace(record, reason=Reason("not-text", media or "a part of a record"))
    try:
        body, whole = decode_body(message, MAX_DOCUMENT_BYTES)
    except TooLargeError:
        return replace(record, reason=Reason("too-large", f"over {MAX_DOCUMENT_BYTES:,} bytes"))
    repairs = record.repairs if whole else (*record.repairs, CUT_REPAIR)
    return replace(record, raw=body, kind="html" if media in HTML_TYPES else None, repairs=repairs)


def _may_be_text(media: str | None) -> bool:
    """Return whether a payload of a media type may be text: where the type says nothing, the bytes decide later."""
    return media is None or media in HTML_TYPES or media in TEXT_TYPES or media in UNSURE_TYPES
