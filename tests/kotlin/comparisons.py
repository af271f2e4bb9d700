"""Comparisons for rotated pictures, which only this core has. tests/cpp has all others.

Every check fails by AssertionError. The tests run them on the core as it is, test_mutations.py on cores that
were broken on purpose.
"""

import numpy as np
import numpy.typing as npt

from edgegen.model.spec import InputSpec
from edgegen.reference import nms
from edgegen.tasks.prepared import prepare
from tests.cpp.letterbox_comparisons import letterbox_of, random_picture, random_sizes
from tests.cpp.native_letterbox import RESIZES
from tests.helpers.pixel_formats import pack
from tests.kotlin.jvm import KotlinCore

Uint8 = npt.NDArray[np.uint8]
ROTATIONS = (0, 90, 180, 270)


def stored(upright: Uint8, rotation: int, mirrored: bool) -> Uint8:
    """Return the picture as a camera stores it: rotated clockwise and then mirrored, it is upright."""
    unmirrored = upright[:, ::-1] if mirrored else upright
    return np.ascontiguousarray(np.rot90(unmirrored, k=rotation // 90))


def check_turned(core: KotlinCore, seed: int, cases: int) -> None:
    """Compare bytes and plan with the upright picture, for any resize, size, rotation and padding."""
    rng = np.random.default_rng(seed)
    for case in range(cases):
        source, target = random_sizes(rng)
        upright = random_picture(rng, source)
        resize, rotation, mirrored = RESIZES[case % 3], ROTATIONS[case % 4], bool(rng.integers(0, 2))
        place = str(rng.choice(["direct", "heap"]))
        pad_value = int(rng.integers(0, 256))
        picture = stored(upright, rotation, mirrored)
        box = core.letterbox(target, pad_value=pad_value, resize=resize)
        rows = pack(picture, "rgba", int(rng.integers(0, 40)))
        ours, plan = box.to_bytes(rows, picture.shape[1], "rgba", rotation, mirrored, place)
        box.free()
        what = f"{resize} {source} {target} {rotation} {mirrored}"
        theirs = prepare(upright, InputSpec(*target, pad_value=pad_value, resize=resize))
        assert plan == theirs.plan, what
        np.testing.assert_array_equal(ours, theirs.pixels, what)


def check_turned_tensor(core: KotlinCore, seed: int, cases: int) -> None:
    """Compare the tensors of one letterbox with the reference, bit by bit, at rotations in turn."""
    rng = np.random.default_rng(seed)
    for case in range(cases // 5):
        _, target = random_sizes(rng)
        spec = InputSpec(
            height=target[0],
            width=target[1],
            color=str(rng.choice(["RGB", "BGR"])),
            scale=float(rng.uniform(1e-3, 2)),
            mean=tuple(rng.uniform(0, 1, 3)),
            std=tuple(rng.uniform(0.1, 2, 3)),
            pad_value=int(rng.integers(0, 256)),
            resize=RESIZES[case % 3],
        )
        box = letterbox_of(core, spec)
        sizes = [random_sizes(rng)[0] for _ in range(2)]
        for _ in range(5):
            upright = random_picture(rng, sizes[rng.integers(0, 2)])
            rotation, mirrored = int(rng.choice(ROTATIONS)), bool(rng.integers(0, 2))
            picture = stored(upright, rotation, mirrored)
            rows = pack(picture, "rgba", int(rng.integers(0, 9)))
            ours, _ = box.to_tensor(rows, picture.shape[1], "rgba", rotation, mirrored)  # type: ignore[call-arg]
            theirs = prepare(upright, spec).tensor[0]
            np.testing.assert_array_equal(ours, theirs, f"{upright.shape} {target} {rotation} {mirrored}")
        box.free()


def check_far_classes(core: KotlinCore, seed: int, cases: int) -> None:
    """Compare boxes that reach into the offset of the next class, for any class id."""
    rng = np.random.default_rng(seed)
    for _ in range(cases):
        n = int(rng.integers(2, 60))
        far = 3840.0 * int(rng.integers(0, 2))  # half of a class's distance
        corners = rng.choice([-far, far], (n, 1)) + rng.uniform(-150, 100, (n, 2))
        boxes = np.concatenate([corners, corners + rng.uniform(15, 100)], axis=1).astype(np.float32)
        scores = rng.random(n).astype(np.float32)
        class_ids = int(rng.choice([0, 7, 2**16 - 3, 2**16 - 1, 2**31 - 2])) + rng.integers(0, 2, n)
        iou = float(rng.choice([0.0, 0.3]))
        kept = nms(boxes, scores, class_ids, iou)
        np.testing.assert_array_equal(core.nms(boxes, scores, class_ids, iou), kept, f"{class_ids} {iou}")


def check_order(core: KotlinCore, seed: int, cases: int) -> None:
    """Compare the order of separate boxes, few and many: negative, infinite, equal and NaN scores."""
    rng = np.random.default_rng(seed)
    for _ in range(cases):
        n = int(rng.integers(1, 200))
        left = np.arange(n, dtype=np.float32) * 10
        boxes = np.stack([left, 0 * left, left + 2, 0 * left + 2], axis=1)
        scores = rng.normal(0, 1, n).astype(np.float32).round(int(rng.choice([1, 6])))
        odd = rng.random(n) < 0.1
        scores[odd] = rng.choice(np.array([np.nan, np.inf, -np.inf, -0.0, 0], dtype=np.float32), odd.sum())
        classes = np.zeros(n, dtype=np.int64)
        np.testing.assert_array_equal(core.nms(boxes, scores, classes, 0.5), nms(boxes, scores, classes, 0.5))
