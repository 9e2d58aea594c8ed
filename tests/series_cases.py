"""Planted pairs for the series guard: one form filled in twice, and an article and its reprint. Seeded, our own texts."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator

CASES = Path(__file__).parent / "cases" / "dedup_series.toml"
NAMES = ["Anne Vidal", "Paul Mercier", "Karim Saadi", "Laura Stone", "Tom Becker", "Nadia Rossi", "Hugh Walsh"]
BYLINES = {
    "fr": ["Par {}", "par {}, notre correspondant", "{}", "Publié par {} le {}", "Propos recueillis par {}", "{} | {}"],
    "en": ["By {}", "by {}, Staff Writer", "{}", "Posted by {} on {}", "Words: {}", "{} | {}"],
}
DATES = {
    "fr": ["12 mars 2023", "mardi 3 avril 2024 à 10:32", "28/02/2023", "17 octobre 2021"],
    "en": ["March 12, 2023", "Tuesday 3 April 2024, 10:32", "2023-02-28", "October 17, 2021"],
}
TAGS = ["(AFP) - ", "PARIS (AFP) — ", "LONDON, (Reuters) - ", "(AP) ", "NANTES, 3 mars (AFP) - "]
MIN_SLOTS = 2  # differing at the least; fewer make a higher Jaccard
CLOSING = {
    "fr": ["(avec AFP)", "Source : Reuters", "© {}", "{}"],
    "en": ["(with AFP)", "Source: Reuters", "© {}", "{}"],
}


def pairs(count: int, seed: int) -> Iterator[tuple[bool, str, str, str]]:
    """`count` pairs of each: (is it a series, what was done, one text, the other)."""
    data = tomllib.loads(CASES.read_text(encoding="utf-8"))
    random = np.random.default_rng(seed)
    for i in range(count):
        language = ("fr", "en")[i % 2]
        name = str(random.choice(sorted(data[language]["forms"])))
        yield True, f"{language} {name}", *_filled(data[language], name, random)
        name = str(random.choice(sorted(data[language]["articles"])))
        text = data[language]["articles"][name].strip()
        kinds = random.choice(["byline", "cut", "tag", "closing"], size=int(random.integers(1, 4)), replace=False)
        yield (
            False,
            f"{language} {name} {'+'.join(sorted(kinds))}",
            *_reprinted(text, language, set(kinds.tolist()), random),
        )


def _filled(data, name, random):
    slots = data["slots"]
    texts = []
    rows = {slot: random.permutation(len(values))[:2] for slot, values in slots.items()}
    used = [slot for slot in slots if "{" + slot + "}" in data["forms"][name] and slot not in ("he", "e")]
    for slot in random.permutation(used)[int(random.integers(MIN_SLOTS, len(used) + 1)) :]:
        rows[slot][1] = rows[slot][0]
    for slot in ("he", "e", "person"):
        rows[slot] = rows["person"]
    for k in (0, 1):
        filled = data["forms"][name].strip()
        for slot, values in slots.items():
            filled = filled.replace("{" + slot + "}", values[rows[slot][k]])
        texts.append(filled)
    return texts


def _reprinted(text, language, kinds, random):
    """The text as one paper has it and as another: headline, byline and date, body, credits."""
    both = []
    people, dates = random.permutation(NAMES), random.permutation(DATES[language])
    styles = random.permutation(BYLINES[language])
    for k in (0, 1):
        head, *body = text.split("\n\n")
        style = styles[k] if random.random() < 0.5 else styles[0]
        if k and "cut" in kinds:
            body.pop()
        if k and "tag" in kinds:
            body[0] = str(random.choice(TAGS)) + body[0]
        credit = [style.format(people[k], dates[k])] if "byline" in kinds else []
        closing = [str(random.choice(CLOSING[language])).format(people[k])] if "closing" in kinds else []
        both.append("\n\n".join([head, *credit, *body, *closing]))
    return both
