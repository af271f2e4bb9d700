"""The call of predict that a project's README promises to show what the app shows."""

from pathlib import Path
from typing import Any

import numpy as np

from edgegen.base.quiet import quiet
from edgegen.model.spec import ModelSpec
from edgegen.model.thresholds import Thresholds
from edgegen.parity.authority import CheckpointAuthority
from edgegen.parity.pictures import draw_scene
from edgegen.project.context import Options, shared_context
from edgegen.sources.identify import open_model

CONFIDENCE, IOU, MAX_DET = 0.1, 0.6, 9
OF_MAPS = ("semantic", "depth")


def check_readme_call(model: Path, spec: ModelSpec) -> int:
    """Run the call in the current folder, which is empty, and compare with the authority.

    Return the number of results. model: the checkpoint or the exported file of `spec`.
    """
    from PIL import Image
    from ultralytics.models import YOLO

    keep = (0, 1) if len(spec.class_names) > 2 and spec.task not in OF_MAPS else ()
    options = Options("Birds", "birds", CONFIDENCE, IOU, MAX_DET, keep)
    call = shared_context(spec, options)["predict_call"]
    Path(f"best{model.suffix}").symlink_to(model)
    rgb, _ = draw_scene(spec.input.height * 2, spec.input.width * 3, seed=1)
    Image.fromarray(rgb).save("photo.png")
    with quiet():
        shown = eval(call.replace("photo.jpg", "photo.png"), {"YOLO": YOLO})[0]  # noqa: S307
    expected: Any = CheckpointAuthority(open_model(model), spec).result(
        rgb, Thresholds(CONFIDENCE, IOU, MAX_DET), keep
    )
    if spec.task == "semantic":
        np.testing.assert_array_equal(shown.semantic_mask.data.squeeze(), expected.classes)
        return 1
    if spec.task == "depth":
        np.testing.assert_array_equal(shown.depth.data.squeeze(), expected.depth)
        return 1
    boxes = shown.obb if spec.task == "obb" else shown.boxes
    np.testing.assert_array_equal(boxes.conf, expected.scores)
    np.testing.assert_array_equal(boxes.xyxy, expected.boxes)
    np.testing.assert_array_equal(boxes.cls, expected.class_ids)
    if spec.task == "pose":
        np.testing.assert_array_equal(shown.keypoints.data[..., :2], expected.keypoints[..., :2])
    if spec.task == "segment":
        np.testing.assert_array_equal(shown.masks.data, expected.masks)
    return len(expected)
