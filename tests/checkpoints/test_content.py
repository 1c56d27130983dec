"""Whether a file is whole, by what it holds."""

import io
import struct
import zipfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from napari_cellbench.checkpoints.content import fault_of, is_page, kind_of

from .conftest import zip_of


def hdf5(version=None) -> bytes:
    h5py = pytest.importorskip("h5py")
    stream = io.BytesIO()
    with h5py.File(stream, "w", libver=version) as file:
        file["weights"] = [1.0] * 1000
    return stream.getvalue()


def safetensors() -> bytes:
    numpy = pytest.importorskip("safetensors.numpy")
    np = pytest.importorskip("numpy")
    return numpy.save({"weights": np.ones(1000, np.float32)}, {"method": "x"})


WHOLE = {
    "zip": lambda: zip_of(5000, 0),
    "hdf5": hdf5,
    "hdf5 of today": lambda: hdf5("latest"),
    "safetensors": safetensors,
}


def fault(tmp_path, content: bytes) -> str:
    file = tmp_path / "file"
    file.write_bytes(content)
    return fault_of(file, lambda: None)


@pytest.mark.parametrize("kind", WHOLE)
def test_whole_files(tmp_path, kind):
    content = WHOLE[kind]()
    assert kind_of(content) == kind.partition(" ")[0]
    assert fault(tmp_path, content) == ""


@pytest.mark.parametrize("kind", WHOLE)
@pytest.mark.parametrize("share", [0.01, 0.5, 0.99])
def test_truncated_files(tmp_path, kind, share):
    content = WHOLE[kind]()
    assert fault(tmp_path, content[: int(share * len(content))])


def test_damaged_zip(tmp_path):
    content = bytearray(zip_of(5000, 0))
    content[2500] ^= 1
    assert "damaged" in fault(tmp_path, bytes(content))


def test_zip_bomb(tmp_path):
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("weights", bytes(10**7))
    assert "damaged" in fault(tmp_path, stream.getvalue())


def test_safetensors_that_declares_more_than_it_has(tmp_path):
    header = b'{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,10000000000000]}}'
    assert "incomplete" in fault(tmp_path, struct.pack("<Q", len(header)) + header + bytes(4))
    header = b'{"a":' + b"[" * 10000
    assert "incomplete" in fault(tmp_path, struct.pack("<Q", len(header)) + header)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "is empty"),
        (b"\n <!DOCTYPE html>", "is a web page"),
        (b'{"error": "not found"}', "holds no weights"),
        (b"\x1f\x8b\x08\x00", "holds no weights"),
        (b"version https://git-lfs.github.com/spec/v1\n", "holds no weights"),
    ],
)
def test_no_weights(tmp_path, content, message):
    assert message in fault(tmp_path, content)


def test_stopped(tmp_path):
    def stop():
        raise KeyboardInterrupt

    file = tmp_path / "file"
    file.write_bytes(zip_of(5000, 0))
    with pytest.raises(KeyboardInterrupt):
        fault_of(file, stop)


@given(st.binary(max_size=40))
def test_any_bytes_have_a_kind_or_none(head):
    assert kind_of(head) in ("", "zip", "hdf5", "safetensors", "pickle")
    assert is_page(b"<html" + head)
