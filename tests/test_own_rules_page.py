"""The examples of docs/reference/own-rules.md are run: each file of rules cleans its page as the page says."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from cleanse.chrome import load_rules, strip
from cleanse.chrome.rule_files import _CHOICES, _KEYS
from cleanse.chrome.rule_matcher import KINDS
from cleanse.errors import SettingError

TEXT = (Path(__file__).resolve().parents[1] / "docs" / "reference" / "own-rules.md").read_text(encoding="utf-8")
FENCE = re.compile(r'```(?:toml|text) title="(\S+?)"(?: (site|document)="(\S+?)")?\n(.*?)```', re.DOTALL)
BLOCKS = FENCE.findall(TEXT)
EXAMPLES = [
    (rules[3], page[3], {page[1]: page[2]} if page[1] else {}, cleaned[3])
    for rules, page, cleaned in zip(BLOCKS, BLOCKS[1:], BLOCKS[2:], strict=False)
    if (rules[0], page[0], cleaned[0]) == ("mine.toml", "page", "cleaned")
]


@pytest.mark.parametrize(("rules", "page", "place", "cleaned"), EXAMPLES)
def test_the_rules_clean_the_page_as_it_is_shown(tmp_path, rules, page, place, cleaned):
    own = tmp_path / "mine.toml"
    own.write_text(rules, encoding="utf-8")
    assert strip(page, load_rules(own), **place).text.strip() == cleaned.strip()
    without = strip(page, load_rules(), **place).text.strip()
    assert without != cleaned.strip(), "the page would come out like that anyway"


def test_every_example_is_run():
    assert len(EXAMPLES) == TEXT.count('title="mine.toml"') >= 5


def test_the_refusal_is_the_one_that_is_shown(tmp_path):
    files = {title: body for title, _, _, body in BLOCKS}
    own = tmp_path / "mine.toml"
    own.write_text(files["refused"], encoding="utf-8")
    with pytest.raises(SettingError, match=re.escape(files["message"].strip())):
        load_rules(own)


def test_every_key_and_value_of_a_rule_is_named():
    values = {value for choices in _CHOICES.values() for value in choices}
    assert [key for key in sorted(_KEYS) if f"`{key}`" not in TEXT and key != "name"] == []
    assert [value for value in sorted(values | set(KINDS)) if f'`"{value}"`' not in TEXT] == []
