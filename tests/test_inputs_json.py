"""JSON in any shape gives the same records, and a broken one costs only itself."""

import gzip
import json

import pytest

from cleanse.inputs import Fields, json_values
from input_files import cases, read, texts

RECORDS = [
    {"id": 1, "text": "Le moulin a rouvert, après la crue de l'année dernière."},
    {"id": 2, "text": 'The quay is closed: "soon", they say, {or} [never].'},
    {"id": 3, "text": "Boats wait.\nThey always did.", "more": {"a": [1, {"b": []}]}},
]


def dump(value, **options):
    return json.dumps(value, ensure_ascii=False, **options)


SHAPES = {
    "lines": "\n".join(map(dump, RECORDS)),
    "lines of Windows": "\r\n".join(map(dump, RECORDS)) + "\r\n",
    "blank lines": "\n\n".join(map(dump, RECORDS)),
    "lines with commas": ",\n".join(map(dump, RECORDS)) + ",\n",
    "record separators": "".join(f"\x1e{dump(record)}\n" for record in RECORDS),
    "one after the other": "".join(map(dump, RECORDS)),
    "an array": dump(RECORDS),
    "an array of lines": "[\n" + ",\n".join(map(dump, RECORDS)) + "\n]",
    "an array with a trailing comma": "[\n" + "".join(f"{dump(record)},\n" for record in RECORDS) + "]",
    "an array with leading commas": "[ " + "\n, ".join(map(dump, RECORDS)) + "]",
    "arrays of lines": "\n".join(dump([record]) for record in RECORDS),
    "a pretty array": dump(RECORDS, indent=2),
    "a pretty array without indent": dump(RECORDS, indent=0),
    "pretty objects": "\n".join(dump(record, indent="\t") for record in RECORDS),
    "pretty objects with commas": ",\n".join(dump(record, indent=4) for record in RECORDS),
    "within an object": dump({"status": "ok", "totalResults": 3, "articles": RECORDS}),
    "within a pretty object": dump({"response": {"docs": RECORDS}, "status": 0}, indent=1),
}


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("charset", ["utf-8", "utf-8-sig", "utf-16", "utf-16-be", "cp1252"])
@pytest.mark.parametrize("suffix", [".jsonl", ".json.gz"])
def test_every_shape_gives_the_same_records(tmp_path, shape, charset, suffix):
    path = tmp_path / f"r{suffix}"
    content = SHAPES[shape].encode(charset)
    path.write_bytes(gzip.compress(content) if suffix.endswith("gz") else content)
    assert texts(path) == [record["text"] for record in RECORDS]
    assert [record.record_id for record in read(path)] == ["1", "2", "3"]


FILES = cases("inputs_json", "file")


@pytest.mark.parametrize("case", FILES, ids=[case["name"] for case in FILES])
def test_a_file_is_read_as_it_was_meant(tmp_path, case):
    (tmp_path / "r.json").write_text(case["content"])
    assert texts(tmp_path) == case["texts"]


def test_nested_fields_are_found_and_the_rest_is_carried(tmp_path):
    value = {
        "id": 7,
        "article": {"title": {"rendered": "L&#8217;été"}, "content": {"rendered": "<p>Corps</p>"}, "tags": ["a"]},
        "meta": {
            "link": "https://a.example/x",
            "datePublished": "5 mai 2023",
            "author": [{"name": "Zoé"}, {"name": "Al"}],
        },
    }
    (tmp_path / "r.json").write_text(dump(value))
    (record,) = read(tmp_path)
    assert (record.raw, record.title, record.url) == ("<p>Corps</p>", "L’été", "https://a.example/x")
    assert (record.date, record.author, record.record_id) == ("2023-05-05", "Zoé, Al", "7")
    assert json.loads(record.fields) == {"article": {"tags": ["a"]}}


def test_a_dotted_text_field_of_the_users_choice_wins(tmp_path):
    (tmp_path / "r.json").write_text(dump({"text": "no", "a": {"b": [{"c": "yes"}]}, "a.b": "flat"}))
    assert texts(tmp_path, Fields(text=("a.b.0.c",))) == ["yes"]
    assert texts(tmp_path, Fields(text=("a.b",))) == ["flat"]
    assert texts(tmp_path, Fields(text=("x", "TEXT"))) == ["no"]


def test_a_name_that_comes_twice_keeps_both_values(tmp_path):
    (tmp_path / "r.json").write_text('{"text": "The longer of the two.", "text": "Short.", "n": 1, "n": 2}')
    (record,) = read(tmp_path)
    assert record.raw == "The longer of the two."
    assert json.loads(record.fields) == {"text (2)": "Short.", "n": 1, "n (2)": 2}


def test_what_json_has_no_word_for_is_carried_as_json_all_the_same(tmp_path):
    (tmp_path / "r.json").write_text('{"text": "x", "a": NaN, "b": -Infinity, "c": 1e999, "d": ' + "9" * 5000 + "}")
    (record,) = read(tmp_path)
    carried = json.loads(record.fields, parse_constant=pytest.fail)
    assert (carried["a"], carried["b"], carried["c"], len(carried["d"])) == (None, "-Infinity", "inf", 5000)


