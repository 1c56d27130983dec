import torch

from napari_cellbench.methods.deepcell.losses import weighted_cross_entropy


def test_rare_classes_weigh_more():
    """Of 100 pixels one is of the second class: it weighs 50 / 2 times as much as another."""
    truth = torch.zeros(1, 2, 10, 10)
    truth[:, 0] = 1
    truth[0, :, 0, 0] = torch.tensor([0.0, 1.0])
    found = weighted_cross_entropy(torch.full((1, 2, 10, 10), 0.5), truth)[0]
    assert found[0, 0] / found[5, 5] == (99 + 1) / (1 + 1)


def test_certain_mistakes_are_finite():
    truth = torch.zeros(1, 2, 3, 3)
    truth[:, 0] = 1
    wrong = weighted_cross_entropy(1 - truth, truth)
    assert wrong.isfinite().all()
    assert (wrong > 1).all()
