"""Make the files of sample_data: small, drawn, and in the exact published formats.

    python scripts/make_sample_data.py [FOLDER]

The same files come out every time. They are drawn, not taken from the data sets they imitate,
whose licences don't allow it; truth is exact, since the drawing knows it.
"""

from __future__ import annotations

import hashlib
import json
import sys
from pathlib import Path
from typing import Any

import imageio.v3 as iio
import numpy as np
import tifffile
from numpy.typing import NDArray
from scipy import ndimage
from skimage.draw import polygon2mask
from skimage.segmentation import expand_labels, find_boundaries

Image = NDArray[np.float64]
Generator = np.random.Generator
TISSUES = [("Breast", "mibi"), ("Pancreas", "codex"), ("Immune", "cycif"), ("Skin", "vectra")]


def noise(rng: Generator, shape: tuple[int, int], sigma: float) -> Image:
    """Return a smooth random field of mean 0 and standard deviation 1."""
    field = ndimage.gaussian_filter(rng.normal(size=shape), sigma, mode="reflect")
    return (field - field.mean()) / field.std()


def outline(rng: Generator, centre: NDArray[Any], radius: float, stretch: float) -> Image:
    """Draw a closed, bumpy ellipse: (48, 2) points (y, x)."""
    angles = np.linspace(0, 2 * np.pi, 48, endpoint=False)
    bumps = sum(
        rng.normal(0, 0.12 / k) * np.cos(k * angles + rng.uniform(0, 2 * np.pi)) for k in (2, 3, 4)
    )
    points = radius * (1 + bumps)[:, None] * np.stack([np.sin(angles), np.cos(angles)], 1)
    points *= np.sqrt([1 / stretch, stretch])
    turn = rng.uniform(0, np.pi)
    rotation = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
    return centre + points @ rotation


def scatter(rng: Generator, shape: tuple[int, int], gap: float, most: int) -> Image:
    """Throw points at least `gap` pixels apart."""
    points = np.empty((0, 2))
    for point in rng.uniform(0, shape, (most * 30, 2)):
        if len(points) < most and (np.hypot(*(points - point).T) > gap).all():
            points = np.vstack([points, point])
    return points


def draw_nuclei(
    rng: Generator, shape: tuple[int, int], radius: float, gap: float, most: int, spread: float
) -> NDArray[np.int32]:
    """Return labels of nuclei that may touch and don't overlap."""
    labels = np.zeros(shape, np.int32)
    for centre in scatter(rng, shape, gap, most):
        points = outline(rng, centre, radius * rng.lognormal(0, spread), rng.uniform(1, 1.7))
        inside = polygon2mask(shape, points) & (labels == 0)
        pieces, _ = ndimage.label(inside)
        sizes = np.bincount(pieces.ravel())[1:]
        if sizes.size and sizes.max() > 0.4 * np.pi * radius**2:
            labels[pieces == sizes.argmax() + 1] = labels.max() + 1
    return labels


def per_object(rng: Generator, labels: NDArray[np.int32], low: float, high: float) -> Image:
    """Give each object one random value; 0 in the background."""
    values = np.r_[0, rng.uniform(low, high, labels.max())]
    return np.asarray(values[labels])


def stain_nuclei(rng: Generator, labels: NDArray[np.int32], blur: float) -> Image:
    """Return a nuclear stain: each nucleus of its own brightness, with chromatin texture."""
    depth = ndimage.distance_transform_edt(labels > 0)
    dome = np.sqrt(np.clip(depth / 5, 0, 1))
    texture = 1 + 0.22 * noise(rng, labels.shape, 1.2) + 0.12 * noise(rng, labels.shape, 3)
    return ndimage.gaussian_filter(per_object(rng, labels, 0.3, 1) * dome * texture, blur)


def camera(rng: Generator, light: Image, photons: float, read_noise: float = 1) -> Image:
    """Add shot noise and read noise to light of about 0 to 1; the result counts photons."""
    counts = rng.poisson(np.clip(light, 0, None) * photons) + rng.normal(0, read_noise, light.shape)
    return np.clip(np.round(counts), 0, None)


