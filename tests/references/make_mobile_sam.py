"""Record what the original MobileSAM finds in a real image, to compare ours with.

Run in an environment of its own::

    uv venv mobile
    uv pip install --python mobile mobilesam-mirror==1.0.0 timm tifffile pycocotools
    mobile/bin/python tests/references/make_mobile_sam.py --shared ../shared

``mobilesam-mirror`` is the authors' code as a package. The picture is stored beside the results,
so that the tests need the weights only.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import numpy as np
import tifffile
import torch
from mobile_sam import SamAutomaticMaskGenerator, sam_model_registry

HERE = Path(__file__).parent
OPTIONS = {
    "points_per_side": 3,
    "pred_iou_thresh": 0.6,
    "stability_score_thresh": 0.8,
    "box_nms_thresh": 0.7,
    "crop_n_layers": 1,
}


def main() -> None:
    """Write ``mobile_sam.npz``."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--shared", type=Path, required=True)
    shared = parser.parse_args().shared
    network = sam_model_registry["vit_t"](str(shared / "weights" / "mobile_sam.pt")).eval()
    image = tifffile.imread(shared / "data/dsb2018_histology/val/ae570a676961_image.tif")
    picture = np.ascontiguousarray(image[:90, :130, :3])
    generator = SamAutomaticMaskGenerator(network, output_mode="coco_rle", **OPTIONS)
    with torch.no_grad():
        generator.predictor.set_image(picture)
        features = generator.predictor.features[0].numpy()
    found = generator.generate(picture)
    np.savez_compressed(
        HERE / "mobile_sam.npz",
        picture=picture,
        features=features[::4, ::4, ::4],
        options=json.dumps(OPTIONS),
        found=json.dumps(found),
    )
    print(f"{len(found)} masks")


if __name__ == "__main__":
    main()
