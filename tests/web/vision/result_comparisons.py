"""Random outputs, and the comparison of results with the reference.

Every check fails by AssertionError, and returns the number of compared objects. The tests run them on the
core, and on mutated cores.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from edgegen import tasks
from edgegen.model.spec import ANGLES, KEYPOINT_RULES, NO_EXTRAS, Extras, InputSpec, OutputSpec
from edgegen.model.thresholds import Thresholds
from edgegen.reference import LetterboxPlan, plan_letterbox
from edgegen.tasks.prepared import plan_input
from edgegen.tasks.segment.decode import polygon
from tests.cpp.box_comparisons import random_keep, sprinkle
from tests.kotlin.dense_comparisons import random_maps
from tests.kotlin.obb_comparisons import is_decided, reference_turned
from tests.kotlin.segment_comparisons import random_case as random_masks
from tests.kotlin.task_cases import random_outputs, random_question
from tests.kotlin.task_comparisons import KEYPOINT_SHAPES
from tests.kotlin.tasks import Asked
from tests.web.vision.core import Core, kept_classes, names, tensors, to_plan, to_thresholds

Floats = npt.NDArray[np.floating[Any]]
MAPS = (1, 2, 5, 19)
FAR_OUTPUTS = 4  # of this many cases, one has NaN and infinities


@dataclass(frozen=True)
class Case:
    """A model's outputs, the question, and the answers of both sides."""

    outputs: list[Any]
    spec: OutputSpec
    asked: Asked
    class_names: list[str]
    theirs: Any  # the reference's result
    ours: dict[str, Any]  # the core's `Result`
    rows: list[dict[str, Any]]


def ask(core: Core, task: str, outputs: list[Any], spec: OutputSpec, asked: Asked, classes: int) -> Case:
    """Let both sides postprocess, and compare the core's rows and words with its own result."""
    folder = f"{task}/{spec.contract}"
    model = model_of(spec, classes, asked)
    plan = to_plan(asked.plan)
    given = (tensors(outputs), plan, model, to_thresholds(asked.thresholds))
    ours = core.call(folder, "pipeline", "postprocess", *given)
    rows = json.loads(json.dumps(core.call(folder, "pipeline", "toRows", ours, model), default=list))
    decoder = tasks.find(task).decoder
    with np.errstate(all="ignore"):
        theirs = decoder.result(outputs, spec, asked.plan, asked.thresholds, asked.keep_classes)
        told = decoder.from_json(rows)
    if is_told(told):
        words = core.call(folder, "pipeline", "summary", ours, model["classNames"])
        assert words == told.spoken_text(model["classNames"]).replace("-0.0", "0.0")
    return Case(outputs, spec, asked, model["classNames"], theirs, ours, rows)


def is_told(result: Any) -> bool:
    """Return whether all scores are finite, and fall, as those of a real model do."""
    scores = getattr(result, "scores", np.zeros(0))
    return bool(np.isfinite(scores).all() and (np.diff(scores) <= 0).all())


def model_of(spec: OutputSpec, classes: int, asked: Asked) -> dict[str, Any]:
    """Return what postprocessing reads of a model."""
    count, values = spec.extras.kpt_shape
    return {
        "classNames": names(classes),
        "contract": spec.contract,
        "extras": spec.extras.channels,
        "keptClasses": kept_classes(asked.keep_classes),
        "regMax": spec.reg_max,
        "strides": list(spec.strides),
        "keypoints": count,
        "keypointValues": values,
        "keypointScale": spec.extras.keypoint_scale,
        "keypointShift": spec.extras.keypoint_shift,
        "angleRule": spec.extras.angle or "none",
    }


def described(contract: str, tensors: list[Any], outputs: Any, extras: Extras) -> OutputSpec:
    """Return the specification of random outputs."""
    shapes = tuple(tuple(each.shape) for each in tensors)
    strides = tuple(outputs.strides)
    reg_max = outputs.reg_max if strides else 0
    classes = outputs.classes if contract == "detections" else 0
    return OutputSpec(contract, shapes, reg_max, strides, classes, extras)


def without_extras(outputs: Any) -> list[Any]:
    """Return the tensors of levels with their extras removed, which have no channels."""
    return [each for place, each in enumerate(outputs.tensors) if not outputs.strides or place % 3 != 2]


def check_boxes(case: Case, bits: bool) -> int:
    """Compare boxes in order; bits: of one tensor, not one bit differs."""
    ours, theirs = case.ours["boxes"], case.theirs
    np.testing.assert_array_equal([each["classId"] for each in ours], theirs.class_ids)
    np.testing.assert_allclose(
        np.array([each["score"] for each in ours]), theirs.scores, rtol=0 if bits else 1e-6, atol=1e-37
    )
    boxes = np.array([[each[side] for side in ("x1", "y1", "x2", "y2")] for each in ours])
    same_places(boxes.reshape(-1, 4), theirs.boxes, case, bits)
    for row, one in zip(case.rows, ours, strict=True):
        assert row["class_name"] == case.class_names[one["classId"]]
        assert (row["class_id"], row["score"]) == (one["classId"], one["score"])
        assert row["box"] == [one[side] for side in ("x1", "y1", "x2", "y2")]
    assert (case.ours["width"], case.ours["height"]) == (
        case.asked.plan.source_width,
        case.asked.plan.source_height,
    )
    return len(theirs)


