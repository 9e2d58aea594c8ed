"""Repair, decoding and rules cost what the length of their input costs: executed lines are counted, not seconds."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

import cleanse
from cleanse.chrome import load_rules, split_lines
from cleanse.chrome.rule_matcher import match
from cleanse.encoding.decoding import decode
from cleanse.encoding.text_repair import repair

HOME = str(Path(cleanse.__file__).parent)
SIZE = 400
ROOM = 1.3  # times the steps that a linear cost would have

TEXTS = {
    "a tower of marks that fall apart": lambda n: "a" + "\u0f73" * n,
    "a tower of unsorted marks": lambda n: "a" + "\u0323\u0301" * n,
    "controls in a row": lambda n: "a" + "\x0b" * n + "\n",
    "lines of mojibake": lambda n: "Le pÃšre\n" * n,
    "mojibake in one line": lambda n: "Ã© " * n,
    "Cyrillic read as Latin-1": lambda n: "Â ãîðîäå îòêðûëè ìîñò. " * n,
    "soft hyphens": lambda n: "dépar\u00ad\ntement " * n,
    "pages with parted words": lambda n: "a page with a navi-\ngation light\f" * n,
    "ligatures": lambda n: "of\ufb01ce " * n,
}
LINES = {
    "labels": lambda n: "Read also: the bridge is down\n" * n,
    "one rule's words over and over": lambda n: "cookie " * n,
    "short lines": lambda n: "a\n" * n,
    "closing brackets": lambda n: "a [edit] " * n,
    "slashes": lambda n: "A/" * n + "\n",
}


def steps(function, argument):
    """How many lines of our own code run."""
    count = 0

    def local(frame, event, arg):
        nonlocal count
        count += event == "line"
        return local

    def trace(frame, event, arg):
        return local if frame.f_code.co_filename.startswith(HOME) else None

    sys.settrace(trace)
    try:
        function(argument)
    finally:
        sys.settrace(None)
    return count


def assert_linear(function, make):
    function(make(SIZE))  # what is read once
    once, twice, four = (steps(function, make(SIZE * k)) for k in (1, 2, 4))
    assert twice <= 2 * ROOM * once
    assert four <= 4 * ROOM * once


@pytest.mark.parametrize("name", TEXTS)
def test_repairing_a_longer_text_takes_as_many_more_steps(name):
    assert_linear(repair, TEXTS[name])


@pytest.mark.parametrize("name", TEXTS)
def test_decoding_a_longer_text_takes_as_many_more_steps(name):
    assert_linear(decode, lambda n: TEXTS[name](n).encode())


@pytest.mark.parametrize("name", LINES)
def test_matching_rules_on_a_longer_page_takes_as_many_more_steps(name):
    index = load_rules().index
    assert_linear(lambda text: match(split_lines(text), index), LINES[name])
