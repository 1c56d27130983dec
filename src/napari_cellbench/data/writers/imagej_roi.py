"""Objects as ImageJ's regions of interest, for its ROI manager."""

from __future__ import annotations

import json
import zipfile
from typing import TYPE_CHECKING, Any, BinaryIO

import numpy as np

from ...errors import InputError
from ..instances import Instances
from .outlines import Polygon, outlines

if TYPE_CHECKING:
    from roifile import ImagejRoi

LARGEST_COORDINATE = 60_535
"""The format has 16 bits for a coordinate and takes values beyond as negative."""

MOVE, LINE, CLOSE = 0, 1, 4


def write(file: BinaryIO, instances: Instances, record: dict[str, Any]) -> None:
    """Write a zip with one region an object, named by its id.

    Vertices are corners of pixels, as those of ImageJ's wand: ImageJ selects exactly the object's
    pixels. An object in one part without holes is a traced region; any other is a composite one
    (ImageJ's ShapeRoi), filled by the even-odd rule. Masks without a pixel are left out. The record
    is the zip's comment, as JSON: readers of such zips, roifile's for one, take every member for a
    region.

    Parameters
    ----------
    file
        Where to write.
    instances
        Objects.
    record
        Provenance.

    Raises
    ------
    InputError
        If the image has more rows or columns than the format can count.
    """
    if max(instances.shape) > LARGEST_COORDINATE:
        raise InputError(
            f"ImageJ regions reach up to pixel {LARGEST_COORDINATE} and the image has "
            f"{instances.shape[0]} x {instances.shape[1]}. Export GeoJSON or TIFF instead."
        )
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for i, polygons in outlines(instances):
            if polygons:
                archive.writestr(f"{i}.roi", _region(polygons, str(i)).tobytes())
        # Outlines alone don't tell how large the image is.
        about = {"cellbench": record, "shape": list(instances.shape)}
        archive.comment = json.dumps(about).encode()


def _region(polygons: list[Polygon], name: str) -> ImagejRoi:
    from roifile import ROI_TYPE, ImagejRoi

    if len(polygons) == 1 and len(polygons[0]) == 1:
        region = ImagejRoi.frompoints(polygons[0][0], name=name)
        region.roitype = ROI_TYPE.TRACED
        left_top, right_bottom = polygons[0][0].min(axis=0), polygons[0][0].max(axis=0)
    else:
        rings = [ring for polygon in polygons for ring in polygon]
        path: list[float] = []
        for ring in rings:
            for operation, vertex in zip([MOVE] + [LINE] * (len(ring) - 1), ring, strict=True):
                path += [operation, *vertex]
            path.append(CLOSE)
        region = ImagejRoi(roitype=ROI_TYPE.RECT, name=name)
        region.multi_coordinates = np.array(path, np.float32)
        region.shape_roi_size = len(path)
        vertices = np.concatenate(rings)
        left_top, right_bottom = vertices.min(axis=0), vertices.max(axis=0)
    # roifile adds one, for outlines through the centres of pixels.
    region.left, region.top = left_top.tolist()
    region.right, region.bottom = right_bottom.tolist()
    return region
