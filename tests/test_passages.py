"""Shared passages: what stands in several documents is named with its places, whatever the order, cut or mapper."""

import random
import re
from concurrent.futures import ThreadPoolExecutor

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cleanse.errors import SettingError
from cleanse.passages import (
    FINGERPRINTS,
    PASSAGES,
    SENTENCES,
    SHARING,
    Corpus,
    find_passages,
    hash_fingerprints,
    hash_sentences,
    repeat_span,
    select_repeats,
)
from cleanse.passages.fingerprints import GRAM, WINDOW
from cleanse.passages.hash_files import keep_repeated
from cleanse.text import count_words, split_words

VOCABULARY = [
    "river",
    "stone",
    "lamp",
    "window",
    "quiet",
    "garden",
    "market",
    "letter",
    "winter",
    "bridge",
    "morning",
    "silver",
    "copper",
    "ladder",
    "basket",
    "thunder",
    "meadow",
    "harbour",
    "candle",
    "mirror",
    "pocket",
    "orchard",
    "feather",
    "gravel",
    "whistle",
    "cotton",
    "marble",
    "timber",
    "saddle",
    "anchor",
    "quai",
    "marché",
    "pluie",
    "voisin",
    "départ",
    "lumière",
    "forêt",
    "chemin",
    "église",
    "fenêtre",
    "village",
    "colline",
    "bateau",
    "rivage",
    "travail",
    "dimanche",
]
RECALL_EXACT, RECALL_EDITED, PRECISION = 0.98, 0.9, 0.99
SENTENCE_IDS = st.integers(0, 11)
CORPORA = st.lists(st.lists(SENTENCE_IDS, min_size=1, max_size=8), min_size=1, max_size=9)


def sentence(seed, words=9):
    rng = random.Random(seed)
    return " ".join(rng.choices(VOCABULARY, k=words)).capitalize() + "."


def story(seed, sentences=6):
    return "\n".join(sentence(seed * 1000 + n, 11) for n in range(sentences))


def place(row):
    return row["id"], row["start"]


def search(tmp_path, chunks, dates=None, sites=None, agencies=None, eligible=None, mapper=map):
    """Run the search over chunks of (id, text); dates, sites and flags by id."""
    folder = tmp_path / f"scratch{len(list(tmp_path.iterdir()))}"
    folder.mkdir()
    names = [name for chunk in chunks for name, _ in chunk]
    corpus = Corpus.of(
        [[name for name, _ in chunk] for chunk in chunks],
        [count_words(text) for chunk in chunks for _, text in chunk],
        [(dates or {}).get(name) for name in names],
        [(sites or {}).get(name) for name in names],
        [(agencies or {}).get(name, False) for name in names],
        [(eligible or {}).get(name, True) for name in names],
    )
    sentences = [hash_sentences([text for _, text in chunk]) for chunk in chunks]
    fingerprints = [hash_fingerprints([text for _, text in chunk]) for chunk in chunks]
    tables = list(find_passages(corpus, sentences.__getitem__, fingerprints.__getitem__, folder, mapper))
    passages = pa.concat_tables([PASSAGES.empty_table(), *(one for one, _ in tables)]).to_pylist()
    sharing = pa.concat_tables([SHARING.empty_table(), *(one for _, one in tables)]).to_pylist()
    return passages, {row["id"]: row for row in sharing}


@pytest.mark.slow
@settings(max_examples=30)  # each writes files
@given(texts=CORPORA, cuts=st.lists(st.integers(1, 3), min_size=9, max_size=9), seed=st.integers(0, 5))
def test_the_tables_do_not_depend_on_order_cut_or_mapper(tmp_path_factory, texts, cuts, seed):
    tmp_path = tmp_path_factory.mktemp("cut")
    pages = [(f"d{n}", " ".join(map(sentence, several))) for n, several in enumerate(texts)]
    whole = search(tmp_path, [pages])
    shuffled = random.Random(seed).sample(pages, len(pages))
    chunks, at = [], 0
    for size in cuts:
        chunks.append(shuffled[at : at + size])
        at += size
    with ThreadPoolExecutor(3) as pool:
        parts = search(tmp_path, chunks, mapper=pool.map)
    assert sorted(parts[0], key=place) == sorted(whole[0], key=place)
    assert parts[1] == whole[1]


