"""Every format that this program writes is read back, to the last pixel; others' files too."""

import json
import zipfile
from itertools import count

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from roifile import ROI_TYPE, ImagejRoi

from napari_cellbench.data import Instances
from napari_cellbench.data.rle import pixels
from napari_cellbench.data.truth_files import read_instances, read_object_file, read_pair
from napari_cellbench.data.truth_files.reading import read_annotated
from napari_cellbench.data.writers import write_labels
from napari_cellbench.errors import InputError

noise = arrays(
    np.int32, st.tuples(st.integers(2, 9), st.integers(2, 9)), elements=st.integers(0, 5)
)
ENDINGS = (".tif", ".json", ".geojson", ".zip", "_seg.npy")
NUMBERS = count()
MANY = settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def pixels_of(instances: Instances) -> list:
    """The objects as sets of pixels, in any order."""
    masks = [np.argwhere(m).tolist() for m in dense(instances)]
    return sorted(masks)


def dense(instances: Instances) -> list:
    masks = []
    for mask in instances.to_masks():
        masks.append(np.zeros(instances.shape, bool))
        masks[-1][pixels(mask)] = True
    return masks


@MANY
@given(labels=noise, ending=st.sampled_from(ENDINGS))
def test_written_files_are_read_back(labels, ending, tmp_path):
    # Another name each time: what was read is not written over.
    path = tmp_path / f"cells{next(NUMBERS)}{ending}"
    write_labels(path, labels)
    found = read_instances(path)
    assert found.shape == labels.shape
    assert pixels_of(found) == pixels_of(Instances.from_labels(labels))


@pytest.mark.parametrize("ending", [".json", ".geojson", ".zip"])
def test_overlaps_are_kept(ending, tmp_path):
    masks = np.zeros((3, 12, 15), bool)
    masks[0, 1:8, 1:8] = masks[1, 5:11, 5:14] = masks[2, 0:2, 9:15] = True
    masks[0, 3:5, 3:5] = False
    given = Instances.from_masks(masks, (12, 15), [0.9, 0.25, 0.5])
    write_labels(tmp_path / f"cells{ending}", given)
    found = read_instances(tmp_path / f"cells{ending}")
    assert pixels_of(found) == pixels_of(given)
    if ending != ".zip":
        np.testing.assert_array_equal(found.scores, given.scores)


def test_empty_files(tmp_path):
    for ending in ENDINGS:
        write_labels(tmp_path / f"none{ending}", np.zeros((4, 6), np.int32))
        found = read_instances(tmp_path / f"none{ending}")
        assert (len(found), found.shape) == (0, (4, 6))


def test_qupath(tmp_path):
    """A list of features with sub-pixel vertices, a cell with its nucleus, and a point."""

    def feature(geometry, **more):
        return {"type": "Feature", "geometry": geometry, "properties": {}, **more}

    ring = [[1.2, 1.2], [4.4, 1.2], [4.4, 3.6], [1.2, 3.6], [1.2, 1.2]]
    cell = feature(
        {"type": "Polygon", "coordinates": [ring]},
        nucleusGeometry={"type": "Polygon", "coordinates": [ring[:3]]},
    )
    point = feature({"type": "Point", "coordinates": [3, 3]})
    path = tmp_path / "slide.geojson"
    path.write_text("\ufeff" + json.dumps([cell, point]), encoding="utf-8")
    found = read_annotated(path, (6, 8))
    expected = np.zeros((6, 8), np.int32)
    # Pixels whose centre is inside.
    expected[1:4, 1:4] = 1
    np.testing.assert_array_equal(found.instances.to_labels(), expected)
    assert "1 of 2 features are no polygons" in found.notes[0]
    assert read_object_file(path).shape("slide") is None


def test_regions_of_imagej(tmp_path):
    """A polygon, a rectangle, an oval and a point, as a RoiSet."""
    polygon = ImagejRoi.frompoints(np.array([[10, 10], [14, 10], [14, 16], [10, 16]]))
    rectangle = ImagejRoi(roitype=ROI_TYPE.RECT, left=1, top=2, right=5, bottom=6)
    oval = ImagejRoi(roitype=ROI_TYPE.OVAL, left=20, top=20, right=30, bottom=28)
    point = ImagejRoi.frompoints(np.array([[3.0, 3.0]]))
    point.roitype = ROI_TYPE.POINT
    path = tmp_path / "RoiSet.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for name, region in zip("abcd", (polygon, rectangle, oval, point), strict=True):
            archive.writestr(f"{name}.roi", region.tobytes())
    found = read_annotated(path, (40, 40))
    areas = [int(mask.sum()) for mask in dense(found.instances)]
    assert areas[:2] == [24, 16]
    assert areas[2] == pytest.approx(np.pi * 5 * 4, rel=0.05)
    assert "1 of 4 regions have no area" in found.notes[0]
    rectangle.tofile(tmp_path / "one.roi")
    assert dense(read_instances(tmp_path / "one.roi", (9, 9)))[0][2:6, 1:5].all()


