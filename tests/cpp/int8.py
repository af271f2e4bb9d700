"""Inputs and outputs of an int8 model, compared with the reference."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from edgegen.model.precision import Steps
from edgegen.model.spec import InputSpec
from edgegen.reference import to_tensor
from edgegen.tasks.prepared import prepare
from tests.cpp.box_comparisons import CONFIDENCES, random_keep, random_raw
from tests.cpp.letterbox_comparisons import random_picture, random_sizes
from tests.cpp.native import RECORD, Core
from tests.cpp.native_letterbox import RESIZES
from tests.cpp.native_tasks import Tasks
from tests.cpp.one_to_one import random_end2end
from tests.cpp.task_cases import LEVELS, Case, MaskCase
from tests.cpp.task_checks import PART
from tests.helpers.pixel_formats import pack

CHANNELS = ((0.2, 0.6), (0.2, 0.9))  # between what mean and deviation lie
USUAL = Steps(float(np.float32(1 / 255)), -128)  # an input is then its byte less 128


def random_steps(rng: np.random.Generator, low: float, high: float) -> Steps:
    """Return a quantization of about this range, whose extremes may be clamped."""
    width = (high - low) * float(rng.uniform(0.5, 1.5))
    return Steps(float(np.float32(width / 255)), int(rng.integers(-128, 128)))


def in_int8(arrays: Sequence[Any], steps: Sequence[Steps | None]) -> tuple[list[Any], list[Any]]:
    """Return quantized arrays and their dequantized values; without steps the array itself."""
    numbers = [each if by is None else by.numbers(each) for each, by in zip(arrays, steps, strict=True)]
    return numbers, [each if by is None else by.values(each) for each, by in zip(numbers, steps, strict=True)]


def check_tensor(core: Core, seed: int, cases: int) -> None:
    """Compare the quantized tensor with the reference, for any quantization."""
    rng = np.random.default_rng(seed)
    for case in range(cases):
        source, target = random_sizes(rng)
        picture = random_picture(rng, source)
        # Halves between two steps, too: at a scale of 2 / 255 every second byte
        halves = Steps(float(np.float32(2) * np.float32(1 / 255)), int(rng.integers(-128, 128)))
        steps = (USUAL, halves, random_steps(rng, 0, 1))[case % 3]
        padding = int(rng.integers(0, 256))
        mean, std = ((0.0, 0.0, 0.0), (1.0, 1.0, 1.0))
        if case % 2:  # each channel then has its own values
            mean, std = (
                tuple(float(np.float32(each)) for each in rng.uniform(*ends, 3)) for ends in CHANNELS
            )
        spec = InputSpec(
            *target,
            pad_value=padding,
            color=str(rng.choice(["RGB", "BGR"])),
            mean=mean,
            std=std,
            resize=RESIZES[case // 3 % len(RESIZES)],
        )
        rgb = spec.color == "RGB"
        ours = core.letterbox(
            target, mean=mean, std=std, pad_value=padding, rgb=rgb, steps=steps, resize=spec.resize
        )
        numbers = ours.to_numbers(pack(picture, "rgb", 3), source[1], "rgb")
        values = prepare(picture, spec).tensor[0]
        np.testing.assert_array_equal(numbers, steps.numbers(values))
        rounded = prepare(picture, replace(spec, steps=steps)).tensor
        np.testing.assert_array_equal(rounded[0], steps.values(numbers))


def check_crop(tasks: Tasks, seed: int, cases: int) -> None:
    """Compare the quantized input of a classifier with the reference, channel by channel."""
    rng = np.random.default_rng(seed)
    for case in range(cases):
        target = (int(rng.integers(1, 60)), int(rng.integers(1, 60)))
        height, width = (int(side) for side in rng.integers(1, 200, 2))
        picture = rng.integers(0, 256, (height, width, 3), dtype=np.uint8)
        mean, std = (tuple(float(np.float32(each)) for each in rng.uniform(*ends, 3)) for ends in CHANNELS)
        steps = USUAL if case % 2 else random_steps(rng, -1, 2)
        crop = tasks.crop(target, mean=mean, std=std, steps=steps)
        rows = picture.reshape(height, -1)
        shown, _ = crop.run(rows, width)
        numbers, _ = crop.run(rows, width, tensor=True)
        values = to_tensor(shown, InputSpec(*target, mean=mean, std=std))[0]
        np.testing.assert_array_equal(numbers, steps.numbers(values))


def check_decode(core: Core, seed: int, cases: int) -> int:
    """Compare candidates from int8 and from the dequantized values, bit by bit; return their number."""
    rng = np.random.default_rng(seed)
    compared = 0
    for case in range(cases):
        is_raw = case % 2 == 0
        outputs, strides, _ = random_raw(rng) if is_raw else random_end2end(rng)
        with np.errstate(invalid="ignore"):
            given = [np.nan_to_num(each, nan=-50, posinf=50, neginf=-50).clip(-50, 50) for each in outputs]
        steps: list[Steps | None] = [
            random_steps(rng, float(each.min()), float(each.max()) + 1) for each in given
        ]
        steps[int(rng.integers(0, len(steps)))] = None  # one of them stays float32
        numbers, values = in_int8(given, steps)
        # A threshold that is the value of a step itself: it is not above it
        logits = values[1].reshape(-1)
        exact = float(1 / (1 + np.exp(-np.float32(rng.choice(logits)))))
        confidence = exact if case % 3 == 0 else CONFIDENCES[case % len(CONFIDENCES)]
        keep = random_keep(rng, outputs[1].shape[1])
        decode = core.decode_raw if is_raw else core.decode_top_k
        ours, theirs = (
            decode(numbers, strides, confidence, keep, steps=steps),
            decode(values, strides, confidence, keep),
        )
        for field in ("index", "class_ids", "scores", "boxes"):
            np.testing.assert_array_equal(getattr(ours, field), getattr(theirs, field), field)
        compared += len(theirs)
    return compared


# What every part of a result is made of: vision::Detection, points, boxes, rows of pixels.
PARTS = {
    "boxes": RECORD,
    "keypoints": np.float32,
    "rotated": np.float32,
    "masks": PART,
    "pixels": np.uint8,
}


def _case(task: str, seed: int) -> tuple[Case, dict[str, object]]:
    contract = LEVELS[seed % 2]
    if task == "segment":
        masks = MaskCase(seed, contract, 8)
        return masks, {"coefficients": masks.count}
    if task == "pose":
        return Case(seed, contract, 17 * 3, odd=False), {"keypoints": (17, 3), "rule": (2.0, -0.5)}
    return Case(seed, contract, 1, odd=False), {"angle": "sigmoid"}


def check_tasks(tasks: Tasks, task: str, seed: int, cases: int) -> int:
    """Compare points, angles or coefficients with the dequantized ones; return the number of boxes."""
    compared = 0
    for number in range(cases):
        case, more = _case(task, 100_000 * seed + number)
        model = case.model(task, **more)
        steps: list[Steps | None] = [
            random_steps(case.random, float(each.min()), float(each.max()) + 0.01) for each in case.outputs
        ]
        if task == "segment":
            steps[-1] = None  # prototypes stay float32
        numbers, values = in_int8(case.outputs, steps)
        ours, theirs = tasks.task(model), tasks.task(model)
        ours.run(numbers, case.source_hw, case.thresholds, steps)
        theirs.run(values, case.source_hw, case.thresholds)
        for name, dtype in PARTS.items():
            np.testing.assert_array_equal(ours.part(name, dtype), theirs.part(name, dtype), name)
        compared += len(theirs.boxes())
    return compared
