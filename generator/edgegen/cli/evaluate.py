"""`edgegen evaluate`: the score of a model on labelled pictures."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from edgegen.base.text import how_many
from edgegen.cli.common import PATH, output_options, print_json, print_table
from edgegen.cli.options import group_of
from edgegen.project.option_table import DESCRIBED

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
@group_of(DESCRIBED)
@output_options
def command(
    model: str, data: Path, split: str, checkpoint: Path | None, as_json: bool, **description: Any
) -> None:
    """Score PyTorch, the .pte, an ONNX model and a project's compiled app on the same labelled pictures.

    mAP counts the best class of each box, at scores from 0.001, IoU 0.7 and 300 boxes. Rows "by yolo val"
    count all classes of a box, like `yolo val rect=False`. A classifier gets top-1 and top-5.
    """
    from edgegen.base.progress import on_stderr
    from edgegen.commands.evaluate import evaluate
    from edgegen.commands.request import ExportRequest

    with on_stderr() as progress:
        evaluation = evaluate(
            ExportRequest(model, **description),
            data=data,
            split=split,
            checkpoint=checkpoint,
            progress=progress,
        )
    if as_json:
        print_json(evaluation.to_json())
    else:
        _print(evaluation)


def _print(evaluation: "Evaluation") -> None:
    from edgegen.commands.evaluate import unique_name

    runs, of = evaluation.runs, f"of {evaluation.data}, split {evaluation.split}"
    pictures = how_many(evaluation.images, "picture")
    if runs[0].top is not None:
        print_table(
            ("", "top 1", "top 5"), [(run.name, *(f"{share:.3f}" for share in run.top or ())) for run in runs]
        )
        click.echo(f"\n{pictures} {of}")
        return
    for kind in runs[0].scores:
        scores = [run.scores[kind] for run in runs]
        yolo_val = [run.yolo_val.get(kind) for run in runs]
        rows = [("mAP50", *(f"{score.map50:.3f}" for score in scores))]
        rows.append(("mAP50-95", *(f"{score.map50_95:.3f}" for score in scores)))
        for number in sorted(scores[0].classes):
            values = (f"{score.classes.get(number, 0):.3f}" for score in scores)
            rows.append((f"  {unique_name(evaluation.class_names, number)}", *values))
        if any(yolo_val):
            rows += [
                ("mAP50 by yolo val", *(f"{each.map50:.3f}" if each else "-" for each in yolo_val)),
                ("mAP50-95 by yolo val", *(f"{each.map50_95:.3f}" if each else "-" for each in yolo_val)),
            ]
        print_table((kind, *(run.name for run in runs)), rows)
        click.echo()
    click.echo(f"{how_many(evaluation.labels, 'label')} in {pictures} {of}")
    if evaluation.without_labels:
        without = how_many(evaluation.without_labels, "picture")
        click.echo(f"{without} without labels, where every detection is wrong")
    for run in runs:
        if run.thresholds != runs[0].thresholds:
            click.echo(
                f"{run.name} shows scores above {run.thresholds.confidence:g} only: its curve is cut off"
            )
