"""The Compare widget's grid view in a real napari window."""

from __future__ import annotations

import gc
import weakref
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
from napari.components.grid import GridCanvas
from napari.layers import Image, Labels
from skimage.draw import disk

from napari_cellbench.errors import InputError
from napari_cellbench.scoring.errors import error_map
from napari_cellbench.scoring.selection import Selection
from napari_cellbench.widgets.compare.grid.arrangement import best_shape
from napari_cellbench.widgets.compare.grid.view import GridView
from napari_cellbench.widgets.compare.results import Item, Results

CENTRES = [(30, 30), (30, 90), (64, 60), (100, 30), (96, 100)]
TIMEOUT = 60_000


def disks(count: int = 5, shape: tuple[int, int] = (128, 128)) -> np.ndarray:
    labels = np.zeros(shape, np.int32)
    for number, centre in enumerate(CENTRES[:count], 1):
        labels[disk(centre, 12, shape=shape)] = number
    return labels


@pytest.fixture
def open_grid(make_napari_viewer) -> Iterator[Callable[..., GridView]]:
    """Return a function that opens an image, results with 1, 2, 3... cells, and the grid view."""
    made: list[GridView] = []

    def open_(count: int = 3, truth: bool = False, image: Any = None, **place: Any) -> GridView:
        viewer = make_napari_viewer(show=True)
        viewer.window.resize(1000, 700)
        results = Results()
        image = np.full((128, 128), 100, np.uint8) if image is None else image
        options = {"contrast_limits": (0, 200)} if getattr(image, "ndim", 0) == 2 else {}
        layer = Image(image, name="image", **options, **place)
        viewer.add_layer(layer)
        results.set_images({"nucleus": layer})
        if truth:
            results.set_truth(viewer.add_layer(Labels(disks(), name="truth", **place)))
        for number in range(count):
            add(viewer, results, disks(number % 5 + 1), f"method {number}", **place)
        grid = GridView(viewer, results)
        grid.viewer, grid.results = viewer, results
        made.append(grid)
        return grid

    yield open_
    for grid in made:
        grid.close_grid()


def add(viewer: Any, results: Results, labels: np.ndarray, name: str, **place: Any) -> Item:
    layer = Labels(labels, name=name, colormap=None, **place)
    viewer.add_layer(layer)
    item = Item(name, layer=layer)
    results.add(item)
    return item


def canvas_of(viewer: Any) -> Any:
    return viewer.window._qt_viewer.canvas


def tiles_in(viewer: Any) -> list[np.ndarray]:
    """Return what is drawn in each tile, without the part with the title; (Y, X, 4)."""
    picture = viewer.screenshot(flash=False)
    canvas = canvas_of(viewer)
    scale = picture.shape[1] / canvas._scene_canvas.size[0]
    tiles = []
    for view in canvas.grid_views:
        (x, y), (width, height) = view.pos, view.size
        x, y = np.asarray(view.transform.translate[:2])
        rows = slice(round((y + 45) * scale), round((y + height) * scale))
        tiles.append(picture[rows, round(x * scale) : round((x + width) * scale)])
    return tiles


def coloured(tile: np.ndarray) -> int:
    """Return how many pixels are neither grey nor black."""
    rgb = tile[..., :3].astype(int)
    return int(np.count_nonzero(np.ptp(rgb, axis=-1) > 20))


def lookup_of(node: Any) -> str | None:
    """Return the name of the function that looks a value up, of images and labels."""
    functions = getattr(node, "_interpolation_fun", None)
    return functions["nearest"].name if functions else None


