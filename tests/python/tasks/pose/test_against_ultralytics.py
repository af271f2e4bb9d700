"""Keypoints in numpy against Ultralytics' heads and its mapping to the picture; and mutated copies."""

import inspect
from functools import cache
from pathlib import Path
from typing import Any, Final

import numpy as np
import pytest

import edgegen.tasks.pose.decode as sound
from edgegen.model.spec import KEYPOINT_RULES, Extras, OutputSpec
from edgegen.project.appearance import LOOK
from edgegen.reference import plan_letterbox
from edgegen.tasks import extras
from edgegen.tasks.detect import decode as boxes
from tests.helpers.mutating import expect_failure, mutant
from tests.python.tasks.random_heads import BOX, SCORE, STRIDES, HeadCase, ready, same_rows, sizes

RULES: Final = dict(zip(("pose", "pose26"), KEYPOINT_RULES, strict=True))
SHAPES: Final = ((17, 3), (4, 2), (1, 3), (21, 3), (5, 2), (1, 2))


@cache  # drawing its weights is slow
def head(rule: str, shape: tuple[int, int], classes: int, reg_max: int) -> Any:
    """Return Ultralytics' own head."""
    from ultralytics.nn.modules import head as heads

    kind = {"pose": heads.Pose, "pose26": heads.Pose26}[rule]
    return ready(kind(classes, shape, reg_max, end2end=True, ch=(16, 16)))


