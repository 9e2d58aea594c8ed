"""Rules may name documents: they act in these and nowhere else, and only these are cleaned again."""

import json
import random

import pytest

import cleanse
from cleanse.chrome.rule_matcher import Place, Rule, holds_at, names_document
from cleanse.pipeline import chunks

pytestmark = pytest.mark.slow  # whole runs

LINE = "The gazette of the quay, founded by a baker"
LEARNED = "Our readers liked this too"


NOUNS = [
    "boat",
    "lamp",
    "baker",
    "river",
    "street",
    "bread",
    "pilot",
    "plank",
    "quay",
    "winter",
    "garden",
    "letter",
    "bridge",
    "silver",
    "ladder",
]
VERBS = ["carried", "mended", "painted", "counted", "sold", "lifted", "buried", "cleaned", "hid", "found"]


def page(n):
    """Return a page of its own between two lines that all pages have."""
    chance = random.Random(n)
    prose = [
        f"The {chance.choice(NOUNS)} of {chance.choice(NOUNS)} {n} {chance.choice(VERBS)} the {chance.choice(NOUNS)} and"
        f" {chance.choice(VERBS)} {chance.randrange(90)} a {chance.choice(NOUNS)} for {chance.choice(NOUNS)} {chance.randrange(90)}."
        for _ in range(8)
    ]
    return f"{LINE}\n\n{' '.join(prose[:4])}\n\n{' '.join(prose[4:])}\n\n{LEARNED}\n"


@pytest.fixture
def crawl(tmp_path, monkeypatch):
    """Two files of records, cut into pieces and chunks, and a folder of texts."""
    monkeypatch.setattr(chunks, "SEGMENT_BYTES", 1)
    monkeypatch.setattr("cleanse.inputs.byte_ranges.PIECE_BYTES", 4_000)
    folder = tmp_path / "crawl"
    (folder / "press" / "a").mkdir(parents=True)
    for name in ("a", "b"):
        records = [{"url": f"https://{name}.example/{n}", "text": page(n + 100 * (name == "b"))} for n in range(40)]
        (folder / f"{name}.jsonl").write_text("".join(json.dumps(record) + "\n" for record in records))
    for n in range(3):
        (folder / "press" / "a" / f"{n}.txt").write_text(page(300 + n))
    return folder


def run(crawl, output, rules=""):
    """Run with rules, and return the digest of the run."""
    path = crawl.parent / "mine.toml"
    path.write_text(rules)
    return cleanse.run(crawl, output, cleanse.Config(workers=1, rules=str(path))).digest


def rule(action, line, **bounds):
    """Return a rule about a line in TOML."""
    example = "keeps" if action == "keep" else "removes"
    bound = "".join(f"{key} = {json.dumps(values)}\n" for key, values in bounds.items())
    return f'[[rule]]\nname = "mine"\naction = "{action}"\n{bound}lines = ["{line}"]\n{example} = ["{line}"]\n'


def holders(rows, output, line):
    """Return the ids of the documents whose text holds a line."""
    return {row["id"] for row in rows(output, "corpus") if line in row["text"]}


def test_a_rule_for_a_record_acts_on_it_alone_though_its_file_is_cut(crawl, tmp_path, rows):
    run(crawl, tmp_path / "out")
    before = holders(rows, tmp_path / "out", LINE)
    made = {path.name for path in (tmp_path / "out/.cleanse/language").glob("*.parquet")}
    digest = run(crawl, tmp_path / "out", rule("remove", LINE, documents=["b.jsonl#33"]))
    assert before - holders(rows, tmp_path / "out", LINE) == {"b.jsonl#33"}
    assert len({path.name for path in (tmp_path / "out/.cleanse/language").glob("*.parquet")} - made) == 1
    assert run(crawl, tmp_path / "fresh", rule("remove", LINE, documents=["b.jsonl#33"])) == digest
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(chunks, "SEGMENT_BYTES", 4 << 20)
        assert run(crawl, tmp_path / "whole", rule("remove", LINE, documents=["b.jsonl#33"])) == digest


def test_a_star_stands_for_a_path(crawl, tmp_path, rows):
    run(crawl, tmp_path, rule("remove", LINE, documents=["press/*", "a.jsonl#3*"]))
    gone = {row["id"] for row in rows(tmp_path, "documents")} - holders(rows, tmp_path, LINE)
    assert gone == {
        "press/a/0.txt",
        "press/a/1.txt",
        "press/a/2.txt",
        "a.jsonl#3",
        *(f"a.jsonl#{n}" for n in range(30, 40)),
    }


def test_a_rule_that_keeps_wins_over_lines_learned_of_the_site(crawl, tmp_path, rows):
    run(crawl, tmp_path / "out")
    learned = {row["id"] for row in rows(tmp_path / "out", "removed") if row["rule"] == "site.learned"}
    assert "a.jsonl#7" in learned
    run(crawl, tmp_path / "out", rule("keep", LEARNED, documents=["a.jsonl#7"]))
    assert "a.jsonl#7" in holders(rows, tmp_path / "out", LEARNED)
    assert "a.jsonl#8" not in holders(rows, tmp_path / "out", LEARNED)


def test_a_rule_that_keeps_wins_over_the_extractor(tmp_path, rows):
    body = "".join(f"<p>{page(n).splitlines()[2]}</p>" for n in range(4))
    html = f"<html><body><nav><a href='/'>Home</a><a href='/q'>Quay</a></nav><article><h1>Boats</h1>{body}</article><footer><p>{LEARNED}</p><p>Imprint</p></footer></body></html>"
    (tmp_path / "in").mkdir()
    for name in ("one", "two"):
        (tmp_path / "in" / f"{name}.html").write_text(html.replace("Boats", f"Boats of {name}"))
    run(tmp_path / "in", tmp_path / "out")
    assert holders(rows, tmp_path / "out", LEARNED) == set()
    run(tmp_path / "in", tmp_path / "out", rule("keep", LEARNED, documents=["one.html"]))
    texts = {row["id"]: row["text"] for table in ("corpus", "withheld") for row in rows(tmp_path / "out", table)}
    assert texts["one.html"].endswith(f"\n\n{LEARNED}")
    assert LEARNED not in texts["two.html"]
    assert "Imprint" not in texts["one.html"]


def test_the_library_applies_rules_to_the_ids_it_is_given(tmp_path):
    (tmp_path / "mine.toml").write_text(rule("remove", LINE, documents=["two"]))
    config = cleanse.Config(rules=str(tmp_path / "mine.toml"))
    one, two = cleanse.clean_many([("one", page(1)), ("two", page(1))], config=config)
    assert (LINE in one.text, LINE in two.text) == (True, False)


@pytest.mark.parametrize(
    ("pattern", "document", "holds"),
    [
        ("press/*", "press/a/0.txt", True),
        ("press/*", "old/press/0.txt", False),
        ("a.jsonl#3", "a.jsonl#33", False),
        ("page[1].html", "page[1].html", True),
        ("page[1].html", "page1.html", False),
        ("*.html", "a/b.html", True),
        ("*", None, False),
    ],
)
def test_only_a_star_is_special_in_a_pattern(pattern, document, holds):
    assert names_document(pattern, document) == holds


def test_sites_and_documents_both_have_to_hold():
    both = Rule("own.x", sites=("a.example",), documents=("x*",))
    places = [("a.example", "x1"), ("b.example", "x1"), ("a.example", "y"), (None, None)]
    assert [holds_at(both, Place(*place)) for place in places] == [True, False, False, False]
