"""Videos with rotation and uneven frame times, as phones write them, and streams that end."""

import json
import signal
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from edgegen.parity.pictures import draw_scene
from tests.helpers.mp4_files import set_rotation, set_times, write_mp4
from tests.helpers.network_camera import ending_stream
from tests.helpers.once import Once
from tests.helpers.places import TINY
from tests.helpers.projects import Built, build, environment, run
from tests.helpers.support import PATIENCE, wait_until

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
    """OpenCV up to 4.6 gives no times for the last frames: there the times rise at the frame rate."""
    right, known = [each / 1000 for each in UNEVEN], len(UNEVEN) - 2
    times = [frame["time_s"] for frame in lines_of(app, uneven)]
    assert times[:known] == pytest.approx(right[:known], abs=0.001)
    assert times == sorted(times)
    for frame in lines_of(app, "--camera", uneven, "--headless"):
        assert frame["time_s"] == pytest.approx(times[frame["frame"]], abs=0.001)


def test_written_video_has_every_frame_once(app: Built, uneven: Path, tmp_path: Path) -> None:
    assert app.run(uneven, "--output", tmp_path / "out").returncode == 0
    frames, rate = frames_of(tmp_path / "out" / uneven.name)
    assert [round(frame.mean() / 20) for frame in frames] == list(range(len(UNEVEN)))
    assert len(frames) / rate == pytest.approx(UNEVEN[-1] / 1000, abs=2 / rate)


def test_written_video_with_even_frame_times_keeps_frames_and_rate(app: Built, tmp_path: Path) -> None:
    frames = [np.full((48, 64, 3), 20 * number, np.uint8) for number in range(8)]
    path = write_mp4(tmp_path / "even.mp4", frames, rate=29.97)
    assert app.run(path, "--output", tmp_path / "out").returncode == 0
    written, rate = frames_of(tmp_path / "out" / path.name)
    assert [round(frame.mean() / 20) for frame in written] == list(range(8))
    assert rate == pytest.approx(29.97, abs=0.01)


def test_record_accepts_a_file_extension_in_capitals(app: Built, uneven: Path, tmp_path: Path) -> None:
    """Cameras name their videos like this."""
    recorded = tmp_path / "DAY.MP4"
    answer = app.run("--camera", uneven, "--headless", "--record", recorded)
    assert answer.returncode == 0, answer.stderr
    assert frames_of(recorded)[0]


def test_camera_stream_that_ends_exits_6(app: Built) -> None:
    """The program that runs the app can then start it again."""
    with ending_stream() as address:
        answer = app.run("--camera", address, "--headless")
    assert answer.returncode == 6, answer
    assert "on the network?" in answer.stderr


def test_missing_camera_error_names_the_command_that_lists_devices(app: Built) -> None:
    answer = app.run("--camera", 63, "--headless")
    assert answer.returncode == 6
    assert "v4l2-ctl --list-devices" in answer.stderr
    assert len(answer.stderr.strip().splitlines()) == 1


@pytest.fixture(params=["starter", "studio"])
def each_app(
    request: pytest.FixtureRequest, starter_project: Callable[[str], Path], tiny_linux: Path
) -> Built:
    """Return the starter and the studio."""
    return build(starter_project("detect") if request.param == "starter" else tiny_linux, "app")


def test_video_that_is_cut_short_is_an_error(each_app: Built, scene: np.ndarray, tmp_path: Path) -> None:
    """With some plugins, GStreamer would wait forever for its frames."""
    whole = write_mp4(tmp_path / "whole.mp4", [scene] * 10).read_bytes()
    cut = tmp_path / "cut.mp4"
    cut.write_bytes(whole[: len(whole) // 2])
    answer = run([each_app.app, cut, "--json"], tmp_path, timeout=PATIENCE)
    assert answer.returncode == 1
    assert "Convert it to MP4" in json.loads(answer.stdout)["errors"][0]["message"]


def test_written_video_can_be_played_if_the_reader_of_the_results_ends(
    each_app: Built, scene: np.ndarray, tmp_path: Path
) -> None:
    """As with `--json | head -1`."""
    path = write_mp4(tmp_path / "v.mp4", [scene] * 60)
    command = [str(each_app.app), str(path), "--json", "--output", str(tmp_path / "out")]
    with subprocess.Popen(
        command, env=environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as running:
        assert running.stdout
        assert running.stderr
        assert running.stdout.readline()
        running.stdout.close()
        assert b"cannot write to standard output: Broken pipe" in running.stderr.read()
        assert running.wait(PATIENCE) == 5
    assert frames_of(tmp_path / "out" / path.name)[0]


def catches(number: signal.Signals, process: int) -> bool:
    """Return whether a process has a handler for a signal."""
    status = Path(f"/proc/{process}/status").read_text(encoding="utf-8")
    mask = next(line.split()[1] for line in status.splitlines() if line.startswith("SigCgt:"))
    return bool(int(mask, 16) >> (number - 1) & 1)


def test_ctrl_c_ends_a_benchmark_with_the_times_so_far(each_app: Built) -> None:
    command = [str(each_app.app), str(TINY.parent / "landscape.png"), "--benchmark", "100000"]
    with subprocess.Popen(command, env=environment(), stdout=subprocess.PIPE, text=True) as running:
        try:
            status = Path(f"/proc/{running.pid}/stat")
            wait_until(
                lambda: catches(signal.SIGINT, running.pid), running
            )  # loading libraries takes a while
            wait_until(lambda: int(status.read_text().split()[13]) > 20, running)  # 0.2 s of computing
            running.send_signal(signal.SIGINT)
            output, _ = running.communicate(timeout=PATIENCE)
        finally:
            running.kill()
    assert running.returncode == 130
    assert output == "" or json.loads(output)["benchmark"]["runs"] < 100000


def test_help_that_cannot_be_written_is_an_error(each_app: Built) -> None:
    with Path("/dev/full").open("w") as full:
        command = [str(each_app.app), "--help"]
        answer = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, text=True, check=False)
    assert answer.returncode == 5
    assert "No space left on device" in answer.stderr
