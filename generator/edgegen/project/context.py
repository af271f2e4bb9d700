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

CONFIDENCE = 0.25
IOU = 0.7
MAX_DET = 300
MAX_MAX_DET = 30_000  # NMS sees no more candidates than that
STARTER = "starter"  # the app that a student reads in one sitting
STUDIO = "studio"  # the app with everything
USUAL_APP = STARTER  # if `--app` is not given
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
    target: str, takes: Collection[str], options: Options, typed: Mapping[str, Any]
) -> list[str]:
    """Return the words of the command that makes the same app of another model, to type in its folder.

    Name and id stand in it whether they were typed or not: left out, they would be made of the new model's
    name. `typed` is what `.edgegen.yml` keeps.
    """
    usual = {"app": USUAL_APP, "conf": CONFIDENCE, "iou": IOU, "max_det": MAX_DET}
    given = {
        "name": options.name,
        **{option: typed.get(option) for option in takes if option not in usual},
        **{option: typed.get(option) for option in ("classes", "skeleton", "head")},
        "imgsz": ",".join(map(str, typed.get("imgsz") or ())),
        **{
            option: typed.get(option) if typed.get(option) != value else None
            for option, value in usual.items()
        },
    }
    words = ["edgegen", "new", "--model", NEW_MODEL, "--target", target]
    for option, value in given.items():
        if value not in {None, ""}:
            words += [f"--{option.replace('_', '-')}", str(value)]
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
