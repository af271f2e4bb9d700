"""Read and write metadata.yaml: the keys that Ultralytics writes next to a `.pte`, and the mapping `edgegen`.

Any content ends as a `Metadata` or as an InputError that names the key and the value.
"""

import hashlib
from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

from edgegen import __version__, tasks
from edgegen.artifacts.class_names import names_by_number
from edgegen.artifacts.fields import (
    BOOLEAN,
    BYTE,
    COUNT,
    COUNTS,
    DIGEST,
    NATURAL,
    NOT_NEGATIVE,
    NUMBER,
    NUMBERS,
    POSITIVE,
    POSITIVES,
    PROGRAM_FILE,
    SHAPES,
    SIGNED_BYTE,
    SOME_TEXT,
    TEXT,
    TEXTS,
    Fields,
    between,
    choice,
    key,
)
from edgegen.base import naming
from edgegen.base.errors import InputError
from edgegen.base.private import strip_folders, strip_metadata
from edgegen.base.strict_yaml import dump, load_mapping
from edgegen.model.int8 import MEASURES, Certificate
from edgegen.model.precision import FLOAT32, INT8, Steps
from edgegen.model.skeleton import keypoint_names
from edgegen.model.spec import (
    BILINEAR,
    CENTRE_CROP,
    INTERPOLATIONS,
    LETTERBOX,
    LETTERBOX_TOP_LEFT,
    ONE_TO_ONE,
    RESIZES,
    CheckpointFacts,
    InputSpec,
    OutputSpec,
    Program,
    branch_of,
)

SCHEMA: Final = 1  # of the mapping under the key `edgegen`
EDGEGEN_KEY: Final = "edgegen"
KEYPOINT_VALUES: Final = (2, 3)  # x, y and maybe a score


@dataclass(frozen=True, kw_only=True)
class Metadata:
    """The content of the file, not checked against a `.pte`. "", 0 and None mean not recorded.

    A missing key has the value of a plain Ultralytics export, which lacks the mapping `edgegen`. Unknown keys
    are ignored.
    """

    path: Path
    task: str
    class_names: tuple[str, ...]  # by class id
    imgsz: tuple[int, int] | None  # height, width
    stride: int | None = key("stride", COUNT)  # the largest
    batch: int = key("batch", COUNT, 1)
    channels: int = key("channels", COUNT, 3)
    head: str = key("head", TEXT, "")  # the class of the head: "Detect"
    end2end: bool | None = key("end2end", BOOLEAN)
    license: str
    description: str
    ultralytics_version: str = key("version", TEXT, "")
    kpt_shape: tuple[int, int] | None = None  # keypoints, and values of each
    kpt_names: tuple[str, ...] = ()  # of the keypoints; empty: not known
    # The mapping `edgegen` of schema 1.
    executorch: str = key("edgegen.executorch", TEXT, "")
    torch: str = key("edgegen.torch", TEXT, "")
    color: str = key("edgegen.input.color", choice("RGB", "BGR"), "RGB")
    scale: float = key("edgegen.input.scale", POSITIVE, 1 / 255)
    mean: tuple[float, ...] = key("edgegen.input.mean", NUMBERS, (0.0, 0.0, 0.0))
    std: tuple[float, ...] = key("edgegen.input.std", POSITIVES, (1.0, 1.0, 1.0))
    resize: str = key("edgegen.input.resize", choice("", *RESIZES), "")  # "": the task's default
    pad_value: int = key("edgegen.input.pad_value", BYTE, 114)
    shorter_side: int | None = key("edgegen.input.shorter_side", NATURAL)  # None: not recorded
    interpolation: str = key("edgegen.input.interpolation", choice(*INTERPOLATIONS), BILINEAR)
    contract: str = key("edgegen.output.contract", TEXT, "")  # "": the .pte's shapes decide
    reg_max: int | None = key("edgegen.output.reg_max", NATURAL)
    strides: tuple[int, ...] | None = key("edgegen.output.strides", COUNTS)
    programs: tuple[Program, ...] = (Program("", "", FLOAT32, ""),)  # the first one is the reference
    certificate: Certificate | None = None  # of the int8 program
    given_architecture: str = key("edgegen.architecture", TEXT, "")  # the value of --arch
    given_color: str = key("edgegen.color", TEXT, "")  # the value of --color
    shapes: tuple[tuple[int, ...], ...] | None = key("edgegen.output.shapes", SHAPES)
    keypoint_scale: float = key("edgegen.output.keypoint_scale", NUMBER, 0.0)
    keypoint_shift: float = key("edgegen.output.keypoint_shift", NUMBER, 0.0)
    angle: str = key("edgegen.output.angle", TEXT, "")
    output_kpt_shape: tuple[int, ...] | None = key("edgegen.output.kpt_shape", COUNTS)
    coefficients: int | None = key("edgegen.output.coefficients", COUNT)  # of a mask
    input_steps: Steps | None = None  # of an int8 input
    output_steps: tuple[Steps | None, ...] | None = None  # of each output, None for float32
    library: str = key("edgegen.library", TEXT, "")  # the package that opened the model: "ultralytics"
    name: str = key("edgegen.name", TEXT, "")  # the model's display name
    checkpoint_name: str = key("edgegen.checkpoint.name", TEXT, "")  # the exported file: "yolo11n.pt"
    checkpoint_sha256: str = key("edgegen.checkpoint.sha256", DIGEST, "")

    @property
    def display_name(self) -> str:
        """The model's recorded name, for display."""
        return naming.clean_name(self.name)


