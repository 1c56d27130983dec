"""What a torch file is about to ask for, found out before torch reads it.

torch runs no code of a file that it loads with ``weights_only``, but makes whatever size of memory
the file names: tensors of 40 GB over one number, storages that are larger than what is stored,
arrays of bytes. So its pickles are first read by an unpickler that makes nothing at all.
"""

from __future__ import annotations

import pickle
import zipfile
from collections import OrderedDict
from collections.abc import Iterable, Sequence
from pathlib import PurePosixPath
from typing import Any, BinaryIO

from torch import Tensor

from ...checkpoints.content import INFLATION, ZIP

_ITEM_BYTES = {
    "ByteStorage": 1,
    "CharStorage": 1,
    "BoolStorage": 1,
    "UntypedStorage": 1,
    "ShortStorage": 2,
    "HalfStorage": 2,
    "BFloat16Storage": 2,
    "IntStorage": 4,
    "FloatStorage": 4,
    "LongStorage": 8,
    "DoubleStorage": 8,
    "ComplexFloatStorage": 8,
    "ComplexDoubleStorage": 16,
}
_SHARED = 4
"""Times that all tensors together may be larger than what is stored: some share their storage."""
_SMALL = 2**26
"""Bytes that any file may ask for."""
_LARGEST_PICKLE = 2**28
"""Bytes; those of the largest models have less than a hundredth."""


class TooLarge(Exception):
    """A file that asks for more than it holds; the message says for what."""


def check(file: BinaryIO, size: int) -> None:
    """Refuse what asks for memory beyond what it holds.

    Parameters
    ----------
    file
        A torch file, zip or older; read from its start.
    size
        Of the file in bytes.

    Raises
    ------
    TooLarge
        If it asks for too much, or has tensors of a kind that no checkpoint needs.
    Exception
        Whatever a damaged file leads to.
    """
    file.seek(0)
    is_zip = file.read(4) == ZIP
    file.seek(0)
    if is_zip:
        _check_zip(file, size)
    else:
        _check_stream(file, size)
    file.seek(0)


def _check_zip(file: BinaryIO, size: int) -> None:
    with zipfile.ZipFile(file) as archive:
        members = {member.filename: member for member in archive.infolist()}
        total = sum(member.file_size for member in archive.infolist())
        if total > max(INFLATION * size, _SMALL):
            raise TooLarge(f"it unpacks to {total} bytes")
        # Of two, torch might take the one that was not looked at.
        (name,) = (name for name in archive.namelist() if PurePosixPath(name).name == "data.pkl")
        if members[name].file_size > _LARGEST_PICKLE:
            raise TooLarge(f"its table of contents has {members[name].file_size} bytes")
        folder = name.removesuffix("data.pkl") + "data/"
        stored = {
            key.removeprefix(folder): member.file_size
            for key, member in members.items()
            if key.startswith(folder)
        }
        with archive.open(name) as opened:
            _Reader(opened, stored).load()


def _check_stream(file: BinaryIO, size: int) -> None:
    """Check the format before torch 1.6: magic number, version, system, content, keys, bytes."""
    for _ in range(3):
        _Reader(file, None).load()
    reader = _Reader(file, None)
    reader.load()
    _Reader(file, None).load()
    left = size - file.tell()
    if sum(reader.stored.values()) > left:
        raise TooLarge(f"it declares {sum(reader.stored.values())} bytes and holds {left}")


def check_together(tensors: Iterable[Tensor]) -> None:
    """Refuse tensors that share so much that copies of them would fill the memory.

    Raises
    ------
    TooLarge
        If they are far larger together than what is stored.
    """
    asked, stored = 0, {}
    for tensor in tensors:
        storage = tensor.untyped_storage()
        asked += tensor.nbytes
        stored[storage.data_ptr()] = storage.nbytes()
    there = sum(stored.values())
    if asked > max(_SHARED * there, _SMALL):
        raise TooLarge(f"its tensors are {asked} bytes over {there} that are stored")


