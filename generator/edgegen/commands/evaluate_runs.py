"""Run PyTorch, the .pte or the app on labelled pictures, one picture at a time.

The masks of all pictures would not fit into memory.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from edgegen import tasks
from edgegen.base import interruption
from edgegen.base.errors import ParityError
from edgegen.base.naming import how_many
from edgegen.base.progress import Progress
from edgegen.export.int8_loss import CURVE
from edgegen.model.spec import ModelSpec
from edgegen.model.thresholds import Thresholds
from edgegen.parity.authority import Authority, PteAuthority
from edgegen.parity.dataset import LabelledPicture
from edgegen.parity.picture_files import PictureFile, read_picture
from edgegen.sources.ultralytics.scoring import SCORED
from edgegen.sources.ultralytics.validation import Validation, validate_picture
from edgegen.targets import Target
from edgegen.targets.runner import Job, PictureInput, RunInput, UnreadableError

Float32 = npt.NDArray[np.float32]

_NO_ANSWER: Final = object()


@dataclass(frozen=True)
class PictureResult:
    """The result for one picture."""

    shown: Any
    validated: Validation | None = None  # what `yolo val` counts; None for an app


# Gives the thresholds and the results for labelled pictures.
Run = Callable[[list[LabelledPicture]], AbstractContextManager[tuple[Thresholds, Iterable[PictureResult]]]]


class CachedPteAuthority(PteAuthority):
    """Remembers the last outputs: the input of predict and of `yolo val` is often the same."""

    _last: tuple[Float32, list[Float32]] | None = None

    def outputs(self, tensor: Float32) -> list[Float32]:
        """Run the .pte, unless the tensor is the last one."""
        if self._last is None or not np.array_equal(self._last[0], tensor):
            self._last = tensor, super().outputs(tensor)
        return self._last[1]


def authority_run(authority: Authority, spec: ModelSpec, keep_classes: tuple[int, ...]) -> Run:
    """Return the run of PyTorch or of the .pte: what it shows for a picture, and what `yolo val` counts."""

    @contextmanager
    def run(pictures: list[LabelledPicture]) -> Iterator[tuple[Thresholds, Iterable[PictureResult]]]:
        most = max(len(each.labels) for each in pictures)
        of_val = replace(CURVE, max_det=max(CURVE.max_det, most))  # `yolo val` raises the limit too

        def results() -> Iterator[PictureResult]:
            for each in pictures:
                interruption.check()
                rgb = read_picture(each.path).rgb
                shown, validated = authority.result(rgb, CURVE, keep_classes), None
                if spec.task in SCORED:
                    validated = validate_picture(rgb, authority.outputs, spec, of_val, keep_classes)
                yield PictureResult(shown, validated)

        yield CURVE, results()

    return run


def app_run(target: Target, job: Job) -> Run:
    """Return the run of a project's compiled app."""

    @contextmanager
    def run(pictures: list[LabelledPicture]) -> Iterator[tuple[Thresholds, Iterable[PictureResult]]]:
        with target.open_runner(job) as runner:
            thresholds = runner.thresholds(CURVE)
            shown = tuple(PictureInput(each.path, PictureFile(each.path), thresholds) for each in pictures)
            answers = iter(runner.run(RunInput((), shown)).results)
            nothing = tasks.find(job.spec.task).decoder.from_json([])
            yield thresholds, app_results(answers, shown, nothing, job.progress)

    return run


def app_results(
    answers: Iterator[Any], shown: Sequence[PictureInput], nothing: Any, progress: Progress
) -> Iterator[PictureResult]:
    """Yield the app's results. A picture that it cannot read has the result `nothing`."""
    unreadable = list[UnreadableError]()
    for count, picture in enumerate(shown):
        try:
            answer = next(answers, _NO_ANSWER)
        except UnreadableError as error:
            unreadable.append(error)
            answer = nothing
        if answer is _NO_ANSWER:
            raise ParityError(
                f"the app ended early: {how_many(count, 'answer')} for {how_many(len(shown), 'picture')}",
                f"show the app {picture.path} yourself",
            )
        yield PictureResult(answer)
    if unreadable:
        counted = f"{len(unreadable)} of {how_many(len(shown), 'picture')}"
        progress.note(f"{counted} cannot be read by the app, and count as if it showed nothing. The first:")
        progress.note(unreadable[0].message)
