"""Measure the loss of a smaller model on pictures: in mAP if there are labels, else against float32."""

from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final

from edgegen import tasks
from edgegen.base import interruption
from edgegen.base.errors import InputError
from edgegen.model.int8 import describe_loss
from edgegen.model.spec import ModelSpec
from edgegen.model.thresholds import Thresholds
from edgegen.parity.authority import Authority
from edgegen.parity.average_precision import CURVE, Score, Scorer
from edgegen.parity.calibration import Calibration
from edgegen.parity.dataset import LabelledPicture
from edgegen.parity.picture_files import read_picture
from edgegen.runtimes.runtime import Forward
from edgegen.tasks.prepared import prepare
from edgegen.tasks.stage import Loss

_FOUND: Final = 0.1  # the AP from which float32 counts as finding a class
_SEVERAL: Final = 3  # shown objects of a class: one or two may cross the threshold by chance
_CLASS: Final = 2.0  # the smallest loss in points if classes are not found any more


class Judge:
    """Measures a program's loss against float32 on pictures."""

    measure: str  # a key of model.int8.MEASURES
    object_count: int  # the number of labels, or of results of float32
    float32_score: float  # in the measure's unit: the greatest possible loss

    def __init__(self, spec: ModelSpec, thresholds: Thresholds) -> None:
        self._spec, self._decoder, self._thresholds = spec, tasks.find(spec.task).decoder, thresholds

    def loss(self, forward: Forward) -> float:
        """Return the loss in the measure's unit; negative if the program is better."""
        raise NotImplementedError

    def describe(self, loss: float) -> str:
        """Return a loss in words, with the number of objects that it was measured on."""
        return describe_loss(self.measure, loss, self.object_count)

    def result(self, forward: Forward, rgb: Any) -> Any:
        """Return a program's result for a picture."""
        interruption.check()
        given = prepare(rgb, self._spec.input)
        return self._decoder.result(forward(given.tensor), self._spec.output, given.plan, self._thresholds)


def make_judge(spec: ModelSpec, authority: Authority, calibration: Calibration) -> Judge:
    """Return the judge for these pictures. It runs the authority on them at once.

    Raises:
        InputError: The pictures show nothing that could be lost.
    """
    judge: Judge
    if calibration.labelled:
        if not any(len(each.labels) for each in calibration.labelled):
            raise _nothing_to_lose(f"the {len(calibration.labelled)} labelled pictures have no labels")
        judge = _ByLabels(spec, authority, calibration.labelled)
    else:
        judge = _ByFloat32(spec, authority, calibration.held_out)
    if not judge.object_count:
        raise _nothing_to_lose(
            f"the float32 model finds nothing in the {len(calibration.held_out)} held-out calibration photos"
        )
    return judge


def _nothing_to_lose(what: str) -> InputError:
    return InputError(
        f"{what}, so the int8 loss cannot be measured", "give photos that show the model's objects"
    )


class _ByLabels(Judge):
    measure = "map"

    def __init__(self, spec: ModelSpec, authority: Authority, pictures: Sequence[LabelledPicture]) -> None:
        super().__init__(spec, CURVE)
        self._pictures = pictures
        self.object_count = sum(len(each.labels) for each in pictures)
        self._scores, self._shown = self._evaluate(lambda rgb: authority.result(rgb, CURVE))
        self.float32_score = min(100 * score.map50_95 for score in self._scores.values())

    def loss(self, forward: Forward) -> float:
        """Return the loss in points: the largest of boxes, masks and keypoints.

        A class that is lost completely counts as a whole, at least two points. It is lost if its AP is 0. It
        is also lost if float32 shows three of its objects or more at an app's confidence threshold, and int8
        shows none: the curve does not show that all scores have fallen.
        """
        scores, shown = self._evaluate(lambda rgb: self.result(forward, rgb))
        hidden = {each for each, often in self._shown.items() if often >= _SEVERAL and not shown[each]}
        losses = []
        for kind, reference in self._scores.items():
            score = scores[kind]
            found = [each for each, of_class in reference.classes.items() if of_class >= _FOUND]
            gone = sum(each in hidden or not score.classes.get(each) for each in found)
            losses.append(100 * (reference.map50_95 - score.map50_95))
            if gone:
                losses.append(max(100 * gone / len(found), _CLASS))
        return max(losses)

    def _evaluate(self, result_of: Callable[[Any], Any]) -> tuple[dict[str, Score], Counter[int]]:
        """Return the scores by kind, and the number of objects of each class that an app would show."""
        scorer, shown = Scorer(self._spec), Counter[int]()
        for each in self._pictures:
            rgb = read_picture(each.path).rgb
            result = result_of(rgb)
            scorer.add(result, each.labels, rgb.shape[:2])
            shown.update(result.class_ids[result.scores > Thresholds().confidence].tolist())
        return scorer.scores(), shown


class _ByFloat32(Judge):
    measure = "lost"
    float32_score = 100.0

    def __init__(self, spec: ModelSpec, authority: Authority, pictures: Sequence[Path]) -> None:
        super().__init__(spec, Thresholds())
        self._pictures = pictures
        self._float32 = [authority.result(read_picture(path).rgb, self._thresholds) for path in pictures]
        self.object_count = sum(each.lost_in(each).of for each in self._float32)

    def loss(self, forward: Forward) -> float:
        lost = Loss()
        for path, reference in zip(self._pictures, self._float32, strict=True):
            lost += reference.lost_in(self.result(forward, read_picture(path).rgb))
        return lost.percent
