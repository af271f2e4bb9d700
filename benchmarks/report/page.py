"""docs/benchmarks.md."""

from collections.abc import Sequence
from pathlib import Path

from benchmarks.figures import Figure, Results
from benchmarks.report import words

HEAD = """\
# How fast it is

Written by `make bench`, which takes about half an hour. Figures from a machine that does other things
meanwhile are worth little. A ratio is measured in rounds: in each one every side takes its turn, and the
median over the rounds counts, so that what slows the machine slows all sides. After `make bench`:

    .venv/bin/python -m benchmarks --quick         # a few minutes, writes nothing
    .venv/bin/python -m benchmarks --only NAME     # one group; --help has the names
    .venv/bin/python -m benchmarks --image PHOTO --model CHECKPOINT

![Time per frame, for letterboxing, and for an export](images/benchmarks.png)
"""
MEANING = """\
## What is measured

- **Pipeline.** A decoded picture in memory goes in, boxes in its pixels come out. The app's time is what
  `app --benchmark` says: preprocessing, inference, postprocessing. Ultralytics' is the sum of the same three
  stages, as `predict` with `rect=False` reports them; its whole call, which does more, is for information.
  Python workers stay from round to round, and every turn begins with {warm_up} frames that do not count. The
  threads are set to the same number on both sides, after Ultralytics has set its own.
- **Letterbox.** The same bytes to the same tensor, compared value by value first. The core runs on one
  thread, OpenCV on all.
- **Decode and NMS.** The app's postprocessing stage, boxes moved back to the picture included.
- **Int8.** The app of the same weights, watched on the photos that they were trained on.
- **The model alone.** What `edgegen benchmark` says: every runtime in a process of its own, on the tensor of
  the same photo, in turns. Nobody is timed whose boxes are not PyTorch's. The others decode every anchor in
  the model; edgegen's leave that to the app, where it belongs to what follows the inference (0.2 ms).
- **Memory.** What the kernel says the app held at most: `app PHOTO --json`.
- **Allocations.** Calls of `operator new` in letterbox, decode and NMS, on the photo and the model's own
  outputs.
- **Commands.** Whole processes, started afresh each time, offline.

## Where it is tight

- **Depth.** YOLO26n-depth at 640 is arithmetic: 16.2 thousand million products, four fifths of them in
  six convolutions of its head. Traced before that head was rewritten, of the inference: convolutions 87
  %, the transposed one 6.2 %, 1 x 1 convolutions 3.6 %, copies 0.9 %, sigmoids 0.8 %, products of SiLU
  0.6 %, attention, slices, transposes, resizing, sums and the rest 0.9 %; nothing outside XNNPACK. So
  there is little to gain beside the convolutions. The transposed one and the next are now one
  ([how](decisions/0007-one-subgraph.md)): 14.8 thousand million products, and the inference takes 1.085
  times less processor time (median of 25 pairs in turn, beside other work). Before, it was 1.13 times
  predict on an Intel Xeon; with it 1.27 on an AMD EPYC, where 1.3 is asked. What is left is to do 3 x 3
  convolutions with fewer products (Winograd's), which XNNPACK has not; as a graph of its other operators
  they would copy about as much as they save. That is an estimate.
- **Poses.** At confidence 0.001, 72 % of the time after the inference goes to boxes, nearly all of which
  nobody looks at: 2,236 candidates get one, and NMS has its 20 after the best 47. At the app's own
  confidence all of it takes 0.011 ms, with everything in the caches.
- **`edgegen new` of an Android project.** 109 files of one for boxes are templates, 80 of these only put
  values in their places and are filled in without Jinja. Processor time became 0.85 to 0.95 of what it was
  (whole processes, in turn, beside other work). A third of what is left is imports.
- **What an Android project weighs.** Measured by itself on 2026-11-25, after the rows above: of a project of
  this repository's own detector 211 kB of code after R8 and 273 kB in an APK, of the 220 and 300 that are
  asked for. With masks the code is more; a test holds it below 225 kB. What `edgegen verify` takes was not
  measured again.
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
