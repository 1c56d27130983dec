"""The ranking: the published one again, and one's own."""

import json

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from napari_cellbench.benchmark.folder import Header, write_header
from napari_cellbench.benchmark.measured import micro, named, side_by_side
from napari_cellbench.benchmark.ranking import (
    normalised,
    rank,
    scalability_score,
    seggal_ranking,
    usability_score,
)
from napari_cellbench.checkpoints.evaluation import NUCLEI_DUAL, published
from napari_cellbench.cli import main
from napari_cellbench.errors import InputError

from .tables_of import row, table

PAPER = {
    "swin_s": "0.613",
    "swin_t": "0.613",
    "cellpose_unet": "0.606",
    "cascade_mask_rcnn_seesaw": "0.603",
    "solov2": "0.537",
    "centermask2": "0.528",
    "res2net": "0.528",
    "resnest": "0.515",
    "rf_next": "0.507",
    "hrnet": "0.502",
    "stardist": "0.502",
    "segment_anything": "0.443",
    "mask2former": "0.442",
    "mask_rcnn": "0.439",
    "retinamask": "0.358",
    "mesmer": "0.342",
    "ms_rcnn": "0.339",
    "featurenet": "0.250",
}


def test_published_figures_give_the_published_ranking():
    found = seggal_ranking().standings
    assert [one.method for one in found] == list(PAPER)
    assert [f"{one.overall:.3f}" for one in found] == list(PAPER.values())


def test_the_published_order_is_ours_but_for_ties():
    ours = {one.method: one for one in seggal_ranking().standings}
    places = [one.method for one in published(NUCLEI_DUAL)]
    for i, better in enumerate(places):
        for worse in places[i + 1 :]:
            assert ours[better].overall >= ours[worse].overall - 0.02


def test_the_scheme_again_with_pandas():
    file = [
        (one["method"], one["target"], tuple(one["channels"]), one["figures"])
        for one in json.loads(_gallery())
        if one["trained_on"].endswith(("all types", "all cell types"))
    ]
    frame = pd.DataFrame(
        [(m, t, c, f["accuracy"], f["usability"], f["scalability_hours"]) for m, t, c, f in file],
        columns=["method", "target", "channels", "accuracy", "usability", "hours"],
    )
    assert len(frame) == 90
    frame["set"] = frame.channels.map(lambda c: "phase" if c == ("phase",) else "tissuenet")
    hours = frame.groupby(["method", "set", "target"]).hours.mean().unstack(["set", "target"])
    times = stats.norm.cdf((hours - hours.mean()) / hours.std())
    scalability = pd.Series(1 - times.mean(axis=1), hours.index)
    sums = frame.groupby("method").accuracy.sum() + frame.groupby("method").usability.first()
    overall = (sums + scalability) / 7
    found = {one.method: one.overall for one in seggal_ranking().standings}
    for method, value in overall.items():
        assert found[method] == pytest.approx(value, abs=1e-12)


def _gallery() -> bytes:
    from importlib.resources import files

    return (files("napari_cellbench.checkpoints") / "seggal.json").read_bytes()


@given(st.lists(st.integers(-1000, 1000), min_size=2, max_size=30))
def test_normalised_values_keep_their_order_and_lie_between_0_and_1(values):
    found = normalised(np.array(values, float))
    assert np.all((found > 0) & (found < 1))
    assert np.all(np.diff(found[np.argsort(values, kind="stable")]) >= 0)
    if len(set(values)) > 1:
        assert found == pytest.approx(stats.norm.cdf(stats.zscore(values, ddof=1)))
    else:
        assert np.all(found == 0.5)


@given(st.permutations(range(6)))
def test_the_order_of_methods_doesnt_matter(order):
    times = np.random.default_rng(0).random((3, 6))
    shuffled = scalability_score(times[:, order])
    assert shuffled == pytest.approx(scalability_score(times)[list(order)])


def test_usability_is_the_mean_of_three():
    raw = np.array([[1, 5, 9], [2, 2, 8], [3, 4, 5]], float)
    assert usability_score(*raw) == pytest.approx(
        stats.norm.cdf(stats.zscore(raw, axis=1, ddof=1)).mean(axis=0)
    )


