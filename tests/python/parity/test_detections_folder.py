"""An Ultralytics folder whose model selects its boxes itself: `end2end: true`."""

import json
from pathlib import Path

import numpy as np
import pytest

from edgegen.artifacts.model_reader import load_model_spec
from edgegen.commands.inspect import inspect_model
from edgegen.model.spec import OutputSpec
from edgegen.model.thresholds import Thresholds
from edgegen.parity.authority import FolderAuthority, PteAuthority, authority_for
from edgegen.parity.pictures import draw_scene
from edgegen.parity.vectors import make_vectors
from edgegen.tasks.detect.result import compare_boxes
from tests.helpers.detection_heads import CLASSES, SIZE
from tests.helpers.support import count_results, metadata_of

pytestmark = pytest.mark.full


def test_reference_equals_predict_for_an_end2end_ultralytics_folder(
    ultralytics_detections: Path, tmp_path: Path
) -> None:
    """The vectors are made from the folder."""
    assert metadata_of(ultralytics_detections)["end2end"] is True
    spec = load_model_spec(ultralytics_detections / "model.pte", ultralytics_detections / "metadata.yaml")
    cells = sum(SIZE[0] * SIZE[1] // stride**2 for stride in (8, 16, 32))
    assert spec.output == OutputSpec("detections", ((1, cells, 6),), classes=CLASSES)
    facts = inspect_model(str(ultralytics_detections))
    assert (facts["contract"], facts["branch"]) == ("detections", "one-to-one")
    assert facts["returns"] == "the boxes to show, selected by the model itself"

    right, ours = authority_for(spec, None), PteAuthority(spec)
    assert type(right) is FolderAuthority
    shown = 0
    for seed in range(6):
        rgb, _ = draw_scene(97, 131, seed=seed)
        for thresholds in (Thresholds(0.25), Thresholds(0.02, max_det=7), Thresholds(0.1)):
            expected, found = right.result(rgb, thresholds), ours.result(rgb, thresholds)
            assert compare_boxes(found, expected, thresholds, spec.output).passed
            np.testing.assert_allclose(found.scores, expected.scores, rtol=0, atol=1e-6)
            shown += len(expected)
    assert shown > 60
    make_vectors(tmp_path / "vectors", spec, authority=right)
    assert count_results(tmp_path / "vectors") > 3
    index = json.loads((tmp_path / "vectors" / "index.json").read_text(encoding="utf-8"))
    assert (index["contract"], index["source"]) == ("detections", "executorch")
