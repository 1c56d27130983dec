"""Samples as napari's layer data tuples. napari itself isn't imported here.

Each tuple is (data, keyword arguments, layer type); the metadata have a `record`, whose notes
`read_layers` warns of too, which napari shows as notifications.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError
from .images import thinned
from .instances import Instances
from .object_layers import LayerData, holds_objects, object_layers
from .readers import Dataset, Stack, detect, read_samples
from .record import in_metadata, noted
from .sample import RGB, Role, Sample, Target
from .stacks import lazy_stack, stack_of
from .statistics import ExactStatistics
from .units import layer_scale

MOST_WARNINGS = 3
"""Of notes when a file is opened; its layers have them all."""

MOST_AT_ONCE = 20
"""Up to so many images are read when a data set is opened; more only as stacks, when shown."""

COLORMAPS: dict[Role, str] = {
    "nucleus": "bop blue",
    "whole_cell": "green",
    "phase": "gray",
    "red": "red",
    "green": "green",
    "blue": "blue",
    "other": "magenta",
}
_TITLES: dict[str, str] = {"whole_cell": "whole cell"}


def get_reader(path: str | list[str]) -> Callable[[str | list[str]], list[LayerData]] | None:
    """Return a function that reads what was dropped on napari; None if it is no known data set.

    This is napari's hook. Lists of files, which napari hands over to make a stack of them, are left
    to other readers.
    """
    if not isinstance(path, str):
        return None
    try:
        known = holds_objects(Path(path)) or detect(path) is not None
    except InputError:
        # Raised again by the function returned: napari shows that one's errors to the user.
        known = True
    return read_layers if known else None


def read_layers(path: str | list[str]) -> list[LayerData]:
    """Read a file or folder as layers, and warn of their notes; see `dataset_layers`.

    Raises
    ------
    InputError
        If it is damaged or of no known format.
    """
    layers = layers_in(Path(str(path)))
    records = [in_metadata(options.get("metadata")) for _, options, _ in layers]
    told = [record.get("notes", ()) for record in records]
    for note in list(dict.fromkeys(note for notes in told for note in notes))[:MOST_WARNINGS]:
        warnings.warn(note, stacklevel=2)
    return layers


def layers_in(path: Path) -> list[LayerData]:
    """Read a file or folder as layers; `read_layers` without its warnings."""
    return object_layers(path) if holds_objects(path) else dataset_layers(read_samples(str(path)))


def sample_layers(sample: Sample) -> list[LayerData]:
    """Return one image layer a channel, and one labels layer a target.

    A colour image is one RGB layer. Truth with overlapping objects is flattened for display.
    """
    common = {"sample": sample.name, "group": sample.group, **_noted(sample.notes)}
    scale = layer_scale(sample.pixel_size, 2)
    layers = _image_layers(sample.name, sample.image, sample.roles, sample.image, common, scale)
    crowds = {"crowds": list(sample.metadata["crowds"])} if "crowds" in sample.metadata else {}
    for target, truth in sample.truth.items():
        layers.append(_truth_layer(sample.name, target, truth, common | crowds, scale))
    target = next(iter(sample.truth), "whole_cell")
    for key, value in sample.metadata.items():
        if isinstance(value, Instances):
            annotator = key.removeprefix("labels_")
            data, options, kind = _truth_layer(sample.name, target, value, common, scale)
            options["name"] += f" ({annotator})"
            options["visible"] = False
            in_metadata(options["metadata"])["annotator"] = annotator
            layers.append((data, options, kind))
    return layers


def dataset_layers(dataset: Dataset) -> list[LayerData]:
    """Return a data set's layers, as a biologist would want to leaf through it.

    - One image: one layer a channel, one a target.
    - Images of equal shape: stacks with the images along the first axis, which napari's slider
      leafs through. TissueNet's arrays are shown as they are; of other formats at most
      `MOST_AT_ONCE` images are read at once, larger sets image by image as the slider moves. Such
      lazy labels can't be painted on: open an image alone to correct it.
    - Images of different shapes: each with its own layers, all but the first hidden, at most
      `MOST_AT_ONCE` images; a warning tells how many were left out and how to open them.

    The contrast is the first image's: where images differ, let napari's "continuous" auto-contrast
    follow the slider. Overlapping masks of a stack that is read at once are in
    the record's ``masks``, a list for each image.
    """
    if len(dataset) == 1:
        return sample_layers(dataset[0])
    stack = dataset.stack()
    if stack is not None:
        return _stack_layers(dataset, stack, dataset[0])
    if len(dataset) > MOST_AT_ONCE and _equal(dataset.shape(i) for i in range(len(dataset))):
        return _stack_layers(dataset, lazy_stack(dataset), dataset[0])
    samples = list(dataset[:MOST_AT_ONCE])
    if len(dataset) <= MOST_AT_ONCE and _equal((s.image.shape, s.roles) for s in samples):
        return _samples_stack(dataset, samples)
    if len(dataset) > MOST_AT_ONCE:
        warnings.warn(
            f"{dataset.name} has {len(dataset)} images of different shapes: the first "
            f"{MOST_AT_ONCE} are open. To see another, drop its own file or folder on napari.",
            stacklevel=2,
        )
    layers = []
    for i, sample in enumerate(samples):
        for data, options, kind in sample_layers(sample):
            layers.append((data, options | {"visible": not i and options["visible"]}, kind))
    return layers


def _equal(shapes: Iterable[Any]) -> bool:
    """Tell whether all are known and equal; looks no further than the first that isn't."""
    further = iter(shapes)
    first = next(further)
    return first is not None and all(shape == first for shape in further)


