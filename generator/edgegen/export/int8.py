"""Quantize as many layers to int8 as a limit of the measured loss allows.

The loss is measured on the held-out pictures: in mAP if there are labels, else against float32.
"""

import statistics
import time
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Final

from edgegen import runtimes, tasks
from edgegen.base import interruption
from edgegen.base.arrays import Float32
from edgegen.base.errors import ExportError, InputError, UsageError
from edgegen.base.model_files import PTE_SUFFIX
from edgegen.base.progress import Progress
from edgegen.base.text import how_many
from edgegen.model.int8 import MAX_LOSS, MEASURES, Certificate, Int8Options, describe_loss
from edgegen.model.spec import CheckpointFacts, InputSpec, ModelSpec
from edgegen.model.thresholds import Thresholds
from edgegen.parity.authority import Authority
from edgegen.parity.average_precision import CURVE, SCORED, Score, Scorer
from edgegen.parity.calibration import Calibration, read_calibration
from edgegen.parity.dataset import LabelledPicture
from edgegen.parity.label_files import Columns
from edgegen.parity.picture_files import read_picture
from edgegen.runtimes.runtime import Forward, Quantizer
from edgegen.tasks.prepared import prepare
from edgegen.tasks.stage import Loss

_FIRST: Final = 2  # layers in float32 at the second attempt; each later one has twice as many
_ATTEMPTS_BEFORE_LAST: Final = 2  # attempts before the last possible one is tried
_FAR_ABOVE: Final = 3  # times the accepted loss, above which the last attempt comes next
_REPORTED: Final = 3  # most costly layers in the report, without --sensitivity
_PROBES: Final = 2  # pictures to rank the layers
_ROUNDS: Final = 9  # runs of each program to compare their speed

_FOUND: Final = 0.1  # the AP from which float32 counts as finding a class
_SEVERAL: Final = 3  # shown objects of a class: one or two may cross the threshold by chance
_CLASS: Final = 2.0  # the smallest loss in points if classes are not found any more


def read_photos(options: Int8Options, facts: CheckpointFacts, progress: Progress) -> Calibration:
    """Read the calibration pictures; note the skipped ones."""
    progress.step("Read the calibration pictures")
    found = read_calibration(
        options.calibration, options.pictures, Columns.of(facts), scored=facts.task in SCORED
    )
    for note in found.notes:
        progress.note(note)
    for path in found.skipped:
        progress.note(f"skipped, because it cannot be read: {path}")
    return found


def quantize(
    quantizer: Quantizer,
    float32: ModelSpec,
    authority: Authority,
    options: Int8Options,
    calibration: Calibration,
    folder: Path,
    progress: Progress,
) -> tuple[bytes, Certificate]:
    """Return an int8 program that loses at most the accepted amount, and its certificate.

    quantizer: of the model's module. float32: its float32 export. authority: PyTorch. folder: a place for
    temporary programs. Layers return to float32, those that change the outputs most first, until the loss is
    small enough.
    """
    _check_layers(options.keep_float, quantizer)
    for name in quantizer.float_layers:
        progress.note(f"{name} stays float32, because the runtime has no int8 for it")

    progress.step(f"Run {how_many(len(calibration.held_out), 'picture')} in float32")
    judge = make_judge(float32, authority, calibration)
    limit = MAX_LOSS[judge.measure] if options.max_loss is None else options.max_loss
    _check_limit(judge, limit, progress)

    bounds = tasks.find(float32.task).bounds
    tensors = partial(_tensors, calibration.observed, float32.input)
    quantizer.observe(tensors, bounds, progress, float32.input.range)
    int8_outputs = float32.output.level_tensors if options.int8_io else None
    lowering = _Lowering(quantizer, judge, limit, int8_outputs, folder / f"int8{PTE_SUFFIX}", progress)
    attempts = _attempts(quantizer, options.keep_float, progress, report_all=options.sensitivity)
    best = _first_within(limit, attempts, lowering.attempt)
    if best.loss > limit:
        raise ExportError(
            f"int8 {judge.describe(best.loss)}, but --max-loss allows {limit:g}",
            "give more calibration photos that are similar to the app's pictures, raise --max-loss, "
            "or use float32",
        )

    lowering.file.write_bytes(best.program)
    speedup = _measure_speedup(float32, lowering.file, calibration.held_out[0], progress)
    return best.program, Certificate(
        measure=judge.measure,
        loss=best.loss,
        max_loss=limit,
        held_out_count=len(calibration.held_out),
        object_count=judge.object_count,
        calibration_count=len(calibration.observed),
        calibration_sha256=calibration.digest(),
        float_layers=(*quantizer.float_layers, *best.float_layers),
        layers=len(quantizer.layers) + len(quantizer.float_layers),
        speedup=speedup,
        ranges=tuple(quantizer.output_ranges),
    )


