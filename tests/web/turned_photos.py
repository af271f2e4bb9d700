"""Photos whose files have an EXIF orientation: one picture in every format and orientation."""

import io
import struct
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from PIL import Image

FORMATS: Final = ("jpg", "png", "webp", "avif")
_TAG: Final = 0x0112


def exif(orientation: int, byte_order: str = "<") -> bytes:
    """Return EXIF data with an orientation, in little-endian or big-endian (">") bytes."""
    mark = b"II*\0" if byte_order == "<" else b"MM\0*"
    return mark + struct.pack(byte_order + "IHHHIHHI", 8, 1, _TAG, 3, 1, orientation, 0, 0)


def photo(source: Path, kind: str, data: bytes) -> bytes:
    """Return the picture as a file of a format, with EXIF data. All but JPEG and AVIF are without loss."""
    picture, file = Image.open(source).convert("RGB"), io.BytesIO()
    if kind == "png":
        picture.save(file, "PNG")
        return _with_png_chunk(file.getvalue(), data, 33)  # after the header
    if kind == "webp":
        picture.save(file, "WEBP", lossless=True, exif=exif(1))
        return _with_webp_exif(file.getvalue(), data)
    if kind == "avif":
        picture.save(file, "AVIF", quality=100, subsampling="4:4:4", exif=data)
    else:
        picture.save(file, "JPEG", quality=92, exif=b"Exif\0\0" + data)
    return file.getvalue()


def _with_png_chunk(png: bytes, data: bytes, place: int) -> bytes:
    content = b"eXIf" + data
    chunk = struct.pack(">I", len(data)) + content + struct.pack(">I", zlib.crc32(content))
    return png[:place] + chunk + png[place:]


def _with_webp_exif(webp: bytes, data: bytes, before: bytes = b"") -> bytes:
    """Replace the EXIF data, which are at the end. before: another chunk."""
    start = webp.rfind(b"EXIF")
    chunks = webp[8:start] + before + b"EXIF" + struct.pack("<I", len(data)) + data
    return b"RIFF" + struct.pack("<I", len(chunks)) + chunks


def write_turned(source: Path, folder: Path) -> Iterator[Path]:
    """Write and yield the photo in each format and orientation."""
    for kind in FORMATS:
        for orientation in range(1, 9):
            path = folder / f"{kind}{orientation}.{kind}"
            path.write_bytes(photo(source, kind, exif(orientation)))
            yield path


def write_odd(source: Path, folder: Path) -> Iterator[Path]:
    """Write and yield photos whose EXIF data are unusual, or not valid."""
    plain = source.read_bytes()  # a PNG
    webp = photo(source, "webp", exif(6))
    unmarked = bytearray(webp)
    unmarked[20] &= ~0x08  # the flag of EXIF data
    contents = {
        "at_the_end.png": _with_png_chunk(plain, exif(8), plain.rfind(b"IEND") - 4),
        "unmarked.webp": bytes(unmarked),
        "padded.webp": _with_webp_exif(webp, exif(6), b"JUNK" + struct.pack("<I", 3) + b"odd\0"),
    }
    for kind in ("png", "webp"):
        for name, data in (
            ("big_endian", exif(6, ">")),
            ("prefixed", b"Exif\0\0" + exif(6)),
            ("cut", exif(6)[:12]),
            ("nine", exif(9)),
        ):
            contents[f"{name}.{kind}"] = photo(source, kind, data)
    for name, content in contents.items():
        (folder / name).write_bytes(content)
        yield folder / name
