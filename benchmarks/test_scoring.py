"""Speed of scoring beside pycocotools and faster-coco-eval.

    pytest benchmarks/test_scoring.py --benchmark-group-by=group

The table gives the ratio to the fastest of each group in parentheses. pycocotools takes minutes on
3000 cells; leave it out with ``-k "not pycocotools"``. Of the data set, the peak memory of all
processes is printed above the table.
"""

import contextlib
import io
from copy import deepcopy

import numpy as np
import pytest
from pycocotools import mask as coco_mask
from scipy.ndimage import find_objects

from napari_cellbench.data import Instances
from napari_cellbench.scoring import DatasetScorer, LiveScore, score

LARGE = "COCO scores, 2048 x 2048, 3000 cells"


@pytest.fixture(scope="module")
def large(cells):
    truth = cells((2048, 2048), 3000)
    prediction = np.roll(truth, (2, 1), (0, 1))
    return truth, prediction, np.random.default_rng(0).random(len(np.unique(prediction)) - 1)


def encode(labels):
    """One RLE per label; only the columns that an object covers are looked at."""
    height, width = labels.shape
    masks = []
    for label, place in enumerate(find_objects(labels), start=1):
        if place is None:
            continue
        columns = place[1]
        flat = (labels[:, columns] == label).ravel(order="F")
        starts = np.flatnonzero(np.diff(flat, prepend=False, append=False)) + columns.start * height
        counts = np.diff(starts, prepend=0, append=height * width)
        rle = {"size": [height, width], "counts": counts.tolist()}
        masks.append(coco_mask.frPyObjects(rle, height, width))
    return masks


@pytest.fixture(scope="module")
def coco(large):
    """Return a function that gives the same image as annotation file and results list."""
    truth, prediction, scores = large
    annotations = [
        {
            "id": k,
            "image_id": 1,
            "category_id": 1,
            "segmentation": mask,
            "area": float(coco_mask.area(mask)),
            "bbox": coco_mask.toBbox(mask).tolist(),
            "iscrowd": 0,
        }
        for k, mask in enumerate(encode(truth), start=1)
    ]
    results = [
        {"image_id": 1, "category_id": 1, "segmentation": mask, "score": float(confidence)}
        for mask, confidence in zip(encode(prediction), scores, strict=True)
    ]
    height, width = truth.shape
    dataset = {
        "info": {},
        "images": [{"id": 1, "height": height, "width": width}],
        "categories": [{"id": 1, "name": "cell"}],
        "annotations": annotations,
    }
    # Both programs write into what they are given.
    return lambda: deepcopy((dataset, results))


def evaluate(run):
    # One area range, as the score panel asks for.
    run.params.maxDets = [3000]
    run.params.areaRng, run.params.areaRngLbl = [[0, 1e10]], ["all"]
    with contextlib.redirect_stdout(io.StringIO()):
        run.evaluate()
        run.accumulate()
    return run.eval["precision"].mean()


@pytest.mark.benchmark(group=LARGE)
def test_cellbench(benchmark, large):
    benchmark(score, *large)


@pytest.mark.benchmark(group=LARGE)
def test_faster_coco_eval(benchmark, coco, large):
    faster = pytest.importorskip("faster_coco_eval")

    def run():
        dataset, results = coco()
        truth = faster.COCO(dataset)
        with contextlib.redirect_stdout(io.StringIO()):
            detections = truth.loadRes(results)
        return evaluate(
            faster.COCOeval_faster(truth, detections, "segm", print_function=lambda *_: None)
        )

    found = benchmark.pedantic(run, rounds=5, warmup_rounds=1)
    assert found == pytest.approx(score(*large).mAP, abs=1e-9)


@pytest.mark.benchmark(group=LARGE)
@pytest.mark.timeout(1200)
def test_pycocotools(benchmark, coco, large):
    from pycocotools.coco import COCO
    from pycocotools.cocoeval import COCOeval

    def run():
        truth = COCO()
        truth.dataset, results = coco()
        with contextlib.redirect_stdout(io.StringIO()):
            truth.createIndex()
            detections = truth.loadRes(results)
        return evaluate(COCOeval(truth, detections, "segm"))

    found = benchmark.pedantic(run, rounds=1)
    assert found == pytest.approx(score(*large).mAP, abs=1e-9)


@pytest.mark.benchmark(group="all scores, 1024 x 1024, 1000 cells")
def test_medium_image(benchmark, cells):
    truth = cells((1024, 1024), 1000)
    benchmark(score, truth, np.roll(truth, (2, 1), (0, 1)))


@pytest.mark.benchmark(group="rescoring, 2048 x 2048, 5000 cells")
@pytest.mark.parametrize("way", ["after a stroke", "in full"])
def test_brush_stroke(benchmark, cells, way):
    """A round brush of 41 pixels, somewhere, with some label."""
    truth = cells((2048, 2048), 5000)
    prediction = np.roll(truth, (2, 1), (0, 1))
    live = LiveScore(truth, prediction)
    rng = np.random.default_rng(0)
    dy, dx = np.nonzero(np.hypot(*np.mgrid[-20:21, -20:21]) <= 20)

    def stroke():
        y, x = rng.integers(0, 2007, 2)
        live.update((dy + y, dx + x), prediction=int(rng.integers(0, 6000)))
        return live.score()

    benchmark(stroke if way == "after a stroke" else lambda: score(truth, prediction))


@pytest.mark.benchmark(group="1500 images of 520 x 704, 1.6 million true cells")
@pytest.mark.parametrize("kind", ["labels", "masks"])
@pytest.mark.timeout(1200)
def test_dataset(benchmark, cells, peak_memory, capsys, kind):
    """As large as LIVECell; as many predictions as true cells. Twenty images, over and over."""
    rng = np.random.default_rng(0)
    truth = cells((520, 704), 1067)
    images = []
    for _ in range(20):
        shift = rng.integers(-2, 3, 2)
        pair = [np.roll(truth, rng.integers(0, 500, 2), (0, 1))]
        pair.append(np.roll(pair[0], shift, (0, 1)))
        if kind == "masks":
            pair = [Instances.from_masks(encode(x), x.shape) for x in pair]
        images.append(pair)

    def run():
        scorer = DatasetScorer()
        for k in range(1500):
            scorer.add(*images[k % 20])
        return scorer.result()

    benchmark.pedantic(run, rounds=1)
    with capsys.disabled():
        print(f"\n1500 images, {kind}: peak memory {peak_memory.gib:.2f} GiB (aim: below 4)")
