"""`edgegen explain` names the first stage at which the Android app and PyTorch differ.

Its Kotlin runs on the JVM.
"""

import json
import struct
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt
import pytest

from edgegen.model.spec import CENTRE_CROP, LETTERBOX_TOP_LEFT
from tests.helpers.explaining import (
    NAMED,
    PHOTO,
    TASKS,
    assert_named,
    assert_sound,
    contents,
    explained,
    write_turned,
)
from tests.helpers.mutating import mutated_copy
from tests.helpers.once import Once
from tests.helpers.other_resizes import with_resize
from tests.helpers.places import TINY, checkpoint_of
from tests.kotlin.captures import PASSED, App, Job, Stored, app_sources, libraries_of
from tests.kotlin.compiler import compile_many, compiler_arguments, core_file
from tests.kotlin.rendered import render_spec, spec_of

# For each stage: a file of the module or of the app, text in it, its replacement.
BROKEN = {
    "rotation": ("PixelView.kt", "get() = (rotation == 90 || rotation", "get() = (rotation"),
    "mirroring": ("PixelView.kt", "rotation == 180) != mirrored", "rotation == 180)"),
    "letterbox": ("BilinearPreprocessor.kt", "gray(normalization.padValue)", "gray(110)"),
    "colours": ("Preprocessor.kt", "if (normalization.rgb)", "if (!normalization.rgb)"),
    "runtime": (
        "Detector.kt",
        "        execute()\n        val inferred",
        "        val right = input.floats.get(12000)\n        input.floats.put(12000, right + 40)\n"
        "        execute()\n        input.floats.put(12000, right)\n        val inferred",
    ),
    "decode": ("Head.kt", "CELL_CENTRE = 0.5f", "CELL_CENTRE = 1.5f"),
    "stride": ("LevelContract.kt", "(y + bottom) * stride", "(y + bottom) * 16"),
    "NMS": ("Nms.kt", "iouOf(it, box) > iou", "iouOf(it, box) > 1 + iou"),
    "thresholds": (
        "LevelContract.kt",
        "if (score > confidence) cells",
        "if (score > 0.8f + 0 * confidence) cells",
    ),
    "processors": (
        "ResultProcessor.kt",
        "= Processed(result)",
        "= Processed(result.filter { false })",
    ),
}  # fmt: skip


@pytest.fixture(scope="session")
def passed(once: Once, kit: Path, kotlin_classes: Path, task_project: Callable[[str], Path]) -> Path:
    """Return a folder with, for each task, the compiled part of the app that processes a picture."""

    def make(folder: Path) -> None:
        sources = app_sources(folder / "source")
        jobs = []
        for task in ("detect", *TASKS):
            core = classes_of(task, kotlin_classes, task_project)
            libraries = [core, *libraries_of(kit)]
            flags = ("-Werror", "-jvm-target", "17")  # the one of AndroidX's inline functions
            jobs.append(compiler_arguments(kit, folder / task, sources, libraries, *flags))
        compile_many(kit, jobs, folder)

    return once("android-core-passed", make)


@pytest.fixture(scope="session")
def broken(once: Once, kit: Path, kotlin_classes: Path, passed: Path) -> Path:
    """Return a folder with the changed classes of each mutated app."""

    def make(folder: Path) -> None:
        jobs = []
        core = kotlin_classes / "classes"
        for what, (name, old, new) in BROKEN.items():
            path = passed / "source" / name if name in PASSED else core_file(name)
            source = mutated_copy(path, folder / "source" / what, old, new)
            libraries = [core, passed / "detect", *libraries_of(kit)]
            flags = (f"-Xfriend-paths={core}", "-nowarn")
            jobs.append(compiler_arguments(kit, folder / what, [source], libraries, *flags))
        compile_many(kit, jobs, folder)

    return once("android-core-broken-captures", make)


def classes_of(task: str, kotlin_classes: Path, task_project: Callable[[str], Path]) -> Path:
    """Return the modules' classes of a task's app."""
    return (kotlin_classes if task == "detect" else task_project(task)) / "classes"


