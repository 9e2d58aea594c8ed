"""Rights: only what a page states, and silence is not consent."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import html

from cleanse.rights import RIGHTS_COLUMNS, Rights, read_rights

CASES = [
    ("a page that says nothing", "<p>Texte</p>", Rights()),
    (
        "a licence link",
        '<link rel="license" href="https://creativecommons.org/licenses/by/4.0/">',
        Rights(license="https://creativecommons.org/licenses/by/4.0/"),
    ),
    (
        "a licence among other relations of an anchor",
        '<a rel="noopener license" href="/licence">CC</a>',
        Rights(license="/licence"),
    ),
    (
        "JSON-LD with a licence, a holder and paid access",
        (
            '<script type="application/ld+json">{"@type": "NewsArticle", "license": {"@type": "CreativeWork", "url": "https://a.example/l"},'
            ' "copyrightHolder": {"@type": "Organization", "name": "Le Phare"}, "isAccessibleForFree": "False"}</script>'
        ),
        Rights(license="https://a.example/l", accessible_for_free=False, copyright_holder="Le Phare"),
    ),
    (
        "the licence of a picture is not the page's",
        (
            '<script type="application/ld+json">{"@graph": [{"@type": "ImageObject", "license": "https://a.example/photo"},'
            ' {"@type": "Article", "isAccessibleForFree": true, "image": {"@type": "ImageObject", "license": "x"}}]}</script>'
        ),
        Rights(accessible_for_free=True),
    ),
    (
        "access by microdata, as an address of schema.org",
        '<article><meta itemprop="isAccessibleForFree" content="https://schema.org/False"></article>',
        Rights(accessible_for_free=False),
    ),
    (
        "reserved text and data mining",
        '<meta name="tdm-reservation" content="1"><meta name="tdm-policy" content="https://a.example/tdm.json">',
        Rights(tdm_reserved=True, tdm_policy="https://a.example/tdm.json"),
    ),
    ("mining that is not reserved", '<meta name="TDM-Reservation" content="0">', Rights(tdm_reserved=False)),
    ("a reservation of no known value", '<meta name="tdm-reservation" content="maybe">', Rights()),
    (
        "robots of several tags",
        '<meta name="robots" content="noindex, NoAI"><meta name="robots" content="noai,noimageai">',
        Rights(robots="noindex, noai, noimageai"),
    ),
    (
        "a copyright line",
        '<meta name="copyright" content="© 2019-2023 Le Phare SA">',
        Rights(copyright_holder="Le Phare SA"),
    ),
    ("broken JSON-LD", '<script type="application/ld+json">{"@type": "Article", "license": </script>', Rights()),
    ("values of no use", '<meta name="robots" content=" "><link rel="license" href="">', Rights()),
]


@pytest.mark.parametrize(("markup", "rights"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_a_page_says_of_its_rights(markup, rights):
    assert read_rights(html.document_fromstring(f"<html><body>{markup}</body></html>")) == rights


JSON = st.recursive(
    st.none() | st.booleans() | st.text(max_size=8) | st.integers(),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["@type", "@graph", "license", "copyrightHolder", "isAccessibleForFree"]), inner, max_size=4
        )
    ),
    max_leaves=12,
)


@given(JSON)
def test_no_json_ld_makes_it_fail_and_every_value_has_its_type(value):
    import json

    root = html.document_fromstring("<html><body><p>x</p></body></html>")
    script = root.makeelement("script", {"type": "application/ld+json"})
    script.text = json.dumps(value)
    root.append(script)
    rights = read_rights(root)
    for column, found in zip(RIGHTS_COLUMNS, rights, strict=True):
        assert found is None or isinstance(found, bool if column.type == "bool" else str), column.name


def test_the_columns_are_the_fields():
    assert tuple(column.name for column in RIGHTS_COLUMNS) == Rights._fields
