"""Whose files lie in an output folder, who may write there, and what of its owner's survives the next run."""

import fcntl
import json
import os
import shutil
import subprocess
import sys

import pytest

import cleanse
from cleanse.corpus.merging import merge_lines

PAGE = "The village hall was opened on Saturday, after two years of work by its neighbours and friends.\n"


@pytest.fixture
def page(tmp_path):
    path = tmp_path / "in" / "page.txt"
    path.parent.mkdir()
    path.write_text(PAGE)
    return path


def run(page, output, **options):
    return cleanse.run(page.parent, output, cleanse.Config(workers=0, **options))


# -- one run at a time ------------------------------------------------------------------------------------------------


def test_a_second_run_in_an_output_is_refused_and_names_the_first(page, tmp_path):
    run(page, tmp_path / "out")
    lock = tmp_path / "out" / ".cleanse" / "lock"
    with lock.open("r+b") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        file.write(json.dumps({"process": 4711, "machine": "darwin", "start": "2026-01-02T03:04:05"}).encode())
        file.flush()
        with pytest.raises(cleanse.OutputError, match=r"process 4711 on darwin, started 2026-01-02T03:04:05") as error:
            run(page, tmp_path / "out")
    assert "another run" in str(error.value)
    assert (tmp_path / "out" / "manifest.json").exists()
    run(page, tmp_path / "out")  # the lock went with its holder


def test_the_lock_of_a_run_that_was_killed_is_no_obstacle(page, tmp_path):
    code = (
        "import fcntl, os, signal, sys; f = open(sys.argv[1], 'a'); fcntl.flock(f, fcntl.LOCK_EX);"
        " os.kill(os.getpid(), signal.SIGKILL)"
    )
    first = run(page, tmp_path / "out").digest
    subprocess.run([sys.executable, "-c", code, tmp_path / "out" / ".cleanse" / "lock"], check=False)
    assert run(page, tmp_path / "out").digest == first


@pytest.mark.slow
def test_of_two_runs_at_once_one_does_the_work_and_the_other_says_so(page, tmp_path):
    for n in range(40):
        (page.parent / f"{n}.txt").write_text(PAGE.replace("two years", f"{n} years") * 3)
    command = [sys.executable, "-m", "cleanse", page.parent, tmp_path / "out", "-q", "-j", "1"]
    runs = [subprocess.Popen(command, stderr=subprocess.PIPE, text=True) for _ in range(3)]
    errors = [process.communicate()[1] for process in runs]
    codes = [process.returncode for process in runs]
    assert 0 in codes
    for code, error in zip(codes, errors, strict=True):
        assert code == 0 or (code == 1 and "another run" in error and len(error.splitlines()) == 1)
    assert json.loads((tmp_path / "out" / "manifest.json").read_text())["counts"]["read"] == 41


# -- whose files ------------------------------------------------------------------------------------------------------


def test_a_truncated_part_file_of_ours_is_not_foreign(page, tmp_path):
    digest = run(page, tmp_path / "out").digest
    part = tmp_path / "out" / "corpus" / "part-00000.parquet"
    part.write_bytes(part.read_bytes()[:100])
    assert run(page, tmp_path / "out").digest == digest
    assert part.stat().st_size > 100


def test_an_output_inside_an_earlier_output_is_refused(page, tmp_path):
    run(page, tmp_path / "out")
    with pytest.raises(cleanse.OutputError, match="lies inside the earlier output"):
        run(page, tmp_path / "out" / "again")


@pytest.mark.parametrize("note", ["{}", "[]", "null", '{"files": 1, "facts": []}', '{"files": {}, "facts": {}}x', ""])
def test_a_note_of_another_shape_is_made_again(page, tmp_path, note):
    digest = run(page, tmp_path / "out").digest
    for path in (tmp_path / "out" / ".cleanse").glob("*/*.json"):
        path.write_text(note)
    assert run(page, tmp_path / "out").digest == digest


def test_scratch_folders_of_killed_runs_go(page, tmp_path):
    run(page, tmp_path / "out")
    for name in ("index-abc", "texts-def"):
        (tmp_path / "out" / ".cleanse" / name).mkdir()
    run(page, tmp_path / "out")
    assert not any((tmp_path / "out" / ".cleanse").glob("*-???"))


# -- the card ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("without_cache", [False, True])
def test_what_the_owner_writes_into_the_card_survives_the_next_run(page, tmp_path, without_cache):
    run(page, tmp_path / "out")
    card = tmp_path / "out" / "README.md"
    text = card.read_text()
    assert "1 documents" in text
    text = text.replace("pretty_name: A cleaned corpus", "pretty_name: Village news\nlicense: cc-by-4.0")
    card.write_text(text + "\n## Thanks\n\nTo the village.\n")
    if without_cache:
        shutil.rmtree(tmp_path / "out" / ".cleanse")
    (page.parent / "second.txt").write_text(PAGE.replace("Saturday", "Friday, to the sound of a brass band") * 2)
    run(page, tmp_path / "out")
    after = card.read_text()
    assert "pretty_name: Village news\nlicense: cc-by-4.0\n" in after
    assert "To the village." in after
    assert "2 documents" in after
    assert "1 documents" not in after


@pytest.mark.parametrize(
    ("base", "theirs", "ours", "merged"),
    [
        ("a\nb\nc\n", "a\nb\nc\n", "a\nB\nc\n", "a\nB\nc\n"),
        ("a\nb\nc\n", "a\nx\nb\nc\n", "a\nb\nC\n", "a\nx\nb\nC\n"),
        ("a\nb\nc\n", "a\nc\n", "a\nb\nc\nd\n", "a\nc\nd\n"),
        ("a\nb\nc\n", "a\nmine\nc\n", "a\nyours\nc\n", "a\nmine\nc\n"),
        ("", "mine\n", "yours\n", "mine\n"),
        ("a\n", "a\nend\n", "A\n", "a\nend\n"),
    ],
)
def test_both_sides_changes_are_merged_and_where_they_meet_the_owners_stay(base, theirs, ours, merged):
    assert merge_lines(base, theirs, ours) == merged


# -- what the system refuses ------------------------------------------------------------------------------------------


def test_a_full_disk_is_one_line_and_the_next_run_goes_on(page, tmp_path, capsys):
    from cleanse.cli import main

    (tmp_path / "out").mkdir()
    with pytest.MonkeyPatch.context() as patch:

        def full(*_, **__):
            raise OSError(28, "No space left on device", "part-00000.parquet")

        patch.setattr("cleanse.corpus.writer.new_file", full)
        assert main([str(page.parent), str(tmp_path / "out"), "-q", "-j", "0"]) == 1
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    assert "No space left on device (part-00000.parquet)" in said
    assert not (tmp_path / "out" / "manifest.json").exists()
    assert main([str(page.parent), str(tmp_path / "out"), "-q", "-j", "0"]) == 0


def test_an_output_that_is_deleted_under_the_run_is_one_line(page, tmp_path, capsys):
    from cleanse.cli import main

    def gone(*_, **__):
        shutil.rmtree(tmp_path / "out")
        raise FileNotFoundError(2, "No such file or directory", os.fspath(tmp_path / "out"))

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("cleanse.stages.write.make_parts", gone)
        assert main([str(page.parent), str(tmp_path / "out"), "-q", "-j", "0"]) == 1
    assert capsys.readouterr().err.count("\n") == 1