def results(seed, n=40, **more):
    random = np.random.default_rng(seed)
    for i in range(n):
        hard = 0.3 * random.random()
        yield row(f"i{i}", "swin_s", 0.9 - hard, **more)
        yield row(f"i{i}", "hrnet", 0.6 - hard + 0.02 * random.random(), **more)
        yield row(f"i{i}", "res2net", 0.6 - hard + 0.02 * random.random(), **more)


def test_ones_own_results_are_ranked_with_intervals_and_ties():
    rows = [*results(1, task="nuclei"), *results(2, task="nuclei-dual")]
    first, second, third = rank(named(table(rows))).standings
    assert first.method == "swin_s"
    assert not first.ties
    assert second.ties == (third.method,)
    assert third.ties == (second.method,)
    assert first.low < first.overall < first.high
    mine = pd.DataFrame(rows).groupby(["task", "method"]).AP50.mean().unstack("task")
    assert first.accuracy == pytest.approx(mine.loc["swin_s"].mean())
    assert first.tasks["nuclei"] == pytest.approx(mine.loc["swin_s", "nuclei"])
    assert first.usability == 0.69
    assert first.scalability == 0.5
    assert first.overall == pytest.approx((2 * first.accuracy + 0.69 + 0.5) / 4)


def test_only_images_that_all_methods_have_count_and_what_failed_counts_nothing():
    rows = [
        row("a", "swin_s", 0.8), row("a", "solov2", 0.6),
        row("b", "swin_s", 0.4), {**row("b", "solov2"), "state": "failed", "AP50": None},
        row("c", "swin_s", 0.1),
        row("d", "swin_s", 0.5, AP75=None), row("d", "solov2", 0.5, AP75=None),
    ]  # fmt: skip
    ranking = rank(named(table(rows)))
    means = {one.method: one.accuracy for one in ranking.standings}
    assert means == pytest.approx({"swin_s": 0.6, "solov2": 0.3})
    assert any("2 images are left out" in note for note in ranking.notes)
    assert "1 images failed." in ranking.notes


def test_a_method_without_an_experiment_comes_last_and_has_no_overall():
    rows = [row("a", "swin_s", 0.5), row("a", "swin_s", 0.5, data_set="e"), row("a", "solov2", 1)]
    last = rank(named(table(rows))).standings[-1]
    assert last.method == "solov2"
    assert last.overall is None
    assert last.accuracy is None


def test_checkpoints_are_told_apart_where_a_method_has_several():
    rows = [
        row("a", "stardist", 0.5, checkpoint="x"),
        row("a", "stardist", 0.6, checkpoint="y"),
        row("a", "solov2", checkpoint="z"),
    ]
    names = named(table(rows))["entry"].to_list()
    assert names == ["stardist · x", "stardist · y", "solov2"]
    # One for each experiment is one entry.
    rows[1] |= {"data_set": "e"}
    assert named(table(rows))["entry"].to_list() == ["stardist", "stardist", "solov2"]


def test_micro_and_macro_are_different_means():
    rows = named(table([row("few", "m", 1.0, n=10), row("many", "m", 0.5, n=90)]))
    (pooled,) = micro(rows).iter_rows(named=True)
    assert pooled["f1"][0] == pytest.approx((10 + 45) / 100)
    from napari_cellbench.benchmark.measured import at_iou

    assert side_by_side(rows, at_iou("f1", 0)).values.mean() == pytest.approx(0.75)


def test_the_command_prints_a_list_or_a_table(capsys, tmp_path):
    assert main(["ranking", "seggal", "--json"]) == 0
    printed = json.loads(capsys.readouterr().out)
    assert [one["method"] for one in printed] == list(PAPER)
    assert {"overall", "accuracy", "usability", "scalability"} <= set(printed[0])
    assert main(["ranking", "seggal"]) == 0
    first, second, *_ = capsys.readouterr().out.splitlines()
    assert first.split()[:2] == ["Method", "Overall"]
    assert second.split() == ["1", "Swin-S", "0.613", "0.590", "0.690", "0.649"]
    assert main(["ranking", str(tmp_path)]) == 2
    assert "no evaluation" in capsys.readouterr().err


def test_nothing_ended_yet_is_said(capsys, tmp_path):
    write_header(tmp_path, Header())
    assert main(["ranking", str(tmp_path)]) == 2
    assert "No image has ended yet" in capsys.readouterr().err
    with pytest.raises(InputError):
        rank(named(table([])))
