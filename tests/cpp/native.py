"""The C++ vision core, compiled and callable: ctypes over harness.cpp, in the reference's types."""

import ctypes
import os
import subprocess
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from edgegen.model.precision import Steps
from edgegen.reference import LetterboxPlan
from edgegen.tasks.detect.decode import Candidates
from tests.helpers.places import ROOT

CORE = ROOT / "templates" / "_shared" / "cpp"
HERE = Path(__file__).resolve().parent
WARNINGS = ("-Wall", "-Wextra", "-Wpedantic", "-Wconversion", "-Wshadow", "-Werror")
# As in a project's CMakeLists.txt. For Clang, the core's source sets it.
CONTRACT = ("-ffp-contract=off",)
PLAIN = ("-O2", *CONTRACT)
UNOPTIMIZED = ("-O1", *CONTRACT)

# The number of each vision::PixelFormat, and its bytes per pixel. `pack` makes all but the last.
FORMATS = {"rgb": (0, 3), "bgr": (1, 3), "rgba": (2, 4), "bgra": (3, 4), "gray": (4, 1), "nv12": (5, 1)}
PACKED = tuple(FORMATS)[:-1]

RECORD = np.dtype(
    [(name, np.float32) for name in ("x1", "y1", "x2", "y2", "score")]
    + [("class_id", np.int32), ("index", np.int32)]
)


def core_units(core: Path) -> list[Path]:
    """Return the core's .cpp files, without those that need the runtime."""
    return sorted(unit for part in ("vision", "tracking", "nv12") for unit in (core / part).rglob("*.cpp"))


def compile_core(
    output: Path,
    *sources: Path,
    core: Path = CORE,
    compiler: str = "g++",
    flags: Sequence[str] = PLAIN,
) -> Path:
    """Compile sources together with the core's .cpp files; the output's suffix .so asks for a library."""
    objects = compile_units(
        output.with_name(f"{output.name}.objects"),
        [*sources, *core_units(core)],
        core=core,
        compiler=compiler,
        flags=(*WARNINGS, *flags),
    )
    return linked(output, objects, compiler, flags)


def compile_units(
    folder: Path,
    units: Sequence[Path],
    *,
    core: Path,
    compiler: str = "g++",
    flags: Sequence[str],
    cached: bool = True,
) -> list[Path]:
    """Compile .cpp files, each by itself; return the object files, named after them.

    In the core's folder, by the names that files have there: where ccache is, what a copy of the core has in
    common with it is not compiled again, unless cached is False. All of them could be of a library, so that
    programs have the same objects.
    """
    folder.mkdir(parents=True, exist_ok=True)
    launcher = os.environ.get("CMAKE_CXX_COMPILER_LAUNCHER") if cached else None  # conftest.py sets it
    compilation = [*([launcher] if launcher else []), compiler, "-std=c++17", *flags, "-fPIC", "-MD", "-I."]

    def compiled(unit: Path) -> Path:
        made = folder / f"{unit.stem}.o"
        _run(
            [*compilation, "-c", unit.relative_to(core) if unit.is_relative_to(core) else unit, "-o", made],
            core,
        )
        return made

    with ThreadPoolExecutor(2) as pool:
        return list(pool.map(compiled, units))


def linked(output: Path, objects: Sequence[Path], compiler: str = "g++", flags: Sequence[str] = ()) -> Path:
    """Link object files; the output's suffix .so asks for a library."""
    shared = ("-shared",) if output.suffix == ".so" else ()
    _run([compiler, *flags, *shared, *objects, "-o", output], output.parent)
    return output


def _run(command: Sequence[str | Path], folder: Path) -> None:
    result = subprocess.run(
        [str(part) for part in command], cwd=folder, capture_output=True, text=True, check=False
    )
    assert result.returncode == 0, result.stderr


def _pointer(array: npt.NDArray) -> ctypes.c_void_p:
    return ctypes.c_void_p(array.ctypes.data)


def _contiguous(array: npt.ArrayLike, dtype: npt.DTypeLike) -> npt.NDArray:
    return np.ascontiguousarray(array, dtype=dtype)


