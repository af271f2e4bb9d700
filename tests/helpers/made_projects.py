"""Fixtures: projects of the tiny checkpoint, each made once for all tests, but those of phones alone."""

import shutil
from pathlib import Path

import pytest

from tests.helpers import labelled, projects
from tests.helpers.once import Once
from tests.helpers.places import TINY
from tests.helpers.support import edgegen, process


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
