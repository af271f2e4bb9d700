"""Segmentation and oriented-box models export, run whole in XNNPACK, and show what predict shows."""

import pytest

from detection_heads import SIZE, HeadExport
from edgegen import tasks
from edgegen.artifacts.model_reader import load_model_spec
from edgegen.commands.inspect import inspect_model
from edgegen.model.thresholds import Thresholds
from edgegen.parity.authority import CheckpointAuthority
from edgegen.parity.pictures import draw_scene, drawn_pictures
from edgegen.reference import letterbox, plan_letterbox, to_tensor
from edgegen.runtimes.executorch.program import PteProgram
from edgegen.sources.ultralytics.checkpoint import load


@pytest.mark.parametrize(
    ("family", "contract", "task"),
    [
        ("yolo11n-seg", "raw", "segment"),
        ("yolo26n-seg", "decoded", "segment"),
        ("yolo11n-obb", "raw", "obb"),
        ("yolo26n-obb", "end2end", "obb"),
    ],
)
def test_a_family_shows_what_predict_shows(
    head_export: HeadExport, family: str, contract: str, task: str
) -> None:
    """Raw heads are one subgraph and nothing outside it; outputs and what is shown are PyTorch's."""
    checkpoint, folder = head_export(family, contract)
    facts = inspect_model(str(folder))
    (method,) = facts["methods"]
    assert method["backends"] == {"XnnpackBackend": 1} or contract == "decoded"
    assert method["operators"] == {} or contract == "decoded"
    assert (facts["task"], facts["contract"]) == (task, contract)

    spec, of_task = load_model_spec(folder / "model.pte", folder / "metadata.yaml"), tasks.find(task)
    program, authority = PteProgram(spec.pte), CheckpointAuthority(load(checkpoint), spec)
    shown = 0
    pictures = [each.rgb for each in drawn_pictures(SIZE)] + [draw_scene(*SIZE, seed=s)[0] for s in range(2)]
    for rgb in pictures:
        tensor = to_tensor(letterbox(rgb, SIZE), spec.input)
        outputs = program(tensor)
        for stage in of_task.compare_outputs(outputs, authority.outputs(tensor), spec.output):
            assert stage.passed, stage
        for thresholds in (Thresholds(0.25), Thresholds(0.05, max_det=20)):
            plan = plan_letterbox(rgb.shape[:2], SIZE)
            ours = of_task.result(outputs, spec.output, plan, thresholds)
            compared = of_task.compare(ours, authority.result(rgb, thresholds), thresholds, spec.output)
            assert compared.passed, str(compared)
            shown += len(ours)
    assert shown > 20
