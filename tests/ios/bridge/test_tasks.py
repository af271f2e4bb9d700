"""Tests of the bridge's keypoints, oriented boxes and masks, with mutation tests."""

# ruff: noqa: E501 - the table has one row for each mutation

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from edgegen.base.errors import ParityError
from edgegen.project.appearance import LOOK
from edgegen.reference import plan_letterbox
from edgegen.tasks.obb.decode import corners
from edgegen.tasks.segment.decode import of_runs
from tests.helpers.explaining import contents
from tests.helpers.mutating import mutated, replaced
from tests.ios.bridge.calls import (
    Answer,
    Bridge,
    BridgeOf,
    Call,
    build,
    copy_of,
    drawn,
    packed,
    same,
    thresholds,
    timeless,
)

pytestmark = pytest.mark.full

FIRST = ("constants", "letterbox", "tensor", "raw", "decode", "nms")
STAGES = {
    "pose": (*FIRST, "boxes", "keypoints"),
    "obb": (*FIRST, "boxes", "corners", "angles"),
    "segment": (*FIRST, "mask proof", "boxes", "masks"),
}
TASKS = tuple(STAGES)
COLORS = [[1, 0, 0], [0, 1, 0.5], [0.25, 0.5, 1]]  # of the three classes
INSIDE, EDGE = 0.45, 1.0  # opacity of a mask

# Task, name, file, old text, new text.
MUTATIONS = (
    ("pose", "x and y swapped", "EDGKeypoint.mm", "_x = point.x", "_x = point.y"),
    ("pose", "all can be seen", "EDGKeypoint.mm", "_visible = vision::is_visible(point)", "_visible = YES"),
    ("pose", "the first one's points", "EDGKeypoint.mm", "k = index * count; k < (index + 1) * count", "k = 0 * index; k < count"),
    ("pose", "limbs turned round", "EDGModelInfo.mm", "@(limb.from)", "@(limb.to)"),
    ("obb", "no angle", "EDGRotatedBox.mm", "_angle = box.angle", "_angle = 0"),
    ("obb", "corners of the upright box", "EDGRotatedBox.mm", "vision::corners_of(box)", "vision::corners_of({box.cx, box.cy, box.width, box.height, 0})"),
    ("segment", "no border", "EDGMask.mm", "_bitmapTop = -plan.top / plan.gain_y", "_bitmapTop = 0"),
    ("segment", "left and top swapped", "EDGMask.mm", "_left = part.left", "_left = part.top"),
    ("segment", "the first one's pixels", "EDGMask.mm", "masks.row(index, part.top)", "masks.row(0, masks.parts[0].top)"),
    ("segment", "a line elsewhere", "EDGMaskOutline.mm", "{static_cast<int>(left),", "{0,"),
    ("segment", "as opaque as a wall", "EDGMaskCanvas.mm", "kInside = 0.45", "kInside = 0.5"),
    ("segment", "no edge", "EDGMaskCanvas.mm", "kEdge = 1", "kEdge = 0.45"),
    ("segment", "not premultiplied", "EDGMaskCanvas.mm", "byte(green * opacity)", "byte(green)"),
)  # fmt: skip


@pytest.mark.parametrize("task", TASKS)
def test_self_check_of_a_task_with_boxes_compares_every_stage_in_order_and_passes(
    bridge_of: BridgeOf, task: str
) -> None:
    assert bridge_of(task).checked(STAGES[task])["images"] > 3


@pytest.mark.parametrize("task", TASKS)
def test_detect_again_with_other_thresholds_equals_a_new_detection_of_the_task(
    bridge_of: BridgeOf, tmp_path: Path, task: str
) -> None:
    """Keypoints, corners and masks change together with the boxes."""
    bridge = bridge_of(task)
    picture, again = packed(tmp_path, drawn()), {"call": "detect_again"}
    (every,) = bridge.detect(picture, confidence=0.02)
    scores = [row["score"] for row in every["detections"]]
    few, many = thresholds(sum(scores) / len(scores)), thresholds(0.02)
    _, _, first, _, more, whole, _, fewer = bridge.run(
        bridge.load(), few, picture, many, again, picture, few, again
    )
    assert same(more, whole)
    assert same(fewer, first)
    assert len(more["detections"]) > len(first["detections"]) > 0


