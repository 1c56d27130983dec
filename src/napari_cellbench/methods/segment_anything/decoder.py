"""SAM's mask decoder in a form that costs a quarter: the same numbers but for rounding.

Of an image's 4096 places few are asked by more than a handful of tokens. So the projections of
the places are multiplied into the tokens, where they are small; what the first layer needs of the
image is reckoned once an image; the softmax over tokens runs along the places, where a processor
has its lanes; and masks are enlarged from 64 to 256 only in the window where they are asked for.
The weights are those of `segment_anything.modeling.MaskDecoder`, which defines the result.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
import torch.nn.functional as nnf
from segment_anything.modeling import Sam
from torch import Tensor

from .windows import FINER, GRID, Window

NOTHING = -32.0
"""Logit outside of the window that was asked for."""


@dataclass(frozen=True)
class ImageTokens:
    """What the decoder needs of an image, whatever is asked about it.

    Attributes
    ----------
    places : (4096, 256)
        The features with what stands for "no mask was given".
    plain : (4096, 256)
        The features alone.
    keys, values : (8, 16, 4096), (8, 4096, 16)
        Of the first layer's attention from tokens to places.
    questions : (8, 16, 4096)
        Of the first layer's attention from places to tokens.
    """

    places: Tensor
    plain: Tensor
    keys: Tensor
    values: Tensor
    questions: Tensor


class _Attention:
    """The weights of an attention, by head."""

    def __init__(self, module: Any) -> None:
        self.heads = heads = module.num_heads
        width = module.q_proj.out_features // heads
        self.scale = width**-0.5
        for name, layer in (("q", module.q_proj), ("k", module.k_proj), ("v", module.v_proj)):
            setattr(self, f"{name}_weight", layer.weight.view(heads, width, -1))
            setattr(self, f"{name}_bias", layer.bias.view(heads, 1, width))
        # (heads, width, 256): what a head adds to the output.
        self.out_weight = module.out_proj.weight.view(-1, heads, width).permute(1, 2, 0)
        self.out_bias = module.out_proj.bias

    q_weight: Tensor
    q_bias: Tensor
    k_weight: Tensor
    k_bias: Tensor
    v_weight: Tensor
    v_bias: Tensor

    def of(self, name: str, tokens: Tensor) -> Tensor:
        """Project (N, T, C) tokens: (N, heads, T, width)."""
        weight, bias = getattr(self, f"{name}_weight"), getattr(self, f"{name}_bias")
        projected: Tensor = tokens[:, None] @ weight.transpose(1, 2) + bias
        return projected

    def out(self, by_head: Tensor) -> Tensor:
        """Bring (N, heads, T, width) together: (N, T, C)."""
        joined: Tensor = (by_head @ self.out_weight).sum(1) + self.out_bias
        return joined


class MaskDecoder:
    """Turns prompts into masks of 256 x 256, as `Sam`'s own decoder does.

    Parameters
    ----------
    network
        On its device, in float32. Its weights are shared, not copied.
    """

    def __init__(self, network: Sam) -> None:
        self.network = network
        head = network.mask_decoder
        self._layers = [
            (
                layer,
                _Attention(layer.self_attn),
                _Attention(layer.cross_attn_token_to_image),
                _Attention(layer.cross_attn_image_to_token),
            )
            for layer in head.transformer.layers
        ]
        self._last = _Attention(head.transformer.final_attn_token_to_image)
        with torch.inference_mode():
            positions = network.prompt_encoder.get_dense_pe()[0].flatten(1).T
            self._positions = positions.contiguous()
            # Where places are keys their bias is the same for all, and falls out of the softmax.
            self._key_places = [self._project(a.k_weight) for _, _, a, _ in self._layers]
            self._key_places.append(self._project(self._last.k_weight))
            self._question_places = [
                self._project(a.q_weight) + a.q_bias.transpose(1, 2) for *_, a in self._layers
            ]
            first, norm, _, second, _ = head.output_upscaling
            self._enlarge = [
                (c.weight.permute(0, 2, 3, 1).flatten(1).contiguous(), c.bias.repeat(4))
                for c in (first, second)
            ]
            self._norm = (norm.weight, norm.bias, norm.eps)

    def _project(self, weight: Tensor) -> Tensor:
        return (weight @ self._positions.T).contiguous()

    @torch.inference_mode()
    def prepare(self, features: Tensor) -> ImageTokens:
        """Reckon what all decodes of an image share.

        Parameters
        ----------
        features : (256, 64, 64) float32
            From the image encoder, on the network's device.
        """
        plain = features.flatten(1).T.contiguous()
        places = plain + self.network.prompt_encoder.no_mask_embed.weight
        _, _, ask, answer = self._layers[0]
        values = places @ ask.v_weight.transpose(1, 2) + ask.v_bias
        return ImageTokens(
            places,
            plain,
            ask.k_weight @ places.T + self._key_places[0],
            values,
            answer.q_weight @ places.T + self._question_places[0],
        )

    @torch.inference_mode()
    def decode(
        self,
        image: ImageTokens,
        sparse: Tensor,
        dense: Tensor | None = None,
        windows: list[Window] | None = None,
        wanted: slice = slice(None),
    ) -> tuple[Tensor, Tensor]:
        """Predict masks.

        Parameters
        ----------
        image
            From `prepare`.
        sparse : (N, T, 256) float32
            Points and boxes, from SAM's prompt encoder.
        dense : (N, 256, 64, 64) float32
            Masks, from the prompt encoder; None where there are none.
        windows
            N squares of the same side outside of which no mask is reckoned (`NOTHING` is put
            there); None for the whole image.
        wanted
            Which of SAM's four masks: the first one is for prompts that leave no doubt.

        Returns
        -------
        logits : (N, M, 256, 256) float32
        iou : (N, M) float32
            What SAM expects.
        """
        head = self.network.mask_decoder
        own = torch.cat([head.iou_token.weight, head.mask_tokens.weight])
        prompts = torch.cat([own.expand(len(sparse), -1, -1), sparse], 1)
        keys = None if dense is None else image.plain + dense.flatten(2).transpose(1, 2)
        tokens, places = self._transform(image, prompts, keys)
        iou = head.iou_prediction_head(tokens[:, 0])[:, wanted]
        hyper = torch.stack(
            [mlp(tokens[:, 1 + i]) for i, mlp in enumerate(head.output_hypernetworks_mlps)], -1
        )[..., wanted]
        return self._masks(places, hyper, windows), iou

    def _transform(
        self, image: ImageTokens, prompts: Tensor, keys: Tensor | None
    ) -> tuple[Tensor, Tensor]:
        """Let tokens and places attend to each other: (N, T, 256), (N, 4096, 256)."""
        tokens = prompts
        for number, (layer, own, ask, answer) in enumerate(self._layers):
            # The first layer has no positions of tokens, and nothing to add to.
            q = tokens if number == 0 else tokens + prompts
            attended = _attend(own, q, tokens)
            tokens = layer.norm1(attended if number == 0 else tokens + attended)
            q = ask.of("q", tokens + prompts)
            if keys is None:
                weights = (q @ (image.keys * ask.scale)).softmax(-1)
                attended = ask.out(weights @ image.values)
            else:
                attended = _ask_places(ask, q, keys, self._key_places[number])
            tokens = layer.norm2(tokens + attended)
            tokens = layer.norm3(tokens + layer.mlp(tokens))
            k, v = answer.of("k", tokens + prompts) * answer.scale, answer.of("v", tokens)
            if keys is None:
                scores = k @ image.questions
                keys = image.places.expand(len(tokens), -1, -1)
            else:
                folded = (k @ answer.q_weight).flatten(1, 2)
                scores = (folded @ keys.transpose(1, 2)).view(*k.shape[:3], -1)
                scores += k @ self._question_places[number]
            weights = scores.softmax(2).flatten(1, 2)
            added = (v @ answer.out_weight).flatten(1, 2)
            keys = torch.baddbmm(keys + answer.out_bias, weights.transpose(1, 2), added)
            keys = layer.norm4(keys)
        assert keys is not None
        q = self._last.of("q", tokens + prompts)
        attended = _ask_places(self._last, q, keys, self._key_places[-1])
        return self.network.mask_decoder.transformer.norm_final_attn(tokens + attended), keys

    def _masks(self, places: Tensor, hyper: Tensor, windows: list[Window] | None) -> Tensor:
        count, kinds = len(places), hyper.shape[-1]
        grid = places.view(count, GRID, GRID, -1)
        if windows is None:
            return self._enlarged(grid, hyper)
        shape = (count, kinds, FINER * GRID, FINER * GRID)
        out = places.new_full(shape, NOTHING)
        side = windows[0][2]
        cut = [grid[i, y : y + side, x : x + side] for i, (y, x, _) in enumerate(windows)]
        found = self._enlarged(torch.stack(cut), hyper)
        for i, (y, x, _) in enumerate(windows):
            rows, columns = (slice(FINER * a, FINER * (a + side)) for a in (y, x))
            out[i, :, rows, columns] = found[i]
        return out

    def _enlarged(self, grid: Tensor, hyper: Tensor) -> Tensor:
        """Enlarge (N, Y, X, 256) places four times, and cut masks out of them by `hyper`."""
        count, height, width, _ = grid.shape
        kinds = hyper.shape[-1]
        (first, first_bias), (second, second_bias) = self._enlarge
        weight, bias, eps = self._norm
        finer = torch.addmm(first_bias, grid.reshape(-1, grid.shape[-1]), first)
        finer = nnf.layer_norm(finer.view(-1, len(weight)), weight.shape, weight, bias, eps)
        finer = torch.addmm(second_bias, nnf.gelu(finer), second)
        finer = nnf.gelu(finer).view(count, -1, hyper.shape[1]) @ hyper
        # Rows and columns of the places, of their quarters, and of the quarters' quarters.
        finer = finer.view(count, height, width, 2, 2, 2, 2, kinds).permute(0, 7, 1, 3, 5, 2, 4, 6)
        return finer.reshape(count, kinds, FINER * height, FINER * width)


def _attend(attention: _Attention, q: Tensor, values: Tensor) -> Tensor:
    """Let tokens attend to tokens."""
    question, key = attention.of("q", q), attention.of("k", q)
    weights = (question @ key.transpose(2, 3) * attention.scale).softmax(-1)
    return attention.out(weights @ attention.of("v", values))


def _ask_places(attention: _Attention, q: Tensor, places: Tensor, positions: Tensor) -> Tensor:
    """Let tokens, projected by head, attend to (N, 4096, 256) places that are not projected."""
    q = q * attention.scale
    folded = (q @ attention.k_weight).flatten(1, 2)
    scores = (folded @ places.transpose(1, 2)).view(*q.shape[:3], -1)
    weights = (scores + q @ positions).softmax(-1).flatten(1, 2)
    seen = (weights @ places).view(*q.shape[:3], -1)
    return attention.out(seen @ attention.v_weight.transpose(1, 2) + attention.v_bias)
