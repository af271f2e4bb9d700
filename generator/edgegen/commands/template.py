"""`edgegen template new` writes a starting point; `edgegen template check` tries a template with ten models.

The models break careless templates. They are real `.pte` files with the right shapes, but untrained.
"""

import contextlib
import hashlib
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from edgegen import __version__, runtimes
from edgegen.artifacts import metadata
from edgegen.base import interruption, pins
from edgegen.base.errors import EdgegenError, InputError
from edgegen.base.model_files import METADATA_NAME, PTE_NAME
from edgegen.base.progress import NoProgress, Progress
from edgegen.base.quiet import quiet
from edgegen.base.staging import staging
from edgegen.commands.new import create
from edgegen.commands.request import Request
from edgegen.commands.select_targets import select_targets
from edgegen.model.precision import FLOAT32
from edgegen.model.spec import Program
from edgegen.project import manifest
from edgegen.project.placing import check_destination, transaction
from edgegen.project.render import copy_template
from edgegen.targets.custom_template.runner import run_tests
from edgegen.targets.custom_template.target import claims_of_project

STARTER: Final = "_custom_template"  # the folder below templates/ that `template new` copies
_KIND: Final = "custom template"  # no project has this target, so that an occupied folder is rejected
_STRIDES: Final = (8, 16, 32)
_REG_MAX: Final = 16
_COEFFICIENTS: Final = 8  # of a mask
_KEYPOINTS: Final = (17, 3)
_MAP_TASKS: Final = ("semantic", "depth")  # one value per class and pixel
_MOST_MAP_CLASSES: Final = 100


@dataclass(frozen=True)
class EdgeCaseModel:
    """A model to try a template with."""

    about: str
    task: str
    names: tuple[str, ...]
    size: tuple[int, int] = (64, 64)  # height, width


_NAMES: Final[tuple[tuple[str, tuple[str, ...], tuple[int, int]], ...]] = (
    ("one class", ("bird",), (64, 64)),
    ("10,000 classes", tuple(f"class {number}" for number in range(10_000)), (64, 64)),
    ("quotes", ("it's", 'say "hi"', '"""', "'''", "`id`", "\\", "ends with \\"), (64, 64)),
    ("emoji", ("😀", "👨\u200d👩\u200d👧", "\u72ac\u3000\u732b", "gr\u00f6\u00dfe", "e\u0301"), (64, 64)),
    ("a wide input", ("bird", "cat"), (64, 128)),
    ("a high input", ("bird", "cat"), (128, 64)),
    ("code", ("${HOME}", "$(id)", "*/ x();", "]]>", "{{ x }}", "{% if %}", "#{x}"), (64, 64)),
    ("invisible characters", ("a\u202eb", "line\nbreak", "tab\tbed", "\u200f", "a\u2028b", "\x7f"), (64, 64)),
    ("long names", ("x" * 300, "\u00e4" * 300, "a b " * 60 + "c", "A", "a"), (64, 64)),
    ("keywords", ("class", "yes", "null", "-1", "3.14", "~", "None", "#", "// x"), (64, 64)),
)


def edge_case_models(tasks: Sequence[str]) -> list[EdgeCaseModel]:
    """Return ten models, in which each of the tasks occurs."""
    models = []
    for number, (about, names, size) in enumerate(_NAMES):
        task = tasks[number % len(tasks)]
        if len(names) > _MOST_MAP_CLASSES and task in _MAP_TASKS:
            others = [each for each in tasks if each not in _MAP_TASKS]
            if others:
                task = others[0]
            else:
                about, names = f"{_MOST_MAP_CLASSES} classes", names[:_MOST_MAP_CLASSES]
        models.append(EdgeCaseModel(about, task, names, size))
    return models


@dataclass(frozen=True)
class TemplateResult:
    """The result of a template with one model."""

    model: EdgeCaseModel
    problem: str = ""  # "" if there is none
    hint: str = ""
    tests: bool = False  # whether the project's tests ran


def write(folder: Path) -> list[str]:
    """Write a working template into a new or empty folder, else InputError. Return its files."""
    try:
        check_destination(folder, _KIND, force=False)
    except InputError as error:
        error.hint = "name a folder that is new or empty"
        raise
    with staging(folder) as workspace:
        staged = workspace / "template"
        copy_template(STARTER, staged)
        names = manifest.relative_files(staged)
        with transaction() as placement:
            placement.place(staged, folder, _KIND, force=False)
    return names


def check(request: Request, progress: Progress) -> list[TemplateResult]:
    """Render a template for ten awkward models, and run the tests of each project."""
    with select_targets(request, progress) as (target,):
        models, backends = edge_case_models(target.tasks), target.required_backends
    results = []
    for model in models:
        interruption.check()
        progress.step(f"{model.task}, {model.about}")
        with tempfile.TemporaryDirectory(prefix="edgegen-") as scratch:
            results.append(_check_model(request, model, backends, Path(scratch), progress))
    return results


