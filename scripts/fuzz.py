"""Damage valid files at random and read them, in processes that may die.

A value or a `CellbenchError` is fine; any other exception, a signal, too much time or memory is a
finding. The file of each new one goes into ``tests/corpus/TARGET``, which ``make test`` replays.

    python scripts/fuzz.py [TARGET ...] [--seconds 180] [--seed N] [--replay]
"""

from __future__ import annotations

import argparse
import os
import random
import re
import resource
import signal
import sys
import tempfile
import time
import traceback
from collections import Counter
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

import numpy as np

from fuzz_targets import TARGETS, Target
from napari_cellbench.errors import CellbenchError

CORPUS = Path(__file__).parents[1] / "tests" / "corpus"
BATCH = 25
"""Files that one process reads before the next takes over."""
CPU_SECONDS, WALL_SECONDS = 10, 120
MEMORY = 3 * 2**29
"""Bytes beyond what the process has at its start."""
NUMBERS = (b"0", b"-1", b"1e309", b"NaN", b"4294967296", b"9223372036854775808", b"1e9", b"0.5")
WORDS = (b"\0\0\0\0", b"\xff\xff\xff\xff", b"\xff\xff\xff\x7f", b"\0\0\0\x80", b"\1\0\0\0")


def mutated(content: bytes, dice: random.Random) -> bytes:
    """Return the content with one to four damages."""
    out = bytearray(content)
    for _ in range(dice.randint(1, 4)):
        if not out:
            break
        at, length = dice.randrange(len(out)), dice.choice((1, 2, 4, 8, 30))
        kind = dice.randrange(8)
        if kind == 0:
            out[at] = dice.randrange(256)
        elif kind == 1:
            out[at] ^= 1 << dice.randrange(8)
        elif kind == 2:
            out[at : at + 4] = dice.choice(WORDS)
        elif kind == 3:
            del out[at : at + length]
        elif kind == 4:
            out[at:at] = out[at : at + length] * dice.choice((1, 2, 50))
        elif kind == 5:
            start = dice.randrange(len(out))
            out[at : at + length] = out[start : start + length]
        elif kind == 6 and dice.random() < 0.2:
            del out[at:]
        elif numbers := list(re.finditer(rb"-?\d+(?:\.\d+)?", out)):
            chosen = dice.choice(numbers)
            out[chosen.start() : chosen.end()] = dice.choice(NUMBERS)
    return bytes(out)


def damaged(target: Target, content: bytes, dice: random.Random) -> bytes:
    """Damage a file as a whole, or one of its parts."""
    parts = target.split(content)
    if dice.random() < 0.1:
        return mutated(content, dice)
    number = dice.randrange(len(parts))
    parts[number] = mutated(parts[number], dice)
    return target.join(content, parts)


def attempt(target: Target, path: Path) -> str:
    """Read a file; return "" if that ended as it should, else what happened and where."""
    # Processor time, since other programs may need the machine.
    signal.setitimer(signal.ITIMER_PROF, CPU_SECONDS)
    try:
        target.open(path)
    except CellbenchError as error:
        cause = error.__cause__
        # Readers turn it into a sentence: but none should ask for that much.
        if not isinstance(cause, MemoryError):
            return ""
        return _describe(cause)
    except BaseException as error:
        return _describe(error)
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
    return ""


def _describe(error: BaseException) -> str:
    frames = traceback.extract_tb(error.__traceback__)
    own = [frame for frame in frames if "napari_cellbench" in frame.filename] or frames
    where = f"{Path(own[-1].filename).name}:{own[-1].lineno}"
    return f"{type(error).__name__} at {where}: {str(error)[:200]!r}"


def _child(target: Target, path: Path, contents: list[bytes], log: int) -> None:
    with Path("/proc/self/statm").open() as file:
        used = int(file.read().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (used + MEMORY,) * 2)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    for number, content in enumerate(contents):
        os.write(log, f"{number}\t\n".encode())
        path.write_bytes(content)
        found = attempt(target, path)
        if found:
            os.write(log, f"{number}\t{' '.join(found.split())}\n".encode())
    os.write(log, b"end\t\n")


