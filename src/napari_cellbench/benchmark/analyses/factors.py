"""What makes a tissue hard for a method: the systematic evaluation's regression, Figure 3b.

Wang et al., A systematic evaluation of computation methods for cell segmentation. The paper's
accuracies are COCO's of the whole test set; those here are macro, means over its images.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl

from ..plots import Axis, Curve, Plot, looks, number_axis

SCARCE = ("lung", "spleen")
"""Tissues that the paper leaves out of its regression, having very few training images."""
FACTORS = ("training images", "elongation", "size")


@dataclass(frozen=True)
class Regression:
    """What accuracy goes along with.

    Attributes
    ----------
    coefficients
        Change of mAP by a standard deviation of each factor.
    p
        Two-sided, of each coefficient being 0.
    r_squared
        Share of the variance that the factors explain.
    groups
        That were counted.
    """

    coefficients: Mapping[str, float]
    p: Mapping[str, float]
    r_squared: float
    groups: tuple[str, ...]


def regression(
    mean_ap: Mapping[str, float],
    factors: Mapping[str, Mapping[str, float]],
    leave_out: Sequence[str] = SCARCE,
) -> Regression:
    """Regress a method's mAP by group on what the groups are like (Figure 3b).

    mAP_g = b0 + b1 n_g + b2 e_g + b3 s_g + error, least squares: number of training images,
    elongation and size of the cells, each scaled to a standard deviation of 1 so that coefficients
    can be compared. The paper leaves out lung and spleen, and convexity, which hardly varies.

    Parameters
    ----------
    mean_ap
        Of each group, macro.
    factors
        By their names, of each group.
    leave_out
        Groups that don't count, whatever their case.

    Raises
    ------
    ValueError
        If there are no more groups than coefficients, or a factor is the same in all.
    """
    from scipy.special import stdtr

    names = tuple(factors)
    groups = tuple(
        group
        for group in mean_ap
        if group.lower() not in leave_out and all(group in factors[name] for name in names)
    )
    freedom = len(groups) - len(names) - 1
    if freedom < 1:
        raise ValueError(
            f"{len(groups)} groups are too few for {len(names)} factors: there must be at least "
            f"{len(names) + 2}."
        )
    columns = np.array([[factors[name][group] for group in groups] for name in names], float)
    spread = columns.std(axis=1, ddof=1, keepdims=True)
    if not spread.all():
        flat = ", ".join(names[i] for i in np.flatnonzero(spread == 0))
        raise ValueError(f"All groups have the same {flat}.")
    scaled = (columns - columns.mean(axis=1, keepdims=True)) / spread
    design = np.column_stack([np.ones(len(groups)), *scaled])
    response = np.array([mean_ap[group] for group in groups], float)
    found, _, rank, _ = np.linalg.lstsq(design, response)
    if rank < design.shape[1]:
        raise ValueError("The factors can't be told apart: one follows from the others.")
    residual = response - design @ found
    total = float(((response - response.mean()) ** 2).sum())
    unexplained = float((residual**2).sum())
    error = np.sqrt(unexplained / freedom * np.diag(np.linalg.inv(design.T @ design)))
    with np.errstate(divide="ignore"):
        p = 2 * stdtr(freedom, -np.abs(found / error))
    return Regression(
        dict(zip(names, found[1:].tolist(), strict=True)),
        dict(zip(names, p[1:].tolist(), strict=True)),
        1 - unexplained / total if total else float("nan"),
        groups,
    )


def cell_factors(cells: pl.DataFrame) -> dict[str, dict[str, float]]:
    """Return mean elongation and size of the true cells of each group.

    Elongation is e_b / e_a, the ratio of the eigenvalues of the boundary's covariance, 1 for a
    round cell; size is in pixels ("Cell morphology"). Each true cell counts once, however many
    methods were run.
    """
    key = ["data_set", "image", "target", "label"]
    true = cells.filter(pl.col("label").is_not_null() & pl.col("group").is_not_null()).unique(key)
    means = true.group_by("group").agg(pl.col("elongation", "size").mean())
    return {name: dict(means.select("group", name).iter_rows()) for name in ("elongation", "size")}


def regression_plot(found: Mapping[str, Regression]) -> Plot:
    """Draw the coefficients of each method's regression (Figure 3b)."""
    how = looks(tuple(found))
    names = tuple(next(iter(found.values())).coefficients)
    values = [v for one in found.values() for v in one.coefficients.values()]
    return Plot(
        "regression",
        "What accuracy goes along with",
        "Change of mAP by a standard deviation of a factor: least squares over groups, mAP macro "
        "(systematic evaluation, Figure 3b; without lung and spleen).",
        Axis("", -0.5, len(names) - 0.5, tuple(enumerate(names))),
        number_axis("Coefficient", [0.0, *values]),
        tuple(how.values()),
        tuple(
            Curve(
                how[entry],
                tuple((float(i), one.coefficients[name]) for i, name in enumerate(names)),
                is_joined=False,
            )
            for entry, one in found.items()
        ),
        levels=((0.0, ""),),
    )