def test_corners_of_oriented_boxes_match_numpy_in_the_same_order(bridge_of: BridgeOf, tmp_path: Path) -> None:
    """Within 0.001 pixels. The upright box is the bounding box of the corners."""
    (found,) = bridge_of("obb").detect(packed(tmp_path, drawn()), confidence=0.02)
    rotated = np.array([row["xywhr"] for row in found["detections"]], np.float32)
    assert len(rotated) > 3
    assert np.ptp(rotated[:, 4]) > 0.1
    ours = np.array([row["corners"] for row in found["detections"]])
    assert np.abs(ours - corners(rotated)).max() < 1e-3
    upright = np.array([row["box"] for row in found["detections"]])
    assert np.array_equal(upright, np.hstack([ours.min(axis=1), ours.max(axis=1)]))


def test_pose_has_the_models_keypoints_and_hides_those_of_low_confidence(
    bridge_of: BridgeOf, tmp_path: Path
) -> None:
    """The model has four keypoints and no skeleton."""
    bridge = bridge_of("pose")
    info, _, _, found = bridge.run(
        {"call": "model_info"}, bridge.load(), thresholds(0.02), packed(tmp_path, drawn())
    )
    assert (info["keypoints"], info["skeleton"]) == (4, [])
    points = np.array([row["keypoints"] for row in found["detections"]])
    assert points.shape[1:] == (4, 3)
    seen = np.array([row["visible"] for row in found["detections"]])
    assert np.array_equal(seen, points[..., 2] >= LOOK.least_visible)
    assert seen.any()
    assert not seen.all()


def test_mask_place_is_the_input_without_the_letterbox_in_picture_pixels(
    bridge_of: BridgeOf, tmp_path: Path
) -> None:
    rgb = drawn()
    (found,) = bridge_of("segment").detect(packed(tmp_path, rgb))
    plan = plan_letterbox(rgb.shape[:2], (160, 160))
    for row in found["detections"]:
        left, top, right, bottom = row["mask"]["place"]
        assert left == pytest.approx(-plan.left / plan.gain_x)
        assert top == pytest.approx(-plan.top / plan.gain_y)
        assert right - left == pytest.approx(160 / plan.gain_x)
        assert bottom - top == pytest.approx(160 / plan.gain_y)


def painted(rows: list[Mapping[str, Any]]) -> npt.NDArray[np.uint8]:
    """Paint masks over each other as the canvas does, the most confident on top."""
    height, width = rows[0]["mask"]["size"]
    canvas = np.zeros((height, width, 4))
    for row in reversed(rows):
        mask = of_runs(row["mask"]["runs"], (height, width))
        left, top, columns, lines = row["mask"]["part"]
        part = np.pad(mask[top : top + lines, left : left + columns], 1)
        neighbours = part[:-2, 1:-1] & part[2:, 1:-1] & part[1:-1, :-2] & part[1:-1, 2:]
        opacity = np.where(neighbours, INSIDE, EDGE)[..., None]
        colour = opacity * [*COLORS[row["class_id"]], 1.0]
        place = canvas[top : top + lines, left : left + columns]
        place[part[1:-1, 1:-1]] = colour[part[1:-1, 1:-1]]
    return np.floor(canvas * 255 + 0.5).astype(np.uint8)


