"""The steps of `edgegen evaluate`: PyTorch, the .pte and the app on labelled pictures, side by side."""

import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, cast

import numpy as np
import numpy.typing as npt

from edgegen import targets, tasks
from edgegen.artifacts.metadata_reader import read_metadata
from edgegen.artifacts.model_reader import load_model_spec
from edgegen.base import interruption
from edgegen.base.errors import InputError, ParityError, UnsupportedModelError, UsageError
from edgegen.base.naming import how_many
from edgegen.base.progress import Progress
from edgegen.commands import doctor
from edgegen.commands.resolve_model import is_project, known_project
from edgegen.commands.verified import project_spec, unquantized_authority_of
from edgegen.export.exporting import export_checkpoint
from edgegen.export.int8_loss import CURVE
from edgegen.model.class_selection import resolve_classes
from edgegen.model.facts import Facts
from edgegen.model.precision import FLOAT32
from edgegen.model.spec import ModelSpec
from edgegen.model.thresholds import Thresholds
from edgegen.parity.authority import PYTORCH, Authority, PteAuthority, authority_for
from edgegen.parity.dataset import LabelledPicture, read_dataset
from edgegen.parity.label_files import Columns
from edgegen.parity.picture_files import PictureFile, read_picture
from edgegen.runtimes.runtime import Forward
from edgegen.sources.exported import ExportedSource
from edgegen.sources.identify import identify, open_model
from edgegen.sources.ultralytics.scoring import SCORED, Score, Scorer
from edgegen.sources.ultralytics.validation import Validation, validate_picture
from edgegen.targets.runner import Job, PictureInput, RunInput, UnreadableError

if TYPE_CHECKING:
    from edgegen.sources.source import OpenableSource

Float32 = npt.NDArray[np.float32]
Uint8 = npt.NDArray[np.uint8]

_TOP: Final = 5  # classes
_NO_ANSWER: Final = object()


@dataclass(frozen=True)
class Run:
    """How often one of those who look at the pictures is right."""

    name: str  # pytorch, pte or app
    precision: str
    thresholds: Thresholds  # what it was asked for
    scores: dict[str, Score] = field(default_factory=dict)  # boxes, and masks or keypoints
    yolo_val: dict[str, Score] = field(default_factory=dict)  # the same, as `yolo val` counts; of an app none
    top: tuple[float, float] | None = None  # of a classifier: the shares with the label first, and among five

    def to_json(self, names: tuple[str, ...]) -> dict[str, Any]:
        """Return what `--json` prints of it."""
        asked = self.thresholds
        said: dict[str, Any] = {"name": self.name, "precision": self.precision}
        if self.top is not None:
            return {**said, "top1": self.top[0], "top5": self.top[1]}
        for kind, score in self.scores.items():
            said |= _numbers(score, names) if kind == "boxes" else {kind: _numbers(score, names)}
        if self.yolo_val:
            said["yolo_val"] = {kind: _numbers(score, names) for kind, score in self.yolo_val.items()}
        return {**said, "conf": asked.confidence, "iou": asked.iou, "max_det": asked.max_det}


@dataclass(frozen=True)
class Evaluation:
    """What `edgegen evaluate` found."""

    model: str
    data: Path
    split: str
    images: int
    labels: int
    without_labels: int
    unreadable: tuple[Path, ...]  # left out
    class_names: tuple[str, ...]
    runs: tuple[Run, ...]

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


def _numbers(score: Score, names: tuple[str, ...]) -> dict[str, Any]:
    classes = {unique_name(names, number): each for number, each in score.classes.items()}
    return {"map50": score.map50, "map50_95": score.map50_95, "classes": classes}


def unique_name(names: tuple[str, ...], number: int) -> str:
    """Return a class's name; with its number where others have it too."""
    return names[number] if names.count(names[number]) == 1 else f"{names[number]} ({number})"


