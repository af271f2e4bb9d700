"""Time letterbox and normalisation in this process.

Compares the core with OpenCV and numpy, and its rotated and NV12 frames with upright BGRA frames.
"""

import statistics
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

from benchmarks.figures import Figure, Side, Target
from benchmarks.native import load_core
from benchmarks.pairs import milliseconds, ratio, take_turns
from benchmarks.progress import say
from benchmarks.workspace import Workspace
from tests.cpp.native import Core
from tests.cpp.native_letterbox import UPRIGHT, Stored
from tests.helpers.pixel_formats import pack

Uint8 = npt.NDArray[np.uint8]
Float32 = npt.NDArray[np.float32]

PAD_VALUE = 114
OURS, PLAIN, IN_PLACE = "core", "OpenCV and numpy", "OpenCV and numpy, in place"
NO_SLOWER = Target("at_least", 1.0)
UP, ON_SIDE, NV12, NV12_ON_SIDE = "BGRA, upright", "BGRA, rotated", "NV12, upright", "NV12, rotated"
RIGHT = 6  # EXIF orientation: rotate clockwise, as for the frames of a phone's camera
BT709_VIDEO = 2
FRAMES = ((1280, 720), (1920, 1080))  # width, height, as stored
STORED = {  # side: the other side, title
    ON_SIDE: (UP, "A rotated frame against an upright one"),
    NV12: (UP, "An NV12 frame against BGRA"),
    NV12_ON_SIDE: (NV12, "A rotated NV12 frame against an upright one"),
}
MORE_ROUNDS = 4  # factor, because a turn is one frame here
SIZES = {  # width, height: the kind of resizing
    (1920, 1080): "a third",
    (4000, 3000): "much smaller",
    (853, 1280): "half along one side only",
    (500, 375): "a bit larger",
    (320, 240): "double",
    (640, 640): "no resizing",
}


def measure(workspace: Workspace) -> list[Figure]:
    """Compare on every photo, and on other sizes for information."""
    settings = workspace.settings
    core = load_core(workspace.folder)
    cv2.setNumThreads(settings.threads)
    rounds = settings.rounds * MORE_ROUNDS
    say(f"letterbox: {rounds} rounds")
    figures: list[Figure] = []
    for path in settings.pictures:
        picture = cv2.imread(str(path))
        if picture is None:
            raise ValueError(f"{path} cannot be read")
        times = _times(core, np.asarray(picture, dtype=np.uint8), settings.input_size, rounds)
        figures.append(
            _figure(
                "letterbox",
                "Letterbox and normalise against OpenCV and numpy",
                times,
                path,
                PLAIN,
                "a new array for each step",
                NO_SLOWER,
            )
        )
        figures.append(
            _figure(
                "letterbox_in_place",
                "Letterbox and normalise against OpenCV and numpy in place",
                times,
                path,
                IN_PLACE,
                "one multiplication into an existing tensor",
            )
        )
    for (width, height), kind in SIZES.items():
        picture = np.random.default_rng(0).integers(0, 256, (height, width, 3), dtype=np.uint8)
        times = _times(core, picture, settings.input_size, rounds)
        title = f"Letterbox and normalise, {width} x {height}"
        figures.append(_figure(f"letterbox_{width}x{height}", title, times, None, PLAIN, kind))
    for width, height in FRAMES:
        figures += _stored_figures(core, (width, height), settings.input_size, rounds)
    return figures


