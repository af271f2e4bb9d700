"""metadata.yaml, read and typed: what Ultralytics writes beside a `.pte`, and edgegen's own mapping in it.

The file may come from anywhere: whatever is in it ends as a `Metadata` or as an InputError that names the key
and the value. Nothing here knows the `.pte`.
"""

import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from edgegen.base import naming
from edgegen.base.errors import InputError, UnsupportedModelError
from edgegen.base.naming import how_many
from edgegen.base.private import strip_folders
from edgegen.base.strict_yaml import load_mapping, shorten
from edgegen.model.int8 import MEASURES, Certificate
from edgegen.model.precision import INT8
from edgegen.model.skeleton import keypoint_names
from edgegen.model.spec import RESIZES
from edgegen.model.steps import Steps

SCHEMA: Final = 1  # of the mapping under the key `edgegen`
OWN_KEY: Final = "edgegen"
KEYPOINT_VALUES: Final = (2, 3)  # x, y and maybe a score
MAX_NAME: Final = 10_000  # characters of a class name, below any compiler's limit for a string


@dataclass(frozen=True)
class OwnMetadata:
    """The mapping `edgegen` of schema 1; a key that is absent has the value that plain Ultralytics implies.

    Its keys: executorch, torch (versions of the exporter), input {layout, color, scale, mean, std, resize,
    pad_value, int8 {scale, zero_point}}, output {contract, reg_max, strides, shapes, keypoint_scale,
    keypoint_shift, kpt_shape, angle, coefficients, int8 [of each output]}, precision, int8 {contract,
    calibration, layers, float32_layers, speedup}, backends, sha256 (of the .pte), checkpoint {name, sha256}.
    Others are left alone.
    """

    executorch: str = ""
    torch: str = ""
    color: str = "RGB"
    scale: float = 1 / 255
    mean: tuple[float, ...] = (0.0, 0.0, 0.0)
    std: tuple[float, ...] = (1.0, 1.0, 1.0)
    resize: str = ""  # "": as the task has it
    pad_value: int = 114
    contract: str = ""  # "": the .pte's shapes decide
    reg_max: int | None = None
    strides: tuple[int, ...] | None = None
    precision: str = "float32"
    certificate: Certificate | None = None
    backends: tuple[str, ...] | None = None
    sha256: str = ""  # "": not recorded
    shapes: tuple[tuple[int, ...], ...] | None = None  # of the outputs
    keypoint_scale: float = 0.0  # 0: not recorded
    keypoint_shift: float = 0.0
    angle: str = ""  # how one is read; "": not recorded
    kpt_shape: tuple[int, ...] | None = None
    coefficients: int | None = None  # of a mask
    input_steps: Steps | None = None  # of the input in int8
    output_steps: tuple[Steps | None, ...] | None = (
        None  # of each output, None for float32; None: not recorded
    )
    name: str = ""  # of the model, as a person reads it
    checkpoint_name: str = ""  # the file that was exported: "yolo11n.pt"
    checkpoint_sha256: str = ""


@dataclass(frozen=True)
class Metadata:
    """What the file says. None and "" stand for what it does not say."""

    path: Path
    task: str
    class_names: tuple[str, ...]  # by class id
    imgsz: tuple[int, int] | None  # height, width
    stride: int | None  # the largest
    batch: int
    channels: int
    head: str  # the class of the head: "Detect"
    end2end: bool | None
    license: str
    description: str
    ultralytics_version: str
    own: OwnMetadata | None  # None: a folder of plain Ultralytics
    kpt_shape: tuple[int, int] | None = None  # keypoints, and values of each
    kpt_names: tuple[str, ...] = ()  # of the keypoints; empty: not known


def read_metadata(path: Path) -> Metadata:
    """Read a metadata.yaml.

    Raises:
        InputError: It is missing, not YAML, or something in it is missing or of the wrong type.
        UnsupportedModelError: It was written for something that this edgegen does not know.
    """
    try:
        return _metadata(path)
    except InputError as error:
        error.hint = error.hint or "export the model again, or give the metadata.yaml that belongs to it"
        raise


