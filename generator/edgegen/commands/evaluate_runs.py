"""Run PyTorch, the .pte or the app on labelled pictures, one picture at a time.

The masks of all pictures would not fit into memory.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from edgegen.base import interruption
from edgegen.base.arrays import Float32
from edgegen.base.errors import ParityError
from edgegen.base.progress import Progress
from edgegen.base.text import how_many
from edgegen.model.spec import ModelSpec
from edgegen.parity.authority import Authority, PteAuthority
from edgegen.parity.average_precision import CURVE, SCORED, Validation, validate_picture
from edgegen.parity.dataset import LabelledPicture
from edgegen.parity.picture_files import read_picture
from edgegen.targets.runner import PictureInput, UnreadableError


@dataclass(frozen=True)
class PictureResult:
    """The result for one picture."""

    shown: Any
    validated: Validation | None = None  # what `yolo val` counts; None for an app


class CachedPteAuthority(PteAuthority):
    """Remembers the last outputs: the input of predict and of `yolo val` is often the same."""

    _last: tuple[Float32, list[Float32]] | None = None

    def outputs(self, tensor: Float32) -> list[Float32]:
        """Run the .pte, unless the tensor is the last one."""
        if self._last is None or not np.array_equal(self._last[0], tensor):
            self._last = tensor, super().outputs(tensor)
        return self._last[1]


def authority_results(
    authority: Authority, spec: ModelSpec, pictures: Sequence[LabelledPicture], keep_classes: tuple[int, ...]
) -> Iterator[PictureResult]:
    """Yield what PyTorch or the .pte shows for each picture, and what `yolo val` counts."""
    most = max(len(each.labels) for each in pictures)
    of_val = replace(CURVE, max_det=max(CURVE.max_det, most))  # `yolo val` raises the limit too
    for each in pictures:
        interruption.check()
        rgb = read_picture(each.path).rgb
        shown, validated = authority.result(rgb, CURVE, keep_classes), None
        if spec.task in SCORED:
            validated = validate_picture(rgb, authority.outputs, spec, of_val, keep_classes)
        yield PictureResult(shown, validated)


def app_results(
    answers: Iterator[Any], shown: Sequence[PictureInput], nothing: Any, progress: Progress
) -> Iterator[PictureResult]:
    """Yield the app's results. A picture that it cannot read has the result `nothing`."""
    unreadable = list[UnreadableError]()
    for count, picture in enumerate(shown):
        try:
            answer = next(answers)
        except UnreadableError as error:
            unreadable.append(error)
            answer = nothing
        except StopIteration:
            raise ParityError(
                f"the app ended early: {how_many(count, 'answer')} for {how_many(len(shown), 'picture')}",
                f"run the app on {picture.path} to see why",
            ) from None
        yield PictureResult(answer)
    if unreadable:
        counted = f"{len(unreadable)} of {how_many(len(shown), 'picture')}"
        progress.note(
            f"{counted} cannot be read by the app, and count as pictures without detections. The first:"
        )
        progress.note(unreadable[0].message)
