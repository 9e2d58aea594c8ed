"""XML of documents: feeds, WordPress exports, TEI, news agencies; bombs refused, damage a row, what came before it kept."""

import io
import json
from pathlib import Path

import pytest

from cleanse.inputs import Fields, feeds, read_stream, xml_records, xml_stream

CASES = Path(__file__).parent / "cases" / "inputs"


def read(data, fields=Fields(), name="a.xml"):  # noqa: B008  frozen
    return list(read_stream(name, io.BytesIO(data), fields))


def case(name):
    return read((CASES / name).read_bytes(), name=name)


def reasons(records):
    return [r.reason.rule if r.reason else None for r in records]


def feed(*items):
    return "<rss><channel>" + "".join(f"<item><description>{item}</description></item>" for item in items)


def test_items_of_a_feed_are_documents_with_what_the_feed_knows():
    ferry, dike, empty = case("feed-rss.xml")
    assert ferry.raw.startswith("<p>Après six semaines d'arrêt, le bac repart de l'embarcadère")
    assert (ferry.number, ferry.kind, ferry.record_id) == (1, "html", "gazette-101")
    assert ferry.title == "Le bac reprend sa ligne & ses horaires d’été"
    assert (ferry.author, ferry.date, ferry.url) == ("Inès Morvan", "2024-03-05", "https://gazette.example/bac")
    assert json.loads(ferry.fields) == {"feed_categories": ["Transports", "Île"], "feed_content": "content:encoded"}
    assert dike.raw == "Les camions ont déversé 4 000 tonnes de sable & de galets sur la plage du nord."
    assert (dike.author, dike.date, dike.kind) == ("Paul Ker", "2024-03-06", None)
    assert (empty.number, empty.reason.rule, empty.title) == (3, "empty", "Sans texte")


def test_entries_of_atom_are_documents():
    tea, ferries = case("feed-atom.xml")
    assert (tea.raw, tea.kind) == ("The river came up at noon.\n\nBy four the kettle was afloat.", "text")
    assert (tea.title, tea.author) == ("Tea before the flood", "Ada Penrose, Tom Lisle")
    assert (tea.url, tea.date, tea.record_id) == ("https://mill.example/1", "2024-02-29", "tag:mill.example,2024:1")
    assert (ferries.raw, ferries.kind, ferries.date) == ("<p>The ferry left without a horn.</p>", "html", "2024-03-02")


def test_published_posts_of_wordpress_are_documents_and_the_rest_rows():
    mill, older, draft, attachment = case("wordpress-export.xml")
    assert (mill.title, mill.date, mill.author, mill.repairs) == (
        "Le moulin tourne à nouveau",
        "2023-05-01",
        "lucie",
        (),
    )
    assert "<p>Elle moud six quintaux par jour.</p>" in mill.raw
    assert older.raw == (
        '<p><img src="a.jpg"/> Le pont en 1910<br>\nPremier paragraphe,<br>\nsur deux lignes.</p>\n'
        "<p>Deuxième paragraphe [sic].</p>"
    )
    assert (older.kind, older.date, older.repairs) == ("html", "2011-07-14", (feeds.SHORTCODE_REPAIR,))
    assert reasons([draft, attachment]) == ["not-published", "not-a-post"]


def test_articles_of_a_newspaper_in_tei_are_documents():
    bridge, ploughing, play = case("newspaper-tei.xml")
    assert (bridge.title, bridge.author, bridge.record_id) == (
        "La passerelle fermée jusqu'à l'automne",
        "Jeanne Aubier",
        "a1",
    )
    assert "changés un à un" in bridge.raw
    assert "changer" not in bridge.raw
    assert (bridge.date, ploughing.date) == ("1999-05-17", "1999-05-16")
    assert ploughing.raw.startswith("Concours de labour\n\nOnze attelages\nse sont présentés.")
    assert json.loads(ploughing.fields)["tei_title"] == "L'Écho des Deux-Rives, 17 mai 1999"
    assert (play.title, play.author) == ("Une pièce", "A. Nonyme")
    assert play.raw == "LE MEUNIER\nIl pleut, dis-tu ?\nAlors entrons."


