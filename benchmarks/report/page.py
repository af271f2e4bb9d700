"""docs/benchmarks.md."""

from collections.abc import Sequence
from pathlib import Path

from benchmarks.figures import Figure, Results
from benchmarks.report import words

HEAD = """\
# How fast it is

    make bench                                     # half an hour; writes this page
    .venv/bin/python -m benchmarks --quick         # a few minutes, writes nothing
    .venv/bin/python -m benchmarks --only NAME     # one group; --help has the names
    .venv/bin/python -m benchmarks --image PHOTO --model CHECKPOINT

Measure on an idle machine. A ratio is measured in rounds: in each round every side takes its turn, and the
page has the median over the rounds. So anything that slows the machine slows all sides.

![Time per frame, for letterboxing, and for an export](images/benchmarks.png)
"""
MEANING = """\
## What is measured

- **Pipeline.** From a decoded picture in memory to boxes in its pixels. The app's time is the sum of
  preprocessing, inference and postprocessing, from `app --benchmark`. Ultralytics' time is the sum of the
  same stages, as `predict` with `rect=False` reports them; the time of its whole call is for information.
  Python workers live through all rounds. Each turn begins with {warm_up} uncounted frames. Both sides use
  the same number of threads.
- **Letterbox.** From the same bytes to the same tensor, compared value by value first. The core uses one
  thread, OpenCV all.
- **Decode and NMS.** The app's postprocessing, including the boxes' mapping to the picture.
- **Int8.** The app with the same weights, calibrated on the photos that they were trained on.
- **The model alone.** From `edgegen benchmark`: each runtime in its own process, in turns, on the tensor of
  the same photo. A runtime whose boxes differ from PyTorch's is not timed. The other runtimes decode every
  anchor point in the model; edgegen's decode in the app, after the inference (0.2 ms).
- **Memory.** The peak of `app PHOTO --json`, as the kernel reports it.
- **Allocations.** Calls of `operator new` in the letterbox, with the photo.
- **Commands.** Whole processes, started again for each run, offline.

## Where it is tight

- **Letterbox, decoding.** The app's code is plain loops, without vector instructions, so that people can read
  it. The letterbox takes 1 ms more than with them, 3 % of a frame; decoding takes twice as long.
- **A camera on two cores.** Reading, detecting and showing overlap, but the model has both cores already.
  Measured separately, on a video of 30 frames a second, in a window: the studio at 640 went from 19.1 to
  19.8 frames a second, on one thread from 11.0 to 12.1. The starter went from 36 to 41 with another video.
- **Int8.** On this machine one more detection was lost than the limit allows, so 32 of 87 layers are float32
  ([int8.md](int8.md#measured)).
- **Depth.** YOLO26n-depth at 640 takes 14.8 billion multiplications, most of them in six convolutions of
  its head. Convolutions took 97 % of the inference before two of them
  [were merged](decisions/0007-one-subgraph.md), and everything runs in XNNPACK, so there is little else to
  gain. The merge saved 8 % of the processor time (median of 25 pairs). Winograd's method would need fewer
  multiplications, but XNNPACK does not have it. Built from XNNPACK's other operators it would copy about as
  much as it saves (an estimate).
- **Poses.** At confidence 0.001, 72 % of the time after the inference goes to decoding 2,236 boxes. NMS has
  its 20 results after the best 47. At the app's own confidence the stage takes a twentieth of the time.
- **`edgegen new` of an Android project.** Most templates only insert values, and are filled in without
  Jinja. A third of the remaining time is imports.
- **Size of an Android project.** Measured separately on 2026-11-25, for this repository's tiny detector:
  211 kB of code after R8 (target 220) and 273 kB in an APK (target 300). With masks the code is larger.
"""
TARGET_COLUMNS = ("what", "median", "lowest to highest", "of", "target", "", "medians of each side")
OTHER_COLUMNS = ("what", "median", "lowest to highest", "of", "medians of each side")


def write(results: Results, path: Path) -> None:
    """Write the page."""
    with_target = [figure for figure in results.figures if figure.target is not None]
    others = [figure for figure in results.figures if figure.target is None]
    parts = [
        HEAD,
        _table(results, with_target, TARGET_COLUMNS),
        "## For information\n",
        _table(results, others, OTHER_COLUMNS),
        _stages(results),
        MEANING.format(warm_up=results.settings["warm_up_frames"]),
        "## Measured on\n",
        "\n".join(f"- {line}" for line in words.machine(results)) + "\n",
    ]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(part for part in parts if part))


def _table(results: Results, figures: Sequence[Figure], columns: Sequence[str]) -> str:
    lines = [_line(columns), _line(["---", "---:", "---:", "---:", *["---"] * (len(columns) - 4)])]
    for figure in figures:
        checks = [words.target(figure), words.verdict(figure)] if "target" in columns else []
        details = "; ".join(part for part in (words.sides(figure), figure.note) if part)
        lines.append(
            _line(
                [
                    words.title(figure, results),
                    words.measured(figure),
                    words.extremes(figure),
                    str(figure.spread.count),
                    *checks,
                    details,
                ]
            )
        )
    return "\n".join(lines) + "\n"


def _stages(results: Results) -> str:
    if not results.stages:
        return ""
    lines = [
        "## Where the time of a frame goes\n",
        _line(["photo", "", "preprocess", "inference", "postprocess", "total", "boxes"]),
        _line(["---", "---", *["---:"] * 5]),
    ]
    for each in results.stages:
        times = (each.preprocess, each.inference, each.postprocess, each.total)
        cells = [words.number(value, "ms") for value in times]
        lines.append(_line([each.picture, each.name, *cells, str(each.boxes)]))
    return "\n".join(lines) + "\n"


def _line(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cells) + " |"
