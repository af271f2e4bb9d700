"""From a checkpoint to a folder with model.pte, metadata.yaml and golden vectors: whole, or not at all."""

import hashlib
import importlib.metadata
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from edgegen import runtimes, tasks
from edgegen.artifacts import metadata
from edgegen.artifacts.borders import sides
from edgegen.artifacts.pte import read_pte
from edgegen.base import naming, pins
from edgegen.base.errors import EdgegenError, ExportError, InputError, ToolchainError, UsageError
from edgegen.base.progress import Progress, Silent
from edgegen.base.staging import staging
from edgegen.export.int8 import calibration_for, quantized
from edgegen.export.kept import Kept
from edgegen.model.facts import Facts
from edgegen.model.int8 import Asked
from edgegen.model.precision import FLOAT32, INT8
from edgegen.model.spec import ModelSpec, branch_of
from edgegen.model.thresholds import Thresholds
from edgegen.parity.authority import Authority, CheckpointAuthority, PteAuthority
from edgegen.parity.calibration import Calibration
from edgegen.parity.pictures import Picture, drawn_pictures, read_picture, shrink
from edgegen.parity.vectors import Summary, make_vectors
from edgegen.runtimes.runtime import Shapes
from edgegen.sources.exported import METADATA_NAME
from edgegen.sources.identify import open_model
from edgegen.sources.source import OpenedModel
from edgegen.tasks.signature import Signature, claims_of

PTE_NAME: Final = "model.pte"
VECTORS_NAME: Final = "vectors"
MAX_SIDE: Final = 8192  # input pixels: beyond it the export takes all memory before it fails
MAX_IMAGES: Final = 16  # pictures of the user's own
IMAGE_BYTES: Final = 120_000  # one of them, as raw RGB
IMAGES_BYTES: Final = 600_000  # all of them


@dataclass(frozen=True)
class Exported:
    """An export on disk. The paths in spec and vectors lead into folder."""

    folder: Path
    spec: ModelSpec
    vectors: Summary


def export_checkpoint(
    path: Path,
    output: Path,
    *,
    imgsz: int | tuple[int, int] | None = None,
    head: str | None = None,
    images: Sequence[Path] = (),
    confidence: float = 0.25,
    iou: float = 0.7,
    max_det: int = 300,
    int8: Asked | None = None,
    check: Callable[[Facts], object] | None = None,
    opener: Callable[[Path], OpenedModel] | None = None,
    progress: Progress | None = None,
) -> Exported:
    """Export a checkpoint into the folder output, which must be empty or not there yet.

    imgsz is height and width, or one number for both; the default is what the checkpoint was trained with.
    head is a contract that the model's task has, such as raw, end2end or decoded; the default is the raw
    outputs of the branch that Ultralytics' predict uses by default. images are pictures of the user's own for
    the golden vectors, beside the drawn ones; confidence, iou and max_det are what the vectors' boxes are
    made with. int8 asks for 8 bits and says what they may cost; None is float32. check gets the model's facts
    before the export, which takes its time: what it raises ends this.
    opener opens the file: by default whichever source takes it.

    Raises:
        UsageError: A value is out of range, imgsz is no multiple of the largest stride, or the model's head
            lacks what is asked for.
        InputError: The checkpoint or a picture cannot be used, or output is not free.
        ExportError: torch.export or the lowering failed, the result disagrees with PyTorch, or int8 loses
            more than was promised.
        ToolchainError: A package is missing or of the wrong version.
        RenderError: The folder cannot be written.
    """
    progress = progress or Silent()
    if head is not None and head not in tasks.heads():
        raise UsageError(f"there is no head {head!r}", f"the heads are: {', '.join(tasks.heads())}")
    _check_free(output)
    versions = exporter_versions()
    own = _read_images(images)

    progress.step(f"Load {path.name}")
    checkpoint = (opener or open_model)(path)
    versions[checkpoint.facts.library] = _version(checkpoint.facts.library)
    if check is not None:
        check(checkpoint.facts)
    input_hw = input_size(imgsz, checkpoint)
    head = chosen_head(head, checkpoint)
    if int8 is not None and head == "decoded":
        raise UsageError(
            "--head decoded cannot be int8: coordinates in pixels and scores up to 1 would share 256 steps",
            "leave --head out",
        )
    calibration = None if int8 is None else calibration_for(int8, checkpoint.facts, progress)
    with staging(output) as stage:
        folder = stage / "export"
        folder.mkdir()
        pictures = drawn_pictures(input_hw)
        spec, authority = _checked_model(checkpoint, folder, input_hw, head, versions, pictures[0], progress)
        if int8 is not None and calibration is not None:
            with _reported("int8 failed"):
                spec = _in_int8(checkpoint, spec, authority, int8, calibration, stage, progress)
            # Its numbers are its own, beside float32's it has a contract; its input is Ultralytics' own.
            authority = PteAuthority(spec, letterboxed=authority.letterboxed)
        progress.step("Make golden vectors")
        with _reported("making golden vectors failed"):
            summary = make_vectors(
                folder / VECTORS_NAME,
                spec,
                authority=authority,
                pictures=(*pictures, *own),
                thresholds=Thresholds(confidence, iou, max_det),
                progress=progress,
            )
        if output.is_dir():
            output.rmdir()
        folder.rename(output)
    return Exported(
        output,
        replace(spec, pte=output / PTE_NAME, metadata=output / METADATA_NAME),
        replace(summary, folder=output / VECTORS_NAME),
    )


