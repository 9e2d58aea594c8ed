"""Which addresses are remote, and the store that an address is in."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from cleanse.errors import CleanseError

STORES = ("s3", "s3a", "gs", "gcs", "az", "abfs", "abfss")  # read and written through obstore
WEB = ("http", "https")  # read: one file each
HUB = ("hf",)  # read through fsspec
SCHEMES = (*STORES, *WEB, *HUB)
INSTALL = "pip install 'cleanse-corpus[remote]'"

_ALIASES = {"gcs": "gs"}  # fsspec's name
_S3 = "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY; for a public bucket AWS_SKIP_SIGNATURE=true"
_GS = "GOOGLE_APPLICATION_CREDENTIALS, a file; for a public bucket GOOGLE_SKIP_SIGNATURE=true"
_AZ = "AZURE_STORAGE_ACCOUNT_NAME and AZURE_STORAGE_ACCOUNT_KEY; for a public container AZURE_SKIP_SIGNATURE=true"
_CREDENTIALS = {"s3": _S3, "s3a": _S3, "gs": _GS, "gcs": _GS, "az": _AZ, "abfs": _AZ, "abfss": _AZ}
# The machine's own identity is asked for at this address where no credentials are set
_WITHOUT_CREDENTIALS = re.compile(r"169\.254\.169\.254|metadata\.google|Account must be specified")
_URL = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+://")
_FOLDED = re.compile(r"([A-Za-z][A-Za-z0-9+.-]+):/(?!/)")


def is_url(name: str) -> bool:
    """Return whether a name is an address; a letter and a colon are a drive."""
    return _URL.match(name) is not None


def url_of(name: str | os.PathLike[str]) -> str | None:
    """Return the address that a name is, None where it is a path. A `Path` made of an address has lost one slash of two."""
    text = os.fspath(name)
    if is_url(text):
        return text
    folded = _FOLDED.match(text)
    return f"{folded[1]}://{text[folded.end() :]}" if folded and not os.path.lexists(text) else None


def scheme_of(url: str) -> str:
    """Return the scheme of an address, in lower case."""
    return url.partition("://")[0].lower()


def open_store(url: str, error: type[CleanseError]) -> tuple[Any, str]:
    """Return the store of an address and the path in it.

    Credentials, region and endpoint come from the environment, as each provider names them (AWS_ACCESS_KEY_ID,
    AWS_ENDPOINT_URL, GOOGLE_APPLICATION_CREDENTIALS, AZURE_STORAGE_ACCOUNT_NAME …).

    Args:
        url: Such as `s3://bucket/path`.
        error: What is raised where it cannot be used: SourceError or OutputError.

    """
    parts = urlsplit(url)
    if scheme_of(url) not in STORES or not parts.netloc:
        raise error(f"{url!r} cannot be used here. Use one of: {' '.join(f'{name}://' for name in STORES)}")
    try:
        from obstore.store import from_url
    except ImportError:
        raise error(f"{url!r} needs the package obstore. Install it: {INSTALL}") from None
    try:
        store = from_url(f"{_ALIASES.get(scheme_of(url), scheme_of(url))}://{parts.netloc}")
    except Exception as problem:
        raise error(f"{url!r} cannot be opened: {explain(url, problem)}") from problem
    return store, parts.path.strip("/")


def plain(problem: BaseException) -> str:
    """Return the first line of an error's words: what follows is for the store's developers."""
    return str(problem).strip().split("\n", 1)[0][:300] or type(problem).__name__


def explain(url: str, problem: BaseException) -> str:
    """Return what a store's error means: which variables are not set where it found no credentials, else its first line."""
    if scheme_of(url) in _CREDENTIALS and _WITHOUT_CREDENTIALS.search(str(problem)):
        return f"there are no credentials. Set {_CREDENTIALS[scheme_of(url)]}."
    return plain(problem)
