"""Read captures: a picture and what an app made of it at every stage, in a tar archive.

`capture.json` has results and digests. The archive also has the model's metadata.yaml, the stored picture,
and samples of input and outputs (little-endian float32).
"""

import hashlib
import io
import json
import math
import struct
import tarfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path
from typing import Any, Final

import numpy as np

from edgegen.artifacts.metadata import read_metadata
from edgegen.artifacts.model_reader import check_model
from edgegen.artifacts.pte import METHOD, Method, PteContent, describe_tensor
from edgegen.base.arrays import Float32
from edgegen.base.errors import InputError
from edgegen.base.model_files import METADATA_NAME, PTE_NAME
from edgegen.base.text import shorten
from edgegen.model.spec import ModelSpec
from edgegen.model.thresholds import Thresholds

SCHEMA: Final = 1
# Exceptions of reading a damaged file.
DAMAGE: Final = (
    ValueError,
    TypeError,
    AttributeError,
    ArithmeticError,
    LookupError,
    RecursionError,
    MemoryError,
    OSError,
    struct.error,
)
_MAX_PIXELS: Final = 200_000_000  # of a picture
_MAX_SIDE: Final = 65_535
_MAX_BYTES: Final = 64_000_000  # of a file; apps write 10 MB at most
_WRITE_AGAIN: Final = (
    "write the capture again with the app (linux-cpp: `app PICTURE --capture FILE`; "
    'Android: "Report a wrong result" in its menu)'
)


@dataclass(frozen=True)
class Values:
    """Every step-th value of a tensor, in float32."""

    samples: Float32  # [ceil(total / step)]
    total: int
    step: int
    sha256: str  # of all values

    @property
    def whole(self) -> bool:
        """Whether the samples are all values."""
        return self.step == 1


@dataclass(frozen=True)
class Capture:
    """The content of a capture."""

    path: Path
    spec: ModelSpec  # its `pte` is a name only: a capture does not have the model, nor its backends
    about: Mapping[str, str]  # target, app, edgegen, executorch, device
    frame: bytes  # PNG of the stored picture; empty if left out
    stored: tuple[int, int]  # height, width of the stored picture
    orientation: int  # EXIF number of the stored picture
    size: tuple[int, int]  # height, width of the upright picture
    input: Values
    outputs: tuple[Values, ...]
    shapes: tuple[tuple[int, ...], ...]
    thresholds: Thresholds
    retina_masks: bool
    classes: tuple[int, ...]  # shown classes; empty: all
    found: Sequence[Mapping[str, Any]]  # the result, in the format of the app's `--json`
    shown: Sequence[Mapping[str, Any]]  # the result after the result processors
    added: int  # number of objects that result processors added, not in `shown`
    map: bytes  # PNG of a semantic or depth map; empty if there is none

    def whole_outputs(self) -> list[Float32] | None:
        """Return the outputs in their shapes, or None if the capture has only samples of one."""
        if not all(each.whole for each in self.outputs):
            return None
        return [each.samples.reshape(shape) for each, shape in zip(self.outputs, self.shapes, strict=True)]


def read_capture(path: Path, folder: Path) -> Capture:
    """Read a capture, and write its metadata.yaml into folder."""
    files = _files(path)
    try:
        about = json.loads(files["capture.json"])
        if about["schema"] != SCHEMA:
            raise InputError(
                f"{path} is of another edgegen: its schema is {shorten(str(about['schema']))}, not {SCHEMA}",
                "update edgegen, or write the capture with an app of this edgegen version",
            )
        return _capture(path, files, about, folder)
    except KeyError as error:
        raise InputError(f"{path} lacks {error.args[0]!r}", _WRITE_AGAIN) from None
    except DAMAGE as error:
        raise InputError(f"{path} is damaged: {shorten(str(error))}", _WRITE_AGAIN) from None


def _files(path: Path) -> dict[str, bytes]:
    try:
        if path.stat().st_size > _MAX_BYTES:
            raise InputError(
                f"{path} is not a capture: it has {path.stat().st_size / 1e6:.0f} MB", _WRITE_AGAIN
            )
        data = path.read_bytes()
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror or error}", "check the path") from None
    if data.rstrip(b"\0") and not data.endswith(b"\0" * 1024):
        raise InputError(f"{path} is not a capture, or is cut off: its end is missing", _WRITE_AGAIN)
    try:
        # Read without unpacking: names are not paths, and the file's size bounds all sizes.
        with tarfile.open(fileobj=io.BytesIO(data), mode="r:") as archive:
            return {
                member.name: file.read()
                for member in archive
                if member.isreg()
                and not member.issparse()
                and (file := archive.extractfile(member)) is not None
            }
    except (tarfile.TarError, EOFError) as error:
        raise InputError(f"{path} is not a capture: {error}", _WRITE_AGAIN) from None


