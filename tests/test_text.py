"""Words are counted by table as the regular expression counts them."""

from hypothesis import given
from hypothesis import strategies as st

from cleanse.text import WORD, count_words

PIECES = (
    "word ",
    "à l’été, ",
    "日本語",
    "ไทย",
    "İstanbul ",
    "ΣΊΣΥΦΟΣ ",
    "e\u0301 ",
    "3,5_x ",
    "\ud800",
    "𝔘 ",
    "𠀀 ",
    "\n",
    "—",
)


@given(st.lists(st.one_of(st.sampled_from(PIECES), st.text(max_size=5)), max_size=120), st.integers(1, 4))
def test_words_of_any_text_are_counted_as_the_regular_expression_finds_them(pieces, times):
    text = "".join(pieces) * times
    assert count_words(text) == len(WORD.findall(text))


def test_every_code_point_is_counted_alike():
    for first in range(0, 0x110000, 500):
        text = " ".join(map(chr, range(first, min(first + 500, 0x110000))))
        assert count_words(text) == len(WORD.findall(text)), hex(first)
