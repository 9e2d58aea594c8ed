"""The flow's file, its deployment and Prefect's start-up hook, without a server. With one: test_flow_live.py."""

# ruff: noqa: ARG002, ARG005  stand-ins take what the real ones take

import dataclasses
import importlib.util
import json
import logging
import os
import subprocess
import sys
from types import SimpleNamespace

import pytest
import yaml

from cleanse import config
from cleanse.report.summary import largest_clusters, summary
from conftest import ROOT

QUIET = {"DO_NOT_TRACK": "1", "PREFECT_SERVER_ANALYTICS_ENABLED": "false", "PREFECT_LOGGING_LEVEL": "ERROR"}


@pytest.fixture(scope="module")
def corpus(tmp_path_factory):
    """The module flows/corpus.py; Prefect's own files go to a temporary folder."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in {**QUIET, "PREFECT_HOME": str(tmp_path_factory.mktemp("prefect"))}.items():
            patch.setenv(name, value)
        spec = importlib.util.spec_from_file_location("flow_under_test", ROOT / "flows" / "corpus.py")
        module = importlib.util.module_from_spec(spec)
        sys.modules[spec.name] = module
        spec.loader.exec_module(module)
        yield module
        del sys.modules[spec.name]


@pytest.fixture(scope="module")
def hook(corpus):
    from cleanse.integrations import prefect_cli

    return prefect_cli


def test_the_flows_parameters_are_the_settings_with_their_defaults_choices_and_words(corpus):
    parameters = corpus.cleanse_corpus.parameters.properties
    settings = {f.name: f for f in dataclasses.fields(config.Config)}
    assert set(parameters) == {"input", "output", *settings, "cluster", "batches"}
    for name, setting in settings.items():
        shown = parameters[name]
        default = list(setting.default) if setting.default == () else setting.default
        assert shown["default"] == default, name
        assert shown["description"] == setting.metadata["help"], name
        choices = setting.metadata.get("choices")
        assert (shown.get("enum") or shown.get("items", {}).get("enum")) == (list(choices) if choices else None), name
    assert all(shown["description"] and shown["type" if "type" in shown else "anyOf"] for shown in parameters.values())


def test_a_run_with_its_defaults_reads_the_seeds(corpus):
    parameters = corpus.cleanse_corpus.parameters.properties
    assert (ROOT / parameters["input"]["default"]).is_dir()
    assert corpus.cleanse_corpus.name == "cleanse"


def test_the_deployment_names_a_flow_that_is_there_and_a_pool_of_processes(corpus):
    described = yaml.safe_load((ROOT / "prefect.yaml").read_text())
    (deployment,) = described["deployments"]
    path, name = deployment["entrypoint"].split(":")
    assert deployment["name"] == "cleanse"
    assert (ROOT / path).name == "corpus.py"
    assert getattr(corpus, name) is corpus.cleanse_corpus
    assert deployment["work_pool"]["name"] == "cleanse"


def test_what_is_dealt_to_batches_comes_back_in_its_order(corpus):
    from cleanse.integrations.task_executor import _weave

    items = list(range(11))
    for n in range(1, 12):
        assert _weave([items[i::n] for i in range(n)]) == items


def test_only_what_may_pass_is_tried_again(corpus):
    from cleanse.integrations.prefect_tasks import _may_pass

    def ended_with(error):
        return SimpleNamespace(result=lambda raise_on_failure: error)

    assert _may_pass(None, None, ended_with(TimeoutError("disk away")))
    assert not _may_pass(None, None, ended_with(KeyError("a bug")))


@pytest.mark.slow
def test_the_command_line_works_where_prefect_cannot_be_imported(tmp_path):
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a.txt").write_text("Une page.\n")
    code = "import sys; sys.modules['prefect'] = None; from cleanse.cli import main; sys.exit(main(sys.argv[1:]))"
    done = subprocess.run([sys.executable, "-c", code, str(tmp_path / "in"), str(tmp_path / "out"), "-q"], check=False)
    assert done.returncode == 0
    assert (tmp_path / "out" / "manifest.json").exists()


# -- the hook for the deployment's bare name --------------------------------------------------------------------------


class Client:
    """As much of Prefect's client as the hook touches."""

    def __init__(self, *names):
        self.names = names

    async def read_deployment_by_name(self, name):
        return name

    async def read_deployments(self, *, deployment_filter=None, limit=None):
        return [SimpleNamespace(name=name.split("/")[1], flow_id=name.split("/")[0]) for name in self.names]

    async def read_flow(self, flow_id):
        return SimpleNamespace(name=flow_id)


