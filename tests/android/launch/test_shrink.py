"""Tests of R8 with the rules of the app and its libraries: names that native code looks up are kept."""

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from edgegen_kits.android import dex, shrink
from edgegen_kits.android.app_build import Built, Project
from edgegen_kits.android.kit import Kit
from edgegen_kits.common.commands import Commands

pytestmark = pytest.mark.full


def test_r8_of_the_own_code_keeps_names_of_manifest_and_layouts_and_has_no_library(
    android_kit: Kit, built: Built, tmp_path: Path
) -> None:
    """The app has the code of all tasks. `test_verify.py` has R8 of an app with its libraries."""
    with Commands() as commands:
        own_code = shrink.shrink_own_code(android_kit, built, tmp_path / "own", commands)
    own = {each.name for data in own_code for each in dex.read(data)}
    assert {f"{built.package}.{name}" for name in ("MainActivity", "SelfCheckActivity", "OverlayView")} <= own
    assert not [name for name in own if name.startswith(("androidx.", "kotlin.", "org.pytorch."))]


def test_r8_without_the_keep_rules_loses_looked_up_names(
    android_kit: Kit, built: Built, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """ExecuTorch's rules are in its library, those for fbjni in the project."""
    kept = Path(shutil.copytree(shrink.HERE / "rules", tmp_path / "kit" / "rules"))
    (kept / "executorch-aar.pro").unlink()
    monkeypatch.setattr(shrink, "HERE", kept.parent)
    rules = (built.project.folder / "app" / "proguard-rules.pro").read_text(encoding="utf-8")
    project = Project(tmp_path / "project")
    (project.folder / "app").mkdir(parents=True)
    without = rules.replace("-keep class com.facebook.jni.** { *; }\n", "")
    assert without != rules
    (project.folder / "app" / "proguard-rules.pro").write_text(without, encoding="utf-8")
    with Commands() as commands:
        left = shrink.shrink(android_kit, replace(built, project=project), tmp_path / "out", commands)
    assert "org.pytorch.executorch.ExecutorchRuntimeException.makeExecutorchException" in left.lost
    assert {"com.facebook.jni.HybridData", "com.facebook.jni.HybridData$Destructor"} <= {*left.lost}
