"""The better informed of two near-duplicates stays, and takes what the other knows."""

from __future__ import annotations

import itertools
import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import cleanse
from cleanse.dedup.informed_twins import Fields, Worth, count_damage, fill_fields, prefer_informed_copies
from cleanse.dedup.representatives import settle


def kept_of(pairs, chars, known, damage=None):
    """Which documents stay, and the twin of each that goes."""
    size = len(chars)
    earlier, later = (np.array([pair[k] for pair in pairs], np.uint32) for k in (0, 1))
    worth = Worth(np.array(chars), np.array(known), np.array(damage or [0] * size))
    settled = settle(size, earlier, later, np.full(len(pairs), 0.9), np.zeros(len(pairs), bool), worth)
    gone = dict(zip(settled.gone.tolist(), settled.twin.tolist(), strict=True))
    return [rank for rank in range(size) if rank not in gone], gone


@pytest.mark.parametrize(
    ("chars", "known", "damage", "stays"),
    [
        ([1000, 950], [0, 3], [0, 0], 1),
        ([1000, 949], [0, 3], [0, 0], 0),
        ([1000, 960], [2, 2], [0, 0], 0),
        ([1000, 990], [4, 1], [7, 0], 1),
        ([1000, 990], [1, 4], [0, 7], 0),
    ],
)
def test_a_tie_in_length_goes_to_the_undamaged_then_to_the_better_known(chars, known, damage, stays):
    assert kept_of([(0, 1)], chars, known, damage)[0] == [stays]


def test_all_twins_follow_the_one_that_stays_instead():
    assert kept_of([(0, 1), (0, 2), (1, 2)], [1000, 990, 980], [0, 4, 1]) == ([1], {0: 1, 2: 1})


def test_no_document_loses_its_kept_twin_and_no_two_kept_ones_are_similar():
    assert kept_of([(0, 1), (0, 2)], [1000, 990, 980], [0, 4, 1])[0] == [0]  # 1 is not similar to 2
    assert kept_of([(0, 2), (1, 2)], [1000, 999, 990], [0, 0, 4])[0] == [0, 1]  # 2 is similar to both


@given(st.data())
def test_the_laws_of_the_leader_policy_hold_whatever_is_known(data):
    size = data.draw(st.integers(2, 8))
    every = [(a, b) for b in range(size) for a in range(b)]
    pairs = data.draw(st.lists(st.sampled_from(every), unique=True, min_size=1))
    known = data.draw(st.lists(st.integers(0, 4), min_size=size, max_size=size))
    kept, gone = kept_of(pairs, [1000 - rank for rank in range(size)], known)
    assert all(gone[rank] in kept and tuple(sorted((rank, gone[rank]))) in pairs for rank in gone)
    assert [pair for pair in pairs if pair[0] in kept and pair[1] in kept] == []


def test_of_equal_texts_the_best_within_the_tie_leads():
    order, copies, leaders = (np.array(values, np.uint32) for values in ([9, 7, 5, 3, 1], [1, 3, 4], [0, 2, 2]))
    worth = Worth(*(np.zeros(10, np.int64) for _ in range(3)))
    worth.chars[:] = 1000
    worth.known[[7, 3, 1]] = [2, 1, 3]
    worth.damage[9] = 1
    worth.chars[1] = 900  # too short to be a tie
    swapped = prefer_informed_copies(order, copies.astype(np.int64), leaders.astype(np.int64), worth)
    assert swapped.tolist() == [7, 9, 3, 5, 1]


ARTICLE = "\n\n".join(
    f"Keeper {n} wrote in the log that the lamp of tower {n * n} was lit at dusk and burned until the gale of day {n} blew over."
    for n in range(1, 9)
)
TWINS = {
    "longest": {"text": ARTICLE + "\n\nThe log ends here."},
    "informed": {"text": ARTICLE, "title": "The lamp", "author": "Jane Roe", "date": "2024-05-03"},
    "copy of informed": {"text": ARTICLE, "title": "The lamp"},
    "damaged": {
        "text": ARTICLE.replace("gale", "g\ufffdle", 1),
        "title": "A",
        "author": "B C",
        "date": "2024",
        "url": "https://a.example",
    },
}


def write_twins(path, names):
    path.write_text("".join(json.dumps({"id": name, **TWINS[name]}) + "\n" for name in names))


def test_the_informed_undamaged_twin_stays_whatever_the_order():
    for names in itertools.permutations(TWINS):
        listed = cleanse.deduplicate([cleanse.Document(id=name, **TWINS[name]) for name in names])
        assert [page.id for page in listed if page.status == "kept"] == ["informed"]
        assert {page.duplicate_of for page in listed} == {None, "informed"}


@pytest.mark.parametrize("names", [list(TWINS), list(TWINS)[::-1]])
@pytest.mark.slow
def test_a_run_keeps_the_twin_that_the_library_keeps_with_any_number_of_workers(names, tmp_path, rows, manifest):
    write_twins(tmp_path / "in.jsonl", names)
    digests = set()
    for workers in (1, 4):
        output = tmp_path / f"out-{workers}"
        cleanse.run(tmp_path / "in.jsonl", output, cleanse.Config(workers=workers))
        assert [row["record_id"] for row in rows(output, "corpus")] == ["informed"]
        digests.add(manifest(output)["digest"])
    assert len(digests) == 1


@pytest.mark.parametrize("keep", ["first", "oldest"])
def test_policies_other_than_the_longest_do_not_ask_what_is_known(keep, tmp_path, rows):
    write_twins(tmp_path / "in.jsonl", TWINS)
    cleanse.run(tmp_path / "in.jsonl", tmp_path / "out", cleanse.Config(workers=0, keep=keep))
    kept = {"first": "longest", "oldest": "damaged"}[keep]
    assert [row["record_id"] for row in rows(tmp_path / "out", "corpus")] == [kept]


def test_damage_is_counted():
    assert [count_damage(text) for text in ("L’été", "L\ufffdt\ufffd", "dépar\u00adtement", "lâ€™Ã©tÃ©")] == [
        0,
        2,
        1,
        3,
    ]


def test_missing_fields_are_taken_from_twins_where_they_agree():
    own = Fields(title="The ferry is mended")
    twins = [
        ("b", Fields(title="Ferry mended", author="Jane  Roe", date="2024-05", url="https://quay.example/1")),
        ("c", Fields(author="jane roe", date="2024-05-03", url="https://river.example/7")),
    ]
    filled = fill_fields(own, twins)
    assert filled.fields == Fields("The ferry is mended", "Jane  Roe", "2024-05-03", None)
    assert filled.fields_from == (("author", "b"), ("date", "c"))


def test_fields_that_twins_contradict_each_other_on_stay_empty():
    twins = [("b", Fields(author="Jane Roe", date="2024-05")), ("c", Fields(author="Paul Doe", date="2023-05"))]
    assert fill_fields(Fields(), twins) == (Fields(), ())
