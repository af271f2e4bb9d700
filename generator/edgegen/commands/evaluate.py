"""`edgegen evaluate`: score PyTorch, the .pte and the app on labelled pictures.

One picture at a time: the masks of all pictures would not fit into memory.
"""

import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final

import numpy as np

from edgegen import runtimes, tasks
from edgegen.base import interruption
from edgegen.base.arrays import Float32
from edgegen.base.errors import InputError, ParityError, UnsupportedModelError
from edgegen.base.model_files import ONNX_SUFFIX
from edgegen.base.progress import Progress
from edgegen.base.text import how_many
from edgegen.commands import doctor
from edgegen.commands.loaded_project import LoadedProject, load_project
from edgegen.commands.prepare_model import open_model_argument
from edgegen.commands.request import ExportRequest
from edgegen.model.class_selection import resolve_classes
from edgegen.model.precision import FLOAT32
from edgegen.model.spec import CheckpointFacts, ModelSpec
from edgegen.model.thresholds import Thresholds
from edgegen.parity.authority import PYTORCH, Authority, PteAuthority, authority_for
from edgegen.parity.average_precision import CURVE, SCORED, Score, Scorer, Validation, validate_picture
from edgegen.parity.dataset import LabelledPicture, read_dataset
from edgegen.parity.label_files import Columns
from edgegen.parity.picture_files import PictureFile, read_picture
from edgegen.sources.identify import open_checkpoint
from edgegen.sources.source import ModelSource
from edgegen.targets.runner import Job, PictureInput, RunInput, UnreadableError

_TOP: Final = 5  # classes


@dataclass(frozen=True)
class RunScore:
    """The score of PyTorch, the .pte or the app."""

    name: str  # pytorch, pte, onnx or app
    precision: str
    thresholds: Thresholds
    scores: dict[str, Score] = field(default_factory=dict)  # boxes, and masks or keypoints
    yolo_val: dict[str, Score] = field(default_factory=dict)  # as `yolo val` counts; empty for an app
    top: tuple[float, float] | None = None  # top-1 and top-5 accuracy of a classifier

    def to_json(self, names: tuple[str, ...]) -> dict[str, Any]:
        """Return the run's part of `--json`."""
        content: dict[str, Any] = {"name": self.name, "precision": self.precision}
        if self.top is not None:
            return {**content, "top1": self.top[0], "top5": self.top[1]}
        for kind, score in self.scores.items():
            content |= _score_json(score, names) if kind == "boxes" else {kind: _score_json(score, names)}
        if self.yolo_val:
            content["yolo_val"] = {kind: _score_json(score, names) for kind, score in self.yolo_val.items()}
        limits = self.thresholds
        return {**content, "conf": limits.confidence, "iou": limits.iou, "max_det": limits.max_det}


@dataclass(frozen=True)
class Evaluation:
    """The result of `edgegen evaluate`."""

    model: str
    data: Path
    split: str
    images: int
    labels: int
    without_labels: int
    unreadable: tuple[Path, ...]
    class_names: tuple[str, ...]
    runs: tuple[RunScore, ...]

    def to_json(self) -> dict[str, Any]:
        """Return the JSON object that the command prints."""
        return {
            "model": self.model,
            "data": str(self.data),
            "split": self.split,
            "images": self.images,
            "without_labels": self.without_labels,
            "unreadable": [str(path) for path in self.unreadable],
            "labels": self.labels,
            "runs": [run.to_json(self.class_names) for run in self.runs],
        }


@dataclass(frozen=True)
class PictureResult:
    """The result for one picture."""

    shown: Any
    validated: Validation | None = None  # what `yolo val` counts; None for an app


