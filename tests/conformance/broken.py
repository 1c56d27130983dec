"""A method that keeps the contract, and others that differ from it in one fault each."""

import contextlib
import json
import pickle
import time
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from napari_cellbench.data import Instances
from napari_cellbench.errors import Cancelled, CheckpointError, InputError
from napari_cellbench.methods import Method, Predictor, Tiling, parameter


@dataclass(frozen=True)
class Settings:
    level: float = parameter(0.5, label="Level", help="Higher finds less.", low=0, high=1)


class GoodPredictor(Predictor[Settings]):
    """What is brighter than a level is an object."""

    def predict(self, image, roles, parameters, statistics, progress):
        progress(0, 2)
        found = self.found(image, parameters, statistics)
        progress(1, 2)
        progress(2, 2)
        return found

    def found(self, image, parameters, statistics):
        return Instances.from_labels(self.labels(image, parameters, statistics))

    def labels(self, image, parameters, statistics):
        from scipy.ndimage import label

        low, high = statistics.percentile(0, 0), statistics.percentile(100, 0)
        return label(image[0] > low + parameters.level * (high - low))[0]


class Good(Method[Settings]):
    key = "good"
    title = "Good"
    family = "test"
    purpose = "Bright things"
    citation = "Nobody"
    targets = ("nucleus",)
    channels = ("nucleus", "phase")
    parameters = Settings
    needs_checkpoint = False
    predictor: ClassVar[type[GoodPredictor]] = GoodPredictor

    def load(self, checkpoint, device):
        return self.predictor()


class GoodWithCheckpoint(Good):
    """Reads its level from a file of JSON."""

    needs_checkpoint = True
    file_patterns = ("*.json",)

    def load(self, checkpoint, device):
        if checkpoint is None:
            raise CheckpointError("It needs a checkpoint: choose one.")
        try:
            self.read(checkpoint)
        except (ValueError, OSError, KeyError) as error:
            raise CheckpointError(f"{checkpoint.name} is no checkpoint of this method.") from error
        return self.predictor()

    def read(self, checkpoint) -> Any:
        return json.loads(checkpoint.read_text("utf-8"))["level"]


# What the class says.


class BadKey(Good):
    key = "Bad key"


class NoPurpose(Good):
    purpose = " "


class NoCitation(Good):
    citation = ""


class UnsafeAddress(Good):
    url = "http://example.org"


class NoTargets(Good):
    targets = ()


class UnknownChannel(Good):
    channels = ("nucleus", "mitochondria")


class TextForRequires(Good):
    requires = "torch"


class NeedsArguments(Good):
    def __init__(self, size):
        self.size = size


class PlainParameters(Good):
    class parameters:  # noqa: N801
        level = 1


class ChangeableParameters(Good):
    @dataclass
    class parameters:  # noqa: N801
        level: float = parameter(0.5, label="Level", help="Higher finds less.")


class DefaultOutOfRange(Good):
    @dataclass(frozen=True)
    class parameters:  # noqa: N801
        level: float = parameter(2.0, label="Level", help="Higher finds less.", low=0, high=1)


class StartOutOfRange(Good):
    @dataclass(frozen=True)
    class parameters:  # noqa: N801
        level: float | None = parameter(
            None, start=2.0, label="Level", help="Higher finds less.", low=0, high=1
        )


class DefaultOfAnotherType(Good):
    @dataclass(frozen=True)
    class parameters:  # noqa: N801
        level: int = parameter("much", label="Level", help="Higher finds less.")


class NothingBetween(Good):
    @dataclass(frozen=True)
    class parameters:  # noqa: N801
        level: float = parameter(0.5, label="Level", help="Higher finds less.", low=1, high=0)


class NoHelp(Good):
    @dataclass(frozen=True)
    class parameters:  # noqa: N801
        level: float = parameter(0.5, label="Level", help="")


class ListOfNumbers(Good):
    @dataclass(frozen=True)
    class parameters:  # noqa: N801
        level: tuple = parameter((1, 2), label="Level", help="Higher finds less.")


