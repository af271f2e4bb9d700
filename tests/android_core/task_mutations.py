"""Each constant and rule of the tasks beside detection, broken: rows of the table in test_mutations.py."""

# ruff: noqa: E501 - the table has one row for each mutation

from collections.abc import Callable

from . import obb_comparisons, task_comparisons
from .jvm import KotlinCore


def keypoints(kotlin: KotlinCore) -> None:
    task_comparisons.check_keypoints(kotlin, 1, 100)


def pose(kotlin: KotlinCore) -> None:
    task_comparisons.check_pose(kotlin, 1, 100)


def turned(kotlin: KotlinCore) -> None:
    obb_comparisons.check_decode_rotated(kotlin, 1, 100)


TASK_MUTATIONS: list[tuple[str, str, str, str, Callable[[KotlinCore], object]]] = [
    ("extras of another tensor", "Extras.kt", "head.tensors * level + 2]", "head.tensors * level + 1]", keypoints),
    ("extras of the next cell", "Extras.kt", "cell >= head.levels[level].cells", "cell > head.levels[level].cells", keypoints),
    ("extras where the scores are", "Extras.kt", "(SIDES + head.classes) * head.candidates", "(SIDES + head.classes - 1) * head.candidates", keypoints),
    ("extras before the class", "Extras.kt", "+ DETECTION_VALUES, step = 1", "+ DETECTION_VALUES - 1, step = 1", keypoints),
    ("levels of two tensors", "Head.kt", "val tensors = if (extras > 0) 3 else 2", "val tensors = 2", pose),
    ("rows without extras", "Finder.kt", "i * (DETECTION_VALUES + head.extras)", "i * DETECTION_VALUES", pose),
    ("boxes of rows without extras", "Decoder.kt", "cell * (DETECTION_VALUES + head.extras)", "cell * DETECTION_VALUES", pose),
    ("no scale of keypoints", "KeypointDecoder.kt", "extras.values[from] * rule.scale", "extras.values[from] * 2", keypoints),
    ("no shift of keypoints", "KeypointDecoder.kt", "level.centreY(cell) + rule.shift", "level.centreY(cell)", keypoints),
    ("no stride of keypoints", "KeypointDecoder.kt", "rule.scale + y) * level.stride", "rule.scale + y) * 8", keypoints),
    ("keypoints added up in another order", "KeypointDecoder.kt", "(extras.values[from] * rule.scale + x)", "(extras.values[from] * rule.scale + rule.shift + level.centreX(cell))", keypoints),
    ("visibilities that are logits", "KeypointDecoder.kt", "sigmoid(extras.values[from + 2])", "extras.values[from + 2]", keypoints),
    ("visibilities that are no scores yet", "KeypointDecoder.kt", "if (hasScore) extras.values[from + 2]", "if (hasScore) sigmoid(extras.values[from + 2])", keypoints),
    ("unseen where nobody says", "KeypointDecoder.kt", "else 1f\n        }\n    }\n\n    private fun copy", "else 0f\n        }\n    }\n\n    private fun copy", keypoints),
    ("a score where there is none", "KeypointDecoder.kt", "rule.values == KEYPOINT_NUMBERS", "rule.values <= KEYPOINT_NUMBERS", keypoints),
    ("keypoints side by side", "KeypointDecoder.kt", "val from = k * rule.values\n            val to = k * KEYPOINT_NUMBERS\n            decoded[to] = (", "val from = k * KEYPOINT_NUMBERS\n            val to = k * KEYPOINT_NUMBERS\n            decoded[to] = (", keypoints),
    ("keypoints that are no numbers", "KeypointDecoder.kt", "if (!x.isFinite() || !y", "if (!y", keypoints),
    ("scores that are no numbers", "KeypointDecoder.kt", " || !score.isFinite()", "", keypoints),
    ("keypoints with the box's other border", "KeypointDecoder.kt", "back(y, plan.top,", "back(y, plan.left,", keypoints),
    ("keypoints of the candidate before", "PoseTask.kt", "decoder.decode(outputs, it.index)", "decoder.decode(outputs, maxOf(it.index - 1, 0))", pose),
    ("keypoints that stay when their box goes", "PoseTask.kt", "keypoints = keypoints.slice(places)", "keypoints = keypoints", pose),
    ("half of a quarter turn", "RotatedDecoder.kt", "QUARTER = 0.25f", "QUARTER = 0.125f", turned),
    ("whole turns", "RotatedDecoder.kt", "Math.PI.toFloat()", "2 * Math.PI.toFloat()", turned),
    ("every angle from a sigmoid", "RotatedDecoder.kt", "if (rule == AngleRule.SIGMOID)", "if (rule != AngleRule.NONE)", turned),
    ("the whole way to the centre", "RotatedDecoder.kt", "(right - left) / 2", "(right - left)", turned),
    ("turned the other way", "RotatedDecoder.kt", "along * cos - across * sin", "along * cos + across * sin", turned),
    ("a height of the width's sides", "RotatedDecoder.kt", "(top + bottom) * stride", "(left + bottom) * stride", turned),
    ("no stride of turned boxes", "RotatedDecoder.kt", "(left + right) * stride", "(left + right) * 8", turned),
]  # fmt: skip
