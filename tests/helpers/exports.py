"""Fixtures: exports of checkpoints, each made once for all tests."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from edgegen.artifacts.model_reader import load_model_spec
from edgegen.model.spec import ModelSpec
from tests.helpers import detection_heads, labelled, task_heads
from tests.helpers.once import ExportOf, Once
from tests.helpers.places import TINY, checkpoint_of
from tests.helpers.support import edgegen, process


@pytest.fixture(scope="session")
def tiny_checkpoint() -> Path:
    """Return our own checkpoint: three classes of drawn shapes, under 1.5 MB."""
    return TINY


@pytest.fixture(scope="session")
def tiny_export_run(once: Once) -> Path:
    """Return a folder with `exported`, the tiny checkpoint's export, and what `edgegen export` said."""

    def make(folder: Path) -> None:
        home = {"EDGEGEN_HOME": str(folder.with_name(f"{folder.name}-home"))}  # in which nothing was kept yet
        arguments = ("export", "--model", TINY, "--output", "exported", "--json")
        answer = process(*arguments, folder=folder, environment=home).ok()
        (folder / "stdout").write_text(answer.out, encoding="utf-8")
        (folder / "stderr").write_text(answer.err, encoding="utf-8")

    return once("tiny-export", make)


@pytest.fixture(scope="session")
def tiny_export(tiny_export_run: Path) -> Path:
    """Return the tiny checkpoint's export. Not to be written into: all tests share it."""
    return tiny_export_run / "exported"


@pytest.fixture(scope="session")
def export_of(once: Once, request: pytest.FixtureRequest) -> ExportOf:
    """Return a function that exports a checkpoint at a size with a head, once for all tests and targets."""

    def get(checkpoint: Path, imgsz: tuple[int, int], head: str) -> Path:
        height, width = imgsz
        if (checkpoint, imgsz, head) == (TINY, (160, 160), "raw"):  # which are its defaults
            return Path(request.getfixturevalue("tiny_export"))
        options = ("--model", checkpoint, "--imgsz", f"{height},{width}", "--head", head)
        name = f"export-{checkpoint.stem}-{height}x{width}-{head}"
        folder = once(name, lambda folder: edgegen("export", *options, "--output", folder / "export").ok())
        return folder / "export"

    return get


@pytest.fixture(scope="session")
def task_export(export_of: ExportOf) -> Callable[[str], Path]:
    """Return a function that exports a task's tiny checkpoint, once for all tests. Not to be written into."""
    size_and_head = {
        "classify": ((64, 64), "logits"),
        "semantic": ((160, 160), "logits"),
        "depth": ((160, 160), "depth"),
    }
    usual = ((160, 160), "raw")
    return lambda task: export_of(checkpoint_of(task), *size_and_head.get(task, usual))


@pytest.fixture(scope="session")
def web_export(once: Once) -> Path:
    """Return an export of the tiny checkpoint for the web. Not to be written into."""

    def make(folder: Path) -> None:
        edgegen("export", "--model", TINY, "--target", "web", "--output", folder / "export").ok()

    return once("tiny-web-export", make) / "export"


@pytest.fixture(scope="session")
def int8_export(once: Once) -> Path:
    """Return the tiny checkpoint in int8, by drawn pictures with labels. Not to be written into.

    Its limit of the loss is wide: the loss depends on the processor, and at the default limit of 1.0 some
    processors need a layer in float32.
    """

    def make(folder: Path) -> None:
        labelled.write(folder / "drawn", "detect", split="train")
        data = labelled.write(folder / "drawn", "detect")
        options = ("--precision", "int8", "--calibration", data, "--max-loss", 5, "--sensitivity")
        answer = edgegen("export", "--model", TINY, *options, "--output", folder / "export").ok()
        (folder / "stderr").write_text(answer.err, encoding="utf-8")

    return once("tiny-int8", make) / "export"


@pytest.fixture(scope="session")
def head_export(once: Once) -> detection_heads.HeadExport:
    """Return a function that exports a family's random checkpoint, once for all tests."""

    def get(family: str, contract: str) -> tuple[Path, Path]:
        of_task = family in task_heads.HEADS
        checkpoint = (task_heads if of_task else detection_heads).untrained(once, family)
        folder = once(
            f"head-{family}-{contract}", lambda folder: detection_heads.export(folder, checkpoint, contract)
        )
        return checkpoint, folder / "export"

    return get


@pytest.fixture(scope="session")
def trained_yolo26(once: Once, shared_data: Path) -> detection_heads.HeadExport:
    """Return a function that exports the trained YOLO26, once for all tests."""

    def get(name: str, contract: str) -> tuple[Path, Path]:
        checkpoint = shared_data / "weights" / f"{name}.pt"
        folder = once(
            f"trained-{name}-{contract}", lambda folder: detection_heads.export(folder, checkpoint, contract)
        )
        return checkpoint, folder / "export"

    return get


@pytest.fixture
def exported(tiny_export: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a copy of the tiny export of the test's own, named `exported` in the current folder."""
    monkeypatch.chdir(tmp_path)
    return Path(shutil.copytree(tiny_export, tmp_path / "exported")).relative_to(tmp_path)


@pytest.fixture
def no_export(tiny_export: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Let every checkpoint's export be a copy of the tiny one, and return the current folder."""

    def export_checkpoint(_path: Path, output: Path, **_options: object) -> ModelSpec:
        shutil.copytree(tiny_export, output, ignore=shutil.ignore_patterns(".edgegen.yml"))
        return load_model_spec(output / "model.pte", output / "metadata.yaml")

    monkeypatch.setattr("edgegen.export.exporting.export_checkpoint", export_checkpoint)
    monkeypatch.chdir(tmp_path)
    return tmp_path
