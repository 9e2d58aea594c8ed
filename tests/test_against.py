"""`--against`: what stands in an earlier output is a duplicate of it, and that is all it changes."""

import json
import random
import shutil

import numpy as np
import pyarrow as pa
import pytest

import cleanse
from cleanse import corpus, dedup
from cleanse.dedup import corpus_index, pair_search
from cleanse.dedup.shingles import shingle
from cleanse.errors import OutputError, SettingError
from cleanse.pipeline import chunks

pytestmark = pytest.mark.slow  # whole runs

ALL = ("corpus", "withheld", "documents", "removed")
WORDS = [f"mot{n}" for n in range(3000)]


def article(seed, length=150):
    return " ".join(random.Random(seed).choices(WORDS, k=length))


def changed(text, seed):
    """The text with one word in it that is no name and no number."""
    words = text.split()
    words[random.Random(seed).randrange(len(words))] = "autrement"
    return " ".join(words)


def write(folder, texts):
    """A folder with these records, dealt to a few files."""
    folder.mkdir()
    for f in range(3):
        lines = [json.dumps({"id": str(i), "text": text}) for i, text in enumerate(texts) if i % 3 == f]
        if lines:  # an empty file is a document without text
            (folder / f"part-{f}.jsonl").write_text("".join(line + "\n" for line in lines))
    return folder


OLD = [article(n) for n in range(60)] + [changed(article(n), n) for n in range(20)] + ["deux mots", "trois petits mots"]
NEW = [
    *(changed(article(n), 100 + n) for n in range(30)),  # near-duplicates of old ones
    *(article(n) for n in range(30, 40)),  # copies
    *(article(n).upper() for n in range(40, 45)),
    *(article(n) for n in range(1000, 1040)),  # new
    *(changed(article(n), n) for n in range(1000, 1010)),  # near-duplicates of new ones
    "Deux mots!",
    "quatre tout petits mots",
]


def run(source, output, *against, **settings):
    return cleanse.run(source, output, cleanse.Config(workers=0, against=tuple(map(str, against)), **settings))


@pytest.fixture(scope="module")
def old(tmp_path_factory):
    """The output of a run on the earlier documents."""
    folder = tmp_path_factory.mktemp("old")
    run(write(folder / "in", OLD), folder / "out")
    return folder / "out"


@pytest.fixture(scope="module")
def source(tmp_path_factory):
    return write(tmp_path_factory.mktemp("new") / "in", NEW)


def by_record(rows, output, table="documents"):
    return {int(row["record_id"]): row for row in rows(output, table)}


def test_a_corpus_against_itself_is_withheld_whole(old, tmp_path, rows):
    report = run(old.parent / "in", tmp_path / "out", old)
    assert report.counts["kept"] == 0
    documents = rows(tmp_path / "out", "documents")
    kept = {row["id"] for row in rows(old, "corpus")}
    assert {row["status"] for row in documents} == {"duplicate"}
    assert {row["duplicate_corpus"] for row in documents} == {str(old)}
    assert {row["duplicate_of"] for row in documents} == kept


def test_what_stands_in_an_earlier_corpus_is_its_duplicate_and_nothing_else_is(old, source, tmp_path, rows):
    run(source, tmp_path / "out", old)
    documents = by_record(rows, tmp_path / "out")
    seen = {number for number, row in documents.items() if row["duplicate_corpus"]}
    assert seen == {*range(45), NEW.index("Deux mots!")}
    kept = {row["id"]: row["text"] for row in rows(old, "corpus")}
    for number in seen:
        row = documents[number]
        assert row["duplicate_of"] in kept
        one, other = (set(shingle([text]).hashes.tolist()) for text in (NEW[number], kept[row["duplicate_of"]]))
        assert row["jaccard"] == (len(one & other) / len(one | other) if one | other else 1.0)
        assert row["jaccard"] >= 0.8
        assert row["evidence"].endswith("of an earlier corpus")
    rest = {number: row for number, row in documents.items() if number not in seen}
    run(source, tmp_path / "alone")
    alone = by_record(rows, tmp_path / "alone")
    assert rest == {number: alone[number] for number in rest}
    assert sum(row["status"] == "duplicate" for row in rest.values()) == 10


