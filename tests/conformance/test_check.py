"""Each check passes a method that keeps the contract, and fails those that break it."""

import doctest
import re
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from napari_cellbench.checkpoints import add_user_checkpoint
from napari_cellbench.conformance import CHECKS, CheckResult, check, check_method
from napari_cellbench.engine import Engine

from . import broken as b
from .heavy import Heavy

BROKEN = [
    (b.BadKey(), "description", "'Bad key' must be small letters"),
    (b.NoPurpose(), "description", "purpose is empty"),
    (b.NoCitation(), "description", "citation is empty"),
    (b.UnsafeAddress(), "description", "url must begin with https://"),
    (b.NoTargets(), "description", "targets must be a tuple with at least one entry"),
    (b.UnknownChannel(), "description", "channels has 'mitochondria'; there are: nucleus"),
    (b.TextForRequires(), "description", "requires must be a tuple of modules' names"),
    (b.NeedsArguments(3), "description", r"NeedsArguments\(\) must work without arguments"),
    (b.PlainParameters(), "parameters", "must be a dataclass"),
    (b.ChangeableParameters(), "parameters", "must be a frozen dataclass"),
    (b.DefaultOutOfRange(), "parameters", "level must be between 0 and 1, not 2.0"),
    (b.StartOutOfRange(), "parameters", "The start .* level must be between 0 and 1"),
    (b.DefaultOfAnotherType(), "parameters", "'much', is no int"),
    (b.NothingBetween(), "parameters", "level has no value between 1 and 0"),
    (b.NoHelp(), "parameters", "level has no help"),
    (b.ListOfNumbers(), "parameters", "level must be a float, int, bool or str"),
    (b.UndeclaredField(), "parameters", r"needs `parameter\(default, ...\)` for every field"),
    (b.LostByName(), "parameters", "differs from itself .* stands for None"),
    (b.ChangesItsValues(), "parameters", "differs from itself"),
    (b.PatternsForNothing(), "checkpoints", "names file_patterns, and needs no checkpoint"),
    (b.PatternIsText(), "checkpoints", r"a tuple of patterns as '\*.pth', not '\*.pth'"),
    (b.WeightsAreText(), "checkpoints", "weights are a tuple of patterns .*not 'encoder"),
    (b.PatternsInOne(), "checkpoints", r"a tuple of patterns .*not \('\*.pth \*.pt',\)"),
    (b.TrainableWithoutTrain(), "checkpoints", "trainable is True, and the class has no train"),
    (b.TrainsInSecret(), "checkpoints", "has a train, and isn't trainable"),
    (b.LosesTargetOfCatalogue(), "checkpoints", "segments nucleus, which isn't a target"),
    (b.LosesChannelOfCatalogue(), "checkpoints", "takes .*red.*: not in channels"),
    (Heavy(), "imports", r"Importing .*heavy imports wave"),
    (b.Crashes(), "prediction", "The method failed: KeyError: 'layer'"),
    (b.GivesArray(), "prediction", "predict returned ndarray, not Instances"),
    (b.SwapsAxes(), "prediction", r"objects of shape \(128, 96\) for \(96, 128\) pixels"),
    (b.OneRow(), "prediction", r"labels of int32, \(1, 128\) pixels"),
    (b.FloatLabels(), "prediction", "labels of float64"),
    (b.BackgroundBelowZero(), "prediction", "a label below 0"),
    (b.BackgroundIsOne(), "prediction", "No pixel is background"),
    (b.ScoreIsNaN(), "prediction", "A score isn't finite"),
    (b.MasksOfAnotherSize(), "prediction", r"a mask that isn't of \(96, 128\) pixels"),
    (b.RefusesEverything(), "prediction", "takes none of the channels .* not what it is for"),
    (b.WritesIntoInput(), "input-kept", "writes into the image"),
    (b.ThrowsDice(), "determinism", "at once, gives objects of other shapes"),
    (b.ScoresByDice(), "determinism", "at once, gives other scores"),
    (b.RemembersTheLastImage(), "determinism", "after another image, gives"),
    (b.Silent(), "progress", "never calls progress"),
    (b.GoesBack(), "progress", "falls from 67% to 33%"),
    (b.NeverDone(), "progress", "ends at 50%"),
    (b.BeyondTheEnd(), "progress", "Progress is 3 of 2"),
    (b.OfNothing(), "progress", "Progress is 0 of 0"),
    (b.Silent(), "cancel", "never calls progress"),
    (b.CannotBeStopped(), "cancel", "goes on to its end"),
    (b.StoppedWithAnError(), "cancel", "let Cancelled, which progress raises, pass"),
    (b.TakesItsTimeToStop(), "cancel", r"ends \d\.\d s later"),
    (b.UnfitAfterAStop(), "cancel", "After a stopped run, the same image gives 0 objects"),
    (b.TilesOfNothing(), "tiling", "Tiles of 128 pixels that share 128"),
    (b.WrapsAround(), "dtypes", "as int16 give other objects than as uint8"),
    (b.TakesBytesOnly(), "dtypes", "float32 image .*failed: TypeError"),
    (b.SeesWhatIsNotThere(), "constant-image", "finds 1 objects in an image that is 0"),
    (b.FailsOnTinyImages(), "sizes", "image of 1 x 1 x 1 .*failed"),
    (b.RefusesSmallImages(), "sizes", r"image of \(37, 61\) pixels is refused"),
    (b.SwapsAxes(), "sizes", "objects of shape"),
    (b.WantsTwoChannels(), "channels", "IndexError"),
    (b.RefusesWhatItDeclares(), "channels", "declares phase, and refuses it"),
    (b.Unpickles(), "hostile-files", "a pickle that calls .* ran code"),
    (b.UnpicklesArrays(), "hostile-files", r"ran code from the file"),
    (b.LoadsAnything(), "hostile-files", "It loads a torch file"),
    (b.LoadsAnything(), "damaged-files", "It loads an empty file"),
    (b.FailsOnDamagedFiles(), "damaged-files", "an empty file: .*Raise CheckpointError"),
    (b.LoadsHalves(), "damaged-files", "It loads the first half of a checkpoint"),
    (b.RunsWithoutCheckpoint(), "errors", "runs without a checkpoint"),
    (b.WrongErrorWithoutCheckpoint(), "errors", "must raise CheckpointError, not InputError"),
    (b.FailsWithoutCheckpoint(), "errors", "no checkpoint: The method failed"),
    (b.StopsByItself(), "errors", "though nobody stopped it"),
    (b.SaysTooLittle(), "errors", "the message says too little: 'bad shape'"),
    (b.SpeaksToProgrammers(), "errors", "is one for programmers"),
    (b.NoSentence(), "errors", "is no whole sentence"),
]