class UndeclaredField(Good):
    @dataclass(frozen=True)
    class parameters:  # noqa: N801
        level: float = 0.5


class LostByName(Good):
    @dataclass(frozen=True)
    class parameters:  # noqa: N801
        how: str | None = parameter("auto", label="How", help="None is something else.")


class ChangesItsValues(Good):
    @dataclass(frozen=True)
    class parameters:  # noqa: N801
        level: float = parameter(0.5, label="Level", help="Higher finds less.")
        often: int = parameter(1, label="Often", help="More is slower.")

        def __eq__(self, other):
            return False

        __hash__ = None


class PatternsForNothing(Good):
    file_patterns = ("*.pth",)


class PatternIsText(GoodWithCheckpoint):
    file_patterns = "*.pth"


class WeightsAreText(GoodWithCheckpoint):
    weights = "encoder.*"


class PatternsInOne(GoodWithCheckpoint):
    file_patterns = ("*.pth *.pt",)


class TrainableWithoutTrain(Good):
    trainable = True


class TrainsInSecret(Good):
    def train(self, lesson):
        return lesson.run


class LosesTargetOfCatalogue(GoodWithCheckpoint):
    key = "stardist"
    targets = ("whole_cell",)


class LosesChannelOfCatalogue(GoodWithCheckpoint):
    key = "stardist"
    channels = ("nucleus",)


# What a prediction gives.


class Crashes(Good):
    class predictor(GoodPredictor):  # noqa: N801
        def found(self, image, parameters, statistics):
            raise KeyError("layer")


class GivesArray(Good):
    class predictor(GoodPredictor):  # noqa: N801
        def found(self, image, parameters, statistics):
            return self.labels(image, parameters, statistics)


class SwapsAxes(Good):
    class predictor(GoodPredictor):  # noqa: N801
        def found(self, image, parameters, statistics):
            return Instances.from_labels(self.labels(image, parameters, statistics).T)


class OneRow(Good):
    class predictor(GoodPredictor):  # noqa: N801
        def found(self, image, parameters, statistics):
            labels = self.labels(image, parameters, statistics)[:1].astype(np.int32)
            return Instances(image.shape[1:], labels=labels)


class FloatLabels(Good):
    class predictor(GoodPredictor):  # noqa: N801
        def found(self, image, parameters, statistics):
            labels = self.labels(image, parameters, statistics).astype(float)
            return Instances(image.shape[1:], labels=labels)


class BackgroundBelowZero(Good):
    class predictor(GoodPredictor):  # noqa: N801
        def found(self, image, parameters, statistics):
            labels = self.labels(image, parameters, statistics).astype(np.int32) - 1
            return Instances(image.shape[1:], labels=labels)


class BackgroundIsOne(Good):
    class predictor(GoodPredictor):  # noqa: N801
        def labels(self, image, parameters, statistics):
            return super().labels(image, parameters, statistics) + 1


class ScoreIsNaN(Good):
    class predictor(GoodPredictor):  # noqa: N801
        def found(self, image, parameters, statistics):
            labels = self.labels(image, parameters, statistics)
            return Instances.from_labels(labels, [np.nan] * labels.max())


class MasksOfAnotherSize(Good):
    class predictor(GoodPredictor):  # noqa: N801
        def found(self, image, parameters, statistics):
            shape = image.shape[1:]
            small = Instances.from_masks(np.ones((1, 4, 4), bool), (4, 4)).masks
            return Instances(shape, masks=small)


class WritesIntoInput(Good):
    class predictor(GoodPredictor):  # noqa: N801
        def labels(self, image, parameters, statistics):
            found = super().labels(image, parameters, statistics)
            image //= 2
            return found


class ThrowsDice(Good):
    class predictor(GoodPredictor):  # noqa: N801
        def labels(self, image, parameters, statistics):
            return np.random.default_rng().integers(0, 5, image.shape[1:])


class ScoresByDice(Good):
    class predictor(GoodPredictor):  # noqa: N801
        def found(self, image, parameters, statistics):
            labels = self.labels(image, parameters, statistics)
            return Instances.from_labels(labels, np.random.default_rng().random(labels.max()))