@pytest.fixture(scope="session")
def app(kit: Path, kotlin_classes: Path, passed: Path) -> App:
    """Return the unmodified app of the detector."""
    return App(kit, [passed / "detect", kotlin_classes / "classes"])


def rgb(path: Path) -> npt.NDArray[np.uint8]:
    """Return a picture as it is stored."""
    bgr = cv2.imread(str(path), cv2.IMREAD_COLOR | cv2.IMREAD_IGNORE_ORIENTATION)
    assert bgr is not None
    return np.ascontiguousarray(bgr[..., ::-1], np.uint8)


@pytest.fixture(scope="session")
def turned(tmp_path_factory: pytest.TempPathFactory) -> Stored:
    """Return the photo as a camera gives it that is held upright."""
    return Stored(rgb(write_turned(tmp_path_factory.mktemp("turned"))), rotation=90)


@pytest.mark.full
def test_explain_finds_no_difference_for_an_unmodified_app(
    app: App, tiny_export: Path, turned: Stored, tmp_path: Path
) -> None:
    """For each rotation and mirroring. The detections have the fields of the C++ app's."""
    ways = [(degrees, mirrored) for degrees in (0, 90, 180, 270) for mirrored in (False, True)]
    jobs = [
        Job(tiny_export, Stored(turned.rgb, *way), tmp_path / f"{number}.tar")
        for number, way in enumerate(ways)
    ]
    app.capture(*jobs)
    seen = []
    for job in jobs:
        found = explained(job.capture, "--model", TINY)
        assert_sound(found)
        seen.append(json.loads(contents(job.capture)["capture.json"])["frame"]["orientation"])
    assert seen == [1, 2, 6, 5, 3, 4, 8, 7]
    found = explained(jobs[2].capture, "--model", TINY)
    assert (found["target"], found["device"]) == ("android", "a test's JVM")
    assert len(found["shown"]) == len(found["pytorch"]) > 2
    assert set(found["shown"][0]) == set(found["pytorch"][0])
    assert all(0.01 < row["score"] <= 0.25 for row in found["hidden"])


@pytest.mark.full
def test_capture_has_the_pixels_of_the_picture_and_no_paths(
    app: App, tiny_export: Path, turned: Stored, tmp_path: Path
) -> None:
    """The archive has the files that every app writes, and no data of the camera."""
    app.capture(Job(tiny_export, turned, tmp_path / "capture.tar"))
    files = contents(tmp_path / "capture.tar")
    assert list(files) == [
        *("capture.json", "metadata.yaml", "frame.png", "input.bin"),
        *(f"output{number}.bin" for number in range(6)),
    ]
    png = np.frombuffer(files["frame.png"], np.uint8)
    frame = cv2.imdecode(png, cv2.IMREAD_COLOR)
    assert frame is not None
    assert np.array_equal(frame[..., ::-1], turned.rgb)
    metadata = files["metadata.yaml"].decode()
    assert "names:" in metadata
    assert "description:" not in metadata
    for content in files.values():
        assert str(tmp_path).encode() not in content


@pytest.mark.full
@pytest.mark.parametrize("what", BROKEN)
def test_explain_names_the_mutated_stage(
    app: App, broken: Path, tiny_export: Path, turned: Stored, tmp_path: Path, what: str
) -> None:
    """One mutation for each stage. The picture is stored rotated."""
    capture = tmp_path / "capture.tar"
    picture = Stored(turned.rgb, 90, mirrored=True) if what == "mirroring" else turned
    App(app.kit, app.classes, [broken / what]).capture(Job(tiny_export, picture, capture))
    assert_named(explained(capture, "--model", TINY, code=7), what)


# The function that makes another input -> what is wrong then.
MISPLACED = {
    LETTERBOX_TOP_LEFT: ("makeLetterbox", "the picture is in the middle, not at the top left"),
    CENTRE_CROP: ("makeStretch", ""),
}


