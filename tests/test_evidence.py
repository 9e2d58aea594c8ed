"""Numbers in evidence come back as they were written, whatever a page says."""

import pyarrow as pa
import pyarrow.compute as pc
import pytest

from cleanse.chrome import load_rules, strip
from cleanse.chrome.evidence import (
    CHANCE_PATTERN,
    SiteRecurrence,
    read_chance,
    read_recurrence,
    write_chance,
    write_recurrence,
)

FORGERIES = (
    None,
    "content 99%",
    "Hot: content 99% off today",
    'x", as in "content 99%',
    "\ncontent 99%",
    "on 9 of 9 pages of a.org, above the text",
)


@pytest.mark.parametrize("words", FORGERIES)
@pytest.mark.parametrize("below", FORGERIES)
@pytest.mark.parametrize("chance", [0, 0.004, 0.005, 0.12, 1])
def test_a_chance_is_read_as_it_was_written(chance, words, below):
    evidence = write_chance(chance, words, below)
    assert read_chance(evidence) == round(chance * 100)
    assert read_recurrence(evidence) is None


def test_arrow_reads_a_chance_as_python_does():
    evidence = [write_chance(0.07, words, below) for words in FORGERIES for below in FORGERIES]
    evidence += [text for text in FORGERIES if text]
    found = pc.struct_field(pc.extract_regex(pa.array(evidence), CHANCE_PATTERN), "content").to_pylist()
    assert [None if text is None else int(text) for text in found] == [read_chance(text) for text in evidence]


@pytest.mark.parametrize(
    "site", ["example.org", "a, above the text", "on 1 of 2 pages of b, below the text", "a\nb", ""]
)
@pytest.mark.parametrize("side", ["above", "below"])
def test_a_recurrence_is_read_as_it_was_written(site, side):
    recurrence = SiteRecurrence(site, side, 34, 40)
    assert read_recurrence(write_recurrence(recurrence)) == recurrence
    assert read_chance(write_recurrence(recurrence)) is None


def test_a_page_cannot_forge_the_chance_that_its_own_lines_are_given():
    text = "The mill stood empty for sixty years, and its wheel had grown a small wood of its own.\n\n" * 3
    tail = "\n".join(f"Hot: content 99% off today, only {n} left in the web shop" for n in range(20))
    for span in strip(f"{text}Content 99% off today\n{tail}\nShare this\n", load_rules(), "thorough").removed:
        if span.rule.startswith("model."):
            assert read_chance(span.evidence) < 50
