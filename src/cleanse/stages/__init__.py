"""Declare the stages of a run, in order. Everything that has to know all stages reads `STAGES`."""

from cleanse.pipeline.stage import Stage
from cleanse.stages.chrome import CHROME
from cleanse.stages.duplicates import FIND
from cleanse.stages.filter import FILTER
from cleanse.stages.flag import PAGE_FLAGS
from cleanse.stages.index import INDEX
from cleanse.stages.language import LANGUAGE_STAGE
from cleanse.stages.named import FIND_NAMED, STRIP_NAMED
from cleanse.stages.personal import PERSONAL_DATA
from cleanse.stages.read import READ
from cleanse.stages.recurring import RECURRING
from cleanse.stages.shared import FINGERPRINTS, SENTENCES, SHARED
from cleanse.stages.signals import SIGNALS
from cleanse.stages.signatures import SIGN
from cleanse.stages.site_lines import LEARN, NOTES_STAGE
from cleanse.stages.write import WRITE

__all__ = ["STAGES", "Stage"]

STAGES: tuple[Stage, ...] = (
    READ,
    CHROME,
    NOTES_STAGE,
    LEARN,
    FIND_NAMED,
    STRIP_NAMED,
    RECURRING,
    LANGUAGE_STAGE,
    PAGE_FLAGS,
    SIGNALS,
    FILTER,
    PERSONAL_DATA,
    SENTENCES,
    FINGERPRINTS,
    SIGN,
    FIND,
    SHARED,
    INDEX,
    WRITE,
)
