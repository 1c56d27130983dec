"""Detection, laziness and what all formats share."""

import os
import subprocess
import sys

import numpy as np
import pytest
import tifffile

from napari_cellbench.data.readers import READERS, detect, read_samples
from napari_cellbench.errors import InputError


def write_pairs(folder, shapes):
    for i, shape in enumerate(shapes):
        tifffile.imwrite(folder / f"{i:03d}_image.tif", np.full(shape, i, np.uint8))
        tifffile.imwrite(folder / f"{i:03d}_labels.tif", np.ones(shape, np.uint16))


def test_a_plain_image_is_left_to_napari(tmp_path):
    tifffile.imwrite(tmp_path / "a.tif", np.zeros((4, 4), np.uint8))
    assert detect(tmp_path / "a.tif") is None
    assert detect(tmp_path) is None
    (sample,) = read_samples(tmp_path / "a.tif")
    assert sample.name == "a"
    assert sample.truth == {}


def test_nothing_there(tmp_path):
    with pytest.raises(InputError, match="There is no file"):
        detect(tmp_path / "missing.npz")


def test_empty_and_unknown_folders_say_what_is_known(tmp_path):
    with pytest.raises(InputError, match=r"TissueNet.*LIVECell"):
        read_samples(tmp_path)
    (tmp_path / "notes.txt").write_text("")
    with pytest.raises(InputError, match="no format"):
        read_samples(tmp_path)
    with pytest.raises(InputError, match="no format"):
        read_samples(tmp_path / "notes.txt")


@pytest.mark.skipif(os.name == "nt", reason="Windows has other permissions")
def test_folder_without_permission(tmp_path):
    write_pairs(tmp_path, [(4, 4)])
    assert detect(tmp_path).key == "pairs"
    root = os.geteuid() == 0
    tmp_path.chmod(0)
    try:
        if root:
            os.seteuid(65534)
        with pytest.raises(InputError, match="No permission"):
            detect(tmp_path)
        with pytest.raises(InputError, match="No permission"):
            read_samples(tmp_path)
    finally:
        if root:
            os.seteuid(0)
        tmp_path.chmod(0o700)


def test_nothing_is_read_before_it_is_asked_for(tmp_path):
    write_pairs(tmp_path, [(4, 5)] * 5)
    (tmp_path / "003_image.tif").write_bytes(b"II*\0broken")
    dataset = read_samples(tmp_path)
    assert len(dataset) == 5
    assert dataset.names == ("000", "001", "002", "003", "004")
    assert dataset[-1].image[0, 0, 0] == 4
    with pytest.raises(InputError, match="003_image"):
        dataset[3]
    with pytest.raises(IndexError):
        dataset[5]


def test_slices_are_data_sets(tmp_path):
    write_pairs(tmp_path, [(4, 5)] * 5)
    part = read_samples(tmp_path)[1:4:2]
    assert part.names == ("001", "003")
    assert [sample.name for sample in part] == ["001", "003"]
    assert part.shape(1) == (1, 4, 5)


def test_keys_are_unique():
    assert len({reader.key for reader in READERS}) == len(READERS)


def test_importing_the_readers_loads_no_image_library():
    code = (
        "import sys, napari_cellbench.data.layers, napari_cellbench.data.samples; "
        "print([m for m in ('tifffile','imageio','dask','pandas','scipy','skimage','napari',"
        "'stardist') if m in sys.modules])"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "[]"
