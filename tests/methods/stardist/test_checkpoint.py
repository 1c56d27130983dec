import contextlib
import json
import pickle
import shutil
import zipfile
from collections.abc import Callable
from pathlib import Path

import h5py
import numpy as np
import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from napari_cellbench.errors import CheckpointError
from napari_cellbench.methods.stardist.checkpoint import load_checkpoint, save_checkpoint
from napari_cellbench.methods.stardist.network import StarDistNet
from napari_cellbench.methods.stardist.settings import Normalization, Search, Thresholds

GREY = "grey-grid1"


@pytest.fixture
def official(references: Path, tmp_path: Path) -> Path:
    """The folder of an official model."""
    shutil.unpack_archive(references / f"{GREY}.zip", tmp_path / "unpacked")
    return tmp_path / "unpacked" / GREY


@pytest.fixture
def ours(network: StarDistNet, tmp_path: Path) -> Path:
    path = tmp_path / "ours.safetensors"
    save_checkpoint(path, network, Thresholds(0.6, 0.25), Normalization(2, 99, True), Search(4, 1))
    return path


def zipped(path: Path, **members: bytes) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return path


def edited(folder: Path, file: str, **values: object) -> Path:
    """Change entries of a JSON file of a model folder."""
    path = folder / file
    path.write_text(json.dumps({**json.loads(path.read_text()), **values}))
    return folder


def same(first: StarDistNet, second: StarDistNet) -> bool:
    pairs = zip(first.state_dict().items(), second.state_dict().items(), strict=True)
    return all(a == b and torch.equal(x, y) for (a, x), (b, y) in pairs)


class TestOurs:
    def test_round_trip(self, network: StarDistNet, ours: Path) -> None:
        loaded, thresholds, normalization, search = load_checkpoint(ours)
        assert loaded.config == network.config
        assert thresholds == Thresholds(0.6, 0.25)
        assert normalization == Normalization(2, 99, True)
        assert search == Search(4, 1)
        assert all(weight.dtype == torch.float32 for weight in loaded.parameters())
        network.half().float()
        assert same(loaded, network)

    def test_a_failed_save_leaves_what_was_there(self, network: StarDistNet, ours: Path) -> None:
        before = ours.read_bytes()
        torch.nn.init.constant_(network.layers["prob"].bias, float("nan"))
        with pytest.raises(CheckpointError, match="not finite: training failed"):
            save_checkpoint(ours, network, Thresholds(), Normalization())
        assert ours.read_bytes() == before
        assert list(ours.parent.iterdir()) == [ours]

    def test_snapshot_of_a_training_says_nothing(self, network: StarDistNet, ours: Path) -> None:
        from safetensors.torch import save_file

        save_file(network.state_dict(), ours)
        with pytest.raises(CheckpointError, match="no StarDist checkpoint but of no method"):
            load_checkpoint(ours)

    @pytest.mark.parametrize(
        ("entry", "value", "message"),
        [
            ("method", "cellpose_unet", "of the method cellpose_unet"),
            ("config", "{", "no valid JSON"),
            ("config", "[" * 100_000, "no valid JSON"),
            ("config", "[]", "JSON object, not list"),
            ("config", "{}", "configuration lacks"),
            ("thresholds", "{}", "prob = None"),
            ("normalization", '{"low": 99, "high": 1}', "not below"),
        ],
    )
    def test_wrong_metadata(
        self, network: StarDistNet, ours: Path, entry: str, value: str, message: str
    ) -> None:
        from safetensors import safe_open
        from safetensors.torch import save_file

        with safe_open(ours, "pt") as file:
            metadata = file.metadata()
        save_file(network.state_dict(), ours, {**metadata, entry: value})
        with pytest.raises(CheckpointError, match=message):
            load_checkpoint(ours)