def of_case(seed: int) -> tuple[HeadCase, tuple[int, int], str, Any]:
    shape = SHAPES[seed % len(SHAPES)]
    case = HeadCase(seed, shape[0] * shape[1])
    rule = ("pose", "pose26")[seed // len(SHAPES) % 2]
    made = head(rule, shape, case.classes, case.reg_max)
    made.shape = None  # forces Ultralytics to count the cells again
    return case, shape, rule, made


def extras_of(shape: tuple[int, int], rule: str = "") -> Extras:
    """Return the extras of keypoints, with the rule of a head for levels."""
    return Extras(shape[0] * shape[1], shape, *(RULES[rule] if rule else ()))


def filled(points: Any, shape: tuple[int, int]) -> Any:
    """Return keypoints [n, K, 3], with score 1 if Ultralytics has no score."""
    points = np.asarray(points, dtype=np.float32).reshape(-1, *shape)
    return points if shape[1] == 3 else np.concatenate([points, np.ones_like(points[..., :1])], axis=2)


def check_levels(decode: Any, seed: int) -> None:
    """Compare keypoints of levels, and of Ultralytics' decoded tensor, with that tensor."""
    case, shape, rule, made = of_case(seed)
    made.end2end = False
    theirs = case.inferred(made, "kpts")[0].numpy()
    index = case.index()
    wanted = filled(theirs[4 + case.classes :, index].T, shape)
    spec = case.spec("raw", extras_of(shape, rule))
    ours = decode.keypoints_of(case.outputs, spec, index)
    np.testing.assert_allclose(ours[..., :2], wanted[..., :2], rtol=0, atol=BOX / 10)
    np.testing.assert_allclose(ours[..., 2], wanted[..., 2], rtol=0, atol=SCORE)
    again = decode.keypoints_of([theirs[None]], case.spec("decoded", extras_of(shape), [theirs[None]]), index)
    np.testing.assert_array_equal(again, wanted)


def check_detections(decode: Any, seed: int) -> None:
    """Compare boxes with keypoints of an end-to-end head with the rows of predict(nms=False)."""
    from ultralytics.utils.nms import non_max_suppression

    case, shape, rule, made = of_case(seed)
    made.end2end, made.max_det, made.agnostic_nms = True, max(case.max_det, 300), case.agnostic
    rows = made.postprocess(case.inferred(made, "kpts").permute(0, 2, 1))
    options = {"max_det": case.max_det, "end2end": True}
    (shown,) = non_max_suppression(rows, case.confidence, 0.7, case.keep, case.agnostic, **options)
    theirs = np.asarray(shown, dtype=np.float32)
    wanted = np.concatenate([theirs[:, :6], filled(theirs[:, 6:], shape).reshape(-1, 3 * shape[0])], axis=1)

    spec = case.spec("end2end", extras_of(shape, rule))
    found = boxes.top_k(
        extras.box_outputs(case.outputs, spec), STRIDES, case.reg_max, case.confidence, case.keep,
        max_det=case.max_det, agnostic=case.agnostic,
    )  # fmt: skip
    order = boxes.most_confident(found, case.max_det)
    ours = decode.keypoints_of(case.outputs, spec, found.index[order])
    columns = (found.boxes, found.scores[:, None], found.class_ids[:, None])
    shown = [*(column[order] for column in columns), ours.reshape(-1, 3 * shape[0])]
    same_rows(np.concatenate(shown, axis=1), wanted, case.scores())

    model = [rows.numpy()]
    spec = case.spec("detections", extras_of(shape), model)
    (plain,) = extras.box_outputs(model, spec)
    kept = boxes.decode_detections(plain, case.classes, case.confidence, case.keep)
    again = decode.keypoints_of(model, spec, kept.index)
    np.testing.assert_array_equal(again[: case.max_det], wanted[:, 6:].reshape(-1, shape[0], 3))


def check_to_image(decode: Any, seed: int) -> None:
    """Compare the mapping to the picture with `scale_coords`: inside and outside it, any two sizes."""
    import torch
    from ultralytics.utils.ops import scale_coords

    picture, model_input = sizes(seed)
    random = np.random.default_rng(seed)
    extent = (max(model_input) * 1.5, max(model_input) * 1.5, 1)
    points = (random.uniform(-0.3, 1, (9, 3, 3)) * extent).astype(np.float32)
    ours = decode.to_image(points, plan_letterbox(picture, model_input))
    wanted = scale_coords(model_input, torch.from_numpy(points.copy()), picture).numpy()
    np.testing.assert_allclose(ours, wanted, rtol=2e-7, atol=0)
    assert np.array_equal(ours[..., 2], points[..., 2])


CHECKS: Final = (check_levels, check_detections, check_to_image)


@pytest.mark.parametrize("check", CHECKS)
def test_keypoints_equal_ultralytics(check: Any) -> None:
    """Uses thousands of random cells: both rules, any number of points, with and without visibility."""
    for seed in range(1500 if check is check_to_image else 300):
        check(sound, seed)


@pytest.mark.parametrize(
    ("check", "pattern", "replacement"),
    [
        (check_levels, r"\(encoding\.keypoint_shift\)", "(encoding.keypoint_shift - 0.01)"),
        (check_levels, r"\(encoding\.keypoint_scale\)", "(encoding.keypoint_scale + 0.01)"),
        (check_levels, r"places \* stride\[:, None, None\]", "places * stride[:1, None, None]"),
        (check_to_image, r"points_to_picture\(keypoints\[\.\.\., :2\], plan\)", "keypoints[..., :2]"),
        (check_to_image, r"plan\), keypoints\[\.\.\., 2:\]", "plan), keypoints[..., :1]"),
        (check_levels, r"sigmoid\(scores\)", "scores"),
        (check_levels, r"shape\[1\] == 2", "shape[1] == 1"),
        (check_levels, r"KNOWN: Final = np\.float32\(1\)", "KNOWN: Final = np.float32(0.99)"),
    ],
)  # fmt: skip
def test_comparison_fails_for_a_mutated_pose_decoding(
    tmp_path: Path, check: Any, pattern: str, replacement: str
) -> None:
    broken = mutant(sound, pattern, replacement, tmp_path)
    expect_failure(check, broken, seeds=60)


def test_to_image_zeroes_keypoints_that_are_not_finite() -> None:
    """Such a point becomes 0, 0 with score 0; the others stay."""
    points = np.full((5, 2, 3), 40, dtype=np.float32)
    points[..., 2] = 0.5
    points[0, 0, 0], points[1, 0, 1], points[2, 0, 2] = np.nan, np.inf, np.nan
    points[3, 0, :2] = -np.inf, 7
    moved = sound.to_image(points, plan_letterbox((50, 80), (96, 96)))
    assert np.array_equal(moved[:4, 0], np.zeros((4, 3)))
    assert np.array_equal(moved[:, 1], np.broadcast_to(moved[4, 1], (5, 3)))
    assert moved[4, 1, 2] == 0.5
    maps = np.full((1, 3, 2, 2), np.nan, dtype=np.float32)
    spec = OutputSpec("raw", (), 1, (8,), extras=extras_of((1, 3), "pose"))
    lost = sound.keypoints_of([maps, maps, maps], spec, np.array([3]))
    assert np.isnan(lost).all()


def test_keypoints_of_no_boxes_have_an_empty_shape() -> None:
    none = np.empty(0, dtype=np.int64)
    maps = np.zeros((1, 34, 2, 3), dtype=np.float32)
    spec = OutputSpec("raw", (), 1, (8,), extras=extras_of((17, 2), "pose26"))
    found = sound.keypoints_of([maps, maps, maps], spec, none)
    assert found.shape == (0, 17, 3)
    assert sound.to_image(found, plan_letterbox((5, 5), (32, 32))).shape == (0, 17, 3)


def test_app_keypoint_threshold_equals_ultralytics() -> None:
    from ultralytics.utils.plotting import Annotator

    assert inspect.signature(Annotator.kpts).parameters["conf_thres"].default == LOOK.least_visible
