"""`edgegen evaluate`: the score of a model on labelled pictures."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from edgegen.base.naming import how_many
from edgegen.cli.common import PATH, json_option, plain_console, print_json, verbose_option

if TYPE_CHECKING:
    from edgegen.commands.evaluate import Evaluation


@click.command("evaluate", short_help="Score a model or a project on labelled pictures.")
@click.argument("model", metavar="PROJECT|MODEL")
@click.option(
    "--data",
    type=PATH,
    required=True,
    help="The data.yaml of the training; for a classifier, the folder with train/ and val/.",
)
@click.option(
    "--split",
    type=click.Choice(("train", "val", "test")),
    default="val",
    show_default=True,
    help="The split to score.",
)
@click.option(
    "--model",
    "checkpoint",
    type=PATH,
    help="The checkpoint of an export or a project, for PyTorch's own score.",
)
@json_option
@verbose_option
def command(model: str, data: Path, split: str, checkpoint: Path | None, as_json: bool) -> None:
    """Score PyTorch, the .pte and a project's compiled app on the same labelled pictures.

    mAP counts the best class of each box, at scores from 0.001, IoU 0.7 and 300 boxes. The rows "by yolo val"
    equal `yolo val rect=False` on the checkpoint, which counts all classes of a box. A classifier gets top-1
    and top-5.
    """
    from edgegen.base.progress import on_stderr
    from edgegen.commands.evaluate import evaluate

    with on_stderr() as progress:
        evaluation = evaluate(model, data=data, split=split, checkpoint=checkpoint, progress=progress)
    if as_json:
        print_json(evaluation.to_json())
    else:
        _print_table(evaluation)


def _print_table(evaluation: "Evaluation") -> None:
    from rich.table import Table

    from edgegen.commands.evaluate import unique_name

    console, pictures = plain_console(), how_many(evaluation.images, "picture")
    if evaluation.runs[0].top is not None:
        table = Table("", "top 1", "top 5", box=None, pad_edge=False)
        for run in evaluation.runs:
            table.add_row(run.name, *(f"{share:.3f}" for share in run.top or ()))
        console.print(table)
        console.print(f"\n{pictures} of {evaluation.data}, split {evaluation.split}")
        return
    for kind in evaluation.runs[0].scores:
        table = Table(kind, *(run.name for run in evaluation.runs), box=None, pad_edge=False)
        scores = [run.scores[kind] for run in evaluation.runs]
        table.add_row("mAP50", *(f"{score.map50:.3f}" for score in scores))
        table.add_row("mAP50-95", *(f"{score.map50_95:.3f}" for score in scores))
        for number in sorted(scores[0].classes):
            values = (f"{score.classes.get(number, 0):.3f}" for score in scores)
            table.add_row(f"  {unique_name(evaluation.class_names, number)}", *values)
        yolo_val = [run.yolo_val.get(kind) for run in evaluation.runs]
        if any(yolo_val):
            table.add_row("mAP50 by yolo val", *(f"{each.map50:.3f}" if each else "-" for each in yolo_val))
            table.add_row(
                "mAP50-95 by yolo val", *(f"{each.map50_95:.3f}" if each else "-" for each in yolo_val)
            )
        console.print(table)
        console.print("")
    labels = how_many(evaluation.labels, "label")
    console.print(f"{labels} in {pictures} of {evaluation.data}, split {evaluation.split}")
    if evaluation.without_labels:
        without = how_many(evaluation.without_labels, "picture")
        console.print(f"{without} without labels, where every detection is wrong")
    for run in evaluation.runs:
        if run.thresholds != evaluation.runs[0].thresholds:
            console.print(
                f"{run.name} shows scores above {run.thresholds.confidence:g} only: its curve is cut off"
            )
