"""The first winner: bodies and borders of nuclei by an ensemble, watersheds, ranked candidates."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ...parameters import parameter, smallest_cell
from ..method import BowlMethod, BowlParameters

if TYPE_CHECKING:
    from ...shared.teaching import Pupil
    from ...shared.truth import Truth
    from ...training import Lesson
    from .predictor import FirstPredictor


@dataclass(frozen=True)
class FirstParameters(BowlParameters):
    """What a user can set of the first winner."""

    seed_threshold: float = parameter(
        0.5,
        label="Seed threshold",
        help="Certainty from which a pixel is in the middle of a cell; higher separates cells that "
        "touch, and finds fewer.",
        low=0,
        high=1,
        step=0.05,
    )
    body_threshold: float = parameter(
        0.275,
        label="Body threshold",
        help="Probability from which a pixel belongs to a cell; higher shrinks the cells.",
        low=0,
        high=1,
        step=0.001,
    )
    growth_threshold: float = parameter(
        0.353,
        label="Growth threshold",
        help="Probability from which cells grow back over their borders; higher shrinks the cells.",
        low=0,
        high=1,
        step=0.001,
    )
    min_size: int = smallest_cell(10)
    split: str = parameter(
        "trees",
        label="Splitting",
        help="Who decides whether a cell falls apart. trees: those that were trained with the "
        "networks, where there are such; they also drop what looks like no cell. certainty: the "
        "map itself. never: cells stay as the watersheds leave them.",
        choices=("trees", "certainty", "never"),
    )
    lowest_rank: float = parameter(
        0.3,
        label="Lowest rank",
        help="Overlap with a true cell that trees must expect of a cell to keep it; higher keeps "
        "fewer.",
        low=0,
        high=1,
        step=0.05,
        advanced=True,
    )
    symmetries: str = parameter(
        "none",
        label="Symmetries",
        help="In how many ways the image is turned and mirrored, and the answers averaged: none "
        "(once), flips (4 times), all (8 times, as the winner did for its U-Nets). More is a "
        "little better and takes as many times longer.",
        choices=("none", "flips", "all"),
    )
    answers: str = parameter(
        "auto",
        label="Answers of a U-Net",
        help="Whether the three answers of a U-Net exclude each other (softmax) or not (sigmoid), "
        "which the winner's DPN files don't say; auto: sigmoid where the file's or the folder's "
        "name has “sigm” in it.",
        choices=("auto", "softmax", "sigmoid"),
        advanced=True,
    )


class FirstPlace(BowlMethod[FirstParameters]):
    """Finds bodies of nuclei and the borders between them, and divides them by two watersheds.

    The winners averaged eight networks of four folds each. One network is enough here: choose its
    file, or a folder with several, whose answers are averaged: folds of one network first, then the
    networks. Read are the U-Nets on ResNet-34 and DPN-92 (state dicts of torch; the published files
    are pickled programs, which are refused) and the feature pyramids on ResNet-101, ResNet-152 and
    DenseNet-169 (Keras weights, `.h5`). The two U-Nets of four channels are not.

    What is trained here is a U-Net on a ResNet-34, or what the chosen checkpoint is; then trees
    that learn from its candidates which of them are cells. The winners' own weights could not be
    had: how their images were prepared is taken from their description, and `preprocessing` changes
    it.
    """

    key = "dsb2018_first"
    title = "DSB 2018, first place"
    family = "Border classes with watersheds"
    purpose = "Nuclei in images of many kinds; touching ones by their borders"
    parameters = FirstParameters
    weights = ("*bottlenecks.*|*predcition_P5_1_conv*", "*last_upsample.*|*aggregation_conv*")
    file_patterns = ("*.h5", "*.pth", "*.pt", "*.safetensors")

    def load(self, checkpoint: Path | None, device: str) -> FirstPredictor:
        """Load a network, a folder of several, or a checkpoint of `train`.

        Raises
        ------
        CheckpointError
            If there is none, or one is damaged, of another network, or a program.
        """
        checkpoint = self.needed(checkpoint, "choose one, or a folder")
        from .checkpoint import load_checkpoint
        from .predictor import FirstPredictor

        return FirstPredictor(*load_checkpoint(checkpoint), device)

    def pupil(self, lesson: Lesson, truth: Truth) -> Pupil[Any]:
        """Train a network, from random weights or a checkpoint, then trees."""
        from .training import pupil

        return pupil(self.shape, lesson, truth)
