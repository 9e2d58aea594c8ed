"""The command line: exit codes, messages that mend, bad input of every kind."""

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import fields

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from cleanse import Config
from cleanse.cli import main, run_parser
from cleanse.options import flags_of, help_of, option_table
from conftest import ROOT


def cli(*args, **kwargs):
    command = [sys.executable, "-m", "cleanse", *map(os.fspath, args)]
    return subprocess.run(command, capture_output=True, text=True, check=False, **kwargs)


@pytest.fixture
def page(tmp_path):
    path = tmp_path / "in" / "page.txt"
    path.parent.mkdir()
    path.write_text(
        "Le marché a rouvert ses portes samedi matin, après deux ans de travaux.\n\nLaisser un commentaire\n"
    )
    return path


def refused(capsys, *args):
    assert main([os.fspath(a) for a in args]) == 1
    message = capsys.readouterr().err
    assert message.startswith("cleanse: ")
    assert message.count("\n") == 1
    return message


def test_a_run_writes_the_output_and_says_what_it_came_to(page, tmp_path):
    done = cli(page.parent, tmp_path / "out")
    assert done.returncode == 0
    assert done.stdout == ""
    for word in ("read", "kept", "digest", "report.html", "explain", "slowest step"):
        assert word in done.stderr
    for name in ("corpus", "documents", "removed", "manifest.json", "report.html", "README.md"):
        assert (tmp_path / "out" / name).exists()


@pytest.mark.slow
def test_quiet_says_nothing(page, tmp_path):
    done = cli(page.parent, tmp_path / "out", "-q")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_the_version_is_printed():
    assert cli("--version").stdout.startswith("cleanse 0.")


def test_wrong_usage_ends_with_2(page):
    assert cli(page).returncode == 2
    assert cli(page, "out", "--keep", "best").returncode == 2


def test_the_help_names_every_option_with_what_it_does():
    text = "".join(run_parser().format_help().split())  # lines may break at a hyphen
    for option in fields(Config):
        for flag in flags_of(option):
            assert flag in text, option.name
        assert "".join(help_of(option).split()) in text, option.name


def test_the_reference_of_options_is_what_the_declarations_say():
    written = (ROOT / "docs" / "reference" / "cli.md").read_text(encoding="utf-8")
    assert option_table() in written, "run: python docs/make_reference.py"


def test_a_missing_input_is_one_clear_line(capsys, tmp_path):
    assert "does not exist" in refused(capsys, tmp_path / "no", tmp_path / "out")


def test_output_inside_input_is_refused(capsys, page):
    assert "lies inside INPUT" in refused(capsys, page.parent, page.parent / "out")
    assert "lies inside INPUT" in refused(capsys, page.parent, page.parent)


def test_an_input_that_the_output_would_replace_is_refused(capsys, page, tmp_path):
    corpus = tmp_path / "out" / "corpus"
    corpus.mkdir(parents=True)
    assert "replaces" in refused(capsys, corpus, tmp_path / "out")


def test_a_foreign_file_is_not_overwritten(capsys, page, tmp_path):
    for name, content in (("README.md", b"# mine"), ("manifest.json", b"{}"), ("corpus/part-00000.parquet", b"x")):
        path = tmp_path / name.replace("/", "_") / name
        path.parent.mkdir(parents=True)
        path.write_bytes(content)
        assert "was not written by cleanse" in refused(capsys, page.parent, tmp_path / name.replace("/", "_"))
        assert path.read_bytes() == content


def test_an_output_that_is_a_file_is_refused(capsys, page, tmp_path):
    (tmp_path / "out").write_text("x")
    assert "is a file" in refused(capsys, page.parent, tmp_path / "out")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_an_output_without_permission_is_refused(capsys, page, tmp_path):
    (tmp_path / "ro").mkdir(mode=0o500)
    assert "cannot be written" in refused(capsys, page.parent, tmp_path / "ro" / "out")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_an_unreadable_file_is_a_row(page, tmp_path, rows):
    page.chmod(0)
    main([str(page.parent), str(tmp_path / "out"), "-q", "-j", "0"])
    assert rows(tmp_path / "out", "documents")[0]["reason"] == "unreadable"


@pytest.mark.parametrize(
    ("option", "value", "message"),
    [
        ("-t", "1.5", "threshold = 1.5"),
        ("-t", "0", "threshold = 0"),
        ("-j", "-1", "workers = -1"),
        ("--min-words", "-1", "min_words = -1"),
        ("-l", "klingon", "language = 'klingon'"),
        ("--detector", "fasttest", "detector = 'fasttest'"),
        ("--extractor", "trafilatura2", "extractor = 'trafilatura2'"),
        ("--rules", "nowhere.toml", "rules = 'nowhere.toml'"),
        ("--without", "fr.comment-from", "fr.comment-form"),
        ("-c", "nowhere.toml", "config = 'nowhere.toml'"),
    ],
)
def test_a_setting_that_cannot_be_used_is_named_with_how_to_mend_it(capsys, page, tmp_path, option, value, message):
    assert message in refused(capsys, page.parent, tmp_path / "out", option, value)
    assert not (tmp_path / "out").exists()


