"""Exports of press databases: each article a document with what the export says of it; all else stays whole."""

import io
import json
import re
import textwrap
from pathlib import Path

import pytest

from cleanse.inputs import Fields, press_exports, read_stream, rich_text
from cleanse.inputs.press_article import author_of
from test_inputs_office import pack

CASES = Path(__file__).parent / "cases" / "inputs"
EXPORTS = sorted(p.name for p in CASES.iterdir() if p.name.startswith(("europresse", "factiva", "nexis")))
ADDED = (
    "certificat", "certificate", "droit d'auteur", "copyright", "tous droits", "news·2024", "news·2012", "cet article est paru",
    "load-date", "end of document", "search summary", "autres parutions", "photo : la roue", "1 of 2",
)  # fmt: skip


def read(data, name="export.txt", fields=Fields()):  # noqa: B008  frozen
    return list(read_stream(name, io.BytesIO(data), fields))


def case(name):
    return read((CASES / name).read_bytes(), name)


def facts(record):
    """The columns, and the carried fields beside the name of the database."""
    carried = json.loads(record.fields)
    carried.pop("export")
    return record.title, record.author, record.date, carried


@pytest.mark.parametrize("name", EXPORTS)
def test_articles_are_numbered_texts_that_begin_with_their_headline(name):
    found = case(name)
    assert [r.number for r in found] == list(range(1, len(found) + 1))
    assert len(found) == (3 if name == "europresse.txt" else 2)
    for record in found:
        assert record.reason is None
        assert (record.id, record.kind) == (name, "text")
        assert record.raw.startswith(record.title + "\n\n")
        assert record.date
        assert json.loads(record.fields)["source"]


@pytest.mark.parametrize("name", EXPORTS)
def test_what_the_database_adds_is_not_in_the_text(name):
    for record in case(name):
        assert not [added for added in ADDED if added in record.raw.lower()]


def test_europresse_of_the_older_form():
    ferry, dike = case("europresse-old.html")
    assert ferry.raw == (
        "Le bac repart sans tambour\n\nTransports\n\nLe bac a repris sa ligne mardi matin, après six semaines au sec.\n\n"
        "« On l'entend avant de le voir », dit le passeur."
    )
    assert facts(ferry) == (
        "Le bac repart sans tambour", "Inès Morvan", "2012-10-04",
        {"source": "L'Écho des Deux-Rives", "issue": "812", "section": "Régions", "page": "3"},
    )  # fmt: skip
    assert ferry.record_id == "news·20121004·DR·204005"
    assert facts(dike) == ("Une digue de sable", None, "2012-10-03", {"source": "Le Canton"})
    assert dike.raw.endswith("battante.\n\n(1) Soit 4 000 tonnes.")


def test_europresse_of_the_newer_form():
    mills, kettle = case("europresse-new.html")
    assert mills.raw == (
        "Les moulins tournent à perte\n\nLa crue a noyé les canaux\n\nLes roues tournent, mais les meules sont vides.\n\n"
        "Il faudra attendre avril pour moudre."
    )
    assert facts(mills) == (
        "Les moulins tournent à perte", "Paul Ker", "2024-12-24",
        {"source": "La Gazette du Marais", "issue": "43018", "section": "Économie", "page": "12"},
    )  # fmt: skip
    assert (mills.url, mills.record_id) == ("https://gazette.example/moulins", "news·20241224·GM·a1-b2")
    assert facts(kettle) == ("The kettle came back", None, "2024-12-26", {"source": "The Mill Road Review (site web)"})


def test_markup_that_europresse_escaped_once_too_often_is_none_of_the_text():
    page = (CASES / "europresse-new.html").read_text(encoding="utf-8")
    page = page.replace(
        "<p>Il faudra attendre", "&lt;p&gt;Un &lt;i&gt;tic&lt;/i&gt;-tac.&lt;/p&gt;<p>Il faudra attendre"
    )
    assert "vides.\n\nUn tic-tac.\n\nIl faudra" in read(page.encode(), "a.html")[0].raw


def test_europresse_as_plain_text():
    mills, ferry, kettle = case("europresse.txt")
    assert facts(mills)[:3] == ("Les moulins tournent à perte", "Paul Ker et Inès Morvan", "2024-12-24")
    assert "news·20200101·XX·1" in mills.raw  # quoted, not added
    assert mills.raw.startswith("Les moulins tournent à perte\n\nLa crue a noyé les canaux\n\nLes roues tournent")
    assert facts(ferry) == ("Noël sans bac", None, "2024-12-25", {"source": "L'Écho des Deux-Rives"})
    assert ferry.raw.endswith("les mouettes.\n\nIl repartira jeudi.")
    assert facts(kettle)[:3] == ("The kettle came back", "Ada Penrose", "2024-12-26")


