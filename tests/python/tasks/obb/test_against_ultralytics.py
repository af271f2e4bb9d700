"""Oriented boxes in numpy against Ultralytics' heads and its mapping to the picture; and mutated copies."""

import math
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any, Final

import numpy as np
import pytest

import edgegen.tasks.obb.decode as sound
from edgegen.model.spec import ANGLES, Extras, OutputSpec
from edgegen.model.thresholds import Thresholds
from edgegen.reference import plan_letterbox
from tests.helpers.mutating import expect_failure, mutant
from tests.python.tasks.random_heads import BOX, SCORE, HeadCase, ready, same_rows, sizes


@cache  # drawing its weights is slow
def head(rule: str, classes: int, reg_max: int) -> Any:
    """Return Ultralytics' own head."""
    from ultralytics.nn.modules import head as heads

    kind = {"sigmoid": heads.OBB, "logit": heads.OBB26}[rule]
    return ready(kind(classes, 1, reg_max, end2end=True, ch=(16, 16)))


def of_case(seed: int) -> tuple[HeadCase, str, Any]:
    """Return outputs, the angle rule, and Ultralytics' own head for them."""
    case, rule = HeadCase(seed, 1), ANGLES[seed % 2]
    made = head(rule, case.classes, case.reg_max)
    made.shape = None  # forces Ultralytics to count the cells again
    return case, rule, made


def inferred(case: HeadCase, rule: str, made: Any) -> Any:
    """Return the outputs decoded by the head; `sigmoid` angles are converted as in its forward_head."""
    return case.inferred(
        made, "angle", lambda raw: (raw.sigmoid() - 0.25) * math.pi if rule == "sigmoid" else raw
    )


def check_rule(decode: Any, seed: int) -> None:
    """Compare angles with the heads' own `forward_head`, with identity convolutions."""
    import torch

    case, rule, made = of_case(seed)
    raw = [torch.from_numpy(array) for array in case.outputs[2::3]]
    same = torch.nn.ModuleList([torch.nn.Identity()] * 2)
    boxes = torch.nn.ModuleList(
        [torch.nn.Conv2d(1, 4 * case.reg_max, 1), torch.nn.Conv2d(1, 4 * case.reg_max, 1)]
    )
    scores = torch.nn.ModuleList([torch.nn.Conv2d(1, case.classes, 1), torch.nn.Conv2d(1, case.classes, 1)])
    with torch.no_grad():
        theirs = made.forward_head(raw, boxes, scores, same)["angle"].numpy()
    ours = decode.angle_of(case.joined(2).numpy(), rule)
    np.testing.assert_allclose(ours, theirs, rtol=0, atol=1e-6)


def check_raw(decode: Any, seed: int) -> None:
    """Compare boxes of levels, and of Ultralytics' decoded tensor, with that tensor."""
    case, rule, made = of_case(seed)
    made.end2end = False
    theirs = inferred(case, rule, made)[0].numpy()
    spec = case.spec("raw", Extras(1, angle=rule))
    ours = decode.decode(case.outputs, spec, Thresholds(case.confidence), case.keep)
    spec = case.spec("decoded", Extras(1), [theirs[None]])
    again = decode.decode([theirs[None]], spec, Thresholds(case.confidence), case.keep)
    np.testing.assert_array_equal(ours.index, again.index)
    np.testing.assert_array_equal(ours.class_ids, again.class_ids)
    np.testing.assert_allclose(ours.scores, again.scores, rtol=0, atol=SCORE)
    np.testing.assert_allclose(ours.boxes, again.boxes, rtol=0, atol=BOX)
    np.testing.assert_array_equal(again.boxes, theirs[[0, 1, 2, 3, -1]][:, again.index].T)
    np.testing.assert_array_equal(again.scores, theirs[4 + again.class_ids, again.index])


def check_detections(decode: Any, seed: int) -> None:
    """Compare boxes of an end-to-end head with the rows of predict(nms=False)."""
    from ultralytics.utils.nms import non_max_suppression

    case, rule, made = of_case(seed)
    made.end2end, made.max_det, made.agnostic_nms = True, max(case.max_det, 300), case.agnostic
    rows = made.postprocess(inferred(case, rule, made).permute(0, 2, 1))
    options = {"max_det": case.max_det, "end2end": True, "rotated": True}
    (shown,) = non_max_suppression(rows, case.confidence, 0.7, case.keep, case.agnostic, **options)
    wanted = np.asarray(shown, dtype=np.float32)

    def rows_of(found: Any, order: Any) -> Any:
        columns = (found.boxes[:, :4], found.scores[:, None], found.class_ids[:, None], found.boxes[:, 4:])
        return np.concatenate(columns, axis=1).astype(np.float32)[order]

    spec = case.spec("end2end", Extras(1, angle=rule))
    limits = Thresholds(case.confidence, max_det=case.max_det, agnostic=case.agnostic)
    found = decode.decode(case.outputs, spec, limits, case.keep)
    order = np.argsort(-found.scores, kind="stable")[: case.max_det]
    same_rows(rows_of(found, order), wanted, case.scores())
    spec = case.spec("detections", Extras(1), [rows.numpy()])
    found = decode.decode([rows.numpy()], spec, limits, case.keep)
    np.testing.assert_array_equal(rows_of(found, np.arange(len(found)))[: case.max_det], wanted)