def test_canvas_paints_masks_as_numpy_does_bit_for_bit(bridge_of: BridgeOf, tmp_path: Path) -> None:
    """A reused canvas keeps nothing of the previous picture."""
    bridge = bridge_of("segment")
    first, second = tmp_path / "first", tmp_path / "second"
    rgb = drawn()
    pictures = [packed(tmp_path, rgb), packed(tmp_path, np.ascontiguousarray(rgb[:, ::-1]))]
    paint = {"call": "paint_last", "colors": COLORS}
    _, _, one, size, other, _ = bridge.run(
        *(bridge.load(), thresholds(0.05)),
        *(pictures[0], {**paint, "output": str(first)}, pictures[1], {**paint, "output": str(second)}),
    )
    assert size == {"width": 160, "height": 160}
    for path, found in ((first, one), (second, other)):
        assert len(found["detections"]) > 2
        ours = np.fromfile(path, np.uint8).reshape(160, 160, 4)
        assert np.array_equal(ours, painted(found["detections"]))


def test_canvas_ignores_a_mask_that_does_not_fit(sanitized_segment: Bridge, tmp_path: Path) -> None:
    """A mask beyond the canvas, with too few bytes, or with an invalid size. The sanitizers check each read."""
    ones = tmp_path / "ones"
    ones.write_bytes(bytes([1]) * 12)
    output = tmp_path / "canvas"
    call = {
        "call": "paint",
        "pixels": str(ones),
        "length": 12,
        "output": str(output),
        "left": 1,
        "top": 2,
        "width": 4,
        "height": 3,
        "canvas_width": 5,
        "canvas_height": 5,
    }
    wrong: tuple[Call, ...] = (
        {"left": 2},
        {"left": -1},
        {"top": 3},
        {"top": -1},
        {"width": 0},
        {"height": 0},
        {"width": -4},
        {"length": 11},
        {"width": str(2**62)},
        {"canvas_width": -1},
        {"canvas_width": str(2**61), "canvas_height": str(2**61)},
    )
    for change in ({}, *wrong):
        sanitized_segment.run({**call, **change})
        canvas = np.fromfile(output, np.uint8)
        assert canvas.any() == (not change), change
        if not change:
            opaque = canvas.reshape(5, 5, 4)[..., 3]
            assert (opaque[2:, 1:] > 0).all()
            assert np.count_nonzero(opaque) == 12
            assert opaque[3, 2] == round(255 * INSIDE)


def test_mask_outlines_equal_the_polygons_of_the_shared_cpp_core(bridge_of: BridgeOf, tmp_path: Path) -> None:
    """The app writes its JSON from the outlines; the core writes the capture."""
    bridge = bridge_of("segment")
    picture, capture = packed(tmp_path, drawn()), tmp_path / "capture.tar"
    metadata = str(Path(bridge.model).with_name("metadata.yaml"))
    call = {
        **picture,
        "call": "capture",
        "shown": [],
        "device": "",
        "metadata": metadata,
        "output": str(capture),
    }
    *_, ours, _ = bridge.run(bridge.load(), thresholds(0.05), picture, {"call": "outlines"}, call)
    theirs = [np.array(row["polygon"]).ravel() for row in told(capture)]
    assert len(theirs) > 2
    for line, polygon in zip(ours, theirs, strict=True):
        assert len(line) > 10
        assert np.abs(np.array(line) - polygon).max() <= 0.0005001


def test_outline_of_a_mask_that_does_not_fit_is_empty(sanitized_segment: Bridge, tmp_path: Path) -> None:
    """A mask beyond the bitmap, with too few bytes, or with an invalid size. The sanitizers check each read."""
    (tmp_path / "ones").write_bytes(bytes([1]) * 12)
    part = {"left": 1, "top": 2, "width": 4, "height": 3, "pixels": str(tmp_path / "ones"), "length": 12}
    sides = {"canvas_width": 5, "canvas_height": 5, "picture_width": 10, "picture_height": 10}
    wrong: list[Call] = [
        *({key: value} for key in ("left", "top", "width", "height") for value in (-1, 5, str(2**62))),
        *({key: 0} for key in ("width", "height", "canvas_width", "canvas_height")),
        *({key: value} for key in ("picture_width", "picture_height") for value in (-1, 0, str(2**62))),
        {"canvas_width": str(2**62), "canvas_height": str(2**62)},
        {"length": 11},
    ]
    call = {"call": "outline", **part, **sides}
    sound, small, *lines = sanitized_segment.run(
        call, call | {"picture_width": 1, "picture_height": 1}, *(call | each for each in wrong)
    )
    assert sound == [2, 4, 2, 8, 8, 8, 8, 4]
    assert small == pytest.approx([0.2, 0.4, 0.2, 0.8, 0.8, 0.8, 0.8, 0.4])
    assert len(lines) > 20
    assert not any(lines)


