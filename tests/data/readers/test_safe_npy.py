import io
import os
import pickle

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from napari_cellbench.data.readers import safe_npy
from napari_cellbench.errors import InputError

VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
    | st.text()
    | st.binary(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=15,
)


def saved(value):
    file = io.BytesIO()
    np.save(file, value, allow_pickle=True)
    file.seek(0)
    return file


def load_npy(file):
    return safe_npy.load_npy(file, len(file.getvalue()))


class Runs:
    """Leaves a trace when it is unpickled."""

    def __init__(self, function, *arguments):
        self.call = function, arguments

    def __reduce__(self):
        return self.call


@given(VALUES)
def test_plain_python_values_come_back(value):
    loaded = load_npy(saved({"value": value}))
    assert loaded == {"value": value}


@given(hnp.arrays(hnp.scalar_dtypes(), hnp.array_shapes(min_dims=1)))
def test_arrays_come_back_in_and_out_of_a_pickle(array):
    np.testing.assert_array_equal(load_npy(saved(array)), array)
    loaded = load_npy(saved({"a": array, "one": array.ravel()[0], "more": [array, array]}))
    np.testing.assert_array_equal(loaded["a"], array)
    np.testing.assert_array_equal(loaded["more"][1], array)
    assert loaded["a"].dtype == array.dtype.newbyteorder("=")
    np.testing.assert_array_equal(loaded["one"], array.ravel()[0])


def test_names_of_numpy_1_are_known():
    pickled = pickle.dumps(np.array({"masks": np.eye(3, dtype=np.uint16)}), protocol=3)
    assert b"numpy._core" in pickled
    old = saved(np.array({}, dtype=object)).getvalue()
    header = old[: old.index(b"\n") + 1]
    file = io.BytesIO(header + pickled.replace(b"numpy._core", b"numpy.core"))
    np.testing.assert_array_equal(load_npy(file)["masks"], np.eye(3))


@pytest.mark.parametrize("protocol", range(2, 6))
def test_nothing_of_a_malicious_pickle_runs(tmp_path, protocol):
    trace = tmp_path / "trace"
    attacks = [
        Runs(os.system, f"touch {trace}"),
        Runs(eval, f"open({str(trace)!r}, 'w').close()"),
        Runs(open, str(trace), "w"),
        Runs(getattr, np.ndarray, "tofile"),
        Runs(np.save, str(trace), np.zeros(1)),
    ]
    for attack in attacks:
        header = saved(np.array({}, dtype=object)).getvalue()
        header = header[: header.index(b"\n") + 1]
        value = np.array({"masks": [1, attack]}, dtype=object)
        file = io.BytesIO(header + pickle.dumps(value, protocol=protocol))
        with pytest.raises(InputError, match="could run code"):
            load_npy(file)
    assert list(tmp_path.iterdir()) == []


def test_header_alone(tmp_path):
    file = saved(np.zeros((3, 4), ">u2"))
    assert safe_npy.read_header(file, 200) == ((3, 4), np.dtype(">u2"))