def pack(
    rgb: npt.NDArray[np.uint8], name: str, padding: int = 0, filler: int = 0xA5
) -> npt.NDArray[np.uint8]:
    """Return rows of bytes [h, w * pixel + padding] that show the picture [h, w, 3] in a format.

    `gray` takes the first channel. Alpha and padding are filled with a value that must not matter.
    """
    height, width = rgb.shape[:2]
    pixel = FORMATS[name][1]
    pixels = np.full((height, width, pixel), filler, dtype=np.uint8)
    if name == "gray":
        pixels[..., 0] = rgb[..., 0]
    else:
        pixels[..., :3] = rgb if name.startswith("rgb") else rgb[..., ::-1]
    rows = np.full((height, width * pixel + padding), filler, dtype=np.uint8)
    rows[:, : width * pixel] = pixels.reshape(height, -1)
    return rows


@dataclass(frozen=True)
class Stored:
    """The orientation and chroma of a picture."""

    orientation: int = 1  # EXIF's number
    chroma: npt.NDArray[np.uint8] | None = None  # rows of bytes
    encoding: int = 0  # the number of a vision::YCbCr


UPRIGHT = Stored()


class Letterbox:
    """vision::Letterbox."""

    def __init__(
        self,
        library: ctypes.CDLL,
        input_hw: tuple[int, int],
        *,
        scale: float = 1 / 255,
        mean: Sequence[float] = (0, 0, 0),
        std: Sequence[float] = (1, 1, 1),
        pad_value: int = 114,
        rgb: bool = True,
        steps: Steps | None = None,
        stretched: bool = False,
    ):
        self._library = library
        self._input_hw = input_hw
        self._handle = ctypes.c_void_p(
            library.core_letterbox_new(
                input_hw[1],
                input_hw[0],
                ctypes.c_double(scale),
                (ctypes.c_double * 3)(*mean),
                (ctypes.c_double * 3)(*std),
                pad_value,
                int(rgb),
                ctypes.c_float(steps.scale if steps else 0),
                steps.zero_point if steps else 0,
                int(stretched),
            )
        )
        if not self._handle:
            raise ValueError("the input was refused")

    def __del__(self) -> None:
        self._library.core_letterbox_free(self._handle)

    def _run(
        self,
        rows: npt.NDArray[np.uint8],
        width: int,
        name: str,
        stored: Stored,
        tensor: npt.NDArray[np.float32] | None,
        pixels: npt.NDArray[np.uint8] | None,
        numbers: npt.NDArray[np.int8] | None = None,
    ) -> LetterboxPlan:
        sizes, gains = (ctypes.c_int * 8)(), (ctypes.c_double * 2)()
        refused = self._library.core_letterbox_run(
            self._handle,
            _pointer(rows),
            width,
            rows.shape[0],
            ctypes.c_ssize_t(rows.strides[0]),
            FORMATS[name][0],
            stored.orientation,
            None if stored.chroma is None else _pointer(stored.chroma),
            ctypes.c_ssize_t(0 if stored.chroma is None else stored.chroma.strides[0]),
            stored.encoding,
            None if tensor is None else _pointer(tensor),
            None if pixels is None else _pointer(pixels),
            None if numbers is None else _pointer(numbers),
            sizes,
            gains,
        )
        if refused:
            raise ValueError(refused.decode())
        plan = LetterboxPlan(*sizes)
        assert (plan.gain_x, plan.gain_y) == tuple(gains)
        return plan

    def to_tensor(
        self, rows: npt.NDArray[np.uint8], width: int, name: str, stored: Stored = UPRIGHT
    ) -> tuple[npt.NDArray[np.float32], LetterboxPlan]:
        """Return the tensor [3, H, W] and the plan for rows as `pack` gives them."""
        tensor = np.full((3, *self._input_hw), np.nan, dtype=np.float32)
        return tensor, self._run(rows, width, name, stored, tensor, None)

    def to_bytes(
        self, rows: npt.NDArray[np.uint8], width: int, name: str, stored: Stored = UPRIGHT
    ) -> tuple[npt.NDArray[np.uint8], LetterboxPlan]:
        """Return the letterboxed bytes [H, W, 3] and the plan."""
        pixels = np.full((*self._input_hw, 3), 0x5A, dtype=np.uint8)
        return pixels, self._run(rows, width, name, stored, None, pixels)

    def to_numbers(self, rows: npt.NDArray[np.uint8], width: int, name: str) -> npt.NDArray[np.int8]:
        """Return the tensor [3, H, W] of a model that takes int8."""
        numbers = np.full((3, *self._input_hw), 77, dtype=np.int8)
        self._run(rows, width, name, UPRIGHT, None, None, numbers)
        return numbers

    def fill_tensor(
        self,
        rows: npt.NDArray[np.uint8],
        width: int,
        name: str,
        tensor: npt.NDArray[np.float32],
        stored: Stored = UPRIGHT,
    ) -> LetterboxPlan:
        """Write into an existing tensor, as an app does."""
        return self._run(rows, width, name, stored, tensor, None)


