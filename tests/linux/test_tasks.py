"""linux-cpp projects of the other tasks: their results in JSON, text, files and drawings equal PyTorch's."""

import itertools
import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from PIL import Image

from edgegen.artifacts import vector_files
from edgegen.artifacts.vector_files import Record, VectorFile
from edgegen.parity.goldens import read
from edgegen.project.appearance import LOOK
from edgegen.reference import plan_letterbox
from tests.helpers.places import ROOT, checkpoint_of
from tests.helpers.projects import DETAILED_TESTS, Built, build, checked, run
from tests.helpers.support import PATIENCE, edgegen
from tests.linux.conftest import POINTS

pytestmark = pytest.mark.full

SHAPES, BARS = ROOT / "docs" / "images" / "shapes.jpg", ROOT / "docs" / "images" / "bars.jpg"
PICTURE = {"pose": SHAPES, "obb": BARS, "segment": SHAPES}
STAGES = {
    "pose": {"boxes", "keypoints", "pte keypoints", "app keypoints"},
    "obb": {"boxes", "corners", "angles", "pte angles", "app corners", "app angles"},
    "segment": {"boxes", "masks", "mask proof", "pte coefficients", "pte prototypes", "app masks"},
}


@pytest.fixture(scope="module")
def built(studio_project: Callable[[str], Path]) -> Callable[[str], Built]:
    """Return a function that builds a task's project, once for all tests."""
    return lambda task: build(studio_project(task), "app", "parity")


@pytest.mark.proof("tasks")
@pytest.mark.parametrize("task", PICTURE)
def test_verify_passes_for_every_task(built: Callable[[str], Built], task: str) -> None:
    """Compares every stage with the checkpoint, on golden vectors and on a photo."""
    checkpoint = checkpoint_of(task)
    answer = edgegen(
        "verify", built(task).project, "--model", checkpoint, "--image", PICTURE[task], "--json"
    ).ok()
    assert "Make vectors of 1 picture of yours" in answer.err
    report = json.loads(answer.out)
    assert report["passed"]
    stages = {stage["name"]: stage for stage in report["stages"]}
    assert stages.keys() >= STAGES[task]
    assert all(stage["compared"] > 0 for stage in report["stages"])
    assert report["detections"] > 10


BROKEN = {  # file, text, replacement, stages that fail
    "pose": ("model_info.h", "kKeypointShift = -0.5", "kKeypointShift = -0.4", {"keypoints"}),
    "obb": ("model_info.h", "AngleRule::kSigmoid", "AngleRule::kLogit", {"corners", "angles"}),
    "segment": ("vision/masks.cpp", "> 0", "> 0.25F", {"mask proof"}),
}


@pytest.mark.parametrize("task", PICTURE)
def test_parity_fails_in_the_stages_of_a_wrong_constant(built: Callable[[str], Built], task: str) -> None:
    project = built(task)
    file, old, new, noticed = BROKEN[task]
    path = project.project / "src" / file
    sound = path.read_text()
    assert old in sound
    try:
        path.write_text(sound.replace(old, new))
        build(project.project, "parity")
        answer = run([project.parity, "--json"], project.project)
    finally:
        path.write_text(sound)
        build(project.project, "app", "parity")
    assert answer.returncode == 7, answer.stderr
    stages = json.loads(answer.stdout)["stages"]
    assert {stage["name"] for stage in stages if not stage["passed"]} >= noticed


def test_parity_fails_for_a_wrong_mask_column(built: Callable[[str], Built], tmp_path: Path) -> None:
    """The overlap of both masks is still above 0.995."""
    project = built("segment")
    files = vector_files.read(project.project / "vectors", "")
    pictures, spoilt = [], 0
    for entry in files.entries:
        record = Record()
        for name in entry.names:
            array = entry.array(name).copy()
            if name == "mask.run":
                spoilt += _one_row_longer(array, entry.array("mask.end"))
            record.add(name, entry.about["arrays"][name]["dtype"], array)
        pictures.append(VectorFile({**entry.about, "arrays": record.arrays}, bytes(record.data)))
    assert spoilt
    vector_files.write(tmp_path, (project.project / "vectors" / "index.json").read_bytes(), pictures)
    command = [project.parity, "--json", "--vectors", tmp_path]
    answer = run(command, project.project)
    assert answer.returncode == 7, answer.stderr
    stages = {stage["name"]: stage for stage in json.loads(answer.stdout)["stages"]}
    assert [name for name, stage in stages.items() if not stage["passed"]] == ["masks"]
    assert stages["masks"]["worst"] <= 0.005


