"""What each rule of a filter would take, by language and site, from the signals alone."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from cleanse.quality.rule_matches import find_masks

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cleanse.quality.presets import Preset

ANY = "*"  # the row of all rules together: what the filter would withhold
WHAT_IF = pa.schema(
    [
        ("rule", pa.string()),  # rule id, `*`: any of them
        ("language", pa.string()),
        ("site", pa.string()),  # null where unknown
        ("documents", pa.int64()),  # that the rule takes
        ("only", pa.int64()),  # of these, documents that no other rule takes
        ("chars", pa.int64()),
        ("of", pa.int64()),  # documents of this language and site
        ("examples", pa.list_(pa.string())),  # ids, an arbitrary but fixed choice
    ]
)


def try_filter(documents: pa.Table, preset: Preset, examples: int = 20) -> pa.Table:
    """Return what a filter would take: one row for each rule, language and site where it takes something.

    Args:
        documents: One row a document: `id`, `language`, `site`, `chars` and the signals.
        preset: The rules to try.
        examples: Ids that a row names, at most.

    """
    languages = documents["language"].to_pylist()
    places = list(zip(languages, documents["site"].to_pylist(), strict=True))
    totals: dict[tuple[str, str | None], int] = defaultdict(int)
    for place in places:
        totals[place] += 1
    fired = {rule.id: mask for rule, mask in find_masks(documents, languages, preset).items()}
    times = np.array(list(fired.values()), np.int64).sum(axis=0)
    ids, chars = documents["id"].to_pylist(), documents["chars"].to_pylist()
    rows: list[dict[str, Any]] = []
    for rule, mask in {ANY: times > 0, **fired}.items():
        groups: dict[tuple[str, str | None], list[int]] = defaultdict(list)
        for row in np.flatnonzero(mask).tolist():
            groups[places[row]].append(row)
        for place in sorted(groups, key=lambda key: (key[0], key[1] or "")):
            members = groups[place]
            rows.append(
                {
                    "rule": rule,
                    "language": place[0],
                    "site": place[1],
                    "documents": len(members),
                    "only": int(np.sum(times[members] == 1)),
                    "chars": sum(chars[row] for row in members),
                    "of": totals[place],
                    "examples": _choose([ids[row] for row in members], examples),
                }
            )
    return pa.Table.from_pylist(rows, WHAT_IF)


def _choose(ids: Sequence[str], count: int) -> list[str]:
    """Return some ids, the same whatever the order: those whose digests are smallest."""
    return sorted(ids, key=lambda name: hashlib.blake2b(name.encode("utf-8", "surrogateescape")).digest())[:count]
