import pytest

from napari_cellbench.checkpoints import checkpoints, get_checkpoint
from napari_cellbench.checkpoints.facets import (
    Filter,
    channels_of,
    modality_of,
    terms_of,
    tissues,
)


def found(**asked) -> set[str]:
    return {c.key for c in checkpoints() if Filter(**asked).accepts(c)}


@pytest.mark.parametrize(
    ("key", "modality", "channels", "terms"),
    [
        ("stardist-2D_versatile_he", "histology", "colour", "unknown"),
        ("stardist-2D_versatile_fluo", "fluorescence", "nucleus", "unknown"),
        ("cellpose-livecell_cp3", "phase_contrast", "phase", "non-commercial"),
        ("cellpose-cyto3", "any", "both", "non-commercial"),
        ("cellpose-yeast_BF_cp3", "phase_contrast", "phase", "open"),
        ("seggal-swin-s-cells-single-breast", "fluorescence", "whole_cell", "non-commercial"),
        ("start-centermask2", "any", "colour", "non-commercial"),
    ],
)
def test_facets(key, modality, channels, terms):
    checkpoint = get_checkpoint(key)
    assert modality_of(checkpoint) == modality
    assert channels_of(checkpoint) == channels
    assert terms_of(checkpoint) == terms


def test_users_file_has_no_channels(tmp_path):
    file = tmp_path / "mine"
    file.touch()
    assert channels_of(get_checkpoint(file, "stardist")) is None


def test_no_filter_accepts_everything():
    assert found() == {c.key for c in checkpoints()}


def test_seggals_tissues():
    assert tissues(checkpoints())[:3] == ["A172", "BT-474", "BV-2"]
    assert len(tissues(checkpoints())) == 18
    assert found(tissue="MCF7") == {"seggal-swin-s-cells-phase-mcf7"}
    assert len(found(tissue="Breast")) == 4
    assert "seggal-swin-s-cells-phase-all" in found(tissue="*")


def test_filters_add_up():
    keys = found(target="nucleus", channels="both", modality="fluorescence", method="swin_s")
    assert len(keys) == 11
    assert all(key.startswith("seggal-swin-s-nuclei-dual") for key in keys)


def test_generalists_are_found_for_any_modality_and_channel():
    for modality in ("fluorescence", "phase_contrast", "histology"):
        assert {"cellpose-cpsam", "segment_anything-vit_b"} <= found(modality=modality)
    assert "cellpose-cpsam" in found(channels="nucleus")


def test_starting_points_segment_nothing():
    assert "start-swin_s" in found(method="swin_s")
    assert not {key for key in found(target="whole_cell") if key.startswith("start-")}


def test_all_words_must_occur_in_any_case():
    assert "seggal-swin-s-nuclei-dual-breast" in found(text="BREAST swin-s two")
    assert not found(text="breast tonsil")
