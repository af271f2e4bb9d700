"""What many tests share: the tiny checkpoint, real weights and photos where they are, projects made once."""

import os

# Each of several processes has a core of its own. Where torch's threads are more than the cores, they
# wait for each other, spinning: up to a third of the time. To be set before anything imports torch.
if "PYTEST_XDIST_WORKER" in os.environ:
    os.environ.setdefault("OMP_NUM_THREADS", "1")

import shutil
import signal
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import hypothesis
import pytest
from filelock import FileLock

import detection_heads
import ios_projects
import projects
import task_heads
import warm_jvms
from edgegen.base import interruption
from edgegen.base.tools import Tool
from edgegen.kits.android.kit import Kit, installed
from edgegen.kits.android.tools import TOOLS
from edgegen.kits.ios.kit import Kit as IosKit
from edgegen.kits.ios.kit import installed as installed_ios_kit
from edgegen.kits.ios.tools import TOOLS as IOS_TOOLS
from support import edgegen, process

ROOT = Path(__file__).resolve().parents[1]
TINY = ROOT / "tests" / "tiny" / "tiny.pt"
SHARED = ROOT.parent / "shared" / "data"

# What takes longest begins first, so that no process waits at the end: parts of places below tests/, in the
# order of CPU seconds, but for the app for iOS: what it compiles is taken up by all that comes after it.
LONGEST = (
    "commands/test_verify_android",
    "commands/test_benchmark",
    "commands/test_verify_ios",
    "android_launch/",
    "export/test_families",
    "export/test_others",
    "core/test_several_models",
    "targets/test_linux_cpp",  # and those of the tasks
    "test_app_parity",
    "test_readme",
    "test_updating",
    "commands/test_update_",
    "test_benchmarks",
    "android_core/",
    "commands/test_verify",
    "ios_bridge/",
    "core/",
    "export/",
    "kits/",
    "project/",
)
# Their tests build a project each: two processes take them in turns. Of every other file that shares what was
# made once, all tests stay in one process: meanwhile the other has something else to do than to wait.
APART = {"test_app_parity", "test_linux_cpp", "test_readme"}
TOGETHER = {  # files that share more than others
    "test_several_models": "heads",
    "test_families": "heads",
    "test_others": "heads of other tasks",
    "test_pose": "heads of other tasks",
}

# Tests that take long though they share nothing.
SLOW = {
    "test_build",
    "test_checkpoint",
    "test_export",
    "test_families",
    "test_opening",
    "test_template",
    "test_update_proof",
    "test_updating",
    "test_wheel",
}

# Everywhere as in CI: the same examples each time, and no deadline, which a busy machine would miss.
hypothesis.settings.load_profile("ci")

Once = Callable[[str, Callable[[Path], Any]], Path]
ExportOf = Callable[[Path, tuple[int, int], str], Path]  # checkpoint, height and width, head -> a folder


if hasattr(signal, "SIGHUP"):
    signal.signal(signal.SIGHUP, signal.SIG_DFL)  # nohup ignores it, and so would everything started here
if signal.getsignal(signal.SIGINT) == signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)  # as it is for a script's background job