NUMBER, CERTIFICATE, LAW = r"news·2024.*\n", r"Certificat[e]? .*\n", r"(?:Le présent|The present) .*\n"
ORIGIN, RIGHTS = r"Cet article est paru.*\n", r"© 2024 .*\n"


def without(*patterns):
    return lambda text: re.sub("|".join(patterns), "", text)


VARIATIONS = {
    "no number": without(NUMBER),
    "no certificate": without(CERTIFICATE),
    "rights and law alone": without(NUMBER, CERTIFICATE, ORIGIN),
    "number first": lambda text: re.sub(r"(© 2024 .*\n)(.*\n.*\n)(news·.*\n)", r"\3\1\2", text),
    "one line": lambda text: re.sub(r"(© 2024 .*)\n(.*)\n(.*)\n(news·.*\n)", r"\1 \2 \3 \4", text),
    "short lines": lambda text: "\n".join("\n".join(textwrap.wrap(line, 60)) for line in text.split("\n")),
    "double spaced": lambda text: text.replace("\n", "\n\n"),
    "bullets for points": lambda text: text.replace("·", "•"),
    "a time in the header": lambda text: text.replace("2024, p. 12", "2024 - 07:00 UTC +01:00 542 mots"),
}


@pytest.mark.parametrize("vary", VARIATIONS.values(), ids=VARIATIONS)
def test_exports_of_europresse_vary_and_have_the_same_articles(vary):
    found = read(vary((CASES / "europresse.txt").read_text(encoding="utf-8")).encode())
    assert [(r.title, r.author, r.date) for r in found] == [(r.title, r.author, r.date) for r in case("europresse.txt")]
    assert not [r for r in found if any(added in r.raw.lower() for added in ADDED)]


def test_without_any_addition_two_heads_with_a_page_make_an_export():
    text = (CASES / "europresse.txt").read_text(encoding="utf-8")
    bare = without(NUMBER, CERTIFICATE, LAW, ORIGIN, RIGHTS)(text).replace(
        "mercredi 25 décembre 2024", "mercredi 25 décembre 2024, p. 2"
    )
    bare = re.sub(r"\n(L'Écho|The Mill)", r"\n\n\1", bare).replace("December 26, 2024", "December 26, 2024 88 words")
    assert [(r.title, r.date) for r in read(bare.encode())] == [(r.title, r.date) for r in case("europresse.txt")]
    (whole,) = read(("Avant-propos.\n\n" + bare).encode())
    assert whole.number == 0


def test_factiva_in_both_displays_and_as_text():
    ferry, _ = case("factiva-indexed.html")
    assert facts(ferry) == (
        "Le bac repart", "Inès Morvan", "2011-12-29",
        {"source": "L'Écho des Deux-Rives", "section": "Infolocale", "page": "7"},
    )  # fmt: skip
    assert ferry.raw.endswith("Le prix ne change pas.\n\nSix semaines au sec l'avaient rouillé.")
    assert ferry.record_id == "ECHDR00020111229e7ct0001r"
    for name in ("factiva-article.html", "factiva.txt", "factiva-indexed.txt"):
        grain, _ = case(name)
        assert facts(grain)[:3] == ("Grain prices fall again", "Nora Quist", "2023-12-04"), name
        assert json.loads(grain.fields)["source"] == "The Harbour Times"
        assert grain.record_id == "HRBTM00020231204ejc40001x"
    assert case("factiva.txt")[0].raw.endswith("Document what you see, the traders were told in May.")
    assert case("factiva-indexed.txt")[0].raw.endswith("Traders spoke of a quiet mood.\n\nNobody sold.")
    assert case("factiva-article.html")[0].raw.endswith("Traders spoke of a Quayside Ltd mood.")


