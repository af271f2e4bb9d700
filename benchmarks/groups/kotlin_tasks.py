"""Compare the postprocessing of each task in Kotlin on a JVM and in C++, on the same outputs, in turns."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import numpy.typing as npt

from benchmarks.figures import Figure
from benchmarks.groups.kotlin import AT_MOST_TWICE, HEIGHT, STRIDES, WIDTH, make_figure, run_rounds
from benchmarks.jvm import KIT_IS_MISSING, Stage, is_available, load_classes
from benchmarks.native import load_tasks
from benchmarks.progress import say
from benchmarks.settings import CONFIDENCE, IOU
from benchmarks.workspace import Workspace
from tests.cpp.native_tasks import Model, Task, Tasks, Thresholds

Float32 = npt.NDArray[np.float32]
Shape = tuple[int, ...]

REG_MAX = 16
POINTS = (17, 3)
RULE = (2.0, -0.5)  # scale and shift of raw keypoints
COEFFICIENTS = 32
CLASS = np.dtype([("class_id", np.int32), ("score", np.float32)])
SMALL_INPUT = 224  # pixels, of a classifier


@dataclass(frozen=True)
class Kind:
    """A head: its classes, its other channels, and the most detections that are shown."""

    title: str
    classes: int
    extras: int = 0  # channels besides boxes and classes
    mean: float = 0  # of the class logits: decides the number of candidates
    deviation: float = 1
    most: int = 300
    contract: str = "raw"


KINDS = {
    "segment": Kind("masks", 80, COEFFICIENTS, mean=-8.0, deviation=1.8, most=10),
    "pose": Kind("poses", 1, POINTS[0] * POINTS[1], mean=-5.5, deviation=1.8, most=20),
    "obb": Kind("oriented boxes", 15, 1, mean=-7.0, deviation=1.8, most=100),
    "classify": Kind("classes", 1000, deviation=3, most=5, contract="logits"),
    "semantic": Kind("semantic maps", 19, contract="logits"),
    "depth": Kind("depth", 1, mean=20, contract="depth"),
}


def measure(workspace: Workspace) -> list[Figure]:
    """Compare each task. Returns no figures without the Android kit."""
    if not is_available():
        say(f"kotlin_tasks: {KIT_IS_MISSING}")
        return []
    classes = load_classes(workspace.folder, workspace.raw_project / "model")
    with TemporaryDirectory(dir=workspace.folder) as folder:
        return [_task(workspace, classes, Path(folder), task, kind) for task, kind in KINDS.items()]


def _task(workspace: Workspace, classes: tuple[Path, ...], folder: Path, task: str, kind: Kind) -> Figure:
    size = SMALL_INPUT if task == "classify" else workspace.settings.input_size
    outputs = _outputs(task, kind, size)
    files = [folder / f"{task}{number}" for number in range(len(outputs))]
    for values, file in zip(outputs, files, strict=True):
        values.tofile(file)
    shapes = ",".join("x".join(map(str, values.shape)) for values in outputs)
    numbers = (size, WIDTH, HEIGHT, kind.classes, CONFIDENCE, kind.most)
    kotlin = Stage(classes, task, *numbers, shapes, *files)
    cpp, found = _cpp(load_tasks(workspace.folder), task, kind, size, outputs)
    if kotlin.turn(1).result != found:
        raise RuntimeError(f"{task}: the results of Kotlin and C++ differ in size ({found} in C++)")
    rounds = run_rounds(workspace, kotlin, cpp, [])
    title = f"Kotlin against C++: {kind.title}, postprocessing"
    note = f"random outputs of {kind.classes} classes, at most {kind.most} shown, {WIDTH} x {HEIGHT} pixels"
    return make_figure(f"kotlin_task_{task}", title, rounds, AT_MOST_TWICE, note)


def _outputs(task: str, kind: Kind, size: int) -> list[Float32]:
    rng = np.random.default_rng(0)

    def sample(mean: float, deviation: float, *shape: int) -> Float32:
        return rng.normal(mean, deviation, (1, *shape)).astype(np.float32)

    if task == "classify":
        return [sample(kind.mean, kind.deviation, kind.classes)]
    if kind.contract != "raw":
        return [sample(kind.mean, kind.deviation, kind.classes, size // STRIDES[0], size // STRIDES[0])]
    outputs = []
    for stride in STRIDES:
        cells = size // stride
        for channels, mean, deviation in (
            (4 * REG_MAX, 0, 2),
            (kind.classes, kind.mean, kind.deviation),
            (kind.extras, 0, 1),
        ):
            outputs.append(sample(mean, deviation, channels, cells, cells))
    if task == "segment":
        outputs.append(sample(0, 1, COEFFICIENTS, size // 4, size // 4))
    return outputs


def _cpp(
    tasks: Tasks, task: str, kind: Kind, size: int, outputs: list[Float32]
) -> tuple[Callable[[], object], int]:
    """Return a function that runs the task once, and the size of the result as Turns.kt counts it."""
    model = Model(
        task,
        kind.contract,
        (size, size),
        kind.classes,
        tuple(values.shape for values in outputs),
        STRIDES if kind.contract == "raw" else (),
        REG_MAX if kind.contract == "raw" else 0,
        POINTS if task == "pose" else (0, 0),
        RULE if task == "pose" else (0.0, 0.0),
        "sigmoid" if task == "obb" else "",
        COEFFICIENTS if task == "segment" else 0,
    )
    runner = tasks.task(model)
    thresholds = Thresholds(confidence=CONFIDENCE, iou=IOU, max_det=kind.most)

    run = runner.prepared(outputs, (HEIGHT, WIDTH), thresholds)
    run()
    return run, _size_of(runner, task)


def _size_of(runner: Task, task: str) -> int:
    if task == "segment":
        return len(runner.part("pixels", np.uint8))
    if task == "classify":
        return int(runner.part("classes", CLASS)["class_id"][0])
    if task == "semantic":
        return len(runner.part("classes", CLASS))
    return len(runner.boxes())
