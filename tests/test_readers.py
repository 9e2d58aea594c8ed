"""The corpus opens in the tools that people load it with; each is skipped where it is not installed."""

import json

import pytest

import cleanse


@pytest.fixture(scope="module")
def output(seeds, tmp_path_factory):
    folder = tmp_path_factory.mktemp("out")
    cleanse.run(seeds, folder, cleanse.Config(workers=0))
    return folder


@pytest.fixture(scope="module")
def kept(output):
    return json.loads((output / "manifest.json").read_text())["counts"]["kept"]


def test_pyarrow_reads_every_table_with_the_documented_columns(output):
    import pyarrow.dataset as ds

    from cleanse.corpus import SCHEMAS

    for name, schema in SCHEMAS.items():
        if name in ("shared", "pii"):  # only where asked for
            continue
        found = ds.dataset(output / name, format="parquet").to_table()
        assert found.schema.remove_metadata() == schema
        assert found.num_rows


def test_the_columns_stand_in_the_documentation():
    from pathlib import Path

    from cleanse.corpus import SCHEMAS

    text = (Path(__file__).parents[1] / "docs" / "reference" / "output.md").read_text()
    for name, schema in SCHEMAS.items():
        for column in schema.names:
            assert f"`{column}`" in text, f"{name}.{column}"


def test_duckdb_reads_the_families_of_near_duplicates(output):
    duckdb = pytest.importorskip("duckdb")
    found = duckdb.sql(
        f"select duplicate_of, list(id order by id), min(jaccard) from '{output}/documents/*.parquet' "
        "where duplicate_of is not null group by 1 order by 1"
    ).fetchall()
    assert len(found) == 2
    assert all(j >= 0.8 for _, _, j in found)


def test_polars_reads_it(output, kept):
    polars = pytest.importorskip("polars")
    assert polars.read_parquet(output / "corpus" / "*.parquet").height == kept


def test_pandas_reads_it(output, kept):
    pandas = pytest.importorskip("pandas")
    frame = pandas.read_parquet(output / "corpus")
    assert len(frame) == kept
    assert frame["language"].value_counts()["fr"] > 10


def test_hugging_face_datasets_finds_the_corpus_by_its_card(output, kept, tmp_path, monkeypatch):
    datasets = pytest.importorskip("datasets")
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    loaded = datasets.load_dataset(str(output), cache_dir=str(tmp_path))
    assert list(loaded) == ["train"]
    assert loaded["train"].num_rows == kept
    assert "text" in loaded["train"].column_names
