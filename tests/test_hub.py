"""What the Hub reads: every table is a configuration that loads, and the Croissant file is valid."""

import json

import pyarrow.parquet as pq
import pytest

import cleanse
from cleanse.corpus.columns import COLUMNS
from cleanse.hub import TableFacts, describe_configs, describe_croissant


@pytest.fixture(scope="module")
def output(seeds, tmp_path_factory):
    """A finished run on the seeds."""
    folder = tmp_path_factory.mktemp("hub") / "out"
    cleanse.run(str(seeds), str(folder))
    return folder


def facts_of(output):
    facts = {}
    for name, columns in COLUMNS.items():
        paths = sorted((output / name).glob("part-*.parquet"))
        if not paths:  # a table that this run was not asked for
            continue
        tables = [pq.read_table(path) for path in paths]
        facts[name] = TableFacts(
            columns,
            sum(t.num_rows for t in tables),
            sum(t.nbytes for t in tables),
            sum(p.stat().st_size for p in paths),
        )
    return facts


@pytest.mark.slow
def test_every_table_is_a_configuration_that_loads_with_its_columns(output, tmp_path):
    datasets = pytest.importorskip("datasets")
    header = "\n".join(["---", *describe_configs(facts_of(output)), "---", ""])
    (output / "README.md").write_text(header, encoding="utf-8")
    for name in facts_of(output):
        config = "default" if name == "corpus" else name
        loaded = datasets.load_dataset(str(output), config, split="train", cache_dir=str(tmp_path))
        assert loaded.column_names == [column.name for column in COLUMNS[name]]
        assert loaded.num_rows == facts_of(output)[name].rows
    default = datasets.load_dataset(str(output), split="train", cache_dir=str(tmp_path))
    assert default.column_names == [column.name for column in COLUMNS["corpus"]]


def test_a_table_without_rows_is_no_configuration():
    assert describe_configs({"corpus": TableFacts(COLUMNS["corpus"], 0, 0, 0)}) == []


def test_the_croissant_file_names_every_table_and_column(output):
    manifest = json.loads((output / "manifest.json").read_bytes())
    croissant = describe_croissant(manifest, facts_of(output))
    fields = {field["@id"] for records in croissant["recordSet"] for field in records["field"]}
    assert fields == {f"{name}/{column.name}" for name in facts_of(output) for column in COLUMNS[name]}
    assert croissant["identifier"] == manifest["digest"]
    assert any("Jaccard" in step for step in croissant["rai:dataPreprocessingProtocol"])


def test_the_croissant_file_is_valid(output, tmp_path):
    import mlcroissant

    manifest = json.loads((output / "manifest.json").read_bytes())
    path = tmp_path / "croissant.json"
    path.write_text(json.dumps(describe_croissant(manifest, facts_of(output))), encoding="utf-8")
    metadata = mlcroissant.Dataset(jsonld=path).metadata
    assert metadata.issues.errors == set()
    assert all("citeAs" in warning for warning in metadata.issues.warnings)  # nobody can cite it before it is published
