"""JSON as the types that it should be, or a sentence that says where it isn't."""

from __future__ import annotations

import json
import math
import types
from collections.abc import Mapping, Sequence
from dataclasses import MISSING, asdict, fields, is_dataclass
from pathlib import Path
from typing import Any, Literal, NoReturn, TypeVar, Union, get_args, get_origin, get_type_hints

from ..errors import InputError
from .inputs import open_input, size_of

T = TypeVar("T")

LARGEST = 2**25
"""Bytes of a settings file or preset at most; what people write has a thousandth of it."""


class SchemaError(ValueError):
    """A value that isn't what it should be."""


def read_json(path: Path) -> Any:
    """Read a JSON file of a person's or of ours.

    Raises
    ------
    InputError
        If there is no such file, it can't be read, or is too large.
    SchemaError
        If it is no JSON.
    """
    with open_input(path) as file:
        if size_of(file) > LARGEST:
            raise InputError(f"{path.name} is too large: more than {LARGEST / 1e6:.0f} MB.")
        content = file.read()
    try:
        # Some editors begin UTF-8 with a mark.
        return json.loads(content.decode("utf-8-sig"), parse_constant=_refuse)
    except RecursionError:
        raise SchemaError("it is nested too deeply") from None
    except ValueError as error:
        raise SchemaError(f"it is no JSON: {error}") from None


def read_record(path: Path, kind: type[T], version: int, what: str) -> T:
    """Read a JSON file of ours, whose ``format`` tells the version that wrote it.

    Parameters
    ----------
    path
        The file.
    kind
        Dataclass that it holds; see `typed`.
    version
        That is written now.
    what
        It should be, for the message: "plan of a training run".

    Raises
    ------
    InputError
        If it can't be read, is no such file, or is of a newer version.
    """
    try:
        record = read_json(path)
        found = typed(record, dict[str, Any]).get("format")
        if isinstance(found, int) and found > version:
            raise InputError(
                f"{path} is of a newer version of napari-cellbench: update this one to use it."
            )
        value: T = typed(record, kind)
    except SchemaError as error:
        raise InputError(f"{path} is no {what}: {error}.") from error
    return value


def to_json(value: Any) -> bytes:
    """Return what `typed` reads back: dataclasses as objects, paths as texts."""
    return json.dumps(value, indent=1, default=_plain).encode()


def typed(value: Any, kind: Any, where: str = "it") -> Any:
    """Return a value of `read_json` as a type.

    Parameters
    ----------
    value
        Of JSON's types.
    kind
        ``str``, ``int``, ``float``, ``bool``, ``None``, `Path`, `Any`, a ``Literal``, a union,
        ``list[...]``, ``tuple[...]``, ``dict[..., ...]`` (also `Sequence` and `Mapping`), or a
        dataclass of these, whose keys may be left out where they have a default. What it doesn't
        have is left out: a newer version may have written it.
    where
        Name of the value, for the message.

    Raises
    ------
    SchemaError
        If it is none.
    """
    origin, parts = get_origin(kind), get_args(kind)
    if kind is Any:
        return value
    if origin in (Union, types.UnionType):
        return _one_of(value, parts, where)
    if origin is Literal:
        # 1 and 1.0 equal True, but are others.
        if any(type(value) is type(part) and value == part for part in parts):
            return value
        raise SchemaError(f"{where} must be one of {', '.join(map(str, parts))}")
    if origin in (list, Sequence) or (origin is tuple and parts[-1] is ...):
        found = [typed(one, parts[0], f"{where}[{i}]") for i, one in enumerate(_list(value, where))]
        return tuple(found) if origin is tuple else found
    if origin is tuple:
        if len(_list(value, where)) != len(parts):
            raise SchemaError(f"{where} must have {len(parts)} values")
        pairs = zip(value, parts, strict=True)
        return tuple(typed(one, part, f"{where}[{i}]") for i, (one, part) in enumerate(pairs))
    if origin in (dict, Mapping):
        given = _object(value, where).items()
        return {_key(k, parts[0], where): typed(v, parts[1], f"{where}.{k}") for k, v in given}
    if is_dataclass(kind):
        return _dataclass(value, kind, where)
    return _plain_value(value, kind, where)


def _plain_value(value: Any, kind: Any, where: str) -> Any:
    if kind in (None, type(None)):
        fits = value is None
    elif kind is float:
        fits = isinstance(value, int | float) and not isinstance(value, bool)
        fits = fits and abs(value) < 1e300 and math.isfinite(value)
    elif kind is Path:
        fits = isinstance(value, str) and bool(value) and "\0" not in value
    else:
        fits = type(value) is kind
    if not fits:
        name = {str: "a text", int: "a whole number", float: "a number", Path: "a path"}.get(kind)
        raise SchemaError(f"{where} must be {name or getattr(kind, '__name__', 'nothing')}")
    return kind(value) if kind in (float, Path) else value


def _one_of(value: Any, kinds: Sequence[Any], where: str) -> Any:
    problem = SchemaError(f"{where} is of no kind that it may be")
    for kind in kinds:
        try:
            return typed(value, kind, where)
        except SchemaError as error:
            if kind not in (None, type(None)):
                problem = error
    raise problem


def _dataclass(value: Any, kind: Any, where: str) -> Any:
    given, hints = _object(value, where), get_type_hints(kind)
    values = {}
    for field in fields(kind):
        if field.name in given:
            values[field.name] = typed(
                given[field.name], hints[field.name], f"{where}.{field.name}"
            )
        elif field.default is MISSING and field.default_factory is MISSING:
            raise SchemaError(f"{where} has no {field.name!r}")
    return kind(**values)


def _key(key: str, kind: Any, where: str) -> Any:
    if kind is not int:
        return key
    # At most 18 digits: Python refuses to read very long numbers.
    if not (key.isascii() and key.isdigit() and len(key) <= 18):
        raise SchemaError(f"{where} must have whole numbers for keys")
    return int(key)


def _list(value: Any, where: str) -> list[Any]:
    if not isinstance(value, list):
        raise SchemaError(f"{where} must be a list")
    return value


def _object(value: Any, where: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise SchemaError(f"{where} must be names with values")
    return value


def _plain(value: Any) -> Any:
    if is_dataclass(value) and not isinstance(value, type):
        return asdict(value)
    if isinstance(value, Mapping):
        return dict(value)
    if isinstance(value, Path):
        return str(value)
    raise TypeError(f"{type(value).__name__} has no place in JSON")


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is no number")
