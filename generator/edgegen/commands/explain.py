"""The steps of `edgegen explain`: replays a capture, and names the first stage that is not PyTorch's."""

import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from edgegen import tasks
from edgegen.artifacts.capture import Capture, read_capture
from edgegen.artifacts.model_reader import load_model_spec
from edgegen.base.errors import InputError
from edgegen.base.progress import Progress
from edgegen.commands.verified import checkpoint_of, is_project, known_project, project_spec
from edgegen.model.precision import PRECISIONS
from edgegen.model.spec import ModelSpec
from edgegen.model.thresholds import Thresholds
from edgegen.parity.authority import Authority, CheckpointAuthority, PteAuthority
from edgegen.parity.pictures import Picture, read_picture
from edgegen.sources.exported import ExportedSource
from edgegen.sources.identify import identify, opened
from edgegen.targets import find
from edgegen.tasks.prepared import Prepared

Uint8 = npt.NDArray[np.uint8]
Float32 = npt.NDArray[np.float32]

SAME: Final = 1e-5  # of the input: numbers from 0 to 1, or a few
SAMPLED: Final = 1e-3  # of outputs of which only samples are there, of their size and 1
LEAST: Final = 0.01  # the score down to which candidates are shown that the threshold hides
FEW: Final = 5  # of them

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


@dataclass(frozen=True)
class Explanation:
    """Where an app and PyTorch part."""

    capture: Capture
    steps: tuple[Step, ...]
    shown: Sequence[Mapping[str, Any]]  # by the app, as its `--json` prints it
    right: Sequence[Mapping[str, Any]] | None  # by PyTorch; None: there was no checkpoint
    hidden: Sequence[Mapping[str, Any]]  # the best that the threshold hides, where PyTorch sees the same
    picture: Picture | None  # upright

    @property
    def stage(self) -> str | None:
        """The first stage that differs; None: there is none."""
        return next((step.name for step in self.steps if step.same is False), None)

    @property
    def verdict(self) -> str:
        """Return in a line what is the matter."""
        if self.stage is not None:
            return next(step.said for step in self.steps if step.same is False)
        if self.right is None:
            return "no stage differs as far as can be seen without PyTorch: give the checkpoint with --model"
        return "PyTorch sees the very same: it is the model, not the app"

    def to_json(self) -> dict[str, Any]:
        """Return the JSON object that the command prints."""
        return {
            "capture": str(self.capture.path),
            **self.capture.about,
            "stage": self.stage,
            "verdict": self.verdict,
            "stages": [asdict(step) for step in self.steps],
            "shown": self.shown,
            "pytorch": self.right,
            "hidden": self.hidden,
        }


def explain(path: Path, *, model: str | None, image: Path | None, progress: Progress) -> Explanation:
    """Replay what an app did with a picture, stage by stage, and compare with what the app had.

    model is the checkpoint, the export or the project of the app; image the picture, where the capture has
    left it out.

    Raises:
        InputError: The capture, the model or the picture cannot be used, or do not belong together.
    """
    with tempfile.TemporaryDirectory(prefix="edgegen-") as folder:
        progress.step("Read the capture")
        capture = read_capture(path, Path(folder))
        if capture.map:
            (Path(folder) / "map.png").write_bytes(capture.map)
        progress.step("Open the model")
        pytorch, runs = _authorities(capture, model)
        progress.step("Replay")
        return _Replay(capture, Path(folder), pytorch, runs, image).explanation()


def _authorities(capture: Capture, model: str | None) -> tuple[Authority | None, Authority | None]:
    """Return PyTorch, and who says what the model's numbers are: of int8 that is the `.pte`."""
    if model is None:
        return None, None
    spec, checkpoint = capture.spec, None
    if is_project(model):
        project = Path(model).expanduser()
        known = known_project(project)
        spec = project_spec(project / find(known.target).model_dir)
        checkpoint = checkpoint_of(project, known, None)
    elif isinstance(source := identify(model), ExportedSource):
        spec = load_model_spec(source.pte, source.metadata)
    else:
        checkpoint = Path(model).expanduser()
    if spec.sha256 != capture.spec.sha256:
        raise InputError(
            f"{capture.path} is of another model: its .pte is {capture.spec.sha256[:12]}..., that of {model} "
            f"{spec.sha256[:12]}...",
            "give the project that the app was built from, or its checkpoint",
        )
    own = PteAuthority(spec) if spec is not capture.spec else None
    pytorch = None if checkpoint is None else CheckpointAuthority(opened(checkpoint), spec)
    quantized = PRECISIONS[spec.precision].quantized
    return pytorch, own if quantized else own or pytorch


def upright(stored: Uint8, orientation: int) -> Uint8:
    """Return a stored picture [h, w, 3] as EXIF's number of its orientation says, from 1 to 8."""
    turned = stored.transpose(1, 0, 2) if orientation >= 5 else stored
    flips: Mapping[int, tuple[int, ...]] = {0: (), 1: (1,), 2: (0, 1), 3: (0,)}
    return np.ascontiguousarray(np.flip(turned, flips[(orientation - 1) % 4]))


