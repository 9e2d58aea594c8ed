"""cleanse as a library: lazy to import, one by one equals batched and equals a run, layers that hold."""

import ast
import dataclasses
import re
import subprocess
import sys
from pathlib import Path

import pytest

import cleanse

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


@pytest.mark.slow
def test_a_run_never_loads_prefect(seeds, tmp_path):
    code = f"import sys, cleanse; cleanse.run({str(seeds)!r}, {str(tmp_path)!r}); print('prefect' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "False\n"


def test_every_public_name_exists_and_is_documented():
    for name in cleanse.__all__:
        assert getattr(cleanse, name).__doc__, name
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        _ = cleanse.nothing


_CORE = {"documents", "errors", "spans", "text"}
LAYERS = {  # what a module or package may import of ours, besides itself
    **{key: set() for key in ("atomic_write", "documents", "errors", "tables", "text")},
    **{key: {"text"} for key in ("character_values", "function_words")},
    "portable_math": set(),
    "spans": {"documents"},
    "filters": {"documents", "quality"},
    "marks": {"spans"},
    **{key: {"errors"} for key in ("plugins", "remote")},
    "text_arrays": {"character_classes", "character_values"},
    "character_classes": {"character_values", "text"},
    "signals": {"character_classes", "character_values", "errors", "function_words", "tables", "text", "text_arrays"},
    "passages": {"character_classes", "character_values", "documents", "errors", "tables", "text", "text_arrays"},
    "quality": {"documents", "errors"},
    "personal_data": {"documents", "errors", "tables"},
    "page_kinds": {"documents", "tables", "text"},
    "rights": {"documents", "tables"},
    "hub": {"errors", "tables"},
    "export": {"atomic_write", "corpus", "errors", "tables"},
    "config": {"errors", "option_checks"},
    "option_checks": {"errors", "language"},
    "options": {"config"},
    "status": {"dedup", "documents"},
    "rewriting": {"documents", "passages", "personal_data", "spans", "text"},
    "output_commands": {"export", "report", "review"},
    "inputs": {*_CORE, "encoding", "remote"},
    "encoding": {*_CORE, "plugins"},
    "chrome": {*_CORE, "function_words", "plugins", "portable_math"},
    "language": {*_CORE, "plugins", "portable_math"},
    "html": {*_CORE, "plugins", "portable_math", "rights"},
    "dedup": {*_CORE, "atomic_write", "character_values"},
    "document_reading": {"chrome", "documents", "encoding", "errors", "html", "text"},
    "corpus": {
        "atomic_write", "dedup", "documents", "errors", "hub", "page_kinds", "passages", "personal_data", "rewriting",
        "rights",
        "signals", "tables",
    },
    "stages": {
        *_CORE, "passages", "personal_data", "rewriting", "chrome", "config", "corpus", "dedup", "document_reading", "filters", "inputs", "language", "page_kinds",
        "pipeline", "quality", "signals", "status", "tables",
    },
    "pipeline": {
        *_CORE, "__version__", "atomic_write", "character_values", "chrome", "config", "corpus", "dedup", "encoding", "html",
        "inputs", "language", "personal_data", "plugins", "remote", "report", "rewriting", "character_classes", "stages",
        "status", "tables",
    },
    "report": {*_CORE, "quality", "signals", "atomic_write", "chrome", "config", "corpus", "pipeline", "review"},
    "review": {*_CORE, "atomic_write", "chrome", "corpus", "report"},
    "api": {*_CORE, "chrome", "config", "dedup", "document_reading", "pipeline", "stages", "status"},
    "cli": {"__version__", "config", "errors", "inputs", "options", "output_commands", "pipeline", "report", "review"},
    "integrations": {*_CORE, "atomic_write", "config", "corpus", "pipeline", "remote", "report"},
    "__init__": {"api", "config", "dedup", "documents", "encoding", "errors", "language", "pipeline"},
    "__main__": {"cli"},
}  # fmt: skip


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


def test_every_module_and_package_has_a_layer():
    there = {path.stem for path in SOURCE.iterdir() if path.suffix == ".py" or (path / "__init__.py").exists()}
    assert there == set(LAYERS)


def test_stages_never_import_each_other():
    names = {path.stem for path in (SOURCE / "stages").glob("*.py")} - {"__init__"}
    for path in (SOURCE / "stages").glob("*.py"):
        imports = set(re.findall(r"from cleanse\.stages(?:\.| import )(\w+)", path.read_text(encoding="utf-8")))
        assert path.stem == "__init__" or not imports & names, path


