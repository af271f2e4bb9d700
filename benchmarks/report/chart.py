"""Draw the pictures of docs/benchmarks.md."""

from pathlib import Path
from typing import Any

from benchmarks.figures import Figure, Results, Stages

BACKGROUND, INK, FAINT = "#ffffff", "#24292f", "#d0d7de"
OURS, THEIRS = "#0a7d5a", "#9aa4af"
SHADES = {  # of the three stages: ours, theirs
    "preprocess": ("#7cc7ad", "#c9d0d7"),
    "inference": (OURS, THEIRS),
    "postprocess": ("#0b4634", "#57606a"),
}
RESOLUTION = 160  # dots per inch
TASKS = {  # tasks whose pipeline is timed: end of the figure's name, label
    "segment": "segment",
    "pose": "pose",
    "obb": "obb",
    "classify": "classify, at 224 x 224",
    "semantic": "semantic",
    "depth": "depth",
}
ROW = 0.38  # height of a task's two bars


def draw(results: Results, path: Path) -> None:
    """Draw the times of a frame, the tasks, int8, the letterbox and the export, as far as measured."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot as plt

    picture = results.settings["pictures"][0]
    stages = [each for each in results.stages if each.picture == picture]
    pairs = [
        (figure, heading, unit)
        for name, heading, unit in (
            ("int8_app", "The app in int8, and in float32", "ms"),
            ("letterbox", "Letterbox and normalise", "ms"),
            ("new_pt", "From a .pt: edgegen to a whole project, Ultralytics to a .pte", "s"),
        )
        for figure in results.figures
        if figure.name == name and figure.picture in ("", picture)
    ]
    tasks = [
        (figure, label)
        for task, label in TASKS.items()
        for figure in results.figures
        if figure.name == f"pipeline_{task}" and figure.picture in ("", picture)
    ]
    heights = [len(stages) + 1.0] * bool(stages) + [len(tasks) + 1.0] * bool(tasks) + [2.4] * len(pairs)
    if not heights:
        return
    colours = dict.fromkeys(("text.color", "axes.labelcolor", "xtick.color", "ytick.color"), INK)
    style: Any = {"font.size": 10, **colours}
    with plt.rc_context(style):
        figure, axes = plt.subplots(
            len(heights),
            1,
            figsize=(8.4, 0.52 * sum(heights) + 0.5 * len(heights)),
            squeeze=False,
            height_ratios=heights,
            layout="constrained",
            facecolor=BACKGROUND,
        )
        engine: Any = figure.get_layout_engine()
        engine.set(hspace=0.1, h_pad=0.12, w_pad=0.12)
        panels = list(axes[:, 0])
        if stages:
            _draw_stages(panels.pop(0), stages, f"Time per frame: {_model(results)}, {_threads(results)}")
        if tasks:
            _draw_tasks(panels.pop(0), tasks, f"Time per frame of the other tasks, {_threads(results)}")
        for panel, (pair, heading, unit) in zip(panels, pairs, strict=True):
            _draw_pair(panel, pair, heading, unit)
        path.parent.mkdir(parents=True, exist_ok=True)
        figure.savefig(path, dpi=RESOLUTION, facecolor=BACKGROUND, metadata={"Software": None})
        plt.close(figure)


def _model(results: Results) -> str:
    size = results.settings["input_size"]
    return f"{Path(results.model['weights']).stem} at {size} x {size}"


def _threads(results: Results) -> str:
    count = results.settings["threads"]
    return f"{count} {'thread' if count == 1 else 'threads'}"


def _draw_stages(axes: Any, stages: list[Stages], heading: str) -> None:
    for row, each in enumerate(stages):
        left = 0.0
        ours = each.name.startswith("app")
        for stage, (our_shade, their_shade) in SHADES.items():
            width = getattr(each, stage)
            axes.barh(row, width, left=left, height=0.62, color=our_shade if ours else their_shade)
            left += width
        axes.text(left, row, f"  {each.total:.1f} ms", va="center", fontweight="bold" if ours else "normal")
    names = [each.name.replace("predict on", "Ultralytics predict\non") for each in stages]
    _finish(axes, heading, names, max(each.total for each in stages))
    from matplotlib.patches import Patch

    axes.legend(
        handles=[Patch(color=theirs, label=stage) for stage, (_, theirs) in SHADES.items()],
        loc="upper right",
        bbox_to_anchor=(1, 0.02),  # the empty place below the bars
        ncols=3,
        frameon=False,
        fontsize=9,
        handlelength=1,
    )


def _draw_tasks(axes: Any, tasks: list[tuple[Figure, str]], heading: str) -> None:
    for row, (figure, _) in enumerate(tasks):
        for place, (side, colour) in enumerate(zip(figure.sides, (OURS, THEIRS), strict=True)):
            at = row + (place - 0.5) * ROW
            axes.barh(at, side.value, height=ROW, color=colour)
            weight = "bold" if place == 0 else "normal"
            axes.text(side.value, at, f"  {side.value:.1f} ms", va="center", fontweight=weight, fontsize=8)
    longest = max(side.value for figure, _ in tasks for side in figure.sides)
    _finish(axes, heading, [label for _, label in tasks], longest)
    from matplotlib.patches import Patch

    names = [side.name for side in tasks[0][0].sides]
    handles = [Patch(color=colour, label=name) for name, colour in zip(names, (OURS, THEIRS), strict=True)]
    axes.legend(handles=handles, loc="upper right", frameon=False, fontsize=9, handlelength=1)


def _draw_pair(axes: Any, figure: Figure, heading: str, unit: str) -> None:
    for row, side in enumerate(figure.sides):
        axes.barh(row, side.value, height=0.62, color=OURS if row == 0 else THEIRS)
        weight = "bold" if row == 0 else "normal"
        axes.text(side.value, row, f"  {side.value:.2f} {unit}", va="center", fontweight=weight)
    _finish(axes, heading, [side.name for side in figure.sides], max(side.value for side in figure.sides))


def _finish(axes: Any, heading: str, names: list[str], longest: float) -> None:
    axes.set_title(heading, loc="left", fontsize=11, fontweight="bold")
    axes.set_yticks(range(len(names)), names)
    axes.invert_yaxis()
    axes.set_xlim(0, longest * 1.2)
    axes.set_xticks([])
    axes.tick_params(length=0)
    for side, spine in axes.spines.items():
        spine.set_visible(side == "left")
        spine.set_color(FAINT)
