"""Return the selected pages, spans and clusters with their texts, shortened, as plain data for report.html.

Budgets count the bytes as they stand in the report, so that it stays small whatever the texts are.
"""

from __future__ import annotations

import json
import shlex
from typing import TYPE_CHECKING, Any

from cleanse.chrome.evidence import read_chance
from cleanse.corpus.reader import rows, spans, texts
from cleanse.report.excerpts import shown_rows
from cleanse.report.selection import WHY
from cleanse.report.word_diff import differences
from cleanse.spans import restore

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from cleanse.documents import Span
    from cleanse.report.selection import Picks

PAGES_BYTES = 1_200_000  # bytes for all pages before and after; the report as a whole stays under 3 MB
CLUSTERS_BYTES = 600_000  # bytes for all clusters
CONTEXT = 90  # characters shown on either side of an example
EXAMPLE = 320  # characters shown of a removed span
DIFF_CHARS = 20_000  # characters of a text that are compared
DIFF_CONTEXT = 60  # characters shown of an equal stretch, at either end
DIFF_CHANGE = 600  # characters shown of a changed stretch
MAX_CHANGES = 40  # differences shown of one pair of texts
MEMBERS = 5  # near-duplicates shown of a cluster, the least similar first
SHORT = 240  # characters shown of an id, a title, evidence
MAX_RULES = 60  # rules whose examples are shown


def embedded(value: Any) -> str:
    """Return JSON that can stand in a script element: without `<`, `>`, `&` and the line separators of JavaScript."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    for char in "<>&\u2028\u2029":
        text = text.replace(char, f"\\u{ord(char):04x}")
    return text


def short(text: str | None, most: int = SHORT) -> str:
    """Return the beginning of a string; an ellipsis stands for the rest.

    Args:
        text: The string; None counts as empty.
        most: Largest length of the result, in characters.
    """
    text = text or ""
    return text if len(text) <= most else text[: most - 1] + "…"


# -- pages before and after -------------------------------------------------------------------------------------------


def pages(output: Path, picks: Picks, languages: Sequence[str]) -> list[dict[str, Any]]:
    """Return the selected pages, as many as the budget allows, each with the reasons for which it was selected.

    Args:
        output: The output folder.
        picks: The selected documents.
        languages: Languages of which pages are shown, most frequent first.
    """
    why: dict[str, list[str]] = {}
    for name in WHY:
        groups = languages if name == "language" else ("",)
        for group in groups:
            for _, _, id_ in picks.pages.get((name, group), []):
                why.setdefault(id_, [])
                if name not in why[id_]:
                    why[id_].append(name)
    text_rows, removed = texts(output, why), spans(output, why)
    statuses = {row["id"]: row for row in rows(output, "documents", why)}
    ready = {id_: _page(statuses[id_], text_rows.get(id_), removed[id_], reasons) for id_, reasons in why.items()}
    return list(_within(PAGES_BYTES, (ready[id_] for id_ in _in_turn(why))))


def _in_turn(why: Mapping[str, Sequence[str]]) -> list[str]:
    """Return ids of each kind in turn, so that a budget that runs out leaves pages of every kind."""
    piles = [[id_ for id_, reasons in why.items() if reasons[0] == name] for name in WHY]
    longest = max(map(len, piles), default=0)
    return [pile[i] for i in range(longest) for pile in piles if i < len(pile)]


def _within(budget: int, items: Iterable[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """Yield items until the budget, in bytes, is used up; larger items are left out."""
    for item in items:
        size = len(embedded(item).encode())
        if size <= budget:
            budget -= size
            yield item


def _page(
    row: Mapping[str, Any], text_row: Mapping[str, Any] | None, removed: Sequence[Span], why: Sequence[str]
) -> dict[str, Any]:
    """Return one page as data: what is known of it, its rows, and notes with rule and evidence."""
    text = None if text_row is None else restore(text_row["text"] or "", removed)
    doubted = max(removed, key=_doubt, default=None)
    rows_shown, shown = shown_rows(text, removed, row["chars_in"], doubted)
    numbers = {id(span): number for number, span in enumerate(removed, 1)}
    notes = [[short(span.rule, 60), short(span.evidence, 140), numbers[id(span)], span.step] for span in shown]
    return {
        "id": short(row["id"]),
        "name": shlex.quote(row["id"]),
        "why": [WHY[name] for name in why],
        "status": row["status"],
        "reason": row["reason"],
        "title": short((text_row or {}).get("title")),
        "author": short((text_row or {}).get("author"), 80),
        "date": short((text_row or {}).get("date"), 40),
        "site": short((text_row or {}).get("site"), 80),
        "language": row["language"],
        "confidence": round(row["language_confidence"] or 0, 2),
        "in": row["chars_in"],
        "kept": row["chars_kept"],
        "spans": len(removed),
        "notes": notes,
        "doubt": shown.index(doubted) if doubted in shown and _doubt(doubted) >= 0 else -1,
        "rows": rows_shown,
    }


def _doubt(span: Span | None) -> int:
    """Return the line model's probability, in per cent, that a span is content; -1 if the model did not remove it."""
    chance = read_chance(span.evidence) if span and span.rule.startswith("model.") else None
    return -1 if chance is None else chance


# -- examples of rules ------------------------------------------------------------------------------------------------


