"""Map py3langid's model into memory: the arrays of its naive Bayes classifier, shared by all processes of a machine.

py3langid ships the model as an LZMA archive, which takes 0.4 s and 128 MB in every process that unpacks it. Here it is
unpacked once, into NumPy files in the user's cache folder, and mapped from there. Where that folder cannot be written,
each process unpacks the model for itself: slower, with the same result.
"""

from __future__ import annotations

import hashlib
import logging
import os
import shutil
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple
from uuid import uuid4

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

log = logging.getLogger(__name__)

FORMAT = 1  # of the cached files; raise it when they change
WEIGHT_BITS = 9  # the model's weights are multiples of 2^-9 between -15 and -2: as integers they fit 16 bits
COUNT_BITS = 20  # fraction bits of what a feature's count weighs
PRIOR_BITS = WEIGHT_BITS + COUNT_BITS  # a score is a sum of weights times counts, and a prior


class Model(NamedTuple):
    """A naive Bayes classifier over features that an automaton finds in UTF-8 bytes."""

    weights: npt.NDArray[np.int16]  # log probability of a feature in a class, times 2^WEIGHT_BITS; features x classes
    priors: npt.NDArray[np.int64]  # log prior of a class, times 2^PRIOR_BITS
    labels: npt.NDArray[np.str_]  # language of a class; some have two classes
    next_states: npt.NDArray[np.int32]  # rows of 256: the automaton's next state after a byte
    rows: npt.NDArray[np.int32]  # of a state: where its row begins in `next_states`
    features: npt.NDArray[np.int32]  # that a state completes; -1 for none


@cache
def load_model() -> Model:
    """Return the model, mapped from the cache folder if that is possible."""
    from py3langid.langid import MODEL_DIR, MODEL_FILE

    archive = MODEL_DIR / MODEL_FILE
    folder = cache_folder(archive)
    model = map_model(folder)
    if model is None:
        unpacked = unpack(archive)
        store(unpacked, folder)
        model = map_model(folder) or unpacked
    return model


def unpack(archive: Path) -> Model:
    """Return the model of py3langid's own file, in this process's memory."""
    from py3langid.modelio import load_model as load_archive

    weights, priors, labels, next_states, rows, features = load_archive(archive)
    scaled = np.asarray(weights, np.float32) * np.float32(1 << WEIGHT_BITS)
    return Model(
        np.rint(scaled).astype(np.int16),
        np.rint(np.asarray(priors, np.float64) * (1 << PRIOR_BITS)).astype(np.int64),
        np.array(labels),
        np.asarray(next_states).astype(np.int32),
        np.asarray(rows).astype(np.int32) << 8,
        np.asarray(features, np.int32),
    )


def cache_folder(archive: Path) -> Path | None:
    """Return where the unpacked model belongs, by the content of its archive; None without a home folder."""
    try:
        root = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    except RuntimeError:
        return None
    digest = hashlib.blake2b(archive.read_bytes(), digest_size=8).hexdigest()
    return root / "cleanse" / f"py3langid-{digest}-{FORMAT}"


def map_model(folder: Path | None) -> Model | None:
    """Return the model that `store` wrote to a folder; None if there is none, or a damaged one."""
    if folder is None:
        return None
    try:
        return Model(*(np.load(folder / f"{name}.npy", mmap_mode="r").view(np.ndarray) for name in Model._fields))
    except (OSError, ValueError):
        return None


def store(model: Model, folder: Path | None) -> None:
    """Write the arrays to a folder that appears under its name only when it is whole; do nothing where that fails."""
    if folder is None:
        return
    temporary = folder.with_name(f".new-{uuid4().hex}")
    try:
        temporary.mkdir(parents=True)
        for name, array in model._asdict().items():
            with (temporary / f"{name}.npy").open("wb") as file:
                np.save(file, array, allow_pickle=False)
                file.flush()
                os.fsync(file.fileno())
        if folder.exists() and map_model(folder) is None:  # damaged; a whole one is another process's, and the same
            shutil.rmtree(folder)
        temporary.rename(folder)
    except OSError as error:
        shutil.rmtree(temporary, ignore_errors=True)
        log.debug("the unpacked model is not kept at %s: %s", folder, error)
