"""Read, shrink and write picture files."""

import importlib
import io
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from edgegen.base.arrays import Uint8
from edgegen.base.errors import InputError, ToolchainError, reason
from edgegen.base.quiet import captured_stderr, quiet
from edgegen.base.shell import quoted

_TIFF: Final = (".tif", ".tiff")
_BY_PILLOW: Final = (".avif", ".heic", ".heif")


@dataclass(frozen=True)
class Picture:
    """A picture in memory: rgb is [height, width, 3]."""

    name: str
    rgb: Uint8


class PictureFile(Picture):
    """A picture that is read at every access, because a thousand photos do not fit into memory."""

    def __init__(self, path: Path) -> None:
        """Remember the file."""
        object.__setattr__(self, "name", path.name)
        object.__setattr__(self, "_path", path)

    @property
    def rgb(self) -> Uint8:
        """Read the file, or raise InputError."""
        path: Path = object.__getattribute__(self, "_path")
        return read_picture(path).rgb


def read_picture(path: Path) -> Picture:
    """Read a picture file as Ultralytics does: 8 bits, three channels, upright by its EXIF orientation."""
    try:
        import cv2  # noqa: F401
    except ImportError:
        raise ToolchainError(
            "reading pictures needs OpenCV for Python, which is not installed", 'pip install "edgegen[yolo]"'
        ) from None
    if not path.is_file():
        raise InputError(f"there is no picture {path}", "check the path")
    try:
        data = np.fromfile(path, dtype=np.uint8)
    except OSError as error:
        raise InputError(
            f"the picture {path} cannot be read: {reason(error)}", "check the permissions and the disk"
        ) from error
    with captured_stderr():  # OpenCV's messages; the error below is clearer
        bgr = _decoded(path, data) if data.size else None
    if bgr is None:
        raise _unreadable(path, data.tobytes())
    return Picture(path.name, np.ascontiguousarray(bgr[..., ::-1]))


def decode_stored(data: bytes) -> Uint8 | None:
    """Return the RGB pixels of an encoded picture as stored, not upright; None if OpenCV cannot read it."""
    import cv2

    with captured_stderr(), suppress(cv2.error):
        flags = cv2.IMREAD_COLOR | cv2.IMREAD_IGNORE_ORIENTATION
        bgr = cv2.imdecode(np.frombuffer(data, np.uint8), flags)
        if bgr is not None:
            return np.ascontiguousarray(bgr[..., ::-1], dtype=np.uint8)
    return None


def _decoded(path: Path, data: Uint8) -> Uint8 | None:
    """Return upright BGR; None if unreadable. The suffix selects the reader, as in Ultralytics."""
    import cv2

    suffix = path.suffix.lower()
    bgr: npt.NDArray[Any] | None = None
    with suppress(cv2.error):
        if suffix in _TIFF:  # in colour: the first page, and the upper 8 of 16 bits
            whole, pages = cv2.imdecodemulti(data, cv2.IMREAD_UNCHANGED)
            if whole and pages[0].ndim == 3 and pages[0].dtype in (np.uint8, np.uint16):
                bgr = _eight_bits(pages[0][..., :3])
        if bgr is None and suffix in _BY_PILLOW:
            bgr = _by_pillow(data)
        if bgr is None:
            bgr = cv2.imdecode(data, cv2.IMREAD_COLOR)
    return None if bgr is None else _eight_bits(bgr)


def _eight_bits(picture: npt.NDArray[Any]) -> Uint8:
    return (picture >> 8 if picture.dtype == np.uint16 else picture).astype(np.uint8, copy=False)


def _by_pillow(data: Uint8) -> Uint8 | None:
    """Return upright BGR, by the file's own orientation or its EXIF."""
    from PIL import Image, ImageOps

    with quiet():
        with suppress(ImportError):
            importlib.import_module("pi_heif").register_heif_opener()
        try:
            with ImageOps.exif_transpose(Image.open(io.BytesIO(data.tobytes()))) as picture:
                return np.asarray(picture.convert("RGB"))[..., ::-1]
        except Exception:  # as in Ultralytics: Pillow's readers raise many types of errors
            return None


def _unreadable(path: Path, data: bytes) -> InputError:
    """Return the error with the cause, as far as the file's bytes show it."""
    command = f"heif-convert {quoted(path)} {quoted(path.with_suffix('.jpg'))}"
    convert = f"convert it to JPEG, for example with `{command}`"
    brands = data[8:64] if data[4:8] == b"ftyp" else b""
    if b"avif" in brands or b"avis" in brands:
        return InputError(f"{path} is an AVIF picture that Pillow cannot read", convert)
    if any(brand in brands for brand in (b"hei", b"hevc", b"hevx", b"mif1", b"msf1")):
        return InputError(
            f"{path} is a HEIC picture, which needs another package", f"pip install pi-heif, or {convert}"
        )
    riff = data[:4] == b"RIFF" and data[8:12] == b"WEBP"
    is_cut = (
        (data[:3] == b"\xff\xd8\xff" and not data.rstrip(b"\0").endswith(b"\xff\xd9"))
        or (data[:4] == b"\x89PNG" and not 0 < data.rfind(b"IEND") <= len(data) - 8)
        or (riff and int.from_bytes(data[4:8], "little") + 8 > len(data))
    )
    if is_cut:
        return InputError(f"the picture {path} is truncated or damaged", "copy the file again")
    return InputError(f"{path} is not a picture that OpenCV can read", "use a JPEG or PNG file")


def write_ppm(path: Path, picture: Picture) -> None:
    """Write a picture as PPM, which is lossless and has a reader everywhere."""
    height, width = picture.rgb.shape[:2]
    path.write_bytes(b"P6\n%d %d\n255\n" % (width, height) + picture.rgb.tobytes())


def shrink(picture: Picture, max_bytes: int) -> Picture:
    """Return the picture, downsized if its raw RGB takes more than max_bytes."""
    height, width = picture.rgb.shape[:2]
    if height * width * 3 <= max_bytes:
        return picture
    import cv2

    factor = (max_bytes / (height * width * 3)) ** 0.5
    size = max(int(width * factor), 1), max(int(height * factor), 1)
    return Picture(picture.name, np.asarray(cv2.resize(picture.rgb, size, interpolation=cv2.INTER_AREA)))
