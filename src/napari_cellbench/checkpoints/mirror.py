"""Gets files from a lab's own folder or server, for computers that can't reach the authors'."""

from __future__ import annotations

from pathlib import Path

from ..errors import CheckpointError
from ..files.places import expanded
from .connection import CHUNK
from .download import Progress, download
from .part import begin


def fetch_from_mirror(
    mirror: str, name: str, part: Path, progress: Progress, limit: int = 0
) -> None:
    """Fetch a file by its name in the folder of downloads.

    So a lab's mirror is a copy of that folder, filled on a computer that is online.

    Parameters
    ----------
    mirror
        A folder, or an address that starts with http:// or https://.
    name
        Of the file.
    part, progress, limit
        As in `download`.

    Raises
    ------
    CheckpointError
        If the mirror has no such file, or can't be reached.
    OSError
        If `part` can't be written.
    """
    if "://" in mirror:
        download(f"{mirror.rstrip('/')}/{name}", part, progress, limit)
    else:
        _copy(expanded(mirror) / name, part, progress)


def _copy(source: Path, part: Path, progress: Progress) -> None:
    if not source.is_file():
        raise CheckpointError(f"The mirror has no file {source}.")
    total = source.stat().st_size
    # A copy starts anew each time, and a download does after a copy that broke off: nothing says
    # that the bytes are of the same file.
    with source.open("rb") as file, begin(part, "") as target:
        while chunk := file.read(CHUNK):
            target.write(chunk)
            progress(target.tell(), total)
