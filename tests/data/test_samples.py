import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import tifffile
from pycocotools import mask as coco_mask

from napari_cellbench.data import samples
from napari_cellbench.data.readers import read_samples
from napari_cellbench.errors import InputError

ROOT = Path(__file__).parents[2]


def names(folder):
    found = {path.relative_to(folder) for path in folder.rglob("*.*")} - {Path("README.md")}
    return {path for path in found if path.parts[0] != "nuclei"}


@pytest.mark.skipif(sys.platform != "linux", reason="the last bits of numbers differ elsewhere")
def test_the_script_makes_the_committed_files(tmp_path):
    script = ROOT / "scripts" / "make_sample_data.py"
    subprocess.run([sys.executable, script, tmp_path], check=True, capture_output=True)
    assert names(tmp_path) == names(ROOT / "sample_data")
    for made, kept in zip(read_all(tmp_path), read_all(ROOT / "sample_data"), strict=True):
        np.testing.assert_array_equal(made.image, kept.image)
        assert made.truth.keys() == kept.truth.keys()


def read_all(folder):
    for name in (
        "tissuenet_v1.1_sample.npz",
        "livecell/livecell_coco_sample.json",
        "stage1_sample",
    ):
        yield from read_samples(folder / name)


def test_they_are_small():
    files = [path for path in (ROOT / "sample_data").rglob("*") if path.is_file()]
    assert sum(path.stat().st_size for path in files) < 3e6


def test_they_have_the_published_formats():
    with np.load(ROOT / "sample_data/tissuenet_v1.1_sample.npz", allow_pickle=False) as archive:
        assert archive["X"].shape == archive["y"].shape == (4, 256, 256, 2)
        assert (archive["X"].dtype, archive["y"].dtype) == (np.float32, np.int32)
        assert len(archive["meta"]) == 5
    folder = ROOT / "sample_data/livecell"
    content = json.loads((folder / "livecell_coco_sample.json").read_text())
    assert {"images", "annotations", "categories"} == content.keys()
    for image in content["images"]:
        (path,) = folder.rglob(image["file_name"])
        assert path.parts[-4:-2] == ("images", "livecell_test_images")
        pixels = tifffile.imread(path)
        assert (pixels.shape, pixels.dtype) == ((520, 704), np.uint8)


def test_they_are_worth_segmenting():
    tissue = list(read_samples(ROOT / "sample_data/tissuenet_v1.1_sample.npz"))
    for sample in tissue:
        nuclei, cells = (sample.truth[t].labels for t in ("nucleus", "whole_cell"))
        np.testing.assert_array_equal(cells[nuclei > 0], nuclei[nuclei > 0])
        assert nuclei.max() >= 90
        stain = sample.channel("nucleus")
        assert stain[nuclei > 0].mean() > 5 * stain[nuclei == 0].mean()
    for sample in read_samples(ROOT / "sample_data/livecell"):
        truth = sample.truth["whole_cell"]
        area = coco_mask.area(list(truth.masks)).sum()
        assert len(truth) > 90
        assert 0 < area - np.count_nonzero(truth.to_labels()) < 0.2 * area
    groups = {sample.group for sample in read_samples(ROOT / "sample_data/stage1_sample")}
    assert groups == {"fluorescence", "histology"}


def test_the_demo_needs_no_framework():
    code = (
        "import sys; from napari_cellbench.data.samples import demo_sample; s = demo_sample(); "
        "print(s.roles, s.shape, len(s.truth['nucleus']), 'stardist' in sys.modules)"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "('nucleus',) (512, 512) 125 False"


def test_the_demo_is_stardists_image():
    stardist = pytest.importorskip("stardist")
    images = Path(stardist.__file__).parent / "data" / "images"
    sample = samples.demo_sample()
    np.testing.assert_array_equal(sample.image[0], tifffile.imread(images / "img2d.tif"))
    np.testing.assert_array_equal(
        sample.truth["nucleus"].labels, tifffile.imread(images / "mask2d.tif")
    )


def test_an_installation_without_samples(monkeypatch, tmp_path):
    monkeypatch.setattr(samples.napari_cellbench, "__file__", str(tmp_path / "a" / "b" / "c.py"))
    with pytest.raises(InputError, match="install napari-cellbench again"):
        samples.demo_sample()