def same_places(ours: Floats, theirs: Floats, case: Case, bits: bool) -> None:
    """Compare positions in the picture. They may differ as two implementations of exp and cos do."""
    gain = min(case.asked.plan.gain_x, case.asked.plan.gain_y)
    bins = max(case.spec.reg_max, 8)
    tolerance = 4e-6 * bins * max(case.spec.strides, default=1) / gain
    np.testing.assert_allclose(ours, theirs, rtol=0 if bits else 4e-6, atol=0 if bits else tolerance)


def check_detect(core: Core, contract: str, seed: int, cases: int) -> int:
    """Compare boxes of pictures with each resize of detectors."""
    rng, compared = np.random.default_rng(seed), 0
    resizes = tasks.find("detect").resizes
    for number in range(cases):
        outputs = random_outputs(rng, contract, 0)
        given = without_extras(outputs)
        asked = random_question(rng, outputs.classes)
        source_hw = asked.plan.source_height, asked.plan.source_width
        resized = InputSpec(
            asked.plan.input_height, asked.plan.input_width, resize=resizes[number % len(resizes)]
        )
        asked = replace(asked, plan=plan_input(source_hw, resized))
        spec = described(contract, given, outputs, NO_EXTRAS)
        case = ask(core, "detect", given, spec, asked, outputs.classes)
        compared += check_boxes(case, bits=not spec.has_levels)
    return compared


def check_pose(core: Core, contract: str, seed: int, cases: int) -> int:
    """Compare boxes and their keypoints, whose positions are equal in every bit."""
    rng, compared = np.random.default_rng(seed), 0
    for _ in range(cases):
        shape = KEYPOINT_SHAPES[int(rng.integers(len(KEYPOINT_SHAPES)))]
        rule = KEYPOINT_RULES[int(rng.integers(len(KEYPOINT_RULES)))]
        outputs = random_outputs(rng, contract, shape[0] * shape[1])
        asked = random_question(rng, outputs.classes)
        spec = described(contract, outputs.tensors, outputs, Extras(shape[0] * shape[1], shape, *rule))
        case = ask(core, "pose", outputs.tensors, spec, asked, outputs.classes)
        compared += check_boxes(case, bits=not spec.has_levels)
        ours, theirs = case.ours["keypoints"], case.theirs.keypoints
        points = np.array(ours, dtype=np.float32).reshape(-1, shape[0], 3)
        np.testing.assert_array_equal(points[..., :2], theirs[..., :2])
        np.testing.assert_allclose(points[..., 2], theirs[..., 2], rtol=1e-6, atol=1e-37)
        for row, each in zip(case.rows, points, strict=True):
            np.testing.assert_array_equal(np.array(row["keypoints"], dtype=np.float32), each)
    return compared


def check_obb(core: Core, contract: str, seed: int, cases: int) -> int:
    """Compare oriented boxes, the upright ones around them, and the corners in rows."""
    rng, compared = np.random.default_rng(seed), 0
    for _ in range(cases):
        rule = str(rng.choice(ANGLES))
        outputs = random_outputs(rng, contract, 1, bad_values=bool(rng.integers(0, FAR_OUTPUTS) == 0))
        asked = random_question(rng, outputs.classes)
        found, wanted = reference_turned(outputs, rule, asked), asked.thresholds
        if not is_decided(found.boxes, found.class_ids, wanted.iou, wanted.agnostic):
            continue  # a last bit decides
        spec = described(contract, outputs.tensors, outputs, Extras(1, angle=rule))
        case = ask(core, "obb", outputs.tensors, spec, asked, outputs.classes)
        compared += check_boxes(case, bits=False)
        parts = ("cx", "cy", "width", "height", "angle")
        rotated = np.array([[each[part] for part in parts] for each in case.ours["rotated"]]).reshape(-1, 5)
        same_places(rotated[:, :4], case.theirs.rotated[:, :4], case, bits=not spec.has_levels)
        np.testing.assert_allclose(rotated[:, 4], case.theirs.rotated[:, 4], rtol=1e-6, atol=3e-7)
        theirs = case.theirs.to_json(case.class_names)
        for row, right, box in zip(case.rows, theirs, rotated, strict=True):
            same_places(np.array(row["corners"]), np.array(right["corners"]), case, bits=False)
            np.testing.assert_array_equal(row["xywhr"], box)
    return compared


