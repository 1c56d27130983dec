"""A method's parameters: a dataclass whose fields say what a form, a flag and a page need."""

from __future__ import annotations

import dataclasses
import types
import typing
from collections.abc import Mapping
from functools import cache
from typing import Any, TypeVar

from ..errors import InputError, did_you_mean

P = TypeVar("P")


def parameter(
    default: Any,
    *,
    label: str,
    help: str,
    unit: str = "",
    low: float | None = None,
    high: float | None = None,
    step: float | None = None,
    choices: tuple[str, ...] = (),
    start: float | None = None,
    advanced: bool = False,
) -> Any:
    """Declare a field of a parameters dataclass.

    Parameters
    ----------
    default
        The value to start with; its field may be ``float``, ``int``, ``bool``, ``str`` or
        ``float | None`` (None: let the method decide).
    label, help
        A short name, and a sentence that says what turning it up does.
    unit
        "px", "µm", ...; empty for plain numbers.
    low, high, step
        Smallest and largest value that are allowed, and the step of a spin box.
    choices
        The values that a ``str`` may have.
    start
        For a default of None: the value that a form proposes to whoever wants to set it.
    advanced
        Hidden until the user asks for more.
    """
    metadata = {
        "label": label,
        "help": help,
        "unit": unit,
        "low": low,
        "high": high,
        "step": step,
        "choices": choices,
        "start": start,
        "advanced": advanced,
    }
    return dataclasses.field(default=default, metadata=metadata)


@dataclasses.dataclass(frozen=True)
class ParameterInfo:
    """What `parameter` declared, with the field's name, type and default."""

    name: str
    type: type
    optional: bool
    default: Any
    label: str
    help: str
    unit: str
    low: float | None
    high: float | None
    step: float | None
    choices: tuple[str, ...]
    start: float | None
    advanced: bool


def describe(parameters: type) -> tuple[ParameterInfo, ...]:
    """Return the fields of a parameters dataclass, in order."""
    return _described(parameters)


@cache
def _described(parameters: Any) -> tuple[ParameterInfo, ...]:
    hints = typing.get_type_hints(parameters)
    found = []
    for field in dataclasses.fields(parameters):
        kinds = typing.get_args(hints[field.name])
        optional = types.NoneType in kinds
        kind = next((k for k in kinds if k is not types.NoneType), hints[field.name])
        found.append(
            ParameterInfo(field.name, kind, optional, field.default, **dict(field.metadata))
        )
    return tuple(found)


def smallest_cell(default: int | None, *, step: int = 5, **more: Any) -> Any:
    """Declare the parameter that drops small cells; see `parameter`."""
    told = {"help": "Cells with fewer pixels are dropped.", **more}
    return parameter(
        default, label="Smallest cell", unit="px", low=0, high=1_000_000, step=step, **told
    )


def build(parameters: type[P], values: Mapping[str, Any]) -> P:
    """Make parameters from names and values, which may be text from a command line.

    Raises
    ------
    InputError
        If a name is unknown, or a value is of the wrong kind or out of range.
    """
    known = {info.name: info for info in describe(parameters)}
    unknown = sorted(set(values) - set(known))
    if unknown:
        there = f"there are: {', '.join(known)}."
        raise InputError(f"No parameter {unknown[0]!r}; {there}{did_you_mean(unknown[0], known)}")
    return parameters(**{name: _value(known[name], value) for name, value in values.items()})


def _value(info: ParameterInfo, value: Any) -> Any:
    if info.optional and (value is None or str(value).lower() in ("none", "auto", "")):
        return None
    if info.type is bool:
        if str(value).lower() in ("true", "1", "yes", "on"):
            return True
        if str(value).lower() in ("false", "0", "no", "off"):
            return False
        raise InputError(f"{info.name} must be true or false, not {value!r}.")
    try:
        if info.type is int and isinstance(value, float) and not value.is_integer():
            raise ValueError
        result = info.type(value)
    except (TypeError, ValueError):
        raise InputError(
            f"{info.name} must be a {_NOUNS.get(info.type, 'value')}, not {value!r}."
        ) from None
    if info.choices and result not in info.choices:
        raise InputError(f"{info.name} must be one of {', '.join(info.choices)}, not {value!r}.")
    if info.type in (int, float):
        low = -float("inf") if info.low is None else info.low
        high = float("inf") if info.high is None else info.high
        if not low <= result <= high:
            raise InputError(
                f"{info.name} must be between {low:g} and {high:g} {info.unit}".rstrip()
                + f", not {value}."
            )
    return result


_NOUNS = {int: "whole number", float: "number", str: "text"}