def tissuenet(folder: Path) -> None:
    """Four fields of tissue with nucleus and membrane, as TissueNet 1.1 has them."""
    shape = (256, 256)
    images, truths = [], []
    for i, (radius, gap) in enumerate([(7.5, 15), (8.5, 18), (6.0, 12), (9.5, 22)]):
        rng = np.random.default_rng(20210 + i)
        nuclei = draw_nuclei(rng, shape, radius, gap, 400, 0.12)
        near = expand_labels(nuclei, radius * 0.9)
        reach = np.clip(radius * (0.55 + 0.18 * noise(rng, shape, 12)), 1, None)
        cells = np.where(ndimage.distance_transform_edt(nuclei == 0) <= reach, near, 0)
        edge = ndimage.gaussian_filter(find_boundaries(cells, mode="inner").astype(float), 0.9)
        expressed = per_object(rng, cells, 0.15, 1) * (1 + 0.25 * noise(rng, shape, 6))
        uneven = 1 + 0.2 * noise(rng, shape, 60)
        membrane = (edge * 1.5 + 0.22) * ndimage.gaussian_filter(expressed, 1) * uneven
        stain = stain_nuclei(rng, nuclei, 0.8) * uneven + 0.03
        channels = [camera(rng, stain, 60), camera(rng, membrane + 0.02, 60)]
        images.append(np.stack(channels, -1))
        truths.append(np.stack([cells, nuclei], -1))
    tissues, platforms = zip(*TISSUES, strict=True)
    table = [["filename", "specimen", "platform", "pixel_size"]]
    table += [[f"drawn_{i}", t.lower(), p, "0.5"] for i, (t, p) in enumerate(TISSUES)]
    np.savez_compressed(
        folder / "tissuenet_v1.1_sample.npz",
        X=np.stack(images).astype(np.float32),
        y=np.stack(truths).astype(np.int32),
        tissue_list=np.array(tissues),
        platform_list=np.array(platforms),
        meta=np.array(table),
    )


def livecell(folder: Path) -> None:
    """Two phase-contrast images with cells that overlap, in LIVECell's folders and COCO file."""
    shape = (520, 704)
    content: dict[str, Any] = {
        "images": [],
        "annotations": [],
        "categories": [{"supercategory": "cell", "id": 1, "name": "cell"}],
    }
    # Flat cells are darker than their surroundings; round ones focus light and are brighter.
    kinds = [
        ("A172", 22.0, 34.0, 95, (1.2, 3.2), -0.12),
        ("BV2", 9.0, 17.0, 240, (1.0, 1.5), 0.40),
    ]
    for number, (kind, radius, gap, most, stretch, inner) in enumerate(kinds, 1):
        rng = np.random.default_rng(520704 + number)
        thickness = np.zeros(shape)
        name = f"{kind}_Phase_C7_1_00d{4 * number:02d}h00m_1.tif"
        content["images"].append(
            {"id": number, "width": shape[1], "height": shape[0], "file_name": name}
        )
        for centre in scatter(rng, shape, gap, most):
            size = radius * rng.lognormal(0, 0.18)
            points = outline(rng, centre, size, rng.uniform(*stretch))
            points = np.clip(points, 0, np.array(shape) - 1).round(1)
            inside = polygon2mask(shape, points)
            if inside.sum() < 30:
                continue
            depth = ndimage.distance_transform_edt(inside)
            thickness += np.tanh(depth / (0.3 * size)) * rng.uniform(0.6, 1.1)
            content["annotations"].append(_annotation(content, number, points, inside))
        grain = noise(rng, shape, 1.0) * 0.45 + noise(rng, shape, 2.5) * 0.45
        body = ndimage.gaussian_filter(thickness * (1 + grain), 0.8)
        around = np.clip(ndimage.gaussian_filter(thickness, 3.5) - thickness, 0, None)
        halo = ndimage.gaussian_filter(around, 0.9)
        rim = np.clip(thickness - ndimage.gaussian_filter(thickness, 2.5), 0, None)
        relief = ndimage.sobel(ndimage.gaussian_filter(thickness, 1), 1)
        light = 1 + 2.6 * halo + inner * body - 1.0 * rim + 0.03 * relief
        light += 0.03 * noise(rng, shape, 90)
        pixels = np.clip(camera(rng, light, 1600) / 1600 * 128, 0, 255).round().astype(np.uint8)
        path = folder / "livecell" / "images" / "livecell_test_images" / kind / name
        path.parent.mkdir(parents=True, exist_ok=True)
        tifffile.imwrite(path, pixels, compression="zlib")
    (folder / "livecell" / "livecell_coco_sample.json").write_text(json.dumps(content))


