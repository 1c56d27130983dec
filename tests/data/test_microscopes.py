"""Files of microscopes' makers, read by bioio.

CZI is written by Zeiss' own library and LIF by hand, after the reader's description of the format;
OME-Zarr in one file by zarr. Nothing writes ND2: its reader is replaced by one of the same
interface.
"""

from __future__ import annotations

import sys
from types import ModuleType

import numpy as np
import pytest

from napari_cellbench.api import read, segment
from napari_cellbench.cli import main
from napari_cellbench.data.images import read_image
from napari_cellbench.data.layers import get_reader
from napari_cellbench.data.samples import demo_sample
from napari_cellbench.data.truth_files import read_instances
from napari_cellbench.errors import InputError

T, Z, C = 2, 3, 2


@pytest.fixture(scope="module")
def planes() -> np.ndarray:
    """Return (T, Z, C, Y, X) planes that differ, each with nuclei."""
    pytest.importorskip("bioio")
    image = np.asarray(demo_sample().image[0])[:96, :128] // 20
    factors = np.arange(1, 1 + T * Z * C).reshape(T, Z, C, 1, 1)
    return (image * factors).astype(np.uint16)


def write_czi(path, planes):
    czi = pytest.importorskip("pylibCZIrw.czi")
    with czi.create_czi(str(path)) as file:
        for t, z, c in np.ndindex(planes.shape[:3]):
            plane = {"T": t, "Z": z, "C": c}
            file.write(np.ascontiguousarray(planes[t, z, c][..., None]), plane=plane)
        file.write_metadata(
            "a", channel_names={0: "E-cadherin", 1: "DAPI"}, scale_x=0.25e-6, scale_y=0.5e-6
        )


def write_lif(path, images):
    """Write (T, Z, C, Y, X) images: a description in XML, then a block of pixels for each."""
    about, blocks = "", []
    for number, planes in enumerate(images):
        t, z, c, y, x = planes.shape
        # Bytes from one to the next: channels in front of depth, as the makers write.
        steps = {1: (x, 2), 2: (y, 2 * x), 3: (z, 2 * x * y * c), 4: (t, 2 * x * y * c * z)}
        dimensions = "".join(
            f'<DimensionDescription DimID="{axis}" NumberOfElements="{length}" Origin="0" '
            f'Length="{(length - 1) * (5e-7 if axis == 2 else 2.5e-7)}" Unit="m" '
            f'BitInc="0" BytesInc="{step}"/>'
            for axis, (length, step) in steps.items()
        )
        channels = "".join(
            f'<ChannelDescription DataType="0" ChannelTag="0" Resolution="16" '
            f'NameOfMeasuredQuantity="" Min="0" Max="65535" Unit="" LUTName="{name}" '
            f'IsLUTInverted="0" '
            f'BytesInc="{2 * x * y * i}" BitInc="0"/>'
            for i, name in enumerate(["E-cadherin", "DAPI"])
        )
        pixels = np.ascontiguousarray(planes).tobytes()
        about += (
            f'<Element Name="field {number}" Visibility="1" UniqueID="{number}"><Memory '
            f'Size="{len(pixels)}" MemoryBlockID="MemBlock_{number}"/><Data><Image>'
            f"<ImageDescription><Channels>{channels}</Channels><Dimensions>{dimensions}</Dimensions>"
            "</ImageDescription></Image></Data><Children/></Element>"
        )
        blocks.append((f"MemBlock_{number}", pixels))
    header = (
        '<LMSDataContainerHeader Version="2"><Element Name="a.lif" Visibility="1"><Data/>'
        f'<Memory Size="0" MemoryBlockID="MemBlock_a"/><Children>{about}</Children></Element>'
        "</LMSDataContainerHeader>"
    )

    def word(number, size=4):
        return int(number).to_bytes(size, "little")

    def block(start, text):
        content = start + b"\x2a" + word(len(text)) + text.encode("utf-16-le")
        return word(0x70) + word(len(content)) + content

    with path.open("wb") as file:
        file.write(block(b"", header))
        for name, pixels in blocks:
            file.write(block(b"\x2a" + word(len(pixels), 8), name) + pixels)


