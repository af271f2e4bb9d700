"""Fixtures of the Linux tests."""

import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import yaml

from tests.helpers.once import Once
from tests.helpers.projects import generate, of_task
from tests.helpers.tools import missing

POINTS = ["top", "right \u201cend\u201d", "left", "middle"]  # of the pose project's metadata


@pytest.fixture
def without_gstreamer_plugins(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Hide the machine's plugins. With some of them, OpenCV waits for a camera whose plugin is missing."""
    monkeypatch.setenv("GST_PLUGIN_SYSTEM_PATH_1_0", str(tmp_path))
    monkeypatch.setenv("GST_REGISTRY_1_0", str(tmp_path / "gstreamer.bin"))


@pytest.fixture
def display() -> Iterator[str]:
    """Return the name of a virtual screen."""
    for tool in ("Xvfb", "xdotool"):
        if shutil.which(tool) is None:
            missing(tool)
    read, write = os.pipe()
    # -noreset: otherwise the end of a screenshot, a client too, resets the screen while the app connects.
    # -r: otherwise a key is repeated if a busy machine releases it late.
    screen = ["-screen", "0", "700x600x24", "-nolisten", "tcp", "-noreset", "-r"]
    with subprocess.Popen(
        ["Xvfb", "-displayfd", str(write), *screen], pass_fds=[write], stderr=subprocess.DEVNULL
    ) as server:
        os.close(write)
        try:
            with os.fdopen(read) as said:
                yield f":{said.readline().strip()}"
        finally:
            server.terminate()


@pytest.fixture(scope="session")
def studio_project(once: Once, task_export: Callable[[str], Path], tiny_linux: Path) -> Callable[[str], Path]:
    """Return a function that gives a task's studio project, made once for all tests. To be built only."""

    def get(task: str) -> Path:
        if task == "detect":
            return tiny_linux
        export = task_export(task)
        if task == "pose":
            export = once("named-points", lambda folder: _name_points(task_export(task), folder)) / "export"
        return of_task(once, task, export)

    return get


@pytest.fixture(scope="session")
def starter_project(once: Once, task_export: Callable[[str], Path]) -> Callable[[str], Path]:
    """Return a function that gives a task's starter project, made once for all tests. To be built only."""

    def get(task: str) -> Path:
        export = task_export(task)
        return once(f"starter-{task}", lambda folder: generate(folder, export, app="starter")) / "project"

    return get


def _name_points(export: Path, folder: Path) -> None:
    """Add names of the keypoints to the model's metadata, as Ultralytics' checkpoints may have them."""
    metadata = shutil.copytree(export, folder / "export") / "metadata.yaml"
    said = yaml.safe_load(metadata.read_text(encoding="utf-8"))
    said["kpt_names"] = dict.fromkeys(said["names"], POINTS)
    metadata.write_text(yaml.safe_dump(said, allow_unicode=True, sort_keys=False), encoding="utf-8")
