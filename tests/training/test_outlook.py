"""What speaks against a plan, before anything is started."""

from dataclasses import replace

import numpy as np
import pytest
import tifffile

from napari_cellbench.data import Instances, Sample
from napari_cellbench.errors import Cancelled, InputError
from napari_cellbench.methods.training import TrainingSettings
from napari_cellbench.training.outlook import in_words, look_ahead


@pytest.fixture
def counted(pairs):
    """Cells of each image, and the longest sides of all, counted by another way than the code's."""
    from skimage.measure import regionprops

    cells, sides = {}, []
    for file in sorted(pairs.glob("*_labels.tif")):
        found = regionprops(tifffile.imread(file))
        cells[file.name[0]] = len(found)
        sides += [max(b[2] - b[0], b[3] - b[1]) for b in (one.bbox for one in found)]
    return cells, sides


def test_images_and_cells_are_counted(plan, pairs, counted):
    cells, sides = counted
    outlook = look_ahead(plan(validation=pairs, start="stardist-nuclei-fluo"))
    assert (outlook.images, outlook.validation, outlook.replayed) == (6, 6, 0)
    assert outlook.cells == outlook.validation_cells == sum(cells.values())
    assert outlook.target == "nucleus"
    assert outlook.largest == int(np.quantile(sides, 0.95))
    expected = f"6 images with {outlook.cells} nuclei to learn from, 6 images with"
    assert in_words(outlook).startswith(expected)


def test_replayed_images_are_counted_once_and_apart(plan, pairs):
    outlook = look_ahead(plan(replay=pairs, share=0.75, validation=pairs))
    assert (outlook.images, outlook.replayed) == (6, 5), "one of six is only measured on"
    assert "5 images to replay" in in_words(outlook)


def against(plan, **changes):
    return "\n".join(look_ahead(plan(**changes)).against)


def test_too_few_cells_are_told(plan, pairs, tmp_path):
    for number in range(2):
        for what in ("image", "labels"):
            name = f"{number}_{what}.tif"
            (tmp_path / name).write_bytes((pairs / name).read_bytes())
    few = against(plan, train=tmp_path, start="stardist-nuclei-fluo", validation=pairs)
    assert "few to learn from (50 or more): add more" in few
    assert "few to learn from" in against(plan, validation=pairs), "from random weights"
    known = against(plan, validation=pairs, start="stardist-nuclei-fluo")
    assert "few to learn from" not in known


def test_cells_larger_than_a_patch_are_told(plan, pairs):
    small = TrainingSettings(steps=6, batch=1, patch=32)
    assert "a patch shows 32 px" not in against(plan, settings=replace(small, patch=256))
    wide = look_ahead(plan(settings=small))
    is_told = any("a patch shows 32 px" in one for one in wide.against)
    assert is_told == (wide.largest > 32)


def test_a_large_cell_is_too_large(plan, tmp_path):
    labels = np.zeros((128, 128), np.uint16)
    labels[10:110, 5:25] = 7
    tifffile.imwrite(tmp_path / "a_image.tif", labels * 100)
    tifffile.imwrite(tmp_path / "a_labels.tif", labels)
    assert "Some nuclei are 100 px across, and a patch shows 64 px" in against(plan, train=tmp_path)


def test_images_to_measure_on_that_tell_nothing_are_told(plan, pairs, tmp_path):
    (tmp_path / "a_image.tif").write_bytes((pairs / "0_image.tif").read_bytes())
    (tmp_path / "a_labels.tif").write_bytes((pairs / "0_labels.tif").read_bytes())
    assert "no image to measure on" in against(plan, train=tmp_path)
    assert "With 1 image to measure on" in against(plan)
    assert "to measure on" not in against(plan, validation=pairs)


def test_channels_and_targets_that_do_not_fit_are_told(plan, pairs):
    told = against(plan, start="stardist-nuclei-fluo", roles=("phase",), validation=pairs)
    assert "takes nucleus, and the images show phase" in told
    assert "takes" not in against(plan, start="stardist-nuclei-fluo", validation=pairs)


def test_images_without_cells_teach_nothing(plan, tmp_path):
    tifffile.imwrite(tmp_path / "a_image.tif", np.ones((64, 64), np.uint8))
    tifffile.imwrite(tmp_path / "a_labels.tif", np.zeros((64, 64), np.uint8))
    outlook = look_ahead(plan(train=tmp_path))
    assert (outlook.cells, outlook.largest) == (0, 0)
    assert outlook.against[0].startswith("0 nuclei are few")


def test_pixels_are_not_kept(plan, monkeypatch):
    from napari_cellbench.training import outlook

    kept = []
    counted = outlook._counted
    monkeypatch.setattr(outlook, "_counted", lambda one: kept.append(counted(one)) or kept[-1])
    look_ahead(plan())
    assert all(sample.image.strides == (0, 0, 0) for sample in kept)
    assert all(sample.truth["nucleus"].masks == () for sample in kept)
    labels = Instances.from_labels(np.eye(4, dtype=np.int32))
    whole = Sample("a", np.zeros((1, 4, 4)), ("nucleus",), {"nucleus": labels})
    assert counted(whole).metadata["sizes"] == {"nucleus": [4]}


def test_it_can_be_stopped(plan):
    def stop() -> None:
        raise Cancelled("Stopped.")

    with pytest.raises(Cancelled):
        look_ahead(plan(), stop)


def test_what_cannot_be_learnt_is_an_error(plan, tmp_path):
    with pytest.raises(InputError):
        look_ahead(plan(train=tmp_path))
