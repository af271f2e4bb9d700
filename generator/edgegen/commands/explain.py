"""`edgegen explain`: replay a capture stage by stage, and find the first stage that differs from PyTorch."""

import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any, Final, NamedTuple

import numpy as np

from edgegen import tasks
from edgegen.artifacts.capture import DAMAGE, Capture, read_capture
from edgegen.base.arrays import Float32, Uint8
from edgegen.base.errors import InputError, RenderError, reason
from edgegen.base.progress import Progress
from edgegen.base.staging import parents_of
from edgegen.commands.resolve_model import find_all_models
from edgegen.model.spec import CENTRE_CROP, LETTERBOX, LETTERBOX_TOP_LEFT, WHOLE_PICTURE, ModelSpec
from edgegen.model.thresholds import Thresholds
from edgegen.parity.authority import Authority, CheckpointAuthority, PteAuthority, authority_for
from edgegen.parity.picture_files import Picture, decode_stored, read_picture
from edgegen.parity.rounding import compare_outputs
from edgegen.project.appearance import LOOK
from edgegen.reference import turn_upright
from edgegen.sources.identify import open_checkpoint
from edgegen.sources.source import ModelSource
from edgegen.tasks.decoder import Result
from edgegen.tasks.prepared import Prepared, plan_input, prepare

_WHOLE: Final = "pytorch"  # the last stage
_SAMPLED: Final = 0.015  # the largest difference of equal sampled outputs, relative to 1 + their size
_PRINTED: Final = 1e-6  # the precision of printed scores
_CANDIDATES: Final = 3000  # detections that are searched for the app's
_SAME: Final = 1e-5  # the largest difference of equal inputs
# The EXIF orientations.
_TURNED: Final = {
    1: "as it is stored",
    2: "mirrored",
    3: "turned by 180 degrees",
    4: "upside down, mirrored",
    5: "mirrored and turned counter-clockwise",
    6: "turned clockwise by 90 degrees",
    7: "mirrored and turned clockwise",
    8: "turned counter-clockwise by 90 degrees",
}
_LOWEST_SCORE: Final = 0.01  # of the hidden detections that are reported
_MOST_HIDDEN: Final = 5
_MAX_HEIGHT: Final = 900  # pixels
_GAP: Final = 12  # pixels
_MOST_ROWS: Final = 5  # classes without a box
Rows = Sequence[Mapping[str, Any]]


@dataclass(frozen=True)
class Step:
    """The result of one stage. `same` is None if it could not be compared."""

    name: str
    same: bool | None
    message: str


@dataclass(frozen=True)
class Explanation:
    """The comparison of an app with PyTorch."""

    capture: Capture
    steps: tuple[Step, ...]
    verdict: str
    shown: Sequence[Mapping[str, Any]]  # the app's results, as its `--json` prints them
    expected: Sequence[Mapping[str, Any]] | None  # PyTorch's results; None: it did not run
    hidden: Sequence[Mapping[str, Any]]  # the best results below the threshold, if nothing differs
    picture: Picture | None  # upright

    @property
    def stage(self) -> str | None:
        """The first stage that differs, or None."""
        return next((step.name for step in self.steps if step.same is False), None)

    def to_json(self) -> dict[str, Any]:
        """Return the JSON object that the command prints."""
        return {
            "capture": str(self.capture.path),
            **self.capture.about,
            "stage": self.stage,
            "verdict": self.verdict,
            "stages": [{"name": step.name, "same": step.same, "said": step.message} for step in self.steps],
            "shown": self.shown,
            "pytorch": self.expected,
            "hidden": self.hidden,
        }


