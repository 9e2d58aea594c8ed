"""Write and read manifest.json: options, versions, counts, digest.

It is written last: a folder with a manifest holds a finished output.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from cleanse.atomic_write import new_file
from cleanse.corpus.output_folder import MANIFEST
from cleanse.errors import OutputError

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path


def versions(libraries: Iterable[str]) -> dict[str, str]:
    """Return the versions of Python and of the libraries whose work is in the output."""
    import platform
    from importlib import metadata

    return {"python": platform.python_version(), **{name: metadata.version(name) for name in sorted(set(libraries))}}


def write_manifest(output: Path, manifest: dict[str, Any]) -> None:
    """Write the manifest. An incomplete manifest never has its name.

    Args:
        output: The output folder.
        manifest: The manifest.
    """
    with new_file(output / MANIFEST) as temporary:
        temporary.write_text(json.dumps(manifest, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def read_manifest(output: Path) -> dict[str, Any]:
    """Return the manifest of an output folder. Raises OutputError where there is none."""
    try:
        manifest: dict[str, Any] = json.loads((output / MANIFEST).read_bytes())
    except FileNotFoundError:
        raise OutputError(
            f"{str(output)!r} holds no manifest.json: no run of cleanse has ended there. Run it first."
        ) from None
    except (OSError, ValueError) as error:
        raise OutputError(f"{str(output / MANIFEST)!r} cannot be read: {error}. Run cleanse again.") from error
    return manifest
