"""Environments that are made for methods: whole or not at all, whatever happens meanwhile."""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import threading
import time
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import psutil
import pytest
import tifffile

from napari_cellbench.engine.environments import missing, python_of
from napari_cellbench.engine.environments.made import WORK, folder_of, made, record_of, root
from napari_cellbench.engine.environments.making import create
from napari_cellbench.engine.environments.steps import Steps
from napari_cellbench.engine.environments.uv import explain
from napari_cellbench.engine.environments.workroom import remove
from napari_cellbench.errors import Cancelled, EngineError, InputError
from napari_cellbench.methods import get_method

from ...left_overs import until
from .toy_guest import HERE, Stripes, stripes
from .wheels import slow_source, wheel, wheel_of_installed

FRAMEWORK = """
import numpy as np
def draw(shape, number):
    labels = np.zeros(shape, np.int32)
    for i in range(number):
        labels[:, 4 * i : 4 * i + 2] = i + 1
    return labels
"""
CREATE = """
import sys
from napari_cellbench.engine.environments.making import create
sys.path.insert(0, sys.argv[1])
from toy_guest import stripes
create(stripes(sys.argv[2]))
"""


@pytest.fixture(autouse=True)
def _no_uv():
    if not (find_spec("uv") or shutil.which("uv")):
        pytest.skip("needs uv")


@pytest.fixture(autouse=True)
def packages(tmp_path, monkeypatch) -> Path:
    """A folder that takes the registry's place; a cache and settings of the test's own."""
    folder = tmp_path / "packages"
    folder.mkdir()
    wheel(folder, "stripes-framework", "1.0", FRAMEWORK)
    wheel(folder, "stripes-framework", "2.0", FRAMEWORK)
    wheel(folder, "numpy", "2.9")
    wheel(folder, "pycocotools", "2.0.9")
    for name, value in {
        "CELLBENCH_CACHE": tmp_path / "cache",
        "CELLBENCH_CONFIG": tmp_path / "config",
        "UV_CACHE_DIR": tmp_path / "uv",
        "UV_FIND_LINKS": folder,
        "UV_NO_INDEX": "1",
        "UV_OFFLINE": "1",
    }.items():
        monkeypatch.setenv(name, str(value))
    return folder


def left_in_work() -> list[str]:
    """Return what lies in the workroom of the toy but its lock."""
    folder = root() / WORK / "stripes"
    return sorted(path.name for path in folder.iterdir()) if folder.exists() else []


def versions(python: Path) -> dict[str, str]:
    code = "import importlib.metadata as m, json; "
    code += "print(json.dumps({d.name: d.version for d in m.distributions()}))"
    done = subprocess.run([python, "-E", "-c", code], capture_output=True, text=True, check=True)
    return json.loads(done.stdout)


def test_made_once_and_then_without_uv_or_packages(monkeypatch, tmp_path):
    method, told = Stripes(), []
    assert missing(method) == ("an environment of its own",)
    record = create(method, told.append)
    assert record == record_of("stripes")
    assert record.python.startswith(HERE)
    assert record.size > 0
    assert record.seconds > 0
    assert missing(method) == ()
    assert versions(python_of("stripes")) == {
        "stripes-framework": "1.0",
        "numpy": "2.9",
        "pycocotools": "2.0.9",
    }
    fractions = [progress.fraction for progress in told]
    assert fractions == sorted(fractions)
    assert fractions[-1] == 1
    assert left_in_work() == []

    monkeypatch.setenv("UV_FIND_LINKS", str(tmp_path / "nothing"))
    monkeypatch.setenv("UV_CACHE_DIR", str(tmp_path / "empty"))
    assert create(method) == record


def test_pins_hold_what_the_packages_need(packages, tmp_path):
    wheel(packages, "numpy", "2.10")
    pins = tmp_path / "pins.txt"
    pins.write_text("# tested with\nnumpy==2.9 ; python_version >= '3'\n")
    create(stripes("stripes-framework", pins=pins))
    assert versions(python_of("stripes"))["numpy"] == "2.9"
    pins.write_text("numpy==2.10\n")
    create(stripes("stripes-framework", pins=pins))
    assert versions(python_of("stripes"))["numpy"] == "2.10"


def test_other_versions_take_the_place_only_once_they_are_there():
    create(Stripes())
    with pytest.raises(EngineError, match=r"no version of stripes-framework==3"):
        create(stripes("stripes-framework==3"))
    assert versions(python_of("stripes"))["stripes-framework"] == "1.0"
    create(stripes("stripes-framework==2.0"))
    assert versions(python_of("stripes"))["stripes-framework"] == "2.0"
    assert left_in_work() == []


