"""Each operator against its formula, and torchvision's own where there is one."""

import subprocess
import sys

import numpy as np
import pytest
import torch
import torchvision

from napari_cellbench.methods.mmdet import framework, operators

assert framework  # puts the operators in place

from mmcv.ops import batched_nms, nms, roi_align, sigmoid_focal_loss  # noqa: E402
from mmcv.ops.multi_scale_deform_attn import MultiScaleDeformableAttnFunction  # noqa: E402


def boxes(n: int) -> torch.Tensor:
    rng = np.random.default_rng(0)
    corner, size = rng.uniform(0, 80, (n, 2)), rng.uniform(5, 25, (n, 2))
    return torch.from_numpy(np.hstack([corner, corner + size]).astype(np.float32))


def greedy(boxes: np.ndarray, scores: np.ndarray, threshold: float, offset: int) -> list[int]:
    """Non-maximum suppression as it is defined."""
    kept: list[int] = []
    for i in np.argsort(-scores):
        for j in kept:
            low = np.maximum(boxes[i, :2], boxes[j, :2])
            high = np.minimum(boxes[i, 2:], boxes[j, 2:])
            common = np.prod(np.clip(high - low + offset, 0, None))
            areas = [np.prod(boxes[k, 2:] - boxes[k, :2] + offset) for k in (i, j)]
            if common / (sum(areas) - common) > threshold:
                break
        else:
            kept.append(int(i))
    return kept


@pytest.mark.parametrize("offset", [0, 1])
@pytest.mark.parametrize("threshold", [0.1, 0.5])
def test_nms(offset, threshold):
    given, scores = boxes(150), torch.from_numpy(np.random.default_rng(1).random(150))
    _, kept = nms(given, scores.float(), threshold, offset=offset)
    assert kept.tolist() == greedy(given.numpy(), scores.numpy(), threshold, offset)
    assert 0 < len(kept) < 150


def test_nms_of_no_boxes_and_by_class():
    config = {"type": "nms", "iou_threshold": 0.5}
    assert not len(nms(torch.zeros(0, 4), torch.zeros(0), 0.5)[1])
    twice = boxes(1).repeat(2, 1)
    scores = torch.tensor([0.9, 0.8])
    assert len(batched_nms(twice, scores, torch.tensor([0, 0]), config)[1]) == 1
    assert len(batched_nms(twice, scores, torch.tensor([0, 1]), config)[1]) == 2


def test_roi_align_averages_bilinear_samples():
    """On a plane that rises linearly every sample is exact: a cell has its centre's value."""
    y, x = torch.meshgrid(torch.arange(30.0), torch.arange(40.0), indexing="ij")
    features = (2 * x + 5 * y)[None, None]
    left, top, right, bottom = 12.0, 8.0, 52.0, 36.0
    out = roi_align(features, torch.tensor([[0, left, top, right, bottom]]), (7, 5), 0.5, 0)
    # Pixel centres lie at half integers of the image, and at integers of the array.
    columns = (left + (np.arange(5) + 0.5) * (right - left) / 5) / 2 - 0.5
    rows = (top + (np.arange(7) + 0.5) * (bottom - top) / 7) / 2 - 0.5
    np.testing.assert_allclose(out[0, 0], 2 * columns + 5 * rows[:, None], rtol=1e-5)


def test_gradient_of_roi_align():
    features = torch.randn(2, 3, 12, 12, dtype=torch.float64, requires_grad=True)
    rois = torch.tensor([[0, 1.0, 2, 9, 8], [1, 3, 0, 11, 11]], dtype=torch.float64)
    assert torch.autograd.gradcheck(lambda f: roi_align(f, rois, (3, 3), 1.0, 2), features)


def test_focal_loss_and_its_gradient():
    logits = 4 * torch.randn(50, 3, generator=torch.Generator().manual_seed(0))
    target = torch.arange(50) % 4  # 3 is background
    truth = torch.nn.functional.one_hot(target, 4)[:, :3].float()
    found, wanted = (logits.clone().requires_grad_() for _ in range(2))
    ours = sigmoid_focal_loss(found, target, 2.0, 0.25, None, "sum")
    theirs = torchvision.ops.sigmoid_focal_loss(wanted, truth, 0.25, 2.0, "sum")
    torch.testing.assert_close(ours, theirs)
    ours.backward()
    theirs.backward()
    torch.testing.assert_close(found.grad, wanted.grad)


def test_deformable_attention_samples_the_levels_and_has_gradients():
    """Points at pixel centres read these pixels: the output is their weighted sum."""
    generator = torch.Generator().manual_seed(0)
    shapes = torch.tensor([[4, 6], [2, 3]])
    value = torch.randn(1, 30, 2, 4, dtype=torch.float64, generator=generator)
    weights = torch.rand(1, 3, 2, 2, 1, dtype=torch.float64, generator=generator)
    pixel = torch.tensor([[[1, 2], [0, 1]], [[3, 5], [1, 2]], [[0, 0], [1, 0]]])  # query, level
    at = ((pixel.double() + 0.5) / shapes).flip(-1)[None, :, None, :, None].expand(1, 3, 2, 2, 1, 2)
    starts = torch.tensor([0, 24])
    index = starts + pixel[..., 0] * shapes[:, 1] + pixel[..., 1]
    expected = torch.stack(
        [
            (weights[0, q, :, :, 0, None] * value[0, index[q]].transpose(0, 1)).sum(1)
            for q in range(3)
        ]
    ).reshape(1, 3, 8)

    def attend(value, at, weights):
        return MultiScaleDeformableAttnFunction.apply(value, shapes, starts, at, weights, 64)

    torch.testing.assert_close(attend(value, at, weights), expected)
    # Gradients between pixels; at their centres linear interpolation has a kink.
    inputs = value, at + 0.03, weights
    assert torch.autograd.gradcheck(attend, [tensor.requires_grad_() for tensor in inputs])


def test_says_what_is_not_available():
    with pytest.raises(NotImplementedError, match="max"):
        roi_align(torch.zeros(1, 1, 4, 4), torch.zeros(1, 5), (1, 1), 1.0, 0, "max")
    with pytest.raises(NotImplementedError, match="class weights"):
        sigmoid_focal_loss(torch.zeros(1, 1), torch.tensor([0]), 2.0, 0.25, torch.ones(1))
    with pytest.raises(NotImplementedError, match="carafe_forward needs a compiled mmcv"):
        sys.modules[operators.NAME].carafe_forward()


def test_a_compiled_mmcv_wins(tmp_path):
    (tmp_path / "mmcv").mkdir()
    (tmp_path / "mmcv" / "__init__.py").touch()
    (tmp_path / "mmcv" / "_ext.py").touch()
    code = (
        "from napari_cellbench.methods.mmdet.operators import install; assert not install(); "
        "import mmcv._ext; print(mmcv._ext.__file__)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={"PYTHONPATH": str(tmp_path)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == str(tmp_path / "mmcv" / "_ext.py")
