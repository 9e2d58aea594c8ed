"""Rules are data that prove themselves; the user's own are checked when they are loaded."""

import subprocess
import sys
import tomllib
from dataclasses import replace
from pathlib import Path

import pytest

from cleanse.chrome import SETTINGS, findings, load_rules, split_lines, strip
from cleanse.chrome.dates import Words, find_dates
from cleanse.chrome.rule_files import FOLDER, failures, parse_rules
from cleanse.chrome.rule_files import load_rules as load
from cleanse.chrome.rule_index import build_index
from cleanse.chrome.rule_matcher import KINDS
from cleanse.errors import SettingError

ARTICLE = (
    "The mill stood empty for sixty years, and its wheel had grown a small wood of its own.\n\n"
    "On Monday the first twelve pupils lit the ovens, and by noon the queue had reached the bridge.\n\n"
)
MORE = "The school takes no fees, but every pupil owes the town a loaf of bread a day for a year.\n\n"
FILES = sorted(FOLDER.glob("*.toml"))
CASES = Path(__file__).parent / "cases"
REQUIRED = {"fr", "en", "de", "es", "it", "pt", "nl", "pl", "ru", "el", "cs", "tr", "zh", "ja", "ko"}


def own(tmp_path, toml):
    path = tmp_path / "own.toml"
    path.write_text(toml, encoding="utf-8")
    return path


def test_the_languages_that_were_promised_are_there():
    assert {path.stem for path in FILES} >= REQUIRED


@pytest.mark.parametrize("path", FILES, ids=lambda p: p.stem)
def test_every_rule_bears_out_its_own_examples(path):
    rules = parse_rules(path.stem, path.read_text(encoding="utf-8"), path.name)
    assert failures(rules) == []
    assert [rule.id for rule in rules if not rule.removes or not rule.keeps] == []


def test_findings_say_which_rule_where_and_why():
    text = "Text.\n\n  Leave a Comment\n"
    lines = split_lines(text)
    found = [f for fs in findings(lines, load_rules()) for f in fs if f.rule == "en.comment-form"]
    assert [(f.action, text[f.start : f.end], f.evidence) for f in found] == [
        ("tail", "Leave a Comment", 'the line is "leave a comment"')
    ]


def test_rules_of_all_languages_run_on_every_page():
    lines = split_lines("Schreibe einen Kommentar\nLaisser un commentaire\nDeja un comentario")
    found = findings(lines, load_rules())
    assert [fs[0].rule for fs in found] == ["de.comment-form", "fr.comment-form", "es.comment-form"]


@pytest.mark.parametrize("setting", SETTINGS)
@pytest.mark.parametrize("line", ["The harbour speaks", "The harbour speaks" + " and nobody listens to it" * 8 + "."])
def test_an_own_rule_removes_a_lone_line_in_every_setting(tmp_path, setting, line):
    toml = '[[rule]]\nname = "motto"\nphrases = ["the harbour speaks"]\nmax_words = 99\n'
    found = strip(f"{ARTICLE}{line}\n\n{MORE}", load_rules(own(tmp_path, toml)), setting)
    assert [(s.rule, s.text.strip()) for s in found.removed] == [("own.motto", line)]


def test_a_keep_rule_wins_over_a_line_and_over_the_end_of_the_article(tmp_path):
    text = ARTICLE + "Leave a comment\n\nThe harbour speaks\n\nYour email address will not be published.\n"
    assert "The harbour speaks" not in strip(text, load_rules()).text
    toml = '[[rule]]\nname = "motto"\naction = "keep"\nlines = ["the harbour speaks", "leave a comment"]\n'
    kept = strip(text, load_rules(own(tmp_path, toml))).text
    assert "The harbour speaks" in kept
    assert "Leave a comment" in kept
    assert "Your email address" not in kept


def test_a_rule_for_a_site_is_silent_elsewhere(tmp_path):
    toml = '[[rule]]\nname = "motto"\nstrength = "sure"\nsites = ["example.com"]\nlines = ["the harbour speaks"]\n'
    rules = load_rules(own(tmp_path, toml))
    text = ARTICLE + "The harbour speaks\n\n" + MORE
    assert [len(strip(text, rules, site=site).removed) for site in ("news.example.com", "example.org", None)] == [
        1,
        0,
        0,
    ]


def test_a_pattern_may_cut_a_part_of_a_line(tmp_path):
    toml = '[[rule]]\nname = "place"\nscope = "match"\npatterns = ["HARBOUR[.] "]\n'
    found = strip("HARBOUR. " + ARTICLE, load_rules(own(tmp_path, toml)))
    assert [(s.rule, s.text) for s in found.removed] == [("own.place", "HARBOUR. ")]


def test_a_single_rule_and_a_language_can_be_switched_off():
    text = ARTICLE + "Laisser un commentaire\n"
    assert strip(text, load_rules()).removed
    assert not strip(text, load_rules(without=["fr.comment-form"])).removed
    assert not strip(text, load_rules(without=["fr."])).removed