def read_batch(target: Target, path: Path, contents: list[bytes]) -> Iterator[tuple[bytes, str]]:
    """Read files in a process of their own; yield those that ended badly, and how."""
    while contents:
        reader, writer = os.pipe()
        pid = os.fork()
        if pid == 0:
            os.close(reader)
            # What libraries print, is not of interest here.
            silent = os.open(os.devnull, os.O_WRONLY)
            os.dup2(silent, 1)
            os.dup2(silent, 2)
            try:
                _child(target, path, contents, writer)
            finally:
                os._exit(0)
        os.close(writer)
        status = _wait(pid)
        with os.fdopen(reader) as log:
            lines = [line.rstrip("\n").split("\t", 1) for line in log]
        for number, found in lines:
            if found:
                yield contents[int(number)], found
        if lines and lines[-1][0] == "end":
            return
        last = int(lines[-1][0]) if lines else 0
        yield contents[last], _ending(status)
        contents = contents[last + 1 :]


def _wait(pid: int) -> int:
    begun = time.monotonic()
    while True:
        ended, status = os.waitpid(pid, os.WNOHANG)
        if ended:
            return status
        if time.monotonic() - begun > WALL_SECONDS:
            os.kill(pid, signal.SIGKILL)
        time.sleep(0.005)


def _ending(status: int) -> str:
    if not os.WIFSIGNALED(status):
        return f"exit {os.waitstatus_to_exitcode(status)}"
    name = signal.Signals(os.WTERMSIG(status)).name
    return {
        "SIGPROF": f"more than {CPU_SECONDS} s of processor time",
        "SIGKILL": f"more than {WALL_SECONDS} s, or killed",
    }.get(name, name)


def replay(names: list[str]) -> int:
    """Read every file of the corpus; return how many end badly."""
    count = bad = 0
    for name in names:
        files = sorted((CORPUS / name).glob("*"))
        with tempfile.TemporaryDirectory() as folder:
            path = TARGETS[name].make(Path(folder))
            by_content = {file.read_bytes(): file for file in files}
            for content, found in read_batch(TARGETS[name], path, list(by_content)):
                print(f"{name}/{by_content[content].name}: {found}")
                bad += 1
        count += len(files)
    print(f"{count} files of the corpus, {bad} findings")
    return bad


def search(names: list[str], seconds: float, seed: int) -> int:
    """Damage and read files of each target in turn; return how many new findings there are."""
    dice, tries, known = random.Random(seed), Counter[str](), set()
    print(f"seed {seed}")
    with tempfile.TemporaryDirectory() as root:
        folders = {name: Path(root) / name for name in names}
        for folder in folders.values():
            folder.mkdir()
        paths = {name: TARGETS[name].make(folder) for name, folder in folders.items()}
        valid = {name: path.read_bytes() for name, path in paths.items()}
        for name in names:
            for _, found in read_batch(TARGETS[name], paths[name], [valid[name]]):
                raise SystemExit(f"The undamaged file of {name} can't be read: {found}")
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            for name in names:
                target = TARGETS[name]
                contents = [damaged(target, valid[name], dice) for _ in range(BATCH)]
                tries[name] += BATCH
                for content, found in read_batch(target, paths[name], contents):
                    kind = name, found.split(": ")[0]
                    if kind not in known:
                        known.add(kind)
                        print(f"{name}: {found}\n  {_keep(name, paths[name].suffix, content)}")
    for name in names:
        print(f"{name}: {tries[name]:,} files")
    print(f"{sum(tries.values()):,} files, {len(known)} findings")
    return len(known)


def _keep(name: str, suffix: str, content: bytes) -> Path:
    path = CORPUS / name / f"{sha256(content).hexdigest()[:12]}{suffix}"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path


def main() -> int:
    """Search or replay; return 1 if there is a finding."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("targets", nargs="*", metavar="TARGET", help=", ".join(TARGETS))
    parser.add_argument("--seconds", type=float, default=180)
    parser.add_argument("--seed", type=int, default=None)
    parser.add_argument("--replay", action="store_true", help="only read the corpus")
    options = parser.parse_args()
    names = options.targets or list(TARGETS)
    if unknown := set(names) - set(TARGETS):
        parser.error(f"no such target: {', '.join(sorted(unknown))}")
    np.seterr(all="ignore")
    if options.replay:
        return bool(replay(names))
    seed = random.SystemRandom().randrange(2**32) if options.seed is None else options.seed
    return bool(search(names, options.seconds, seed))


if __name__ == "__main__":
    sys.exit(main())
