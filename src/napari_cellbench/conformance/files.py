"""Checks of how a method loads: no file runs code, and what is damaged is said to be."""

from __future__ import annotations

from pathlib import Path

from ..data import Role
from ..errors import Cancelled, CellbenchError, CheckpointError, InputError
from .bench import Bench, folder
from .hostile import DAMAGED, EVERY_SUFFIX, HOSTILE
from .images import discs
from .result import Failed, NotApplicable

LARGEST = 2**30
"""Bytes of a checkpoint of which a cut copy is made."""
ODD: tuple[Role, ...] = ("other",) * 5
"""Channels that hardly any method is made for."""
SHORTEST = 15
"""Letters of a message that says what is wrong."""


def hostile_files(bench: Bench) -> str:
    """Check that no file runs code as it is loaded, whatever it holds and is called."""
    _needs_checkpoint(bench)
    suffixes = tuple(dict.fromkeys((*_suffixes(bench), *EVERY_SUFFIX)))
    with folder() as here:
        mark = here / "ran"
        for what, make in HOSTILE.items():
            for suffix in suffixes:
                file = here / f"hostile{suffix}"
                file.write_bytes(make(mark))
                refused = _refused(bench, file, f"{what}, named {suffix or 'without suffix'}", mark)
                if not refused:
                    raise Failed(f"It loads {what} ({file.name}).")
                file.unlink()
    return f"{len(HOSTILE)} kinds under {len(suffixes)} suffixes are refused; no code ran."


def damaged_files(bench: Bench) -> str:
    """Check that what isn't a whole checkpoint is refused with a sentence."""
    _needs_checkpoint(bench)
    suffix = next(iter(_suffixes(bench)), ".pth")
    contents = dict(DAMAGED)
    whole = _weights(bench)
    if whole is not None:
        content = whole.read_bytes()
        contents["the first half of a checkpoint"] = content[: len(content) // 2]
        contents["a checkpoint without its last bytes"] = content[:-100]
        suffix = whole.suffix or suffix
    with folder() as here:
        for what, content in contents.items():
            file = here / f"damaged{suffix}"
            file.write_bytes(content)
            if not _refused(bench, file, what):
                raise Failed(f"It loads {what}.")
        if not _refused(bench, here, "an empty folder", empty=True):
            raise Failed("It loads an empty folder.")
    return f"{len(contents) + 1} kinds are refused."


def errors(bench: Bench) -> str:
    """Check that what a person can mend is said in a sentence, and is no failure."""
    bench.check_installed()
    if bench.method.needs_checkpoint:
        try:
            bench.load(None, "no checkpoint")
        except CheckpointError:
            pass
        except InputError as error:
            raise Failed(
                f"Without a checkpoint, load must raise CheckpointError, not {error!r}."
            ) from error
        else:
            raise Failed("It runs without a checkpoint, though it needs one.")
    try:
        bench.run(discs(ODD), ODD)
    except Cancelled as error:
        raise Failed("It says that it was stopped, though nobody stopped it.") from error
    except (CellbenchError, NotApplicable):
        pass
    for what, refusal in bench.refusals.items():
        if complaint := _unclear(str(refusal)):
            raise Failed(f"{what}: the message {complaint}: {str(refusal)!r}.")
    count = len(bench.refusals)
    return f"{count} errors were sentences." if count else "It refused nothing that it was given."


def _refused(
    bench: Bench, file: Path, what: str, mark: Path | None = None, *, empty: bool = False
) -> bool:
    """Tell whether a file is refused for a reason that a person reads.

    Raises
    ------
    Failed
        If it ran code, or made the method fail in another way.
    """
    before = set(file.parent.iterdir()) if not empty else set()
    failure: Failed | None = None
    try:
        bench.load(file, what)
        refused = False
    except CheckpointError:
        refused = True
    except InputError:
        # The file is one thing that can be wrong, and the channels of an image another.
        refused = True
    except Failed as error:
        refused, failure = False, error
    if mark is not None and (mark.exists() or set(file.parent.iterdir()) != before):
        raise Failed(
            f"Loading {what} ran code from the file: load weights only (safetensors, or "
            "torch.load with weights_only=True)."
        )
    if failure is not None:
        raise Failed(f"Loading {failure} Raise CheckpointError with what is wrong.")
    return refused


def _unclear(text: str) -> str:
    """Say what is wrong with a message; nothing if it is a sentence."""
    if len(text) < SHORTEST or " " not in text.strip():
        return "says too little"
    if "Traceback (most recent" in text or " object at 0x" in text:
        return "is one for programmers"
    if text.rstrip()[-1] not in ".!?)":
        return "is no whole sentence"
    return ""


def _suffixes(bench: Bench) -> tuple[str, ...]:
    found = (pattern.removeprefix("*") for pattern in bench.method.file_patterns)
    return tuple(suffix for suffix in found if suffix.startswith(".") and "*" not in suffix)


def _weights(bench: Bench) -> Path | None:
    """Return the checkpoint's file; None where there is none that can be cut."""
    try:
        path = bench.weights
    except (NotApplicable, CellbenchError):
        return None
    fits = path is not None and path.is_file() and path.stat().st_size <= LARGEST
    return path if fits else None


def _needs_checkpoint(bench: Bench) -> None:
    if not bench.method.needs_checkpoint:
        raise NotApplicable("It loads no file.")
    bench.check_installed()
