"""Make `checkpoints/seggal.json` from the table behind SegGal's page.

python scripts/make_seggal_catalogue.py seggal-gallery.json

The table has one row a model, as the page (https://boomstarcuc.github.io/SegGal/) lists them. Two
rows name the same file (Swin-S, nuclei, single channel, pancreas and breast): that is on the page.
"""

import json
import re
import sys
from pathlib import Path
from typing import Any

TARGET = Path(__file__).parents[1] / "src/napari_cellbench/checkpoints/seggal.json"

# Ours have keys of their own; the other methods' keys are their names.
METHODS = {"StarDist": "stardist", "Cellpose": "cellpose_unet"}

TARGETS = {"Cell Nuclei Segmentation": "nucleus", "Whole Cell Segmentation": "whole_cell"}


CHANNELS = {"phase": "phase contrast", "dual": "two channels", "single": "one channel"}

# As the page gives them; docs/reference/checkpoints.md says what they mean.
FIGURES = ("accuracy", "usability", "scalability_hours")

# The page states no licence of the weights; that of the images binds whoever uses them.
LICENCES = {
    "TissueNet": "not stated; trained on images for non-commercial use (TissueNet)",
    "LIVECell": "not stated; trained on images for non-commercial use (LIVECell, CC-BY-NC-4.0)",
}


def slug(text: str, separator: str) -> str:
    """Return lower-case letters and digits, and separators for all else."""
    return re.sub(r"[^a-z0-9]+", separator, text.lower()).strip(separator)


def checkpoint(row: dict[str, str]) -> dict[str, Any]:
    """Return the fields of a `Checkpoint`."""
    target = TARGETS[row["target"]]
    subject = {"nucleus": "nuclei", "whole_cell": "cells"}[target]
    if row["modality"] == "Light Microscopy":
        data, kind, channels = "LIVECell", "phase", ["phase"]
    elif row["channels"] == "Dual Channel Image":
        # In this order in SegGal's training files, as in TissueNet's, for Cellpose as well.
        data, kind, channels = "TissueNet", "dual", ["nucleus", "whole_cell"]
    else:
        data, kind, channels = "TissueNet", "single", [target]
    part = "all types" if row["training_data"] == "All" else row["training_data"]
    words = ("seggal", row["method"], subject, kind, row["training_data"])
    return {
        "key": "-".join(slug(word, "-") for word in words),
        "method": METHODS.get(row["method"], slug(row["method"], "_")),
        "title": f"{row['method']}, {subject}, {CHANNELS[kind]}, {part}",
        "target": target,
        "channels": channels,
        "trained_on": f"{data}, {part}",
        "licence": LICENCES[data],
        **({} if row["training_data"] == "All" else {"tissue": row["training_data"]}),
        "url": row["url"],
        "figures": {name: float(row[name]) for name in FIGURES if row[name]},
    }


if __name__ == "__main__":
    rows = json.loads(Path(sys.argv[1]).read_text())
    catalogue = [checkpoint(row) for row in rows]
    for entry in catalogue:
        for other in catalogue:
            if other is not entry and other["url"] == entry["url"]:
                entry["trained_on"] += f" (the page gives the same file for {other['tissue']})"
    keys = {entry["key"] for entry in catalogue}
    assert len(keys) == len(catalogue), "keys must be unique"
    TARGET.write_text(json.dumps(catalogue, indent=1) + "\n")
    print(f"{len(catalogue)} checkpoints in {TARGET.name}")
