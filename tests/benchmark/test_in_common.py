"""Counts on the same images for every method."""

import numpy as np
import pytest

from napari_cellbench.benchmark.analyses.dsb import object_errors
from napari_cellbench.benchmark.in_common import in_common
from napari_cellbench.benchmark.measured import micro, named

from .tables_of import row, table


def failed(image: str, method: str) -> dict:
    keys = ("data_set", "image", "target", "method")
    return {k: v for k, v in row(image, method).items() if k in keys} | {"state": "failed"}


def counts(rows):
    return {one["entry"]: one for one in object_errors(rows).iter_rows(named=True)}


def test_an_image_that_one_has_not_ended_counts_for_nobody():
    rows = named(table([row("a", "x"), row("b", "x", n=500), row("a", "y")]))
    assert counts(rows)["x"]["true"] == 520
    assert counts(in_common(rows))["x"]["true"] == counts(in_common(rows))["y"]["true"] == 20


def test_what_failed_missed_every_cell():
    rows = named(table([row("a", "x", 0.9), row("b", "x", 0.9, n=30), row("a", "y", 0.9)]))
    more = named(table([*_plain(rows), failed("b", "y")]))
    found = counts(in_common(more))
    own = counts(rows)["y"]
    assert found["y"]["misses"] == own["misses"] + 30
    assert found["y"]["extras"] == own["extras"]
    assert found["y"]["true"] == found["x"]["true"] == 50
    f1 = {one["entry"]: one["f1"] for one in micro(in_common(more)).iter_rows(named=True)}
    tp, fp, fn = (np.array(rows.filter(entry="y")[name][0]) for name in ("tp", "fp", "fn"))
    assert f1["y"] == pytest.approx(2 * tp / (2 * tp + fp + fn + 30))


def test_what_all_failed_on_is_left_out():
    rows = named(table([row("a", "x"), row("a", "y"), failed("b", "x"), failed("b", "y")]))
    assert in_common(rows)["image"].unique().to_list() == ["a"]
    assert in_common(named(table([failed("b", "x")]))).is_empty()


def test_experiments_are_apart():
    # z has one data set alone: that it lacks the other changes nothing there.
    rows = named(table([row("a", "x"), row("a", "z", data_set="e"), row("a", "x", data_set="e")]))
    assert in_common(rows).height == 3


def test_without_failures_nothing_changes():
    rows = named(table([row(image, method) for image in "abc" for method in "xy"]))
    assert in_common(rows).equals(rows)


def _plain(rows):
    return rows.iter_rows(named=True)
