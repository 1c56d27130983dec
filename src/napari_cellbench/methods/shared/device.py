"""Which device torch computes on."""

from __future__ import annotations

from ...errors import InputError


def resolve(device: str) -> str:
    """Turn "auto" into the best device of this computer, and check any other.

    Parameters
    ----------
    device
        "auto", "cpu", "cuda", "cuda:1", "mps".

    Raises
    ------
    InputError
        If the computer has no such device.
    """
    import torch

    has_mps = torch.backends.mps.is_available()
    if device == "auto":
        return "cuda" if torch.cuda.is_available() else "mps" if has_mps else "cpu"
    kind, _, number = device.partition(":")
    count = {"cpu": 1, "cuda": torch.cuda.device_count(), "mps": int(has_mps)}.get(kind, 0)
    if int(number or 0) >= count:
        raise InputError(f"This computer has no device {device!r}: choose auto or cpu.")
    return device


def watch_memory(device: str) -> None:
    """Begin to measure the memory that `peak_memory` tells of."""
    if device.startswith("cuda"):
        import torch

        # Without it nothing can be reset before the first tensor.
        torch.cuda.init()
        torch.cuda.reset_peak_memory_stats(device)


def peak_memory(device: str) -> int | None:
    """Return the most bytes that tensors took since `watch_memory`; None where nobody counts."""
    if not device.startswith("cuda"):
        return None
    import torch

    return torch.cuda.max_memory_allocated(device)