class _Judge:
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


def make_judge(spec: ModelSpec, authority: Authority, calibration: Calibration) -> _Judge:
    """Return the judge for these pictures. It runs the authority on them at once."""
    judge: _Judge
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


def _check_layers(names: Sequence[str], quantizer: Quantizer) -> None:
    if not quantizer.layers:
        layers = how_many(len(quantizer.float_layers), "layer")
        raise ExportError(
            f"the runtime has no int8 for any of the model's {layers}", "leave out --precision int8"
        )
    unknown = [name for name in names if name not in (*quantizer.layers, *quantizer.float_layers)]
    if unknown:
        raise UsageError(
            f"--keep-float {unknown[0]}: the model has no layer of that name",
            f"use one of its {len(quantizer.layers)} layers, from {quantizer.layers[0]} to "
            f"{quantizer.layers[-1]}: --sensitivity without --keep-float names all of them",
        )


def _check_limit(judge: _Judge, limit: float, progress: Progress) -> None:
    """Raise InputError if no loss could exceed the limit; note if each object counts much."""
    if judge.float32_score <= limit:
        raise InputError(
            f"the float32 model has only {judge.float32_score:.2f} {MEASURES[judge.measure]} on the held-out "
            f"calibration photos, so a loss of {limit:g} (--max-loss) cannot be measured",
            "give pictures of the model's objects, with labels",
        )
    if judge.object_count < 100 / limit:
        progress.note(
            f"the loss is measured on only {how_many(judge.object_count, 'object')}; each counts for "
            f"{100 / judge.object_count:.1f} %"
        )


def _tensors(pictures: Sequence[Path], spec: InputSpec) -> Iterator[Float32]:
    """Yield the input tensor of each picture."""
    for path in pictures:
        yield prepare(read_picture(path).rgb, spec).tensor


@dataclass(frozen=True)
class _Attempt:
    """An int8 program with some layers in float32, and its loss."""

    float_layers: list[str]
    program: bytes
    loss: float


@dataclass(frozen=True)
class _Lowering:
    """Lowers a model to int8 with some layers in float32, and measures the loss."""

    quantizer: Quantizer
    judge: _Judge
    limit: float  # the accepted loss, for notes
    int8_outputs: Collection[int] | None  # as in `Quantizer.lower`
    file: Path  # the program of the last attempt
    progress: Progress

    def attempt(self, float_layers: list[str]) -> _Attempt:
        """Return the program with these layers in float32, and its loss."""
        program, _ = self.quantizer.lower(float_layers, self.progress, self.int8_outputs)
        self.file.write_bytes(program)
        self.progress.step("Measure the loss of int8")
        attempt = _Attempt(float_layers, program, _measure_loss(self.judge, self.file))
        self.progress.note(_attempt_note(attempt, len(self.quantizer.layers), self.limit, self.judge))
        return attempt


def _measure_loss(judge: _Judge, program: Path) -> float:
    """Return the loss of an int8 program. If it does not run, that is an error of the export."""
    try:
        return judge.loss(runtimes.default().load(program))
    except InputError as error:
        raise ExportError(
            f"the int8 program does not run: {error.message}", "leave out --precision int8"
        ) from error


