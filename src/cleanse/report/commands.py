"""Commands for people to copy: the one that reproduces a run, and what to do next with its output."""

from __future__ import annotations

import shlex
from dataclasses import fields
from typing import TYPE_CHECKING, Any

from cleanse.config import Config

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

_OFF = {"series_guard": "--no-series-guard"}  # settings whose option switches them off


def run_command(manifest: Mapping[str, Any], output: Path | str = "OUTPUT") -> str:
    """The command line that makes this corpus again: input, output, and every setting that is not the default."""
    words = ["cleanse", str(manifest.get("input", "INPUT")), str(output)]
    for name, value in changed(manifest).items():
        option = "--" + name.replace("_", "-")
        if isinstance(value, bool):
            words.append(_OFF.get(name, option))
        elif isinstance(value, (list, tuple)):
            words += [word for one in value for word in (option, str(one))]
        else:
            words += [option, str(value)]
    return shlex.join(words)


def changed(manifest: Mapping[str, Any]) -> dict[str, Any]:
    """The settings of a run that are not the defaults."""
    defaults = {f.name: f.default for f in fields(Config)}
    settings = {name: tuple(v) if isinstance(v, list) else v for name, v in manifest["settings"].items()}
    return {name: value for name, value in settings.items() if value != defaults.get(name)}
