"""Tests of the check that an Android app draws what it reports: it notices a drawing that is off.

The drawings are made here with OpenCV, which smooths as Android's canvas does.
"""

import gzip
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt
import pytest

from edgegen.project.appearance import LOOK
from edgegen.reference.letterbox import plan_letterbox
from edgegen.targets.android import drawn
from edgegen.tasks.detect.result import Detections
from edgegen.tasks.obb.decode import OrientedBoxes, corners
from edgegen.tasks.pose.decode import Poses
from edgegen.tasks.segment.decode import Segments
from edgegen.tasks.semantic.decode import IGNORED, ClassMap

PICTURE = (120, 200)  # height, width
INPUT = (96, 96)
VIEW = (480, 300)
SCALE = 4.0  # the picture fills the height; 250 of its 800 columns are cut off on each side
LEFT = -250.0

BOXES = np.array([[70, 20, 130, 90], [5, 5, 30, 60.5]], dtype=np.float32)
SCORES = np.array([0.9, 0.8], dtype=np.float32)
CLASSES = np.array([1, 0])


def to_view(places: npt.NDArray[np.floating[Any]]) -> npt.NDArray[np.float64]:
    """Convert coordinates of the picture to the view."""
    return np.asarray(places * SCALE + [LEFT, 0], dtype=np.float64)


def calls(**drawn_there: Sequence[Sequence[float]]) -> dict[str, Any]:
    """Return an overlay's drawing calls as the driver writes them."""
    return {
        "width": VIEW[1],
        "height": VIEW[0],
        "boxes": [],
        "points": [],
        "shapes": [],
        **{name: [np.ravel(one).tolist() for one in each] for name, each in drawn_there.items()},
    }


def painted(file: Path, labels: npt.NDArray[np.int64], colours: npt.NDArray[np.uint32], whole: bool) -> None:
    """Draw a coloured image over the view as the app does, and write the pixels."""
    plan = plan_letterbox(PICTURE, PICTURE if whole else INPUT)
    across, down = SCALE / plan.gain_x, SCALE / plan.gain_y
    matrix = np.array(
        [
            [across, 0, LEFT - plan.left * across + across / 2 - 0.5],
            [0, down, -plan.top * down + down / 2 - 0.5],
        ]
    )
    argb = colours.astype("<u4").view(np.uint8).reshape(*labels.shape, 4).astype(np.float64)
    argb[..., :3] *= argb[..., 3:] / 255
    size = (VIEW[1], VIEW[0])
    smooth = cv2.warpAffine(argb, matrix, size, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT)
    alpha = smooth[..., 3:]
    smooth[..., :3] = np.where(alpha > 0, smooth[..., :3] * 255 / np.maximum(alpha, 1), 0)
    file.write_bytes(gzip.compress(np.round(smooth).clip(0, 255).astype(np.uint8).tobytes()))


def coloured(labels: npt.NDArray[np.int64], alpha: int) -> npt.NDArray[np.uint32]:
    """Return the colours of classes, 0xAARRGGBB; 0 for no class."""
    table = np.array([*LOOK.class_colours, 0], dtype=np.uint32) | np.uint32(alpha << 24)
    table[-1] = 0
    return np.asarray(table[labels])


def worst(stages: Sequence[drawn.Stage]) -> Mapping[str, bool]:
    """Return for each stage whether it passed."""
    assert all(stage.compared for stage in stages)
    return {stage.name: stage.passed for stage in stages}


@pytest.mark.parametrize(("off", "passed"), [(0.0, True), (0.9, True), (3.0, False)])
def test_drawn_boxes_pass_within_a_pixel_and_fail_when_moved_missing_or_added(
    tmp_path: Path, off: float, passed: bool
) -> None:
    """The order of the boxes does not matter."""
    found, places = Detections(BOXES, SCORES, CLASSES), to_view(BOXES.reshape(-1, 2, 2) + off / SCALE)
    backwards = calls(boxes=places[::-1])
    assert worst(drawn.stages(found, PICTURE, backwards, tmp_path)) == {"drawn boxes": passed}
    for other in (places[:1], [*places, places[0]], places[[0, 0]]):
        assert worst(drawn.stages(found, PICTURE, calls(boxes=other), tmp_path)) == {"drawn boxes": False}


def test_drawn_keypoints_fail_when_moved_or_when_hidden_ones_are_drawn(tmp_path: Path) -> None:
    """Keypoints below the visibility threshold are hidden."""
    points = np.array([[[10, 20, 0.9], [100, 50, 0.1]], [[60, 70, 0.26], [0, 0, 0.5]]], dtype=np.float32)
    boxes = to_view(BOXES.reshape(-1, 2, 2))
    seen = to_view(points[points[..., 2] >= LOOK.least_visible][:, :2])
    found = Poses(BOXES, SCORES, CLASSES, points)

    def passed(places: Sequence[Sequence[float]]) -> bool:
        return worst(drawn.stages(found, PICTURE, calls(boxes=boxes, points=places), tmp_path))[
            "drawn keypoints"
        ]

    assert passed(seen)
    assert not passed(to_view(points.reshape(-1, 3)[:, :2]))
    assert not passed(seen + 2)


def test_drawn_oriented_boxes_pass_from_any_first_corner_and_fail_when_moved(tmp_path: Path) -> None:
    """A box that is rotated the other way fails too."""
    rotated = np.array([[100, 60, 50, 20, 0.5], [60, 40, 30, 30, 3.0]], dtype=np.float32)
    found = OrientedBoxes(BOXES, SCORES, CLASSES, rotated)
    shapes = to_view(corners(rotated).reshape(-1, 4, 2))

    def passed(drawn_there: npt.NDArray[np.float64]) -> bool:
        return worst(drawn.stages(found, PICTURE, calls(shapes=drawn_there), tmp_path))["drawn corners"]

    assert passed(np.roll(shapes, 2, axis=1))
    mirrored = corners(rotated * [1, 1, 1, 1, -1]).reshape(-1, 4, 2)
    assert not passed(to_view(mirrored))
    assert not passed(shapes + 2)


