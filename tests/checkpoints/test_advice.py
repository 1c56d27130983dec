import itertools

import pytest

from napari_cellbench.checkpoints.advice import Question, advise
from napari_cellbench.checkpoints.evaluation import CELLS_DUAL, published


def names(found) -> list[str]:
    return [one.name for one in found]


def test_guideline_comes_first_then_the_others_by_overall_place():
    advice = advise(Question("fluorescence", "whole_cell", "both"))
    assert names(advice.ranked)[:5] == ["Swin-S", "Swin-T", "Cellpose", "Centermask2", "ResNeSt"]
    assert [one.in_guideline for one in advice.ranked] == [True] * 5 + [False] * 13
    assert names(advice.ranked)[5] == "Cascade Mask RCNN seesaw"
    assert advice.ranked[0].reasons == (
        "Overall no. 1 of 18",
        "accuracy 0.61 (good), no. 6 on this task",
        "usability 0.69 (good)",
        "37 h to train (medium)",
    )
    assert advice.ranked[0].checkpoint.key == "seggal-swin-s-cells-dual-all"


def test_time_budget_puts_slow_methods_last_and_says_why():
    advice = advise(Question("fluorescence", "whole_cell", "both", hours=24))
    hours = {entry.method: entry.hours for entry in published(CELLS_DUAL)}
    late = [hours[one.checkpoint.method] > 24 for one in advice.ranked]
    assert late == sorted(late)
    assert names(advice.ranked)[0] == "Cellpose"
    slow = next(one for one in advice.ranked if one.name == "Centermask2")
    assert slow.reasons[-1] == "66 h to train: more than your 24 h"


def test_who_trains_nothing_hears_nothing_of_hours():
    advice = advise(Question("fluorescence", "whole_cell", "both", trains=False))
    assert names(advice.ranked)[0] == "Swin-S"
    assert not any("h to train" in why for one in advice.ranked for why in one.reasons)


def test_what_is_not_here_comes_last():
    absent = {"swin_s", "swin_t", "centermask2", "resnest"}
    advice = advise(
        Question("fluorescence", "whole_cell", "both"), lambda one: one.method not in absent
    )
    keys = [one.checkpoint.method for one in advice.ranked]
    assert keys[0] == "cellpose_unet"
    assert set(keys[-4:]) == absent
    assert len(keys) == 18


def test_what_was_not_trained_takes_no_time():
    advice = advise(Question("phase_contrast", "whole_cell", hours=1))
    assert names(advice.ranked)[0] == "Segment Anything"
    assert advice.ranked[0].reasons[-1] == "not trained in the paper"


def test_own_tissue():
    advice = advise(Question("fluorescence", "nucleus", "both", tissue="Colon"))
    assert [one.checkpoint.key for one in advice.others] == ["seggal-swin-s-nuclei-dual-colon"]


@pytest.mark.parametrize(
    ("modality", "tissue", "keys"),
    [
        ("fluorescence", "Kidney", ["seggal-swin-s-cells-dual-breast"]),
        ("fluorescence", "Lung", ["seggal-swin-s-cells-dual-breast"]),
        (
            "phase_contrast",
            "HeLa",
            ["seggal-swin-s-cells-phase-mcf7", "seggal-swin-s-cells-phase-bt-474"],
        ),
    ],
)
def test_transferable_tissue_where_the_own_is_missing(modality, tissue, keys):
    advice = advise(Question(modality, "whole_cell", "both", tissue=tissue))
    assert [one.checkpoint.key for one in advice.others] == keys
    assert any(tissue in note and "transfer" in note for note in advice.notes)


def test_no_tissue_no_words_about_it():
    advice = advise(Question("fluorescence", "nucleus", "nucleus"))
    assert (advice.others, advice.notes) == ((), ())


def test_cells_without_a_nuclear_stain():
    (note,) = advise(Question("fluorescence", "whole_cell", "whole_cell")).notes
    assert "0.70 instead of 0.17" in note


def test_cells_from_a_nuclear_stain_are_grown_nuclei():
    advice = advise(Question("fluorescence", "whole_cell", "nucleus"))
    assert advice.ranked[0].checkpoint.target == "nucleus"
    assert "Adjust" in advice.notes[0]


def test_stained_tissue_is_outside_of_the_evaluation():
    advice = advise(Question("histology", "nucleus"))
    assert not advice.ranked
    assert advice.others[0].checkpoint.channels == ("red", "green", "blue")
    assert {"stardist-2D_versatile_he", "cellpose-cpsam"} <= {
        one.checkpoint.key for one in advice.others
    }


def test_nuclei_in_unstained_images():
    assert not advise(Question("phase_contrast", "nucleus")).ranked


def test_every_question_has_an_answer():
    for modality, target, stains, tissue, hours in itertools.product(
        ("fluorescence", "phase_contrast", "histology", "any"),
        ("nucleus", "whole_cell"),
        ("nucleus", "whole_cell", "both"),
        ("", "Breast", "Spleen", "MCF7", "Kidney"),
        (None, 24.0),
    ):
        advice = advise(Question(modality, target, stains, tissue, hours))
        assert advice.ranked or advice.others
        for one in (*advice.ranked, *advice.others):
            assert one.reasons
