"""Write the parts of the documentation that are made of the code's declarations: `python docs/make_reference.py`.

A test compares them, so a change of an option, a column or a stage cannot leave them behind.
"""

from __future__ import annotations

import re
from dataclasses import Field, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cleanse.config import Config
from cleanse.corpus.columns import COLUMNS
from cleanse.inputs.formats import FORMATS
from cleanse.options import option_table
from cleanse.stages import STAGES

if TYPE_CHECKING:
    from collections.abc import Iterable

    from cleanse.tables import Column

DOCS = Path(__file__).parent
_SCOPES = {"segment": "a segment", "chunk": "a chunk", "corpus": "all documents"}


def make_pages() -> dict[Path, str]:
    """Return each page that holds made parts, as it should be."""
    columns = {table: column_table(declared) for table, declared in COLUMNS.items()}
    withheld = [column for column in COLUMNS["withheld"] if column not in COLUMNS["corpus"]]
    parts = {
        "reference/cli.md": {"options": option_table(), "formats": format_table()},
        "reference/output.md": columns | {"withheld": column_table(withheld)},
        "reference/api.md": {"config": config_table()},
        "development/architecture.md": {"stages": stage_table()},
    }
    return {DOCS / page: _fill_all(DOCS / page, contents) for page, contents in parts.items()}


def column_table(columns: Iterable[Column]) -> str:
    """Return columns as a Markdown table."""
    rows = ["| column | type | |", "|---|---|---|"]
    rows += [f"| `{one.name}` | {_escape(one.type)} | {_escape(one.about)} |" for one in columns]
    return "\n".join(rows)


def format_table() -> str:
    """Return the formats as a Markdown table."""
    rows = ["| format | suffixes | a file holds |", "|---|---|---|"]
    for one in FORMATS.values():
        suffixes = " ".join(f"`{suffix}`" for suffix in one.suffixes)
        rows.append(f"| {one.name} | {suffixes} | {'records' if one.container else 'one document'} |")
    return "\n".join(rows)


def config_table() -> str:
    """Return the fields of `Config` as a Markdown table."""
    rows = ["| field | type | default | |", "|---|---|---|---|"]
    for one in fields(Config):
        kind = _escape(str(one.type).replace(" | ", " or "))
        rows.append(f"| `{one.name}` | {kind} | `{one.default!r}` | {_escape(_about(one))} |")
    return "\n".join(rows)


def stage_table() -> str:
    """Return the stages in their order as a Markdown table."""
    rows = ["| stage | title | looks at | reads | options |", "|---|---|---|---|---|"]
    for stage in STAGES:
        reads, options = (", ".join(f"`{name}`" for name in names) for names in (stage.reads, stage.options))
        rows.append(f"| `{stage.name}` | {stage.title} | {_SCOPES[stage.scope]} | {reads} | {options} |")
    return "\n".join(rows)


def _about(one: Field[Any]) -> str:
    choices = one.metadata["choices"]
    return str(one.metadata["help"]) + (f": {', '.join(choices)}" if choices else "")


def _escape(text: str) -> str:
    return text.replace("|", "\\|").replace("<", "&lt;")


def _fill_all(page: Path, parts: dict[str, str]) -> str:
    text = page.read_text(encoding="utf-8")
    for name, content in parts.items():
        text = _fill(text, name, content)
    return text


def _fill(text: str, name: str, content: str) -> str:
    """Return a page with the content between the two comments that name it. Raises ValueError where there are none."""
    begin, end = f"<!-- {name}: made by docs/make_reference.py -->", f"<!-- {name}: end -->"
    if begin not in text:
        raise ValueError(f"no place for {name!r}: write {begin}, and {end} below it")
    pattern = f"{re.escape(begin)}.*?{re.escape(end)}"
    return re.sub(pattern, lambda _: f"{begin}\n\n{content}\n\n{end}", text, flags=re.DOTALL)


def main() -> None:
    """Write all pages."""
    for page, text in make_pages().items():
        page.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
