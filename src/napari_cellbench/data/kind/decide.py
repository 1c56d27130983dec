"""What does this image show? One answer for files, layers and arrays."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..sample import RGB, Role
from .base import Kind, KindName
from .colour import Colours, colours_of
from .cues import Cues, cues_of
from .discrete import discrete_kind
from .grey import EMPTY, NOISE, SURE, glow_evidence, grey_kind, logistic, near_cues, seen
from .names import role_by_name
from .sampling import lattice, sampled

LARGEST = 1e12
"""Value up to which a float can be a label, and its square is far from infinite."""
SMALLEST = 16
"""Side of the smallest image that tells anything, in pixels."""


def kind_of(image: Any, *, colour: bool = False, names: Sequence[str] = ()) -> Kind:
    """Say what an image shows.

    Names of channels count more than pixels. Margins of a constant value or NaN don't count.
    A 2048 x 2048 image takes about 0.1 s; of one that isn't in memory, only windows are read.

    Parameters
    ----------
    image : (C, Y, X) or (Y, X) array
        numpy, dask or zarr, of any real dtype.
    colour
        Whether the channels are red, green and blue (and alpha, which is left out).
    names
        Of the channels, as the file tells them; fewer or none where it doesn't.
    """
    if len(image.shape) == 2:
        image = image[None]
    sample = sampled(image[:3] if colour else image)
    if sample.dtype.kind == "b":
        sample = sample.view(np.uint8)
    if not sample.size or sample.dtype.kind not in "iuf":
        return Kind("unsure", 0.0, ("it has no pixels that are numbers",), (), ())
    sample = _tame(sample)
    count = len(sample)
    if min(sample.shape[1:]) < SMALLEST:
        reason = f"it is only {sample.shape[1]} x {sample.shape[2]} pixels"
        roles = RGB if colour and count == 3 else _plain_roles(count)
        return Kind("unsure", 0.0, (reason,), tuple(range(count)), roles)
    if colour and count > 1 and _are_equal(sample):
        return _one_of(_channel_kind(sample[:1], ()), count)
    if colour and count == 3:
        if discrete := discrete_kind(sample):
            return _discrete(discrete, sample)
        return _colour_kind(sample)
    return _channels_kind(sample, names)


def _tame(sample: NDArray[Any]) -> NDArray[Any]:
    """Return an image whose squares are finite; what it shows doesn't change with its scale."""
    if sample.dtype.kind != "f":
        return sample
    if sample.dtype == np.float16:
        sample = sample.astype(np.float32)
    if max(-float(sample.min()), float(sample.max())) <= LARGEST:
        return sample
    largest = np.abs(sample, where=np.isfinite(sample), out=np.zeros_like(sample)).max()
    return sample / largest if largest > LARGEST else sample


def _discrete(name: KindName, sample: NDArray[Any]) -> Kind:
    reason = (
        "it has only a few values, in flat pieces"
        if name == "mask"
        else "each number fills one flat piece"
    )
    return Kind(name, 1.0, (reason,), tuple(range(len(sample))), _plain_roles(len(sample)))


def _are_equal(sample: NDArray[Any]) -> bool:
    """Say whether all channels are the same, by every k-th pixel."""
    first, *others = lattice(sample)
    return all(np.array_equal(first, other) for other in others)


def _plain_roles(count: int) -> tuple[Role, ...]:
    """Give roles to channels of which nothing is known; three are colours."""
    return RGB if count == 3 else _roles(["unsure"] * count, [None] * count)


def _channels_kind(sample: NDArray[Any], names: Sequence[str]) -> Kind:
    """Answer for channels that aren't colours: for each, then for all together."""
    if len(sample) == 1:
        return _channel_kind(sample, names)
    named = [role_by_name(name) for name in names] + [None] * len(sample)
    kinds = [
        _channel_kind(sample[i : i + 1], names[i : i + 1]) if i < 4 else None
        for i in range(len(sample))
    ]
    roles = _roles([kind.name if kind else "fluorescence" for kind in kinds], named)
    # One fluorescent channel makes it a fluorescence image, whatever lies beside it.
    order: tuple[KindName, ...] = ("fluorescence", "phase_contrast", "dark_on_bright", "unsure")
    known = [kind for kind in kinds if kind is not None]
    main = min(
        known, key=lambda k: (order.index(k.name) if k.name in order else len(order), -k.confidence)
    )
    where = f"channel {known.index(main) + 1}: "
    reasons = tuple(where + reason for reason in main.reasons)
    return Kind(main.name, main.confidence, reasons, tuple(range(len(sample))), roles)


