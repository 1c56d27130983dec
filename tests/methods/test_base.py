"""What every method promises before its framework is loaded."""

import subprocess
import sys
from typing import ClassVar

import pytest

from napari_cellbench.data import ROLES, TARGETS
from napari_cellbench.methods.registry import methods
from napari_cellbench.methods.watershed import Watershed

FRAMEWORKS = ("torch", "stardist", "cellpose", "tensorflow", "cv2", "h5py", "segment_anything")


@pytest.mark.parametrize("method", methods().values(), ids=lambda method: method.key)
def test_descriptions(method):
    assert method.title
    assert method.family
    assert method.citation
    assert method.url.startswith("https://")
    assert method.targets
    assert set(method.targets) <= set(TARGETS)
    assert method.channels
    assert set(method.channels) <= set(ROLES)
    assert method.parameters() == method.parameters()


class Elsewhere(Watershed):
    requires: ClassVar = ("numpy", "no_such_module")
    extra: ClassVar = "stardist"


def test_missing():
    assert Elsewhere().missing() == ("no_such_module",)
    assert Elsewhere().how_to_install() == 'pip install "napari-cellbench[stardist]"'
    assert Watershed().missing() == ()
    assert Watershed().how_to_install() == ""


def test_no_framework_is_imported_with_the_methods():
    script = (
        "import sys; from napari_cellbench.methods.registry import methods\n"
        "for method in methods().values(): method.missing(); method.parameters()\n"
        f"print([name for name in {FRAMEWORKS} if name in sys.modules])"
    )
    run = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "[]"
