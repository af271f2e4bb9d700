"""Fixtures: projects of the tiny checkpoints, each made once for all tests, and the kits that check them."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from edgegen_kits.android.kit import Kit, locate_kit
from edgegen_kits.android.tools import TOOLS
from edgegen_kits.ios.kit import Kit as IosKit
from edgegen_kits.ios.kit import locate_kit as locate_ios_kit
from edgegen_kits.ios.tools import TOOLS as IOS_TOOLS
from tests.helpers import android_projects, ios_projects, labelled, projects
from tests.helpers.once import Once
from tests.helpers.places import TINY
from tests.helpers.support import edgegen, process
from tests.helpers.tools import need


@pytest.fixture(scope="session")
def int8_projects(once: Once) -> Path:
    """Return a project of each target of the tiny checkpoint, whose model takes and gives int8; to copy.

    The limit of the loss is wide, as in `int8_export`.
    """

    def make(folder: Path) -> None:
        labelled.write(folder / "drawn", "detect", split="train")
        data = labelled.write(folder / "drawn", "detect")
        options = ("--precision", "int8", "--calibration", data, "--max-loss", 5)
        output = ("--output", folder / "made")
        edgegen("new", "--model", TINY, "--target", "all", "--app", "studio", *options, *output).ok()

    return once("tiny-int8-projects", make) / "made"


@pytest.fixture(scope="session")
def tiny_project_run(once: Once) -> Path:
    """Return a folder in which `edgegen new` made `birds-linux-cpp` of a checkpoint, and what it said.

    The checkpoint is the tiny one, where Ultralytics' training would have put it.
    """

    def make(folder: Path) -> None:
        checkpoint = Path("runs/detect/birds/weights/best.pt")
        (folder / checkpoint).parent.mkdir(parents=True)
        shutil.copy(TINY, folder / checkpoint)
        home = {"EDGEGEN_HOME": str(folder.with_name(f"{folder.name}-home"))}  # in which nothing was kept yet
        arguments = ("new", "--model", checkpoint, "--target", "linux-cpp", "--json")
        answer = process(*arguments, folder=folder, environment=home).ok()
        (folder / "stdout").write_text(answer.out, encoding="utf-8")
        (folder / "stderr").write_text(answer.err, encoding="utf-8")

    return once("tiny-project", make)


@pytest.fixture(scope="session")
def tiny_linux(once: Once, tiny_export: Path) -> Path:
    """Return a linux-cpp project of the tiny export, with its raw head. To be built, and not changed."""

    def make(folder: Path) -> None:
        projects.generate(folder, tiny_export)

    return once("tiny-linux", make) / "project"


@pytest.fixture(scope="session")
def tiny_android(once: Once, tiny_export: Path) -> Path:
    """Return an Android project of the tiny export. Not to be written into: all tests share it."""
    return once("tiny-android", lambda folder: android_projects.generate(folder, tiny_export)) / "project"


@pytest.fixture(scope="session")
def ios_of(once: Once, task_export: Callable[[str], Path]) -> Callable[[str], Path]:
    """Return a function that gives the iOS project of a task's tiny checkpoint. Not to be written into."""

    def get(task: str) -> Path:
        made = once(f"ios-{task}", lambda folder: ios_projects.generate(folder, task_export(task)))
        return made / "project"

    return get


@pytest.fixture(scope="session")
def tiny_ios(ios_of: Callable[[str], Path]) -> Path:
    """Return the iOS project of the tiny detector. Not to be written into: all tests share it."""
    return ios_of("detect")


@pytest.fixture(scope="session")
def android_kit() -> Kit:
    """Return the Android kit of $EDGEGEN_HOME, or skip."""
    need(TOOLS)
    return locate_kit()


@pytest.fixture(scope="session")
def ios_kit() -> IosKit:
    """Return the iOS kit of $EDGEGEN_HOME, or skip."""
    need(IOS_TOOLS)
    return locate_ios_kit()
