"""After `--mask … --forget` no planted value is left in any byte of the output: not in a table, a page, the card or the cache."""

import json
import re
import zipfile
from itertools import product
from urllib.parse import quote

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import cleanse
from cleanse.personal_data import KINDS

# a value of each kind, from ranges kept for fiction or made to pass its check, and a sentence in which it is known
VALUES = {
    "email": ["jeanne.dupont@orange.fr", "anne_martin+x@uni-bonn.de", "p.pilot (at) quay.org"],
    "email.role": ["redaction@gazette-du-quai.fr"],
    "phone": ["06 39 98 12 34", "+33 6 39 98 56 78", "030 12345678"],
    "iban": ["FR76 3000 6000 0112 3456 7890 189"],
    "nir": ["2 55 08 14 168 025 38"],
    "card": ["4111 1111 1111 1111"],
    "ip": ["203.0.114.201"],
}
PLANTED = [value for values in VALUES.values() for value in values]
INTRODUCED = {"030 12345678": "Tel. 030 12345678", "203.0.114.201": "IP 203.0.114.201"}
PROSE = "The pilot carried plank number {n} over the river {n} times, and the brewers of street {n} paid him for it in bread. "


def words_of(number):
    """Return prose that no other number has."""
    return "".join(PROSE.format(n=number * 10 + k) for k in range(6))


def spelt(value):
    """Return a value as its sentence introduces it."""
    return INTRODUCED.get(value, value)


def plant(folder):
    """Write an input that holds every value in every place that a document has."""
    for number, value in enumerate(PLANTED):
        (folder / f"text-{number}.txt").write_text(article(number, value))
        (folder / f"menu-{number}.txt").write_text(f"Share\n{spelt(value)}\nTweet\n")
        (folder / f"latin-{number}.txt").write_bytes(f"{words_of(number + 150)} é {spelt(value)} à\n".encode("cp1252"))
        (folder / f"page-{number}.html").write_text(page(number, spelt(value)))
        if value not in INTRODUCED:  # a name shows that it is one
            name_files(folder, number, value)
    records = "\n".join(json.dumps(record(number, value)) for number, value in enumerate(PLANTED))
    (folder / "records.jsonl").write_text(records + '\n{"broken: ' + spelt(PLANTED[0]) + "\n")


def name_files(folder, number, value):
    """Write files, folders and members of archives that are named by a value."""
    (folder / value).mkdir()
    (folder / value / f"{value}.txt").write_text(words_of(number + 400))
    (folder / f"name {value}.txt").write_text(f"{words_of(number + 100)}\n\n{spelt(value)}\n")
    (folder / f"name {value} (2).txt").write_text(article(number, value))  # a near-duplicate
    (folder / f"empty {value}.txt").write_text("")
    with zipfile.ZipFile(folder / f"{value}.zip", "w") as archive:
        archive.writestr(f"mail/{value}.txt", words_of(number + 250))
        archive.writestr(f"mail/{value}/1.txt", words_of(number + 270))


def article(number, value):
    """Return a page of text with a value in its title, byline, text and what stands below it."""
    word, around = spelt(value), (words_of(number), words_of(number + 50))
    head = f"Title with {word}\n\nBy Anna Muster, {word}\n\n{around[0]}\n\nWhoever knows more: {word}.\n\n{around[1]}"
    return f"{head}\n\nAgain {value} here.\n\nShare Tweet {word}\n\nLeave a comment {word}\n"


def record(number, value):
    """Return a record with a value in every field."""
    word = spelt(value)
    return {
        "id": f"record {word}",
        "url": f"https://quay.org/{quote(word)}?contact={word}",
        "title": word,
        "author": word,
        "text": f"{words_of(number + 200)}\n\n{word}",
        "contact": {"of": [word, {word: value}]},
    }


