"""The folder `vision` of a web project, for every task, contract and resize, without a model."""

import itertools
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Final

from edgegen import tasks
from edgegen.model.spec import Extras, InputSpec, ModelSpec, OutputSpec, Program
from edgegen.project.context import Options, shared_context
from edgegen.project.task_files import BOXES, is_needed
from edgegen.project.template_filters import environment
from tests.helpers.places import ROOT
from tests.helpers.specs import spec_from_metadata

SOURCE: Final = "_shared/js/vision"
SOURCES: Final = ROOT / "templates" / SOURCE
SIZE: Final = 64  # of the input
STRIDES: Final = (8, 16, 32)
REG_MAX: Final = 16
NAMES: Final = ("cat", 'a "dog"\n\u2028', "${bird}", "</script>", "\\")  # hard to write
EXTRAS: Final = {
    "pose": Extras(51, (17, 3), 2.0, -0.5),
    "obb": Extras(1, angle="sigmoid"),
    "segment": Extras(32),
}
ONNX: Final = Program("model.onnx", "onnx", "float32", "1" * 64, size=12_345)


def every_model() -> Iterator[tuple[str, str, str]]:
    """Yield each task with each of its contracts and resizes."""
    for name in tasks.names():
        task = tasks.find(name)
        yield from ((name, *each) for each in itertools.product(task.contracts, task.resizes))


def folder_of(task: str, contract: str, resize: str = "") -> str:
    """Return the folder of a model: `task/contract`, with the name of a resize that is not the default."""
    is_default = resize in {"", tasks.find(task).resizes[0]}
    return f"{task}/{contract}" if is_default else f"{task}/{contract}-{resize}"


def spec_of(task: str, contract: str, resize: str) -> ModelSpec:
    """Return the specification of a small model."""
    names = NAMES[:1] if task == "depth" else NAMES
    given = InputSpec(SIZE, SIZE, resize=resize, shorter_side=SIZE if task == "classify" else 0)
    spec = spec_from_metadata(task, names, given, _output(task, contract, len(names)))
    return replace(spec, programs=(*spec.programs, ONNX))


def _output(task: str, contract: str, classes: int) -> OutputSpec:
    if task == "classify":
        return OutputSpec(contract, ((1, classes),))
    if task not in BOXES:
        return OutputSpec(contract, ((1, classes, SIZE // 8, SIZE // 8),))
    extras = EXTRAS.get(task, Extras())
    cells = [SIZE // stride for stride in STRIDES]
    shapes: list[tuple[int, ...]] = []
    levels: tuple[int, tuple[int, ...]] = (0, ())
    if contract in {"raw", "end2end"}:
        levels = (REG_MAX, STRIDES)
        for side in cells:
            channels = [4 * REG_MAX, classes, *([extras.channels] if extras.channels else [])]
            shapes += [(1, each, side, side) for each in channels]
    elif contract == "decoded":
        shapes = [(1, 4 + classes + extras.channels, sum(side * side for side in cells))]
    else:
        shapes = [(1, 300, 6 + extras.channels)]
    if task == "segment":
        shapes.append((1, extras.channels, SIZE // 4, SIZE // 4))
    return OutputSpec(
        contract, tuple(shapes), *levels, classes=classes if contract == "detections" else 0, extras=extras
    )


def render(spec: ModelSpec, folder: Path) -> Path:
    """Write the files that a model needs, and return their folder."""
    folder.mkdir(parents=True)
    jinja = environment(SOURCES)
    context = {
        **shared_context(replace(spec, programs=spec.programs[:1]), Options("Birds", "birds")),
        "spec": spec,
    }
    for file in sorted(SOURCES.iterdir()):
        name = file.name.removesuffix(".jinja")
        if not is_needed(SOURCE, name, spec.task, (spec.output.contract,), (spec.input.resize,)):
            continue
        if file.suffix == ".jinja":
            text = jinja.get_template(file.name).render(context)
            (folder / name).write_text(text, encoding="utf-8")
        else:
            shutil.copy(file, folder)
    return folder


def render_all(root: Path) -> None:
    """Write the folder of every model."""
    (root / "package.json").write_text('{ "type": "module" }\n', encoding="utf-8")
    for model in every_model():
        render(spec_of(*model), root / folder_of(*model))