@pytest.mark.parametrize("task", ["detect", *TASKS, "classify", "semantic", "depth"])
def test_json_keys_in_the_logic_tests_are_those_of_the_shared_cpp_core(
    bridge_of: BridgeOf, tmp_path: Path, task: str
) -> None:
    bridge = bridge_of(task)
    call = {**packed(tmp_path, drawn()), "call": "capture", "shown": [], "device": ""}
    metadata = str(Path(bridge.model).with_name("metadata.yaml"))
    bridge.run(bridge.load(), {**call, "metadata": metadata, "output": str(tmp_path / "capture.tar")})
    theirs = set(told(tmp_path / "capture.tar")[0])
    tests = (bridge.project / "Tests" / "Logic" / "ResultTests.swift").read_text(encoding="utf-8")
    (names,) = re.findall(r"row\.keys\.sorted\(\), (\[.*\])\)", tests)
    assert set(json.loads(names)) - {"track_id"} == theirs


def told(capture: Path) -> list[dict[str, Any]]:
    """Return the detections in a capture, which C++ writes."""
    rows: list[dict[str, Any]] = json.loads(contents(capture)["capture.json"])["found"]
    return rows


# --- Mutations ---


def looked_at(bridge: Bridge, folder: Path, task: str) -> list[Call]:
    """Return calls that use everything a task has in addition to boxes."""
    calls = [
        *(bridge.load(), thresholds(0.02), packed(folder, drawn())),
        {"call": "model_info"},
    ]
    paint = {"call": "paint_last", "colors": COLORS, "output": str(folder / "canvas")}
    return [*calls, {"call": "outlines"}, paint] if task == "segment" else calls


def answers(broken: Bridge, sound: Bridge, folder: Path, task: str) -> list[Answer]:
    """Return a bridge's answers on the unchanged one's model and vectors, and the painted canvas.

    Return none if its program ends.
    """
    try:
        given = [timeless(each) for each in broken.run(*looked_at(sound, folder, task))]
    except ParityError:
        return []
    return [*given, (folder / "canvas").read_bytes()] if task == "segment" else given


@pytest.mark.parametrize("task", TASKS)
def test_mutated_bridge_of_a_task_answers_differently_or_ends(
    bridge_of: BridgeOf, tmp_path: Path, task: str
) -> None:
    """Each mutation changes one place."""
    sound = bridge_of(task)
    project, out = copy_of(sound.project, Path(sound.program).parents[1], tmp_path)
    if task == "pose":  # the tiny model has no skeleton
        header = project / "Core" / "model_info.h"
        limbs = "inline constexpr vision::ModelInfo::Limb kSkeleton[] = {{0, 1}};\n\n"
        replaced(header, "// All constants, for", limbs + "// All constants, for")
        replaced(header, "  info.make_task", "  info.skeleton = kSkeleton;\n  info.make_task")
    folder = tmp_path / "pictures"
    folder.mkdir()
    expected = answers(build(project, out), sound, folder, task)
    assert expected
    for of, what, file, old, new in MUTATIONS:
        if of != task:
            continue
        with mutated(project / "Bridge" / file, old, new):
            assert answers(build(project, out), sound, folder, task) != expected, what