class RemembersTheLastImage(Good):
    class predictor(GoodPredictor):  # noqa: N801
        last: Any = None

        def labels(self, image, parameters, statistics):
            seen, self.last = self.last, image.copy()
            if seen is None or seen.shape != image.shape or (seen == image).all():
                seen = image
            return super().labels((image + 0.0 + seen) / 2, parameters, statistics)


class Silent(Good):
    class predictor(GoodPredictor):  # noqa: N801
        def predict(self, image, roles, parameters, statistics, progress):
            return self.found(image, parameters, statistics)


class GoesBack(Good):
    class predictor(GoodPredictor):  # noqa: N801
        def predict(self, image, roles, parameters, statistics, progress):
            progress(2, 3)
            progress(1, 3)
            progress(3, 3)
            return self.found(image, parameters, statistics)


class NeverDone(Good):
    class predictor(GoodPredictor):  # noqa: N801
        def predict(self, image, roles, parameters, statistics, progress):
            progress(1, 2)
            return self.found(image, parameters, statistics)


class BeyondTheEnd(Good):
    class predictor(GoodPredictor):  # noqa: N801
        def predict(self, image, roles, parameters, statistics, progress):
            progress(3, 2)
            return self.found(image, parameters, statistics)


class OfNothing(Good):
    class predictor(GoodPredictor):  # noqa: N801
        def predict(self, image, roles, parameters, statistics, progress):
            progress(0, 0)
            return self.found(image, parameters, statistics)


class CannotBeStopped(Good):
    class predictor(GoodPredictor):  # noqa: N801
        def predict(self, image, roles, parameters, statistics, progress):
            with contextlib.suppress(Exception):
                progress(1, 1)
            return self.found(image, parameters, statistics)


class StoppedWithAnError(Good):
    class predictor(GoodPredictor):  # noqa: N801
        def predict(self, image, roles, parameters, statistics, progress):
            try:
                progress(1, 1)
            except Cancelled:
                raise RuntimeError("the session was closed") from None
            return self.found(image, parameters, statistics)


class TakesItsTimeToStop(Good):
    class predictor(GoodPredictor):  # noqa: N801
        def predict(self, image, roles, parameters, statistics, progress):
            try:
                progress(1, 1)
            except Cancelled:
                time.sleep(2.5)
                raise
            return self.found(image, parameters, statistics)


class UnfitAfterAStop(Good):
    class predictor(GoodPredictor):  # noqa: N801
        level = 0.0

        def predict(self, image, roles, parameters, statistics, progress):
            level, self.level = self.level, 300.0
            progress(1, 1)
            self.level = 0.0
            found = self.found(image, parameters, statistics)
            return Instances.from_labels(found.labels * (image[0] > level))


class TilesOfNothing(Good):
    class predictor(GoodPredictor):  # noqa: N801
        def tiling(self, parameters):
            return Tiling(128, 128)


# What images it takes.


class WrapsAround(Good):
    class predictor(GoodPredictor):  # noqa: N801
        def labels(self, image, parameters, statistics):
            from scipy.ndimage import label

            # 180 + 180 is 104 in uint8.
            return label(image[0] + image[0] > 130)[0]


class TakesBytesOnly(Good):
    class predictor(GoodPredictor):  # noqa: N801
        def labels(self, image, parameters, statistics):
            return super().labels(np.bitwise_and(image, 255), parameters, statistics)


class SeesWhatIsNotThere(Good):
    class predictor(GoodPredictor):  # noqa: N801
        def labels(self, image, parameters, statistics):
            from scipy.ndimage import label

            low, high = statistics.percentile(0, 0), statistics.percentile(100, 0)
            return label(image[0] >= (low + high) / 2)[0]


class FailsOnTinyImages(Good):
    class predictor(GoodPredictor):  # noqa: N801
        def labels(self, image, parameters, statistics):
            image[:, 1:, 1:][0].max()
            return super().labels(image, parameters, statistics)