def asked(hook, name, *names):
    import asyncio

    client = type("Wrapped", (Client,), {})
    hook.take_bare_names(client)
    return asyncio.run(client(*names).read_deployment_by_name(name))


def test_a_bare_name_is_spelt_out_and_a_full_one_left_alone(hook):
    assert asked(hook, "nightly", "cleanse/nightly") == "cleanse/nightly"
    assert asked(hook, "other/nightly", "cleanse/nightly") == "other/nightly"
    assert asked(hook, "unknown") == "unknown/unknown"  # Prefect says that there is none


def test_a_bare_name_of_several_deployments_ends_with_their_full_names(hook):
    with pytest.raises(SystemExit, match=r"cleanse/nightly, other/nightly"):
        asked(hook, "nightly", "other/nightly", "cleanse/nightly")


def test_a_prefect_that_has_changed_is_left_as_it_is_with_a_line_that_names_the_long_spelling(
    hook, monkeypatch, caplog
):
    from prefect.client import orchestration

    class Changed(Client):
        async def read_deployment_by_name(self, name, version):
            return name

    before = Changed.read_deployment_by_name
    monkeypatch.setattr(orchestration, "PrefectClient", Changed)
    monkeypatch.setattr(sys, "argv", ["prefect", "deployment", "run", "cleanse"])
    with caplog.at_level(logging.WARNING):
        hook.setup_environment(ctx=SimpleNamespace(prefect_version="9.9", logger_factory=logging.getLogger))
    assert Changed.read_deployment_by_name is before
    assert "prefect deployment run cleanse/cleanse" in caplog.text


def test_the_hook_does_nothing_for_other_commands(hook, monkeypatch):
    from prefect.client import orchestration

    monkeypatch.setattr(orchestration, "PrefectClient", Client)
    monkeypatch.setattr(sys, "argv", ["prefect", "worker", "start"])
    before = Client.read_deployment_by_name
    hook.setup_environment(ctx=None)
    assert Client.read_deployment_by_name is before


def test_prefects_real_client_is_as_the_hook_expects(hook):
    from prefect.client.orchestration import PrefectClient

    hook.take_bare_names(type("Wrapped", (PrefectClient,), {}))


# -- what a person sees of a finished run -----------------------------------------------------------------------------


@pytest.fixture(scope="module")
def output(tmp_path_factory):
    import cleanse

    folder = tmp_path_factory.mktemp("summary")
    (folder / "in").mkdir()
    story = (
        "The ferry left the harbour at six with forty people, two dogs and a piano. Nobody played it on the way out. "
    )
    for n in range(4):
        (folder / "in" / f"copy|{n}.txt").write_text(story * 6 + f"\n\nIt was number {n}.\n" * (n > 0))
    (folder / "in" / "other.txt").write_text("Die Fähre blieb an diesem Tag im Hafen, weil der Sturm zu stark war.\n")
    cleanse.run(folder / "in", folder / "out", cleanse.Config(series_guard=False, workers=1))
    return folder / "out"


def test_the_summary_shows_the_funnel_languages_the_digest_and_where_the_report_lies(output):
    manifest = json.loads((output / "manifest.json").read_text())
    text = summary(output, manifest)
    assert "# 2 of 5 documents kept" in text
    assert "| duplicate | 3 |" in text
    assert "| de | 1 |" in text
    assert manifest["digest"] in text
    assert os.fspath(output / "report.html") in text


def test_a_rules_name_cannot_break_out_of_its_cell(output):
    manifest = json.loads((output / "manifest.json").read_text()) | {"rules": {"a|b\nc": 3}}
    assert "| a\\|b c | 3 |" in summary(output, manifest)


def test_the_largest_clusters_name_the_kept_document_and_some_that_it_stands_for(output):
    (row,) = largest_clusters(output)
    assert row["near-duplicates"] == 3
    assert row["kept"].startswith("copy|")
    assert row["such as"].count("copy|") == 3
    assert 0.8 <= row["least Jaccard"] <= 1
