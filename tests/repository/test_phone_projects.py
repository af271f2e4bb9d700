"""Scripts of the workflow that builds generated phone projects with the real Gradle and Xcode."""

import importlib.util
import subprocess
import sys
import tarfile
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import yaml

from tests.helpers.places import ROOT

WORKFLOW = """
jobs:
  build:
    steps:
      - uses: actions/checkout@v5
      - name: It's chosen
        run: |
          echo "DEVICE=an id" | sed 's/an id/it/' >> "$GITHUB_ENV"
      - name: Used
        run: echo "$DEVICE"; pwd; false; echo not reached
      - name: Not reached
        run: echo not reached
  emulator:
    steps:
      - name: Inside
        uses: emulator@v1
        with: {script: ./gradlew tests}
"""


@pytest.fixture(scope="module")
def phone_projects() -> ModuleType:
    """Return scripts/phone_projects.py as a module."""
    spec = importlib.util.spec_from_file_location("phone_projects", ROOT / "scripts" / "phone_projects.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def project_with(workflow: str, folder: Path) -> Path:
    """Return a project that has a workflow only."""
    project = folder / "my app"
    (project / ".github" / "workflows").mkdir(parents=True)
    (project / ".github" / "workflows" / "any.yml").write_text(workflow)
    return project


def test_steps_of_a_workflow_run_as_a_script_until_one_fails(
    phone_projects: ModuleType, tmp_path: Path
) -> None:
    """In the project's folder, with the variables of the steps before."""
    project = project_with(WORKFLOW, tmp_path)
    scripts = dict(phone_projects.scripts(project))
    assert list(scripts) == ["my app-build.sh", "my app-emulator.sh", "my app-emulator-inside.sh"]
    assert "./gradlew tests" in scripts["my app-emulator-inside.sh"]
    (tmp_path / "build.sh").write_text(scripts["my app-build.sh"])
    ran = subprocess.run(
        ["bash", str(tmp_path / "build.sh")], capture_output=True, text=True, check=False, cwd=ROOT
    )
    assert ran.returncode == 1
    groups = ["::group::It's chosen", "::endgroup::", "::group::Used"]
    assert ran.stdout.splitlines() == [*groups, "it", str(project)]


@pytest.mark.parametrize("step", [{"run": "echo ${{ matrix.x }}"}, {"run": "pwd", "env": {"A": "b"}}])
def test_step_with_an_expression_is_rejected(
    phone_projects: ModuleType, tmp_path: Path, step: dict[str, Any]
) -> None:
    """The script could not run it as GitHub does."""
    project = project_with(yaml.safe_dump({"jobs": {"a": {"steps": [{"name": "x", **step}]}}}), tmp_path)
    with pytest.raises(SystemExit, match="a step of its workflow has expressions or variables"):
        list(phone_projects.scripts(project))


@pytest.mark.full
def test_phone_projects_are_two_apps_for_two_systems(tiny_export: Path, tmp_path: Path) -> None:
    """With the scripts of their workflows, in an archive that keeps the mode of gradlew."""
    folder = tmp_path / "projects"
    command = [sys.executable, str(ROOT / "scripts" / "phone_projects.py"), str(tiny_export), str(folder)]
    subprocess.run(command, check=True, capture_output=True)
    names = {
        *("android-starter", "android-studio", "ios-starter", "ios-studio"),
        *(f"android-{app}-{job}.sh" for app in ("starter", "studio") for job in ("build", "emulator")),
        *(f"android-{app}-emulator-inside.sh" for app in ("starter", "studio")),
        *(f"ios-{app}-build.sh" for app in ("starter", "studio")),
    }
    assert {path.name for path in folder.iterdir()} == names
    for script in folder.glob("*.sh"):
        subprocess.run(["bash", "-n", str(script)], check=True)
    with tarfile.open(tmp_path / "projects.tar.gz") as tar:
        assert tar.getmember("projects/android-studio/gradlew").mode & 0o111 == 0o111
        assert tar.getmember("projects/ios-starter/.edgegen.yml").isfile()


# --- 16 KB ---


@pytest.fixture
def android_sdk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a project's folder of APKs. The newest zipalign accepts files that begin with `aligned`."""
    rules = {"9.0.0": "false", "35.0.0": 'test "$1 $2 $3 $4" = "-c -P 16 4" && grep -q ^aligned "$5"'}
    for version, rule in rules.items():
        tools = tmp_path / "sdk" / "build-tools" / version
        tools.mkdir(parents=True)
        (tools / "zipalign").write_text(f"#!/bin/sh\n{rule}\n")
        (tools / "zipalign").chmod(0o755)
    monkeypatch.setenv("ANDROID_HOME", str(tmp_path / "sdk"))
    output = tmp_path / "project" / "app" / "build" / "outputs" / "apk" / "debug"
    output.mkdir(parents=True)
    return output


def check_alignment(project: Path) -> tuple[int, str]:
    """Run the script and return its exit code and what it printed."""
    command = [str(ROOT / "scripts" / "check_alignment"), str(project)]
    ran = subprocess.run(command, capture_output=True, text=True, check=False)
    return ran.returncode, ran.stdout + ran.stderr


def test_alignment_of_every_apk_is_checked_with_a_fake_zipalign(android_sdk: Path, tmp_path: Path) -> None:
    project = tmp_path / "project"
    assert check_alignment(project) == (1, f"check_alignment: {project} has no APK; build it first\n")
    (android_sdk / "a b.apk").write_text("aligned")
    assert check_alignment(project) == (0, f"{android_sdk}/a b.apk: 16 KB\n")
    (android_sdk / "bad.apk").write_text("not aligned")
    code, said = check_alignment(project)
    assert code == 1
    assert f"check_alignment: {android_sdk}/bad.apk is not aligned to 16 KB" in said
