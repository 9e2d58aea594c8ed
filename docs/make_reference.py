"""Write the parts of the reference that are made of the code's declarations: `python docs/make_reference.py`.

A test compares them, so a change of an option or a column cannot leave them behind.
"""

from __future__ import annotations

import re
from pathlib import Path

from cleanse.options import option_table

REFERENCE = Path(__file__).parent / "reference"


def fill(text: str, name: str, content: str) -> str:
    """Return a page with the content between the two comments that name it."""
    begin, end = f"<!-- {name}: made by docs/make_reference.py -->", f"<!-- {name}: end -->"
    return re.sub(
        f"{re.escape(begin)}.*{re.escape(end)}", lambda _: f"{begin}\n{content}\n{end}", text, flags=re.DOTALL
    )


def main() -> None:
    """Fill all pages."""
    for page, parts in {"cli.md": {"options": option_table()}}.items():
        path = REFERENCE / page
        text = path.read_text(encoding="utf-8")
        for name, content in parts.items():
            text = fill(text, name, content)
        path.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
