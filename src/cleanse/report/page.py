"""report.html: what a run did, for people; one file, opens offline."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from cleanse.corpus.folder import CARD_MARK, REPORT
from cleanse.shards import new_file

if TYPE_CHECKING:
    from collections.abc import Mapping


def write_page(output: Path, manifest: Mapping[str, Any]) -> None:
    """Write the report of a finished run. Every string is escaped by the template engine."""
    import jinja2

    environment = jinja2.Environment(loader=jinja2.PackageLoader("cleanse.report", "templates"), autoescape=True)
    page = environment.get_template("report.html").render(manifest=manifest, mark=CARD_MARK)
    with new_file(output / REPORT) as temporary:
        Path(temporary).write_text(page, encoding="utf-8")
