"""Lines learned per site: what recurs around the text goes, what recurs by nature stays, and how it was run leaves no trace."""

import json
import random

import pytest

import cleanse
from cleanse.chrome import SiteLines, load_rules, strip
from cleanse.chrome.boilerplate_learning import MIN_PAGES, learn
from cleanse.chrome.site_boilerplate import BELOW, Recurrence, note_page, recurring_lines
from cleanse.documents import Span
from cleanse.pipeline import chunks
from cleanse.report.site_statistics import site_lines
from cleanse.spans import restore
from site_pages import (
    ABOVE_LINES,
    BELOW_LINES,
    LARGE,
    OTHER,
    PLACES,
    SMALL,
    article,
    crawl_pages,
    name_of,
    page,
    write_crawl,
)

pytestmark = pytest.mark.slow  # whole runs


def lines_of(pages, site="quayside.example"):
    """What is learned of pages, as texts with their side."""
    learned = learn(site, [note_page(text, ()) for text in pages])
    texts = {}
    for text in pages:
        for line in text.splitlines():
            if line.strip():
                texts[note_page(line, ()).marks[0] if note_page(line, ()).marks else 0] = line.strip()
    return {(texts[mark], side) for mark, side in learned.lines}


def cleaned(pages, **settings):
    """Pages through the chrome step without the line model, then without what is learned of them."""
    rules = load_rules(without=["model."], **settings)
    first = [strip(text, rules) for text in pages]
    notes = [note_page(text, found.removed) for text, found in zip(pages, first, strict=True)]
    learned = learn("quayside.example", notes)
    return [strip(found.text, rules, learned=learned).text for found in first]


# -- what is learned --------------------------------------------------------------------------------------------------


def test_lines_around_the_text_are_learned_with_their_side():
    expected = {(line, "above") for line in ABOVE_LINES} | {(line, "below") for line in BELOW_LINES}
    assert lines_of([page(n) for n in range(12)]) == expected


def test_they_go_and_nothing_else_does():
    pages = [page(n) for n in range(12)]
    assert cleaned(pages) == [page(n, (), ()) for n in range(12)]


def test_the_order_of_the_pages_does_not_matter():
    notes = [note_page(page(n), ()) for n in range(20)]
    shuffled = random.Random(3).sample(notes, len(notes))
    assert learn("a.example", notes) == learn("a.example", shuffled)


@pytest.mark.parametrize("n", [0, 1, MIN_PAGES - 1])
def test_of_few_pages_nothing_is_learned(n):
    assert lines_of([page(k) for k in range(n)]) == set()


def test_half_of_the_pages_are_enough_and_fewer_are_not():
    notice = "Mooring fees fall due on the first of the quarter"
    for holders, learned in ((10, True), (9, False)):
        pages = [page(n, below=[notice] if n < holders else []) for n in range(20)]
        assert ((notice, "below") in lines_of(pages)) == learned


@pytest.mark.parametrize("first", [0, 1, 3, 5])
def test_versions_of_one_article_are_one_page(first):
    """Print view, reprint, update, the states of a live blog: each has most of what the one before had."""
    _, paragraphs = article(1, 40)
    states = ["\n\n".join([*ABOVE_LINES, *paragraphs[k * first : k * first + 15], *BELOW_LINES]) for k in range(6)] * 2
    states += ["\n\n".join(paragraphs[:20]), "\n\n".join([*paragraphs[2:19], "A word from the printer."])]
    assert lines_of(states) == set()
    assert cleaned(states) == states


def test_copies_beside_other_pages_do_not_make_their_content_recur():
    copies = [page(99, below=[*BELOW_LINES, f"Printed for stall {k}"]) for k in range(30)]
    pages = [page(n) for n in range(MIN_PAGES)] + copies
    learned = {line for line, _ in lines_of(pages)}
    assert learned == {*ABOVE_LINES, *BELOW_LINES}


# -- what recurs and is content ---------------------------------------------------------------------------------------


def with_inside(n, *inside):
    headline, paragraphs = article(n)
    return "\n\n".join([*ABOVE_LINES, headline, *paragraphs[:3], *inside, *paragraphs[3:], *BELOW_LINES])


@pytest.mark.parametrize(
    "line", ["What we know", "Q: How did you come to the trade?", "Score", "Dear readers,", "12 March 1987", "Refrain"]
)
def test_what_recurs_inside_the_text_stays(line):
    pages = [with_inside(n, line) for n in range(12)]
    assert all(line in text for text in cleaned(pages))


def recipe(n):
    """A page without prose above its list: a headline, the ingredients, the method."""
    draw = random.Random(n)
    headline, paragraphs = article(n, 3)
    items = [f"{draw.randrange(2, 900)} g {name_of(draw).lower()} flour" for _ in range(6)]
    return "\n".join(
        [*ABOVE_LINES, "", headline, "", "Ingredients", *items, "", "Method", "", *paragraphs, *BELOW_LINES]
    )


