"""What cleaning was not sure of is said: in `documents/`, by `clean`, in the report and at the end of a run."""

import io

import pytest

import cleanse
from cleanse.corpus import read_manifest
from cleanse.report.attention import find_attention
from cleanse.report.terminal import print_report

pytestmark = pytest.mark.slow  # whole runs

ROWS = "\n".join(f"row {n} of a table" for n in range(60_000))
CALM = (
    "The bridge is mended\n\n"
    + "The pilot carried every plank over the river, and the baker paid him for it in bread. " * 3
)


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """Output and summary of a run on two texts of 60,000 lines and a calm one."""
    folder = tmp_path_factory.mktemp("doubt")
    (folder / "in").mkdir()
    (folder / "in" / "rows.txt").write_text(ROWS)
    (folder / "in" / "more.txt").write_text(ROWS.replace("table", "list"))
    (folder / "in" / "calm.txt").write_text(CALM)
    return folder / "out", cleanse.run(folder / "in", folder / "out", cleanse.Config(workers=1))


def test_a_text_of_sixty_thousand_lines_has_a_doubt_in_documents_and_in_clean(run, rows):
    doubts = {row["id"]: row["doubt"] for row in rows(run[0], "documents")}
    assert doubts == {
        "rows.txt": "left as it is: more than 50,000 lines",
        "more.txt": "left as it is: more than 50,000 lines",
        "calm.txt": None,
    }
    assert cleanse.clean(ROWS).doubt == doubts["rows.txt"]
    assert cleanse.clean(CALM).doubt is None


def test_report_and_end_of_a_run_say_how_many_documents_have_one(run):
    output, report = run
    assert report.counts["doubts"] == read_manifest(output)["counts"]["doubts"] == 2
    (entry,) = find_attention(output)["doubts"]
    assert (entry["documents"], entry["ids"]) == (2, ["more.txt", "rows.txt"])
    page = (output / "report.html").read_text()
    assert "Judged with doubt: 2 documents" in page
    to = io.StringIO()
    print_report(report, to)
    assert "2 documents judged with doubt, such as (left as it is: more than 50,000 lines)" in to.getvalue()
    assert f"cleanse explain {output} more.txt" in to.getvalue()


def test_the_parts_of_the_characters_at_the_end_of_a_run_add_up(run):
    to = io.StringIO()
    print_report(run[1], to)
    lines = [line.rsplit(None, 1) for line in to.getvalue().partition("slowest")[0].splitlines()]
    amounts = {name: int(amount.replace(",", "")) for name, amount in lines}
    assert amounts["characters in"] == sum(amount for name, amount in amounts.items() if name.startswith("  "))
    assert amounts["words kept"] == run[1].counts["words_kept"]


def test_a_document_prints_as_one_readable_line():
    shown = repr(cleanse.clean(ROWS))
    assert "\n" not in shown
    assert len(shown) < 200
    assert shown.startswith("<Document '1' kept, ")
    assert "words" in shown