def test_text_items_of_an_agency_are_documents():
    port, picture = case("agency-newsml-g2.xml")
    assert port.raw == "Le quai nord recevra deux cargos par mois.\n\nIl était vide depuis 2011."
    assert (port.title, port.author) == ("Le port ouvre un quai aux cargos à voile", "Hélène Vidal")
    assert (port.date, port.record_id) == ("2024-03-04", "urn:newsml:agency.example:20240305:doc-1")
    assert picture.reason.rule == "not-text"
    (grain,) = case("agency-nitf.xml")
    assert grain.raw == "Wheat closed lower for the fifth day.\n\nTraders spoke of a café mood\xa0: quiet."
    assert (grain.title, grain.author, grain.date) == ("Grain prices fall again", "Nora Quist", "2023-12-04")
    assert grain.record_id == "gr-77"


@pytest.mark.parametrize(
    "bomb",
    [
        '<!DOCTYPE r [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><rss><item><title>&b;</title></item></rss>',
        '<!DOCTYPE r [<!ENTITY x SYSTEM "file:///etc/passwd">]><rss><item><title>&x;</title></item></rss>',
        "<rss>" + "<item>" * 5000,
    ],
)
def test_declared_entities_and_endless_nesting_are_refused(bomb):
    (found,) = read(bomb.encode())
    assert (found.number, found.reason.rule, found.raw) == (1, "damaged", b"")


@pytest.mark.parametrize("big", ["<item><title>{}</title></item>", "<item title='{}'/>", "<!--{}-->", "<item>{}"])
def test_an_endless_element_is_a_row_and_bounded(big, monkeypatch):
    monkeypatch.setattr(xml_stream, "MAX_DOCUMENT_BYTES", 200_000)
    found = read((feed("before", "too") + big.format("x" * 900_000) + "</channel></rss>").encode())
    assert [r.raw for r in found[:2]] == ["before", "too"]
    assert reasons(found[2:]) == ["too-large"] or "<!--" in big


def test_a_long_newspaper_is_held_an_article_at_a_time(monkeypatch):
    monkeypatch.setattr(xml_stream, "MAX_DOCUMENT_BYTES", 200_000)
    article = '<div type="article"><head>Le bac</head><p>' + "x" * 5000 + "</p></div>"
    found = read(("<TEI><text><body>" + article * 100 + "</body></text></TEI>").encode())
    assert len(found) == 100
    assert not any(r.reason for r in found)


def test_damaged_xml_keeps_the_documents_before_the_damage():
    found = read((feed("one", "two") + "<item></oops>" + "</channel></rss>").encode())
    assert [r.raw for r in found] == ["one", "two", b""]
    assert (found[2].number, found[2].reason.rule) == (3, "damaged")


def test_a_cut_file_keeps_every_document_before_the_cut():
    data = (CASES / "feed-rss.xml").read_bytes()
    whole = read(data)
    for cut in range(1, len(data) - 10, 37):
        *before, last = read(data[:cut])
        assert before == whole[: len(before)]
        assert last.reason is not None


@pytest.mark.parametrize("charset", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "cp1252", "iso-8859-15", "cp1251"])
def test_a_file_is_read_in_the_charset_it_declares(charset):
    text = "Чайка над причалом" if charset == "cp1251" else "L'été à la ferme"
    name = charset.replace("utf-8-sig", "utf-8").replace("utf-16-le", "utf-16").replace("cp1", "windows-1")
    data = f'<?xml version="1.0" encoding="{name}"?>{feed(text)}</channel></rss>'.encode(charset)
    assert [r.raw for r in read(data)] == [text]


