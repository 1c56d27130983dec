"""`cellbench checkpoints`: what there is, and what to do with the files."""

from __future__ import annotations

import argparse
import dataclasses
import json
from pathlib import Path
from typing import Any

from ..errors import CheckpointError
from .terminal import is_watched, say, show


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options and commands of `cellbench checkpoints`; alone it lists."""
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--method", help="only those of a method")
    parser.add_argument("--installed", action="store_true", help="only what is on the disk")
    parser.set_defaults(command=_list)
    commands = parser.add_subparsers(metavar="COMMAND")

    download = commands.add_parser("download", help="download, or go on with a download")
    download.add_argument("keys", nargs="+", metavar="KEY")
    download.set_defaults(command=_download)

    adopt = commands.add_parser("adopt", help="take a file that was downloaded by hand")
    adopt.add_argument("key", metavar="KEY")
    adopt.add_argument("file", type=Path)
    adopt.set_defaults(command=_adopt)

    delete = commands.add_parser("delete", help="delete downloads; take one's own off the list")
    delete.add_argument("keys", nargs="+", metavar="KEY")
    delete.set_defaults(command=_delete)

    add = commands.add_parser("add", help="remember a file or folder of one's own")
    add.add_argument("file", type=Path)
    add.add_argument("--of", required=True, metavar="METHOD", help="the method that loads it")
    add.add_argument("--title", default="")
    add.set_defaults(command=_add)

    check = commands.add_parser("check", help="ask every address whether its file is there")
    check.add_argument("keys", nargs="*", metavar="KEY", help="left out: all")
    check.set_defaults(command=_check)


def _list(args: argparse.Namespace) -> None:
    from ..checkpoints import checkpoints, stored

    chosen = [c for c in checkpoints() if args.method in (None, c.method)]
    rows = [(c, stored(c)) for c in chosen]
    if args.installed:
        rows = [(c, there) for c, there in rows if there.installed]
    if args.json:
        listed = [_row(c, there.installed) for c, there in rows]
        say(json.dumps(listed, indent=2, default=str))
        return
    for checkpoint, there in rows:
        known = there.size or checkpoint.size
        size = f"{known / 1e6:.0f} MB" if known else ""
        state = "installed" if there.installed else "unfinished" if there.unfinished else ""
        say(f"{checkpoint.key:<54}{checkpoint.method:<26}{size:>8}  {state}".rstrip())


def _row(checkpoint: Any, installed: bool) -> dict[str, Any]:
    return dataclasses.asdict(checkpoint) | {"installed": installed}


def _download(args: argparse.Namespace) -> None:
    from ..checkpoints import get_checkpoint, resolve, sha256_of

    for key in args.keys:
        path = resolve(get_checkpoint(key), _show if is_watched() else None)
        say(f"{path}  SHA-256 {sha256_of(path)}")


def _adopt(args: argparse.Namespace) -> None:
    from ..checkpoints import adopt, get_checkpoint

    say(str(adopt(get_checkpoint(args.key), args.file)))


def _delete(args: argparse.Namespace) -> None:
    from ..checkpoints import delete, forget_user_checkpoint, get_checkpoint

    for key in args.keys:
        checkpoint = get_checkpoint(key)
        if checkpoint.source == "user":
            forget_user_checkpoint(key)
        else:
            delete(checkpoint)


def _add(args: argparse.Namespace) -> None:
    from ..checkpoints import add_user_checkpoint
    from ..methods import get_method

    say(add_user_checkpoint(args.file, get_method(args.of).key, title=args.title).key)


def _check(args: argparse.Namespace) -> None:
    from ..checkpoints import checkpoints, get_checkpoint
    from ..checkpoints.cache import is_downloadable
    from ..checkpoints.download import probe

    chosen = [get_checkpoint(key) for key in args.keys] or checkpoints()
    chosen = [c for c in chosen if c.url]
    wrong = 0
    for checkpoint in chosen:
        if not is_downloadable(checkpoint):
            say(f"browser  {checkpoint.key}: {checkpoint.url}")
            continue
        try:
            size = probe(checkpoint.url)
        except CheckpointError as error:
            wrong += 1
            say(f"FAILED   {checkpoint.key}: {error}")
            continue
        if size and checkpoint.size and size != checkpoint.size:
            wrong += 1
            say(f"FAILED   {checkpoint.key}: {size} bytes instead of {checkpoint.size}")
        else:
            say(f"there    {checkpoint.key}: {size / 1e6:.0f} MB")
    if wrong:
        raise CheckpointError(f"{wrong} of {len(chosen)} addresses don't answer as they should.")


def _show(done: int, total: int) -> None:
    part = f"{done / total:4.0%} of {total / 1e6:.0f} MB" if total else f"{done / 1e6:.0f} MB"
    show("" if done == total > 0 else part)