def evaluate(
    request: ExportRequest, *, data: Path, split: str, checkpoint: Path | None, progress: Progress
) -> Evaluation:
    """Score a model on labelled pictures.

    A checkpoint is exported, and scored in PyTorch and as .pte. An export is scored as .pte, and in PyTorch
    if its checkpoint is given. For a project, the compiled app is scored too. Labels are read before anything
    is exported or built.
    """
    checked = list[LabelledPicture]()  # those of a checkpoint, read before its export

    def read_before_export(facts: CheckpointFacts) -> None:
        checked.extend(_read_pictures(facts, data, split, progress))

    with tempfile.TemporaryDirectory(prefix="edgegen-") as folder:
        source, spec, checkpoint = open_model_argument(
            request, checkpoint, Path(folder) / "export", progress, check=read_before_export
        )
        project = _project_to_score(source)
        pictures = _read_pictures(spec, data, split, progress) if source.is_exported else checked
        keep: tuple[int, ...] = ()
        if project is not None:
            doctor.require(project.target, project.manifest.app)
            keep = resolve_classes(spec.class_names, project.manifest.options.get("classes"))
        authorities = _authorities(request.model, spec, checkpoint, progress)

        progress.step(f"Read {how_many(len(pictures), 'picture')}")
        where = f"{data}, split {split!r}"
        sizes = _sizes(pictures, where, progress)
        readable = [each for each in pictures if each.path in sizes]
        scored = _scored_pictures(readable, spec, keep, where)
        scores = list[RunScore]()
        look = f"Look at {how_many(len(scored), 'picture')}"
        for name, authority in authorities.items():
            progress.step(f"{look}: {name}")
            results = _authority_results(authority, spec, scored, keep)
            scores.append(score_run(name, spec, CURVE, scored, sizes, results))
        if project is not None:
            progress.step(f"{look}: app")
            scores.append(_score_app(project, spec, scored, sizes, progress))
    return Evaluation(
        model=request.model,
        data=data,
        split=split,
        images=len(scored),
        labels=sum(len(each.labels) for each in scored),
        without_labels=sum(not len(each.labels) for each in readable),
        unreadable=tuple(each.path for each in pictures if each.path not in sizes),
        class_names=spec.class_names,
        runs=tuple(scores),
    )


def unique_name(names: tuple[str, ...], number: int) -> str:
    """Return a class's name, with its number if several classes have that name."""
    return names[number] if names.count(names[number]) == 1 else f"{names[number]} ({number})"


def score_run(
    name: str,
    spec: ModelSpec,
    thresholds: Thresholds,
    pictures: list[LabelledPicture],
    sizes: Mapping[Path, tuple[int, int]],
    results: Iterable[PictureResult],
) -> RunScore:
    """Return the score of the results. sizes: height and width of each picture."""
    precision = FLOAT32 if name == PYTORCH else spec.program_for((name,)).precision
    if spec.task == "classify":
        top1 = top5 = 0
        for picture, each in zip(pictures, results, strict=True):
            label, best = picture.labels.class_ids[0], list(each.shown.class_ids[:_TOP])
            top1 += best[:1] == [label]
            top5 += label in best
        count = len(pictures)
        return RunScore(name, precision, thresholds, top=(top1 / count, top5 / count))
    shown, validated = Scorer(spec), Scorer(spec)  # the results of the app, and those of `yolo val`
    for picture, each in zip(pictures, results, strict=True):
        shown.add(each.shown, picture.labels, sizes[picture.path])
        if each.validated is not None:
            validated.add(each.validated, picture.labels, sizes[picture.path])
    return RunScore(name, precision, thresholds, shown.scores(), validated.scores() if validated else {})


def app_results(
    answers: Iterator[Any], shown: Sequence[PictureInput], nothing: Any, progress: Progress
) -> Iterator[PictureResult]:
    """Yield the app's results. A picture that it cannot read has the result `nothing`."""
    unreadable = list[UnreadableError]()
    for count, picture in enumerate(shown):
        try:
            answer = next(answers)
        except UnreadableError as error:
            unreadable.append(error)
            answer = nothing
        except StopIteration:
            raise ParityError(
                f"the app ended early: {how_many(count, 'answer')} for {how_many(len(shown), 'picture')}",
                f"run the app on {picture.path} to see why",
            ) from None
        yield PictureResult(answer)
    if unreadable:
        counted = f"{len(unreadable)} of {how_many(len(shown), 'picture')}"
        progress.note(
            f"{counted} cannot be read by the app, and count as pictures without detections. The first:"
        )
        progress.note(unreadable[0].message)


def _score_json(score: Score, names: tuple[str, ...]) -> dict[str, Any]:
    classes = {unique_name(names, number): each for number, each in score.classes.items()}
    return {"map50": score.map50, "map50_95": score.map50_95, "classes": classes}


def _read_pictures(
    facts: CheckpointFacts | ModelSpec, data: Path, split: str, progress: Progress
) -> list[LabelledPicture]:
    """Read the labels; UnsupportedModelError if the task has no score."""
    if facts.task not in (*SCORED, "classify"):
        raise UnsupportedModelError(
            f"scoring models for the task `{facts.task}`",
            f"there are scores for {', '.join((*SCORED, 'classify'))}; `edgegen verify` compares all",
        )
    return read_dataset(data, split, Columns.of(facts), progress.note)


def _project_to_score(source: ModelSource) -> LoadedProject | None:
    """Return the project of MODEL, if it is one; UnsupportedModelError if its app cannot be scored here."""
    if not source.is_exported or source.project is None:
        return None
    project = load_project(source.project)
    if project.target.project_tests_here() is not None:
        raise UnsupportedModelError(*project.target.why_not_evaluated)
    return project


