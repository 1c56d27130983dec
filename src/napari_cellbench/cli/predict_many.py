"""`cellbench predict --output-dir`: many images with one loaded model."""

from __future__ import annotations

import argparse
import json
import os
from collections import deque
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from queue import SimpleQueue
from typing import TYPE_CHECKING, Any

from ..errors import NotInstalled
from .done import NAME, Done
from .failures import INCOMPLETE, explain
from .images import Item, find_items
from .progress import Watch
from .saving import Output
from .segmenting import Asked, Found, Plane
from .terminal import say, warn

if TYPE_CHECKING:
    from ..data.readers import Dataset
    from ..engine import Engine

AHEAD = 1
"""Images that are read before their turn, and that wait to be written: stacks may be large."""
AT_ONCE = 2
"""Images in hand, each in a process of its own, with a method that loads no model."""


def predict_many(args: argparse.Namespace) -> int:
    """Segment images into a folder; return the exit status."""
    from ..engine import Engine

    asked = Asked.of(args)
    folder: Path = args.output_dir
    items = find_items(args.images, args.series, args.axes)
    outputs = {item: _output_name(item, args.format) for item in items}
    done = Done(folder, asked)
    skipped = _complete(done, outputs) if args.resume else {}
    todo = [item for item in items if item not in skipped]
    _check(args, todo, outputs)
    for item, record in skipped.items():
        if args.json:
            _say_record(item, folder / outputs[item], {**record, "skipped": True})
    if args.resume:
        warn(
            f"note: {len(skipped):,} of {len(items):,} images skipped: their labels are complete, "
            "made with the same method, checkpoint and parameters."
        )
    with Watch(len(todo), for_programs=args.json) as watch, ExitStack() as stack:
        engines = [stack.enter_context(Engine()) for _ in range(_at_once(asked))]
        failed = _Run(args, asked, done, outputs, watch).all(todo, engines)
    if failed:
        warn(f"{failed:,} of {len(todo):,} images failed; the others are done.")
    return INCOMPLETE if failed else 0


def _at_once(asked: Asked) -> int:
    """Return how many images are in hand at once: a model is loaded only once."""
    if asked.method is None or asked.method.needs_checkpoint:
        return 1
    return min(AT_ONCE, os.cpu_count() or 1)


def _output_name(item: Item, format: str) -> str:
    return f"{item.name}.ome.zarr" if format == "ome-zarr" else f"{item.name}_labels{format}"


def _complete(done: Done, outputs: dict[Item, str]) -> dict[Item, dict[str, Any]]:
    records = done.read()
    return {
        item: records[output]
        for item, output in outputs.items()
        if done.covers(records.get(output), item, output)
    }


def _check(args: argparse.Namespace, items: Sequence[Item], outputs: dict[Item, str]) -> None:
    """Tell before the work whether all outputs can and may be written."""
    from ..data.companions import truth_beside
    from ..files.outputs import check_outputs
    from ..files.protected import remember_input

    for item in items:
        remember_input(item.path)
        if (args.output_dir / outputs[item]).exists():
            for path in truth_beside(item.path):
                remember_input(path)
    given = [path for path in (args.checkpoint, args.python) if path]
    names = [outputs[item] for item in items]
    check_outputs(args.output_dir, [NAME], inputs=given, overwrite=True)
    if args.format == "ome-zarr":
        for item in items:
            Output.of(args, item, args.output_dir / outputs[item]).check()
    else:
        check_outputs(args.output_dir, names, inputs=given, overwrite=args.overwrite)
    for parent in {(args.output_dir / name).parent for name in names}:
        parent.mkdir(parents=True, exist_ok=True)


@dataclass(eq=False)
class _Run:
    """The images in hand."""

    args: argparse.Namespace
    asked: Asked
    done: Done
    outputs: dict[Item, str]
    watch: Watch
    failed: int = 0
    told: set[str] = field(default_factory=set)

    def all(self, items: Sequence[Item], engines: Sequence[Engine]) -> int:
        """Segment images, as many at once as there are engines; return how many failed.

        The worker processes compute while a thread reads the next images and another writes the
        last ones.
        """
        reading, writing = ThreadPoolExecutor(1), ThreadPoolExecutor(1)
        running = ThreadPoolExecutor(len(engines))
        free: SimpleQueue[Engine] = SimpleQueue()
        for engine in engines:
            free.put(engine)
        started: deque[Future[Found]] = deque()
        written: deque[tuple[Item, Found, Future[None]]] = deque()
        further = iter(items)
        try:
            for item in items:
                while len(started) < len(engines) + AHEAD and (ahead := next(further, None)):
                    opened = reading.submit(self._open, ahead)
                    started.append(running.submit(self._segment, ahead, opened, free))
                try:
                    found = started.popleft().result()
                except Exception as error:
                    # What was asked for by name is missing for all images.
                    if isinstance(error, NotInstalled) and self.asked.method is not None:
                        raise
                    self._fail(item, error)
                    continue
                written.append((item, found, writing.submit(self._save, item, found)))
                while len(written) > AHEAD:
                    self._finish(*written.popleft())
            while written:
                self._finish(*written.popleft())
        except BaseException:
            # Nobody waits for what is in hand.
            for engine in engines:
                engine.close()
            raise
        finally:
            reading.shutdown(cancel_futures=True)
            running.shutdown(cancel_futures=True)
            writing.shutdown()
        return self.failed

    def _segment(
        self, item: Item, opened: Future[tuple[Dataset, Plane]], free: SimpleQueue[Engine]
    ) -> Found:
        images, first = opened.result()
        engine = free.get()
        try:
            report = partial(self.watch.report, item.path.name)
            return self._output(item).segment(self.asked, engine, images, first, report)
        finally:
            free.put(engine)

    def _open(self, item: Item) -> tuple[Dataset, Plane]:
        images = item.open()
        return images, self.asked.plane(images, 0, item.path.name)

    def _output(self, item: Item) -> Output:
        return Output.of(self.args, item, self.args.output_dir / self.outputs[item])

    def _save(self, item: Item, found: Found) -> None:
        self._output(item).save(found)
        # At once, so that a run that is stopped now goes on behind this image.
        self.done.add(item, self.outputs[item], {"image": str(item.path), **found.about()})

    def _finish(self, item: Item, found: Found, written: Future[None]) -> None:
        try:
            written.result()
        except Exception as error:
            self._fail(item, error)
            return
        about = found.about()
        if self.args.json:
            _say_record(item, self.args.output_dir / self.outputs[item], about)
        else:
            for note in about["notes"]:
                if note not in self.told:
                    self.told.add(note)
                    warn(f"note: {note}")
        self.watch.done(item.path.name, f"{about['objects']:,} objects in {about['seconds']:.1f} s")

    def _fail(self, item: Item, error: Exception) -> None:
        self.failed += 1
        said, _ = explain(error, ())
        if self.args.json:
            say(json.dumps({"image": str(item.path), "name": item.name, "error": said}))
        self.watch.done(item.path.name, f"FAILED: {said}", failed=True)


def _say_record(item: Item, output: Path, about: dict[str, Any]) -> None:
    place = {"image": str(item.path), "name": item.name, "output": str(output)}
    own = (*place, "image_state", "output_sha256", "request")
    more = {key: value for key, value in about.items() if key not in own}
    say(json.dumps({**place, **more}, default=str))