def state(viewer: Any) -> dict[str, Any]:
    """Return all that a person sees or sets, and what listens."""
    canvas, camera = canvas_of(viewer), viewer.scene.camera
    gc.collect()  # vispy lists views of an image for as long as they live
    layers = {
        layer.name: (
            layer.visible,
            layer.opacity,
            str(layer.blending),
            str(layer.mode),
            getattr(layer, "contour", None),
            layer.name_overlay.visible if hasattr(layer, "name_overlay") else None,
            canvas.layer_to_visual[layer].node.parent is canvas.view.scene,
            canvas.layer_to_visual[layer].node.visible,
            canvas.layer_to_visual[layer].order,
            len(canvas.layer_to_visual[layer].node._clippers),
            len(canvas.layer_to_visual[layer].node._vshare.views),
            lookup_of(canvas.layer_to_visual[layer].node),
        )
        for layer in viewer.layers
    }
    return {
        "layers": layers,
        "order": [layer.name for layer in viewer.layers],
        "selection": {layer.name for layer in viewer.layers.selection},
        "active": viewer.layers.selection.active,
        "grid": (type(viewer.canvas.grid), viewer.canvas.grid.model_dump()),
        "camera": (tuple(camera.center), camera.zoom, tuple(camera.angles)),
        "overlays": {name: o.visible for name, o in viewer.canvas.overlays.items()},
        "dims": tuple(viewer.dims.current_step),
        "mouse": len(viewer.mouse_drag_callbacks),
        "canvas children": len(canvas.view.children),
    }


def listeners(viewer: Any) -> dict[str, int]:
    """Return how many callbacks events have."""
    groups = {layer.name: layer.events for layer in viewer.layers}
    groups |= {"layers": viewer.layers.events, "selection": viewer.layers.selection.events}
    groups |= {"dims": viewer.dims.events, "canvas": viewer.canvas.events}
    groups |= {"grid": viewer.canvas.grid.events, "camera": viewer.scene.camera.events}
    return {
        f"{name} {event}": len(group[event].callbacks)
        for name, group in groups.items()
        for event in group
    }


@pytest.mark.parametrize("mode", ["outlines", "filled", "hidden", "error map"])
def test_back_to_exactly_what_was(open_grid, mode):
    grid = open_grid(4, truth=True)
    viewer = grid.viewer
    viewer.layers["method 1"].visible = False
    viewer.layers["method 2"].contour = 3
    viewer.layers["method 3"].opacity = 0.4
    viewer.add_points(np.array([[5.0, 5.0]]), name="points")
    viewer.layers.move(0, 2)
    viewer.layers.selection = {viewer.layers["method 0"], viewer.layers["image"]}
    viewer.scene.camera.zoom, viewer.scene.camera.center = 2.5, (0, 50, 70)
    before, picture = state(viewer), viewer.screenshot(flash=False)
    heard = []
    grid.set_mode(mode)
    for _ in range(2):
        grid.show()
        viewer.scene.camera.zoom = 1.0
        viewer.layers.selection.active = viewer.layers["method 2"]
        viewer.screenshot(flash=False)
        assert grid.shown
        assert len(viewer.layers) == 7
        grid.hide()
        assert not grid.shown
        after = state(viewer)
        for part, value in before.items():
            assert after[part] == value, part
        np.testing.assert_array_equal(viewer.screenshot(flash=False), picture)
        gc.collect()
        heard.append(listeners(viewer))
    # At first napari itself makes cameras for its grid, which it keeps.
    assert heard[0] == heard[1]


def test_nothing_is_left_in_memory(open_grid, qtbot):
    grid = open_grid(3, truth=True)
    grid.set_mode("error map")
    grid.show()
    qtbot.waitUntil(lambda: len(grid._tiles.canvas._maps) == 3, timeout=TIMEOUT)
    grid.viewer.screenshot(flash=False)
    left = [
        weakref.ref(grid._tiles.canvas),
        weakref.ref(grid._tiles.facts),
        weakref.ref(grid._tiles.before),
    ]
    left += [weakref.ref(node) for node in grid._tiles.canvas._pictures]
    left += [weakref.ref(node) for node in grid._tiles.canvas._titles.values()]
    left += [weakref.ref(node) for node in grid._tiles.canvas._maps.values()]
    left += [weakref.ref(stamp) for stamp in grid._tiles.canvas._stamps.values()]
    qtbot.waitUntil(lambda: not grid._tiles.facts._job.busy, timeout=TIMEOUT)
    grid.hide()

    def gone() -> None:
        gc.collect()
        assert [ref() for ref in left if ref() is not None] == []

    qtbot.waitUntil(gone, timeout=TIMEOUT)


