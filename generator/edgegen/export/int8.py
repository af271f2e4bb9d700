"""Int8 by contract: as many layers as a promise about the loss allows, found by measuring it."""

import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from edgegen import runtimes, tasks
from edgegen.base import interruption
from edgegen.base.errors import ExportError, InputError, UsageError
from edgegen.base.naming import how_many
from edgegen.base.progress import Progress
from edgegen.export.judging import Judge, judge_of
from edgegen.model.facts import Facts
from edgegen.model.int8 import MAX_LOSS, MEASURES, Asked, Certificate
from edgegen.model.spec import ModelSpec
from edgegen.parity.authority import Authority
from edgegen.parity.calibration import Calibration, read_calibration
from edgegen.parity.label_files import Columns
from edgegen.parity.pictures import read_picture
from edgegen.runtimes.runtime import Forward, Quantizer
from edgegen.sources.ultralytics.scoring import SCORED

Float32 = npt.NDArray[np.float32]

_FIRST: Final = 2  # layers that go back to float32 at first; then twice as many each time
_LOOKED_AT: Final = 2  # attempts, before the last one is tried
_FAR: Final = 3  # times the loss that is admitted
_TOLD: Final = 3  # of the most costly layers, unless all are asked for
_PROBES: Final = 2  # pictures by which layers are told apart
_ROUNDS: Final = 9  # of each, to compare their speed


@dataclass(frozen=True)
class Quantized:
    """A program in int8, and what is known of it."""

    program: bytes
    certificate: Certificate


def calibration_for(asked: Asked, facts: Facts, progress: Progress) -> Calibration:
    """Read the pictures, and say which ones are left out."""
    progress.step("Read the calibration pictures")
    found = read_calibration(
        asked.calibration, asked.pictures, Columns.of(facts), scored=facts.task in SCORED
    )
    for note in found.notes:
        progress.note(note)
    for path in found.skipped:
        progress.note(f"left out, cannot be read: {path}")
    return found


def quantized(
    module: Any,
    float32: ModelSpec,
    authority: Authority,
    asked: Asked,
    calibration: Calibration,
    folder: Path,
    progress: Progress,
) -> Quantized:
    """Return a module in int8 that loses no more than was promised.

    float32 is its export without int8, authority PyTorch's answer; folder is where programs can lie for a
    while. Layers go back to float32, those first that move the outputs most, until the loss is small enough.

    Raises:
        InputError: Nothing is in the pictures that int8 is judged by.
        ExportError: With half of the layers in float32 it still loses more.
        UsageError: There is no layer of a name in keep_float.
    """
    task = tasks.find(float32.task)

    def tensors() -> Iterator[Float32]:
        for path in calibration.watched:
            yield task.prepare(read_picture(path).rgb, float32.input).tensor

    size = (float32.input.height, float32.input.width)
    quantizer = runtimes.default().quantizer(module, size, progress)
    _check_layers(asked.keep_float, quantizer)
    for name in quantizer.float_layers:
        progress.note(f"{name} stays float32: the runtime has no int8 for it")
    progress.step(f"Look at {how_many(len(calibration.judged), 'picture')} in float32")
    judge = judge_of(float32, authority, calibration)
    most = MAX_LOSS[judge.measure] if asked.max_loss is None else asked.max_loss
    if judge.at_stake <= most:
        raise InputError(
            f"float32 itself has only {judge.at_stake:.2f} {MEASURES[judge.measure]} on what was held back: "
            f"with --max-loss {most:g} nothing could be promised of int8",
            "give pictures with what the model is to find, and their labels",
        )
    if judge.things < 100 / most:
        progress.note(
            f"only {how_many(judge.things, 'thing')} to judge by: each is {100 / judge.things:.1f} % of them"
        )
    quantizer.observe(
        tensors, lambda outputs: task.bounds(float32.output.contract, outputs), progress, float32.input.range
    )
    borders = float32.output.level_tensors if asked.at_borders else None
    program = folder / "int8.pte"

    def measured(kept: list[str]) -> _Attempt:
        data, _ = quantizer.lower(kept, progress, borders)
        program.write_bytes(data)
        progress.step("Measure what int8 loses")
        loss = judge.loss(_loaded(program))
        progress.note(_path(kept, quantizer, loss, most, judge))
        return _Attempt(kept, data, loss)

    attempts = _attempts(quantizer, asked.keep_float, progress, tell_all=asked.sensitivity)
    found = _first_within(most, attempts, measured)
    if found.loss > most:
        raise ExportError(
            f"int8 {judge.in_words(found.loss)}, and --max-loss promises {most:g}",
            "give more calibration photos, like those that the app will see; or a higher --max-loss; "
            "or stay with float32",
        )
    program.write_bytes(found.program)
    forward = runtimes.default().load(program)
    picture = read_picture(calibration.judged[0])
    speedup = _speedup(
        runtimes.default().load(float32.pte), forward, task.prepare(picture.rgb, float32.input).tensor
    )
    if speedup < 1:
        progress.note(f"int8 is slower than float32 here: {1 / speedup:.2f} times the time")
    return Quantized(
        found.program,
        Certificate(
            measure=judge.measure,
            loss=found.loss,
            max_loss=most,
            judged=len(calibration.judged),
            things=judge.things,
            watched=len(calibration.watched),
            digest=calibration.digest(),
            float_layers=(*quantizer.float_layers, *found.kept),
            layers=len(quantizer.layers) + len(quantizer.float_layers),
            speedup=speedup,
            ranges=tuple(quantizer.output_ranges),
        ),
    )


