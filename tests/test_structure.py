"""Rows of data are told from menus by the form of their lines."""

import pytest

from cleanse.chrome import split_lines
from cleanse.chrome.structure import PARALLEL, data_runs, form_of

DATA = {
    "standings": ["1 Anna Berg 5040 5 1 17", "2 Jo Lind 4980 4 0 16", "3 Kim Ash 4870 4 2 15", "4 Bo Dahl 4100 3 1 12"],
    "coaches": [
        "2019: Ben Ash - Port Vale",
        "2018: Cy Dunn - Eastham",
        "2017: Ed Fry - Westham",
        "2016: Al Gray - Moss",
    ],
    "contacts": ["Local: local@example.org or 202.555.1", "Travel: go@example.org or 202.555.2"] * 2,
    "concerts": ["12.03. Köln, Palladium, 20 Uhr, 35 €", "14.03. Bonn, Harmonie, 20 Uhr, 32 €"] * 2,
    "films": ["1998 : Le Phare (court métrage), 12 min", "2003 : La Digue (documentaire), 52 min"] * 2,
}
MENUS = {
    "words": ["Home", "World news", "Business today", "Sport and play"],
    "archive": ["March 2021 (12)", "April 2021 (9)", "May 2021 (14)", "June 2021 (3)"],
    "ticker": ["10:25 Storm warning lifted", "10:12 Ferry late again", "9:58 Mayor speaks", "9:40 Bridge closed"],
    "dates": ["12.03.2021 The ferry is late", "13.03.2021 The mayor speaks", "14.03.2021 A bridge", "15.03.2021 Rain"],
    "departments": ["93 · Seine", "92 · Hauts", "75 · Paris", "78 · Yvelines"],
}


@pytest.mark.parametrize("rows", DATA.values(), ids=list(DATA))
def test_rows_of_one_rich_form_are_data(rows):
    lines = split_lines("A line of text above the rows, as it should be.\n" + "\n".join(2 * rows) + "\nA line below.")
    assert data_runs(lines) in ([(1, 1 + 2 * len(rows), False)], [(1, 1 + 2 * len(rows), True)])


@pytest.mark.parametrize("rows", MENUS.values(), ids=list(MENUS))
def test_a_menu_is_no_data(rows):
    assert data_runs(split_lines("\n".join(3 * rows))) == []


def test_times_of_a_day_in_order_are_a_programme():
    talks = ["9:00 Doors", "9:30 Welcome", "10:00 On salt", "10:30 On sand", "13:00 Lunch"]
    assert data_runs(split_lines("\n".join(talks))) == [(0, 5, False)]
    assert data_runs(split_lines("\n".join(talks[::-1]))) == []


def test_a_few_rows_alone_prove_nothing():
    assert data_runs(split_lines("\n".join(DATA["coaches"][: PARALLEL - 1]))) == []


def test_the_form_of_a_line_is_its_numbers_and_signs():
    assert form_of("* 2014: Ben Olsen – D.C. United") == "9:a–a"
    assert form_of("7\tJoey Logano\t2380  2 3") == "9a999"