def test_a_config_file_sets_and_the_command_line_overrides(page, tmp_path, manifest, capsys):
    config = tmp_path / "c.toml"
    config.write_text('threshold = 0.9\nkeep = "first"\nlanguage = "fr"\n')
    assert main([str(page.parent), str(tmp_path / "out"), "-q", "-j", "0", "-c", str(config), "--keep", "newest"]) == 0
    settings = manifest(tmp_path / "out")["settings"]
    assert (settings["threshold"], settings["keep"], settings["language"]) == (0.9, "newest", ["fr"])
    config.write_text("treshold = 0.9\n")
    assert "Did you mean 'threshold'?" in refused(capsys, page.parent, tmp_path / "o2", "-c", config)
    config.write_text('threshold = "high"\n')
    assert "wrong type" in refused(capsys, page.parent, tmp_path / "o2", "-c", config)


def test_own_rules_remove_and_keep(page, tmp_path, rows):
    rules = tmp_path / "mine.toml"
    rules.write_text(
        '[[rule]]\nname = "mine"\naction = "keep"\nphrases = ["laisser un commentaire"]\nkeeps = ["Laisser un commentaire"]\n'
    )
    assert main([str(page.parent), str(tmp_path / "out"), "-q", "-j", "0", "--rules", str(rules)]) == 0
    assert "Laisser un commentaire" in rows(tmp_path / "out", "corpus")[0]["text"]


@pytest.mark.slow
def test_bad_documents_are_rows_and_never_change_the_exit_code(tmp_path, rows):
    source = tmp_path / "in"
    source.mkdir()
    good = "Le conseil a voté le budget de la bibliothèque, et les travaux commenceront au printemps prochain."
    lines = [json.dumps({"text": f"{good} Numéro {n}, rue des Tanneurs."}) for n in range(20)]
    lines[16] = '{"text": "broken'
    lines[3] = '{"text": "lone surrogate \\ud83d in the middle of a text that stays otherwise whole"}'
    (source / "a.jsonl").write_text("\n".join(lines))
    pq.write_table(pa.table({"k": [1]}), source / "b.parquet")
    (source / "c.txt").write_bytes(b"A text with \x00 a NUL in it, which is otherwise a good sentence to keep.")
    (source / "d.txt").write_bytes(os.urandom(4000))
    (source / "e.html").write_bytes(b"<html><body><p>" + b"<div>" * 3000)
    (source / "f.txt").write_bytes(b"")
    (source / "g.pdf").write_bytes(b"%PDF-1.4")
    with open(os.fsencode(source) + b"/h\xe9.txt", "w") as file:
        file.write(good)
    done = cli(source, tmp_path / "out", "-q")
    assert (done.returncode, done.stderr) == (0, "")
    documents = {r["id"]: r for r in rows(tmp_path / "out", "documents")}
    assert len(documents) == 27
    reasons = {name: r["reason"] for name, r in documents.items() if r["status"] == "rejected"}
    assert reasons == {
        "a.jsonl#17": "malformed-json",
        "b.parquet#1": "no-text-field",
        "d.txt": "not-text",
        "e.html": "empty",
        "f.txt": "empty",
        "g.pdf": "unknown-format",
    }
    assert "h%E9.txt" in documents
    assert documents["c.txt"]["status"] == documents["a.jsonl#4"]["status"] == "kept"
    assert documents["c.txt"]["repairs"]


@pytest.mark.slow
def test_a_hundred_megabyte_line_is_a_row(tmp_path, rows):
    (tmp_path / "in").mkdir()
    with (tmp_path / "in" / "a.txt").open("wb") as file:
        for _ in range(100):
            file.write(b"mot " * (1 << 18))
    (tmp_path / "in" / "b.txt").write_text("Une page ordinaire, qui reste.")
    assert cli(tmp_path / "in", tmp_path / "out", "-q").returncode == 0
    documents = rows(tmp_path / "out", "documents")
    assert [r["reason"] for r in documents] == ["too-large", None]