def _samples_stack(dataset: Dataset, samples: Sequence[Sample]) -> list[LayerData]:
    stack = stack_of(samples)
    layers = _stack_layers(dataset, stack, samples[0])
    notes = _noted(note for sample in samples for note in sample.notes)
    for _, options, _ in layers:
        own = in_metadata(options["metadata"])
        own.update(notes)
        target: Any = own.get("target")
        truth = [sample.truth.get(target) for sample in samples]
        if any(instances is not None and instances.masks for instances in truth):
            own["masks"] = [list(t.to_masks()) if t is not None else [] for t in truth]
        if own.get("truth") and any("crowds" in sample.metadata for sample in samples):
            own["crowds"] = [list(sample.metadata.get("crowds", ())) for sample in samples]
    return layers


def _stack_layers(dataset: Dataset, stack: Stack, first: Sample) -> list[LayerData]:
    common = {
        "sample": dataset.name,
        "samples": list(dataset.names),
        "groups": list(stack.groups),
    }
    scale = layer_scale(first.pixel_size, 3)
    layers = _image_layers(
        dataset.name, np.moveaxis(stack.image, 1, 0), stack.roles, first.image, common, scale
    )
    for target, labels in stack.truth.items():
        layers.append(_labels_layer(dataset.name, target, labels, common, scale))
        if target in stack.truth_planes:
            own = in_metadata(layers[-1][1]["metadata"])
            own["truth_planes"] = list(stack.truth_planes[target])
    return layers


def _image_layers(
    name: str,
    channels: NDArray[Any],
    roles: tuple[Role, ...],
    shown: NDArray[Any],
    common: dict[str, Any],
    scale: dict[str, Any],
) -> list[LayerData]:
    """Make layers of (C, ..., Y, X) channels; `shown`, a (C, Y, X) image, sets the contrast."""
    if roles == RGB:
        options = {
            "name": f"{_short(name)} · RGB",
            "rgb": True,
            "visible": True,
            "metadata": noted(common | {"role": "rgb"}),
        }
        return [(np.moveaxis(channels, 0, -1), options | scale, "image")]
    layers: list[LayerData] = []
    statistics = ExactStatistics(thinned(shown))
    for i, role in enumerate(roles):
        number = f" {roles[: i + 1].count(role)}" if roles.count(role) > 1 else ""
        low, high = (statistics.percentile(q, i) for q in (0.1, 99.9))
        options = {
            "name": f"{_short(name)} · {_TITLES.get(role, role)}{number}",
            "colormap": COLORMAPS[role],
            "blending": "translucent" if role == "phase" else "additive",
            "contrast_limits": (low, high if high > low else low + 1),
            "visible": True,
            "metadata": noted(common | {"role": role}),
        }
        layers.append((channels[i], options | scale, "image"))
    return layers


def _truth_layer(
    name: str, target: Target, truth: Instances, common: dict[str, Any], scale: dict[str, Any]
) -> LayerData:
    data, options, kind = _labels_layer(name, target, truth.to_labels(), common, scale)
    if truth.masks is not None:
        in_metadata(options["metadata"])["masks"] = list(truth.masks)
    return data, options, kind


def _labels_layer(
    name: str, target: Target, labels: NDArray[Any], common: dict[str, Any], scale: dict[str, Any]
) -> LayerData:
    options = {
        "name": f"{_short(name)} · {_TITLES.get(target, target)} truth",
        "visible": True,
        "metadata": noted(common | {"target": target, "truth": True}),
    }
    return labels, options | scale, "labels"


def _noted(notes: Iterable[str]) -> dict[str, Any]:
    """Return an entry of metadata, where there is something to say."""
    found = list(dict.fromkeys(notes))
    return {"notes": found} if found else {}


def _short(name: str) -> str:
    """Shorten names such as the Bowl's hashes; metadata keep them whole."""
    return name if len(name) <= 40 else f"{name[:12]}…"
