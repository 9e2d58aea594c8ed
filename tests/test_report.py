"""report.html: every string in it came from the web, so nothing of a page may run, load or break the layout. In Chromium."""

import csv
import itertools
import json
import re
import shutil
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import cleanse
from cleanse.corpus import SCHEMAS, read_manifest
from cleanse.documents import Span
from cleanse.report.comparing import compare, write_comparison
from cleanse.report.filter_trial import try_on_output
from cleanse.report.report_page import render, write_page
from cleanse.report.samples import _page
from cleanse.report.selection import Picks, pick_from
from cleanse.report.statistics import read_parts
from cleanse.review import apply_verdicts, write_sample
from cleanse.review.sheets import read_verdicts

pytestmark = pytest.mark.slow  # whole runs

CASES = Path(__file__).parent / "cases" / "hostile.jsonl"
NAMES = [
    "<img src=x onerror=window.pwned=1>.txt",
    "'\"><svg onload=window.pwned=1>.txt",
    "</script><b>.txt",
    "empty <i>.txt",
]
FLAGS = [
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
]


@pytest.fixture(scope="module")
def output(tmp_path_factory):
    """The output of a run on pages that try to get out of the report."""
    folder = tmp_path_factory.mktemp("hostile")
    source = folder / "in"
    source.mkdir()
    (source / "pages.jsonl").write_text(CASES.read_text().replace("LONGWORD", "w" * 10_000))
    article = "The {} of the old town was opened again on Saturday after two years of work on its roof and walls.\n"
    for name, word in zip(NAMES, ("bridge", "tower", "market", ""), strict=True):
        (source / name).parent.mkdir(exist_ok=True)
        (source / name).write_text(article.format(word) + "\nLeave a comment\n" if word else "")
    cleanse.run(source, folder / "out", cleanse.Config(workers=0))
    return folder / "out"


