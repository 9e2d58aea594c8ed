"""`cleanse restore`: what was removed comes back in one step, in the document, on its site or everywhere, and nowhere else."""

import json
import shlex

import pytest

import cleanse
from cleanse.cli import main
from cleanse.corpus.reader import spans, texts
from cleanse.errors import CleanseError
from cleanse.report.explain import explain
from cleanse.review.own_rules import whole_lines
from cleanse.review.restoring import restore_spans
from cleanse.spans import restore

pytestmark = pytest.mark.slow  # whole runs

STORY = [
    "The brewers of the quay have mended the old bridge, and nobody asked them to do it before the winter came.",
    "The pilot carried every plank over the river in his boat, and the baker paid him in bread for each of them.",
    "On Monday the children crossed it first, because the mayor was late and the band had lost its drum in the snow.",
    "The council will not pay for the paint, it says, and the brewers do not mean to ask the council for anything.",
]
SHARE, ASK = "Share this article on Facebook", "Leave a comment"


def story(n):
    """Return a text of its own with a byline, a label and a comment form."""
    own = " ".join(STORY[(n + k) % 4].replace("the", f"the {n}th", 1 + k % 2) for k in range(3))
    return f"Bridge number {n} is mended\n\nBy Anna Muster, 3 May 2024\n\n{own}\n\nRead also: The mill of {n} burns\n\n{STORY[n % 4]}\n\n{SHARE}\n\n{ASK}\n"


def html(n):
    """Return the same as HTML, with a menu and a footer."""
    body = "".join(f"<p>{line}</p>" for line in story(n).split("\n\n")[2:])
    return f"<html><body><nav><a href='/'>Home {n}</a></nav><article><h1>Page {n}</h1>{body}</article><footer><p>Imprint of house {n}</p></footer></body></html>"


@pytest.fixture(scope="module")
def source(tmp_path_factory):
    """Texts without a site, and records of two sites as text and HTML."""
    folder = tmp_path_factory.mktemp("restoring") / "in"
    folder.mkdir()
    for n in range(3):
        (folder / f"{n}.txt").write_text(story(n))
    records = [{"url": f"https://{'ab'[n % 2]}.example/{n}", "text": story(n + 10)} for n in range(6)]
    records += [{"url": f"https://{'ab'[n % 2]}.example/h{n}", "html": html(n + 20)} for n in range(4)]
    (folder / "crawl.jsonl").write_text("".join(json.dumps(record) + "\n" for record in records))
    return folder


@pytest.fixture
def output(source, tmp_path):
    """A run on them."""
    cleanse.run(source, tmp_path / "out", cleanse.Config(workers=1, threshold=1.0))
    return tmp_path / "out"


def rerun(source, output):
    """Run again with the rules that were written, and return all texts by id."""
    config = cleanse.Config(workers=1, threshold=1.0, rules=str(output / "own-rules.toml"))
    cleanse.run(source, output, config)
    return {name: row["text"] for name, row in texts(output, ids_of(output)).items()}


def ids_of(output):
    """Return the ids of all documents."""
    import pyarrow.parquet as pq

    return [name for path in (output / "documents").glob("*.parquet") for name in pq.read_table(path)["id"].to_pylist()]


def test_every_removed_line_comes_back_where_restore_says_so(source, output):
    promised = {}
    for name in ids_of(output):
        for number, span in enumerate(spans(output, [name])[name], 1):
            if span.text.strip():
                restored = restore_spans(output, name, number)
                promised.setdefault(name, set()).update(set(restored.lines) - set(restored.ineffective))
    assert sum(map(len, promised.values())) > 30
    for name, text in rerun(source, output).items():
        assert promised.get(name, set()) <= {line.strip() for line in text.split("\n")}, name


@pytest.mark.parametrize(
    ("scope", "where"),
    [
        ("document", {"crawl.jsonl#1"}),
        ("site", {"crawl.jsonl#1", "crawl.jsonl#3", "crawl.jsonl#5", "crawl.jsonl#7", "crawl.jsonl#9"}),
        ("everywhere", {"0.txt", "1.txt", "2.txt", *(f"crawl.jsonl#{n}" for n in range(1, 11))}),
    ],
)
def test_a_line_comes_back_where_it_was_asked_for_and_nowhere_else(source, output, scope, where):
    number = next(
        n for n, span in enumerate(spans(output, ["crawl.jsonl#1"])["crawl.jsonl#1"], 1) if SHARE in span.text
    )
    restored = restore_spans(output, "crawl.jsonl#1", number, scope)
    assert (restored.lines, restored.ineffective, restored.unusable) == ((SHARE,), (), ())
    assert {name for name, text in rerun(source, output).items() if SHARE in text} == where


def test_the_commands_that_explain_names_keep_the_span(source, output, capsys):
    explanation = explain(output, "crawl.jsonl#2")
    assert len(explanation.keeps) == len(explanation.removed)
    number, keep = next((n, keep) for n, keep in enumerate(explanation.keeps) if SHARE in explanation.removed[n].text)
    assert sorted(keep) == ["document", "everywhere", "site"]
    command = shlex.split(keep["site"])
    assert command[:4] == ["cleanse", "restore", str(output), "crawl.jsonl#2"]
    assert main(command[1:]) == 0
    assert f"keeps on b.example: {SHARE}" in capsys.readouterr().out
    assert SHARE in rerun(source, output)["crawl.jsonl#4"]
    main(["explain", str(output), "1.txt"])
    printed = capsys.readouterr().out
    assert keep["site"] not in printed
    for command in [one for keep in explain(output, "1.txt").keeps for one in keep.values()][:12]:
        assert f"  {command}\n" in printed
    assert number >= 0


@pytest.mark.parametrize(
    ("number", "scope", "hint"),
    [
        (99, "document", "removed spans. Name one of 1 to"),
        (None, "everywhere", "Name one with --span"),
        (1, "site", "site of"),
    ],
)
def test_what_cannot_be_kept_is_refused_with_a_hint(output, number, scope, hint):
    with pytest.raises(CleanseError, match=hint):
        restore_spans(output, "0.txt", number, scope)


def test_masked_values_and_cut_repeats_come_back_by_their_option(tmp_path):
    (tmp_path / "a.txt").write_text(
        story(1).replace(
            "\n\nRead also", "\n\nWrite to jeanne.dupont@orange.fr before winter, said the pilot.\n\nRead also"
        )
    )
    cleanse.run(tmp_path / "a.txt", tmp_path / "out", cleanse.Config(workers=1, mask=("email", "iban")))
    explanation = explain(tmp_path / "out", "a.txt")
    keep = next(keep for keep, span in zip(explanation.keeps, explanation.removed, strict=True) if span.step == "pii")
    assert keep == {"everywhere": f"cleanse {tmp_path / 'a.txt'} {tmp_path / 'out'} --mask iban"}


def test_lines_are_whole_where_a_place_touches_them():
    text = "one two\n\nthree four\nfive\n"
    assert whole_lines(text, 4, 12) == ["one two", "three four"]
    assert whole_lines(text, 7, 9) == []
    assert whole_lines(text, 0, len(text)) == ["one two", "three four", "five"]


def test_the_page_is_the_same_page(output):
    row, removed = texts(output, ["crawl.jsonl#7"])["crawl.jsonl#7"], spans(output, ["crawl.jsonl#7"])["crawl.jsonl#7"]
    page = restore(row["text"], removed)
    assert all(line in page for span in removed for line in whole_lines(page, span.start, span.end))
