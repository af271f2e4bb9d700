"""Read metadata.yaml: the keys that Ultralytics writes next to a `.pte`, and the mapping `edgegen`.

The file is untrusted: reading gives a `Metadata`, or an InputError that names key and value. The `.pte` is
checked elsewhere.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from edgegen.artifacts.metadata_fields import Fields, read_class_names
from edgegen.base import naming
from edgegen.base.errors import InputError
from edgegen.base.private import strip_folders
from edgegen.base.strict_yaml import load_mapping
from edgegen.model.int8 import MEASURES, Certificate
from edgegen.model.precision import INT8
from edgegen.model.skeleton import keypoint_names
from edgegen.model.spec import RESIZES
from edgegen.model.steps import Steps

SCHEMA: Final = 1  # of the mapping under the key `edgegen`
OWN_KEY: Final = "edgegen"
KEYPOINT_VALUES: Final = (2, 3)  # x, y and an optional score


@dataclass(frozen=True)
class OwnMetadata:
    """The mapping `edgegen` of schema 1. Absent keys have the values that plain Ultralytics implies.

    Keys: executorch, torch (versions of the exporter), input {layout, color, scale, mean, std, resize,
    pad_value, int8 {scale, zero_point}}, output {contract, reg_max, strides, shapes, keypoint_scale,
    keypoint_shift, kpt_shape, angle, coefficients, int8 [of each output]}, precision, int8 {contract,
    calibration, layers, float32_layers, speedup}, backends, sha256 (of the .pte), checkpoint {name, sha256}.
    Other keys are ignored.
    """

    executorch: str = ""
    torch: str = ""
    color: str = "RGB"
    scale: float = 1 / 255
    mean: tuple[float, ...] = (0.0, 0.0, 0.0)
    std: tuple[float, ...] = (1.0, 1.0, 1.0)
    resize: str = ""  # "": the task's
    pad_value: int = 114
    contract: str = ""  # "": from the .pte's shapes
    reg_max: int | None = None
    strides: tuple[int, ...] | None = None
    precision: str = "float32"
    certificate: Certificate | None = None
    backends: tuple[str, ...] | None = None
    sha256: str = ""  # "": not recorded
    shapes: tuple[tuple[int, ...], ...] | None = None  # of the outputs
    keypoint_scale: float = 0.0  # 0: not recorded
    keypoint_shift: float = 0.0
    angle: str = ""  # encoding of an angle; "": not recorded
    kpt_shape: tuple[int, ...] | None = None
    coefficients: int | None = None  # number of mask coefficients
    input_steps: Steps | None = None  # of the input in int8
    output_steps: tuple[Steps | None, ...] | None = (
        None  # of each output, None for float32; None: not recorded
    )
    name: str = ""  # display name of the model
    checkpoint_name: str = ""  # exported file: "yolo11n.pt"
    checkpoint_sha256: str = ""


@dataclass(frozen=True)
class Metadata:
    """The content of the file. Absent values are None or ""."""

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
    own: OwnMetadata | None  # None: an export by Ultralytics
    kpt_shape: tuple[int, int] | None = None  # number of keypoints, and of values of each
    kpt_names: tuple[str, ...] = ()  # empty if not recorded


def read_metadata(path: Path) -> Metadata:
    """Read a metadata.yaml.

    Raises:
        InputError: The file is missing or not YAML, or a value is missing or of the wrong type.
        UnsupportedModelError: A value is valid, but not supported.
    """
    try:
        return _metadata(path)
    except InputError as error:
        error.hint = error.hint or "export the model again, or give its own metadata.yaml"
        raise


def recorded_name(path: Path) -> str:
    """Return the recorded display name of a model; "" if there is none.

    Raises:
        InputError, UnsupportedModelError: As `read_metadata` does.
    """
    own = read_metadata(path).own
    return naming.clean_name(own.name) if own else ""


def _metadata(path: Path) -> Metadata:
    fields = Fields(path, load_mapping(path))
    return Metadata(
        path=path,
        task=fields.text("task", required=True),
        class_names=read_class_names(path, fields.values.get("names")),
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


def _own(fields: Fields) -> OwnMetadata:
    own = fields.mapping(OWN_KEY)
    schema = own.integer("schema", minimum=1)
    if schema != SCHEMA:
        raise InputError(
            f"{own.path} was written by another edgegen: `{OWN_KEY}.schema` is {schema}, not {SCHEMA}",
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


def _certificate(own: Fields) -> Certificate | None:
    """Return the certificate of an int8 export; None if none is recorded."""
    if own.text("precision") != INT8.name or INT8.name not in own.values:
        return None
    int8 = own.mapping(INT8.name)
    contract, calibration = int8.mapping("contract"), int8.mapping("calibration")
    float_layers, layers = int8.texts("float32_layers") or (), int8.required("layers")
    if len(float_layers) > layers:
        raise int8.wrong("float32_layers", f"a list of at most {layers} texts")
    return Certificate(
        measure=contract.one_of("measure", tuple(MEASURES)),
        loss=contract.between("loss", -100, 100),
        max_loss=contract.between("max_loss", 0, 100),
        held_out_count=contract.required("pictures"),
        object_count=contract.required("things"),
        calibration_count=calibration.required("pictures"),
        calibration_sha256=calibration.text("sha256"),
        float_layers=float_layers,
        layers=layers,
        speedup=int8.between("speedup", 0, 1000),
        ranges=(),
    )


def _steps(fields: Fields) -> Steps:
    """Return the steps of an int8 tensor."""
    return Steps(fields.number("scale", 0, positive=True), int(fields.between("zero_point", -128, 127)))


def _each_steps(output: Fields) -> tuple[Steps | None, ...] | None:
    """Return the steps of each output; null is float32."""
    values = output.values.get(INT8.name)
    if values is None:
        return None
    if not isinstance(values, list):
        raise output.wrong(INT8.name, "a list with a mapping for each output, or null for float32")
    each = Fields(output.path, dict(enumerate(values)), f"{OWN_KEY}.output.{INT8.name}.")
    return tuple(None if value is None else _steps(each.mapping(i)) for i, value in enumerate(values))


def _pad_value(tensor: Fields, default: int) -> int:
    value = tensor.integer("pad_value", minimum=0)
    if value is not None and value > 255:
        raise tensor.wrong("pad_value", "a byte, 0 to 255")
    return default if value is None else value


def _keypoints(fields: Fields) -> tuple[int, int] | None:
    shape = fields.integers("kpt_shape", minimum=1)
    if shape is None:
        return None
    if len(shape) != 2 or shape[1] not in KEYPOINT_VALUES:
        raise fields.wrong("kpt_shape", "[number of keypoints, 2 or 3 values of each]")
    return shape[0], shape[1]


def _image_size(fields: Fields) -> tuple[int, int] | None:
    if isinstance(fields.values.get("imgsz"), list):
        sizes = fields.integers("imgsz", minimum=1) or ()
        if len(sizes) != 2:
            raise fields.wrong("imgsz", "two positive integers, [height, width]")
        return sizes[0], sizes[1]
    side = fields.integer("imgsz", minimum=1)
    return None if side is None else (side, side)