def _one_row_longer(runs: Any, ends: Any) -> int:
    """Move the start of a large mask's first row two pixels back; return the number of changed masks."""
    for first, last in itertools.pairwise([0, *ends]):
        if runs[first + 1 : last : 2].sum() > 1000 and runs[first] > 2:
            runs[first] -= 2
            runs[first + 1] += 2
            return 1
    return 0


def found(built: Built, picture: Path, *options: object) -> list[dict[str, Any]]:
    """Return the detections of the app's JSON for a picture."""
    said = json.loads(checked([built.app, picture, "--json", *options], built.project))
    rows: list[dict[str, Any]] = said["images"][0]["detections"]
    return rows


def test_keypoints_are_in_json(built: Callable[[str], Built]) -> None:
    """JSON has x, y and score in pixels of the picture."""
    rows = found(built("pose"), SHAPES)
    assert len(rows) == 5
    for row in rows:
        points = np.array(row["keypoints"])
        assert points.shape == (4, 3)
        assert (points[:, 2] >= 0).all()
        assert (points[:, 2] <= 1).all()
        assert (points[:, :2] >= 0).all()
        assert (points[:, :2] <= (600, 400)).all()
    said = json.loads(checked([built("pose").app, SHAPES, "--json"], ROOT))
    assert said["model"]["keypoint_names"] == POINTS


def test_oriented_boxes_are_in_json(built: Callable[[str], Built]) -> None:
    """The corners follow from centre, sides and angle, and the upright box encloses them."""
    rows = found(built("obb"), BARS)
    assert len(rows) == 4
    for row in rows:
        x, y, w, h, angle = row["xywhr"]
        along = np.array([np.cos(angle), np.sin(angle)]) * w / 2
        across = np.array([-np.sin(angle), np.cos(angle)]) * h / 2
        expected = np.add([x, y], [along + across, along - across, -along - across, -along + across])
        assert np.abs(np.array(row["corners"]) - expected).max() < 0.01
        corners = np.array(row["corners"])
        assert np.abs(np.array(row["box"]) - [*corners.min(axis=0), *corners.max(axis=0)]).max() < 0.01


def test_video_is_playable_after_the_reader_of_stdout_left(
    built: Callable[[str], Built], tmp_path: Path
) -> None:
    """As in `app street.mp4 --json --output out | head`: the frames drawn until then can be played."""
    frame = cv2.resize(cv2.imread(str(SHAPES)), (64, 48))
    video = cv2.VideoWriter(str(tmp_path / "street.mp4"), cv2.VideoWriter.fourcc(*"mp4v"), 30, (64, 48))
    for _ in range(3000):
        video.write(frame)
    video.release()
    command = [built("pose").app, "street.mp4", "--json", "--output", "out"]
    with subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as running:
        assert running.stdout is not None
        assert json.loads(running.stdout.readline())["frame"] == 0
        running.stdout.close()
        running.wait(timeout=PATIENCE)
    played = cv2.VideoCapture(str(tmp_path / "out" / "street.mp4"))
    assert played.read()[0]
    assert 0 < played.get(cv2.CAP_PROP_FRAME_COUNT) < 3000


def test_masks_are_in_json_as_polygon_and_runs(built: Callable[[str], Built]) -> None:
    """The mask has the size of the model's input, or of the picture with --retina-masks."""
    rows = found(built("segment"), SHAPES)
    assert len(rows) == 5
    for row in rows:
        polygon = np.array(row["polygon"])
        assert len(polygon) > 3
        assert (polygon >= 0).all()
        assert (polygon <= (600, 400)).all()
        assert row["mask"]["size"] == [160, 160]
        assert sum(row["mask"]["runs"]) == 160 * 160
    fine = found(built("segment"), SHAPES, "--retina-masks")
    assert [row["class_name"] for row in fine] == [row["class_name"] for row in rows]
    assert fine[0]["mask"]["size"] == [400, 600]


