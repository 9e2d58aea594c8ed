"""Make the parameters of the flow from the options of `Config`, and options from the values of parameters."""

from __future__ import annotations

import inspect
import os
from dataclasses import fields
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field

from cleanse import remote
from cleanse.config import Config

BATCHES = 12  # default number of tasks of a stage


def parameters_of_flow() -> list[inspect.Parameter]:
    """Return the flow's parameters: input and output, the options of `Config`, and how tasks are spread."""
    keyword = inspect.Parameter.KEYWORD_ONLY
    either = inspect.Parameter.POSITIONAL_OR_KEYWORD
    out = [
        inspect.Parameter("input", either, default="seeds", annotation=str),
        inspect.Parameter("output", either, default="output", annotation=str),
    ]
    for one in fields(Config):
        default = list(one.default) if isinstance(one.default, tuple) else one.default
        out.append(inspect.Parameter(one.name, keyword, default=default, annotation=_annotation(one)))
    out.append(inspect.Parameter("cluster", keyword, default=None, annotation=str | None))
    out.append(inspect.Parameter("batches", keyword, default=BATCHES, annotation=Annotated[int, Field(ge=1)]))
    return out


def _annotation(option: Any) -> Any:
    """Return the type of an option, with its choices and bounds, for Prefect's form."""
    about, (kind, _, optional) = option.metadata, str(option.type).partition(" | ")
    plain: Any = {"int": int, "float": float, "bool": bool}.get(kind, str)
    if about["choices"]:
        plain = Literal[about["choices"]]
    bounds = {"ge": about["least"], "gt": about["over"], "le": about["most"]}
    if bounds := {name: bound for name, bound in bounds.items() if bound is not None}:
        plain = Annotated[plain, Field(**bounds)]
    if kind.startswith("tuple"):
        plain = list[plain]
    return plain | None if optional else plain


ARGUMENTS = {
    "input": "folder (read recursively) or one file",
    "output": "folder for the corpus, the removed spans and the report",
    **{one.name: one.metadata["help"] for one in fields(Config)},
    "cluster": 'where tasks run. Empty: processes of this machine. "local": a Dask cluster on this machine, for this run'
    " alone. Else the address of a Dask scheduler, such as tcp://10.0.0.5:8786",
    "batches": "tasks of a stage; on a cluster, two to four for each worker",
}


def place_of(name: str) -> Path:
    """Return an input or output as an absolute path; a URL stays what it is."""
    return Path(name) if remote.url_of(name) is not None else Path(name).absolute()


def config_of(values: dict[str, Any]) -> Config:
    """Return the options of a run from the values of the flow's parameters.

    Args:
        values: Values by the names of the options.

    Raises:
        SettingError: A value cannot be used.
    """
    paths = {one.name for one in fields(Config) if one.metadata["path"]}
    return Config(**{name: _absolute(value) if name in paths else _frozen(value) for name, value in values.items()})


def _frozen(value: Any) -> Any:
    """Return a list as a tuple; other values as they are."""
    return tuple(value) if isinstance(value, list) else value


def _absolute(value: Any) -> Any:
    """Return paths as absolute paths, because workers of a cluster may run in other folders."""
    if isinstance(value, str):
        return os.path.abspath(value)
    return tuple(map(os.path.abspath, value)) if value else _frozen(value)
