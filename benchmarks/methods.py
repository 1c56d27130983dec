"""Seconds and peak memory of every method on an image of 512 x 512 pixels.

    python benchmarks/methods.py --weights ../shared/weights
    python benchmarks/methods.py swin_t hrnet --device cuda

Prints a row of a Markdown table for each method, each in a worker process of its own: the median
of some runs after a first one, and the most memory that the process took, with its packages and
the loaded model. The image is the real one of the demo. Where no real weights are at hand they are
random ones of the real size (called so in the table). Random detectors find objects everywhere:
their score threshold is set so that about as many are kept as the image shows.
"""

from __future__ import annotations

import argparse
import tempfile
from dataclasses import replace
from pathlib import Path
from statistics import median

import numpy as np
import torch

from napari_cellbench.checkpoints import checkpoints
from napari_cellbench.data.samples import demo_sample
from napari_cellbench.data.source import Source
from napari_cellbench.engine import Engine, Job
from napari_cellbench.errors import CellbenchError
from napari_cellbench.methods import get_method, methods
from napari_cellbench.methods.dsb2018.method import BowlMethod
from napari_cellbench.methods.mmdet.method import MMDetMethod
from napari_cellbench.methods.parameters import describe

SIDE = 512
REAL = {
    "segment_anything": ("MobileSAM", "mobile_sam.pt"),
    "cellpose_unet": ("cyto (2020)", "cellpose_cyto_2020_torch"),
}
"""Files of real weights, by method."""
OBJECTS = 100
"""Of a detector that finds more, only so many are kept: about what the image shows."""


def weights(key: str, folder: Path | None, scratch: Path) -> tuple[str, Path | None]:
    """Return what to call a method's weights, and their file: real ones before random ones."""
    if not get_method(key).needs_checkpoint:
        return "none", None
    if folder is not None and key in REAL:
        title, name = REAL[key]
        return title, folder / name
    for checkpoint in checkpoints():
        if checkpoint.method == key and checkpoint.source == "bundled":
            return "bundled", checkpoint.path
    return "random", random_weights(key, scratch)


def random_weights(key: str, scratch: Path) -> Path:
    """Write random weights of the real size."""
    torch.manual_seed(0)
    method = get_method(key)
    if isinstance(method, MMDetMethod):
        from napari_cellbench.methods.mmdet.architectures import IMAGENET
        from napari_cellbench.methods.mmdet.checkpoint import save_checkpoint
        from napari_cellbench.methods.mmdet.network import build_network, draw_weights
        from napari_cellbench.methods.mmdet.settings import InputSettings

        network = build_network(method.architecture, 3, for_cells=False)
        draw_weights(network)
        file = scratch / f"{key}.safetensors"
        save_checkpoint(file, network, key, InputSettings(*IMAGENET))
        return file
    if isinstance(method, BowlMethod):
        from napari_cellbench.methods.deepcell.checkpoint import save_checkpoint
        from napari_cellbench.methods.dsb2018.inputs import original_settings

        network, window = winner(key)
        file = scratch / f"{key}.safetensors"
        save_checkpoint(file, network, key, original_settings(window))
        return file
    file = scratch / key
    if key == "cellpose_sam":
        from cellpose.vit import CPSAM

        torch.save(CPSAM().state_dict(), file)
        return file
    if key == "segment_anything":
        from segment_anything import sam_model_registry

        torch.save(sam_model_registry["vit_b"]().state_dict(), file)
        return file
    raise CellbenchError(f"There are no weights of {key} to measure with.")


def winner(key: str) -> tuple[torch.nn.Module, int]:
    """Return a network of a winner of the bowl as it was published, and its window in pixels."""
    from napari_cellbench.methods.dsb2018.first import checkpoint as first
    from napari_cellbench.methods.dsb2018.first.unet import UNet, UNetShape
    from napari_cellbench.methods.dsb2018.second import checkpoint as second
    from napari_cellbench.methods.dsb2018.second.network import SecondNet, SecondShape
    from napari_cellbench.methods.dsb2018.third import checkpoint as third
    from napari_cellbench.methods.dsb2018.third.network import ThirdNet, ThirdShape

    network, window = {
        "dsb2018_first": lambda: (UNet(UNetShape()), first.WINDOW),
        "dsb2018_second": lambda: (SecondNet(SecondShape()), second.WINDOW),
        "dsb2018_third": lambda: (ThirdNet(ThirdShape()), third.WINDOW),
    }[key]()
    # Each block begins as if it were not there: else numbers grow from one to the next.
    for name, layer in network.named_modules():
        if name.endswith(("branch2c", "bn2")) and isinstance(layer, torch.nn.BatchNorm2d):
            torch.nn.init.zeros_(layer.weight)
    return network, window


def measure(key: str, name: str, checkpoint: Path | None, device: str, runs: int) -> None:
    """Run a method, and print its row."""
    sample = demo_sample()
    source = Source.of(sample.image[:, :SIDE, :SIDE])
    job = Job(key, sample.roles, checkpoint, device=device)
    engine = Engine()
    try:
        first = engine.run(source, job).instances
        fields = {info.name for info in describe(get_method(key).parameters)}
        is_free = name == "random" and "score_threshold" in fields and len(first) > OBJECTS
        if is_free and first.scores is not None:
            threshold = float(np.sort(first.scores)[-OBJECTS])
            job = replace(job, parameters={"score_threshold": threshold})
        results = [engine.run(source, job) for _ in range(runs)]
    finally:
        engine.release()
    seconds = median(result.seconds for result in results)
    memory = max(result.peak_memory or 0 for result in results) / 2**30
    gpu = max(result.peak_gpu_memory or 0 for result in results) / 2**30
    on_gpu = f"{gpu:.2f}" if gpu else "–"
    print(
        f"| {get_method(key).title} | {name} | {results[0].device} | {seconds:.2f} | {memory:.2f} "
        f"| {on_gpu} | {len(results[0].instances)} |",
        flush=True,
    )


def main() -> None:
    """Read the arguments and measure."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("methods", nargs="*", default=list(methods()), help="keys; default: all")
    parser.add_argument("--weights", type=Path, help="folder with files of real weights")
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--runs", type=int, default=3)
    args = parser.parse_args()
    print("| Method | Weights | Device | Seconds | Memory, GiB | on the GPU, GiB | Objects |")
    print("|---|---|---|---|---|---|---|")
    for key in args.methods:
        with tempfile.TemporaryDirectory() as scratch:
            try:
                measure(key, *weights(key, args.weights, Path(scratch)), args.device, args.runs)
            except CellbenchError as error:
                print(f"| {get_method(key).title} | {error} |||||")


if __name__ == "__main__":
    main()
