"""What a report says of cells, of the same images for every method, and of Wilcoxon's test."""

import numpy as np
import polars as pl
import pytest
from scipy import stats

from napari_cellbench.benchmark.folder import Header, write_header
from napari_cellbench.benchmark.report.contents import report_of, to_json
from napari_cellbench.benchmark.report.site import write_site
from napari_cellbench.benchmark.scored import figures_and_cells
from napari_cellbench.benchmark.store import Store
from napari_cellbench.data import Instances


def squares(seed: int) -> np.ndarray:
    sides = np.random.default_rng(seed).integers(6, 24, 16)
    labels = np.zeros((128, 128), np.int32)
    for k, side in enumerate(sides.tolist()):
        y, x = 32 * (k // 4) + 2, 32 * (k % 4) + 2
        labels[y : y + side, x : x + side] = k + 1
    return labels


def record(image: str, method: str, found: tuple | None) -> dict:
    row = {"data_set": "set", "image": image, "target": "nucleus", "method": method}
    if found is None:
        return {"image": {**row, "state": "failed", "error": "Out of memory."}}
    return {"image": {**row, "state": "done", **found[0], "seconds": 1.0}, "cells": found[1]}


@pytest.fixture
def folder(tmp_path):
    """Eight images on which one method shifts cells by 1 pixel and another by 3.

    The second has not ended the last image, and failed on the first.
    """
    write_header(tmp_path, Header())
    with Store(tmp_path) as store:
        for i in range(8):
            labels = squares(i)
            truth = Instances.from_labels(labels)
            for method, shift in (("near", 1), ("far", 3)):
                if method == "far" and i == 7:
                    continue
                found = Instances.from_labels(np.roll(labels, shift, axis=1))
                failed = method == "far" and i == 0
                scored = None if failed else figures_and_cells(truth, found)
                store.add(record(f"i{i}", method, scored))
    return tmp_path


def test_sums_are_over_the_same_images(folder):
    (experiment,) = report_of(folder).experiments
    rows = {row["method"]: row for row in experiment.methods}
    assert rows["near"]["true"] == rows["far"]["true"] == 7 * 16
    # A square of side s that is shifted by 3 has IoU (s - 3) / (s + 3): at least 0.5 from 9.
    small = {i: int((np.bincount(squares(i).ravel())[1:] < 81).sum()) for i in range(8)}
    assert rows["far"]["misses"] == 16 + sum(small[i] for i in range(1, 7))
    assert rows["near"]["misses"] == 0


def test_small_squares_are_missed_and_the_report_says_so(folder):
    (experiment,) = report_of(folder).experiments
    near, far = experiment.sizes["near"], experiment.sizes["far"]
    assert all(one.found.value == 1 for one in near)
    assert far[0].found.value < far[-1].found.value < 1
    assert sum(one.cells for one in far) == 112
    assert experiment.kinds.rows == ("near", "far")
    near_row, far_row = experiment.kinds.values
    assert near_row == (1, 0, 0, 0, 0, 0)
    assert sum(far_row) == pytest.approx(1)
    # The image that failed has 16 cells of 112, all missed; shifts miss none, but are inexact.
    assert far_row[1] == pytest.approx(16 / 112)
    assert far_row[0] < 1
    assert "found-by-size" in [plot.key for plot in experiment.plots]


def test_wilcoxon_stands_beside_the_other_test(folder):
    report = report_of(folder)
    (experiment,) = report.experiments
    (pair,) = to_json(report)["experiments"][0]["pairs"]
    table = experiment.rows.filter(pl.col("image") != "i7").pivot(
        "method", index="image", values="task_accuracy"
    )
    expected = stats.wilcoxon(table["near"], table["far"].fill_null(0), method="exact").pvalue
    assert pair["images"] == 7
    assert pair["p_signed_rank"] == pytest.approx(expected)


def test_the_page_shows_and_offers_it(folder, tmp_path):
    report = report_of(folder)
    text = write_site(report, tmp_path / "site").read_text("utf-8")
    for words in ("What became of the true cells", "True cells that are found, by size"):
        assert words in text
    images = pl.read_parquet(tmp_path / "site" / "data" / "images.parquet")
    assert images.height == report.done + report.failed == 15
    assert images["f1"].drop_nulls().list.len().unique().to_list() == [10]


def test_a_report_without_any_common_image_has_what_it_can(tmp_path):
    write_header(tmp_path, Header())
    truth = Instances.from_labels(squares(0))
    with Store(tmp_path) as store:
        store.add(record("i0", "near", figures_and_cells(truth, truth)))
        store.add(record("i1", "far", figures_and_cells(truth, truth)))
    report = report_of(tmp_path)
    (experiment,) = report.experiments
    assert (experiment.images, experiment.kinds, experiment.sizes) == (0, None, {})
    assert write_site(report, tmp_path / "site").exists()
