"""`cleanse compare`: what a changed setting does, before anyone uses it."""

import json
import shutil

import pytest

import cleanse
from cleanse.cli import main
from cleanse.documents import Span
from cleanse.errors import OutputError
from cleanse.report.comparing import _uncovered, compare, write_comparison

NAMES = ("fr-comment-form.txt", "fr-exact-duplicate.txt", "en-lighthouse.txt", "mixed-fr-en.txt", "picture.png")


@pytest.fixture(scope="module")
def outputs(tmp_path_factory):
    """The same pages under two settings; the second run reads one page less."""
    from conftest import ROOT

    folder = tmp_path_factory.mktemp("compare")
    (folder / "in").mkdir()
    for name in NAMES:
        shutil.copy(ROOT / "seeds" / name, folder / "in")
    (folder / "in" / "short.txt").write_text("Le moulin a rouvert samedi, et tout le village est venu.\n")
    cleanse.run(folder / "in", folder / "a", cleanse.Config(workers=0))
    (folder / "in" / "picture.png").unlink()
    other = cleanse.Config(workers=0, without=("fr.comment-form", "model."), min_words=20, skip=("duplicates",))
    cleanse.run(folder / "in", folder / "b", other)
    return folder / "a", folder / "b"


def test_an_output_is_the_same_as_itself(outputs, capsys):
    assert main(["compare", str(outputs[0]), str(outputs[0])]) == 0
    assert "Nothing changed" in capsys.readouterr().out


def test_documents_gained_lost_and_read_by_one_run_only(outputs):
    found = compare(*outputs)
    assert found.lost["min-words"].examples == ["short.txt"]
    assert found.gained["exact-duplicate"].documents == 1
    assert found.only_a.examples == ["picture.png"]
    assert found.only_b.documents == 0


def test_lines_that_changed_sides_are_told_by_rule(outputs):
    found = compare(*outputs)
    kept = [line for _, line in found.kept["fr.comment-form"].examples]
    assert "Laisser un commentaire" in kept
    assert found.kept["fr.comment-form"].documents == 2
    back = compare(*outputs[::-1])
    assert back.removed["fr.comment-form"].lines == found.kept["fr.comment-form"].lines
    assert back.only_b.examples == ["picture.png"]


def test_settings_that_differ_are_named(outputs):
    assert set(compare(*outputs).settings) == {"without", "min_words", "skip"}


def test_it_is_told_as_tables_and_as_a_page(outputs, tmp_path, capsys):
    page = tmp_path / "compare.html"
    assert main(["compare", *map(str, outputs), "--html", str(page)]) == 0
    told = capsys.readouterr().out
    for word in ("fr.comment-form", "exact-duplicate", "picture.png", "short.txt"):
        assert word in told
        assert word in page.read_text()


def test_nothing_of_a_page_gets_out_of_the_comparison(outputs, tmp_path):
    found = compare(*outputs)
    found.lost["<script>window.pwned=1</script>"] = found.only_a
    write_comparison(found, tmp_path / "compare.html")
    page = (tmp_path / "compare.html").read_text()
    assert "<script>window" not in page
    assert "default-src" in page


def test_an_unfinished_output_is_refused(outputs, tmp_path):
    with pytest.raises(OutputError, match=r"no manifest\.json"):
        compare(outputs[0], tmp_path)


def test_what_one_run_removes_beyond_the_other():
    text = "abcdefghij"
    span = lambda a, b, rule: Span(a, b, text[a:b], "chrome", rule, "")  # noqa: E731
    found = _uncovered([span(0, 6, "one"), span(7, 10, "two")], [span(1, 2, "x"), span(4, 8, "y")])
    assert list(found) == [("one", "a"), ("one", "cd"), ("two", "ij")]


def test_json_and_all_name_every_document_and_line(outputs, capsys, rows):
    assert main(["compare", *map(str, outputs), "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    status = [{row["id"]: row["status"] for row in rows(output, "documents")} for output in outputs]
    kept = [{id_ for id_, one in statuses.items() if one == "kept"} for statuses in status]
    both = set(status[0]) & set(status[1])
    assert {id_ for group in told["gained"].values() for id_ in group["ids"]} == (kept[1] - kept[0]) & both
    assert {id_ for group in told["lost"].values() for id_ in group["ids"]} == (kept[0] - kept[1]) & both
    assert told["only_a"] == {"documents": 1, "ids": ["picture.png"]}
    assert all(len(one["examples"]) == one["lines"] > 0 for one in told["lines_kept"].values())
    assert main(["compare", *map(str, outputs), "--all"]) == 0
    lines = [line.split("\t") for line in capsys.readouterr().out.splitlines()]
    kept_lines = [(rule, one["id"], one["text"]) for rule, of in told["lines_kept"].items() for one in of["examples"]]
    assert sorted(tuple(line[1:]) for line in lines if line[0] == "kept") == sorted(kept_lines)
    assert [line[2] for line in lines if line[0] == "only_a"] == ["picture.png"]
