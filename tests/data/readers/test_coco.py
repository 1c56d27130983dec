import json
import time

import numpy as np
import pytest
import tifffile
from pycocotools import mask as coco_mask
from pycocotools.coco import COCO

from napari_cellbench.data.readers import detect, read_samples
from napari_cellbench.errors import InputError

NAMES = ["A172_Phase_C7_1_00d00h00m_1.tif", "SkBr3_Phase_A4_2_01d16h00m_3.tif"]
SHAPE = (60, 80)


def annotations(seed):
    """Overlapping objects in all of COCO's ways to write them."""
    rng = np.random.default_rng(seed)
    found = []
    for i in range(12):
        angles = np.sort(rng.uniform(0, 2 * np.pi, 12))
        centre, radius = rng.uniform(5, 55, 2), rng.uniform(4, 20, 12)
        points = np.stack(
            [centre[0] + radius * np.cos(angles), centre[1] + radius * np.sin(angles)], 1
        )
        polygon = points.clip(0, 59).round(2).ravel().tolist()
        mask = np.asfortranarray(rng.random(SHAPE) > 0.8, np.uint8)
        compressed = coco_mask.encode(mask)
        counts = [int(c) for c in runs(mask)]
        segmentation = [
            [polygon],
            [polygon, [1, 1, 9, 1, 9, 9, 1.5, 9]],
            {"size": list(SHAPE), "counts": compressed["counts"].decode()},
            {"size": list(SHAPE), "counts": counts},
        ][i % 4]
        found.append(
            {
                "id": 100 * seed + i,
                "category_id": 1,
                "iscrowd": 0,
                "image_id": seed,
                "segmentation": segmentation,
                "area": 1.0,
                "bbox": [0, 0, 1, 1],
            }
        )
    return found


def runs(mask):
    flat = np.concatenate([[0], mask.ravel(order="F"), [1 - mask.ravel(order="F")[-1]]])
    changes = np.flatnonzero(np.diff(flat))
    return np.diff(np.concatenate([[0], changes]))


def content():
    return {
        "images": [
            {"id": i, "width": SHAPE[1], "height": SHAPE[0], "file_name": name}
            for i, name in enumerate(NAMES, 1)
        ],
        "annotations": annotations(1) + annotations(2),
        "categories": [{"id": 1, "name": "cell", "supercategory": "cell"}],
    }


def write(folder, content, images=None):
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "livecell_coco_test.json"
    path.write_text(json.dumps(content))
    for name in NAMES:
        where = (images or folder) / name
        where.parent.mkdir(parents=True, exist_ok=True)
        tifffile.imwrite(where, np.full(SHAPE, 128, np.uint8))
    return path


@pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")
def test_masks_are_those_of_pycocotools(tmp_path):
    path = write(tmp_path, content())
    assert detect(path).key == "livecell"
    reference = COCO(str(path))
    dataset = read_samples(path)
    assert [sample.group for sample in dataset] == ["A172", "SkBr3"]
    for image, sample in zip(reference.loadImgs([1, 2]), dataset, strict=True):
        expected = [
            reference.annToMask(a) for a in reference.loadAnns(reference.getAnnIds(image["id"]))
        ]
        truth = sample.truth["whole_cell"]
        assert sample.roles == ("phase",)
        assert sample.image.shape == (1, *SHAPE)
        assert np.sum(expected, 0).max() > 1
        assert len(truth) == len(expected) == 12
        for mask, other in zip(truth.masks, expected, strict=True):
            np.testing.assert_array_equal(coco_mask.decode(mask), other)


def test_annotations_as_a_dictionary(tmp_path):
    listed = read_samples(write(tmp_path / "a", content()))
    other = content()
    other["annotations"] = {str(a["id"]): a for a in other["annotations"]}
    keyed = read_samples(write(tmp_path / "b", other))
    assert keyed[1].truth["whole_cell"].masks == listed[1].truth["whole_cell"].masks


@pytest.mark.parametrize(
    "images",
    [
        ".",
        "images",
        "../images/livecell_test_images",
        "../../images/livecell_test_images/A172",
        "../livecell_train_val_images/any",
    ],
)
def test_where_livecell_keeps_its_images(tmp_path, images):
    folder = tmp_path / "annotations" / "LIVECell"
    folder.mkdir(parents=True)
    path = write(folder, content(), (folder / images).resolve())
    assert len(read_samples(path)[1].truth["whole_cell"]) == 12