@pytest.mark.parametrize(
    "declaration", ["", '<?xml version="1.0" encoding="utf-8"?>', '<?xml version="1.0" encoding="nonsense"?>']
)
def test_stray_bytes_of_windows_are_read_all_the_same(declaration):
    data = f"{declaration}{feed('L’été…')}</channel></rss>".encode("cp1252")
    assert [r.raw for r in read(data)] == ["L’été…"]


@pytest.mark.parametrize("size", [1, 2, 3, 7, 64])
def test_ampersands_entities_and_cdata_survive_any_cut_of_the_stream(monkeypatch, size):
    monkeypatch.setattr(xml_stream, "BLOCK_BYTES", size)
    monkeypatch.setattr(xml_stream, "HEAD_BYTES", size)
    data = feed("AT&T &amp; caf&eacute; & &#233;\x0b <![CDATA[<b> a & b ]] &amp; ]]> & c") + "</channel></rss>"
    assert [r.raw for r in read(data.encode())] == ["AT&T & café & é <b> a & b ]] &amp;  & c"]


@pytest.mark.parametrize(
    ("data", "rule"),
    [
        (b"", "damaged"),
        (b"no xml at all", "damaged"),
        (b"<urlset><url><loc>https://a.example</loc></url></urlset>", "unknown-xml"),
        (b"<rss><channel><title>t</title></channel></rss>", "empty"),
        (b"\x89PNG\r\n" + bytes(range(256)), "damaged"),
    ],
)
def test_other_files_are_rows_with_a_reason(data, rule):
    (found,) = read(data)
    assert found.reason.rule == rule


@pytest.mark.parametrize("name", ["feed/index.html", "feed.txt", "feed"])
def test_a_feed_that_is_called_a_page_is_read_as_a_feed(name):
    assert [r.title for r in read((CASES / "feed-rss.xml").read_bytes(), name=name)] == [
        r.title for r in case("feed-rss.xml")
    ]


def test_the_root_element_tells_known_xml_from_other():
    assert xml_records.root_of((CASES / "feed-rss.xml").read_bytes()) == "rss"
    assert xml_records.root_of(b'<!DOCTYPE nitf SYSTEM "a.dtd" [<!ENTITY a "b">]>\n<nitf>') == "nitf"
    assert xml_records.is_known("<?xml version='1.0'?><tei:TEI xmlns:tei='x'>".encode("utf-16"))
    assert not xml_records.is_known(b"<html><body>rss")
    assert not xml_records.is_known(b"An <rss> is a feed.")


def test_only_the_named_fields_are_carried():
    data = (CASES / "feed-rss.xml").read_bytes()
    assert read(data, Fields(carry=("feed_content",)))[0].fields == '{"feed_content": "content:encoded"}'


def test_reading_twice_gives_the_same():
    for path in sorted(CASES.glob("*.xml")):
        assert case(path.name) == case(path.name)


ARTICLES = """<?xml version="1.0" encoding="windows-1252"?>
<corpus><date>2020</date>
<article id="a7"><titre>Le bac</titre><auteur>Jeanne Aubry</auteur><date>13/03/2024</date><texte>Le bac s’arrête lundi.</texte></article>
<article id="a8"><meta><titre>Le pont</titre></meta><texte><p>Le pont rouvre <b>mardi</b>.</p><p>Enfin.</p></texte></article>
</corpus>"""


def test_elements_of_no_known_format_are_records_by_the_names_in_them():
    one, two = read(ARTICLES.encode("cp1252"))
    assert (one.record_id, one.title, one.author, one.date, one.raw) == (
        "a7", "Le bac", "Jeanne Aubry", "2024-03-13", "Le bac s’arrête lundi.",
    )  # fmt: skip
    assert (two.record_id, two.title, two.raw) == ("a8", "Le pont", "Le pont rouvre mardi.\n\nEnfin.")


def test_a_record_without_a_text_is_a_row():
    data = b"<rows><row><speed>3</speed></row><row><text>Boats wait.</text></row></rows>"
    assert [record.reason and record.reason.rule for record in read(data)] == ["no-text-field", None]
