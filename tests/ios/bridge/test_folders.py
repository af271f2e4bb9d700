"""Tests of the bridge with a model folder that Ultralytics exported.

Tasks with boxes, and with a value for every pixel. tests/export/test_folders.py has all tasks: a linux-cpp
project has the same core.
"""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from edgegen.artifacts.model_reader import load_model_spec
from edgegen.parity.authority import authority_for
from edgegen.parity.vectors import make_vectors
from tests.helpers import ios_projects
from tests.helpers.support import count_results
from tests.ios.bridge.calls import BridgeOf, build

pytestmark = pytest.mark.full

# One stage of each task, compared with predict's own results.
STAGES = {"segment": "masks", "depth": "depth"}


@pytest.mark.parametrize("task", STAGES)
def test_bridge_of_an_ultralytics_folder_matches_ultralytics_predict(
    bridge_of: BridgeOf, ultralytics_folder: Callable[[str], Path], tmp_path: Path, task: str
) -> None:
    """The self-check compares each stage with vectors made by Ultralytics' predict."""
    folder = ultralytics_folder(task)
    project = ios_projects.generate(tmp_path, folder)
    spec = load_model_spec(folder / "model.pte", folder / "metadata.yaml")
    make_vectors(tmp_path / "vectors", spec, authority=authority_for(spec, None))
    assert count_results(tmp_path / "vectors") >= 5
    # Files that both projects of the task share are not compiled again.
    out = Path(shutil.copytree(Path(bridge_of(task).program).parents[1], tmp_path / "out"))
    bridge = build(project, out)
    info, report = bridge.run(
        {"call": "model_info"}, {**bridge.self_check(), "vectors": str(tmp_path / "vectors")}
    )
    assert info["contract"] == spec.output.contract
    assert report["passed"], report
    assert all(stage["compared"] for stage in report["stages"])
    assert {"raw", STAGES[task]} <= {each["name"] for each in report["stages"]}
