"""Scores of many images: each by itself, their mean and median, all objects pooled, by group."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from typing import Any

from ..data import Instances
from ..data.truth_files import Annotated, read_pair
from ..errors import InputError
from .coco import AREA_RANGES
from .dataset import DatasetScore, DatasetScorer
from .pairs import Pair, Pairing
from .pieces import components, split_note
from .score import Score, to_plain
from .selection import EVERYTHING, Selection

AVERAGED = tuple(
    one.name
    for one in fields(Score)
    if one.name not in ("thresholds", "ranked", "selection", "notes", "boundary", "boundary_f")
    and not one.name.endswith("_range")
)
"""Figures that every score has, of which there are means and medians."""
HOW = (
    "mean and median are of the images' own figures (macro); micro pools the objects of all images."
)


@dataclass(frozen=True, eq=False)
class Options:
    """How images are scored.

    Attributes
    ----------
    selection
        Which objects are left out.
    split_truth, split_prediction
        Whether connected components are taken for the objects.
    boundary
        Distance in pixels at which boundaries count as the same; None for no boundary F.
    """

    selection: Selection = EVERYTHING
    split_truth: bool = False
    split_prediction: bool = False
    boundary: float | None = None


@dataclass(frozen=True, eq=False)
class Row:
    """One image's score."""

    pair: Pair
    score: Score
    notes: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class FolderScore:
    """Scores of many images.

    Attributes
    ----------
    rows
        Each image's.
    whole
        All images'.
    groups
        Each group's, where there are any.
    failures
        Why images could not be scored.
    notes
        What has to be known.
    """

    rows: tuple[Row, ...]
    whole: DatasetScore
    groups: Mapping[str, DatasetScore]
    failures: tuple[str, ...]
    notes: tuple[str, ...]

    def to_dict(self) -> dict[str, Any]:
        """Return all figures as JSON's types."""
        return {
            "images": [
                {
                    "name": row.pair.name,
                    "group": row.pair.group or None,
                    "truth": str(row.pair.truth.path),
                    "prediction": str(row.pair.prediction.path),
                    **row.score.to_dict(),
                    "notes": [*row.notes, *row.score.notes],
                }
                for row in self.rows
            ],
            **summary(self.whole),
            "groups": {
                name: {"n_images": len(group.images), **summary(group)}
                for name, group in self.groups.items()
            },
            "failures": list(self.failures),
            "notes": list(self.notes),
        }


@dataclass(eq=False)
class _Gathered:
    """What comes together while images are scored."""

    scorers: dict[str | None, DatasetScorer] = field(default_factory=dict)
    rows: list[Row] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)


def score_pairs(
    pairing: Pairing,
    options: Options | None = None,
    progress: Callable[[int], None] = lambda done: None,
) -> FolderScore:
    """Score images one after the other.

    Parameters
    ----------
    pairing
        Which files belong together.
    options
        How they are scored.
    progress
        Called with the number of images that are done.

    Raises
    ------
    InputError
        If no image could be scored.
    """
    asked = options or Options()
    found = _Gathered()
    for done, pair in enumerate(pairing.pairs, start=1):
        try:
            true, prediction = _objects(pair, asked)
            for group in dict.fromkeys((None, pair.group or None)):
                scorer = found.scorers.setdefault(
                    group, DatasetScorer(AREA_RANGES, asked.selection, asked.boundary)
                )
                score = scorer.add(
                    true.instances,
                    prediction.instances,
                    crowds=true.crowds,
                    true_areas=true.areas,
                )
        except InputError as error:
            found.failures.append(f"{pair.name}: {error}")
        else:
            found.rows.append(Row(pair, score, (*true.notes, *prediction.notes)))
        progress(done)
    if not found.rows:
        raise InputError("No image could be scored. " + " ".join(found.failures))
    whole = found.scorers.pop(None).result()
    groups = {name: scorer.result() for name, scorer in sorted(found.scorers.items()) if name}
    notes = _notes(pairing, found, whole)
    return FolderScore(tuple(found.rows), whole, groups, tuple(found.failures), notes)


def summary(score: DatasetScore) -> dict[str, Any]:
    """Return mean, median and micro figures as JSON's types."""
    names = averaged(score)
    return {
        "mean": {name: to_plain(score.mean(name)) for name in names},
        "median": {name: to_plain(score.median(name)) for name in names},
        "micro": {**score.pooled.to_dict(), "sizes": sizes(score)},
    }


def averaged(score: DatasetScore) -> tuple[str, ...]:
    """Return the figures of which there are means and medians."""
    return AVERAGED if score.pooled.boundary is None else (*AVERAGED, "boundary_f")


def sizes(score: DatasetScore) -> dict[str, dict[str, Any]]:
    """Return COCO's figures of small, medium and large objects, as JSON's types."""
    return {
        area: {
            "AP": to_plain(score.coco.ap(area=area)),
            "AR": to_plain(score.coco.ar(area=area)),
            "n_truth": int(score.coco.n_truth[score.coco.areas.index(area)]),
        }
        for area in score.coco.areas
        if area != "all"
    }


def _objects(pair: Pair, options: Options) -> tuple[Annotated, Annotated]:
    true, found = read_pair(pair.truth.open(), pair.prediction.open())
    if options.split_truth:
        true = _split(true, "truth")
    if options.split_prediction:
        found = _split(found, "prediction")
    return true, found


def _split(annotated: Annotated, side: str) -> Annotated:
    pieces: Instances = components(annotated.instances.to_labels())
    notes = (*annotated.notes, split_note(side, len(pieces)))
    return Annotated(pieces, annotated.crowds, notes=notes)


def _notes(pairing: Pairing, found: _Gathered, whole: DatasetScore) -> tuple[str, ...]:
    of_images: Sequence[str] = [note for row in found.rows for note in row.notes]
    failed = [f"Left out, since it can't be scored: {failure}" for failure in found.failures]
    how = [f"Of {len(found.rows):,} images, {HOW}"] if len(found.rows) > 1 else []
    return tuple(dict.fromkeys((*pairing.notes, *failed, *of_images, *whole.pooled.notes, *how)))
