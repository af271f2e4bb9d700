"""From a ModelSpec and the user's options to what every template may use."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from edgegen import __version__
from edgegen.base import pins
from edgegen.base.errors import UsageError
from edgegen.model.skeleton import Skeleton
from edgegen.model.spec import ModelSpec
from edgegen.project import words
from edgegen.project.appearance import LOOK
from edgegen.project.option_table import CONFIDENCE, EXPORT, IOU, MAX_DET, OPTIONS, PROJECT, SHOWN, USUAL_APP

MAX_MAX_DET = 30_000  # NMS sees no more candidates than that
NEW_MODEL = "best.pt"  # stands for a model to come, in a command


@dataclass(frozen=True)
class Options:
    """What the user may choose for a project, checked."""

    name: str  # what a person reads
    slug: str  # an identifier made from it
    confidence: float = CONFIDENCE  # 0 to 1
    iou: float = IOU  # 0 to 1
    max_det: int = MAX_DET
    keep_classes: tuple[int, ...] = ()  # empty: all
    skeleton: Skeleton = ()  # of poses: which keypoints have a limb between them
    package: str = ""  # Android's application id, where a target takes one
    bundle_id: str = ""  # iOS's, where a target takes one
    app: str = USUAL_APP  # which of its apps a target renders
    ci: str = ""  # the service that builds the project at every push; empty: none

    def __post_init__(self) -> None:
        """Refuse what no app could be started with."""
        for option, value, usual in (("--conf", self.confidence, CONFIDENCE), ("--iou", self.iou, IOU)):
            if not 0 <= value <= 1:  # also refuses NaN
                raise UsageError(
                    f"{option} is {value:g}, but must lie between 0 and 1", f"{option} {usual} is usual"
                )
        if not 1 <= self.max_det <= MAX_MAX_DET:
            raise UsageError(
                f"--max-det is {self.max_det}, but must lie between 1 and {MAX_MAX_DET}",
                f"--max-det {MAX_DET} is usual",
            )


def command_again(
    target: str, takes: Collection[str], options: Options, record: Mapping[str, Any]
) -> list[str]:
    """Return the words of the command that makes the same app of another model, to type in its folder.

    The name and the ids are always included: otherwise they would come from the new model's name. `record` is
    the content of `.edgegen.yml`.
    """
    words = ["edgegen", "new", "--model", NEW_MODEL, "--target", target, "--name", options.name]
    for option in OPTIONS:
        is_taken = option.field in takes if option.by_target else option.concern in (PROJECT, SHOWN, EXPORT)
        if is_taken and option.field != "name":
            for text in option.texts(record.get(option.key)):
                words += [option.spelled, text]
    return [*words, "--output", "."]


def shared_context(spec: ModelSpec, options: Options) -> dict[str, Any]:
    """Return the names that the templates of all targets share."""
    return {
        "app": options.app,
        "app_name": options.name,
        "slug": options.slug,
        "edgegen_version": __version__,
        "executorch_version": pins.EXECUTORCH,
        "executorch_minor": pins.EXECUTORCH_MINOR,
        "spec": spec,
        "confidence": options.confidence,
        "iou": options.iou,
        "max_det": options.max_det,
        "keep_classes": options.keep_classes,
        "skeleton": options.skeleton,
        "model_license": spec.license,
        "look": LOOK,
        "words": words.texts,
        "models": [],  # of an app with several, all of them
    }
