"""Comparisons of classification with the reference, as in task_comparisons.py."""

import numpy as np

from edgegen.model.spec import ultralytics_shorter_side
from edgegen.model.thresholds import Thresholds
from edgegen.reference import plan_letterbox
from edgegen.tasks.classify import decode as reference
from tests.cpp.box_comparisons import random_keep, sprinkle
from tests.cpp.letterbox_comparisons import random_picture
from tests.helpers.pixel_formats import pack
from tests.kotlin.comparisons import ROTATIONS, stored
from tests.kotlin.jvm import KotlinCore
from tests.kotlin.tasks import Asked, classify


def random_sizes(rng: np.random.Generator) -> tuple[tuple[int, int], tuple[int, int]]:
    """Return a picture's and an input's size: mostly any, some long or wide, some not square."""
    height, width = (int(side) for side in rng.integers(1, int(rng.choice([40, 250])), 2))
    kind = int(rng.integers(0, 5))
    if kind == 0:
        height = 7 * height + 3
    elif kind == 1:
        width = 5 * width + 1
    side = int(rng.integers(1, 90))
    return (height, width), (side, side if rng.integers(0, 4) else int(rng.integers(1, 90)))


def check_crop(core: KotlinCore, seed: int, cases: int) -> None:
    """Compare bytes and plan with the upright picture, for any orientation; several frames each."""
    rng = np.random.default_rng(seed)
    for case in range(cases):
        source, target = random_sizes(rng)
        rotation = ROTATIONS[case % 4]
        rgb = bool(rng.integers(0, 2))
        shorter = 0 if case % 3 == 0 else max(target) + int(rng.integers(0, 30)) * (case % 3 - 1)
        filter_name = ("bilinear", "bicubic")[case // 2 % 2]
        crop = core.crop(target, shorter, filter_name, rgb=rgb)
        for mirrored in (False, True, True):
            upright = random_picture(rng, source)
            picture = stored(upright, rotation, mirrored)
            rows = pack(picture, "rgba", int(rng.integers(0, 40)))
            ours, plan = crop.to_bytes(rows, picture.shape[1], "rgba", rotation, mirrored)
            expected = reference.plan_crop(source, target, shorter)
            what = f"{source} {target} {shorter} {filter_name} {rotation} {mirrored}"
            assert (plan.resized_height, plan.resized_width) == (
                expected.resized_height,
                expected.resized_width,
            ), what
            assert (plan.top, plan.left) == (expected.top, expected.left), what
            theirs = reference.crop(upright, expected, filter_name)
            np.testing.assert_array_equal(ours, theirs if rgb else theirs[..., ::-1], what)
        crop.free()


def check_crop_tensor(core: KotlinCore, seed: int, cases: int) -> None:
    """Compare the tensor bit by bit, for any mean and deviation."""
    rng = np.random.default_rng(seed)
    for case in range(cases):
        source, target = random_sizes(rng)
        mean, std = tuple(rng.uniform(0, 1, 3)), tuple(rng.uniform(0.1, 2, 3))
        normalization = {"mean": mean, "std": std} if case % 2 else {}
        upright = random_picture(rng, source)
        crop = core.crop(target, **normalization)
        ours, _ = crop.to_tensor(pack(upright, "rgba", 3), source[1], "rgba")
        crop.free()
        plan = reference.plan_crop(source, target, ultralytics_shorter_side(*target))
        theirs = reference.crop(upright, plan)
        np.testing.assert_array_equal(ours, reference.to_tensor(theirs, **normalization)[0])


def check_classify(core: KotlinCore, seed: int, cases: int) -> int:
    """Compare classes in order, ties included; return their number."""
    rng = np.random.default_rng(seed)
    compared = 0
    for case in range(cases):
        contract = ("logits", "probabilities")[case % 2]
        classes = int(rng.choice([1, 2, 80, 1000]))
        # On a grid: two are equal, or differ by more than two exponentials do.
        output = (np.round(rng.normal(0, 5, (1, classes)) * 16) / 16).astype(np.float32)
        if rng.integers(0, 4) == 0:
            sprinkle(rng, output, (np.nan, np.inf, -np.inf) if rng.integers(0, 2) else (-np.inf,))
        keep, most = random_keep(rng, classes), int(rng.choice([0, 1, 5, 300]))
        asked = Asked(plan_letterbox((20, 30), (8, 8)), Thresholds(max_det=most), keep)
        ids, scores = classify(core, output, is_logits=contract == "logits", asked=asked)
        theirs = reference.decode(output, contract)
        chosen = None if keep is None else np.array(keep, dtype=np.int64)
        order = reference.best_first(theirs, chosen)[:most]
        np.testing.assert_array_equal(ids, order)
        np.testing.assert_allclose(scores, theirs[order], rtol=1e-5, atol=1e-37)
        compared += len(order)
    return compared
