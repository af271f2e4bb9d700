"""Random pictures, and the comparison of letterboxes and tensors with the reference.

Every check fails by AssertionError. The tests run them on the core, and on mutated cores.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from edgegen.model.spec import LETTERBOX, InputSpec
from edgegen.reference import YCBCR_ENCODINGS, nv12_to_rgb, turn_upright
from edgegen.tasks.prepared import plan_input, prepare
from tests.cpp.native import Core
from tests.cpp.native_letterbox import RESIZES, Letterbox, Stored
from tests.helpers.pixel_formats import FORMATS, PACKED, pack

Uint8 = npt.NDArray[np.uint8]
Size = tuple[int, int]  # height, width


def random_sizes(rng: np.random.Generator) -> tuple[Size, Size]:
    """Return a picture's and an input's size: mostly any, sometimes thin, equal or exactly double."""
    kind = rng.integers(0, 8)
    height, width = (int(side) for side in rng.integers(1, 130, 2))
    if kind == 0:
        return (1, int(rng.integers(1, 2001))), (height, width)
    if kind == 1:
        return (int(rng.integers(1, 2001)), int(rng.integers(1, 4))), (height, width)
    if kind == 2:
        return (height, width), (height, width)
    if kind == 3:
        return (2 * height, 2 * width), (height, width)
    if kind == 4:
        return tuple(int(side) for side in rng.integers(200, 500, 2)), (height, width)  # type: ignore[return-value]
    return tuple(int(side) for side in rng.integers(1, 130, 2)), (height, width)  # type: ignore[return-value]


def random_picture(rng: np.random.Generator, size: Size) -> npt.NDArray[np.uint8]:
    """Return noise [h, w, 3], sometimes of the two extreme values only."""
    if rng.integers(0, 4) == 0:
        return rng.choice(np.array([0, 255], dtype=np.uint8), (*size, 3))
    return rng.integers(0, 256, (*size, 3), dtype=np.uint8)


def check_letterbox(core: Core, seed: int, cases: int) -> None:
    """Compare bytes and plan, for any resize, size, format, padding of rows and padding value."""
    rng = np.random.default_rng(seed)
    for case in range(cases):
        source, target = random_sizes(rng)
        picture = random_picture(rng, source)
        name = str(rng.choice(PACKED))
        pad_value = int(rng.integers(0, 256))
        resize = RESIZES[case % len(RESIZES)]
        box = core.letterbox(target, pad_value=pad_value, resize=resize)
        ours, plan = box.to_bytes(pack(picture, name, int(rng.integers(0, 40))), source[1], name)
        theirs = prepare(picture, InputSpec(*target, pad_value=pad_value, resize=resize))
        assert plan == theirs.plan
        np.testing.assert_array_equal(ours, theirs.pixels, f"{source} {target} {name} {resize}")


@dataclass(frozen=True)
class StoredPicture:
    """A picture as a camera or a file stores it, and the upright picture."""

    rows: Uint8
    width: int
    name: str
    stored: Stored
    upright: Uint8  # RGB [h, w, 3]


def random_stored(rng: np.random.Generator, upright_size: Size, name: str, orientation: int) -> StoredPicture:
    """Return noise whose upright picture has this size; rows are padded."""
    height, width = upright_size[::-1] if orientation >= 5 else upright_size
    padding = int(rng.integers(0, 20))
    if name != "nv12":
        picture = random_picture(rng, (height, width))
        return StoredPicture(
            pack(picture, name, padding), width, name, Stored(orientation), turn_upright(picture, orientation)
        )
    luma, pairs = (
        random_picture(rng, (height, width))[..., 0],
        random_picture(rng, ((height + 1) // 2, (width + 1) // 2))[..., :2],
    )
    encoding = str(rng.choice(list(YCBCR_ENCODINGS)))
    chroma = np.pad(pairs.reshape(len(pairs), -1), ((0, 0), (0, int(rng.integers(0, 20)))))
    stored = Stored(orientation, chroma, list(YCBCR_ENCODINGS).index(encoding))
    rows = np.pad(luma, ((0, 0), (0, padding)))
    return StoredPicture(
        rows, width, name, stored, turn_upright(nv12_to_rgb(luma, pairs, encoding), orientation)
    )


def check_stored(core: Core, seed: int, cases: int) -> None:
    """Compare pictures of any format and orientation with the upright RGB picture, bit for bit.

    Each letterbox has seen another picture of that size and format before, turned or not.
    """
    rng = np.random.default_rng(seed)
    for _ in range(cases):
        source, target = random_sizes(rng)
        name, orientation = str(rng.choice(list(FORMATS))), int(rng.integers(1, 9))
        before = orientation if rng.integers(0, 2) == 0 else int(rng.integers(1, 9))
        resize = str(rng.choice(RESIZES))
        box = core.letterbox(target, resize=resize)
        for each in (before, orientation):
            picture = random_stored(rng, source, name, each)
            ours, plan = box.to_bytes(picture.rows, picture.width, name, picture.stored)
        theirs = prepare(picture.upright, InputSpec(*target, resize=resize))
        assert plan == theirs.plan
        what = f"{source} {target} {name} {orientation} {resize}"
        np.testing.assert_array_equal(ours, theirs.pixels, what)


def letterbox_of(core: Core, spec: InputSpec) -> Letterbox:
    """Return the core's letterbox for an input."""
    return core.letterbox(
        (spec.height, spec.width),
        scale=spec.scale,
        mean=spec.mean,
        std=spec.std,
        pad_value=spec.pad_value,
        rgb=spec.color == "RGB",
        resize=spec.resize,
    )