class TestOfficial:
    def test_folder_zip_and_file_are_the_same_model(self, official: Path, references: Path) -> None:
        flat = zipped(
            official / "flat.zip",
            **{p.name: p.read_bytes() for p in official.iterdir()},
            **{"__MACOSX/._weights_best.h5": b"finder"},
        )
        network, thresholds, *_ = load_checkpoint(official)
        assert thresholds == Thresholds(0.45, 0.35)
        for path in (references / f"{GREY}.zip", flat, official / "weights_best.h5"):
            other, other_thresholds, *_ = load_checkpoint(path)
            assert same(network, other)
            assert thresholds == other_thresholds

    def test_the_best_weights_are_chosen(self, official: Path, network: StarDistNet) -> None:
        (official / "weights_last.h5").write_bytes(b"not read")
        (official / "weights_aaa.h5").write_bytes(b"not read")
        load_checkpoint(official)

    def test_thresholds_have_defaults(self, official: Path) -> None:
        (official / "thresholds.json").unlink()
        assert load_checkpoint(official)[1] == Thresholds(0.5, 0.4)

    @pytest.mark.parametrize(
        ("entry", "value"),
        [
            ("n_dim", 3),
            ("n_classes", 2),
            ("unet_kernel_size", [5, 5]),
            ("unet_batch_norm", True),
            ("unet_activation", "elu"),
            ("backbone", "resnet"),
            ("n_rays", 0),
            ("n_rays", 64),
            ("unet_n_depth", 10**9),
            ("unet_n_depth", 3),
            ("unet_n_filter_base", True),
            ("n_channel_in", "1"),
            ("grid", [3, 3]),
            ("grid", [2, 2]),
            ("grid", 2),
        ],
    )
    def test_unsupported_configuration(self, official: Path, entry: str, value: object) -> None:
        with pytest.raises(CheckpointError):
            load_checkpoint(edited(official, "config.json", **{entry: value}))

    @pytest.mark.parametrize("value", [-0.1, 2, float("nan"), "0.5", None])
    def test_impossible_thresholds(self, official: Path, value: object) -> None:
        with pytest.raises(CheckpointError, match=r"nms = .* from 0 to 1"):
            load_checkpoint(edited(official, "thresholds.json", nms=value))

    def test_two_models_in_a_zip(self, official: Path, tmp_path: Path) -> None:
        weights = (official / "weights_best.h5").read_bytes()
        path = zipped(tmp_path / "a.zip", **{"a/weights.h5": weights, "b/weights.h5": weights})
        with pytest.raises(CheckpointError, match="several models"):
            load_checkpoint(path)


class TestKeras:
    @staticmethod
    def rewritten(folder: Path, change: Callable[[dict[str, list[np.ndarray]]], None]) -> Path:
        """Write the weights as Keras 2 does, in a whole model, after a change."""
        layers: dict[str, list[np.ndarray]] = {}
        with h5py.File(folder / "weights_best.h5") as source:
            for name in source.attrs["layer_names"]:
                group = source[name]
                layers[str(name)] = [group[w][()] for w in group.attrs["weight_names"]]
        change(layers)
        path = folder.parent / "model.h5"
        with h5py.File(path, "w") as target:
            target.attrs["model_config"] = b'{"class_name": "Lambda"}'
            root = target.create_group("model_weights")
            root.attrs["layer_names"] = [name.encode() for name in layers]
            for name, weights in layers.items():
                names = [f"{name}/{kind}:0" for kind in ("kernel", "bias", "mean")][: len(weights)]
                group = root.create_group(name)
                group.attrs["weight_names"] = [n.encode() for n in names]
                for weight_name, weight in zip(names, weights, strict=True):
                    group[weight_name] = weight
        return path

    def test_whole_model_of_keras_2(self, official: Path) -> None:
        path = self.rewritten(official, lambda layers: None)
        assert same(load_checkpoint(path)[0], load_checkpoint(official)[0])

    @pytest.mark.parametrize(
        ("change", "message"),
        [
            (lambda w: w.pop("dist"), "no layer dist"),
            (lambda w: w.pop("middle_0"), "weights of layer middle_0 are missing"),
            (lambda w: w.update(conv2d_7=w["features"]), "conv2d_7 is not part"),
            (lambda w: w.update(prob_class=w["prob"]), "classes are not supported"),
            (lambda w: w["middle_2"].append(w["middle_2"][1]), "batch normalisation"),
            (lambda w: w.update(prob=[w["prob"][0][..., None], w["prob"][1]]), "only 2-D"),
            (lambda w: w.update(middle_0=w["middle_2"]), "middle_0 has a kernel of"),
            (lambda w: w["features"][0].fill(np.nan), "not numbers"),
            (lambda w: w["features"][1].fill(np.inf), "not numbers"),
        ],
    )
    def test_not_a_stardist_model(
        self, official: Path, change: Callable[[dict], None], message: str
    ) -> None:
        with pytest.raises(CheckpointError, match=message):
            load_checkpoint(self.rewritten(official, change))

    def test_other_hdf5(self, tmp_path: Path) -> None:
        path = tmp_path / "data.h5"
        with h5py.File(path, "w") as file:
            file["image"] = np.zeros(3)
        with pytest.raises(CheckpointError, match="no Keras weights"):
            load_checkpoint(path)

    def test_a_claim_of_terabytes(self, official: Path) -> None:
        """A chunked data set can claim any size in a file of a few kilobytes."""
        path = self.rewritten(official, lambda layers: None)
        with h5py.File(path, "r+") as file:
            group = file["model_weights/prob"]
            del group["prob/kernel:0"]
            shape = (1, 1, 2**20, 2**20)
            group.create_dataset("prob/kernel:0", shape, "f4", chunks=(1, 1, 64, 64))
        with pytest.raises(CheckpointError, match="claim 4398046511104 bytes"):
            load_checkpoint(path)


