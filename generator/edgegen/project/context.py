"""The user's options, and the values that all templates can use."""

import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from edgegen import __version__, runtimes
from edgegen.artifacts.pte import METHOD, read_pte
from edgegen.base import pins
from edgegen.base.errors import UsageError
from edgegen.base.model_files import PTE_SUFFIX
from edgegen.model.precision import FLOAT32
from edgegen.model.skeleton import Skeleton
from edgegen.model.spec import ONE_TO_ONE, ModelSpec, branch_of
from edgegen.project import words
from edgegen.project.appearance import LOOK
from edgegen.project.option_table import (
    CONFIDENCE,
    DEFAULT_APP,
    EXPORT,
    IOU,
    MAX_DET,
    OPTIONS,
    PROJECT,
    SHOWN,
)

MAX_MAX_DET = 30_000  # the largest number of candidates before NMS
NEW_MODEL = "best.pt"  # a placeholder in commands
_FILES: Final = (".onnx", ".torchscript")  # exports that Ultralytics' predict takes
_SMALLEST_STRIDE: Final = 32  # of Ultralytics' predict on a checkpoint


@dataclass(frozen=True)
class Options:
    """The checked options of a project."""

    name: str  # the display name
    slug: str  # an identifier derived from the name
    confidence: float = CONFIDENCE  # 0 to 1
    iou: float = IOU  # 0 to 1
    max_det: int = MAX_DET
    keep_classes: tuple[int, ...] = ()  # empty: all
    skeleton: Skeleton = ()  # the limbs of poses: pairs of keypoints
    package: str = ""  # Android's application id
    bundle_id: str = ""  # iOS's bundle id
    app: str = DEFAULT_APP  # the app of the target
    ci: str = ""  # the CI service; "": none

    def __post_init__(self) -> None:
        """Raise UsageError for a threshold that is out of range."""
        for option, value, default in (("--conf", self.confidence, CONFIDENCE), ("--iou", self.iou, IOU)):
            if not 0 <= value <= 1:  # also false for NaN
                raise UsageError(
                    f"{option} is {value:g}, but must be between 0 and 1", f"{option} {default} is usual"
                )
        if not 1 <= self.max_det <= MAX_MAX_DET:
            raise UsageError(
                f"--max-det is {self.max_det}, but must be between 1 and {MAX_MAX_DET}",
                f"--max-det {MAX_DET} is usual",
            )


def command_again(target: str, options: Options, record: Mapping[str, Any]) -> list[str]:
    """Return the command, as words, that makes the same app for another model, in the app's folder.

    It always has the name and the ids, which would otherwise depend on the new model's name. `record` has the
    target's options, as in `.edgegen.yml`.
    """
    words = ["edgegen", "new", "--model", NEW_MODEL, "--target", target, "--name", options.name]
    for option in OPTIONS:
        if option.concern in (PROJECT, SHOWN, EXPORT) and option.field != "name":
            for text in option.texts(record.get(option.key)):
                words += [option.spelled, text]
    return [*words, "--output", "."]


def shared_context(spec: ModelSpec, options: Options) -> dict[str, Any]:
    """Return the values for the templates of all targets."""
    return {
        "app": options.app,
        "app_name": options.name,
        "slug": options.slug,
        "edgegen_version": __version__,
        "executorch_version": pins.EXECUTORCH,
        "executorch_minor": pins.EXECUTORCH_MINOR,
        "spec": spec,
        "extra_programs": _extra_programs(spec),
        "confidence": options.confidence,
        "iou": options.iou,
        "max_det": options.max_det,
        "keep_classes": options.keep_classes,
        "skeleton": options.skeleton,
        "model_license": spec.license,
        "may_be_agpl": "AGPL" in spec.license or not spec.license,
        "predict_call": _predict_call(spec, options),
        "look": LOOK,
        "words": words.texts,
        "models": [],  # all of them, for an app with several
    }


def _predict_call(spec: ModelSpec, options: Options) -> str:
    """Return the call of Ultralytics that shows what the app shows; "" if no call does exactly that.

    An int8 model differs from its checkpoint. Ultralytics enlarges the classes of a semantic map from an ONNX
    or TorchScript file, and pads a checkpoint's input to 32 pixels.
    """
    is_file = spec.origin_suffix in _FILES
    sides = spec.input.height, spec.input.width
    if not spec.is_ultralytics or spec.task == "classify" or spec.precision != FLOAT32:
        return ""
    if spec.task == "semantic" if is_file else any(side % _SMALLEST_STRIDE for side in sides):
        return ""
    arguments = [f"imgsz={list(sides)}", "rect=False"]
    if branch_of(spec.output.contract) == ONE_TO_ONE:
        arguments.append("nms=False")
    for name, value, default in (
        ("conf", options.confidence, CONFIDENCE),
        ("iou", options.iou, IOU),
        ("max_det", options.max_det, MAX_DET),
        ("classes", list(options.keep_classes), []),
    ):
        if value != default:
            arguments.append(f"{name}={value}")
    model = f"best{spec.origin_suffix}" if is_file else NEW_MODEL
    return f'YOLO("{model}").predict("photo.jpg", {", ".join(arguments)})'


def _extra_programs(spec: ModelSpec) -> list[dict[str, Any]]:
    """Return the other `.pte` files: their records, and what the app needs to load and prove them."""
    found = []
    for program in spec.extra_programs:
        path = spec.path_of(program)
        if path.suffix != PTE_SUFFIX:
            continue
        method = read_pte(path).method(METHOD)
        found.append(
            {
                **vars(program),
                "title": runtimes.backend_title(program.backend),  # "Core ML"
                "adler32": zlib.adler32(path.read_bytes()),
                "delegates": tuple(each.backend for each in method.delegates) if method else (),
            }
        )
    return found
