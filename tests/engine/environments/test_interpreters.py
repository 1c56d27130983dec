"""Methods that run in another environment, beside those that run in this one."""

import json
import os
import shutil
import subprocess
import sys
from importlib.metadata import packages_distributions
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest
import tifffile

from napari_cellbench.data.source import Source
from napari_cellbench.engine import Engine, Job
from napari_cellbench.engine.environments import interpreter, missing, python_of, set_python
from napari_cellbench.engine.environments.lending import LENT, NEEDED, check_interpreter
from napari_cellbench.errors import CellbenchWarning, EngineError, InputError
from napari_cellbench.methods.registry import get_method

SMALL = Source.of(np.pad(np.full((1, 10, 10), 200, np.uint8), ((0, 0), (10, 10), (10, 10))))
PYPROJECT = """
[build-system]
requires = ["hatchling"]
build-backend = "hatchling.build"
[project]
name = "{name}"
version = "{version}"
[tool.hatch.build.targets.wheel]
include = ["*.py"]
{entry_points}
"""
FRAMEWORK = """
import numpy as np
def draw(shape, number):
    labels = np.zeros(shape, np.int32)
    for i in range(number):
        labels[:, 4 * i : 4 * i + 2] = i + 1
    return labels
"""
METHOD = """
from dataclasses import dataclass
from napari_cellbench.data import Instances
from napari_cellbench.methods import Method, Predictor, parameter

@dataclass(frozen=True)
class StripesParameters:
    number: int = parameter(3, label="Number", help="Of stripes.", low=0, high=10)

class StripesPredictor(Predictor[StripesParameters]):
    def predict(self, image, roles, parameters, statistics, progress):
        from stripes_framework import draw
        return Instances.from_labels(draw(image.shape[1:], parameters.number))

class Stripes(Method[StripesParameters]):
    key, title, family, citation = "stripes", "Stripes", "toy", ""
    targets, channels = ("nucleus",), ("nucleus",)
    parameters = StripesParameters
    requires = ("stripes_framework",)
    needs_checkpoint = False

    def load(self, checkpoint, device):
        return StripesPredictor()
"""
SIDE_BY_SIDE = """
import json, sys
from pathlib import Path
import numpy as np
from napari_cellbench.data.source import Source
from napari_cellbench.engine import Engine, Job

source = Source.of(np.pad(np.full((1, 10, 10), 200, np.uint8), ((0, 0), (10, 10), (10, 10))))
there, here = Job("stripes", ("nucleus",), python=Path(sys.argv[1])), Job("watershed", ("nucleus",))
engine, rows = Engine(), []
for job in (there, here, there):
    found = engine.run(source, job)
    rows.append((engine.pid, len(found.instances), found.versions))
engine.release()
print(json.dumps(rows))
"""


def in_folder(environment: Path) -> Path:
    """Return an environment's interpreter."""
    return environment / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")


@pytest.fixture(autouse=True)
def _own_settings(tmp_path, monkeypatch):
    monkeypatch.setenv("CELLBENCH_CONFIG", str(tmp_path / "config"))


@pytest.fixture(scope="module")
def uv():
    """Return a function that runs uv."""
    command = [sys.executable, "-m", "uv"] if find_spec("uv") else [shutil.which("uv") or ""]
    if not command[0]:
        pytest.skip("needs uv")

    # As scripts/setup_env.py does.
    variables = {"UV_SYSTEM_CERTS": "1", **os.environ}

    def run(*arguments) -> None:
        asked = [*command, *map(str, arguments)]
        done = subprocess.run(asked, env=variables, capture_output=True, text=True, check=False)
        if "dns error" in done.stderr or "Failed to fetch" in done.stderr:
            pytest.skip(f"needs the package registry: {done.stderr.strip().splitlines()[-1]}")
        assert done.returncode == 0, done.stderr

    return run


@pytest.fixture(scope="module")
def toy(tmp_path_factory) -> dict[str, Path]:
    """Sources of packages: a method, its next version, and the framework that it needs."""
    sources = tmp_path_factory.mktemp("sources")
    entry = '[project.entry-points."napari_cellbench.methods"]\nstripes = "stripes_method:Stripes"'
    next_version = METHOD.replace("parameters.number)", "parameters.number + 1)")
    for folder, name, code, entry_points in [
        ("method", "stripes-method", METHOD, entry),
        ("next", "stripes-method", next_version, entry),
        ("framework", "stripes-framework", FRAMEWORK, ""),
    ]:
        text = PYPROJECT.format(name=name, version="1.0", entry_points=entry_points)
        (sources / folder).mkdir()
        (sources / folder / "pyproject.toml").write_text(text)
        (sources / folder / f"{name.replace('-', '_')}.py").write_text(code)
    return {folder.name: folder for folder in sources.iterdir()}


