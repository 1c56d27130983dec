"""`cellbench completion`: what a shell needs to complete commands, options and values."""

from __future__ import annotations

import argparse
import shlex
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from .parser import commands_of
from .terminal import say


@dataclass(frozen=True)
class Command:
    """What can follow a command's words.

    Attributes
    ----------
    words
        Such as ("checkpoints", "download"); none for `cellbench` itself.
    options, commands
        Each with its help.
    values
        Of options that have a choice.
    """

    words: tuple[str, ...]
    options: dict[str, str]
    commands: dict[str, str]
    values: dict[str, tuple[str, ...]]


def add_arguments(parser: argparse.ArgumentParser, whole: argparse.ArgumentParser) -> None:
    """Describe the command; `whole` is the parser that it describes to the shell."""
    parser.add_argument("shell", choices=list(SHELLS), help="print the shell's script")
    parser.set_defaults(command=lambda args: say(SHELLS[args.shell](list(walk(whole)))))


def walk(parser: argparse.ArgumentParser, words: tuple[str, ...] = ()) -> Iterator[Command]:
    """Go through a parser and the commands below it."""
    options: dict[str, str] = {}
    values: dict[str, tuple[str, ...]] = {}
    helps: dict[str, str] = {}
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            helps = {one.dest: one.help or "" for one in action._choices_actions}
        for option in action.option_strings:
            if option.startswith("--"):
                options[option] = "" if action.help == argparse.SUPPRESS else action.help or ""
                if action.choices:
                    values[option] = tuple(map(str, action.choices))
    yield Command(words, options, helps, values)
    for name, below in commands_of(parser).items():
        yield from walk(below, (*words, name))


def bash(commands: list[Command]) -> str:
    """Return the script for bash; what is no option is a file."""
    lines = ["_cellbench() {", '  local words="" word previous="${COMP_WORDS[COMP_CWORD-1]}"']
    lines += ['  for word in "${COMP_WORDS[@]:1:COMP_CWORD-1}"; do', '    case "$words $word" in']
    lines += [
        f'      {shlex.quote(" " + " ".join(one.words))}) words="$words $word";;'
        for one in commands
        if one.words
    ]
    lines += ["    esac", "  done", '  case "$words:$previous" in']
    for one in commands:
        words = "".join(f" {word}" for word in one.words)
        for option, values in one.values.items():
            lines.append(f"    {shlex.quote(f'{words}:{option}')}) {_reply(values)};;")
        lines.append(f"    {shlex.quote(f'{words}:')}*) {_reply((*one.commands, *one.options))};;")
    lines += ["  esac", "}", "complete -o default -F _cellbench cellbench"]
    return "\n".join(lines)


def zsh(commands: list[Command]) -> str:
    """Return the script for zsh, which takes bash's."""
    return f"#compdef cellbench\nautoload -U +X bashcompinit && bashcompinit\n{bash(commands)}"


def fish(commands: list[Command]) -> str:
    """Return the script for fish."""
    lines = []
    for one in commands:
        asked = [f"__fish_seen_subcommand_from {word}" for word in one.words]
        if one.commands:
            asked.append(f"not __fish_seen_subcommand_from {' '.join(one.commands)}")
        start = "complete -c cellbench" + (
            f" -n {shlex.quote('; and '.join(asked))}" if asked else ""
        )
        for name, text in one.commands.items():
            lines.append(f"{start} -a {name} -d {_fish_text(text)}")
        for option, text in one.options.items():
            values = one.values.get(option)
            more = f" -x -a {shlex.quote(' '.join(values))}" if values else ""
            lines.append(f"{start} -l {option[2:]} -d {_fish_text(text)}{more}")
    return "\n".join(lines)


def _reply(words: tuple[str, ...]) -> str:
    listed = shlex.quote(" ".join(words))
    return f'COMPREPLY=($(compgen -W {listed} -- "${{COMP_WORDS[COMP_CWORD]}}"))'


def _fish_text(text: str) -> str:
    plain = text.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{plain}'"


SHELLS: dict[str, Callable[[list[Command]], str]] = {"bash": bash, "zsh": zsh, "fish": fish}
"""How to write the script of each shell."""
