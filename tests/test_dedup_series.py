"""The series guard: forms that are filled in anew stay, reprints go."""

from __future__ import annotations

import pytest

from cleanse.dedup import find_duplicates
from cleanse.dedup.series import is_series
from series_cases import pairs

NOTICE = (
    "The annual meeting of the {name} allotment society will be held in the village hall on {date} at {hour}. The "
    "treasurer will present the accounts, and the committee will answer questions about water, gates and rents. "
    "Members who cannot come may send a proxy in writing to the secretary. Tea will be served afterwards by the "
    "committee, and the prize for the heaviest marrow of the year will be given to the winner by the mayor."
)
FIRST = NOTICE.format(name="Westbrook", date="12 March", hour="10 am")


def test_of_300_forms_and_300_reprints_at_most_two_are_taken_for_the_other():
    wrong = {True: [], False: []}
    for series, what, one, other in pairs(300, 1):
        if is_series(one, other) != series:
            wrong[series].append(what)
    assert len(wrong[True]) <= 2, wrong
    assert len(wrong[False]) <= 2, wrong


def test_the_answer_does_not_depend_on_which_comes_first():
    assert all(is_series(one, other) == is_series(other, one) for _, _, one, other in pairs(60, 3))


@pytest.mark.parametrize(
    "other",
    [
        FIRST.replace("12", "13"),
        FIRST.replace("12 March", "3 April"),
        FIRST.replace("Westbrook", "Harlow"),
        NOTICE.format(name="Upper Slaughter", date="7 May", hour="6.30 pm"),
    ],
)
def test_other_numbers_dates_and_names_make_a_series(other):
    assert is_series(FIRST, other)


@pytest.mark.parametrize(
    "other",
    [
        FIRST,
        FIRST.replace("marrow", "pumpkin"),
        FIRST.replace("village hall", "town library").replace("12", "13"),
        FIRST.rsplit(".", 2)[0],
        "LONDON, 3 May (Reuters) - " + FIRST,
        FIRST.replace("Westbrook", "Westbrooke"),
        FIRST.replace("12 March", "12March"),
        FIRST.upper().replace("MARROW", "PUMPKIN"),
    ],
)
def test_other_words_tags_and_spellings_make_none(other):
    assert not is_series(FIRST, other)


def test_a_changed_byline_makes_no_series():
    article = FIRST.replace("annual ", "")
    assert not is_series(f"A meeting\n\nBy Jane Doe\n\n{article}", f"A meeting\n\nBy Paul Roe\n\n{article}")
    assert not is_series(f"A meeting\n\n3 May 2023\n\n{article}", f"A meeting\n\n9 June 2024\n\n{article}")


def test_a_chinese_notice_with_other_numbers_is_a_series():
    notice = "市图书馆将于{}月{}日闭馆一天,以便检修供电设备,请读者提前安排借还书时间,由此带来的不便敬请谅解。"
    assert is_series(notice.format(3, 12), notice.format(5, 8))


def test_both_of_a_series_stay_and_the_second_names_the_first():
    texts = [FIRST, FIRST.replace("12", "13"), FIRST.upper()]
    guarded = find_duplicates(texts, keep="first")
    assert [(v.duplicate_of, v.series_of) for v in guarded] == [(None, None), (None, 0), (0, None)]
    free = find_duplicates(texts, keep="first", series_guard=False)
    assert [v.duplicate_of for v in free] == [None, 0, 0]


def test_planted_forms_stay_and_planted_reprints_go_as_documents():
    for series, what, one, other in pairs(50, 4):
        verdicts = find_duplicates([one, other], threshold=0.5)
        assert any(v.duplicate_of is not None for v in verdicts) != series, what


SENTENCE = (
    "The bridge over the river {} was closed for {} days while the town repaired its wooden deck and painted the rails"
)


def report(words, numbers):
    """A text of about so many words, in which as many numbers as are given stand apart from each other."""
    sentences = [f"{SENTENCE.format(k, k + 1)}, as the {k}th report of the council says." for k in range(words // 30)]
    step = max(1, len(sentences) // len(numbers))
    for place, number in enumerate(numbers):
        sentences.insert(
            (place * step) % (len(sentences) + 1) + place, f"The clerk counted {number} visitors on the way."
        )
    return " ".join(sentences)


@pytest.mark.parametrize(
    ("words", "differing", "series"),
    [(50, 1, True), (50, 2, True), (50, 5, True), (200, 1, False), (200, 2, True), (200, 5, True)]
    + [(1000, n, False) for n in (1, 2, 5)]
    + [(5000, n, False) for n in (1, 2, 5)],
)
def test_a_form_has_a_blank_in_every_so_many_words(words, differing, series):
    one, other = (report(words, [base + 37 * k for k in range(differing)]) for base in (1200, 1301))
    assert is_series(one, other) is series


def test_an_article_read_again_with_another_counter_is_a_copy():
    article = " ".join(SENTENCE.format("Arne", "nine") + "." for _ in range(3)) + " " + FIRST
    one, other = (f"{article}\n\nRead {count} times since yesterday." for count in ("1,234", "1,301"))
    assert not is_series(one, other)
    assert [v.duplicate_of for v in find_duplicates([one, other])] == [None, 0]
