"""Children that are asked one thing, and don't behave."""

import sys
import time

import pytest

from napari_cellbench.children import MOST, Unanswered, ask, follow

from .left_overs import still_running

THIS = sys.executable


def python(code: str) -> list[str]:
    return [THIS, "-c", code]


def test_answer():
    assert ask(python("print('yes')"), 30) == (0, b"yes\n")
    assert ask(python("raise SystemExit(3)"), 30)[0] == 3


def test_no_program(tmp_path):
    with pytest.raises(OSError, match=r"No such file|cannot find"):
        ask([str(tmp_path / "nothing")], 30)


@pytest.mark.parametrize(
    ("code", "message"),
    [
        ("import time; time.sleep(99)", "took more than"),
        ("while True: print('x' * 1000)", "says more"),
        (f"print('x' * {MOST + 1})", "says more"),
    ],
)
def test_who_does_not_answer_is_left(code, message):
    started = time.monotonic()
    with pytest.raises(Unanswered, match=message):
        ask(python(code), 2)
    assert time.monotonic() - started < 5


def test_stopped_at_once():
    started = time.monotonic()

    def stop():
        if time.monotonic() - started > 0.3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        ask(python("import time; time.sleep(99)"), 99, stop)
    assert time.monotonic() - started < 1.3


@pytest.mark.parametrize("ends", ["", "; time.sleep(99)"])
def test_grandchildren_are_not_left(tmp_path, ends):
    """Whether their parent is still there or not; one that holds the pipe is not waited for."""
    file = tmp_path / "pid"
    code = (
        "import subprocess, sys, time\n"
        "child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(99)'])\n"
        f"open({str(file)!r}, 'w').write(str(child.pid)){ends}"
    )
    started = time.monotonic()
    try:
        ask(python(code), 3)
    except Unanswered:
        assert ends
    assert time.monotonic() - started < 8
    assert not still_running([int(file.read_text())])


def test_followed_line_by_line():
    code = "import sys; print('no'); print('one', file=sys.stderr); print('two', file=sys.stderr);"
    lines, began = [], []
    code_of_end = follow(python(f"{code} raise SystemExit(3)"), lines.append, began=began.append)
    assert (code_of_end, lines) == (3, ["one", "two"])
    assert began


def test_who_is_followed_ends_with_what_it_started(tmp_path):
    child = tmp_path / "child"
    code = (
        "import subprocess, sys, time; print('x', file=sys.stderr, flush=True);"
        "one = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(99)']);"
        f"open({str(child)!r}, 'w').write(str(one.pid)); time.sleep(99)"
    )

    def tick():
        if child.exists() and child.read_text():
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        follow(python(code), lambda _: None, tick)
    assert not still_running(int(child.read_text()))
