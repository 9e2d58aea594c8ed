"""What was found about the documents of a run together, and the status that it gives each of them."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import TYPE_CHECKING, Any, TypeVar

from cleanse.documents import site_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from cleanse.dedup.informed_twins import Fields
    from cleanse.documents import Document

Value = TypeVar("Value")


@dataclass(frozen=True, slots=True)
class Twin:
    """Why a document is not kept: the id of the kept one, their exact Jaccard, and the earlier corpus it stands in."""

    id: str
    jaccard: float
    corpus: str | None = None  # None: this one


@dataclass(frozen=True, slots=True)
class Duplicates:
    """What the search found of each document, by its number; a document in none of these has no near-duplicate."""

    twins: dict[int, Twin] = field(default_factory=dict)
    series: dict[int, str] = field(default_factory=dict)  # id of the kept document of the same form
    stands_for: dict[int, int] = field(default_factory=dict)  # removed documents that a kept one stands for
    filled: dict[int, dict[str, Any]] = field(default_factory=dict)  # columns that a kept one takes from its twins
    counts: dict[str, int] = field(default_factory=dict)  # of the search itself, for the manifest

    def by_number(self) -> tuple[dict[int, Any], ...]:
        """Return what is known of documents by their number."""
        return self.twins, self.series, self.stands_for, self.filled

    def portions(self, ends: Sequence[int]) -> Iterator[Duplicates]:
        """Yield what was found among the documents from each end to the next, numbered from 0."""
        for first, end in pairwise(ends):
            twins, series, stands_for, filled = (_between(values, first, end) for values in self.by_number())
            yield Duplicates(twins, series, stands_for, filled)


def _between(values: dict[int, Value], first: int, end: int) -> dict[int, Value]:
    return {number - first: value for number, value in sorted(values.items()) if first <= number < end}


def take_from_twins(own: Fields, twins: Iterable[tuple[float, str, Fields]]) -> dict[str, Any] | None:
    """Return the columns that a kept document lacks and takes from its near-duplicates; None if there are none.

    Args:
        own: What is known of the kept document.
        twins: Jaccard, id and fields of each near-duplicate.
    """
    from cleanse.dedup.informed_twins import fill_fields

    nearest_first = sorted(twins, key=lambda twin: (-twin[0], twin[1]))
    filled = fill_fields(own, [(name, fields) for _, name, fields in nearest_first])
    if not filled.fields_from:
        return None
    columns: dict[str, Any] = {name: getattr(filled.fields, name) for name, _ in filled.fields_from}
    return {**columns, "fields_from": [f"{name}: {twin}" for name, twin in filled.fields_from]}


def fill_document(document: Document, columns: dict[str, Any] | None) -> Document:
    """Return a kept document with the columns that it takes from its near-duplicates."""
    if columns is None:
        return document
    columns = {**columns, "fields_from": tuple(columns["fields_from"])}
    return replace(document, **columns, site=document.site or site_of(columns.get("url")))


def set_status(document: Document, found: Duplicates, number: int) -> Document:
    """Return the finished document: rejected or filtered (already), a duplicate, or kept."""
    if document.status != "kept":
        return document
    if (twin := found.twins.get(number)) is not None:
        return mark_duplicate(document, twin.id, twin.jaccard, twin.corpus)
    document = replace(document, series_of=found.series.get(number), near_duplicates=found.stands_for.get(number, 0))
    return fill_document(document, found.filled.get(number))


def mark_duplicate(document: Document, kept: str, jaccard: float, corpus: str | None = None) -> Document:
    """Return a document as the near-duplicate of a kept one, which may stand in an earlier corpus."""
    return replace(
        document,
        status="duplicate",
        reason="exact-duplicate" if jaccard == 1.0 else "near-duplicate",
        evidence=f"Jaccard {jaccard:.4f} with {kept}{' of an earlier corpus' if corpus else ''}",
        duplicate_of=kept,
        duplicate_corpus=corpus,
        jaccard=jaccard,
    )
