"""Ultralytics' own predict with rect=False: what decides what is right."""

import tempfile
from collections.abc import Callable, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from edgegen.base.files import link_or_copy
from edgegen.base.quiet import quiet
from edgegen.model.spec import ONE_TO_ONE, ModelSpec, branch_of
from edgegen.model.thresholds import Thresholds
from edgegen.sources.ultralytics.checkpoint import require_ultralytics
from edgegen.tasks.classify.result import Ranking, ranked
from edgegen.tasks.depth.result import DepthMap
from edgegen.tasks.detect import Detections
from edgegen.tasks.obb.result import OrientedBoxes
from edgegen.tasks.pose.result import Poses
from edgegen.tasks.segment.result import MaskInputs, Segments
from edgegen.tasks.semantic.result import ClassMap

Uint8 = npt.NDArray[np.uint8]


class Predictor:
    """Ultralytics' predictor of a task with rect=False, for pictures in memory."""

    def __init__(self, model: Any, spec: ModelSpec, largest_stride: int | None = None) -> None:
        kind, self._result = _kinds()[spec.task]
        options = {
            "task": spec.task,
            "mode": "predict",
            "imgsz": [spec.input.height, spec.input.width],
            "rect": False,
            "nms": False if branch_of(spec.output.contract) == ONE_TO_ONE else None,
            "device": "cpu",
            "save": False,
            "verbose": False,
        }
        with quiet():
            self._predictor = kind(overrides=options)
            self._predictor.setup_model(model, verbose=False)
        self._given: Any = None  # of the last picture: see `keeping`
        postprocess = self._predictor.postprocess

        def keeping(given: Any, *arguments: Any, **more: Any) -> Any:
            """Keep what the model gave: a class map alone does not say how close a choice was."""
            first = given[0] if isinstance(given, (list, tuple)) else given
            self._given = first[0]
            return postprocess(given, *arguments, **more)

        if spec.task == "semantic":
            self._predictor.postprocess = keeping
        if spec.task == "segment":
            self._predictor.construct_result = self._with_makings(self._predictor.construct_result)
        if largest_stride is not None:
            # It takes 32 for the least stride there is, and would round a smaller one's input sizes up.
            self.backend.stride = largest_stride
        self._input_hw = (spec.input.height, spec.input.width)

    def _with_makings(self, construct_result: Any) -> Any:
        """Keep what masks are made of: a mask alone does not say how close its pixels were."""
        from ultralytics.utils import ops

        def keeping(pred: Any, img: Any, orig_img: Any, img_path: Any, proto: Any) -> Any:
            rows = pred.clone()  # the boxes in it are moved to the picture
            result = construct_result(pred, img, orig_img, img_path, proto)
            if len(result) != len(rows):  # those with an empty mask are left out
                masks = ops.process_mask(proto, rows[:, 6:], rows[:, :4], img.shape[2:], upsample=True)
                rows = rows[masks.amax((-2, -1)) > 0]
            self._given = rows, proto
            return result

        return keeping

    @property
    def backend(self) -> Any:
        """What runs the model in Ultralytics: its own copy of a module, or the exported folder."""
        model: Any = self._predictor.model
        return model.backend

    @property
    def module(self) -> Any:
        """Its own copy of the module: another memory layout sums in another order."""
        return self.backend.model

    def letterboxed(self, rgb: Uint8) -> Uint8:
        """Return the model's input bytes [H, W, 3]: the predictor's own, of its usual BGR."""
        bgr = np.ascontiguousarray(rgb[..., ::-1])
        with quiet():
            self._predictor.setup_source(bgr)  # a classifier's transforms are chosen there
            (given,) = self._predictor.pre_transform([bgr])
        return np.ascontiguousarray(given[..., ::-1], dtype=np.uint8)

    def __call__(self, rgb: Uint8, thresholds: Thresholds, keep_classes: Sequence[int] = ()) -> Any:
        """Return what predict shows for a picture [h, w, 3]; of these classes alone, if there are any."""
        arguments = self._predictor.args
        arguments.conf = thresholds.confidence
        arguments.iou = thresholds.iou
        arguments.max_det = thresholds.max_det
        arguments.agnostic_nms = thresholds.agnostic
        arguments.classes = list(keep_classes) or None
        with quiet():
            result = self._predictor(np.ascontiguousarray(rgb[..., ::-1]))[0]
        result.given = self._given
        shown = self._result(result, self._input_hw)
        if keep_classes and isinstance(shown, Ranking):  # predict itself ranks all
            return shown.of(keep_classes)
        return shown


