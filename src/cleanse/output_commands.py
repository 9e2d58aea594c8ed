"""The commands on a finished output folder: each translates arguments and calls what does the work."""

from __future__ import annotations

import argparse
import json
import shlex
import sys
from pathlib import Path


def _parser(
    command: str,
    description: str,
    name: str = "output",
    metavar: str = "OUTPUT",
    about: str = "folder that cleanse wrote",
) -> argparse.ArgumentParser:
    """Return the parser of a command, with its first argument: an output folder."""
    parser = argparse.ArgumentParser(prog=f"cleanse {command}", description=description)
    parser.add_argument(name, metavar=metavar, type=Path, help=about)
    return parser


def _explain(arguments: list[str]) -> int:
    parser = _parser("explain", "Show what was removed from a document, or why it is not in the corpus.")
    parser.add_argument(
        "id", metavar="ID", help="id of a document, as in documents/; a part of it that no other id has is enough"
    )
    parser.add_argument("--json", action="store_true", help="print one JSON object, for programs")
    given = parser.parse_args(arguments)
    from cleanse.report.explain import as_dict, explain
    from cleanse.report.explain_terminal import print_explanation

    explanation = explain(given.output, given.id)
    if given.json:
        json.dump(as_dict(explanation), sys.stdout, ensure_ascii=False, indent=1)
        sys.stdout.write("\n")
    else:
        print_explanation(explanation, sys.stdout)
    return 0


def _compare(arguments: list[str]) -> int:
    parser = _parser(
        "compare", "Show what changed between two runs: documents, lines by rule, languages.", "a", "OUTPUT_A"
    )
    parser.add_argument("b", metavar="OUTPUT_B", type=Path, help="folder of another run, with other options or pages")
    parser.add_argument("--html", metavar="FILE", type=Path, help="also write a page with examples")
    parser.add_argument("--all", action="store_true", help="print all rows, ids and lines, not the first few")
    parser.add_argument(
        "--json", action="store_true", help="print one JSON object with all ids and lines, for programs"
    )
    given = parser.parse_args(arguments)
    from cleanse.report.changes import print_comparison
    from cleanse.report.comparing import EXAMPLES, as_dict, compare, write_comparison

    comparison = compare(given.a, given.b, None if given.all or given.json else EXAMPLES)
    if given.json:
        json.dump(as_dict(comparison), sys.stdout, ensure_ascii=False, indent=1)
        sys.stdout.write("\n")
    else:
        print_comparison(comparison, sys.stdout, in_full=given.all)
    if given.html:
        write_comparison(comparison, given.html)
    return 0


def _sample(arguments: list[str]) -> int:
    parser = _parser(
        "sample", "Draw a sample of pages for people to judge, as a CSV sheet and as a page with boxes to tick."
    )
    parser.add_argument("-n", type=int, default=200, metavar="N", help="number of pages (default 200)")
    parser.add_argument(
        "--order",
        default="random",
        metavar="ORDER",
        help="random (default), which allows an estimate of the errors, or worst: the most doubtful pages",
    )
    parser.add_argument(
        "--seed",
        type=int,
        default=1,
        metavar="N",
        help="seed of the draw (default 1); another number draws other pages",
    )
    parser.add_argument("--to", type=Path, metavar="FOLDER", help="folder for the sheet (default: OUTPUT)")
    given = parser.parse_args(arguments)
    from cleanse.review import write_sample

    sheet = write_sample(given.output, given.n, given.order, given.seed, given.to)
    sys.stdout.write(f"{sheet.pages:,} of {sheet.of:,} pages: {' and '.join(map(str, sheet.files))}\n")
    sys.stdout.write(f"Look at them in either, then: cleanse apply {shlex.quote(str(given.output))} verdicts.csv\n")
    return 0


def _apply(arguments: list[str]) -> int:
    parser = _parser(
        "apply",
        "Turn a filled-in sheet into chrome rules of your own, and estimate the errors for the dataset card.",
        about="folder that the sheet was drawn from",
    )
    parser.add_argument(
        "sheet", metavar="VERDICTS.csv", type=Path, help="sheet whose column verdict holds keep, remove or seen"
    )
    parser.add_argument(
        "--to", type=Path, metavar="FILE.toml", help="file for the rules (default: OUTPUT/own-rules.toml)"
    )
    given = parser.parse_args(arguments)
    from cleanse.report.terminal import print_applied
    from cleanse.review import apply_verdicts

    print_applied(apply_verdicts(given.output, given.sheet, given.to), sys.stdout)
    return 0


