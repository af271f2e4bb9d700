"""Random pictures, and the comparison of inputs with the reference.

Every check fails by AssertionError. The tests run them on the core, and on mutated cores.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from edgegen.model.spec import BILINEAR, CENTRE_CROP, InputSpec
from edgegen.tasks.prepared import plan_input, prepare
from tests.cpp.letterbox_comparisons import random_picture, random_sizes
from tests.kotlin.classify_comparisons import random_sizes as random_crops
from tests.web.vision.core import Core, to_plan
from tests.web.vision.rendered import folder_of

Uint8 = npt.NDArray[np.uint8]
Size = tuple[int, int]  # height, width


def picture_of(rgb: Uint8) -> dict[str, Any]:
    """Return a `Picture`. Alpha is a value that must not matter."""
    alpha = np.full((*rgb.shape[:2], 1), 0xA5, dtype=np.uint8)
    return {"width": rgb.shape[1], "height": rgb.shape[0], "data": np.concatenate([rgb, alpha], axis=2)}


def input_model(spec: InputSpec) -> dict[str, Any]:
    """Return what making an input reads of a model."""
    return {
        "inputWidth": spec.width,
        "inputHeight": spec.height,
        "rgb": spec.color == "RGB",
        "scale": spec.scale,
        "mean": list(spec.mean),
        "std": list(spec.std),
        "padValue": spec.pad_value,
        "shorterSide": spec.shorter_side,
        "isBicubic": spec.interpolation != BILINEAR,
    }


def dirty_input(target: tuple[int, int]) -> dict[str, Any]:
    """Return an `Input` of another picture, whose memory is used again."""
    size = 3 * target[0] * target[1]
    return {"pixels": np.full(size, 0x5A, np.uint8), "tensor": np.full(size, np.nan, np.float32)}


def check_plan(core: Core, resize: str, pairs: Sequence[tuple[Size, Size]]) -> None:
    """Compare sizes, borders and gains of a letterbox, for pairs of a picture's and an input's size."""
    folder = folder_of("detect", "raw", resize)
    for source, target in pairs:
        ours = core.call(folder, "letterbox", "planLetterbox", *source[::-1], *target[::-1])
        assert ours == to_plan(plan_input(source, InputSpec(*target, resize=resize)))


def check_input(core: Core, model: tuple[str, str, str], seed: int, cases: int) -> None:
    """Compare bytes, tensor and plan bit by bit, for any size, normalization and order of channels.

    model: its task, contract and resize. In every second case, the input's memory is used again.
    """
    resize = model[2]
    rng = np.random.default_rng(seed)
    for case in range(cases):
        is_crop = resize == CENTRE_CROP
        source, target = random_crops(rng) if is_crop else random_sizes(rng)
        is_usual = case % 2 == 0
        spec = InputSpec(
            *target,
            color=str(rng.choice(["RGB", "BGR"])),
            scale=1 / 255 if is_usual else float(rng.uniform(1e-3, 2)),
            mean=(0.0, 0.0, 0.0) if is_usual else tuple(rng.uniform(0, 1, 3)),
            std=(1.0, 1.0, 1.0) if is_usual else tuple(rng.uniform(0.1, 2, 3)),
            pad_value=int(rng.integers(0, 256)),
            resize=resize,
            shorter_side=0 if case % 3 == 0 or not is_crop else max(target) + int(rng.integers(0, 30)),
            interpolation=("bilinear", "bicubic")[case // 2 % 2],
        )
        picture = random_picture(rng, source)
        reused = [dirty_input(target)] if rng.random() < 0.5 else []
        ours = core.call(
            folder_of(*model), "pipeline", "letterbox", picture_of(picture), input_model(spec), *reused
        )
        theirs = prepare(picture, spec)
        assert ours["plan"] == to_plan(theirs.plan)
        pixels = theirs.pixels if spec.color == "RGB" else theirs.pixels[..., ::-1]
        np.testing.assert_array_equal(ours["pixels"], pixels.reshape(-1), f"{source} {spec}")
        np.testing.assert_array_equal(ours["tensor"], theirs.tensor.reshape(-1), f"{source} {spec}")
