"""The published table, against the page that it comes from."""

import json
from statistics import NormalDist, mean, stdev

import pytest

from napari_cellbench.checkpoints.evaluation import (
    CELLS,
    CELLS_DUAL,
    NUCLEI,
    NUCLEI_DUAL,
    PHASE,
    TASKS,
    published,
    recommended,
    trained_on_one_tissue,
)


@pytest.mark.parametrize("task", TASKS)
def test_eighteen_methods_in_one_order(task):
    names = [entry.name for entry in published(task)]
    assert len(set(names)) == 18
    assert names == [entry.name for entry in published(NUCLEI)]
    assert [entry.overall for entry in published(task)] == list(range(1, 19))


def test_figures_are_those_of_the_page(shared):
    rows = json.loads((shared / "seggal-gallery.json").read_text())
    dual = [
        (row["method"], float(row["accuracy"]), float(row["scalability_hours"]))
        for row in rows
        if row["training_data"] == "All"
        and row["target"].startswith("Whole")
        and row["channels"].startswith("Dual")
    ]
    assert [(e.name, e.accuracy, e.hours) for e in published(CELLS_DUAL)] == dual


def test_order_of_the_page_is_that_of_the_papers_ranking_scheme():
    """The scheme of the paper's Methods, on the page's rounded figures."""
    tables = {task: {e.method: e for e in published(task)} for task in TASKS}
    groups = [(NUCLEI, NUCLEI_DUAL), (CELLS, CELLS_DUAL), (PHASE,)]
    methods = list(tables[NUCLEI])
    times = []
    for group in groups:
        hours = [mean(tables[task][method].hours for task in group) for method in methods]
        times.append([NormalDist(mean(hours), stdev(hours)).cdf(hour) for hour in hours])
    overall = [
        mean(
            [
                *(tables[task][method].accuracy for task in TASKS),
                tables[NUCLEI][method].usability,
                1 - mean(time[i] for time in times),
            ]
        )
        for i, method in enumerate(methods)
    ]
    for earlier in range(len(methods)):
        for later in range(earlier + 1, len(methods)):
            assert overall[earlier] > overall[later] - 0.02


@pytest.mark.parametrize(
    ("task", "names"),
    [
        # The best three overall, then who is among the most accurate three, by the table.
        (NUCLEI_DUAL, ["Swin-S", "Swin-T", "Cellpose", "Centermask2", "ResNeSt"]),
        (NUCLEI, ["Swin-S", "Swin-T", "Cellpose"]),
        (CELLS_DUAL, ["Swin-S", "Swin-T", "Cellpose", "Centermask2", "ResNeSt"]),
        (
            CELLS,
            ["Swin-S", "Swin-T", "Cellpose", "Cascade Mask RCNN seesaw", "StarDist"],
        ),
        (PHASE, ["Swin-S", "Swin-T", "Cellpose", "Centermask2", "ResNeSt"]),
    ],
)
def test_recommended(task, names):
    assert [entry.name for entry in recommended(task)] == names


def test_models_of_one_tissue():
    assert len(trained_on_one_tissue(NUCLEI)) == 10
    assert set(trained_on_one_tissue(PHASE)) == {
        "A172",
        "BT-474",
        "BV-2",
        "Huh7",
        "MCF7",
        "SH-SY5Y",
        "SK-OV-3",
        "SkBr3",
    }
