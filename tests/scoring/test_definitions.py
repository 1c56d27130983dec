"""No figure without its definition."""

from dataclasses import fields

from napari_cellbench.scoring import DEFINITIONS, Score


def test_every_column_is_defined():
    about = {"thresholds", "n_truth", "n_prediction", "ranked", "selection", "boundary", "notes"}
    names = {field.name.removesuffix("_range") for field in fields(Score)}
    assert names - about <= set(DEFINITIONS)


def test_names_can_not_be_mistaken():
    names = [definition.name for definition in DEFINITIONS.values()]
    assert len(set(names)) == len(names)
    assert "AP" not in names
