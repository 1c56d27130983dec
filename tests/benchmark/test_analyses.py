"""The papers' analyses, against SciPy and pandas, and by hand."""

import xml.etree.ElementTree as ET

import numpy as np
import pandas as pd
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from napari_cellbench.benchmark.analyses import dsb, factors, neurips, people, seggal, transfer
from napari_cellbench.benchmark.measured import MICRO, named
from napari_cellbench.benchmark.plots import box, looks, number_axis
from napari_cellbench.benchmark.ranking import seggal_ranking
from napari_cellbench.benchmark.svg import svg
from napari_cellbench.checkpoints.evaluation import NUCLEI_DUAL, published, recommended
from napari_cellbench.scoring.annotators import agreement

from .tables_of import IOUS, row, table


def rows(n=12):
    random = np.random.default_rng(0)
    groups = ("lung", "colon", "spleen")
    return [
        row(f"i{i}", m, float(random.random()), n=int(random.integers(5, 50)), group=groups[i % 3])
        for i in range(n)
        for m in ("a", "b")
    ]


def test_f1_macro_and_micro_are_pandas():
    own = rows()
    found, pooled = dsb.f1_by_iou(named(table(own))), dsb.f1_by_iou(named(table(own)), MICRO)
    frame = pd.DataFrame(own)
    for name in ("a", "b"):
        mine = frame[frame.method == name]
        assert found[name] == pytest.approx(np.mean(mine.f1.tolist(), axis=0))
        tp, fp, fn = (np.sum(mine[key].tolist(), axis=0) for key in ("tp", "fp", "fn"))
        assert pooled[name] == pytest.approx(2 * tp / (2 * tp + fp + fn))
    plot = dsb.f1_plot(named(table(own)))
    assert [p[0] for p in plot.curves[0].points] == pytest.approx(IOUS)


@given(st.lists(st.floats(0, 1), min_size=1, max_size=50))
def test_a_box_is_matplotlibs(values):
    cbook = pytest.importorskip("matplotlib.cbook")
    (other,) = cbook.boxplot_stats(values)
    found = box(looks(["a"])["a"], 0, 1, values)
    assert [found.low, found.lower, found.middle, found.upper, found.high] == pytest.approx(
        [other[key] for key in ("whislo", "q1", "med", "q3", "whishi")], abs=1e-12
    )
    assert sorted(found.outliers) == pytest.approx(sorted(other["fliers"]))


@given(st.lists(st.floats(-1e6, 1e6), min_size=1))
def test_an_axis_holds_its_values_with_a_few_ticks(values):
    axis = number_axis("x", values)
    slack = 1e-6 * (abs(min(values)) + abs(max(values)))
    assert axis.low <= min(values) + slack
    assert axis.high >= max(values) - slack
    assert 2 <= len(axis.ticks) <= 8


def test_groups_have_a_box_for_each_method_and_errors_are_sums():
    own = rows()
    plot = dsb.group_plot(named(table(own)))
    frame = pd.DataFrame(own)
    frame["f1_70"] = [one[4] for one in frame.f1]
    medians = frame.groupby(["group", "method"], sort=False).f1_70.median()
    assert [one.middle for one in plot.boxes] == pytest.approx(medians.tolist())
    assert [text for _, text in plot.x.ticks] == ["lung (4)", "colon (4)", "spleen (4)"]
    (a, _) = dsb.object_errors(named(table(own))).iter_rows(named=True)
    mine = frame[frame.method == "a"]
    assert a["misses"] == sum(one[0] for one in mine.fn)
    assert (a["merges"], a["splits"]) == (24, 12)
    assert a["rate"] == pytest.approx((a["misses"] + a["extras"]) / mine.n_truth.sum())
    scores = dsb.competition_scores(named(table(own)))
    assert scores["a"] == pytest.approx(mine.dsb_score.mean())


def test_figures_are_drawings_that_hold_every_method():
    own = named(table(rows()))
    names = {"a", "b"}
    for plot in (
        dsb.f1_plot(own),
        dsb.group_plot(own),
        people.error_rate_plot(own),
        people.average_precision_plot(own),
    ):
        drawing = ET.fromstring(svg(plot, alone=True))
        texts = {one.text for one in drawing.iter("{http://www.w3.org/2000/svg}text")}
        assert names <= texts
        assert plot.title in texts
        numbers = [
            float(value)
            for one in drawing.iter()
            for key in ("cx", "cy", "x1", "y1")
            if (value := one.get(key))
        ]
        width, height = (float(v) for v in drawing.get("viewBox").split()[2:])
        assert max(numbers) <= max(width, height)
        assert min(numbers) >= 0


