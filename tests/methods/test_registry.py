"""Methods of this package and of others."""

import subprocess
import sys

import pytest

from napari_cellbench.errors import InputError
from napari_cellbench.methods.registry import get_method, methods


def test_methods():
    assert {"watershed", "stardist", "cellpose_unet", "cellpose_sam", "segment_anything"} <= set(
        methods()
    )
    titles = [method.title for method in methods().values()]
    assert titles == sorted(titles, key=str.casefold)
    assert all(key == method.key for key, method in methods().items())


def test_unknown_method():
    with pytest.raises(InputError, match=r"No method 'magic'; there are: .*watershed"):
        get_method("magic")


def test_a_broken_plugin_does_no_harm(tmp_path):
    info = tmp_path / "broken-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: broken\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[napari_cellbench.methods]\nbroken = broken:Broken\n")
    (tmp_path / "broken.py").write_text("raise ImportError('no such framework')\n")
    script = (
        "import warnings; from napari_cellbench.methods.registry import methods\n"
        "with warnings.catch_warnings(record=True) as caught:\n"
        "    warnings.simplefilter('always')\n"
        "    assert 'watershed' in methods() and 'broken' not in methods()\n"
        "print([str(w.message) for w in caught])"
    )
    run = subprocess.run(
        [sys.executable, "-c", f"import sys; sys.path.insert(0, {str(tmp_path)!r})\n{script}"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert "The method broken:Broken can't be loaded: no such framework" in run.stdout