def input_size(asked: int | tuple[int, int] | None, checkpoint: OpenedModel) -> tuple[int, int]:
    """Return the model's input height and width, or raise UsageError naming the next size that fits."""
    if asked is None:
        return checkpoint.facts.imgsz
    size = (asked, asked) if isinstance(asked, int) else asked
    stride = checkpoint.facts.largest_stride
    if not all(stride <= side <= MAX_SIDE for side in size):
        raise UsageError(
            f"--imgsz is {_size_text(size)}, but each side must lie between {stride} (the model's largest "
            f"stride) and {MAX_SIDE}",
            f"leave it out for {_size_text(checkpoint.facts.imgsz)}, which the model was trained with",
        )
    if any(side % stride for side in size):
        fitting = (-(-size[0] // stride) * stride, -(-size[1] // stride) * stride)
        raise UsageError(
            f"--imgsz is {_size_text(size)}, but each side must be a multiple of {stride}, the model's "
            "largest stride",
            f"the next size that is: --imgsz {_size_text(fitting)}",
        )
    return size


def chosen_head(asked: str | None, checkpoint: OpenedModel) -> str:
    """Return the contract to export, or raise UsageError where the head has no such branch."""
    branches = checkpoint.facts.branches
    task = tasks.find(checkpoint.facts.task)
    if asked is None:
        return task.usual_head(branches)
    if asked not in task.heads:
        raise UsageError(
            f"--head {asked} means nothing to a model for {task.name}",
            f"leave it out, or take one of: {', '.join(task.heads)}",
        )
    if branches and branch_of(asked) not in branches:
        why = "it was saved after its fusion, which threw that branch away"
        raise UsageError(
            f"--head {asked} needs the {branch_of(asked)} branch of a head, and {checkpoint.path.name} "
            f"has only the {branches[0]} one" + (f": {why}" if asked != "end2end" else ""),
            "leave --head out for what the model has"
            + (" (YOLO26 and YOLOv10 have both)" if asked == "end2end" else ""),
        )
    return asked


def _size_text(size: tuple[int, int]) -> str:
    return str(size[0]) if size[0] == size[1] else f"{size[0]},{size[1]}"


def exporter_versions() -> dict[str, str]:
    """Return the versions of the packages that export, or raise ToolchainError where they do not fit."""
    versions = {package: _version(package) for package in ("executorch", "torch")}
    if versions["executorch"].split(".")[:2] != pins.EXECUTORCH_MINOR.split("."):
        raise ToolchainError(
            f"executorch {versions['executorch']} is installed, but the apps run on {pins.EXECUTORCH}: "
            "exporter and runtime must be of one minor release",
            f"pip install executorch=={pins.EXECUTORCH}",
        )
    return versions


def _version(package: str) -> str:
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        extra = "[yolo]" if package == "ultralytics" else ""
        raise ToolchainError(
            f"exporting needs {package}, which is not installed", f'pip install "edgegen{extra}"'
        ) from None


def _check_free(output: Path) -> None:
    if output.is_dir():
        if any(output.iterdir()):
            raise InputError(f"the output folder {output} is not empty", "name another folder with --output")
    elif output.exists() or output.is_symlink():
        raise InputError(f"the output folder {output} is a file", "name another folder with --output")


def _read_images(images: Sequence[Path]) -> list[Picture]:
    """Read the user's own pictures and make them as small as a project's budget asks for."""
    if len(images) > MAX_IMAGES:
        raise UsageError(f"{len(images)} pictures were given with --image, {MAX_IMAGES} are the most")
    limit = min(IMAGE_BYTES, IMAGES_BYTES // max(len(images), 1))
    return [shrink(read_picture(image), limit) for image in images]


def _checked_model(
    checkpoint: OpenedModel,
    folder: Path,
    input_hw: tuple[int, int],
    head: str,
    versions: dict[str, str],
    picture: Picture,
    progress: Progress,
) -> tuple[ModelSpec, Authority]:
    """Write model.pte and metadata.yaml of a program, kept or new, that computes what PyTorch does."""
    task, runtime = tasks.find(checkpoint.facts.task), runtimes.default()
    about = (checkpoint.sha256, checkpoint.facts, head, input_hw)
    kept = Kept.of(*about, makers=(checkpoint, task, runtime), versions=versions)

    def described(program: bytes, shapes: Shapes) -> tuple[ModelSpec, Authority]:
        spec = _describe(program, shapes, checkpoint, folder, input_hw, head, versions)
        authority = CheckpointAuthority(checkpoint, spec)
        with _reported("running the .pte failed"):
            _check_program(spec, authority, picture)
        _tell_parts(spec.pte, progress)
        return spec, authority

    before = kept.read()
    if before is not None:
        progress.step("Take the program that was lowered before")
        try:
            return described(*before)
        except EdgegenError:  # a library was edited, say
            kept.forget()
    with _reported("the export failed"):
        module = task.cut(checkpoint.fused(branch_of(head)), head)
        program, shapes = runtime.lower(module, input_hw, progress)
    found = described(program, shapes)
    kept.write(program)
    return found


def _describe(
    program: bytes,
    shapes: Shapes,
    checkpoint: OpenedModel,
    folder: Path,
    input_hw: tuple[int, int],
    head: str,
    versions: dict[str, str],
) -> ModelSpec:
    """Write model.pte and metadata.yaml into the folder and return what they describe."""
    task, runtime = tasks.find(checkpoint.facts.task), runtimes.default()
    pte = folder / PTE_NAME
    pte.write_bytes(program)
    sha256 = hashlib.sha256(program).hexdigest()
    facts = checkpoint.facts
    input_spec = task.input_spec(facts, *input_hw)
    described_in = folder / METADATA_NAME
    output_spec = task.read_outputs(Signature(pte, *input_hw, shapes, claims_of(facts, described_in, head)))
    described = metadata.describe(
        facts,
        checkpoint.path,
        checkpoint.sha256,
        input_spec,
        output_spec,
        backends=runtime.backends,
        versions=versions,
        sha256=sha256,
    )
    metadata.write(described_in, described)
    return ModelSpec(
        pte=pte,
        metadata=described_in,
        name=naming.model_name(checkpoint.path),
        task=task.name,
        class_names=facts.class_names,
        input=input_spec,
        output=output_spec,
        precision=FLOAT32.name,
        backends=runtime.backends,
        executorch_version=versions["executorch"],
        sha256=sha256,
        license=facts.license,
        description=described["description"],
    )


def _check_program(spec: ModelSpec, authority: Authority, picture: Picture) -> None:
    """Run the .pte once and compare its outputs with PyTorch's, or raise ExportError."""
    task = tasks.find(spec.task)
    tensor = task.prepare(picture.rgb, spec.input).tensor
    theirs = authority.outputs(tensor)
    try:
        ours = runtimes.default().load(spec.pte)(tensor)
    except InputError as error:
        raise ExportError(f"the .pte that was made does not run: {error.message}") from error
    if [output.shape for output in ours] != [output.shape for output in theirs]:
        raise ExportError("the .pte returns tensors of other shapes than PyTorch")
    for stage in task.compare_outputs(ours, theirs, spec.output):
        if not stage.passed:
            raise ExportError(
                f"the .pte disagrees with PyTorch ({stage.name}): a number differs by {stage.worst:.4g}"
                f"{f' ({stage.unit})' if stage.unit else ''}, {stage.tolerance} is the most"
            )


def _tell_parts(pte: Path, progress: Progress) -> None:
    """Name the operators that keep a program from running as one subgraph, which is slow."""
    for method in read_pte(pte).methods:
        parts = sum(backend.count for backend in method.backends)
        if parts > 1:
            outside = ", ".join(f"{each.name} ({each.count})" for each in method.operators)
            progress.note(
                f"slower than it could be: the model runs in {parts} parts, because XNNPACK lacks "
                f"{outside or 'an operator'}"
            )


def _in_int8(
    checkpoint: OpenedModel,
    float32: ModelSpec,
    authority: Authority,
    asked: Asked,
    calibration: Calibration,
    stage: Path,
    progress: Progress,
) -> ModelSpec:
    """Put an int8 program in the place of the float32 one, and its certificate into metadata.yaml."""
    task, contract = tasks.find(float32.task), float32.output.contract
    module = task.cut(checkpoint.fused(branch_of(contract)), contract)
    made = quantized(module, float32, authority, asked, calibration, stage, progress)
    float32.pte.write_bytes(made.program)
    sha256 = hashlib.sha256(made.program).hexdigest()
    _tell_parts(float32.pte, progress)
    (given,), gives = sides(read_pte(float32.pte))
    metadata.certify(float32.metadata, INT8, made.certificate, sha256, given, gives)
    return replace(
        float32,
        input=replace(float32.input, steps=given),
        output=replace(float32.output, steps=gives if any(gives) else ()),
        precision=INT8.name,
        certificate=made.certificate,
        sha256=sha256,
    )


@contextmanager
def _reported(what: str) -> Iterator[None]:
    """Turn what a library raises into an ExportError of one line."""
    try:
        yield
    except (EdgegenError, OSError, KeyboardInterrupt):
        raise
    except MemoryError as error:
        raise ExportError(f"{what}: out of memory", "choose a smaller --imgsz") from error
    except Exception as error:  # torch raises dozens of kinds
        cause = str(error).strip().split("\n", 1)[0] or "no reason was given"
        raise ExportError(
            f"{what}: {type(error).__name__}: {cause[:300]}", "run again with --verbose for the whole story"
        ) from error
