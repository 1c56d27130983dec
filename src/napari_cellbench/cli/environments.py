"""`cellbench environments`: what methods run in that can't run in this environment."""

from __future__ import annotations

import argparse
import json
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..durations import spoken
from .terminal import is_watched, say, show, warn

if TYPE_CHECKING:
    from ..engine.job import Progress


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the commands of `cellbench environments`; alone it lists."""
    parser.set_defaults(command=_list, json=False)
    commands = parser.add_subparsers(metavar="COMMAND")

    listed = commands.add_parser("list", help="which methods have one, and what each takes")
    listed.add_argument("--json", action="store_true")
    listed.set_defaults(command=_list)

    create = commands.add_parser("create", help="make the environment of a method, with uv")
    create.add_argument("keys", nargs="+", metavar="KEY", help="key of the method")
    create.add_argument("--python", type=Path, help="interpreter to make it with")
    create.set_defaults(command=_create)

    remove = commands.add_parser("remove", help="remove the environment of a method")
    remove.add_argument("keys", nargs="+", metavar="KEY", help="key of the method")
    remove.set_defaults(command=_remove)


def _list(args: argparse.Namespace) -> None:
    rows = _rows()
    if args.json:
        say(json.dumps(rows, indent=2))
        return
    for row in rows:
        say(f"{row['key']:<16}{row['title']:<24}{row['state']}")


def _rows() -> list[dict[str, Any]]:
    from ..checkpoints import size_text
    from ..engine.environments import chosen_python
    from ..engine.environments.made import folder_of, is_as_asked, made
    from ..engine.environments.making import what_it_takes
    from ..methods import methods

    there, rows = made(), []
    guests = {key: one for key, one in methods().items() if one.environment is not None}
    for key in {**guests, **there}:
        method, record, chosen = guests.get(key), there.get(key), chosen_python(key)
        environment = None if method is None else method.environment
        if chosen is not None:
            state = f"runs in {chosen}"
        elif record is not None:
            size = size_text(record.size)
            state = f"made, {size}, Python {record.python}, in {folder_of(key)}"
            if environment is None:
                state += "; no method uses it"
            elif not is_as_asked(record, environment):
                state += "; of other versions than the method asks for now: create it again"
        else:
            assert environment is not None
            state = f"{environment.how_to_make(key)}  ({what_it_takes(environment)})"
        rows.append(
            {
                "key": key,
                "title": method.title if method is not None else "",
                "made": record is not None,
                "python": str(chosen) if chosen is not None else record and record.python,
                "size": record.size if record is not None else environment and environment.size,
                "packages": list(environment.packages if environment is not None else ()),
                "state": state,
            }
        )
    return rows


def _create(args: argparse.Namespace) -> None:
    from ..engine.environments.made import folder_of
    from ..engine.environments.making import create, what_it_takes
    from ..methods import get_method

    for method in [get_method(key) for key in args.keys]:
        if method.environment is not None and not method.environment.by_hand:
            warn(f"{method.title}: {what_it_takes(method.environment)}")
        # Ctrl-C ends uv with us: it raises here, and what was made until then is removed.
        record = create(method, _Told(), threading.Event(), args.python)
        say(f"{method.title} runs in {folder_of(method.key)} (made in {spoken(record.seconds)}).")


def _remove(args: argparse.Namespace) -> None:
    from ..engine.environments.workroom import remove
    from ..errors import InputError

    for key in args.keys:
        if not remove(key):
            raise InputError(
                f"There is no environment of {key!r}; see  cellbench environments list"
            )
        say(f"The environment of {key} is removed.")


class _Told:
    """Shows progress as it is to a person, and each step once to a file."""

    def __init__(self) -> None:
        self._last = ""

    def __call__(self, progress: Progress) -> None:
        text = f"{progress.fraction:4.0%}  {progress.message}"
        if is_watched():
            show("" if progress.fraction >= 1 else text)
        elif progress.message != self._last:
            warn(text)
        self._last = progress.message
