"""The zip of a model's folder, read in memory: nothing of it is unpacked to disk."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from ...checkpoints.content import INFLATION
from ...errors import CheckpointError
from .weights import opened

SMALL = 2**20
"""Bytes that a member may unpack to, however well it is packed."""
LARGEST = 2**30
"""Most bytes that are read of a member."""


@dataclass(frozen=True)
class ZippedFolder:
    """An open zip.

    Attributes
    ----------
    name
        Of the file.
    members
        Its files, without those that a Mac adds.
    """

    name: str
    members: tuple[PurePosixPath, ...]
    _archive: zipfile.ZipFile

    def read(self, member: PurePosixPath, largest: int = LARGEST) -> bytes:
        """Read a file.

        Raises
        ------
        CheckpointError
            If it unpacks to far more than it takes, or more than `largest` bytes.
        """
        # What a member claims is what it can unpack to: zipfile reads no further.
        info = self._archive.getinfo(str(member))
        most = min(largest, max(SMALL, INFLATION * info.compress_size))
        if info.file_size > most:
            raise CheckpointError(f"{member} in the zip unpacks to more than {most // 2**20} MiB.")
        return self._archive.read(str(member))


@contextmanager
def opened_zip(path: Path) -> Iterator[ZippedFolder]:
    """Open the zip of a model's folder.

    Raises
    ------
    CheckpointError
        If the zip is damaged, has members that point out of it, or is a PyTorch file.
    """
    try:
        with opened(path) as file, zipfile.ZipFile(file) as archive:
            members = tuple(
                member
                for name in archive.namelist()
                if not (member := PurePosixPath(name)).name.startswith(".")
                and member.parts[:1] != ("__MACOSX",)
            )
            for member in members:
                if member.is_absolute() or ".." in member.parts or "\\" in str(member):
                    raise CheckpointError(f"{path.name} has a member that points out: {member}.")
            if any(member.name == "data.pkl" for member in members):
                raise CheckpointError(
                    f"{path.name} is a PyTorch checkpoint, not a model's folder of Keras."
                )
            yield ZippedFolder(path.name, members, archive)
    except CheckpointError:
        raise
    except Exception as error:  # zipfile raises whatever a damaged file leads it into
        raise CheckpointError(
            f"{path.name} is a damaged zip ({error}): download or copy it again."
        ) from error