def _annotation(
    content: dict[str, Any], image: int, points: Image, inside: NDArray[np.bool_]
) -> dict[str, Any]:
    (top, left), (bottom, right) = points.min(0), points.max(0)
    return {
        "segmentation": [[round(float(v), 1) for v in points[:, ::-1].ravel()]],
        "area": int(inside.sum()),
        "iscrowd": 0,
        "image_id": image,
        "bbox": [round(float(v), 1) for v in (left, top, right - left, bottom - top)],
        "category_id": 1,
        "id": len(content["annotations"]) + 1,
    }


def dsb2018(folder: Path) -> None:
    """Two fluorescence images and one of stained tissue: a folder an image, a mask a nucleus."""
    for seed, shape, radius, gap, most in (
        (1, (256, 256), 8.0, 17.0, 70),
        (2, (360, 360), 17.0, 34.0, 45),
    ):
        rng = np.random.default_rng(2018 + seed)
        labels = draw_nuclei(rng, shape, radius, gap, most, 0.2)
        haze = ndimage.gaussian_filter(stain_nuclei(rng, labels, 1), 12) * 0.25
        light = stain_nuclei(rng, labels, 1.1) + haze + 0.05
        grey = np.clip(camera(rng, light, 150, 2), 0, 255).astype(np.uint8)
        _save_entry(folder, f"fluorescence {seed}", np.repeat(grey[..., None], 3, 2), labels)
    rng = np.random.default_rng(2021)
    shape = (256, 320)
    labels = draw_nuclei(rng, shape, 8.5, 18.0, 120, 0.2)
    hematoxylin = ndimage.gaussian_filter(
        stain_nuclei(rng, labels, 0.8) * 0.6 + (labels > 0) * 0.45, 0.7
    )
    fibres = np.clip(0.45 + 0.16 * noise(rng, shape, 5) + 0.08 * noise(rng, shape, 1.5), 0.05, 1)
    # Absorbance of hematoxylin and eosin in red, green and blue (Ruifrok and Johnston, 2001).
    absorbance = (
        hematoxylin[..., None] * [0.65, 0.70, 0.29] * 1.4
        + (fibres * (1 - 0.5 * hematoxylin))[..., None] * [0.07, 0.99, 0.11] * 0.75
        + 0.04
    )
    light = np.exp(-absorbance)
    colour = np.clip(camera(rng, light, 1500) / 1500 * 255, 0, 255).round().astype(np.uint8)
    _save_entry(folder, "histology", colour, labels)


def _save_entry(
    folder: Path, title: str, colour: NDArray[np.uint8], labels: NDArray[np.int32]
) -> None:
    """Save one image as RGBA, as the Bowl does, and its masks; names are hashes as there."""
    name = hashlib.sha256(title.encode()).hexdigest()
    entry = folder / "stage1_sample" / name
    for part in ("images", "masks"):
        (entry / part).mkdir(parents=True, exist_ok=True)
    alpha = np.full((*labels.shape, 1), 255, np.uint8)
    iio.imwrite(entry / "images" / f"{name}.png", np.concatenate([colour, alpha], 2))
    for i in range(1, labels.max() + 1):
        mask = hashlib.sha256(f"{title} {i}".encode()).hexdigest()
        iio.imwrite(entry / "masks" / f"{mask}.png", ((labels == i) * 255).astype(np.uint8))


def main() -> None:
    """Write all files into FOLDER."""
    root = Path(__file__).resolve().parents[1]
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else root / "sample_data"
    folder.mkdir(parents=True, exist_ok=True)
    tissuenet(folder)
    livecell(folder)
    dsb2018(folder)
    files = [path for path in folder.rglob("*") if path.is_file()]
    print(f"{len(files)} files, {sum(path.stat().st_size for path in files) / 1e6:.1f} MB")


if __name__ == "__main__":
    main()
