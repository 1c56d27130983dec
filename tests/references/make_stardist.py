"""Make small official StarDist models, and record what the official package finds with them.

The tests compare the torch network with these records, so that they need no TensorFlow. To make
the records again, in an environment of its own (Python 3.11):

    pip install stardist==0.9.2 csbdeep==0.8.2 tensorflow-cpu==2.21.0
    python tests/references/make_stardist.py            # trains, writes tests/references/stardist
    python tests/references/make_stardist.py --check    # predicts again, compares with the records

The image is the one of the 2018 Data Science Bowl that the stardist package carries (CC0).
"""

import argparse
import os
import shutil
import tempfile
from pathlib import Path

os.environ["TF_ENABLE_ONEDNN_OPTS"] = "0"

import keras
import numpy as np
from csbdeep.utils import normalize, save_json
from stardist.data import test_image_nuclei_2d
from stardist.models import Config2D, StarDist2D

FOLDER = Path(__file__).parent / "stardist"
CROP = np.s_[37:296, 201:500]
"""259 x 299 pixels: no multiple of anything, so that padding matters."""

STRIDE = 4
"""Distances are recorded at every fourth cell of the grid each way; they don't compress."""

MODELS = {
    "grey-grid2": {"n_rays": 32, "grid": (2, 2), "unet_n_depth": 3, "net_conv_after_unet": 32},
    "grey-grid1": {"n_rays": 16, "grid": (1, 1), "unet_n_depth": 2, "net_conv_after_unet": 16},
    "colour-grid4": {
        "n_rays": 32,
        "grid": (4, 4),
        "unet_n_depth": 2,
        "net_conv_after_unet": 32,
        "n_channel_in": 3,
    },
    "dual-grid21": {
        "n_rays": 32,
        "grid": (2, 1),
        "unet_n_depth": 2,
        "unet_n_conv_per_depth": 1,
        "net_conv_after_unet": 0,
        "n_channel_in": 2,
    },
}


def draw(channels: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the nuclei, in grey, with a blurred second channel or stained purple, and truth."""
    image, truth = test_image_nuclei_2d(return_mask=True)
    if channels == 2:
        image = np.stack([image, np.roll(image, (3, -5), (0, 1)) // 2], -1)
    elif channels == 3:
        image = 235 - image[..., None] / image.max() * (110, 170, 60)
    return image.astype(np.uint8), truth.astype(np.int32)


def standardise(image: np.ndarray) -> np.ndarray:
    """Normalise colours together and stains apart."""
    apart = image.ndim == 3 and image.shape[-1] == 2
    return normalize(image, 1, 99.8, axis=(0, 1) if apart else None)


def train(name: str, basedir: Path) -> None:
    """Train a model for a minute: well enough to find most nuclei."""
    keras.utils.set_random_seed(1)
    config = Config2D(
        axes="YX" if MODELS[name].get("n_channel_in", 1) == 1 else "YXC",
        unet_n_filter_base=8,
        train_patch_size=(96, 96),
        train_batch_size=4,
        train_learning_rate=2e-3,
        train_epochs=5,
        train_steps_per_epoch=60,
        train_tensorboard=False,
        train_reduce_lr=None,
        **MODELS[name],
    )
    image, truth = draw(config.n_channel_in)
    image = standardise(image)
    model = StarDist2D(config, name, str(basedir))
    model.train([image], [truth], validation_data=([image], [truth]), seed=1)
    save_json({"prob": 0.45, "nms": 0.35}, str(basedir / name / "thresholds.json"))
    for file in (basedir / name).iterdir():
        if file.name not in ("config.json", "thresholds.json", "weights_best.h5"):
            file.unlink()
    shutil.make_archive(str(FOLDER / name), "zip", basedir, name)


def predict(name: str, basedir: Path) -> dict[str, np.ndarray]:
    """Let the official package predict."""
    model = StarDist2D(None, name, str(basedir))
    image = draw(model.config.n_channel_in)[0][CROP]
    prob, dist = model.predict(standardise(image))
    labels, details = model.predict_instances(standardise(image))
    smaller, smaller_details = model.predict_instances(standardise(image), scale=0.8)
    return {
        "image": np.moveaxis(np.atleast_3d(image), -1, 0),
        "prob": prob,
        "dist": dist[::STRIDE, ::STRIDE],
        "labels": labels.astype(np.uint16),
        "scores": details["prob"],
        "labels_scale": smaller.astype(np.uint16),
        "scores_scale": smaller_details["prob"],
    }


def main() -> None:
    """Train and record, or compare."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true", help="compare with what is recorded")
    check = parser.parse_args().check
    FOLDER.mkdir(exist_ok=True)
    for name in MODELS:
        with tempfile.TemporaryDirectory() as folder:
            if not check:
                train(name, Path(folder))
            shutil.rmtree(Path(folder) / name, ignore_errors=True)
            shutil.unpack_archive(FOLDER / f"{name}.zip", folder)
            found = predict(name, Path(folder))
        if check:
            with np.load(FOLDER / f"{name}.npz") as recorded:
                for key, value in found.items():
                    np.testing.assert_allclose(value, recorded[key], rtol=1e-6, atol=1e-6)
        else:
            np.savez_compressed(FOLDER / f"{name}.npz", **found)
        print(name, found["labels"].max(), "objects")


if __name__ == "__main__":
    main()
