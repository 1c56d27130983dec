"""The model card says where a checkpoint is from and how good it is, and claims no more."""

from napari_cellbench.checkpoints import get_checkpoint
from napari_cellbench.training.card import card, write_card
from napari_cellbench.training.run import CARD, Run
from napari_cellbench.training.status import Status

AFTER = {"F1": 0.9125, "AP50": 0.8, "mAP": 0.5, "images": 7.0}
BEFORE = {"F1": 0.75, "AP50": 0.7, "mAP": 0.4, "images": 7.0}


def finished(**changes):
    given = {"checkpoint": "/runs/a/training/best.safetensors", "steps": 6, "batch": 1}
    return Status("finished", **{**given, **changes})


def test_parents_data_and_figures_are_told(plan, pairs):
    made = plan(start="stardist-nuclei-fluo")
    text = card(made, finished(before=BEFORE, after=AFTER, p_value=0.0156, notes=("Held back.",)))
    assert text.startswith("# best.safetensors\n")
    assert "(`stardist-nuclei-fluo`)" in text
    assert f"Licence of that checkpoint: {get_checkpoint('stardist-nuclei-fluo').licence}." in text
    assert f"Learnt from: {pairs}" in text
    assert "| F1 (IoU 0.5) | 0.750 | 0.912 |" in text
    assert "On 7 validation images. " in text
    assert "p = 0.0156" in text
    assert "- steps: 6\n" in text
    assert "- Held back." in text


def test_what_is_not_known_is_not_claimed(plan, tmp_path):
    made = plan()
    text = card(made, finished())
    assert "from random weights" in text
    assert "Not measured" in text
    assert "0.9" not in text

    run = Run.create(tmp_path / "run", made)
    write_card(run, made, finished())
    assert (run.folder / CARD).read_text("utf-8") == text
    run.remove()
    assert not run.folder.exists()
