"""Office documents, books and saved pages: one file, one document, its text and what it says of itself."""

import base64
import io
import json
import quopri
import zipfile

import pytest

from cleanse.inputs import Fields, mhtml, office_files, read_stream

W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
DOCX = f"""<?xml version="1.0" encoding="UTF-8" standalone="yes"?><w:document {W}><w:body>
<w:p><w:pPr><w:pStyle w:val="Titre"/></w:pPr><w:r><w:t>Le bac et la brume</w:t></w:r></w:p>
<w:p><w:r><w:t xml:space="preserve">Le passeur </w:t></w:r><w:r><w:rPr><w:b/></w:rPr><w:t>attend</w:t></w:r><w:r><w:t>,</w:t></w:r>
<w:r><w:tab/><w:t>dit</w:t><w:noBreakHyphen/><w:t>il</w:t><w:br/><w:t>sans bruit.</w:t></w:r></w:p>
<w:p><w:del><w:r><w:delText>barré</w:delText></w:r></w:del><w:ins><w:r><w:t>ajouté</w:t></w:r></w:ins></w:p>
<w:tbl><w:tr><w:tc><w:p><w:r><w:t>Heure</w:t></w:r></w:p></w:tc><w:tc><w:p><w:r><w:t>Prix</w:t></w:r></w:p></w:tc></w:tr></w:tbl>
</w:body></w:document>"""
CORE = """<cp:coreProperties xmlns:cp="c" xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:dcterms="d">
<dc:title>Modèle 2019</dc:title><dc:creator>Inès Morvan</dc:creator><dcterms:created>2024-03-05T08:00:00Z</dcterms:created>
</cp:coreProperties>"""
ODT = """<office:document-content xmlns:office="o" xmlns:text="t"><office:body><office:text>
<text:tracked-changes><text:p>barré</text:p></text:tracked-changes>
<text:h>Le bac et la brume</text:h><text:p>Le passeur<text:s/>attend<text:span>,</text:span><text:line-break/>dit-il.</text:p>
</office:text></office:body></office:document-content>"""
PACKAGE = """<package xmlns="http://www.idpf.org/2007/opf"><metadata xmlns:dc="http://purl.org/dc/elements/1.1/">
<dc:title>Contes du marais</dc:title><dc:creator>Inès Morvan</dc:creator><dc:creator>Paul Ker</dc:creator>
<dc:date>2019-05</dc:date><dc:publisher>Éditions du Bac</dc:publisher></metadata>
<manifest><item id="n" href="nav.xhtml" media-type="application/xhtml+xml" properties="nav"/>
<item id="b" href="text/deux%20.xhtml" media-type="application/xhtml+xml"/>
<item id="a" href="text/un.xhtml" media-type="application/xhtml+xml"/></manifest>
<spine><itemref idref="n"/><itemref idref="a"/><itemref idref="b"/></spine></package>"""
EPUB = {
    "mimetype": "application/epub+zip",
    "META-INF/container.xml": '<container><rootfiles><rootfile full-path="OEBPS/book.opf"/></rootfiles></container>',
    "OEBPS/book.opf": PACKAGE,
    "OEBPS/nav.xhtml": "<html><body><p>Sommaire</p></body></html>",
    "OEBPS/text/un.xhtml": "<html><head><title/></head><body><h1>I</h1><p>Il était un <em>bac</em>.</p></body></html>",
    "OEBPS/text/deux .xhtml": "<html><body><h1>II</h1><p>Fin&nbsp;!<br>Bonsoir.</body></html>",
}
FILES = {
    "a.docx": {"word/document.xml": DOCX, "docProps/core.xml": CORE},
    "a.odt": {"content.xml": ODT, "meta.xml": CORE.replace("Modèle 2019", "Le bac et la brume")},
    "a.epub": EPUB,
}
TEXTS = {
    "a.docx": "Le bac et la brume\n\nLe passeur attend, dit\u2011il\nsans bruit.\n\najouté\n\nHeure\n\nPrix",
    "a.odt": "Le bac et la brume\n\nLe passeur attend,\ndit-il.",
    "a.epub": "I\n\nIl était un bac.\n\nII\n\nFin\xa0!\nBonsoir.",
}
PAGE = "<!doctype html><html><body><p>Le bac repart à sept heures.</p></body></html>"


def pack(files, method=zipfile.ZIP_DEFLATED):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive:
        for name, content in files.items():
            archive.writestr(zipfile.ZipInfo(name), content, method)
    return out.getvalue()


def read(name, data, fields=Fields()):  # noqa: B008  frozen
    (record,) = read_stream(name, io.BytesIO(data), fields)
    return record


@pytest.mark.parametrize("name", FILES)
def test_a_file_is_one_document_with_its_text(name):
    found = read(name, pack(FILES[name]))
    assert (found.id, found.number, found.kind, found.reason) == (name, 0, "text", None)
    assert found.raw == TEXTS[name]


def test_a_file_says_its_title_and_author_but_not_when_it_was_published():
    docx, odt, epub = (read(name, pack(FILES[name])) for name in FILES)
    assert (docx.title, docx.author, docx.date) == ("Le bac et la brume", "Inès Morvan", None)
    assert json.loads(docx.fields) == {"file_title": "Modèle 2019", "file_created": "2024-03-05T08:00:00Z"}
    assert odt.title == "Le bac et la brume"
    assert (epub.title, epub.author, epub.date) == ("Contes du marais", "Inès Morvan, Paul Ker", "2019-05")
    assert json.loads(epub.fields) == {"publisher": "Éditions du Bac"}


