"""The shape of a layer's cells as its features, which napari shows and can colour by."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import napari
import numpy as np
from napari.layers import Labels
from numpy.typing import NDArray

from ..data.ids import numbered
from ..data.units import PixelSize
from ..errors import InputError
from ..morphology import shape_features
from .jobs.background import in_background
from .layers.pixels import pixel_size
from .layers.source import current_index, full_resolution
from .notify import complain, tell

if TYPE_CHECKING:
    from pandas import DataFrame

PROPERTIES = (
    "perimeter",
    "eccentricity",
    "solidity",
    "axis_major_length",
    "axis_minor_length",
    "orientation",
)
"""What of ``skimage.measure.regionprops_table`` is added."""
LENGTHS = ("outline", "perimeter", "axis_major_length", "axis_minor_length")
"""In pixels, or with ``_um`` to their names."""


def measure_active_layer(viewer: napari.Viewer) -> None:
    """Measure the cells of the selected labels layer; a command of napari's menu."""
    layer = viewer.layers.selection.active
    if not isinstance(layer, Labels):
        complain(InputError("Select the labels layer whose cells are to be measured."))
    else:
        measure(viewer, layer)


def measure(viewer: Any, layer: Any) -> None:
    """Put the shapes of a labels layer's cells into ``layer.features``; returns at once.

    Of a stack the plane that is shown is measured, since ids may mean other cells elsewhere.
    """
    index = current_index(layer, viewer.dims.point)
    labels = np.asarray(full_resolution(layer)[index])

    def take(found: DataFrame) -> None:
        layer.features = found
        where = f" in plane {', '.join(str(at + 1) for at in index)}" if index else ""
        tell(
            f"Measured {len(found):,} cells of {layer.name}{where}. The features table is in "
            "napari's menu Layers › Visualize."
        )

    in_background(partial(feature_table, labels, pixel_size(layer)), take)


def feature_table(labels: NDArray[Any], size: PixelSize | None) -> DataFrame:
    """Return one row a cell, with its label in the column ``index`` that napari goes by.

    Parameters
    ----------
    labels : (Y, X) integer
    size
        Of a pixel, if known: then lengths are in micrometres (``_um``), and there is an area in
        square micrometres. Where pixels aren't square, skimage has no ``perimeter``: ``outline``
        is there for any.

    Raises
    ------
    InputError
        If the array isn't a label image.
    """
    from pandas import DataFrame
    from skimage.measure import regionprops_table

    spacing = (1.0, 1.0) if size is None else (size.y, size.x)
    square = size is None or size.is_square
    asked = [name for name in PROPERTIES if square or name != "perimeter"]
    # Of files, sides may differ by their rounding, which skimage takes for other shapes.
    table = DataFrame(shape_features(labels, asked, (spacing[1],) * 2 if square else spacing))
    table = table.rename(columns={"label": "index", "size": "size_px"})
    centres = DataFrame(regionprops_table(numbered(labels)[1], properties=("centroid",)))
    table = table.join(centres)
    if size is not None:
        table = table.rename(columns={name: f"{name}_um" for name in LENGTHS})
        table.insert(2, "size_um2", table["size_px"] * size.area)
    return table
