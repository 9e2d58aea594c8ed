"""`cleanse sample` and `cleanse apply`: verdicts of people become rules, tests of these rules, and an estimate."""

import csv
import json
import random

import pytest

import cleanse
from cleanse.chrome.rule_files import failures, parse_rules
from cleanse.cli import main
from cleanse.corpus.reader import spans, texts
from cleanse.errors import CleanseError, OutputError, SettingError
from cleanse.review import apply_verdicts, estimate, write_sample
from cleanse.review.sampling import draw
from cleanse.review.sheets import items_of, read_verdicts
from cleanse.spans import restore

TOPICS = ("bridge", "market", "school", "harbour", "library", "station")
TEASER = "Our readers liked this too"
WANTED = "Leave a comment"


@pytest.fixture(scope="module")
def output(tmp_path_factory):
    """Thirty pages of three sites; the first has a teaser that no rule knows and a headline that a rule takes for chrome."""
    folder = tmp_path_factory.mktemp("corrections")
    lines = []
    for i in range(30):
        rng = random.Random(i)
        words = " ".join(rng.choice(TOPICS) + str(rng.randrange(50)) for _ in range(20))
        text = f"The {TOPICS[i % 6]} of the town was opened again on day {i}, and {words}.\n\n{TEASER}\n\nEverybody came to see it, {words[::-1]}.\n\n{WANTED}\n"
        lines.append(json.dumps({"text": text, "url": f"https://site{i % 3}.example/{i}"}) + "\n")
    (folder / "in.jsonl").write_text("".join(lines))
    cleanse.run(folder / "in.jsonl", folder / "out", cleanse.Config(workers=0))
    return folder / "out"


def fill(sheet, decide):
    """Fill in a sheet; every page counts as seen."""
    with sheet.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    for row in rows:
        row["verdict"] = "seen" if row["state"] == "page" else decide(row)
    filled = sheet.with_name("verdicts.csv")
    with filled.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, rows[0])
        writer.writeheader()
        writer.writerows(rows)
    return filled


def judge(row):
    if row["site"] != "site0.example":
        return ""
    return {TEASER: "remove", WANTED: "keep"}.get(row["text"], "")


def test_a_sheet_holds_every_line_of_every_drawn_page(output, tmp_path):
    sheet = write_sample(output, 12, to=tmp_path)
    assert (sheet.pages, sheet.of) == (12, 30)
    with sheet.files[0].open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    for id_ in {row["id"] for row in rows}:
        page = restore(texts(output, [id_])[id_]["text"], spans(output, [id_])[id_])
        lines = [row for row in rows if row["id"] == id_ and row["state"] != "page"]
        assert [line.strip() for line in page.splitlines() if line.strip()] == [row["text"] for row in lines]
        assert all(page[int(row["start"]) : int(row["end"])] == row["text"] for row in lines)


def test_a_random_sample_is_spread_over_sites_and_the_same_each_time(output):
    ids, _ = draw(output, 9, "random")
    sites = [row["site"] for row in texts(output, ids).values()]
    assert sorted(map(sites.count, set(sites))) == [3, 3, 3]
    assert draw(output, 9, "random")[0] == ids
    assert draw(output, 9, "random", seed=2)[0] != ids


def test_every_page_has_the_same_chance(output):
    drawn = [id_ for seed in range(1, 101) for id_ in draw(output, 6, "random", seed)[0]]
    counts = [drawn.count(f"in.jsonl#{n}") for n in range(1, 31)]
    assert min(counts) >= 15  # 20 expected
    assert max(counts) <= 25


def test_more_pages_than_there_are_gives_all(output):
    for order in ("random", "worst"):
        assert sorted(draw(output, 100, order)[0]) == sorted(f"in.jsonl#{n}" for n in range(1, 31))


