"""What a smaller model loses, on pictures: in mAP where labels say what is right, else beside float32."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Protocol

from edgegen import tasks
from edgegen.base import interruption
from edgegen.base.errors import InputError
from edgegen.model.int8 import describe_loss
from edgegen.model.spec import ModelSpec
from edgegen.model.thresholds import Thresholds
from edgegen.parity.authority import Authority
from edgegen.parity.calibration import Calibration
from edgegen.parity.dataset import LabelledPicture
from edgegen.parity.pictures import read_picture
from edgegen.runtimes.runtime import Forward
from edgegen.sources.ultralytics.scoring import Score, Scorer
from edgegen.tasks.loss import Loss

# What `yolo val` asks for: all that a curve of precision over recall needs.
CURVE = Thresholds(confidence=0.001, iou=0.7, max_det=300)
_FOUND: Final = 0.1  # mAP of a class that float32 finds
_SEVERAL: Final = 3  # things of a class that are shown: one or two may cross the threshold by chance
_CLASS: Final = 2.0  # points that classes which are found no more are worth at least, among however many


class Judge(Protocol):
    """Tells what a program loses beside float32."""

    measure: str  # a key of model.int8.MEASURES
    things: int  # what is counted
    at_stake: float  # what float32 has of it, in the measure's unit

    def loss(self, forward: Forward) -> float:
        """Return the loss, in the measure's unit; below 0 where it is better."""

    def in_words(self, loss: float) -> str:
        """Say a loss."""


def judge_of(spec: ModelSpec, authority: Authority, calibration: Calibration) -> Judge:
    """Return the judge for the pictures that there are; it looks at them with the authority at once.

    Raises:
        InputError: There is nothing in them that could be lost.
    """
    judge: Judge
    if calibration.labelled:
        if not any(len(each.labels) for each in calibration.labelled):
            raise _nothing(f"the {len(calibration.labelled)} labelled pictures have no labels")
        judge = _ByLabels(spec, authority, calibration.labelled)
    else:
        judge = _ByFloat32(spec, authority, calibration.judged)
    if not judge.things:
        raise _nothing(
            f"float32 shows nothing on what was held back: {len(calibration.judged)} of the pictures"
        )
    return judge


def _nothing(what: str) -> InputError:
    return InputError(
        f"{what}: nothing could be promised of int8", "give photos with what the model is to find in them"
    )


class _Pictures:
    """Runs programs on pictures."""

    measure: str
    things: int
    at_stake: float

    def __init__(self, spec: ModelSpec, thresholds: Thresholds) -> None:
        self._spec, self._task, self._thresholds = spec, tasks.find(spec.task), thresholds

    def shown(self, forward: Forward, rgb: Any) -> Any:
        """Return what a program shows of a picture."""
        interruption.check()
        given = self._task.prepare(rgb, self._spec.input)
        outputs = forward(given.tensor)
        return self._task.result(outputs, self._spec.output, given.plan, self._thresholds)

    def in_words(self, loss: float) -> str:
        """Say a loss, with what it was measured on."""
        return describe_loss(self.measure, loss, self.things)


@dataclass(frozen=True)
class _Counted:
    """What was found on all pictures: a score for each kind, and how many of each class an app would show."""

    scores: dict[str, Score]
    shown: Counter[int]


class _ByLabels(_Pictures):
    measure = "map"

    def __init__(self, spec: ModelSpec, authority: Authority, pictures: Sequence[LabelledPicture]) -> None:
        super().__init__(spec, CURVE)
        self._pictures = pictures
        self.things = sum(len(each.labels) for each in pictures)
        self._right = self._counted(lambda rgb: authority.result(rgb, CURVE))
        self.at_stake = min(100 * score.map50_95 for score in self._right.scores.values())

    def loss(self, forward: Forward) -> float:
        """Count points, of boxes, masks and keypoints the most that are lost.

        Classes that are found no more, or of whose several things none is shown any more at an app's usual
        confidence, count as a whole, and two points at least: over a curve it is no matter how far all scores
        have fallen.
        """
        ours = self._counted(lambda rgb: self.shown(forward, rgb))
        shown = self._right.shown.items()
        hidden = {each for each, often in shown if often >= _SEVERAL and not ours.shown[each]}
        losses = []
        for kind, right in self._right.scores.items():
            score = ours.scores[kind]
            found = [each for each, of_class in right.classes.items() if of_class >= _FOUND]
            gone = sum(each in hidden or not score.classes.get(each) for each in found)
            losses.append(100 * (right.map50_95 - score.map50_95))
            if gone:
                losses.append(max(100 * gone / len(found), _CLASS))
        return max(losses)

    def _counted(self, look: Any) -> _Counted:
        scorer, shown = Scorer(self._spec), Counter[int]()
        for each in self._pictures:
            rgb = read_picture(each.path).rgb
            result = look(rgb)
            scorer.add(result, each.labels, rgb.shape[:2])
            shown.update(result.class_ids[result.scores > Thresholds().confidence].tolist())
        return _Counted(scorer.scores(), shown)


class _ByFloat32(_Pictures):
    measure = "lost"
    at_stake = 100.0

    def __init__(self, spec: ModelSpec, authority: Authority, pictures: Sequence[Path]) -> None:
        super().__init__(spec, Thresholds())
        self._pictures = pictures
        self._right = [authority.result(read_picture(path).rgb, self._thresholds) for path in pictures]
        self.things = sum(self._lost(each, each).of for each in self._right)

    def loss(self, forward: Forward) -> float:
        lost = Loss()
        for path, right in zip(self._pictures, self._right, strict=True):
            lost += self._lost(self.shown(forward, read_picture(path).rgb), right)
        return lost.percent

    def _lost(self, ours: Any, theirs: Any) -> Loss:
        return self._task.lost(ours, theirs)