def explain(path: Path, *, model: str | None, image: Path | None, progress: Progress) -> Explanation:
    """Replay a capture stage by stage, and compare each stage with the app's.

    model: the app's checkpoint, export or project. image: the picture, if the capture does not contain it.
    """
    with tempfile.TemporaryDirectory(prefix="edgegen-") as folder:
        progress.step("Read the capture")
        capture = read_capture(path, Path(folder))
        if capture.map:
            (Path(folder) / "map.png").write_bytes(capture.map)
        progress.step("Open the model")
        authorities = _authorities(capture, model, progress)
        progress.step("Replay")
        pytorch = authorities.pytorch
        replay = Replay(capture, Path(folder), pytorch, authorities.model, image)
        steps = replay.steps()
        names, picture = capture.spec.class_names, replay.picture
        hidden: Sequence[Mapping[str, Any]] = ()
        if pytorch is not None and picture is not None and steps[-1].name == _WHOLE and steps[-1].same:
            hidden = _hidden(capture, pytorch, picture)
        verdict = _verdict(replay, steps, model)
        rows = None if replay.expected is None else replay.expected.to_json(names)
        return Explanation(capture, steps, verdict, capture.shown, rows, hidden, picture)


def draw_both(picture: Picture, app: Rows, pytorch: Rows, path: Path) -> None:
    """Write a PNG with both results. RenderError if it cannot be written."""
    from PIL import Image

    source = Image.fromarray(picture.rgb)
    scale = min(1.0, _MAX_HEIGHT / source.height)
    size = max(round(source.width * scale), 1), max(round(source.height * scale), 1)
    smaller = source.resize(size, Image.Resampling.BOX)
    both = Image.new("RGB", (2 * size[0] + _GAP, size[1]), "white")
    for number, (rows, title) in enumerate(((app, "the app"), (pytorch, "PyTorch"))):
        side = smaller.copy()
        _draw(side, rows, scale, title)
        both.paste(side, (number * (size[0] + _GAP), 0))
    try:
        with parents_of(path):
            both.save(path, "PNG")
    except OSError as error:
        raise RenderError(
            f"{path} cannot be written: {reason(error)}", "choose another place with --output"
        ) from error


class _Authorities(NamedTuple):
    """The authorities of a replay. None: not given, or it cannot run here."""

    pytorch: Authority | None
    model: Authority | None  # runs the app's model: PyTorch, or the `.pte` if it is int8


def _authorities(capture: Capture, model: str | None, progress: Progress) -> _Authorities:
    """Open MODEL; InputError if it is not the app's."""
    if model is None:
        return _Authorities(None, None)
    source = _source_of(capture, model)
    if not source.is_exported:
        checkpoint = source.file(progress, fetch=True)
        pytorch = _open_checkpoint(capture, checkpoint, capture.spec)
        return _Authorities(pytorch, None if capture.spec.is_int8 else pytorch)
    spec = source.spec
    pte = PteAuthority(spec)
    if source.checkpoint is None:
        folder = authority_for(spec, None)  # Ultralytics' predict, if it reads such a folder
        return _Authorities(None if isinstance(folder, PteAuthority) else folder, pte)
    return _Authorities(_open_checkpoint(capture, source.checkpoint, spec), pte)


def _source_of(capture: Capture, model: str) -> ModelSource:
    """Return the model of a capture: of a project with several, the one with its .pte."""
    digests = list[str]()
    for source in find_all_models(model):
        if not source.is_exported:
            return source
        digests.append(source.spec.sha256)
        if digests[-1] == capture.spec.sha256:
            return source
    raise InputError(
        f"{capture.path} is of another model: its .pte is {capture.spec.sha256[:12]}..., that of {model} "
        f"{' or '.join(f'{digest[:12]}...' for digest in dict.fromkeys(digests))}",
        "give the project that the app was built from, or its checkpoint",
    )


