"""docs/development/adding.md: every recipe, applied to a copy of the package, does what it says with the files it names."""

import ast
import json
import os
import re
import shutil
import subprocess
import sys

import pytest

from conftest import ROOT

PAGE = (ROOT / "docs" / "development" / "adding.md").read_text(encoding="utf-8")
BLOCK = re.compile(r'^```(\w+) title="([^"]+)"\n(.*?)^```$', re.MULTILINE | re.DOTALL)
RECIPES = {
    title: BLOCK.findall(text)
    for title, text in re.findall(r"^## (.*?)\n(.*?)(?=^## |\Z)", PAGE, re.MULTILINE | re.DOTALL)
}
pytestmark = pytest.mark.slow
TEXT = "The mill on the river was opened again on Saturday, after two years of work by its many neighbours and friends."


def apply(tree, recipe):
    """Write new files, add rules to files of rules, and change the lines of files as a `diff` says."""
    for language, name, content in RECIPES[recipe]:
        path = tree / name
        if language == "python":
            path.write_text(content, encoding="utf-8")
        elif language == "toml":
            path.write_text(path.read_text(encoding="utf-8") + content, encoding="utf-8")
        else:
            lines = content.removesuffix("\n").split("\n")
            before = "\n".join(line[1:] for line in lines if line[:1] != "+")
            after = "\n".join(line[1:] for line in lines if line[:1] != "-")
            text = path.read_text(encoding="utf-8")
            assert text.count(before) == 1, f"{name} holds this {text.count(before)} times, not once:\n{before}"
            path.write_text(text.replace(before, after), encoding="utf-8")


@pytest.fixture
def patched(tmp_path):
    """Return a function that applies a recipe to a copy of the package, and one that runs code with that copy."""
    shutil.copytree(ROOT / "src", tmp_path / "src", ignore=shutil.ignore_patterns("__pycache__", "*.egg-info"))
    shutil.copytree(ROOT / "docs", tmp_path / "docs", ignore=shutil.ignore_patterns("images"))
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "mill.txt").write_text(TEXT, encoding="utf-8")
    environment = {**os.environ, "PYTHONPATH": str(tmp_path / "src")}

    def start(recipe):
        apply(tmp_path, recipe)
        return run

    def run(*arguments):
        command = [sys.executable, *map(str, arguments)]
        done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        return done.stdout

    return start


def documents(folder, rows):
    return {row["id"]: row for row in rows(folder / "out", "documents")}


def test_the_table_counts_the_files_of_each_recipe():
    table = dict(re.findall(r"^\| \[[^\]]+\]\(#([\w-]+)\) \| (.*?) \|$", PAGE, re.MULTILINE))
    for title, blocks in RECIPES.items():
        files = {name for _, name, _ in blocks}
        if files and title != "Another shingle size":  # it names further files in its lines
            assert int(table[title.lower().replace(" ", "-")].split(";")[0]) == len(files), title


def test_a_rule(patched, tmp_path, rows):
    (tmp_path / "in" / "mill.txt").write_text(f"{TEXT}\n\nWeather for your postcode\n", encoding="utf-8")
    patched("A rule")("-m", "cleanse", "in", "out", "-q", "-j", "0")
    assert "en.weather-widget" in {row["rule"] for row in rows(tmp_path / "out", "removed")}


def test_a_limit_on_a_signal(patched, tmp_path, rows):
    (tmp_path / "in" / "long.txt").write_text("Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbau " * 30)
    patched("A limit on a signal")("-m", "cleanse", "in", "out", "-q", "-j", "0", "--filter", "wide")
    evidence = documents(tmp_path, rows)["long.txt"]["evidence"]
    assert "far-too-long-words" in evidence
    assert documents(tmp_path, rows)["mill.txt"]["status"] == "kept"


