"""The app gives the track IDs of Ultralytics' `model.track`."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from ultralytics import YOLO

from edgegen.parity.pictures import draw_scene
from tests.helpers.once import Once
from tests.helpers.places import TINY
from tests.helpers.projects import Built, build

pytestmark = pytest.mark.full

SIDE, SCENE = 160, 320  # pixels: of a frame, and of the whole scene


def panned(scene: np.ndarray, seed: int, frames: int = 16) -> Iterator[np.ndarray]:
    """Yield frames of a window that moves over a scene; a moving bar hides objects for a while."""
    random = np.random.RandomState(seed)
    place, speed = random.uniform(0, SCENE - SIDE, 2), random.uniform(-7, 7, 2)
    bar = random.randint(0, SIDE)
    for number in range(frames):
        place = np.clip(place + speed, 0, SCENE - SIDE)
        speed = np.where((place <= 0) | (place >= SCENE - SIDE), -speed, speed + random.normal(0, 1, 2))
        top, left = place.astype(int)
        frame = scene[top : top + SIDE, left : left + SIDE].copy()
        at = (bar + 9 * number) % (2 * SIDE)
        frame[:, at : at + 25] = 90
        yield frame


def written(folder: Path, seed: int) -> list[Path]:
    """Write the frames of a drawn scene, and return their files."""
    folder.mkdir()
    scene, _ = draw_scene(SCENE, SCENE, 100 + seed)
    frames = []
    for number, frame in enumerate(panned(scene, seed)):
        frames.append(folder / f"{number:03}.png")
        cv2.imwrite(str(frames[-1]), frame[..., ::-1])
    return frames


def tracked(frames: list[Path], options: dict[str, Any]) -> list[list[tuple[int, int, np.ndarray]]]:
    """Return what model.track gives for each frame: track ID, class and box."""
    yolo, found = YOLO(TINY, task="detect"), []
    quiet = {"device": "cpu", "verbose": False, "save": False}
    for frame in frames:
        arguments: dict[str, Any] = {"rect": False, "imgsz": SIDE, **quiet, **options}
        (result,) = yolo.track(str(frame), persist=True, tracker="bytetrack.yaml", **arguments)
        boxes = result.boxes
        numbers = [] if boxes.id is None else boxes.id.int().tolist()
        kinds = boxes.cls.int().tolist()
        found.append(list(zip(numbers, kinds[: len(numbers)], boxes.xyxy.numpy(), strict=False)))
    return found


@pytest.fixture(scope="module")
def app(once: Once, tiny_linux: Path) -> Built:
    return build(tiny_linux, "app")


@pytest.mark.parametrize("conf", [None, 0.4])
def test_track_ids_equal_those_of_model_track(app: Built, tmp_path: Path, conf: float | None) -> None:
    """Twelve drawn scenes under a moving window at the model's confidence, and four at 0.4."""
    shown = highest = 0
    for seed in range(12 if conf is None else 4):
        frames = written(tmp_path / str(seed), seed)
        options = ["--track", *([] if conf is None else ["--conf", str(conf)])]
        pictures = json.loads(app.run(*frames, *options, "--json").stdout)["images"]
        right = tracked(frames, {} if conf is None else {"conf": conf})
        for number, (picture, expected) in enumerate(zip(pictures, right, strict=True)):
            ours = picture["detections"]
            where = (seed, number)
            assert [each["track_id"] for each in ours] == [number for number, *_ in expected], where
            assert [each["class_id"] for each in ours] == [kind for _, kind, _ in expected], where
            for one, (*_, box) in zip(ours, expected, strict=True):
                assert one["box"] == pytest.approx(box, abs=2e-2), where
            shown += len(ours)
            highest = max([highest, *(each["track_id"] for each in ours)])
    assert shown > 50
    assert highest > 3


def crossed(pictures: list[dict[str, Any]], at: float) -> dict[str, int]:
    """Count the box centres that cross a vertical line drawn downwards: `in` is from right to left."""
    last: dict[int, float] = {}
    counts = {"in": 0, "out": 0}
    for picture in pictures:
        for each in picture["detections"]:
            left, top, right, bottom = each["box"]
            x = (left + right) / 2
            if abs(x - at) < 0.05 * min(right - left, bottom - top):
                last.setdefault(each["track_id"], x)
                continue
            before = last.get(each["track_id"], x)
            counts["in"] += before >= at > x
            counts["out"] += before < at <= x
            last[each["track_id"]] = x
    return counts


def followed(app: Built, frames: list[Path], line: str) -> list[dict[str, Any]]:
    """Return the app's JSON for each frame."""
    answer = app.run(*frames, "--track", "--count-line", line, "--json")
    pictures: list[dict[str, Any]] = json.loads(answer.stdout)["images"]
    return pictures