def test_headings_of_lists_stay_before_and_after_the_prose():
    pages = [recipe(n) for n in range(12)]
    assert all("\nIngredients\n" in text and "\nMethod\n" in text for text in cleaned(pages))
    reports = []
    for n in range(12):
        teams = [name_of(random.Random(f"{n} {k}")) for k in range(5)]
        reports.append("\n".join([page(n, below=()), "Line-ups", *teams, *BELOW_LINES]))
    assert all("\nLine-ups\n" in text for text in cleaned(reports))


def test_a_columns_standing_introduction_stays():
    introduction = "Every week our gardener answers what readers have asked about hedges, ponds and bees."
    pages = [page(n, above=[*ABOVE_LINES, introduction]) for n in range(12)]
    assert all(introduction in text for text in cleaned(pages))


@pytest.mark.parametrize("last", ["Amen", "ENDS", "Yours from the harbour"])
def test_last_words_of_the_text_stay(last):
    pages = [page(n, below=[last, *BELOW_LINES]) for n in range(12)]
    assert all(f"\n{last}" in text for text in cleaned(pages))


def test_a_headline_stays_on_its_own_page_though_all_others_show_it_below():
    headlines = [article(n)[0] for n in range(12)]
    pages = [page(n, below=[*BELOW_LINES, *(h for h in headlines if h != headlines[n])]) for n in range(12)]
    for headline, text in zip(headlines, cleaned(pages), strict=True):
        assert text.startswith(headline)


def test_a_headline_that_others_show_above_the_text_stays_on_its_own_page():
    ticker = article(0)[0]
    pages = ["\n\n".join([ticker, *article(0)[1]])] + [page(n, above=[ticker]) for n in range(1, 12)]
    assert cleaned(pages)[0].startswith(ticker)


def test_a_poem_keeps_its_refrain():
    def poem(n):
        draw = random.Random(n)
        lines = [f"{name_of(draw)} goes {draw.choice(PLACES)}" for _ in range(9)]
        return "\n".join([*lines[:3], "Row the night away", *lines[3:6], "Row the night away", *lines[6:], "Row"])

    pages = [poem(n) for n in range(12)]
    assert cleaned(pages) == pages


# -- what is made of it -----------------------------------------------------------------------------------------------


def test_only_on_the_side_on_which_it_was_learned_does_a_line_go():
    line = BELOW_LINES[0]
    learned = learn("quayside.example", [note_page(page(n), ()) for n in range(12)])
    rules = load_rules(without=["model."])
    text = "\n\n".join([*article(50)[1][:3], line, *article(51)[1][:3]])
    assert strip(text, rules, learned=learned).text == text


def test_evidence_says_on_how_many_pages_and_where():
    text = page(40, above=())
    mark = note_page(BELOW_LINES[0], ()).marks[0]
    learned = SiteLines("quayside.example", {(mark, BELOW): Recurrence(34, 40)})
    (span,) = strip(text, load_rules(without=["model."]), learned=learned).removed
    assert (span.rule, span.evidence) == ("site.learned", "on 34 of 40 pages of quayside.example, below the text")
    assert span.text.strip() == BELOW_LINES[0]


def test_a_paragraph_is_known_by_all_of_it_not_by_its_start():
    start = "The harbour office reminds all masters of vessels that the following holds until further notice: " * 3
    pages = [page(n, below=[f"{start} {article(n, 1)[1][0]}"]) for n in range(12)]
    assert not any(start.strip()[:40] in line for line, _ in lines_of(pages))


def test_a_page_is_noted_with_what_the_chrome_step_removed_and_without_what_extraction_did():
    text = "Menu\nShare this\nThe mason of the parish measured the bridge beside the weir.\n"
    spans = (Span(0, 5, "Menu\n", "extract", "html.nav", ""), Span(5, 16, "Share this\n", "chrome", "en.share", ""))
    note = note_page(text, spans)
    assert (note.gone, note.prose) == ([True, False], [False, True])


def test_a_text_without_prose_has_no_side():
    learned = SiteLines("a.example", {(note_page("Row", ()).marks[0], BELOW): Recurrence(9, 9)})
    from cleanse.chrome import split_lines

    assert recurring_lines("One\nRow", split_lines("One\nRow"), learned) == {}


# -- runs -------------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def crawl(tmp_path_factory):
    return write_crawl(tmp_path_factory.mktemp("crawl") / "in", crawl_pages())


@pytest.fixture
def small_shards(monkeypatch):
    """A shard for each file, several parts and row groups in it."""
    monkeypatch.setattr(chunks, "SEGMENT_BYTES", 1)
    monkeypatch.setattr(chunks, "CHUNK_CHARS", 3_000)
    monkeypatch.setattr(chunks, "ROW_GROUP_CHARS", 1_500)