def test_an_option_is_on_the_command_line_in_toml_in_the_reference_and_in_the_form_of_prefect(patched, tmp_path, rows):
    pytest.importorskip("prefect", reason="needs Prefect: pip install 'cleanse-corpus[flow]'")
    (tmp_path / "in" / "mill.txt").unlink()
    lines = [json.dumps({"text": f"{TEXT} It was number {n}."}) for n in range(5)]
    (tmp_path / "in" / "a.jsonl").write_text("\n".join(lines), encoding="utf-8")
    run = patched("An option")
    assert "--first N" in run("-m", "cleanse", "--help")
    run("-m", "cleanse", "in", "out", "-q", "-j", "0", "--first", "3")
    assert len(documents(tmp_path, rows)) == 3
    (tmp_path / "c.toml").write_text("first = 2\n")
    run("-m", "cleanse", "in", "out", "-q", "-j", "0", "-c", "c.toml")
    assert len(documents(tmp_path, rows)) == 2
    run("docs/make_reference.py")
    assert "`--first` `N`" in (tmp_path / "docs" / "reference" / "cli.md").read_text(encoding="utf-8")
    form = (
        "from cleanse.integrations.prefect_flow import cleanse_corpus as f; print('first' in f.parameters.properties)"
    )
    assert run("-c", form) == "True\n"


def test_a_detector(patched, tmp_path, rows):
    greek = (
        "Το σχολείο του χωριού άνοιξε ξανά το Σάββατο μετά από δύο χρόνια εργασιών από τους γείτονες και τους φίλους. "
    )
    (tmp_path / "in" / "greek.txt").write_text(greek * 3, encoding="utf-8")
    patched("A detector")("-m", "cleanse", "in", "out", "-q", "-j", "0", "--detector", "greek_only")
    languages = {name: row["language"] for name, row in documents(tmp_path, rows).items()}
    assert languages == {"greek.txt": "el", "mill.txt": "und"}


def test_a_format(patched, tmp_path, rows):
    message = (
        "From a@example.org Sat Jan  3 01:05:34 1998\nFrom: Ann Example <a@example.org>\nSubject: Mill {}\n\n" + TEXT
    )
    (tmp_path / "in" / "post.mbox").write_text("".join(message.format(n) + f" Number {n}.\n\n" for n in (1, 2)))
    patched("A format")("-m", "cleanse", "in", "out", "-q", "-j", "0", "--skip", "duplicates")
    titles = {row["id"]: row["title"] for row in rows(tmp_path / "out", "corpus")}
    assert titles["post.mbox#1"] == "Mill 1"
    assert titles["post.mbox#2"] == "Mill 2"


def test_a_report_section(patched, tmp_path):
    patched("A report section")("-m", "cleanse", "in", "out", "-q", "-j", "0")
    assert "Read from in; none is the rule" in (tmp_path / "out" / "report.html").read_text(encoding="utf-8")


def test_a_column_is_in_the_table_and_in_the_reference(patched, tmp_path, rows):
    (tmp_path / "in" / "page.html").write_text(f"<html><body><p>{TEXT}</p></body></html>")
    run = patched("A column")
    run("-m", "cleanse", "in", "out", "-q", "-j", "0", "--skip", "duplicates")
    assert documents(tmp_path, rows)["page.html"]["taken_for"] == "html"
    run("docs/make_reference.py")
    assert "| `taken_for` |" in (tmp_path / "docs" / "reference" / "output.md").read_text(encoding="utf-8")


def test_a_filter(patched, tmp_path, rows):
    (tmp_path / "in" / "short.txt").write_text("The harbour of the old town is quiet in winter.")
    patched("A filter")("-m", "cleanse", "in", "out", "-q", "-j", "0", "--max-words", "15")
    filtered = {name: (row["reason"], row["evidence"]) for name, row in documents(tmp_path, rows).items()}
    assert filtered["mill.txt"] == ("max-words", "21 words; at most 15 wanted")
    assert filtered["short.txt"] == (None, None)


def test_a_stage_is_cached_timed_and_in_the_table_of_stages(patched, tmp_path, manifest, rows):
    (tmp_path / "in" / "mill.txt").write_text(f"{TEXT} Who would have thought it? Not we.", encoding="utf-8")
    run = patched("A stage")
    run("-m", "cleanse", "in", "out", "-q", "-j", "0")
    assert documents(tmp_path, rows)["mill.txt"]["questions"] == 1
    assert "questions" in manifest(tmp_path / "out")["seconds"]
    assert len(list((tmp_path / "out" / ".cleanse" / "questions").glob("*.parquet"))) == 1
    run("docs/make_reference.py")
    assert "| `questions` | count questions |" in (tmp_path / "docs/development/architecture.md").read_text("utf-8")