def test_code_rules_can_be_switched_off_too():
    text = "By Anna Brown\n\n" + ARTICLE
    assert strip(text, load_rules()).removed
    assert not strip(text, load_rules(without=["metadata.author"])).removed


def test_an_unknown_rule_names_close_ones():
    with pytest.raises(SettingError, match=r"fr\.comment-form"):
        load_rules(without=["fr.comment-forms"])


@pytest.mark.parametrize(
    ("toml", "message"),
    [
        ("rule = ", "not valid TOML"),
        ('[[rules]]\nname = "a"\n', "unknown key 'rules'"),
        ('[[rule]]\nlines = ["x"]\n', "needs a name"),
        ('[[rule]]\nname = "a"\n', "finds nothing"),
        ('[[rule]]\nname = "a"\nphrase = ["x y"]\n', "Did you mean 'phrases'"),
        ('[[rule]]\nname = "a"\nlines = "x"\n', "list of strings"),
        ('[[rule]]\nname = "a"\nlines = ["x"]\naction = "drop"\n', "use one of: remove, keep"),
        ('[[rule]]\nname = "a"\npatterns = ["("]\n', "does not compile"),
        ('[[rule]]\nname = "a"\nparts = ["ab"]\n', "too short"),
        ('[[rule]]\nname = "a"\nlines = ["x"]\nmax_words = 0\n', "at least 1"),
        ('[[rule]]\nname = "a"\nlines = ["x y"]\nremoves = ["z"]\n', "does not match its own example"),
        ('[[rule]]\nname = "a"\nlines = ["x y"]\nkeeps = ["X Y"]\n', "matches its own example"),
        ('[[rule]]\nname = "a"\nlines = ["x"]\n[[rule]]\nname = "a"\nlines = ["y"]\n', "two rules"),
    ],
)
def test_an_own_file_that_cannot_be_used_says_how_to_mend_it(tmp_path, toml, message):
    with pytest.raises(SettingError, match=message):
        load_rules(own(tmp_path, toml))


def test_a_missing_file_of_rules_is_a_setting_error(tmp_path):
    with pytest.raises(SettingError, match="cannot be read"):
        load_rules(tmp_path / "none.toml")


def test_the_digest_follows_the_rules_in_force(tmp_path):
    path = own(tmp_path, '[[rule]]\nname = "a"\nlines = ["x y"]\n')
    digests = [load_rules().digest, load_rules(path).digest, load_rules(without=["fr."]).digest]
    assert len(set(digests)) == 3
    assert load_rules().digest == digests[0]


def test_the_digest_is_the_same_in_another_process():
    code = "from cleanse.chrome import load_rules; print(load_rules().digest)"
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert out.strip() == load_rules().digest


def test_changed_content_of_an_own_file_is_noticed(tmp_path):
    path = own(tmp_path, '[[rule]]\nname = "a"\nlines = ["x y"]\n')
    before = load(path).digest
    path.write_text('[[rule]]\nname = "a"\nlines = ["x z"]\n', encoding="utf-8")
    assert load(path).digest != before


@pytest.mark.parametrize(
    ("text", "iso"),
    [
        ("21 novembre 2023", "2023-11-21"),
        ("21. November 2023", "2023-11-21"),
        ("November 21, 2023", "2023-11-21"),
        ("Nov. 21, 2023", "2023-11-21"),
        ("1er mars 2021", "2021-03-01"),
        ("4 de marzo de 2021", "2021-03-04"),
        ("4 марта 2021 г.", "2021-03-04"),
        ("2023-11-21", "2023-11-21"),
        ("2023-11", "2023-11"),
        ("21.11.2023", "2023-11-21"),
        ("11/21/2023", "2023-11-21"),
        ("2023年11月21日", "2023-11-21"),
        ("2023년 11월 21일", "2023-11-21"),
        ("novembre 2023", "2023-11"),
    ],
)
def test_dates_are_read_as_pages_write_them(text, iso):
    assert [found.iso for found in find_dates(text, load_rules().words)] == [iso]


@pytest.mark.parametrize("text", ["chapter 12", "1.2.3", "40 of 2021 votes", "2023-99", "tel. 0161-2023-11"])
def test_other_numbers_are_no_dates(text):
    assert find_dates(text, load_rules().words) == []


def test_without_month_names_only_numbers_are_dates():
    assert [found.iso for found in find_dates("2023-11-21, 21 novembre 2023", Words())] == ["2023-11-21"]