def test_ticks_become_rules_that_hold(output, tmp_path):
    sheet = write_sample(output, 30, to=tmp_path)
    found = apply_verdicts(output, fill(sheet.files[0], judge), tmp_path / "mine.toml")
    assert found.made == found.effective == 20
    assert (found.ineffective, found.unusable, found.unknown) == ((), (), 0)
    rules = parse_rules("own", (tmp_path / "mine.toml").read_text(), "mine.toml")
    assert sorted((rule.action, rule.sites) for rule in rules) == [
        ("keep", ("site0.example",)),
        ("remove", ("site0.example",)),
    ]
    assert failures(rules) == []
    assert all(rule.keeps or rule.removes for rule in rules)


def test_apply_names_the_command_that_uses_the_rules(output, tmp_path, capsys):
    filled = fill(write_sample(output, 30, to=tmp_path).files[0], judge)
    assert main(["apply", str(output), str(filled), "--to", str(tmp_path / "mine.toml")]) == 0
    (line,) = [line for line in capsys.readouterr().out.splitlines() if line.startswith("Use them: ")]
    assert line == f"Use them: cleanse {output.parent / 'in.jsonl'} {output} --rules {tmp_path / 'mine.toml'}"
    (output / "estimate.json").unlink()


def test_the_next_run_does_as_it_was_told(output, tmp_path, rows):
    sheet = write_sample(output, 30, to=tmp_path)
    apply_verdicts(output, fill(sheet.files[0], judge), tmp_path / "mine.toml")
    config = cleanse.Config(workers=0, rules=str(tmp_path / "mine.toml"))
    cleanse.run(output.parent / "in.jsonl", tmp_path / "out", config)
    for row in rows(tmp_path / "out", "corpus"):
        told = row["site"] == "site0.example"
        assert (WANTED in row["text"]) == told
        assert (TEASER in row["text"]) != told


def test_the_card_says_what_a_random_sample_showed(output, tmp_path):
    sheet = write_sample(output, 30, to=tmp_path)
    found = apply_verdicts(output, fill(sheet.files[0], judge), tmp_path / "mine.toml")
    assert found.lost.pages_with_any == found.left.pages_with_any == 10
    card = (output / "README.md").read_text()
    assert f"**{found.lost.text}** of the content" in card
    assert f"**{found.left.text}** of what stayed" in card
    cleanse.run(output.parent / "in.jsonl", output, cleanse.Config(workers=0))  # the same corpus: it still holds
    assert "How clean it is" in (output / "README.md").read_text()
    (output / "estimate.json").unlink()


def test_the_worst_pages_say_nothing_about_the_corpus(output, tmp_path, capsys):
    sheet = write_sample(output, 5, "worst", to=tmp_path)
    filled = fill(sheet.files[0], judge)
    assert main(["apply", str(output), str(filled), "--to", str(tmp_path / "mine.toml")]) == 0
    assert "not drawn at random" in capsys.readouterr().out
    assert not (output / "estimate.json").exists()


def test_rules_are_added_behind_those_that_are_there(output, tmp_path):
    sheet = write_sample(output, 30, to=tmp_path)
    mine = tmp_path / "mine.toml"
    mine.write_text('[[rule]]\nname = "keep-site0-example"\naction = "keep"\nlines = ["Stay"]\nkeeps = ["Stay"]\n')
    apply_verdicts(output, fill(sheet.files[0], judge), mine)
    names = [rule.id for rule in parse_rules("own", mine.read_text(), "mine.toml")]
    assert names == ["own.keep-site0-example", "own.keep-site0-example-2", "own.remove-site0-example"]


def test_a_filled_in_sheet_is_not_overwritten(output, tmp_path):
    write_sample(output, 3, to=tmp_path)
    with pytest.raises(OutputError, match="may hold verdicts"):
        write_sample(output, 3, to=tmp_path)


@pytest.mark.parametrize(("n", "order"), [(0, "random"), (3, "best")])
def test_values_of_no_use_are_refused(output, tmp_path, n, order):
    with pytest.raises(SettingError):
        write_sample(output, n, order, to=tmp_path)


