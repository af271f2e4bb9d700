"""What `new` and `export` were asked for."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from edgegen.base.errors import InputError, UsageError
from edgegen.model.int8 import PICTURES, Asked
from edgegen.model.precision import INT8
from edgegen.project.context import CONFIDENCE, IOU, MAX_DET, Options

FP32: Final = "fp32"
# Options that not every target takes: `Blueprint.takes` says which.
TARGET_OPTIONS: Final = ("package", "bundle_id", "ci", "app")


@dataclass(frozen=True)
class ExportRequest:
    """What `edgegen export` was asked for; None where nothing was said."""

    model: str
    metadata: Path | None = None
    imgsz: tuple[int, int] | None = None  # height, width
    head: str | None = None
    images: tuple[Path, ...] = ()
    precision: str | None = None  # FP32 or int8
    calibration: Path | None = None
    calibration_images: int | None = None
    max_loss: float | None = None
    keep_float: tuple[str, ...] = ()
    sensitivity: bool = False
    int8_borders: bool = False  # nobody asks for it: so do the targets
    output: Path | None = None
    force: bool = False

    def int8(self) -> Asked | None:
        """Return what int8 was asked with; None for float32.

        Raises:
            InputError: The pictures are not there.
            UsageError: Int8 lacks pictures, a value is out of range, or float32 has no use for an option.
        """
        if self.precision != INT8.name:
            for name in [*self._int8_options(), *(["sensitivity"] if self.sensitivity else [])]:
                raise UsageError(
                    f"--{name.replace('_', '-')} means nothing to float32", "add --precision int8"
                )
            return None
        if self.calibration is None:
            raise UsageError(
                "--precision int8 needs --calibration: ranges come from photos, those of noise fit nothing",
                "--calibration photos/ takes a folder, a text file of paths, or a data.yaml",
            )
        pictures = PICTURES if self.calibration_images is None else self.calibration_images
        asked = Asked(
            self.calibration,
            pictures,
            self.max_loss,
            self.keep_float,
            self.sensitivity,
            at_borders=self.int8_borders,
        )
        if not self.calibration.exists():
            raise InputError(f"there is no {self.calibration} to calibrate with", "check the path")
        return asked

    def recorded_int8(self) -> dict[str, Any]:
        """Return it as `.edgegen.yml` keeps it; nothing for float32."""
        if self.precision != INT8.name:
            return {}
        return {
            "precision": self.precision,
            **self._int8_options(),
            "calibration": str(self.calibration),
            "keep_float": list(self.keep_float),
        }

    def _int8_options(self) -> dict[str, Any]:
        """Return what was said that only int8 has a use for."""
        given = {
            "calibration": self.calibration,
            "calibration_images": self.calibration_images,
            "max_loss": self.max_loss,
            "keep_float": self.keep_float,
        }
        return {name: value for name, value in given.items() if value not in (None, ())}


@dataclass(frozen=True)
class TemplateRecord:
    """What a project records about its template; empty for a new project."""

    version: str = ""  # a tag, or git's name of a commit; "" for a folder
    commit: str = ""
    answers: Mapping[str, Any] = field(default_factory=dict)
    data: Mapping[str, str] = field(default_factory=dict)  # the answers that were typed as --data
    secrets: tuple[str, ...] = ()  # questions that were answered, and whose answers are not recorded


@dataclass(frozen=True)
class Request(ExportRequest):
    """What `edgegen new` was asked for."""

    targets: tuple[str, ...] = ()
    name: str | None = None
    package: str | None = None
    bundle_id: str | None = None
    app: str | None = None
    ci: str | None = None
    confidence: float = CONFIDENCE
    iou: float = IOU
    max_det: int = MAX_DET
    classes: str | None = None
    skeleton: str | None = None
    pretend: bool = False
    template: str | None = None  # a custom template, instead of targets
    data: tuple[tuple[str, str], ...] = ()  # answers to its questions, as typed
    template_record: TemplateRecord = field(default_factory=TemplateRecord)
    trust: bool = False  # the template may run programs
    ask: bool = False  # questions are asked on the terminal
    more: tuple[str, ...] = ()  # MODEL arguments of what the app can switch to, beside `model`

    def recorded(self, options: Options) -> dict[str, Any]:
        """Return the options as `.edgegen.yml` keeps them: what `new` would have to be told again."""
        only_some_targets_take = {name: getattr(options, name) for name in TARGET_OPTIONS}
        return {
            "model": self.model,
            "name": self.name,
            **{key: value for key, value in only_some_targets_take.items() if value},
            "classes": self.classes,
            **({"skeleton": self.skeleton} if self.skeleton else {}),
            "imgsz": list(self.imgsz) if self.imgsz else None,
            "head": self.head,
            **self.recorded_int8(),
            "conf": self.confidence,
            "iou": self.iou,
            "max_det": self.max_det,
        }
