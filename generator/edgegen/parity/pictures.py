"""The golden vectors' pictures: the user's own, and drawn ones of sizes whose rounding apps get wrong.

Drawing uses integers and a random stream that numpy has frozen (`RandomState`), so that a picture is the
same in every byte on every machine.
"""

import importlib
import io
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from edgegen.base.errors import InputError, ToolchainError, reason
from edgegen.base.quiet import captured_stderr, quiet
from edgegen.base.shell import quoted
from edgegen.reference import LetterboxPlan, plan_letterbox

Uint8 = npt.NDArray[np.uint8]
Int32 = npt.NDArray[np.int32]

_TIFF: Final = (".tif", ".tiff")
_BY_PILLOW: Final = (".avif", ".heic", ".heif")

KINDS = ("circle", "square", "triangle")
SUBPIXELS = 2  # samples a side and pixel: edges are blended over SUBPIXELS**2 levels

NOMINAL_AREA = 28_000  # pixels of a drawn picture: 84 KB as raw RGB
LARGEST_AREA = 50_000
ELONGATION = 1.4  # how much longer than the model's input a portrait or landscape picture is
HALF_NOMINAL = 120, 180  # height, width
SMALL_HEIGHT, SMALL_WIDTH = 23, 17


@dataclass(frozen=True)
class Picture:
    """A picture in memory: rgb is [height, width, 3]."""

    name: str
    rgb: Uint8


class PictureFile(Picture):
    """A picture that is read whenever it is looked at: a thousand photos do not fit into memory."""

    def __init__(self, path: Path) -> None:
        """Take the file, and read nothing yet."""
        object.__setattr__(self, "name", path.name)
        object.__setattr__(self, "_path", path)

    @property
    def rgb(self) -> Uint8:
        """Read the file; InputError where that is no picture."""
        path: Path = object.__getattribute__(self, "_path")
        return read_picture(path).rgb


@dataclass(frozen=True)
class Shape:
    """Something drawn: kind is an index into KINDS; x1 y1 x2 y2 bound it, in pixels, edge to edge."""

    kind: int
    x1: int
    y1: int
    x2: int
    y2: int


def read_picture(path: Path) -> Picture:
    """Read a picture file as Ultralytics does: 8 bits, three channels, turned as its EXIF says."""
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
            f"the picture {path} cannot be read: {reason(error)}", "check the rights and the disk there"
        ) from error
    with captured_stderr():  # of OpenCV and its libraries: the error below says what matters
        bgr = _decoded(path, data) if data.size else None
    if bgr is None:
        raise _unreadable(path, data.tobytes())
    return Picture(path.name, np.ascontiguousarray(bgr[..., ::-1]))


def decode_stored(data: bytes) -> Uint8 | None:
    """Return the RGB pixels of a picture's bytes before they are turned upright; None: OpenCV cannot."""
    import cv2

    with captured_stderr(), suppress(cv2.error):
        flags = cv2.IMREAD_COLOR | cv2.IMREAD_IGNORE_ORIENTATION
        bgr = cv2.imdecode(np.frombuffer(data, np.uint8), flags)
        if bgr is not None:
            return np.ascontiguousarray(bgr[..., ::-1], dtype=np.uint8)
    return None


def _decoded(path: Path, data: Uint8) -> Uint8 | None:
    """Return BGR, upright; None: it cannot be read. Ultralytics chooses the reader by the suffix, too."""
    import cv2

    suffix = path.suffix.lower()
    bgr: npt.NDArray[Any] | None = None
    with suppress(cv2.error):
        if suffix in _TIFF:  # in colour: the first page, and of 16 bits the upper ones
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
    """Return BGR, turned by what the file itself says, or by its EXIF."""
    from PIL import Image, ImageOps

    with quiet():
        with suppress(ImportError):
            importlib.import_module("pi_heif").register_heif_opener()
        try:
            with ImageOps.exif_transpose(Image.open(io.BytesIO(data.tobytes()))) as picture:
                return np.asarray(picture.convert("RGB"))[..., ::-1]
        except Exception:  # as Ultralytics has it: every reader of Pillow raises errors of its own
            return None


def _unreadable(path: Path, data: bytes) -> InputError:
    """Return the error that says what the matter is with a file, as far as its bytes tell."""
    command = f"heif-convert {quoted(path)} {quoted(path.with_suffix('.jpg'))}"
    convert = f"convert it to JPEG, with `{command}` for example"
    brands = data[8:64] if data[4:8] == b"ftyp" else b""
    if b"avif" in brands or b"avis" in brands:
        return InputError(f"{path} is an AVIF picture that Pillow cannot read", convert)
    if any(brand in brands for brand in (b"hei", b"hevc", b"hevx", b"mif1", b"msf1")):
        return InputError(
            f"{path} is a HEIC picture, which cannot be read here", f"pip install pi-heif, or {convert}"
        )
    riff = data[:4] == b"RIFF" and data[8:12] == b"WEBP"
    is_cut = (
        (data[:3] == b"\xff\xd8\xff" and not data.rstrip(b"\0").endswith(b"\xff\xd9"))
        or (data[:4] == b"\x89PNG" and not 0 < data.rfind(b"IEND") <= len(data) - 8)
        or (riff and int.from_bytes(data[4:8], "little") + 8 > len(data))
    )
    if is_cut:
        return InputError(f"the picture {path} is cut short or damaged", "copy the file again")
    return InputError(f"{path} is not a picture that OpenCV can read", "use a JPEG or PNG file")


