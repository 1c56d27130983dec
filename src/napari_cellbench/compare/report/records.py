"""How results came about, in words: methods, checkpoints, parameters and versions."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ...checkpoints import get_checkpoint
from ...errors import CheckpointError, InputError
from ...methods.base import Method
from ...methods.parameters import build, describe
from ...methods.registry import get_method
from ..tabulate import Result

BY_HAND = "Labels that no method of this program made"


@dataclass(frozen=True)
class Record:
    """How one result came about.

    Attributes
    ----------
    method
        The method's title.
    checkpoint
        Title or key of the weights; empty for a method without.
    device, created
        Where and when it was computed; empty for what failed.
    notes
        What else is worth knowing.
    """

    method: str
    checkpoint: str
    device: str
    created: str
    notes: tuple[str, ...]


@dataclass(frozen=True)
class Weights:
    """A checkpoint.

    Attributes
    ----------
    title
        Its name.
    facts
        What is known of it, by name.
    results
        Numbers of the results that come from it, from 1.
    """

    title: str
    facts: Mapping[str, str]
    results: tuple[int, ...]


@dataclass(frozen=True)
class Setting:
    """A parameter as each result of a method had it.

    Attributes
    ----------
    name, label
        Name in commands and presets, and name on screen.
    default
        As text, with the unit.
    values
        For each result its text, and whether it isn't the default.
    """

    name: str
    label: str
    default: str
    values: tuple[tuple[str, bool], ...]


@dataclass(frozen=True)
class Settings:
    """All parameters of a method, for all results that come from it.

    Attributes
    ----------
    method
        Its title.
    results
        Numbers of the results, from 1.
    settings
        In the order in which the method declares them.
    """

    method: str
    results: tuple[int, ...]
    settings: tuple[Setting, ...]


def record_of(result: Result) -> Record:
    """Describe a result; one that failed by what was to be run."""
    ran, key = result.record, _method_key(result)
    method = _method(key)
    tiles, outcome = int(ran.get("tiles") or 0), result.outcome
    notes = (
        f"channels {', '.join(ran['roles']).replace('_', ' ')}" if ran.get("roles") else "",
        f"{tiles:,} tiles" if tiles > 1 else "",
        "result of an earlier run" if outcome is not None and outcome.cached else "",
        "corrected by hand since" if result.corrected else "",
    )
    return Record(
        method.title if method else key or BY_HAND,
        _checkpoint_title(result),
        str(ran.get("device") or "").upper(),
        str(ran.get("created") or "").replace("T", " ").removesuffix("+00:00"),
        tuple(note for note in notes if note),
    )


def weights(results: Sequence[Result]) -> list[Weights]:
    """Describe each checkpoint once; files that differ only in their content are several."""
    found: dict[tuple[str, str], list[int]] = {}
    facts: dict[tuple[str, str], Mapping[str, str]] = {}
    for number, result in enumerate(results, 1):
        asked = _checkpoint_key(result)
        sha256 = str(result.record.get("checkpoint_sha256") or "")
        if not asked:
            continue
        facts[asked, sha256] = _checkpoint_facts(asked, _method_key(result), sha256)
        found.setdefault((asked, sha256), []).append(number)
    return [
        Weights(_checkpoint_title(results[numbers[0] - 1]), facts[key], tuple(numbers))
        for key, numbers in found.items()
    ]


def settings(results: Sequence[Result]) -> list[Settings]:
    """Return the parameters of each method that took part, the defaults filled in."""
    by_method: dict[str, list[int]] = {}
    for number, result in enumerate(results, 1):
        by_method.setdefault(_method_key(result), []).append(number)
    found = []
    for key, numbers in by_method.items():
        method = _method(key)
        if method is not None:
            rows = tuple(_settings(method, [_asked(results[n - 1]) for n in numbers]))
            found.append(Settings(method.title, tuple(numbers), rows))
    return [one for one in found if one.settings]


def versions(results: Iterable[Result]) -> dict[str, str]:
    """Return the versions of Python and of the packages that took part."""
    found: dict[str, list[str]] = {}
    for result in results:
        for name, version in result.record.get("versions", {}).items():
            if version not in found.setdefault(name, []):
                found[name].append(version)
    return {name: ", ".join(found[name]) for name in sorted(found, key=str.lower)}


def citations(results: Iterable[Result]) -> dict[str, str]:
    """Return whom to cite for the methods, with the methods' titles."""
    found: dict[str, list[str]] = {}
    for result in results:
        method = _method(_method_key(result))
        citation = str(result.record.get("citation") or (method.citation if method else ""))
        title = record_of(result).method
        if citation and title not in found.setdefault(citation, []):
            found[citation].append(title)
    return {citation: ", ".join(titles) for citation, titles in found.items()}


def _method_key(result: Result) -> str:
    return str(result.record.get("method") or (result.entry.method if result.entry else ""))


def _checkpoint_key(result: Result) -> str:
    asked = result.entry.checkpoint if result.entry else None
    return str(result.record.get("checkpoint") or asked or "")


def _asked(result: Result) -> Mapping[str, Any]:
    asked: Mapping[str, Any] = result.entry.parameters if result.entry else {}
    return result.record.get("parameters") or asked


def _method(key: str) -> Method[Any] | None:
    try:
        return get_method(key)
    except InputError:
        return None


def _checkpoint_title(result: Result) -> str:
    key = _checkpoint_key(result)
    try:
        return get_checkpoint(key, _method_key(result)).title if key else ""
    except CheckpointError:
        return _without_folders(key)


def _checkpoint_facts(key: str, method: str, sha256: str) -> Mapping[str, str]:
    facts = {"Key": _without_folders(key), "SHA-256": sha256}
    try:
        known = get_checkpoint(key, method)
    except CheckpointError:
        known = None
    if known is not None:
        facts |= {
            "SHA-256": sha256 or known.sha256,
            "Licence": known.licence or "not stated",
            "Trained on": known.trained_on,
            "Source": known.url or ("napari-cellbench" if known.source == "bundled" else ""),
        }
    return {name: text for name, text in facts.items() if text}


def _without_folders(key: str) -> str:
    """Leave out where a file of the user's lies: this tells of the computer and helps no one."""
    return key.replace("\\", "/").rpartition("/")[2]


def _settings(method: Method[Any], asked: Sequence[Mapping[str, Any]]) -> Iterator[Setting]:
    built = [_built(method, values) for values in asked]
    for info in describe(method.parameters):
        values = [getattr(one, info.name) for one in built]
        yield Setting(
            info.name,
            info.label,
            _text(info.default, info.unit),
            tuple((_text(value, info.unit), value != info.default) for value in values),
        )


def _built(method: Method[Any], values: Mapping[str, Any]) -> Any:
    """Fill in the defaults; of a record by another version, leave out what is unknown now."""
    known = {info.name for info in describe(method.parameters)}
    try:
        return build(method.parameters, {n: v for n, v in values.items() if n in known})
    except InputError:
        return method.parameters()


def _text(value: Any, unit: str) -> str:
    if value is None:
        return "automatic"
    if isinstance(value, bool):
        return "on" if value else "off"
    text = f"{value:g}" if isinstance(value, float) else str(value)
    return f"{text} {unit}".rstrip()
