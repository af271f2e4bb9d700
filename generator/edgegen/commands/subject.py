"""What `edgegen benchmark` is asked about: a checkpoint, and edgegen's own exports of it."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import cast

from edgegen.artifacts.model_reader import load_model_spec
from edgegen.base.errors import ExportError, InputError, UnsupportedModelError, UsageError
from edgegen.base.progress import Progress
from edgegen.commands.resolve_model import checkpoint_of, is_project, known_project
from edgegen.commands.verified import project_spec
from edgegen.export.exporting import export_checkpoint
from edgegen.model.int8 import Int8Options
from edgegen.model.precision import PRECISIONS
from edgegen.model.spec import ModelSpec
from edgegen.project.manifest import Manifest
from edgegen.sources.exported import ExportedSource
from edgegen.sources.identify import identify
from edgegen.sources.source import OpenableSource
from edgegen.targets import of


@dataclass(frozen=True)
class Subject:
    """A checkpoint, and what edgegen made of it: float32 first, then int8 where there is one."""

    checkpoint: Path
    exports: tuple[ModelSpec, ...]
    project: Path | None = None
    manifest: Manifest | None = None  # of the project
    unmade: str = ""  # why there is no export in int8 where one was asked for


@contextmanager
def subject_of(
    model: str, checkpoint: Path | None, int8: Int8Options | None, progress: Progress
) -> Iterator[Subject]:
    """Open a project, an export or a checkpoint, and export what is not there for as long as it takes.

    checkpoint is what a project or an export was made from; a project remembers where it was. int8 asks for
    an export in 8 bits of a checkpoint, beside that in float32.

    Raises:
        UsageError: Both a checkpoint and another one, or int8 of something that is exported already.
        InputError: The model cannot be used, or its checkpoint is not known.
    """
    project, known, spec = None, None, None
    with tempfile.TemporaryDirectory(prefix="edgegen-") as folder:
        if is_project(model):
            project = Path(model).expanduser()
            known = known_project(project)
            spec = project_spec(project / of(known).model_dir)
            checkpoint = checkpoint_of(project, known, checkpoint)
        else:
            source = identify(model)
            if isinstance(source, ExportedSource):
                spec = load_model_spec(source.pte, source.metadata)
            elif checkpoint is not None:
                raise UsageError(f"{model} is a checkpoint itself", "leave out --model")
            else:
                checkpoint = cast("OpenableSource", source).file(progress, fetch=True)
        if checkpoint is None:
            raise InputError(
                f"the checkpoint of {model} is not known, or is another one by now: what would PyTorch run?",
                "give it with --model",
            )
        if spec is not None and spec.output.contract == "detections":
            raise UnsupportedModelError(
                "timing an export of Ultralytics that chooses its boxes itself", "give the checkpoint"
            )
        if int8 is not None and spec is not None:
            raise UsageError(
                f"--calibration is for checkpoints, and {model} is exported already",
                "leave it out; an int8 project is timed beside float32 by itself",
            )
        exports = [] if spec is None else [spec]
        if spec is None or PRECISIONS[spec.precision].quantized:
            size, head = (
                (None, None)
                if spec is None
                else ((spec.input.height, spec.input.width), spec.output.contract)
            )
            made = export_checkpoint(
                checkpoint, Path(folder) / "float32", imgsz=size, head=head, progress=progress
            )
            exports.insert(0, made.spec)
        unmade = ""
        if int8 is not None:
            try:
                made = export_checkpoint(checkpoint, Path(folder) / "int8", int8=int8, progress=progress)
                exports.append(made.spec)
            except ExportError as error:  # its promise cannot be kept: all others can be timed
                unmade = f"{error.message}: {error.hint}"
        yield Subject(checkpoint, tuple(exports), project, known, unmade)