def test_a_document_like_one_that_an_earlier_corpus_removed_stays(tmp_path, rows):
    base = article(1, 100)
    close = " ".join(base.split()[:90])
    far = " ".join(close.split()[:80])  # like `close`, not like `base`
    run(write(tmp_path / "in", [base]), tmp_path / "old")
    run(write(tmp_path / "more", [close, far]), tmp_path / "out", tmp_path / "old")
    documents = by_record(rows, tmp_path / "out")
    assert [documents[n]["status"] for n in (0, 1)] == ["duplicate", "kept"]


def test_against_an_unrelated_corpus_only_the_digest_is_another(source, tmp_path, rows):
    run(write(tmp_path / "in", [article(n) for n in range(5000, 5040)]), tmp_path / "old")
    alone = run(source, tmp_path / "alone")
    against = run(source, tmp_path / "out", tmp_path / "old")
    assert [rows(tmp_path / "out", t) for t in ALL] == [rows(tmp_path / "alone", t) for t in ALL]
    assert against.digest != alone.digest
    assert {**against.counts} == {**alone.counts}


def test_the_digest_is_that_of_the_content_wherever_the_earlier_corpus_lies(old, source, tmp_path, monkeypatch):
    first = run(source, tmp_path / "a", old).digest
    shutil.copytree(old, tmp_path / "elsewhere")
    assert run(source, tmp_path / "b", tmp_path / "elsewhere").digest == first
    monkeypatch.chdir(tmp_path)
    assert run(source, tmp_path / "c", "elsewhere").digest == first


@pytest.mark.parametrize("workers", [1, 2])
def test_the_digest_is_the_same_for_any_cut_and_number_of_workers(old, source, tmp_path, monkeypatch, workers):
    whole = run(source, tmp_path / "whole", old).digest
    for name, value in (("SEGMENT_BYTES", 4000), ("ROW_GROUP_CHARS", 3000), ("CHUNK_CHARS", 9000)):
        monkeypatch.setattr(chunks, name, value)
    monkeypatch.setattr("cleanse.stages.write.PART_CHARS", 9000)
    monkeypatch.setattr(corpus.writer, "ROW_GROUP_BYTES", 3000)
    monkeypatch.setattr(pair_search, "TASK_VALUES", 1)
    run(old.parent / "in", tmp_path / "old")
    assert len(list((tmp_path / "old" / "corpus").iterdir())) > 2
    settings = cleanse.Config(workers=workers, against=(str(tmp_path / "old"),))
    assert cleanse.run(source, tmp_path / "out", settings).digest == whole


def test_of_several_earlier_corpora_the_most_alike_gives_the_twin_and_of_equals_the_first(tmp_path, rows):
    text = article(1)
    for name, some in (("a", changed(text, 1)), ("b", text), ("c", text)):
        run(write(tmp_path / f"in-{name}", [some]), tmp_path / name)
    run(write(tmp_path / "in", [text]), tmp_path / "out", *(tmp_path / name for name in "abc"))
    (row,) = rows(tmp_path / "out", "documents")
    assert (row["duplicate_corpus"], row["jaccard"]) == (str(tmp_path / "b"), 1.0)


def test_a_finished_run_is_taken_up_with_its_twins_in_earlier_corpora(old, source, tmp_path, rows):
    first = run(source, tmp_path / "out", old).digest
    before = rows(tmp_path / "out", "documents")
    (tmp_path / "out" / "manifest.json").unlink()
    assert run(source, tmp_path / "out", old).digest == first
    assert rows(tmp_path / "out", "documents") == before


def test_explain_finds_the_twin_in_the_earlier_corpus(old, source, tmp_path, capsys):
    from cleanse.cli import main

    run(source, tmp_path / "out", old)
    assert main(["explain", str(tmp_path / "out"), "part-0.jsonl#1"]) == 0
    assert str(old) in capsys.readouterr().out.replace("\n", "")


@pytest.mark.parametrize(
    ("settings", "message"),
    [({"threshold": 0.7}, "indexed with bands 20x6, this run has bands 25x5"), ({"threshold": 0.9}, "--threshold")],
)
def test_another_threshold_is_refused_by_name(old, source, tmp_path, settings, message):
    with pytest.raises(SettingError, match=message):
        run(source, tmp_path / "out", old, **settings)
    assert not (tmp_path / "out").exists()


def test_another_version_of_the_index_is_refused(old, source, tmp_path, monkeypatch):
    monkeypatch.setattr(corpus_index, "VERSION", corpus_index.VERSION + 1)
    with pytest.raises(SettingError, match="index version 1, this run has index version 2"):
        run(source, tmp_path / "out", old)


