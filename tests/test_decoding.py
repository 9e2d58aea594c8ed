"""What `decode` promises, by cases in cases/encoding_decoding.toml."""

from __future__ import annotations

import base64
import gzip
import json
import tomllib
import unicodedata
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cleanse.documents import Reason
from cleanse.encoding.binary_content import MAGIC
from cleanse.encoding.decoding import decode

CASES = tomllib.loads((Path(__file__).parent / "cases" / "encoding_decoding.toml").read_text("utf-8"))
PARAGRAPH = "L’été s’achève : « déjà », dit-elle à l’élève. "


def bytes_of(case: dict) -> bytes:
    if "raw" in case:
        return bytes.fromhex(case["raw"])
    raw = case.get("made", case["text"]).encode(case["codec"])
    return raw[case.get("skip", 0) : len(raw) - case.get("cut", 0)]


@pytest.mark.parametrize("case", CASES["decodes"], ids=lambda case: case["claim"])
def test_bytes_become_the_text_that_was_written(case):
    decoded = decode(bytes_of(case), case.get("declared"))
    assert decoded.text == case["text"]
    assert decoded.encoding == case["encoding"]
    assert decoded.source == case.get("source", decoded.source)
    assert decoded.rejected is None


@pytest.mark.parametrize("case", CASES["rejects"], ids=lambda case: case["claim"])
def test_what_is_no_text_comes_back_with_a_reason(case):
    decoded = decode(bytes_of(case))
    assert decoded.rejected == Reason(case["rule"], case["evidence"])
    assert (decoded.text, decoded.encoding, decoded.source) == (None, None, None)


@pytest.mark.parametrize(("offset", "magic", "kind"), MAGIC, ids=str)
def test_every_magic_number_is_known_where_a_control_byte_follows(offset, magic, kind):
    start = b"x\x00\x00\x00"[: min(offset, 4)].ljust(offset, b"x")
    assert decode(start + magic + b"\x00\x01").rejected == Reason("not-text", kind)


@pytest.mark.parametrize(
    "word", ["BMW is a car maker.", "MZ is a mark of motorcycles.", "ID3 tags, explained", "PKZIP"]
)
def test_words_that_begin_like_a_magic_number_are_text(word):
    assert decode(word.encode()).text == word


@given(st.binary(max_size=400), st.sampled_from([None, "utf-8", "shift_jis", "no such charset", "rot13", "\udce9"]))
def test_no_bytes_raise_and_the_answer_is_a_text_or_a_reason(raw, declared):
    decoded = decode(raw, declared)
    assert (decoded.text is None) == (decoded.rejected is not None)
    assert (decoded.encoding is None) == (decoded.source is None) == (decoded.text is None)


@given(st.text(alphabet=st.characters(codec="utf-8", exclude_categories=["Cc", "Cn", "Co"]), min_size=1, max_size=300))
def test_valid_utf8_is_never_taken_for_anything_else(text):
    text = "x" + text  # not a byte-order mark
    assert decode(text.encode()).text == text


@pytest.mark.parametrize(
    "raw",
    [
        pytest.param((PARAGRAPH * 40_000).encode("cp1252"), id="a legacy text on one line"),
        pytest.param((PARAGRAPH * 400).encode() * 50 + PARAGRAPH.encode("cp1252") * 100, id="a mixed text"),
        pytest.param(b"<!charset " * 200_000 + b"\xe9", id="a head of open declarations"),
        pytest.param(b"\xef\xbb\xbf" * 500_000 + b"\xff", id="nothing but byte-order marks"),
        pytest.param(b"\xc3" * 2_000_000, id="nothing but first bytes"),
    ],
)
def test_megabytes_of_anything_come_back_decided(raw):
    assert decode(raw).text is not None


def test_the_lines_of_a_legacy_charset_in_a_text_of_utf8_are_read_by_its_page():
    lines = ["À côté de la forêt, déjà l’été.", "Rentrée des élèves à Nîmes."] * 3
    raw = b"\n".join(line.encode("cp1252" if number == 3 else "utf-8") for number, line in enumerate(lines))
    assert decode(raw).text == "\n".join(lines)


FLOORS = {
    "binary_": 0.98,
    "html_decl_": 0.97,
    "html_page": 0.97,
    "mixed_utf8_cp1252": 0.97,
    "nul_in_text": 0.9,
    "trunc_utf8": 0.97,
    "utf8_one_bad_byte": 0.99,
}


def test_real_faults_are_read_as_well_as_when_this_was_written(shared):
    right, total = Counter(), Counter()
    for name in ("binary", "html_pages", "special"):
        with gzip.open(shared / "bench" / "encoding" / f"{name}.jsonl.gz", "rt", encoding="utf-8") as rows:
            for row in map(json.loads, rows):
                kind = next(kind for kind in FLOORS if row["kind"].startswith(kind))
                text = decode(base64.b64decode(row["b64"])).text
                total[kind] += 1
                right[kind] += plain(text) == plain(row["text"])
    assert {kind: right[kind] / total[kind] >= floor for kind, floor in FLOORS.items()} == dict.fromkeys(FLOORS, True)


def plain(text: str | None) -> str | None:
    """As the bench compares texts: composed, with simple line ends."""
    return text and unicodedata.normalize("NFC", text.lstrip("\ufeff").replace("\r\n", "\n").replace("\r", "\n"))


RUSSIAN = "Вчера в городе открылся новый мост, его строили три года. " * 3


@pytest.mark.parametrize(
    ("codec", "sent", "claimed", "encoding"),
    [
        pytest.param(
            "cp1251", "windows-1251", "koi8-r", "windows-1251", id="what was sent comes before the page's claim"
        ),
        pytest.param("cp1251", "text/html; charset=windows-1251", "utf-8", "windows-1251", id="a whole header"),
        pytest.param("koi8-r", None, "koi8-r", "koi8-r", id="the page's claim where nothing was sent"),
        pytest.param("cp1251", "utf-8", "windows-1251", "windows-1251", id="what was sent cannot be"),
        pytest.param("utf-8", "windows-1251", "koi8-r", "utf-8", id="whole UTF-8 comes before any claim"),
        pytest.param("cp1252", "iso-8859-1", None, "windows-1252", id="Latin-1 means the Windows page"),
    ],
)
def test_charsets_are_tried_in_the_order_of_the_standard(codec, sent, claimed, encoding):
    text = "L’été s’achève : « déjà », dit-elle." if codec == "cp1252" else RUSSIAN
    page = (f"<meta charset={claimed}>" if claimed else "") + text
    decoded = decode(page.encode(codec), declared=sent)
    assert (decoded.text, decoded.encoding) == (page, encoding)
