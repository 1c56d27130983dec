"""What an entry is called on screen, in tables and in reports."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from ..checkpoints import get_checkpoint
from ..engine import Entry
from ..errors import CheckpointError, InputError
from ..methods.parameters import ParameterInfo, build, describe
from ..methods.registry import get_method

SEPARATOR = " · "


def title_of(entry: Entry) -> str:
    """Return the user's name of an entry, else one that tells it from others.

    That is the titles of method and checkpoint, then each parameter that isn't at its default, then
    a device that was chosen: "StarDist · Fluorescent nuclei · Overlap 0.3". An entry that can't be
    run, because its method or checkpoint isn't known here, has a name too.
    """
    if entry.name:
        return entry.name
    return SEPARATOR.join([short_title_of(entry), *changes_of(entry)])


def titles_of(entries: Iterable[Entry]) -> list[str]:
    """Return a name for each entry that no other one has: equal ones are numbered."""
    found: list[str] = []
    for entry in entries:
        base = name = title_of(entry)
        number = 2
        while name in found:
            name = f"{base} ({number})"
            number += 1
        found.append(name)
    return found


def short_title_of(entry: Entry) -> str:
    """Return the user's name of an entry, else the titles of its method and checkpoint."""
    if entry.name:
        return entry.name
    try:
        method = get_method(entry.method).title
    except InputError:
        return SEPARATOR.join(filter(None, [entry.method, entry.checkpoint]))
    return SEPARATOR.join(filter(None, [method, _checkpoint_title(entry)]))


def changes_of(entry: Entry) -> list[str]:
    """Name each parameter that isn't at its default, with its value, and a device if chosen."""
    device = [entry.device] if entry.device != "auto" else []
    try:
        method = get_method(entry.method)
        values = build(method.parameters, entry.parameters)
    except InputError:
        return device
    changed = [
        f"{info.label} {_text(info, value)}"
        for info in describe(method.parameters)
        if (value := getattr(values, info.name)) != info.default
    ]
    return changed + device


def _checkpoint_title(entry: Entry) -> str:
    if entry.checkpoint is None:
        return ""
    try:
        title = get_checkpoint(entry.checkpoint, entry.method).title
    except CheckpointError:
        return entry.checkpoint
    return title.removesuffix(" (bundled)")


def _text(info: ParameterInfo, value: Any) -> str:
    if value is None:
        return "auto"
    if info.type is bool:
        return "on" if value else "off"
    text = f"{value:g}" if info.type is float else str(value)
    return f"{text} {info.unit}".rstrip()