def _stored_figures(core: Core, size: tuple[int, int], input_size: int, rounds: int) -> list[Figure]:
    """Compare the core's times for several layouts of a frame, as ratios."""
    width, height = size
    rng = np.random.default_rng(0)
    bgra = pack(rng.integers(0, 256, (height, width, 3), dtype=np.uint8), "bgra")
    luma = rng.integers(0, 256, (height, width), dtype=np.uint8)
    chroma = rng.integers(0, 256, ((height + 1) // 2, (width + 1) // 2 * 2), dtype=np.uint8)
    tensor = np.empty((3, input_size, input_size), dtype=np.float32)

    def side(rows: Uint8, name: str, stored: Stored) -> Callable[[], float]:
        letterbox = core.letterbox((input_size, input_size))
        call = partial(letterbox.fill_tensor, rows, width, name, tensor, stored)
        call()  # the first frame allocates the buffers
        return partial(milliseconds, call)

    times = take_turns(
        {
            UP: side(bgra, "bgra", UPRIGHT),
            ON_SIDE: side(bgra, "bgra", Stored(RIGHT)),
            NV12: side(luma, "nv12", Stored(1, chroma, BT709_VIDEO)),
            NV12_ON_SIDE: side(luma, "nv12", Stored(RIGHT, chroma, BT709_VIDEO)),
        },
        rounds,
    )
    figures = []
    for name, (other, title) in STORED.items():
        sides = tuple(
            Side(each, statistics.median(row[each] for row in times), "ms") for each in (name, other)
        )
        label = f"letterbox_{'_'.join(name.lower().replace(',', '').split())}_{width}x{height}"
        spread = ratio(times, above=name, below=other)
        figures.append(Figure(label, f"{title}, {width} x {height}", "x", spread, sides=sides))
    return figures


def _times(core: Core, picture: Uint8, input_size: int, rounds: int) -> list[dict[str, float]]:
    """Return the milliseconds per frame of each side. All three must write the same tensor.

    The core runs on one thread, OpenCV on all threads.
    """
    height, width = picture.shape[:2]
    letterbox = core.letterbox((input_size, input_size))
    ours, theirs = (np.empty((3, input_size, input_size), dtype=np.float32) for _ in range(2))
    rows = np.ascontiguousarray(picture).reshape(height, -1)
    sides: dict[str, Callable[[], object]] = {
        OURS: lambda: letterbox.fill_tensor(rows, width, "bgr", ours),
        PLAIN: lambda: opencv_numpy(picture, input_size),
        IN_PLACE: lambda: opencv_numpy(picture, input_size, theirs),
    }
    for side in sides.values():
        side()
    if not np.array_equal(ours, opencv_numpy(picture, input_size)):
        raise RuntimeError(f"the core and OpenCV differ on a picture of {width} x {height}")
    return take_turns({name: partial(milliseconds, side) for name, side in sides.items()}, rounds)


def opencv_numpy(picture: Uint8, input_size: int, tensor: Float32 | None = None) -> Float32:
    """Letterbox a BGR picture [h, w, 3] with OpenCV, and convert it to an RGB tensor [3, H, W] with numpy.

    Writes into `tensor`, if it is not None.
    """
    height, width = picture.shape[:2]
    gain = min(input_size / height, input_size / width)
    size = max(round(width * gain), 1), max(round(height * gain), 1)
    dw, dh = (input_size - size[0]) / 2, (input_size - size[1]) / 2
    resized = picture
    if size != (width, height):
        resized = np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_LINEAR), dtype=np.uint8)
    edges = round(dh - 0.1), round(dh + 0.1), round(dw - 0.1), round(dw + 0.1)
    boxed = cv2.copyMakeBorder(resized, *edges, cv2.BORDER_CONSTANT, value=(PAD_VALUE,) * 3)
    planes = boxed[..., ::-1].transpose(2, 0, 1)
    if tensor is None:
        return np.ascontiguousarray(planes).astype(np.float32) / np.float32(255)
    return np.multiply(planes, np.float32(1 / 255), out=tensor)


def _figure(
    name: str,
    title: str,
    rounds: Sequence[dict[str, float]],
    picture: Path | None,
    other: str,
    note: str,
    target: Target | None = None,
) -> Figure:
    sides = tuple(Side(each, statistics.median(row[each] for row in rounds), "ms") for each in (OURS, other))
    where = picture.name if picture else ""
    return Figure(name, title, "x", ratio(rounds, above=other, below=OURS), target, sides, note, where)