def test_count_line_counts_crossings_in_both_directions(app: Built, tmp_path: Path) -> None:
    """A line drawn upwards swaps `in` and `out`, and nothing is counted beyond the line's ends."""
    total = 0
    for seed in range(6):
        frames = written(tmp_path / str(seed), seed)
        for at in (50, 90):
            line = f"{at},-50,{at},300"
            pictures = json.loads(app.run(*frames, "--track", "--count-line", line, "--json").stdout)[
                "images"
            ]
            expected = crossed(pictures, at)
            assert pictures[-1]["line"] == expected
            total += sum(expected.values())
            line = f"{at},300,{at},-50"
            pictures = json.loads(app.run(*frames, "--track", "--count-line", line, "--json").stdout)[
                "images"
            ]
            assert pictures[-1]["line"] == {"in": expected["out"], "out": expected["in"]}
            far = app.run(*frames, "--track", "--count-line", f"{at},400,{at},500", "--json").stdout
            assert json.loads(far)["images"][-1]["line"] == {"in": 0, "out": 0}
    assert total > 5


@pytest.fixture(scope="module")
def videos(app: Built, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path, str]:
    """Return two videos of the same frames, and a line that an object crosses."""
    folder = tmp_path_factory.mktemp("videos")
    for seed in range(6):
        frames = written(folder / str(seed), seed)
        line = "50,-50,50,300"
        if sum(followed(app, frames, line)[-1]["line"].values()):
            break
    for name in ("one.avi", "two.avi"):
        video = cv2.VideoWriter(str(folder / name), cv2.VideoWriter.fourcc(*"MJPG"), 10, (SIDE, SIDE))
        for frame in frames:
            video.write(cv2.imread(str(frame)))
        video.release()
    return folder / "one.avi", folder / "two.avi", line


def test_tracking_starts_again_for_each_video(
    app: Built, videos: tuple[Path, Path, str], tmp_path: Path
) -> None:
    """The track IDs of each video start at 1. The counts are printed, and drawn with the line."""
    *films, line = videos
    options = ("--track", "--count-line", line)
    answer = app.run(*films, *options, "--json").stdout
    lines = [json.loads(each) for each in answer.splitlines()]
    one, two = ([each for each in lines if each["path"] == str(film)] for film in films)
    assert [frame["detections"] for frame in one] == [frame["detections"] for frame in two]
    assert one[-1]["line"] == two[-1]["line"]
    first = [each["track_id"] for each in one[0]["detections"]]
    assert first == list(range(1, len(first) + 1))
    counts = one[-1]["line"]
    assert sum(counts.values()) > 0
    said = app.run(*films, *options, "--output", tmp_path / "with").stdout
    assert said.count(f"; {counts['in']} in, {counts['out']} out (") == 2
    assert app.run(films[0], "--track", "--output", tmp_path / "without").returncode == 0
    drawn = [cv2.VideoCapture(str(tmp_path / name / "one.mp4")).read()[1] for name in ("with", "without")]
    differs = np.abs(drawn[0].astype(int) - drawn[1]).max(axis=2) > 60
    assert differs[:, 44:57].any(axis=1).mean() > 0.9  # the line, from top to bottom


def test_camera_output_has_track_ids_and_line_counts(app: Built, videos: tuple[Path, Path, str]) -> None:
    """Without --json the counts are printed at the end."""
    film, _, line = videos
    options = ("--camera", film, "--headless", "--track", "--count-line", line)
    frames = [json.loads(each) for each in app.run(*options, "--json").stdout.splitlines()]
    assert any(each["track_id"] for frame in frames for each in frame["detections"])
    assert frames[-1]["line"].keys() == {"in", "out"}
    assert re.search(r"skipped; \d+ in, \d+ out\n", app.run(*options).stdout)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--count-line", "1,2,3,4"), "--count-line needs --track"),
        (("--track", "--count-line", "1,2,3"), "must be x1,y1,x2,y2"),
        (("--track", "--count-line", "1,2,3,4,"), "--count-line is"),
        (("--track", "--count-line", "1,2,x,4"), "--count-line is x"),
        (("--track", "--count-line", "1,2,3,1e9"), "1e9"),
        (("--track", "--count-line", "5,5,5,5"), "no length"),
        (("--track", "--benchmark", "1"), "leave out --track"),
    ],
)
def test_wrong_tracking_options_exit_2(app: Built, options: tuple[str, ...], said: str) -> None:
    answer = app.run(TINY.with_name("landscape.png"), *options)
    assert answer.returncode == 2
    assert said in answer.stderr
