"""Reading weights from files that nobody vouches for (no file may run code), and writing them."""

from __future__ import annotations

import pickle
import re
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import torch
from safetensors import safe_open
from safetensors.torch import save
from torch import Tensor

from ...checkpoints.content import ZIP, kind_of
from ...errors import CheckpointError, InputError
from ...files.atomic import replacing
from ...files.inputs import open_input, size_of
from ...files.limits import check_size
from . import torch_files

PICKLE = b"\x80"
TORCH_PICKLE = b"\x80\x02"
"""torch writes protocol 2 of pickle, and reads no other safely."""

_STATE_KEYS = ("state_dict", "model_state_dict", "model_state", "model", "network")

_NUMPY_SCALARS: list[Any] = [
    np.dtype,
    np._core.multiarray.scalar,  # type: ignore[attr-defined]
    # The name of the same function before numpy 2.
    (np._core.multiarray.scalar, "numpy.core.multiarray.scalar"),  # type: ignore[attr-defined]
    *{type(np.dtype(code)) for code in "?bBhHiIlLqQefd"},
]
"""What a pickled numpy number consists of; users' checkpoints hold diameters and losses so."""


class _Ignored:
    """What is put in the place of an object that isn't needed; does nothing."""

    def __new__(cls, *_: object) -> _Ignored:
        return object.__new__(cls)

    def __setstate__(self, state: object) -> None:
        """Forget the state."""


_LOSSES: list[Any] = [
    (_Ignored, name)
    for name in (
        "mmengine.logging.history_buffer.HistoryBuffer",
        "numpy.core.multiarray._reconstruct",
        "numpy._core.multiarray._reconstruct",
        "numpy.ndarray",
        "__builtin__.getattr",
        "builtins.getattr",
    )
]
"""What the losses consist of that MMEngine keeps beside the weights: none of it is called."""


def read_state_dict(
    path: Path, within: bytes | None = None
) -> tuple[dict[str, Tensor], dict[str, Any]]:
    """Read a safetensors or torch file without running any code of it.

    Parameters
    ----------
    path
        A ``.safetensors`` file, or what ``torch.save`` wrote (zip or older pickle). The content
        decides, not the file's name.
    within
        What ``torch.save`` wrote, where it lies in a file of several: `path` names it then.

    Returns
    -------
    state : dict of tensors on the CPU
        Weights by name, without the "module." that data-parallel training puts before them.
    metadata : dict
        Everything else that the file holds: numbers and text beside the weights.

    Raises
    ------
    CheckpointError
        If the file is missing, damaged, no checkpoint, would run code, or holds NaN.
    """
    if within is not None:
        content, metadata = _split(path, _load_torch(path, BytesIO(within), len(within)))
    else:
        with opened(path) as file:
            content, metadata = _load(path, file)
    if not content:
        raise CheckpointError(f"{path.name} holds no weights.")
    for name, tensor in content.items():
        if tensor.layout is not torch.strided or tensor.is_meta or tensor.is_quantized:
            raise CheckpointError(f"{path.name} has {name} in a form that isn't read.")
    try:
        torch_files.check_together(content.values())
    except torch_files.TooLarge as error:
        raise CheckpointError(_too_large(path, error)) from error
    for name, tensor in content.items():
        if tensor.is_floating_point() and tensor.isnan().any():
            raise CheckpointError(
                f"{path.name} holds NaN (in {name}): its training failed; use an earlier one."
            )
    if all(name.startswith("module.") for name in content):
        content = {name.removeprefix("module."): tensor for name, tensor in content.items()}
    return content, metadata


@contextmanager
def opened(path: Path) -> Iterator[BinaryIO]:
    """Open a file of weights as `open_input` does, at its start.

    Raises
    ------
    CheckpointError
        If it isn't there, is no regular file, can't be read, is empty, or is larger than the
        memory that is free.
    """
    if path.is_dir():
        raise CheckpointError(f"{path} is a folder: choose the file with the weights in it.")
    try:
        with open_input(path) as file:
            check_size(size_of(file), path.name)
            yield file
    except InputError as error:
        raise CheckpointError(str(error)) from error