def test_images_by_cell_type_and_the_folder_itself(tmp_path):
    path = write(tmp_path / "x", content())
    for name in NAMES:
        folder = path.parent / name.split("_")[0]
        folder.mkdir()
        (path.parent / name).rename(folder / name)
    assert [sample.group for sample in read_samples(path.parent)] == ["A172", "SkBr3"]


def test_a_folder_with_other_json_isnt_claimed(tmp_path):
    tifffile.imwrite(tmp_path / "a.tif", np.zeros(SHAPE, np.uint8))
    (tmp_path / "metadata.json").write_text('{"microscope": "x"}')
    assert detect(tmp_path) is None


def test_an_image_alone_and_a_folder_of_images(tmp_path):
    write(tmp_path, content()).unlink()
    (sample,) = read_samples(tmp_path / NAMES[1])
    assert (sample.roles, sample.group, sample.truth) == (("phase",), "SkBr3", {})
    assert [s.group for s in read_samples(tmp_path)] == ["A172", "SkBr3"]


def test_crowds_categories_and_what_encloses_nothing(tmp_path):
    mixed = content()
    mixed["categories"] = [{"id": 1, "name": "Nucleus"}, {"id": 2, "name": "cell"}]
    own = mixed["annotations"] = annotations(1)[:6]
    own[0]["category_id"] = own[1]["category_id"] = 2
    own[2]["iscrowd"] = 1
    own[4]["segmentation"] = [[3, 3, 9, 9]]
    own[5]["segmentation"] = []
    first, second = read_samples(write(tmp_path, mixed))
    assert {target: len(truth) for target, truth in first.truth.items()} == {
        "whole_cell": 2,
        "nucleus": 1,
    }
    assert len(first.metadata["crowds"]) == 1
    assert len(second.truth["nucleus"]) == 0


def test_missing_images_are_counted_and_named(tmp_path):
    path = write(tmp_path, content())
    (tmp_path / NAMES[1]).unlink()
    with pytest.raises(InputError, match=f"1 of the 2 images .* such as {NAMES[1]}"):
        read_samples(path)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('{"images": [', "can't be read"),
        ("", "can't be read"),
        ("[1, 2]", "isn't COCO"),
        ('{"A172_Phase_C7.tif": 12}', "isn't COCO.*A172"),
        ('{"images": [], "annotations": []}', "no images"),
        ('{"images": [{"id": 1}], "annotations": []}', "file_name"),
        ('{"images": 3, "annotations": []}', "can't be read"),
        ('{"images": [], "annotations": [{"id": 1}]}', "image_id"),
        ("\udcff", "can't be read"),
    ],
)
def test_json_that_isnt_coco(tmp_path, text, message):
    path = tmp_path / "a.json"
    path.write_bytes(text.encode("utf-8", "surrogateescape"))
    with pytest.raises(InputError, match=message):
        read_samples(path)


@pytest.mark.parametrize(
    "segmentation",
    [
        {"size": [60, 80]},
        [["a"] * 8],
        {"size": [60, 80], "counts": "\x00\x01"},
        {"size": [60, 80], "counts": ""},
        {"size": [60, 80], "counts": [4000, 900]},
    ],
)
def test_damaged_annotation(tmp_path, segmentation):
    damaged = content()
    damaged["annotations"][0]["segmentation"] = segmentation
    with pytest.raises(InputError, match="livecell_coco_test"):
        read_samples(write(tmp_path, damaged))[0]


def test_masks_of_another_shape(tmp_path):
    wrong = content()
    wrong["annotations"][2]["segmentation"] = {
        "size": [8, 8],
        "counts": coco_mask.encode(np.ones((8, 8), np.uint8, order="F"))["counts"].decode(),
    }
    with pytest.raises(InputError, match=r"\[8, 8\]"):
        read_samples(write(tmp_path, wrong))[0]


def one_cell(folder, annotation=(), image=(), **more):
    """Write an image of 60 x 80 with one square cell, changed as asked."""
    tifffile.imwrite(folder / "a.tif", np.full(SHAPE, 128, np.uint8))
    square = [[10, 20, 30, 20, 30, 40, 10, 40]]
    content = {
        "images": [{"id": 1, "file_name": "a.tif", "width": 80, "height": 60} | dict(image)],
        "annotations": [
            {"id": 1, "image_id": 1, "category_id": 1, "segmentation": square} | dict(annotation)
        ],
        "categories": [{"id": 1, "name": "cell"}],
    } | more
    path = folder / "a.json"
    path.write_text(json.dumps(content))
    return path


