"""Export a checkpoint to a folder: model.pte, metadata.yaml and golden vectors, all or nothing."""

import hashlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from edgegen import runtimes, tasks
from edgegen.artifacts import metadata
from edgegen.artifacts.borders import read_steps
from edgegen.artifacts.pte import METADATA_NAME, PTE_NAME, read_pte
from edgegen.base import naming
from edgegen.base.errors import EdgegenError, ExportError, InputError, UsageError
from edgegen.base.progress import Progress, Silent
from edgegen.base.staging import staging
from edgegen.export.int8 import quantize, read_photos
from edgegen.export.options import (
    check_output,
    choose_head,
    exporter_versions,
    input_size,
    package_version,
    read_images,
)
from edgegen.export.program_cache import CachedProgram
from edgegen.model.facts import Facts
from edgegen.model.int8 import Int8Options
from edgegen.model.precision import FLOAT32, INT8
from edgegen.model.spec import ModelSpec, branch_of
from edgegen.model.thresholds import Thresholds
from edgegen.parity.authority import Authority, CheckpointAuthority, PteAuthority
from edgegen.parity.calibration import Calibration
from edgegen.parity.picture_files import Picture
from edgegen.parity.pictures import drawn_pictures
from edgegen.parity.vectors import Summary, make_vectors
from edgegen.runtimes.runtime import Shapes
from edgegen.sources.identify import open_model
from edgegen.sources.source import OpenedModel
from edgegen.tasks.signature import Signature, claims_of

VECTORS_NAME: Final = "vectors"


@dataclass(frozen=True)
class Exported:
    """An export on disk. The paths in `spec` and `vectors` are inside `folder`."""

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
    int8: Int8Options | None = None,
    check: Callable[[Facts], object] | None = None,
    opener: Callable[[Path], OpenedModel] | None = None,
    progress: Progress | None = None,
) -> Exported:
    """Export a checkpoint into the folder `output`, which must be empty or missing.

    imgsz: height and width, or one number for both; default: the size of the training. head: a contract of
    the model's task; default: the raw outputs of predict's branch. images: the user's pictures for golden
    vectors, in addition to the drawn ones. confidence, iou, max_det: the thresholds of golden vectors. int8:
    its settings; default: float32. check: gets the model's facts before the slow steps, and may raise.
    opener: opens the checkpoint; default: the source that recognizes the file.

    Raises:
        UsageError: A value is out of range, imgsz is not a multiple of the largest stride, or the model's
        head
            lacks the contract.
        InputError: The checkpoint or a picture cannot be used, or output is not empty. ExportError:
        torch.export or the lowering failed, the program disagrees with PyTorch, or int8 loses too
            much.
        ToolchainError: A package is missing or has the wrong version.
        RenderError: The folder cannot be written.
    """
    progress = progress or Silent()
    if head is not None and head not in tasks.heads():
        raise UsageError(f"there is no head {head!r}", f"the heads are: {', '.join(tasks.heads())}")
    check_output(output)
    versions = exporter_versions()
    own = read_images(images)

    progress.step(f"Load {path.name}")
    checkpoint = (opener or open_model)(path)
    versions[checkpoint.facts.library] = package_version(checkpoint.facts.library)
    if check is not None:
        check(checkpoint.facts)
    input_hw = input_size(imgsz, checkpoint)
    head = choose_head(head, checkpoint)
    if int8 is not None and head == "decoded":
        raise UsageError(
            "--head decoded cannot be int8: coordinates in pixels and scores up to 1 would share 256 steps",
            "leave out --head",
        )
    calibration = None if int8 is None else read_photos(int8, checkpoint.facts, progress)
    with staging(output) as stage:
        folder = stage / "export"
        folder.mkdir()
        pictures = drawn_pictures(input_hw)
        spec, authority = _checked_model(checkpoint, folder, input_hw, head, versions, pictures[0], progress)
        if int8 is not None and calibration is not None:
            with _as_export_error("int8 failed"):
                spec = _in_int8(checkpoint, spec, authority, int8, calibration, stage, progress)
            # float32 has the certificate; int8 is compared with its own numbers, on Ultralytics' input bytes.
            authority = PteAuthority(spec, letterboxed=authority.letterboxed)
        progress.step("Make golden vectors")
        with _as_export_error("making golden vectors failed"):
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


