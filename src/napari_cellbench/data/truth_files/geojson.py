"""Objects in GeoJSON, as this program and QuPath write them."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from ...errors import InputError
from ...files.inputs import open_input
from ..images import reading
from .base import ObjectFile
from .outlines import Outline, Outlines, Ring, known_shape


def read(path: Path) -> ObjectFile:
    """Read a feature collection, a list of features or a single one; polygons are objects.

    QuPath's cells have an outline of their nucleus, too, which isn't taken.

    Raises
    ------
    InputError
        If it isn't GeoJSON, or is damaged.
    """
    with reading(path), open_input(path) as file:
        content = json.loads(file.read().decode("utf-8-sig"))
        features = list(_features(content, path.name))
        outlines = [_outline(feature) for feature in features]
    kept = [outline for outline in outlines if outline is not None]
    notes = []
    if len(kept) < len(features):
        notes.append(
            f"{path.name}: {len(features) - len(kept):,} of {len(features):,} features are no "
            "polygons and are left out."
        )
    return Outlines(path.stem, kept, known_shape(content), notes)


def _features(content: Any, name: str) -> Iterator[Mapping[str, Any]]:
    if isinstance(content, dict) and content.get("type") == "FeatureCollection":
        content = content.get("features")
    elif isinstance(content, dict) and content.get("type") == "Feature":
        content = [content]
    if not isinstance(content, list) or not all(
        isinstance(one, dict) and one.get("type") == "Feature" for one in content
    ):
        raise InputError(f"{name} isn't GeoJSON: it has no features.")
    yield from content


def _outline(feature: Mapping[str, Any]) -> Outline | None:
    geometry = feature.get("geometry") or {}
    if geometry.get("type") == "Polygon":
        polygons = [geometry["coordinates"]]
    elif geometry.get("type") == "MultiPolygon":
        polygons = geometry["coordinates"]
    else:
        return None
    rings = tuple(_ring(ring) for polygon in polygons for ring in polygon)
    return Outline(rings, _score(feature.get("properties") or {}))


def _ring(vertices: Any) -> Ring:
    ring: Ring = np.array([vertex[:2] for vertex in vertices], np.float64).reshape(-1, 2)
    return ring


def _score(properties: Mapping[str, Any]) -> float | None:
    score = properties.get("score")
    known = isinstance(score, int | float) and not isinstance(score, bool) and np.isfinite(score)
    return float(score) if known and score is not None else None
