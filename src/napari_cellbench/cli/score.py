"""`cellbench score`: label images against their truth."""

from __future__ import annotations

import argparse
import json
from pathlib import Path


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Describe the command."""
    parser.add_argument("truth", type=Path)
    parser.add_argument("prediction", type=Path)
    parser.add_argument("--json", action="store_true")
    parser.set_defaults(command=_score)


def _score(args: argparse.Namespace) -> None:
    from ..data.images import read_labels
    from ..scoring import score

    result = score(read_labels(args.truth), read_labels(args.prediction)).to_dict()
    if args.json:
        print(json.dumps(result, indent=2))
        return
    for name, value in result.items():
        if isinstance(value, list):
            print(f"{name:<14}" + " ".join("   nan" if v is None else f"{v:6.3f}" for v in value))
        else:
            print(f"{name:<14}" + ("nan" if value is None else f"{value:.4g}"))
