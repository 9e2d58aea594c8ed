"""Splits between which nothing leaks: documents that share text stay together.

A group's place is a digest of its smallest id, so that a document keeps its split when others come or go.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from cleanse.errors import SettingError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

NAMES = {1: ("train",), 2: ("train", "test"), 3: ("train", "validation", "test")}
_DIGEST_BITS = 64


def parse_shares(written: str) -> tuple[float, ...]:
    """Return the shares of splits written as `98/1/1`, of train, validation and test; two of train and test.

    Raises:
        SettingError: If these are not one to three numbers above zero.
    """
    try:
        numbers = [float(part) for part in written.split("/")]
    except ValueError:
        numbers = []
    if len(numbers) not in NAMES or not all(0 < number < float("inf") for number in numbers):
        raise SettingError(
            f"split = {written!r} is not understood. Write up to three numbers, such as 98/1/1 or 90/10."
        )
    return tuple(number / sum(numbers) for number in numbers)


def group_documents(ids: Iterable[str], links: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Return the group of each document: the smallest id among those that links hold together.

    Args:
        ids: The documents.
        links: Pairs of documents that share text, also by way of documents that are not among the ids.
    """
    parents: dict[str, str] = {}

    def root(name: str) -> str:
        path = []
        while (parent := parents.get(name, name)) != name:
            path.append(name)
            name = parent
        for step in path:
            parents[step] = name
        return name

    for left, right in links:
        a, b = sorted((root(left), root(right)))
        parents[b] = a
    return {name: root(name) for name in ids}


def assign_splits(groups: Mapping[str, str], shares: Sequence[float]) -> dict[str, str]:
    """Return the split of each document, the same for all of a group.

    Args:
        groups: The group of each document.
        shares: Of the splits; they sum to one.
    """
    names = NAMES[len(shares)]
    splits: dict[str, str] = {}
    for name, group in groups.items():
        place = int.from_bytes(hashlib.blake2b(group.encode("utf-8", "surrogateescape"), digest_size=8).digest(), "big")
        at, bound = 0, shares[0]
        while at < len(shares) - 1 and place >= bound * (1 << _DIGEST_BITS):
            at += 1
            bound += shares[at]
        splits[name] = names[at]
    return splits