@pytest.mark.slow
def test_ctrl_c_ends_cleanly_and_the_next_run_resumes(tmp_path):
    (tmp_path / "in").mkdir()
    for f in range(12):
        lines = [json.dumps({"text": f"Texte {f} {n} " + "mot " * 400}) for n in range(800)]
        (tmp_path / "in" / f"{f:02}.jsonl").write_text("\n".join(lines))
    command = [sys.executable, "-m", "cleanse", str(tmp_path / "in"), str(tmp_path / "out"), "-j", "2"]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True, start_new_session=True)
    deadline = time.monotonic() + 120
    while not list((tmp_path / "out").glob(".cleanse/read/*.json")) and time.monotonic() < deadline:
        time.sleep(0.05)
    os.killpg(process.pid, signal.SIGINT)
    message = process.communicate(timeout=60)[1]
    assert process.returncode == 130
    assert "interrupted" in message
    assert "Traceback" not in message
    assert not (tmp_path / "out" / "manifest.json").exists()
    assert not list((tmp_path / "out").rglob(".new-*"))


def test_a_ctrl_c_that_python_swallows_still_ends_the_run(page, tmp_path, capsys, monkeypatch):
    """In a finalizer an exception is printed and dropped; the run ends at the next progress all the same."""

    def run(*_, progress):
        with contextlib.suppress(KeyboardInterrupt):
            signal.raise_signal(signal.SIGINT)
        progress("read", 1, 2, "bytes")
        pytest.fail("the run went on")

    monkeypatch.setattr("cleanse.pipeline.run.run", run)
    before = signal.getsignal(signal.SIGINT)
    assert main([str(page.parent), str(tmp_path / "out"), "-q", "-j", "0"]) == 130
    assert "interrupted" in capsys.readouterr().err
    assert signal.getsignal(signal.SIGINT) is before


@pytest.mark.parametrize(
    "error",
    [
        MemoryError(),
        RuntimeError("can't start new thread"),
        ImportError("libarrow.so: failed to map segment from shared object"),
        pa.lib.ArrowException("Unknown error: Failed to launch worker thread: Resource temporarily unavailable"),
    ],
    ids=str,
)
def test_want_of_memory_is_one_line_and_exit_code_1(error, page, tmp_path, capsys, monkeypatch):
    def run(*_, progress):
        raise error

    monkeypatch.setattr("cleanse.pipeline.run.run", run)
    assert main([str(page.parent), str(tmp_path / "out"), "-q", "-j", "0"]) == 1
    said = capsys.readouterr().err
    assert said.startswith("cleanse: the machine or its limits")
    assert said.count("\n") == 1


def test_a_fault_of_ours_keeps_its_traceback(page, tmp_path, monkeypatch):
    def run(*_, progress):
        raise KeyError("a bug")

    monkeypatch.setattr("cleanse.pipeline.run.run", run)
    with pytest.raises(KeyError):
        main([str(page.parent), str(tmp_path / "out"), "-q", "-j", "0"])


def test_explain_prints_the_page_with_removed_spans_marked(page, tmp_path, capsys):
    main([str(page.parent), str(tmp_path / "out"), "-q", "-j", "0"])
    assert main(["explain", str(tmp_path / "out"), "page.txt"]) == 0
    shown = capsys.readouterr().out
    assert "Le marché a rouvert" in shown
    assert "[-Laisser un commentaire-]" in shown
    assert "fr.comment-form" in shown


def test_explain_suggests_an_id(page, tmp_path, capsys):
    main([str(page.parent), str(tmp_path / "out"), "-q", "-j", "0"])
    assert "Did you mean 'page.txt'?" in refused(capsys, "explain", tmp_path / "out", "pge.txt")
    assert "no manifest.json" in refused(capsys, "explain", tmp_path, "page.txt")


def test_a_misspelt_command_is_suggested(tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert main(["explian", "out", "page 1.txt"]) == 2
    assert "Did you mean: cleanse explain out 'page 1.txt'" in capsys.readouterr().err
    (tmp_path / "sampel").mkdir()
    assert main(["sampel", str(tmp_path / "out"), "-q"]) == 1  # a folder of that name is an input; it holds nothing
    assert "nothing kept of 0 documents" in capsys.readouterr().err


def test_the_help_fits_the_width_of_a_terminal_and_shows_examples(capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    with pytest.raises(SystemExit):
        main(["--help"])
    shown = capsys.readouterr().out.splitlines()
    assert max(map(len, shown)) <= 80
    for command in ("explain", "sample", "apply", "compare"):
        assert any(line.startswith(f"  cleanse {command} ") for line in shown)


def test_a_reader_of_the_output_that_goes_away_is_no_traceback():
    code = (
        "import sys; from cleanse import cli\n"
        "def write(arguments): raise BrokenPipeError\n"
        "cli.COMMANDS['explain'] = write; sys.exit(cli.main(['explain']))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (1, "")