def check_segment(core: Core, contract: str, seed: int, cases: int) -> int:
    """Compare boxes, every pixel of their masks, and the outlines. Sums are the same in every order."""
    rng, compared = np.random.default_rng(seed), 0
    for _ in range(cases):
        outputs, size = random_masks(rng, contract, whole=True)
        asked = random_question(rng, outputs.classes, size)
        spec = described(contract, outputs.tensors, outputs, Extras(outputs.extras))
        case = ask(core, "segment", outputs.tensors, spec, asked, outputs.classes)
        compared += check_boxes(case, bits=not spec.has_levels)
        picture = asked.plan.source_height, asked.plan.source_width
        for ours, row, theirs in zip(case.ours["masks"], case.rows, case.theirs.masks, strict=True):
            bitmap = np.zeros(size, dtype=bool)
            left, top, width, height = (ours[side] for side in ("left", "top", "width", "height"))
            bitmap[top : top + height, left : left + width] = ours["bits"].reshape(height, width)
            np.testing.assert_array_equal(bitmap, theirs)
            np.testing.assert_array_equal(row["polygon"], polygon(theirs, picture))
        told = tasks.find("segment").decoder.from_json(case.rows).masks
        np.testing.assert_array_equal(told.reshape(case.theirs.masks.shape), case.theirs.masks)
    return compared


def check_classify(core: Core, contract: str, seed: int, cases: int) -> int:
    """Compare the most probable classes in order. Values are on a grid, so that rounding does not decide."""
    rng, compared = np.random.default_rng(seed), 0
    for _ in range(cases):
        classes = int(rng.choice([1, 2, 80, 1000]))
        spread = float(rng.choice([5, 5, 80]))  # exponentials of large logits are infinite
        output = (np.round(rng.normal(0, spread, (1, classes)) * 16) / 16).astype(np.float32)
        if rng.integers(0, FAR_OUTPUTS) == 0:
            sprinkle(rng, output, (np.nan, np.inf, -np.inf) if rng.integers(0, 2) else (-np.inf,))
        thresholds = Thresholds(max_det=int(rng.choice([0, 1, 5, 300])))
        asked = Asked(plan_letterbox((20, 30), (8, 8)), thresholds, random_keep(rng, classes))
        case = ask(core, "classify", [output], OutputSpec(contract, (output.shape,)), asked, classes)
        right = case.theirs.at(np.arange(len(case.theirs))[: thresholds.max_det])
        ours = case.ours["classes"]
        np.testing.assert_array_equal([each["classId"] for each in ours], right.class_ids)
        np.testing.assert_allclose([each["score"] for each in ours], right.scores, rtol=1e-5, atol=1e-37)
        told = tasks.find("classify").decoder.from_json(case.rows)
        np.testing.assert_array_equal(told.class_ids, right.class_ids)
        compared += len(right)
    return compared


def check_semantic(core: Core, contract: str, seed: int, cases: int) -> int:
    """Compare the class of every pixel, and the shares."""
    rng, compared = np.random.default_rng(seed), 0
    for number in range(cases):
        count = MAPS[number % len(MAPS)]
        logits, input_hw, source = random_maps(rng, count)
        asked = Asked(plan_letterbox(source, input_hw), Thresholds(), random_keep(rng, count))
        case = ask(core, "semantic", [logits], OutputSpec(contract, (logits.shape,)), asked, count)
        np.testing.assert_array_equal(case.ours["classMap"].reshape(source), case.theirs.classes)
        np.testing.assert_array_equal(
            tasks.find("semantic").decoder.from_json(case.rows).classes, case.theirs.classes
        )
        (right,) = case.theirs.to_json(case.class_names)
        assert case.rows[0]["classes"] == right["classes"]
        for each in case.ours["classes"]:
            assert each["pixels"] == np.count_nonzero(case.theirs.classes == each["value"])
        compared += case.theirs.classes.size
    return compared


def check_depth(core: Core, contract: str, seed: int, cases: int) -> int:
    """Compare every distance bit by bit."""
    rng, compared = np.random.default_rng(seed), 0
    for number in range(cases):
        output, input_hw, source = random_maps(rng, 1)
        if number % 10 == 0:
            output[...] = np.nan
        plan = LetterboxPlan(*source, *input_hw, *input_hw, left=0, top=0)
        spec = OutputSpec(contract, (output.shape,))
        case = ask(core, "depth", [output], spec, Asked(plan, Thresholds()), 1)
        np.testing.assert_array_equal(case.ours["depth"].reshape(source), case.theirs.depth)
        ends = case.theirs.ends
        np.testing.assert_array_equal((case.ours["lowest"], case.ours["highest"]), ends or (np.nan, np.nan))
        assert (case.rows[0]["min"], case.rows[0]["max"]) == (ends or (0, 0))
        told = tasks.find("depth").decoder.from_json(case.rows).depth
        np.testing.assert_array_equal(told, case.theirs.depth)
        compared += case.theirs.depth.size
    return compared


def check_depth_words(core: Core) -> None:
    """Compare texts of distances of which one digit is shown, halves of the last digit among them."""
    for distance in (0.0, 0.05, 0.25, 0.35, 0.75, 2.25, 2.35, 99.96, 1e6 + 0.25):
        value = float(np.float32(distance))
        words = core.call("depth/depth", "pipeline", "summary", {"lowest": value, "highest": value}, [])
        assert words == f"{value:.1f} - {value:.1f}"


CHECKS: dict[str, Callable[[Core, str, int, int], int]] = {
    "detect": check_detect,
    "pose": check_pose,
    "obb": check_obb,
    "segment": check_segment,
    "classify": check_classify,
    "semantic": check_semantic,
    "depth": check_depth,
}
