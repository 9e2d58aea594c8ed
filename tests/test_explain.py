"""`cleanse explain`: the page with what went and why, from the output alone; hints for ids that are not there."""

import io
import json
import re
import shutil

import pytest
from rich.console import Console

import cleanse
from cleanse.cli import main
from cleanse.documents import Span
from cleanse.errors import CleanseError
from cleanse.report import explain_terminal
from cleanse.report.explain import as_dict, explain
from cleanse.report.layout import KEPT, rows_of, stretches
from cleanse.spans import restore


@pytest.fixture(scope="module")
def output(tmp_path_factory):
    """A run on a few seeds, whose input is gone afterwards."""
    from conftest import ROOT

    folder = tmp_path_factory.mktemp("explain")
    (folder / "in" / "below").mkdir(parents=True)
    for name in ("fr-comment-form.txt", "fr-exact-duplicate.txt", "records.jsonl", "picture.png"):
        shutil.copy(ROOT / "seeds" / name, folder / "in")
    for name in ("fr-near-duplicate-courrier.txt", "fr-near-duplicate-radio.txt"):
        shutil.copy(ROOT / "seeds" / name, folder / "in" / "below")
    cleanse.run(folder / "in", folder / "out", cleanse.Config(workers=0))
    shutil.rmtree(folder / "in")
    return folder / "out"


def shown(found, width=None):
    to = io.StringIO()
    if width is None:
        explain_terminal.print_explanation(found, to)
    else:
        with pytest.MonkeyPatch.context() as patch:
            console = Console(file=to, force_terminal=True, color_system=None, width=width, highlight=False)
            patch.setattr(explain_terminal, "Console", lambda **_: console)
            explain_terminal.print_explanation(found, to)
    return to.getvalue()


def test_the_page_is_told_whole(output):
    found = explain(output, "fr-comment-form.txt")
    assert found.page_text == restore(found.text, found.removed)
    text = shown(found)
    for span in found.removed:
        assert span.rule in text
        assert all(line in text for line in span.text.split("\n"))


def test_on_a_terminal_rule_and_evidence_stand_beside_the_line(output):
    lines = shown(explain(output, "fr-comment-form.txt"), width=140).splitlines()
    assert any("Laisser un commentaire" in line and "fr.comment-form" in line for line in lines)
    assert all(len(line) <= 140 for line in lines)


def test_on_a_narrow_terminal_they_stand_below_it(output):
    lines = shown(explain(output, "fr-comment-form.txt"), width=60).splitlines()
    at = next(i for i, line in enumerate(lines) if line.startswith("Laisser un commentaire"))
    assert re.match(r"\d+ fr\.comment-form", lines[at + 1])


def test_in_plain_text_rule_and_evidence_stand_at_the_end_of_the_line(output):
    lines = shown(explain(output, "fr-comment-form.txt")).splitlines()
    glued = next(line for line in lines if "head.glued-headline" in line)
    assert glued.index("-]") < glued.index("rayonnages") < glued.index(" head.glued-headline")
    told = r'\[-Laisser un commentaire-\]  ◂ \d+ fr\.comment-form: the line is "laisser un commentaire"'
    assert any(re.fullmatch(told, line) for line in lines)


def test_a_duplicate_is_told_with_its_twin_and_the_words_that_differ(output):
    names = [f"below/fr-near-duplicate-{site}.txt" for site in ("courrier", "radio")]
    found = next(one for one in (explain(output, name) for name in names) if one.row["status"] == "duplicate")
    text = shown(found)
    assert found.row["duplicate_of"] in text
    assert "\n- " in text
    assert "\n+ " in text


def test_an_exact_duplicate_says_that_the_words_are_the_same(output):
    found = next(
        e for e in (explain(output, f"fr-{name}.txt") for name in ("comment-form", "exact-duplicate")) if e.twin_text
    )
    assert "the words are the same" in shown(found)


def test_a_rejected_document_is_told_with_its_reason(output):
    assert "reason: unknown-format" in shown(explain(output, "picture.png"))


def test_json_is_for_programs(output, capsys):
    assert main(["explain", str(output), "fr-comment-form.txt", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    spans = [Span(**{key: value for key, value in span.items() if key != "keep"}) for span in told["removed"]]
    assert restore(told["text"], spans) == told["page_text"]
    assert told["status"] in ("kept", "duplicate")


def test_every_document_can_be_explained(output, rows):
    for row in rows(output, "documents"):
        found = explain(output, row["id"])
        assert found.row["id"] == row["id"]
        json.dumps(as_dict(found))
        shown(found)
        shown(found, width=100)


def test_a_part_of_an_id_is_completed_where_it_names_one_document(output):
    assert explain(output, "comment-form").row["id"] == "fr-comment-form.txt"
    assert explain(output, "FR-NEAR-DUPLICATE-RADIO").row["id"] == "below/fr-near-duplicate-radio.txt"


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("fr-coment-form.txt", "Did you mean 'fr-comment-form.txt'"),
        ("fr-near", "more than one document 'fr-near'"),
        ("records.jsonl#9", "'records.jsonl' has 4 records, counted from #1"),
        ("zzz", "holds no document 'zzz'"),
    ],
)
def test_a_mistyped_id_gets_a_hint(output, name, hint):
    with pytest.raises(CleanseError, match=re.escape(hint)):
        explain(output, name)


def test_a_page_cannot_steer_the_terminal(tmp_path):
    (tmp_path / "in").mkdir()
    page = "Une page copiée d'un terminal garde ses couleurs : \x1b[31mrouge\x1b[0m et \x9b2J, \u202eà l'envers, dit-on ici.\n"
    (tmp_path / "in" / "a\x1b[2Jb.txt").write_text(page)
    cleanse.run(tmp_path / "in", tmp_path / "out", cleanse.Config(workers=0, skip=("repair",)))
    for width in (None, 100):
        text = shown(explain(tmp_path / "out", "b.txt"), width)
        assert not {"\x9b", "\u202e", "\x07"} & set(text)
        assert "\x1b[31m" not in text
        assert "\x1b[2J" not in text


def test_rows_hold_every_character_that_is_not_blank():
    text = "Menu\nÀ la une\n\nLe marché rouvre. Partager\nIl était fermé.\n\n\nLire aussi\n\nAutre chose"
    spans = [Span(0, 15, text[0:15], "chrome", "a.b", ""), Span(32, 41, text[32:41], "chrome", "a.c", "")]
    rows = rows_of(stretches(text, spans))
    assert "".join(words for row in rows for words, _ in row) == text
    assert [sorted({number for _, number in row}) for row in rows] == [[0], [KEPT, 1], [KEPT]]
