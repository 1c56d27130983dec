"""The module ``mmcv._ext`` on torchvision's native operators.

MMDetection needs compiled operators that mmcv builds for few versions of torch and CUDA. mmcv's
own Python code imports them from ``mmcv._ext`` by name; `install` puts a module of that name in
place that computes with torchvision, whose wheels carry such operators for every version of torch.
It has those that the methods of this package need. A compiled mmcv, where present, wins.
"""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Callable
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any

import torch
import torchvision  # noqa: F401  registers torch.ops.torchvision
from torch import Tensor

NAME = "mmcv._ext"


def install() -> bool:
    """Put the operators where mmcv looks for them; to be called before mmcv.ops is imported.

    Returns
    -------
    bool
        False if a compiled mmcv is installed, which is then left alone.
    """
    if NAME in sys.modules:
        return isinstance(sys.modules[NAME], _Operators)
    if importlib.util.find_spec(NAME) is not None:
        return False
    sys.modules[NAME] = _Operators()
    return True


class _Operators(ModuleType):
    """Has the operators below; any other can be imported by name but not called."""

    def __init__(self) -> None:
        super().__init__(NAME)
        self.__spec__ = ModuleSpec(NAME, None)
        self.__file__ = __file__
        for function in (
            nms,
            roi_align_forward,
            roi_align_backward,
            sigmoid_focal_loss_forward,
            sigmoid_focal_loss_backward,
            ms_deform_attn_forward,
            ms_deform_attn_backward,
        ):
            setattr(self, function.__name__, function)

    def __getattr__(self, name: str) -> Callable[..., Any]:
        if name.startswith("__"):
            raise AttributeError(name)

        def unavailable(*_: Any, **__: Any) -> Any:
            raise NotImplementedError(f"The operator {name} needs a compiled mmcv.")

        return unavailable


def nms(boxes: Tensor, scores: Tensor, iou_threshold: float, offset: int) -> Tensor:
    """Non-maximum suppression.

    Parameters
    ----------
    boxes : (N, 4)
        x1, y1, x2, y2.
    scores : (N,)
    iou_threshold
        Boxes that overlap a better one by more are dropped.
    offset
        1 where x2 and y2 are the last pixels, 0 where they are the edges.

    Returns
    -------
    (K,) int64
        Indices of the boxes to keep, best first.
    """
    edges = torch.cat([boxes[:, :2], boxes[:, 2:] + offset], 1)
    return torch.ops.torchvision.nms(edges, scores, iou_threshold)


def roi_align_forward(
    input: Tensor,
    rois: Tensor,
    output: Tensor,
    argmax_y: Tensor,
    argmax_x: Tensor,
    *,
    aligned_height: int,
    aligned_width: int,
    spatial_scale: float,
    sampling_ratio: int,
    pool_mode: int,
    aligned: bool,
) -> None:
    """Average bilinear samples of the features in each cell of a grid over each region.

    Parameters
    ----------
    input : (B, C, H, W)
    rois : (N, 5)
        Index in the batch, x1, y1, x2, y2.
    output : (N, C, aligned_height, aligned_width)
        Receives the result.
    pool_mode
        1, the average; the maximum (0), which fills `argmax_y` and `argmax_x`, is not available.
    """
    if pool_mode != 1:
        raise NotImplementedError("roi_align with pool_mode 'max' needs a compiled mmcv.")
    output.copy_(
        torch.ops.torchvision.roi_align(
            input, rois, spatial_scale, aligned_height, aligned_width, sampling_ratio, aligned
        )
    )


def roi_align_backward(
    grad_output: Tensor,
    rois: Tensor,
    argmax_y: Tensor,
    argmax_x: Tensor,
    grad_input: Tensor,
    *,
    aligned_height: int,
    aligned_width: int,
    spatial_scale: float,
    sampling_ratio: int,
    pool_mode: int,
    aligned: bool,
) -> None:
    """Write the gradient of `roi_align_forward` by its features into `grad_input`."""
    grad_input.copy_(
        torch.ops.torchvision._roi_align_backward(
            grad_output,
            rois,
            spatial_scale,
            aligned_height,
            aligned_width,
            *grad_input.shape,
            sampling_ratio,
            aligned,
        )
    )


