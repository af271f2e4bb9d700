"""Folders of `yolo export format=executorch` work as they are; other tasks' are with those tasks."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

import detection_heads
from conftest import TINY, Once
from edgegen import tasks
from edgegen.artifacts.model_reader import load_model_spec
from edgegen.model.thresholds import Thresholds
from edgegen.parity.authority import FolderAuthority, PteAuthority, authority_for
from edgegen.parity.pictures import draw_scene
from edgegen.parity.vectors import make_vectors
from projects import build, checked, generate

SIZE = (96, 160)  # not what the tiny checkpoints were trained with, and not square
SHAPES = {  # 315 candidates of that size; prototypes have a quarter of its sides, distances all
    "segment": ("decoded", ((1, 4 + 3 + 16, 315), (1, 16, 24, 40))),
    "obb": ("decoded", ((1, 4 + 2 + 1, 315),)),
    "depth": ("depth", ((1, 1, 96, 160),)),
}


@pytest.fixture(scope="module")
def folder_of(once: Once) -> Callable[[str], Path]:
    """Return a function that lets Ultralytics export a task's tiny checkpoint. Not to be written into."""

    def get(task: str) -> Path:
        def make(folder: Path) -> None:
            shutil.copy(TINY.with_name(f"tiny-{task}.pt"), folder / "tiny.pt")
            detection_heads.export_by_ultralytics(folder / "tiny.pt", SIZE)

        return once(f"ultralytics-{task}", make) / "tiny_executorch_model"

    return get


@pytest.mark.parametrize("task", SHAPES)
def test_a_folder_shows_what_predict_shows_on_it(
    folder_of: Callable[[str], Path], tmp_path: Path, task: str
) -> None:
    """Its contract is told from its shapes; numpy's result is predict's, and vectors are made of it."""
    folder = folder_of(task)
    spec, of_task = load_model_spec(folder / "model.pte", folder / "metadata.yaml"), tasks.find(task)
    contract, shapes = SHAPES[task]
    assert (spec.task, spec.output.contract, spec.output.shapes) == (task, contract, shapes)
    right, ours = authority_for(spec, None), PteAuthority(spec)
    assert type(right) is FolderAuthority
    shown = 0
    for seed in range(3):
        rgb, _ = draw_scene(97, 131 + 50 * seed, seed=seed)
        np.testing.assert_array_equal(of_task.prepare(rgb, spec.input).pixels, right.letterboxed(rgb))
        for thresholds in (Thresholds(0.25), Thresholds(0.02, max_det=7)):
            both = (ours.result(rgb, thresholds), right.result(rgb, thresholds))
            compared = of_task.compare(*both, thresholds, spec.output)
            assert compared.passed, str(compared)
            shown += len(both[0])
    assert shown > 5
    assert make_vectors(tmp_path / "vectors", spec, authority=right).detections >= 5
    index = json.loads((tmp_path / "vectors" / "index.json").read_text(encoding="utf-8"))
    assert (index["task"], index["contract"], index["source"]) == (task, contract, "executorch")


@pytest.mark.parametrize("task", SHAPES)
def test_a_linux_project_of_a_folder_proves_itself(
    folder_of: Callable[[str], Path], tmp_path: Path, task: str
) -> None:
    """Every stage, by the vectors that `edgegen verify` makes of such a folder."""
    folder = folder_of(task)
    spec = load_model_spec(folder / "model.pte", folder / "metadata.yaml")
    make_vectors(tmp_path / "vectors", spec, authority=authority_for(spec, None))
    built = build(generate(tmp_path, folder), "parity")
    report = json.loads(checked([built.parity, "--json", "--vectors", tmp_path / "vectors"], tmp_path))
    assert (report["passed"], report["problems"], report["missing"]) == (True, [], [])
    assert all(stage["compared"] > 0 for stage in report["stages"])
    assert report["detections"] >= 5
