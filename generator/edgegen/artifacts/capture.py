"""A capture: what an app saw, what became of it at every stage, and what it showed. One file, a tar archive.

`capture.json` has numbers and digests; beside it lie the model's metadata.yaml, the picture as it was stored,
and samples of the input and the outputs (little-endian float32).
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
import numpy.typing as npt

from edgegen.artifacts.borders import METHOD, describe_tensor
from edgegen.artifacts.metadata_reader import read_metadata
from edgegen.artifacts.model_reader import check_model
from edgegen.artifacts.pte import Backend, Method, Program
from edgegen.base.errors import InputError
from edgegen.base.strict_yaml import shorten
from edgegen.model.spec import ModelSpec
from edgegen.model.thresholds import Thresholds

Float32 = npt.NDArray[np.float32]

SCHEMA: Final = 1
# What reading numbers and pictures of somebody else's file may raise.
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
_MOST_PIXELS: Final = 200_000_000  # of a picture
_LONGEST_SIDE: Final = 65_535
_MOST_BYTES: Final = 64_000_000  # of a file; apps write 10 MB at most
_AGAIN: Final = (
    "write it again with the app (linux-cpp: `app PICTURE --capture FILE`; "
    'Android: "This looks wrong" in its menu)'
)


@dataclass(frozen=True)
class Values:
    """Every step-th of so many numbers."""

    kept: Float32  # [ceil(total / step)]
    total: int
    step: int
    sha256: str  # of all of them

    @property
    def whole(self) -> bool:
        """Whether none are left out."""
        return self.step == 1


@dataclass(frozen=True)
class Capture:
    """What an app wrote of a picture."""

    path: Path
    spec: ModelSpec  # its `pte` is the name alone: the model is not in the capture
    checkpoint_sha256: str  # of what it was exported from; empty: not recorded
    about: Mapping[str, str]  # target, app, edgegen, executorch, device
    frame: bytes  # a PNG of the picture as it is stored; empty: left out
    stored: tuple[int, int]  # height, width, as it is stored
    orientation: int  # EXIF's number: how it becomes upright
    size: tuple[int, int]  # of the upright picture, as the app has it: height, width
    input: Values
    outputs: tuple[Values, ...]
    shapes: tuple[tuple[int, ...], ...]
    thresholds: Thresholds
    retina_masks: bool
    classes: tuple[int, ...]  # that are shown; empty: all
    found: Sequence[Mapping[str, Any]]  # as the app's `--json` prints it
    shown: Sequence[Mapping[str, Any]]  # the same, after the result processors
    added: int  # how many things are shown beside those, of which nothing is describe_tensor
    map: bytes  # a PNG with a number for every pixel; empty: there is none

    def whole_outputs(self) -> list[Float32] | None:
        """Return the outputs in their shapes; None where some of their numbers were left out."""
        if not all(each.whole for each in self.outputs):
            return None
        return [each.kept.reshape(shape) for each, shape in zip(self.outputs, self.shapes, strict=True)]


def read_capture(path: Path, folder: Path) -> Capture:
    """Read a capture; its metadata.yaml is unpacked into folder.

    Raises:
        InputError: It is missing, cut off, or none; or it contradicts itself.
    """
    files = _files(path)
    try:
        about = json.loads(files["capture.json"])
        if about["schema"] != SCHEMA:
            raise InputError(
                f"{path} is of another edgegen: its schema is {shorten(str(about['schema']))}, not {SCHEMA}",
                "update edgegen, or write the capture with an app that this edgegen made",
            )
        return _capture(path, files, about, folder)
    except KeyError as error:
        raise InputError(f"{path} lacks {error.args[0]!r}", _AGAIN) from None
    except DAMAGE as error:
        raise InputError(f"{path} is damaged: {shorten(str(error))}", _AGAIN) from None


def _files(path: Path) -> dict[str, bytes]:
    try:
        if path.stat().st_size > _MOST_BYTES:
            raise InputError(f"{path} is no capture: it has {path.stat().st_size / 1e6:.0f} MB", _AGAIN)
        data = path.read_bytes()
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror or error}", "check the path") from None
    if data.rstrip(b"\0") and not data.endswith(b"\0" * 1024):
        raise InputError(f"{path} is no capture, or was cut off: its end is missing", _AGAIN)
    try:
        # Nothing is unpacked or compressed: names are only names, and sizes are those in the file.
        with tarfile.open(fileobj=io.BytesIO(data), mode="r:") as archive:
            return {
                member.name: file.read()
                for member in archive
                if member.isreg()
                and not member.issparse()
                and (file := archive.extractfile(member)) is not None
            }
    except (tarfile.TarError, EOFError) as error:
        raise InputError(f"{path} is no capture: {error}", _AGAIN) from None


def _capture(path: Path, files: Mapping[str, bytes], about: Mapping[str, Any], folder: Path) -> Capture:
    shapes = tuple(tuple(int(side) for side in each["shape"]) for each in about["outputs"])
    frame, limits = about["frame"], about["thresholds"]
    outputs = tuple(_values(each, files) for each in about["outputs"])
    for shape, values in zip(shapes, outputs, strict=True):
        if math.prod(shape) != values.total:
            raise ValueError(f"an output of the shape {list(shape)} has {values.total} numbers")
    orientation = int(frame["orientation"])
    if not 1 <= orientation <= 8:
        raise ValueError(f"the orientation is {orientation}")
    size = _size(about)
    stored = _size(frame)
    for name in ("found", "shown"):
        if not isinstance(about[name], list) or not all(isinstance(row, dict) for row in about[name]):
            raise ValueError(f"{name} is no list of what there is")
    picture = files[frame["file"]] if frame["file"] else b""
    drawn = files[about["map"]] if about["map"] else b""
    for name, png, right in (("frame.png", picture, stored), ("map.png", drawn, size)):
        if png and struct.unpack(">II", png[16:24]) != right[::-1]:
            raise ValueError(f"{name} is not of {right[1]} x {right[0]} pixels")
    spec, checkpoint = _spec(path, files["metadata.yaml"], about["model"], shapes, folder)
    return Capture(
        path=path,
        spec=spec,
        checkpoint_sha256=checkpoint,
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
        added=int(about.get("added", 0)),  # of iOS apps, from 0.1 on
        map=drawn,
    )


def _size(about: Mapping[str, Any]) -> tuple[int, int]:
    """Return height and width."""
    height, width = int(about["height"]), int(about["width"])
    if not (1 <= height <= _LONGEST_SIDE and 1 <= width <= _LONGEST_SIDE) or height * width > _MOST_PIXELS:
        raise ValueError(f"a picture has {width} x {height} pixels")
    return height, width


def _values(about: Mapping[str, Any], files: Mapping[str, bytes]) -> Values:
    name, total, step = about["file"], int(about["values"]), int(about["step"])
    kept = np.frombuffer(files[name], dtype="<f4").astype(np.float32)
    if step < 1 or len(kept) != -(-total // step):
        raise ValueError(f"{name} has {len(kept)} numbers, not every {step}th of {total}")
    if step == 1 and hashlib.sha256(files[name]).hexdigest() != about["sha256"]:
        raise ValueError(f"{name} is not what the app wrote")
    return Values(kept, total, step, str(about["sha256"]))


def _spec(
    path: Path,
    metadata: bytes,
    model: Mapping[str, Any],
    shapes: tuple[tuple[int, ...], ...],
    folder: Path,
) -> tuple[ModelSpec, str]:
    """Return what metadata.yaml and the shapes say, and the checkpoint's digest.

    The `.pte` itself is not in a capture.
    """
    if not metadata:
        raise InputError(f"{path} has no metadata.yaml: it lay not beside model.pte", "put it there")
    place = folder / "metadata.yaml"
    place.write_bytes(metadata)
    said = read_metadata(place)
    own = said.own
    if said.imgsz is None:
        raise InputError(
            f"the metadata.yaml in {path} does not say the input's size", "export the model again"
        )
    size = (said.batch, said.channels, *said.imgsz)
    given, constants = describe_tensor("input", 0, own.input_steps if own else None, size)
    gives = []
    by_output = (own.output_steps if own else None) or ()
    for number, (shape, steps) in enumerate(zip_longest(shapes, by_output[: len(shapes)])):
        value, more = describe_tensor("output", number, steps, shape)
        gives.append(value)
        constants += more
    backends = tuple(Backend(name, 1) for name in (own.backends if own else None) or ())
    method = Method(METHOD, (given,), tuple(gives), (), backends)
    program = Program("", 0, 0, 0, 0, 0, external_data=False, methods=(method, *constants))
    spec = check_model(Path("model.pte"), program, said, str(model["sha256"]))
    return spec, own.checkpoint_sha256 if own else ""