@pytest.hookimpl(tryfirst=True)  # xdist reads the groups
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what waits for an export, a build or a kit: `make check` leaves it out. Share the work out."""
    for item in items:
        fixtures = set(getattr(item, "fixturenames", ()))
        stem = item.path.stem
        if fixtures & {"once", "android_kit", "ios_kit", "shared_data"} or stem in SLOW:
            item.add_marker(pytest.mark.slow)
            if stem not in APART and item.get_closest_marker("xdist_group") is None:
                item.add_marker(pytest.mark.xdist_group(TOGETHER.get(stem, _place(item))))
    items.sort(key=_rank)


def _place(item: pytest.Item) -> str:
    return item.path.relative_to(ROOT / "tests").with_suffix("").as_posix()


def _rank(item: pytest.Item) -> int:
    place = _place(item)
    return next((rank for rank, part in enumerate(LONGEST) if place.startswith(part)), len(LONGEST))


@pytest.fixture(autouse=True)
def no_interruption_is_left() -> Iterator[None]:
    """Forget the signals that a test sent itself: the next one would stop at them."""
    yield
    interruption.forget()


@pytest.fixture(scope="session", autouse=True)
def objects_are_kept(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> None:
    """Let CMake compile what many projects have in common once, where ccache is installed."""
    base = tmp_path_factory.getbasetemp()
    root = base if worker_id == "master" else base.parent
    # That of README's commands for all: each generator compiles in folders of its own.
    os.environ.pop("CMAKE_GENERATOR", None)
    if shutil.which("ccache"):
        os.environ["CMAKE_CXX_COMPILER_LAUNCHER"] = "ccache"
        os.environ["CCACHE_DIR"] = str(root / "ccache")
        os.environ["CCACHE_BASEDIR"] = str(root)  # another project's folder makes no other object
        os.environ["CCACHE_NOHASHDIR"] = "1"
        os.environ["CCACHE_DEPEND"] = "1"  # what is not there is compiled at once, not preprocessed before


@pytest.fixture(scope="session", autouse=True)
def jvms_are_kept() -> Iterator[None]:
    """Let one compiler of Kotlin and one R8 serve all tests of a process."""
    with warm_jvms.kept():
        yield


@pytest.fixture(scope="session")
def once(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Once:
    """Make a folder once for all test processes: `once("name", make)` calls make(folder) at most once."""
    base = tmp_path_factory.getbasetemp()
    root = (base if worker_id == "master" else base.parent) / "once"
    root.mkdir(exist_ok=True)

    def get(name: str, make: Callable[[Path], Any]) -> Path:
        folder = root / name
        with FileLock(root / f"{name}.lock"):
            if not folder.exists():
                staged = root / f"{name}.staged"
                staged.mkdir(exist_ok=True)
                make(staged)
                staged.rename(folder)
        return folder

    return get


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
    return lambda task: export_of(TINY.with_name(f"tiny-{task}.pt"), *size_and_head.get(task, usual))


@pytest.fixture(scope="session")
def int8_export(once: Once) -> Path:
    """Return the tiny checkpoint in int8, by drawn pictures with labels. Not to be written into."""

    def make(folder: Path) -> None:
        import labelled

        labelled.write(folder / "drawn", "detect", split="train")
        data = labelled.write(folder / "drawn", "detect")
        options = ("--precision", "int8", "--calibration", data, "--sensitivity")
        answer = edgegen("export", "--model", TINY, *options, "--output", folder / "export").ok()
        (folder / "stderr").write_text(answer.err, encoding="utf-8")

    return once("tiny-int8", make) / "export"


@pytest.fixture(scope="session")
def int8_projects(once: Once) -> Path:
    """Return a project of each target of the tiny checkpoint, whose model takes and gives int8; to copy."""

    def make(folder: Path) -> None:
        import labelled

        data = labelled.write(folder / "drawn", "detect")
        options = ("--precision", "int8", "--calibration", data, "--output", folder / "made")
        edgegen("new", "--model", TINY, "--target", "all", *options).ok()

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
            shutil.copy(TINY.with_name(f"tiny-{task}.pt"), folder / "tiny.pt")
            size = (64, 64) if task == "classify" else (96, 160)
            detection_heads.export_by_ultralytics(folder / "tiny.pt", size)

        return once(f"ultralytics-{task}", make) / "tiny_executorch_model"

    return get


@pytest.fixture
def exported(tiny_export: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a copy of the tiny export of the test's own, named `exported` in the current folder."""
    monkeypatch.chdir(tmp_path)
    return Path(shutil.copytree(tiny_export, tmp_path / "exported")).relative_to(tmp_path)


@pytest.fixture
def no_export(tiny_export: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Let every checkpoint's export be a copy of the tiny one, and return the current folder."""

    def export_checkpoint(_path: Path, output: Path, **_options: object) -> None:
        shutil.copytree(tiny_export, output, ignore=shutil.ignore_patterns(".edgegen.yml"))

    monkeypatch.setattr("edgegen.export.exporting.export_checkpoint", export_checkpoint)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture(scope="session")
def android_kit() -> Kit:
    """Return the Android kit of $EDGEGEN_HOME, or skip."""
    need(TOOLS)
    return installed()


@pytest.fixture(scope="session")
def ios_kit() -> IosKit:
    """Return the iOS kit of $EDGEGEN_HOME, or skip."""
    need(IOS_TOOLS)
    return installed_ios_kit()


@pytest.fixture(scope="session")
def tiny_ios(once: Once, tiny_export: Path) -> Path:
    """Return an iOS project of the tiny export. Not to be written into: all tests share it."""
    return once("tiny-ios", lambda folder: ios_projects.generate(folder, tiny_export)) / "project"


@pytest.fixture(scope="session")
def ios_of(once: Once, task_export: Callable[[str], Path]) -> Callable[[str], Path]:
    """Return a function that gives the iOS project of a task's tiny checkpoint. Not to be written into."""

    def get(task: str) -> Path:
        made = once(f"ios-{task}", lambda folder: ios_projects.generate(folder, task_export(task)))
        return made / "project"

    return get


@pytest.fixture(scope="session")
def tiny_linux(once: Once, tiny_export: Path) -> Path:
    """Return a linux-cpp project of the tiny export, with its raw head. To be built, and not changed."""

    def make(folder: Path) -> None:
        projects.generate(folder, tiny_export)

    return once("tiny-linux", make) / "project"


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Return the folder with real weights and photos, or skip: they are not part of the project."""
    if not (SHARED / "weights").is_dir():
        if os.environ.get("CI") and SHARED.parent.is_dir():
            pytest.fail(f"{SHARED} has no weights")
        pytest.skip("real weights and photos are not beside this checkout")
    return SHARED


def need(tools: Iterable[Tool]) -> None:
    """Skip a test where one of its tools is not here."""
    lacking = [tool.name for tool in tools if tool.required and not tool.find().usable]
    if lacking:
        missing(", ".join(lacking))


def missing(tool: str) -> None:
    """Skip a test whose tool is missing; fail it in CI, and where `make test` installed the tools."""
    if os.environ.get("CI") or os.environ.get("EDGEGEN_KITS") == "required":
        pytest.fail(f"{tool} is missing; `make test` installs it")
    pytest.skip(f"{tool} is missing")