def test_environment_runs_under_its_final_name():
    """It is made under another one."""
    create(Stripes())
    command = [python_of("stripes"), "-E", "-c", "import sys; print(sys.prefix)"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert Path(done.stdout.strip()) == folder_of("stripes")


@pytest.mark.parametrize("word", ["Looking for", "Making", "Looking which", "Installed"])
def test_cancelled_at_any_step_leaves_nothing(word):
    cancel = threading.Event()

    def report(progress):
        if progress.message.startswith(word):
            cancel.set()

    with pytest.raises(Cancelled):
        create(Stripes(), report, cancel)
    assert made() == {}
    assert not folder_of("stripes").exists()
    assert left_in_work() == []
    create(Stripes())
    assert left_in_work() == []


def test_cancelled_while_uv_works_ends_uv_and_what_it_started(packages, tmp_path):
    mark, cancel = tmp_path / "began", threading.Event()
    slow_source(packages, "slow", "1.0", mark)
    before = {one.pid for one in psutil.Process().children(recursive=True)}
    failed = []

    def work():
        try:
            create(stripes("slow"), cancel=cancel)
        except Cancelled as error:
            failed.append(error)

    thread = threading.Thread(target=work)
    thread.start()
    assert until(mark.exists, 60)
    cancel.set()
    started = time.monotonic()
    thread.join(30)
    assert time.monotonic() - started < 3
    assert failed
    assert {one.pid for one in psutil.Process().children(recursive=True)} <= before


@pytest.mark.skipif(sys.platform == "win32", reason="SIGKILL")
def test_killed_program_is_cleaned_up_after(packages, tmp_path):
    mark = tmp_path / "began"
    slow_source(packages, "slow", "1.0", mark)
    command = [sys.executable, "-c", CREATE, str(Path(__file__).parent), "slow"]
    killed = subprocess.Popen(command)
    assert until(mark.exists, 60)
    noted = json.loads((root() / WORK / "stripes" / "uv.json").read_text())
    uv = psutil.Process(int(noted["pid"]))
    at_work = [uv, *uv.children(recursive=True)]
    assert len(at_work) > 1, "uv builds in a process of its own"
    killed.send_signal(signal.SIGKILL)
    killed.wait()
    assert uv.is_running()
    assert made() == {}
    assert python_of("stripes") is None

    create(Stripes())
    assert until(lambda: not any(one.is_running() for one in at_work), 10)
    assert left_in_work() == []
    assert versions(python_of("stripes"))["stripes-framework"] == "1.0"


def test_two_at_once_make_one():
    records, waited = [], []
    first_is_in = threading.Event()

    def first():
        def report(progress):
            if progress.message.startswith("Looking which"):
                first_is_in.set()
                until(lambda: bool(waited), 30)

        records.append(create(Stripes(), report))

    thread = threading.Thread(target=first)
    thread.start()
    assert first_is_in.wait(30)

    def report(progress):
        if progress.message.startswith("Waiting"):
            waited.append(progress)

    records.append(create(Stripes(), report))
    thread.join(30)
    assert waited
    assert records[0] == records[1]


def test_removed():
    create(Stripes())
    assert remove("stripes")
    assert made() == {}
    assert not folder_of("stripes").exists()
    assert left_in_work() == []
    assert not remove("stripes")
    assert not remove("../environments")


@pytest.mark.parametrize(
    ("method", "kind", "says"),
    [
        (stripes("stripes-framework==9"), EngineError, "no version of stripes-framework==9"),
        (stripes("stripes-framework", "numpy==2.9", "numpy==2.8"), EngineError, "go together"),
        (
            stripes("stripes-framework", requires=("no_such_module",)),
            EngineError,
            "not what it imports: no_such_module",
        ),
        (
            stripes("stripes-framework", pythons=("3.98", "3.99")),
            InputError,
            "Stripes needs Python 3.98 or 3.99, and none was found.*install Python 3.99.*--python",
        ),
        (stripes("stripes-framework", size=10**18), InputError, "takes 1000000000.00 GB.*free"),
        (
            stripes(by_hand=("git clone it", "install it"), because="No registry has it."),
            InputError,
            "No registry has it. Run  git clone it && install it",
        ),
        (get_method("watershed"), InputError, "needs none of its own"),
    ],
    ids=["version", "conflict", "module", "python", "room", "by-hand", "none"],
)
def test_what_cannot_be_made_says_what_to_do(method, kind, says):
    with pytest.raises(kind, match=says):
        create(method)
    assert made() == {}
    assert left_in_work() == []


def test_no_network(monkeypatch):
    for name in ("UV_NO_INDEX", "UV_OFFLINE", "UV_FIND_LINKS"):
        monkeypatch.delenv(name)
    monkeypatch.setenv("UV_DEFAULT_INDEX", "http://127.0.0.1:9/simple")
    monkeypatch.setenv("UV_HTTP_RETRIES", "0")
    with pytest.raises(EngineError, match="can't be fetched: check the connection"):
        create(Stripes())


def test_python_that_is_named(tmp_path):
    record = create(Stripes(), python=Path(sys.executable))
    assert record.python == sys.version.split()[0]
    with pytest.raises(InputError, match=r"There is no interpreter"):
        create(stripes("stripes-framework==2.0"), python=tmp_path / "python")
    with pytest.raises(InputError, match=rf"needs Python 3.99; .* is Python {HERE}"):
        create(stripes("stripes-framework", pythons=("3.99",)), python=Path(sys.executable))


@pytest.mark.parametrize("content", ["", "{", '{"packages": 3}', "[]"])
def test_damaged_record_is_no_environment(content):
    create(Stripes())
    (folder_of("stripes") / "cellbench-environment.json").write_text(content)
    assert made() == {}
    assert python_of("stripes") is None
    create(Stripes())
    assert list(made()) == ["stripes"]


SAID = """
Using Python 3.11.2 environment at: env
Resolved 3 packages in 800ms
Downloading torch (500.0MiB)
Downloading numpy (18.6MiB)
Downloading scipy (30.0MiB)
 Downloaded numpy
 Downloaded scipy
 Downloaded torch
Prepared 3 packages in 698ms
Installed 3 packages in 2.71s
 + torch==2.13.0
"""
"""What uv 0.13 says."""


def test_steps_of_uv():
    told = []
    steps = Steps(told.append)
    for line in SAID.splitlines():
        steps(line)
    fractions = [progress.fraction for progress in told]
    assert fractions == sorted(fractions)
    texts = [progress.message for progress in told]
    assert "Fetching torch, scipy and 1 more (0 kB of 575 MB)" in texts
    assert "Fetching torch, scipy (20 MB of 575 MB)" in texts
    assert texts[-1].startswith("Installed 3 packages")


@pytest.mark.parametrize(
    ("said", "says"),
    [
        (
            "error: Failed to install: numpy\n  cause: Failed to copy to `/small`\n"
            "  cause: failed to copy file: No space left on device (os error 28)",
            "The disk is full. Free some space",
        ),
        (
            "error: Request failed after 3 retries in 7.8s\n  cause: Failed to fetch: `http://x`\n"
            "  cause: client error (Connect)\n  cause: dns error",
            r"check the connection.*\(dns error\)",
        ),
        (
            "error: Failed to build `slow==1.0`\n  cause: The build backend returned an error",
            r"install a C compiler.*\(The build backend",
        ),
        ("error: something else", "uv failed: error: something else"),
        ("", "it gave no reason"),
    ],
)
def test_reasons_of_uv(said, says):
    assert re.search(says, explain(said))


@pytest.fixture
def with_the_toy(tmp_path, packages) -> dict[str, str]:
    """Variables with which `cellbench` knows the toy, and has real packages to install for it."""
    for name in ("numpy", "pycocotools"):
        for stand_in in packages.glob(f"{name}-*.whl"):
            stand_in.unlink()
        wheel_of_installed(packages, name)
    beside = tmp_path / "beside"
    info = beside / "toy_guest-1.0.dist-info"
    info.mkdir(parents=True)
    shutil.copy(Path(__file__).with_name("toy_guest.py"), beside)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: toy-guest\nVersion: 1.0\n")
    entry = "[napari_cellbench.methods]\nstripes = toy_guest:Stripes\n"
    (info / "entry_points.txt").write_text(entry)
    paths = filter(None, [str(beside), os.environ.get("PYTHONPATH")])
    return {**os.environ, "PYTHONPATH": os.pathsep.join(paths)}


def test_from_the_command_line_to_a_result(with_the_toy, tmp_path):
    def cellbench(*arguments, status=0) -> str:
        command = [sys.executable, "-m", "napari_cellbench.cli", *map(str, arguments)]
        done = subprocess.run(
            command, env=with_the_toy, capture_output=True, text=True, check=False
        )
        assert done.returncode == status, done.stderr
        return done.stdout if status == 0 else done.stderr

    def listed() -> dict:
        rows = json.loads(cellbench("environments", "list", "--json"))
        return next(row for row in rows if row["key"] == "stripes")

    image, labels = tmp_path / "image.tif", tmp_path / "labels.tif"
    tifffile.imwrite(image, np.zeros((20, 30), np.uint8))
    predict = ["predict", image, "--method", "stripes", "--output", labels]
    error = cellbench(*predict, status=3)
    assert "needs an environment of its own: run  cellbench environments create stripes" in error
    assert not listed()["made"]

    assert str(folder_of("stripes")) in cellbench("environments", "create", "stripes")
    assert listed()["made"]
    cellbench(*predict)
    assert tifffile.imread(labels).max() == 3

    cellbench("environments", "remove", "stripes")
    assert "There is no environment" in cellbench("environments", "remove", "stripes", status=2)
    assert not listed()["made"]