def sigmoid_focal_loss_forward(
    input: Tensor, target: Tensor, weight: Tensor, output: Tensor, *, gamma: float, alpha: float
) -> None:
    """Write the focal loss of each logit into `output` (Lin et al. 2017, equation 5).

    Parameters
    ----------
    input : (N, C)
        Logits.
    target : (N,) int64
        Class; C is background.
    weight : (0,)
        Of the classes; not available.
    """
    _no_weight(weight)
    output.copy_(_focal_loss(input, target, gamma, alpha))


def sigmoid_focal_loss_backward(
    input: Tensor, target: Tensor, weight: Tensor, grad_input: Tensor, *, gamma: float, alpha: float
) -> None:
    """Write the gradient of the summed loss by the logits into `grad_input`."""
    _no_weight(weight)

    def loss(logits: Tensor) -> Tensor:
        return _focal_loss(logits, target, gamma, alpha)

    grad_input.copy_(_gradients(loss, (input,), torch.ones_like(input))[0])


def _focal_loss(logits: Tensor, target: Tensor, gamma: float, alpha: float) -> Tensor:
    is_class = target[:, None] == torch.arange(logits.shape[1], device=logits.device)
    log_p = torch.nn.functional.logsigmoid(torch.where(is_class, logits, -logits))
    balance = is_class * alpha + ~is_class * (1 - alpha)
    return -balance * (1 - log_p.exp()) ** gamma * log_p


def _no_weight(weight: Tensor) -> None:
    if weight.numel():
        raise NotImplementedError("A focal loss with class weights needs a compiled mmcv.")


def ms_deform_attn_forward(
    value: Tensor,
    shapes: Tensor,
    starts: Tensor,
    locations: Tensor,
    weights: Tensor,
    *,
    im2col_step: int,
) -> Tensor:
    """Attend to sampled points of several feature maps (Zhu et al. 2021, equation 3).

    Parameters
    ----------
    value : (B, K, heads, channels)
        The maps, flattened and joined.
    shapes : (levels, 2)
        Height and width of each map.
    starts : (levels,)
        Where each begins in `value`.
    locations : (B, Q, heads, levels, points, 2)
        x, y in [0, 1].
    weights : (B, Q, heads, levels, points)
    im2col_step
        Images at a time in the compiled operator; of no meaning here.

    Returns
    -------
    (B, Q, heads * channels)
    """
    from mmcv.ops.multi_scale_deform_attn import multi_scale_deformable_attn_pytorch

    return multi_scale_deformable_attn_pytorch(value, shapes, locations, weights)


def ms_deform_attn_backward(
    value: Tensor,
    shapes: Tensor,
    starts: Tensor,
    locations: Tensor,
    weights: Tensor,
    grad_output: Tensor,
    grad_value: Tensor,
    grad_locations: Tensor,
    grad_weights: Tensor,
    *,
    im2col_step: int,
) -> None:
    """Write the gradients of `ms_deform_attn_forward`."""

    def attend(value: Tensor, locations: Tensor, weights: Tensor) -> Tensor:
        return ms_deform_attn_forward(
            value, shapes, starts, locations, weights, im2col_step=im2col_step
        )

    found = _gradients(attend, (value, locations, weights), grad_output)
    for target, gradient in zip((grad_value, grad_locations, grad_weights), found, strict=True):
        target.copy_(gradient)


def _gradients(
    function: Callable[..., Tensor], inputs: tuple[Tensor, ...], grad_output: Tensor
) -> tuple[Tensor, ...]:
    """Compute the function again, and from it the gradients by its inputs."""
    with torch.enable_grad():
        leaves = [tensor.detach().requires_grad_() for tensor in inputs]
        return torch.autograd.grad(function(*leaves), leaves, grad_output)