@pytest.mark.full
@pytest.mark.parametrize("resize", MISPLACED)
def test_explain_supports_every_resize_of_detectors_and_names_a_wrong_one(
    kit: Path,
    passed: Path,
    kotlin_classes: Path,
    tiny_export: Path,
    turned: Stored,
    tmp_path: Path,
    resize: str,
) -> None:
    """The picture is stored rotated. The wrong app has the constants of the right one."""
    export = with_resize(tiny_export, tmp_path, resize)
    core, libraries = kotlin_classes / "classes", libraries_of(kit)
    constants = render_spec(spec_of(export), tmp_path / "source")[0]
    made = f"::make{resize.title().replace('_', '')}"
    other, said = MISPLACED[resize]
    wrong = mutated_copy(constants, tmp_path / "wrong source", made, f"::{other}")
    jobs = [
        compiler_arguments(kit, tmp_path / name, [source], [core, *libraries])
        for name, source in (("right", constants), ("wrong", wrong))
    ]
    compile_many(kit, jobs, tmp_path)
    found = []
    for name in ("right", "wrong"):
        capture = tmp_path / f"{name}.tar"
        App(kit, [tmp_path / name, passed / "detect", core]).capture(Job(export, turned, capture))
        found.append(explained(capture, "--model", export, code=0 if name == "right" else 7))
    right, misplaced = found
    assert [stage["same"] for stage in right["stages"]] == [True] * 4 + [None]  # no checkpoint
    assert len(right["shown"]) > 2
    assert misplaced["stage"] == "letterbox"
    assert said in misplaced["verdict"]


def test_every_stage_has_a_mutation() -> None:
    """The C++ app has the same mutations."""
    assert set(BROKEN) == set(NAMED)


@pytest.mark.full
@pytest.mark.parametrize("task", TASKS)
def test_explain_supports_every_task(
    kit: Path,
    passed: Path,
    kotlin_classes: Path,
    task_project: Callable[[str], Path],
    task_export: Callable[[str], Path],
    tmp_path: Path,
    task: str,
) -> None:
    app = App(kit, [passed / task, classes_of(task, kotlin_classes, task_project)])
    capture = tmp_path / "capture.tar"
    app.capture(Job(task_export(task), Stored(rgb(PHOTO)), capture))
    assert_sound(explained(capture, "--model", checkpoint_of(task)))
    assert ("map.png" in contents(capture)) == (task in ("semantic", "depth"))


@pytest.mark.full
def test_capture_halves_a_picture_that_exceeds_10_mb(app: App, tiny_export: Path, tmp_path: Path) -> None:
    """All stages can still be replayed."""
    noise = np.random.RandomState(1).randint(0, 256, (1501, 1600, 3), np.uint8)
    capture = tmp_path / "capture.tar"
    app.capture(Job(tiny_export, Stored(noise, 270, mirrored=True), capture))
    assert_sound(explained(capture, "--model", TINY))
    files = contents(capture)
    said = json.loads(files["capture.json"])
    assert (said["frame"]["width"], said["frame"]["height"], said["frame"]["halvings"]) == (800, 750, 1)
    assert (said["frame"]["orientation"], said["width"], said["height"]) == (7, 750, 800)
    frame = cv2.imdecode(np.frombuffer(files["frame.png"], np.uint8), cv2.IMREAD_COLOR)
    assert frame is not None
    means = noise[:1500].reshape(750, 2, 800, 2, 3).mean((1, 3))
    assert np.array_equal(frame[..., ::-1], np.floor(means))


@pytest.mark.full
def test_explain_works_at_confidence_0_001(app: App, tiny_export: Path, tmp_path: Path) -> None:
    """The capture has the value of the app's slider."""
    capture = tmp_path / "capture.tar"
    app.capture(Job(tiny_export, Stored(rgb(PHOTO)), capture, confidence="0.001"))
    found = explained(capture, "--model", TINY)
    assert found["stage"] is None
    assert len(found["shown"]) > 20
    said = json.loads(contents(capture)["capture.json"])["thresholds"]["confidence"]
    assert struct.pack("<f", said) == struct.pack("<f", 0.001)
