"""Run YOLOX's own inference, the authority for parity: its preprocessing, network, decoding and NMS."""

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
import torch

from edgegen.base.arrays import Float32, Uint8
from edgegen.base.quiet import quiet
from edgegen.model.spec import ModelSpec
from edgegen.model.thresholds import Thresholds
from edgegen.tasks.detect.result import Detections

_IGNORED: Final = -1.0  # an objectness below all thresholds


class YoloxPredictor:
    """YOLOX's inference for pictures in memory.

    YOLOX trains and validates on pictures of OpenCV, which begin with blue. `YoloxProcessor` of
    pixeltable-yolox gives red first, so it is not used.
    """

    def __init__(self, network: Any, module: Any, spec: ModelSpec) -> None:
        """network: YOLOX's own, in evaluation mode. module: the network with the contract's outputs."""
        self._network, self._module, self._spec = network, module, spec

    def outputs(self, tensor: Float32) -> list[Float32]:
        """Return box0, cls0, box1, ... of the contract for the input tensor [1, 3, H, W]."""
        with torch.inference_mode():
            return [output.numpy() for output in self._module(torch.from_numpy(tensor))]

    def letterboxed(self, rgb: Uint8) -> Uint8:
        """Return the input's bytes [H, W, 3], by YOLOX's preprocessing."""
        bgr, _ = self._preprocess(rgb)
        return np.ascontiguousarray(bgr[::-1].transpose(1, 2, 0), dtype=np.uint8)

    def __call__(self, rgb: Uint8, thresholds: Thresholds, keep_classes: Sequence[int] = ()) -> Detections:
        """Return the boxes of a picture [h, w, 3]; only those of keep_classes, unless empty.

        YOLOX limits neither the number of boxes nor their corners: here, the best max_det are kept, and boxes
        are clipped to the picture.
        """
        from yolox.utils.boxes import postprocess

        bgr, ratio = self._preprocess(rgb)
        with quiet(), torch.inference_mode():
            prediction = self._network(torch.from_numpy(self._normalized(bgr)))
            if keep_classes:
                others = ~torch.isin(prediction[..., 5:].argmax(dim=-1), torch.tensor(list(keep_classes)))
                prediction[..., 4][others] = _IGNORED
            (rows,) = postprocess(
                prediction,
                self._spec.num_classes,
                thresholds.confidence,
                thresholds.iou,
                class_agnostic=thresholds.agnostic,
            )
        found = np.zeros((0, 7), np.float32) if rows is None else rows[: thresholds.max_det].numpy()
        height, width = rgb.shape[:2]
        boxes = np.clip(found[:, :4] / np.float32(ratio), 0, np.array([width, height] * 2, np.float32))
        return Detections(boxes, found[:, 4] * found[:, 5], found[:, 6].astype(np.int64))

    def _preprocess(self, rgb: Uint8) -> tuple[Float32, float]:
        """Return the bytes [3, H, W], blue first, as float32, and the ratio of the resize."""
        from yolox.data.data_augment import preproc

        bgr = np.ascontiguousarray(rgb[..., ::-1])
        with quiet():
            prepared, ratio = preproc(bgr, (self._spec.input.height, self._spec.input.width))
        return prepared, ratio

    def _normalized(self, bgr: Float32) -> Float32:
        """Return the input tensor [1, 3, H, W]. Only models of the older training normalize."""
        how = self._spec.input
        channels = (bgr if how.color == "BGR" else bgr[::-1])[None]
        mean, std = (np.array(values).reshape(1, 3, 1, 1) for values in (how.mean, how.std))
        return np.ascontiguousarray((channels.astype(np.float64) * how.scale - mean) / std, dtype=np.float32)
