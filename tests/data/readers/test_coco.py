import json

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
        None,
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
