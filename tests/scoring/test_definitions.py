"""No figure without its definition."""

from dataclasses import fields

from napari_cellbench.scoring import DEFINITIONS, Score


def test_every_column_is_defined():
    figures = {field.name for field in fields(Score)} - {"thresholds", "n_truth", "n_prediction"}
    assert figures <= set(DEFINITIONS)


def test_names_can_not_be_mistaken():
    names = [definition.name for definition in DEFINITIONS.values()]
    assert len(set(names)) == len(names)
    assert "AP" not in names
