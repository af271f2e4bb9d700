"""The options of `edgegen new`. Each is declared once here; all commands read this table.

`edgegen.commands.request` has the fields with their types. `edgegen.cli.options` makes click options of them.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from edgegen.model.precision import INT8
from edgegen.model.spec import COLORS, INTERPOLATIONS, STRETCH

CONFIDENCE: Final = 0.25
IOU: Final = 0.7
MAX_DET: Final = 300
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


@dataclass(frozen=True)
class Option:
    """An option of `new`. Without a value it is None, () if repeatable, or `default`."""

    field: str  # of a Request
    concern: str
    help: str
    flag: str = ""  # "": --field
    kind: str = TEXT
    default: Any = None
    default_text: str = ""  # the default in words
    metavar: str = ""
    choices: tuple[str, ...] = ()
    repeatable: bool = False
    recorded: bool = True  # in .edgegen.yml
    by_target: bool = False  # only targets that have it in `Blueprint.options`
    by_task: tuple[str, ...] = ()  # only tasks that have one of these in `Task.choices`
    by_model: bool = False  # each model has its own value: that of a project is for its checkpoint only

    @property
    def spelled(self) -> str:
        """How a user types it: --max-det."""
        return self.flag or f"--{self.field.replace('_', '-')}"

    @property
    def key(self) -> str:
        """Its name in .edgegen.yml: max_det."""
        return self.spelled.removeprefix("--").replace("-", "_")

    @property
    def is_for_export(self) -> bool:
        """Whether an exported model cannot take it any more."""
        return self.concern in (EXPORT, DESCRIBED, INT8_EXPORT)

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


OPTIONS: Final = (
    Option(
        "app",
        PROJECT,
        "starter: a small app to read and change. studio: every feature",
        default_text=DEFAULT_APP,
        choices=(STARTER, STUDIO),
        by_target=True,
    ),
    Option("name", PROJECT, "The app's display name", default_text="the model's"),
    Option("package", PROJECT, "The Android app's id", default_text="org.example.<name>", by_target=True),
    Option("bundle_id", PROJECT, "The iOS app's id", default_text="org.example.<name>", by_target=True),
    Option("ci", PROJECT, "Add a CI workflow that builds and tests the app: github.", by_target=True),
    Option(
        "confidence",
        SHOWN,
        "Confidence threshold",
        flag="--conf",
        kind=NUMBER,
        default=CONFIDENCE,
        by_task=("confidence",),
    ),
    Option("iou", SHOWN, "IoU threshold of NMS", kind=NUMBER, default=IOU, by_task=("iou",)),
    Option(
        "max_det",
        SHOWN,
        "Maximum number of detections",
        kind=COUNT,
        default=MAX_DET,
        by_task=("max_det", "top"),
    ),
    Option(
        "classes",
        SHOWN,
        "Show only these classes, by name or number: person,dog or 0,16. Double quotes mark a name: '\"3\"'.",
        by_task=("classes",),
    ),
    Option(
        "skeleton",
        SHOWN,
        "Limbs of a pose model, as pairs of keypoint numbers from 0: 0-1,1-2",
        default_text="a person's for 17 keypoints, else none",
        metavar="PAIRS|none",
        by_task=("skeleton",),
    ),
    Option(
        "imgsz",
        EXPORT,
        "The model's input size",
        kind=SIZE,
        default_text="the training's",
        metavar="N|H,W",
        by_model=True,
    ),
    Option(
        "head",
        EXPORT,
        "The exported model's outputs. raw (default) is fastest. decoded gives the outputs of Ultralytics' "
        "own export. end2end is the branch of YOLO26 and YOLOv10 without NMS.",
        kind=HEAD,
        by_model=True,
    ),
    Option(
        "backends",
        EXPORT,
        "A further backend: coreml, coreml-gpu or coreml-all for iOS; vulkan or vulkan-float32 for Android; "
        "webgpu for web. "
        "The app uses it if a test on the device finds it right and faster than the CPU. xnnpack: the first "
        "program alone. Repeatable",
        flag="--backend",
        default_text="coreml for iOS, xnnpack-avx2 for linux-cpp",
        repeatable=True,
    ),
    Option(
        "images",
        EXPORT,
        "A further photo for the golden vectors. Repeatable.",
        flag="--image",
        kind=PATH,
        repeatable=True,
        recorded=False,
    ),
    Option("task", DESCRIBED, "The task, if the file does not record it: classify."),
    Option(
        "arch",
        DESCRIBED,
        "The architecture of a state dict, such as torchvision:resnet18. It sets the library's own "
        "preprocessing.",
        metavar="LIBRARY:NAME",
    ),
    Option(
        "names",
        DESCRIBED,
        "The names of the classes: a .txt with one per line, or a .yaml or .json with a list or 0: name.",
        kind=PATH,
        metavar="FILE",
    ),
    Option(
        "resize",
        DESCRIBED,
        f"Resize the picture's shorter side to N pixels. {STRETCH}: resize the whole picture to the input",
        kind=RESIZE,
        default_text="the architecture's",
        metavar=f"N|{STRETCH}",
    ),
    Option(
        "crop",
        DESCRIBED,
        "The side of the model's square input, in pixels: the centre of the resized picture",
        kind=COUNT,
        default_text="the architecture's",
        metavar="N",
    ),
    Option(
        "interpolation",
        DESCRIBED,
        "How the picture is resized",
        default_text="the architecture's",
        choices=INTERPOLATIONS,
    ),
    Option(
        "color",
        DESCRIBED,
        "The order of the model's input channels. --mean and --std always begin with red",
        default_text="rgb",
        choices=COLORS,
    ),
    Option(
        "mean",
        DESCRIBED,
        "Mean of red, green and blue, for channels scaled to 0 to 1, such as 0.485,0.456,0.406",
        kind=NUMBERS,
        default_text="the architecture's",
        metavar="R,G,B",
    ),
    Option(
        "std",
        DESCRIBED,
        "Standard deviation of red, green and blue, in the same scale, such as 0.229,0.224,0.225",
        kind=NUMBERS,
        default_text="the architecture's",
        metavar="R,G,B",
    ),
    Option(
        "precision",
        INT8_EXPORT,
        "Precision of the model. int8 is smaller and faster, and needs --calibration. fp16, for web only: "
        "weights of half the size",
        default_text="fp32, or the export's",
        choices=(FP32, FP16, INT8.name),
    ),
    Option(
        "calibration",
        INT8_EXPORT,
        "The calibration set: a folder of photos, a text file of paths, or a data.yaml, whose labels "
        "then measure the loss.",
        kind=PATH,
        metavar="PHOTOS",
    ),
    Option(
        "calibration_images",
        INT8_EXPORT,
        "Maximum number of calibration photos. A fifth of a folder's photos is held out to measure the loss. "
        "With a data.yaml, the loss is measured on `val` photos, at most as many",
        kind=COUNT,
        default_text="100",
        metavar="N",
    ),
    Option(
        "max_loss",
        INT8_EXPORT,
        "Maximum loss. With labels: points of mAP50-95. Without: percent of float32's detections. Layers "
        "stay float32 to keep the limit",
        kind=NUMBER,
        default_text="1 point, or 5 percent",
        metavar="X",
    ),
    Option(
        "keep_float",
        INT8_EXPORT,
        "A layer that stays float32, such as model.0.conv. Repeatable.",
        repeatable=True,
        metavar="LAYER",
    ),
    Option(
        "sensitivity",
        INT8_EXPORT,
        "List how much each layer, quantized alone, changes the outputs. The largest change is first.",
        kind=SWITCH,
        default=False,
        recorded=False,
    ),
)

BY_FIELD: Final[Mapping[str, Option]] = {option.field: option for option in OPTIONS}
FOR_EXPORT: Final = tuple(option for option in OPTIONS if option.is_for_export)
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
    left_out = INT8_ONLY if precision != INT8.name else ()
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