def write_ozx(path, planes):
    """Write an OME-Zarr that is one file."""
    pytest.importorskip("bioio_ome_zarr")
    zarr = pytest.importorskip("zarr")
    scale = [{"type": "scale", "scale": [1, 1, 1, 0.5, 0.25]}]
    axes = [{"name": name} for name in "tzc"]
    axes += [{"name": name, "type": "space", "unit": "micrometer"} for name in "yx"]
    scales = {"axes": axes, "datasets": [{"path": "0", "coordinateTransformations": scale}]}
    with zarr.storage.ZipStore(path, mode="w") as store:
        about = {
            "version": "0.5",
            "multiscales": [scales],
            "omero": {"channels": [{"label": "E-cadherin"}, {"label": "DAPI"}]},
        }
        group = zarr.open_group(store, mode="w", attributes={"ome": about})
        group.create_array("0", data=planes, chunks=(1, 1, 1, *planes.shape[-2:]))


WRITERS = {
    "czi": write_czi,
    "lif": lambda path, planes: write_lif(path, [planes]),
    "ozx": write_ozx,
}


@pytest.mark.parametrize("ending", WRITERS)
def test_planes_one_by_one(planes, tmp_path, ending):
    path = tmp_path / f"a.{ending}"
    WRITERS[ending](path, planes)
    found = read(path)
    assert (found.leading, len(found)) == ((T, Z), T * Z)
    assert found.names[4] == "a t1 z1"
    for i, sample in enumerate(found):
        np.testing.assert_array_equal(sample.image, planes[i // Z, i % Z])
    assert sample.roles == ("whole_cell", "nucleus")
    assert sample.metadata["channels"] == ("E-cadherin", "DAPI")
    assert sample.pixel_size == pytest.approx((0.5, 0.25))
    assert sample.notes == ()


@pytest.mark.parametrize("ending", WRITERS)
def test_a_piece_is_no_more_than_a_plane(planes, tmp_path, ending):
    from napari_cellbench.data.microscopes import _opened

    path = tmp_path / f"a.{ending}"
    WRITERS[ending](path, planes)
    assert _opened(path).dask_data.chunksize == (1, 1, 1, *planes.shape[-2:])


def test_the_command_line_takes_them(planes, tmp_path, capsys):
    write_czi(tmp_path / "a.czi", planes[:1, :1, 1:])
    arguments = ["--method", "watershed", "--output", str(tmp_path / "a_labels.tif")]
    assert main(["predict", str(tmp_path / "a.czi"), *arguments]) == 0
    labels = read_instances(tmp_path / "a_labels.tif")
    found = segment(planes[0, 0, 1], "watershed")
    np.testing.assert_array_equal(labels.to_labels(), found.instances.to_labels())
    out = ["--method", "watershed", "--output-dir", str(tmp_path / "out")]
    assert main(["predict", str(tmp_path), *out]) == 0
    assert (tmp_path / "out" / "a_labels.tif").exists()
    assert main(["score", str(tmp_path / "a_labels.tif"), str(tmp_path / "a.czi")]) == 2
    assert "a.czi" in capsys.readouterr().err


def test_labels_are_scored(tmp_path):
    labels = np.zeros((32, 40), np.uint16)
    labels[4:12, 4:12], labels[16:30, 10:20] = 1, 300
    write_czi(tmp_path / "a.czi", labels[None, None, None])
    np.testing.assert_array_equal(read_instances(tmp_path / "a.czi").to_labels() > 0, labels > 0)
    assert len(read_instances(tmp_path / "a.czi")) == 2


def test_the_largest_scene_is_taken_and_said(planes, tmp_path):
    small, large = planes[:1, :1, :, :64, :64], planes[:1, :1]
    pytest.importorskip("bioio_lif")
    write_lif(tmp_path / "a.lif", [small, large, large + 1])
    (sample,) = read(tmp_path / "a.lif")
    np.testing.assert_array_equal(sample.image, large[0, 0])
    assert "holds 3 images; number 1 (" in sample.notes[0]
    assert "field 1" in sample.notes[0]
    (sample,) = read(tmp_path / "a.lif", series=0)
    np.testing.assert_array_equal(sample.image, small[0, 0])
    assert sample.notes == ()
    with pytest.raises(InputError, match="there is no number 3"):
        read(tmp_path / "a.lif", series=3)
    with pytest.raises(InputError, match="takes no --axes"):
        read(tmp_path / "a.lif", axes="CYX")


def test_a_stack_where_one_image_is_needed(planes, tmp_path):
    write_czi(tmp_path / "a.czi", planes)
    with pytest.raises(InputError, match="one 2-D image is needed"):
        read_image(tmp_path / "a.czi")


@pytest.mark.parametrize("ending", ["czi", "lif", "nd2", "ozx"])
def test_what_is_damaged_ends_in_a_sentence(tmp_path, ending):
    pytest.importorskip("bioio")
    path = tmp_path / f"a.{ending}"
    path.write_bytes(b"this is no image" * 100)
    with pytest.raises(InputError, match=rf"a\.{ending}"):
        read(path)
    path.write_bytes(b"")
    with pytest.raises(InputError, match="it is empty"):
        read(path)


@pytest.mark.parametrize("ending", ["czi", "lif", "nd2", "ozx"])
def test_napari_has_other_readers(tmp_path, ending):
    (tmp_path / f"a.{ending}").write_bytes(b"1")
    assert get_reader(str(tmp_path / f"a.{ending}")) is None


@pytest.mark.parametrize("ending", ["czi", "lif", "nd2", "ozx"])
def test_without_bioio_it_is_said_what_to_install(tmp_path, monkeypatch, ending, capsys):
    path = tmp_path / f"a.{ending}"
    path.write_bytes(b"1")
    monkeypatch.setitem(sys.modules, "bioio", None)
    with pytest.raises(InputError, match=r'pip install "napari-cellbench\[bioio\]"'):
        read(path)
    out = ["--method", "watershed", "--output", str(tmp_path / "a.tif")]
    assert main(["predict", str(path), *out]) == 2
    assert "napari-cellbench[bioio]" in capsys.readouterr().err


def test_colours_and_positions_of_another_reader(planes, tmp_path, monkeypatch):
    """ND2 in red, green and blue at two positions, by a reader of bioio's interface."""
    base = pytest.importorskip("bioio_base")
    da = pytest.importorskip("dask.array")
    xr = pytest.importorskip("xarray")
    asked = []

    def piece(block_id):
        asked.append(block_id)
        return np.full((1, 1, 20, 24, 3), 100 * block_id[0] + 10 * block_id[1], np.uint8)

    class Reader(base.reader.Reader):
        scenes = ("A1", "A2")

        def __init__(self, image, **_):
            self._path = str(image)

        @staticmethod
        def _is_supported_image(fs, path, **_):
            return True

        def _read_delayed(self):
            data = da.map_blocks(
                piece, chunks=((1,) * T, (1,) * Z, (20,), (24,), (3,)), dtype=np.uint8,
                meta=np.empty((0,) * 5, np.uint8),
            )  # fmt: skip
            return xr.DataArray(data, dims=list("TZYXS"))

        def _read_immediate(self):
            raise AssertionError("read whole")

    monkeypatch.setitem(sys.modules, "bioio_nd2", ModuleType("bioio_nd2"))
    sys.modules["bioio_nd2"].Reader = Reader
    (tmp_path / "a.nd2").write_bytes(b"1")
    found = read(tmp_path / "a.nd2")
    assert found.leading == (T, Z)
    assert found.shape(0) == (3, 20, 24)
    asked.clear()
    pixels = found._stored.plane(4)
    assert (pixels.shape, int(pixels.max())) == ((3, 20, 24), 110)
    assert asked == [(1, 1, 0, 0, 0)]
    assert "number 0 (A1) was taken" in found._stored.notes[0]
