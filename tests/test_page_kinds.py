"""Kinds of page: each is named with what speaks for it, and a text that only looks like one is left alone."""

import gzip
import json
import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cleanse.page_kinds import NO_DOCUMENTS, PAGE_TYPES, find_page_flags, minor_languages, removed_share
from cleanse.page_kinds.page_lines import fold, lexicon, split_lines

CASES = Path(__file__).parent / "cases"
PAGES = tomllib.loads((CASES / "page_kinds.toml").read_text("utf-8"))["page"]
PARAMETERS = [
    pytest.param(p, id=p["name"], marks=pytest.mark.xfail(reason=p["known_failure"]) if "known_failure" in p else ())
    for p in PAGES
]
FALSE_ALARMS = 0.002  # of good texts that may be taken for an error page, a consent wall or a stub
TEXTS = st.lists(
    st.sampled_from([line for page in PAGES for line in page["kept"].split("\n")]) | st.text(max_size=40), max_size=20
).map("\n".join)


@pytest.mark.parametrize("page", PARAMETERS)
def test_a_page_is_what_it_is(page):
    flags = find_page_flags(page["kept"], page.get("page"), page.get("title"), page.get("author"))
    values = {name: flag.value if flag else "" for name, flag in flags._asdict().items()}
    right = {"page_type": page["type"], "truncated": page.get("truncated", ""), "agency": page.get("agency", "")}
    assert values == right


@given(TEXTS, TEXTS)
def test_every_flag_has_evidence_and_a_known_value(kept, page):
    flags = find_page_flags(kept, page)
    assert all(flag.evidence for flag in flags if flag)
    assert flags.page_type is None or flags.page_type.value in PAGE_TYPES
    assert (flags.reason is not None) == (flags.page_type is not None and flags.page_type.value in NO_DOCUMENTS)
    assert (flags.evidence is None) == (not any(flags))


def test_good_texts_raise_almost_no_alarm(shared):
    gold = []
    for folder in ("extraction", "extraction-fr"):
        with gzip.open(shared / "bench" / folder / "gold.jsonl.gz", "rt", encoding="utf-8") as file:
            gold += [page["gold_text"] for page in map(json.loads, file) if page.get("gold_text")]
    flags = [find_page_flags(text) for text in gold]
    assert sum(one.reason is not None or one.truncated is not None for one in flags) <= FALSE_ALARMS * len(gold)


def test_no_page_of_the_zoo_is_rejected_or_taken_for_a_stub():
    for path in sorted((CASES / "zoo").glob("*.txt")):
        lines = [line for line in path.read_text("utf-8").splitlines() if not line.startswith("- ")]
        flags = find_page_flags("\n".join(line[2:] for line in lines))
        assert (flags.reason, flags.truncated) == (None, None), path.stem


def test_phrases_of_the_lexicon_are_written_folded():
    for table, entries in lexicon().items():
        for key, phrases in entries.items():
            for phrase in phrases if isinstance(phrases, list) else ():
                assert phrase == fold(phrase), (table, key)


@given(st.text(max_size=200))
def test_lines_keep_their_order_and_lose_only_blanks(text):
    assert [line.text for line in split_lines(text)] == [line.strip() for line in text.split("\n") if line.strip()]


@given(st.dictionaries(st.sampled_from(["fr", "en", "de", "und"]), st.floats(0, 1)))
def test_minor_languages_leave_out_the_main_one_and_what_is_unknown(shares):
    minor = minor_languages(shares, "fr")
    assert not {"fr", "und"} & set(minor)
    assert [shares[code] for code in minor] == sorted((shares[code] for code in minor), reverse=True)


def test_the_removed_share_of_a_page_without_text_is_not_defined():
    assert removed_share(0, 0) is None
    assert removed_share(200, 150) == 0.25