def check_tensor(core: Core, seed: int, cases: int) -> None:
    """Compare the tensor bit by bit, for any resize, scale, mean, deviation, order and padding value."""
    rng = np.random.default_rng(seed)
    for case in range(cases):
        source, target = random_sizes(rng)
        picture = random_picture(rng, source)
        usual_scale, usual_mean, usual_std = case % 2 == 0, case % 4 < 2, case % 8 < 4
        spec = InputSpec(
            height=target[0],
            width=target[1],
            color=str(rng.choice(["RGB", "BGR"])),
            scale=1 / 255 if usual_scale else float(rng.uniform(1e-3, 2)),
            mean=(0.0, 0.0, 0.0) if usual_mean else tuple(rng.uniform(0, 1, 3)),
            std=(1.0, 1.0, 1.0) if usual_std else tuple(rng.uniform(0.1, 2, 3)),
            pad_value=int(rng.integers(0, 256)),
            resize=str(rng.choice(RESIZES)),
        )
        box = letterbox_of(core, spec)
        ours, plan = box.to_tensor(pack(picture, "rgb", int(rng.integers(0, 40))), source[1], "rgb")
        theirs = prepare(picture, spec)
        assert plan == theirs.plan
        np.testing.assert_array_equal(ours, theirs.tensor[0])


def sizes_at_halves(inputs: Sequence[int] = (320, 384, 640)) -> list[tuple[Size, Size]]:
    """Return sizes where a resized side is exactly n + 1/2 before it is rounded: 853 at 640 / 1280, ..."""
    pairs = []
    for side in inputs:
        long, short = np.mgrid[1:1400, 1:1400]
        doubled = 2 * short * side
        chosen = (short < long) & (doubled % long == 0) & (doubled // long % 2 == 1)
        for height, width in zip(long[chosen].tolist(), short[chosen].tolist(), strict=True):
            pairs += [((height, width), (side, side)), ((width, height), (side, side))]
    return pairs


def check_plan(core: Core, pairs: Sequence[tuple[Size, Size]], resize: str = LETTERBOX) -> None:
    """Compare sizes, borders and gains."""
    for source, target in pairs:
        assert core.plan(source, target, resize) == plan_input(source, InputSpec(*target, resize=resize))
