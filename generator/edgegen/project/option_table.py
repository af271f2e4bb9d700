"""The options of `edgegen new` for the model and the app: their types, defaults and meanings.

`edgegen.cli.options` makes click options of them, `to_record` the record of a project. The other options,
such as `--target`, `--output` and `--template`, are in `edgegen.cli`.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any, Final

from edgegen.model.precision import INT8
from edgegen.model.spec import COLORS, INTERPOLATIONS, STRETCH
from edgegen.model.thresholds import Thresholds

CONFIDENCE: Final = Thresholds.confidence
IOU: Final = Thresholds.iou
MAX_DET: Final = Thresholds.max_det
STARTER: Final = "starter"  # the app that a student reads in one sitting
STUDIO: Final = "studio"  # the app with everything
DEFAULT_APP: Final = STARTER  # if `--app` is not given
FP32: Final = "fp32"
FP16: Final = "fp16"  # weights only

# What an option concerns. Also the headings of --help.
EXPORT, INT8_EXPORT, PROJECT, SHOWN = "Model", "int8", "Project", "What the app shows"
DESCRIBED = "Description of the model file"

# What a value is.
TEXT, PATH, SIZE, NUMBER, COUNT, SWITCH, HEAD = "text", "path", "size", "number", "count", "switch", "head"
NUMBERS = "numbers"  # of red, green and blue
RESIZE = "resize"  # pixels of the shorter side, or STRETCH


_KINDS: Final[Mapping[Any, str]] = {
    str | None: TEXT,
    tuple[str, ...]: TEXT,
    Path | None: PATH,
    tuple[Path, ...]: PATH,
    tuple[int, int] | None: SIZE,
    tuple[float, ...] | None: NUMBERS,
    float: NUMBER,
    float | None: NUMBER,
    int: COUNT,
    int | None: COUNT,
    int | str | None: RESIZE,
    bool: SWITCH,
}


@dataclass(frozen=True)
class Option:
    """An option of `new`: what its field says."""

    field: str  # of a Request
    type_: Any
    default: Any
    concern: str
    help: str
    flag: str = ""  # "": --field
    default_text: str = ""  # the default in words
    metavar: str = ""
    choices: tuple[str, ...] = ()
    recorded: bool = True  # in .edgegen.yml
    by_target: bool = False  # only targets that have it in `Blueprint.options`
    by_task: tuple[str, ...] = ()  # only tasks that have one of these in `Task.choices`
    by_model: bool = False  # each model has its own value: that of a project is for its checkpoint only
    is_head: bool = False

    @property
    def kind(self) -> str:
        """What a value is: TEXT, PATH and so on."""
        return HEAD if self.is_head else _KINDS[self.type_]

    @property
    def repeatable(self) -> bool:
        """Whether it may be given several times."""
        return self.type_ in (tuple[str, ...], tuple[Path, ...])

    @property
    def spelled(self) -> str:
        """How a user types it: --max-det."""
        return self.flag or f"--{self.field.replace('_', '-')}"

    @property
    def key(self) -> str:
        """Its name in .edgegen.yml: max_det."""
        return self.spelled.removeprefix("--").replace("-", "_")

    def texts(self, value: Any) -> list[str]:
        """Return a value as a user types it: one text, or one for each value of a repeatable option."""
        is_default = value == self.default or (self.choices and value == self.default_text)
        if is_default or value in (None, "", (), []):
            return []
        if self.repeatable:
            return [str(each) for each in value]
        if self.kind in (SIZE, NUMBERS):
            return [",".join(f"{each:.12g}" for each in value)]
        return [f"{value:.12g}" if isinstance(value, float) else str(value)]


def option(concern: str, text: str, default: Any = None, **more: Any) -> Any:
    """Return the field of an option, with attributes of `Option`."""
    return field(default=default, metadata={"concern": concern, "help": text, **more})


@dataclass(frozen=True)
class ExportOptions:
    """The options of `edgegen export`. None and (): not given."""

    model: str
    imgsz: tuple[int, int] | None = option(
        EXPORT, "The model's input size", default_text="the training's", metavar="N|H,W", by_model=True
    )
    head: str | None = option(
        EXPORT,
        "The exported model's outputs. raw (default) is fastest. decoded gives the outputs of "
        "Ultralytics' own export. end2end is the branch of YOLO26 and YOLOv10 without NMS.",
        is_head=True,
        by_model=True,
    )
    backends: tuple[str, ...] = option(
        EXPORT,
        "A further backend: coreml, coreml-gpu or coreml-all for iOS; vulkan or vulkan-float32 for "
        "Android; webgpu for web. The app uses it if a test on the device finds it right and faster than "
        "the CPU. xnnpack: the first program alone. Repeatable",
        default=(),
        flag="--backend",
        default_text="coreml for iOS, xnnpack-avx2 for linux-cpp",
    )
    images: tuple[Path, ...] = option(
        EXPORT,
        "A further photo for the golden vectors. Repeatable.",
        default=(),
        flag="--image",
        recorded=False,
    )
    task: str | None = option(DESCRIBED, "The task, if the file does not record it: classify.")
    arch: str | None = option(
        DESCRIBED,
        "The architecture of a state dict, such as torchvision:resnet18. It sets the library's own "
        "preprocessing.",
        metavar="LIBRARY:NAME",
    )
    names: Path | None = option(
        DESCRIBED,
        "The names of the classes: a .txt with one per line, or a .yaml or .json with a list or 0: name.",
        metavar="FILE",
    )
    resize: int | str | None = option(
        DESCRIBED,
        f"Resize the picture's shorter side to N pixels. {STRETCH}: resize the whole picture to the input",
        default_text="the architecture's",
        metavar=f"N|{STRETCH}",
    )
    crop: int | None = option(
        DESCRIBED,
        "The side of the model's square input, in pixels: the centre of the resized picture",
        default_text="the architecture's",
        metavar="N",
    )
    interpolation: str | None = option(
        DESCRIBED, "How the picture is resized", default_text="the architecture's", choices=INTERPOLATIONS
    )
    color: str | None = option(
        DESCRIBED,
        "The order of the model's input channels. --mean and --std always begin with red",
        default_text="rgb",
        choices=COLORS,
    )
    mean: tuple[float, ...] | None = option(
        DESCRIBED,
        "Mean of red, green and blue, for channels scaled to 0 to 1, such as 0.485,0.456,0.406",
        default_text="the architecture's",
        metavar="R,G,B",
    )
    std: tuple[float, ...] | None = option(
        DESCRIBED,
        "Standard deviation of red, green and blue, in the same scale, such as 0.229,0.224,0.225",
        default_text="the architecture's",
        metavar="R,G,B",
    )
    precision: str | None = option(
        INT8_EXPORT,
        "Precision of the model. int8 is smaller and faster, and needs --calibration. fp16, for web "
        "only: weights of half the size",
        default_text="fp32, or the export's",
        choices=(FP32, FP16, INT8),
    )
    calibration: Path | None = option(
        INT8_EXPORT,
        "The calibration set: a folder of photos, a text file of paths, or a data.yaml, whose labels "
        "then measure the loss.",
        metavar="PHOTOS",
    )
    calibration_images: int | None = option(
        INT8_EXPORT,
        "Maximum number of calibration photos. A fifth of a folder's photos is held out to measure the "
        "loss. With a data.yaml, the loss is measured on `val` photos, at most as many",
        default_text="100",
        metavar="N",
    )
    max_loss: float | None = option(
        INT8_EXPORT,
        "Maximum loss. With labels: points of mAP50-95. Without: percent of float32's detections. Layers "
        "stay float32 to keep the limit",
        default_text="1 point, or 5 percent",
        metavar="X",
    )
    keep_float: tuple[str, ...] = option(
        INT8_EXPORT,
        "A layer that stays float32, such as model.0.conv. Repeatable.",
        default=(),
        metavar="LAYER",
    )
    sensitivity: bool = option(
        INT8_EXPORT,
        "List how much each layer, quantized alone, changes the outputs. The largest change is first.",
        default=False,
        recorded=False,
    )


@dataclass(frozen=True)
class ProjectOptions:
    """The options of `edgegen new` for the project."""

    app: str | None = option(
        PROJECT,
        "starter: a small app to read and change. studio: every feature",
        default_text=DEFAULT_APP,
        choices=(STARTER, STUDIO),
        by_target=True,
    )
    name: str | None = option(PROJECT, "The app's display name", default_text="the model's")
    package: str | None = option(
        PROJECT, "The Android app's id", default_text="org.example.<name>", by_target=True
    )
    bundle_id: str | None = option(
        PROJECT, "The iOS app's id", default_text="org.example.<name>", by_target=True
    )
    ci: str | None = option(
        PROJECT, "Add a CI workflow that builds and tests the app: github.", by_target=True
    )
    confidence: float = option(
        SHOWN, "Confidence threshold", default=CONFIDENCE, flag="--conf", by_task=("confidence",)
    )
    iou: float = option(SHOWN, "IoU threshold of NMS", default=IOU, by_task=("iou",))
    max_det: int = option(SHOWN, "Maximum number of detections", default=MAX_DET, by_task=("max_det", "top"))
    classes: str | None = option(
        SHOWN,
        "Show only these classes, by name or number: person,dog or 0,16. Double quotes mark a name: '\"3\"'. "
        "all: every class.",
        by_task=("classes",),
    )
    skeleton: str | None = option(
        SHOWN,
        "Limbs of a pose model, as pairs of keypoint numbers from 0: 0-1,1-2",
        default_text="a person's for 17 keypoints, else none",
        metavar="PAIRS|none",
        by_task=("skeleton",),
    )


def _options(declared: Any) -> Iterator[Option]:
    """Yield the options of a class, in its order."""
    for each in fields(declared):
        if each.metadata:
            yield Option(**each.metadata, field=each.name, type_=each.type, default=each.default)


OPTIONS: Final = (*_options(ProjectOptions), *_options(ExportOptions))
BY_FIELD: Final[Mapping[str, Option]] = {option.field: option for option in OPTIONS}
# Those that an exported model cannot take any more.
FOR_EXPORT: Final = tuple(option for option in OPTIONS if option.concern in (EXPORT, DESCRIBED, INT8_EXPORT))
PATHS: Final = tuple(option.field for option in OPTIONS if option.kind == PATH and option.recorded)
INT8_ONLY: Final = tuple(
    option.field for option in OPTIONS if option.concern == INT8_EXPORT and option.field != "precision"
)
BY_TARGET: Final = tuple(option.field for option in OPTIONS if option.by_target)


def of_concern(*concerns: str) -> Iterator[Option]:
    """Yield the options that concern one of these."""
    return (option for option in OPTIONS if option.concern in concerns)


def to_record(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return options as .edgegen.yml records them. `values` are fields of a Request.

    Fields without a value are left out, also the precision fp32, and without int8 its options.
    """
    precision = values.get("precision")
    left_out = INT8_ONLY if precision != INT8 else ()
    left_out += ("precision",) if precision == FP32 else ()
    record = {}
    for option in OPTIONS:
        value = values.get(option.field)
        if not option.recorded or value in (None, "", ()) or option.field in left_out:
            continue
        if isinstance(value, tuple):
            value = list(value)
        record[option.key] = str(value) if isinstance(value, Path) else value
    return record


def from_record(record: Mapping[str, Any]) -> dict[str, Any]:
    """Return a record's fields of a Request. Raise ValueError or TypeError if one has a wrong value."""
    values: dict[str, Any] = {}
    for option in OPTIONS:
        value = record.get(option.key)
        if not option.recorded or value in (None, [], ()):
            continue
        values[option.field] = _value(option, value)
    return values


def _value(option: Option, value: Any) -> Any:
    if option.repeatable:
        return tuple(map(str, value))
    if option.kind == SIZE:
        size = tuple(int(side) for side in value)
        return size[0], size[-1]
    if option.kind == NUMBERS:
        return tuple(map(float, value))
    if option.kind == RESIZE and value == STRETCH:
        return value
    return {NUMBER: float, COUNT: int, RESIZE: int, PATH: Path}.get(option.kind, str)(value)
