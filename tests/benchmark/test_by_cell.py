"""Errors and sizes of cells, against pandas."""

import numpy as np
import pandas as pd
import polars as pl
import pytest

from napari_cellbench.benchmark.by_cell import BINS, cells_of, kinds_of_error, size_dependence
from napari_cellbench.benchmark.measured import named
from napari_cellbench.benchmark.tables import CELLS

from .tables_of import row, table

OF_TRUE = ("matched", "missed", "outline", "split", "merged", "mixed")
OF_OTHER = ("outline", "split", "merged", "mixed", "extra")


def cells(methods=("a", "b"), images=8, seed=0) -> pl.DataFrame:
    """Cells of which large ones are found more often, and predictions without a match."""
    rng, rows = np.random.default_rng(seed), []
    for i in range(images):
        sizes = rng.integers(20, 400, 30)
        for m, method in enumerate(methods):
            own = {"data_set": "d", "image": f"i{i}", "target": "nucleus", "method": method}
            for label, size in enumerate(sizes.tolist(), 1):
                found = rng.uniform() < size / 400 * (1 - 0.4 * m)
                kind = "matched" if found else str(rng.choice(OF_TRUE[1:]))
                iou = rng.uniform(0.5, 1) if found else 0.2
                rows.append({**own, "kind": kind, "label": label, "size": size, "iou": iou})
            rows += [
                {**own, "kind": str(rng.choice(OF_OTHER)), "prediction": 100 + k, "size": 50}
                for k in range(7)
            ]
    return pl.DataFrame({k: [one.get(k) for one in rows] for k in CELLS}, schema=CELLS)


def rows_of(methods=("a", "b"), images=8) -> pl.DataFrame:
    return named(table([row(f"i{i}", m) for i in range(images) for m in methods]))


def test_cells_have_the_entry_of_their_row():
    whole = cells()
    found = cells_of(rows_of(), whole)
    assert found.height == whole.height
    assert (found["entry"] == found["method"]).all()
    # Task and checkpoint are null, and null is equal to null here.
    assert cells_of(rows_of(images=3), whole)["image"].unique().sort().to_list() == [
        "i0",
        "i1",
        "i2",
    ]


def test_kinds_are_shares_of_their_side():
    frame = pd.DataFrame(cells().to_dict(as_series=False))
    found = kinds_of_error(cells_of(rows_of(), cells()))
    assert found.height == 4
    for one in found.iter_rows(named=True):
        is_true = one["side"] == "true"
        own = frame[(frame.method == one["entry"]) & (frame.label.notna() == is_true)]
        assert one["cells"] == len(own)
        shares = own.kind.value_counts(normalize=True)
        for kind in OF_TRUE if is_true else OF_OTHER:
            assert one[kind] == pytest.approx(shares.get(kind, 0.0))
    assert found.filter(side="true")["extra"].null_count() == 2
    assert found.filter(side="prediction")["matched"].null_count() == 2


def test_found_by_size_is_pandas_and_bins_are_the_same_for_all():
    frame = pd.DataFrame(cells().to_dict(as_series=False)).dropna(subset="label")
    found = size_dependence(cells_of(rows_of(), cells()))
    sizes = frame[frame.method == "a"]["size"]
    edges = np.quantile(sizes, np.linspace(0, 1, BINS + 1))
    for name, bins in found.items():
        own = frame[frame.method == name]
        inner = [-np.inf, *edges[1:-1], np.inf]
        by = own.groupby(pd.cut(own["size"], inner, right=False), observed=False)
        assert [one.cells for one in bins] == by.size().tolist()
        shares = by.kind.agg(lambda kinds: (kinds == "matched").mean())
        assert [one.found.value for one in bins] == pytest.approx(shares.tolist())
        matched = own[own.kind == "matched"]
        iou = matched.groupby(pd.cut(matched["size"], inner, right=False), observed=False).iou
        assert [one.iou for one in bins] == pytest.approx(iou.mean().tolist())
        for one in bins:
            assert 0 <= one.found.low <= one.found.value <= one.found.high <= 1
    # As they were made: the larger the easier, and b finds less.
    assert found["a"][0].found.high < found["a"][-1].found.low
    assert found["b"][-1].found.value < found["a"][-1].found.value


def test_intervals_are_of_images_and_the_same_each_time():
    # Two images in which everything or nothing is found: cells would be sure, images aren't.
    rows = [
        {
            "data_set": "d",
            "image": f"i{i}",
            "target": "nucleus",
            "method": "a",
            "kind": "matched" if i % 2 else "missed",
            "label": k + 1,
            "size": 40 + k,
            "iou": 0.8,
        }
        for i in range(6)
        for k in range(100)
    ]
    whole = pl.DataFrame({k: [one.get(k) for one in rows] for k in CELLS}, schema=CELLS)
    about = cells_of(rows_of(("a",), 6), whole)
    (only,) = size_dependence(about, 1)["a"]
    assert only.found.value == 0.5
    assert only.found.high - only.found.low > 0.4
    assert size_dependence(about.sample(fraction=1, shuffle=True, seed=3), 1)["a"] == (only,)


def test_images_that_a_method_has_not_ended_are_left_out():
    whole = cells()
    part = whole.filter(~((pl.col("method") == "b") & (pl.col("image") == "i0")))
    found = size_dependence(cells_of(rows_of(), part))
    assert sum(one.cells for one in found["a"]) == sum(one.cells for one in found["b"]) == 7 * 30


def test_nothing_in_common_and_nothing_at_all():
    assert size_dependence(cells_of(rows_of(), cells().clear())) == {}
    assert kinds_of_error(cells_of(rows_of(), cells().clear())).is_empty()
    half = pl.col("image") < "i4"
    apart = cells().filter((half & (pl.col("method") == "a")) | (~half & (pl.col("method") == "b")))
    assert size_dependence(cells_of(rows_of(), apart)) == {}


def test_cells_of_one_size_are_one_bin():
    flat = cells().with_columns(size=pl.lit(30, pl.Int64))
    (only,) = size_dependence(cells_of(rows_of(), flat))["a"]
    assert (only.low, only.high, only.cells) == (30, 31, 240)


def test_what_failed_missed_the_true_cells_of_its_image():
    whole = cells()
    rows = rows_of().with_columns(
        state=pl.when((pl.col("method") == "b") & (pl.col("image") == "i2"))
        .then(pl.lit("failed"))
        .otherwise("state")
    )
    part = whole.filter(~((pl.col("method") == "b") & (pl.col("image") == "i2")))
    found = cells_of(rows, part)
    lost = found.filter(entry="b", image="i2")
    assert lost["kind"].unique().to_list() == ["missed"]
    assert lost["method"].unique().to_list() == ["b"]
    own = whole.filter(pl.col("label").is_not_null(), method="a", image="i2")
    assert lost.select("label", "size").sort("label").equals(own.select("label", "size"))
    by = kinds_of_error(found)
    assert by.filter(side="true")["cells"].to_list() == [240, 240]
