"""Write an own rule that keeps the lines of a removed span."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from cleanse.corpus import read_manifest
from cleanse.corpus.reader import spans, texts
from cleanse.errors import CleanseError, OutputError
from cleanse.report.commands import run_command
from cleanse.review.applying import RULES, write_keep_rule

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True, slots=True)
class Restored:
    """What came of the wish to bring spans back.

    Attributes:
        rules: The file of own rules.
        lines: Lines that the rules keep now.
        site: The site on whose pages they are kept; None: on all pages.
        unusable: Lines that no rule can match, such as a line of dashes.
        command: The command line that makes the corpus again with the rules.
    """

    rules: Path
    lines: tuple[str, ...]
    site: str | None
    unusable: tuple[str, ...]
    command: str


def restore_spans(output: Path, name: str, number: int | None = None, to: Path | None = None) -> Restored:
    """Write a rule that keeps what was removed from a document, on the pages of its site.

    Args:
        output: The folder of a finished run.
        name: Id of the document.
        number: Number of the removed span, counted from 1 as `explain` shows them; None: all spans.
        to: File for the rules; None: `own-rules.toml` in the output folder.

    Raises:
        OutputError: There is no finished run, or no text of such a document.
        CleanseError: The document has no such span.
    """
    manifest = read_manifest(output)
    row = texts(output, [name]).get(name)
    if row is None:
        raise OutputError(
            f"{str(output)!r} holds no text of a document {name!r}. Look for it: cleanse explain OUTPUT ID."
        )
    removed = spans(output, [name])[name]
    if number is not None and not 1 <= number <= len(removed):
        raise CleanseError(f"{name!r} has {len(removed)} removed spans. Name one of 1 to {len(removed)} with --span.")
    chosen = removed if number is None else [removed[number - 1]]
    lines = list(dict.fromkeys(line.strip() for span in chosen for line in span.text.split("\n") if line.strip()))
    if not lines:
        raise CleanseError(f"nothing was removed from {name!r} that could be kept.")
    used = manifest["settings"]["rules"]
    path = to or output / RULES
    unusable = write_keep_rule(path, used, row["site"] or "", lines)
    kept = tuple(line for line in lines if line not in unusable)
    settings = {**manifest["settings"], "rules": str(path)}
    return Restored(path, kept, row["site"], tuple(unusable), run_command({**manifest, "settings": settings}, output))