def test_no_two_modules_have_one_name():
    names = [path.stem for path in SOURCE.rglob("*.py") if path.stem != "__init__"]
    assert sorted(names) == sorted(set(names))


def test_nothing_in_the_package_imports_prefect_but_the_integrations():
    for path in SOURCE.rglob("*.py"):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        for node in ast.walk(tree):
            names = (
                [a.name for a in node.names] if isinstance(node, ast.Import) else [getattr(node, "module", None) or ""]
            )
            assert path.parent.name == "integrations" or not any(n.split(".")[0] == "prefect" for n in names), path


def test_one_page_comes_clean_with_every_removed_span_and_its_rule():
    page = cleanse.clean("Le pont a rouvert lundi, après six mois de travaux.\n\nLaisser un commentaire\n")
    assert page.text == "Le pont a rouvert lundi, après six mois de travaux."
    assert (page.language, page.encoding) == ("fr", None)
    assert [(s.rule, s.text.strip()) for s in page.removed] == [("fr.comment-form", "Laisser un commentaire")]


@pytest.mark.parametrize("raw", [b"", b"\x00\x01\x02\xff" * 50, "\ud800", "<html>", b"%PDF-1.5 \xff", "a" * 100_000])
def test_bad_content_never_raises(raw):
    assert cleanse.clean(raw).status in ("kept", "rejected")


@pytest.mark.slow
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
    cleanse.run(
        seeds, tmp_path, cleanse.Config(workers=0, skip=("duplicates",))
    )  # which give each other what they know
    run = {
        r["id"]: (r["text"], r["title"], r["author"], r["date"], r["language"])
        for t in ("corpus", "withheld")
        for r in rows(tmp_path, t)
    }
    assert {d.id: (d.text, d.title, d.author, d.date, d.language) for d in many if d.chars_in} == {
        d.id: run[d.id] for d in many if d.chars_in
    }


def alike_pages():
    """Pages in three families of near-duplicates, a series, exact copies, and some that stand alone or empty."""
    words = ["river", "stone", "lamp", "window", "garden", "market", "letter", "winter", "bridge", "morning", "silver"]
    pages = {}
    for family in range(3):
        text = " ".join(words[(family + n * n) % len(words)] + str(n % 7 + family) for n in range(150))
        for edits in range(3):
            pages[f"family-{family}-{edits}"] = f"{text} {'and so it ends ' * edits}"
        pages[f"copy-{family}"] = text
    for day in (1, 2):
        page = f"Bulletin of the harbour, {day} May 2021: {day + 3} ships came in and {day + 5} went out. "
        pages[f"series-{day}"] = page + "The harbour office is open from nine to five on working days, as always. " * 3
    pages |= {"alone": "Nothing else is like this page about lighthouses.", "empty": " ", "short": "two words"}
    return [(f"{name}.txt", text.encode()) for name, text in sorted(pages.items())]


@pytest.mark.parametrize(("threshold", "keep"), [(0.8, "longest"), (0.5, "first"), (0.95, "newest"), (1.0, "longest")])
@pytest.mark.slow
def test_deduplicated_pages_are_what_a_run_makes_of_them(tmp_path, rows, threshold, keep):
    raws = alike_pages()
    for name, raw in raws:
        (tmp_path / "pages").mkdir(exist_ok=True)
        (tmp_path / "pages" / name).write_bytes(raw)
    pages = cleanse.deduplicate(cleanse.clean_many(raws), threshold, keep)
    cleanse.run(tmp_path / "pages", tmp_path / "out", cleanse.Config(workers=0, threshold=threshold, keep=keep))
    columns = ("id", "status", "reason", "evidence", "duplicate_of", "jaccard", "series_of", "language")
    assert [{name: getattr(page, name) for name in columns} for page in pages] == [
        {name: row[name] for name in columns} for row in rows(tmp_path / "out", "documents")
    ]
    assert {page.id: page.near_duplicates for page in pages if page.status == "kept"} == {
        row["id"]: row["near_duplicates"] for row in rows(tmp_path / "out", "corpus")
    }
    assert {"kept", "duplicate", "rejected"} == {page.status for page in pages}


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


@pytest.mark.parametrize("record", ["Config", "Document", "Span"])
def test_every_field_of_a_public_record_is_documented(record):
    kind = getattr(cleanse, record)
    documented = re.findall(r"^ {4,8}(\w+): \S.*[.,;]?$", kind.__doc__.partition("Attributes:")[2], re.MULTILINE)
    assert documented == [field.name for field in dataclasses.fields(kind)]
