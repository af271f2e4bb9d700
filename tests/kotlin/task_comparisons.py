"""Comparisons of a task with the reference. Every check raises AssertionError, and counts cases."""

import numpy as np
import numpy.typing as npt

from edgegen.model.spec import KEYPOINT_RULES, Extras, OutputSpec
from edgegen.tasks.detect.decode import Candidates, choose, decode, to_image
from edgegen.tasks.pose import decode as poses
from tests.kotlin.jvm import KotlinCore
from tests.kotlin.task_cases import CONTRACTS, Size, random_outputs, random_question
from tests.kotlin.tasks import Asked, Outputs, Shown, keypoints, pose

Float32 = npt.NDArray[np.float32]
Int64 = npt.NDArray[np.int64]

KEYPOINT_SHAPES = ((17, 3), (21, 3), (4, 2), (1, 3), (1, 2))


def spec_of(outputs: Outputs, extra: Extras) -> OutputSpec:
    """Return the description of the outputs, with this encoding of the extra values."""
    shapes = tuple(tuple(output.shape) for output in outputs.tensors)
    strides = tuple(outputs.strides)
    return OutputSpec(outputs.contract, shapes, outputs.reg_max, strides, outputs.classes, extra)


def chosen(outputs: Outputs, asked: Asked) -> tuple[Candidates, Int64]:
    """Return detection's candidates, and the indices of the shown ones."""
    spec = spec_of(outputs, Extras(outputs.extras))
    with np.errstate(all="ignore"):
        found = decode(outputs.tensors, spec, asked.thresholds, asked.keep_classes)
        return found, choose(found, spec, asked.thresholds)


def check_boxes(
    ours: Shown, found: Candidates, kept: Int64, boxes: Float32, outputs: Outputs, asked: Asked
) -> None:
    """Compare candidates in order; boxes may differ as two implementations of exp do."""
    np.testing.assert_array_equal(ours.index, found.index[kept])
    np.testing.assert_array_equal(ours.class_ids, found.class_ids[kept])
    np.testing.assert_allclose(ours.scores, found.scores[kept], rtol=1e-6, atol=1e-37)
    gain = min(asked.plan.gain_x, asked.plan.gain_y)
    tolerance = 2e-6 * outputs.reg_max * max(outputs.strides, default=1) / gain
    np.testing.assert_allclose(ours.boxes, boxes, rtol=4e-6, atol=tolerance)


def reference_keypoints(
    outputs: Outputs, index: Int64, shape: tuple[int, int], rule: tuple[float, float]
) -> Float32:
    """Return the keypoints [n, K, 3] in input pixels."""
    encoding = Extras(shape[0] * shape[1], shape, *rule)
    return poses.keypoints_of(outputs.tensors, spec_of(outputs, encoding), index)


def same_keypoints(ours: Float32, theirs: Float32) -> None:
    """Compare positions bit by bit; scores may differ as two implementations of exp do."""
    np.testing.assert_array_equal(ours[..., :2], theirs[..., :2])
    np.testing.assert_allclose(ours[..., 2], theirs[..., 2], rtol=1e-6, atol=1e-37)


def check_keypoints(core: KotlinCore, seed: int, cases: int) -> int:
    """Compare keypoints of any candidates, in the input and in the picture."""
    rng = np.random.default_rng(seed)
    compared = 0
    for case in range(cases):
        shape = KEYPOINT_SHAPES[int(rng.integers(len(KEYPOINT_SHAPES)))]
        rule = KEYPOINT_RULES[int(rng.integers(len(KEYPOINT_RULES)))]
        outputs = random_outputs(rng, CONTRACTS[case % 4], shape[0] * shape[1])
        plan = random_question(rng, outputs.classes).plan
        index = rng.integers(0, outputs.candidates, int(rng.integers(0, 30)))
        ours, moved = keypoints(core, outputs, (*shape, *rule), plan, index)
        theirs = reference_keypoints(outputs, index, shape, rule)
        same_keypoints(ours, theirs)
        with np.errstate(all="ignore"):
            same_keypoints(moved, poses.to_image(theirs, plan))
        compared += theirs.shape[0] * theirs.shape[1]
    return compared


def check_pose(core: KotlinCore, seed: int, cases: int, source: Size | None = None) -> int:
    """Compare boxes, each with its own keypoints; source: the picture's size, or None for any."""
    rng = np.random.default_rng(seed)
    compared = 0
    for case in range(cases):
        shape = KEYPOINT_SHAPES[int(rng.integers(len(KEYPOINT_SHAPES)))]
        rule = KEYPOINT_RULES[int(rng.integers(len(KEYPOINT_RULES)))]
        outputs = random_outputs(rng, CONTRACTS[case % 4], shape[0] * shape[1])
        asked = random_question(rng, outputs.classes, source=source)
        ours, points = pose(core, outputs, (*shape, *rule), asked)
        found, kept = chosen(outputs, asked)
        with np.errstate(all="ignore"):
            boxes = to_image(found.boxes[kept], asked.plan)
        check_boxes(ours, found, kept, boxes, outputs, asked)
        theirs = reference_keypoints(outputs, found.index[kept], shape, rule)
        with np.errstate(all="ignore"):
            same_keypoints(points, poses.to_image(theirs, asked.plan))
        compared += len(kept)
    return compared