def page(number, word):
    """Return an HTML page with a value in its head, menu, article, footer, link and licence."""
    return f"""<html><head><title>{word} | Gazette</title><meta name="author" content="{word}">
<meta name="copyright" content="© 2024 {word}"><link rel="license" href="https://quay.org/licence?by={word}">
<link rel="canonical" href="https://quay.org/{number}?by={word}">
<script type="application/ld+json">{{"@type": "NewsArticle", "author": {{"name": "{word}"}}, "copyrightHolder": "{word}"}}</script>
</head><body><nav><a href="/">Home</a> <a href="/c">{word}</a></nav><article><h1>News {number}</h1><p>{words_of(number + 300)}</p>
<p>Contact: <b>{word}</b></p><p>{words_of(number + 350)}</p></article>
<aside><h2>Contact</h2><p>{word}</p></aside><footer>{word}</footer></body></html>"""


def streams_of(content):
    """Yield the bytes of a file, and those of every zstd frame in it: Parquet pages and Arrow buffers."""
    yield content
    for match in re.finditer(re.escape(b"\x28\xb5\x2f\xfd"), content):
        try:
            yield pa.input_stream(pa.BufferReader(content[match.start() :]), compression="zstd").read()
        except OSError:
            continue  # the four bytes by chance, or what follows the frame


def strings_of(path):
    """Yield every value of a Parquet file as text."""
    if path.suffix == ".parquet":
        yield json.dumps(pq.read_table(path).to_pylist(), default=str, ensure_ascii=False)


def leaks(output, values):
    """Return the files of an output that hold one of the values, written as they were or as bare digits."""
    bare = {value: re.sub(r"\W", "", value) for value in values}
    needles = {form.casefold().encode(): value for value in values for form in (value, bare[value], quote(value))}
    out = []
    for path in sorted(p for p in output.rglob("*") if p.is_file()):
        haystacks = [path.name.encode(), *streams_of(path.read_bytes()), *(text.encode() for text in strings_of(path))]
        out += [
            (path.name, needles[needle])
            for haystack, needle in product(map(bytes.lower, haystacks), needles)
            if needle in haystack
        ]
    return sorted(set(out))


@pytest.fixture(scope="module")
def planted(tmp_path_factory):
    """An input with planted values."""
    folder = tmp_path_factory.mktemp("planted")
    plant(folder)
    return folder


OPTIONS = {"workers": 1, "shared": True, "pii": True, "cut_shared": ("boilerplate", "quote", "agency")}


@pytest.mark.slow
def test_the_search_finds_every_value_where_nothing_is_forgotten(planted, tmp_path):
    cleanse.run(planted, tmp_path, cleanse.Config(**OPTIONS))
    files = leaks(tmp_path, PLANTED)
    assert {value for _, value in files} == set(PLANTED)
    assert {"manifest.json", "report.html", "part-00000.parquet"} <= {name for name, _ in files}


@pytest.mark.slow
def test_after_forgetting_no_byte_of_the_output_holds_a_value(planted, tmp_path):
    cleanse.run(planted, tmp_path, cleanse.Config(workers=1))  # an earlier run left the values in tables and cache
    cleanse.run(planted, tmp_path, cleanse.Config(**OPTIONS, mask=KINDS, forget=True))
    assert leaks(tmp_path, PLANTED) == []


@pytest.mark.slow
def test_other_kinds_than_those_to_forget_stay(planted, tmp_path):
    cleanse.run(planted, tmp_path, cleanse.Config(workers=1, mask=("iban", "nir"), forget=True))
    gone = {*VALUES["iban"], *VALUES["nir"]}
    assert {value for _, value in leaks(tmp_path, PLANTED)} == set(PLANTED) - gone


@pytest.mark.slow
def test_ids_stay_different_and_name_documents_that_are_there(planted, tmp_path, rows):
    cleanse.run(planted, tmp_path, cleanse.Config(**OPTIONS, mask=KINDS, forget=True))
    documents = rows(tmp_path, "documents")
    ids = [row["id"] for row in documents]
    assert len(set(ids)) == len(ids)
    kept = {row["id"] for row in documents if row["status"] == "kept"}
    assert {row["duplicate_of"] for row in documents} - {None} <= kept
    assert {row["first_id"] for row in rows(tmp_path, "shared")} <= kept
    assert {row["id"] for table in ("removed", "pii", "signals") for row in rows(tmp_path, table)} <= set(ids)
