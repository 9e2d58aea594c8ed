"""Filters: all rules that fire are on record, a trial counts what the filter would take, and good text stays."""

import gzip
import json
import tomllib
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cleanse.errors import SettingError
from cleanse.quality import (
    PRESETS,
    Match,
    Preset,
    find_masks,
    find_matches,
    first_reason,
    format_matches,
    load_preset,
    parse_matches,
    try_filter,
)
from cleanse.quality.presets import OTHERS, Rule
from cleanse.quality.trial import ANY
from cleanse.signals import SIGNALS, measure_texts

NAMES = [signal.name for signal in SIGNALS]
CASES = Path(__file__).parent / "cases"
JUNK = tomllib.loads((CASES / "junk.toml").read_text("utf-8"))
TABLES = {
    "de-results",
    "fr-results",
}  # bare tables of names and numbers: the only pages of the zoo that `wide` may take
SPARED = ("fr", "en", "de", "es", "it", "pt")
TAKEN_SHARE = 0.01  # of good texts, at most

RULES = st.builds(
    Rule,
    id=st.sampled_from(["f.a", "f.b", "f.c"]),
    signal=st.sampled_from(["alpha_share", "words"]),
    below=st.booleans(),
    limits=st.dictionaries(st.sampled_from(["fr", "en", OTHERS]), st.floats(0, 1), max_size=3),
    min_words=st.integers(0, 3),
)
FILTERS = st.lists(RULES, min_size=1, max_size=3, unique_by=lambda rule: rule.id).map(
    lambda rules: Preset("f", "", (), tuple(rules))
)
ROWS = st.lists(
    st.tuples(
        st.sampled_from(["fr", "en", "nl"]),
        st.sampled_from(["a.example", "b.example", None]),
        st.integers(0, 4),
        st.floats(0, 1) | st.none(),
    ),
    max_size=30,
)


def table_of(rows):
    return pa.table(
        {
            "id": pa.array([f"d{n}" for n in range(len(rows))], pa.string()),
            "language": pa.array([row[0] for row in rows], pa.string()),
            "site": pa.array([row[1] for row in rows], pa.string()),
            "chars": pa.array([10] * len(rows), pa.int64()),
            "words": pa.array([row[2] for row in rows], pa.int64()),
            "alpha_share": pa.array([row[3] for row in rows], pa.float64()),
        }
    )


@given(ROWS, FILTERS)
def test_a_trial_sums_to_what_the_filter_withholds(rows, preset):
    documents = table_of(rows)
    matches = find_matches(documents, documents["language"].to_pylist(), preset)
    trial = try_filter(documents, preset).to_pylist()
    assert sum(r["documents"] for r in trial if r["rule"] == ANY) == sum(map(bool, matches))
    for rule in preset.rules:
        mine = [r for r in trial if r["rule"] == rule.id]
        fired = [m for m in matches if rule.id in {one.rule for one in m}]
        assert sum(r["documents"] for r in mine) == len(fired)
        assert sum(r["only"] for r in mine) == sum(len(m) == 1 for m in fired)
        assert sum(r["chars"] for r in mine) == 10 * len(fired)


@given(ROWS, FILTERS)
def test_a_trial_does_not_depend_on_the_order_of_the_documents(rows, preset):
    documents = table_of(rows)
    backwards = documents.take(pa.array(range(len(rows) - 1, -1, -1), pa.int64()))
    assert try_filter(backwards, preset, 2) == try_filter(documents, preset, 2)


@given(ROWS, FILTERS)
def test_a_match_names_a_value_beyond_its_limit_and_null_never_matches(rows, preset):
    documents = table_of(rows)
    for row, matches in zip(rows, find_matches(documents, [r[0] for r in rows], preset), strict=True):
        for match in matches:
            assert match.value == {"words": row[2], "alpha_share": row[3]}[match.signal]
            assert (match.value < match.limit) if match.below else (match.value > match.limit)


@given(
    st.lists(
        st.builds(
            Match,
            st.sampled_from(["wide.a", "mine.b-c"]),
            st.sampled_from(NAMES),
            st.floats(allow_nan=False, allow_infinity=False),
            st.booleans(),
            st.floats(allow_nan=False, allow_infinity=False),
        ),
        max_size=4,
    )
)
def test_evidence_is_read_back_as_it_was_written(matches):
    assert parse_matches(format_matches(matches)) == tuple(matches)


