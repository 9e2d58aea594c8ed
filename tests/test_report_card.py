"""README.md of the output: a dataset card that the Hub accepts and load_dataset follows."""

import json

import pytest
import yaml

import cleanse
from cleanse.corpus.card import _size, write_card


@pytest.fixture(scope="module")
def output(tmp_path_factory):
    """A run on records in two languages, one of them Norwegian: `no` is false in YAML unless quoted."""
    folder = tmp_path_factory.mktemp("card")
    texts = [
        "The ferry between the two islands runs again from Monday, the company said on Friday afternoon.",
        "Fergen mellom de to øyene går igjen fra mandag, sa selskapet i en kort melding fredag ettermiddag, og billettene koster det samme som før.",
        "Leave a comment",
    ]
    (folder / "in.jsonl").write_text("".join(json.dumps({"text": text}) + "\n" for text in texts))
    cleanse.run(folder / "in.jsonl", folder / "out", cleanse.Config(workers=0))
    return folder / "out"


def header(output):
    return yaml.safe_load((output / "README.md").read_text().split("---\n")[1])


def test_the_header_is_what_the_hub_reads(output, manifest):
    found = header(output)
    assert all(isinstance(code, str) for code in found["language"])
    assert set(found["language"]) == set(manifest(output)["languages"]) - {"und"}
    assert found["size_categories"] == ["n<1K"]
    assert found["configs"][0]["data_files"] == [{"split": "train", "path": "corpus/part-*.parquet"}]
    assert "license" not in found


def test_the_card_names_every_column_and_leaves_the_licence_open(output):
    card = (output / "README.md").read_text()
    assert "Licence: not set" in card
    for column in ("text", "near_duplicates", "record_id"):
        assert f"| `{column}` |" in card


def test_load_dataset_finds_the_corpus_and_nothing_else(output, rows):
    datasets = pytest.importorskip("datasets", reason="needs Hugging Face datasets: pip install datasets")
    loaded = datasets.load_dataset(str(output), cache_dir=str(output.parent / "cache"))
    assert list(loaded) == ["train"]
    assert loaded["train"]["id"][:] == [row["id"] for row in rows(output, "corpus")]
    assert "status" not in loaded["train"].column_names


def test_the_hubs_own_reader_takes_the_card(output):
    hub = pytest.importorskip("huggingface_hub", reason="needs Hugging Face datasets: pip install datasets")
    assert hub.DatasetCard.load(output / "README.md").data.size_categories == ["n<1K"]


def test_a_corpus_without_documents_has_a_card_without_data_files(tmp_path):
    (tmp_path / "in").mkdir()
    cleanse.run(tmp_path / "in", tmp_path / "out", cleanse.Config(workers=0))
    assert "configs" not in header(tmp_path / "out")


@pytest.mark.parametrize(
    ("rows", "name"), [(0, "n<1K"), (1000, "1K<n<10K"), (10**6, "1M<n<10M"), (10**9, "1B<n<10B"), (10**12, "n>1T")]
)
def test_sizes_have_the_hubs_names(rows, name):
    assert _size(rows) == name


def test_names_from_a_plug_in_cannot_break_the_card(output, manifest, tmp_path):
    odd = manifest(output)
    odd["languages"] = {"x|y\n# heading": 1, "en": 1}
    write_card(tmp_path, odd)
    assert header(tmp_path)["language"] == ["en"]
    assert "\n# heading" not in (tmp_path / "README.md").read_text()
