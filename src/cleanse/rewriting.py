"""Change the texts of finished documents as their owner asked: repeats cut, personal data masked. All of it on record."""

from __future__ import annotations

import json
import re
from bisect import bisect_left, bisect_right
from dataclasses import fields, replace
from itertools import accumulate, count
from typing import TYPE_CHECKING, Any

from cleanse.documents import Rights
from cleanse.passages.cutting import repeat_span
from cleanse.personal_data import PersonalSpan, mask, mask_paths, mask_value
from cleanse.personal_data.masking import STEP, placeholder
from cleanse.spans import cut, project, restore, settle
from cleanse.text import count_words

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

    from cleanse.documents import Document, Span

# attributes of a document that never quote a page, or of which nothing may change
_PLAIN = (
    *("id", "text", "status", "date", "encoding", "encoding_source", "language", "sha256", "fetched", "personal"),
    *("duplicate_of", "series_of", "contained_in"),
)
_SHORTEST = 6  # characters of a value that is looked for where nothing else speaks for it


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
    page = restore(document.text, document.removed)
    values = _values_of(document, page if forget else "", kinds)
    spans = _with_repeats(document.text, personal_spans(document), values)
    masked = mask(document.text, spans, kinds, forget=forget)
    placed = project(
        [replace(span, text=document.text[span.start : span.end]) for span in masked.removed], document.removed, page
    )
    if forget:
        placed = [replace(span, text="") for span in placed]
    removed = tuple(sorted((*document.removed, *placed), key=lambda span: (span.start, span.end)))
    words = count_words(masked.text) if placed else document.words
    personal = _after_masking(spans, kinds)
    document = replace(document, text=masked.text, removed=removed, words=words, personal=personal)
    return _forget_elsewhere(document, kinds, values) if forget else document


def _values_of(document: Document, page: str, kinds: Collection[str]) -> dict[str, str]:
    """Return the values of some kinds that stand in a document's text or page, case-folded, with their kinds."""
    from cleanse.personal_data import find_personal_data

    places = [(document.text, span) for span in personal_spans(document)]
    if len(page) > len(document.text):  # what tells a number may have been removed
        places += [(page, span) for span in find_personal_data(page)]
    values = {text[span.start : span.end].casefold(): span.kind for text, span in places if span.kind in kinds}
    return {value: kind for value, kind in values.items() if len(value) >= _SHORTEST}


def _with_repeats(text: str, spans: Sequence[PersonalSpan], values: Mapping[str, str]) -> list[PersonalSpan]:
    """Return the spans, and the places where the same values stand with nothing around them that tells what they are."""
    pattern = _pattern_of(values)
    if pattern is None:
        return list(spans)
    taken = sorted(spans, key=lambda span: span.start)  # disjoint
    starts = [span.start for span in taken]

    def is_taken(match: re.Match[str]) -> bool:
        before = bisect_left(starts, match.end())  # spans that begin before its end
        return before > 0 and taken[before - 1].end > match.start()

    repeats = [
        PersonalSpan(match.start(), match.end(), kind, "the same value as elsewhere on the page")
        for match in pattern.finditer(text)
        if (kind := values.get(match[0].casefold())) and not is_taken(match)
    ]
    return sorted([*spans, *repeats])


def _pattern_of(values: Iterable[str]) -> re.Pattern[str] | None:
    """Return a pattern that finds values that are not parts of longer words or numbers; None without any."""
    listed = "|".join(map(re.escape, sorted(values, key=lambda value: (-len(value), value))))
    return re.compile(rf"(?<!\w)(?:{listed})(?!\w)", re.IGNORECASE) if listed else None


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
        length = len(placeholder(span.kind)) if span.kind in kinds else span.end - span.start
        moved.append([span.start + shift, span.start + shift + length, span.kind, span.evidence])
        shift += length - (span.end - span.start)
    return json.dumps(moved, ensure_ascii=False)


def _forget_elsewhere(document: Document, kinds: Collection[str], values: Mapping[str, str]) -> Document:
    """Return a document whose other columns and removed spans hold no value of these kinds."""
    pattern = _pattern_of(values)

    def put(match: re.Match[str]) -> str:
        kind = values.get(match[0].casefold())
        return placeholder(kind) if kind else match[0]

    def forget(value: str) -> str:
        return mask_paths(mask_value(pattern.sub(put, value) if pattern else value, kinds) or "", kinds)

    removed = tuple(replace(span, text=forget(span.text), evidence=forget(span.evidence)) for span in document.removed)
    changed: dict[str, Any] = {"removed": removed}
    for attribute in fields(document):
        value = getattr(document, attribute.name)
        if isinstance(value, str) and attribute.name not in _PLAIN:
            changed[attribute.name] = forget(value)
    if document.rights is not None:
        rights = document.rights._asdict()
        rights |= {name: forget(value) for name, value in rights.items() if isinstance(value, str)}
        changed["rights"] = Rights(**rights)
    return replace(document, **changed)


def mask_ids(names: Iterable[str], kinds: Collection[str]) -> dict[str, str]:
    """Return for each id one without values of some kinds, all of them different.

    Args:
        names: Ids of files: paths below the input.
        kinds: The kinds to mask.
    """
    masked = {name: mask_paths("/" + name, kinds)[1:] for name in sorted(names)}
    taken = {name for name, new in masked.items() if name == new}
    for name, new in masked.items():
        if name != new:
            masked[name] = next(one for n in count(1) if (one := f"{new}~{n}" if n > 1 else new) not in taken)
            taken.add(masked[name])
    return masked