class _Storage:
    """A type of storage, or one of a known size."""

    def __init__(self, item_bytes: int, n_bytes: int = 0) -> None:
        self.item_bytes = item_bytes
        self.n_bytes = n_bytes

    def __call__(self, *_: object) -> Any:
        raise TooLarge("it makes memory that it doesn't fill")


class _Nothing:
    """In the place of all else; torch decides later whether it may be there."""

    def __new__(cls, *_: object, **__: object) -> _Nothing:
        return object.__new__(cls)

    def __call__(self, *_: object, **__: object) -> _Nothing:
        return self

    def __setstate__(self, state: object) -> None:
        """Forget the state."""

    def __setitem__(self, key: object, value: object) -> None:
        """Forget an entry."""

    def append(self, value: object) -> None:
        """Forget a value."""

    def extend(self, values: object) -> None:
        """Forget values."""


# The unpickler in C keeps what a file numbers in an array as long as the largest number.
class _Reader(pickle._Unpickler):
    """Reads a pickle without making anything of the size that it names.

    Parameters
    ----------
    file
        The pickle.
    stored
        Bytes of what is stored, by key; None where only the pickle itself says.
    """

    def __init__(self, file: Any, stored: dict[str, int] | None) -> None:
        super().__init__(file)
        self._known = stored
        self.stored: dict[str, int] = {}

    def find_class(self, module: str, name: str) -> Any:
        """Return a stand-in."""
        if (module, name) == ("collections", "OrderedDict"):
            return OrderedDict
        if name.endswith("Storage") and module in ("torch", "torch.storage"):
            return _Storage(_ITEM_BYTES.get(name, 16))
        if module == "torch._utils" and name in ("_rebuild_tensor", "_rebuild_tensor_v2"):
            return self._tensor
        if (module, name) == ("torch._utils", "_rebuild_parameter"):
            return lambda data, *_: data
        if (module, name) == ("torch._tensor", "_rebuild_from_type_v2"):
            return lambda function, _, arguments, *__: function(*arguments)
        if name.startswith("_rebuild") and module.startswith("torch"):
            return _refuse(f"it has tensors of a kind that isn't read ({name})")
        if name == "bytearray":
            return _bytes
        return _Nothing

    def persistent_load(self, pid: Any) -> _Storage:
        """Note what is stored, and compare it with what is there."""
        _, kind, key, _, count, *_ = pid
        if type(count) is not int or count < 0:
            raise TooLarge(f"it declares {count} numbers")
        n_bytes = count * kind.item_bytes
        there = n_bytes if self._known is None else self._known[str(key)]
        if n_bytes > there:
            raise TooLarge(f"it declares {n_bytes} bytes where {there} are")
        self.stored[str(key)] = max(n_bytes, self.stored.get(str(key), 0))
        return _Storage(kind.item_bytes, n_bytes)

    def _tensor(
        self, storage: _Storage, offset: int, shape: Sequence[int], stride: Sequence[int], *_: Any
    ) -> _Nothing:
        numbers = (offset, *shape, *stride)
        if any(type(n) is not int or n < 0 for n in numbers) or len(shape) != len(stride):
            raise TooLarge(f"it has a tensor of shape {tuple(shape)} and strides {tuple(stride)}")
        count, last = 1, offset
        for length, step in zip(shape, stride, strict=True):
            count *= length
            last += (length - 1) * step
        if count and max(count, last + 1) * storage.item_bytes > storage.n_bytes:
            raise TooLarge(f"it has a tensor of shape {tuple(shape)} over {storage.n_bytes} bytes")
        return _Nothing()


def _refuse(reason: str) -> Any:
    def call(*_: object) -> Any:
        raise TooLarge(reason)

    return call


def _bytes(*given: object) -> _Nothing:
    if any(isinstance(value, int) for value in given):
        raise TooLarge("it makes memory that it doesn't fill")
    return _Nothing()
