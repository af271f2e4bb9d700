"""Write docs/benchmarks.md."""

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

Measure on an idle machine. A ratio such as 1.41x compares two sides. Both take turns in rounds, so anything
that slows the machine slows both. Each row shows the median over the rounds, the lowest and the highest
value, and the number of measurements.

There is a part for each kind of processor, because XNNPACK has other kernels for each:
{kinds}.
"""
MEANING = """\
## What is measured

- **Pipeline.** From a decoded picture in memory to boxes in its pixels. The app's time is the sum of
  preprocessing, inference and postprocessing, from `app --benchmark`. Ultralytics' time is the sum of the
  same stages, as `predict` with `rect=False` reports them. The second table has the time of its whole call.
  Python workers are started once. Each turn begins with {warm_up} uncounted frames. Both sides use the same
  number of threads.
- **Letterbox.** From a picture to the model's input. The results are compared first, value by value. The core
  uses one thread, OpenCV all.
- **Decode and NMS.** The app's postprocessing, with the mapping of boxes to the picture.
- **Int8.** The app with the same weights. It is calibrated on the photos of the training.
- **The model alone.** From `edgegen benchmark`: each runtime in its own process, in turns, on the tensor of
  the same photo. A runtime whose boxes differ from PyTorch's is not timed. Ultralytics' exports decode every
  anchor point in the model. edgegen's models leave decoding to the app, which takes 0.2 ms more.
- **Detectors of other libraries.** The model alone, next to YOLO11n at the nearest of 320, 416 and 640, all
  in turns. Each model is built from the published configuration, and its export is compared with its library.
  The weights are random: the time does not depend on them.
- **Web.** The app of `edgegen new --target web` in Chromium without a window, with a simulated camera. A page
  without cross-origin isolation has one thread. Frames per second include the copy of the frame and the
  drawing. Letterbox and decoding are also timed alone, in JavaScript on the page. The peer is LiteRT.js on
  Ultralytics' export for LiteRT; its boxes are compared with PyTorch's first. TensorFlow.js is left out: its
  converter needs TensorFlow, and another release of `packaging` than the other exports.
- **Memory.** The peak of `app PHOTO --json`, as the kernel reports it.
- **Allocations.** Calls of `operator new` in the letterbox, with the photo.
- **Commands.** Whole processes, started again for each run, offline.

## Notes on some figures

- **Letterbox, decoding.** The app's code is plain loops without vector instructions, so that it is easy to
  read. With vector instructions the letterbox would take 1 ms less, 3 % of a frame, and decoding half the
  time.
- **A camera on two cores.** Reading, detection and display of frames run in parallel. The gain is small,
  because the model uses both cores already. Measured separately with a video of 30 frames a second: the
  studio at 640 went from 19.1 to 19.8 frames a second.
- **Int8.** On this machine int8 in all layers lost one detection more than the limit allows. So 32 of 87
  layers are float32 ([int8.md](int8.md#measured)).
- **Depth.** YOLO26n-depth at 640 takes 14.8 billion multiplications, most of them in six convolutions of
  its head. Everything runs in XNNPACK, and nearly all of the time is convolutions, so there is little to
  gain. Two of them [are merged](decisions/0007-one-subgraph.md), which saves 8 % of the processor time.
- **Poses.** At confidence 0.001, decoding 2,236 boxes takes 72 % of the postprocessing. At the app's own
  confidence the postprocessing takes a twentieth of the time.
- **`edgegen new` of an Android project.** A third of the time is imports of Python modules.
- **Size of an Android project.** The figures depend on the task; with masks the code is larger.
"""
TARGET_COLUMNS = ("what", "median", "lowest to highest", "count", "target", "", "medians of each side")
OTHER_COLUMNS = ("what", "median", "lowest to highest", "count", "medians of each side")


def write(runs: Sequence[Results], path: Path) -> None:
    """Write the page: a part for each run, which is of another kind of processor."""
    kinds = [str(results.machine["kind"]) for results in runs]
    links = ", ".join(f"[{kind}](#{results.slug})" for kind, results in zip(kinds, runs, strict=True))
    parts = [HEAD.format(kinds=links)]
    for results in runs:
        parts += _part(results)
    parts.append(MEANING.format(warm_up=runs[0].settings["warm_up_frames"]))
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(part for part in parts if part))


def _part(results: Results) -> list[str]:
    with_target = [figure for figure in results.figures if figure.target is not None]
    others = [figure for figure in results.figures if figure.target is None]
    return [
        f"## {results.machine['kind']}\n",
        "\n".join(f"- {line}" for line in words.machine(results)) + "\n",
        f"![Time per frame, for letterboxing, and for an export](images/benchmarks-{results.slug}.png)\n",
        _table(results, with_target, TARGET_COLUMNS),
        "### Other figures, without a target\n",
        _table(results, others, OTHER_COLUMNS),
        _stages(results),
    ]


def _table(results: Results, figures: Sequence[Figure], columns: Sequence[str]) -> str:
    lines = [_line(columns), _line(["---", "---:", "---:", "---:", *["---"] * (len(columns) - 4)])]
    for figure in figures:
        checks = [words.target(figure), words.verdict(figure)] if "target" in columns else []
        details = "; ".join(part for part in (words.sides(figure), figure.note) if part)
        lines.append(
            _line(
                [
                    words.title(figure, results),
                    words.median(figure),
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
        "### Where the time of a frame goes\n",
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
