"""Fixtures: folders and files that Ultralytics' own exporter made, each once for all tests."""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.helpers import detection_heads, task_heads
from tests.helpers.once import Once
from tests.helpers.places import TINY, checkpoint_of
from tests.helpers.ultralytics_files import export_file


@pytest.fixture(scope="session")
def ultralytics_export(once: Once) -> Path:
    """Return what Ultralytics' own exporter made of the tiny checkpoint. Not to be written into."""

    def make(folder: Path) -> None:
        shutil.copy(TINY, folder / "birds.pt")
        detection_heads.export_by_ultralytics(folder / "birds.pt")

    return once("ultralytics-export", make) / "birds_executorch_model"


@pytest.fixture(scope="session")
def ultralytics_detections(once: Once) -> Path:
    """Return an Ultralytics folder of a YOLO26 that chooses its boxes itself. Not to be written into."""

    def make(folder: Path) -> None:
        checkpoint = detection_heads.untrained(once, "yolo26n")
        detection_heads.keep_one_to_one(checkpoint, folder / "birds.pt")
        detection_heads.export_by_ultralytics(folder / "birds.pt", detection_heads.SIZE)

    return once("ultralytics-detections", make) / "birds_executorch_model"


@pytest.fixture(scope="session")
def ultralytics_poses(once: Once) -> Path:
    """Return Ultralytics' own folders of a YOLO26 pose model: `decoded`, and one that chooses itself."""

    def make(folder: Path) -> None:
        checkpoint = task_heads.untrained(once, "yolo26n-pose")
        shutil.copy(checkpoint, folder / "decoded.pt")
        detection_heads.keep_one_to_one(checkpoint, folder / "detections.pt")
        checkpoints = [folder / f"{name}.pt" for name in ("decoded", "detections")]
        detection_heads.export_poses_by_ultralytics(checkpoints, detection_heads.SIZE)

    return once("ultralytics-poses", make)


@pytest.fixture(scope="session")
def ultralytics_folder(once: Once, request: pytest.FixtureRequest) -> Callable[[str], Path]:
    """Return a function that gives a folder that Ultralytics exported of a task. Not to be written into.

    But for poses it is of the task's tiny checkpoint, not at the size it was trained with, nor square where
    Ultralytics lets it be otherwise.
    """

    def get(task: str) -> Path:
        if task == "pose":
            return Path(request.getfixturevalue("ultralytics_poses")) / "decoded_executorch_model"

        def make(folder: Path) -> None:
            shutil.copy(checkpoint_of(task), folder / "tiny.pt")
            size = (64, 64) if task == "classify" else (96, 160)
            detection_heads.export_by_ultralytics(folder / "tiny.pt", size)

        return once(f"ultralytics-{task}", make) / "tiny_executorch_model"

    return get


@pytest.fixture(scope="session")
def ultralytics_file(once: Once) -> Callable[..., Path]:
    """Return a function that lets Ultralytics export a checkpoint to a format, once for all tests."""

    def get(name: str, checkpoint: Path, form: str, **options: Any) -> Path:
        made = once(
            f"ultralytics-{form}-{name}",
            lambda folder: export_file(checkpoint, folder / f"birds.{form}", **options),
        )
        return made / f"birds.{form}"

    return get
