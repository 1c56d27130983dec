"""What every method promises before its framework is loaded."""

import subprocess
import sys
from typing import ClassVar

from napari_cellbench.methods.watershed import Watershed

FRAMEWORKS = ("torch", "stardist", "cellpose", "tensorflow", "cv2", "h5py", "segment_anything")


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
