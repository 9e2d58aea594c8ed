"""What a format knows of a document beside the columns, carried along as JSON."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cleanse.inputs.records import Fields


def carry_json(values: Mapping[str, object], fields: Fields) -> str | None:
    """Return JSON of the values that there are and that are to be carried; None where that is none of them."""
    carried = {
        name: value
        for name, value in values.items()
        if value not in (None, "", []) and (fields.carry is None or name in fields.carry)
    }
    return json.dumps(carried, ensure_ascii=False) if carried else None
