"""Checks of what a method says of itself, before anything of it runs."""

from __future__ import annotations

import dataclasses
import json
import re
import sys
from typing import Any

from .. import children
from ..data import ROLES, TARGETS
from ..data.kind import TITLES
from ..errors import InputError
from ..methods.base import Method
from ..methods.home import home_of
from ..methods.parameters import ParameterInfo, build, describe
from .bench import Bench
from .result import Failed, NotApplicable

FRAMEWORKS = ("torch", "tensorflow", "keras", "jax", "onnxruntime", "cv2", "cellpose", "stardist")
"""Modules that cost napari's process start-up time and memory, besides what a method requires."""
PATIENCE = 120.0
"""Seconds that the import of a method's module may take."""
_KEY = re.compile(r"[a-z][a-z0-9_]*")
_PATTERN = re.compile(r"[^\s/\\();]+")
_IMPORTED = """
import importlib, json, sys
import napari_cellbench.methods.registry, napari_cellbench.methods.preparation
before = set(sys.modules)
sys.path.append(sys.argv[2])
importlib.import_module(sys.argv[1])
print(json.dumps(sorted({name.partition(".")[0] for name in set(sys.modules) - before})))
"""


def description(bench: Bench) -> str:
    """Check that names, texts, targets and channels are there, and of those that there are."""
    method = bench.method
    if not isinstance(method.key, str) or not _KEY.fullmatch(method.key):
        raise Failed(f"The key {method.key!r} must be small letters, digits and underscores.")
    for name in ("title", "family", "group", "purpose", "citation"):
        text = getattr(method, name, None)
        if not isinstance(text, str) or not text.strip():
            raise Failed(f"{name} is empty: lists and pages show it.")
    if method.url and not method.url.startswith("https://"):
        raise Failed(f"url must begin with https://, not {method.url!r}.")
    _check_known("targets", method.targets, TARGETS)
    _check_known("channels", method.channels, ROLES)
    if method.kinds is not None:
        _check_known("kinds", method.kinds, tuple(TITLES))
    _check_class(method)
    return f"{method.title}: {method.purpose}."


def parameters(bench: Bench) -> str:
    """Check that each parameter has a label, a help, and a default that it takes."""
    kind = bench.method.parameters
    if not dataclasses.is_dataclass(kind):
        raise Failed(f"parameters must be a dataclass, not {kind!r}.")
    if not kind.__dataclass_params__.frozen:  # type: ignore[attr-defined]
        raise Failed(f"{kind.__name__} must be a frozen dataclass.")
    try:
        infos, defaults = describe(kind), kind()
    except TypeError as error:
        raise Failed(
            f"{kind.__name__} needs `parameter(default, ...)` for every field: {error}."
        ) from error
    for info in infos:
        _check_parameter(kind, info)
    if build(kind, {info.name: info.default for info in infos}) != defaults:
        raise Failed(
            f"{kind.__name__} differs from itself once its defaults are given by name: an optional "
            "text that is none, auto or empty stands for None."
        )
    return f"{len(infos)} parameters: {', '.join(info.name for info in infos) or 'none'}."


def declared_checkpoints(bench: Bench) -> str:
    """Check that what is said of checkpoints fits together, and fits the catalogue."""
    from ..checkpoints import checkpoints

    method = bench.method
    overridden = type(method).train is not Method.train
    if method.trainable != overridden:
        what = "has no train" if method.trainable else "has a train, and isn't trainable"
        raise Failed(f"trainable is {method.trainable}, and the class {what}.")
    if not method.needs_checkpoint:
        if method.file_patterns:
            raise Failed("It names file_patterns, and needs no checkpoint.")
        if bench.asked is not None:
            raise Failed("It takes no checkpoint, and was given one: leave it out.")
        return "It needs no checkpoint."
    patterns: Any = method.file_patterns
    if isinstance(patterns, str) or not all(map(_PATTERN.fullmatch, patterns)):
        raise Failed(f"file_patterns are a tuple of patterns as '*.pth', not {patterns!r}.")
    weights: Any = method.weights
    if isinstance(weights, str) or not all(isinstance(name, str) for name in weights):
        raise Failed(f"weights are a tuple of patterns of tensors' names, not {weights!r}.")
    own = [c for c in checkpoints() if c.method == method.key and c.purpose == "segment"]
    for checkpoint in own:
        if checkpoint.target not in method.targets:
            raise Failed(f"{checkpoint.key} segments {checkpoint.target}, which isn't a target.")
        if strange := set(checkpoint.channels) - set(method.channels):
            raise Failed(f"{checkpoint.key} takes {', '.join(sorted(strange))}: not in channels.")
    try:
        using = bench.checkpoint
    except NotApplicable:
        using = None
    told = f"checked with {using.title}" if using is not None else "none to check with"
    return f"{len(own)} checkpoints are known; {told}."


def imports(bench: Bench) -> str:
    """Check that the class's module imports no framework: napari's own process imports it."""
    method = bench.method
    home = home_of(method)
    module = type(method).__module__
    heavy = {name.partition(".")[0] for name in method.requires} | set(FRAMEWORKS)
    command = [sys.executable, "-c", _IMPORTED, module, home.folder]
    try:
        code, said = children.ask(command, PATIENCE)
    except children.Unanswered as error:
        raise Failed(f"Importing {module} did not end well: {error}.") from error
    try:
        found = heavy & set(json.loads(said.strip().rpartition(b"\n")[2]))
    except ValueError as error:
        raise Failed(f"{module} can't be imported by itself (exit code {code}).") from error
    if found:
        raise Failed(
            f"Importing {module} imports {', '.join(sorted(found))}: import that within load or "
            "predict."
        )
    return f"{module} imports no framework."


def _check_known(name: str, values: Any, known: tuple[str, ...]) -> None:
    if not isinstance(values, tuple) or not values:
        raise Failed(f"{name} must be a tuple with at least one entry, not {values!r}.")
    if strange := [value for value in values if value not in known]:
        raise Failed(f"{name} has {strange[0]!r}; there are: {', '.join(known)}.")


def _check_class(method: Method[Any]) -> None:
    requires: Any = method.requires
    if isinstance(requires, str) or not all(isinstance(name, str) for name in requires):
        raise Failed(f"requires must be a tuple of modules' names, not {requires!r}.")
    try:
        type(method)()
    except Exception as error:
        raise Failed(
            f"{type(method).__name__}() must work without arguments, as entry points call it: "
            f"{error}."
        ) from error


def _check_parameter(kind: type, info: ParameterInfo) -> None:
    if info.type not in (float, int, bool, str):
        raise Failed(f"{info.name} must be a float, int, bool or str, not {info.type!r}.")
    if info.default is dataclasses.MISSING:
        raise Failed(f"{info.name} has no default.")
    for what in ("label", "help"):
        if not getattr(info, what).strip():
            raise Failed(f"{info.name} has no {what}: its form and page show one.")
    if None not in (info.low, info.high) and info.low > info.high:  # type: ignore[operator]
        raise Failed(f"{info.name} has no value between {info.low} and {info.high}.")
    wrong = info.default is None and not info.optional
    if wrong or (info.default is not None and type(info.default) is not info.type):
        is_whole = info.type is float and type(info.default) is int
        if not is_whole:
            raise Failed(
                f"The default of {info.name}, {info.default!r}, is no {info.type.__name__}."
            )
    for what, value in (("default", info.default), ("start", info.start)):
        if value is None:
            continue
        try:
            build(kind, {info.name: value})
        except InputError as error:
            raise Failed(f"The {what} of a parameter is none that it takes: {error}") from error