@pytest.mark.slow
def test_the_name_of_a_rule_does_nothing():
    """Under other names, the rules remove the same spans for the same reasons from every page of the cases."""
    rules = load_rules()
    names = {rule.id: f"{rule.id.partition('.')[0]}.n{number}" for number, rule in enumerate(rules.rules)}
    renamed = tuple(replace(rule, id=names[rule.id]) for rule in rules.rules)
    sure = frozenset(names.get(rule, rule) for rule in rules.sure)
    others = replace(rules, rules=renamed, index=build_index(renamed), sure=sure)
    pages = [page["text"] for page in tomllib.loads((CASES / "chrome.toml").read_text(encoding="utf-8"))["page"]]
    zoo = [path.read_text(encoding="utf-8") for path in sorted((CASES / "zoo").glob("*.txt"))]
    pages += ["\n".join(line[2:] for line in page.split("\n")) for page in zoo]
    used = set()
    for text in pages:
        before, after = strip(text, rules), strip(text, others)
        used |= {span.rule for span in before.removed}
        assert after == replace(
            before, removed=tuple(replace(span, rule=names.get(span.rule, span.rule)) for span in before.removed)
        )
    assert len(used & set(names)) > len(KINDS)


@pytest.mark.parametrize("kinds", [("", ""), ("comments", "comment-marks")])
def test_an_own_rule_may_say_what_its_line_is(tmp_path, kinds):
    """Marks of reader comments prove that all below the heading of comments is no text; without kinds nothing does."""
    kind, mark = (f'kind = "{kind}"\n' if kind else "" for kind in kinds)
    toml = f'[[rule]]\nname = "a"\n{kind}starts = "tail"\nlines = ["the porch"]\n'
    toml += f'[[rule]]\nname = "b"\n{mark}phrases = ["rung by"]\n'
    tail = "The porch\n\n" + "".join(f"Rung by a neighbour, {n}\n{MORE}" for n in range(4))
    found = strip(4 * ARTICLE + tail, load_rules(own(tmp_path, toml), without=["model."]))
    assert (MORE.strip() in found.text) == (not kind)


def test_an_unknown_kind_names_the_known_ones(tmp_path):
    toml = '[[rule]]\nname = "a"\nkind = "adverts"\nlines = ["the porch"]\n'
    with pytest.raises(SettingError, match="kind = 'adverts'; use one of: comments, "):
        load_rules(own(tmp_path, toml))


PAGE = (
    "The mill opens again on Saturday\n\n"
    "The mill stood empty for sixty years, and its wheel had grown a small wood of its own, as the older neighbours tell.\n\n"
    "On Monday the first twelve pupils lit the ovens, and by noon the queue had reached the bridge and the butcher's door.\n\n"
    "{}"
    "The school takes no fees, but every pupil owes the town a loaf of bread a day for a year, baked on the same stones.\n\n"
    "The council has promised to mend the weir before the winter, and the baker has promised to wait for it until March.\n"
)
ALONE = [rule for rule in load_rules().rules if rule.alone and rule.scope == "line"]
LABELS = [rule for rule in load_rules().rules if rule.alone and rule.scope == "tail"]


@pytest.mark.parametrize("rule", ALONE, ids=lambda rule: rule.id)
def test_a_certain_sentence_goes_from_a_clean_page(rule):
    clean = PAGE.format("")
    for line in rule.removes:
        assert strip(PAGE.format(f"{line}\n\n"), load_rules()).text == clean, line


@pytest.mark.parametrize("rule", LABELS, ids=lambda rule: rule.id)
@pytest.mark.parametrize(
    "headlines",
    [
        "\nA bridge that nobody wants to pay for\n\n",
        "\n\nA bridge that nobody wants to pay for\n\n",
        "\n\nA bridge that nobody wants to pay for\n\nThe last keeper of the lighthouse retires\n\n",
        "\nA bridge that nobody wants to pay for\nThe last keeper of the lighthouse retires\n\n",
        "\n\n",
    ],
)
def test_a_label_goes_with_its_headlines(rule, headlines):
    text = PAGE.format(rule.removes[0] + headlines)
    assert strip(text, load_rules()).text == PAGE.format("")
    assert strip(text, load_rules(), "careful").text == text


@pytest.mark.parametrize("label", ["Lire aussi : ", "Lire aussi :\n", "Lire aussi\n\n"])
def test_a_label_takes_what_is_its_own_and_no_more(label):
    table = "La fiche technique\n\nRivage 2 - 1 Vallée\nMi-temps : 1-0\nButs : Aubry (12e), Morvan (77e)\n\n"
    text = PAGE.format(f"{label}Le calendrier complet des matches de la saison\n\n{table}")
    assert strip(text, load_rules()).text == PAGE.format(table)


@pytest.mark.parametrize("times", [3, 6])
def test_a_rule_may_keep_a_line_of_any_length_and_remove_a_short_one_only(times):
    line = (
        "The ferryman tells of ice, of fog and of the night when the chain broke, and nobody ever tires of it. " * times
    )
    rule = '[[rule]]\nname = "x"\nlines = ["LINE"]\n'.replace("LINE", line.strip())
    kept = parse_rules("own", rule + f'action = "keep"\nkeeps = ["{line.strip()}"]\n', "own")
    gone = parse_rules("own", rule + f'strength = "sure"\nremoves = ["{line.strip()}"]\n', "own")
    assert failures(kept) == []
    assert failures(gone) != []