def _restore(arguments: list[str]) -> int:
    from cleanse.report.commands import SCOPES

    parser = _parser("restore", "Write a rule of your own that keeps what was removed from a document.")
    parser.add_argument("id", metavar="ID", help="id of a document, as in documents/")
    parser.add_argument("--span", type=int, metavar="N", help="number of the removed span, from 1 (default: all spans)")
    parser.add_argument(
        "--for",
        dest="scope",
        choices=SCOPES,
        default=SCOPES[0],
        help="where lines like those are kept (default: document); site and everywhere need --span",
    )
    parser.add_argument(
        "--to", type=Path, metavar="FILE.toml", help="file for the rule (default: OUTPUT/own-rules.toml)"
    )
    given = parser.parse_args(arguments)
    from cleanse.report.explain_terminal import safe
    from cleanse.review.restoring import restore_spans

    restored = restore_spans(given.output, given.id, given.span, given.scope, given.to)
    where = {"sites": f"on {restored.bound.value}", "documents": f"in {restored.bound.value}"}
    for line in restored.lines:
        sys.stdout.write(safe(f"keeps {where.get(restored.bound.key, 'everywhere')}: {line}\n"))
    for line in restored.unusable:
        sys.stdout.write(safe(f"no rule can name: {line}\n"))
    for line in restored.ineffective:
        sys.stdout.write(safe(f"goes all the same: {line}\n"))
    if restored.lines:
        sys.stdout.write(safe(f"Make the corpus again: {restored.command}\n"))
    return 0


def _filter(arguments: list[str]) -> int:
    parser = _parser("filter", "Show what limits on signals would withhold, by rule, language and site, with examples.")
    parser.add_argument("--what-if", required=True, metavar="PRESET", help="wide, gopher, fineweb2, c4, or a TOML file")
    parser.add_argument("--examples", type=int, default=3, metavar="N", help="ids in each row (default 3)")
    parser.add_argument("--json", action="store_true", help="print a JSON object for each row, for programs")
    given = parser.parse_args(arguments)
    from cleanse.report.filter_trial import print_trial, try_on_output

    rows = try_on_output(given.output, given.what_if, given.examples)
    if given.json:
        sys.stdout.writelines(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
    else:
        print_trial(rows, sys.stdout)
    return 0


def _export(arguments: list[str]) -> int:
    parser = _parser(
        "export",
        "Write the kept documents in another format, on request in splits that share no near-duplicates or passages.",
    )
    parser.add_argument("target", metavar="TARGET", type=Path, help="folder to write, missing or empty")
    parser.add_argument("--format", default="jsonl", metavar="FORMAT", help="jsonl (default), txt or parquet")
    parser.add_argument("--by", choices=("language",), help="write a folder for each language")
    parser.add_argument(
        "--split", metavar="SHARES", help="shares of train, validation and test in per cent, such as 98/1/1"
    )
    parser.add_argument(
        "--tokens", metavar="TOKENIZER", help="count tokens with this tokenizer: a file, or a name on the Hub"
    )
    given = parser.parse_args(arguments)
    from cleanse.export import export_corpus, load_counter, parse_shares

    export = export_corpus(
        given.output,
        given.target,
        format=given.format,
        by_language=given.by == "language",
        shares=parse_shares(given.split) if given.split else (),
        count_tokens=load_counter(given.tokens) if given.tokens else None,
    )
    for (language, split), documents in sorted(export.documents.items()):
        sys.stdout.write(f"{language} {split}: {documents:,} documents, {export.words[language, split]:,} words\n")
    sys.stdout.write(f"{len(export.files)} files in {given.target}\n")
    return 0


COMMANDS = {
    "explain": _explain,
    "sample": _sample,
    "apply": _apply,
    "compare": _compare,
    "restore": _restore,
    "filter": _filter,
    "export": _export,
}
