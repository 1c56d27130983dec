import os
import subprocess
import sys
from importlib.util import find_spec

import imageio.v3 as iio
import numpy as np
import pytest
import tifffile

from napari_cellbench.data.readers import detect, read_samples
from napari_cellbench.errors import InputError

RNG = np.random.default_rng(4)
SHAPE = (30, 40)
IMAGE = RNG.integers(0, 30, SHAPE, np.uint8)
IMAGE[4:9, 4:9] = 250
MASKS = np.zeros(SHAPE, np.uint16)
MASKS[4:9, 4:9], MASKS[20:25, 9:20] = 1, 2


def save_seg(path, **more):
    np.save(path, {"masks": MASKS, "outlines": MASKS, "filename": "a.tif", **more})


@pytest.mark.parametrize(
    "masks", ["a_masks.tif", "a_masks.png", "a_cp_masks.png", "a_cp_masks.tif", "a_seg.npy"]
)
@pytest.mark.parametrize("image", ["a.tif", "a.png", "a_img.png"])
def test_image_and_masks(tmp_path, image, masks):
    iio.imwrite(tmp_path / image, IMAGE)
    if masks.endswith(".npy"):
        save_seg(tmp_path / masks)
    else:
        iio.imwrite(tmp_path / masks, MASKS)
    for path in (tmp_path, tmp_path / image, tmp_path / masks):
        assert detect(path).key == "cellpose"
        (sample,) = read_samples(path)
        assert (sample.name, sample.roles) == ("a", ("whole_cell",))
        np.testing.assert_array_equal(sample.image[0], IMAGE)
        np.testing.assert_array_equal(sample.truth["whole_cell"].labels, MASKS)


def test_what_the_gui_saved_comes_before_masks(tmp_path):
    iio.imwrite(tmp_path / "a.png", IMAGE)
    iio.imwrite(tmp_path / "a_cp_masks.png", np.zeros(SHAPE, np.uint16))
    assert len(read_samples(tmp_path)[0].truth["whole_cell"]) == 0
    iio.imwrite(tmp_path / "a_masks.png", (MASKS == 1).astype(np.uint16))
    assert len(read_samples(tmp_path)[0].truth["whole_cell"]) == 1
    save_seg(tmp_path / "a_seg.npy")
    assert len(read_samples(tmp_path)[0].truth["whole_cell"]) == 2
    assert len(read_samples(tmp_path)) == 1


def test_colours_of_cellposes_data_set(tmp_path):
    colour = np.stack([0 * IMAGE, IMAGE, 255 - IMAGE], -1)
    for name, pixels in (("000", colour), ("001", colour * np.array([0, 1, 0], np.uint8))):
        iio.imwrite(tmp_path / f"{name}_img.png", pixels)
        iio.imwrite(tmp_path / f"{name}_masks.png", MASKS)
    two, one = read_samples(tmp_path)
    np.testing.assert_array_equal(two.channel("whole_cell"), IMAGE)
    np.testing.assert_array_equal(two.channel("nucleus"), 255 - IMAGE)
    assert one.roles == ("whole_cell",)
    np.testing.assert_array_equal(one.image[0], IMAGE)


@pytest.mark.parametrize("channels", [0, 1, 2])
def test_image_kept_in_old_files(tmp_path, channels):
    pixels = RNG.integers(0, 9, (channels, *SHAPE), np.uint8) if channels else IMAGE
    save_seg(tmp_path / "a_seg.npy", img=pixels)
    (sample,) = read_samples(tmp_path)
    np.testing.assert_array_equal(sample.image, pixels if channels else pixels[None])
    assert sample.roles == ("whole_cell", "nucleus")[: max(channels, 1)]


def test_no_image(tmp_path):
    save_seg(tmp_path / "a_seg.npy")
    with pytest.raises(InputError, match=r"put a\.tif beside it"):
        read_samples(tmp_path / "a_seg.npy")[0]


@pytest.mark.skipif(find_spec("cellpose") is None, reason="needs cellpose")
def test_file_that_cellpose_wrote(tmp_path):
    iio.imwrite(tmp_path / "a.png", IMAGE)
    np.save(tmp_path / "m.npy", MASKS)
    script = (
        "import numpy as np; from cellpose.io import masks_flows_to_seg as save;"
        "m = np.load('m.npy'); f = np.zeros(m.shape + (3,), np.uint8);"
        "d = np.zeros((2,) + m.shape, np.float32);"
        "save(f, m, [f, d, d[0]], 'a.png')"
    )
    run = [sys.executable, "-W", "ignore", "-c", script]
    subprocess.run(run, cwd=tmp_path, check=True, env={**os.environ, "OMP_NUM_THREADS": "1"})
    (sample,) = read_samples(tmp_path / "a_seg.npy")
    np.testing.assert_array_equal(sample.truth["whole_cell"].labels, MASKS)


