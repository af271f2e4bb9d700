"""Apps of folders that Ultralytics exported: `edgegen verify` of an Android one, and iOS's bridge.

`export/test_folders.py` has every task in Python and C++; the way from such a folder's metadata to Kotlin
and Objective-C++ is the same for all.
"""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

import android_projects
import ios_projects
from edgegen.artifacts.model_reader import load_model_spec
from edgegen.kits.android.kit import Kit
from edgegen.kits.ios.kit import Kit as IosKit
from edgegen.parity.authority import authority_for
from edgegen.parity.vectors import make_vectors
from ios_bridge.calls import build
from support import edgegen

Folder = Callable[[str], Path]

OWN = {"raw", "decode", "nms", "boxes", "mask proof", "masks", "app", "app masks", "description"}


@pytest.mark.xdist_group("jvm")
def test_an_android_app_shows_what_predict_shows_on_its_folder(
    android_kit: Kit, ultralytics_folder: Folder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Masks, launched: the golden vectors that the project lacks are made, every stage is compared."""
    android_projects.leave_out_what_models_share(monkeypatch)
    made = android_projects.generate(tmp_path, ultralytics_folder("segment"))
    report = json.loads(edgegen("verify", made, "--json").ok().out)
    stages = {stage["name"]: stage for stage in report["stages"]}
    assert set(stages) >= OWN
    assert all(stage["passed"] and stage["compared"] for stage in stages.values())
    assert (report["problems"], report["detections"] > 5) == ([], True)


@pytest.mark.xdist_group("ios")
@pytest.mark.parametrize("task", ["segment", "classify"])
def test_the_bridge_shows_what_predict_shows_on_its_folder(
    ios_kit: IosKit, ultralytics_folder: Folder, tmp_path: Path, task: str
) -> None:
    """Its self-check, over vectors that say what predict shows: each stage was compared, and passed."""
    folder = ultralytics_folder(task)
    project = ios_projects.generate(tmp_path, folder)
    spec = load_model_spec(folder / "model.pte", folder / "metadata.yaml")
    made = make_vectors(tmp_path / "vectors", spec, authority=authority_for(spec, None))
    assert made.detections >= 5
    ios_projects.begun(ios_kit, "bridge", tmp_path / "out")
    bridge = build(project, tmp_path / "out")
    info, report = bridge.run(
        {"call": "model_info"}, {**bridge.self_check(), "vectors": str(tmp_path / "vectors")}
    )
    assert info["contract"] == spec.output.contract
    assert report["passed"], report
    assert all(stage["compared"] for stage in report["stages"])
    assert {"raw", "masks" if task == "segment" else "classes"} <= {each["name"] for each in report["stages"]}