def test_the_view_itself_goes(open_grid, qtbot):
    grid = open_grid(2)
    grid.show()
    grid.close_grid()
    viewer, ref = grid.viewer, weakref.ref(grid)
    for cell in open_grid.__closure__:  # the fixture lists it, too
        if isinstance(cell.cell_contents, list):
            cell.cell_contents.clear()
    del grid
    gc.collect()
    assert ref() is None
    viewer.layers[0].visible = False


def test_each_tile_draws_its_own_result_over_the_image(open_grid, qtbot):
    grid = open_grid(4)
    grid.set_mode("filled")
    grid.show()
    tiles = tiles_in(grid.viewer)
    filled = [coloured(tile) for tile in tiles[:4]]
    # One more cell in each; the title covers as much of every tile.
    assert filled[0] > 0
    assert np.all(np.diff(filled) > 0)
    for tile in tiles[:4]:
        grey = np.median(tile[tile.shape[0] // 2 - 5 : tile.shape[0] // 2 + 5, :, :3])
        assert 100 < grey < 155  # 100 of 200
    grid.set_mode("outlines")
    outlined = [coloured(tile) for tile in tiles_in(grid.viewer)[:4]]
    assert all(0 < line < area / 2 for line, area in zip(outlined, filled, strict=True))
    grid.set_mode("hidden")
    assert [coloured(tile) for tile in tiles_in(grid.viewer)[:4]] == [0, 0, 0, 0]


def test_panning_and_zooming_moves_all_tiles(open_grid):
    grid = open_grid(3)
    for item in grid.results.items():
        item.layer.data = disks(3)
    grid.set_mode("filled")
    grid.show()
    viewer = grid.viewer
    before = tiles_in(viewer)
    viewer.scene.camera.center = (0, 40, 90)
    viewer.scene.camera.zoom *= 1.5
    after = tiles_in(viewer)
    assert not np.array_equal(before[0], after[0])
    for tile in after[1:3]:
        # Tiles may differ by a pixel in width, and outlines of cells lie between pixels.
        middle, first = tile[60:200, 5:300].astype(int), after[0][60:200, 5:300].astype(int)
        assert np.mean(np.abs(middle - first) > 3) < 0.02
    # A tile that is panned by its own camera, as by the mouse, takes the others along.
    canvas = canvas_of(viewer)
    canvas.grid_views[1].camera.pan((10, 5))
    canvas.on_draw()
    centres = [view.camera.center for view in canvas.grid_views]
    np.testing.assert_allclose(centres, [centres[1]] * len(centres))
    np.testing.assert_allclose(viewer.scene.camera.center[-2:], centres[1][1::-1])


def test_zooming_leaves_the_layer_list_alone(open_grid):
    """napari paints the list's lines anew whenever it hears of a layer, which takes time."""
    grid, heard = open_grid(3), []
    viewer = grid.viewer
    viewer.layers.events.connect(lambda event: heard.append(event.type))

    def zoom() -> list[str]:
        heard.clear()
        viewer.scene.camera.zoom *= 1.5
        canvas_of(viewer).on_draw()
        return [name for name in heard if name == "scale_factor"]

    assert len(zoom()) == len(viewer.layers)
    grid.show()
    assert zoom() == []
    assert grid.results.items()[0].layer.scale_factor == pytest.approx(1 / viewer.scene.camera.zoom)
    grid.hide()
    assert len(zoom()) == len(viewer.layers)


def test_images_follow_the_original(open_grid):
    grid = open_grid(2)
    grid.set_mode("hidden")
    grid.show()
    image = grid.viewer.layers["image"]

    def middle() -> np.ndarray:
        tiles = tiles_in(grid.viewer)[:2]
        colours = [tile[tile.shape[0] // 2, tile.shape[1] // 2, :3].astype(int) for tile in tiles]
        np.testing.assert_array_equal(*colours)
        return colours[0]

    np.testing.assert_allclose(middle(), 127, atol=2)
    image.contrast_limits = (0, 100)
    np.testing.assert_allclose(middle(), 255, atol=2)
    image.contrast_limits = (0, 200)
    image.gamma = 2
    np.testing.assert_allclose(middle(), 64, atol=2)
    image.gamma = 1
    image.colormap = "green"
    np.testing.assert_allclose(middle(), (0, 127, 0), atol=2)
    image.data = np.full((128, 128), 200, np.uint8)
    np.testing.assert_allclose(middle(), (0, 255, 0), atol=2)
    image.visible = False
    np.testing.assert_allclose(middle(), 0, atol=2)
    image.visible = True
    np.testing.assert_allclose(middle(), (0, 255, 0), atol=2)


def test_all_channels_are_blended_as_in_the_stack(open_grid):
    grid = open_grid(2)
    other = Image(
        np.full((128, 128), 200, np.uint8),
        name="other",
        colormap="red",
        blending="additive",
        contrast_limits=(0, 200),
    )
    grid.viewer.layers.insert(1, other)
    grid.set_mode("hidden")
    grid.show()
    for tile in tiles_in(grid.viewer)[:2]:
        pixel = tile[tile.shape[0] // 2, tile.shape[1] // 2, :3]
        np.testing.assert_allclose(pixel, (255, 127, 127), atol=2)


@pytest.mark.parametrize("kind", ["rgb", "multiscale", "stack", "float"])
def test_images_of_all_kinds(open_grid, kind):
    plane = np.full((128, 128), 100, np.uint8)
    image: Any = {
        "rgb": np.full((128, 128, 3), (200, 100, 0), np.uint8),
        "multiscale": [plane, plane[::2, ::2]],
        "stack": np.stack([plane, plane * 2]),
        "float": plane / 200,
    }[kind]
    grid = open_grid(2, image=image)
    layer = grid.viewer.layers["image"]
    layer.contrast_limits = (0, 1) if kind == "float" else (0, 255) if kind == "rgb" else (0, 200)
    grid.set_mode("hidden")
    if kind == "stack":
        grid.viewer.dims.current_step = (0, 0, 0)
    grid.show()

    def middles() -> list[Any]:
        tiles = tiles_in(grid.viewer)[:2]
        return [tile[tile.shape[0] // 2, tile.shape[1] // 2, :3] for tile in tiles]

    wanted: Any = (200, 100, 0) if kind == "rgb" else 127
    for pixel in middles():
        np.testing.assert_allclose(pixel, wanted, atol=2)
    if kind == "stack":
        grid.viewer.dims.current_step = (1, 0, 0)
        for pixel in middles():
            np.testing.assert_allclose(pixel, 255, atol=2)


def test_anisotropic_place_and_the_same_field_of_view(open_grid):
    grid = open_grid(2, scale=(2, 0.5), translate=(1000, -300))
    grid.set_mode("filled")
    grid.viewer.reset_view()
    grid.show()
    tile = tiles_in(grid.viewer)[1]
    assert coloured(tile) > 0
    camera, view = grid.viewer.scene.camera, canvas_of(grid.viewer).grid_views[0]
    size = np.array(view.size[::-1]) / camera.zoom
    assert np.all(size > (256, 64))  # all of the image is in view, with little around it
    assert np.any(size < np.array((256, 64)) * 1.1)
    np.testing.assert_allclose(camera.center[-2:], (1000 + 127, -300 + 31.75), atol=1)


def test_outlines_follow_the_brush_and_undo(open_grid):
    grid = open_grid(3)
    grid.show()
    layer = grid.viewer.layers["method 1"]
    before = [coloured(tile) for tile in tiles_in(grid.viewer)[:3]]
    layer.brush_size = 20
    layer.paint((100, 100), 5)
    painted = [coloured(tile) for tile in tiles_in(grid.viewer)[:3]]
    assert layer.data[100, 100] == 5
    assert painted[1] > before[1]
    assert [painted[0], painted[2]] == [before[0], before[2]]
    layer.undo()
    assert [coloured(tile) for tile in tiles_in(grid.viewer)[:3]] == before


def test_a_click_selects_what_the_brush_paints_on(open_grid, qtbot):
    grid = open_grid(3)
    grid.show()
    viewer, canvas = grid.viewer, canvas_of(grid.viewer)
    viewer.layers.selection.active = viewer.layers["method 0"]
    viewer.screenshot(flash=False)
    view = canvas.grid_views[2]
    x, y = np.asarray(view.transform.translate[:2]) + np.asarray(view.size) / 2
    canvas._scene_canvas.events.mouse_press(pos=(x, y), button=1, modifiers=())
    canvas._scene_canvas.events.mouse_release(pos=(x, y), button=1, modifiers=())
    assert viewer.layers.selection.active is viewer.layers["method 2"]
    grid.focus(grid.results.items()[1])
    assert viewer.layers.selection.active is viewer.layers["method 1"]


def test_error_maps_are_of_the_truth_and_follow_edits(open_grid, qtbot):
    grid = open_grid(2, truth=True)
    grid.set_mode("error map")
    grid.show()
    shown = grid._tiles.canvas._maps
    layer = grid.viewer.layers["method 1"]

    def matches() -> bool:
        maps = [(item.layer, shown.get(item.layer)) for item in grid.results.items()]
        return all(
            node is not None and np.array_equal(node._data, error_map(disks(), one.data))
            for one, node in maps
        )

    qtbot.waitUntil(matches, timeout=TIMEOUT)
    assert grid.results.truth not in shown
    # Two cells are found, three missed: blue; the result's own colours aren't drawn.
    tile = tiles_in(grid.viewer)[2][..., :3].astype(int)
    blue = (tile[..., 2] > 180) & (tile[..., 0] < 120)
    assert np.count_nonzero(blue) > 500
    layer.data_setitem(np.nonzero(disks() == 3), 3)
    qtbot.waitUntil(matches, timeout=TIMEOUT)
    fewer = tiles_in(grid.viewer)[2][..., :3].astype(int)
    assert np.count_nonzero((fewer[..., 2] > 180) & (fewer[..., 0] < 120)) < np.count_nonzero(blue)
    grid.viewer.layers["truth"].data = disks(3)
    qtbot.waitUntil(
        lambda: np.array_equal(shown[layer]._data, error_map(disks(3), layer.data)), timeout=TIMEOUT
    )
    grid.results.set_truth(None)
    assert grid.mode == "outlines"
    with pytest.raises(InputError, match="needs the truth"):
        grid.set_mode("error map")


def test_error_maps_outlast_another_arrangement(open_grid, qtbot):
    grid = open_grid(2, truth=True)
    grid.set_mode("error map")
    grid.show()
    layers = [item.layer for item in grid.results.items()]
    qtbot.waitUntil(lambda: set(grid._tiles.canvas._maps) == set(layers), timeout=TIMEOUT)
    grid.show(grid.results.items()[::-1])
    assert set(grid._tiles.canvas._maps) == set(layers)
    grid.results.set_truth(None)
    assert not grid._tiles.canvas._maps


def test_error_maps_of_a_region_count_nothing_outside(open_grid, qtbot):
    grid = open_grid(1, truth=True)
    layer = grid.viewer.layers["method 0"]
    layer.metadata["cellbench"] = {"region": [[0, 64], [0, 64]]}
    grid.set_mode("error map")
    grid.show()
    qtbot.waitUntil(lambda: layer in grid._tiles.canvas._maps, timeout=TIMEOUT)
    picture = grid._tiles.canvas._maps[layer]._data
    assert picture[:64, :64].any()
    assert not picture[64:].any()
    assert not picture[:, 64:].any()


def test_error_maps_of_a_stack_follow_the_slider(open_grid, qtbot):
    grid = open_grid(1, image=np.zeros((2, 128, 128), np.uint8), truth=True)
    layer, truth = grid.viewer.layers["method 0"], grid.results.truth
    layer.data, truth.data = np.stack([disks(1), disks(2)]), np.stack([disks(5), disks(2)])
    grid.viewer.dims.current_step = (0, 0, 0)
    grid.set_mode("error map")
    grid.show()
    shown = grid._tiles.canvas._maps
    for step, (true, found) in enumerate([(disks(5), disks(1)), (disks(2), disks(2))]):
        grid.viewer.dims.current_step = (step, 0, 0)
        qtbot.waitUntil(
            lambda true=true, found=found: (
                layer in shown and np.array_equal(shown[layer]._data, error_map(true, found))
            ),
            timeout=TIMEOUT,
        )


def test_error_maps_leave_out_what_scores_do(open_grid, qtbot):
    grid = open_grid(1, image=np.zeros((2, 128, 128), np.uint8), truth=True)
    layer, truth = grid.viewer.layers["method 0"], grid.results.truth
    small = disks(4)
    small[5:7, 5:7] = 9
    layer.data, truth.data = np.stack([small, small]), np.stack([disks(), disks()])
    truth.metadata["cellbench"] = {"truth": True, "truth_planes": [True, False]}
    grid.viewer.dims.current_step = (0, 0, 0)
    grid.set_mode("error map")
    grid.show()
    shown = grid._tiles.canvas._maps

    def is_shown(picture: np.ndarray) -> bool:
        return layer in shown and np.array_equal(shown[layer]._data, picture)

    whole = error_map(disks(), small)
    qtbot.waitUntil(lambda: is_shown(whole), timeout=TIMEOUT)
    grid.results.set_selection(Selection(smallest=10))
    without = np.where(small == 9, 0, whole)
    assert not np.array_equal(without, whole)
    qtbot.waitUntil(lambda: is_shown(without), timeout=TIMEOUT)
    grid.viewer.dims.current_step = (1, 0, 0)
    qtbot.waitUntil(lambda: is_shown(whole * 0), timeout=TIMEOUT)
    qtbot.waitUntil(lambda: not grid._tiles._known[truth].known, timeout=TIMEOUT)


def test_titles_count_and_can_be_set(open_grid, qtbot, monkeypatch):
    grid = open_grid(2, truth=True)
    written: dict[str, str] = {}
    grid.show()
    own = grid._tiles.canvas.set_title

    def note(layer: Any, text: str, **options: Any) -> None:
        written[layer.name] = text
        own(layer, text, **options)

    monkeypatch.setattr(grid._tiles.canvas, "set_title", note)
    wanted = {
        "truth": "Truth · truth\n5 cells",
        "method 0": "method 0\n1 cells",
        "method 1": "method 1\n2 cells",
    }
    qtbot.waitUntil(lambda: written == wanted, timeout=TIMEOUT)
    grid.set_titles(lambda item: f"{item.name}\nF1 0.5")
    assert written["method 1"] == "method 1\nF1 0.5"


def test_tiles_come_and_go(open_grid):
    grid = open_grid(2)
    grid.show()
    viewer, results = grid.viewer, grid.results
    item = add(viewer, results, disks(5), "late")
    assert list(grid._tiles.tiles) == [one.layer for one in results.items()]
    tiles = tiles_in(viewer)
    assert coloured(tiles[2]) > coloured(tiles[1]) > coloured(tiles[0]) > 0
    results.remove(results.items()[0])
    assert list(grid._tiles.tiles) == [viewer.layers["method 1"], item.layer]
    viewer.layers.remove("method 1")
    assert list(grid._tiles.tiles) == [item.layer]
    assert grid.shown
    results.set_truth(viewer.add_layer(Labels(disks(), name="truth")))
    assert list(grid._tiles.tiles) == [viewer.layers["truth"], item.layer]
    waiting = Item("still to be run")
    results.add(waiting)
    assert len(grid._tiles.tiles) == 2
    viewer.layers.remove(item.layer)
    viewer.layers.remove("truth")
    assert not grid.shown
    assert type(viewer.canvas.grid) is GridCanvas


def test_all_of_the_image_stays_in_view_as_tiles_are_added(open_grid):
    grid = open_grid(1)
    grid.viewer.reset_view()
    grid.show()
    for number in range(6):
        add(grid.viewer, grid.results, disks(3), f"late {number}")
    camera, view = grid.viewer.scene.camera, canvas_of(grid.viewer).grid_views[0]
    size = np.array(view.size[::-1]) / camera.zoom
    assert np.all(size > 128)
    assert np.any(size < 128 * 1.1)
    np.testing.assert_allclose(camera.center[-2:], (63.5, 63.5), atol=1)
    # Who looks at a part goes on looking at it.
    camera.zoom, camera.center = 4 * camera.zoom, (0, 30, 40)
    add(grid.viewer, grid.results, disks(3), "one more")
    np.testing.assert_allclose(camera.center[-2:], (30, 40), atol=1)


@pytest.mark.parametrize("way", ["image", "button", "volume", "clear"])
def test_hides_when_the_user_takes_it_away(open_grid, way):
    grid = open_grid(3)
    viewer = grid.viewer
    grid.show()
    viewer.screenshot(flash=False)
    if way == "image":
        viewer.layers.remove("image")
    elif way == "button":
        viewer.canvas.grid.enabled = False
    elif way == "volume":
        viewer.dims.ndisplay = 3
    else:
        viewer.layers.clear()
    assert not grid.shown
    assert not viewer.canvas.grid.enabled
    assert type(viewer.canvas.grid) is GridCanvas
    viewer.screenshot(flash=False)
    if way == "volume":
        with pytest.raises(InputError, match="2-D"):
            grid.show()


def test_reordered_and_toggled_layers_stay_in_their_tiles(open_grid):
    grid = open_grid(3)
    grid.set_mode("filled")
    grid.show()
    viewer = grid.viewer
    before = [coloured(tile) for tile in tiles_in(viewer)[:3]]
    viewer.layers.move(0, 4)
    viewer.layers.move(0, 3)
    assert [coloured(tile) for tile in tiles_in(viewer)[:3]] == before
    viewer.layers["method 1"].visible = False
    after = [coloured(tile) for tile in tiles_in(viewer)[:3]]
    assert after == [before[0], 0, before[2]]
    viewer.layers["method 1"].visible = True
    assert [coloured(tile) for tile in tiles_in(viewer)[:3]] == before


def test_order_of_tiles(open_grid):
    grid = open_grid(3, truth=True)
    first, second, third = grid.results.items()
    grid.show([third, first])
    truth = grid.results.truth
    assert list(grid._tiles.tiles) == [truth, third.layer, first.layer, second.layer]
    grid.show([second])
    assert list(grid._tiles.tiles) == [truth, second.layer, first.layer, third.layer]


def test_twenty_results(open_grid):
    grid = open_grid(20)
    grid.show()
    rows, columns = grid.viewer.canvas.grid.actual_shape(grid.viewer.layers)
    assert rows * columns >= 20
    assert all(coloured(tile) for tile in tiles_in(grid.viewer)[:20])


def test_nothing_to_show(open_grid):
    grid = open_grid(0)
    with pytest.raises(InputError, match="no result"):
        grid.show()
    assert not grid.shown


def test_closing_the_window_while_it_is_shown(open_grid, qtbot):
    grid = open_grid(3, truth=True)
    grid.set_mode("error map")
    grid.show()
    grid.viewer.close()
    qtbot.wait(300)
    grid.close_grid()
    assert not grid.shown


@pytest.mark.parametrize("count", range(1, 21))
@pytest.mark.parametrize("canvas", [(900.0, 1100.0), (300.0, 1400.0), (1000.0, 400.0)])
@pytest.mark.parametrize("image", [(1.0, 1.0), (520.0, 704.0), (10.0, 1.0)])
def test_shape_shows_the_image_largest(count, canvas, image):
    def scale(rows: int, columns: int) -> float:
        return min(canvas[0] / rows / image[0], canvas[1] / columns / image[1])

    rows, columns = best_shape(count, canvas, image)
    assert rows * columns >= count
    for other_rows in range(1, count + 1):
        other = scale(other_rows, -(-count // other_rows))
        assert scale(rows, columns) >= other * (1 - 1e-9)