def test_nothing_of_a_malicious_file_runs(tmp_path):
    class Runs:
        def __reduce__(self):
            return os.system, (f"touch {tmp_path / 'trace'}",)

    iio.imwrite(tmp_path / "a.png", IMAGE)
    save_seg(tmp_path / "a_seg.npy", flows=[Runs()])
    with pytest.raises(InputError, match="could run code"):
        read_samples(tmp_path)[0]
    assert not (tmp_path / "trace").exists()


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ({"outlines": 3}, "no 'masks'"),
        (MASKS, "no 'masks'"),
        ({"masks": np.zeros((2, *SHAPE), np.uint8)}, r"Labels must be \(Y, X\)"),
        ({"masks": MASKS[:5]}, "5 x 40 pixels, the image 30 x 40"),
    ],
)
def test_other_content(tmp_path, content, message):
    iio.imwrite(tmp_path / "a.png", IMAGE)
    np.save(tmp_path / "a_seg.npy", content)
    with pytest.raises(InputError, match=message):
        read_samples(tmp_path)[0]


@pytest.mark.parametrize("kept", [0, 20, 0.5, 0.99])
def test_truncated(tmp_path, kept):
    tifffile.imwrite(tmp_path / "a.tif", IMAGE)
    path = tmp_path / "a_seg.npy"
    save_seg(path)
    whole = path.read_bytes()
    path.write_bytes(whole[: int(kept if kept > 1 else kept * len(whole))])
    with pytest.raises(InputError, match=r"a_seg\.npy can't be read"):
        read_samples(tmp_path)[0]


def rings():
    ring = MASKS.copy()
    ring[5:8, 5:8] = ring[21:24, 10:19] = 0
    return ring


@pytest.mark.parametrize(
    "content",
    [
        {"outlines": rings()},
        {"outlines": rings()[None]},
        {
            "outlines": [
                np.array([[20, 9], [20, 19], [24, 19], [24, 9]]),
                np.array([[0, 4, 4], [0, 4, 8], [0, 8, 8], [0, 8, 4]]),
            ],
            "img": IMAGE,
        },
    ],
    ids=["outlines", "planes", "lists of points"],
)
def test_outlines_alone_are_filled_and_that_is_said(tmp_path, content):
    iio.imwrite(tmp_path / "a.png", IMAGE)
    np.save(tmp_path / "a_seg.npy", content)
    (sample,) = read_samples(tmp_path)
    found = sample.truth["whole_cell"].labels
    if "img" in content:
        # Cellpose drew the last list first; skimage leaves out some pixels of the border.
        assert found[6, 6] == 1
        assert found[22, 12] == 2
        assert abs(np.count_nonzero(found) - np.count_nonzero(MASKS)) < 20
    else:
        np.testing.assert_array_equal(found, MASKS)
    assert sample.notes == ("a_seg.npy holds outlines only; they were filled.",)


COLOURS = np.stack([IMAGE, 255 - IMAGE, IMAGE // 2])


@pytest.mark.parametrize("axis", [0, -1])
@pytest.mark.parametrize("kept", ["within", "beside"])
@pytest.mark.parametrize(
    ("chosen", "roles", "order"),
    [
        ([2, 3], ("whole_cell", "nucleus", "other"), [1, 2, 0]),
        ([[3, 1]], ("whole_cell", "nucleus", "other"), [2, 0, 1]),
        (np.array([1, 0]), ("whole_cell", "other", "other"), [0, 1, 2]),
        ([2, 2], ("whole_cell", "other", "other"), [1, 0, 2]),
        ([3, 9], ("whole_cell", "other", "other"), [2, 0, 1]),
        ([0, 0], ("red", "green", "blue"), [0, 1, 2]),
        ([9, 0], ("red", "green", "blue"), [0, 1, 2]),
        (["a", None], ("red", "green", "blue"), [0, 1, 2]),
        (None, ("red", "green", "blue"), [0, 1, 2]),
    ],
)
def test_colours_that_were_chosen(tmp_path, axis, kept, chosen, roles, order):
    pixels = np.moveaxis(COLOURS, 0, axis)
    more = {"chan_choose": chosen}
    if kept == "beside":
        iio.imwrite(tmp_path / "a.png", np.moveaxis(COLOURS, 0, -1))
    else:
        more["img"] = pixels
    save_seg(tmp_path / "a_seg.npy", **more)
    (sample,) = read_samples(tmp_path)
    assert sample.roles == roles
    np.testing.assert_array_equal(sample.image, COLOURS[order])


def test_what_is_read_can_be_painted_on(tmp_path):
    save_seg(tmp_path / "a_seg.npy", masks=MASKS.astype(np.int32), img=IMAGE)
    read_samples(tmp_path)[0].truth["whole_cell"].labels[0, 0] = 5


def test_an_image_within_of_another_size(tmp_path):
    save_seg(tmp_path / "a_seg.npy", img=IMAGE[:9])
    with pytest.raises(InputError, match=r"a_seg.npy: the image within has the shape \(9, 40\)"):
        read_samples(tmp_path)[0]


def test_the_image_may_have_the_name_that_is_kept(tmp_path):
    iio.imwrite(tmp_path / "other.PNG", IMAGE)
    save_seg(tmp_path / "a_seg.npy", filename=r"C:\Users\me\other.PNG")
    np.testing.assert_array_equal(read_samples(tmp_path)[0].image[0], IMAGE)


@pytest.mark.parametrize("suffix", [".TIF", ".Tiff", ".PNG"])
def test_suffixes_in_capitals(tmp_path, suffix):
    iio.imwrite(tmp_path / f"a{suffix}", IMAGE)
    iio.imwrite(tmp_path / f"a_cp_masks{suffix}", MASKS)
    for path in (tmp_path, *tmp_path.iterdir()):
        assert len(read_samples(path)[0].truth["whole_cell"]) == 2
