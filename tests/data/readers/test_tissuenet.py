import os

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from napari_cellbench.data.readers import detect, read_samples
from napari_cellbench.errors import InputError

RNG = np.random.default_rng(1)
X = RNG.random((3, 16, 16, 2), np.float32)
Y = RNG.integers(0, 9, (3, 16, 16, 2), np.int32)
V10 = {
    "X": X,
    "y": Y,
    "tissue_list": np.array(["Breast", "Skin", "Lung"]),
    "platform_list": np.array(["mibi", "codex", "vectra"]),
}
META = np.array(
    [["filename", "specimen", "pixel_size"], ["a", "skin", "0.5"], ["b", "", "?"], ["c", "", "0"]]
)


def write(folder, **arrays):
    path = folder / "tissuenet_v1.0_test.npz"
    np.savez_compressed(path, **arrays)
    return path


def test_nucleus_comes_first_in_x_and_last_in_y(tmp_path):
    path = write(tmp_path, **V10)
    assert detect(path).key == "tissuenet"
    dataset = read_samples(path)
    assert len(dataset) == 3
    for i, sample in enumerate(dataset):
        np.testing.assert_array_equal(sample.channel("nucleus"), X[i, ..., 0])
        np.testing.assert_array_equal(sample.channel("whole_cell"), X[i, ..., 1])
        np.testing.assert_array_equal(sample.truth["whole_cell"].labels, Y[i, ..., 0])
        np.testing.assert_array_equal(sample.truth["nucleus"].labels, Y[i, ..., 1])
        assert sample.group == V10["tissue_list"][i]
        assert sample.metadata["platform"] == V10["platform_list"][i]
        assert sample.pixel_size is None


@pytest.mark.parametrize("dtype", [str, object])
def test_table_of_version_1_1(tmp_path, dtype):
    dataset = read_samples(write(tmp_path, X=X, y=Y, meta=META.astype(dtype)))
    assert [sample.group for sample in dataset] == ["skin", "", ""]
    assert [sample.pixel_size for sample in dataset] == [(0.5, 0.5), None, None]
    assert [sample.metadata["filename"] for sample in dataset] == ["a", "b", "c"]


def test_public_sample_has_whole_cells_only(tmp_path):
    (sample,) = read_samples(write(tmp_path, X=X[:1], y=Y[:1, ..., :1]))
    assert list(sample.truth) == ["whole_cell"]


def test_stack_and_samples_share_one_array(tmp_path):
    dataset = read_samples(write(tmp_path, **V10))
    stack = dataset.stack()
    np.testing.assert_array_equal(stack.image, np.moveaxis(X, -1, 1))
    np.testing.assert_array_equal(stack.truth["nucleus"], Y[..., 1])
    assert np.shares_memory(stack.image, dataset[2].image)
    assert np.shares_memory(stack.truth["nucleus"], dataset.stack().truth["nucleus"])


@settings(
    max_examples=settings.default.max_examples // 4,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    dtype=st.sampled_from(["i1", "u1", ">u2", ">i4", "f2", ">f4", "f8"]),
    labels=st.sampled_from(["u1", ">i4", "i8", "f4", "?"]),
    side=st.integers(1, 5),
)
def test_every_dtype_and_size(tmp_path, dtype, labels, side):
    x = RNG.integers(0, 100, (2, side, side, 2)).astype(dtype)
    y = RNG.integers(0, 2, (2, side, side, 2)).astype(labels)
    dataset = read_samples(write(tmp_path, X=x, y=y))
    assert dataset[1].image.dtype == np.dtype(dtype).newbyteorder("=")
    np.testing.assert_array_equal(dataset[1].image[1], x[1, ..., 1])
    np.testing.assert_array_equal(dataset[1].truth["whole_cell"].labels, y[1, ..., 0])
    assert dataset.stack().truth["nucleus"].dtype.kind in "iu"


@pytest.mark.parametrize(
    ("arrays", "message"),
    [
        ({"y": Y}, "no array 'X'; it has y"),
        ({"X": X}, "no array 'y'"),
        ({"X": X.astype(object), "y": Y}, "X holds object"),
        ({"X": X, "y": Y.astype(object)}, "y holds object"),
        ({"X": X[..., :1], "y": Y}, "nucleus and membrane"),
        ({"X": X[0], "y": Y}, r"\(16, 16, 2\)"),
        ({"X": X, "y": Y[:2]}, "as many images"),
        ({"X": X, "y": Y[:, :8]}, "same size"),
        ({"X": X[:0], "y": Y[:0]}, "no images"),
        ({"X": X[:, :0], "y": Y[:, :0]}, "no images"),
        ({"X": X, "y": Y, "tissue_list": np.array(["Skin"])}, "tissue_list has 1 rows for 3"),
        ({"X": X, "y": Y, "meta": META[:2]}, "meta has 2 rows for 4"),
    ],
)
def test_wrong_content(tmp_path, arrays, message):
    with pytest.raises(InputError, match=message):
        read_samples(write(tmp_path, **arrays))


def test_negative_labels(tmp_path):
    dataset = read_samples(write(tmp_path, X=X, y=-Y))
    with pytest.raises(InputError, match="between 0 and"):
        dataset[0]


@pytest.mark.parametrize("kept", [0, 10, 0.5, 0.95])
def test_truncated(tmp_path, kept):
    path = write(tmp_path, **V10)
    whole = path.read_bytes()
    path.write_bytes(whole[: int(kept if kept > 1 else kept * len(whole))])
    with pytest.raises(InputError, match="can't be read"):
        read_samples(path)


def test_damaged_within(tmp_path):
    path = write(tmp_path, **V10)
    content = bytearray(path.read_bytes())
    content[2000:2100] = bytes(100)
    path.write_bytes(content)
    with pytest.raises(InputError, match="can't be read"):
        read_samples(path)[0]


def test_nothing_of_a_pickle_in_the_table_runs(tmp_path):
    class Runs:
        def __reduce__(self):
            return os.system, (f"touch {tmp_path / 'trace'}",)

    path = write(tmp_path, X=X, y=Y, tissue_list=np.array([Runs()] * 3, dtype=object))
    with pytest.raises(InputError, match="could run code"):
        read_samples(path)
    assert not (tmp_path / "trace").exists()