class _Replay:
    """Goes through the stages; after the first that differs nothing more can be said of the next."""

    def __init__(
        self,
        capture: Capture,
        folder: Path,
        pytorch: Authority | None,
        runs: Authority | None,
        image: Path | None,
    ) -> None:
        self._capture, self._folder = capture, folder
        self._pytorch, self._runs = pytorch, runs
        self._spec: ModelSpec = capture.spec
        self._task = tasks.find(capture.spec.task)
        self._stored, self._picture = self._read(image)

    def _read(self, image: Path | None) -> tuple[Uint8 | None, Picture | None]:
        """Return the picture as it is stored, and upright."""
        if image is not None:
            picture = read_picture(image)
            return None, picture
        if not self._capture.frame:
            return None, None
        import cv2

        bgr = cv2.imdecode(
            np.frombuffer(self._capture.frame, np.uint8), cv2.IMREAD_COLOR | cv2.IMREAD_IGNORE_ORIENTATION
        )
        if bgr is None:
            raise InputError(f"{self._capture.path}: its frame.png is damaged", "write the capture again")
        stored = np.ascontiguousarray(bgr[..., ::-1], dtype=np.uint8)
        return stored, Picture("frame.png", upright(stored, self._capture.orientation))

    def explanation(self) -> Explanation:
        """Ask stage after stage, up to the first that differs."""
        steps: list[Step] = []
        for ask in (self._input, self._outputs, self._result, self._processors, self._whole):
            steps.append(ask())
            if steps[-1].same is False:
                break
        right: Sequence[Mapping[str, Any]] | None = None
        hidden: Sequence[Mapping[str, Any]] = ()
        names = self._spec.class_names
        if self._pytorch is not None and self._picture is not None:
            shown = self._pytorch.result(self._picture.rgb, self._capture.thresholds, self._capture.classes)
            right = self._task.to_json(shown, names)
            if all(step.same is not False for step in steps):
                hidden = self._hidden(self._pytorch, self._picture, right)
        return Explanation(self._capture, tuple(steps), self._capture.shown, right, hidden, self._picture)

    # --- stages ---

    def _input(self) -> Step:
        """Compare the model's input, and look for what would explain another one."""
        if self._picture is None:
            return Step(
                "letterbox", None, "the picture was left out, as it is too large: give it with --image"
            )
        if self._fits(self._task.prepare(self._picture.rgb, self._spec.input)):
            return Step("letterbox", True, "the input is the letterboxed picture, upright")
        if self._stored is not None:
            for number, how in TURNED.items():
                if number != self._capture.orientation and self._fits(
                    self._task.prepare(upright(self._stored, number), self._spec.input)
                ):
                    meant = TURNED[self._capture.orientation]
                    return Step("rotation", False, f"the app took the picture {how}; it has to be {meant}")
        for why, pixels in self._mistakes(self._picture.rgb):
            if self._fits(pixels):
                return Step("letterbox", False, why)
        return Step(
            "letterbox", False, "the app's input is not the letterboxed picture, nor anything near it"
        )

    def _mistakes(self, rgb: Uint8) -> Sequence[tuple[str, Prepared]]:
        """Return what goes wrong most often, each with the input that it leads to."""
        import cv2

        spec, right = self._spec.input, self._task.prepare(rgb, self._spec.input)
        made = [
            ("red and blue are exchanged", self._task.prepare(np.ascontiguousarray(rgb[..., ::-1]), spec)),
            ("the numbers are bytes, not divided by 255", replace(right, tensor=right.tensor * 255)),
            *(
                (
                    f"the border is {pad}, not {spec.pad_value}",
                    self._task.prepare(rgb, replace(spec, pad_value=pad)),
                )
                for pad in range(256)
                if spec.resize == "letterbox" and pad != spec.pad_value
            ),
        ]
        stretched = np.asarray(cv2.resize(rgb, (spec.width, spec.height)), dtype=np.uint8)
        made.append(("the picture is stretched, not letterboxed", self._task.prepare(stretched, spec)))
        return made

    def _fits(self, prepared: Prepared) -> bool:
        seen, ours = self._capture.input, prepared.tensor.reshape(-1)
        if seen.total != ours.size:
            return False
        return bool(np.abs(ours[:: seen.step] - seen.kept).max() <= SAME)

    def _outputs(self) -> Step:
        """Compare the outputs with those of the same input."""
        if self._runs is None or self._picture is None:
            return Step(
                "runtime", None, "the model was not run: give the checkpoint or the project with --model"
            )
        theirs = self._runs.outputs(self._task.prepare(self._picture.rgb, self._spec.input).tensor)
        ours = self._capture.whole_outputs()
        if ours is None:
            worst = max(
                float(np.max(np.abs(right - seen.kept) / (1 + np.abs(right))))
                for seen, output in zip(self._capture.outputs, theirs, strict=True)
                for right in (output.reshape(-1)[:: seen.step],)
            )
            same, off = worst <= SAMPLED, f"by {worst:.2g} of their size, of samples"
        else:
            stages = self._task.compare_outputs(ours, theirs, self._spec.output)
            same = all(stage.passed for stage in stages)
            off = ", ".join(f"by {stage.worst:.2g} {stage.unit} of {stage.tolerance:g}" for stage in stages)
        if same:
            return Step("runtime", True, f"the model gives what it gives here; they differ {off}")
        return Step(
            "runtime", False, f"the runtime or its backend gives other numbers for the same input: {off}"
        )

    def _result(self) -> Step:
        """Decode and choose from the app's own outputs, or from ours where some of its are missing."""
        outputs = self._capture.whole_outputs()
        if outputs is None and self._runs is not None and self._picture is not None:
            outputs = self._runs.outputs(self._task.prepare(self._picture.rgb, self._spec.input).tensor)
        if outputs is None:
            return Step("decode", None, "not looked at: some of the outputs were left out")
        if self._capture.retina_masks:
            return Step("decode", None, "not looked at: masks of the picture's size (--retina-masks)")
        from edgegen.reference import plan_letterbox

        plan = (
            plan_letterbox(self._capture.size, (self._spec.input.height, self._spec.input.width))
            if self._picture is None
            else self._task.prepare(self._picture.rgb, self._spec.input).plan
        )
        found, asked = self._of_app(self._capture.found), self._capture.thresholds

        def at(thresholds: Thresholds) -> Any:
            keep = self._capture.classes or None
            return self._task.result(outputs, self._spec.output, plan, thresholds, keep)

        if self._same(found, at(asked)):
            return Step("decode", True, "decode, NMS and thresholds give what the app found")
        return self._what_differs(found, at)

    def _what_differs(self, found: Any, at: Callable[[Thresholds], Any]) -> Step:
        """Tell decoding from choosing: what is shown has to be among the candidates, whatever is chosen."""
        asked = self._capture.thresholds
        if "iou" not in self._task.choices:
            return Step("decode", False, "what the app makes of the outputs is not what they mean")
        every = at(Thresholds(LEAST, 1.0, 30_000, asked.agnostic))
        among = self._task.lost(every, found)
        if among.lost:
            return Step(
                "decode",
                False,
                f"{among.lost} of {among.of} {self._task.counted} are at no place that the outputs name",
            )
        if len(found) and float(np.min(found.scores)) <= asked.confidence:
            return Step("thresholds", False, f"the app shows scores below its threshold {asked.confidence:g}")
        right = at(asked)
        for confidence in sorted({float(score) for score in right.scores}):
            other = replace(asked, confidence=confidence)
            if len(at(other)) == len(found) and self._same(found, at(other)):
                return Step(
                    "thresholds",
                    False,
                    f"the app shows scores above {confidence:.2f}, and its threshold is {asked.confidence:g}",
                )
        more, less = self._task.lost(right, found).lost, self._task.lost(found, right).lost
        return Step("nms", False, f"NMS chooses others: {more} beside, {less} missing")

    def _processors(self) -> Step:
        """Compare what was found with what the app's own result processors left of it."""
        if list(self._capture.found) == list(self._capture.shown):
            return Step("processors", True, "everything that was found is shown")
        return Step("processors", False, "the app's own result processors change what was found")

    def _whole(self) -> Step:
        """Compare with Ultralytics' predict from beginning to end."""
        if self._pytorch is None or self._picture is None:
            return Step("pytorch", None, "not compared with PyTorch")
        capture = self._capture
        if PRECISIONS[self._spec.precision].quantized:
            return Step("pytorch", None, "an int8 model's numbers are its own")
        right = self._pytorch.result(self._picture.rgb, capture.thresholds, capture.classes)
        if self._same(self._of_app(capture.found), right):
            return Step("pytorch", True, "PyTorch shows the same")
        return Step(
            "export", False, "every stage is right, and PyTorch shows something else: report this, please"
        )

    # --- helpers ---

    def _of_app(self, rows: Sequence[Mapping[str, Any]]) -> Any:
        more = {"file": str(self._folder / "map.png")} if self._capture.map else {}
        try:
            return self._task.from_json([{**row, **more} for row in rows])
        except (KeyError, ValueError, TypeError, AttributeError, OSError) as error:
            raise InputError(
                f"{self._capture.path} is damaged: its results are not those of the task {self._spec.task}: "
                f"{error!r}",
                "write it again with the app",
            ) from error

    def _same(self, ours: Any, theirs: Any) -> bool:
        return bool(self._task.compare(ours, theirs, self._capture.thresholds, self._spec.output).passed)

    def _hidden(
        self, pytorch: Authority, picture: Picture, shown: Sequence[Mapping[str, Any]]
    ) -> Sequence[Mapping[str, Any]]:
        """Return the best of what a lower threshold would show."""
        if "confidence" not in self._task.choices:
            return []
        lower = replace(self._capture.thresholds, confidence=LEAST)
        rows = self._task.to_json(pytorch.result(picture.rgb, lower, ()), self._spec.class_names)
        return [row for row in rows if row not in shown][:FEW]
