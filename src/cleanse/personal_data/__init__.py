"""Personal data in texts: where it stands and how that is known, and texts with it masked. Off unless asked for.

May import only `documents`, `tables` and `errors`. Names and dates of birth are not looked for: in the press they are
what is written about. Values never leave the text: a span has offsets, a kind and evidence.
"""

from cleanse.personal_data.finding import KINDS, PERSONAL_COLUMNS, PersonalSpan, find_personal_data
from cleanse.personal_data.masking import Masked, check_kinds, mask, mask_paths, mask_value, unmask

__all__ = [
    "KINDS",
    "PERSONAL_COLUMNS",
    "Masked",
    "PersonalSpan",
    "check_kinds",
    "find_personal_data",
    "mask",
    "mask_paths",
    "mask_value",
    "unmask",
]