@settings(max_examples=30)  # each writes files
@given(texts=CORPORA)
def test_a_sentence_is_shared_exactly_if_another_document_has_its_words(tmp_path_factory, texts):
    pages = [(f"d{n}", " ".join(map(sentence, several))) for n, several in enumerate(texts)]
    passages, sharing = search(tmp_path_factory.mktemp("slow"), [pages])
    holders = {s: {n for n, several in enumerate(texts) if s in several} for several in texts for s in several}
    text_of = dict(pages)
    for n, several in enumerate(texts):
        shared = [s for s in several if len(holders[s]) > 1]
        mine = [row for row in passages if row["id"] == f"d{n}"]
        written = [split_words(text_of[f"d{n}"][row["start"] : row["end"]]) for row in mine]
        assert [w for words in written for w in words] == [w for s in shared for w in split_words(sentence(s))]
        assert sharing[f"d{n}"]["shared_share"] == pytest.approx(len(shared) / len(several))
    for row in passages:
        assert row["documents"] > 1
        assert row["first_id"] <= row["id"]


@settings(max_examples=30)  # each writes files
@given(texts=CORPORA)
def test_equal_passages_have_equal_hashes_and_others_do_not(tmp_path_factory, texts):
    pages = [(f"d{n}", " ".join(map(sentence, several))) for n, several in enumerate(texts)]
    passages, _ = search(tmp_path_factory.mktemp("hash"), [pages])
    by_hash = {}
    for row in passages:
        words = tuple(split_words(dict(pages)[row["id"]][row["start"] : row["end"]].lower()))
        assert by_hash.setdefault(row["hash"], words) == words
    assert len(set(by_hash.values())) == len(by_hash)


def edited(text, rng):
    lines = []
    for line in text.split("\n"):
        words = line.split()
        if rng.random() < 0.3:
            at = rng.randrange(1, len(words) - 1)
            words[at : at + 1] = rng.choice([[], [words[at]] * 2, ["ailleurs"]])
        lines.append(" ".join(words))
    return "\n".join(lines)


def test_dispatches_inside_articles_are_found_whole_or_lightly_edited(tmp_path):
    rng, pages, truth = random.Random(5), [], {}
    for n in range(120):
        dispatch = story(n)
        copy = edited(dispatch, rng) if n % 2 else dispatch
        pages += [(f"dispatch{n}", dispatch), (f"article{n}", f"{story(1000 + n)}\n{copy}\n{story(3000 + n)}")]
        truth[f"dispatch{n}"] = f"article{n}"
    _, sharing = search(tmp_path, [pages])
    named = {name: row["contained_in"] for name, row in sharing.items() if row["contained_in"]}
    hits = [named.get(name) == holder for name, holder in truth.items()]
    assert sum(hits[0::2]) >= RECALL_EXACT * len(hits[0::2])
    assert sum(hits[1::2]) >= RECALL_EDITED * len(hits[1::2])
    assert sum(truth.get(name) == holder for name, holder in named.items()) >= PRECISION * len(named)


def test_a_text_that_stands_whole_in_another_is_contained_to_the_last_word(tmp_path):
    pages = [("a", story(1)), ("b", f"{story(2)}\n{story(1)}\n{story(3)}")]
    _, sharing = search(tmp_path, [pages])
    assert sharing["a"] == {"id": "a", "shared_share": 1.0, "contained_in": "b", "containment": 1.0}
    assert sharing["b"]["contained_in"] is None
    assert sharing["b"]["shared_share"] == pytest.approx(1 / 3)


def test_case_punctuation_and_spaces_do_not_tell_sentences_apart(tmp_path):
    pages = [
        ("a", "Le maire a dit : « Nous rouvrirons le pont lundi. »"),
        ("b", "le Maire a dit nous   rouvrirons le pont lundi"),
    ]
    passages, _ = search(tmp_path, [pages])
    assert [(row["id"], row["start"], row["end"]) for row in passages] == [
        ("a", 0, len(pages[0][1])),
        ("b", 0, len(pages[1][1])),
    ]