def test_another_shingle_size_changes_what_is_compared_and_nothing_is_taken_up(patched, tmp_path, rows):
    words = [f"word{n}" for n in range(100)]
    (tmp_path / "in" / "a.txt").write_text(" ".join(words))
    (tmp_path / "in" / "b.txt").write_text(" ".join([*words, "more"]))
    command = ("-m", "cleanse", "in", "out", "-q", "-j", "0", "--no-series-guard")
    subprocess.run([sys.executable, *command], cwd=tmp_path, check=True)
    assert documents(tmp_path, rows)["a.txt"]["jaccard"] == 96 / 97
    patched("Another shingle size")(*command)
    assert documents(tmp_path, rows)["a.txt"]["jaccard"] == 97 / 98


def test_the_size_of_a_shingle_is_named_to_users_by_the_files_of_the_recipe():
    files = set()
    for path in (ROOT / "src").rglob("*.py"):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        docstrings = {
            id(node.body[0].value)
            for node in ast.walk(tree)
            if isinstance(node, (ast.Module, ast.ClassDef, ast.FunctionDef)) and isinstance(node.body[0], ast.Expr)
        }
        if any(
            isinstance(node, ast.Constant) and isinstance(node.value, str) and "5-gram" in node.value
            for node in ast.walk(tree)
            if id(node) not in docstrings
        ):
            files.add(path.relative_to(ROOT / "src" / "cleanse").as_posix())
    assert files == {"corpus/card.py", "hub/croissant.py"}


def test_the_time_limit_stands_in_the_files_that_the_recipe_names():
    for option in ("time_limit", "memory_limit"):
        files = {
            path.relative_to(ROOT / "src" / "cleanse").as_posix()
            for path in (ROOT / "src").rglob("*.py")
            if re.search(rf"\b{option}\b", path.read_text(encoding="utf-8"))
        }
        assert files <= {"config.py", "pipeline/runner.py", "api.py", "pipeline/limits.py"}


DEEP = """
def detect(text):
    return ("en", 1.0) if go_down(500) else ("und", 0.0)

def go_down(depth):
    return depth == 0 or go_down(depth - 1)
"""


def test_a_limit_on_what_a_document_may_cost(patched, tmp_path, rows):
    (tmp_path / "src" / "deep.py").write_text(DEEP)
    run = patched("A limit on what a document may cost")
    for limit, language in ((1000, "en"), (450, "und")):
        out = f"out-{limit}"
        run("-m", "cleanse", "in", out, "-q", "-j", "0", "--detector", "deep:detect", "--depth-limit", limit)
        assert rows(tmp_path / out, "documents")[0]["language"] == language


def test_a_masking_step(patched, tmp_path, rows):
    text = f"{TEXT} The story of the mill is told in ISBN 978-3-16-148410-0, by one of them."
    (tmp_path / "in" / "mill.txt").write_text(text, encoding="utf-8")
    patched("A masking step")("-m", "cleanse", "in", "out", "-q", "-j", "0", "--mask-isbn")
    (kept,) = rows(tmp_path / "out", "corpus")
    assert kept["text"] == text.replace("978-3-16-148410-0", "[isbn]")
    (span,) = rows(tmp_path / "out", "removed")
    assert (span["text"], span["rule"]) == ("978-3-16-148410-0", "pii.isbn")


def test_the_files_that_a_recipe_names_are_there():
    package = ROOT / "src" / "cleanse"
    names = set(re.findall(r"`(?:src/cleanse/)?([\w/]+\.(?:py|html))`", PAGE)) - {
        "docs/make_reference.py",
        "tests/test_adding.py",
    }
    assert len(names) > 15
    for name in names:
        assert (package / name).exists() or (ROOT / name).exists() or list(package.rglob(name)), name