def recorded_name(path: Path) -> str:
    """Return the name that a model's export recorded, fit to be shown; "" where there is none.

    Raises:
        InputError, UnsupportedModelError: As `read_metadata` does.
    """
    own = read_metadata(path).own
    return naming.clean_name(own.name) if own else ""


def _metadata(path: Path) -> Metadata:
    fields = _Fields(path, load_mapping(path))
    return Metadata(
        path=path,
        task=fields.text("task", required=True),
        class_names=_class_names(path, fields.values.get("names")),
        imgsz=_image_size(fields),
        stride=fields.integer("stride", minimum=1),
        batch=fields.integer("batch", minimum=1) or 1,
        channels=fields.integer("channels", minimum=1) or 3,
        head=fields.text("head"),
        end2end=fields.boolean("end2end"),
        license=strip_folders(fields.text("license")),
        description=strip_folders(fields.text("description")),
        ultralytics_version=fields.text("version"),
        own=_own(fields) if OWN_KEY in fields.values else None,
        kpt_shape=_keypoints(fields),
        kpt_names=keypoint_names(fields.values.get("kpt_names"), (_keypoints(fields) or (0, 0))[0]),
    )


def _own(fields: "_Fields") -> OwnMetadata:
    own = fields.mapping(OWN_KEY)
    schema = own.integer("schema", minimum=1)
    if schema != SCHEMA:
        raise InputError(
            f"{own.path} was written by another edgegen: `{OWN_KEY}.schema` is {schema},"
            f" this one reads {SCHEMA}",
            "update edgegen, or export the model again",
        )
    tensor, output, checkpoint = own.mapping("input"), own.mapping("output"), own.mapping("checkpoint")
    tensor.one_of("layout", ("NCHW",))
    default = OwnMetadata()
    return OwnMetadata(
        executorch=own.text("executorch"),
        torch=own.text("torch"),
        color=tensor.one_of("color", ("RGB", "BGR")),
        scale=tensor.number("scale", default.scale, positive=True),
        mean=tensor.numbers("mean", default.mean),
        std=tensor.numbers("std", default.std, positive=True),
        resize=tensor.one_of("resize", (default.resize, *RESIZES)),
        pad_value=_pad_value(tensor, default.pad_value),
        contract=output.text("contract"),
        reg_max=output.integer("reg_max", minimum=0),
        strides=output.integers("strides", minimum=1),
        precision=own.text("precision") or default.precision,
        certificate=_certificate(own),
        backends=own.texts("backends"),
        sha256=own.text("sha256").lower(),
        shapes=output.shapes("shapes"),
        keypoint_scale=output.number("keypoint_scale", default.keypoint_scale),
        keypoint_shift=output.number("keypoint_shift", default.keypoint_shift),
        angle=output.text("angle"),
        kpt_shape=output.integers("kpt_shape", minimum=1),
        coefficients=output.integer("coefficients", minimum=1),
        input_steps=_steps(tensor.mapping(INT8.name)) if INT8.name in tensor.values else None,
        output_steps=_each_steps(output),
        name=own.text("name"),
        checkpoint_name=checkpoint.text("name"),
        checkpoint_sha256=checkpoint.text("sha256").lower(),
    )


def _certificate(own: "_Fields") -> Certificate | None:
    """Return what an export in int8 was measured to lose; None where nobody did."""
    if own.text("precision") != INT8.name or INT8.name not in own.values:
        return None
    int8 = own.mapping(INT8.name)
    contract, calibration = int8.mapping("contract"), int8.mapping("calibration")
    kept, layers = int8.texts("float32_layers") or (), int8.required("layers")
    if len(kept) > layers:
        raise int8.wrong("float32_layers", f"a list of at most {layers} texts")
    return Certificate(
        measure=contract.one_of("measure", tuple(MEASURES)),
        loss=contract.between("loss", -100, 100),
        max_loss=contract.between("max_loss", 0, 100),
        held_out_count=contract.required("pictures"),
        object_count=contract.required("things"),
        calibration_count=calibration.required("pictures"),
        calibration_sha256=calibration.text("sha256"),
        float_layers=kept,
        layers=layers,
        speedup=int8.between("speedup", 0, 1000),
        ranges=(),
    )


