"""Int8 inputs and outputs, compared bit by bit with the dequantized float32 values, for every task."""

import dataclasses
from collections.abc import Callable
from typing import Any

import numpy as np

from edgegen.model.precision import Steps
from edgegen.model.spec import KEYPOINT_RULES
from tests.cpp.int8 import random_steps
from tests.cpp.letterbox_comparisons import random_picture, random_sizes
from tests.helpers.pixel_formats import pack
from tests.kotlin.jvm import KotlinCore
from tests.kotlin.obb_comparisons import ANGLES
from tests.kotlin.segment_comparisons import random_case
from tests.kotlin.task_cases import random_outputs, random_question
from tests.kotlin.task_comparisons import KEYPOINT_SHAPES
from tests.kotlin.tasks import Outputs, obb, pose, segment

CONTRACTS = ("raw", "end2end")  # those whose outputs come by levels: others stay float32


def both(rng: np.random.Generator, outputs: Outputs) -> tuple[Outputs, Outputs]:
    """Return outputs in int8, except one level and the outputs after the levels, and all in float32."""
    levels = 3 * len(outputs.strides)
    stays = int(rng.integers(0, levels))
    numbers, values, steps = [], [], list[Steps | None]()
    for number, each in enumerate(outputs.tensors):
        by = random_steps(rng, float(each.min()), float(each.max()) + 1)
        is_int8 = number < levels and number != stays
        steps.append(by if is_int8 else None)
        numbers.append(by.numbers(each) if is_int8 else each)
        values.append(by.rounded(each) if is_int8 else each)
    replaced = dataclasses.replace
    return replaced(outputs, tensors=numbers, steps=steps), replaced(outputs, tensors=values)


def same(ours: Any, theirs: Any) -> None:
    """Fail unless two answers are equal in every byte."""
    if isinstance(ours, tuple):
        for our, their in zip(ours, theirs, strict=True):
            same(our, their)
    elif dataclasses.is_dataclass(ours):
        for field in dataclasses.fields(ours):
            same(getattr(ours, field.name), getattr(theirs, field.name))
    else:
        np.testing.assert_array_equal(ours, theirs)


def _check(seed: int, cases: int, extras: int, show: Callable[..., Any], core: KotlinCore, rule: Any) -> int:
    rng = np.random.default_rng(seed)
    compared = 0
    for case in range(cases):
        ours, theirs = both(rng, random_outputs(rng, CONTRACTS[case % 2], extras, bad_values=False))
        asked = random_question(rng, ours.classes)
        answer = show(core, ours, rule, asked)
        same(answer, show(core, theirs, rule, asked))
        compared += len(answer[0].index)
    return compared


def check_pose(core: KotlinCore, seed: int, cases: int) -> int:
    """Compare keypoints; return the number of poses."""
    compared = 0
    for number, shape in enumerate(KEYPOINT_SHAPES):
        rule = (*shape, *KEYPOINT_RULES[number % len(KEYPOINT_RULES)])
        compared += _check(seed + number, cases, shape[0] * shape[1], pose, core, rule)
    return compared


def check_obb(core: KotlinCore, seed: int, cases: int) -> int:
    """Compare oriented boxes with both rules of the angle; return their number."""
    return sum(_check(seed, cases, 1, obb, core, rule) for rule in ANGLES.values())


def check_segment(core: KotlinCore, seed: int, cases: int) -> int:
    """Compare every pixel of every mask, with prototypes in float32; return the number of masks."""
    rng = np.random.default_rng(seed)
    compared = 0
    for case in range(cases):
        outputs, size = random_case(rng, CONTRACTS[case % 2], whole=False)
        ours, theirs = both(rng, outputs)
        asked = random_question(rng, ours.classes, size)
        answer = segment(core, ours, asked)
        same(answer, segment(core, theirs, asked))
        compared += len(answer[0].index)
    return compared


def check_inputs(core: KotlinCore, seed: int, cases: int) -> None:
    """Compare quantized inputs with the nearest quantized values, for any normalisation."""
    rng = np.random.default_rng(seed)
    for case in range(cases):
        source, target = random_sizes(rng)
        make = (core.letterbox, core.stretch, core.crop)[case % 3]
        options = {
            "scale": float(rng.uniform(1e-3, 0.01)),
            "mean": tuple(rng.uniform(0, 1, 3)),
            "std": tuple(rng.uniform(0.1, 2, 3)),
            "pad_value": int(rng.integers(0, 256)),
            "rgb": bool(rng.integers(0, 2)),
        }
        steps = random_steps(rng, -2, 4)
        given = (pack(random_picture(rng, source), "rgba", 4), source[1], "rgba")
        exact, rounded = make(target, **options), make(target, **options, steps=steps)
        numbers = rounded.to_numbers(*given)
        np.testing.assert_array_equal(numbers, steps.numbers(exact.to_tensor(*given)[0]))
        np.testing.assert_array_equal(rounded.to_tensor(*given)[0], steps.values(numbers))
        exact.free()
        rounded.free()
