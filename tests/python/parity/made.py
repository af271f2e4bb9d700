"""Small models and authorities for tests of golden vectors, and a reader that follows only their README."""

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from edgegen.model.spec import InputSpec, ModelSpec, OutputSpec
from edgegen.model.thresholds import Thresholds
from edgegen.reference import letterbox
from edgegen.tasks.detect.decoder import random_outputs
from edgegen.tasks.detect.result import Detections
from tests.helpers.detecting import detect
from tests.helpers.specs import spec_from_metadata

Float32 = npt.NDArray[np.float32]
STRIDES = (8, 16, 32)
REG_MAX = {"raw": 16, "end2end": 1}  # of the models in this module
DTYPES = {"u8": "<u1", "u32": "<u4", "f32": "<f4"}
MODEL_ARRAYS = {
    "raw.sample.candidate",
    "raw.sample.class",
    "raw.sample.value",
    "boxes.box",
    "boxes.score",
    "boxes.class",
}


def model(contract: str, classes: int = 5, hw: tuple[int, int] = (96, 160)) -> ModelSpec:
    cells = [(hw[0] // stride, hw[1] // stride) for stride in STRIDES]
    if contract in REG_MAX:
        bins = REG_MAX[contract]
        shapes = tuple(s for h, w in cells for s in ((1, 4 * bins, h, w), (1, classes, h, w)))
        output = OutputSpec(contract, shapes, bins, STRIDES)
    elif contract == "detections":
        output = OutputSpec(contract, ((1, 300, 6),), classes=classes)
    else:
        output = OutputSpec("decoded", ((1, 4 + classes, sum(h * w for h, w in cells)),))
    return spec_from_metadata("detect", tuple(f"class {i}" for i in range(classes)), InputSpec(*hw), output)


@dataclass
class Made:
    """An authority whose model gives the same made-up outputs for every picture."""

    spec: ModelSpec
    source: str = "pytorch"
    gain: float = 0.0  # added to all class outputs
    shift: float = 0.0  # error of its boxes in pixels
    dim: float = 0.0  # subtracted from its scores
    pixel: int = 0  # error of its letterboxed bytes
    drop: int = 0  # number of boxes that it leaves out
    turn: int = 0  # added to its class IDs
    seen: list[Float32] = field(default_factory=list)

    def letterboxed(self, rgb: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
        boxed = letterbox(rgb, (self.spec.input.height, self.spec.input.width))
        return (boxed.astype(int) + self.pixel).clip(0, 255).astype(np.uint8)

    def outputs(self, tensor: Float32) -> list[Float32]:
        self.seen.append(tensor)
        few, classes = random_outputs(self.spec, seed=7, count=120)
        outputs = []
        for output, shape in zip(few, self.spec.output.shapes, strict=True):
            boxes = 4 if self.spec.output.contract == "decoded" else 0
            if output.shape == shape:
                outputs.append(output.copy())
                continue
            whole = np.full(shape, -16 if boxes == 0 else 0, dtype=np.float32)
            whole[:, :boxes] = output[:, :boxes]
            whole[:, boxes + classes] = output[:, boxes:]
            outputs.append(whole)
        if self.spec.output.has_levels:
            for cls in outputs[1::2]:
                cls += np.float32(self.gain)
        return outputs

    def result(self, rgb: npt.NDArray[np.uint8], thresholds: Thresholds, _kept: Any = ()) -> Detections:
        found = detect(rgb, self.outputs, self.spec, thresholds)
        n = len(found) - self.drop
        return Detections(
            found.boxes[:n] + np.float32(self.shift),
            found.scores[:n] - np.float32(self.dim),
            (found.class_ids[:n] + self.turn) % self.spec.num_classes,
        )


class Vectors:
    """A folder of golden vectors, read as README.md describes and by no other code."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.index = json.loads((folder / "index.json").read_text(encoding="utf-8"))

    def arrays(self, entry: dict[str, Any]) -> dict[str, npt.NDArray[Any]]:
        data = (self.folder / entry["file"]).read_bytes()
        end, found = 0, {}
        for name, place in entry["arrays"].items():
            assert place["offset"] == end, "the arrays follow each other without padding"
            dtype = np.dtype(DTYPES[place["dtype"]])
            count = int(np.prod(place["shape"]))
            found[name] = np.frombuffer(data, dtype, count, end).reshape(place["shape"])
            end += count * dtype.itemsize
        assert end == len(data)
        return found


def put_back(arrays: dict[str, npt.NDArray[Any]], spec: ModelSpec) -> list[Float32]:
    """Return whole outputs with values only in the recorded rows, as README.md describes."""
    candidate = arrays["raw.row.candidate"].astype(np.int64)
    shapes = spec.output.shapes
    if spec.output.has_levels:
        outputs = [np.full(shape, -16, np.float32) for shape in shapes]
        first = 0
        for box, cls in zip(outputs[::2], outputs[1::2], strict=True):
            cells = cls.shape[2] * cls.shape[3]
            here = (candidate >= first) & (candidate < first + cells)
            box.reshape(box.shape[1], -1)[:, candidate[here] - first] = arrays["raw.row.box"][here].T
            cls.reshape(cls.shape[1], -1)[:, candidate[here] - first] = arrays["raw.row.class"][here].T
            first += cells
        return outputs
    output = np.zeros(shapes[0], np.float32)
    rows = output[0] if spec.output.contract == "detections" else output[0].T
    rows[candidate, :4] = arrays["raw.row.box"]
    rows[candidate, 4:] = arrays["raw.row.class"]
    return [output]


def size_of(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.iterdir())
