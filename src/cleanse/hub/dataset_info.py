"""The `configs` and `dataset_info` of a dataset card: a configuration for each table, with its columns and sizes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from cleanse.tables import Column

_DTYPES = {"double": "float64", "float": "float32"}  # names of Arrow that the Hub spells otherwise


@dataclass(frozen=True, slots=True)
class TableFacts:
    """A table of an output folder: its columns, and how much of it there is."""

    columns: tuple[Column, ...]
    rows: int
    memory_bytes: int  # of its rows in Arrow, uncompressed
    disk_bytes: int  # of its part files


def describe_configs(tables: Mapping[str, TableFacts], default: str = "corpus") -> list[str]:
    """Return the lines of a card's YAML header that name its configurations and describe their columns.

    Args:
        tables: The tables by name, which is their folder's. Empty ones are left out: there is nothing to load.
        default: The table that `load_dataset` loads when none is named.
    """
    filled = {name: facts for name, facts in tables.items() if facts.rows}
    if not filled:
        return []
    configs, info = ["configs:"], ["dataset_info:"]
    for name, facts in filled.items():
        config = "default" if name == default else name
        configs += [f"- config_name: {config}", *(["  default: true"] if name == default else [])]
        configs += ["  data_files:", "  - split: train", f"    path: {name}/part-*.parquet"]
        info += [f"- config_name: {config}", "  features:"]
        info += [line for column in facts.columns for line in _feature(column)]
        info += [
            "  splits:",
            "  - name: train",
            f"    num_bytes: {facts.memory_bytes}",
            f"    num_examples: {facts.rows}",
        ]
        info += [f"  download_size: {facts.disk_bytes}", f"  dataset_size: {facts.memory_bytes}"]
    return [*configs, *info]


def _feature(column: Column) -> Sequence[str]:
    if column.type.startswith("list<"):
        return (f"  - name: {column.name}", f"    list: {_dtype(column.type[5:-1])}")
    return (f"  - name: {column.name}", f"    dtype: {_dtype(column.type)}")


def _dtype(name: str) -> str:
    return _DTYPES.get(name, name)
