"""Replay a capture: run each stage again, and compare it with the app's."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any, Final

import numpy as np

from edgegen import tasks
from edgegen.artifacts.capture import DAMAGE, Capture
from edgegen.base.arrays import Float32, Uint8
from edgegen.base.errors import InputError
from edgegen.commands.replay_input import explain_input, is_input
from edgegen.model.precision import PRECISIONS
from edgegen.model.spec import ModelSpec
from edgegen.model.thresholds import Thresholds
from edgegen.parity.authority import Authority
from edgegen.parity.picture_files import Picture, decode_stored, read_picture
from edgegen.reference import plan_letterbox, turn_upright
from edgegen.tasks.decoder import Result
from edgegen.tasks.prepared import Prepared, prepare

WHOLE: Final = "pytorch"  # the last stage
SAMPLED: Final = 0.015  # the largest difference of equal sampled outputs, relative to 1 + their size
PRINTED: Final = 1e-6  # the precision of printed scores
CANDIDATES: Final = 3000  # detections that are searched for the app's


@dataclass(frozen=True)
class Step:
    """The result of one stage. `same` is None if it could not be compared."""

    name: str
    same: bool | None
    message: str


class Replay:
    """Compares the stages, up to the first that differs."""

    def __init__(
        self,
        capture: Capture,
        folder: Path,
        pytorch: Authority | None,
        model: Authority | None,
        image: Path | None,
    ) -> None:
        """Store the capture and the authorities; InputError if `image` is another picture.

        folder: of temporary files. model: runs the app's model. image: in place of the capture's picture.
        """
        self.capture, self._folder = capture, folder
        self._pytorch, self._model = pytorch, model
        self._spec: ModelSpec = capture.spec
        self._task = tasks.find(capture.spec.task)
        self.picture = None if image is None else read_picture(image)  # upright
        self._stored = self._read(image)
        if image is None and self._stored is not None:
            self.picture = Picture("frame.png", turn_upright(self._stored, capture.orientation))

    def _read(self, image: Path | None) -> Uint8 | None:
        """Return the picture as it was stored, not turned; None if the capture has none."""
        data = self.capture.frame if image is None else image.read_bytes()
        if not data:
            return None
        size = self.capture.stored
        # OpenCV turns some file types itself (TIFF), so the app had an upright picture.
        pictures = [decode_stored(data), None if self.picture is None else self.picture.rgb]
        readable = [each for each in pictures if each is not None]
        if not readable:
            raise InputError(
                f"{self.capture.path}: its picture is damaged", "write the capture again with the app"
            )
        for each in readable:
            if each.shape[:2] == size:
                return each
        height, width = readable[-1].shape[:2]
        raise InputError(
            f"{image} has {width} x {height} pixels, the app's picture has {size[1]} x {size[0]}",
            "give the original file, not a resized copy",
        )

    def steps(self) -> tuple[Step, ...]:
        """Compare the stages in order, up to the first that differs."""
        done: list[Step] = []
        for compare in (self._input, self._outputs, self._result, self._processors, self._end_to_end):
            done.append(compare())
            if done[-1].same is False:
                break
        return tuple(done)

    def _input(self) -> Step:
        """Compare the model's input, and explain a wrong one."""
        if self.picture is None or self._stored is None:
            return Step("letterbox", None, "the capture has no picture, as it was too large: use --image")
        if is_input(self.capture, self._input_of_picture):
            return Step("letterbox", True, "the input is the letterboxed picture, upright")
        stage, mistake = explain_input(self.capture, self._stored, self.picture.rgb)
        return Step(stage, False, mistake)

    @cached_property
    def _input_of_picture(self) -> Prepared:
        if self.picture is None:
            raise ValueError("there is no picture")
        return prepare(self.picture.rgb, self._spec.input)

    def _model_outputs(self) -> list[Float32] | None:
        """Run the model here on the right input; None without a model or a picture."""
        if self._model is None or self.picture is None:
            return None
        return list(self._model.outputs(self._input_of_picture.tensor))

    def _outputs(self) -> Step:
        """Compare the outputs with the model's outputs here for the same input."""
        expected = self._model_outputs()
        if expected is None:
            quantized = PRECISIONS[self._spec.precision].quantized
            which = "the project or the export" if quantized else "the checkpoint or the project"
            missing = f"use {which} with --model" if self.picture is not None else "the picture is missing"
            return Step("runtime", None, f"the model was not run: {missing}")
        actual = self.capture.whole_outputs()
        if actual is None:
            same, difference = self._compare_samples(expected)
        else:
            stages = self._task.decoder.compare_outputs(actual, expected, self._spec.output)
            same = all(stage.passed for stage in stages)
            difference = ", ".join(
                f"by {stage.worst:.2g} {stage.unit} of {stage.tolerance:g}" for stage in stages
            )
        if same:
            return Step("runtime", True, f"the outputs are within the tolerance; they differ {difference}")
        return Step(
            "runtime",
            False,
            f"the runtime or its backend gives other outputs for the same input: {difference}",
        )

    def _compare_samples(self, expected: Sequence[Float32]) -> tuple[bool, str]:
        """Return whether the captured samples equal these outputs, and the largest difference as text."""
        worst = 0.0
        for output, right in zip(self.capture.outputs, expected, strict=True):
            sampled = right.reshape(-1)[:: output.step].astype(np.float64)
            relative = np.abs(sampled - output.samples) / (1 + np.abs(sampled))
            worst = max(worst, float(np.nan_to_num(relative, nan=np.inf).max(initial=0)))
        return worst <= SAMPLED, f"by {worst:.2g} of their size, in samples"

    def _result(self) -> Step:
        """Decode the app's outputs, or ours if some are missing, and compare the results."""
        outputs = self.capture.whole_outputs() or self._model_outputs()
        if outputs is None:
            return Step("decode", None, "not compared: the capture lacks some outputs")
        if why := self._why_not_comparable():
            return Step("decode", None, f"not compared: {why}")
        actual = self.app_result(self.capture.found)
        expected = self._decode(outputs, self.capture.thresholds, self.capture.classes)
        if self._same(actual, expected):
            return Step("decode", True, "decode, NMS and thresholds give the app's result")
        if "iou" not in self._task.choices:
            return Step("decode", False, "the app decodes the outputs to another result")
        return self._what_differs(outputs, actual, expected)

    def _decode(self, outputs: Sequence[Float32], thresholds: Thresholds, classes: Sequence[int]) -> Result:
        if self.picture is None:
            plan = plan_letterbox(self.capture.size, (self._spec.input.height, self._spec.input.width))
        else:
            plan = self._input_of_picture.plan
        return self._task.decoder.result(outputs, self._spec.output, plan, thresholds, classes or None)

    def _what_differs(self, outputs: Sequence[Float32], actual: Any, expected: Any) -> Step:
        """Return which of thresholds, decoding and NMS differs."""
        limits, classes = self.capture.thresholds, self.capture.classes
        threshold = limits.confidence
        if len(actual) and float(np.min(actual.scores)) < threshold - PRINTED:
            return Step("thresholds", False, f"the app shows scores below its threshold {threshold:g}")
        hidden = sorted(set(actual.class_ids.tolist()) - set(classes)) if classes else []
        if hidden:
            return Step("thresholds", False, f"the app shows classes that are hidden: {hidden[:10]}")
        candidates = self._decode(outputs, Thresholds(threshold, 1.0, CANDIDATES, limits.agnostic), classes)
        loss = actual.lost_in(candidates)
        if loss.lost:
            counted = f"{loss.lost} of {loss.of} {self._task.loss_unit}"
            return Step("decode", False, f"{counted} are not among the candidates of the outputs")
        for confidence in sorted({float(score) for score in expected.scores}):
            if int((expected.scores > np.float32(confidence)).sum()) != len(actual):
                continue
            if self._same(actual, self._decode(outputs, replace(limits, confidence=confidence), classes)):
                message = f"the app hides scores below {confidence:.2f}; its threshold is {threshold:g}"
                return Step("thresholds", False, message)
        more, less = actual.lost_in(expected).lost, expected.lost_in(actual).lost
        if self._spec.output.needs_nms:
            return Step("nms", False, f"NMS keeps other boxes: {more} more, {less} missing")
        return Step("decode", False, f"other boxes are kept: {more} more, {less} missing")

    def _processors(self) -> Step:
        """Compare the results before and after the app's own result processors."""
        if list(self.capture.found) == list(self.capture.shown):
            if self.capture.added:
                message = f"the app's own result processors add {self.capture.added} results"
                return Step("processors", False, message)
            return Step("processors", True, "all results are shown")
        return Step("processors", False, "the app's own result processors change the results")

    def _end_to_end(self) -> Step:
        """Compare with Ultralytics' predict from beginning to end."""
        if self.expected is None:
            return Step(WHOLE, None, "not compared with PyTorch")
        if PRECISIONS[self._spec.precision].quantized:
            return Step(WHOLE, None, "not compared with PyTorch: an int8 model gives other results")
        if why := self._why_not_comparable():
            return Step(WHOLE, None, f"not compared: {why}")
        if self._same(self.app_result(self.capture.found), self.expected):
            return Step(WHOLE, True, "PyTorch shows the same")
        return Step(
            "export", False, "each stage is right, but the result differs from PyTorch's: please report this"
        )

    @cached_property
    def expected(self) -> Result | None:
        """PyTorch's result; None without PyTorch or without the picture."""
        if self._pytorch is None or self.picture is None:
            return None
        return self._pytorch.result(self.picture.rgb, self.capture.thresholds, self.capture.classes)

    def _why_not_comparable(self) -> str:
        """Return why the results cannot be compared; "" if they can."""
        if self.capture.retina_masks:
            return "masks of the picture's size (--retina-masks)"
        if "maps" in self._task.choices and not self.capture.map:
            return "the capture has no map, as it was too large"
        return ""

    def app_result(self, rows: Sequence[Mapping[str, Any]]) -> Result:
        """Return the task's result of an app's rows; InputError if they are damaged."""
        more = {"file": str(self._folder / "map.png")} if self.capture.map else {}
        try:
            for mask in (row["mask"] for row in rows if row.get("mask")):
                if sum(mask["runs"]) != mask["size"][0] * mask["size"][1]:  # before it takes memory
                    raise ValueError("a mask's runs do not fill it")
            return self._task.decoder.from_json([{**row, **more} for row in rows])
        except DAMAGE as error:
            raise InputError(
                f"{self.capture.path} is damaged: its results are not those of the task {self._spec.task}: "
                f"{error!r}",
                "write the capture again with the app",
            ) from error

    def _same(self, actual: Result, expected: Result) -> bool:
        return actual.compare(expected, self.capture.thresholds, self._spec.output).passed
