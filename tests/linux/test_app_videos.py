"""Videos with rotation and uneven frame times, as phones write them, and streams that end."""

import http.server
import json
import threading
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from edgegen.parity.pictures import draw_scene
from tests.helpers.mp4_files import set_rotation, set_times, write_mp4
from tests.helpers.once import Once
from tests.helpers.projects import Built, build

pytestmark = pytest.mark.full

UNEVEN = (0, 33, 66, 300, 333, 420, 1200, 1233, 1400, 1433)  # milliseconds
PIXELS = 4  # tolerance of boxes, because the encoder saw a rotated picture


@pytest.fixture(scope="module")
def app(once: Once, tiny_linux: Path) -> Built:
    return build(tiny_linux, "app")


def lines_of(app: Built, *arguments: object) -> list[dict[str, Any]]:
    answer = app.run(*arguments, "--json")
    assert answer.returncode == 0, answer.stderr
    return [json.loads(line) for line in answer.stdout.splitlines()]


def frames_of(path: Path) -> tuple[list[np.ndarray], float]:
    """Return all frames of a video, and its frame rate."""
    capture, frames = cv2.VideoCapture(str(path)), []
    while (answer := capture.read())[0]:
        frames.append(answer[1])
    return frames, capture.get(cv2.CAP_PROP_FPS)


@pytest.fixture(scope="module")
def scene() -> np.ndarray:
    """Return a landscape picture with objects to detect."""
    return np.kron(draw_scene(240, 160, 5)[0], np.ones((2, 2, 1), np.uint8))[..., ::-1]