@pytest.mark.parametrize(
    ("content", "hint"),
    [
        ("", "no column 'id'"),
        ("id,start\na,1\n", "no column 'end'"),
        ("id,start,end,verdict,order\na,1,2,maybe,random\n", "verdict 'maybe'"),
        ("id,start,end,verdict,order\na,x,2,keep,random\n", "line 2: start and end"),
        ("id,start,end,verdict,order\na,1,2,,random\n", "holds no verdict"),
    ],
)
def test_a_file_that_is_no_sheet_is_refused_with_a_hint(output, tmp_path, content, hint):
    (tmp_path / "verdicts.csv").write_text(content)
    with pytest.raises(CleanseError, match=hint):
        apply_verdicts(output, tmp_path / "verdicts.csv")


def test_no_cell_is_a_formula(tmp_path):
    record = {
        "text": "=HYPERLINK(1) is how the page begins, and it goes on for a while.\n\n@SUM(1) ends it, as they say here."
    }
    (tmp_path / "=in.jsonl").write_text(json.dumps(record) + "\n")
    cleanse.run(tmp_path / "=in.jsonl", tmp_path / "out", cleanse.Config(workers=0))
    sheet = write_sample(tmp_path / "out", to=tmp_path).files[0]
    with sheet.open(encoding="utf-8-sig", newline="") as file:
        cells = [cell for row in csv.reader(file) for cell in row]
    assert not [cell for cell in cells if cell[:1] in "=+-@" and cell]
    assert read_verdicts(sheet)[0].id == "=in.jsonl#1"


def test_a_semicolon_will_do(tmp_path):
    (tmp_path / "v.csv").write_text("id;start;end;verdict;order\na;1;2;Keep;random\n")
    assert read_verdicts(tmp_path / "v.csv")[0].verdict == "keep"


def test_the_interval_holds_what_it_promises():
    """Of samples from a known population, about 95 in 100 intervals hold the true share."""
    rng = random.Random(1)
    pages = [(rng.choice((0, 0, 1, 4, 9)), rng.randrange(100, 900)) for _ in range(2000)]
    truth = sum(p for p, _ in pages) / sum(w for _, w in pages)
    found = [estimate(rng.sample(pages, 60), len(pages)) for _ in range(400)]
    assert 0.92 <= sum(abs(e.share - truth) <= e.half_width for e in found) / len(found) <= 0.98


def test_all_pages_leave_no_doubt_and_none_seen_is_told_as_a_bound():
    assert estimate([(1, 10), (2, 10)], 2).half_width == 0
    assert estimate([(0, 10)] * 200, 5000).text == "0 % (none on 200 pages: fewer than 1.5 % of pages)"
    assert estimate([], 10).text == "0.0 %" or estimate([], 10).share == 0


def test_items_are_the_lines_with_words_or_signs():
    assert [item.text for item in items_of("One\n\n  two \n", [])] == ["One", "two"]


@pytest.mark.slow
def test_a_byline_that_is_wanted_back_on_one_page_is_kept_on_that_page_alone(tmp_path):
    (tmp_path / "in").mkdir()
    for n in range(4):
        prose = " ".join(
            f"The {TOPICS[(n + k) % 6]} {n * 9 + k} of the town was opened again by pilot {n + k}." for k in range(9)
        )
        (tmp_path / "in" / f"{n}.txt").write_text(f"Bridge {n} is open\n\nBy Anna Muster, 3 May 2024\n\n{prose}\n")
    cleanse.run(tmp_path / "in", tmp_path / "out", cleanse.Config(workers=1))
    sheet = write_sample(tmp_path / "out", 4, to=tmp_path)
    byline = "By Anna Muster, 3 May 2024"
    filled = fill(sheet.files[0], lambda row: "keep" if (row["id"], row["text"]) == ("2.txt", byline) else "")
    apply_verdicts(tmp_path / "out", filled, tmp_path / "mine.toml")
    (rule,) = parse_rules("own", (tmp_path / "mine.toml").read_text(), "mine.toml")
    assert (rule.id, rule.documents, rule.sites, rule.lines) == ("own.keep-2-txt", ("2.txt",), (), (byline,))