def area(sample):
    (mask,) = sample.truth["whole_cell"].masks
    return int(coco_mask.area(mask))


@pytest.mark.parametrize("ids", [(1, "1"), ("1", 1), (1.0, 1), ("x", "x"), (1, 1.0)])
def test_ids_match_by_value(tmp_path, ids):
    path = one_cell(tmp_path, {"image_id": ids[1]}, {"id": ids[0]})
    assert area(read_samples(path)[0]) == 400


def test_ids_that_fit_no_image(tmp_path):
    with pytest.raises(InputError, match=r"None of the 1 annotations .* belongs to an image"):
        read_samples(one_cell(tmp_path, {"image_id": 2}))
    path = one_cell(tmp_path)
    more = json.loads(path.read_text())
    more["annotations"].append(more["annotations"][0] | {"image_id": 7, "category_id": 9})
    path.write_text(json.dumps(more))
    assert read_samples(path)[0].notes == (
        "1 of the 2 annotations of a.json belong to no image.",
        "1 annotations of a.json have a category that isn't listed: taken as cells.",
        "2 annotations of a.json share their ids; all were taken.",
    )
    more["images"].append(more["images"][0])
    path.write_text(json.dumps(more))
    with pytest.raises(InputError, match="several images with the id 1"):
        read_samples(path)


def test_boxes_among_outlines_are_left_out_and_that_is_said(tmp_path):
    path = one_cell(tmp_path)
    content = json.loads(path.read_text())
    box = {"id": 2, "image_id": 1, "category_id": 1, "bbox": [1, 1, 5, 5]}
    content["annotations"] += [box, box | {"id": 3, "image_id": 2, "segmentation": []}]
    content["images"].append({"id": 2, "file_name": "b.tif"})
    tifffile.imwrite(tmp_path / "b.tif", np.full(SHAPE, 128, np.uint8))
    path.write_text(json.dumps(content))
    dataset = read_samples(path)
    assert (area(dataset[0]), dataset[0].notes[0][:21]) == (400, "1 of the 2 annotation")
    # Nothing is known of b, which is something else than that it has no cells.
    assert dataset[1].truth == {}
    assert [dataset.has_truth(i) for i in range(2)] == [True, False]


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_byte_order_marks(tmp_path, encoding):
    path = one_cell(tmp_path)
    path.write_text(path.read_text(), encoding=encoding)
    assert area(read_samples(path)[0]) == 400


@pytest.mark.parametrize(
    "segmentation",
    [
        [10, 20, 30, 20, 30, 40, 10, 40],
        [[10, 20], [30, 20], [30, 40], [10, 40]],
        [[[10, 20], [30, 20], [30, 40], [10, 40]]],
        [[10, 20, 30, 20, 30, 40, 10, 40], []],
        [[10, 20, 30, 20, 30, 40, 10, 40], [1, 1, 2, 2]],
    ],
)
def test_polygons_as_other_tools_nest_them(tmp_path, segmentation):
    assert area(read_samples(one_cell(tmp_path, {"segmentation": segmentation}))[0]) == 400


@pytest.mark.parametrize(
    ("segmentation", "expected"),
    [
        ([[-1e9, 20, 1e9, 20, 1e9, 40, -1e9, 40]], 20 * 80),
        ([[-(2**31), -(2**31), 2**31, -(2**31), 2**31, 2**31, -(2**31), 2**31]], 60 * 80),
        ([[-1e300, 20, 1e300, 20, 1e300, 40, -1e300, 40]], 20 * 80),
        ([[0, 0, 2**63, 0, 2**63, 60, 0, 60]], 60 * 80),
    ],
)
def test_coordinates_far_outside(tmp_path, segmentation, expected):
    assert area(read_samples(one_cell(tmp_path, {"segmentation": segmentation}))[0]) == expected


@pytest.mark.parametrize(
    "segmentation",
    [
        [[10, 20, 30, 20, 30]],
        [[10, 20, 30, float("nan"), 30, 40, 10, 40]],
        [[10, 20, 30, float("inf"), 30, 40, 10, 40]],
        [[[[10, 20, 30, 20, 30, 40]]]],
        [[[10, 20, 5], [30, 20, 5], [30, 40, 5]]],
        [{"x": 1}],
        "polygon",
        {"size": [60, 80], "counts": [-1, 4801]},
        {"size": [60, 80], "counts": [2**32, 4800]},
        {"size": [60, 80], "counts": [4800.0]},
        {"size": [60, 80], "counts": []},
        {"size": [60, 80], "counts": "oooooooooooooooo0"},
        {"size": [60, 80], "counts": "o"},
        {"size": [2**31, 2**31], "counts": [2**62]},
        {"counts": [4800]},
    ],
)
def test_outlines_that_are_none(tmp_path, segmentation):
    path = one_cell(tmp_path, {"segmentation": segmentation})
    with pytest.raises(InputError):
        read_samples(path)[0]