def write_ppm(path: Path, picture: Picture) -> None:
    """Write a picture losslessly in the simplest format that every reader knows."""
    height, width = picture.rgb.shape[:2]
    path.write_bytes(b"P6\n%d %d\n255\n" % (width, height) + picture.rgb.tobytes())


def shrink(picture: Picture, max_bytes: int) -> Picture:
    """Return the picture, made smaller where its raw RGB would take more than max_bytes."""
    height, width = picture.rgb.shape[:2]
    if height * width * 3 <= max_bytes:
        return picture
    import cv2

    factor = (max_bytes / (height * width * 3)) ** 0.5
    size = max(int(width * factor), 1), max(int(height * factor), 1)
    return Picture(picture.name, np.asarray(cv2.resize(picture.rgb, size, interpolation=cv2.INTER_AREA)))


def drawn_pictures(input_hw: tuple[int, int]) -> tuple[Picture, ...]:
    """Draw the pictures for a model's input size (height, width).

    `portrait` and `landscape` leave an odd number of pixels to pad; `half` has a side whose resized length
    ends in .5 and is rounded down to the even neighbour; `strip` is larger than the input and is scaled
    down; `small` is a few grey pixels.
    """
    sizes = {
        "portrait": _portrait_size(input_hw),
        "landscape": _landscape_size(input_hw),
        "half": _half_size(input_hw),
        "strip": _strip_size(input_hw),
    }
    pictures = [
        Picture(name, draw_scene(height, width, seed)[0])
        for seed, (name, (height, width)) in enumerate(sizes.items(), start=1)
    ]
    grey = draw_scene(SMALL_HEIGHT, SMALL_WIDTH, seed=5)[0][..., 1:2]
    return (*pictures, Picture("small", np.repeat(grey, 3, axis=2)))


def draw_scene(height: int, width: int, seed: int) -> tuple[Uint8, tuple[Shape, ...]]:
    """Draw sky, ground and a few shapes; return the picture [height, width, 3] and what is in it."""
    random = np.random.RandomState(seed)
    canvas = _background(height, width, random)
    shapes: list[Shape] = []
    for _ in range(int(random.randint(2, 6))):
        shape = _place(height, width, shapes, random)
        if shape is not None:
            _paint(canvas, shape, random)
            shapes.append(shape)
    canvas += random.randint(-4, 5, size=(height, width, 1))
    return np.clip(canvas, 0, 255).astype(np.uint8), tuple(shapes)


