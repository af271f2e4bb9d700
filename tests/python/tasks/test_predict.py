"""The numpy reference of each task, run on a real model's outputs, against Ultralytics' predict."""

from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pytest

from edgegen.model.spec import Extras, InputSpec, OutputSpec, ultralytics_shorter_side
from edgegen.model.thresholds import Thresholds
from edgegen.parity.pictures import draw_scene
from edgegen.reference import letterbox, nms, plan_letterbox, resize_bilinear, to_tensor
from edgegen.reference.nms import rotated_nms
from edgegen.tasks import extras
from edgegen.tasks.classify import decode as classify
from edgegen.tasks.depth import decode as depth
from edgegen.tasks.detect import decode as boxes
from edgegen.tasks.detect.decode import to_image
from edgegen.tasks.obb import decode as obb
from edgegen.tasks.pose import decode as pose
from edgegen.tasks.segment import decode as segment
from edgegen.tasks.segment.decode import MASK_IOU
from edgegen.tasks.semantic import decode as semantic
from edgegen.tasks.semantic.decode import ClassMap
from tests.helpers.places import TINY

Float32 = npt.NDArray[np.float32]
Uint8 = npt.NDArray[np.uint8]

FOLDER: Final = TINY.parent
SIZES: Final = ((160, 160), (97, 131), (201, 120), (300, 64), (33, 240))  # height, width of a picture
CONFIDENCE, IOU = 0.05, 0.45
PIXEL: Final = 1e-2
NEAR: Final = 1e-3  # to 0: PyTorch's last bit may decide whether a pixel belongs to a mask


class Session:
    """Ultralytics' predict of a tiny checkpoint, and the same model's outputs for the reference's input."""

    def __init__(self, task: str) -> None:
        from ultralytics import YOLO

        self.yolo: Any = YOLO(FOLDER / f"tiny-{task}.pt", task=task)

    def predict(self, rgb: Uint8, **options: Any) -> Any:
        """Return predict's result."""
        bgr = np.ascontiguousarray(rgb[..., ::-1])
        options = {"conf": CONFIDENCE, "iou": IOU, "rect": False, "verbose": False, **options}
        (result,) = self.yolo.predict(bgr, **options)
        self.size = self.yolo.predictor.imgsz[0], self.yolo.predictor.imgsz[1]
        return result

    def outputs(self, tensor: Float32) -> list[Float32]:
        """Return the outputs of the decoded model; call `predict` first."""
        import torch

        with torch.no_grad():
            found = self.yolo.predictor.model(torch.from_numpy(tensor))
        parts = found if isinstance(found, (list, tuple)) else [found]
        parts = parts[0] if isinstance(parts[0], (list, tuple)) else parts
        return [part.numpy() for part in parts if hasattr(part, "numpy")]


SESSIONS: dict[str, Session] = {}


def session(task: str) -> Session:
    if task not in SESSIONS:
        SESSIONS[task] = Session(task)
    return SESSIONS[task]


def pictures() -> list[Uint8]:
    return [draw_scene(*size, seed=seed)[0] for seed, size in enumerate(SIZES * 3)]


def boxed(rgb: Uint8, size: tuple[int, int]) -> tuple[Any, Float32]:
    """Return the letterbox plan and the input tensor of a picture."""
    spec = InputSpec(*size)
    return plan_letterbox((rgb.shape[0], rgb.shape[1]), size), to_tensor(letterbox(rgb, size), spec)


def decoded(output: Float32, more: Extras) -> OutputSpec:
    return OutputSpec("decoded", (output.shape,), extras=more)


def test_pose_reference_equals_predict() -> None:
    """Compares boxes, keypoints and scores, in their order."""
    count = 0
    for rgb in pictures():
        theirs = session("pose").predict(rgb)
        plan, tensor = boxed(rgb, session("pose").size)
        (output,) = session("pose").outputs(tensor)[:1]
        spec = decoded(output, Extras(12, (4, 3)))
        found = boxes.decode_decoded(*extras.box_outputs([output], spec), CONFIDENCE)
        kept = nms(found.boxes, found.scores, found.class_ids, IOU)
        points = pose.to_image(pose.keypoints_of([output], spec, found.index[kept]), plan)
        np.testing.assert_allclose(to_image(found.boxes[kept], plan), theirs.boxes.xyxy.numpy(), atol=PIXEL)
        np.testing.assert_allclose(points, theirs.keypoints.data.numpy().reshape(-1, 4, 3), atol=PIXEL)
        count += len(kept)
    assert count > 20


