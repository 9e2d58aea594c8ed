"""Change the texts of finished documents as their owner asked: repeats cut, personal data masked. All of it on record."""

from __future__ import annotations

import json
from bisect import bisect_right
from dataclasses import replace
from itertools import accumulate
from typing import TYPE_CHECKING, Any

from cleanse.passages.cutting import repeat_span
from cleanse.personal_data import PersonalSpan, mask, mask_value
from cleanse.personal_data.masking import STEP, placeholder
from cleanse.spans import cut, project, restore, settle
from cleanse.text import count_words

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping

    from cleanse.documents import Document, Span

_QUOTING = (
    "title",
    "author",
    "url",
    "evidence",
    "page_evidence",
    "fields",
    "record_id",
)  # columns that may hold values


def personal_spans(document: Document) -> list[PersonalSpan]:
    """Return where personal data stands in a document's text."""
    return [PersonalSpan(*span) for span in json.loads(document.personal or "[]")]


def cut_repeats(document: Document, repeats: Iterable[Mapping[str, Any]]) -> Document:
    """Return a document without passages that stand elsewhere first.

    Args:
        document: A finished document.
        repeats: Rows of `passages.select_repeats` on it.
    """
    spans = [repeat_span(row, document.text) for row in repeats]
    if not spans:
        return document
    page = restore(document.text, document.removed)
    removed = settle(page, [*document.removed, *project(spans, document.removed, page)])
    text = cut(page, removed)
    return replace(document, text=text, removed=removed, words=count_words(text), personal=_moved(document, spans))


def _moved(document: Document, cuts: Iterable[Span]) -> str | None:
    """Return the personal data of a document whose text was cut: what is left of it is found again."""
    from cleanse.personal_data import find_personal_data

    if document.personal is None:
        return None
    text = cut(document.text, sorted(cuts, key=lambda span: span.start))
    return json.dumps(find_personal_data(text), ensure_ascii=False)


def mask_document(document: Document, kinds: Collection[str], *, forget: bool) -> Document:
    """Return a document in whose text the values of some kinds stand as `[phone]`.

    Args:
        document: A finished document, with its personal data.
        kinds: The kinds to mask.
        forget: Whether the values are left out of all else that is written of it, too.
    """
    spans = personal_spans(document)
    masked = mask(document.text, spans, kinds, forget=forget)
    page = restore(document.text, document.removed)
    placed = project(
        [replace(span, text=document.text[span.start : span.end]) for span in masked.removed], document.removed, page
    )
    if forget:
        placed = [replace(span, text="") for span in placed]
    removed = tuple(sorted((*document.removed, *placed), key=lambda span: (span.start, span.end)))
    words = count_words(masked.text) if placed else document.words
    personal = _after_masking(spans, kinds)
    document = replace(document, text=masked.text, removed=removed, words=words, personal=personal)
    return _forget_elsewhere(document, kinds) if forget else document


def move_places(rows: Iterable[Mapping[str, Any]], before: Document, after: Document) -> Iterator[dict[str, Any]]:
    """Yield rows with `start` and `end` in a document's text, as they are in its text after cuts and masks.

    Of a place that was cut out, both are the place where it stood.

    Args:
        rows: The rows, with offsets in `before.text`.
        before: The document.
        after: The same document with more removed spans.
    """
    gaps, spans = before.removed, after.removed
    lengths = list(accumulate((gap.end - gap.start for gap in gaps), initial=0))
    starts = [gap.start - length for gap, length in zip(gaps, lengths, strict=False)]  # in the text before
    shifts = list(accumulate((_growth(span) for span in spans), initial=0))
    span_starts = [span.start for span in spans]

    def move(character: int, *, to_end: bool) -> int:
        offset = character + lengths[bisect_right(starts, character)]  # in the page text
        number = bisect_right(span_starts, offset) - 1
        if number < 0 or offset >= spans[number].end:
            return offset + shifts[number + 1] + to_end
        span = spans[number]  # the character is cut out or masked
        return span.start + shifts[number] + to_end * (_growth(span) + span.end - span.start)

    for row in rows:
        start, end = move(row["start"], to_end=False), move(row["end"] - 1, to_end=True)
        yield {**row, "start": start, "end": max(start, end)}


def _growth(span: Span) -> int:
    """Return how many characters longer a text is with what stands in place of a span."""
    stands = len(placeholder(span.rule.removeprefix(f"{STEP}."))) if span.step == STEP else 0
    return stands - (span.end - span.start)


def _after_masking(spans: Iterable[PersonalSpan], kinds: Collection[str]) -> str:
    """Return where the data stands when the masked kinds are replaced by their placeholders."""
    moved, shift = [], 0
    for span in spans:
        length = len(f"[{span.kind}]") if span.kind in kinds else span.end - span.start
        moved.append([span.start + shift, span.start + shift + length, span.kind, span.evidence])
        shift += length - (span.end - span.start)
    return json.dumps(moved, ensure_ascii=False)


def _forget_elsewhere(document: Document, kinds: Collection[str]) -> Document:
    """Return a document whose other columns and removed spans hold no value of these kinds."""
    removed = tuple(
        replace(span, text=mask_value(span.text, kinds) or "", evidence=mask_value(span.evidence, kinds) or "")
        for span in document.removed
    )
    columns: dict[str, Any] = {name: mask_value(getattr(document, name), kinds) for name in _QUOTING}
    return replace(document, removed=removed, **columns)
