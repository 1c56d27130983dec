"""Files that once broke a reader, and those damaged just so, read again."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="needs processes that fork")


def fuzz(*arguments):
    done = subprocess.run(
        [sys.executable, ROOT / "scripts" / "fuzz.py", *arguments],
        capture_output=True,
        text=True,
        # Threads don't go with forks.
        env=os.environ | {"OPENBLAS_NUM_THREADS": "1"},
        timeout=280,
        check=False,
    )
    return done.returncode, done.stdout + done.stderr


def test_the_corpus_is_read_or_refused():
    code, told = fuzz("--replay")
    assert code == 0, told
    files = [path for path in (ROOT / "tests" / "corpus").rglob("*") if path.is_file()]
    assert f"{len(files)} files of the corpus, 0 findings" in told


def test_damaged_files_are_read_or_refused():
    code, told = fuzz("--seconds", "0.1", "--seed", "1")
    assert code == 0, told
    kinds = told.count(": 25 files\n")
    assert kinds > 20
    assert f"{25 * kinds:,} files, 0 findings" in told


def test_what_breaks_is_found(tmp_path, monkeypatch, capsys):
    monkeypatch.syspath_prepend(ROOT / "scripts")
    fuzz = pytest.importorskip("fuzz")

    def broken(path):
        content = path.read_bytes()
        if b"k" in content:
            os.kill(os.getpid(), 11)
        if b"m" in content:
            bytearray(10 * 2**30)
        if b"e" in content:
            raise KeyError("x")

    target = fuzz.Target(lambda folder: folder / "a", broken)
    contents = [b"1", b"k", b"2", b"m", b"e", b"3"]
    found = dict(fuzz.read_batch(target, tmp_path / "a", contents))
    assert sorted(found) == [b"e", b"k", b"m"]
    assert found[b"k"] == "SIGSEGV"
    assert found[b"m"].startswith("MemoryError")
    assert found[b"e"].startswith("KeyError")
