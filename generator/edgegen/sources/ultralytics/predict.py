"""Run Ultralytics' own predict with rect=False, the authority for parity."""

import tempfile
from collections.abc import Callable, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from edgegen.base.arrays import Float32, Int64, Uint8
from edgegen.base.files import link_or_copy
from edgegen.base.model_files import METADATA_NAME, PTE_NAME
from edgegen.base.quiet import quiet
from edgegen.model.spec import ONE_TO_ONE, ModelSpec, branch_of
from edgegen.model.thresholds import Thresholds
from edgegen.sources.ultralytics.library import require_ultralytics
from edgegen.tasks.classify.decode import Ranking, rank
from edgegen.tasks.decoder import Result
from edgegen.tasks.depth.decode import DepthMap
from edgegen.tasks.detect.result import Detections
from edgegen.tasks.obb.decode import OrientedBoxes
from edgegen.tasks.pose.decode import Poses
from edgegen.tasks.segment.decode import MaskInputs, Segments
from edgegen.tasks.semantic.decode import ClassMap


class UltralyticsPredictor:
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
        self._raw_output: Any = None  # of the last picture
        postprocess = self._predictor.postprocess

        def keep_and_postprocess(output: Any, tensor: Any, *arguments: Any, **options: Any) -> Any:
            """Keep the logits: a class map does not show how close a choice was."""
            logits = self._logits(output, tensor)
            self._raw_output = logits[0]
            return postprocess(logits, tensor, *arguments, **options)

        if spec.task == "semantic":
            self._predictor.postprocess = keep_and_postprocess
        if spec.task == "segment":
            self._predictor.construct_result = self._keeping_mask_parts(self._predictor.construct_result)
        if largest_stride is not None:
            # Its smallest stride is 32: it would round up the input sizes of a smaller one.
            self.backend.stride = largest_stride
        self._spec, self._input_hw = spec, (spec.input.height, spec.input.width)

    def _keeping_mask_parts(self, construct_result: Any) -> Any:
        """Keep coefficients and prototypes: a mask does not show how close its pixels were."""
        from ultralytics.utils import ops

        def construct(pred: Any, img: Any, orig_img: Any, img_path: Any, proto: Any) -> Any:
            rows = pred.clone()  # construct_result scales the boxes in it to the picture
            result = construct_result(pred, img, orig_img, img_path, proto)
            if len(result) != len(rows):  # it drops empty masks
                masks = ops.process_mask(proto, rows[:, 6:], rows[:, :4], img.shape[2:], upsample=True)
                rows = rows[masks.amax((-2, -1)) > 0]
            self._raw_output = rows, proto
            return result

        return construct

    def _logits(self, output: Any, tensor: Any) -> Any:
        """Return the logits [1, nc, h, w] of a semantic map: the model's output for the input tensor."""
        return output[0] if isinstance(output, (list, tuple)) else output

    @property
    def backend(self) -> Any:
        """Ultralytics' backend: a copy of the module, or the exported folder."""
        model: Any = self._predictor.model
        return model.backend

    @cached_property
    def _module(self) -> Any:
        """The predictor's copy of the module, with its head cut to the contract.

        Its memory layout decides the order of summation. A last bit can decide which of two equally confident
        boxes is first.
        """
        from edgegen.sources.ultralytics.cut_head import cut

        return cut(self.backend.model, self._spec.task, self._spec.output.contract)

    def outputs(self, tensor: Float32) -> list[Float32]:
        """Run the module of a checkpoint, without predict's pre- and postprocessing."""
        import torch

        with quiet(), torch.inference_mode():
            outputs = self._module(torch.from_numpy(tensor))
        if isinstance(outputs, torch.Tensor):
            outputs = (outputs,)
        return [np.array(output.numpy(), dtype=np.float32) for output in outputs]

    def letterboxed(self, rgb: Uint8) -> Uint8:
        """Return the model's input bytes [H, W, 3], by the predictor's own preprocessing."""
        bgr = np.ascontiguousarray(rgb[..., ::-1])
        with quiet():
            self._predictor.setup_source(bgr)  # chooses a classifier's transforms
            (resized,) = self._predictor.pre_transform([bgr])
        return np.ascontiguousarray(resized[..., ::-1], dtype=np.uint8)

    def __call__(self, rgb: Uint8, thresholds: Thresholds, keep_classes: Sequence[int] = ()) -> Result:
        """Return predict's result for a picture [h, w, 3]; only of keep_classes, unless empty."""
        arguments = self._predictor.args
        arguments.conf = thresholds.confidence
        arguments.iou = thresholds.iou
        arguments.max_det = thresholds.max_det
        arguments.agnostic_nms = thresholds.agnostic
        arguments.classes = list(keep_classes) or None
        with quiet():
            result = self._predictor(np.ascontiguousarray(rgb[..., ::-1]))[0]
        result.raw_output, result.input_hw = self._raw_output, self._input_hw
        shown = self._result(result)
        if keep_classes and isinstance(shown, Ranking):  # predict ranks all classes
            return shown.of(keep_classes)
        return shown