def read_metadata(path: Path) -> Metadata:
    """Read a metadata.yaml.

    Raises:
        InputError: It is missing, not YAML, or a key is missing or has a wrong value.
        UnsupportedModelError: A value is valid, but unknown to this edgegen.
    """
    try:
        return _metadata(path, load_mapping(path))
    except InputError as error:
        error.hint = error.hint or (
            "export the model again, or give the metadata.yaml that belongs to it with --metadata"
        )
        raise


def describe(
    facts: CheckpointFacts,
    path: Path,
    checkpoint_sha256: str,
    output_spec: OutputSpec,
    *,
    program: Program,
    versions: dict[str, str],
) -> dict[str, Any]:
    """Return the metadata of an export. It depends on neither time nor folders.

    facts has the exported input. path is the checkpoint's. versions has those of executorch, torch and the
    library of the source.
    """
    kpt_names = list(facts.extras.kpt_names)
    return {
        "description": facts.description,
        "author": "edgegen",
        "date": facts.date,
        **({"version": versions["ultralytics"]} if "ultralytics" in versions else {}),
        "license": facts.license,
        "docs": facts.docs,
        **({"stride": facts.largest_stride} if facts.yolo.strides else {}),
        "task": facts.task,
        **({"head": facts.yolo.name} if facts.yolo.name else {}),
        "batch": 1,
        "imgsz": list(facts.input.size),
        "names": dict(enumerate(facts.class_names)),
        "args": {"batch": 1},
        "channels": facts.input.channels,
        **({"kpt_shape": list(facts.extras.kpt_shape)} if any(facts.extras.kpt_shape) else {}),
        # As Ultralytics writes them: for each class.
        **({"kpt_names": dict.fromkeys(range(len(facts.class_names)), kpt_names)} if kpt_names else {}),
        "end2end": branch_of(output_spec.contract) == ONE_TO_ONE,
        "edgegen": {
            "schema": SCHEMA,
            "edgegen": __version__,
            **versions,
            "library": facts.library,
            "input": _input(facts.input),
            "output": tasks.find(facts.task).describe_outputs(output_spec),
            "programs": [describe_program(program)],
            **({"architecture": facts.given_architecture} if facts.given_architecture else {}),
            **({"color": facts.given_color} if facts.given_color else {}),
            "name": naming.name_from_path(path),
            "checkpoint": {"name": path.name, "sha256": checkpoint_sha256},
        },
    }


