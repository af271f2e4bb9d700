"""The Kotlin core, in a JVM that answers over a pipe, with the reference's types."""

import io
import os
import struct
import subprocess
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from edgegen.model.precision import Steps
from edgegen.model.spec import (
    CENTRE_CROP,
    LETTERBOX,
    LETTERBOX_TOP_LEFT,
    STRETCH,
    ultralytics_shorter_side,
)
from edgegen.reference import LetterboxPlan
from edgegen.tasks.detect.decode import Candidates
from tests.helpers.pixel_formats import pack
from tests.kotlin.compiler import HERE
from tests.kotlin.following import Following
from tests.kotlin.packing import AllSteps, floats, keep, packed, packed_plan, packed_steps, text

# Without the optimizing compiler: for what runs a few times, it costs four times what it saves.
JAVA_FLAGS = ("-Xmx1500m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Xshare:auto")

Values = npt.NDArray[np.float32]


class _Preprocessor:
    """vision.BilinearPreprocessor, or vision.CentreCrop."""

    def __init__(
        self,
        core: "KotlinCore",
        input_hw: tuple[int, int],
        *,
        scale: float = 1 / 255,
        mean: Sequence[float] = (0, 0, 0),
        std: Sequence[float] = (1, 1, 1),
        pad_value: int = 114,
        rgb: bool = True,
        steps: Steps | None = None,
        resize: str = LETTERBOX,
        more: bytes = b"",
    ):
        self._core = core
        self._input_hw = input_hw
        self._resize = resize
        self._handle = core.next_handle()
        core.ask(
            "new crop" if resize == CENTRE_CROP else "new letterbox",
            struct.pack(">iii", self._handle, input_hw[1], input_hw[0]),
            struct.pack(">7d", scale, *mean, *std),
            struct.pack(">i?", pad_value, rgb),
            packed_steps(steps),
            more or text(resize),
        )

    def free(self) -> None:
        """Free it in the JVM."""
        self._core.ask("free letterbox", struct.pack(">i", self._handle))

    def _run(
        self,
        rows: npt.NDArray[np.uint8],
        width: int,
        name: str,
        as_tensor: bool,
        rotation: int,
        mirrored: bool,
        place: str,
    ) -> tuple[list[bytes], LetterboxPlan]:
        if name == "rgb":  # the comparisons of tests/cpp pack so
            rows = pack(rows[:, : 3 * width].reshape(-1, width, 3), "rgba")
        data = np.ascontiguousarray(rows).tobytes()
        parts = self._core.ask(
            "letterbox",
            struct.pack(">i?ii", self._handle, as_tensor, self._input_hw[1], self._input_hw[0]),
            struct.pack(">iii", width, rows.shape[0], rows.shape[1]),
            struct.pack(">i?", rotation, mirrored),
            text(place),
            struct.pack(">i", len(data)),
            data,
        )
        return parts[2:], _plan(parts, self._resize)

    def to_tensor(
        self,
        rows: npt.NDArray[np.uint8],
        width: int,
        name: str,
        rotation: int = 0,
        mirrored: bool = False,
        place: str = "direct",
    ) -> tuple[Values, LetterboxPlan]:
        """Return the tensor [3, H, W] and the plan for rows as `pack` gives them."""
        (_, data), plan = self._run(rows, width, name, True, rotation, mirrored, place)
        return np.frombuffer(data, dtype="<f4").reshape(3, *self._input_hw), plan

    def to_numbers(
        self,
        rows: npt.NDArray[np.uint8],
        width: int,
        name: str,
        rotation: int = 0,
        mirrored: bool = False,
    ) -> npt.NDArray[np.int8]:
        """Return the tensor [3, H, W] of a preprocessor that was given steps, as the model takes it."""
        (data, _), _ = self._run(rows, width, name, True, rotation, mirrored, "direct")
        return np.frombuffer(data, dtype=np.int8).reshape(3, *self._input_hw)

    def to_bytes(
        self,
        rows: npt.NDArray[np.uint8],
        width: int,
        name: str,
        rotation: int = 0,
        mirrored: bool = False,
        place: str = "direct",
    ) -> tuple[npt.NDArray[np.uint8], LetterboxPlan]:
        """Return the input's bytes [H, W, 3] and the plan."""
        (data,), plan = self._run(rows, width, name, False, rotation, mirrored, place)
        return np.frombuffer(data, dtype=np.uint8).reshape(*self._input_hw, 3), plan