def _authorities(
    model: str, spec: ModelSpec, checkpoint: Path | None, progress: Progress
) -> dict[str, Authority]:
    """Return what is scored in Python: PyTorch if there is a checkpoint, the .pte, and an ONNX model."""
    authorities = dict[str, Authority]()
    if checkpoint is not None:
        pytorch = open_checkpoint(checkpoint, spec)
        if spec.checkpoint_sha256 not in ("", pytorch.sha256):
            progress.note(f"{model} was exported from another file than {checkpoint}: scores may differ")
        authorities[PYTORCH] = authority_for(spec, pytorch)
    authorities["pte"] = _CachedPteAuthority(spec)
    for program in spec.extra_programs:
        if program.file.endswith(ONNX_SUFFIX) and program.backend in runtimes.backend_names():
            backend = runtimes.find_backend(program.backend)
            runtime = runtimes.find(backend.runtime)
            if runtime.runs(backend):
                forward = runtime.load(spec.path_of(program))
                authorities[program.backend] = _CachedPteAuthority(spec, forward=forward)
    return authorities


class _CachedPteAuthority(PteAuthority):
    """Remembers the last outputs: the input of predict and of `yolo val` is often the same."""

    _last: tuple[Float32, list[Float32]] | None = None

    def outputs(self, tensor: Float32) -> list[Float32]:
        """Run the .pte, unless the tensor is the last one."""
        if self._last is None or not np.array_equal(self._last[0], tensor):
            self._last = tensor, super().outputs(tensor)
        return self._last[1]


def _sizes(
    pictures: Sequence[LabelledPicture], where: str, progress: Progress
) -> dict[Path, tuple[int, int]]:
    """Return height and width of all readable pictures; InputError if there is none.

    They are read before any model runs: an unreadable one must not cost an hour.
    """
    sizes = dict[Path, tuple[int, int]]()
    for each in pictures:
        interruption.check()
        try:
            height, width = read_picture(each.path).rgb.shape[:2]
        except InputError:
            progress.note(f"skipped, because it cannot be read: {each.path}")
        else:
            sizes[each.path] = (height, width)
    if not sizes:
        raise InputError(
            f"{where}: none of its {how_many(len(pictures), 'picture')} can be read",
            f"check that an image viewer opens them, for example {pictures[0].path}",
        )
    return sizes


def _scored_pictures(
    pictures: Iterable[LabelledPicture], spec: ModelSpec, keep: tuple[int, ...], where: str
) -> list[LabelledPicture]:
    """Return the pictures with the labels of the shown classes; InputError if there is no such label."""
    scored = [LabelledPicture(each.path, each.labels.of_classes(keep)) for each in pictures]
    if spec.task == "classify":  # a picture of a class that the app hides has no right answer
        scored = [each for each in scored if len(each.labels)]
    if not any(len(each.labels) for each in scored):
        raise InputError(
            f"{where}: it has no labels of the classes that the project shows",
            "name another with --split",
        )
    return scored


def _authority_results(
    authority: Authority, spec: ModelSpec, pictures: Sequence[LabelledPicture], keep_classes: tuple[int, ...]
) -> Iterator[PictureResult]:
    """Yield what PyTorch or the .pte shows for each picture, and what `yolo val` counts."""
    most = max(len(each.labels) for each in pictures)
    of_val = replace(CURVE, max_det=max(CURVE.max_det, most))  # `yolo val` raises the limit too
    for each in pictures:
        interruption.check()
        rgb = read_picture(each.path).rgb
        shown, validated = authority.result(rgb, CURVE, keep_classes), None
        if spec.task in SCORED:
            validated = validate_picture(rgb, authority.outputs, spec, of_val, keep_classes)
        yield PictureResult(shown, validated)


def _score_app(
    project: LoadedProject,
    spec: ModelSpec,
    pictures: list[LabelledPicture],
    sizes: Mapping[Path, tuple[int, int]],
    progress: Progress,
) -> RunScore:
    """Build a project's app, and return its score."""
    job = Job(project.path, project.manifest, spec, progress)
    with project.target.open_runner(job) as runner:
        thresholds = runner.thresholds(CURVE)
        shown = [PictureInput(each.path, PictureFile(each.path), thresholds) for each in pictures]
        answers = iter(runner.run(RunInput((), tuple(shown))).results)
        nothing = tasks.find(spec.task).decoder.from_json([])
        results = app_results(answers, shown, nothing, progress)
        score = score_run("app", spec, thresholds, pictures, sizes, results)
        return replace(score, precision=spec.program_for(project.target.required_backends).precision)
