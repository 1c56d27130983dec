"""Train methods briefly on a few images, and score them on these.

    python scripts/train_short.py mask_rcnn stardist --data ../shared/data --runs runs/short
    python scripts/train_short.py --small --patch 128 --data ../shared/data --runs runs/small

The second one takes small networks of the same kinds: minutes each on two cores. Prints a row of a
Markdown table for each method: the mean loss of the first and the last 50 steps, the seconds, and
F1 at IoU 0.5 over all objects of the training images. Call it again to go on where it was stopped;
a run that is complete is only scored.
"""

from __future__ import annotations

import argparse
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch

from napari_cellbench.data import Instances, Sample
from napari_cellbench.data.readers import read_samples
from napari_cellbench.data.statistics import ExactStatistics
from napari_cellbench.engine.client.stitching import Stitcher
from napari_cellbench.engine.client.tiling import cut
from napari_cellbench.methods import Lesson, TrainingSettings, TrainingUpdate, get_method, methods
from napari_cellbench.methods.base import Method, Predictor
from napari_cellbench.methods.preparation import tiling_of
from napari_cellbench.scoring import DatasetScorer
from small_networks import small


def read(folder: Path, count: int) -> list[Sample]:
    """Read the first images of a folder, whose one channel shows nuclei."""
    samples = read_samples(folder)
    return [replace(samples[i], roles=("nucleus",)) for i in range(min(count, len(samples)))]


def losses(run: Path) -> tuple[float, float, float]:
    """Return the mean losses of the first and the last 50 steps, and the seconds."""
    rows = [json.loads(line) for line in (run / "metrics.jsonl").read_text("utf-8").splitlines()]
    return rows[0]["loss"], rows[-1]["loss"], rows[-1]["seconds"]


def f1(method: Method[Any], checkpoint: Path, samples: list[Sample], device: str) -> float:
    """Segment the images with the method's default parameters, and count the objects found."""
    scorer, predictor = DatasetScorer(), method.load(checkpoint, device)
    for sample in samples:
        scorer.add(sample.truth["nucleus"], segment(predictor, sample, method.parameters()))
    return scorer.result().pooled.f1[0]


def segment(predictor: Predictor[Any], sample: Sample, parameters: Any) -> Instances:
    """Segment an image window by window, as the engine does in a worker, which knows no `small`."""
    shape, statistics = sample.shape, ExactStatistics(sample.image)
    stitcher = Stitcher(shape)
    for tile in cut(shape, tiling_of(predictor, parameters)):
        window = sample.image[:, *tile.region]
        stitcher.add(
            tile,
            predictor.predict(window, sample.roles, parameters, statistics, lambda *_: None),
        )
    return stitcher.result()


def main() -> None:
    """Read the arguments, train and score."""
    trainable = [key for key, method in methods().items() if method.trainable]
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("methods", nargs="*", default=trainable, help="keys; default: all")
    parser.add_argument("--data", type=Path, required=True, help="folder of the data sets")
    parser.add_argument("--runs", type=Path, required=True, help="folder of the runs")
    parser.add_argument("--small", action="store_true", help="small networks of the same kinds")
    parser.add_argument("--images", type=int, default=20)
    parser.add_argument("--steps", type=int, default=400)
    parser.add_argument("--batch", type=int, default=2)
    parser.add_argument("--patch", type=int, default=256)
    parser.add_argument("--learning-rate", type=float, help="default: the method's")
    parser.add_argument("--start", type=Path, help="checkpoint to start from")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    samples = read(args.data / "dsb2018_fluo" / "train", args.images)
    settings = TrainingSettings(args.steps, args.batch, args.patch, args.learning_rate, snapshot=50)

    def report(update: TrainingUpdate) -> None:
        if update.step % 50 == 0:
            print(f"{update.step}/{update.steps}: {update.loss:.3f}, {update.seconds:.0f} s")

    print("| Method | Steps | First loss | Last loss | Seconds | F1@.5 |")
    print("|---|---|---|---|---|---|")
    for key in args.methods:
        run = args.runs / key
        method = small(key) if args.small else get_method(key)
        lesson = Lesson(samples, "nucleus", settings, run, args.start, args.device, report)
        checkpoint = method.train(lesson)
        first, last, seconds = losses(run)
        score = f1(method, checkpoint, samples, args.device)
        figures = f"{first:.3f} | {last:.3f} | {seconds:.0f} | {score:.3f}"
        print(f"| {key} | {args.steps} | {figures} |", flush=True)


if __name__ == "__main__":
    main()
