"""The steps of `edgegen explain`: replay a capture, and find the first stage that differs from PyTorch."""

import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final, NamedTuple

from edgegen import tasks
from edgegen.artifacts.capture import Capture, read_capture
from edgegen.base.errors import InputError, RenderError
from edgegen.base.progress import Progress
from edgegen.base.staging import parents_of
from edgegen.commands.replay import WHOLE, Replay, Step
from edgegen.commands.resolve_model import find_all_models
from edgegen.model.precision import PRECISIONS
from edgegen.model.spec import ModelSpec
from edgegen.parity.authority import Authority, CheckpointAuthority, PteAuthority, authority_for
from edgegen.parity.picture_files import Picture
from edgegen.project.appearance import LOOK
from edgegen.sources.description import Description
from edgegen.sources.identify import open_model
from edgegen.sources.source import ModelSource

_LOWEST_SCORE: Final = 0.01  # of the hidden detections that are reported
_MOST_HIDDEN: Final = 5


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

    Raises:
        InputError: The capture, the model or the picture cannot be used, or they do not match.
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
        if pytorch is not None and picture is not None and steps[-1].name == WHOLE and steps[-1].same:
            hidden = _hidden(capture, pytorch, picture)
        verdict = _verdict(replay, steps, model)
        rows = None if replay.expected is None else replay.expected.to_json(names)
        return Explanation(capture, steps, verdict, capture.shown, rows, hidden, picture)


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
    if PRECISIONS[capture.spec.precision].quantized and replay.expected is not None:
        task = tasks.find(capture.spec.task)
        loss = replay.expected.lost_in(replay.app_result(capture.found))
        return f"{no_difference}; int8 loses {loss.lost} of {loss.of} {task.loss_unit} of PyTorch in float32"
    if model is None or replay.expected is None:
        return f"{no_difference}; to compare with PyTorch, give the checkpoint with --model"
    return f"{no_difference}: {steps[-1].message}"


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
        is_int8 = PRECISIONS[capture.spec.precision].quantized
        return _Authorities(pytorch, None if is_int8 else pytorch)
    spec = source.spec()
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
        digests.append(source.spec().sha256)
        if digests[-1] == capture.spec.sha256:
            return source
    raise InputError(
        f"{capture.path} is of another model: its .pte is {capture.spec.sha256[:12]}..., that of {model} "
        f"{' or '.join(f'{digest[:12]}...' for digest in dict.fromkeys(digests))}",
        "give the project that the app was built from, or its checkpoint",
    )


def _open_checkpoint(capture: Capture, checkpoint: Path, spec: ModelSpec) -> Authority:
    """Return PyTorch on a checkpoint; InputError if the app's model was made from another one."""
    pytorch = open_model(checkpoint, Description.of(spec))
    if capture.checkpoint_sha256 not in {"", pytorch.sha256}:
        raise InputError(
            f"{checkpoint} is not the checkpoint of the app: its sha256 is {pytorch.sha256[:12]}..., "
            f"not {capture.checkpoint_sha256[:12]}...",
            "give that checkpoint: `last.pt` and `best.pt` are different models",
        )
    return CheckpointAuthority(pytorch, spec)


def _hidden(capture: Capture, pytorch: Authority, picture: Picture) -> Sequence[Mapping[str, Any]]:
    """Return the best results that a lower threshold would show."""
    task, thresholds = tasks.find(capture.spec.task), capture.thresholds
    if "confidence" not in task.choices:
        return []
    lower = replace(thresholds, confidence=min(_LOWEST_SCORE, thresholds.confidence))
    shown = pytorch.result(picture.rgb, lower, capture.classes)
    rows = shown.to_json(capture.spec.class_names)
    return [row for row in rows if row["score"] <= thresholds.confidence][:_MOST_HIDDEN]


_MAX_HEIGHT: Final = 900  # pixels
_GAP: Final = 12  # pixels
_MOST_ROWS: Final = 5  # classes without a box

Rows = Sequence[Mapping[str, Any]]


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
            f"{path} cannot be written: {error}", "choose another place with --output"
        ) from error


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