def evaluate(
    model: str, *, data: Path, split: str, checkpoint: Path | None, progress: Progress
) -> Evaluation:
    """Look at labelled pictures with all that there is of a model.

    Of a checkpoint that is PyTorch and its export, of an export the .pte (and PyTorch, where the checkpoint
    is given), of a project these and the compiled app. Labels are read before anything is exported or built.

    Raises:
        InputError: The model, the project or the data cannot be used.
        ToolchainError: A library or a tool is missing, or the project does not build.
        UnsupportedModelError: Nobody scores the model's task here.
    """
    pictures = list[LabelledPicture]()

    def look_up(found: Facts | ModelSpec) -> None:
        if found.task not in (*SCORED, "classify"):
            raise UnsupportedModelError(
                f"scoring models for the task `{found.task}`",
                f"there are scores for {', '.join((*SCORED, 'classify'))}; `edgegen verify` compares all",
            )
        pictures.extend(read_dataset(data, split, Columns.of(found), progress.note))

    with _subject(model, checkpoint, look_up, progress) as subject:
        progress.step(f"Read {how_many(len(pictures), 'picture')}")
        sizes = _sizes(pictures)
        unreadable = tuple(each.path for each in pictures if each.path not in sizes)
        for path in unreadable:
            progress.note(f"skipped, because it cannot be read: {path}")
        if len(unreadable) == len(pictures):
            raise InputError(
                f"{data}, split {split!r}: none of its {how_many(len(pictures), 'picture')} can be read",
                "see the files",
            )
        pictures = [each for each in pictures if each.path in sizes]
        shown = [
            LabelledPicture(each.path, each.labels.of_classes(subject.keep_classes)) for each in pictures
        ]
        if subject.spec.task == "classify":  # a picture of a class that the app leaves out has no answer
            shown = [each for each in shown if len(each.labels)]
        labels = sum(len(each.labels) for each in shown)
        if not labels:
            raise InputError(
                f"the split {split!r} of {data} has no labels of the classes that the project shows",
                "name another with --split",
            )
        runs = []
        for name, look in subject.runs:
            progress.step(f"Look at {how_many(len(shown), 'picture')}: {name}")
            with look(shown) as (asked, results):
                runs.append(_scored(name, subject.spec, asked, shown, sizes, results))
    without = sum(not len(each.labels) for each in pictures)
    names = subject.spec.class_names
    return Evaluation(model, data, split, len(shown), labels, without, unreadable, names, tuple(runs))


@dataclass(frozen=True)
class Seen:
    """What is made of a picture."""

    shown: Any
    validated: Validation | None = None  # what `yolo val` counts; None for an app


# What was asked for, and what is seen: a picture at a time, for masks of all would not fit into memory.
Look = Callable[[list[LabelledPicture]], AbstractContextManager[tuple[Thresholds, Iterable[Seen]]]]
LookUp = Callable[[Facts | ModelSpec], None]  # raises where the model has no score, or no such labels


@dataclass(frozen=True)
class _Subject:
    """What is looked at: a model, and who can run it."""

    spec: ModelSpec
    keep_classes: tuple[int, ...]
    runs: tuple[tuple[str, Look], ...]


@contextmanager
def _subject(model: str, checkpoint: Path | None, look_up: LookUp, progress: Progress) -> Iterator[_Subject]:
    """Open a project, an export, or a checkpoint, which is exported for as long as it takes."""
    if is_project(model):
        with _project(Path(model).expanduser(), checkpoint, look_up, progress) as subject:
            yield subject
        return
    source = identify(model)
    with tempfile.TemporaryDirectory(prefix="edgegen-") as folder:
        if isinstance(source, ExportedSource):
            spec = load_model_spec(source.pte, source.metadata)
            look_up(spec)
        else:
            if checkpoint is not None:
                raise UsageError(f"{model} is a checkpoint itself", "leave out --model")
            found = cast("OpenableSource", source)
            checkpoint, exported = found.file(progress, fetch=True), Path(folder) / "export"
            export_checkpoint(checkpoint, exported, check=look_up, opener=found.open, progress=progress)
            spec = load_model_spec(exported / "model.pte", exported / "metadata.yaml")
        runs = [("pte", _by_pte(spec, ()))]
        if checkpoint is not None:
            theirs = open_model(checkpoint)
            own = read_metadata(spec.metadata).own
            if own and own.checkpoint_sha256 not in ("", theirs.sha256):
                progress.note(f"{model} was exported from another file than {checkpoint}: scores may differ")
            runs.insert(0, (PYTORCH, _by_predict(authority_for(spec, theirs), spec, ())))
        yield _Subject(spec, (), tuple(runs))


@contextmanager
def _project(
    project: Path, checkpoint: Path | None, look_up: LookUp, progress: Progress
) -> Iterator[_Subject]:
    known = known_project(project)
    target = targets.of(known)
    if target.own_tests_here() is not None:
        raise UnsupportedModelError(*target.why_not_evaluated)
    spec = project_spec(project / target.model_dir)
    look_up(spec)
    doctor.require(target)
    keep = resolve_classes(spec.class_names, known.options.get("classes"))
    authority, _ = unquantized_authority_of(project, known, spec, checkpoint)
    runs = [("pte", _by_pte(spec, keep))]
    if authority.source == PYTORCH:
        runs.insert(0, (PYTORCH, _by_predict(authority, spec, keep)))

    @contextmanager
    def app(pictures: list[LabelledPicture]) -> Iterator[tuple[Thresholds, Iterable[Seen]]]:
        with target.open_runner(Job(project, known, spec, progress)) as runner:
            asked = runner.thresholds(CURVE)
            shown = tuple(PictureInput(each.path, PictureFile(each.path), asked) for each in pictures)
            results, nothing = runner.run(RunInput((), shown)).results, tasks.find(spec.task).from_json([])
            yield asked, _seen_by_app(iter(results), shown, nothing, progress)

    yield _Subject(spec, keep, (*runs, ("app", app)))


