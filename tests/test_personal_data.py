"""Personal data: found where its check holds, never repeated in the evidence, masked on record and put back, or forgotten."""

import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cleanse.documents import Span
from cleanse.errors import SettingError
from cleanse.personal_data import KINDS, check_kinds, find_personal_data, mask, mask_value, unmask
from cleanse.personal_data.checksums import is_card, is_iban, is_isbn, is_luhn, is_nir, is_siret
from cleanse.spans import cut, project, settle

CASES = tomllib.loads((Path(__file__).parent / "cases" / "personal_data.toml").read_text("utf-8"))["case"]
PARAMETERS = [
    pytest.param(c, id=c["name"], marks=pytest.mark.xfail(reason=c["known_failure"]) if "known_failure" in c else ())
    for c in CASES
]
PIECES = st.sampled_from([finding.partition(" ")[2] for case in CASES for finding in case["finds"]])
PLAIN = st.sampled_from(["Le pont rouvre.", "\n", " et ", "En 2023, 14 h 30. ", "Tél. : ", "– ", "[phone] "])
TEXTS = st.lists(PLAIN | PIECES, max_size=12).map("".join)


def values_of(text):
    return [f"{span.kind} {text[span.start : span.end]}" for span in find_personal_data(text)]


@pytest.mark.parametrize("case", PARAMETERS)
def test_exactly_the_personal_data_of_a_text_is_found(case):
    assert values_of(case["text"]) == case["finds"]


@given(TEXTS | st.text(max_size=200))
def test_spans_are_in_order_within_the_text_and_do_not_overlap(text):
    spans = find_personal_data(text)
    assert all(0 <= span.start < span.end <= len(text) and span.kind in KINDS for span in spans)
    assert all(a.end <= b.start for a, b in zip(spans, spans[1:], strict=False))


@given(TEXTS)
def test_evidence_never_repeats_a_value(text):
    for span in find_personal_data(text):
        digits = "".join(filter(str.isdigit, text[span.start : span.end]))
        assert text[span.start : span.end] not in span.evidence
        assert not digits or digits[:6] not in span.evidence


@given(TEXTS, st.sets(st.sampled_from(KINDS)))
def test_masking_replaces_what_was_asked_for_and_putting_back_gives_the_text(text, kinds):
    spans = find_personal_data(text)
    masked = mask(text, spans, kinds)
    assert unmask(masked.text, masked.removed) == text
    assert [span.rule for span in masked.removed] == [f"pii.{span.kind}" for span in spans if span.kind in kinds]


@given(TEXTS)
def test_after_forgetting_no_value_is_left_in_text_or_record(text):
    spans = find_personal_data(text)
    values = {text[span.start : span.end] for span in spans}
    masked = mask(text, spans, KINDS, forget=True)
    outside, at = [], 0
    for span in spans:  # what stood between the values, where a value may also stand as another one's part
        outside.append(text[at : span.start])
        at = span.end
    rest = "\0".join([*outside, text[at:]])
    for value in values:
        assert value in rest or value not in masked.text
        assert all(value not in span.text + span.evidence for span in masked.removed)


@given(TEXTS, st.lists(st.tuples(st.integers(0, 120), st.integers(1, 15)), max_size=4))
def test_masked_and_removed_spans_together_give_the_page_back(page, offsets):
    """What other steps removed and what was masked stand in one record, on the page text."""
    chosen = [Span(a, min(len(page), a + n), "", "chrome", "r", "") for a, n in offsets if a < len(page)]
    removed = settle(page, chosen)
    kept = cut(page, removed)
    masked = mask(kept, find_personal_data(kept), KINDS)
    on_page = project(masked.removed, removed, page)
    if len(on_page) != len(masked.removed):  # a value that a cut runs through stands in two places of the page
        return
    record = sorted([*removed, *on_page], key=lambda span: span.start)
    assert unmask(masked.text, record) == page


def test_values_of_other_columns_are_masked_too():
    assert mask_value("Contact : jean.dupont@orange.fr", ["email"]) == "Contact : [email]"
    assert mask_value(None, ["email"]) is None


def test_a_text_without_digits_and_signs_has_no_personal_data():
    assert find_personal_data("Le pont de Granville a rouvert lundi.") == ()


def test_an_unknown_kind_to_mask_names_the_known_ones():
    assert check_kinds(["phone", "email"]) == {"phone", "email"}
    with pytest.raises(SettingError, match=r"names: no such kind.*email, email\.role, phone"):
        check_kinds(["phone", "names"])


@given(st.text("0123456789", min_size=15, max_size=15))
def test_checks_of_numbers_agree_with_python_stdnum(digits):
    stdnum = pytest.importorskip("stdnum")
    from stdnum import iban, isbn, luhn
    from stdnum.fr import nir, siret

    assert stdnum
    assert is_luhn(digits) == luhn.is_valid(digits)
    assert is_siret(digits[:14]) == siret.is_valid(digits[:14])
    assert is_isbn(digits[:10]) == isbn.is_valid(digits[:10])
    assert is_iban(f"BE{digits[:14]}") == iban.is_valid(f"BE{digits[:14]}", check_country=False)
    if is_nir(digits) and digits[0] in "12":
        assert nir.is_valid(digits)


@given(st.text("0123456789", min_size=14, max_size=14), st.sampled_from("0123456789"))
def test_a_changed_digit_breaks_every_check(digits, other):
    for check, number in ((is_luhn, digits + "0"), (is_card, "4" + digits + "0")):
        valid = next(
            (number[:-1] + last for last in "0123456789" if check(number[:-1] + last)),
            None,
        )
        if valid and other != valid[3]:
            assert not check(valid[:3] + other + valid[4:])
