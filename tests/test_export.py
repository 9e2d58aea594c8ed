"""Export: every document once, in one split, with its text unchanged, and nothing that leaks between splits."""

import json
from collections import Counter

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cleanse.corpus.columns import COLUMNS, SCHEMAS
from cleanse.errors import OutputError, SettingError
from cleanse.export import FORMATS, assign_splits, export_corpus, group_documents, load_counter, parse_shares

IDS = [f"d{n}" for n in range(12)]
LINKS = st.lists(st.tuples(st.sampled_from(IDS), st.sampled_from(IDS)), max_size=12)


def write_output(folder, texts, documents=(), shared=()):
    """Make the files of a finished run: texts by id and language; rows of documents/ and shared/ that name links."""
    rows = [
        dict.fromkeys(SCHEMAS["corpus"].names)
        | {"id": name, "text": text, "language": language, "chars": len(text), "words": len(text.split())}
        for name, language, text in texts
    ]
    for number, several in enumerate((rows[: len(rows) // 2], rows[len(rows) // 2 :])):
        path = folder / "corpus" / f"part-{number:05d}.parquet"
        path.parent.mkdir(parents=True, exist_ok=True)
        pq.write_table(pa.Table.from_pylist(several, SCHEMAS["corpus"]), path)
    (folder / "documents").mkdir()
    pq.write_table(
        pa.Table.from_pylist(list(documents), SCHEMAS["documents"]), folder / "documents" / "part-00000.parquet"
    )
    if shared:
        (folder / "shared").mkdir()
        pq.write_table(pa.Table.from_pylist(list(shared)), folder / "shared" / "part-00000.parquet")
    (folder / "manifest.json").write_text("{}", encoding="utf-8")
    return folder


TEXTS = [
    ("a.txt", "fr", "Un pont."),
    ("b/c d.html", "en", "A bridge.\nTwo."),
    ("..#2", "fr", "Été"),
    ("l" * 300, "und", "x"),
]


def read_back(target, export_format):
    """Read the texts of an export by id."""
    if export_format == "jsonl":
        rows = [json.loads(line) for path in target.rglob("*.jsonl") for line in path.read_text("utf-8").splitlines()]
        return {row["id"]: row["text"] for row in rows}
    return {row["id"]: row["text"] for path in target.rglob("*.parquet") for row in pq.read_table(path).to_pylist()}


@pytest.mark.parametrize("export_format", ["jsonl", "parquet"])
@pytest.mark.parametrize("by_language", [True, False])
def test_every_document_is_exported_once_with_its_text(tmp_path, export_format, by_language):
    output = write_output(tmp_path / "out", TEXTS)
    export = export_corpus(
        output, tmp_path / "target", format=export_format, by_language=by_language, shares=(0.5, 0.5)
    )
    assert read_back(tmp_path / "target", export_format) == {name: text for name, _, text in TEXTS}
    assert sum(export.documents.values()) == len(TEXTS)
    folders = {path.split("/")[0] for path in export.files if "/" in path}
    assert folders == ({"fr", "en", "und"} if by_language else set())


def test_text_files_hold_the_texts_under_names_that_stay_in_their_folder(tmp_path):
    output = write_output(tmp_path / "out", TEXTS)
    export = export_corpus(output, tmp_path / "target", format="txt", by_language=True)
    assert sorted(export.files)[:2] == ["en/train/b%2Fc d.html.txt", "fr/train/%2E.%232.txt"]
    written = sorted((tmp_path / "target" / name).read_text("utf-8") for name in export.files)
    assert written == sorted(text for *_, text in TEXTS)


@given(LINKS, st.sampled_from(["98/1/1", "50/50", "1/1/1"]))
def test_linked_documents_come_into_one_split(links, written):
    splits = assign_splits(group_documents(IDS, links), parse_shares(written))
    assert set(splits) == set(IDS)
    assert all(splits[a] == splits[b] for a, b in links)


@given(LINKS, st.integers(0, 11))
def test_groups_do_not_depend_on_the_order_of_links_and_ids(links, at):
    turned = [(b, a) for a, b in links[at:] + links[:at]]
    assert group_documents(IDS, links) == group_documents(IDS[::-1], turned)


def test_splits_have_about_the_shares_that_were_asked_for():
    ids = [f"doc-{n}" for n in range(20_000)]
    splits = Counter(assign_splits(group_documents(ids, []), parse_shares("90/5/5")).values())
    assert 17_700 < splits["train"] < 18_300
    assert 850 < splits["validation"] < 1150


def test_a_document_keeps_its_split_when_others_come():
    few, many = [f"doc-{n}" for n in range(50)], [f"doc-{n}" for n in range(500)]
    before = assign_splits(group_documents(few, []), (0.5, 0.5))
    after = assign_splits(group_documents(many, []), (0.5, 0.5))
    assert all(after[name] == split for name, split in before.items())


def test_series_containment_and_passages_hold_documents_together_and_boilerplate_does_not(tmp_path):
    texts = [(name, "fr", f"texte {name}") for name in IDS]
    documents = [
        {"id": "d1", "series_of": "d0"},
        {"id": "d2", "contained_in": "d1"},
        {"id": "gone", "duplicate_of": "d2", "series_of": "d3"},
    ]
    shared = [
        {"id": "d4", "first_id": "d3", "kind": None},
        *({"id": name, "first_id": "d5", "kind": "boilerplate"} for name in IDS[5:]),
    ]
    output = write_output(tmp_path / "out", texts, documents, shared)
    seen = set()
    for number in range(1, 30):  # whatever the border between the splits
        export_corpus(output, tmp_path / f"t{number}", shares=(number / 30, 1 - number / 30))
        names = {
            path.stem: {json.loads(line)["id"] for line in path.read_text("utf-8").splitlines()}
            for path in (tmp_path / f"t{number}").glob("*.jsonl")
        }
        assert any({"d0", "d1", "d2", "d3", "d4"} <= ids for ids in names.values())
        seen |= {len({split for split, ids in names.items() if ids & set(IDS[5:])})}
    assert seen == {1, 2}


@pytest.mark.parametrize("written", ["", "98", "1/2/3/4", "a/b", "0/1", "-1/2", "inf/1"])
def test_shares_that_cannot_be_used_are_the_callers_mistake(written):
    if written == "98":
        assert parse_shares(written) == (1.0,)
        return
    with pytest.raises(SettingError, match="98/1/1"):
        parse_shares(written)


def test_an_export_goes_to_an_empty_folder_in_a_known_format_from_a_finished_run(tmp_path):
    output = write_output(tmp_path / "out", TEXTS)
    with pytest.raises(SettingError, match=", ".join(FORMATS)):
        export_corpus(output, tmp_path / "t", format="csv")
    with pytest.raises(OutputError, match="holds something"):
        export_corpus(output, output)
    with pytest.raises(OutputError, match=r"no manifest\.json"):
        export_corpus(tmp_path, tmp_path / "t")


def test_tokens_are_counted_in_a_column_of_their_own(tmp_path):
    output = write_output(tmp_path / "out", TEXTS)
    export = export_corpus(output, tmp_path / "t", count_tokens=lambda texts: [len(text) for text in texts])
    rows = [json.loads(line) for line in (tmp_path / "t" / "train.jsonl").read_text("utf-8").splitlines()]
    assert {row["id"]: row["tokens"] for row in rows} == {name: len(text) for name, _, text in TEXTS}
    assert export.tokens == sum(len(text) for *_, text in TEXTS)


def test_a_tokenizer_that_is_not_there_is_the_callers_mistake(tmp_path):
    (tmp_path / "tokenizer.json").write_text("{}", encoding="utf-8")
    with pytest.raises(SettingError, match="tokenizer"):
        load_counter(str(tmp_path / "tokenizer.json"))


def test_the_columns_of_an_export_are_those_of_the_corpus(tmp_path):
    output = write_output(tmp_path / "out", TEXTS)
    export_corpus(output, tmp_path / "t", format="parquet")
    names = pq.read_schema(tmp_path / "t" / "train.parquet").names
    assert names == [column.name for column in COLUMNS["corpus"]]


def test_nothing_of_an_export_that_fails_stands_under_its_name(tmp_path):
    output = write_output(tmp_path / "out", TEXTS)

    def fail(texts):
        if len(texts) and texts[0] == TEXTS[2][2]:  # of the second part
            raise ValueError("no tokens")
        return [1] * len(texts)

    with pytest.raises(ValueError, match="no tokens"):
        export_corpus(output, tmp_path / "t", count_tokens=fail)
    assert list((tmp_path / "t").rglob("*.jsonl")) == []
