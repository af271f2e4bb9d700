"""The result of a classification model, and the preprocessing of its pictures."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from edgegen.model.spec import InputSpec, OutputSpec
from edgegen.reference import LetterboxPlan
from edgegen.tasks.classify.decode import best_first, crop, decode, plan_crop, to_tensor
from edgegen.tasks.prepared import Prepared

Float32 = npt.NDArray[np.float32]
Int64 = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Ranking:
    """n classes of a picture by falling probability, then by number."""

    class_ids: Int64  # [n]
    scores: Float32  # [n], 0 to 1

    def __len__(self) -> int:
        """Return n."""
        return len(self.scores)

    def at(self, places: Int64) -> "Ranking":
        """Return the classes at these indices."""
        return Ranking(self.class_ids[places], self.scores[places])

    def of(self, keep_classes: Sequence[int]) -> "Ranking":
        """Return these classes only."""
        return self.at(np.flatnonzero(np.isin(self.class_ids, keep_classes)))


def ranked(probabilities: Float32, keep_classes: Sequence[int] | None = None) -> Ranking:
    """Return the ranking of all classes, or of keep_classes, from probabilities [nc]."""
    kept = None if keep_classes is None else np.asarray(keep_classes, dtype=np.int64)
    order = best_first(probabilities, kept)
    return Ranking(order, probabilities[order])


def shown_classes(
    outputs: Sequence[Float32], output: OutputSpec, keep_classes: Sequence[int] | None = None
) -> Ranking:
    """Return the ranking of all classes, or of keep_classes, from the outputs."""
    return ranked(decode(outputs[0], output.contract), keep_classes)


def prepared(rgb: npt.NDArray[np.uint8], spec: InputSpec) -> Prepared:
    """Preprocess the centre of a picture [h, w, 3]. The plan has negative borders for the cut-off parts."""
    source, size = (rgb.shape[0], rgb.shape[1]), (spec.height, spec.width)
    plan = plan_crop(source, size)
    pixels = crop(rgb, plan)
    channels = pixels if spec.color == "RGB" else pixels[..., ::-1]
    resized = (plan.resized_height, plan.resized_width)
    placed = LetterboxPlan(*source, *size, *resized, left=-plan.left, top=-plan.top)
    tensor = to_tensor(channels, spec.mean, spec.std, spec.scale)
    return Prepared(pixels, tensor if spec.steps is None else spec.steps.rounded(tensor), placed)
