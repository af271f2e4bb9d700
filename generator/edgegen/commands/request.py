"""What `new` and `export` were asked for."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from edgegen.base.errors import InputError, UsageError
from edgegen.model.int8 import PICTURES, Int8Options
from edgegen.model.precision import INT8
from edgegen.project import option_table
from edgegen.project.context import Options
from edgegen.project.option_table import BY_FIELD, BY_TARGET, CONFIDENCE, IOU, MAX_DET


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

    def int8(self) -> Int8Options | None:
        """Return what int8 was asked with; None for float32.

        Raises:
            InputError: The pictures are not there.
            UsageError: Int8 lacks pictures, a value is out of range, or float32 has no use for an option.
        """
        if self.precision != INT8.name:
            for name in (*option_table.INT8_ONLY, "sensitivity"):
                if BY_FIELD[name].texts(getattr(self, name)):
                    raise UsageError(
                        f"{BY_FIELD[name].spelled} means nothing to float32", "add --precision int8"
                    )
            return None
        if self.calibration is None:
            raise UsageError(
                "--precision int8 needs --calibration: ranges come from photos, those of noise fit nothing",
                "--calibration photos/ takes a folder, a text file of paths, or a data.yaml",
            )
        pictures = PICTURES if self.calibration_images is None else self.calibration_images
        asked = Int8Options(
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

    def recorded(self) -> dict[str, Any]:
        """Return the model and the options as `.edgegen.yml` records them."""
        return {"model": self.model, **option_table.recorded(vars(self))}


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

    def recorded_of(self, options: Options) -> dict[str, Any]:
        """Return the same, with the app's ids as they are in the project."""
        ids = {name: getattr(options, name) for name in BY_TARGET}
        return {"model": self.model, **option_table.recorded({**vars(self), **ids})}
