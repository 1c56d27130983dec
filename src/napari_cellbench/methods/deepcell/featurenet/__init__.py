"""FeatureNet: two networks of a fixed receptive field in a row (DeepCell)."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from ...base import Evaluation
from ...parameters import parameter, smallest_cell
from ..method import DeepCellMethod, DeepCellParameters

if TYPE_CHECKING:
    from ...shared.teaching import Pupil
    from ...shared.truth import Truth
    from ...training import Lesson
    from .predictor import FeatureNetPredictor


@dataclass(frozen=True)
class FeatureNetParameters(DeepCellParameters):
    """What a user can set of FeatureNet."""

    foreground_threshold: float = parameter(
        0.9,
        label="Foreground threshold",
        help="Probability from which a pixel may belong to a cell; lower finds more.",
        low=0,
        high=1,
        step=0.05,
    )
    interior_threshold: float = parameter(
        0.2,
        label="Interior threshold",
        help="Probability from which a pixel of the foreground is inside of a cell; higher "
        "separates cells that touch.",
        low=0,
        high=1,
        step=0.05,
    )
    growth: int = parameter(
        0,
        label="Growth",
        help="Pixels by which cells grow back into the foreground: their edges, 1 to 2 pixels "
        "wide, are a class of their own, and missing at 0, which is what SegGal scored.",
        unit="px",
        low=0,
        high=20,
        step=1,
    )
    min_size: int = smallest_cell(50)


@dataclass(frozen=True)
class FeatureNetWidths:
    """How wide a new network is: channels of its convolutions, and of its last ones."""

    filters: int = 32
    dense: int = 128


class FeatureNet(DeepCellMethod[FeatureNetParameters]):
    """Tells foreground from background, then edges of cells from their interiors.

    Two networks in a row, each of two blocks that see 61 pixels around a point: the first finds the
    foreground; the second is shown its answer too, and finds two kinds of edge, interior and
    background. Connected pieces of interior are the cells.

    SegGal's checkpoints are folders of two files, `conv_fgbg_model.h5` and
    `conv_edgeseg_model.h5`: choose the folder, its `.zip`, or one of the files beside the other.
    The scripts behind the evaluation train the foreground for 25 epochs, then the edges for 100,
    with one image in a batch; what is trained here learns both at once, the edges from a foreground
    that they don't change.

    Only real weights can tell how they were normalised: SegGal's images of stains are taken to
    be prepared as Mesmer's, those of phase contrast by minimum and maximum; `preprocessing`
    changes it. DeepCell's weights are for non-commercial, academic use.
    """

    key = "featurenet"
    title = "FeatureNet"
    family = "Pixel classification with edges"
    purpose = "Nuclei and cells by their edges; the oldest of DeepCell's, slow for its size"
    citation = (
        "Van Valen et al.: Deep Learning Automates the Quantitative Analysis of Individual Cells "
        "in Live-Cell Imaging Experiments. PLoS Comput. Biol. 2016."
    )
    url = "https://doi.org/10.1371/journal.pcbi.1005177"
    parameters = FeatureNetParameters
    weights = ("*fgbg*.h5", "*edge*.h5")
    file_patterns = ("*.h5", "*.zip", "*.safetensors", "conv_fgbg*.h5", "conv_edge*.h5")
    evaluation = Evaluation(epochs=25, batch=16, gpus=4)
    widths: ClassVar[FeatureNetWidths] = FeatureNetWidths()

    def load(self, checkpoint: Path | None, device: str) -> FeatureNetPredictor:
        """Load the folder, the zip or a file of two Keras models, or of `train`.

        Raises
        ------
        CheckpointError
            If there is none, a part is missing, or it is damaged or of another network.
        """
        checkpoint = self.needed(checkpoint, "choose one or a folder")
        from .checkpoint import load_checkpoint
        from .predictor import FeatureNetPredictor

        network, settings = load_checkpoint(checkpoint)
        return FeatureNetPredictor(network, network.channels, settings, device)

    def pupil(self, lesson: Lesson, truth: Truth) -> Pupil[Any]:
        """Train from random weights or a checkpoint."""
        from .training import pupil

        return pupil(self.widths, lesson, truth)