@pytest.mark.parametrize("name", PRESETS)
def test_a_preset_of_the_package_loads_and_says_what_differs(name):
    preset = load_preset(name, NAMES)
    assert preset.about
    assert preset.rules
    assert all(rule.id.startswith(f"{name}.") for rule in preset.rules)
    assert preset.differs or name == "wide"


@pytest.mark.parametrize(
    ("toml", "message"),
    [
        ("", r"no \[\[rule\]\]"),
        ("[[rule]]\nsignal = 'words'\nbelow = 1", "has no name"),
        ("[[rule]]\nname = 'a'\nsignal = 'wrds'\nbelow = 1", "no signal is named 'wrds'"),
        ("[[rule]]\nname = 'a'\nsignal = 'words'\nbelow = 1\nabove = 2", "one of them"),
        ("[[rule]]\nname = 'a'\nsignal = 'words'", "one of them"),
        ("[[rule]]\nname = 'a'\nsignal = 'words'\nbelow = {fr = 'x'}", "is not a number"),
        ("[[rule]]\nname = 'a'\nsignal = 'words'\nbelow = nan", "is not a number"),
        ("[[rule]]\nname = 'a'\nsignal = 'words'\nbelow = 1\nmin_words = -1", "not a number of words"),
        ("[[rule]]\nname = 'a'\nsignal = 'words'\nbelow = 1\nlanguage = 'fr'", "unknown keys: language"),
        ("[[rule]]\nname = 'a'\nsignal = 'words'\nbelow = 1\n" * 2, "two rules alike"),
        ("[[rule", "cannot be loaded"),
    ],
)
def test_a_rule_that_cannot_be_used_is_the_callers_mistake(tmp_path, toml, message):
    path = tmp_path / "mine.toml"
    path.write_text(toml, encoding="utf-8")
    with pytest.raises(SettingError, match=message):
        load_preset(str(path), NAMES)


def test_an_unknown_filter_names_the_known_ones():
    with pytest.raises(SettingError, match="wide, gopher, fineweb2, c4"):
        load_preset("wider", NAMES)


def test_limits_by_language_spare_the_languages_that_have_none(tmp_path):
    path = tmp_path / "mine.toml"
    path.write_text('[[rule]]\nname = "a"\nsignal = "words"\nbelow = { fr = 9, "*" = 2 }', encoding="utf-8")
    preset = load_preset(str(path), NAMES)
    documents = table_of([("fr", None, 5, None), ("en", None, 5, None), ("en", None, 1, None)])
    ((_, mask),) = find_masks(documents, ["fr", "en", "en"], preset).items()
    assert mask.tolist() == [True, False, True]


def test_the_reason_is_the_first_rule_and_the_evidence_all_of_them():
    matches = [Match("w.a", "words", 3.0, True, 5.0), Match("w.b", "top2_chars", 0.5, False, 0.25)]
    reason = first_reason(matches)
    assert (reason.rule, reason.evidence) == ("w.a", "w.a: words 3.0 < 5.0; w.b: top2_chars 0.5 > 0.25")
    assert first_reason([]) is None


@pytest.mark.parametrize("name", JUNK)
def test_wide_takes_what_is_no_text(name):
    case = JUNK[name]
    text = "\n".join([case["text"].strip()] * case["repeat"])
    (matches,) = find_matches(measure_texts([name], [text], [case["language"]]), [case["language"]], wide())
    assert matches


def test_wide_takes_none_of_the_zoo_but_bare_tables():
    pages = {}
    for path in sorted((CASES / "zoo").glob("*.txt")):
        lines = path.read_text("utf-8").splitlines()
        pages[path.stem] = "\n".join(line[2:] for line in lines if not line.startswith("- "))
    languages = [name[:2] if name[2] == "-" else "fr" for name in pages]
    matches = find_matches(measure_texts(list(pages), list(pages.values()), languages), languages, wide())
    taken = {name for name, several in zip(pages, matches, strict=True) if several}
    assert taken <= TABLES


def test_wide_takes_at_most_one_in_a_hundred_good_texts(shared):
    gold = []
    for folder in ("extraction", "extraction-fr"):
        with gzip.open(shared / "bench" / folder / "gold.jsonl.gz", "rt", encoding="utf-8") as file:
            gold += [page for page in map(json.loads, file) if page.get("gold_text")]
    gold = [page for page in gold if page["lang"] in SPARED]
    languages = [page["lang"] for page in gold]
    table = measure_texts([page["id"] for page in gold], [page["gold_text"] for page in gold], languages)
    taken = sum(map(bool, find_matches(table, languages, wide())))
    assert taken <= TAKEN_SHARE * len(gold)


def wide():
    return load_preset("wide", NAMES)
