"""What is shown of a classification model, and how a picture and its output become that."""

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
    """n classes of a picture, the likeliest first; equal ones by their number."""

    class_ids: Int64  # [n]
    scores: Float32  # [n], 0 to 1

    def __len__(self) -> int:
        """Return n."""
        return len(self.scores)

    def at(self, places: Int64) -> "Ranking":
        """Return those at these places."""
        return Ranking(self.class_ids[places], self.scores[places])

    def of(self, keep_classes: Sequence[int]) -> "Ranking":
        """Return these classes alone."""
        return self.at(np.flatnonzero(np.isin(self.class_ids, keep_classes)))


def ranked(probabilities: Float32, keep_classes: Sequence[int] | None = None) -> Ranking:
    """Return the classes, or those of keep_classes, of probabilities [nc] by class number."""
    kept = None if keep_classes is None else np.asarray(keep_classes, dtype=np.int64)
    order = best_first(probabilities, kept)
    return Ranking(order, probabilities[order])


def shown_classes(
    outputs: Sequence[Float32], output: OutputSpec, keep_classes: Sequence[int] | None = None
) -> Ranking:
    """Return all classes, or all of keep_classes, of what the model gives."""
    return ranked(decode(outputs[0], output.contract), keep_classes)


def prepared(rgb: npt.NDArray[np.uint8], spec: InputSpec) -> Prepared:
    """Return the middle of a picture [h, w, 3], for the model; the plan's border is what is cut off."""
    source, size = (rgb.shape[0], rgb.shape[1]), (spec.height, spec.width)
    plan = plan_crop(source, size)
    pixels = crop(rgb, plan)
    channels = pixels if spec.color == "RGB" else pixels[..., ::-1]
    resized = (plan.resized_height, plan.resized_width)
    placed = LetterboxPlan(*source, *size, *resized, left=-plan.left, top=-plan.top)
    tensor = to_tensor(channels, spec.mean, spec.std, spec.scale)
    return Prepared(pixels, tensor if spec.steps is None else spec.steps.rounded(tensor), placed)
