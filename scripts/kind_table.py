"""Measure how well the kind of an image is told, on real images and variants of them.

    python scripts/kind_table.py DATA [--write docs/kind-of-image.md]

DATA holds ``dsb2018_fluo``, ``dsb2018_histology``, ``phase_contrast`` (with ``train`` and ``val``)
and ``codex_tissue``, each of ``NAME_image.tif`` and ``NAME_labels.tif``. With --write the tables
between the two marks in the file are replaced.
"""

from __future__ import annotations

import argparse
import io
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import imageio.v3 as iio
import numpy as np
import tifffile
from numpy.typing import NDArray
from scipy import ndimage as ndi

from napari_cellbench.data.kind import kind_of

TILE = 128
LARGE = 2048
CELLS = 0.02
"""Share of the pixels that cells must cover for a crop to count."""
BEGIN, END = "<!-- measured -->", "<!-- end -->"
KINDS = (
    "fluorescence",
    "phase_contrast",
    "dark_on_bright",
    "stained_tissue",
    "composite",
    "mask",
    "labels",
)

Case = tuple[str, str, NDArray[Any], bool]
"""Variant, expected kind, (C, Y, X) image, whether it is in colour."""


def pairs(data: Path, split: str) -> Iterator[tuple[str, NDArray[Any], NDArray[Any]]]:
    """Yield set, (C, Y, X) image and labels."""
    for name in ("dsb2018_fluo", "dsb2018_histology", "phase_contrast"):
        for path in sorted((data / name / split).glob("*_image.tif")):
            image = tifffile.imread(path)
            labels = tifffile.imread(path.with_name(path.name.replace("_image", "_labels")))
            yield name, np.moveaxis(image, -1, 0) if image.ndim == 3 else image[None], labels
    if split == "train":
        image = tifffile.imread(next((data / "codex_tissue").glob("*_image.tif")))
        labels = tifffile.imread(next((data / "codex_tissue").glob("*_labels.tif")))
        image = image if image.shape[0] == 3 else np.moveaxis(image, -1, 0)
        for channel in image:
            yield "codex_tissue", channel[None], labels


def cases(image: NDArray[Any], labels: NDArray[Any], rng: Any, of: str) -> Iterator[Case]:
    """Yield an image and its variants, then what is made of its labels."""
    grey = len(image) == 1 or bool((image == image[0]).all())
    plane = image[0]
    if not grey:
        yield from _colour_cases(image, labels, rng)
    else:
        kind = {"phase_contrast": "phase_contrast", "dsb2018_histology": "dark_on_bright"}.get(
            of, "fluorescence"
        )
        yield from _grey_cases(plane, labels, kind, rng)
    yield from _label_cases(labels, rng)