def _loaded(program: Path) -> Forward:
    """Load an int8 program. That it does not load or run is an error of the export, not of the input."""

    def failure(error: InputError) -> ExportError:
        return ExportError(f"the int8 program does not run: {error.message}", "leave out --precision int8")

    try:
        loaded = runtimes.default().load(program)
    except InputError as error:
        raise failure(error) from error

    def forward(tensor: Float32) -> Sequence[Float32]:
        try:
            return loaded(tensor)
        except InputError as error:
            raise failure(error) from error

    return forward


@dataclass(frozen=True)
class _Attempt:
    """A program in int8 but for the kept layers, and what it loses."""

    kept: list[str]
    program: bytes
    loss: float


def _first_within(
    most: float, attempts: Iterator[list[str]], measured: Callable[[list[str]], _Attempt]
) -> _Attempt:
    """Return the first attempt that loses at most this, or the best one if none does.

    Each takes a lowering. Where the first layers that go back to float32 leave the loss far above the limit,
    the last attempt comes next: if it loses too much as well, no other is made.
    """
    made: list[_Attempt] = []
    for kept in attempts:
        made.append(measured(kept))
        if made[-1].loss <= most:
            return made[-1]
        if len(made) == _LOOKED_AT and made[-1].loss > _FAR * most:
            rest = list(attempts)
            if not rest:
                break
            last = measured(rest[-1])
            if last.loss > most:
                made.append(last)
                break
            for between in rest[:-1]:
                attempt = measured(between)
                if attempt.loss <= most:
                    return attempt
            return last
    return min(made, key=lambda attempt: attempt.loss)


def _check_layers(names: Sequence[str], quantizer: Quantizer) -> None:
    if not quantizer.layers:
        layers = how_many(len(quantizer.float_layers), "layer")
        raise ExportError(
            f"none of the model's {layers} can be int8 in this runtime",
            "leave out --precision int8",
        )
    unknown = [name for name in names if name not in (*quantizer.layers, *quantizer.float_layers)]
    if unknown:
        raise UsageError(
            f"--keep-float {unknown[0]}: the model has no layer of that name",
            f"it has {len(quantizer.layers)}, from {quantizer.layers[0]} to {quantizer.layers[-1]}: "
            "--sensitivity in its place names all of them",
        )


def _attempts(
    quantizer: Quantizer, given: Sequence[str], progress: Progress, *, tell_all: bool = False
) -> Iterator[list[str]]:
    """Give what stays float32: nothing but what was asked for, then more and more, most costly first."""
    given = [name for name in dict.fromkeys(given) if name in quantizer.layers]  # others are float32 anyway
    ranked = _ranked(quantizer, progress, len(quantizer.layers)) if tell_all else []
    yield given
    room = len(quantizer.layers) // 2 - len(given)
    if room <= 0:
        return
    ranked = [name for name in ranked or _ranked(quantizer, progress, _TOLD) if name not in given]
    more = _FIRST
    while more < room:
        yield [*given, *ranked[:more]]
        more *= 2
    yield [*given, *ranked[:room]]


def _ranked(quantizer: Quantizer, progress: Progress, told: int) -> list[str]:
    """Return the layers, the most costly first, and say what that many of them cost."""
    progress.step("Measure what each layer alone costs")
    costs = quantizer.costs(_PROBES, progress)
    ranked = sorted(quantizer.layers, key=lambda name: -costs[name])
    for name in ranked[:told]:
        progress.note(f"{name} alone moves the outputs by {costs[name]:.2g} of their variance")
    return ranked


def _path(kept: Sequence[str], quantizer: Quantizer, loss: float, most: float, judge: Judge) -> str:
    where = (
        f"{len(kept)} of {how_many(len(quantizer.layers), 'layer')} in float32"
        if kept
        else "all layers in int8"
    )
    verdict = "kept" if loss <= most else "too much"
    return f"{where}: {judge.in_words(loss)}; {most:g} is the most: {verdict}"


def _speedup(float32: Forward, int8: Forward, tensor: Float32) -> float:
    """Return how many times as fast the second is: medians of runs that take turns."""
    times: tuple[list[float], list[float]] = ([], [])
    for run in range(_ROUNDS + 1):
        for forward, taken in zip((float32, int8), times, strict=True):
            interruption.check()
            since = time.perf_counter()
            forward(tensor)
            if run:  # the first lays memory out
                taken.append(time.perf_counter() - since)
    return statistics.median(times[0]) / statistics.median(times[1])
