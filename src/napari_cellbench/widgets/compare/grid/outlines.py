"""Outlines of labels, drawn by the graphics card."""

from __future__ import annotations

from typing import Any

from vispy.visuals.shaders import Function

WIDTH = 1.5
"""Of an outline, in Qt's pixels."""
LOOKUP = """
vec4 outlined(vec2 at) {
    vec2 down = $width * dFdy(at);
    vec2 side = .5 * down + .87 * $width * dFdx(at);
    vec4 here = texture2D($texture, at);
    bool inside = here.r == texture2D($texture, at - down).r
        && here.r == texture2D($texture, at + side).r
        && here.r == texture2D($texture, at + down - side).r;
    return inside ? vec4(0.) : here;
}
"""
"""The label where another value is near, seen in three directions, and background elsewhere."""


class Outlines:
    """Lets a labels layer show only the outlines of its objects.

    They are as wide on the screen at any zoom, follow each stroke of a brush and each plane at
    once, and cost no time but the drawing. napari's own contour is worked out from the whole plane
    whenever it changes, 25 ms for a million pixels, and falls into dots where the view is smaller
    than the image. Two labels that napari gives the same colour, 1 pair in 254, have no line
    between them where they touch.

    Parameters
    ----------
    node
        vispy's visual of the layer.
    ratio
        The screen's pixels per pixel of Qt's.
    """

    def __init__(self, node: Any, ratio: float) -> None:
        self.node = node
        self._plain = node._interpolation_fun["nearest"]
        lookup = Function(LOOKUP)
        lookup["width"] = WIDTH * ratio
        self._use(lookup)

    def remove(self) -> None:
        """Let the layer show its objects filled again."""
        self._use(self._plain)

    def _use(self, lookup: Function) -> None:
        # vispy takes it from there whenever it builds the visual's program anew.
        self.node._interpolation_fun["nearest"] = lookup
        self.node._need_interpolation_update = True
        self.node.update()
