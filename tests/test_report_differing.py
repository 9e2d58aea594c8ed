"""Word-level differences: exact where texts are short, bounded for any two texts."""

from hypothesis import given
from hypothesis import strategies as st

from cleanse.report.word_diff import differences

WORDS = st.lists(st.sampled_from(["un", "deux", "trois", "quatre", "中", "文", "\n", "x" * 40]), max_size=60).map(
    " ".join
)


@given(WORDS, WORDS)
def test_the_stretches_joined_are_the_two_texts(here, there):
    found = differences(here, there)
    assert "".join(c.here for c in found) == here.rstrip()
    assert "".join(c.there for c in found) == there.rstrip()
    assert all(c.here.split() == c.there.split() for c in found if c.same)


def test_one_changed_word_is_one_change():
    found = differences("Le moulin a rouvert samedi.", "Le moulin a rouvert dimanche.")
    assert [(c.here, c.there) for c in found if not c.same] == [(" samedi.", " dimanche.")]


def test_scripts_without_spaces_differ_by_characters():
    found = differences("今日は雨です", "今日は雪です")
    assert [(c.here, c.there) for c in found if not c.same] == [("雨", "雪")]


def test_long_texts_are_compared_between_anchors():
    words = [f"mot{i}" for i in range(20_000)]
    changed = [*words]
    changed[3] = changed[10_000] = changed[19_000] = "autre"
    found = [c for c in differences(" ".join(words), " ".join(changed)) if not c.same]
    assert [c.here.strip() for c in found] == ["mot3", "mot10000", "mot19000"]


def test_texts_without_anchors_come_to_an_end():
    found = differences("a b " * 20_000 + "c", "d " + "b a " * 20_000)
    assert "".join(c.here for c in found) == ("a b " * 20_000 + "c").rstrip()
