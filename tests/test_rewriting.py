"""Repeats cut and personal data masked: every place that a table names is a place in the text that was written."""

import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

import cleanse
from cleanse.documents import Document, Span
from cleanse.personal_data import find_personal_data
from cleanse.rewriting import mask_document, move_places
from cleanse.spans import cut
from cleanse.text import count_words, split_words

pytestmark = pytest.mark.slow  # whole runs

NOTICE = "Subscribers of the harbour gazette read every issue from the first page to the last."
VALUES = {"email": "jean.dupont@quay.org", "phone": "+33 6 39 98 12 34"}
CONTACT = "Whoever saw the boat may write to {email} or call {phone} before Monday evening.".format_map(VALUES)
WORDS = [
    "river",
    "lamp",
    "quiet",
    "garden",
    "market",
    "letter",
    "winter",
    "bridge",
    "silver",
    "ladder",
    "meadow",
    "candle",
]


def article(number):
    """Return a text of its own with a contact that two others share, and a notice that all share."""
    own = [" ".join(WORDS[(number * 7 + n * k) % 12] for n in range(11)).capitalize() + "." for k in range(1, 9)]
    return "\n\n".join([f"Title number {number}", *own[:4], CONTACT if number % 2 else own[0], *own[4:], NOTICE])


@pytest.fixture(scope="module")
def corpus(tmp_path_factory):
    """An input of eight documents that share a contact and a notice."""
    folder = tmp_path_factory.mktemp("pages")
    for number in range(8):
        (folder / f"{number}.txt").write_text(article(number))
    return folder


OPTIONS = {
    "as found": {},
    "repeats cut": {"cut_shared": ("boilerplate",)},
    "masked": {"mask": ("email", "phone")},
    "cut and masked": {"cut_shared": ("boilerplate",), "mask": ("email", "phone")},
    "cut, masked and forgotten": {"cut_shared": ("boilerplate",), "mask": ("email", "phone"), "forget": True},
}


@pytest.mark.parametrize("options", OPTIONS.values(), ids=OPTIONS)
def test_places_of_shared_passages_and_personal_data_are_places_in_the_text_of_the_corpus(
    corpus, tmp_path, rows, options
):
    cleanse.run(corpus, tmp_path, cleanse.Config(workers=1, shared=True, pii=True, threshold=1.0, **options))
    texts = {row["id"]: row["text"] for row in rows(tmp_path, "corpus")}
    passages, personal = rows(tmp_path, "shared"), rows(tmp_path, "pii")
    assert len(texts) == 8
    contact = CONTACT
    if "mask" in options:
        contact = contact.replace(VALUES["email"], "[email]").replace(VALUES["phone"], "[phone]")
    expected = {tuple(split_words(contact)), tuple(split_words(NOTICE))}
    places = [(row, texts[row["id"]][row["start"] : row["end"]]) for row in passages]
    cut_out = [row for row, text in places if not text]
    assert {tuple(split_words(text)) for _, text in places if text} == expected
    assert len(cut_out) == (7 if "cut_shared" in options else 0)
    assert all(row["kind"] == "boilerplate" and row["id"] != row["first_id"] for row in cut_out)
    assert personal
    for row in personal:
        value = texts[row["id"]][row["start"] : row["end"]]
        assert value == (f"[{row['kind']}]" if "mask" in options else VALUES[row["kind"]])
    assert all(row["words"] == count_words(row["text"]) for row in rows(tmp_path, "corpus"))


@st.composite
def rewritten(draw):
    """A page, spans removed from it, more spans cut later, and a place in the text before the later cuts."""
    page = draw(st.text("abc \n", min_size=1, max_size=60))
    cuts = sorted(draw(st.sets(st.integers(0, len(page)), max_size=12)))
    spans = [
        Span(a, b, page[a:b], draw(st.sampled_from(["chrome", "shared"])), "x", "")
        for a, b in zip(cuts[::2], cuts[1::2], strict=False)
    ]
    first = tuple(span for span in spans if span.step == "chrome")
    before = Document("1", cut(page, first), removed=first)
    start = draw(st.integers(0, max(0, len(before.text) - 1)))
    return before, replace(before, text=cut(page, spans), removed=tuple(spans)), start


@given(rewritten(), st.integers(1, 20))
def test_a_moved_place_holds_what_is_left_of_its_characters(case, length):
    before, after, start = case
    end = min(len(before.text), start + length)
    if start == end:
        return
    [place] = move_places([{"start": start, "end": end}], before, after)
    kept = after.text[place["start"] : place["end"]]
    assert len(before.text) - len(after.text) >= end - start - len(kept)
    pieces = iter(before.text[start:end])
    assert all(character in pieces for character in kept)  # a subsequence of the place
    [prefix] = move_places([{"start": 0, "end": start}], before, after) if start else [{"end": 0}]
    assert prefix["end"] == place["start"] or not kept
    assert after.text.startswith(after.text[: prefix["end"]] + kept)


@given(st.lists(st.sampled_from([" call +33 6 39 98 12 34", " a.b@c.org", " word", "\n", " 12"]), max_size=12))
def test_a_masked_text_has_the_words_it_says(parts):
    text = "".join(parts)
    document = Document("1", text, words=count_words(text), personal=json.dumps(find_personal_data(text)))
    masked = mask_document(document, ("email", "phone"), forget=False)
    assert masked.words == count_words(masked.text)
