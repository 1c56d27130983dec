"""The promises of the package as a whole."""

import json
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from npe2 import PluginManifest

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "src" / "napari_cellbench"
FRAMEWORKS = {
    "cellpose",
    "csbdeep",
    "cv2",
    "h5py",
    "mmcv",
    "mmdet",
    "mmengine",
    "safetensors",
    "segment_anything",
    "stardist",
    "tensorflow",
    "timm",
    "torch",
    "torchvision",
}
WINDOW = {"PyQt5", "PyQt6", "PySide2", "PySide6", "magicgui", "napari", "qtpy", "superqt", "vispy"}
SLOW = {"numba", "pandas", "scipy", "skimage"}


def run(*arguments: str) -> str:
    """Run this interpreter, and return what it prints; all of it goes into the error."""
    done = subprocess.run(
        [sys.executable, *arguments], capture_output=True, text=True, check=False, cwd=ROOT
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def imported_with(*modules: str) -> set[str]:
    """Return the top-level packages that a new process has after importing modules."""
    code = (
        "import importlib, json, sys; [importlib.import_module(name) for name in sys.argv[1:]]; "
        "print(json.dumps([name.partition('.')[0] for name in sys.modules]))"
    )
    return set(json.loads(run("-c", code, *modules)))


@pytest.fixture(scope="module")
def manifest() -> PluginManifest:
    return PluginManifest.from_distribution("napari-cellbench")


def test_napari_can_import_all_that_the_manifest_names(manifest):
    manifest.validate_imports()


def test_contracts_between_rooms_are_kept():
    run("-c", "from importlinter.cli import lint_imports_command as c; c()", "--no-cache")


def test_package_and_contracts_import_no_framework_no_window_and_nothing_slow():
    rooms = ("api", "checkpoints", "cli", "data", "data.readers", "data.writers", "methods")
    modules = imported_with(*(f"napari_cellbench.{room}" for room in (*rooms, "scoring")))
    assert not modules & (FRAMEWORKS | WINDOW | SLOW)


def test_modules_behind_readers_writers_and_samples_import_no_window(manifest):
    named = {command.python_name.partition(":")[0] for command in manifest.contributions.commands}
    modules = imported_with(*(name for name in named if ".widgets" not in name))
    assert not modules & (FRAMEWORKS | WINDOW | SLOW)


def test_widgets_and_methods_import_no_framework(manifest):
    named = {command.python_name.partition(":")[0] for command in manifest.contributions.commands}
    registry = "napari_cellbench.methods.registry"
    code = f"import {', '.join(sorted(named))}; from {registry} import methods; methods(); "
    code += "import sys, json; print(json.dumps(list(sys.modules)))"
    assert not set(json.loads(run("-c", code))) & FRAMEWORKS


def test_wheel_has_all_files_that_are_no_code(tmp_path):
    run("-m", "hatchling", "build", "--target", "wheel", "--directory", str(tmp_path))
    (wheel,) = tmp_path.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        packed = set(archive.namelist())
    data = {
        "napari_cellbench" / file.relative_to(PACKAGE)
        for suffix in ("json", "safetensors", "yaml")
        for file in PACKAGE.rglob(f"*.{suffix}")
    }
    data |= {
        "napari_cellbench" / file.relative_to(ROOT)
        for file in (ROOT / "sample_data").rglob("*")
        if file.is_file()
    }
    data |= {Path("napari_cellbench/py.typed")}
    assert Path("napari_cellbench/napari.yaml") in data
    assert {file.as_posix() for file in data} <= packed
    assert not [name for name in packed if name.startswith(("tests", "docs", "scripts"))]


def test_constraints_pin_everything_and_name_no_place():
    lines = (ROOT / "constraints.txt").read_text("utf-8").splitlines()
    pins = [line for line in lines if not line.startswith("#")]
    assert all("==" in line and "://" not in line and "@" not in line for line in pins)