def config(**changes):
    return cleanse.Config(**{"workers": 0, "without": ("model.",), **changes})


@pytest.fixture(scope="module")
def output(crawl, tmp_path_factory):
    """The output of a run on the crawl, for tests that only look at it."""
    folder = tmp_path_factory.mktemp("cleaned") / "out"
    cleanse.run(crawl, folder, config())
    return folder


def test_a_run_takes_what_recurs_and_leaves_a_small_site_alone(output, rows):
    texts = {r["url"]: (r["site"], r["text"]) for r in rows(output, "corpus")}
    for site, text in texts.values():
        assert (ABOVE_LINES[0] in text, BELOW_LINES[0] in text) == ((site == SMALL),) * 2
    sites = {r["id"]: r["site"] for r in rows(output, "corpus")}
    spans = [r for r in rows(output, "removed") if r["rule"] == "site.learned"]
    assert {sites[r["id"]] for r in spans} == {LARGE, OTHER}
    assert {r["evidence"].partition(",")[0] for r in spans} == {
        f"on {n} of {n} pages of {s}" for n, s in ((30, LARGE), (12, OTHER))
    }


def test_text_and_removed_spans_are_the_page(output, rows):
    spans = {}
    for r in rows(output, "removed"):
        spans.setdefault(r["id"], []).append(Span(r["start"], r["end"], r["text"], r["step"], r["rule"], r["evidence"]))
    pages = {f"https://www.{site}/{n}": text for site, held in crawl_pages().items() for n, text in enumerate(held)}
    for r in rows(output, "corpus"):
        assert restore(r["text"], spans.get(r["id"], [])) == pages[r["url"]]


def test_the_digest_is_the_same_for_any_workers_and_cuts(crawl, tmp_path, small_shards):
    digests = {cleanse.run(crawl, tmp_path / str(n), config(workers=n)).digest for n in (1, 2, 3)}
    with pytest.MonkeyPatch.context() as whole:
        whole.setattr(chunks, "SEGMENT_BYTES", 4 << 20)
        whole.setattr(chunks, "CHUNK_CHARS", 32 << 20)
        digests.add(cleanse.run(crawl, tmp_path / "whole", config()).digest)
        whole.setattr("cleanse.stages.site_lines.PORTION", 10)  # sites take turns in memory
        digests.add(cleanse.run(crawl, tmp_path / "portions", config()).digest)
    assert len(digests) == 1


def test_the_sample_of_a_large_site_does_not_depend_on_the_cut(crawl, tmp_path, small_shards, monkeypatch, rows):
    monkeypatch.setattr("cleanse.stages.site_lines.SAMPLE", 10)
    first = cleanse.run(crawl, tmp_path / "cut", config()).digest
    evidence = {r["evidence"] for r in rows(tmp_path / "cut", "removed") if r["rule"] == "site.learned"}
    assert {e.split(" pages")[0] for e in evidence} == {"on 10 of 10"}
    monkeypatch.setattr(chunks, "SEGMENT_BYTES", 4 << 20)
    monkeypatch.setattr(chunks, "CHUNK_CHARS", 32 << 20)
    assert cleanse.run(crawl, tmp_path / "whole", config()).digest == first


def test_cleaning_the_cleaned_corpus_changes_nothing(crawl, tmp_path, rows):
    cleanse.run(crawl, tmp_path / "once", config())
    cleanse.run(tmp_path / "once" / "corpus", tmp_path / "twice", config())
    once, twice = ({r["url"]: r["text"] for r in rows(tmp_path / n, "corpus")} for n in ("once", "twice"))
    assert once == twice


@pytest.mark.parametrize(
    "changes", [{"without": ("model.", "site.learned")}, {"skip": ("chrome",)}, {"chrome": "careful"}]
)
def test_switched_off_nothing_is_counted(crawl, tmp_path, rows, changes):
    cleanse.run(crawl, tmp_path / "out", config(**changes))
    assert not (tmp_path / "out" / ".cleanse" / "notes").exists()
    assert "site.learned" not in {r["rule"] for r in rows(tmp_path / "out", "removed")}


def test_a_rule_that_keeps_wins(crawl, tmp_path, rows):
    own = tmp_path / "own.toml"
    own.write_text(f'[[rule]]\nname = "slogan"\naction = "keep"\nlines = ["{ABOVE_LINES[0]}"]\n')
    cleanse.run(crawl, tmp_path / "out", config(rules=str(own)))
    for r in rows(tmp_path / "out", "corpus"):
        assert (ABOVE_LINES[0] in r["text"]) == (r["site"] != OTHER)
        assert (ABOVE_LINES[1] in r["text"]) == (r["site"] == SMALL)