class KotlinCore(Following):
    """A JVM with the core. It has the methods of tests/cpp's `Core`: the same comparisons run on both."""

    def __init__(self, classpath: Sequence[Path], *flags: str):
        command = ["java", *JAVA_FLAGS, *flags, str(HERE / "Serve.java")]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self._handles = 0
        self._loaded = False
        self.load(classpath)

    def load(self, classpath: Sequence[Path]) -> None:
        """Continue with the core of another class path."""
        places = os.pathsep.join(f"{path}/" if path.is_dir() else str(path) for path in classpath)
        self._send(*([text("end")] if self._loaded else []), text(places))
        self._loaded = True

    def close(self) -> None:
        """End the JVM."""
        if self._process.poll() is None:
            self._process.kill()
        self._process.wait()
        for stream in (self._process.stdin, self._process.stdout):
            assert stream is not None
            stream.close()

    def next_handle(self) -> int:
        """Return a number that names a new preprocessor."""
        self._handles += 1
        return self._handles

    def _send(self, *parts: bytes) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(b"".join(parts))
        self._process.stdin.flush()

    def _read(self, count: int) -> bytes:
        assert isinstance(self._process.stdout, io.BufferedReader)
        data = self._process.stdout.read(count)
        # The JVM ends when a core throws what it should not: that is a difference too.
        assert len(data) == count, "the core failed: see the JVM's standard error"
        return data

    def ask(self, command: str, *parts: bytes) -> list[bytes]:
        """Send a command and return the parts of the answer.

        Raises:
            ValueError: The core refused the arguments.
        """
        try:
            self._send(text(command), *parts)
        except BrokenPipeError:
            raise AssertionError("the core failed: see the JVM's standard error") from None
        refusal = self._read(struct.unpack(">H", self._read(2))[0]).decode()
        parts = struct.unpack(">i", self._read(4))[0]
        answer = [self._read(struct.unpack(">i", self._read(4))[0]) for _ in range(parts)]
        if refusal.startswith("refused: "):
            raise ValueError(refusal)
        assert not refusal, refusal
        return answer

    def letterbox(
        self, input_hw: tuple[int, int], *, resize: str = LETTERBOX, **normalization: object
    ) -> _Preprocessor:
        """Return a preprocessor with OpenCV's resize: a letterbox, or one that stretches the picture."""
        return _Preprocessor(self, input_hw, resize=resize, **normalization)  # type: ignore[arg-type]

    def crop(
        self,
        input_hw: tuple[int, int],
        shorter_side: int | None = None,
        filter_name: str = "bilinear",
        **normalization: object,
    ) -> _Preprocessor:
        """Return the centre crop, which resizes as Pillow does. None: Ultralytics' shorter side."""
        side = ultralytics_shorter_side(*input_hw) if shorter_side is None else shorter_side
        more = struct.pack(">i?", side, filter_name == "bicubic")
        return _Preprocessor(self, input_hw, resize=CENTRE_CROP, more=more, **normalization)  # type: ignore[arg-type]

    def stretch(self, input_hw: tuple[int, int], **normalization: object) -> _Preprocessor:
        """Return a preprocessor that stretches the picture to the input."""
        return self.letterbox(input_hw, resize=STRETCH, **normalization)

    def plan(
        self, source_hw: tuple[int, int], input_hw: tuple[int, int], resize: str = LETTERBOX
    ) -> LetterboxPlan:
        """vision.LetterboxPlan of a resize."""
        sizes = struct.pack(">4i", *source_hw[::-1], *input_hw[::-1])
        return _plan(self.ask("plan", text(resize), sizes), resize)

    def decode_raw(
        self,
        outputs: Sequence[Values],
        strides: Sequence[int],
        confidence: float,
        keep_classes: Sequence[int] | None = None,
        steps: AllSteps = None,
    ) -> Candidates:
        """vision.decode of RawContract; outputs with steps are of int8."""
        return self._decode_levels(False, outputs, strides, confidence, keep_classes, 300, False, steps)

    def decode_top_k(
        self,
        outputs: Sequence[Values],
        strides: Sequence[int],
        confidence: float,
        keep_classes: Sequence[int] | None = None,
        max_det: int = 300,
        agnostic: bool = False,
        steps: AllSteps = None,
    ) -> Candidates:
        """vision.decode of End2endContract; outputs with steps are of int8."""
        return self._decode_levels(True, outputs, strides, confidence, keep_classes, max_det, agnostic, steps)

    def _decode_levels(
        self,
        end2end: bool,
        outputs: Sequence[Values],
        strides: Sequence[int],
        confidence: float,
        keep_classes: Sequence[int] | None,
        max_det: int,
        agnostic: bool,
        steps: AllSteps,
    ) -> Candidates:
        num_classes, reg_max = outputs[1].shape[1], outputs[0].shape[1] // 4
        levels = [
            struct.pack(">iii", *cls.shape[2:], stride)
            for cls, stride in zip(outputs[1::2], strides, strict=True)
        ]
        return _candidates(
            self.ask(
                "decode levels",
                struct.pack(">iii", num_classes, reg_max, len(strides)),
                *levels,
                struct.pack(">f", confidence),
                keep(keep_classes, num_classes),
                struct.pack(">?i?", end2end, max_det, agnostic),
                packed(outputs, steps),
            )
        )

    def decode_decoded(
        self, output: Values, confidence: float, keep_classes: Sequence[int] | None = None
    ) -> Candidates:
        """vision.decode of DecodedContract."""
        return self._decode_one(
            "decoded", output, output.shape[1] - 4, output.shape[2], confidence, keep_classes
        )

    def decode_multilabel(
        self, output: Values, confidence: float, keep_classes: Sequence[int] | None = None
    ) -> Candidates:
        """vision.decode of MultilabelContract."""
        return self._decode_one(
            "multilabel", output, output.shape[1] - 4, output.shape[2], confidence, keep_classes
        )

    def decode_detections(
        self, output: Values, classes: int, confidence: float, keep_classes: Sequence[int] | None = None
    ) -> Candidates:
        """vision.decode of DetectionsContract."""
        return self._decode_one("detections", output, classes, output.shape[1], confidence, keep_classes)

    def _decode_one(
        self,
        contract: str,
        output: Values,
        classes: int,
        candidates: int,
        confidence: float,
        keep_classes: Sequence[int] | None,
    ) -> Candidates:
        return _candidates(
            self.ask(
                "decode one",
                text(contract),
                struct.pack(">iif", classes, candidates, confidence),
                keep(keep_classes, classes),
                packed([output]),
            )
        )

    def first(self, scores: Values, max_det: int, *, in_order: bool = False) -> npt.NDArray[np.int64]:
        """vision.first, or the order that the model gave."""
        (kept,) = self.ask("best", floats(scores), struct.pack(">?i", in_order, max_det))
        return np.frombuffer(kept, dtype="<i4").astype(np.int64)

    def nms(
        self,
        boxes: Values,
        scores: Values,
        class_ids: npt.NDArray[np.int64],
        iou: float,
        max_det: int = 300,
        agnostic: bool = False,
        max_candidates: int = 30_000,
    ) -> npt.NDArray[np.int64]:
        """vision.nms."""
        (kept,) = self.ask(
            "nms",
            *map(floats, (boxes, scores, class_ids)),
            struct.pack(">di?i", iou, max_det, agnostic, max_candidates),
        )
        return np.frombuffer(kept, dtype="<i4").astype(np.int64)

    def to_image(self, boxes: Values, plan: LetterboxPlan) -> Values:
        """vision.toImage on every box [n, 4]."""
        nothing = floats(np.zeros(len(boxes)))
        parts = self.ask("to image", packed_plan(plan), floats(boxes), nothing, nothing)
        return np.stack([np.frombuffer(part, dtype="<f4") for part in parts[:4]], axis=1)


def _plan(parts: Sequence[bytes], resize: str) -> LetterboxPlan:
    gains = struct.unpack("<2d", parts[1])
    ratio = gains[0] if resize == LETTERBOX_TOP_LEFT else None
    plan = LetterboxPlan(*np.frombuffer(parts[0], dtype="<i4").tolist(), ratio=ratio)
    assert (plan.gain_x, plan.gain_y) == gains
    return plan


def _candidates(parts: Sequence[bytes]) -> Candidates:
    boxes = np.stack([np.frombuffer(part, dtype="<f4") for part in parts[:4]], axis=1)
    class_ids, index = (np.frombuffer(part, dtype="<i4").astype(np.int64) for part in parts[5:7])
    return Candidates(boxes, np.frombuffer(parts[4], dtype="<f4"), class_ids, index)
