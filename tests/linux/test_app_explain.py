"""`edgegen explain` names the first stage at which the C++ app and PyTorch differ."""

import shutil
import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import cv2
import numpy as np
import pytest

from edgegen.artifacts.model_reader import load_model_spec
from edgegen.base.progress import NoProgress
from edgegen.commands.explain import _authorities
from edgegen.parity.authority import CheckpointAuthority
from tests.helpers.explaining import (
    PHOTO,
    TASKS,
    assert_named,
    assert_sound,
    contents,
    explained,
    write_turned,
)
from tests.helpers.mutating import mutated
from tests.helpers.once import Once
from tests.helpers.places import TINY, checkpoint_of
from tests.helpers.projects import Built, build
from tests.helpers.support import edgegen

pytestmark = pytest.mark.full


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory, tiny_linux: Path) -> Built:
    """Return an app for this process only, because its sources are mutated one after another."""
    project = tmp_path_factory.mktemp("explained") / "project"
    shutil.copytree(tiny_linux, project, ignore=shutil.ignore_patterns("build"))
    return build(project, "app")


@pytest.fixture(scope="module")
def turned(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a JPEG of the photo that is stored rotated."""
    return write_turned(tmp_path_factory.mktemp("turned"))


def captured(app: Built, folder: Path, picture: Path, *options: str) -> Path:
    """Build the app from its current sources, and let it write a capture."""
    path = folder / "capture.tar"
    answer = build(app.project, "app").run(picture, "--capture", path, *options)
    assert answer.returncode == 0, answer.stderr
    return path


def test_explain_finds_an_official_model_in_the_ultralytics_weights_folder(
    tiny_export: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from ultralytics.utils import SETTINGS

    monkeypatch.chdir(tmp_path)
    kept = tmp_path / "kept"
    kept.mkdir()
    shutil.copy(TINY, kept / "yolo11n.pt")
    monkeypatch.setitem(SETTINGS, "weights_dir", str(kept))
    spec = load_model_spec(tiny_export / "model.pte", tiny_export / "metadata.yaml")
    capture: Any = SimpleNamespace(spec=replace(spec, checkpoint_sha256=""))
    pytorch, runs = _authorities(capture, "yolo11n", NoProgress())
    assert isinstance(pytorch, CheckpointAuthority)
    assert runs is pytorch


def test_explain_finds_no_difference_for_an_unmodified_app(app: Built, turned: Path, tmp_path: Path) -> None:
    """The report lists detections below the threshold; the drawing shows both results side by side."""
    capture = captured(app, tmp_path, turned)
    drawn = tmp_path / "for" / "anna" / "both.png"  # missing folders are created, as for any --output
    found = explained(capture, "--model", TINY, "--output", drawn)
    assert_sound(found)
    assert found["target"] == "linux-cpp"
    assert len(found["shown"]) == len(found["pytorch"]) > 2
    assert all(0.01 < row["score"] <= 0.25 for row in found["hidden"])
    assert found["hidden"]
    picture = cv2.imread(str(drawn))
    height, width = cv2.imread(str(PHOTO)).shape[:2]
    assert picture.shape == (height, 2 * width + 12, 3)
    left, right = picture[40:, :width], picture[40:, width + 12 :]
    assert np.array_equal(left, right)
    assert "triangle" in edgegen("explain", capture, "--model", TINY).ok().out


def test_explain_without_a_model_reports_the_stages_it_skipped(app: Built, tmp_path: Path) -> None:
    """Input, decode and NMS need no model. With a project as --model, its `.pte` is run too."""
    capture = captured(app, tmp_path, PHOTO)
    found = explained(capture)
    assert {stage["name"]: stage["same"] for stage in found["stages"]} == {
        "letterbox": True,
        "runtime": None,
        "decode": True,
        "processors": True,
        "pytorch": None,
    }
    assert "--model" in found["verdict"]
    assert explained(capture, "--model", app.project)["stages"][1]["same"] is True


def test_capture_contains_no_paths_and_no_exif_data(app: Built, turned: Path, tmp_path: Path) -> None:
    """Users share captures, so they must contain the picture and nothing else that is private."""
    files = contents(captured(app, tmp_path, turned))
    assert set(files) == {
        *("capture.json", "metadata.yaml", "frame.png", "input.bin"),
        *(f"output{number}.bin" for number in range(6)),
    }
    for content in files.values():
        for secret in (str(tmp_path), turned.name, str(app.project), "Exif", "eXIf"):
            assert secret.encode() not in content


CORE = "src/vision/"
BROKEN = {
    "rotation": (
        "src/edgegen/media/files.cpp",
        "kFlips[] = {kNothing, 1, -1, 0}",
        "kFlips[] = {kNothing, kNothing, -1, 0}",
    ),
    "letterbox": (f"{CORE}letterbox.cpp", "pad_value_(info.pad_value)", "pad_value_(110)"),
    "colours": (f"{CORE}letterbox.cpp", "rgb_(info.rgb)", "rgb_(!info.rgb)"),
    "runtime": (
        "src/edgegen/detector/detector.cpp",
        "  model_.run();",
        "  model_.input().floats[12000] += 40;\n  model_.run();",
    ),
    "decode": (f"{CORE}levels.cpp", "kCellCentre = 0.5F", "kCellCentre = 1.5F"),
    "NMS": (f"{CORE}nms.cpp", "> options.iou;", "> 2 + options.iou;"),
    "thresholds": (
        f"{CORE}decode.cpp",
        "static_cast<float>(thresholds.confidence)",
        "0.8F + 0 * static_cast<float>(thresholds.confidence)",
    ),
    "processors": (
        "src/app/processor.h",
        'vision::Result& /*result*/, const cv::Mat& /*picture*/) { return ""; }',
        'vision::Result& result, const cv::Mat&) { return result.boxes.clear(), ""; }',
    ),
}


@pytest.mark.parametrize("what", BROKEN)
def test_explain_names_the_mutated_stage(app: Built, turned: Path, tmp_path: Path, what: str) -> None:
    """One mutation for each stage. The picture is stored rotated."""
    name, old, new = BROKEN[what]
    with mutated(app.project / name, old, new):
        capture = captured(app, tmp_path, turned)
    assert_named(explained(capture, "--model", TINY, code=7), what)


def test_explain_reports_only_the_classes_that_the_app_keeps(
    once: Once, tiny_export: Path, tmp_path: Path
) -> None:
    """PyTorch predicts only these classes too."""

    def make(folder: Path) -> None:
        options = (
            "--target",
            "linux-cpp",
            "--app",
            "studio",
            "--classes",
            "circle",
            "--output",
            folder / "project",
        )
        edgegen("new", "--model", tiny_export, *options).ok()

    app = build(once("explained-classes", make) / "project", "app")
    found = explained(captured(app, tmp_path, PHOTO), "--model", TINY)
    assert found["stage"] is None
    names = {row["class_name"] for row in (*found["shown"], *found["pytorch"], *found["hidden"])}
    assert names == {"circle"}


def test_explain_works_at_confidence_0_001(app: Built, tmp_path: Path) -> None:
    """Shown detections are looked up among all candidates, however low their scores are."""
    found = explained(captured(app, tmp_path, PHOTO, "--conf", "0.001"), "--model", TINY)
    assert found["stage"] is None
    assert len(found["shown"]) > 20


@pytest.mark.parametrize("task", TASKS)
def test_explain_supports_every_task(
    studio_project: Callable[[str], Path], tmp_path: Path, task: str
) -> None:
    app = build(studio_project(task), "app")
    checkpoint = checkpoint_of(task)
    assert_sound(explained(captured(app, tmp_path, PHOTO), "--model", checkpoint))


def test_capture_leaves_out_a_picture_that_exceeds_10_mb(app: Built, tmp_path: Path) -> None:
    """The user then passes the picture with --image."""
    noise = np.random.RandomState(1).randint(0, 256, (1500, 1500, 3), np.uint8)
    picture = tmp_path / "noise.png"
    cv2.imwrite(str(picture), noise)
    capture = captured(app, tmp_path, picture)
    found = explained(capture, "--model", TINY)
    assert "--image" in found["stages"][0]["said"]
    assert_sound(explained(capture, "--model", TINY, "--image", picture))


def test_explain_rejects_damaged_and_foreign_captures(app: Built, tmp_path: Path) -> None:
    """Truncated, of another model, of another edgegen release, or not a capture at all."""
    capture = captured(app, tmp_path, PHOTO)
    whole = capture.read_bytes()

    def refused(content: bytes, *words: str, options: tuple[object, ...] = ()) -> None:
        path = tmp_path / "other.tar"
        path.write_bytes(content)
        answer = edgegen("explain", path, *options)
        assert answer.code == 3, answer
        for word in words:
            assert word in answer.err, answer.err

    for cut in (0, 100, 5000, len(whole) // 2, len(whole) - 600):
        refused(whole[:cut], "other.tar", "capture")
    refused(whole.replace(b'"schema":1', b'"schema":2', 1), "of another edgegen", "'2'")
    refused(whole.replace(b'"schema":1', b'"schema"?1', 1), "damaged")
    refused(whole.replace(b'"thresholds"', b'"threshhold"', 1), "lacks 'thresholds'")
    refused(whole.replace(b'"values":76800', b'"values":1e999', 1), "damaged")
    refused(whole.replace(b'"height":180', b'"height":0  ', 1), "damaged")
    refused(whole.replace(b'"found":[{', b'"found":[0,', 1), "damaged")
    refused(whole.replace(b'"orientation":1', b'"orientation":9', 1), "damaged")
    spoilt = bytearray(whole)
    spoilt[-3000] ^= 1
    refused(bytes(spoilt), "does not have the recorded digest")
    refused(b"not at all" * 300, "capture")
    last = tmp_path / "last.pt"
    shutil.copy(TINY, last)
    with zipfile.ZipFile(last, "a") as archive:
        archive.comment = b"trained for longer"
    refused(whole, "last.pt is not the checkpoint of the app", options=("--model", last))
    other = tmp_path / "other.png"
    cv2.imwrite(str(other), np.zeros((5, 6, 3), np.uint8))
    refused(whole, "6 x 5 pixels", options=("--image", other))
    other = TINY.with_name("tiny-pose.pt")
    refused(whole, "not the checkpoint", options=("--model", other))
    answer = edgegen("explain", tmp_path / "none.tar")
    assert answer.code == 3
    assert "none.tar" in answer.err
    answer = edgegen("explain", capture, "--json", "--output", tmp_path / "x.png")
    assert (answer.code, answer.out) == (3, "")
    assert not (tmp_path / "x.png").exists()


def test_capture_takes_one_picture_and_a_writable_path(app: Built, tmp_path: Path) -> None:
    """Wrong usage exits 2, a path that cannot be written exits 5, and no file is left."""
    for options in ((PHOTO, PHOTO), ("--camera", "0")):
        answer = app.run(*options, "--capture", tmp_path / "c.tar")
        assert answer.returncode == 2
        assert "--capture" in answer.stderr
    answer = app.run(PHOTO, "--capture", tmp_path / "c.tar", "--track")
    assert (answer.returncode, "leave out --track" in answer.stderr) == (2, True)
    several = tmp_path / "several"
    several.mkdir()
    for name in ("a.png", "b.png"):
        shutil.copy(PHOTO, several / name)
    answer = app.run(several, "--capture", tmp_path / "c.tar")
    assert (answer.returncode, "not a folder of several" in answer.stderr) == (2, True)
    before = (several / "a.png").read_bytes()
    answer = app.run(several / "a.png", "--capture", several / "a.png")
    assert (answer.returncode, "would overwrite the picture" in answer.stderr) == (2, True)
    assert (several / "a.png").read_bytes() == before
    shutil.rmtree(several)
    answer = app.run(PHOTO, "--capture", tmp_path / "none" / "c.tar")
    assert answer.returncode == 5
    assert "cannot write" in answer.stderr
    assert not list(tmp_path.iterdir())