def test_tissues_are_means_in_order():
    own = rows()
    matrix = seggal.by_group(named(table(own)))
    means = pd.DataFrame(own).groupby(["method", "group"]).AP50.mean().unstack()
    for name, values in zip(matrix.rows, matrix.values, strict=True):
        assert dict(zip(matrix.columns[1:], values[1:], strict=True)) == pytest.approx(
            means.loc[name].to_dict()
        )
    order = means.mean().sort_values(ascending=False)
    assert list(matrix.columns[1:]) == list(order.index)
    assert seggal.by_group(named(table([row("x", "a")]))) is None


def test_a_regression_with_one_factor_is_scipys():
    random = np.random.default_rng(0)
    groups = [f"g{i}" for i in range(8)]
    size = dict(zip(groups, random.random(8), strict=True))
    score = {group: size[group] * 0.3 + 0.1 * random.random() for group in groups}
    found = factors.regression(score, {"size": size})
    x = stats.zscore(list(size.values()), ddof=1)
    other = stats.linregress(x, list(score.values()))
    assert found.coefficients["size"] == pytest.approx(other.slope)
    assert found.p["size"] == pytest.approx(other.pvalue)
    assert found.r_squared == pytest.approx(other.rvalue**2)


def test_a_regression_finds_what_it_was_made_of_without_lung_and_spleen():
    random = np.random.default_rng(1)
    groups = ["Lung", "spleen", *(f"g{i}" for i in range(8))]
    of_groups = {
        name: dict(zip(groups, random.random(len(groups)), strict=True)) for name in factors.FACTORS
    }
    kept = groups[2:]
    score = {
        g: 0.2 + 0.5 * of_groups["size"][g] - 0.1 * of_groups["elongation"][g] for g in groups
    } | {"Lung": 9.0}
    found = factors.regression(score, of_groups)
    assert found.groups == tuple(kept)
    spread = {name: np.std([of_groups[name][g] for g in kept], ddof=1) for name in of_groups}
    assert found.coefficients["size"] == pytest.approx(0.5 * spread["size"])
    assert found.coefficients["elongation"] == pytest.approx(-0.1 * spread["elongation"])
    assert found.coefficients["training images"] == pytest.approx(0, abs=1e-12)
    assert svg(factors.regression_plot({"m": found}))
    with pytest.raises(ValueError, match="too few"):
        factors.regression({g: score[g] for g in kept[:4]}, of_groups)
    with pytest.raises(ValueError, match="same size"):
        factors.regression(score, {"size": dict.fromkeys(groups, 1.0)})
    with pytest.raises(ValueError, match="told apart"):
        factors.regression(score, {"size": of_groups["size"], "area": of_groups["size"]})


def test_cells_count_once_however_many_methods():
    cells = pl.DataFrame(
        {
            "data_set": ["d"] * 5,
            "image": ["i"] * 5,
            "target": ["nucleus"] * 5,
            "method": ["a", "a", "b", "b", "b"],
            "label": [1, 2, 1, 2, None],
            "group": ["g"] * 5,
            "elongation": [0.5, 0.7, 0.5, 0.7, 0.1],
            "size": [10, 20, 10, 20, 999],
        }
    )
    found = factors.cell_factors(cells)
    assert found["size"]["g"] == 15
    assert found["elongation"]["g"] == pytest.approx(0.6)


