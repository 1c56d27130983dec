"""Figures of results, against numpy and skimage."""

import csv
import io
import json

import numpy as np
import pytest
from pycocotools import mask as coco_mask
from skimage.measure import regionprops_table

from napari_cellbench.compare import Outcome, State, Status
from napari_cellbench.compare.table import columns, to_csv, to_json, to_markdown
from napari_cellbench.compare.tabulate import Result, Truth, row, rows
from napari_cellbench.data import Instances
from napari_cellbench.data.samples import demo_sample
from napari_cellbench.data.units import PixelSize
from napari_cellbench.engine import Segmentation
from napari_cellbench.errors import InputError
from napari_cellbench.scoring import score


@pytest.fixture(scope="module")
def nuclei() -> Instances:
    """The truth of the real image."""
    pytest.importorskip("stardist")
    return demo_sample().truth["nucleus"]


@pytest.fixture(scope="module")
def moved(nuclei) -> Instances:
    """A segmentation that is partly wrong: moved, and without some cells."""
    labels = np.roll(nuclei.to_labels(), 3, axis=1).copy()
    labels[labels % 5 == 0] = 0
    return Instances.from_labels(labels)


def done(*planes: Instances, cached: bool = False) -> Status:
    record = {"method": "watershed", "parameters": {"diameter": 30.0}}
    found = tuple(Segmentation(plane, record) for plane in planes)
    return Status(State.DONE, 1.0, outcome=Outcome(found, 1.5, 300 * 2**20, None, cached))


def test_count_and_area_are_skimages(moved):
    found = row(Result.of("moved", done(moved)), pixel_size=PixelSize(1.0, 0.25))
    areas = regionprops_table(moved.labels, properties=("area",))["area"]
    assert found.count == len(areas)
    assert found.median_area == np.median(areas)
    assert found.median_area_um2 == np.median(areas) / 4
    assert (found.seconds, found.peak_memory, found.cached) == (1.5, 300 * 2**20, False)
    assert found.score is None
    assert found.record["method"] == "watershed"


def test_overlapping_masks_are_whole(nuclei):
    masks = np.zeros((2, 40, 50), bool)
    masks[0, :20, :20], masks[1, 10:40, 10:30] = True, True
    found = Instances.from_masks(masks, (40, 50), scores=[0.9, 0.8])
    figures = row(Result("masks", None, (found,), {}))
    assert figures.median_area == np.median(coco_mask.area(list(found.masks)))
    assert figures.ranked
    assert (figures.state, figures.cached, figures.seconds) == (State.DONE, None, None)


def test_score_is_that_of_the_score_panel(nuclei, moved):
    truth = Truth("nuclei", (nuclei,))
    found = row(Result.of("moved", done(moved)), truth)
    assert found.score == score(nuclei, moved)
    assert 0 < found.score.AP50 < 1


def test_planes_count_together(nuclei, moved):
    truth = Truth("nuclei", (nuclei, nuclei))
    found = row(Result.of("two", done(nuclei, moved)), truth)
    assert found.count == len(nuclei) + len(moved)
    assert found.score.n_truth == 2 * len(nuclei)
    tp = sum(round(score(nuclei, p).precision[0] * len(p)) for p in (nuclei, moved))
    assert found.score.precision[0] == pytest.approx(tp / found.count)


def test_crowds_count_neither_way(nuclei):
    labels = nuclei.to_labels().copy()
    kept = Instances.from_labels(np.where(labels % 2, labels, 0))
    crowd = Instances.from_masks([*Instances.from_labels((labels % 2 == 0) * (labels > 0) * 1)
                                  .to_masks()], nuclei.shape)  # fmt: skip
    without = Truth("half", (kept,)).score([nuclei])
    within = Truth("half", (kept,), (crowd,)).score([nuclei])
    assert without.precision[0] < 1
    assert within.precision[0] == 1


def test_nothing_found_and_nothing_there(nuclei):
    empty = Instances.from_labels(np.zeros(nuclei.shape, np.int32))
    failed = Result.of("broken", Status(State.FAILED, message="Out of memory: | 1 GB\nmissing"))
    table = rows([Result.of("nothing", done(empty)), failed], Truth("t", (nuclei,)), 0.2)
    nothing, broken = table
    assert (nothing.count, nothing.median_area, nothing.score.f1[0]) == (0, None, 0)
    assert (broken.count, broken.score, broken.cached) == (None, None, None)
    assert broken.failure.startswith("Out of memory")
    text = to_markdown(table)
    assert "broken: Out of memory: | 1 GB missing" in text
    assert "nan" not in text.lower().replace("nanometre", "")


def test_size_that_does_not_fit_is_said(nuclei):
    small = Instances.from_labels(np.zeros((4, 4), np.int32))
    with pytest.raises(InputError, match="must be equal"):
        row(Result.of("small", done(small)), Truth("t", (nuclei,)))


def test_csv_has_every_column_at_full_precision(nuclei, moved):
    table = rows(
        [Result.of("a | b, c", done(moved, cached=True)), Result("mine", None, (nuclei,), {})],
        Truth("nuclei", (nuclei,)),
    )
    first, second = csv.DictReader(io.StringIO(to_csv(table)))
    assert first["Result"] == "a | b, c"
    assert float(first["mAP"]) == score(nuclei, moved).mAP
    assert float(first["Memory (MiB)"]) == 300
    assert (first["Cached"], second["Cached"], second["Time (s)"]) == ("yes", "", "")
    assert {c.title for c in columns(table)} <= set(first)
    assert "Area (µm²)" not in first
    assert r"| a \| b, c | " in to_markdown(table)


def test_json_defines_its_figures(nuclei, moved):
    table = rows([Result.of("moved", done(moved))], Truth("nuclei", (nuclei,)))
    record = json.loads(to_json(table, {"image": "nuclei.tif"}))
    (one,) = record["results"]
    assert record["image"] == "nuclei.tif"
    assert one["score"] == score(nuclei, moved).to_dict()
    assert one["provenance"]["parameters"] == {"diameter": 30.0}
    assert {"mAP", "pq", "f1", "error_rate"} <= set(record["definitions"])