def write(path: Path, metadata: dict[str, Any]) -> None:
    """Write metadata.yaml in UTF-8. Keeps every character of class names."""
    path.write_text(dump(metadata), encoding="utf-8", newline="\n")


def project_metadata(path: Path, backends: Collection[str] = ()) -> bytes:
    """Return the content of a metadata.yaml for a project, without the author's folders.

    backends: those whose programs the project has, besides the first one.
    """
    content = path.read_bytes()
    with suppress(InputError):  # read_metadata reports it
        recorded = load_mapping(path)
        stripped = strip_metadata(recorded)
        if len(_metadata(path, recorded).programs) > 1:
            first, *others = stripped["edgegen"]["programs"]
            others = [each for each in others if each["backend"] in backends]
            stripped["edgegen"]["programs"] = [first, *others]
        if stripped != recorded:
            return dump(stripped).encode()
    return content


def add_program(path: Path, program: Program) -> None:
    """Add a program to the list of a metadata.yaml."""
    content = load_mapping(path)
    content["edgegen"]["programs"].append(describe_program(program))
    write(path, content)


def record_int8(
    path: Path,
    certificate: Certificate,
    program: bytes,
    input_steps: Steps | None = None,
    output_steps: Sequence[Steps | None] = (),
) -> None:
    """Record in a metadata.yaml that the program is int8 now, and its measured loss.

    input_steps and output_steps are those of the input and of each output, None for float32.
    """
    content = load_mapping(path)
    if input_steps is not None:
        content["edgegen"]["input"] |= {"dtype": INT8, INT8: input_steps.to_metadata()}
    if any(output_steps):
        content["edgegen"]["output"][INT8] = [each and each.to_metadata() for each in output_steps]
    content["edgegen"]["programs"][0] |= {
        "precision": INT8,
        "sha256": hashlib.sha256(program).hexdigest(),
        "size": len(program),
    }
    content["edgegen"][INT8] = certificate.to_metadata()
    write(path, content)


def _metadata(path: Path, content: Mapping[Any, Any]) -> Metadata:
    fields = Fields(path, content)
    task = fields.required("task", SOME_TEXT)
    class_names = names_by_number(path, fields.values.get("names"))
    keypoints = fields.get("kpt_shape", COUNTS)
    if keypoints is not None and (len(keypoints) != 2 or keypoints[1] not in KEYPOINT_VALUES):
        raise fields.wrong("kpt_shape", "the number of keypoints, and 2 or 3 values of each")
    sides = isinstance(fields.values.get("imgsz"), list)
    imgsz = fields.get("imgsz", COUNTS if sides else COUNT)
    if sides and len(imgsz) != 2:
        raise fields.wrong("imgsz", "two positive integers, [height, width]")
    edgegen = fields.mapping(EDGEGEN_KEY)
    if EDGEGEN_KEY in fields.values:
        _check_schema(edgegen)
    tensor, programs = edgegen.mapping("input"), _programs(edgegen)
    quantized = any(program.precision == INT8 for program in programs)
    return Metadata(
        **fields.read(Metadata),
        path=path,
        task=task,
        class_names=class_names,
        imgsz=imgsz if sides or imgsz is None else (imgsz, imgsz),
        license=strip_folders(fields.get("license", TEXT, "")),
        description=strip_folders(fields.get("description", TEXT, "")),
        kpt_shape=keypoints,
        kpt_names=keypoint_names(fields.values.get("kpt_names"), (keypoints or (0, 0))[0]),
        programs=programs,
        certificate=_certificate(edgegen) if quantized and INT8 in edgegen.values else None,
        input_steps=_steps(tensor.mapping(INT8)) if INT8 in tensor.values else None,
        output_steps=_output_steps(edgegen.mapping("output")),
    )


def _check_schema(edgegen: Fields) -> None:
    schema = edgegen.get("schema", COUNT)
    if schema != SCHEMA:
        raise InputError(
            f"{edgegen.path} was written by another edgegen: `edgegen.schema` is {schema}, not {SCHEMA}",
            "update edgegen, or export the model again",
        )
    edgegen.mapping("input").get("layout", choice("NCHW"))