def _capture(path: Path, files: Mapping[str, bytes], about: Mapping[str, Any], folder: Path) -> Capture:
    shapes = tuple(tuple(int(side) for side in each["shape"]) for each in about["outputs"])
    frame, limits = about["frame"], about["thresholds"]
    outputs = tuple(_values(each, files) for each in about["outputs"])
    for shape, values in zip(shapes, outputs, strict=True):
        if math.prod(shape) != values.total:
            raise ValueError(f"an output of shape {list(shape)} has {values.total} values")
    orientation = int(frame["orientation"])
    if not 1 <= orientation <= 8:
        raise ValueError(f"the orientation is {orientation}")
    size = _size(about)
    stored = _size(frame)
    for name in ("found", "shown"):
        if not isinstance(about[name], list) or not all(isinstance(row, dict) for row in about[name]):
            raise ValueError(f"{name} is not a list of results")
    picture = files[frame["file"]] if frame["file"] else b""
    drawn = files[about["map"]] if about["map"] else b""
    for name, png, hw in (("frame.png", picture, stored), ("map.png", drawn, size)):
        if png and struct.unpack(">II", png[16:24]) != hw[::-1]:
            raise ValueError(f"{name} does not have {hw[1]} x {hw[0]} pixels")
    spec = _spec(path, files[METADATA_NAME], about["model"], shapes, folder)
    return Capture(
        path=path,
        spec=spec,
        about={name: str(about[name]) for name in ("target", "app", "edgegen", "executorch", "device")},
        frame=picture,
        stored=stored,
        orientation=orientation,
        size=size,
        input=_values(about["input"], files),
        outputs=outputs,
        shapes=shapes,
        thresholds=Thresholds(
            float(limits["confidence"]),
            float(limits["iou"]),
            int(limits["max_det"]),
            bool(limits["agnostic"]),
        ),
        retina_masks=bool(limits["retina_masks"]),
        classes=tuple(int(number) for number in about["classes"]),
        found=about["found"],
        shown=about["shown"],
        added=int(about.get("added", 0)),  # written by iOS apps since 0.1
        map=drawn,
    )


def _size(about: Mapping[str, Any]) -> tuple[int, int]:
    """Return height and width."""
    height, width = int(about["height"]), int(about["width"])
    if not (1 <= height <= _MAX_SIDE and 1 <= width <= _MAX_SIDE) or height * width > _MAX_PIXELS:
        raise ValueError(f"a picture has {width} x {height} pixels")
    return height, width


def _values(about: Mapping[str, Any], files: Mapping[str, bytes]) -> Values:
    name, total, step = about["file"], int(about["values"]), int(about["step"])
    samples = np.frombuffer(files[name], dtype="<f4").astype(np.float32)
    if step < 1 or len(samples) != -(-total // step):
        raise ValueError(f"{name} has {len(samples)} values instead of every {step}th of {total}")
    if step == 1 and hashlib.sha256(files[name]).hexdigest() != about["sha256"]:
        raise ValueError(f"{name} does not have the recorded digest")
    return Values(samples, total, step, str(about["sha256"]))


def _spec(
    path: Path,
    metadata: bytes,
    model: Mapping[str, Any],
    shapes: tuple[tuple[int, ...], ...],
    folder: Path,
) -> ModelSpec:
    """Return the specification from metadata.yaml and shapes. A capture does not have the `.pte`."""
    if not metadata:
        raise InputError(
            f"{path} has no metadata.yaml",
            "put metadata.yaml next to the app's model.pte and write the capture again",
        )
    file = folder / METADATA_NAME
    file.write_bytes(metadata)
    recorded = read_metadata(file)
    if recorded.imgsz is None:
        raise InputError(
            f"the metadata.yaml in {path} does not have the input's size", "export the model again"
        )
    size = (recorded.batch, recorded.channels, *recorded.imgsz)
    input_value, constants = describe_tensor("input", 0, recorded.input_steps, size)
    output_values = []
    by_output = recorded.output_steps or ()
    for number, (shape, steps) in enumerate(zip_longest(shapes, by_output[: len(shapes)])):
        value, more = describe_tensor("output", number, steps, shape)
        output_values.append(value)
        constants += more
    method = Method(METHOD, (input_value,), tuple(output_values), (), ())
    program = PteContent((method, *constants))
    return check_model(Path(PTE_NAME), program, recorded, str(model["sha256"]))
