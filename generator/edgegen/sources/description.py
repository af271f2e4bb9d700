"""What a user says about a model file that the file does not say itself."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from edgegen.base.errors import InputError, MissingOptionsError, UsageError
from edgegen.base.text import how_many
from edgegen.model.spec import BGR, LETTERBOX_TOP_LEFT, STRETCH, WHOLE_PICTURE, InputSpec, ModelSpec


@dataclass(frozen=True)
class Description:
    """The values of --metadata, --task, --arch, --names and so on. None and empty: not given."""

    metadata: Path | None = None  # of a .pte
    task: str = ""
    architecture: str = ""  # LIBRARY:NAME, such as "torchvision:resnet18"
    class_names: tuple[str, ...] = ()
    crop: int | None = None  # side of the input
    shorter_side: int | None = None  # of the picture, before the crop; or WHOLE_PICTURE
    interpolation: str | None = None
    color: str | None = None  # one of `model.spec.COLORS`
    mean: tuple[float, ...] | None = None
    std: tuple[float, ...] | None = None

    @classmethod
    def of(cls, spec: ModelSpec) -> "Description":
        """Return what the metadata of an export says about its checkpoint."""
        given = spec.input
        described = cls(task=spec.task, architecture=spec.given_architecture, class_names=spec.class_names)
        if given.resize == STRETCH:  # the library's own preprocessing
            return described
        if given.resize == LETTERBOX_TOP_LEFT:
            step = 1 if given.color == "RGB" else -1  # options begin with red
            is_normalized = given.scale != 1
            return replace(
                described,
                color=given.color.lower(),
                mean=given.mean[::step] if is_normalized else None,
                std=given.std[::step] if is_normalized else None,
            )
        return replace(
            described,
            crop=given.height,
            shorter_side=given.shorter_side,
            interpolation=given.interpolation,
            color=spec.given_color or None,
            mean=given.mean,
            std=given.std,
        )

    def options(self) -> list[str]:
        """Return the options that were given, besides --metadata."""
        given = {
            "--task": self.task,
            "--arch": self.architecture,
            "--names": self.class_names,
            "--resize": self.shorter_side,
            "--crop": self.crop,
            "--interpolation": self.interpolation,
            "--color": self.color,
            "--mean": self.mean,
            "--std": self.std,
        }
        return [option for option, value in given.items() if value not in (None, "", ())]

    def check_detector(
        self, path: Path, refused: Sequence[str], why: str, hint: str = "leave it out"
    ) -> None:
        """Raise UsageError for another task than detection, or one of the refused options."""
        if self.task not in ("", "detect"):
            raise UsageError(f"--task is {self.task}, but {path.name} is a detector", "leave it out")
        wrong = [each for each in self.options() if each in refused]
        if wrong:
            raise UsageError(f"{', '.join(wrong)} cannot be used: {why} ({path.name})", hint)

    @property
    def library(self) -> str:
        """The library of the architecture: "torchvision"."""
        return self.architecture.partition(":")[0]

    @property
    def architecture_name(self) -> str:
        """The name within the library: "resnet18"."""
        return self.architecture.partition(":")[2]

    @property
    def given_color(self) -> str:
        """The value of `Facts.given_color` for an image classifier."""
        return BGR if self.color == BGR else ""

    def applied_to(self, default: InputSpec) -> InputSpec:
        """Return an architecture's usual preprocessing with the given values instead, except the color."""
        crop = default.height if self.crop is None else self.crop
        given: dict[str, Any] = {
            "shorter_side": self.shorter_side,
            "interpolation": self.interpolation,
            "mean": self.mean,
            "std": self.std,
        }
        changes = {name: value for name, value in given.items() if value is not None}
        result = replace(default, height=crop, width=crop, **changes)
        if result.shorter_side != WHOLE_PICTURE and result.shorter_side < crop:
            raise UsageError(
                f"the crop of {crop} does not fit into a shorter side of {result.shorter_side}",
                "lower --crop, or raise --resize",
            )
        return result


RESIZE_OPTIONS: Final = ("--resize", "--crop", "--interpolation")
NOTHING_SAID: Final = Description()


def check_class_names(path: Path, names: Sequence[str], count: int) -> tuple[str, ...]:
    """Return the names of a model's classes, or raise an error if they are missing or not as many."""
    if not names:
        raise MissingOptionsError(
            f"{path} has {how_many(count, 'class')} without names",
            "give --names FILE, with one name per line in the order of the training",
            {"--names": "classes.txt"},
        )
    if len(names) != count:
        raise InputError(
            f"{path} has {how_many(count, 'class')}, and there are {how_many(len(names), 'name')} for them",
            "give one name for each class, in the order of the training",
        )
    return tuple(names)
