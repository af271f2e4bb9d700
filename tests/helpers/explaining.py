"""What tests of `edgegen explain` have in common, whichever app wrote the capture."""

import json
import tarfile
from pathlib import Path
from typing import Any, Final

from PIL import Image

from tests.helpers.places import TINY
from tests.helpers.support import edgegen

PHOTO: Final = TINY.with_name("landscape.png")
TASKS: Final = ("pose", "obb", "segment", "classify", "semantic", "depth")
ON_ITS_SIDE: Final = 6  # EXIF's number: to be turned clockwise

# What is broken in an app -> the stage that is named, and a word of what is said of it.
NAMED: Final = {
    "rotation": ("rotation", "mirrored"),
    "mirroring": ("rotation", "turned clockwise by 90 degrees"),
    "letterbox": ("letterbox", "the border is 110, not 114"),
    "colours": ("letterbox", "red and blue"),
    "runtime": ("runtime", "other outputs"),
    "decode": ("decode", "not among the candidates"),
    "stride": ("decode", "not among the candidates"),
    "NMS": ("nms", "NMS keeps other"),
    "thresholds": ("thresholds", "its threshold is 0.25"),
    "processors": ("processors", "result processors"),
}


def write_turned(folder: Path) -> Path:
    """Write a JPEG of the photo that is stored on its side."""
    path = folder / "turned.jpg"
    exif = Image.Exif()
    exif[0x0112] = ON_ITS_SIDE
    with Image.open(PHOTO) as picture:
        picture.convert("RGB").transpose(Image.Transpose.ROTATE_90).save(path, exif=exif, quality=95)
    return path


def explained(capture: Path, *options: object, code: int = 0) -> dict[str, Any]:
    """Return what `edgegen explain` says of a capture."""
    assert capture.stat().st_size <= 10_000_000
    answer = edgegen("explain", capture, *options, "--json")
    assert answer.code == code, answer.err
    found: dict[str, Any] = json.loads(answer.out)
    return found


def assert_sound(found: dict[str, Any]) -> None:
    """Hold that every stage was looked at, and that none differs."""
    assert [stage["same"] for stage in found["stages"]] == [True] * 5, found["stages"]
    assert found["stage"] is None
    assert "PyTorch shows the same" in found["verdict"]


def assert_named(found: dict[str, Any], what: str) -> None:
    """Hold that what was broken is named."""
    stage, said = NAMED[what]
    assert (found["stage"], said in found["verdict"]) == (stage, True), found["verdict"]


def contents(capture: Path) -> dict[str, bytes]:
    """Return the files in a capture, by their names."""
    with tarfile.open(capture) as archive:
        files = {member.name: archive.extractfile(member) for member in archive}
        return {name: file.read() for name, file in files.items() if file is not None}
