"""Input from and output to object stores and the web: s3, gs, az, https, hf. Imports only errors; the rest on first use.

`list_files` and `open_input` read; `claim`, `publish` write. An output is made in a local folder first, and published when
it is whole: parts under names that nothing had before, the manifest last and only if nobody else wrote one meanwhile.
"""

from __future__ import annotations

from cleanse.remote.publishing import Claim, claim, publish, staging_folder
from cleanse.remote.remote_files import RemoteFile, list_files, open_input
from cleanse.remote.urls import SCHEMES, is_url, url_of

__all__ = [
    "SCHEMES",
    "Claim",
    "RemoteFile",
    "claim",
    "is_url",
    "list_files",
    "open_input",
    "publish",
    "staging_folder",
    "url_of",
]