def _open_checkpoint(capture: Capture, checkpoint: Path, spec: ModelSpec) -> Authority:
    """Return PyTorch on a checkpoint; InputError if the app's model was made from another one."""
    pytorch = open_checkpoint(checkpoint, spec)
    if capture.spec.checkpoint_sha256 not in {"", pytorch.sha256}:
        raise InputError(
            f"{checkpoint} is not the checkpoint of the app: its sha256 is {pytorch.sha256[:12]}..., "
            f"not {capture.spec.checkpoint_sha256[:12]}...",
            "give that checkpoint: `last.pt` and `best.pt` are different models",
        )
    return CheckpointAuthority(pytorch, spec)


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
        if _is_input(self.capture, self._input_of_picture):
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
        if expected is None or self._model is None:
            quantized = self._spec.is_int8
            which = "the project or the export" if quantized else "the checkpoint or the project"
            missing = f"use {which} with --model" if self.picture is not None else "the picture is missing"
            return Step("runtime", None, f"the model was not run: {missing}")
        actual = self.capture.whole_outputs()
        if actual is None:
            same, difference = self._compare_samples(expected)
        else:
            stages = compare_outputs(actual, expected, self._model, self._input_of_picture.tensor, self._spec)
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
        return worst <= _SAMPLED, f"by {worst:.2g} of their size, in samples"

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
            plan = plan_input(self.capture.size, self._spec.input)
        else:
            plan = self._input_of_picture.plan
        return self._task.decoder.result(outputs, self._spec.output, plan, thresholds, classes or None)

    def _what_differs(self, outputs: Sequence[Float32], actual: Any, expected: Any) -> Step:
        """Return which of thresholds, decoding and NMS differs."""
        limits, classes = self.capture.thresholds, self.capture.classes
        threshold = limits.confidence
        if len(actual) and float(np.min(actual.scores)) < threshold - _PRINTED:
            return Step("thresholds", False, f"the app shows scores below its threshold {threshold:g}")
        hidden = sorted(set(actual.class_ids.tolist()) - set(classes)) if classes else []
        if hidden:
            return Step("thresholds", False, f"the app shows classes that are hidden: {hidden[:10]}")
        candidates = self._decode(outputs, Thresholds(threshold, 1.0, _CANDIDATES, limits.agnostic), classes)
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
        """Compare with the library's predict from beginning to end."""
        if self.expected is None:
            return Step(_WHOLE, None, "not compared with PyTorch")
        if self._spec.is_int8:
            return Step(_WHOLE, None, "not compared with PyTorch: an int8 model gives other results")
        if why := self._why_not_comparable():
            return Step(_WHOLE, None, f"not compared: {why}")
        if self._same(self.app_result(self.capture.found), self.expected):
            return Step(_WHOLE, True, "PyTorch shows the same")
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


def _is_input(capture: Capture, prepared: Prepared) -> bool:
    """Return whether the app's input equals this one."""
    expected = prepared.tensor.reshape(-1)
    if capture.input.total != expected.size:
        return False
    return bool(np.abs(expected[:: capture.input.step] - capture.input.samples).max() <= _SAME)


def explain_input(capture: Capture, stored: Uint8, rgb: Uint8) -> tuple[str, str]:
    """Return the stage and the mistake of a wrong input. `rgb` is the upright picture."""
    for orientation, how in _TURNED.items():
        if _is_input(capture, prepare(turn_upright(stored, orientation), capture.spec.input)):
            return "rotation", f"the app read the picture {how}, which is not upright"
    for mistake, prepared in _mistakes(capture, rgb):
        if _is_input(capture, prepared):
            return "letterbox", mistake
    return "letterbox", "the app's input is not the letterboxed picture, and no usual mistake explains it"


def _mistakes(capture: Capture, rgb: Uint8) -> Iterator[tuple[str, Prepared]]:
    import cv2

    spec = capture.spec.input
    right = prepare(rgb, spec)
    yield "red and blue are exchanged", prepare(np.ascontiguousarray(rgb[..., ::-1]), spec)
    if spec.scale == 1:
        yield "the values are divided by 255, not bytes", prepare(rgb, replace(spec, scale=1 / 255))
    else:
        yield "the values are bytes, not divided by 255", replace(right, tensor=right.tensor * 255)
    if spec.resize == CENTRE_CROP and spec.shorter_side == WHOLE_PICTURE:
        cropped = replace(spec, shorter_side=max(spec.height, spec.width))
        yield "the centre is cut out, and the model takes the whole picture", prepare(rgb, cropped)
    elif spec.resize == CENTRE_CROP:
        yield "the picture is stretched, not cropped", prepare(rgb, replace(spec, shorter_side=WHOLE_PICTURE))
    if spec.resize not in {LETTERBOX, LETTERBOX_TOP_LEFT}:
        return
    if spec.resize == LETTERBOX:
        at_corner = replace(spec, resize=LETTERBOX_TOP_LEFT)
        yield "the picture is at the top left, not in the middle", prepare(rgb, at_corner)
    else:
        centred = replace(spec, resize=LETTERBOX)
        yield "the picture is in the middle, not at the top left", prepare(rgb, centred)
    stretched = np.asarray(cv2.resize(rgb, (spec.width, spec.height)), dtype=np.uint8)
    yield "the picture is stretched, not letterboxed", prepare(stretched, spec)
    # The border is where another border colour changes the input.
    step = capture.input.step
    light, dark = (
        prepare(rgb, replace(spec, pad_value=value)).tensor.reshape(-1)[::step] for value in (255, 0)
    )
    border = light != dark
    if border.any():
        low, high = float(dark[border][0]), float(light[border][0])
        seen = float(capture.input.samples[border][0])
        pad = round(255 * (seen - low) / (high - low)) if np.isfinite(seen) else -1
        if 0 <= pad <= 255:
            yield (f"the border is {pad}, not {spec.pad_value}", prepare(rgb, replace(spec, pad_value=pad)))