def check_to_image(decode: Any, seed: int) -> None:
    """Compare the mapping to the picture, the corners and the upright box with Ultralytics' `Results.obb`."""
    import torch
    from ultralytics.engine.results import OBB
    from ultralytics.utils.ops import scale_boxes

    picture, model_input = sizes(seed)
    random = np.random.default_rng(seed)
    boxes = random.uniform(-0.3, 1, (30, 5)) * (500, 500, 300, 300, 9)
    boxes = np.abs(boxes, where=np.arange(5) > 1, out=boxes).astype(np.float32)
    ours = decode.to_image(boxes, plan_letterbox(picture, model_input))
    wanted = torch.from_numpy(boxes.copy())
    wanted[:, :4] = scale_boxes(model_input, wanted[:, :4], picture, xywh=True)
    np.testing.assert_allclose(ours, wanted.numpy(), rtol=2e-7, atol=0)
    theirs = OBB(torch.cat([torch.from_numpy(ours), torch.zeros(30, 2)], 1), picture)
    size = np.abs(ours[:, :4]).max()
    np.testing.assert_allclose(decode.corners(ours), theirs.xyxyxyxy.numpy(), rtol=0, atol=1e-6 * size)
    np.testing.assert_allclose(decode.upright_boxes(ours), theirs.xyxy.numpy(), rtol=0, atol=1e-6 * size)


CHECKS: Final = (check_rule, check_raw, check_detections, check_to_image)


@pytest.mark.parametrize("check", CHECKS)
def test_oriented_boxes_equal_ultralytics(check: Any) -> None:
    """Uses thousands of random boxes: both rules, with and without bins, few cells and many."""
    for seed in range(1000 if check is check_to_image else 300):
        check(sound, seed)


@pytest.mark.parametrize(
    ("check", "pattern", "replacement"),
    [
        (check_rule, r"np\.float32\(0\.25\)", "np.float32(0.2501)"),
        (check_rule, r"np\.float32\(np\.pi\)", "np.float32(3.14)"),
        (check_rule, r'encoding == "logit"', 'encoding == "sigmoid"'),
        (check_raw, r"\) / np\.float32\(2\)", ") / np.float32(2.01)"),
        (check_raw, r"cos - towards\[:, 1\] \* sin", "cos + towards[:, 1] * sin"),
        (check_raw, r"sin \+ towards\[:, 1\] \* cos", "sin - towards[:, 1] * cos"),
        (check_raw, r"distance\[:, :2\] \+ distance\[:, 2:\]", "distance[:, :2] + abs(distance[:, 2:])"),
        (check_raw, r"\* stride\[:, None\]", "* 8"),
        (check_raw, r"outputs\[:: output\.per_level\]", "outputs[::2]"),
        (check_raw, r"encoded=True", "encoded=False"),
        (check_detections, r"thresholds, keep_classes, enc", "thresholds, None, enc"),
        (check_detections, r"thresholds, keep_classes, enc", "Thresholds(), keep_classes, enc"),
        (check_to_image, r"plan\.left, plan\.top, 0, 0", "plan.left, plan.top, plan.left, 0"),
        (check_to_image, r"plan\.gain_x, plan\.gain_y\]", "plan.gain_y, plan.gain_x]"),
        (check_to_image, r"\[-height / half \* sin", "[height / half * sin"),
        (check_to_image, r"half = np\.float32\(2\)", "half = np.float32(2.001)"),
        (check_to_image, r"centre \+ along - across, centre - along - across",
         "centre - along - across, centre + along - across"),
        (check_to_image, r"found\.min\(axis=1\)", "found[:, 0]"),
    ],
)  # fmt: skip
def test_comparison_fails_for_a_mutated_obb_decoding(
    tmp_path: Path, check: Any, pattern: str, replacement: str
) -> None:
    broken = mutant(sound, pattern, replacement, tmp_path)
    expect_failure(check, broken, seeds=100)


def test_decoding_drops_boxes_and_angles_that_are_not_finite() -> None:
    """A NaN class score is no class."""
    angles = np.array([0.5, np.nan, np.inf, 0.5], dtype=np.float32).reshape(1, 1, 2, 2)
    boxes = np.ones((1, 4, 2, 2), dtype=np.float32)
    logits = np.full((1, 2, 2, 2), 2, dtype=np.float32)
    logits[0, 0, 1, 1] = np.nan
    outputs = [boxes, logits, angles]
    shapes = tuple(array.shape for array in outputs)
    spec = OutputSpec("raw", shapes, 1, (8,), extras=Extras(1, angle="logit"))
    found = sound.decode(outputs, spec, Thresholds())
    assert (found.index.tolist(), found.class_ids.tolist()) == ([0, 3], [0, 1])
    found = sound.decode(outputs, replace(spec, contract="end2end"), Thresholds())
    assert (found.index.tolist(), found.class_ids.tolist()) == ([0, 0], [0, 1])  # cell 1 took two of four
    rows = np.array([[9, 9, 4, 4, 0.9, 0, np.nan], [9, 9, 4, 4, 0.9, 2, 0], [9, 9, 4, 4, 0.9, 1, 0]])
    spec = OutputSpec("detections", ((1, 3, 7),), classes=2, extras=Extras(1))
    assert sound.decode([rows[None].astype(np.float32)], spec, Thresholds()).index.tolist() == [2]


def test_to_image_keeps_the_order_of_the_sides_and_the_angle() -> None:
    """W may be the shorter side; the angle is neither normalized nor clipped."""
    boxes = np.array([[50, 60, 10, 90, 9.0]], dtype=np.float32)
    moved = sound.to_image(boxes, plan_letterbox((100, 100), (200, 200)))
    np.testing.assert_array_equal(moved, np.array([[25, 30, 5, 45, 9.0]], dtype=np.float32))
    assert sound.to_image(boxes - 100, plan_letterbox((100, 100), (200, 200)))[0, 0] < 0