def _check_model(
    request: Request, model: EdgeCaseModel, backends: Sequence[str], scratch: Path, progress: Progress
) -> TemplateResult:
    _export(model, backends, scratch / "export")
    project = scratch / "app"
    try:
        create(replace(request, model=str(scratch / "export"), output=project), _Quiet(progress))
        record = manifest.read(project)
        assert record is not None  # noqa: S101 - `create` wrote it
        claims = claims_of_project(record)
        if not claims.test:
            return TemplateResult(model)
        stage, failure = run_tests(project, claims, NoProgress())
    except EdgegenError as error:
        return TemplateResult(model, error.message, error.hint)
    return TemplateResult(model, "" if stage.passed else failure, tests=True)


class _Quiet(NoProgress):
    """Progress without steps. A template's programs can still use the screen."""

    def __init__(self, outer: Progress) -> None:
        self._outer = outer

    def pause(self) -> contextlib.AbstractContextManager[None]:
        """Clear the screen for a program."""
        return self._outer.pause()


def _export(model: EdgeCaseModel, backends: Sequence[str], folder: Path) -> None:
    """Write model.pte, the programs of other backends, and metadata.yaml into a folder."""
    folder.mkdir(parents=True)
    module = _module(_shapes(model))
    program = _program(module, model.size)
    (folder / PTE_NAME).write_bytes(program)
    height, width = model.size
    content: dict[str, Any] = {
        "description": "an untrained model",
        "author": "edgegen",
        "license": "Apache-2.0",
        "stride": _STRIDES[-1],
        "task": model.task,
        "batch": 1,
        "imgsz": [height, width],
        "names": dict(enumerate(model.names)),
        "channels": 3,
        **({"kpt_shape": list(_KEYPOINTS)} if model.task == "pose" else {}),
    }
    if model.task == "detect":
        content["edgegen"] = {
            "schema": 1,
            "edgegen": __version__,
            "executorch": pins.EXECUTORCH,
            "output": {"contract": "raw", "reg_max": _REG_MAX, "strides": list(_STRIDES)},
            "precision": "float32",
            "sha256": hashlib.sha256(program).hexdigest(),
        }
    for backend in map(runtimes.find_backend, backends):
        other, _ = runtimes.find(backend.runtime).lower(module, model.size, backend, NoProgress())
        (folder / backend.file_name).write_bytes(other)
        own = content.setdefault("edgegen", {"schema": 1})
        own.setdefault("programs", [_entry(PTE_NAME, "xnnpack", program)])
        own["programs"].append(_entry(backend.file_name, backend.name, other))
    metadata.write(folder / METADATA_NAME, content)


def _entry(file: str, backend: str, content: bytes) -> dict[str, Any]:
    digest = hashlib.sha256(content).hexdigest()
    return metadata.describe_program(Program(file, backend, FLOAT32, digest, size=len(content)))


def _shapes(model: EdgeCaseModel) -> list[tuple[int, ...]]:
    """Return the shapes of the outputs, as in exports by Ultralytics and edgegen."""
    (height, width), classes = model.size, len(model.names)
    cells = [(height // stride, width // stride) for stride in _STRIDES]
    if model.task == "detect":
        return [(1, channels, *cell) for cell in cells for channels in (4 * _REG_MAX, classes)]
    if model.task == "classify":
        return [(1, classes)]
    if model.task == "semantic":
        return [(1, classes, *cells[0])]
    if model.task == "depth":
        return [(1, 1, height, width)]
    more = {"pose": _KEYPOINTS[0] * _KEYPOINTS[1], "obb": 1, "segment": _COEFFICIENTS}.get(model.task, 0)
    decoded = (1, 4 + classes + more, sum(rows * columns for rows, columns in cells))
    masks = [(1, _COEFFICIENTS, height // 4, width // 4)] if model.task == "segment" else []
    return [decoded, *masks]


def _module(shapes: Sequence[tuple[int, ...]]) -> Any:
    """Return a module whose outputs have these shapes. Every value is the picture's mean."""
    with quiet():
        import torch

    class Mean(torch.nn.Module):
        def forward(self, image: torch.Tensor) -> tuple[torch.Tensor, ...]:
            mean = image.mean()
            return tuple(torch.zeros(shape) + mean for shape in shapes)

    return Mean().eval()


def _program(module: Any, size: tuple[int, int]) -> bytes:
    """Return the `.pte` of a module that takes a picture of this size."""
    with quiet():
        import torch
        from executorch.exir import to_edge_transform_and_lower

    with quiet(), torch.no_grad():
        exported = torch.export.export(module, (torch.zeros(1, 3, *size),))
        return bytes(to_edge_transform_and_lower(exported).to_executorch().buffer)
