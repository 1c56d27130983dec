"""Reading weights from files that nobody vouches for (no file may run code), and writing them."""

from __future__ import annotations

import pickle
import re
import struct
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import Tensor

from ...errors import CheckpointError
from ...files.atomic import replacing

ZIP = b"PK\x03\x04"
PICKLE = b"\x80"
TORCH_PICKLE = b"\x80\x02"
"""torch writes protocol 2 of pickle, and reads no other safely."""
HDF5 = b"\x89HDF\r\n\x1a\n"
MAX_HEADER = 100_000_000
"""Bytes; what safetensors itself allows."""

_STATE_KEYS = ("state_dict", "model_state_dict", "model", "network")

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


def read_state_dict(path: Path) -> tuple[dict[str, Tensor], dict[str, Any]]:
    """Read a safetensors or torch file without running any code of it.

    Parameters
    ----------
    path
        A ``.safetensors`` file, or what ``torch.save`` wrote (zip or older pickle). The content
        decides, not the file's name.

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
    head = _head(path)
    if head.startswith((ZIP, TORCH_PICKLE)):
        content, metadata = _split(path, _load_torch(path))
    elif _is_safetensors(head):
        content, metadata = _load_safetensors(path)
    elif head.startswith(PICKLE):
        raise CheckpointError(_unsafe(path, "is a Python pickle that torch did not write"))
    elif head.startswith(HDF5):
        raise CheckpointError(
            f"{path.name} is an HDF5 file, as Keras writes them: choose a method that reads those."
        )
    else:
        raise CheckpointError(
            f"{path.name} is not a checkpoint (neither safetensors nor a torch file), or is "
            "damaged: download it again or choose another file."
        )
    if not content:
        raise CheckpointError(f"{path.name} holds no weights.")
    for name, tensor in content.items():
        if tensor.is_floating_point() and tensor.isnan().any():
            raise CheckpointError(
                f"{path.name} holds NaN (in {name}): its training failed; use an earlier one."
            )
    if all(name.startswith("module.") for name in content):
        content = {name.removeprefix("module."): tensor for name, tensor in content.items()}
    return content, metadata


def write_half(path: Path, state: Mapping[str, Tensor], metadata: Mapping[str, str]) -> None:
    """Write weights as ``.safetensors`` in half precision, whole or not at all.

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
        If a weight is not finite in half precision.
    """
    content = {}
    for name, tensor in state.items():
        half = tensor.detach().cpu().contiguous()
        content[name] = half = half.half() if half.is_floating_point() else half
        if not half.isfinite().all():
            raise CheckpointError(f"{name} is not finite in half precision: training failed.")
    with replacing(path) as file:
        file.write(save(content, dict(metadata)))


def _head(path: Path) -> bytes:
    if path.is_dir():
        raise CheckpointError(f"{path} is a folder: choose the file with the weights in it.")
    try:
        with path.open("rb") as file:
            return file.read(16)
    except FileNotFoundError:
        raise CheckpointError(f"{path} does not exist: was it moved or deleted?") from None
    except OSError as error:
        raise CheckpointError(f"{path} can't be read: {error.strerror}.") from error


def _is_safetensors(head: bytes) -> bool:
    """Tell whether a file begins with the length of a JSON header, and the header's brace."""
    return head[8:9] == b"{" and struct.unpack("<Q", head[:8])[0] <= MAX_HEADER


def _load_safetensors(path: Path) -> tuple[dict[str, Tensor], dict[str, Any]]:
    try:
        with safe_open(path, framework="pt") as file:
            return {key: file.get_tensor(key) for key in file.keys()}, dict(file.metadata() or {})  # noqa: SIM118
    except (SafetensorError, OSError) as error:
        raise CheckpointError(_damaged(path)) from error


def _load_torch(path: Path) -> Any:
    try:
        with torch.serialization.safe_globals(_NUMPY_SCALARS + _LOSSES), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            # An open file, for torch goes by the suffix of a path.
            with path.open("rb") as file:
                return torch.load(file, map_location="cpu", weights_only=True)
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


def _unsafe(path: Path, reason: str) -> str:
    return (
        f"{path.name} was not loaded: it {reason}, and loading it could run a stranger's code. Ask "
        "its author for the state dict alone, best as safetensors."
    )


def _split(path: Path, content: Any) -> tuple[dict[str, Tensor], dict[str, Any]]:
    """Part the weights from what lies beside them."""
    if not isinstance(content, Mapping):
        raise CheckpointError(f"{path.name} holds a {type(content).__name__}, not weights by name.")
    rest = dict(content)
    for key in _STATE_KEYS:
        if isinstance(content.get(key), Mapping):
            rest.pop(key)
            content = content[key]
            break
    state = {str(k): v for k, v in content.items() if isinstance(v, Tensor)}
    beside = {**rest, **content}
    return state, {str(k): v for k, v in beside.items() if not isinstance(v, Tensor)}