def test_ome_zarr(tmp_path):
    zarr = pytest.importorskip("zarr")
    labels = np.arange(12, dtype=np.uint16).reshape(3, 4)
    for version, wrap in ((2, lambda a: a), (3, lambda a: {"ome": a})):
        path = tmp_path / f"image{version}.ome.zarr"
        root = zarr.open_group(path, mode="w", zarr_format=version)
        root.attrs.update(wrap({"multiscales": [{"datasets": [{"path": "0"}]}]}))
        group = root.create_group("labels")
        group.attrs.update(wrap({"labels": ["cells", "nuclei"]}))
        cells = group.create_group("cells")
        cells.attrs.update(wrap({"multiscales": [{"datasets": [{"path": "0"}, {"path": "1"}]}]}))
        cells.create_array("0", shape=(1, 3, 4), dtype=labels.dtype)[...] = labels[None]
        found = read_annotated(path)
        np.testing.assert_array_equal(found.instances.to_labels(), labels)
        assert "cells, nuclei" in found.notes[0]
        np.testing.assert_array_equal(read_instances(path / "labels/cells").to_labels(), labels)


def test_coco_of_several_images(tmp_path):
    box = [[1, 1, 5, 1, 5, 4, 1, 4]]
    content = {
        "images": [
            {"id": "a", "file_name": "day1\\a.png", "height": 8, "width": 9},
            {"id": 7, "file_name": "day2/a.png", "height": 6, "width": 7},
        ],
        "annotations": [
            {"id": 1, "image_id": "a", "segmentation": box, "area": 12.5, "score": 0.5},
            {"id": 2, "image_id": "7", "segmentation": box, "area": 12},
            {"id": 3, "image_id": 7, "segmentation": box, "iscrowd": 0, "area": 12, "score": 1},
            {"id": 4, "image_id": 7, "bbox": [0, 0, 2, 2]},
        ],
    }
    path = tmp_path / "set.json"
    path.write_text(json.dumps(content))
    file = read_object_file(path)
    assert file.names == ("day1/a.png", "day2/a.png")
    first, second = (file.read(name) for name in file.names)
    assert (first.instances.shape, len(first.instances), first.areas) == ((8, 9), 1, (12.5,))
    assert first.instances.scores.tolist() == [0.5]
    assert (len(second.instances), second.instances.scores) == (2, None)
    assert "1 of 3 objects of day2/a.png have no outline" in second.notes[0]
    assert "1 of 2 objects of day2/a.png have no score" in second.notes[1]
    with pytest.raises(InputError, match="objects of 2 images"):
        read_instances(path)


def test_results_of_coco_and_outlines_without_a_size(tmp_path):
    mask = Instances.from_labels(np.eye(5, dtype=int)).to_masks()[0]
    segmentation = {"size": mask["size"], "counts": mask["counts"].decode()}
    results = tmp_path / "results.json"
    results.write_text(json.dumps([{"image_id": 3, "segmentation": segmentation, "score": 0.5}]))
    file = read_object_file(results)
    assert file.names == ("3",)
    assert file.read("3").instances.shape == (5, 5)
    outlines = tmp_path / "cells.geojson"
    ring = [[0, 0], [9, 0], [9, 3], [0, 3]]
    feature = {"type": "Feature", "geometry": {"type": "Polygon", "coordinates": [ring]}}
    outlines.write_text(json.dumps(feature))
    other = read_object_file(outlines)
    true, found = read_pair((other, "cells"), (file, "3"))
    assert true.instances.shape == found.instances.shape == (5, 5)
    true, _ = read_pair((other, "cells"), (other, "cells"))
    assert true.instances.shape == (3, 9)
    assert "neither file says" in true.notes[0]


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("a.txt", "x", "no file of objects"),
        ("a.geojson", "{}", "isn't GeoJSON"),
        ("a.geojson", "[" * 100_000, "can't be read"),
        ("a.json", "{}", "isn't COCO"),
        ("a.json", "[]", "no objects"),
        ("a.zip", "no zip", "can't be read"),
        ("b.zip", None, "no ImageJ regions"),
        ("a.roi", "no roi", "can't be read"),
        ("a_seg.npy", "no npy", "can't be read"),
    ],
)
def test_what_can_not_be_read(name, content, says, tmp_path):
    if content is None:
        zipfile.ZipFile(tmp_path / name, "w").close()
    else:
        (tmp_path / name).write_text(content)
    with pytest.raises(InputError, match=says):
        read_instances(tmp_path / name)


@pytest.mark.parametrize("at", [1e9, float("nan"), -1e300])
def test_vertices_that_are_no_pixels(at, tmp_path):
    ring = [[0, 0], [at, 0], [3, 3]]
    feature = {"type": "Feature", "geometry": {"type": "Polygon", "coordinates": [ring]}}
    (tmp_path / "far.geojson").write_text(json.dumps(feature))
    with pytest.raises(InputError, match="no pixels"):
        read_instances(tmp_path / "far.geojson")