def examples(output: Path, picks: Picks, rules: Sequence[str]) -> dict[str, list[dict[str, str]]]:
    """Return for each rule some removed spans with the text around them.

    Args:
        output: The output folder.
        picks: The selected spans.
        rules: Rule ids, those that removed most first.
    """
    picks_of_rule = {rule: [pick[2] for pick in picks.spans.get(rule, [])] for rule in rules[:MAX_RULES]}
    ids = {id_ for spans_ in picks_of_rule.values() for id_, _, _ in spans_}
    text_rows, removed = texts(output, ids), spans(output, ids)
    page_text = {id_: restore(row["text"] or "", removed[id_]) for id_, row in text_rows.items()}
    out: dict[str, list[dict[str, str]]] = {}
    for rule, chosen in picks_of_rule.items():
        for id_, start, end in chosen:
            span = next((s for s in removed[id_] if s.start == start), None)
            if span is None:
                continue
            text = page_text.get(id_, "")
            before, after = text[max(0, start - CONTEXT) : start], text[end : end + CONTEXT]
            shown = {"id": short(id_), "before": before.lstrip(), "gone": short(span.text.strip("\n"), EXAMPLE)}
            out.setdefault(rule, []).append(shown | {"after": after.rstrip(), "evidence": short(span.evidence)})
    return out


# -- clusters ---------------------------------------------------------------------------------------------------------


def clusters(output: Path, picks: Picks) -> list[dict[str, Any]]:
    """Return the selected kept documents with some of their near-duplicates, each with the words that differ.

    Args:
        output: The output folder.
        picks: The selected documents.
    """
    why: dict[str, str] = {}
    for name in ("largest", "loosest", "random"):
        for _, _, id_ in picks.representatives.get(name, []):
            why.setdefault(id_, name)
    members: dict[str, list[tuple[float, str]]] = {id_: [] for id_ in why}
    sizes = dict.fromkeys(why, 0)
    for row in rows(output, "documents", why, ("id", "duplicate_of", "jaccard"), key="duplicate_of"):
        twins = members[row["duplicate_of"]]
        sizes[row["duplicate_of"]] += 1
        twins.append((row["jaccard"], row["id"]))
        twins.sort()
        del twins[MEMBERS:]
    text_rows = texts(output, {*why, *(id_ for twins in members.values() for _, id_ in twins)})
    ready = (_cluster(id_, sizes[id_], members[id_], text_rows) for id_ in why)
    return list(_within(CLUSTERS_BYTES, ready))


def _cluster(
    kept_id: str, size: int, members: Sequence[tuple[float, str]], text_rows: Mapping[str, Mapping[str, Any]]
) -> dict[str, Any]:
    """Return one cluster as data."""
    kept = text_rows.get(kept_id)
    shown = []
    for jaccard, id_ in members:
        twin = text_rows.get(id_)
        diff = _diff(kept["text"], twin["text"]) if kept and twin else None
        shown.append({"id": short(id_), "jaccard": round(jaccard, 4), "diff": diff})
    site, title = (short((kept or {}).get(name), 120) for name in ("site", "title"))
    return {"id": short(kept_id), "title": title, "site": site, "size": size, "members": shown}


def _diff(kept: str, twin: str) -> list[list[Any]]:
    """Return stretches as [kind, text].

    Kinds: 0 in both texts, 1 only in the kept document, 2 only in its near-duplicate, 3 a note on what is left out.
    """
    changes = differences(kept[:DIFF_CHARS], twin[:DIFF_CHARS])
    out: list[list[Any]] = []
    count = 0
    for i, change in enumerate(changes):
        if change.same:
            out += _equal(change.here, first=i == 0, last=i == len(changes) - 1)
            continue
        count += 1
        if count > MAX_CHANGES:
            out.append([3, f"{sum(not c.same for c in changes) - MAX_CHANGES} more differences"])
            return out
        out += [[1, short(change.here, DIFF_CHANGE)]] * bool(change.here)
        out += [[2, short(change.there, DIFF_CHANGE)]] * bool(change.there)
    if max(len(kept), len(twin)) > DIFF_CHARS:
        out.append([3, f"compared up to character {DIFF_CHARS:,}"])
    return out


def _equal(text: str, *, first: bool, last: bool) -> list[list[Any]]:
    """Return an equal stretch as stretches for `_diff`, a long one shortened to its ends."""
    head, tail = (0 if first else DIFF_CONTEXT), (0 if last else DIFF_CONTEXT)
    if len(text) <= head + tail + 40:
        return [[0, text]]
    before = text[:head].rsplit(" ", 1)[0]  # no half words, where there are spaces
    after = text[len(text) - tail :].split(" ", 1)[-1]
    middle = [3, f"{len(text) - len(before) - len(after):,} equal characters"]
    return [*([[0, before]] * bool(before)), middle, *([[0, " " + after]] * bool(after))]


def rejected(output: Path, picks: Picks) -> dict[str, list[dict[str, str]]]:
    """Return for each reason some rejected documents, with evidence and size.

    Args:
        output: The output folder.
        picks: The selected documents.
    """
    ids = {pick[2] for chosen in picks.rejected.values() for pick in chosen}
    out: dict[str, list[dict[str, str]]] = {}
    for row in rows(output, "documents", ids, ("id", "reason", "evidence", "bytes")):
        shown = {"id": short(row["id"]), "evidence": short(row["evidence"]), "bytes": row["bytes"]}
        out.setdefault(row["reason"], []).append(shown)
    return out
