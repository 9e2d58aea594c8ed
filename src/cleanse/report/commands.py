"""Make commands for people to copy: the one that repeats a run, and what to do next with its output."""

from __future__ import annotations

import json
import shlex
import sys
from dataclasses import fields
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from cleanse.config import Config
from cleanse.corpus.reader import columns, parts

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from cleanse.documents import Span

SCOPES = ("document", "site", "everywhere")  # where a removed span can be kept; the first is the default
_OPENERS = {"darwin": "open", "win32": "start"}  # elsewhere: xdg-open
_OFF_SWITCHES = {
    "series_guard": "--no-series-guard"
}  # options that are on by default, and the flag that switches each off


def run_command(manifest: Mapping[str, Any], output: Path | str = "OUTPUT") -> str:
    """Return the command line that makes this corpus again.

    It names the input, the output, and every option that is not the default.

    Args:
        manifest: The manifest of the run.
        output: The output folder as it stands in the command.
    """
    words = ["cleanse", str(manifest.get("input", "INPUT")), str(output)]
    for name, value in changed(manifest).items():
        option = "--" + name.replace("_", "-")
        if isinstance(value, bool):
            words.append(_OFF_SWITCHES.get(name, option))
        elif isinstance(value, (list, tuple)):
            words += [word for item in value for word in (option, str(item))]
        else:
            words += [option, str(value)]
    return shlex.join(words)


def keep_commands(
    manifest: Mapping[str, Any], output: Path | str, row: Mapping[str, Any], span: Span, number: int
) -> dict[str, str]:
    """Return the command line that keeps a removed span, by where it is then kept: those of `SCOPES` that are possible.

    Args:
        manifest: The manifest of the run.
        output: The output folder as it stands in the command.
        row: Id and site of the document.
        span: The span.
        number: Its number among the removed spans of the document, counted from 1.
    """
    option = {"shared": "cut_shared", "pii": "mask"}.get(span.step)
    if option is not None:  # nothing overrules it but the option itself
        kind = span.rule.partition(".")[2]
        settings = {**manifest["settings"], option: [one for one in manifest["settings"][option] if one != kind]}
        settings["forget"] = settings["forget"] and bool(settings["mask"])
        return {"everywhere": run_command({**manifest, "settings": settings}, output)}
    words = ["cleanse", "restore", str(output), row["id"], "--span", str(number)]
    scopes = [scope for scope in SCOPES if scope != "site" or row["site"]]
    return {scope: shlex.join(words if scope == SCOPES[0] else [*words, "--for", scope]) for scope in scopes}


def changed(manifest: Mapping[str, Any]) -> dict[str, Any]:
    """Return the options of a run that are not the defaults, by name."""
    defaults = {f.name: f.default for f in fields(Config)}
    options = {name: tuple(v) if isinstance(v, list) else v for name, v in manifest["settings"].items()}
    return {name: value for name, value in options.items() if value != defaults.get(name)}


def next_commands(output: Path, *, dry_run: bool = False) -> list[tuple[str, str]]:
    """Return what people do next with an output, as pairs (label, shell command).

    Args:
        output: The output folder.
        dry_run: Whether the run wrote no corpus, so that there is none to load.
    """
    folder = shlex.quote(str(output))
    commands = [("look at it", f"{_OPENERS.get(sys.platform, 'xdg-open')} {shlex.quote(str(output / 'report.html'))}")]
    if (id_ := most_changed_id(output)) is not None:
        commands.append(("ask why", f"cleanse explain {folder} {shlex.quote(id_)}"))
    if not dry_run:
        commands.append(("load it", f"python -c {shlex.quote(_loading_code(output))}"))
    return commands


def most_changed_id(output: Path) -> str | None:
    """Return the id of the document with the most removed spans; None if there is no document."""
    best: tuple[int, str] | None = None
    for path in parts(output, "documents"):
        table = columns(path, ("id", "spans_removed"))
        if not len(table):
            continue
        spans = table["spans_removed"].to_numpy()
        first = int(spans.argmax())
        if best is None or spans[first] > best[0]:
            best = (int(spans[first]), table["id"][first].as_py())
    return best[1] if best else None


def _loading_code(output: Path) -> str:
    """Return Python code that shows the corpus with an installed library: DuckDB, pandas, or Arrow."""
    files = json.dumps(f"{output}/corpus/*.parquet", ensure_ascii=False)
    folder = json.dumps(f"{output}/corpus", ensure_ascii=False)
    if find_spec("duckdb"):
        return f"import duckdb; print(duckdb.read_parquet({files}))"
    if find_spec("pandas"):
        return f"import pandas; print(pandas.read_parquet({folder}))"
    return f"import pyarrow.parquet as pq; print(pq.read_table({folder}))"