def test_nexis_in_the_classic_form():
    kettle, dike = case("nexis-classic.txt")
    title = "The kettle came back, and the whole lane came out of its doors to look at it again"
    assert facts(kettle)[1:] == (
        "Ada Penrose", "2010-01-11", {"source": "The Harbour Times", "section": "FEATURES", "page": "6"},
    )  # fmt: skip
    assert kettle.title == title
    assert kettle.raw.split("\n\n")[1:] == [
        "A flood, a dog and a kettle",
        "It floated down the lane on Sunday and was found, dented but whole, by a dog that had never been fond of tea.",
        'The owner, who is ninety, said: "I knew it would."',
    ]
    assert facts(dike)[:3] == ("Une digue de sable", None, "2010-01-12")
    page, _ = case("nexis-classic.html")
    assert facts(page) == (
        "Une digue de sable", "Paul Ker", "2013-04-12", {"source": "Le Canton", "section": "RÉGIONS", "page": "35"},
    )  # fmt: skip
    assert page.raw.endswith("Quatre mille tonnes\n\nLes camions ont travaillé la nuit.\n\nLa mer a tout repris.")


def test_nexis_uni():
    kettle, dike = case("nexis-uni.txt")
    assert facts(kettle) == (
        "The kettle came back", "Ada Penrose", "2020-03-05",
        {"source": "The Harbour Times", "section": "FEATURES", "page": "6"},
    )  # fmt: skip
    assert kettle.raw.endswith("on Sunday.\n\nNote: the dog is well.")
    assert dike.raw == "Une digue de sable\n\nLes camions ont travaillé la nuit."


def as_docx(text):
    word = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
    paragraphs = "".join(f"<w:p><w:r><w:t>{line}</w:t></w:r></w:p>" for line in text.split("\n") if line.strip())
    return pack({"word/document.xml": f"<w:document {word}><w:body>{paragraphs}</w:body></w:document>"})


def as_rtf(text):
    body = "\\par\n".join(
        "".join(c if c.isascii() else f"\\u{ord(c)}?" if ord(c) > 255 else f"\\'{ord(c):02x}" for c in line)
        for line in text.split("\n")
    )
    return ("{\\rtf1\\ansi\\ansicpg1252{\\fonttbl{\\f0 Arial;}}{\\info{\\title Export}}\\f0 " + body + "}").encode()


@pytest.mark.parametrize("name", ["nexis-uni.txt", "factiva.txt", "europresse.txt", "factiva-indexed.txt"])
@pytest.mark.parametrize(("suffix", "pack_"), [("docx", as_docx), ("rtf", as_rtf)])
def test_the_same_export_as_docx_or_rtf_has_the_same_articles(name, suffix, pack_):
    text = (CASES / name).read_text(encoding="utf-8")
    plain, other = read(text.encode()), read(pack_(text), f"export.{suffix}")
    assert [(r.title, r.date, r.record_id, r.fields) for r in other] == [
        (r.title, r.date, r.record_id, r.fields) for r in plain
    ]
    assert [r.raw.split() for r in other] == [r.raw.split() for r in plain]


