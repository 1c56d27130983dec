"""Every trainable method keeps the contract: it learns, stops, resumes and can be used."""

import json
from dataclasses import replace

import numpy as np
import pytest
from tests.methods.deepcell.small import SmallFeatureNet, SmallMesmer, SmallRetinaMask
from tests.methods.detectron2.small import SmallCenterMask2, SmallResNeSt
from tests.methods.dsb2018.small import SmallFirst, SmallSecond, SmallThird
from tests.methods.mediar.small import SmallMediar
from tests.methods.mmdet.conftest import SmallMaskRCNN, disc_sample

from napari_cellbench.data import Instances
from napari_cellbench.data.statistics import ExactStatistics
from napari_cellbench.errors import Cancelled, InputError
from napari_cellbench.methods import Lesson, TrainingSettings, get_method, methods

SETTINGS = TrainingSettings(steps=6, batch=2, patch=64, learning_rate=1e-3, snapshot=3)
METHODS = {
    "featurenet": SmallFeatureNet(),
    "mesmer": SmallMesmer(),
    "retinamask": SmallRetinaMask(),
    "dsb2018_first": SmallFirst(),
    "dsb2018_second": SmallSecond(),
    "dsb2018_third": SmallThird(),
    "centermask2": SmallCenterMask2(),
    "resnest": SmallResNeSt(),
    "mediar": SmallMediar(),
    "mask_rcnn": SmallMaskRCNN(),
    "stardist": get_method("stardist"),
    "cellpose_unet": get_method("cellpose_unet"),
}

# mmdet's.
pytestmark = pytest.mark.filterwarnings("ignore:torch.meshgrid:UserWarning")


@pytest.fixture(scope="module")
def samples():
    return [disc_sample(seed) for seed in range(3)]


class Recorder:
    """Keeps the losses, and cancels after a step."""

    def __init__(self, last=None):
        self.losses, self.last = [], last

    def __call__(self, update):
        self.losses.append(update.loss)
        assert update.step <= update.steps
        if update.step == self.last:
            raise Cancelled("Stopped.")


@pytest.mark.parametrize("key", METHODS)
def test_learns(key, samples, tmp_path):
    losses = Recorder()
    settings = replace(SETTINGS, steps=30)
    METHODS[key].train(Lesson(samples[:1], "nucleus", settings, tmp_path, report=losses))
    assert np.mean(losses.losses[-10:]) < 0.9 * np.mean(losses.losses[:10])


@pytest.mark.parametrize("key", METHODS)
def test_stops_and_goes_on_as_if_it_had_not_stopped(key, samples, tmp_path):
    method = METHODS[key]
    whole = Recorder()
    checkpoint = method.train(
        Lesson(samples, "nucleus", SETTINGS, tmp_path / "whole", report=whole)
    )
    first, rest = Recorder(last=2), Recorder()
    with pytest.raises(Cancelled):
        method.train(Lesson(samples, "nucleus", SETTINGS, tmp_path / "parts", report=first))
    method.train(Lesson(samples, "nucleus", SETTINGS, tmp_path / "parts", report=rest))
    np.testing.assert_allclose(first.losses + rest.losses, whole.losses, rtol=0.02)

    image = samples[0].image[:, :32, :32]
    predictor = method.load(checkpoint, "cpu")
    found = predictor.predict(
        image, ("nucleus",), method.parameters(), ExactStatistics(image), lambda *_: None
    )
    assert found.shape == (32, 32)

    (row,) = (tmp_path / "whole/metrics.jsonl").read_text().splitlines()
    assert json.loads(row)["step"] == 6
    assert json.loads(row)["loss"] == pytest.approx(np.mean(whole.losses))
    snapshots = sorted(file.name for file in (tmp_path / "whole/snapshots").iterdir())
    assert snapshots == ["000003.safetensors", "000006.safetensors"]


@pytest.mark.parametrize("key", METHODS)
def test_starts_from_its_own_checkpoint(key, samples, tmp_path):
    method = METHODS[key]
    few = replace(SETTINGS, steps=1)
    first = method.train(Lesson(samples, "nucleus", few, tmp_path / "first"))
    second = method.train(Lesson(samples, "nucleus", few, tmp_path / "second", start=first))
    assert second.parent != first.parent
    assert json.loads((tmp_path / "second/run.json").read_text())["start"] == first.name


def test_a_folder_belongs_to_one_run(samples, tmp_path):
    method, few = METHODS["stardist"], replace(SETTINGS, steps=1)
    method.train(Lesson(samples, "nucleus", few, tmp_path))
    with pytest.raises(InputError, match="another training run"):
        method.train(Lesson(samples, "nucleus", replace(few, seed=1), tmp_path))


@pytest.mark.parametrize("key", METHODS)
def test_says_what_is_wrong_with_the_images(key, samples, tmp_path):
    method = METHODS[key]
    with pytest.raises(InputError, match="no images"):
        method.train(Lesson([], "nucleus", SETTINGS, tmp_path / "run"))
    with pytest.raises(InputError, match="discs 0 has no annotated whole cell"):
        method.train(Lesson(samples, "whole_cell", SETTINGS, tmp_path / "run"))
    empty = {"nucleus": Instances.from_labels(np.zeros((96, 96), np.int32))}
    blank = [replace(samples[0], truth=empty)]
    with pytest.raises(InputError, match="no annotated nucleus"):
        method.train(Lesson(blank, "nucleus", SETTINGS, tmp_path / "run"))
    assert not (tmp_path / "run").exists()


def test_methods_say_whether_they_can_be_trained(samples, tmp_path):
    assert not get_method("watershed").trainable
    with pytest.raises(InputError, match="can't be trained"):
        get_method("watershed").train(Lesson(samples, "nucleus", SETTINGS, tmp_path))
    trainable = {key for key, method in methods().items() if method.trainable}
    assert len(trainable & {"stardist", "cellpose_unet", "mask2former", "swin_s"}) == 4
