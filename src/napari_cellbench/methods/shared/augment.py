"""Random views of annotated images: geometry by one affine warp, then intensity."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

Image = NDArray[np.float32]


@dataclass(frozen=True)
class Augmentation:
    """How strongly training images are varied.

    Attributes
    ----------
    scale
        Smallest and largest magnification, drawn log-uniformly.
    gain, offset, gamma
        Ranges of ``image ** gamma * gain + offset``, for images normalised to about 0..1.
    noise
        Largest standard deviation of added Gaussian noise, in normalised units.
    blur
        Largest standard deviation of Gaussian blur, in pixels.
    gradient
        Largest strength of a slowly varying illumination.
    colour
        Standard deviation of a random mixing of colour channels (RGB only).
    strong
        Share of patches that are varied this much. The others are varied mildly: annotators draw
        each kind of image in their own way, and a network can only learn that from images that
        look like their kind.
    """

    scale: tuple[float, float] = (0.5, 2.0)
    gain: tuple[float, float] = (0.6, 1.6)
    offset: float = 0.15
    gamma: tuple[float, float] = (0.6, 1.6)
    noise: float = 0.1
    blur: float = 1.5
    gradient: float = 0.3
    colour: float = 0.08
    strong: float = 0.5

    def draw(self, rng: np.random.Generator) -> Augmentation:
        """Return how to vary the next patch: this strongly, or mildly."""
        return self if rng.random() < self.strong else MILD


MILD = Augmentation(
    scale=(0.9, 1.1),
    gain=(0.85, 1.15),
    offset=0.03,
    gamma=(0.9, 1.1),
    noise=0.02,
    blur=0,
    gradient=0,
    colour=0.02,
)


def random_affine(
    rng: np.random.Generator, shape: tuple[int, int], patch: int, scale: tuple[float, float]
) -> NDArray[np.float64]:
    """Draw a flip, rotation, magnification and place, as a matrix from image to patch.

    Parameters
    ----------
    rng
        Source of randomness.
    shape
        Height and width of the image, in pixels.
    patch
        Side of the square patch, in pixels.
    scale
        Smallest and largest magnification.

    Returns
    -------
    (2, 3) float64
        Maps (x, y, 1) of the image to (x, y) of the patch.
    """
    zoom = np.exp(rng.uniform(*np.log(scale)))
    angle = rng.uniform(0, 2 * np.pi)
    cos, sin = np.cos(angle) * zoom, np.sin(angle) * zoom
    linear = np.array([[cos, -sin], [sin, cos]])
    if rng.random() < 0.5:
        linear[:, 0] *= -1
    reach = patch / 2 / zoom
    centre = [rng.uniform(min(reach, n / 2), max(n - reach, n / 2)) for n in (shape[1], shape[0])]
    shift = patch / 2 - linear @ np.array(centre)
    return np.column_stack([linear, shift])


def warp(image: Image, matrix: NDArray[np.float64], patch: int) -> Image:
    """Resample a (Y, X, C) image linearly, mirrored beyond its edge, to (patch, patch, C)."""
    out = cv2.warpAffine(
        image, matrix, (patch, patch), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT_101
    )
    return np.asarray(out, np.float32).reshape(patch, patch, -1)


def warp_labels(
    labels: NDArray[np.uint16], matrix: NDArray[np.float64], patch: int
) -> tuple[NDArray[np.uint16], NDArray[np.bool_]]:
    """Resample labels by nearest neighbour; the second array tells where the image reaches."""

    def nearest(a: NDArray[np.uint16]) -> NDArray[np.uint16]:
        return np.asarray(cv2.warpAffine(a, matrix, (patch, patch), flags=cv2.INTER_NEAREST))

    return nearest(labels), nearest(np.ones_like(labels)) > 0


def vary_intensity(rng: np.random.Generator, image: Image, how: Augmentation) -> Image:
    """Vary blur, gamma, illumination, colour, gain, offset and noise of a (Y, X, C) image."""
    size = image.shape[:2]
    if rng.random() < 0.3 and how.blur:
        sigma = rng.uniform(0.3, how.blur)
        image = cv2.GaussianBlur(image, (0, 0), sigma).reshape(image.shape)
    if rng.random() < 0.5:
        image = np.clip(image, 0, None) ** np.float32(np.exp(rng.uniform(*np.log(how.gamma))))
    if rng.random() < 0.3 and how.gradient:
        coarse = rng.uniform(-how.gradient, how.gradient, (3, 3)).astype(np.float32)
        field = cv2.resize(coarse, size[::-1], interpolation=cv2.INTER_CUBIC)
        image = image * (1 + field[..., None])
    if image.shape[2] == 3 and how.colour:
        if rng.random() < 0.1:
            image = np.repeat(image.mean(2, keepdims=True), 3, 2)
        mix = np.eye(3) + rng.normal(0, how.colour, (3, 3))
        image = (image @ mix.T).astype(np.float32)
    image = image * rng.uniform(*how.gain) + rng.uniform(-how.offset, how.offset)
    if rng.random() < 0.5 and how.noise:
        sigma = rng.uniform(0, how.noise)
        image = image + rng.normal(0, sigma, image.shape).astype(np.float32)
    return image.astype(np.float32)
