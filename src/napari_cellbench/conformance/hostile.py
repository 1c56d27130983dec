"""Files that would run code if they were loaded without care; writing them runs none.

None needs a framework: the pickles that torch and numpy keep are written as they keep them.
"""

from __future__ import annotations

import io
import pickle
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np


class Payload:
    """What a pickle of it does when it is loaded: makes an empty file.

    Parameters
    ----------
    mark
        The file.
    """

    def __init__(self, mark: Path) -> None:
        self._code = f"open({str(mark)!r}, 'w').close()"

    def __reduce__(self) -> Any:
        return exec, (self._code,)


def _torch(mark: Path) -> bytes:
    """Make the zip that `torch.save` writes, around a pickle that does more than name weights."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        content = {"state_dict": {}, "meta": Payload(mark)}
        archive.writestr("model/data.pkl", pickle.dumps(content, 2))
        archive.writestr("model/byteorder", "little")
        archive.writestr("model/version", "3\n")
    return stream.getvalue()


def _pickle(protocol: int) -> Callable[[Path], bytes]:
    def write(mark: Path) -> bytes:
        return pickle.dumps({"model": {"weight": 1.0}, "meta": Payload(mark)}, protocol)

    return write


def _npy(mark: Path) -> bytes:
    stream = io.BytesIO()
    np.save(stream, np.array([Payload(mark)], object), allow_pickle=True)
    return stream.getvalue()


def _npz(mark: Path) -> bytes:
    stream = io.BytesIO()
    np.savez(stream, weight=np.array([Payload(mark)], object))
    return stream.getvalue()


HOSTILE = {
    "a torch file that calls a function": _torch,
    "a pickle that calls a function": _pickle(pickle.DEFAULT_PROTOCOL),
    "a pickle of torch's protocol that calls a function": _pickle(2),
    "an .npy of objects that call a function": _npy,
    "an .npz of objects that call a function": _npz,
}
"""What each is, and a function that makes its content, which creates a file if it is run."""
EVERY_SUFFIX = (".pth", ".pt", ".pkl", ".npy", ".npz", ".h5", "")
"""Names under which each content comes, besides those that the method declares."""
DAMAGED = {
    "an empty file": b"",
    "a text": b"This is no checkpoint.\n" * 40,
    "noise": np.random.default_rng(0).integers(0, 256, 4096, np.uint8).tobytes(),
}