@pytest.mark.parametrize("depth", [99, 101, 1000, 200_000])
def test_depth_is_judged_without_the_callers_stack(tmp_path, depth):
    (tmp_path / "r.json").write_text('{"text": "shown", "x": ' + "[" * (depth - 1) + "]" * (depth - 1) + "}")

    def far_down(n):
        return texts(tmp_path) if n == 0 else far_down(n - 1)

    assert texts(tmp_path) == far_down(600) == (["shown"] if depth < 100 else ["!malformed-json"])
    assert depth < 100 or "shown" in read(tmp_path)[0].reason.evidence


def test_half_of_a_character_can_be_written(tmp_path):
    (tmp_path / "r.json").write_text('{"text": "a \\ud800 b", "title": "\\udcff", "x": "\\ud83d\\ude00 \\udfff"}')
    (record,) = read(tmp_path)
    assert (record.raw, record.title) == ("a \ufffd b", "\ufffd")
    assert json.loads(record.fields) == {"x": "😀 \ufffd"}


def test_large_carried_fields_are_left_out_and_it_is_on_record(tmp_path, monkeypatch):
    from cleanse.inputs import fields as field_module

    monkeypatch.setattr(field_module, "MAX_CARRIED", 1000)
    (tmp_path / "r.json").write_text(dump({"text": "x", "page": "y" * 2000, "tag": "t"}))
    (record,) = read(tmp_path)
    assert json.loads(record.fields) == {"page": "2,002 characters, left out", "tag": "t"}
    assert record.repairs == ("carried-fields-cut",)


def test_a_date_that_can_be_read_two_ways_is_left_out_carried_and_on_record(tmp_path):
    (tmp_path / "a.jsonl").write_text(dump({"text": "x", "date": "05/06/2023"}))
    (tmp_path / "b.jsonl").write_text("\n".join(dump({"text": "x", "date": d}) for d in ("05/06/2023", "25/06/2023")))
    (tmp_path / "c.jsonl").write_text(dump({"texte": "x", "date": "05/06/2023"}))
    found = [(record.date, record.repairs) for record in read(tmp_path)]
    june = ("2023-06-05", ())
    assert found == [(None, ("ambiguous-date",)), june, ("2023-06-25", ()), june]
    assert json.loads(read(tmp_path)[0].fields) == {"date": "05/06/2023"}


@pytest.mark.parametrize("end", ["", "1" + "}" * 50_000])
def test_brackets_of_a_hopeless_depth_are_not_followed_and_cost_only_themselves(tmp_path, end, monkeypatch):
    steps, take = [], json_values._Scan._take
    monkeypatch.setattr(json_values._Scan, "_take", lambda *args: steps.append(1) or take(*args))
    path = tmp_path / "r.jsonl"
    path.write_text('{"a":' * 50_000 + end + "\n" + dump(RECORDS[0]) + "\n", encoding="utf-8")
    assert texts(path) == ["!malformed-json", RECORDS[0]["text"]]
    assert len(steps) < 20 * json_values.MAX_FOLLOWED


PAIRS = [{"title": "The mill", "text": "The mill opened at noon."}, {"title": "Boats", "text": "Boats wait."}]
TABLES = {
    "columns": {name: {str(n): record[name] for n, record in enumerate(PAIRS)} for name in PAIRS[0]},
    "list": {name: [record[name] for record in PAIRS] for name in PAIRS[0]},
    "split": {"columns": list(PAIRS[0]), "index": [0, 1], "data": [list(record.values()) for record in PAIRS]},
    "index": {str(n): record for n, record in enumerate(PAIRS)},
    "rows": [list(PAIRS[0]), *(list(record.values()) for record in PAIRS)],
    "graph": {"@context": "https://schema.org", "@graph": [{"@type": "WebSite", "name": "A"}, *PAIRS]},
}


@pytest.mark.parametrize(
    ("shape", "indent"), [(shape, n) for shape in TABLES for n in (None, 1) if (shape, n) != ("rows", 1)]
)
def test_every_way_in_which_programs_write_a_table_gives_its_records(tmp_path, shape, indent):
    path = tmp_path / "r.json"
    path.write_text(dump(TABLES[shape], indent=indent), encoding="utf-8")
    assert [(record.title, record.raw) for record in read(path)] == [tuple(record.values()) for record in PAIRS]


@pytest.mark.parametrize(
    "record",
    [
        {"title": "One", "text": ["First.", "Second."]},
        {"text": ["First.", "Second."], "author": ["A B", "C D"]},
        {"url": ["https://a.example/1"], "title": ["One"], "text": ["First.", "Second."]},
    ],
)
def test_a_record_with_lists_is_no_table(tmp_path, record):
    path = tmp_path / "r.jsonl"
    path.write_text(dump(record), encoding="utf-8")
    assert texts(path) == ["First.\n\nSecond."]