def test_training_sets_by_what_was_tested_and_modalities():
    tissues = {"c-all": seggal.ALL, "c-lung": "lung", "c-colon": "colon"}
    own = [
        row(f"{group}{i}", "swin_s", value, group=group, checkpoint=checkpoint)
        for checkpoint, values in (
            ("c-lung", (0.5, 0.1)),
            ("c-all", (0.6, 0.3)),
            ("c-colon", (0.4, 0.9)),
        )
        for group, value in zip(("lung", "colon"), values, strict=True)
        for i in range(2)
    ]
    matrix = transfer.trained_on(named(table(own)), tissues)
    assert matrix.rows == ("All", "colon", "lung")
    assert matrix.columns == ("All", "lung", "colon")
    assert matrix.values[1] == pytest.approx((0.65, 0.4, 0.9))
    assert transfer.trained_on(named(table(own)), {"other": "x"}) is None
    same = row("i", "swin_s", 0.8, checkpoint="for-nuclei", task="nuclei")
    other = row("i", "swin_s", 0.1, checkpoint="for-nuclei", task="cells")
    moved = transfer.modality_transfer(named(table([same, other])), {"for-nuclei": "nuclei"})
    assert moved.columns == ("nuclei → nuclei", "nuclei → cells")
    assert moved.values == (pytest.approx((0.8, 0.1)),)


def test_standardised_hours_by_hand():
    # A batch of 16 and 100 epochs: twice the batch, half the epochs.
    assert seggal.standardised_time(10, 16, epochs=100) == pytest.approx(10)
    # 100,000 iterations of 32 on 6,400 images are 500 epochs.
    by_iterations = seggal.standardised_time(10, 32, iterations=100_000, images=6_400)
    assert by_iterations == pytest.approx(seggal.standardised_time(10, 32, epochs=500))
    with pytest.raises(ValueError, match="either"):
        seggal.standardised_time(10, 8)
    with pytest.raises(ValueError, match="either"):
        seggal.standardised_time(10, 8, epochs=5, iterations=5, images=5)


def test_guidelines_of_the_published_figures_are_figure_6():
    ranking = seggal_ranking()
    hours = {one.method: one.hours for one in published(NUCLEI_DUAL)}
    found = seggal.guidelines(ranking, "nuclei-dual", hours)
    assert {one.method for one in found} == {one.name for one in recommended(NUCLEI_DUAL)}
    centermask = next(one for one in found if one.method == "Centermask2")
    assert (centermask.accuracy, centermask.usability, centermask.hours) == ("good", "fair", "poor")
    assert [one.method for one in found][:3] == ["Swin-S", "Swin-T", "Cellpose"]


def test_the_challenges_tolerance():
    assert neurips.tolerated_seconds(500, 500) == 10
    assert neurips.tolerated_seconds(2000, 2000) == 40
    assert neurips.seconds_late(9, 10, 10) == 0
    assert neurips.seconds_late(42.5, 2000, 2000) == 2.5


def test_the_challenge_ranks_each_image_and_then_the_ranks():
    values = pl.DataFrame(
        {
            "data_set": ["d"] * 7,
            "image": ["1", "1", "2", "2", "3", "3", "4"],
            "entry": ["a", "b", "a", "b", "a", "b", "a"],
            "f1": [0.9, 0.8, 0.7, 0.6, 0.0, 0.5, 0.9],
            "late": [0.0, 0.0, 0.0, 0.0, None, 0.0, 5.0],
        }
    )
    first, second = neurips.challenge_ranking(values)
    # Image 4 isn't b's; ranks of a: (1, 1.5), (1, 1.5), (2, 2); of b: (2, 1.5), (2, 1.5), (1, 1).
    assert (first.method, first.f1, first.place) == ("a", 0.7, 1)
    assert (second.method, second.f1, second.place) == ("b", 0.6, 1)
    assert neurips.challenge_ranking(values.clear()) == ()


def test_people_are_lines_beside_methods():
    labels = np.zeros((40, 40), int)
    for k in range(4):
        labels[10 * k : 10 * k + 8, 2:10] = k + 1
    other = np.where(labels == 4, 0, labels)
    both = agreement([(labels, other)])
    own = named(table(rows()))
    plot = people.error_rate_plot(own, None, both)
    assert [value for value, _ in plot.levels] == [0.25, 0.125]
    curves = people.average_precision_plot(own, None, both)
    assert curves.lines[-1].name == "Between two annotators"
    assert curves.curves[-1].points[0] == (0.5, 0.75)


def test_accuracy_by_corrected_cells_is_in_their_order():
    plot = people.corrected_plot({"cpsam": [(100, 0.8), (0, 0.4)]})
    assert plot.curves[0].points == ((0, 0.4), (100, 0.8))
    assert svg(plot)
    with pytest.raises(ValueError, match="measurement"):
        people.corrected_plot({})