@pytest.mark.parametrize("settings", [{"dry_run": True}, {"skip": ("duplicates",)}])
def test_an_output_without_an_index_says_how_to_mend_it(source, tmp_path, settings):
    run(write(tmp_path / "in", OLD[:9]), tmp_path / "old", **settings)
    with pytest.raises(OutputError, match="Run cleanse on it again"):
        run(source, tmp_path / "out", tmp_path / "old")


def test_an_index_that_lost_a_file_says_how_to_mend_it(old, source, tmp_path):
    shutil.copytree(old, tmp_path / "old")
    (tmp_path / "old" / "index" / "band_07.arrow").unlink()
    with pytest.raises(OutputError, match=r"incomplete.*Run cleanse on it again"):
        run(source, tmp_path / "out", tmp_path / "old")


def test_a_folder_that_no_run_has_finished_is_refused(source, tmp_path):
    with pytest.raises(OutputError, match="no run of cleanse has ended there"):
        run(source, tmp_path / "out", tmp_path / "nothing")


def test_the_output_itself_is_no_earlier_corpus(old):
    with pytest.raises(OutputError, match="is the OUTPUT of this run"):
        run(old.parent / "in", old, old)


def test_a_run_without_an_index_leaves_none_of_an_earlier_one(tmp_path):
    source = write(tmp_path / "in", OLD[:9])
    run(source, tmp_path / "out")
    assert len(list((tmp_path / "out" / "index").iterdir())) == 21
    run(source, tmp_path / "out", skip=("duplicates",))
    assert not (tmp_path / "out" / "index").exists()


def test_a_foreign_file_in_the_index_is_not_overwritten(tmp_path):
    source = write(tmp_path / "in", OLD[:9])
    (tmp_path / "out" / "index").mkdir(parents=True)
    (tmp_path / "out" / "index" / "band_00.arrow").write_text("mine")
    with pytest.raises(OutputError, match="was not written by cleanse"):
        run(source, tmp_path / "out")


def test_the_index_is_sorted_arrow_that_names_rows_of_the_corpus(old, rows):
    for path in sorted((old / "index").iterdir()):
        table = pa.ipc.open_file(path).read_all()
        hashes = table["hash"].to_pylist()
        assert hashes == sorted(hashes)
        short = sum(len(row["text"].split()) < 5 for row in rows(old, "corpus"))
        expected = len(rows(old, "corpus")) - (0 if path.stem == "exact" else short)
        assert len(set(table["row"].to_pylist())) == expected


def test_a_lookup_gives_the_lowest_rows_of_a_bucket_and_each_pair_once(tmp_path):
    hashes = np.array([5, 3, 5, 5, 9, 3], np.uint64) << np.uint64(32)
    columns = {"exact": np.arange(1, 7, dtype=np.uint64), "words": np.full(6, 9, np.int32)}
    columns |= {f"band_{n:02d}": hashes for n in range(20)}
    dedup.write_bands(tmp_path / "0.parquet", columns)
    kept = np.array([True, True, True, True, False, True])
    (tmp_path / "index").mkdir()
    dedup.write_index(tmp_path / "index", [tmp_path / "0.parquet"], kept, tmp_path, threshold=0.8)
    index = dedup.open_index(tmp_path / "index", tmp_path, [2, 3], 0.8)
    wanted = np.array([9, 5, 3, 5], np.uint64) << np.uint64(32)
    pairs = index.look_up("band_03", wanted, 100, 2)
    assert [(int(p) >> 32, int(p) & 0xFFFFFFFF) for p in pairs] == [
        (100, 1), (100, 3), (101, 2), (102, 1), (102, 3), (104, 2),
    ]  # fmt: skip
    assert index.equal(np.array([6, 5, 1, 99], np.uint64)).tolist() == [4, -1, 0, -1]


def test_the_hashes_in_an_index_are_still_those_of_version_1():
    columns = dedup.sign_texts(["Le pont a rouvert lundi après six mois, 日本語 ไทย ÇA VA ?", "deux mots"])
    found = [f"{int(columns[name][0]):016x}" for name in ("exact", "band_00", "band_19")]
    assert found == ["384f44e8a5930954", "ab7db6574a86d92b", "72a0281b5529e583"]
    assert corpus_index.VERSION == 1
