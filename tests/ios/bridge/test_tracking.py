"""Tests of the bridge's tracker: its track IDs and boxes are those of the reference."""

# ruff: noqa: E501 - the table has one row for each mutation

import contextlib
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from edgegen.base.errors import ParityError
from tests.helpers.bytetrack import ByteTrack
from tests.helpers.moving_boxes import Frame, moving, turning
from tests.helpers.mutating import mutated, replaced
from tests.ios.bridge.calls import Answer, Bridge, BridgeOf, Call, build, copy_of, drawn, packed, thresholds

pytestmark = pytest.mark.full

WIDTH, HEIGHT = 640, 480  # of the scenes' frames, in pixels

# Kind of scenes, name, file, old text, new text.
MUTATIONS = (
    ("upright", "all are number one", "Bridge/EDGTracker.mm", "trackNumber = core.track_ids[i]", "trackNumber = 1"),
    ("upright", "unsure ones continue nothing", "Core/tracking/bytetrack.h", "kLowScore = 0.1F", "kLowScore = 0.2F"),
    ("upright", "not cut at the frame", "Bridge/EDGTracker.mm", "core.width = static_cast<int>(result.imageWidth)", "core.width = 2000"),
    ("turned", "taken as upright", "Bridge/EDGTracker.mm", "_core = vision::ByteTrack(vision::kRotatedBoxes)", "_core = vision::ByteTrack()"),
    ("turned", "no angle", "Bridge/EDGTracker.mm", "box.height, box.angle}", "box.height, 0}"),
    ("turned", "corners of another object", "Bridge/EDGTracker.mm", "bridge::add_parts(one, core, i)", "bridge::add_parts(one, core, core.boxes.size() - 1 - i)"),
)  # fmt: skip


def call_of(frames: Sequence[Frame]) -> Call:
    """Return the call that tracks the detections of frames."""
    rows = [np.concatenate([boxes, scores[:, None]], 1).tolist() for boxes, scores in frames]
    return {"call": "follow", "frames": rows, "width": WIDTH, "height": HEIGHT}


def scenes(kind: str) -> list[list[Frame]]:
    """Return a few videos of upright or oriented boxes; one has empty frames and boxes without area."""
    if kind == "turned":
        return [list(turning(seed)) for seed in range(3)]
    nothing = (np.zeros((0, 4), np.float32), np.zeros(0, np.float32))
    flat = (np.float32([[5, 5, 5, 9], [9, 9, 4, 20], [1, 1, 30, 30]]), np.float32([0.9, 0.8, 0.7]))
    odd = [nothing, flat, nothing, flat, *[nothing] * 33, flat, flat]
    return [*(list(moving(seed, things=6 + 3 * seed)) for seed in range(6)), odd]


def problems(kind: str, answers: Sequence[Answer]) -> list[str]:
    """Return the frames in which track IDs, indices or boxes differ from the reference."""
    wrong = []
    for video, (frames, answer) in enumerate(zip(scenes(kind), answers, strict=True)):
        tracker = ByteTrack()
        for at, (frame, ours) in enumerate(zip(frames, answer, strict=True)):
            right = tracker.update(*frame)
            same = [(row["track"], row["class_id"]) for row in ours] == [
                (one.number, one.index) for one in right
            ]
            key = "xywhr" if kind == "turned" else "box"
            boxes = [
                one.box if kind == "turned" else np.clip(one.box, 0, [WIDTH, HEIGHT] * 2) for one in right
            ]
            if not same or not np.allclose([row[key] for row in ours], boxes or [], atol=1e-4):
                wrong.append(f"video {video}, frame {at}")
    return wrong


@pytest.mark.parametrize("kind", ["upright", "turned"])
def test_tracker_matches_the_reference_and_its_mutations_do_not(
    bridge: Bridge, bridge_of: BridgeOf, tmp_path: Path, kind: str
) -> None:
    """Objects cross, hide and return. Boxes match to 0.0001 pixels."""
    sound = bridge if kind == "upright" else bridge_of("obb")
    calls = [call_of(frames) for frames in scenes(kind)]
    answers = sound.run(*calls)
    assert problems(kind, answers) == []
    assert all(max(row["track"] for rows in answer for row in rows) > 3 for answer in answers[:-1])

    project, out = copy_of(sound.project, Path(sound.program).parents[1], tmp_path)
    for of, what, file, old, new in MUTATIONS:
        if of != kind:
            continue
        with mutated(project / file, old, new):
            broken = build(project, out)
        with contextlib.suppress(ParityError):  # it ended
            assert problems(kind, broken.run(*calls)), what


def strangers(bridge: Bridge, folder: Path, part: str) -> list[str]:
    """Return the tracked objects that have a part of another one, in a first frame or in its reversal."""
    *_, found, frames = bridge.run(
        *(bridge.load(), thresholds(0.1), packed(folder, drawn()), {"call": "follow"})
    )
    rows = {(row["class_id"], row["score"]): row for row in found["detections"]}
    wrong = []
    for at, things in enumerate(frames):
        assert [thing["track"] for thing in things] == list(range(1, len(things) + 1))
        assert len(things) == sum(row["score"] >= 0.25 for row in found["detections"]) > 1
        for thing in things:
            ours, right = thing[part], rows[thing["class_id"], thing["score"]][part]
            # The corners of the track's box may be rounded differently and start elsewhere.
            same = np.allclose(sorted(ours), sorted(right), atol=1e-2) if part == "corners" else ours == right
            if not same:
                wrong.append(f"frame {at}, thing {thing['track']}")
    return wrong


@pytest.mark.parametrize(("task", "part"), [("pose", "keypoints"), ("segment", "mask"), ("obb", "corners")])
def test_tracked_object_keeps_its_own_keypoints_mask_or_corners(
    bridge_of: BridgeOf, tmp_path: Path, task: str, part: str
) -> None:
    """Independent of its position in the frame. A mutation that mixes up the positions is noticed."""
    bridge = bridge_of(task)
    assert strangers(bridge, tmp_path, part) == []
    if task != "pose":
        return
    project, out = copy_of(bridge.project, Path(bridge.program).parents[1], tmp_path)
    parts = "bridge::add_parts(one, core, {})"
    place = parts.format("static_cast<std::size_t>(box.index)")
    replaced(project / "Bridge/EDGTracker.mm", parts.format("i"), place)
    wrong = strangers(build(project, out), tmp_path, part)
    assert wrong
    assert all(each.startswith("frame 1") for each in wrong)