def test_a_template_s_title_that_the_text_does_not_show_is_no_title():
    files = {"word/document.xml": DOCX.replace("Titre", "Normal"), "docProps/core.xml": CORE}
    assert read("a.docx", pack(files)).title is None


@pytest.mark.parametrize("name", FILES)
def test_cut_files_are_rows(name):
    data = pack(FILES[name])
    for cut in range(0, len(data) - 1, 41):
        found = read(name, data[:cut])
        assert (found.raw, found.reason.rule) == (b"", "damaged")


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize(
    ("data", "rule"),
    [
        (b"", "damaged"),
        (b"plain text", "damaged"),
        (pack({"other.txt": "x"}), "damaged"),
        (b"\xd0\xcf\x11\xe0" + bytes(600), "encrypted"),
    ],
)
def test_wrong_labels_are_rows(name, data, rule):
    assert read(name, data).reason.rule == rule


def test_documents_with_a_password_are_rows():
    data = bytearray(pack(FILES["a.docx"]))
    for at in (i for i in range(len(data)) if data.startswith(b"PK\x01\x02", i)):
        data[at + 8] |= 1
    assert read("a.docx", bytes(data)).reason.rule == "encrypted"
    odt = FILES["a.odt"] | {"META-INF/manifest.xml": "<manifest><encryption-data/></manifest>"}
    assert read("a.odt", pack(odt)).reason.rule == "encrypted"


@pytest.mark.parametrize("name", FILES)
def test_bombs_are_rows(name, monkeypatch):
    part = {"a.docx": "word/document.xml", "a.odt": "content.xml", "a.epub": "OEBPS/text/un.xhtml"}[name]
    monkeypatch.setattr(office_files, "MAX_DOCUMENT_BYTES", 1 << 20)
    assert "longer" in read(name, pack(FILES[name] | {part: " " * (8 << 20)})).reason.evidence
    bomb = '<!DOCTYPE d [<!ENTITY a "aaaa">]><d><body>&a;</body></d>'
    assert name == "a.epub" or "entity" in read(name, pack(FILES[name] | {part: bomb})).reason.evidence


def test_a_long_book_is_bounded(monkeypatch):
    monkeypatch.setattr(office_files, "MAX_DOCUMENT_BYTES", 1 << 20)
    chapter = "<html><body><p>" + "x" * 900_000 + "</p></body></html>"
    files = EPUB | {"OEBPS/text/un.xhtml": chapter, "OEBPS/text/deux .xhtml": chapter}
    assert read("a.epub", pack(files)).reason.rule == "damaged"


@pytest.mark.parametrize("name", FILES)
def test_the_packing_changes_nothing(name):
    assert read(name, pack(FILES[name])) == read(name, pack(FILES[name], zipfile.ZIP_STORED))


def saved(page, charset="utf-8", encoding="quoted-printable", end="--X--\r\n"):
    raw = page.encode(charset)
    body = {"base64": base64.encodebytes, "quoted-printable": quopri.encodestring, "8bit": bytes}[encoding](raw)
    head = (
        "From: <Saved by Blink>\r\nSnapshot-Content-Location: https://gazette.example/bac\r\n"
        "Subject: =?utf-8?Q?Le=20bac?=\r\nDate: Tue, 5 Mar 2024 08:00:00 -0000\r\nMIME-Version: 1.0\r\n"
        'Content-Type: multipart/related; type="text/html"; boundary="X"\r\n\r\n'
    )
    picture = "--X\r\nContent-Type: image/png\r\nContent-Transfer-Encoding: base64\r\n\r\niVBORw0KGgo=\r\n"
    part = f"--X\r\nContent-Type: text/html; charset={charset}\r\nContent-Transfer-Encoding: {encoding}\r\n\r\n"
    return (head + picture + part).encode() + body + b"\r\n" + end.encode()


@pytest.mark.parametrize("encoding", ["base64", "quoted-printable", "8bit"])
@pytest.mark.parametrize("charset", ["utf-8", "windows-1252"])
def test_a_saved_page_is_its_html_in_its_charset(encoding, charset):
    found = read("a.mhtml", saved(PAGE, charset, encoding))
    assert found.raw.strip() == PAGE.encode(charset)
    assert (found.kind, found.charset, found.number) == ("html", charset, 0)
    assert (found.url, found.fetched) == ("https://gazette.example/bac", "2024-03-05T08:00:00")
    assert found.repairs == ()


def test_a_saved_page_that_was_cut_says_so():
    data = saved(PAGE * 40)
    found = read("a.mht", data[: len(data) // 2])
    assert found.raw.startswith(PAGE.encode())
    assert found.repairs == (mhtml.CUT_REPAIR,)


@pytest.mark.parametrize(
    ("data", "rule"),
    [
        (b"", "empty"),
        (saved(""), "empty"),
        (b"Content-Type: image/png\r\n\r\nx", "not-text"),
        (b'Content-Type: multipart/mixed; boundary="a"\r\n\r\n' + b'--a\r\nContent-Type: multipart/mixed; boundary="a"\r\n\r\n' * 3000, "not-text"),
    ],
)  # fmt: skip
def test_what_is_no_saved_page_is_a_row(data, rule):
    assert read("a.mhtml", data).reason.rule == rule