def _steps(fields: "_Fields") -> Steps:
    """Return the steps of a tensor in int8."""
    return Steps(fields.number("scale", 0, positive=True), int(fields.between("zero_point", -128, 127)))


def _each_steps(output: "_Fields") -> tuple[Steps | None, ...] | None:
    """Return those of each output; what is null is float32."""
    values = output.values.get(INT8.name)
    if values is None:
        return None
    if not isinstance(values, list):
        raise output.wrong(INT8.name, "a list: of each output a mapping, or null where it is float32")
    each = _Fields(output.path, dict(enumerate(values)), f"{OWN_KEY}.output.{INT8.name}.")
    return tuple(None if said is None else _steps(each.mapping(i)) for i, said in enumerate(values))


def _pad_value(tensor: "_Fields", default: int) -> int:
    value = tensor.integer("pad_value", minimum=0)
    if value is not None and value > 255:
        raise tensor.wrong("pad_value", "a byte, 0 to 255")
    return default if value is None else value


def _keypoints(fields: "_Fields") -> tuple[int, int] | None:
    shape = fields.integers("kpt_shape", minimum=1)
    if shape is None:
        return None
    if len(shape) != 2 or shape[1] not in KEYPOINT_VALUES:
        raise fields.wrong("kpt_shape", "how many keypoints there are, and 2 or 3 values of each")
    return shape[0], shape[1]


def _image_size(fields: "_Fields") -> tuple[int, int] | None:
    if isinstance(fields.values.get("imgsz"), list):
        sizes = fields.integers("imgsz", minimum=1) or ()
        if len(sizes) != 2:
            raise fields.wrong("imgsz", "two positive integers, [height, width]")
        return sizes[0], sizes[1]
    side = fields.integer("imgsz", minimum=1)
    return None if side is None else (side, side)


def _class_names(path: Path, names: object) -> tuple[str, ...]:
    """Return the names by class id, from {0: name, ...}, {"0": name, ...} or [name, ...]."""
    if names is None:
        raise InputError(f"{path} does not say the names of the classes: the key `names` is missing")
    if isinstance(names, dict):
        names = _in_order(path, names)
    if not isinstance(names, list):
        raise InputError(
            f"{path}: `names` must be a list, or a mapping from 0, 1, ... to names; it is {shorten(names)}"
        )
    if not names:
        raise InputError(
            f"{path} has 0 classes: `names` is empty", "export a model that was trained with classes"
        )
    for class_id, name in enumerate(names):
        if not isinstance(name, str):
            raise InputError(
                f"{path}: the name of class {class_id} is {shorten(name)}, which YAML does not take for text",
                "write it in quotes",
            )
        if len(name) > MAX_NAME:
            raise InputError(
                f"{path}: the name of class {class_id} has {len(name)} characters; {MAX_NAME} are the most"
            )
        if not name.isascii() and any("\ud800" <= character <= "\udfff" for character in name):
            raise InputError(f"{path}: the name of class {class_id} is not Unicode text: {shorten(name)}")
    return tuple(names)


def _in_order(path: Path, names: dict[Any, Any]) -> list[Any]:
    """Return a mapping's values by their keys, which must be 0 to n - 1, as integers or as text."""
    by_id: dict[int, Any] = {}
    for key, name in names.items():
        is_number = isinstance(key, int) and not isinstance(key, bool)
        if not is_number and not (isinstance(key, str) and len(key) < 10 and key.isascii() and key.isdigit()):
            raise InputError(f"{path}: `names` has the key {shorten(key)}, where a class number must stand")
        if int(key) in by_id:
            raise InputError(f"{path}: `names` has class {int(key)} twice")
        by_id[int(key)] = name
    for class_id in range(len(by_id)):
        if class_id not in by_id:
            raise InputError(
                f"{path}: `names` has {how_many(len(by_id), 'class')}, but none with the number {class_id}",
                "number them 0, 1, 2, ... without a gap",
            )
    return [by_id[class_id] for class_id in range(len(by_id))]


