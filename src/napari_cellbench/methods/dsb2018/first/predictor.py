"""From an image to the cells that the first winner's networks find."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from ....data import Instances, Role
from ....data.statistics import Statistics
from ...base import Progress
from ...deepcell.predictor import nothing
from ...deepcell.settings import InputSettings
from ...shared.forward import each_layer, share
from ..predictor import SYMMETRIES, BowlPredictor, Symmetry, padded, turned, turned_back
from . import FirstParameters
from .cells import WHITE, Labels, Map, Thresholds, found_cells
from .features import Surroundings
from .members import Member, merged
from .ranking import by_certainty, by_trees, chosen, drawn, families
from .trees import Forest
from .unet import MULTIPLE

WAYS: dict[str, tuple[Symmetry, ...]] = {
    "none": SYMMETRIES[:1],
    "flips": ((0, False), (2, False), (0, True), (2, True)),
    "all": SYMMETRIES,
}


class FirstPredictor(BowlPredictor[FirstParameters]):
    """The ensemble on a device.

    Parameters
    ----------
    members
        Networks, moved to the device.
    settings
        Of their input.
    forest
        Ranks candidates; None where there is none.
    device
        As torch names it.
    """

    def __init__(
        self,
        members: Sequence[Member],
        settings: InputSettings,
        forest: Forest | None,
        device: str,
    ) -> None:
        super().__init__(settings, device)
        self.members, self.forest = members, forest
        for member in members:
            member.network.to(device).eval()

    def predict(
        self,
        image: NDArray[Any],
        roles: Sequence[Role],
        parameters: FirstParameters,
        statistics: Statistics,
        progress: Progress,
    ) -> Instances:
        """Segment an image or a window of it; see `Predictor.predict`."""
        prepared = self.prepare(image, roles, parameters, statistics)
        if prepared is None:
            return nothing(image.shape)
        maps = self.maps(prepared, parameters, progress)
        labels, scores = self.ranked(maps, parameters)
        return Instances.from_labels(labels, scores)

    def maps(
        self, prepared: NDArray[np.float32], parameters: FirstParameters, progress: Progress
    ) -> tuple[Map, Map, Map]:
        """Return body, border and extended map, each (Y, X) in 0..255.

        Parameters
        ----------
        prepared : (3, Y, X)
            Of `prepare`.
        parameters
            Symmetries and answers.
        progress
            Told of every pass of every network.
        """
        ways = WAYS[parameters.symmetries]
        members = [member.asked(parameters.answers) for member in self.members]
        height, width = prepared.shape[1:]
        x = torch.from_numpy(padded(prepared, MULTIPLE))[None].to(self.device)
        found = []
        for number, member in enumerate(members):
            total = torch.zeros_like(x[0])
            for place, way in enumerate(ways):
                part = share(progress, number * len(ways) + place, len(members) * len(ways))
                with torch.inference_mode(), each_layer(member.network, part):
                    answers = member.answers.probabilities(member.network(turned(x, way)))
                total += turned_back(answers, way)[0]
            found.append(total / len(ways))
        mean = merged(members, found)[:, :height, :width]
        # In whole numbers, as the winners kept them.
        body, border, extended = (WHITE * mean).to(torch.uint8).cpu().numpy()
        return body, border, extended

    def ranked(
        self, maps: tuple[Map, Map, Map], parameters: FirstParameters
    ) -> tuple[Labels, NDArray[np.float32]]:
        """Make cells of maps; return labels (Y, X) and how good each of 1..N is."""
        body, border, extended = maps
        how = Thresholds(
            parameters.seed_threshold,
            WHITE * parameters.body_threshold,
            WHITE * parameters.growth_threshold,
            parameters.min_size,
        )
        labels = found_cells(body, border, extended, how)
        found = families(labels, body, border, extended)
        if self.forest is not None and parameters.split == "trees":
            values = by_trees(found, self.forest, Surroundings.of(labels, body))
            kept = chosen(found, values, parameters.lowest_rank, are_ranks=True)
            return drawn(kept, labels.shape)
        values = by_certainty(found, body, border)
        if parameters.split == "certainty":
            return drawn(chosen(found, values, 0, are_ranks=False), labels.shape)
        return labels, np.array([of_family[0] for of_family in values], np.float32)
