"""How fast the C++ core is, beside OpenCV with numpy, on this machine.

    python benchmarks/core_kernels/core_kernels.py [--compiler g++] [--pairs 60] [--json FILE]

Every row is measured in pairs, ours and theirs in turn, so that a busy neighbour slows both; the ratio is the
median over the pairs. Ours runs on one thread, OpenCV on all it wants.
"""

import argparse
import json
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "tests"))

from core.native import FORMATS, HERE, Core, RawOutput, compile_core, pack

INPUT = 640  # pixels a side
PAD = 114
STRIDES = (8, 16, 32)
REG_MAX = 16
PICTURES = {  # width, height: what kind of resizing it is
    (1280, 720): "half, the usual camera",
    (1920, 1080): "a third",
    (4000, 3000): "much smaller",
    (853, 1280): "half along one side only",
    (500, 375): "a bit larger",
    (320, 240): "double",
    (640, 640): "no resizing",
}
OUTPUTS = (  # classes, confidence, mean and deviation of the logits
    (80, 0.25, -11.5, 2.2),
    (80, 0.25, -4.2, 1.0),
    (80, 0.001, -11.5, 2.2),
    (80, 0.001, -6.0, 1.0),
    (1, 0.001, -6.0, 1.0),
)


def milliseconds(call: Callable[[], object]) -> float:
    """Return how long one call takes."""
    start = time.perf_counter()
    call()
    return (time.perf_counter() - start) * 1e3


def pairs(ours: Callable[[], object], theirs: list[Callable[[], object]], count: int) -> list[list[float]]:
    """Return count rows of milliseconds: ours, then each of theirs."""
    for call in (ours, *theirs):
        call()
        call()
    return [[milliseconds(call) for call in (ours, *theirs)] for _ in range(count)]


def preprocessing(
    picture: npt.NDArray[np.uint8], tensor: npt.NDArray[np.float32] | None
) -> npt.NDArray[np.float32]:
    """Letterbox a BGR picture with OpenCV and convert it with numpy; into `tensor` where one is given."""
    height, width = picture.shape[:2]
    ratio = min(INPUT / height, INPUT / width)
    size = max(round(width * ratio), 1), max(round(height * ratio), 1)
    dw, dh = (INPUT - size[0]) / 2, (INPUT - size[1]) / 2
    if size != (width, height):
        picture = cv2.resize(picture, size, interpolation=cv2.INTER_LINEAR)
    edges = round(dh - 0.1), round(dh + 0.1), round(dw - 0.1), round(dw + 0.1)
    boxed = cv2.copyMakeBorder(picture, *edges, cv2.BORDER_CONSTANT, value=(PAD,) * 3)
    planes = boxed[..., ::-1].transpose(2, 0, 1)
    if tensor is None:
        return np.ascontiguousarray(planes).astype(np.float32) / 255
    return np.multiply(planes, np.float32(1 / 255), out=tensor)


def measure_letterbox(core: Core, size: tuple[int, int], count: int) -> dict[str, object]:
    """Compare letterbox and normalisation of one picture size; the tensors are compared, too."""
    width, height = size
    picture = np.random.default_rng(0).integers(0, 256, (height, width, 3), dtype=np.uint8)
    box = core.letterbox((INPUT, INPUT))
    ours, theirs = (np.empty((3, INPUT, INPUT), dtype=np.float32) for _ in range(2))
    rows = {name: pack(picture[..., ::-1], name) for name in FORMATS}
    box.fill_tensor(rows["bgr"], width, "bgr", ours)
    assert np.array_equal(ours, preprocessing(picture, None)), "the tensors differ"

    table = pairs(
        lambda: box.fill_tensor(rows["bgr"], width, "bgr", ours),
        [lambda: preprocessing(picture, None), lambda: preprocessing(picture, theirs)],
        count,
    )
    others = {
        name: statistics.median(
            milliseconds(lambda name=name: box.fill_tensor(rows[name], width, name, ours))  # type: ignore[misc]
            for _ in range(count)
        )
        for name in ("rgba", "gray")
    }
    return {
        "picture": [width, height],
        "kind": PICTURES[size],
        "ours_ms": statistics.median(row[0] for row in table),
        "opencv_numpy_ms": statistics.median(row[1] for row in table),
        "opencv_numpy_in_place_ms": statistics.median(row[2] for row in table),
        "ratio": statistics.median(row[0] / row[1] for row in table),
        "ratio_in_place": statistics.median(row[0] / row[2] for row in table),
        "ours_rgba_ms": others["rgba"],
        "ours_gray_ms": others["gray"],
    }


def measure_decode(
    core: Core, num_classes: int, confidence: float, mean: float, deviation: float, count: int
) -> dict[str, object]:
    """Time decode and NMS together over the outputs of a YOLO at 640, with random logits."""
    rng = np.random.default_rng(0)
    outputs = []
    for stride in STRIDES:
        cells = INPUT // stride
        outputs += [
            rng.normal(0, 2, (1, 4 * REG_MAX, cells, cells)).astype(np.float32),
            rng.normal(mean, deviation, (1, num_classes, cells, cells)).astype(np.float32),
        ]
    raw = RawOutput(outputs, STRIDES)
    candidates, kept = core.decode_raw_and_nms(raw, confidence)
    times = pairs(lambda: core.decode_raw_and_nms(raw, confidence), [], count)
    return {
        "classes": num_classes,
        "confidence": confidence,
        "candidates": candidates,
        "kept": kept,
        "ms": statistics.median(row[0] for row in times),
    }


def main() -> None:
    """Measure, print two tables, and save them where asked."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--compiler", default="g++")
    parser.add_argument("--flags", default="-O3 -DNDEBUG", help="what CMake's Release uses")
    parser.add_argument("--pairs", type=int, default=60)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()

    with tempfile.TemporaryDirectory() as folder:
        library = Path(folder) / "core.so"
        flags = options.flags.split()
        core = Core(compile_core(library, HERE / "harness.cpp", compiler=options.compiler, flags=flags))
        letterboxes = [measure_letterbox(core, size, options.pairs) for size in PICTURES]
        decodes = [measure_decode(core, *output, options.pairs) for output in OUTPUTS]

    print(f"letterbox + normalise to {INPUT} x {INPUT}, {options.compiler} {options.flags}; milliseconds")
    print("    picture   ours  cv2+numpy  ratio  in place  ratio  rgba  gray")
    for row in letterboxes:
        size = "{} x {}".format(*row["picture"])  # type: ignore[misc]
        print(
            f"{size:>11}  {row['ours_ms']:5.2f}  {row['opencv_numpy_ms']:9.2f}  {row['ratio']:5.2f}"
            f"  {row['opencv_numpy_in_place_ms']:8.2f}  {row['ratio_in_place']:5.2f}"
            f"  {row['ours_rgba_ms']:4.2f}  {row['ours_gray_ms']:4.2f}  {row['kind']}"
        )
    print("\ndecode + NMS of 8400 cells")
    print("classes  confidence  candidates  kept     ms")
    for row in decodes:
        counts = f"{row['classes']:7}  {row['confidence']:10}  {row['candidates']:10}  {row['kept']:4}"
        print(f"{counts}  {row['ms']:5.2f}")
    if options.json:
        options.json.write_text(json.dumps({"letterbox": letterboxes, "decode": decodes}, indent=2) + "\n")


if __name__ == "__main__":
    main()