@pytest.mark.parametrize("crowd", [1, "1", True])
def test_crowds_however_they_are_written(tmp_path, crowd):
    (sample,) = read_samples(one_cell(tmp_path, {"iscrowd": crowd}))
    assert (len(sample.metadata["crowds"]), len(sample.truth["whole_cell"])) == (1, 0)
    (sample,) = read_samples(one_cell(tmp_path, {"iscrowd": "0"}))
    assert "crowds" not in sample.metadata


def test_nested_json(tmp_path):
    path = tmp_path / "a.json"
    path.write_text(100_000 * "[")
    with pytest.raises(InputError, match="nested too deeply"):
        read_samples(path)


@pytest.mark.parametrize(
    ("name", "where"),
    [
        (r"C:\data\A\x.tif", "images/A/x.tif"),
        ("/somebody/elses/A/x.tif", "images/A/x.tif"),
        (r"images\A\x.tif", "images/A/x.tif"),
        ("x.tif", "images/deep/er/x.tif"),
        ("../A/x.tif", "A/x.tif"),
    ],
)
def test_names_from_other_machines(tmp_path, name, where):
    path = one_cell(tmp_path, image={"file_name": name})
    (tmp_path / where).parent.mkdir(parents=True)
    (tmp_path / "a.tif").rename(tmp_path / where)
    assert read_samples(path).images == (tmp_path / where,)


def test_names_that_could_be_several_files(tmp_path):
    path = one_cell(tmp_path, image={"file_name": "C:/C/x.tif"})
    for folder in ("A", "B"):
        (tmp_path / "images" / folder).mkdir(parents=True)
        (tmp_path / "images" / folder / "x.tif").write_bytes((tmp_path / "a.tif").read_bytes())
    with pytest.raises(InputError, match=r"x.tif could be any of 2 files"):
        read_samples(path)
    content = json.loads(path.read_text())
    content["images"] = [
        content["images"][0] | {"id": i, "file_name": f"{i}/a.tif"} for i in (1, 2)
    ]
    (tmp_path / "images" / "a.tif").write_bytes((tmp_path / "a.tif").read_bytes())
    path.write_text(json.dumps(content))
    with pytest.raises(InputError, match=r"1/a.tif and 2/a.tif among them, of which only"):
        read_samples(path)


def test_cocos_own_layout(tmp_path):
    (tmp_path / "annotations").mkdir()
    path = one_cell(tmp_path / "annotations")
    path = path.rename(path.with_name("instances_val2014.json"))
    path.with_name("captions_val2014.json").write_text(path.read_text())
    (tmp_path / "val2014").mkdir()
    (tmp_path / "annotations" / "a.tif").rename(tmp_path / "val2014" / "a.tif")
    for opened in (path, tmp_path):
        assert detect(opened).key == "livecell"
        assert area(read_samples(opened)[0]) == 400
    path.with_name("instances_train2014.json").write_text(path.read_text())
    with pytest.raises(InputError, match=r"several files of annotations; open one: .*train2014"):
        read_samples(tmp_path)


def test_time_grows_with_the_number_of_images_no_faster(tmp_path):
    square = [[10, 20, 30, 20, 30, 40, 10, 40]]
    (tmp_path / "images").mkdir()
    seconds = []
    for count in (2_000, 8_000):
        for i in range(count):
            (tmp_path / "images" / f"{i}.tif").touch()
        content = {
            "images": [{"id": i, "file_name": f"C:\\x\\{i}.tif"} for i in range(count)],
            "annotations": [
                {"id": i, "image_id": i, "category_id": 1, "segmentation": square}
                for i in range(count)
            ],
        }
        path = tmp_path / "a.json"
        path.write_text(json.dumps(content))
        tries = []
        for _ in range(3):
            begun = time.process_time()
            assert len(read_samples(path)) == count
            tries.append(time.process_time() - begun)
        # What else the machine does only slows down.
        seconds.append(min(tries))
    # In proportion it would be 4 times, if each image looked at each other one 16 times.
    assert seconds[1] < 12 * seconds[0]