def _seen_by_app(
    answers: Iterator[Any], shown: Sequence[PictureInput], nothing: Any, progress: Progress
) -> Iterator[Seen]:
    """Give what the app shows; of a picture that it cannot read, nothing."""
    unreadable: list[UnreadableError] = []

    def seen() -> Any:
        try:
            return next(answers, _NO_ANSWER)
        except UnreadableError as error:
            unreadable.append(error)
            return nothing

    for count in range(len(shown)):
        answer = seen()
        if answer is _NO_ANSWER:
            raise ParityError(
                f"the app ended early: {how_many(count, 'answer')} for {how_many(len(shown), 'picture')}",
                f"show the app {shown[count].path} yourself",
            )
        yield Seen(answer)
    if unreadable:
        counted = f"{len(unreadable)} of {how_many(len(shown), 'picture')}"
        progress.note(f"{counted} cannot be read by the app, and count as if it showed nothing. The first:")
        progress.note(unreadable[0].message)


def _by_predict(authority: Authority, spec: ModelSpec, keep: tuple[int, ...]) -> Look:
    """Return what looks at pictures with PyTorch: once as predict does, and once as `yolo val` does."""

    def look(rgb: Uint8, asked: Thresholds) -> Seen:
        shown = authority.result(rgb, CURVE, keep)
        counts = validate_picture(rgb, authority.outputs, spec, asked, keep) if spec.task in SCORED else None
        return Seen(shown, counts)

    return _one_by_one(look)


def _by_pte(spec: ModelSpec, keep: tuple[int, ...]) -> Look:
    """Return what looks at pictures with the .pte in Python."""
    task, forward = tasks.find(spec.task), _remembering(PteAuthority(spec).outputs)

    def look(rgb: Uint8, asked: Thresholds) -> Seen:
        given = task.prepare(rgb, spec.input)
        shown = task.result(forward(given.tensor), spec.output, given.plan, CURVE, keep or None)
        return Seen(shown, validate_picture(rgb, forward, spec, asked, keep) if spec.task in SCORED else None)

    return _one_by_one(look)


def _remembering(forward: Forward) -> Forward:
    """Run once what is asked for twice in a row: of most pictures both letterboxes are the same."""
    last: tuple[Float32, Sequence[Float32]] | None = None

    def outputs(tensor: Float32) -> Sequence[Float32]:
        nonlocal last
        if last is None or not np.array_equal(last[0], tensor):
            last = tensor, forward(tensor)
        return last[1]

    return outputs


def _one_by_one(look: Callable[[Uint8, Thresholds], Seen]) -> Look:
    @contextmanager
    def looked(pictures: list[LabelledPicture]) -> Iterator[tuple[Thresholds, Iterable[Seen]]]:
        most = max(len(each.labels) for each in pictures)  # `yolo val` makes room for them, too
        asked = replace(CURVE, max_det=max(CURVE.max_det, most))

        def seen() -> Iterator[Seen]:
            for each in pictures:
                interruption.check()
                yield look(read_picture(each.path).rgb, asked)

        yield CURVE, seen()

    return looked


def _scored(
    name: str,
    spec: ModelSpec,
    asked: Thresholds,
    pictures: list[LabelledPicture],
    sizes: Mapping[Path, tuple[int, int]],
    seen: Iterable[Seen],
) -> Run:
    precision = FLOAT32.name if name == PYTORCH else spec.precision
    if spec.task == "classify":
        orders = [list(each.shown.class_ids[:_TOP]) for each in seen]
        right = [each.labels.class_ids[0] for each in pictures]
        first = [
            order.index(label) if label in order else _TOP for order, label in zip(orders, right, strict=True)
        ]
        shares = [sum(place < most for place in first) / len(first) for most in (1, _TOP)]
        return Run(name, precision, asked, top=(shares[0], shares[1]))
    shown, counted = Scorer(spec), Scorer(spec)
    for picture, each in zip(pictures, seen, strict=True):
        shown.add(each.shown, picture.labels, sizes[picture.path])
        if each.validated is not None:
            counted.add(each.validated, picture.labels, sizes[picture.path])
    return Run(name, precision, asked, shown.scores(), counted.scores() if counted else {})


def _sizes(pictures: Iterable[LabelledPicture]) -> dict[Path, tuple[int, int]]:
    """Return height and width of all that can be read.

    Before anything is looked at: what is seen of the last picture after an hour would cost that hour.
    """
    found = dict[Path, tuple[int, int]]()
    for each in pictures:
        interruption.check()
        with suppress(InputError):
            height, width = read_picture(each.path).rgb.shape[:2]
            found[each.path] = (height, width)
    return found
