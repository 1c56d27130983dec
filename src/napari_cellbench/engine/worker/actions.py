"""The side of the engine that lives in the worker process and holds the model."""

from __future__ import annotations

import gc
import sys
import time
import traceback
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from ...checkpoints import sha256_of
from ...data import Instances, Role
from ...data.statistics import ExactStatistics, Histogram, Statistics
from ...errors import Cancelled, CellbenchError, NotInstalled
from ...methods.base import Method, Predictor
from ...methods.parameters import build
from ...methods.preparation import prepared, tiling_of
from ...methods.registry import get_method
from ...methods.shared.device import peak_memory, resolve, watch_memory
from ..environments import how_to_install, missing_here
from ..environments.requirements import versions_of
from ..environments.versions import PACKAGES
from ..examination import Examine, Watch
from .arrays import take, view

STEP = 0.01
"""Fraction of a tile from which on progress is told: a method may report a thousand layers."""
_EXECUTOR = ThreadPoolExecutor(1, "cellbench")
"""Appose gives every task a thread of its own; frameworks want one thread that stays."""


class _State:
    """The loaded model, and the statistics of the image in hand."""

    key: tuple[str, str, str, str] | None = None
    method: Method[Any] | None = None
    device: str = ""
    predictor: Predictor[Any] | None = None
    statistics: Statistics | None = None


def run_task(task: Any, action: str, arguments: dict[str, Any]) -> None:
    """Do what the client asks; user errors come back as ``outputs["error"]``.

    Parameters
    ----------
    task
        Appose's task: outputs, progress and the request to cancel.
    action
        "load", "statistics" or "predict"; or one of `prompting`.
    arguments
        Of the action, from JSON; arrays are Appose's shared `NDArray`.
    """
    try:
        actions: dict[str, Callable[..., dict[str, Any]]]
        actions = {"load": _load, "statistics": _statistics, "predict": _predict}
        if action not in actions:
            # Who only segments needs none of it.
            from .prompting import ACTIONS

            actions = ACTIONS
        task.outputs.update(_EXECUTOR.submit(actions[action], task, **arguments).result())
    except CellbenchError as error:
        task.outputs["error"] = {"kind": type(error).__name__, "message": str(error)}
    except Exception as error:
        task.outputs["error"] = {
            "kind": "EngineError",
            "message": _explain(error),
            "details": traceback.format_exc(),
        }


def _load(
    task: Any,
    method: str,
    checkpoint: str,
    device: str,
    parameters: dict[str, Any],
    is_guest: bool,
    examine: dict[str, Any] | None,
) -> dict[str, Any]:
    home = None if examine is None else Examine.from_dict(examine).home
    chosen = get_method(method) if home is None else home.load()
    built = build(chosen.parameters, parameters)
    if missing := chosen.missing() if is_guest else missing_here(chosen):
        install = _pip_install(*missing) if is_guest else how_to_install(chosen)
        raise NotInstalled(f"{chosen.title} needs {', '.join(missing)}: run  {install}")
    path = Path(checkpoint) if checkpoint else None
    # A file that was deleted or trained further since must not pass for the one in memory.
    digest = sha256_of(path) if path else ""
    key = (method if home is None else home.name, checkpoint, digest, device)
    started = time.perf_counter()
    if _State.predictor is None or _State.key != key:
        _State.key, _State.predictor, _State.method = None, None, None
        gc.collect()
        _State.device = _resolve_device(chosen, device)
    watch_memory(_State.device)
    if _State.predictor is None:
        _State.predictor = chosen.load(path, _State.device)
        _State.key, _State.method = key, chosen
    tiling = tiling_of(_State.predictor, built)
    return {
        "tile_size": tiling.size,
        "tile_overlap": tiling.overlap,
        "seconds": time.perf_counter() - started,
        "device": _State.device,
        "sha256": digest,
        "versions": _versions(chosen),
    }


def _statistics(task: Any, values: Any, counts: Any, lengths: list[int]) -> dict[str, Any]:
    ends = np.cumsum(lengths)[:-1]
    split = [np.split(take(array), ends) for array in (values, counts)]
    _State.statistics = Histogram(split[0], split[1])
    return {}


def _predict(
    task: Any,
    image: Any,
    shape: list[int],
    labels: Any,
    roles: list[Role],
    parameters: dict[str, Any],
    is_whole: bool,
    examine: dict[str, Any] | None,
) -> dict[str, Any]:
    assert _State.method is not None
    assert _State.predictor is not None
    built = build(_State.method.parameters, parameters)
    watch: Watch | None = None
    told = -1.0

    def progress(current: int, maximum: int) -> None:
        nonlocal told
        if task.cancel_requested:
            raise Cancelled("Stopped.")
        fraction = current / max(1, maximum)
        if fraction - told >= STEP:
            told = fraction
            task.update(current=current, maximum=maximum)
        if watch is not None:
            watch.note(current, maximum)

    pixels = take(image, shape)
    statistics = ExactStatistics(pixels) if is_whole else _State.statistics
    assert statistics is not None
    predictor = _State.predictor
    pixels, statistics = prepared(predictor, pixels, roles, built, statistics, is_whole=is_whole)
    if examine is not None:
        watch = Watch(Examine.from_dict(examine), pixels)
    found = predictor.predict(pixels, tuple(roles), built, statistics, progress)
    _check(found, shape[1:])
    if task.cancel_requested:
        raise Cancelled("Stopped.")
    answer: dict[str, Any] = {
        "scores": None if found.scores is None else found.scores.tolist(),
        "gpu_memory": peak_memory(_State.device),
    }
    if watch is not None:
        answer["examination"] = watch.tell()
    if found.masks is not None:
        answer["masks"] = [mask["counts"].decode() for mask in found.masks]
    else:
        view(labels, shape[1:])[:] = found.to_labels()
        labels.shm.close()
    return answer


def _check(found: object, shape: list[int]) -> None:
    """Make sure that a method gave what it promises: who writes one reads what is wrong."""
    if not isinstance(found, Instances):
        raise TypeError(f"predict returned {type(found).__name__}, not Instances")
    if list(found.shape) != shape:
        raise ValueError(f"predict gave objects of shape {found.shape} for {tuple(shape)} pixels")
    if (labels := found.labels) is not None:
        if labels.shape != found.shape or labels.dtype.kind not in "iu":
            raise TypeError(f"predict gave labels of {labels.dtype}, {labels.shape} pixels")
        if labels.min(initial=0) < 0:
            raise ValueError("predict gave a label below 0, which is the background")
    if any(list(mask["size"]) != shape for mask in found.masks or ()):
        raise ValueError(f"predict gave a mask that isn't of {tuple(shape)} pixels")


def _resolve_device(method: Method[Any], device: str) -> str:
    return resolve(device) if "torch" in method.requires else "cpu"


@cache
def _versions(method: Method[Any]) -> dict[str, str]:
    return versions_of(method)


def _pip_install(*modules: str) -> str:
    packages = " ".join(PACKAGES.get(module, module) for module in modules)
    return f'"{sys.executable}" -m pip install {packages}'


def _explain(error: Exception) -> str:
    text = f"{type(error).__name__}: {error}"
    if "out of memory" in text.lower() or isinstance(error, MemoryError):
        return (
            "The device ran out of memory. Choose another device, a smaller region, or close "
            f"other programs that use it. ({text.splitlines()[0]})"
        )
    if isinstance(error, ModuleNotFoundError) and error.name:
        module = error.name.partition(".")[0]
        return f"The method needs {module}: run  {_pip_install(module)}"
    return f"The method failed: {text}"
