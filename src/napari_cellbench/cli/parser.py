"""The parser of `cellbench`, which names what is spelt alike."""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from typing import Any

from ..errors import did_you_mean


class Parser(argparse.ArgumentParser):
    """Tells of unknown commands, options and values, with those that are spelt alike."""

    def parse_known_args(  # type: ignore[override]
        self, args: Sequence[str] | None = None, namespace: Any = None
    ) -> tuple[Any, list[str]]:
        """Parse arguments; an unknown option comes before anything that is missing."""
        given = list(args or ())
        for unknown in self._unknown(given):
            self.error(f"no option {unknown}.{did_you_mean(unknown, self._options())}")
        return super().parse_known_args(given, namespace)

    def _check_value(self, action: argparse.Action, value: Any) -> None:
        if action.choices is not None and value not in action.choices:
            known = [str(choice) for choice in action.choices]
            hint = did_you_mean(str(value), known)
            raise argparse.ArgumentError(
                action, f"no {str(value)!r}; there are: {', '.join(known)}.{hint}"
            )

    def _options(self) -> list[str]:
        return [option for action in self._actions for option in action.option_strings]

    def _unknown(self, given: Sequence[str]) -> Iterator[str]:
        below = commands_of(self)
        for argument in given:
            # What follows a command is its own.
            if argument == "--" or argument in below:
                return
            name = argument.partition("=")[0]
            # Beginnings of options will do.
            known = any(option.startswith(name) for option in self._options())
            if name.startswith("--") and " " not in argument and not known:
                yield name


def commands_of(parser: argparse.ArgumentParser) -> dict[str, argparse.ArgumentParser]:
    """Return a parser's commands by name; none for a command without."""
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            return dict(action.choices)
    return {}