@pytest.fixture(scope="module")
def engine() -> Iterator[Engine]:
    with Engine() as engine:
        yield engine


@pytest.fixture
def weights(tmp_path: Path) -> Path:
    file = tmp_path / "weights.json"
    file.write_text('{"level": 0.5, "name": "' + 200 * "x" + '"}')
    return file


def told(results: list[CheckResult]) -> dict[str, str]:
    return {result.name: f"{result.status}: {result.message}" for result in results}


def test_a_good_method_passes(engine):
    results = check_method(b.Good(), engine=engine)
    assert [result.name for result in results] == list(CHECKS)
    assert all(result.ok for result in results), told(results)
    skipped = [result.name for result in results if result.status == "not applicable"]
    assert skipped == ["hostile-files", "damaged-files"]


def test_a_good_method_with_a_checkpoint_passes(engine, weights):
    results = check_method(b.GoodWithCheckpoint(), weights, engine=engine)
    assert [result.status for result in results] == ["passed"] * len(CHECKS), told(results)


@pytest.mark.parametrize(
    ("method", "check", "message"),
    BROKEN,
    ids=[f"{check}-{type(method).__name__}" for method, check, _ in BROKEN],
)
def test_a_broken_method_fails(engine, weights, method, check, message):
    file = weights if method.needs_checkpoint and method.key == "good" else None
    (result,) = check_method(method, file, engine=engine, only=[check])
    assert (result.name, result.status) == (check, "failed"), result
    assert re.search(message, result.message), result.message


