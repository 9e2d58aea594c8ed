"""cleanse as a library: lazy to import, one by one equals batched and equals a run, layers that hold."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import cleanse
from cleanse.pipeline import versions

SOURCE = Path(cleanse.__file__).parent
HEAVY = (
    "prefect",
    "datasketch",
    "trafilatura",
    "langdetect",
    "py3langid",
    "ftfy",
    "chardet",
    "pyarrow",
    "numpy",
    "rich",
)


def test_importing_cleanse_loads_nothing_heavy():
    code = f"import sys, cleanse; print([m for m in {HEAVY!r} if m in sys.modules])"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "[]\n"


def test_a_run_never_loads_prefect(seeds, tmp_path):
    code = f"import sys, cleanse; cleanse.run({str(seeds)!r}, {str(tmp_path)!r}); print('prefect' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "False\n"


def test_every_public_name_exists_and_is_documented():
    for name in cleanse.__all__:
        assert getattr(cleanse, name).__doc__, name
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        _ = cleanse.nothing


LAYERS = {  # what a module or package may import of ours, besides itself
    "documents": set(),
    "errors": set(),
    "atomic_write": set(),
    "text": set(),
    "character_values": {"text"},
    "spans": {"documents"},
    "inputs": {"documents", "encoding", "errors"},
    **{name: {"documents", "errors", "spans"} for name in ("encoding", "html", "chrome", "language")},
    "dedup": {"documents", "errors", "spans", "atomic_write", "character_values", "text"},
    "config": {"errors", "language"},
    "corpus": {"__version__", "atomic_write", "dedup", "documents", "errors", "spans"},
    "report": {
        "__version__",
        "chrome",
        "config",
        "corpus",
        "dedup",
        "documents",
        "errors",
        "pipeline",
        "review",
        "spans",
    },
    "review": {"chrome", "corpus", "errors", "report", "spans"},
    "integrations": set(),
}


def imports_of(path):
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module == "cleanse":
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and (node.module or "").startswith("cleanse."):
            yield node.module.split(".")[1]
        elif isinstance(node, ast.Import):
            yield from (a.name.split(".")[1] for a in node.names if a.name.startswith("cleanse."))


@pytest.mark.parametrize("layer", LAYERS)
def test_a_stage_imports_only_the_vocabulary_below_it(layer):
    home = SOURCE / layer
    files = home.rglob("*.py") if home.is_dir() else [home.with_suffix(".py")]
    for path in files:
        assert set(imports_of(path)) - {layer} <= LAYERS[layer], path


NO_RESULT = {  # what may change without any staged result being another
    "__init__.py", "__main__.py", "api.py", "atomic_write.py", "cli.py", "config.py", "documents.py", "errors.py",
    "integrations", "marks.py", "pipeline", "report", "review", "stages",
}  # fmt: skip


def test_every_module_is_among_those_that_name_staged_results_or_changes_none():
    named = {name.split("/")[0] for several in versions._CODE.values() for name in several} - {"pipeline", "stages"}
    there = {path.name for path in SOURCE.iterdir() if path.suffix == ".py" or (path / "__init__.py").exists()}
    assert named | NO_RESULT == there
    assert not named & NO_RESULT


def test_nothing_in_the_package_imports_prefect_but_its_hook():
    for path in SOURCE.rglob("*.py"):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        for node in ast.walk(tree):
            names = (
                [a.name for a in node.names] if isinstance(node, ast.Import) else [getattr(node, "module", None) or ""]
            )
            assert path.name == "prefect_cli.py" or not any(n.split(".")[0] == "prefect" for n in names), path


def test_one_page_comes_clean_with_every_removed_span_and_its_rule():
    page = cleanse.clean("Le pont a rouvert lundi, après six mois de travaux.\n\nLaisser un commentaire\n")
    assert page.text == "Le pont a rouvert lundi, après six mois de travaux."
    assert (page.language, page.encoding) == ("fr", None)
    assert [(s.rule, s.text.strip()) for s in page.removed] == [("fr.comment-form", "Laisser un commentaire")]


@pytest.mark.parametrize("raw", [b"", b"\x00\x01\x02\xff" * 50, "\ud800", "<html>", b"%PDF-1.5 \xff", "a" * 100_000])
def test_bad_content_never_raises(raw):
    assert cleanse.clean(raw).status in ("kept", "rejected")


def test_one_by_one_equals_many_equals_a_run(seeds, tmp_path, rows):
    paths = sorted(p for p in seeds.rglob("*") if p.suffix in (".txt", ".html"))
    raws = [(p.name, p.read_bytes()) for p in paths]
    one_by_one = [cleanse.clean(raw) for _, raw in raws]
    many = list(cleanse.clean_many(raws, workers=2))
    assert [m.id for m in many] == [name for name, _ in raws]
    facts = [
        (d.text, d.title, d.author, d.date, d.language, d.language_confidence, d.removed, d.repairs) for d in one_by_one
    ]
    assert facts == [
        (d.text, d.title, d.author, d.date, d.language, d.language_confidence, d.removed, d.repairs) for d in many
    ]
    cleanse.run(seeds, tmp_path)
    run = {
        r["id"]: (r["text"], r["title"], r["author"], r["date"], r["language"])
        for t in ("corpus", "withheld")
        for r in rows(tmp_path, t)
    }
    assert {d.id: (d.text, d.title, d.author, d.date, d.language) for d in many if d.chars_in} == {
        d.id: run[d.id] for d in many if d.chars_in
    }


def test_ids_are_counted_where_none_are_given():
    assert [d.id for d in cleanse.clean_many(["un texte", b"deux textes"])] == ["1", "2"]


def test_near_duplicates_name_their_kept_twin():
    words = " ".join(f"mot{n}" for n in range(100))
    pages = cleanse.deduplicate(
        cleanse.clean_many([words, words + " et la fin", "tout autre chose"]), series_guard=False
    )
    assert [p.duplicate_of for p in pages] == ["2", None, None]
    assert pages[0].jaccard == pytest.approx(96 / 99)
    assert pages[1].near_duplicates == 1


def test_each_step_is_a_function_of_its_own():
    decoded = cleanse.decode("café noir".encode("cp1252"))
    assert (decoded.text, decoded.rejected) == ("café noir", None)
    repaired = cleanse.repair("un cafÃ© noir")
    assert repaired.text == "un café noir"
    assert repaired.repairs
    sentence = "Le pont a rouvert lundi, après six mois de travaux."
    assert cleanse.strip_chrome(f"{sentence}\n\nLaisser un commentaire").text == sentence
    told = cleanse.detect_language("Il pleuvait depuis trois jours sur la vallée, et personne ne sortait plus.")
    assert told.code == "fr"
    assert 0.5 < told.confidence <= 1
    assert told.shares["fr"] > 0.5


def test_cleaning_a_cleaned_seed_changes_nothing(seeds):
    for path in sorted(seeds.rglob("*.txt")):
        once = cleanse.clean(path.read_bytes())
        if once.text:
            twice = cleanse.clean(once.text, kind="text")
            assert twice.text == once.text, path.name