def _kinds() -> dict[str, tuple[Any, Callable[[Any, tuple[int, int]], Any]]]:
    """Return each task's predictor, and what makes the task's result of what it returns."""
    from ultralytics.models.yolo.classify import ClassificationPredictor
    from ultralytics.models.yolo.depth import DepthPredictor
    from ultralytics.models.yolo.detect import DetectionPredictor
    from ultralytics.models.yolo.obb import OBBPredictor
    from ultralytics.models.yolo.pose import PosePredictor
    from ultralytics.models.yolo.segment import SegmentationPredictor
    from ultralytics.models.yolo.semantic import SemanticSegmentationPredictor

    return {
        "detect": (DetectionPredictor, _detections),
        "pose": (PosePredictor, _poses),
        "segment": (SegmentationPredictor, _segments),
        "obb": (OBBPredictor, _turned),
        "classify": (ClassificationPredictor, _ranking),
        "semantic": (SemanticSegmentationPredictor, _class_map),
        "depth": (DepthPredictor, _depth),
    }


def _detections(result: Any, _input_hw: tuple[int, int] = (0, 0)) -> Detections:
    boxes = result.boxes
    return Detections(
        boxes.xyxy.numpy().astype(np.float32).reshape(-1, 4),
        boxes.conf.numpy().astype(np.float32),
        boxes.cls.numpy().astype(np.int64),
    )


def _poses(result: Any, _input_hw: tuple[int, int]) -> Poses:
    boxes, points = _detections(result), result.keypoints.data.numpy().astype(np.float32)
    if points.shape[2] == 2:  # points without a score are all known
        points = np.concatenate([points, np.ones_like(points[..., :1])], axis=2)
    return Poses(boxes.boxes, boxes.scores, boxes.class_ids, points)


def _turned(result: Any, _input_hw: tuple[int, int]) -> OrientedBoxes:
    boxes = result.obb
    return OrientedBoxes(
        boxes.xyxy.numpy().astype(np.float32).reshape(-1, 4),
        boxes.conf.numpy().astype(np.float32),
        boxes.cls.numpy().astype(np.int64),
        boxes.xywhr.numpy().astype(np.float32).reshape(-1, 5),
    )


def _segments(result: Any, input_hw: tuple[int, int]) -> Segments:
    boxes = _detections(result)
    rows, prototypes = (each.numpy().astype(np.float32) for each in result.given)
    mask_inputs = MaskInputs(rows[:, 6:], prototypes, rows[:, :4])
    nothing = np.zeros((0, *input_hw), dtype=np.bool_)
    masks = nothing if result.masks is None else result.masks.data.numpy() > 0
    return Segments(boxes.boxes, boxes.scores, boxes.class_ids, masks, mask_inputs)


def _ranking(result: Any, _input_hw: tuple[int, int]) -> Ranking:
    return ranked(result.probs.data.numpy().astype(np.float32))


def _class_map(result: Any, input_hw: tuple[int, int]) -> ClassMap:
    classes = result.semantic_mask.data.numpy().astype(np.int32).reshape(result.orig_shape)
    return ClassMap(classes, result.given.numpy().astype(np.float32), input_hw)


def _depth(result: Any, _input_hw: tuple[int, int]) -> DepthMap:
    return DepthMap(result.depth.data.numpy().astype(np.float32).reshape(result.orig_shape))


def is_here() -> bool:
    """Tell whether Ultralytics is installed."""
    return find_spec("ultralytics") is not None


def on_folder(spec: ModelSpec) -> Predictor:
    """Return predict on an exported folder, of files that may have any names.

    Raises:
        ToolchainError: Ultralytics is broken, or too old.
    """
    with quiet():
        require_ultralytics()
    with tempfile.TemporaryDirectory(prefix="edgegen-", ignore_cleanup_errors=True) as folder:
        named = Path(folder) / "model_executorch_model"  # Ultralytics tells the format by the name
        named.mkdir()
        link_or_copy(spec.pte, named / "model.pte")
        link_or_copy(spec.metadata, named / "metadata.yaml")
        return Predictor(str(named), spec)