def _kinds() -> dict[str, tuple[Any, Callable[[Any], Result]]]:
    """Return each task's predictor class, and the function that converts its result."""
    from ultralytics.models.yolo.classify import ClassificationPredictor
    from ultralytics.models.yolo.depth import DepthPredictor
    from ultralytics.models.yolo.detect import DetectionPredictor
    from ultralytics.models.yolo.obb import OBBPredictor
    from ultralytics.models.yolo.pose import PosePredictor
    from ultralytics.models.yolo.segment import SegmentationPredictor
    from ultralytics.models.yolo.semantic import SemanticSegmentationPredictor

    return {
        "detect": (DetectionPredictor, lambda result: Detections(*_boxes(result.boxes))),
        "pose": (PosePredictor, _poses),
        "segment": (SegmentationPredictor, _segments),
        "obb": (OBBPredictor, _oriented_boxes),
        "classify": (ClassificationPredictor, lambda result: rank(_float32(result.probs.data))),
        "semantic": (SemanticSegmentationPredictor, _class_map),
        "depth": (DepthPredictor, _depth),
    }


def _float32(tensor: Any) -> Float32:
    return np.asarray(tensor.numpy(), np.float32)


def _boxes(boxes: Any) -> tuple[Float32, Float32, Int64]:
    """Return corners, scores and classes."""
    return _float32(boxes.xyxy).reshape(-1, 4), _float32(boxes.conf), boxes.cls.numpy().astype(np.int64)


def _poses(result: Any) -> Poses:
    points = _float32(result.keypoints.data)
    if points.shape[2] == 2:  # without scores, all points count as visible
        points = np.concatenate([points, np.ones_like(points[..., :1])], axis=2)
    return Poses(*_boxes(result.boxes), points)


def _oriented_boxes(result: Any) -> OrientedBoxes:
    return OrientedBoxes(*_boxes(result.obb), _float32(result.obb.xywhr).reshape(-1, 5))


def _segments(result: Any) -> Segments:
    rows, prototypes = (_float32(each) for each in result.raw_output)
    mask_inputs = MaskInputs(rows[:, 6:], prototypes, rows[:, :4])
    nothing = np.zeros((0, *result.input_hw), dtype=np.bool_)
    masks = nothing if result.masks is None else result.masks.data.numpy() > 0
    return Segments(*_boxes(result.boxes), masks, mask_inputs)


def _class_map(result: Any) -> ClassMap:
    classes = result.semantic_mask.data.numpy().astype(np.int32).reshape(result.orig_shape)
    return ClassMap(classes, _float32(result.raw_output), result.input_hw)


def _depth(result: Any) -> DepthMap:
    return DepthMap(_float32(result.depth.data).reshape(result.orig_shape))


def open_yolo(path: Path, task: str) -> Any:
    """Return Ultralytics' YOLO object, with `export` and `predict`, of a checkpoint or an export of it."""
    with quiet():
        require_ultralytics()
        from ultralytics.models import YOLO

        return YOLO(path, task=task, verbose=False)


def folder_predictor(spec: ModelSpec) -> UltralyticsPredictor:
    """Return predict on an exported model, whatever its files are called."""
    with quiet():
        require_ultralytics()
    with tempfile.TemporaryDirectory(prefix="edgegen-", ignore_cleanup_errors=True) as folder:
        named = Path(folder) / "model_executorch_model"  # Ultralytics recognizes the format by this name
        named.mkdir()
        link_or_copy(spec.pte, named / PTE_NAME)
        link_or_copy(spec.metadata, named / METADATA_NAME)
        return UltralyticsPredictor(str(named), spec)