@pytest.mark.parametrize("degrees", [90, 180, 270])
def test_rotated_video_gives_the_detections_of_the_upright_video(
    app: Built, scene: np.ndarray, tmp_path: Path, degrees: int
) -> None:
    """Compares the JSON, the written video, and the video as a camera."""
    upright = write_mp4(tmp_path / "upright.mp4", [scene] * 3)
    turned = write_mp4(tmp_path / "turned.mp4", [np.rot90(scene, degrees // 90)] * 3)
    set_rotation(turned, degrees)
    right, ours = lines_of(app, upright)[0], lines_of(app, turned, "--output", tmp_path / "out")[0]
    (played, *_) = lines_of(app, "--camera", turned, "--headless")
    assert len(right["detections"]) > 1
    for frame in (ours, played):
        assert (frame["width"], frame["height"]) == (scene.shape[1], scene.shape[0])
        boxes, expected = ([each["box"] for each in one["detections"]] for one in (frame, right))
        assert np.array(sorted(boxes)) == pytest.approx(np.array(sorted(expected)), abs=PIXELS)
    assert app.run(upright, "--output", tmp_path / "out").returncode == 0
    (shown, *_), (drawn, *_) = (frames_of(tmp_path / "out" / path.name)[0] for path in (turned, upright))
    assert shown.shape == drawn.shape
    assert np.abs(shown.astype(int) - drawn).mean() < 8


@pytest.fixture
def uneven(tmp_path: Path) -> Path:
    """Return a video of grey frames with the times UNEVEN, each frame brighter than the one before."""
    frames = [np.full((48, 64, 3), 20 * number, np.uint8) for number in range(len(UNEVEN))]
    path = write_mp4(tmp_path / "uneven.mp4", frames)
    set_times(path, UNEVEN)
    return path


def test_time_s_equals_the_frame_times_of_the_file(app: Built, uneven: Path) -> None:
    """Also for the last frames, for which OpenCV up to 4.6 gives no times, and for the file as a camera."""
    right = [each / 1000 for each in UNEVEN]
    assert [frame["time_s"] for frame in lines_of(app, uneven)] == pytest.approx(right, abs=0.001)
    for frame in lines_of(app, "--camera", uneven, "--headless"):
        assert frame["time_s"] == pytest.approx(right[frame["frame"]], abs=0.001)


def test_written_video_keeps_uneven_frame_times(app: Built, uneven: Path, tmp_path: Path) -> None:
    """Its constant rate is high enough: frames are repeated, and none is lost."""
    assert app.run(uneven, "--output", tmp_path / "out").returncode == 0
    frames, rate = frames_of(tmp_path / "out" / uneven.name)
    levels = [round(frame.mean() / 20) for frame in frames]
    assert len(frames) / rate == pytest.approx(UNEVEN[-1] / 1000, abs=2 / rate)
    for number, time in enumerate(UNEVEN):
        assert levels.index(number) / rate == pytest.approx(time / 1000, abs=1 / rate), levels


def test_written_video_with_even_frame_times_keeps_frames_and_rate(app: Built, tmp_path: Path) -> None:
    frames = [np.full((48, 64, 3), 20 * number, np.uint8) for number in range(8)]
    path = write_mp4(tmp_path / "even.mp4", frames, rate=29.97)
    assert app.run(path, "--output", tmp_path / "out").returncode == 0
    written, rate = frames_of(tmp_path / "out" / path.name)
    assert [round(frame.mean() / 20) for frame in written] == list(range(8))
    assert rate == pytest.approx(29.97, abs=0.01)


def test_written_video_shortens_a_pause_of_hours_to_a_minute(app: Built, tmp_path: Path) -> None:
    """A file with absurd times would fill the disk. `time_s` keeps the times of the file."""
    path = write_mp4(tmp_path / "pause.mp4", [np.full((48, 64, 3), 90, np.uint8)] * 4)
    set_times(path, (0, 40, 80, 40_000_000))
    assert lines_of(app, path, "--output", tmp_path / "out")[-1]["time_s"] == pytest.approx(40_000)
    frames, rate = frames_of(tmp_path / "out" / path.name)
    assert len(frames) / rate == pytest.approx(60, abs=1)


def test_record_accepts_a_file_extension_in_capitals(app: Built, uneven: Path, tmp_path: Path) -> None:
    """Cameras name their videos like this."""
    recorded = tmp_path / "DAY.MP4"
    answer = app.run("--camera", uneven, "--headless", "--record", recorded)
    assert answer.returncode == 0, answer.stderr
    assert frames_of(recorded)[0]


class Camera(http.server.BaseHTTPRequestHandler):
    """A network camera that stops after a few pictures."""

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "multipart/x-mixed-replace; boundary=frame")
        self.end_headers()
        picture = cv2.imencode(".jpg", np.full((48, 64, 3), 90, np.uint8))[1].tobytes()
        for _ in range(5):
            head = f"--frame\r\nContent-Type: image/jpeg\r\nContent-Length: {len(picture)}\r\n\r\n"
            self.wfile.write(head.encode() + picture + b"\r\n")

    def log_message(self, *_: object) -> None:
        """Print nothing."""


def test_camera_stream_that_ends_exits_6(app: Built) -> None:
    """The program that runs the app can then start it again."""
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Camera) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        answer = app.run("--camera", f"http://127.0.0.1:{server.server_address[1]}/live", "--headless")
        server.shutdown()
    assert answer.returncode == 6, answer
    assert "on the network?" in answer.stderr


def test_missing_camera_error_names_the_command_that_lists_devices(app: Built) -> None:
    answer = app.run("--camera", 63, "--headless")
    assert answer.returncode == 6
    assert "v4l2-ctl --list-devices" in answer.stderr
    assert len(answer.stderr.strip().splitlines()) == 1


@pytest.mark.parametrize(
    "arguments",
    [
        ["--info", "--camera", "0"],
        ["--camera", "0", "--info"],
        ["--info", "--benchmark", "3"],
        ["--benchmark", "3", "a.png", "--info"],
        ["--info", "--serve", "0", "a.png"],
        ["--info", "--output", "out"],
        ["--info", "--track"],
        ["--info", "--record", "a.mp4"],
        ["--info", "a.png"],
        ["--camera", "0", "--benchmark", "3"],
    ],
)
def test_options_that_exclude_each_other_are_a_usage_error(app: Built, arguments: list[str]) -> None:
    """The app ignores none of them silently."""
    answer = app.run(*arguments)
    assert answer.returncode == 2, answer
    assert "--info" in answer.stderr or "--benchmark" in answer.stderr
    assert len(answer.stderr.strip().splitlines()) == 1
