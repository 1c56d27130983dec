"""Put MobileSAM into the package: half precision, without the classifier that SAM doesn't use.

    python scripts/export_mobile_sam.py ../shared/weights/mobile_sam.pt

The file is the authors' (its hash is checked against the catalogue's). What is recorded is the size
and the hash of what ships; ``benchmarks/clicks.py --weights`` compares the two.
"""

from __future__ import annotations

import argparse
import hashlib
import json
from pathlib import Path

from napari_cellbench.checkpoints import get_checkpoint
from napari_cellbench.errors import CheckpointError
from napari_cellbench.methods.segment_anything.network import CLASSIFIER
from napari_cellbench.methods.shared.weights import read_state_dict, write_half

BUNDLED = Path(__file__).parents[1] / "src/napari_cellbench/checkpoints/bundled"
KEY = "mobile-sam"


def main() -> None:
    """Read, write, and record."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("weights", type=Path)
    args = parser.parse_args()
    official = get_checkpoint("segment_anything-mobile_sam")
    if hashlib.sha256(args.weights.read_bytes()).hexdigest() != official.sha256:
        raise CheckpointError(f"{args.weights} isn't the file that the authors published.")
    state, _ = read_state_dict(args.weights)
    kept = {name: weight for name, weight in state.items() if not name.startswith(CLASSIFIER)}
    path = BUNDLED / f"{KEY}.safetensors"
    write_half(path, kept, {"source": official.url, "licence": official.licence})
    record = {
        "key": KEY,
        "method": "segment_anything",
        "title": "MobileSAM (bundled)",
        "target": "whole_cell",
        "trained_on": official.trained_on,
        "licence": official.licence,
        "channels": list(official.channels),
        "modality": "any",
        "file": path.name,
        "size": path.stat().st_size,
        "sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
    }
    listing = BUNDLED / "bundled.json"
    records = [old for old in json.loads(listing.read_text()) if old["key"] != KEY] + [record]
    part = listing.with_suffix(".part")
    part.write_text(json.dumps(sorted(records, key=lambda r: r["key"]), indent=2) + "\n")
    part.replace(listing)
    print(json.dumps(record, indent=2))


if __name__ == "__main__":
    main()
