"""Calls of the bridge, and pictures in the memory layouts of cameras and decoders."""

import hashlib
import json
import shutil
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from edgegen.parity.report import compared_stages
from edgegen.reference import YCBCR_ENCODINGS
from edgegen_kits.common.executorch import executorch_sdk
from edgegen_kits.ios import bridge_build, bridge_calls
from edgegen_kits.ios.bridge_calls import Plane
from tests.helpers.places import TINY

EXECUTORCH = executorch_sdk()
FORMATS = {"bgra": 0, "rgba": 1, "rgb": 2}  # values of EDGPixelFormat
ENCODINGS = {name: number for number, name in enumerate(YCBCR_ENCODINGS)}  # values of EDGYCbCrEncoding
FILLER = 0xA5  # value of alpha and padding, which must not matter

Uint8 = npt.NDArray[np.uint8]
Call = dict[str, Any]
Answer = Any


class Bridge:
    """A project's bridge, compiled for this machine."""

    def __init__(self, project: Path, program: Path, environment: Mapping[str, str] | None = None) -> None:
        self.project = project
        self.program = program
        self.environment = environment

    @property
    def model(self) -> str:
        return str(self.project / "Model" / "model.pte")

    @property
    def vectors(self) -> str:
        return str(self.project / "vectors")

    def run(self, *calls: Call) -> list[Answer]:
        """Make the calls in a separate process and return their answers."""
        answers: list[Answer] = bridge_build.run(
            self.program, {"calls": calls}, environment=self.environment
        )["answers"]
        assert len(answers) == len(calls)
        return answers

    def load(self, **more: Any) -> Call:
        return {"call": "load", "model": self.model, **more}

    def self_check(self, **more: Any) -> Call:
        return {"call": "self_check", "model": self.model, "vectors": self.vectors, **more}

    def checked(self, stages: Sequence[str]) -> Answer:
        """Return the report of a self-check that compared these stages, in this order, and passed."""
        (report,) = self.run(self.self_check())
        assert report["passed"]
        assert report["problems"] == []
        compared = compared_stages(report)
        assert [stage.name for stage in compared] == list(stages)
        assert all(stage.passed and stage.compared > 0 for stage in compared)
        return report

    def detect(self, *pictures: Call, confidence: float = 0.05, **more: Any) -> list[Answer]:
        """Load a detector and return its detections in each picture."""
        answers = self.run(self.load(), thresholds(confidence, **more), *pictures)
        assert not [each for each in answers if "error" in each], answers
        return answers[2:]


BridgeOf = Callable[[str], Bridge]  # the name of a task -> its bridge


def build(project: Path, out: Path, *, sanitize: bool = False, main: Path = bridge_build.HARNESS) -> Bridge:
    """Compile a project's bridge, reusing the objects in `out`."""
    program = bridge_build.build(project, out, executorch=EXECUTORCH, sanitize=sanitize, main=main)
    return Bridge(project, program)


def copy_of(project: Path, out: Path, folder: Path) -> tuple[Path, Path]:
    """Copy a project and its compiled objects, to be changed."""
    return Path(shutil.copytree(project, folder / "project")), Path(shutil.copytree(out, folder / "out"))


def thresholds(confidence: object, iou: object = 0.7, max_det: object = 300, agnostic: bool = False) -> Call:
    return bridge_calls.thresholds(confidence, iou, max_det, agnostic)


def arrays(bridge: Bridge, number: int, name: str) -> npt.NDArray[Any]:
    """Return an array of one golden picture."""
    folder = Path(bridge.vectors)
    entry = json.loads((folder / "index.json").read_text())["pictures"][number]
    place = entry["arrays"][name]
    kind = {"f32": np.float32, "u32": np.uint32, "u8": np.uint8}[place["dtype"]]
    data = (folder / entry["file"]).read_bytes()
    flat = np.frombuffer(data, kind, int(np.prod(place["shape"])), place["offset"])
    return flat.reshape(place["shape"])


def stored(folder: Path, rows: Uint8, padding: int) -> Plane:
    """Write rows [h, bytes], each padded except the last, so that reading too far leaves the buffer.

    Returns the file and the bytes per row.
    """
    padded = np.pad(rows, ((0, 0), (0, padding)), constant_values=FILLER)
    content = padded.tobytes()[: padded.size - padding]
    path = folder / hashlib.sha256(content).hexdigest()[:20]
    path.write_bytes(content)
    return str(path), padded.shape[1]


def packed(folder: Path, rgb: Uint8, name: str = "rgb", *, orientation: int = 1, padding: int = 0) -> Call:
    """Store a picture [h, w, 3] in one of the packed formats."""
    height, width = rgb.shape[:2]
    pixels = np.full((height, width, 3 if name == "rgb" else 4), FILLER, dtype=np.uint8)
    pixels[..., :3] = rgb[..., ::-1] if name == "bgra" else rgb
    plane = stored(folder, pixels.reshape(height, -1), padding)
    return bridge_calls.detect(plane, rgb.shape, FORMATS[name], orientation)


def biplanar(
    folder: Path,
    luma: Uint8,
    chroma: Uint8,
    encoding: str,
    *,
    orientation: int = 1,
    padding: tuple[int, int] = (0, 0),
) -> Call:
    """Store luma [h, w] and chroma [h', w', 2], with different paddings."""
    planes = stored(folder, luma, padding[0]), stored(folder, chroma.reshape(chroma.shape[0], -1), padding[1])
    return bridge_calls.detect_biplanar(*planes, luma.shape, ENCODINGS[encoding], orientation)


def to_nv12(rgb: Uint8, encoding: str) -> tuple[Uint8, Uint8]:
    """Return luma and chroma of a picture, accurate enough for the same detections."""
    kr, kb, video = YCBCR_ENCODINGS[encoding]
    red, green, blue = (rgb[..., channel].astype(np.float64) / 255 for channel in range(3))
    luma = kr * red + (1 - kr - kb) * green + kb * blue
    both = np.stack([(blue - luma) / (2 - 2 * kb), (red - luma) / (2 - 2 * kr)], axis=-1)[::2, ::2]
    scaled, shifted = (luma * 219 + 16, both * 224 + 128) if video else (luma * 255, both * 255 + 128)
    return tuple(each.round().clip(0, 255).astype(np.uint8) for each in (scaled, shifted))  # type: ignore[return-value]


def same(ours: Mapping[str, Any], theirs: Mapping[str, Any]) -> bool:
    """Return whether two answers are equal to the last bit of every float32, except for times."""
    keys = ("width", "height", "detections")
    return all(ours.get(key) == theirs.get(key) for key in keys)


def timeless(answer: Answer) -> Answer:
    """Return an answer without its times."""
    if isinstance(answer, dict):
        return {key: value for key, value in answer.items() if key != "milliseconds"}
    return answer


@cache
def drawn() -> Uint8:
    """Return a drawn picture of shapes with odd sizes."""
    import cv2

    path = TINY.with_name("landscape.png")
    bgr = np.asarray(cv2.imread(str(path)), dtype=np.uint8)
    height, width = ((size - 1) | 1 for size in bgr.shape[:2])
    return np.ascontiguousarray(bgr[:height, :width, ::-1])