def test_neighbouring_shared_sentences_are_one_passage(tmp_path):
    pages = [("a", f"{story(1)}\n{sentence(7)}"), ("b", f"{sentence(8)}\n{story(1)}")]
    passages, _ = search(tmp_path, [pages])
    assert [(row["sentences"], row["words"]) for row in passages] == [(6, 66), (6, 66)]
    assert passages[0]["hash"] == passages[1]["hash"]


def test_the_first_place_is_the_earliest_date_and_undated_documents_come_last(tmp_path):
    pages = [("a", story(1)), ("b", story(1)), ("c", story(1))]
    passages, _ = search(tmp_path, [pages], dates={"b": "2023-11", "c": "2024"})
    assert {row["first_id"] for row in passages} == {"b"}
    passages, _ = search(tmp_path, [pages])
    assert {row["first_id"] for row in passages} == {"a"}


def test_a_sentence_at_the_edge_of_five_documents_is_boilerplate_and_inside_it_is_not(tmp_path):
    note = "Every morning this house sends its letter to the harbour."
    tails = [(f"t{n}", f"{story(n, 9)}\n{note}") for n in range(5)]
    inside = [(f"i{n}", f"{story(50 + n, 9)}\n{sentence(3, 12)}\n{story(90 + n, 9)}") for n in range(5)]
    passages, _ = search(tmp_path, [tails + inside])
    kinds = {row["id"][0]: row["kind"] for row in passages}
    assert kinds == {"t": "boilerplate", "i": None}


def test_an_agencys_text_on_two_sites_is_of_kind_agency_and_on_one_it_is_not(tmp_path):
    pages = [("a", story(1)), ("b", f"{story(2)}\n{story(1)}")]
    sites = {"a": "one.example", "b": "two.example"}
    assert {r["kind"] for r in search(tmp_path, [pages], sites=sites, agencies={"a": True})[0]} == {"agency"}
    assert {r["kind"] for r in search(tmp_path, [pages], agencies={"a": True})[0]} == {None}


def test_a_quotation_in_two_articles_is_of_kind_quote(tmp_path):
    quote = "« Nous rouvrirons le pont avant la fin de cet hiver. »"
    pages = [("a", f"{story(1)}\n{quote}\n{story(2)}"), ("b", f"{story(3)}\n{quote}\n{story(4)}")]
    assert {row["kind"] for row in search(tmp_path, [pages])[0]} == {"quote"}


def test_quotations_inside_a_copied_text_are_no_passages_of_their_own(tmp_path):
    quote = "« Nous rouvrirons le pont avant la fin de cet hiver. »"
    copied = f"{story(1)}\n{quote}\n{story(2)}"
    passages, _ = search(tmp_path, [[("a", copied), ("b", f"{story(3)}\n{copied}")]])
    assert [(row["sentences"], row["kind"]) for row in passages] == [(13, None), (13, None)]


def test_a_document_that_takes_no_part_has_nulls_and_changes_nothing(tmp_path):
    pages = [("a", story(1)), ("b", story(1)), ("c", story(1))]
    passages, sharing = search(tmp_path, [pages], eligible={"b": False})
    assert {row["id"] for row in passages} == {"a", "c"}
    assert {row["documents"] for row in passages} == {2}
    assert sharing["b"] == {"id": "b", "shared_share": None, "contained_in": None, "containment": None}


def test_only_repeats_are_selected_for_cutting(tmp_path):
    note = "Every morning this house sends its letter to the harbour."
    pages = [(f"t{n}", f"{story(n, 9)}\n{note}") for n in range(5)]
    passages, _ = search(tmp_path, [pages])
    repeats = select_repeats(pa.Table.from_pylist(passages, PASSAGES), ["boilerplate"])
    assert repeats["id"].to_pylist() == ["t1", "t2", "t3", "t4"]
    assert select_repeats(pa.Table.from_pylist(passages, PASSAGES), ["quote"]).num_rows == 0
    span = repeat_span(repeats.to_pylist()[0], pages[1][1])
    assert (span.text, span.rule, span.evidence) == (note, "shared.boilerplate", "in 5 documents, first in t0")
    with pytest.raises(SettingError, match="agency, boilerplate, quote"):
        select_repeats(pa.Table.from_pylist(passages, PASSAGES), ["footer"])