@pytest.mark.parametrize("task", PICTURE)
def test_tracking_keeps_keypoints_corners_and_masks_with_their_box(
    built: Callable[[str], Built], task: str
) -> None:
    """Both frames are the same picture, so all results must equal those without --track."""
    alone = found(built(task), PICTURE[task], "--conf", "0.25")
    answer = built(task).run(*[PICTURE[task]] * 2, "--track", "--conf", "0.25", "--json")
    assert answer.returncode == 0, answer.stderr
    for frame in json.loads(answer.stdout)["images"]:
        followed = frame["detections"]
        assert [each.pop("track_id") for each in followed] == list(range(1, len(alone) + 1))
        for one, other in zip(followed, alone, strict=True):
            assert one.keys() == other.keys()
            assert (one["class_id"], one["score"]) == (other["class_id"], other["score"])
            for name in one.keys() & {"box", "keypoints", "corners", "polygon"}:
                ours, right = np.asarray(one[name]), np.asarray(other[name])
                if name == "corners":  # a track's width is the longer side: it begins with another corner
                    ours, right = np.sort(ours, axis=0), np.sort(right, axis=0)
                assert ours == pytest.approx(right, abs=0.02)


@pytest.mark.parametrize("task", PICTURE)
def test_results_are_drawn_at_their_places(built: Callable[[str], Built], tmp_path: Path, task: str) -> None:
    """Uses the golden pictures of all sizes; one without detections stays unchanged."""
    project, shown = built(task), []
    for number, golden in enumerate(read(project.project / "vectors").pictures):
        path = tmp_path / f"{number}.png"
        Image.fromarray(golden.picture.rgb).save(path)
        rows = found(project, path, "--output", tmp_path / "out")
        drawn = np.asarray(Image.open(tmp_path / "out" / path.name).convert("RGB"))
        changed = (drawn != golden.picture.rgb).any(axis=2)
        assert changed.any() == bool(rows)
        if task == "segment" and rows:  # most of what a mask covers has its colour
            assert changed[mask_on_picture(rows[0]["mask"], drawn.shape[:2])].mean() > 0.9
        if task == "pose":  # dots in the colour of the class, where no label lies over them
            dots = [
                (k, row["class_id"]) for row in rows for k in row["keypoints"] if k[2] >= LOOK.least_visible
            ]
            for (x, y, _), class_id in dots:
                near = drawn[max(round(y) - 1, 0) : round(y) + 2, max(round(x) - 1, 0) : round(x) + 2]
                rgb = near.astype(int) @ (1 << 16, 1 << 8, 1)
                shown.append(bool((rgb == LOOK.class_colours[class_id]).any()))
    assert task != "pose" or np.mean(shown) > 0.7


def test_limbs_are_drawn_only_between_points_of_the_skeleton(
    built: Callable[[str], Built], tmp_path: Path
) -> None:
    """The limbs are those of `--skeleton`, and both points must be visible."""
    rows = found(built("pose"), SHAPES, "--output", tmp_path)
    drawn = np.asarray(Image.open(tmp_path / SHAPES.name).convert("RGB")).astype(int)

    def drawn_between(one: int, other: int) -> float:
        """Return the share of lines between two visible points that have the colour of the class."""
        seen = []
        for row in rows:
            ends = np.array([row["keypoints"][one], row["keypoints"][other]])
            if (ends[:, 2] < LOOK.least_visible).any():
                continue
            colour = LOOK.class_colours[row["class_id"]]
            wanted = np.array([colour >> 16, colour >> 8 & 255, colour & 255])
            for part in (0.35, 0.5, 0.65):  # of the way: not where the dots are
                x, y = np.round(ends[0, :2] * (1 - part) + ends[1, :2] * part).astype(int)
                near = drawn[max(y - 1, 0) : y + 2, max(x - 1, 0) : x + 2]
                seen.append(bool((np.abs(near - wanted).max(axis=2) < 40).any()))
        assert len(seen) > 5
        return float(np.mean(seen))

    assert min(drawn_between(0, 1), drawn_between(1, 2)) > 0.8
    assert max(drawn_between(0, 2), drawn_between(0, 3), drawn_between(1, 3)) < 0.4