def _attempt_note(attempt: _Attempt, layers: int, limit: float, judge: _Judge) -> str:
    where = (
        f"{len(attempt.float_layers)} of {how_many(layers, 'layer')} in float32"
        if attempt.float_layers
        else "all layers in int8"
    )
    verdict = "accepted" if attempt.loss <= limit else "too much"
    return f"{where}: {judge.describe(attempt.loss)}; limit {limit:g}: {verdict}"


def _attempts(
    quantizer: Quantizer, keep_float: Sequence[str], progress: Progress, *, report_all: bool = False
) -> Iterator[list[str]]:
    """Yield the layers that stay float32: those of keep_float, then more, the most costly first."""
    kept = [name for name in dict.fromkeys(keep_float) if name in quantizer.layers]  # others always are
    ranked = _ranked(quantizer, progress, len(quantizer.layers)) if report_all else []
    yield kept
    room = len(quantizer.layers) // 2 - len(kept)
    if room <= 0:
        return
    ranked = [name for name in ranked or _ranked(quantizer, progress, _REPORTED) if name not in kept]
    more = _FIRST
    while more < room:
        yield [*kept, *ranked[:more]]
        more *= 2
    yield [*kept, *ranked[:room]]


def _ranked(quantizer: Quantizer, progress: Progress, reported: int) -> list[str]:
    """Return the layers, the most costly first, and note the costs of the first `reported`."""
    progress.step("Measure the cost of each layer in int8")
    costs = quantizer.costs(_PROBES, progress)
    ranked = sorted(quantizer.layers, key=lambda name: -costs[name])
    for name in ranked[:reported]:
        progress.note(f"{name} in int8 changes the outputs by {costs[name]:.2g} of their variance")
    return ranked


def _first_within(
    limit: float, attempts: Iterator[list[str]], measure: Callable[[list[str]], _Attempt]
) -> _Attempt:
    """Return the first attempt within the accepted loss, or else the best one.

    Each attempt takes one lowering. If the loss of the second attempt is far above the limit, the last one
    comes next: if it fails too, no other is made.
    """
    tried: list[_Attempt] = []
    for float_layers in attempts:
        tried.append(measure(float_layers))
        if tried[-1].loss <= limit:
            return tried[-1]
        if len(tried) == _ATTEMPTS_BEFORE_LAST and tried[-1].loss > _FAR_ABOVE * limit:
            break
    rest = list(attempts)
    if rest:
        tried.append(measure(rest.pop()))
        if tried[-1].loss <= limit:
            between = (measure(float_layers) for float_layers in rest)
            return next((attempt for attempt in between if attempt.loss <= limit), tried[-1])
    return min(tried, key=lambda attempt: attempt.loss)


def _measure_speedup(float32: ModelSpec, int8: Path, picture: Path, progress: Progress) -> float:
    """Return the speed of an int8 program relative to float32, and note a slower one."""
    (tensor,) = _tensors([picture], float32.input)
    runtime = runtimes.default()
    speedup = _speedup(runtime.load(float32.pte), runtime.load(int8), tensor)
    if speedup < 1:
        progress.note(
            f"int8 is slower than float32 on this machine: it takes {1 / speedup:.2f} times as long"
        )
    return speedup


def _speedup(float32: Forward, int8: Forward, tensor: Float32) -> float:
    """Return the speed of int8 relative to float32: medians of alternating runs."""
    times: tuple[list[float], list[float]] = ([], [])
    for run in range(_ROUNDS + 1):
        for forward, taken in zip((float32, int8), times, strict=True):
            interruption.check()
            since = time.perf_counter()
            forward(tensor)
            if run:  # the first run allocates memory
                taken.append(time.perf_counter() - since)
    return statistics.median(times[0]) / statistics.median(times[1])


def _nothing_to_lose(what: str) -> InputError:
    return InputError(
        f"{what}, so the int8 loss cannot be measured", "give photos that show the model's objects"
    )


class _ByLabels(_Judge):
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


class _ByFloat32(_Judge):
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
