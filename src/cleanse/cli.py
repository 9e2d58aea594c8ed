"""The command line: translates arguments and errors, nothing more. `run` does the work; exit codes are in docs/reference/cli.md."""

from __future__ import annotations

import argparse
import os
import shlex
import signal
import sys
import threading
from contextlib import contextmanager
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING

from cleanse import __version__
from cleanse.config import Config, load_config, make_config
from cleanse.errors import CleanseError, is_memory_fault
from cleanse.options import add_options
from cleanse.output_commands import COMMANDS

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from cleanse.pipeline.closing import Report

_EXAMPLES = """\
examples:
  cleanse pages/ out/                        clean a folder of pages
  cleanse crawl.jsonl.gz out/ -l fr -t 0.7   French only, looser near-duplicates
  cleanse explain out/ page-17.html          what went from a page, and why
  cleanse sample out/ -n 200                 draw pages to judge by eye
  cleanse apply out/ verdicts.csv            make rules of what you saw
  cleanse pages/ out2/ --rules mine.toml     use them beside the built-in ones
  cleanse compare out/ out2/                 what that changed
  cleanse restore out/ page-17.html          keep what was removed from it
  cleanse filter out/ --what-if wide         what limits on signals would take
  cleanse export out/ train/ --split 98/1/1  JSON lines; no text in two splits
"""
_OUT_OF_MEMORY = (
    "the machine or its limits (ulimit -v, ulimit -u) gave no more memory. Allow more, or use fewer --workers, and run"
    " the same command again; a run takes up where it stopped."
)


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line; returns the exit code: 0 done, 1 could not run, 2 usage, 130 interrupted."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    if (meant := _meant(arguments)) is not None:
        sys.stderr.write(f"cleanse: {arguments[0]!r} is no command and no file. Did you mean: cleanse {meant}\n")
        return 2
    try:
        command = COMMANDS.get(arguments[0]) if arguments else None
        return command(arguments[1:]) if command else _run(arguments)
    except CleanseError as error:
        sys.stderr.write(f"cleanse: {error}\n")
        return 1
    except BrokenPipeError:  # the reader of our output went away
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except Exception as error:
        if not is_memory_fault(error):
            raise
        sys.stderr.write(f"cleanse: {_OUT_OF_MEMORY}\n")
        return 1
    except KeyboardInterrupt:
        sys.stderr.write("cleanse: interrupted; the next run takes up where this one stopped\n")
        return 130


def _meant(arguments: list[str]) -> str | None:
    """Return the command line with the command as it is spelt, if the first word looks like a misspelt one."""
    if not arguments or arguments[0] in COMMANDS or arguments[0].startswith("-") or os.path.exists(arguments[0]):
        return None
    close = get_close_matches(arguments[0], COMMANDS, 1, 0.75)
    return shlex.join([*close, *arguments[1:]]) if close else None


def _run(arguments: list[str]) -> int:
    given = vars(run_parser().parse_args(arguments))
    input_, output, quiet, config_file = (given.pop(name) for name in ("input", "output", "quiet", "config"))
    base = load_config(Path(config_file)) if config_file else Config()
    config = make_config({name: value for name, value in given.items() if value is not None}, base)
    from cleanse.pipeline.worker_setup import tune_process

    tune_process()
    from cleanse.pipeline.run import run
    from cleanse.report.progress import show_progress

    with _heeding_interrupts() as interrupted, show_progress(quiet=quiet) as progress:

        def watch(title: str, done: int, total: int, unit: str) -> None:
            if interrupted:
                raise KeyboardInterrupt
            progress(title, done, total, unit)

        report = run(input_, output, config, progress=watch)
    if not quiet:
        from cleanse.report.terminal import print_report  # loads rich

        print_report(report, sys.stderr)
    return _exit_code(report, config)


def _exit_code(report: Report, config: Config) -> int:
    """Return the exit code of a finished run, and say why it is not 0."""
    counts = report.counts
    if report.missing:
        _complain(
            f"{report.missing} documents are missing for reasons outside of them, such as a file that could not be read"
            " or too little memory. Mend that, and run the same command: the next run tries just these again."
        )
    elif not counts["kept"]:
        _complain(f"nothing kept of {counts['read']} documents. Reasons: {_most(report.reasons)}.")
    elif config.strict and counts["rejected"]:
        _complain(f"{counts['rejected']} documents rejected, which --strict does not allow: {_most(report.reasons)}.")
    else:
        return 0
    return 1


def _complain(message: str) -> None:
    sys.stderr.write(f"cleanse: {message}\n")


def _most(reasons: dict[str, int]) -> str:
    return ", ".join(f"{count} {reason}" for reason, count in list(reasons.items())[:5]) or "the input holds none"


@contextmanager
def _heeding_interrupts() -> Iterator[list[int]]:
    """Yield a list of the Ctrl-C signals so far: Python swallows the exception of one that arrives while a finalizer runs."""
    seen: list[int] = []

    def interrupt(number: int, _: object) -> None:
        seen.append(number)
        raise KeyboardInterrupt

    if threading.current_thread() is not threading.main_thread():
        yield seen
        return
    before = signal.signal(signal.SIGINT, interrupt)
    try:
        yield seen
    finally:
        signal.signal(signal.SIGINT, before)


def run_parser() -> argparse.ArgumentParser:
    """Return the parser of the main command; an option that is not given stays None and leaves the configuration's value."""
    parser = argparse.ArgumentParser(
        prog="cleanse",
        usage="%(prog)s INPUT OUTPUT [options]\n       %(prog)s COMMAND OUTPUT ...  (each has a --help)",
        description="Turn scraped pages into a clean, deduplicated, language-tagged Parquet corpus.",
        epilog=_EXAMPLES,
        formatter_class=lambda prog: argparse.RawDescriptionHelpFormatter(prog, max_help_position=28),
    )
    from cleanse.inputs.formats import SUFFIXES

    formats = " ".join(dict.fromkeys(suffix.lstrip(".") for suffix in SUFFIXES))
    parser.add_argument("input", metavar="INPUT", type=Path, help=f"folder or file: {formats}")
    parser.add_argument("output", metavar="OUTPUT", type=Path, help="folder for the corpus and the report")
    add_options(parser)
    parser.add_argument("-c", "--config", metavar="FILE.toml", help="TOML file with options by the same names")
    parser.add_argument("-q", "--quiet", action="store_true", help="print nothing but errors")
    parser.add_argument("--version", action="version", version=f"cleanse {__version__}")
    return parser