class RawOutput:
    """Outputs box0, cls0, box1, cls1, ... laid out for the harness; keeps the arrays alive."""

    def __init__(
        self,
        outputs: Sequence[npt.NDArray[Any]],
        strides: Sequence[int],
        steps: Sequence[Steps | None] | None = None,
    ):
        steps = steps or [None] * len(outputs)
        self.arrays = [
            _contiguous(output, np.float32 if each is None else np.int8)
            for output, each in zip(outputs, steps, strict=True)
        ]
        levels = len(strides)
        classes = self.arrays[1::2]
        self.num_levels = levels
        self.num_classes = classes[0].shape[1]
        self.reg_max = self.arrays[0].shape[1] // 4
        self.cells = sum(array.shape[2] * array.shape[3] for array in classes)
        self.arguments = (
            levels,
            (ctypes.c_void_p * levels)(*(array.ctypes.data for array in self.arrays[0::2])),
            (ctypes.c_void_p * levels)(*(array.ctypes.data for array in classes)),
            (ctypes.c_int * levels)(*(array.shape[2] for array in classes)),
            (ctypes.c_int * levels)(*(array.shape[3] for array in classes)),
            (ctypes.c_float * levels)(*strides),
            (ctypes.c_float * (2 * levels))(*(each.scale if each else 0 for each in steps)),
            (ctypes.c_int * (2 * levels))(*(each.zero_point if each else 0 for each in steps)),
            self.num_classes,
            self.reg_max,
        )


def to_records(
    boxes: npt.NDArray[np.float32], scores: npt.NDArray[np.float32], class_ids: npt.NDArray[np.int64]
) -> npt.NDArray:
    """Return candidates as the harness takes them."""
    records = np.zeros(len(scores), dtype=RECORD)
    for side, name in enumerate(("x1", "y1", "x2", "y2")):
        records[name] = boxes[:, side]
    records["score"] = scores
    records["class_id"] = class_ids
    records["index"] = np.arange(len(scores))
    return records


def to_candidates(records: npt.NDArray) -> Candidates:
    """Return what the harness wrote as the reference's type."""
    boxes = np.stack([records[name] for name in ("x1", "y1", "x2", "y2")], axis=1)
    return Candidates(
        boxes,
        records["score"].copy(),
        records["class_id"].astype(np.int64),
        records["index"].astype(np.int64),
    )


