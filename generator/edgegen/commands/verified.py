"""What is known of a project that is to be run: its manifest, its model, and who decides what is right."""

from collections.abc import Sequence
from pathlib import Path

from edgegen.artifacts.model_reader import load_model_spec
from edgegen.base import interruption
from edgegen.base.errors import InputError, UnsupportedModelError
from edgegen.commands.resolve_model import readable, recorded_checkpoint
from edgegen.model.precision import PRECISIONS
from edgegen.model.spec import ModelSpec
from edgegen.parity.authority import PYTORCH, Authority, PteAuthority, authority_for
from edgegen.project import manifest
from edgegen.project.manifest import Manifest
from edgegen.sources.identify import open_model
from edgegen.targets.runner import PictureInput
from edgegen.tasks.loss import Loss
from edgegen.tasks.task import Task


def project_spec(folder: Path) -> ModelSpec:
    """Read the model that a project has; InputError, with what to do in a project, where that fails."""
    try:
        return load_model_spec(folder / "model.pte", folder / "metadata.yaml")
    except UnsupportedModelError:
        raise
    except InputError as error:
        error.hint = (
            f"copy model.pte and metadata.yaml of the same export into {folder} again, "
            "or make the project again with `edgegen new`"
        )
        raise


def authority_of(
    project: Path, known: Manifest, spec: ModelSpec, checkpoint: Path | None
) -> tuple[Authority, str]:
    """Return who is right, and who that is in words.

    A quantized model's numbers are its own: the `.pte` in Python says what they are.
    """
    if PRECISIONS[spec.precision].quantized:
        return PteAuthority(spec), PRECISIONS[spec.precision].compared_with
    return unquantized_authority_of(project, known, spec, checkpoint)


def unquantized_authority_of(
    project: Path, known: Manifest, spec: ModelSpec, checkpoint: Path | None
) -> tuple[Authority, str]:
    """Return who is right of a model in float32, and who that is in words."""
    path = checkpoint or recorded_checkpoint(project, known)
    if path is None or (checkpoint is None and not path.is_file()):
        return authority_for(spec, None), "the .pte in Python (there is no checkpoint to compare with)"
    if checkpoint is None and manifest.sha256(path) != known.checkpoint.get("sha256"):
        name = readable(path)
        return authority_for(spec, None), f"the .pte in Python ({name} is not what it was made from any more)"
    return authority_for(spec, open_model(path)), f"PyTorch on {readable(path)}"


def float32_of(
    project: Path, known: Manifest, spec: ModelSpec, checkpoint: Path | None
) -> tuple[Authority, str] | None:
    """Return PyTorch in float32, and which that is in words, beside a quantized model; None of others."""
    if not PRECISIONS[spec.precision].quantized:
        return None
    return unquantized_authority_of(project, known, spec, checkpoint)


def beside_float32(
    task: Task,
    quantized: Authority,
    float32: tuple[Authority, str] | None,
    shown: Sequence[PictureInput],
    keep_classes: Sequence[int],
) -> tuple[str, ...]:
    """Say how much of what PyTorch shows in float32 a quantized model shows too; nothing of others."""
    if float32 is None:
        return ()
    pytorch, whose = float32
    if pytorch.source != PYTORCH:
        return (f"not held against float32: {whose}",)
    loss = Loss()
    for each in shown:
        interruption.check()
        rgb = each.picture.rgb
        asked = (rgb, each.thresholds, keep_classes)
        loss += task.lost(quantized.result(*asked), pytorch.result(*asked))
    return (f"beside float32: {loss.of - loss.lost} of {loss.of} {task.loss_unit} of {whose} are shown too",)
