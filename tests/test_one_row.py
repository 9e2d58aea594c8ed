"""Nothing is silent: each record of the input, whole or damaged, ends in exactly one row of documents/."""

import random
import shutil
import sys
from collections import Counter

import pytest

import cleanse
from conftest import ROOT
from input_files import CASES, read

sys.path.insert(0, str(ROOT / "benchmarks" / "soak"))
from damage import FILES, mutate

sys.path.pop(0)

DAMAGED = 12  # copies of each format, each damaged in another way


@pytest.fixture(scope="module")
def everything(tmp_path_factory):
    """A folder with a file of each format, damaged copies of it, exports of each kind, hostile pages, odd names."""
    folder = tmp_path_factory.mktemp("everything")
    rng = random.Random(7)
    for name, (file, make) in FILES.items():
        content = make()
        (folder / file).write_bytes(content)
        for number in range(DAMAGED):
            (folder / f"{name}-{number}-{file}").write_bytes(mutate(content, rng))
    for path in sorted((CASES / "inputs").iterdir()):
        shutil.copy(path, folder)
        for number in range(2):
            (folder / f"{path.stem}-{number}{path.suffix}").write_bytes(mutate(path.read_bytes(), rng))
    shutil.copy(CASES / "hostile.jsonl", folder)
    shutil.copytree(ROOT / "seeds", folder / "seeds")
    (folder / "empty.txt").touch()
    (folder / "empty.jsonl").touch()
    (folder / "unknown.xyz").write_bytes(b"\x00\x01\x02")
    (folder / "name with # and %.txt").write_text("A page whose name looks like the number of a record.")
    return folder


@pytest.fixture(scope="module")
def output(everything, tmp_path_factory):
    """What a run made of it."""
    folder = tmp_path_factory.mktemp("output")
    cleanse.run(everything, folder, cleanse.Config(workers=0))
    return folder


def test_each_record_ends_in_exactly_one_row(everything, output, rows):
    expected = Counter(f"{record.id}#{record.number}" if record.number else record.id for record in read(everything))
    assert Counter(row["id"] for row in rows(output, "documents")) == expected
    assert set(expected.values()) == {1}


def test_each_file_is_named_by_a_row(everything, output, rows):
    ids = [row["id"] for row in rows(output, "documents")]
    for path in everything.rglob("*"):
        name = path.relative_to(everything).as_posix()
        assert path.is_dir() or any(one == name or one.startswith((f"{name}#", f"{name}!/")) for one in ids), name


def test_a_document_is_in_the_corpus_once_or_its_row_says_why_not(output, rows):
    kept = Counter(row["id"] for row in rows(output, "corpus"))
    for row in rows(output, "documents"):
        assert kept[row["id"]] == (row["status"] == "kept")
        assert (row["reason"] is None) == (row["status"] == "kept")
