"""The model file of the own engine: an .npz of arrays, no pickles. Knows only numpy."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from cleanse.html.element_scores import TokenWeights
from cleanse.html.linear_scores import WordWeights
from cleanse.html.trees import Trees

if TYPE_CHECKING:
    from collections.abc import Mapping

Array = NDArray[Any]

FILE = Path(__file__).parent / "model.npz"


@dataclass(frozen=True, slots=True)
class Model:
    """The parts of the model file. `about` says where it comes from and how well it does."""

    tokens: TokenWeights  # of elements' names
    token_bias: int
    words: WordWeights
    word_bias: int
    borders: Mapping[str, Array]  # of each feature's bins, in the order in which trees and network number the features
    trees: Trees
    asked_trees: Trees  # that also know what another extractor keeps
    network: Mapping[str, Array]
    chances: Array  # int64: the chance for each step of the score, in parts of `decision.ONE`
    about: Mapping[str, Any]


def save_model(model: Model, path: Path) -> None:
    """Write a model file."""
    borders = list(model.borders.values())
    words = model.words.all
    arrays: dict[str, Array] = {
        "token_keys": _text("\n".join(model.tokens.all)),
        "token_weights": np.array([*model.tokens.all.values(), model.token_bias], np.int32),
        "word_keys": _text("\n".join(words)),
        "word_weights": np.array([*words.values(), model.word_bias], np.int32),
        "features": _text("\n".join(model.borders)),
        "border_ends": np.cumsum([len(own) for own in borders]),
        "borders": np.concatenate(borders),
        "chances": model.chances,
        "about": _text(json.dumps(model.about, sort_keys=True)),
    }
    for name, trees in (("trees", model.trees), ("asked", model.asked_trees)):
        arrays |= {f"{name}.{part}": np.asarray(value) for part, value in trees._asdict().items()}
    arrays |= {
        f"net.{name}": value.astype(np.float32) for name, value in model.network.items() if not name.endswith("bias")
    }
    arrays |= {f"net.{name}": value for name, value in model.network.items() if name.endswith("bias")}
    np.savez_compressed(path, **arrays)  # type: ignore[arg-type]


@lru_cache(maxsize=8)  # models that each leave out a fold are used side by side
def load_model(path: Path = FILE) -> Model:
    """Return the model of the package, or of another file that training wrote; read once per process."""
    with np.load(path, allow_pickle=False) as file:
        parts = {name: file[name] for name in file.files}
    token_weights, word_weights = parts["token_weights"].tolist(), parts["word_weights"].tolist()
    ends = parts["border_ends"].tolist()
    borders = [parts["borders"][a:b] for a, b in zip([0, *ends], ends, strict=False)]
    return Model(
        tokens=TokenWeights.of(dict(zip(_lines(parts["token_keys"]), token_weights[:-1], strict=True))),
        token_bias=token_weights[-1],
        words=WordWeights.of(dict(zip(_lines(parts["word_keys"]), word_weights[:-1], strict=True))),
        word_bias=word_weights[-1],
        borders=dict(zip(_lines(parts["features"]), borders, strict=True)),
        trees=_trees(parts, "trees"),
        asked_trees=_trees(parts, "asked"),
        network={name[4:]: value.astype(np.float64) for name, value in parts.items() if name.startswith("net.")},
        chances=parts["chances"],
        about=json.loads(parts["about"].tobytes()),
    )


def _trees(parts: Mapping[str, Array], name: str) -> Trees:
    columns, borders, leaves = (parts[f"{name}.{part}"] for part in ("columns", "borders", "leaves"))
    return Trees(columns, borders, leaves, int(parts[f"{name}.bias"]))


def _text(text: str) -> Array:
    return np.frombuffer(text.encode(), np.uint8)


def _lines(text: Array) -> list[str]:
    return text.tobytes().decode().split("\n")
