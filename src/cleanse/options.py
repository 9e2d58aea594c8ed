"""Make the command line's options, and their table in the reference, of the fields of `Config`."""

from __future__ import annotations

from dataclasses import Field, fields
from typing import TYPE_CHECKING, Any

from cleanse.config import Config

if TYPE_CHECKING:
    import argparse


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add an option for each field of `Config`. One that is not given is None."""
    for one in fields(Config):
        parser.add_argument(*flags_of(one), **_argument(one))


def option_table() -> str:
    """Return the options as a Markdown table."""
    rows = ["| option | |", "|---|---|"]
    for one in fields(Config):
        flags = ", ".join(f"`{flag}`" for flag in flags_of(one))
        value = "" if str(one.type) == "bool" else f" `{one.metadata['metavar'] or one.name.upper()}`"
        rows.append(f"| {flags}{value} | {help_of(one)} |")
    return "\n".join(rows)


def flags_of(one: Field[Any]) -> list[str]:
    """Return the flags of an option: those that it declares, else its name with dashes."""
    return (one.metadata["flags"] or f"--{one.name.replace('_', '-')}").split()


def help_of(one: Field[Any]) -> str:
    """Return what the help says of an option: what it does, its choices and default, and whether it can be repeated."""
    about = one.metadata
    text = str(about["help"])
    if about["choices"]:
        text += f": {', '.join(about['choices'])}"
    if isinstance(one.default, (str, float, int)) and not isinstance(one.default, bool):
        text += f" (default {one.default:g})" if isinstance(one.default, float) else f" (default {one.default})"
    return f"{text} (repeatable)" if str(one.type).startswith("tuple") else text


def _argument(one: Field[Any]) -> dict[str, Any]:
    """Return what argparse is told of an option."""
    kind, about = str(one.type), one.metadata
    keywords: dict[str, Any] = {"dest": one.name, "default": None, "help": help_of(one).replace("%", "%%")}
    if kind == "bool":
        return keywords | {"action": "store_const", "const": not one.default}
    keywords |= {
        "metavar": about["metavar"] or one.name.upper(),
        "choices": None if about["commas"] else about["choices"],
    }
    if kind.startswith("tuple"):
        return keywords | {"action": "append"}
    return keywords | {"type": {"int": int, "float": float}.get(kind.removesuffix(" | None"), str)}