class RefusesSmallImages(Good):
    class predictor(GoodPredictor):  # noqa: N801
        def labels(self, image, parameters, statistics):
            if min(image.shape[1:]) < 64:
                raise InputError("The image must be at least 64 pixels wide.")
            return super().labels(image, parameters, statistics)


class WantsTwoChannels(Good):
    class predictor(GoodPredictor):  # noqa: N801
        def labels(self, image, parameters, statistics):
            return super().labels(image[1:2], parameters, statistics)


class RefusesWhatItDeclares(Good):
    class predictor(GoodPredictor):  # noqa: N801
        def predict(self, image, roles, parameters, statistics, progress):
            if "phase" in roles:
                raise InputError("Phase contrast is not what this is for.")
            return super().predict(image, roles, parameters, statistics, progress)


class RefusesEverything(Good):
    class predictor(GoodPredictor):  # noqa: N801
        def predict(self, image, roles, parameters, statistics, progress):
            raise InputError("This is not what it is for.")


class CheckpointOfOtherChannels(GoodWithCheckpoint):
    predictor = RefusesWhatItDeclares.predictor


# What files it loads.


class Unpickles(GoodWithCheckpoint):
    def read(self, checkpoint):
        with checkpoint.open("rb") as file:
            try:
                return pickle.load(file)["level"]
            except Exception as error:
                raise ValueError from error


class UnpicklesArrays(GoodWithCheckpoint):
    def read(self, checkpoint):
        try:
            return np.load(checkpoint, allow_pickle=True)["weight"]
        except Exception as error:
            raise ValueError from error


class UnpicklesWhatTorchWrote(GoodWithCheckpoint):
    requires = ("torch",)

    def read(self, checkpoint):
        import torch

        try:
            return torch.load(checkpoint, weights_only=False)
        except Exception as error:
            raise ValueError from error


class LoadsAnything(GoodWithCheckpoint):
    def read(self, checkpoint):
        return 0.5


class LoadsAnythingForPhase(LoadsAnything):
    class predictor(GoodPredictor):  # noqa: N801
        def predict(self, image, roles, parameters, statistics, progress):
            if roles != ("phase",):
                raise InputError("This is for phase contrast.")
            return super().predict(image, roles, parameters, statistics, progress)


class FailsOnDamagedFiles(GoodWithCheckpoint):
    def load(self, checkpoint, device):
        if checkpoint is None:
            raise CheckpointError("It needs a checkpoint: choose one.")
        self.read(checkpoint)
        return self.predictor()


class LoadsHalves(GoodWithCheckpoint):
    def read(self, checkpoint):
        if not checkpoint.read_text("utf-8").startswith('{"level"'):
            raise ValueError


class RunsWithoutCheckpoint(GoodWithCheckpoint):
    def load(self, checkpoint, device):
        return self.predictor()


class WrongErrorWithoutCheckpoint(GoodWithCheckpoint):
    def load(self, checkpoint, device):
        if checkpoint is None:
            raise InputError("It needs a checkpoint: choose one.")
        return super().load(checkpoint, device)


class FailsWithoutCheckpoint(GoodWithCheckpoint):
    def load(self, checkpoint, device):
        self.read(checkpoint)
        return self.predictor()


class StopsByItself(Good):
    class predictor(GoodPredictor):  # noqa: N801
        def predict(self, image, roles, parameters, statistics, progress):
            raise Cancelled("Stopped.")


class _Refuses(GoodPredictor):
    text = ""

    def predict(self, image, roles, parameters, statistics, progress):
        if len(image) > 2:
            raise InputError(self.text)
        return super().predict(image, roles, parameters, statistics, progress)


class SaysTooLittle(Good):
    class predictor(_Refuses):  # noqa: N801
        text = "bad shape"


class SpeaksToProgrammers(Good):
    class predictor(_Refuses):  # noqa: N801
        text = "can't take <Image object at 0x7f00>."


class NoSentence(Good):
    class predictor(_Refuses):  # noqa: N801
        text = "expected 2 channels but got"
