"""Write an own rule that keeps the lines of a removed span."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from cleanse.corpus import read_manifest
from cleanse.corpus.reader import spans, texts
from cleanse.errors import CleanseError, OutputError
from cleanse.report.commands import SCOPES, run_command
from cleanse.review.own_rules import RULES, Bound, Wish, ineffective_wishes, whole_lines, write_rules
from cleanse.spans import restore

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from cleanse.documents import Span


@dataclass(frozen=True, slots=True)
class Restored:
    """What came of the wish to bring spans back.

    Attributes:
        rules: The file of own rules.
        lines: Lines that the rules keep now.
        bound: Where they are kept.
        ineffective: Those of them that are removed all the same when the page is cleaned with the rules.
        unusable: Lines that no rule can match, such as a line of dashes.
        command: The command line that makes the corpus again with the rules.
    """

    rules: Path
    lines: tuple[str, ...]
    bound: Bound
    ineffective: tuple[str, ...]
    unusable: tuple[str, ...]
    command: str


def restore_spans(
    output: Path, name: str, number: int | None = None, scope: str = "document", to: Path | None = None
) -> Restored:
    """Write a rule that keeps what was removed from a document.

    Args:
        output: The folder of a finished run.
        name: Id of the document.
        number: Number of the removed span, counted from 1 as `explain` shows them; None: all spans.
        scope: Where the rule holds: "document", "site" (of the document) or "everywhere".
        to: File for the rules; None: `own-rules.toml` in the output folder.

    Raises:
        OutputError: There is no finished run, or no text of such a document.
        CleanseError: The document has no such span, or no rule can keep it there.
    """
    manifest = read_manifest(output)
    row = texts(output, [name]).get(name)
    if row is None:
        raise OutputError(
            f"{str(output)!r} holds no text of a document {name!r}. Look for it: cleanse explain OUTPUT ID."
        )
    removed = spans(output, [name])[name]
    chosen = _choose(name, removed, number, scope)
    page = restore(row["text"] or "", removed)
    bound = _bound_of(name, row["site"], scope)
    lines = dict.fromkeys(line for span in chosen for line in whole_lines(page, span.start, span.end))
    if not lines:
        raise CleanseError(f"nothing was removed from {name!r} that could be kept.")
    wishes = [Wish(name, line, "keep", bound) for line in lines]
    path = to or output / RULES
    usable, unusable = write_rules(path, manifest["settings"]["rules"], wishes)
    settings = {**manifest["settings"], "rules": str(path)}
    ineffective = ineffective_wishes(path, settings, usable, {name: row}, {name: removed}) if usable else []
    return Restored(
        path,
        tuple(wish.line for wish in usable),
        bound,
        tuple(wish.line for wish in ineffective),
        tuple(wish.line for wish in unusable),
        run_command({**manifest, "settings": settings}, output),
    )


def _choose(name: str, removed: Sequence[Span], number: int | None, scope: str) -> list[Span]:
    """Return the spans to bring back. Raises CleanseError where there are none."""
    if scope not in SCOPES:
        raise CleanseError(f"scope {scope!r} is not known. Use one of: {', '.join(SCOPES)}.")
    if number is None:
        if scope != "document":
            raise CleanseError(
                f"all that was removed from {name!r} is too much to keep elsewhere. Name one with --span."
            )
        return [span for span in removed if span.step in ("extract", "chrome")]
    if not 1 <= number <= len(removed):
        raise CleanseError(f"{name!r} has {len(removed)} removed spans. Name one of 1 to {len(removed)} with --span.")
    span = removed[number - 1]
    if span.step not in ("extract", "chrome"):
        raise CleanseError(
            f"{span.rule} is no rule that another one could overrule: leave its option out of the next run."
        )
    return [span]


def _bound_of(name: str, site: str | None, scope: str) -> Bound:
    if scope == "site" and not site:
        raise CleanseError(f"the site of {name!r} is not known. Use --for document or --for everywhere.")
    return {"document": Bound("documents", name), "site": Bound("sites", site or "")}.get(scope, Bound())