def _background(height: int, width: int, random: np.random.RandomState) -> Int32:
    """Return [height, width, 3]: a sky that brightens towards the horizon, and ground below."""
    horizon = int(random.randint(height * 4 // 10, height * 8 // 10 + 1))
    sky, ground = random.randint(60, 200, size=3), random.randint(30, 170, size=3)
    rows = np.arange(height)[:, None]
    above = sky + rows * 55 // max(height, 1)
    below = ground - (rows - horizon) * 30 // max(height, 1)
    column = np.where(rows < horizon, above, below)
    canvas = np.repeat(column[:, None, :], width, axis=1).astype(np.int32)
    patch = max(min(height, width) // 12, 2)  # pixels
    grid = random.randint(-10, 11, size=(-(-height // patch), -(-width // patch), 1))
    canvas += np.repeat(np.repeat(grid, patch, axis=0), patch, axis=1)[:height, :width].astype(np.int32)
    return canvas


def _place(height: int, width: int, others: list[Shape], random: np.random.RandomState) -> Shape | None:
    """Choose a kind and a free place, or return None when a few attempts found none."""
    short = min(height, width)
    kind = int(random.randint(len(KINDS)))
    for _ in range(12):
        size = int(random.randint(max(short // 6, 3), max(short // 2, 4) + 1))
        if size >= short:
            continue
        x, y = int(random.randint(0, width - size + 1)), int(random.randint(0, height - size + 1))
        shape = Shape(kind, x, y, x + size, y + size)
        if all(_apart(shape, other) for other in others):
            return shape
    return None


def _apart(one: Shape, other: Shape) -> bool:
    """Whether the boxes overlap by less than an eighth of either's side along one axis."""
    slack = min(one.x2 - one.x1, other.x2 - other.x1) // 8
    return (
        min(one.x2, other.x2) - max(one.x1, other.x1) <= slack
        or min(one.y2, other.y2) - max(one.y1, other.y1) <= slack
    )


def _paint(canvas: Int32, shape: Shape, random: np.random.RandomState) -> None:
    """Blend the shape into the canvas: a filled body, lit from above, and a dark or bright rim."""
    size = shape.x2 - shape.x1
    body = random.randint(0, 256, size=3)
    brightness = int(body.sum()) // 3
    rim = np.clip(body + (-90 if brightness > 127 else 90), 0, 255)
    window = canvas[shape.y1 : shape.y2, shape.x1 : shape.x2]
    lit = body + (size // 2 - np.arange(size)[:, None, None]) * 40 // size
    for inset, colour in ((0, rim), (max(size // 12, 1), lit)):
        share = _coverage(shape.kind, size, inset)[..., None]
        window[...] = (window * (SUBPIXELS**2 - share) + colour * share) // SUBPIXELS**2


def _coverage(kind: int, size: int, inset: int) -> Int32:
    """Return [size, size]: how many of a pixel's subpixels lie in the shape, drawn `inset` pixels smaller."""
    fine = size * SUBPIXELS
    # Twice the distance from the centre, in subpixels: odd or even like `fine`, so that all stays whole.
    axis = 2 * np.arange(fine) + 1 - fine
    x, y = axis[None, :], axis[:, None]
    reach = fine - 2 * inset * SUBPIXELS
    if KINDS[kind] == "circle":
        inside = x * x + y * y <= reach * reach
    elif KINDS[kind] == "square":
        inside = (np.abs(x) <= reach) & (np.abs(y) <= reach)
    else:  # apex up: the half width grows from 0 at the top to the full reach at the bottom
        inside = (2 * np.abs(x) <= y + reach - inset * SUBPIXELS) & (y <= reach)
    blocks = inside.reshape(size, SUBPIXELS, size, SUBPIXELS)
    coverage: Int32 = blocks.sum(axis=(1, 3)).astype(np.int32)
    return coverage


def _portrait_size(input_hw: tuple[int, int]) -> tuple[int, int]:
    aspect = ELONGATION * max(1.0, input_hw[0] / input_hw[1])
    width = int((NOMINAL_AREA / aspect) ** 0.5)
    return _first_size(
        (int(width * aspect), width), input_hw, lambda plan: (plan.input_width - plan.resized_width) % 2 == 1
    )


def _landscape_size(input_hw: tuple[int, int]) -> tuple[int, int]:
    aspect = ELONGATION * max(1.0, input_hw[1] / input_hw[0])
    height = int((NOMINAL_AREA / aspect) ** 0.5)
    return _first_size(
        (height, int(height * aspect)),
        input_hw,
        lambda plan: (plan.input_height - plan.resized_height) % 2 == 1,
    )


def _first_size(
    nominal: tuple[int, int], input_hw: tuple[int, int], accept: Callable[[LetterboxPlan], bool]
) -> tuple[int, int]:
    """Return the size nearest to the nominal one whose plan is accepted, or the nominal one."""
    for size in _around(nominal):
        if accept(plan_letterbox(size, input_hw)):
            return size
    return nominal


def _around(nominal: tuple[int, int], reach: int = 24) -> Iterator[tuple[int, int]]:
    for distance in range(reach):
        for down in range(distance + 1):
            yield max(nominal[0] + down, 1), max(nominal[1] + distance - down, 1)


def _half_size(input_hw: tuple[int, int]) -> tuple[int, int]:
    """Return the size nearest to 120 x 180 of which one side becomes k + 0.5 input pixels, with k even.

    Half to even then rounds down, where the rounding of most languages goes up. An input side of 512 or
    1024 asks for a side twice as long, so longer ones are looked through where no handy size will do.
    """
    return _half_size_within(input_hw, 32, 320) or _half_size_within(input_hw, 8, 4096) or HALF_NOMINAL


def _half_size_within(input_hw: tuple[int, int], shortest: int, longest: int) -> tuple[int, int] | None:
    best: tuple[float, tuple[int, int]] | None = None
    for height in range(shortest, longest + 1):
        width = np.arange(shortest, min(longest, LARGEST_AREA // height) + 1)
        ratio = np.minimum(input_hw[0] / height, input_hw[1] / width)
        width = width[(width * ratio % 2 == 0.5) | (height * ratio % 2 == 0.5)]
        if width.size:
            cost = np.abs(np.log(width / HALF_NOMINAL[1])) + abs(np.log(height / HALF_NOMINAL[0]))
            cheapest = int(cost.argmin())
            found = float(cost[cheapest]), (height, int(width[cheapest]))
            best = min(best or found, found)
    return best[1] if best else None


def _strip_size(input_hw: tuple[int, int]) -> tuple[int, int]:
    width = input_hw[1] * 13 // 10 + 1
    return max(min(NOMINAL_AREA // width, width // 2), 8), width
