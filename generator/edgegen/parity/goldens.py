"""Reading a folder of golden vectors back, as far as verifying needs it."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from edgegen.base.errors import InputError
from edgegen.parity.pictures import Picture
from edgegen.parity.rule import Thresholds
from edgegen.tasks.detect import Detections

_DTYPES = {"u8": np.uint8, "u32": np.uint32, "f32": np.float32}


@dataclass(frozen=True)
class Golden:
    """One picture of a folder of golden vectors."""

    picture: Picture
    thresholds: Thresholds
    boxes: Detections | None  # None where no model was run for them yet


@dataclass(frozen=True)
class Goldens:
    """The pictures, and who gave the numbers: `pytorch`, `executorch` or `reference`."""

    source: str
    pictures: tuple[Golden, ...]


def read(folder: Path) -> Goldens:
    """Read index.json and the pictures and boxes it names; InputError when that cannot be done."""
    try:
        index = json.loads((folder / "index.json").read_text(encoding="utf-8"))
        return Goldens(index["source"], tuple(_golden(folder, entry) for entry in index["pictures"]))
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise InputError(
            f"the golden vectors in {folder} cannot be read: {type(error).__name__}: {error}",
            "make the project anew with `edgegen new`",
        ) from error


def _golden(folder: Path, entry: dict[str, Any]) -> Golden:
    arrays = entry["arrays"]
    data = (folder / Path(entry["file"]).name).read_bytes()

    def array(name: str) -> npt.NDArray[Any]:
        place = arrays[name]
        count = int(np.prod(place["shape"]))
        flat = np.frombuffer(data, dtype=_DTYPES[place["dtype"]], count=count, offset=place["offset"])
        return flat.reshape(place["shape"])

    boxes = None
    if "boxes.box" in arrays:
        classes = array("boxes.class").astype(np.int64)
        boxes = Detections(array("boxes.box"), array("boxes.score"), classes)
    thresholds = Thresholds(entry["confidence"], entry["iou"], entry["max_det"], entry["agnostic"])
    return Golden(Picture(entry["name"], array("picture")), thresholds, boxes)
