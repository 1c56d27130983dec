"""Objects as GeoJSON, as QuPath reads it."""

from __future__ import annotations

import json
from typing import Any, BinaryIO

from ..instances import Instances
from .outlines import Polygon, outlines


def write(file: BinaryIO, instances: Instances, record: dict[str, Any]) -> None:
    """Write one feature an object: a Polygon, or a MultiPolygon where it is in several parts.

    Coordinates are pixels with (0, 0) at the top left corner of the top left pixel, which is
    QuPath's convention. Parts that touch at a corner only are apart. Masks without a pixel have no
    outline and are left out. The record is the collection's member ``cellbench``, height and
    width of the image are its member ``shape``.

    Parameters
    ----------
    file
        Where to write.
    instances
        Objects.
    record
        Provenance; its ``target`` chooses the classification.
    """
    name = "Nucleus" if record.get("target") == "nucleus" else "Cell"
    scores = [None] * len(instances) if instances.scores is None else instances.scores.tolist()
    features = [
        {
            "type": "Feature",
            "geometry": _geometry(polygons),
            "properties": {
                "objectType": "detection",
                "classification": {"name": name},
                "name": str(i),
                "label": i,
                # QuPath keeps numbers under "measurements"; other programs read "score".
                **({} if score is None else {"score": score, "measurements": {"Score": score}}),
            },
        }
        for (i, polygons), score in zip(outlines(instances), scores, strict=True)
        if polygons
    ]
    content = {
        "type": "FeatureCollection",
        "features": features,
        "cellbench": record,
        # Outlines alone don't tell how large the image is.
        "shape": list(instances.shape),
    }
    file.write(json.dumps(content).encode())


def _geometry(polygons: list[Polygon]) -> dict[str, Any]:
    # GeoJSON closes a ring with its first vertex.
    rings = [[[*ring.tolist(), ring[0].tolist()] for ring in polygon] for polygon in polygons]
    if len(rings) == 1:
        return {"type": "Polygon", "coordinates": rings[0]}
    return {"type": "MultiPolygon", "coordinates": rings}