def _hidden(capture: Capture, pytorch: Authority, picture: Picture) -> Sequence[Mapping[str, Any]]:
    """Return the best results that a lower threshold would show."""
    task, thresholds = tasks.find(capture.spec.task), capture.thresholds
    if "confidence" not in task.choices:
        return []
    lower = replace(thresholds, confidence=min(_LOWEST_SCORE, thresholds.confidence))
    shown = pytorch.result(picture.rgb, lower, capture.classes)
    rows = shown.to_json(capture.spec.class_names)
    return [row for row in rows if row["score"] <= thresholds.confidence][:_MOST_HIDDEN]


def _verdict(replay: Replay, steps: Sequence[Step], model: str | None) -> str:
    """Return the conclusion as one line."""
    if steps[-1].same is False:
        return steps[-1].message
    if steps[-1].same:
        return "PyTorch shows the same: the cause is the model, not the app"
    no_difference = "no stage differs"
    capture = replay.capture
    if replay.picture is None:
        return f"{no_difference}; to compare the input, give the picture with --image"
    if capture.spec.is_int8 and replay.expected is not None:
        task = tasks.find(capture.spec.task)
        loss = replay.expected.lost_in(replay.app_result(capture.found))
        return f"{no_difference}; int8 loses {loss.lost} of {loss.of} {task.loss_unit} of PyTorch in float32"
    if model is None or replay.expected is None:
        return f"{no_difference}; to compare with PyTorch, give the checkpoint with --model"
    return f"{no_difference}: {steps[-1].message}"


def _draw(side: Any, rows: Rows, scale: float, title: str) -> None:
    from PIL import ImageDraw

    canvas = ImageDraw.Draw(side)

    def write(text: str, x: float, y: float, color: str) -> None:
        canvas.rectangle(canvas.textbbox((x + 3, y), text), fill="#1e1e1e")
        canvas.text((x + 3, y), text, fill=color)

    for row in rows:
        color = f"#{LOOK.class_colours[int(row.get('class_id', 0)) % len(LOOK.class_colours)]:06x}"
        if "corners" in row:
            corners = [(x * scale, y * scale) for x, y in row["corners"]]
            canvas.polygon(corners, outline=color, width=2)
            left, top = min(x for x, _ in corners), min(y for _, y in corners)
        elif "box" in row:
            left, top, right, bottom = (value * scale for value in row["box"])
            canvas.rectangle((left, top, max(left, right), max(top, bottom)), outline=color, width=2)
        else:
            continue
        for x, y, *_ in row.get("keypoints", ()):
            x, y = x * scale, y * scale
            canvas.ellipse((x - 3, y - 3, x + 3, y + 3), fill=color)
        write(f"{_class_name(row)} {row['score']:.2f}", left, max(top - 12, 0), color)
    lines = [f"{_class_name(row)} {row['score']:.3f}" for row in rows if "box" not in row and "score" in row]
    for number, line in enumerate([title, *lines[:_MOST_ROWS]]):
        write(line, 3, 4 + 16 * number, "white")


def _class_name(row: Mapping[str, Any]) -> str:
    """Return the class name, or its ID if the font cannot draw the name."""
    name = str(row.get("class_name", ""))
    return name[:40] if name and name.isascii() and name.isprintable() else f"class {row.get('class_id', '')}"