def _grey_cases(plane: NDArray[Any], labels: NDArray[Any], kind: str, rng: Any) -> Iterator[Case]:
    inverse = {"fluorescence": "dark_on_bright", "dark_on_bright": "fluorescence"}.get(kind, kind)
    byte = _to_bytes(plane)
    if _covered(labels):
        yield "as it is", kind, plane[None], False
        yield "transposed", kind, plane.T[None], False
        yield "as RGB", kind, np.stack([byte] * 3), True
        yield "as RGBA", kind, np.stack([byte] * 3 + [np.full_like(byte, 255)]), True
        yield "as palette", kind, _through(np.stack([byte] * 3), "png", palette=True), True
        yield "inverted", inverse, (plane.max() - plane)[None], False
        yield "inverted, as RGB", inverse, 255 - np.stack([byte] * 3), True
        yield (
            "16 bits",
            kind,
            (plane.astype(np.uint16) * (65535 // max(1, int(plane.max()))))[None],
            False,
        )
        yield "8 bits", kind, byte[None], False
        yield "float", kind, (plane.astype(np.float32) * 0.37 - 5)[None], False
        yield f"{LARGE} px a side", kind, _mirrored(plane[None]), False
        yield "twice as large", kind, _magnified(plane[None], 2), False
        yield "four times as large", kind, _magnified(plane[None], 4), False
        yield "JPEG", kind, _through(byte[None], "jpeg"), False
        yield "JPEG, as RGB", kind, _through(np.stack([byte] * 3), "jpeg"), True
        yield "margin of 0", kind, _with_margin(plane, 0)[None], False
        yield "margin of a constant", kind, _with_margin(plane, int(plane.max()))[None], False
        yield "margin of NaN", kind, _with_margin(plane.astype(np.float32), np.nan)[None], False
        if kind == "fluorescence":
            dark = np.zeros_like(byte)
            yield "tinted blue", "composite", np.stack([dark, dark, byte]), True
            yield "tinted cyan", "composite", np.stack([byte // 4, byte, byte]), True
            other = np.roll(byte, (40, 60), (0, 1))
            yield "two colours", "composite", np.stack([dark, other, byte]), True
            yield (
                "two colours, JPEG",
                "composite",
                _through(np.stack([dark, other, byte]), "jpeg"),
                True,
            )
    for part, inner in _crops(plane[None], labels, rng):
        yield part, kind, inner, False
        yield f"{part}, inverted", inverse, plane.max() - inner, False


def _colour_cases(image: NDArray[Any], labels: NDArray[Any], rng: Any) -> Iterator[Case]:
    kind = "stained_tissue"
    if _covered(labels):
        yield "as it is", kind, image, True
        yield "transposed", kind, image.transpose(0, 2, 1), True
        yield "as RGBA", kind, np.concatenate([image, np.full_like(image[:1], 255)]), True
        yield "as palette", kind, _through(image, "png", palette=True), True
        yield "16 bits", kind, image.astype(np.uint16) * 257, True
        yield f"{LARGE} px a side", kind, _mirrored(image), True
        yield "twice as large", kind, _magnified(image, 2), True
        yield "JPEG", kind, _through(image, "jpeg"), True
        for name, value in (("0", 0), ("a constant", 255)):
            margin = np.stack([_with_margin(channel, value) for channel in image])
            yield f"margin of {name}", kind, margin, True
        yield "as grey", "dark_on_bright", image.mean(0).astype(np.uint8)[None], False
    for part, inner in _crops(image, labels, rng):
        yield part, kind, inner, True


def _label_cases(labels: NDArray[Any], rng: Any) -> Iterator[Case]:
    ids = np.unique(labels[labels > 0])
    if not len(ids):
        return
    yield "binary mask", "mask", ((labels > 0) * 255).astype(np.uint8)[None], False
    yield "binary mask, as RGB", "mask", np.stack([(labels > 0).astype(np.uint8) * 255] * 3), True
    if len(ids) < 4:
        return
    yield "labels", "labels", labels[None], False
    yield "labels, float", "labels", labels[None].astype(np.float32), False
    shuffled = np.concatenate([[0], rng.permutation(len(ids)) + 1])[
        np.searchsorted(ids, labels) + (labels > 0)
    ]
    yield "labels, shuffled", "labels", shuffled[None].astype(np.int32), False
    colours = np.concatenate(
        [np.zeros((1, 3), np.uint8), rng.integers(40, 255, (len(ids), 3), np.uint8)]
    )
    yield "labels, coloured", "labels", np.moveaxis(colours[shuffled], -1, 0), True


def _crops(
    image: NDArray[Any], labels: NDArray[Any], rng: Any
) -> Iterator[tuple[str, NDArray[Any]]]:
    height, width = labels.shape
    sizes = [("cropped to 25 %", (height // 2, width // 2))] * 3
    sizes += [("tile of 128 px", (TILE, TILE))] * (3 if height * width < 2**19 else 12)
    for name, (h, w) in sizes:
        y, x = rng.integers(0, height - h + 1), rng.integers(0, width - w + 1)
        if _covered(labels[y : y + h, x : x + w]):
            yield name, image[:, y : y + h, x : x + w]


def _mirrored(image: NDArray[Any]) -> NDArray[Any]:
    """Continue a (C, Y, X) image by its mirror image, up to a large camera's size."""
    wanted = [(0, max(0, LARGE - length)) for length in image.shape[1:]]
    return np.pad(image, [(0, 0), *wanted], mode="symmetric")


def _magnified(image: NDArray[Any], factor: int) -> NDArray[Any]:
    """Enlarge a (C, Y, X) image, as a stronger objective does but for the detail."""
    return np.stack([ndi.zoom(plane, factor, order=1) for plane in image])


def _covered(labels: NDArray[Any]) -> bool:
    return float((labels > 0).mean()) >= CELLS


def _to_bytes(plane: NDArray[Any]) -> NDArray[np.uint8]:
    if plane.dtype == np.uint8:
        return plane
    low, high = np.percentile(plane, [0.1, 99.9])
    return np.clip((plane - low) / (high - low) * 255, 0, 255).astype(np.uint8)


def _with_margin(plane: NDArray[Any], value: float) -> NDArray[Any]:
    """Fill a fifth of the image at two sides, and a hole."""
    out = plane.copy()
    height, width = out.shape
    out[: height // 5] = value
    out[:, -width // 5 :] = value
    out[height // 2 : height * 5 // 8, width // 4 : width * 3 // 8] = value
    return out


def _through(image: NDArray[Any], suffix: str, *, palette: bool = False) -> NDArray[Any]:
    """Write and read again."""
    file = io.BytesIO()
    pixels = image[0] if len(image) == 1 else np.moveaxis(image, 0, -1)
    if palette:
        from PIL import Image

        Image.fromarray(pixels).convert("P", palette=Image.Palette.ADAPTIVE).save(file, suffix)
        pixels = np.asarray(Image.open(file).convert("RGB"))
    else:
        options = {"quality": 85} if suffix == "jpeg" else {}
        iio.imwrite(file, pixels, extension=f".{suffix}", plugin="pillow", **options)
        pixels = iio.imread(file.getvalue(), plugin="pillow")
    return pixels[None] if pixels.ndim == 2 else np.moveaxis(pixels, -1, 0)


def measure(data: Path, split: str) -> dict[tuple[str, str], Counter[str]]:
    """Count answers by (expected kind, variant)."""
    rng = np.random.default_rng(2018)
    found: dict[tuple[str, str], Counter[str]] = {}
    for of, image, labels in pairs(data, split):
        for variant, expected, pixels, colour in cases(image, labels, rng, of):
            answer = kind_of(pixels, colour=colour).name
            found.setdefault((expected, variant), Counter())[answer] += 1
    return found


def confusion(found: dict[tuple[str, str], Counter[str]]) -> str:
    """Return a Markdown table: expected by row, answers by column."""
    answers = (*KINDS, "blank", "unsure")
    lines = [
        "| shown \\ told | "
        + " | ".join(name.replace("_", " ") for name in answers)
        + " | right | wrong |",
        "|---|" + "--:|" * (len(answers) + 2),
    ]
    for expected in KINDS:
        row: Counter[str] = sum(
            (c for (kind, _), c in found.items() if kind == expected), Counter()
        )
        if total := row.total():
            neither = row["unsure"] + row["blank"]
            share = f"{row[expected] / total:.1%} | {1 - (row[expected] + neither) / total:.1%}"
            counts = " | ".join(str(row[name] or "") for name in answers)
            lines.append(f"| {expected.replace('_', ' ')} | {counts} | {share} |")
    return "\n".join(lines)


def by_variant(found: dict[tuple[str, str], Counter[str]]) -> str:
    """Return a Markdown table of each variant's share."""
    lines = ["| shown | variant | images | right | unsure | wrong |", "|---|---|--:|--:|--:|--:|"]
    for (expected, variant), row in sorted(found.items(), key=lambda item: KINDS.index(item[0][0])):
        total, neither = row.total(), row["unsure"] + row["blank"]
        wrong = total - row[expected] - neither
        lines.append(
            f"| {expected.replace('_', ' ')} | {variant} | {total} | {row[expected] / total:.1%} | "
            f"{neither or ''} | {wrong or ''} |"
        )
    return "\n".join(lines)


def total(found: dict[tuple[str, str], Counter[str]]) -> str:
    """Return one sentence for all."""
    count = sum(row.total() for row in found.values())
    right = sum(row[kind] for (kind, _), row in found.items())
    neither = sum(row["unsure"] + row["blank"] for row in found.values())
    wrong = count - right - neither
    return (
        f"Of {count:,} images and variants {right / count:.2%} are told right, "
        f"{neither / count:.2%} are called unsure or blank, {wrong / count:.2%} wrong."
    )


def main() -> None:
    """Measure, and print or write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("--write", type=Path)
    args = parser.parse_args()
    parts = []
    for split, title in (("train", "Training images"), ("val", "Validation images, held out")):
        found = measure(args.data, split)
        parts += [f"## {title}", total(found), confusion(found), by_variant(found)]
    text = "\n\n".join(parts)
    if args.write is None:
        print(text)
        return
    page = args.write.read_text("utf-8")
    before, _, rest = page.partition(BEGIN)
    _, _, after = rest.partition(END)
    args.write.write_text(f"{before}{BEGIN}\n\n{text}\n\n{END}{after}", "utf-8")


if __name__ == "__main__":
    main()
