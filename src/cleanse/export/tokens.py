"""Counting tokens with a tokenizer of the `tokenizers` library, which is an extra."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from cleanse.errors import SettingError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


def load_counter(name: str) -> Callable[[Sequence[str]], list[int]]:
    """Return a function that counts the tokens of texts.

    Args:
        name: A `tokenizer.json`, or the name of a tokenizer on the Hugging Face Hub, which is then fetched.

    Raises:
        SettingError: If the library is not installed, or the tokenizer cannot be loaded.
    """
    try:
        from tokenizers import Tokenizer
    except ImportError:
        raise SettingError(
            "counting tokens needs the tokenizers library. Install it: pip install 'cleanse-corpus[tokens]'."
        ) from None
    try:
        tokenizer = Tokenizer.from_file(name) if Path(name).is_file() else Tokenizer.from_pretrained(name)
    except Exception as error:  # the library raises bare Exception
        raise SettingError(f"tokenizer {name!r} cannot be loaded: {error}. Name a tokenizer.json.") from error

    def count(texts: Sequence[str]) -> list[int]:
        return [len(encoding.ids) for encoding in tokenizer.encode_batch(list(texts), add_special_tokens=False)]

    return count