def test_a_text_in_more_than_a_thousand_documents_pairs_nobody(tmp_path):
    pages = [(f"d{n}", story(1)) for n in range(1001)]
    _, sharing = search(tmp_path, [pages])
    assert {row["contained_in"] for row in sharing.values()} == {None}
    assert {row["shared_share"] for row in sharing.values()} == {1.0}


def test_a_text_in_hundreds_of_documents_forms_pairs_in_proportion(tmp_path):
    pages = [("a", story(1)), *((f"d{n}", f"{story(10 + n)}\n{story(1)}\n{story(900 + n)}") for n in range(300))]
    _, sharing = search(tmp_path, [pages])
    assert sharing["a"]["containment"] == 1.0
    assert sharing["a"]["contained_in"] is not None


@given(st.lists(st.sampled_from(VOCABULARY[:8]), max_size=60), st.lists(st.sampled_from(VOCABULARY[8:]), max_size=30))
def test_any_shared_run_of_fifteen_words_shares_a_fingerprint(run, other):
    one, two = " ".join([*other[:15], *run, *other[15:]]), " ".join([*other[20:], *run])
    hashes = [set(hash_fingerprints([text])["hash"].to_pylist()) for text in (one, two)]
    if len(run) >= GRAM + WINDOW - 1:
        assert hashes[0] & hashes[1]


@given(st.lists(st.lists(st.sampled_from(VOCABULARY), max_size=40), max_size=5))
def test_fingerprints_share_out_the_words_of_a_text(texts):
    table = hash_fingerprints([" ".join(words) for words in texts])
    assert table.schema == FINGERPRINTS
    owned = [0] * len(texts)
    for text, words in zip(table["text"].to_pylist(), table["words"].to_pylist(), strict=True):
        owned[text] += words
    assert owned == [len(words) if len(words) >= GRAM else 0 for words in texts]


@pytest.mark.parametrize(
    ("text", "sentences"),
    [
        ("Le pont de Granville a enfin rouvert lundi. Il avait fermé en mars pour des travaux.", 2),
        ("La version 2.0 du pont de Granville a coûté 3.5 millions d'euros", 1),
        ("Il cite M. de la Tour et les vingt autres donateurs du pont.", 1),
        ("Trop court. Encore trop court.", 0),
        ("« Nous rouvrirons le pont lundi matin. » « Nous le fermerons mardi avant midi. »", 2),
        ("Il a parlé du pont hier soir. « Nous le fermerons mardi avant midi. »", 2),
        ("これは新しい橋についての長い文章です。今日から誰でも渡ることができます。", 1),
        ("", 0),
    ],
)
def test_a_sentence_ends_at_a_mark_before_a_letter_that_is_not_small(text, sentences):
    table = hash_sentences([text])
    assert table.schema == SENTENCES
    assert table.num_rows == sentences


@given(st.lists(st.text(max_size=200), max_size=4))
def test_spans_of_sentences_lie_in_their_texts_and_do_not_overlap(texts):
    rows = hash_sentences(texts).to_pylist()
    for row in rows:
        written = texts[row["text"]][row["start"] : row["end"]]
        assert written == written.strip()
        assert count_words(written) == row["words"]
    for a, b in zip(rows, rows[1:], strict=False):
        assert a["text"] < b["text"] or a["end"] <= b["start"]


@given(st.lists(st.integers(0, 20)))
def test_repeated_hashes_are_those_that_stand_twice(values):
    import numpy as np

    hashes = np.array(values, np.uint64)
    assert keep_repeated(hashes).tolist() == [values.count(value) > 1 for value in values]


def test_words_of_sentences_are_words_of_the_corpus():
    text = re.sub(r"\s+", " ", story(4))
    assert sum(hash_sentences([text])["words"].to_pylist()) == count_words(text)
