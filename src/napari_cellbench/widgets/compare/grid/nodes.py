"""What is drawn in a tile beside its layer: the image of another tile, an error map, a title."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from vispy import gloo
from vispy.color import Colormap
from vispy.scene import Node
from vispy.scene.visuals import Image
from vispy.visuals.transforms import BaseTransform, MatrixTransform, STTransform
from vispy.visuals.visual import VisualView

CORNERS = np.array([[0, 0, 0, 1], [1, 0, 0, 1], [0, 1, 0, 1], [0, 0, 1, 1]], float)


class Placement(MatrixTransform):
    """A transform that is only ever used forwards: vispy works the way back out at each change."""

    def shader_imap(self) -> Any:
        """Return the function of the way back without its matrix."""
        return BaseTransform.shader_imap(self)


class View(VisualView):
    """A second look at an image: its textures and settings in a GL program of its own.

    Parameters
    ----------
    image
        vispy's visual.
    """

    # vispy's own `ImageVisual.view` sets these too late (0.17): the constructor reads them already.
    _need_method_update = True
    _method_used = None

    def __init__(self, image: Any) -> None:
        super().__init__(image)
        image._picking_filter._detach(self)
        for shared in image._vshare.filters:
            # A filter holds on to what it was attached to last, which outlives a view.
            shared._visual, shared._attached = image, True
        self.transform = Placement()
        # vispy hands the lookup table to one program only: to the next that draws.
        image._need_colortransform_update = True


class Stamp:
    """Draws a napari image layer wherever it is wanted, with whatever it has become by then.

    Parameters
    ----------
    visual
        napari's visual of the layer. It has to be kept from drawing by itself.
    """

    def __init__(self, visual: Any) -> None:
        self._visual = visual
        self._views: dict[Any, View] = {}

    @property
    def order(self) -> int:
        """Where it is drawn, among others."""
        return int(self._visual.order)

    def draw(self, to_render: NDArray[np.float64]) -> None:
        """Draw it; the matrix leads from the tile's scene to GL's coordinates."""
        if not self._visual.node.visible:
            return
        parts = dict(_parts(self._visual.node))
        self._views = {part: self._views.get(part) or View(part) for part in parts}
        for part, view in self._views.items():
            view.transform.matrix = parts[part] @ to_render
            view.draw()

    def close(self) -> None:
        """Let napari draw the layer by itself again."""
        for part in self._views:
            part._need_colortransform_update = True
        self._views.clear()


def _parts(node: Any) -> Iterator[tuple[Any, NDArray[np.float64]]]:
    """Yield the visuals of an image layer's node, and the way from each to the scene.

    An image larger than a texture has several.
    """
    to_scene = node.transform.matrix
    pieces = getattr(node, "adopted_children", None)
    if pieces is None:
        yield node, to_scene
        return
    for piece in pieces:
        yield piece, piece.transform.as_matrix().matrix @ to_scene


class Pictures(Node):
    """All images in a tile, drawn first; what comes after them is cut to the tile, too.

    vispy's own clipping works through all that lies outside of a tile pixel by pixel, zoomed in
    that is most of the image, and takes a GL program for each tile. GL's scissors cost nothing;
    nodes in the tile can do without clippers: see `unclip`.

    Parameters
    ----------
    stamps
        The images.
    box
        vispy's viewbox of the tile.
    """

    def __init__(self, stamps: Sequence[Stamp], box: Any) -> None:
        self._stamps, self._box = stamps, box
        self._place: tuple[Any, ...] = ()
        super().__init__(parent=box.scene)
        self.order = -1

    def draw(self) -> None:
        """Draw the images."""
        if self.picking:
            return
        self._measure()
        gloo.set_scissor(*self._cut)
        gloo.set_state(scissor_test=True)
        to_render = self._box.scene.transform.matrix @ self._to_render
        for stamp in sorted(self._stamps, key=lambda stamp: stamp.order):
            stamp.draw(to_render)

    def _measure(self) -> None:
        """Find out where the tile is, if it has moved."""
        box = self._box
        place = (*box.transform.translate, *box.size, self.transforms.canvas.physical_size)
        if place == self._place:
            return
        self._place = place
        cut = box.get_transform("visual", "framebuffer").map(box.inner_rect).normalized()
        self._cut = [round(value) for value in (cut.left, cut.bottom, cut.width, cut.height)]
        corners = box.get_transform("visual", "render").map(CORNERS)
        self._to_render = np.vstack([corners[1:] - corners[0], corners[:1]])

    def _update_trsys(self, event: Any) -> None:
        document = self.document_node
        self.transforms.scene_transform = self.scene_node.node_transform(document)
        self.transforms.document_transform = document.node_transform(self.root_node)
        super()._update_trsys(event)


class End(Node):
    """Drawn last in a tile: what comes after it may be anywhere."""

    def __init__(self, box: Any) -> None:
        super().__init__(parent=box.scene)
        self.order = 10**7

    def draw(self) -> None:
        """Put GL's scissors away."""
        gloo.set_state(scissor_test=False)


def unclip(node: Any) -> None:
    """Take vispy's clippers from a node in a tile; the next change of parent brings new ones."""
    for ancestor in list(node._clippers):
        node._set_clipper(ancestor, None)


def error_node(picture: NDArray[np.uint8], colours: Sequence[str], box: Any, place: Any) -> Image:
    """Return an error map in a tile.

    Parameters
    ----------
    picture : (Y, X) uint8
        Values from 0 to 3.
    colours
        Of the values from 1 to 3.
    box
        vispy's viewbox of the tile.
    place
        The transform from pixels to the scene.
    """
    node = Image(
        picture,
        cmap=Colormap([(0, 0, 0, 0), *colours], interpolation="zero"),
        clim=(-0.5, 3.5),
        texture_format="r8",
        parent=box.scene,
    )
    node.transform = place
    node.opacity = 0.8
    node.order = 10
    node.set_gl_state("translucent", depth_test=False)
    unclip(node)
    return node


def title_node(picture: NDArray[np.uint8], ratio: float, box: Any) -> Image:
    """Return a title in a tile.

    Parameters
    ----------
    picture : (Y, X, 4) uint8
    ratio
        The screen's pixels per pixel of Qt's.
    box
        vispy's viewbox of the tile.
    """
    node = Image(picture, parent=box)
    node.transform = STTransform(scale=(1 / ratio, 1 / ratio), translate=(4, 4))
    node.order = 10**6
    node.set_gl_state("translucent", depth_test=False)
    return node