@pytest.mark.parametrize("native", [False, True], ids=["default", "retina"])
def test_segment_reference_equals_predict(native: bool) -> None:
    """Compares boxes, every pixel of the masks at both sizes, and the outlines."""
    count = 0
    for rgb in pictures():
        run = session("segment")
        theirs = run.predict(rgb, retina_masks=native, conf=0.001)
        plan, tensor = boxed(rgb, run.size)
        output, prototypes = run.outputs(tensor)[:2]
        spec = decoded(output, Extras(prototypes.shape[1]))
        found = boxes.decode_decoded(*extras.box_outputs([output], spec), 0.001)
        kept = nms(found.boxes, found.scores, found.class_ids, IOU)
        coefficients = extras.extras_at([output], spec, found.index[kept])
        shown_boxes = to_image(found.boxes[kept], plan)
        if native:
            make, corners, size = segment.masks_on_picture, shown_boxes, rgb.shape[:2]
        else:
            make, corners, size = segment.masks, found.boxes[kept], run.size
        bitmaps = make(coefficients, prototypes[0], corners, size)
        shown = segment.shown(bitmaps)
        np.testing.assert_allclose(shown_boxes[shown], theirs.boxes.xyxy.numpy(), atol=PIXEL)
        wanted = theirs.masks.data.numpy() > 0
        differ, both = bitmaps[shown] != wanted, bitmaps[shown] | wanted
        assert (differ.sum(axis=(1, 2)) <= np.maximum((1 - MASK_IOU) * both.sum(axis=(1, 2)), 1)).all()
        free = undecided(make, coefficients, prototypes[0], corners, size)[shown]
        assert not (differ & ~free).any()
        same = (bitmaps[shown] == wanted).all(axis=(1, 2))
        for place in np.flatnonzero(same):
            outline = segment.polygon(bitmaps[shown[place]], rgb.shape[:2])
            np.testing.assert_allclose(outline, theirs.masks.xy[place], atol=1e-3)
        count += int(same.sum())
    assert count > 100


def undecided(make: Any, coefficients: Float32, prototypes: Float32, corners: Float32, size: Any) -> Any:
    """Return the pixels with a value within NEAR of 0, or a position within NEAR of a side of their box.

    A further prototype of ones raises every value by its coefficient.
    """
    ones = np.concatenate([prototypes, np.ones_like(prototypes[:1])])

    def bitmaps(more: float) -> Any:
        last = np.full_like(coefficients[:, :1], more)
        outward = np.array([-more, -more, more, more], np.float32)
        return make(np.concatenate([coefficients, last], axis=1), ones, corners + outward, size)

    return bitmaps(NEAR) & ~bitmaps(-NEAR)


def test_obb_reference_equals_predict() -> None:
    """Compares oriented boxes, their corners and the upright boxes around them, in their order."""
    count = 0
    for rgb in pictures():
        run = session("obb")
        theirs = run.predict(rgb).obb
        plan, tensor = boxed(rgb, run.size)
        (output,) = run.outputs(tensor)[:1]
        found = obb.decode([output], decoded(output, Extras(1)), Thresholds(CONFIDENCE))
        kept = rotated_nms(found.boxes, found.scores, found.class_ids, IOU)
        ours = obb.to_image(found.boxes[kept], plan)
        np.testing.assert_allclose(ours, theirs.xywhr.numpy(), atol=PIXEL)
        np.testing.assert_allclose(obb.corners(ours), theirs.xyxyxyxy.numpy(), atol=PIXEL)
        np.testing.assert_allclose(obb.upright_boxes(ours), theirs.xyxy.numpy(), atol=PIXEL)
        np.testing.assert_array_equal(found.class_ids[kept], theirs.cls.numpy())
        count += len(kept)
    assert count > 20


def test_classify_reference_equals_predict() -> None:
    """Compares all probabilities and the order of the classes."""
    for rgb in pictures():
        run = session("classify")
        theirs = run.predict(rgb).probs
        plan = classify.plan_crop((rgb.shape[0], rgb.shape[1]), run.size, ultralytics_shorter_side(*run.size))
        probabilities, logits = run.outputs(classify.to_tensor(classify.crop(rgb, plan)))
        ours = classify.decode(logits, "logits")
        np.testing.assert_allclose(ours, theirs.data.numpy(), atol=1e-6)
        np.testing.assert_allclose(classify.decode(probabilities, "probabilities"), ours, atol=1e-6)
        assert classify.best_first(ours)[: len(theirs.top5)].tolist() == theirs.top5


def test_semantic_reference_equals_predict() -> None:
    """Compares every pixel, except where two logits differ by less than 0.001."""
    seen: set[int] = set()
    for rgb in pictures():
        run = session("semantic")
        theirs = run.predict(rgb).semantic_mask.data.numpy().reshape(rgb.shape[:2])
        _, tensor = boxed(rgb, run.size)
        (output,) = run.outputs(tensor)[:1]
        logits = output[0] if output.ndim == 4 else output
        right = ClassMap(theirs.astype(np.int32), logits, run.size)
        ours = ClassMap(semantic.class_map(logits, run.size, rgb.shape[:2]))
        compared = ours.compare(right, Thresholds(), OutputSpec("logits", ()))
        assert compared.passed, str(compared)
        assert compared.first.compared == theirs.size
        seen |= set(np.unique(theirs).tolist())
    assert len(seen) > 2


def test_depth_reference_equals_predict() -> None:
    """Compares the depth of every pixel, to a relative tolerance of 0.001."""
    for rgb in pictures():
        run = session("depth")
        theirs = run.predict(rgb).depth.data.numpy().reshape(rgb.shape[:2])
        tensor = to_tensor(resize_bilinear(rgb, *run.size), InputSpec(*run.size))
        (output,) = run.outputs(tensor)[:1]
        ours = depth.depth_map(output.reshape(output.shape[-2:]), run.size, rgb.shape[:2])
        np.testing.assert_allclose(ours, theirs, rtol=1e-3)