def _roles(kinds: Sequence[KindName], named: Sequence[Role | None]) -> tuple[Role, ...]:
    """Give each channel a role: by name, by kind, else nucleus and whole cell in this order."""
    left: list[Role] = [role for role in ("nucleus", "whole_cell") if role not in named]
    if len(kinds) > 3:
        left = left if any(named) else []
    roles: list[Role] = []
    for kind, name in zip(kinds, named, strict=False):
        if name is not None:
            roles.append(name)
        elif kind == "phase_contrast":
            roles.append("phase")
        else:
            roles.append(left.pop(0) if left else "other")
    return tuple(roles)


def _channel_kind(sample: NDArray[Any], names: Sequence[str]) -> Kind:
    """Answer for one grey channel."""
    if discrete := discrete_kind(sample):
        return _discrete(discrete, sample)
    role = role_by_name(names[0]) if names else None
    if role is not None:
        name: KindName = "phase_contrast" if role == "phase" else "fluorescence"
        return Kind(name, 1.0, (f"the channel is called {names[0]}",), (0,), (role,))
    name, confidence, reasons = grey_kind(sample)
    return Kind(name, confidence, reasons, (0,), (_role_of(name),))


def _role_of(name: KindName) -> Role:
    """Return what a grey channel without a name is taken for."""
    if name == "phase_contrast":
        return "phase"
    return "other" if name == "dark_on_bright" else "nucleus"


def _colour_kind(sample: NDArray[Any]) -> Kind:
    """Answer for red, green and blue."""
    pixels, margin = seen(sample)
    # Black counts in colour images: it is where no light comes from.
    first = np.nan_to_num(sample[:, :1, :1].astype(np.float64))
    pixels = (pixels + first).astype(np.float32)
    if margin.all():
        return Kind(*EMPTY, (0,), ("other",))
    colours = colours_of(pixels, margin)
    if colours.grey:
        return _one_of(_channel_kind(sample[1:2], ()), 3)
    carrier = colours.carriers[0]
    cues = cues_of(pixels[carrier], margin)
    if cues is None or (cues.activity < NOISE and not near_cues(sample[carrier : carrier + 1])):
        return Kind("blank", 0.9, ("nothing stands out of the noise",), (0, 1, 2), RGB)
    evidence = _stain_evidence(colours, cues)
    stained = logistic(evidence)
    if max(stained, 1 - stained) < SURE:
        reason = "between stained tissue and colours that glow on black"
        return Kind("unsure", max(stained, 1 - stained), (reason,), (0, 1, 2), RGB)
    if stained > 0.5:
        reason = "white light shines through, and stains take colours out of it"
        return Kind("stained_tissue", stained, (reason,), (0, 1, 2), RGB)
    if colours.ramp:
        reason = "dark, but all colours go together: false colours, or an inverted image"
        return Kind("unsure", 0.5, (reason,), (0, 1, 2), RGB)
    return _composite(colours, 1 - stained)


def _stain_evidence(colours: Colours, cues: Cues) -> float:
    """Return the log odds of stains that absorb against stains that glow.

    Where light is taken out of white, some place is white and none is black; where stains glow,
    the background is black and what is lit has a colour.
    """
    glow = min(6.0, max(-6.0, glow_evidence(cues)))
    return 6 * (colours.floor - 0.35) + 6 * (colours.white - 0.5) - 0.25 * glow


def _composite(colours: Colours, confidence: float) -> Kind:
    """Take the colours apart: nuclei are blue by custom, the next is the cells' stain."""
    reason = "colours that glow on black"
    if len(colours.carriers) == 1:
        only = colours.carriers[0]
        note = f"The image has one colour ({RGB[only]} is used): it was taken for one channel."
        return Kind("composite", confidence, (reason,), (only,), ("nucleus",), (note,))
    by_custom = [i for i in (2, 1, 0) if i in colours.carriers]
    if 2 not in by_custom:
        by_custom.reverse()
    stains: tuple[Role, ...] = ("nucleus", "whole_cell", "other")
    roles = stains[: len(by_custom)]
    what = ", ".join(
        f"{RGB[i]} for {role.replace('_', ' ')}" for i, role in zip(by_custom, roles, strict=True)
    )
    note = f"The colours were taken for channels of fluorescence: {what}."
    return Kind("composite", confidence, (reason,), tuple(by_custom), roles, (note,))


def _one_of(kind: Kind, count: int) -> Kind:
    """Say of what a grey image in several channels shows that one of them is enough."""
    note = f"The image is grey: one of its {count} equal channels is used."
    return Kind(kind.name, kind.confidence, kind.reasons, (0,), kind.roles, (*kind.notes, note))
