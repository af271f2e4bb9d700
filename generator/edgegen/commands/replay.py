"""The stages of a capture, done again one after another, and compared with what the app had."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from edgegen import tasks
from edgegen.artifacts.capture import DAMAGE, Capture
from edgegen.base.errors import InputError
from edgegen.model.precision import PRECISIONS
from edgegen.model.spec import LETTERBOX, ModelSpec
from edgegen.model.thresholds import Thresholds
from edgegen.parity.authority import Authority
from edgegen.parity.picture_files import Picture, decode_stored, read_picture
from edgegen.reference import plan_letterbox
from edgegen.tasks.decoder import Result
from edgegen.tasks.prepared import Prepared, prepare

Uint8 = npt.NDArray[np.uint8]
Float32 = npt.NDArray[np.float32]

WHOLE: Final = "pytorch"  # the last stage
SAME: Final = 1e-5  # of the input: numbers from 0 to 1, or a few
SAMPLED: Final = 0.015  # of outputs of which only samples are there, of their size and 1
PRINTED: Final = 1e-6  # scores are printed with so many digits
CANDIDATES: Final = 3000  # that are looked through for what is shown

# What EXIF's numbers of the orientation mean.
TURNED: Final = {
    1: "as it is stored",
    2: "mirrored",
    3: "turned by 180 degrees",
    4: "upside down, mirrored",
    5: "mirrored and turned counter-clockwise",
    6: "turned clockwise by 90 degrees",
    7: "mirrored and turned clockwise",
    8: "turned counter-clockwise by 90 degrees",
}


@dataclass(frozen=True)
class Step:
    """One stage of the way, in a line: same is None where it could not be looked at."""

    name: str
    same: bool | None
    said: str


def upright(stored: Uint8, orientation: int) -> Uint8:
    """Return a stored picture [h, w, 3] as EXIF's number of its orientation says, from 1 to 8."""
    turned = stored.transpose(1, 0, 2) if orientation >= 5 else stored
    flips: Mapping[int, tuple[int, ...]] = {0: (), 1: (1,), 2: (0, 1), 3: (0,)}
    return np.ascontiguousarray(np.flip(turned, flips[(orientation - 1) % 4]))


