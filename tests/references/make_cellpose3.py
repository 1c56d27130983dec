"""Record what cellpose 3.1.1.2 finds in real images, to compare our Cellpose U-Net with.

Run in an environment of its own (cellpose 4 can't load these checkpoints)::

    uv venv cp3 && uv pip install --python cp3 "cellpose==3.1.1.2" "numpy<2.1"
    cp3/bin/python tests/references/make_cellpose3.py --shared ../shared --nuclei img2d.tif

``img2d.tif`` is the nuclei image that the stardist package carries (``stardist/data/images``). The
crops are stored beside the masks, so that the tests need the weights only.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
import tifffile
import torch
from cellpose import models, utils

HERE = Path(__file__).parent / "cellpose3"
WEIGHTS = ("cellpose_cyto_2020_torch", "toxo_pv_lumen.CP_model")
GIVEN = {"nuclei": 20.0, "tissue": 22.0, "phase": 55.0, "histology": 25.0, "small": 40.0}


def crops(shared: Path, nuclei: Path) -> dict[str, tuple[np.ndarray, tuple[str, ...]]]:
    """Cut the images: (C, Y, X) and the role of each channel."""
    data = shared / "data"
    tissue = tifffile.imread(data / "codex_tissue" / "R001_X003_Y004_image.tif")
    tissue = np.moveaxis(tissue, int(np.argmin(tissue.shape)), 0)
    phase = tifffile.imread(sorted((data / "phase_contrast" / "val").glob("*_image.tif"))[0])
    colour = tifffile.imread(data / "dsb2018_histology" / "val" / "ae570a676961_image.tif")
    return {
        "nuclei": (tifffile.imread(nuclei)[None, 50:320, 100:360], ("nucleus",)),
        "tissue": (tissue[[1, 0], 300:540, 500:760], ("whole_cell", "nucleus")),
        "phase": (phase[None, 300:620, 300:600], ("phase",)),
        "histology": (colour[:200, :200].transpose(2, 0, 1), ("red", "green", "blue")),
        "small": (phase[None, 500:577, 400:470], ("phase",)),
    }


def main() -> None:
    """Segment every crop with every checkpoint and diameter, and write one file a crop."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--shared", type=Path, required=True, help="folder of images and weights")
    parser.add_argument("--nuclei", type=Path, required=True, help="stardist's img2d.tif")
    args = parser.parse_args()
    torch.set_num_threads(1)
    HERE.mkdir(exist_ok=True)
    for name, (image, roles) in crops(args.shared, args.nuclei).items():
        record = {"image": image, "roles": np.array(roles), "given": np.float64(GIVEN[name])}
        channels = [1, 2] if roles == ("whole_cell", "nucleus") else [0, 0]
        for weights in WEIGHTS:
            model = models.CellposeModel(
                gpu=False, pretrained_model=str(args.shared / "weights" / weights)
            )
            options = {"channels": channels, "channel_axis": 0, "min_size": 15}
            found, flows, _ = model.eval(image, diameter=None, **options)
            estimate = utils.diameters(found)[0] or None
            record[f"{weights}:none"] = found.astype(np.uint16)
            for key, diameter in (("given", GIVEN[name]), ("estimated", estimate)):
                masks = model.eval(image, diameter=diameter, **options)[0]
                record[f"{weights}:{key}"] = masks.astype(np.uint16)
            if name == "small":
                record[f"{weights}:flows"] = np.stack([*flows[1], flows[2]]).astype(np.float32)
        np.savez_compressed(HERE / f"{name}.npz", **record)


if __name__ == "__main__":
    main()