@pytest.fixture(scope="module")
def other(uv, toy, tmp_path_factory) -> Path:
    """An environment with another numpy and the method's framework, without napari."""
    folder = tmp_path_factory.mktemp("other") / "env"
    uv("venv", "--quiet", "--python", sys.executable, folder)
    packages = ["numpy<2.3", "pycocotools", toy["framework"]]
    uv("pip", "install", "--quiet", "--python", in_folder(folder), *packages)
    return folder


@pytest.fixture(scope="module")
def beside_us(uv, toy, tmp_path_factory) -> dict[str, str]:
    """Variables of an environment that has, besides ours, the method but not its framework."""
    folder = tmp_path_factory.mktemp("beside")
    uv("pip", "install", "--quiet", "--no-deps", "--target", folder, toy["method"])
    return {"PYTHONPATH": str(folder)}


def cellbench(variables: dict[str, str], *arguments: object, status: int = 0) -> str:
    command = [sys.executable, "-m", "napari_cellbench.cli", *map(str, arguments)]
    done = subprocess.run(
        command, env=os.environ | variables, capture_output=True, text=True, check=False
    )
    assert done.returncode == status, done.stderr
    return done.stdout if status == 0 else done.stderr


def test_other_environment_side_by_side_with_this_one(other, beside_us):
    command = [sys.executable, "-c", SIDE_BY_SIDE, str(in_folder(other))]
    done = subprocess.run(
        command, env=os.environ | beside_us, capture_output=True, text=True, check=True
    )
    there, here, again = json.loads(done.stdout)
    assert [found for _, found, _ in (there, here, again)] == [3, 1, 3]
    assert there[0] == again[0] != here[0], "the process of each environment stays"
    assert there[2]["numpy"] != here[2]["numpy"] == np.__version__
    assert there[2]["stripes-framework"] == "1.0"
    assert there[2]["napari-cellbench"] == here[2]["napari-cellbench"]


def test_method_that_lacks_a_package_until_it_has_an_environment(other, beside_us, tmp_path):
    def listed():
        rows = json.loads(cellbench(beside_us, "methods", "--json"))
        return next(row for row in rows if row["key"] == "stripes")

    image, labels = tmp_path / "image.tif", tmp_path / "labels.tif"
    tifffile.imwrite(image, np.zeros((20, 30), np.uint8))
    predict = ["predict", image, "--method", "stripes", "--param", "number=4", "--output", labels]

    assert not listed()["available"]
    assert listed()["install"] == "pip install stripes_framework"
    assert "pip install stripes_framework" in cellbench(beside_us, "methods")
    error = cellbench(beside_us, *predict, status=3)
    assert "Stripes needs stripes_framework: run  pip install stripes_framework" in error

    cellbench(beside_us, "methods", "--set-python", "stripes", other)
    assert listed()["available"]
    assert listed()["python"] == str(in_folder(other))
    cellbench(beside_us, *predict)
    assert tifffile.imread(labels).max() == 4

    cellbench(beside_us, "methods", "--unset-python", "stripes")
    assert not listed()["available"]
    labels.unlink()
    cellbench(beside_us, *predict, "--python", other)
    assert tifffile.imread(labels).max() == 4


def test_method_of_others_is_lent_where_it_is_not_installed(uv, toy, other, beside_us, tmp_path):
    image, labels = tmp_path / "image.tif", tmp_path / "labels.tif"
    tifffile.imwrite(image, np.zeros((20, 30), np.uint8))
    predict = ["predict", image, "--method", "stripes", "--python", other, "--output", labels]
    cellbench(beside_us, *predict)
    assert tifffile.imread(labels).max() == 3
    uv("pip", "install", "--quiet", "--python", in_folder(other), toy["next"])
    cellbench(beside_us, *predict, "--overwrite")
    assert tifffile.imread(labels).max() == 4
    uv("pip", "uninstall", "--quiet", "--python", in_folder(other), "stripes-method")