class _Fields:
    """A mapping of the file, asked key by key; a wrong type is an InputError that names key and value."""

    def __init__(self, path: Path, values: dict[Any, Any], prefix: str = "") -> None:
        self.path = path
        self.values = values
        self._prefix = prefix

    def wrong(self, key: str | int, wanted: str) -> InputError:
        """Return the error for a value that is not what it must be."""
        return InputError(
            f"{self.path}: `{self._prefix}{key}` must be {wanted}; it is {shorten(self.values.get(key))}"
        )

    def mapping(self, key: str | int) -> "_Fields":
        value = self.values.get(key, {})
        if not isinstance(value, dict):
            raise self.wrong(key, "a mapping")
        return _Fields(self.path, value, f"{self._prefix}{key}.")

    def text(self, key: str, *, required: bool = False) -> str:
        value = self.values.get(key)
        if value is None and not required:
            return ""
        if not isinstance(value, str) or (required and not value):
            raise self.wrong(key, "text")
        return value.encode("utf-8", "replace").decode()  # a lone surrogate becomes a question mark

    def texts(self, key: str) -> tuple[str, ...] | None:
        value = self.values.get(key)
        if value is None:
            return None
        if not isinstance(value, list) or not all(isinstance(each, str) for each in value):
            raise self.wrong(key, "a list of texts")
        return tuple(value)

    def one_of(self, key: str, known: tuple[str, ...]) -> str:
        """Return one of the values that edgegen knows; the first where the file says nothing."""
        value = self.text(key) or known[0]
        if value not in known:
            raise UnsupportedModelError(f"`{self._prefix}{key}: {shorten(value)}` ({self.path})")
        return value

    def boolean(self, key: str) -> bool | None:
        value = self.values.get(key)
        if value is not None and not isinstance(value, bool):
            raise self.wrong(key, "true or false")
        return value

    def integer(self, key: str, *, minimum: int) -> int | None:
        value = self.values.get(key)
        if value is None:
            return None
        if not _is_integer(value, minimum):
            raise self.wrong(key, f"an integer of at least {minimum}")
        return int(value)

    def required(self, key: str) -> int:
        """Return how many there are: one at least."""
        value = self.integer(key, minimum=1)
        if value is None:
            raise self.wrong(key, "an integer of at least 1")
        return value

    def between(self, key: str, low: float, high: float) -> float:
        value = self.values.get(key)
        if not _is_number(value, positive=False) or not low <= float(value or 0) <= high:
            raise self.wrong(key, f"a number from {low} to {high}")
        return float(value or 0)

    def integers(self, key: str, *, minimum: int) -> tuple[int, ...] | None:
        value = self.values.get(key)
        if value is None:
            return None
        if not isinstance(value, list) or not all(_is_integer(each, minimum) for each in value):
            raise self.wrong(key, f"a list of integers of at least {minimum}")
        return tuple(value)

    def shapes(self, key: str) -> tuple[tuple[int, ...], ...] | None:
        value = self.values.get(key)
        if value is None:
            return None
        if not isinstance(value, list) or not all(_is_shape(each) for each in value):
            raise self.wrong(key, "a list of shapes, each a list of positive integers")
        return tuple(tuple(each) for each in value)

    def number(self, key: str, default: float, *, positive: bool = False) -> float:
        value = self.values.get(key, default)
        if not _is_number(value, positive):
            raise self.wrong(key, "a positive number" if positive else "a number")
        return float(value)

    def numbers(self, key: str, default: tuple[float, ...], *, positive: bool = False) -> tuple[float, ...]:
        """Return one number for each channel."""
        value = self.values.get(key, list(default))
        if (
            not isinstance(value, list)
            or len(value) != 3
            or not all(_is_number(each, positive) for each in value)
        ):
            raise self.wrong(key, f"a list of three {'positive ' if positive else ''}numbers")
        return tuple(float(each) for each in value)


def _is_integer(value: object, minimum: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and minimum <= value < 2**31


def _is_shape(value: object) -> bool:
    return isinstance(value, list) and all(_is_integer(each, 1) for each in value)


def _is_number(value: object, positive: bool) -> bool:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not abs(value) < 1e30:
        return False
    return math.isfinite(value) and (value > 1e-30 or not positive)
