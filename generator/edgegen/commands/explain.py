"""The steps of `edgegen explain`: replays a capture, and names the first stage that is not PyTorch's."""

import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, cast

from edgegen import tasks
from edgegen.artifacts.capture import Capture, read_capture
from edgegen.artifacts.model_reader import load_model_spec
from edgegen.base.errors import InputError
from edgegen.base.progress import Progress
from edgegen.commands.replay import WHOLE, Replay, Step
from edgegen.commands.resolve_model import checkpoint_of, is_project, known_project
from edgegen.commands.verified import project_spec
from edgegen.model.precision import PRECISIONS
from edgegen.parity.authority import Authority, CheckpointAuthority, PteAuthority, authority_for
from edgegen.parity.picture_files import Picture
from edgegen.sources.exported import ExportedSource
from edgegen.sources.identify import identify, open_model
from edgegen.targets import of

if TYPE_CHECKING:
    from edgegen.sources.source import OpenableSource

LEAST: Final = 0.01  # the score down to which is told what the threshold hides
FEW: Final = 5  # of that


@dataclass(frozen=True)
class Explanation:
    """Where an app and PyTorch part."""

    capture: Capture
    steps: tuple[Step, ...]
    verdict: str  # in a line
    shown: Sequence[Mapping[str, Any]]  # by the app, as its `--json` prints it
    right: Sequence[Mapping[str, Any]] | None  # by PyTorch; None: it was not run
    hidden: Sequence[Mapping[str, Any]]  # the best that the threshold hides, where PyTorch sees the same
    picture: Picture | None  # upright

    @property
    def stage(self) -> str | None:
        """The first stage that differs; None: there is none."""
        return next((step.name for step in self.steps if step.same is False), None)

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
        pytorch, runs = _authorities(capture, model, progress)
        progress.step("Replay")
        replay = Replay(capture, Path(folder), pytorch, runs, image)
        steps = replay.steps()
        names, picture = capture.spec.class_names, replay.picture
        hidden: Sequence[Mapping[str, Any]] = ()
        if pytorch is not None and picture is not None and steps[-1].name == WHOLE and steps[-1].same:
            hidden = _hidden(capture, pytorch, picture)
        verdict = _verdict(replay, steps, model)
        rows = None if replay.right is None else replay.right.to_json(names)
        return Explanation(capture, steps, verdict, capture.shown, rows, hidden, picture)


def _verdict(replay: Replay, steps: Sequence[Step], model: str | None) -> str:
    """Return in a line what is the matter."""
    if steps[-1].same is False:
        return steps[-1].said
    if steps[-1].same:
        return "PyTorch sees the very same: it is the model, not the app"
    seen = "no stage differs as far as can be seen"
    capture = replay.capture
    if replay.picture is None:
        return f"{seen} without the picture: give it with --image"
    if PRECISIONS[capture.spec.precision].quantized and replay.right is not None:
        task = tasks.find(capture.spec.task)
        loss = replay.right.lost_in(replay.of_app(capture.found))
        return (
            f"{seen}; of what PyTorch shows in float32, int8 loses {loss.lost} of {loss.of} {task.loss_unit}"
        )
    if model is None or replay.right is None:
        return f"{seen} without PyTorch: give the checkpoint with --model"
    return f"{seen}: {steps[-1].said}"


def _authorities(
    capture: Capture, model: str | None, progress: Progress
) -> tuple[Authority | None, Authority | None]:
    """Return PyTorch, and what the model's outputs are compared with: for int8 the `.pte`."""
    if model is None:
        return None, None
    spec, checkpoint = capture.spec, None
    if is_project(model):
        project = Path(model).expanduser()
        known = known_project(project)
        first = project / of(known).model_dir
        models = [(place, project_spec(place.below(first))) for place in known.models]
        of_capture = [each for each in models if each[1].sha256 == capture.spec.sha256]
        place, spec = (of_capture or models)[0]
        checkpoint = checkpoint_of(project, replace(known, checkpoint=place.checkpoint), None)
    elif isinstance(source := identify(model), ExportedSource):
        spec = load_model_spec(source.pte, source.metadata)
    else:
        checkpoint = cast("OpenableSource", source).file(progress, fetch=True)
    if spec.sha256 != capture.spec.sha256:
        raise InputError(
            f"{capture.path} is of another model: its .pte is {capture.spec.sha256[:12]}..., that of {model} "
            f"{spec.sha256[:12]}...",
            "give the project that the app was built from, or its checkpoint",
        )
    own = PteAuthority(spec) if spec is not capture.spec else None
    if checkpoint is None:
        folder = authority_for(spec, None)  # Ultralytics' predict, where it takes such a folder
        return (None if isinstance(folder, PteAuthority) else folder), own
    pytorch = open_model(checkpoint)
    authority = CheckpointAuthority(pytorch, spec)
    if capture.checkpoint_sha256 not in {"", pytorch.sha256}:
        raise InputError(
            f"{checkpoint} is not what the app was made from: its sha256 is {pytorch.sha256[:12]}..., "
            f"not {capture.checkpoint_sha256[:12]}...",
            "give that checkpoint: `last.pt` and `best.pt` are two",
        )
    return authority, own if PRECISIONS[spec.precision].quantized else own or authority


def _hidden(capture: Capture, pytorch: Authority, picture: Picture) -> Sequence[Mapping[str, Any]]:
    """Return the best of what a lower threshold would show."""
    task, asked = tasks.find(capture.spec.task), capture.thresholds
    if "confidence" not in task.choices:
        return []
    lower = replace(asked, confidence=min(LEAST, asked.confidence))
    shown = pytorch.result(picture.rgb, lower, capture.classes)
    rows = shown.to_json(capture.spec.class_names)
    return [row for row in rows if row["score"] <= asked.confidence][:FEW]