def test_unknown_depths_are_neither_drawn_nor_printed(built: Callable[[str], Built], tmp_path: Path) -> None:
    """Runs the app's drawing code without a model."""
    folder = built("depth").project / "build" / "release"
    parts = [next(folder.rglob(f"lib{name}.a")) for name in ("app_parts", "app_core", "*_detector")]
    opencv = checked(["pkg-config", "--cflags", "opencv4"], tmp_path).split()
    test, program = DETAILED_TESTS / "tasks" / "depth_drawing.cpp", tmp_path / "drawing"
    source = built("depth").project / "src"
    headers = (f"-I{source}", f"-I{source / 'edgegen'}", *opencv)
    command = ["c++", "-std=c++17", "-O0", *headers, test, "-o", program]
    checked([*command, *parts, "-lopencv_imgproc", "-lopencv_core"], tmp_path)
    assert checked([program], tmp_path) == ""


def mask_on_picture(mask: dict[str, Any], size: tuple[int, int]) -> Any:
    """Return a mask of the model's input size as pixels of the picture, [height, width]."""
    runs, (height, width) = mask["runs"], mask["size"]
    flat = np.repeat(np.arange(len(runs)) % 2, runs).astype(bool)
    plan = plan_letterbox(size, (height, width))
    inside = flat.reshape(height, width)[plan.top :, plan.left :][: plan.resized_height, : plan.resized_width]
    rows, columns = (np.arange(n) * m // n for n, m in zip(size, inside.shape, strict=True))
    return inside[np.ix_(rows, columns)]


def check_picture(built: Built, task: str, picture: Path, size: tuple[int, int]) -> None:
    """Shares of classes add up to 1, and maps have the picture's size."""
    options = {"classify": ["--top", 3], "semantic": ["--maps", "maps"], "depth": ["--maps", "maps"]}
    command = [built.app, picture, "--json", "--output", "out", *options.get(task, ["--conf", "0.001"])]
    (said,) = json.loads(checked(command, picture.parent))["images"]
    assert (said["width"], said["height"]) == size
    assert (picture.parent / "out" / picture.name).is_file()
    if task == "classify":
        assert sum(each["score"] for each in said["classes"]) == pytest.approx(1, abs=1e-5)
    if task == "semantic":
        assert sum(each["share"] for each in said["semantic"][0]["classes"]) == pytest.approx(1, abs=1e-5)
    if task == "depth":
        assert 0 < said["depth"][0]["min"] <= said["depth"][0]["max"]
    if task in ("semantic", "depth"):
        assert Image.open(picture.parent / said["map"]).size == size


ALL_TASKS = [*PICTURE, "classify", "semantic", "depth"]


@pytest.mark.parametrize("task", ALL_TASKS)
def test_app_accepts_pictures_from_one_pixel_to_12_megapixels(
    built: Callable[[str], Built], tmp_path: Path, task: str
) -> None:
    """There are at most 300 detections."""
    for name, size in {"pixel": (1, 1), "line": (3000, 2)}.items():
        Image.new("RGB", size, (200, 30, 10)).save(tmp_path / f"{name}.png")
        check_picture(built(task), task, tmp_path / f"{name}.png", size)
    photo = tmp_path / "photo.jpg"
    Image.open(PICTURE.get(task, SHAPES)).resize((4000, 3000)).save(photo, quality=60)
    check_picture(built(task), task, photo, (4000, 3000))
    assert task not in PICTURE or len(found(built(task), PICTURE[task], "--conf", "0", "--iou", "1")) == 300


@pytest.mark.parametrize(
    "task",
    ["segment", *(pytest.param(task, marks=pytest.mark.nightly) for task in ALL_TASKS if task != "segment")],
)
def test_app_accepts_a_picture_of_108_megapixels(
    built: Callable[[str], Built], tmp_path: Path, task: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", None)
    size = (12000, 9000)
    Image.open(PICTURE.get(task, SHAPES)).resize(size).save(tmp_path / "huge.jpg", quality=60)
    check_picture(built(task), task, tmp_path / "huge.jpg", size)