def _checked_model(
    checkpoint: OpenedModel,
    folder: Path,
    input_hw: tuple[int, int],
    head: str,
    versions: dict[str, str],
    picture: Picture,
    progress: Progress,
) -> tuple[ModelSpec, Authority]:
    """Write model.pte and metadata.yaml of a cached or new program that gives PyTorch's numbers."""
    task, runtime = tasks.find(checkpoint.facts.task), runtimes.default()
    about = (checkpoint.sha256, checkpoint.facts, head, input_hw)
    cached = CachedProgram.of(*about, makers=(checkpoint, task, runtime), versions=versions)

    def described(program: bytes, shapes: Shapes) -> tuple[ModelSpec, Authority]:
        spec = _describe(program, shapes, checkpoint, folder, input_hw, head, versions)
        authority = CheckpointAuthority(checkpoint, spec)
        with _as_export_error("running the .pte failed"):
            _check_program(spec, authority, picture)
        _note_parts(spec.pte, progress)
        return spec, authority

    before = cached.read()
    if before is not None:
        progress.step("Use the cached program")
        try:
            return described(*before)
        except EdgegenError:  # for example, a library was edited
            cached.forget()
    with _as_export_error("the export failed"):
        module = task.cut(checkpoint.fused(branch_of(head)), head)
        program, shapes = runtime.lower(module, input_hw, progress)
    found = described(program, shapes)
    cached.write(program)
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
    """Write model.pte and metadata.yaml into the folder; return their specification."""
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
    """Run the `.pte` once and compare its outputs with PyTorch's; ExportError if they differ."""
    task = tasks.find(spec.task)
    tensor = task.prepare(picture.rgb, spec.input).tensor
    theirs = authority.outputs(tensor)
    try:
        ours = runtimes.default().load(spec.pte)(tensor)
    except InputError as error:
        raise ExportError(f"the new .pte does not run: {error.message}") from error
    if [output.shape for output in ours] != [output.shape for output in theirs]:
        raise ExportError("the .pte returns tensors with other shapes than PyTorch")
    for stage in task.compare_outputs(ours, theirs, spec.output):
        if not stage.passed:
            raise ExportError(
                f"the .pte disagrees with PyTorch ({stage.name}): a number differs by {stage.worst:.4g}"
                f"{f' ({stage.unit})' if stage.unit else ''}, at most {stage.tolerance} is allowed"
            )


def _note_parts(pte: Path, progress: Progress) -> None:
    """Note the operators that prevent a program from running as one subgraph, which makes it slow."""
    for method in read_pte(pte).methods:
        parts = sum(backend.count for backend in method.backends)
        if parts > 1:
            outside = ", ".join(f"{each.name} ({each.count})" for each in method.operators)
            progress.note(
                f"the model runs in {parts} parts, which is slow, because XNNPACK lacks "
                f"{outside or 'an operator'}"
            )


def _in_int8(
    checkpoint: OpenedModel,
    float32: ModelSpec,
    authority: Authority,
    asked: Int8Options,
    calibration: Calibration,
    stage: Path,
    progress: Progress,
) -> ModelSpec:
    """Replace the float32 program by an int8 one, and add its certificate to metadata.yaml."""
    task, contract = tasks.find(float32.task), float32.output.contract
    module = task.cut(checkpoint.fused(branch_of(contract)), contract)
    quantized = quantize(module, float32, authority, asked, calibration, stage, progress)
    float32.pte.write_bytes(quantized.program)
    sha256 = hashlib.sha256(quantized.program).hexdigest()
    _note_parts(float32.pte, progress)
    (input_steps,), output_steps = read_steps(read_pte(float32.pte))
    metadata.record_precision(
        float32.metadata, INT8, quantized.certificate, sha256, input_steps, output_steps
    )
    return replace(
        float32,
        input=replace(float32.input, steps=input_steps),
        output=replace(float32.output, steps=output_steps if any(output_steps) else ()),
        precision=INT8.name,
        certificate=quantized.certificate,
        sha256=sha256,
    )


@contextmanager
def _as_export_error(what: str) -> Iterator[None]:
    """Convert any error of a library to an ExportError of one line."""
    try:
        yield
    except (EdgegenError, OSError, KeyboardInterrupt):
        raise
    except MemoryError as error:
        raise ExportError(f"{what}: out of memory", "use a smaller --imgsz") from error
    except Exception as error:  # torch raises many types of errors
        cause = str(error).strip().split("\n", 1)[0] or "no reason is known"
        raise ExportError(
            f"{what}: {type(error).__name__}: {cause[:300]}", "run again with --verbose for the full error"
        ) from error