class Replay:
    """Goes through the stages; after the first that differs nothing more can be said of the next."""

    def __init__(
        self,
        capture: Capture,
        folder: Path,
        pytorch: Authority | None,
        runs: Authority | None,
        image: Path | None,
    ) -> None:
        """Take the capture, and who says what is right; InputError where image is another picture."""
        self.capture, self._folder = capture, folder
        self._pytorch, self._runs = pytorch, runs
        self._spec: ModelSpec = capture.spec
        self._task = tasks.find(capture.spec.task)
        self.picture: Picture | None = None  # upright
        if image is not None:
            self.picture = read_picture(image)
        self._stored = self._read(image)
        if image is None and self._stored is not None:
            self.picture = Picture("frame.png", upright(self._stored, capture.orientation))

    def _read(self, image: Path | None) -> Uint8 | None:
        """Return the picture as the app had it, not turned yet; None: it was left out."""
        data = self.capture.frame if image is None else image.read_bytes()
        if not data:
            return None
        size, stored = self.capture.stored, decode_stored(data)
        # OpenCV turns some kinds of files itself (TIFF): those the app had upright.
        seen = [stored, None if self.picture is None else self.picture.rgb]
        there = [each for each in seen if each is not None]
        if not there:
            raise InputError(
                f"{self.capture.path}: the picture in it is damaged", "write it again with the app"
            )
        for each in there:
            if each.shape[:2] == size:
                return each
        height, width = there[-1].shape[:2]
        raise InputError(
            f"{image} has {width} x {height} pixels, the picture that the app had {size[1]} x {size[0]}",
            "give the original file, not a resized copy",
        )

    def steps(self) -> tuple[Step, ...]:
        """Ask stage after stage, up to the first that differs."""
        done: list[Step] = []
        for ask in (self._input, self._outputs, self._result, self._processors, self._whole):
            done.append(ask())
            if done[-1].same is False:
                break
        return tuple(done)

    # --- the input ---

    def _input(self) -> Step:
        """Compare the model's input, and look for what would explain another one."""
        if self.picture is None or self._stored is None:
            return Step(
                "letterbox", None, "the picture was left out, as it is too large: give it with --image"
            )
        if self._fits(self._input_of_picture):
            return Step("letterbox", True, "the input is the letterboxed picture, upright")
        for number, how in TURNED.items():
            if self._fits(self._prepared(upright(self._stored, number))):
                return Step("rotation", False, f"the app took the picture {how}, and that is not upright")
        for why, prepared in self._mistakes(self.picture.rgb):
            if self._fits(prepared):
                return Step("letterbox", False, why)
        return Step(
            "letterbox", False, "the app's input is not the letterboxed picture, nor anything near it"
        )

    @cached_property
    def _input_of_picture(self) -> Prepared:
        if self.picture is None:
            raise ValueError("there is no picture")
        return self._prepared(self.picture.rgb)

    def _prepared(self, rgb: Uint8) -> Prepared:
        return prepare(rgb, self._spec.input)

    def _mistakes(self, rgb: Uint8) -> Iterator[tuple[str, Prepared]]:
        """Give what goes wrong most often, each with the input that it leads to."""
        import cv2

        spec, right = self._spec.input, self._input_of_picture
        yield "red and blue are exchanged", self._prepared(np.ascontiguousarray(rgb[..., ::-1]))
        yield "the numbers are bytes, not divided by 255", replace(right, tensor=right.tensor * 255)
        stretched = np.asarray(cv2.resize(rgb, (spec.width, spec.height)), dtype=np.uint8)
        yield "the picture is stretched, not letterboxed", self._prepared(stretched)
        if spec.resize != LETTERBOX:
            return
        # Where the border is: what a border of another colour changes.
        light, dark = (prepare(rgb, replace(spec, pad_value=value)).tensor for value in (255, 0))
        border = (light != dark).reshape(-1)[:: self.capture.input.step]
        if border.any():
            deep, high = (
                float(each.reshape(-1)[:: self.capture.input.step][border][0]) for each in (dark, light)
            )
            seen = float(self.capture.input.samples[border][0])
            pad = round(255 * (seen - deep) / (high - deep)) if np.isfinite(seen) else -1
            if 0 <= pad <= 255:
                made = prepare(rgb, replace(spec, pad_value=pad))
                yield f"the border is {pad}, not {spec.pad_value}", made

    def _fits(self, prepared: Prepared) -> bool:
        seen, ours = self.capture.input, prepared.tensor.reshape(-1)
        if seen.total != ours.size:
            return False
        return bool(np.abs(ours[:: seen.step] - seen.samples).max() <= SAME)

    # --- the model ---

    def _ours(self) -> list[Float32] | None:
        """Run the model on the right input."""
        if self._runs is None or self.picture is None:
            return None
        return list(self._runs.outputs(self._input_of_picture.tensor))

    def _outputs(self) -> Step:
        """Compare the outputs with those of the same input."""
        theirs = self._ours()
        if theirs is None:
            quantized = PRECISIONS[self._spec.precision].quantized
            which = "the project or the export" if quantized else "the checkpoint or the project"
            missing = f"give {which} with --model" if self.picture is not None else "the picture is missing"
            return Step("runtime", None, f"the model was not run: {missing}")
        ours = self.capture.whole_outputs()
        if ours is None:
            pairs = zip(self.capture.outputs, theirs, strict=True)
            apart = [_apart(seen.samples, right.reshape(-1)[:: seen.step]) for seen, right in pairs]
            worst = float(np.nan_to_num(np.concatenate(apart), nan=np.inf).max(initial=0))
            same, off = worst <= SAMPLED, f"by {worst:.2g} of their size, of samples"
        else:
            stages = self._task.decoder.compare_outputs(ours, theirs, self._spec.output)
            same = all(stage.passed for stage in stages)
            off = ", ".join(f"by {stage.worst:.2g} {stage.unit} of {stage.tolerance:g}" for stage in stages)
        if same:
            return Step("runtime", True, f"the model gives what it gives here; they differ {off}")
        return Step(
            "runtime", False, f"the runtime or its backend gives other numbers for the same input: {off}"
        )

    # --- what follows ---

    def _result(self) -> Step:
        """Decode and choose from the app's own outputs, or from ours where some of its are missing."""
        outputs = self.capture.whole_outputs() or self._ours()
        if outputs is None:
            return Step("decode", None, "not looked at: some of the outputs were left out")
        if why := self._beyond():
            return Step("decode", None, f"not looked at: {why}")
        found = self.of_app(self.capture.found)
        right = self._at(outputs, self.capture.thresholds, self.capture.classes)
        if self._same(found, right):
            return Step("decode", True, "decode, NMS and thresholds give what the app found")
        if "iou" not in self._task.choices:
            return Step("decode", False, "what the app makes of the outputs is not what they mean")
        return self._what_differs(outputs, found, right)

    def _at(self, outputs: Sequence[Float32], thresholds: Thresholds, classes: Sequence[int]) -> Result:
        input_hw = (self._spec.input.height, self._spec.input.width)
        plan = (
            plan_letterbox(self.capture.size, input_hw)
            if self.picture is None
            else self._input_of_picture.plan
        )
        return self._task.decoder.result(outputs, self._spec.output, plan, thresholds, classes or None)

    def _what_differs(self, outputs: Sequence[Float32], found: Any, right: Any) -> Step:
        """Tell thresholds, decoding and choosing apart."""
        asked, classes = self.capture.thresholds, self.capture.classes
        if len(found) and float(np.min(found.scores)) < asked.confidence - PRINTED:
            return Step("thresholds", False, f"the app shows scores below its threshold {asked.confidence:g}")
        others = sorted(set(found.class_ids.tolist()) - set(classes)) if classes else []
        if others:
            return Step("thresholds", False, f"the app shows classes that it is not to show: {others[:10]}")
        every = self._at(outputs, Thresholds(asked.confidence, 1.0, CANDIDATES, asked.agnostic), classes)
        among = found.lost_in(every)
        if among.lost:
            counted = f"{among.lost} of {among.of} {self._task.loss_unit}"
            return Step("decode", False, f"{counted} are at no place that the outputs name")
        for confidence in sorted({float(score) for score in right.scores}):
            if int((right.scores > np.float32(confidence)).sum()) != len(found):
                continue
            if self._same(found, self._at(outputs, replace(asked, confidence=confidence), classes)):
                said = (
                    f"the app shows scores above {confidence:.2f}, and its threshold is {asked.confidence:g}"
                )
                return Step("thresholds", False, said)
        more, less = found.lost_in(right).lost, right.lost_in(found).lost
        if self._spec.output.needs_nms:
            return Step("nms", False, f"NMS chooses others: {more} beside, {less} missing")
        return Step("decode", False, f"others are chosen: {more} beside, {less} missing")

    def _processors(self) -> Step:
        """Compare what was found with what the app's own result processors left of it."""
        if list(self.capture.found) == list(self.capture.shown):
            if self.capture.added:
                said = f"the app's own result processors add {self.capture.added} to what was found"
                return Step("processors", False, said)
            return Step("processors", True, "everything that was found is shown")
        return Step("processors", False, "the app's own result processors change what was found")

    def _whole(self) -> Step:
        """Compare with Ultralytics' predict from beginning to end."""
        if self.right is None:
            return Step(WHOLE, None, "not compared with PyTorch")
        if PRECISIONS[self._spec.precision].quantized:
            return Step(WHOLE, None, "an int8 model's numbers are its own")
        if why := self._beyond():
            return Step(WHOLE, None, f"not compared: {why}")
        if self._same(self.of_app(self.capture.found), self.right):
            return Step(WHOLE, True, "PyTorch shows the same")
        return Step(
            "export", False, "every stage is right, and PyTorch shows something else: report this, please"
        )

    # --- helpers ---

    @cached_property
    def right(self) -> Result | None:
        """What PyTorch shows of the picture; None: one of the two is missing."""
        if self._pytorch is None or self.picture is None:
            return None
        return self._pytorch.result(self.picture.rgb, self.capture.thresholds, self.capture.classes)

    def _beyond(self) -> str:
        """Return what cannot be compared, and why; nothing: all can."""
        if self.capture.retina_masks:
            return "masks of the picture's size (--retina-masks)"
        if "maps" in self._task.choices and not self.capture.map:
            return "the map was left out, as it is too large"
        return ""

    def of_app(self, rows: Sequence[Mapping[str, Any]]) -> Result:
        """Return what an app printed; InputError where that is nothing that the task can show."""
        more = {"file": str(self._folder / "map.png")} if self.capture.map else {}
        try:
            for row in rows:
                _check_mask(row.get("mask"))
            return self._task.decoder.from_json([{**row, **more} for row in rows])
        except DAMAGE as error:
            raise InputError(
                f"{self.capture.path} is damaged: its results are not those of the task {self._spec.task}: "
                f"{error!r}",
                "write it again with the app",
            ) from error

    def _same(self, ours: Result, theirs: Result) -> bool:
        return ours.compare(theirs, self.capture.thresholds, self._spec.output).passed


def _apart(ours: Float32, theirs: Float32) -> npt.NDArray[np.float64]:
    """Return how far numbers are apart, of their size and 1."""
    distance: npt.NDArray[np.float64] = np.abs(theirs.astype(np.float64) - ours) / (1 + np.abs(theirs))
    return distance


def _check_mask(mask: Any) -> None:
    """Raise ValueError for runs that do not fill the mask, before they are laid out in memory."""
    if mask is not None and sum(mask["runs"]) != mask["size"][0] * mask["size"][1]:
        raise ValueError("a mask's runs do not fill it")