def masks() -> npt.NDArray[np.bool_]:
    """Return two masks in the model's input; the more confident one covers a part of the other."""
    both = np.zeros((2, *INPUT), dtype=np.uint8)
    cv2.ellipse(both[0], (48, 50), (22, 12), 20, 0, 360, 1, -1)
    cv2.rectangle(both[1], (40, 30), (60, 55), 1, -1)
    return both.astype(np.bool_)


BREAKING: dict[str, Callable[[npt.NDArray[np.int64]], npt.NDArray[np.int64]]] = {
    "nothing": lambda labels: labels,
    "transposed": lambda labels: np.ascontiguousarray(labels.T),
    "a pixel off": lambda labels: np.roll(labels, 1, axis=1),
    "the worst on top": lambda labels: np.where(masks()[1], 0, labels),
    "colours exchanged": lambda labels: np.where(labels < 0, labels, 1 - labels),
    "another colour": lambda labels: np.where(labels == 0, 3, labels),
}


def labelled(found: Segments) -> npt.NDArray[np.int64]:
    """Return the colour index of each pixel of the masks, the most confident mask on top."""
    labels = np.full(INPUT, -1)
    for mask, class_id in zip(found.masks[::-1], found.class_ids[::-1], strict=True):
        labels[mask] = class_id % len(LOOK.class_colours)
    return labels


def as_masks(labels: npt.NDArray[np.int64]) -> npt.NDArray[np.uint32]:
    """Return the colours of masks as the app paints them: half transparent, with an opaque border."""
    inside = np.zeros(INPUT, dtype=np.bool_)
    for each in np.unique(labels[labels >= 0]):
        inside |= cv2.erode((labels == each).astype(np.uint8), np.ones((3, 3), dtype=np.uint8)) > 0
    return np.where(inside, coloured(labels, 0x80), coloured(labels, 0xFF))


def drawn_masks(found: Segments, labels: npt.NDArray[np.int64], file: Path) -> bool | None:
    """Return whether these masks pass, or None if nothing was compared."""
    painted(file, labels, as_masks(labels), whole=False)
    boxes = calls(boxes=to_view(found.boxes.reshape(-1, 2, 2)))
    (stage,) = (each for each in drawn.stages(found, PICTURE, boxes, file) if each.name == "drawn masks")
    return stage.passed if stage.compared else None


@pytest.mark.parametrize("classes", [(1, 0), (0, 0), (0, len(LOOK.class_colours))], ids=str)
@pytest.mark.parametrize("how", BREAKING)
def test_drawn_masks_fail_when_their_pixels_or_colours_change(
    tmp_path: Path, how: str, classes: tuple[int, int]
) -> None:
    """With two classes, one class, and two classes that share a colour. A file without masks fails too."""
    found = Segments(BOXES, SCORES, np.array(classes), masks())
    labels = labelled(found)
    broken = BREAKING[how](labels)
    same = bool((broken == labels).all())
    assert drawn_masks(found, broken, tmp_path / "0.argb.gz") == same
    (tmp_path / "0.argb.gz").unlink()
    boxes = calls(boxes=to_view(BOXES.reshape(-1, 2, 2)))
    assert not worst(drawn.stages(found, PICTURE, boxes, tmp_path / "0.argb.gz"))["drawn masks"]


@pytest.mark.parametrize("radius", [1, 2, 3, 6, 12])
def test_drawn_masks_of_few_pixels_and_partly_hidden_ones_pass(tmp_path: Path, radius: int) -> None:
    """Masks so small consist mostly of their border."""
    both = np.zeros((2, *INPUT), dtype=np.uint8)
    cv2.circle(both[0], (48, 50), radius, 1, -1)
    cv2.circle(both[1], (48 + 1 + radius // 3, 50), radius, 1, -1)
    for count in (1, 2):
        found = Segments(BOXES[:count], SCORES[:count], CLASSES[:count], both[:count].astype(np.bool_))
        assert drawn_masks(found, labelled(found), tmp_path / "0.argb.gz")


def test_drawn_masks_of_the_previous_picture_fail_without_detections(tmp_path: Path) -> None:
    """Without detections and without painted masks, nothing is compared."""
    nothing = Segments(BOXES[:0], SCORES[:0], CLASSES[:0], masks()[:0])
    left_over = labelled(Segments(BOXES, SCORES, CLASSES, masks()))
    assert drawn_masks(nothing, left_over, tmp_path / "0.argb.gz") is False
    assert drawn_masks(nothing, np.full(INPUT, -1), tmp_path / "0.argb.gz") is None


@pytest.mark.parametrize("off", [0, 3])
def test_drawn_class_map_fails_when_it_is_moved(tmp_path: Path, off: int) -> None:
    """Pixels without a shown class stay transparent."""
    classes = np.zeros(PICTURE, dtype=np.int32)
    classes[40:, 90:] = 1
    classes[80:] = IGNORED
    labels = np.where(classes == IGNORED, -1, classes).astype(np.int64)
    file = tmp_path / "0.argb.gz"
    moved = np.roll(labels, off, axis=0)
    painted(file, moved, coloured(moved, 0x8C), whole=True)
    passed = worst(drawn.stages(ClassMap(classes), PICTURE, calls(), file))
    assert passed == {"drawn class map": not off}