def write_half(path: Path, state: Mapping[str, Tensor], metadata: Mapping[str, str]) -> None:
    """Write weights as ``.safetensors`` in half precision, whole or not at all.

    What half precision can't hold stays as it is: the variance that a first layer's norm keeps of
    16-bit images is larger than 65,504.

    Parameters
    ----------
    path
        The file to write; an older one is replaced.
    state
        Weights by name. Integers stay what they are.
    metadata
        Texts to keep beside them.

    Raises
    ------
    CheckpointError
        If a weight is not finite.
    """
    content = {}
    for name, tensor in state.items():
        whole = tensor.detach().cpu().contiguous()
        if not whole.isfinite().all():
            raise CheckpointError(f"{name} is not finite: training failed.")
        half = whole.half() if whole.is_floating_point() else whole
        content[name] = half if half.isfinite().all() else whole
    with replacing(path) as file:
        file.write(save(content, dict(metadata)))


def _load(path: Path, file: BinaryIO) -> tuple[dict[str, Tensor], dict[str, Any]]:
    head = file.read(16)
    file.seek(0)
    if head.startswith((ZIP, TORCH_PICKLE)):
        return _split(path, _load_torch(path, file, size_of(file)))
    kind = kind_of(head)
    if kind == "safetensors":
        return _load_safetensors(path)
    if head.startswith(PICKLE):
        raise CheckpointError(_unsafe(path, "is a Python pickle that torch did not write"))
    if kind == "hdf5":
        raise CheckpointError(
            f"{path.name} is an HDF5 file, as Keras writes them: choose a method that reads those."
        )
    raise CheckpointError(
        f"{path.name} is not a checkpoint (neither safetensors nor a torch file), or is "
        "damaged: download it again or choose another file."
    )


def _load_safetensors(path: Path) -> tuple[dict[str, Tensor], dict[str, Any]]:
    try:
        with safe_open(path, framework="pt") as file:
            return {key: file.get_tensor(key) for key in file.keys()}, dict(file.metadata() or {})  # noqa: SIM118
    except Exception as error:  # of safetensors, or of torch where it lacks a type of numbers
        raise CheckpointError(_damaged(path)) from error


def _load_torch(path: Path, file: BinaryIO, size: int) -> Any:
    try:
        torch_files.check(file, size)
        with torch.serialization.safe_globals(_NUMPY_SCALARS + _LOSSES), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            # An open file, for torch goes by the suffix of a path.
            return torch.load(file, map_location="cpu", weights_only=True)
    except torch_files.TooLarge as error:
        raise CheckpointError(_too_large(path, error)) from error
    except pickle.UnpicklingError as error:
        if not re.search(r"unsupported (global|class)|allow", str(error), re.IGNORECASE):
            raise CheckpointError(_damaged(path)) from error
        wanted = re.search(r"(?:GLOBAL|class|function) ([\w.]+)", str(error))
        calls = f" (it wants to call {wanted[1]})" if wanted else ""
        raise CheckpointError(_unsafe(path, f"holds more than weights{calls}")) from None
    except Exception as error:  # torch raises whatever a damaged file leads it into
        raise CheckpointError(_damaged(path)) from error


def _damaged(path: Path) -> str:
    return f"{path.name} is damaged or incomplete: download or copy it again."


def _too_large(path: Path, error: torch_files.TooLarge) -> str:
    return f"{path.name} was not loaded: {error}. It is damaged, or made to fill the memory."


def _unsafe(path: Path, reason: str) -> str:
    return (
        f"{path.name} was not loaded: it {reason}, and loading it could run a stranger's code. Ask "
        "its author for the state dict alone, best as safetensors."
    )


def _split(path: Path, content: Any) -> tuple[dict[str, Tensor], dict[str, Any]]:
    """Part the weights from what lies beside them."""
    if not isinstance(content, dict):
        raise CheckpointError(f"{path.name} holds a {type(content).__name__}, not weights by name.")
    content = rest = _plain(content)
    for key in _STATE_KEYS:
        if isinstance(content.get(key), dict):
            rest = {name: value for name, value in content.items() if name != key}
            content = _plain(content[key])
            break
    state = {str(k): v for k, v in content.items() if isinstance(v, Tensor)}
    beside = {**rest, **content}
    return state, {str(k): v for k, v in beside.items() if not isinstance(v, Tensor)}


def _plain(content: dict[Any, Any]) -> dict[Any, Any]:
    """Return a dictionary with methods of its own: a file may have put others into it."""
    return dict(dict.items(content))