@pytest.mark.parametrize("name", EXPORTS)
@pytest.mark.parametrize("charset", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_line_ends_and_charsets_change_nothing(name, charset):
    raw = (CASES / name).read_bytes()
    text = raw.decode("iso-8859-1" if "ISO-8859-1" in raw[:400].decode("latin-1") else "utf-8")
    for end in ("\r\n", "\r"):
        found = read(text.replace("\n", end).encode(charset), name)
        assert [(r.raw, r.title, r.date) for r in found] == [(r.raw, r.title, r.date) for r in case(name)]


WHOLE = {
    "an article about a certificate": "Certificat émis le 3 mars : la mairie se trompe\n\n© 2024 Le Canton. Tous droits réservés.\n",
    "an article that quotes a number": "Le numéro news·20240101·XX·12 est faux.\n\n© 2024 Le Canton. Tous droits réservés.\n",
    "a list of documents": "1 of 3 DOCUMENTS\n3 of 3 DOCUMENTS\n\nWhat the archive sent was not what we had asked for.\n",
    "a manual": "End of Document\n\nWrite these three words at the end of each file.\n\nEnd of Document\n",
    "a sentence of its own": "Document HRBTM00020231204ejc40001x\n\nThis is how the database counts its texts.\n",
    "a page": "<html><body><article><h1>Le bac</h1><p>Certificat émis le 3 mars.</p></article><article><h1>Deux</h1></article></body></html>",
    "several articles of no known form": "LE BAC REPART\n\nIl est parti.\n\n* * *\n\nUNE DIGUE\n\nElle tient.\n",
}


@pytest.mark.parametrize("text", WHOLE.values(), ids=WHOLE)
def test_what_is_not_surely_an_export_stays_whole(text):
    (found,) = read(text.encode())
    assert (found.number, found.raw) == (0, text.encode())


@pytest.mark.parametrize("name", EXPORTS)
def test_a_cut_export_loses_no_whole_article(name):
    data = (CASES / name).read_bytes()
    whole = [r.title for r in case(name)]
    for cut in range(len(data) // 3, len(data), 61):
        found = read(data[:cut], name)
        assert found
        texts = " ".join(r.raw if isinstance(r.raw, str) else r.raw.decode("utf-8", "replace") for r in found)
        assert len(found) == 1 or whole[0] in texts


def test_what_follows_the_last_article_is_a_document_of_its_own():
    text = (CASES / "europresse.txt").read_text(encoding="utf-8")
    *before, last = read((text + "\nUne note de lecture, ajoutée à la main.\n").encode())
    assert [r.title for r in before] == [r.title for r in case("europresse.txt")]
    assert last.raw == "Une note de lecture, ajoutée à la main."


def test_an_export_of_many_articles_is_read_in_bounded_time():
    text = (CASES / "europresse.txt").read_text(encoding="utf-8")
    assert len(read((text * 300).encode())) == 900


@pytest.mark.parametrize(
    "line",
    [
        "Par Claire Montagnier",
        "Jean-Baptiste Collet",
        "J.-P. M.",
        "Paul Ker et Inès Morvan",
        "AFP",
        "Hélène de La Tour",
    ],
)
def test_a_line_of_names_is_a_byline(line):
    assert author_of(line) == line.removeprefix("Par ")


@pytest.mark.parametrize(
    "line", ["Les camions ont travaillé.", "la nuit", "Il pleut", "", "x" * 90, "Par temps de pluie"]
)
def test_other_lines_are_none(line):
    assert author_of(line) is None


def test_rich_text_is_its_text_without_styles_pictures_and_codes():
    rtf = (
        rb"{\rtf1\ansi\ansicpg1252\uc1{\fonttbl{\f0 Arial;}}{\colortbl;\red1;}{\*\generator Word;}"
        rb"{\info{\title Le bac}{\author Paul Ker}{\company Z}}{\header En-t\'eate}\pard\f0 Le bac\par\b Il\b0  part \'e0 "
        rb"7\~h\u8239 ?30\emdash l\'e0\line {\field{\*\fldinst HYPERLINK x}{\fldrslt ici}}{\pict 89504e47}\u-10179?\u-8704?"
        rb"{\*\unknown gone}\{ok\}\par\trowd a\cell b\cell\row}"
    )
    (found,) = read(rtf, "a.rtf")
    assert found.raw == "Le bac\n\nIl part à 7\xa0h\u202f30—là\nici\U0001f600{ok}\n\na\tb"
    assert (found.title, found.author, found.kind, found.repairs) == ("Le bac", "Paul Ker", "text", ())


@pytest.mark.parametrize(
    ("data", "rule"),
    [(b"", "damaged"), (b"plain", "damaged"), (b"{\\rtf1}", "empty"), (b"{\\rtf1{\\fonttbl x}}", "empty")],
)
def test_what_is_no_rich_text_is_a_row(data, rule):
    (found,) = read(data, "a.rtf")
    assert (found.reason.rule, found.number) == (rule, 0)


@pytest.mark.parametrize(
    "data",
    [
        b"{\\rtf1 " + b"{" * 100_000,
        b"{\\rtf1 \\bin999999999 x",
        b"{\\rtf1 \\u99999999 a\\'zz \\",
        b"{\\rtf1 " + b"\\'41" * 50_000,
    ],
)
def test_hostile_rich_text_gives_what_it_holds(data):
    assert len(read(data, "a.rtf")) == 1


def test_a_cut_rich_text_says_so():
    (found,) = read(b"{\\rtf1 {\\b Le bac repart", "a.rtf")
    assert (found.raw, found.repairs) == ("Le bac repart", (rich_text.CUT_REPAIR,))


def test_only_the_named_fields_are_carried():
    data = (CASES / "europresse.txt").read_bytes()
    assert json.loads(read(data, fields=Fields(carry=("source",)))[0].fields) == {"source": "La Gazette du Marais"}
    assert read(data, fields=Fields(carry=()))[0].fields is None


def test_a_quick_look_at_the_bytes_finds_every_export():
    for name in EXPORTS:
        assert press_exports.may_be_export((CASES / name).read_bytes()), name
    assert not press_exports.may_be_export(b"Documents of the harbour, 3 of 4. News of 20240101.")