@pytest.fixture(scope="module")
def browser():
    """Debian's Chromium, driven by Playwright."""
    playwright = pytest.importorskip("playwright.sync_api", reason="needs Playwright: pip install -e '.[dev]'")
    chromium = shutil.which("chromium")
    if chromium is None:
        pytest.skip("needs Chromium: apt-get install chromium")
    with playwright.sync_playwright() as p:
        browser = p.chromium.launch(executable_path=chromium, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def show(browser, output):
    """Open the report, or another page; afterwards nothing may have been said on the console, loaded, or run."""
    contexts = []

    def open_(width=1280, height=900, path=output / "report.html", **kwargs):
        context = browser.new_context(viewport={"width": width, "height": height}, **kwargs)
        page = context.new_page()
        said, loaded = [], []
        page.on("console", lambda message: said.append(message.text))
        page.on("pageerror", lambda error: said.append(str(error)))
        page.on("dialog", lambda dialog: (said.append(dialog.message), dialog.dismiss()))
        page.on("request", lambda request: loaded.append(request.url))
        page.goto(path.resolve().as_uri())
        loaded.remove(path.resolve().as_uri())
        contexts.append((context, page, said, loaded))
        return page

    yield open_
    for context, page, said, loaded in contexts:
        assert said == []
        assert [url for url in loaded if not url.startswith("blob:")] == []
        assert page.evaluate("window.pwned") is None
        context.close()


def steps(page, viewer):
    """Go through a viewer to its end and back to its first item; yields at each."""
    for _ in range(int(re.search(r"of (\d+)", page.locator(f"{viewer} .position").inner_text()).group(1))):
        yield
        page.locator(f"{viewer} [data-go='1']").click()


def test_nothing_of_a_page_runs_loads_or_breaks_out(show):
    page = show()
    for viewer in ("#page-viewer", "#cluster-viewer"):
        for _ in steps(page, viewer):
            assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    allowed = page.evaluate("[...new Set([...document.querySelectorAll('main *')].map(e => e.localName))].sort()")
    assert not {
        "script",
        "img",
        "iframe",
        "style",
        "link",
        "object",
        "embed",
        "base",
        "meta",
        "form",
        "b",
        "math",
    } & set(allowed)
    on = "[...document.querySelectorAll('*')].flatMap(e => [...e.attributes]).filter(a => /^on|^style$|^srcdoc$/.test(a.name)).length"
    assert page.evaluate(on) == 0
    assert page.evaluate("[...document.links].every(a => a.getAttribute('href').startsWith('#'))")


def test_what_a_page_says_is_shown_as_it_says_it(show):
    page = show()
    shown = [page.locator("#page-viewer .sheet").inner_text() for _ in steps(page, "#page-viewer")]
    assert any("<script>window.pwned=1;alert(1)</script>" in text for text in shown)
    assert any("<img src=x onerror=window.pwned=1>.txt" in text for text in shown)


def test_a_page_that_turns_its_text_around_leaves_the_rest_alone(show):
    page = show()
    page.locator("#page-viewer [data-pick]").select_option("pages.jsonl#6")
    assert page.locator("#page-viewer .text").last.evaluate("e => getComputedStyle(e).unicodeBidi") == "isolate"
    assert page.locator("#page-viewer .text", has_text="افتتحت").evaluate("e => getComputedStyle(e).direction") == "rtl"
    assert page.locator("#page-viewer .position").evaluate("e => getComputedStyle(e).direction") == "ltr"


@pytest.mark.parametrize("viewer", ["#page-viewer", "#cluster-viewer"])
def test_a_viewer_works_by_keyboard_alone(show, viewer):
    page = show()
    position = page.locator(f"{viewer} .position")
    page.locator(viewer).focus()
    first = page.locator(f"{viewer} .sheet").inner_text()
    total = re.search(r"of (\d+)", position.inner_text()).group(1)
    page.keyboard.press("ArrowRight")
    assert position.inner_text().startswith(f"{min(2, int(total))} of")
    page.keyboard.press("ArrowLeft")
    assert page.locator(f"{viewer} .sheet").inner_text() == first
    page.keyboard.press("ArrowLeft")
    assert position.inner_text().startswith(f"{total} of")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")  # the button "next", from the last to the first
    assert position.inner_text().startswith("1 of")


def test_what_was_kept_can_be_shown_alone(show):
    page = show()
    page.locator("#page-viewer [data-filter]").select_option("largest cuts")
    removed = page.locator("#page-viewer .sheet del")
    assert removed.count() > 0
    assert removed.first.is_visible()
    page.locator("#page-viewer").focus()
    page.keyboard.press("a")
    assert not removed.first.is_visible()


def test_a_removed_span_stands_beside_its_rule_and_evidence(show):
    page = show()
    page.locator("#page-viewer [data-pick]").select_option(label="pages.jsonl#2")
    row = page.locator("#page-viewer .row", has=page.locator("del", has_text="Share on Facebook"))
    assert "share" in row.locator(".margin").inner_text()


def test_near_duplicates_show_the_words_that_differ(show):
    page = show()
    sheet = page.locator("#cluster-viewer .sheet")
    words = sheet.locator("ins").all_inner_texts() + sheet.locator("del").all_inner_texts()
    assert any("Cats" in text for text in words)
    assert any("Dogs" in text for text in words)
    assert not any("ferry" in text for text in words)


def test_a_rule_opens_real_examples(show):
    page = show()
    rule = page.locator("#rules details", has_text="en.comment-form").first
    rule.locator("summary").click()
    assert "Leave a comment" in rule.locator("del").first.inner_text()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_stands_out_from_its_ground(show, scheme):
    page = show(color_scheme=scheme)
    page.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
    least, where = page.evaluate(CONTRAST)
    assert least >= 4.5, where


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_narrow_window_needs_no_scrolling_sideways(show, scheme):
    page = show(width=390, height=844, color_scheme=scheme)
    page.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
    for _ in steps(page, "#page-viewer"):
        assert page.evaluate("document.documentElement.scrollWidth") == 390
    assert page.locator("h1").is_visible()


def test_every_control_and_section_has_a_name_that_can_be_read_out(show):
    page = show()
    unnamed = """[...document.querySelectorAll('button, select, input, [role=group], section, svg[role=img], table')].filter(e =>
      !(e.ariaLabel || e.labels?.length || e.textContent.trim() || e.getAttribute('aria-labelledby') || e.caption))
      .map(e => e.outerHTML.slice(0, 80))"""
    assert page.evaluate(unnamed) == []
    assert page.evaluate("[...document.querySelectorAll('svg:not([role=img])')].every(e => e.ariaHidden === 'true')")
    assert page.evaluate(
        "[...document.querySelectorAll('[aria-labelledby]')].every(e => document.getElementById(e.getAttribute('aria-labelledby')))"
    )
    levels = page.evaluate("[...document.querySelectorAll('h1,h2,h3,h4')].map(e => +e.localName[1])")
    assert levels[0] == 1
    assert all(b - a <= 1 for a, b in itertools.pairwise(levels))


def test_a_sheet_is_ticked_and_saved_in_its_page(show, output, tmp_path):
    page = show(path=write_sample(output, 40, to=tmp_path).files[1])
    viewer = page.locator("#sample-viewer")
    for _ in range(page.locator("[data-pick] option").count()):
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        wrong = viewer.locator("button.line", has_text="Share on Facebook")
        if wrong.count():
            wrong.first.focus()
            page.keyboard.press("Space")
            assert wrong.first.get_attribute("aria-pressed") == "true"
            assert wrong.first.locator(".verdict").inner_text() == "keep"
        viewer.focus()
        page.keyboard.press("ArrowRight")
    with page.expect_download() as saved:
        page.locator("[data-save]").click()
    saved.value.save_as(tmp_path / "verdicts.csv")
    verdicts = read_verdicts(tmp_path / "verdicts.csv")
    with (tmp_path / "sample.csv").open(encoding="utf-8-sig") as file:
        assert len(verdicts) == sum(1 for _ in csv.reader(file)) - 1
    assert sum(verdict.verdict == "keep" for verdict in verdicts) == 3
    assert apply_verdicts(output, tmp_path / "verdicts.csv", tmp_path / "mine.toml").made == 3
    (output / "estimate.json").unlink()


def test_a_comparison_opens_on_a_phone_without_a_word_on_the_console(show, output, tmp_path):
    found = compare(output, output)
    found.lost["<img src=x onerror=window.pwned=1>" * 20] = found.only_a
    write_comparison(found, tmp_path / "compare.html")
    page = show(width=390, path=tmp_path / "compare.html")
    assert page.evaluate("document.documentElement.scrollWidth") == 390


def test_the_report_prints(show):
    page = show()
    page.emulate_media(media="print")
    assert not page.locator("nav").is_visible()
    assert page.locator("#page-viewer .sheet").is_visible()


def test_paper_is_light_whatever_the_screen_is(show):
    colours = "e => { const s = getComputedStyle(e); return [s.backgroundColor, s.color] }"
    found = []
    for scheme in ("light", "dark"):
        page = show(color_scheme=scheme)
        page.emulate_media(media="print", color_scheme=scheme)
        found.append([page.locator(where).first.evaluate(colours) for where in ("body", ".sheet", ".sheet del")])
    assert found[0] == found[1]


def test_the_report_is_readable_without_its_script(show):
    page = show(java_script_enabled=False)
    assert "documents kept" in page.locator("h1").inner_text()
    assert page.locator("#rules li").count() > 0


def test_the_policy_admits_only_the_files_own_style_and_script(output):
    page = (output / "report.html").read_text()
    policy = re.search(r'Content-Security-Policy" content="([^"]*)"', page).group(1)
    assert "default-src 'none'" in policy.replace("&#39;", "'")
    assert "unsafe" not in policy
    assert page.count("<script") == 2
    assert page.count("<style") == 1


def test_the_report_is_the_same_each_time(output):
    manifest = read_manifest(output)
    assert render(output, manifest) == render(output, manifest)


def test_an_output_without_any_document_has_a_report(tmp_path):
    (tmp_path / "in").mkdir()
    cleanse.run(tmp_path / "in", tmp_path / "out", cleanse.Config(workers=0))
    assert "0 of 0 documents kept" in (tmp_path / "out" / "report.html").read_text()


def test_a_dry_run_has_a_report(tmp_path, seeds):
    source = tmp_path / "in"
    source.mkdir()
    for name in ("fr-comment-form.txt", "fr-exact-duplicate.txt"):
        shutil.copy(seeds / name, source)
    cleanse.run(source, tmp_path / "out", cleanse.Config(workers=0, dry_run=True))
    assert "dry run" in (tmp_path / "out" / "report.html").read_text()


def test_the_report_stays_small_whatever_the_corpus(tmp_path):
    """Documents of a megabyte of `<`, each of which takes six bytes in the data block."""
    (tmp_path / "in").mkdir()
    with (tmp_path / "in" / "many.jsonl").open("w") as file:
        for i in range(80):
            words = " ".join(f"mot{i * 7 + j * j % 991}" for j in range(300))
            text = f"{words}.\n\n" + f"Leave a comment {'<' * 400}\n\n{words[::-1]}.\n\n" * 60
            file.write(
                json.dumps({"text": text, "url": f"https://{i}.example/{'<' * 500}", "title": "<" * 3000}) + "\n"
            )
    cleanse.run(tmp_path / "in", tmp_path / "out", cleanse.Config(workers=0))
    assert (tmp_path / "out" / "report.html").stat().st_size < 3_000_000


def test_a_report_can_be_written_again_from_the_output_alone(output):
    before = (output / "report.html").read_text()
    write_page(output, read_manifest(output))
    assert (output / "report.html").read_text() == before


# The least contrast (WCAG 2) of any text with the ground it stands on, and where.
CONTRAST = """() => {
  const canvas = Object.assign(document.createElement('canvas'), {width: 1, height: 1}).getContext('2d', {willReadFrequently: true});
  const rgb = (colour) => { canvas.clearRect(0, 0, 1, 1); canvas.fillStyle = colour; canvas.fillRect(0, 0, 1, 1); return [...canvas.getImageData(0, 0, 1, 1).data]; };
  const light = (c) => { const [r, g, b] = c.slice(0, 3).map(v => { v /= 255; return v <= .03928 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4; }); return .2126 * r + .7152 * g + .0722 * b; };
  const ground = (e) => { for (; e; e = e.parentElement) { const c = rgb(getComputedStyle(e).backgroundColor); if (c[3] === 255) return c; } return [255, 255, 255, 255]; };
  let least = 99, where = '';
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const e = walker.currentNode.parentElement;
    if (!walker.currentNode.data.trim() || ['SCRIPT', 'STYLE', 'NOSCRIPT', 'OPTION'].includes(e.tagName) || !e.offsetParent) continue;
    const [a, b] = [light(rgb(getComputedStyle(e).color)), light(ground(e))].sort((x, y) => y - x);
    const contrast = (a + .05) / (b + .05);
    if (contrast < least) { least = contrast; where = e.outerHTML.slice(0, 120); }
  }
  return [least, where];
}"""


def test_pages_of_which_the_model_removed_what_it_held_for_content_come_first_among_the_doubted(tmp_path):
    ids = [f"page-{n}" for n in range(5)]
    evidence = {
        "page-0": ("model.line", 'content 12%, as in "read also"'),
        "page-1": ("model.tail", 'content 4%; below "Hot: content 99% off today"'),
        "page-2": ("fr.share", "content 99% of the line"),  # no decision of the model's
        "page-3": ("model.line", 'content 31%, as in "more"'),
        "page-4": ("model.line", "no figure"),
    }
    rows = {name: [] for name in ("documents", "corpus", "removed")}
    for id_ in ids:
        rule, said = evidence[id_]
        base = {"id": id_, "status": "kept", "language": "fr", "chars_in": 900, "chars_kept": 880}
        rows["documents"].append(base)
        rows["corpus"].append({"id": id_, "text": "x" * 880, "near_duplicates": 0})
        rows["removed"].append({"id": id_, "start": 0, "end": 9, "text": "y" * 9, "rule": rule, "evidence": said})
    for name, held in rows.items():
        (tmp_path / name).mkdir()
        pq.write_table(pa.Table.from_pylist(held, SCHEMAS[name]), tmp_path / name / "part-00000.parquet")
    picks = Picks()
    for part in read_parts(tmp_path):
        pick_from(picks, part)
    assert [id_ for _, _, id_ in picks.pages["doubted", ""]] == ["page-3", "page-0", "page-1"]


def test_the_span_that_was_least_certain_is_marked_among_those_shown():
    kept = "A paragraph that stays on the page, as it should, and goes on for a while.\n"
    spans, at = [], 0
    for n in range(40):
        said = f"content {30 if n == 33 else 3}%, as in this"
        spans.append(Span(at, at + 12, f"Removed {n:03d}\n", "chrome", "model.line", said))
        at += 12 + len(kept)
    row = {"id": "a", "status": "kept", "reason": None, "language": "fr", "language_confidence": 1.0}
    row |= {"chars_in": at, "chars_kept": 40 * len(kept)}
    found = _page(row, {"text": kept * 40, "title": "A", "site": None}, spans, ["doubted"])
    assert found["notes"][found["doubt"]][:2] == ["model.line", "content 30%, as in this"]
    calm = [Span(s.start, s.end, s.text, s.step, "fr.share", s.evidence) for s in spans]
    assert _page(row, {"text": kept * 40, "title": "A", "site": None}, calm, [])["doubt"] == -1


NEWS = "The {} number {} of the old town was opened again on day {} after {} years of work on its roof and its walls."


@pytest.fixture(scope="module")
def crawl(tmp_path_factory):
    """The output of a run on a crawl of two sites, one of which loses much to a rule, and of an archive without addresses."""
    folder = tmp_path_factory.mktemp("crawl")
    own = folder / "mine.toml"
    notice = "The gazette prints what the council says and nothing else, and its readers know that as well as we do."
    own.write_text(f'[[rule]]\nname = "notice"\nlines = ["{notice}"]\nremoves = ["{notice}"]\n')
    nouns = ["bridge", "tower", "market", "mill", "ferry", "chapel", "bakery", "school"]
    records = []
    for n in range(60):
        prose = [NEWS.format(nouns[(n + k) % 8], n * 13 + k, n * 7 + k * 3, n + k + 2) for k in range(6)]
        body = [f"The {nouns[n % 8]} {n} opens", *prose[:3], *([notice] * 2 if n % 2 else []), *prose[3:]]
        record = {"text": "\n\n".join(body), "url": f"https://{'ab'[n % 2]}.example/{n}"}
        records.append(record | ({"date": f"{2019 + n % 3}-05-0{1 + n % 9}", "author": "Anna Muster"} if n % 4 else {}))
    (folder / "in").mkdir()
    (folder / "in" / "crawl.jsonl").write_text("".join(json.dumps(record) + "\n" for record in records))
    (folder / "in" / "lines.txt").write_text("\n".join(f"row {n} of the table" for n in range(51_000)))
    cleanse.run(folder / "in", folder / "out", cleanse.Config(workers=0, rules=str(own)))
    return folder / "out"


def test_pages_are_found_by_word_and_by_id(show, crawl):
    page = show(path=crawl / "report.html")
    position = page.locator("#page-viewer .position")
    before = position.inner_text()
    page.fill("#page-viewer [data-find]", "GAZETTE")
    assert int(re.search(r"of (\d+)", position.inner_text()).group(1)) < int(re.search(r"of (\d+)", before).group(1))
    assert {text.lower() for text in page.locator("#page-viewer mark").all_inner_texts()} == {"gazette"}
    page.fill("#page-viewer [data-find]", "no page says this")
    assert position.inner_text() == "No page of the sample holds that."
    page.keyboard.press("Tab")
    page.fill("#page-viewer [data-find]", "lines.txt")
    assert (
        page.locator("#page-viewer .facts").inner_text().startswith("lines.txt")
        or "lines.txt" in page.locator("#page-viewer .sheet").inner_text()
    )
    page.fill("#page-viewer [data-find]", "")
    assert position.inner_text() == before


def test_what_needs_eyes_opens_in_the_viewer(show, crawl):
    page = show(path=crawl / "report.html")
    section = page.locator("#attention")
    assert "own.notice took" in section.inner_text()
    assert "a.example" not in section.inner_text()
    assert "left as it is: more than 50,000 lines" in section.inner_text()
    button = section.locator("[data-open]").first
    button.click()
    assert button.get_attribute("data-open") in page.locator("#page-viewer .facts").inner_text()
    assert "gazette" in page.locator("#page-viewer del").first.inner_text()


def test_every_removed_span_names_the_commands_that_keep_it(show, crawl):
    page = show(path=crawl / "report.html")
    page.fill("#page-viewer [data-find]", "gazette")
    name = page.locator("#page-viewer [data-pick] option").first.inner_text()
    keep = page.locator("#page-viewer .margin details").first
    keep.locator("summary").click()
    commands = keep.locator("code").all_inner_texts()
    assert commands == [
        f"cleanse restore {crawl} '{name}' --span 1{scope}" for scope in ("", " --for site", " --for everywhere")
    ]


def test_words_years_sources_and_metadata_add_up(show, crawl, manifest, rows):
    page = show(path=crawl / "report.html")
    kept = rows(crawl, "corpus")
    assert f"{sum(row['words'] for row in kept):,} words" in page.locator(".lead").inner_text()
    assert manifest(crawl)["counts"]["words_kept"] == sum(row["words"] for row in kept)

    def table(caption):
        found = page.locator("table", has=page.locator("caption", has_text=caption))
        return [row.all_inner_texts() for row in (r.locator("th, td") for r in found.locator("tbody tr").all())]

    years = {cells[0]: int(cells[-1].replace(",", "")) for cells in table("by the year")}
    dates = [(row["date"] or "")[:4] or "no date" for row in kept]
    assert years == {year: dates.count(year) for year in set(dates)}
    sources = {cells[0]: int(cells[-2].replace(",", "")) for cells in table("by site, or")}
    assert sources == {"a.example": 30, "b.example": 30, "lines.txt": 1}
    missing = {cells[0]: int(cells[-1].replace(",", "")) for cells in table("with metadata")}
    assert missing == {
        name: sum(row[name] is None for row in kept) for name in ("title", "author", "date", "url", "site")
    }


def test_the_parts_of_the_characters_add_up_to_what_was_read(crawl, output, manifest):
    for folder in (crawl, output):
        counts = manifest(folder)["counts"]
        page = render(folder, manifest(folder))
        legend = page[page.index('<table class="legend">') :].partition("</table>")[0]
        parts = [
            int(n.replace(",", "")) for n in re.findall(r'<td class="n">([\d,]+)</td><td class="n muted">', legend)
        ]
        assert sum(parts) == counts["chars_in"]


def test_signals_are_drawn_beside_the_reference_of_their_language(show, crawl):
    page = show(path=crawl / "report.html")
    assert "no reference" not in page.locator("#signals details").first.inner_text()
    row = page.locator("#signals tr", has_text="word_length").first
    cells = row.locator("td").all_inner_texts()
    assert 3 < float(cells[1]) < 7
    assert 3 < float(cells[2]) < 7
    assert cells[3].endswith("%")
    assert row.locator("svg rect").count() == 4  # the track, the band, the line, the median


def test_what_filters_would_withhold_is_what_the_command_says(crawl, manifest):
    page = render(crawl, manifest(crawl))
    section = page[page.index('<section id="filters"') :].partition("</section>")[0]
    for preset in ("wide", "gopher"):
        taken = try_on_output(crawl, preset, 1)
        expected = sum(row["documents"] for row in taken if row["rule"] == "*")
        shown = re.search(rf'<code>{preset}</code></th><td class="n">([\d,]+)</td>', section)
        assert int(shown[1].replace(",", "")) == expected
