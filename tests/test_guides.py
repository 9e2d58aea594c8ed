"""The tutorial and the guides: every block of code on them runs as it stands, in order, on the seeds."""

import importlib.util
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from cleanse.corpus import read_manifest
from cleanse.report.commands import next_commands, run_command

pytestmark = pytest.mark.slow
DOCS = Path(__file__).parents[1] / "docs"
PAGES = [DOCS / "tutorial.md", *sorted((DOCS / "guides").glob("*.md"))]
NEEDS = re.compile(r"^\s*(?:import|from) (duckdb|pandas|polars|datasets|prefect)\b", re.MULTILINE)
BLOCK = re.compile(r"^```(bash|python)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\]\(([^)#:]+)(?:#[^)]*)?\)")


def environment(folder):
    """The commands of this Python first in the path; Prefect's own files in the folder, its server for this run alone."""
    scripts = folder / "bin"
    if not scripts.exists():
        scripts.mkdir()
        for name, module in (("cleanse", "-m cleanse"), ("python", "")):
            (scripts / name).write_text(f'#!/bin/sh\nexec "{sys.executable}" {module} "$@"\n')
            (scripts / name).chmod(0o755)
    return os.environ | {
        "PATH": f"{scripts}{os.pathsep}{os.environ['PATH']}",
        "PREFECT_HOME": str(folder / "prefect"),
        "PREFECT_SERVER_ALLOW_EPHEMERAL_MODE": "true",
        "PREFECT_API_URL": "",
        "PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS": "120",
        "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
        "DO_NOT_TRACK": "1",
        "HF_HOME": str(folder / "hf"),
        "HF_HUB_OFFLINE": "1",
    }


def run(language, code, folder):
    if language == "python":
        (folder / "block.py").write_text(code)
        command = [sys.executable, "block.py"]
    else:
        command = ["bash", "-euo", "pipefail", "-c", code]
    done = subprocess.run(
        command, cwd=folder, env=environment(folder), capture_output=True, text=True, timeout=600, check=False
    )
    assert done.returncode == 0, f"{code}\n{done.stdout}\n{done.stderr}"
    return done.stdout + done.stderr


@pytest.fixture(scope="module")
def place(tmp_path_factory, seeds):
    """A folder with seeds/ and the output of a run on them, as the tutorial makes it."""
    folder = tmp_path_factory.mktemp("guides")
    shutil.copytree(seeds, folder / "seeds")
    run("bash", "cleanse seeds/ out/ -q", folder)
    return folder


WITHOUT_BLOCKS = {"flow", "scale"}  # their commands need a server or a cluster, and are run in test_flow_live.py


@pytest.mark.parametrize(
    "page", [page for page in PAGES if page.stem not in WITHOUT_BLOCKS], ids=lambda path: path.stem
)
def test_every_block_on_a_page_runs(page, place):
    text = page.read_text()
    blocks = BLOCK.findall(text)
    assert blocks
    for name in sorted(set(NEEDS.findall(text))):
        if importlib.util.find_spec(name) is None:
            pytest.skip(f"needs {name}: pip install {name}")
    for language, code in blocks:
        run(language, code, place)


@pytest.mark.parametrize("page", PAGES, ids=lambda path: path.stem)
def test_every_link_on_a_page_leads_somewhere(page):
    for target in LINK.findall(page.read_text()):
        assert (page.parent / target).exists(), target


def test_the_commands_at_the_end_of_a_run_work_as_they_stand(place):
    commands = dict(next_commands(place / "out"))
    assert commands["look at it"].endswith("report.html")
    assert "◂" in run("bash", commands["ask why"], place)
    assert "fr-cp1252.txt" in run("bash", commands["load it"], place)


def test_the_command_in_the_report_makes_the_corpus_again(place):
    run(
        "bash",
        "cleanse seeds/ once/ -q -t 0.7 --min-words 5 --without fr.share --without en. --no-series-guard --chrome careful",
        place,
    )
    manifest = read_manifest(place / "once")
    command = run_command(manifest, "again")
    assert command in (place / "once" / "report.html").read_text().replace("once", "again")
    run("bash", command + " -q", place)
    assert read_manifest(place / "again")["digest"] == manifest["digest"]