def made(output):
    """What was staged page by page, each with what changes when it is made again."""
    stages = ("read", "chrome", "notes", "language", "sign")
    return {
        p.relative_to(output): p.stat().st_mtime_ns for s in stages for p in (output / ".cleanse" / s).glob("*.parquet")
    }


def test_a_page_more_of_one_site_redoes_only_what_holds_pages_of_it(tmp_path, small_shards, rows):
    monkey = crawl_pages()
    folder = tmp_path / "in"
    folder.mkdir()
    for site, pages in monkey.items():
        text = "".join(json.dumps({"url": f"https://{site}/{n}", "text": t}) + "\n" for n, t in enumerate(pages))
        (folder / f"{site}.jsonl").write_text(text)
    with pytest.MonkeyPatch.context() as whole:
        whole.setattr(chunks, "CHUNK_CHARS", 32 << 20)  # a part for each site
        cleanse.run(folder, tmp_path / "out", config())
        before = made(tmp_path / "out")
        (folder / "zz.jsonl").write_text(json.dumps({"url": f"https://{OTHER}/new", "text": page(300)}) + "\n")
        told = cleanse.run(folder, tmp_path / "out", config())
        after = made(tmp_path / "out")
        new = [p.parts[1] for p in after if before.get(p) != after[p]]
        # the new part: read, stripped, noted, told, signed, marked; the other of its site: marked, told, signed
        assert sorted(new) == sorted(["read", "notes", *["chrome"] * 3, *["language"] * 2, *["sign"] * 2])
        assert cleanse.run(folder, tmp_path / "fresh", config()).digest == told.digest


def test_pages_without_addresses_leave_no_notes(tmp_path):
    (tmp_path / "page.txt").write_text(page(1))
    cleanse.run(tmp_path / "page.txt", tmp_path / "out", config())
    assert not list((tmp_path / "out" / ".cleanse" / "notes").glob("*.parquet"))


def test_lines_that_are_lost_from_the_staging_are_learned_again(crawl, tmp_path, small_shards):
    first = cleanse.run(crawl, tmp_path / "out", config()).digest
    for stage in ("notes", "lines"):
        for path in (tmp_path / "out" / ".cleanse" / stage).glob("*.parquet"):
            path.unlink()
    assert cleanse.run(crawl, tmp_path / "out", config()).digest == first


def test_one_document_alone_knows_no_lines_of_its_site():
    text = page(3)
    assert cleanse.clean(text, "https://large.example/3", config=config()).text == text


# -- what is told of it -----------------------------------------------------------------------------------------------


def test_the_manifest_names_the_lines_of_each_site_and_how_many_documents_lost_them(output, manifest):
    told = manifest(output)["site_lines"]
    assert (told["documents"], told["sites"], told["lines"]) == (42, 2, 6)
    assert list(told["most"]) == [LARGE, OTHER]
    assert {(line["text"], line["side"]) for line in told["most"][LARGE]} == {
        *((line, "above") for line in ABOVE_LINES),
        *((line, "below") for line in BELOW_LINES),
    }
    assert {(line["documents"], line["pages"], line["of"]) for line in told["most"][LARGE]} == {(30, 30, 30)}
    assert "(`site.learned` in `removed/`)" in (output / "README.md").read_text()


def test_what_is_told_is_bounded_and_says_so(output, monkeypatch):
    monkeypatch.setattr("cleanse.report.site_statistics.MOST_SITES", 1)
    monkeypatch.setattr("cleanse.report.site_statistics.MOST_LINES", 3)
    told = site_lines(output)
    assert (told["sites"], list(told["most"]), len(told["most"][LARGE])) == (2, [LARGE], 3)


def test_without_learned_lines_nothing_is_told(tmp_path, manifest):
    (tmp_path / "page.txt").write_text(page(1))
    cleanse.run(tmp_path / "page.txt", tmp_path / "out", config())
    assert manifest(tmp_path / "out")["site_lines"] == {}
    assert "Lines learned per site" not in (tmp_path / "out" / "report.html").read_text()


def test_hostile_lines_and_sites_are_shown_as_they_are(tmp_path):
    line = "<script>window.pwned=1</script> Harbour </details> & Hinterland"
    crawl = write_crawl(tmp_path / "in", {"<b>x.example": [page(n, above=[line]) for n in range(12)]})
    cleanse.run(crawl, tmp_path / "out", config())
    shown = (tmp_path / "out" / "report.html").read_text()
    told = shown[shown.index("Lines learned per site") : shown.index("</section>", shown.index("Lines learned"))]
    assert "&lt;script&gt;window.pwned=1&lt;/script&gt; Harbour &lt;/details&gt; &amp; Hinterland" in told
    assert "&lt;b&gt;x.example" in told
    assert "<script" not in told
