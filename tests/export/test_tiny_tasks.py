"""The tiny checkpoint of every task, exported, shows what Ultralytics' predict shows."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from edgegen import tasks
from edgegen.artifacts.model_reader import load_model_spec
from edgegen.model.thresholds import Thresholds
from edgegen.parity.authority import CheckpointAuthority
from edgegen.parity.pictures import draw_scene, drawn_pictures
from edgegen.runtimes.executorch.runtime import PteProgram
from edgegen.sources.ultralytics.checkpoint import load
from edgegen.tasks.prepared import prepare
from tests.helpers.places import checkpoint_of

OF_BOXES = ("detect", "pose", "obb", "segment")
TASKS = (*OF_BOXES, "classify", "semantic", "depth")
SIZES = ((160, 160), (97, 131), (201, 120), (300, 64))  # height, width of a picture


@pytest.mark.proof("export")
@pytest.mark.parametrize("task", TASKS)
def test_an_export_shows_what_predict_shows(task: str, task_export: Callable[[str], Path]) -> None:
    """The same pixels, outputs within their tolerance, the same results. A shifted output is noticed."""
    export = task_export(task)
    checkpoint = checkpoint_of(task)
    spec, of_task = load_model_spec(export / "model.pte", export / "metadata.yaml"), tasks.find(task)
    program, authority = PteProgram(spec.pte), CheckpointAuthority(load(checkpoint), spec)
    size = (spec.input.height, spec.input.width)
    pictures = [each.rgb for each in drawn_pictures(size)]
    pictures += [draw_scene(*size, seed=seed)[0] for seed, size in enumerate(SIZES)]
    thresholds = Thresholds(0.25)
    shown = 0
    for rgb in pictures:
        given = prepare(rgb, spec.input)
        np.testing.assert_array_equal(given.pixels, authority.letterboxed(rgb))
        outputs, expected = program(given.tensor), authority.outputs(given.tensor)
        assert all(stage.passed for stage in of_task.decoder.compare_outputs(outputs, expected, spec.output))
        shifted = [output + np.float32(0.1) for output in outputs]
        assert not all(
            stage.passed for stage in of_task.decoder.compare_outputs(shifted, expected, spec.output)
        )
        result = of_task.decoder.result(outputs, spec.output, given.plan, thresholds)
        compared = result.compare(authority.result(rgb, thresholds), thresholds, spec.output)
        assert compared.passed, str(compared)
        shown += len(result)
    assert shown > len(pictures) // 2
