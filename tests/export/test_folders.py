"""Folders of `yolo export format=executorch` work unchanged, for every task."""

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from edgegen.artifacts.model_reader import load_model_spec
from edgegen.model.thresholds import Thresholds
from edgegen.parity.authority import FolderAuthority, PteAuthority, authority_for
from edgegen.parity.pictures import draw_scene
from edgegen.parity.vectors import make_vectors
from edgegen.tasks.prepared import prepare
from tests.helpers.projects import build, checked, generate
from tests.helpers.support import count_results

pytestmark = pytest.mark.full

SHAPES = {  # 315 candidates; prototypes have 1/4 of the input's size, maps all of it
    "pose": ("decoded", ((1, 4 + 4 + 17 * 3, 126),)),  # a smaller input than the others'
    "segment": ("decoded", ((1, 4 + 3 + 16, 315), (1, 16, 24, 40))),
    "obb": ("decoded", ((1, 4 + 2 + 1, 315),)),
    "classify": ("probabilities", ((1, 3),)),
    "semantic": ("logits", ((1, 4, 96, 160),)),
    "depth": ("depth", ((1, 1, 96, 160),)),
}
Folder = Callable[[str], Path]


@pytest.mark.parametrize("task", SHAPES)
def test_ultralytics_folder_equals_predict(ultralytics_folder: Folder, tmp_path: Path, task: str) -> None:
    """The contract follows from the shapes; the vectors are made from the folder."""
    folder = ultralytics_folder(task)
    spec = load_model_spec(folder / "model.pte", folder / "metadata.yaml")
    contract, shapes = SHAPES[task]
    assert (spec.task, spec.output.contract, spec.output.shapes) == (task, contract, shapes)
    right, ours = authority_for(spec, None), PteAuthority(spec)
    assert type(right) is FolderAuthority
    shown = 0
    for seed in range(3):
        rgb, _ = draw_scene(97, 131 + 50 * seed, seed=seed)
        np.testing.assert_array_equal(prepare(rgb, spec.input).pixels, right.letterboxed(rgb))
        for thresholds in (Thresholds(0.25), Thresholds(0.02, max_det=7)):
            both = (ours.result(rgb, thresholds), right.result(rgb, thresholds))
            compared = both[0].compare(both[1], thresholds, spec.output)
            assert compared.passed, str(compared)
            shown += len(both[0])
    assert shown > 5
    make_vectors(tmp_path / "vectors", spec, authority=right)
    assert count_results(tmp_path / "vectors") >= 5
    index = json.loads((tmp_path / "vectors" / "index.json").read_text(encoding="utf-8"))
    assert (index["task"], index["contract"], index["source"]) == (task, contract, "executorch")


@pytest.mark.parametrize("task", SHAPES)
def test_linux_project_of_an_ultralytics_folder_passes_parity(
    ultralytics_folder: Folder, tmp_path: Path, task: str
) -> None:
    """The vectors are those that `edgegen verify` makes for such a folder."""
    folder = ultralytics_folder(task)
    spec = load_model_spec(folder / "model.pte", folder / "metadata.yaml")
    make_vectors(tmp_path / "vectors", spec, authority=authority_for(spec, None))
    built = build(generate(tmp_path, folder), "parity")
    report = json.loads(checked([built.parity, "--json", "--vectors", tmp_path / "vectors"], tmp_path))
    assert (report["passed"], report["problems"], report["missing"]) == (True, [], [])
    assert all(stage["compared"] > 0 for stage in report["stages"])
    assert report["detections"] >= 5