class Payload:
    """Creates a file when unpickled."""

    def __init__(self, witness: Path) -> None:
        self.witness = witness

    def __reduce__(self) -> tuple:
        return Path.touch, (self.witness,)


class TestHostile:
    @pytest.mark.parametrize("name", ["m.safetensors", "m.h5", "m.zip", "m.pt", "weights_best.h5"])
    @pytest.mark.parametrize("kind", ["pickle", "torch", "inside"])
    def test_nothing_of_a_pickle_runs(self, tmp_path: Path, name: str, kind: str) -> None:
        witness, path = tmp_path / "witness", tmp_path / name
        content = pickle.dumps(Payload(witness))
        if kind == "pickle":
            path.write_bytes(content)
        elif kind == "torch":
            torch.save(Payload(witness), path)
        else:
            zipped(path, **{"weights_best.h5": content, "config.json": content})
        with pytest.raises(CheckpointError):
            load_checkpoint(path)
        assert not witness.exists()
        pickle.loads(content)
        assert witness.exists()

    @pytest.mark.parametrize("member", ["../weights.h5", "/tmp/weights.h5", "a/../../weights.h5"])
    def test_members_that_point_out(self, official: Path, tmp_path: Path, member: str) -> None:
        weights = (official / "weights_best.h5").read_bytes()
        path = zipped(tmp_path / "slip.zip", **{member: weights})
        with pytest.raises(CheckpointError, match="points out"):
            load_checkpoint(path)

    def test_zip_bomb(self, official: Path, tmp_path: Path) -> None:
        weights = (official / "weights_best.h5").read_bytes()
        members = {"weights.h5": weights, "config.json": b" " * 2**21}
        with pytest.raises(CheckpointError, match="unpacks to more than 1 MiB"):
            load_checkpoint(zipped(tmp_path / "bomb.zip", **members))


class TestDamaged:
    def test_missing(self, tmp_path: Path) -> None:
        with pytest.raises(CheckpointError, match="There is no file or folder"):
            load_checkpoint(tmp_path / "gone.zip")

    @pytest.mark.parametrize("content", [b"", b"PK", b"GIF89a" + bytes(99), bytes(8) + b"{"])
    @pytest.mark.parametrize("name", ["m.safetensors", "m.h5", "m.zip"])
    def test_other_files(self, tmp_path: Path, name: str, content: bytes) -> None:
        (tmp_path / name).write_bytes(content)
        with pytest.raises(CheckpointError, match=name):
            load_checkpoint(tmp_path / name)

    def test_empty_folder_and_other_zip(self, tmp_path: Path) -> None:
        with pytest.raises(CheckpointError, match="no StarDist weights"):
            load_checkpoint(zipped(tmp_path / "photos.zip", **{"photo.jpg": b"x"}))
        (tmp_path / "empty").mkdir()
        with pytest.raises(CheckpointError, match="no StarDist weights"):
            load_checkpoint(tmp_path / "empty")

    def test_cellpose_checkpoint(self, shared: Path) -> None:
        with pytest.raises(CheckpointError, match="PyTorch checkpoint"):
            load_checkpoint(shared / "weights" / "cellpose_cyto_2020_torch")

    @settings(
        max_examples=2 * settings.default.max_examples // 5,
        deadline=None,
        suppress_health_check=[HealthCheck.function_scoped_fixture],
    )
    @given(st.data())
    def test_truncated(self, ours: Path, official: Path, references: Path, data) -> None:
        whole = data.draw(
            st.sampled_from([ours, official / "weights_best.h5", references / f"{GREY}.zip"])
        )
        content = whole.read_bytes()
        kept = data.draw(st.integers(0, len(content) - 1))
        path = ours.parent / "truncated"
        path.write_bytes(content[:kept])
        with pytest.raises(CheckpointError):
            load_checkpoint(path)

    @settings(
        max_examples=2 * settings.default.max_examples // 5,
        deadline=None,
        suppress_health_check=[HealthCheck.function_scoped_fixture],
    )
    @given(st.data())
    def test_a_flipped_byte_is_no_crash(self, ours: Path, references: Path, data) -> None:
        """It may pass unnoticed in a weight, but raises nothing that isn't explained."""
        content = bytearray(
            data.draw(st.sampled_from([ours, references / f"{GREY}.zip"])).read_bytes()
        )
        position = data.draw(st.integers(0, min(len(content) - 1, 4000)))
        if data.draw(st.booleans()):
            position = len(content) - 1 - position
        content[position] ^= data.draw(st.integers(1, 255))
        path = ours.parent / "flipped"
        path.write_bytes(content)
        with contextlib.suppress(CheckpointError):
            load_checkpoint(path)