def test_method_of_ours_that_the_other_environment_has_no_package_for(other, engine):
    job = Job("watershed", ("nucleus",), python=in_folder(other))
    with pytest.raises(InputError, match=r'env\S+" -m pip install .*scikit-image') as error:
        engine.run(SMALL, job)
    assert "Classical watershed needs" in str(error.value)


def test_worker_imports_nothing_that_environments_need_not_have():
    code = "import sys; old = {*sys.modules}; import napari_cellbench.engine.worker.actions;"
    code += "print(*{name.partition('.')[0] for name in {*sys.modules} - old})"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    third_party = packages_distributions().keys() & set(done.stdout.split())
    assert third_party <= {*NEEDED, *LENT}


def test_interpreter_without_what_a_worker_needs(tmp_path):
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", tmp_path / "bare"], check=True)
    python = in_folder(tmp_path / "bare")
    with pytest.raises(EngineError, match=r'it has neither.*-m pip install "numpy>=2.0" "pycoco'):
        set_python("watershed", python)
    assert python_of("watershed") is None
    with pytest.raises(EngineError, match="needs numpy"):
        Engine().run(SMALL, Job("watershed", ("nucleus",), python=python))


@pytest.mark.skipif(sys.platform == "win32", reason="needs executable scripts")
@pytest.mark.parametrize(
    ("answer", "says"),
    [
        ('{"python": [3, 9], "versions": {}}', "is Python 3.9; methods need 3.11 or newer"),
        ('{"python": [3, 12], "versions": {"numpy": "1.26.4"}}', r"it has numpy 1.26.4"),
        ("hello", "does not answer as a Python interpreter does"),
    ],
)
def test_interpreter_that_does_not_do(tmp_path, answer, says):
    python = tmp_path / "python"
    python.write_text(f"#!/bin/sh\necho '{answer}'\n")
    python.chmod(0o755)
    with pytest.raises(EngineError, match=says):
        check_interpreter(python)


def test_file_that_is_no_program(tmp_path):
    python = tmp_path / "python.txt"
    python.write_text("hello")
    with pytest.raises(EngineError, match="can't be started"):
        check_interpreter(python)


def test_interpreter_in_a_folder(tmp_path):
    python = in_folder(tmp_path / "env")
    python.parent.mkdir(parents=True)
    python.touch()
    assert interpreter(tmp_path / "env") == interpreter(python) == python
    with pytest.raises(InputError, match="is no environment"):
        interpreter(tmp_path)
    with pytest.raises(InputError, match="There is no interpreter"):
        interpreter(tmp_path / "env" / "nothing")


def test_setting_is_kept_and_taken_back(monkeypatch, tmp_path):
    python = Path(sys.executable)
    assert set_python("watershed", python) == python
    assert python_of("watershed") == python
    assert python_of("stardist") is None
    method = get_method("watershed")
    monkeypatch.setattr(type(method), "requires", ("no_such_package",))
    assert missing(method) == ()
    set_python("watershed", None)
    assert python_of("watershed") is None
    assert missing(method) == ("no_such_package",)
    with pytest.raises(InputError, match="No method 'nonsense'"):
        set_python("nonsense", python)


@pytest.mark.parametrize("content", ["", "{", "[1]", '"text"'])
def test_damaged_settings_are_none(tmp_path, content):
    file = tmp_path / "config" / "environments.json"
    file.parent.mkdir()
    file.write_text(content)
    with pytest.warns(CellbenchWarning, match="was set aside as environments.json.damaged-"):
        assert python_of("watershed") is None
    set_python("watershed", Path(sys.executable))
    assert python_of("watershed") == Path(sys.executable)
    (aside,) = file.parent.glob("environments.json.damaged-*")
    assert aside.read_text() == content


def test_several_processes_set_at_once(monkeypatch, tmp_path):
    """Each reads what the others wrote: none is lost."""
    code = (
        "import sys; from pathlib import Path;"
        "from napari_cellbench.engine.environments import interpreters;"
        "interpreters.check_interpreter = lambda _: None;"
        "interpreters.get_method = lambda _: None;"
        "interpreters.set_python(sys.argv[1], Path(sys.executable))"
    )
    keys = [f"method_{i}" for i in range(6)]
    started = [subprocess.Popen([sys.executable, "-c", code, key]) for key in keys]
    assert [process.wait(120) for process in started] == [0] * len(keys)
    assert [python_of(key) for key in keys] == [Path(sys.executable)] * len(keys)
