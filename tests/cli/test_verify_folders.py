"""`edgegen verify` of an Android app made from a folder that Ultralytics exported.

`export/test_folders.py` tests every task in Python and C++, `ios/bridge/test_folders.py` in Objective-C++,
and `kotlin/test_task_vectors.py` in Kotlin.
"""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from edgegen_kits.android.kit import Kit
from tests.helpers import android_projects
from tests.helpers.support import edgegen

pytestmark = pytest.mark.nightly

Folder = Callable[[str], Path]

OWN = {"raw", "decode", "nms", "boxes", "mask proof", "masks", "app", "app masks", "description"}


def test_android_app_of_an_ultralytics_segment_export_passes_verify(
    android_kit: Kit, ultralytics_folder: Folder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The project lacks golden vectors, so verify makes them. Every stage is compared."""
    android_projects.leave_out_what_models_share(monkeypatch)
    made = android_projects.generate(tmp_path, ultralytics_folder("segment"))
    report = json.loads(edgegen("verify", made, "--json").ok().out)
    stages = {stage["name"]: stage for stage in report["stages"]}
    assert set(stages) >= OWN
    assert all(stage["passed"] and stage["compared"] for stage in stages.values())
    assert (report["problems"], report["detections"] > 5) == ([], True)
