"""The weights in a TorchScript file, without the program that lies beside them.

Such a file is a zip of weights and of a program for torch's own machine. Running a stranger's
program is out of the question, so the weights are read by an unpickler that knows numbers only;
whoever wants to use them builds the network from code of their own.
"""

from __future__ import annotations

import pickle
import zipfile
from collections import OrderedDict
from collections.abc import Mapping
from pathlib import Path, PurePosixPath
from typing import Any

import torch
from torch import Tensor

from ...errors import CheckpointError
from ...files.inputs import size_of
from . import torch_files
from .weights import opened

_DTYPES = {
    "FloatStorage": torch.float32,
    "DoubleStorage": torch.float64,
    "HalfStorage": torch.float16,
    "BFloat16Storage": torch.bfloat16,
    "LongStorage": torch.int64,
    "IntStorage": torch.int32,
    "ShortStorage": torch.int16,
    "CharStorage": torch.int8,
    "ByteStorage": torch.uint8,
    "BoolStorage": torch.bool,
}
_LISTS = ("build_intlist", "build_doublelist", "build_boollist", "build_tensorlist")


def read_torchscript(path: Path) -> tuple[dict[str, Tensor], dict[str, Any]]:
    """Read weights and numbers of a TorchScript file; its program is not even looked at.

    Parameters
    ----------
    path
        What ``torch.jit.save`` wrote.

    Returns
    -------
    weights : dict of tensors on the CPU
        By name, as the module's ``state_dict`` has them.
    numbers : dict
        Numbers, truth values and texts of the modules, by name.

    Raises
    ------
    CheckpointError
        If it is no such file, is damaged, or holds anything else.
    """
    with opened(path) as file:
        try:
            torch_files.check(file, size_of(file))
            with zipfile.ZipFile(file) as archive:
                names = archive.namelist()
                (pickled,) = (name for name in names if PurePosixPath(name).name == "data.pkl")
                folder = pickled.removesuffix("data.pkl")
                if not any(name.startswith(f"{folder}code/") for name in names):
                    raise CheckpointError(f"{path.name} is no TorchScript file.")
                with archive.open(pickled) as content:
                    module = _Reader(content, archive, folder).load()
        except CheckpointError:
            raise
        except torch_files.TooLarge as error:
            raise CheckpointError(f"{path.name} was not loaded: {error}.") from error
        except pickle.UnpicklingError as error:
            raise CheckpointError(
                f"{path.name} was not loaded: it holds more than weights ({error})."
            ) from error
        except Exception as error:  # zipfile and pickle raise whatever a damaged file leads to
            raise CheckpointError(f"{path.name} is damaged, or no TorchScript file.") from error
    weights: dict[str, Tensor] = {}
    numbers: dict[str, Any] = {}
    if isinstance(module, _Module):
        _gather(module, "", weights, numbers)
    if not weights:
        raise CheckpointError(f"{path.name} holds no weights.")
    return weights, numbers


class _Module:
    """In the place of a module: what it holds, by name."""

    def __init__(self) -> None:
        self.held: Mapping[str, Any] = {}

    def __setstate__(self, state: Any) -> None:
        """Keep what a module holds."""
        if type(state) is not dict:
            raise pickle.UnpicklingError("a module without names")
        self.held = state


class _Reader(pickle.Unpickler):
    """Makes modules of names, tensors of numbers, and nothing else."""

    def __init__(self, content: Any, archive: zipfile.ZipFile, folder: str) -> None:
        super().__init__(content)
        self._archive, self._folder = archive, folder

    def find_class(self, module: str, name: str) -> Any:
        """Return what a name stands for."""
        if module.startswith("__torch__"):
            return _Module
        if module == "torch" and name in _DTYPES:
            return _DTYPES[name]
        if (module, name) == ("torch._utils", "_rebuild_tensor_v2"):
            return _tensor
        if (module, name) == ("collections", "OrderedDict"):
            return OrderedDict
        if module == "torch.jit._pickle" and name in _LISTS:
            return list
        if (module, name) == ("torch.jit._pickle", "restore_type_tag"):
            return _untagged
        raise pickle.UnpicklingError(f"{module}.{name}")

    def persistent_load(self, pid: Any) -> Tensor:
        """Read numbers that are stored beside."""
        _, dtype, key, *_ = pid
        stored = bytearray(self._archive.read(f"{self._folder}data/{key}"))
        return torch.frombuffer(stored, dtype=dtype) if stored else torch.empty(0, dtype=dtype)


def _tensor(stored: Tensor, offset: int, shape: Any, stride: Any, *_: Any) -> Tensor:
    return stored.as_strided(shape, stride, offset).clone()


def _untagged(value: Any, tag: str) -> Any:
    return value


def _gather(
    module: _Module, prefix: str, weights: dict[str, Tensor], numbers: dict[str, Any]
) -> None:
    for name, value in module.held.items():
        if isinstance(value, _Module):
            _gather(value, f"{prefix}{name}.", weights, numbers)
        elif isinstance(value, Tensor):
            weights[f"{prefix}{name}"] = value
        elif isinstance(value, (bool, int, float, str)):
            numbers[f"{prefix}{name}"] = value