def test_every_check_can_fail():
    assert {check for _, check, _ in BROKEN} == set(CHECKS)


def test_what_torch_unpickles_runs(engine, weights):
    """Else no method that loads so would be found out."""
    pytest.importorskip("torch")
    method = b.UnpicklesWhatTorchWrote()
    (result,) = check_method(method, weights, engine=engine, only=["hostile-files"])
    assert "Loading a torch file that calls a function, named .json ran code" in result.message


def test_a_listed_checkpoint_must_take_its_channels(engine, weights):
    listed = add_user_checkpoint(weights, "good", target="nucleus", channels=("phase",))
    method = b.CheckpointOfOtherChannels()
    (result,) = check_method(method, listed, engine=engine, only=["channels"])
    assert result.message.startswith("my-weights-json is listed for phase:")
    (other,) = check_method(method, weights, engine=engine, only=["channels"])
    assert other.status == "passed"
    assert "Takes nucleus" in other.message


def test_a_checkpoint_for_nothing(engine, weights):
    (result,) = check_method(b.Good(), weights, engine=engine, only=["checkpoints"])
    assert result.message == "It takes no checkpoint, and was given one: leave it out."


def test_without_a_checkpoint_the_rest_is_checked(engine):
    results = told(check_method(b.GoodWithCheckpoint(), engine=engine))
    assert results["prediction"].startswith("not applicable: It needs a checkpoint to run")
    assert results["hostile-files"].startswith("passed")
    assert results["damaged-files"] == "passed: 4 kinds are refused."
    failing = told(check_method(b.RunsWithoutCheckpoint(), engine=engine, only=["errors"]))
    assert "runs without a checkpoint" in failing["errors"]


def test_what_is_loaded_is_no_refusal_for_its_channels(engine, weights):
    """A method that takes phase alone must not pass for one that refuses files."""
    method = b.LoadsAnythingForPhase()
    (result,) = check_method(method, weights, engine=engine, only=["damaged-files"])
    assert result.message == "It loads an empty file."


class Missing(b.Good):
    requires = ("no_such_module",)


def test_what_is_not_installed_is_not_applicable(engine):
    results = told(check_method(Missing(), engine=engine))
    assert results["description"].startswith("passed")
    assert "not applicable: It needs no_such_module: run  pip install" in results["cancel"]


def test_nothing_is_raised(engine):
    assert told(check_method("magic"))["description"].startswith("failed: No method 'magic'")
    assert "is no method" in check_method(3)[0].message
    assert "MODULE:CLASS" in check_method("module:")[0].message
    assert "can't be loaded: ModuleNotFoundError" in check_method("no.module:Here")[0].message
    assert "is no napari_cellbench" in check_method("pathlib:Path")[0].message
    (result,) = check_method(b.Good(), engine=engine, only=["progres"])
    assert "No check 'progres'" in result.message
    assert "Did you mean progress" in result.message
    (result,) = check_method(b.Good(), engine=engine, parameters={"levle": 1}, only=["prediction"])
    assert "No parameter 'levle'" in result.message


def test_a_class_that_a_worker_cannot_find(engine):
    class Hidden(b.Good):
        pass

    (result,) = check_method(Hidden(), engine=engine, only=["prediction"])
    assert "put the class into a module of its own" in result.message


def test_results_come_one_by_one_and_leave_no_thread(nothing_left):
    before, seen = threading.active_count(), []
    results = check_method("watershed", only=["description", "tiling"], report=seen.append)
    assert seen == results
    assert results[1].to_dict() == {
        "name": "tiling",
        "status": "passed",
        "message": "Tiles of 1024 pixels that share 112.",
    }
    assert threading.active_count() == before


def test_parameters_count(engine):
    (result,) = check_method(
        b.Good(), engine=engine, parameters={"level": 1.0}, only=["prediction"]
    )
    assert result.message == "Runs; it finds none of the six discs in the small image."


def test_the_example_in_the_docstring():
    found = doctest.testmod(check)
    assert found.attempted == 3
    assert not found.failed