def _programs(fields: Fields) -> tuple[Program, ...]:
    listed = fields.values.get("programs")
    if listed is None:  # an export of an edgegen that knew a single program
        precision = fields.get("precision", TEXT, FLOAT32)
        return (Program("", "", precision, fields.get("sha256", DIGEST, "")),)
    if not isinstance(listed, list) or not listed:
        raise fields.wrong("programs", "a list of at least one program")
    entries = Fields(fields.path, dict(enumerate(listed)), f"{EDGEGEN_KEY}.programs.")
    return tuple(_program(entries.mapping(number)) for number in range(len(listed)))


def _program(entry: Fields) -> Program:
    tolerances = entry.mapping("tolerances")
    return Program(
        entry.required("file", PROGRAM_FILE),
        entry.required("backend", SOME_TEXT),
        entry.required("precision", SOME_TEXT),
        entry.required("sha256", DIGEST),
        {name: tolerances.required(name, NOT_NEGATIVE) for name in tolerances.values},
        entry.get("pictures", TEXTS, ()),
        entry.get("size", COUNT, 0),
    )


def _certificate(fields: Fields) -> Certificate:
    """Return the measured loss of an int8 export."""
    int8 = fields.mapping(INT8)
    contract, calibration = int8.mapping("contract"), int8.mapping("calibration")
    float_layers, layers = int8.get("float32_layers", TEXTS, ()), int8.required("layers", COUNT)
    if len(float_layers) > layers:
        raise int8.wrong("float32_layers", f"a list of at most {layers} texts")
    return Certificate(
        measure=contract.get("measure", choice(*MEASURES), next(iter(MEASURES))),
        loss=contract.required("loss", between(-100, 100)),
        max_loss=contract.required("max_loss", between(0, 100)),
        held_out_count=contract.required("pictures", COUNT),
        object_count=contract.required("things", COUNT),
        calibration_count=calibration.required("pictures", COUNT),
        calibration_sha256=calibration.get("sha256", TEXT, ""),
        float_layers=float_layers,
        layers=layers,
        speedup=int8.required("speedup", between(0, 1000)),
        ranges=(),
    )


def _steps(fields: Fields) -> Steps:
    """Return the quantization steps of an int8 tensor."""
    return Steps(fields.required("scale", POSITIVE), fields.required("zero_point", SIGNED_BYTE))


def _output_steps(output: Fields) -> tuple[Steps | None, ...] | None:
    """Return the steps of each output; null in the file is float32."""
    values = output.values.get(INT8)
    if values is None:
        return None
    if not isinstance(values, list):
        raise output.wrong(INT8, "a list: of each output a mapping, or null for float32")
    outputs = Fields(output.path, dict(enumerate(values)), f"{EDGEGEN_KEY}.output.{INT8}.")
    return tuple(None if value is None else _steps(outputs.mapping(i)) for i, value in enumerate(values))


def _input(spec: InputSpec) -> dict[str, Any]:
    """Return the mapping `input`: the preprocessing, without values that the resize does not use."""
    described = {
        "layout": "NCHW",
        "dtype": FLOAT32,
        "color": spec.color,
        "scale": spec.scale,
        "mean": list(spec.mean),
        "std": list(spec.std),
        "resize": spec.resize,
    }
    if spec.resize in {LETTERBOX, LETTERBOX_TOP_LEFT}:
        described["pad_value"] = spec.pad_value
    if spec.resize == CENTRE_CROP:
        described["shorter_side"] = spec.shorter_side
    if spec.interpolation != BILINEAR:
        described["interpolation"] = spec.interpolation
    return described


def describe_program(program: Program) -> dict[str, Any]:
    """Return a program's entry in metadata.yaml."""
    described = {**asdict(program), "pictures": list(program.pictures)}
    optional = {"tolerances", "pictures", "size"}
    return {key: value for key, value in described.items() if value or key not in optional}
