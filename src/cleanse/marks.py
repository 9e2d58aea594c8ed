"""Keep `cleanse.marks.restore`, a name that earlier documentation promised. New code imports from `cleanse.spans`."""

from cleanse.spans import cut, restore

__all__ = ["cut", "restore"]