class Core:
    """The compiled library."""

    def __init__(self, path: Path):
        self.library = ctypes.CDLL(str(path))
        self.library.core_letterbox_new.restype = ctypes.c_void_p
        self.library.core_letterbox_run.restype = ctypes.c_char_p

    def letterbox(self, input_hw: tuple[int, int], **normalization: object) -> Letterbox:
        """Return a letterbox of this library."""
        return Letterbox(self.library, input_hw, **normalization)  # type: ignore[arg-type]

    def plan(self, source_hw: tuple[int, int], input_hw: tuple[int, int]) -> LetterboxPlan:
        """vision::plan_letterbox."""
        sizes, gains = (ctypes.c_int * 8)(), (ctypes.c_double * 2)()
        self.library.core_plan(source_hw[1], source_hw[0], input_hw[1], input_hw[0], sizes, gains)
        plan = LetterboxPlan(*sizes)
        assert (plan.gain_x, plan.gain_y) == tuple(gains)
        return plan

    def decode_raw(
        self,
        outputs: Sequence[npt.NDArray[Any]],
        strides: Sequence[int],
        confidence: float,
        keep_classes: Sequence[int] | None = None,
        steps: Sequence[Steps | None] | None = None,
    ) -> Candidates:
        """vision::decode_raw."""
        raw = RawOutput(outputs, strides, steps)
        records = np.zeros(raw.cells, dtype=RECORD)
        keep = _mask(keep_classes, raw.num_classes)
        count = self.library.core_decode_raw(
            *raw.arguments, ctypes.c_float(confidence), keep, _pointer(records)
        )
        return to_candidates(records[:count])

    def decode_decoded(
        self, output: npt.NDArray[np.float32], confidence: float, keep_classes: Sequence[int] | None = None
    ) -> Candidates:
        """vision::decode_decoded."""
        output = _contiguous(output, np.float32)
        num_classes, n = output.shape[1] - 4, output.shape[2]
        records = np.zeros(n, dtype=RECORD)
        keep = _mask(keep_classes, num_classes)
        count = self.library.core_decode_decoded(
            _pointer(output),
            n,
            num_classes,
            ctypes.c_float(confidence),
            keep,
            _pointer(records),
        )
        return to_candidates(records[:count])

    def decode_top_k(
        self,
        outputs: Sequence[npt.NDArray[Any]],
        strides: Sequence[int],
        confidence: float,
        keep_classes: Sequence[int] | None = None,
        max_det: int = 300,
        agnostic: bool = False,
        steps: Sequence[Steps | None] | None = None,
    ) -> Candidates:
        """vision::top_k."""
        raw = RawOutput(outputs, strides, steps)
        records = np.zeros(raw.cells, dtype=RECORD)
        count = self.library.core_decode_top_k(
            *raw.arguments,
            ctypes.c_float(confidence),
            _mask(keep_classes, raw.num_classes),
            max_det,
            int(agnostic),
            _pointer(records),
        )
        return to_candidates(records[:count])

    def decode_detections(
        self,
        output: npt.NDArray[np.float32],
        classes: int,
        confidence: float,
        keep_classes: Sequence[int] | None = None,
    ) -> Candidates:
        """vision::decode_detections."""
        output = _contiguous(output, np.float32)
        n = output.shape[1]
        records = np.zeros(n, dtype=RECORD)
        keep = _mask(keep_classes, classes)
        count = self.library.core_decode_detections(
            _pointer(output), n, classes, ctypes.c_float(confidence), keep, _pointer(records)
        )
        return to_candidates(records[:count])

    def first(self, scores: npt.NDArray[np.float32], max_det: int) -> npt.NDArray[np.int64]:
        """vision::first."""
        n = len(scores)
        records = to_records(np.zeros((n, 4), np.float32), scores, np.zeros(n, np.int64))
        kept = np.zeros(n, dtype=np.int32)
        count = self.library.core_first(_pointer(records), n, max_det, _pointer(kept))
        return kept[:count].astype(np.int64)

    def nms(
        self,
        boxes: npt.NDArray[np.float32],
        scores: npt.NDArray[np.float32],
        class_ids: npt.NDArray[np.int64],
        iou: float,
        max_det: int = 300,
        agnostic: bool = False,
        max_candidates: int = 30_000,
    ) -> npt.NDArray[np.int64]:
        """vision::nms."""
        records = to_records(boxes, scores, class_ids)
        kept = np.zeros(len(records), dtype=np.int32)
        count = self.library.core_nms(
            _pointer(records),
            len(records),
            ctypes.c_double(iou),
            max_det,
            int(agnostic),
            max_candidates,
            _pointer(kept),
        )
        return kept[:count].astype(np.int64)

    def decode_raw_and_nms(
        self, raw: RawOutput, confidence: float, iou: float = 0.7, max_det: int = 300
    ) -> tuple[int, int]:
        """Run decode and NMS in one call, as an app does; return the counts of candidates and kept boxes."""
        candidates = ctypes.c_int()
        kept = self.library.core_decode_raw_and_nms(
            *raw.arguments,
            ctypes.c_float(confidence),
            ctypes.c_double(iou),
            max_det,
            ctypes.byref(candidates),
        )
        return candidates.value, kept

    def to_image(self, boxes: npt.NDArray[np.float32], plan: LetterboxPlan) -> npt.NDArray[np.float32]:
        """vision::to_image on every box [n, 4]."""
        n = len(boxes)
        records = to_records(boxes, np.zeros(n, dtype=np.float32), np.zeros(n, dtype=np.int64))
        out = np.zeros(n, dtype=RECORD)
        self.library.core_to_image(
            _pointer(records),
            n,
            plan.source_width,
            plan.source_height,
            plan.input_width,
            plan.input_height,
            _pointer(out),
        )
        return to_candidates(out).boxes


def _mask(keep_classes: Sequence[int] | None, num_classes: int) -> ctypes.c_void_p | ctypes.Array | None:
    if keep_classes is None:
        return None
    mask = (ctypes.c_uint8 * num_classes)()
    for class_id in keep_classes:
        mask[class_id] = 1
    return mask
