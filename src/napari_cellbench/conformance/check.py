"""`check_method`: whether a method keeps the contract that everything here relies on."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from ..checkpoints import Checkpoint
from ..engine.request import key_of
from ..errors import InputError, did_you_mean, sentence
from ..methods.base import Method
from ..methods.home import Home
from ..methods.registry import get_method
from . import declaration, files, inputs, prediction
from .bench import Bench
from .result import CheckResult, Failed, NotApplicable

if TYPE_CHECKING:
    from ..engine import Engine

CHECKS: Mapping[str, Callable[[Bench], str]] = MappingProxyType(
    {
        "description": declaration.description,
        "parameters": declaration.parameters,
        "checkpoints": declaration.declared_checkpoints,
        "imports": declaration.imports,
        "prediction": prediction.prediction,
        "input-kept": prediction.input_kept,
        "determinism": prediction.determinism,
        "progress": prediction.progress,
        "cancel": prediction.cancel,
        "tiling": prediction.tiling,
        "dtypes": inputs.dtypes,
        "constant-image": inputs.constant,
        "sizes": inputs.sizes,
        "channels": inputs.channels,
        "hostile-files": files.hostile_files,
        "damaged-files": files.damaged_files,
        "errors": files.errors,
    }
)
"""Every check by name, in order; each returns what it saw, in a sentence."""


def check_method(
    method: str | Method[Any],
    checkpoint: Checkpoint | str | os.PathLike[str] | None = None,
    *,
    parameters: Mapping[str, Any] | None = None,
    device: str = "cpu",
    python: Path | None = None,
    engine: Engine | None = None,
    only: Sequence[str] = (),
    report: Callable[[CheckResult], None] = lambda _: None,
) -> list[CheckResult]:
    """Check that a method keeps the contract; blocks for seconds to minutes.

    It runs in a worker process as it does for everybody, on small images of its own.

    Parameters
    ----------
    method
        Key of a method that an entry point announces, "module:Class" of one that none announces
        yet, or the method itself, whose class must be in a module that can be imported.
    checkpoint
        A checkpoint, its key, or a file; None for a bundled one. Without any, what needs one is
        not applicable.
    parameters
        The method's, by name; what is left out keeps its default.
    device
        "auto", "cpu", "cuda", "cuda:1" or "mps". Sums on a GPU may come out in another order each
        time, and determinism fails there.
    python
        Interpreter of another environment to run in.
    engine
        Where to run; None for a process that ends with this call.
    only
        Names of checks; all of `CHECKS` where it is empty.
    report
        Called with each result as it comes.

    Returns
    -------
    list of CheckResult
        One for each check, in order. Whatever a method does is in them: nothing is raised, but if
        the program itself is stopped.

    Examples
    --------
    >>> from napari_cellbench.conformance import check_method
    >>> results = check_method("watershed", only=["description", "prediction"])
    >>> [(result.name, result.status) for result in results]
    [('description', 'passed'), ('prediction', 'passed')]
    """
    from ..engine import Engine

    names = list(only) or list(CHECKS)
    results: list[CheckResult] = []

    def add(result: CheckResult) -> None:
        results.append(result)
        report(result)

    try:
        found = find_method(method)
    except Exception as error:
        add(CheckResult("description", "failed", sentence(error)))
        return results
    with nullcontext(engine) if engine is not None else Engine() as where:
        bench = Bench(found, where, key_of(checkpoint), dict(parameters or {}), device, python)
        for name in names:
            add(_result(name, bench))
    return results


def find_method(method: str | Method[Any]) -> Method[Any]:
    """Return the method of a key or of a "module:Class".

    Raises
    ------
    InputError
        If there is none.
    """
    if not isinstance(method, str):
        if not isinstance(method, Method):
            raise InputError(f"{method!r} is no method: give its key, or an instance of its class.")
        return method
    return Home(method).load() if ":" in method else get_method(method)


def check_names(names: Sequence[str]) -> None:
    """Make sure that checks are there.

    Raises
    ------
    InputError
        If there is none of a name.
    """
    for name in names:
        if name not in CHECKS:
            hint = did_you_mean(name, CHECKS)
            raise InputError(f"No check {name!r}; there are: {', '.join(CHECKS)}.{hint}")


def _result(name: str, bench: Bench) -> CheckResult:
    try:
        check_names([name])
        return CheckResult(name, "passed", CHECKS[name](bench))
    except NotApplicable as error:
        return CheckResult(name, "not applicable", str(error))
    except Failed as error:
        return CheckResult(name, "failed", str(error))
    except Exception as error:
        return CheckResult(name, "failed", sentence(error))
