"""The starter's app: pictures, folders, videos, cameras, the window with its slider, and errors."""

import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from PIL import Image, ImageGrab

from tests.helpers.network_camera import ending_stream
from tests.helpers.places import TINY
from tests.helpers.projects import build, checked, environment, run
from tests.helpers.support import PATIENCE, wait_until
from tests.linux.starter.conftest import TASKS, Starter, copy_of

pytestmark = pytest.mark.full

LANDSCAPE, PORTRAIT = TINY.parent / "landscape.png", TINY.parent / "portrait.png"
FRAMES = 5


def read(path: Path, flags: int = cv2.IMREAD_COLOR) -> np.ndarray:
    """Return the pixels of a picture, which must be readable."""
    pixels = cv2.imread(str(path), flags)
    assert pixels is not None
    return pixels


@pytest.fixture(scope="module")
def video(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a video of equal frames."""
    path = tmp_path_factory.mktemp("video") / "street.mp4"
    picture = read(LANDSCAPE)
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"mp4v"), 25, picture.shape[1::-1])
    for _ in range(FRAMES):
        writer.write(picture)
    writer.release()
    return path


@pytest.mark.parametrize("task", TASKS)
def test_app_draws_the_result_of_every_task(starter: Starter, tmp_path: Path, task: str) -> None:
    answer = starter(task).run(LANDSCAPE, "--output", tmp_path / "annotated")
    written = tmp_path / "annotated" / LANDSCAPE.name
    assert (answer.returncode, answer.stderr) == (0, "")
    first, second = answer.stdout.splitlines()
    assert first.startswith(f"{LANDSCAPE}: ")
    assert "nothing" not in first
    assert second == f"  -> {written}"
    before, after = read(LANDSCAPE), read(written)
    assert before.shape == after.shape
    assert np.any(before != after, axis=2).mean() > 0.005


def test_app_takes_folders_and_never_overwrites_an_input(
    starter: Starter, video: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "photos"
    folder.mkdir()
    shutil.copy(LANDSCAPE, folder / "a.png")
    shutil.copy(video, folder / "b.mp4")
    (folder / "notes.txt").write_text("no picture")
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    answer = starter("detect").run(folder, "--output", folder)
    assert answer.returncode == 0, answer.stderr
    assert {name: (folder / name).read_bytes() for name in before} == before
    assert {path.name for path in folder.iterdir()} - before.keys() == {"a-2.png", "b-2.mp4"}
    assert cv2.VideoCapture(str(folder / "b-2.mp4")).get(cv2.CAP_PROP_FRAME_COUNT) == FRAMES


def test_json_has_a_line_for_every_frame_and_an_object_for_pictures(starter: Starter, video: Path) -> None:
    answer = starter("detect").run(video, LANDSCAPE, "--json", "--conf", 0.9)
    assert answer.returncode == 0, answer.stderr
    *frames, pictures = (json.loads(line) for line in answer.stdout.splitlines())
    assert [frame["frame"] for frame in frames] == list(range(FRAMES))
    (picture,) = pictures["images"]
    assert (picture["width"], picture["height"]) == Image.open(LANDSCAPE).size
    assert picture["detections"]
    assert all(each["score"] > 0.9 for each in picture["detections"])


MANY = """
#include <cstdlib>
#include <iostream>
#include <new>

#include "app_model.h"
#include "json/report.h"

static std::size_t allocated = 0;  // bytes

void* operator new(std::size_t size) {
  allocated += size;
  if (void* memory = std::malloc(size)) return memory;
  throw std::bad_alloc();
}
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }

int main() {
  std::vector<std::string> pictures;
  for (int i = 0; i < 20000; ++i) {
    pictures.push_back(json::picture(std::to_string(i) + ".jpg", vision::Result(), app::kModel));
  }
  std::cout << allocated / json::report(pictures, {}).size();
}
"""


def test_report_of_many_pictures_is_not_copied_for_each(starter: Starter, tmp_path: Path) -> None:
    """Else 5,000 pictures take half a minute. Ten times its size is allocated for the pictures' own texts."""
    project = copy_of(starter("detect"), tmp_path)
    (project / "many.cpp").write_text(MANY)
    with (project / "CMakeLists.txt").open("a", encoding="utf-8") as file:
        file.write("add_executable(many many.cpp)\ntarget_link_libraries(many PRIVATE core)\n")
    build(project, "many")
    assert int(checked([project / "build" / "release" / "many"], tmp_path)) < 100


def test_video_gives_every_frame_once_and_in_order(starter: Starter, tmp_path: Path) -> None:
    """Three threads work on the frames. The objects jump between two places."""
    picture, jump, jumps = read(LANDSCAPE), 60, [0, 1, 1, 0, 1, 0, 0, 0, 1, 1, 1, 0, 1, 1, 0, 0, 1, 0]
    height, width = picture.shape[:2]
    path = tmp_path / "jumping.avi"
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"MJPG"), 25, (width + jump, height))
    for place in jumps:
        frame = np.full((height, width + jump, 3), 114, np.uint8)
        frame[:, jump * place : jump * place + width] = picture
        writer.write(frame)
    writer.release()
    answers = [starter("detect").run(path, "--json").stdout for _ in range(2)]
    assert answers[0] == answers[1]
    frames = [json.loads(line) for line in answers[0].splitlines()]
    assert [frame["frame"] for frame in frames] == list(range(len(jumps)))
    lefts = [min(each["box"][0] for each in frame["detections"]) for frame in frames]
    assert [left > lefts[0] + jump / 2 for left in lefts] == [place == 1 for place in jumps]


def test_video_with_a_rate_that_cannot_be_right_is_written_with_30_frames_a_second(
    starter: Starter, tmp_path: Path
) -> None:
    """At 1e-7 frames/s, the window would show each frame for four months."""
    picture = read(LANDSCAPE)
    path = tmp_path / "slow.avi"
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"MJPG"), 25, picture.shape[1::-1])
    writer.write(picture)
    writer.release()
    data = bytearray(path.read_bytes())
    scale = data.index(b"strh") + 28  # of the stream's header: seconds = scale / rate
    data[scale : scale + 8] = (10_000_000).to_bytes(4, "little") + (1).to_bytes(4, "little")
    path.write_bytes(data)
    answer = starter("detect").run(path, "--output", tmp_path / "annotated")
    assert answer.returncode == 0, answer.stderr
    assert cv2.VideoCapture(str(tmp_path / "annotated" / "slow.mp4")).get(cv2.CAP_PROP_FPS) == 30


def test_written_video_does_not_depend_on_the_speed(starter: Starter, video: Path, tmp_path: Path) -> None:
    for name in ("first", "second"):
        assert starter("detect").run(video, "--output", tmp_path / name).returncode == 0
    videos = [cv2.VideoCapture(str(tmp_path / name / video.name)) for name in ("first", "second")]
    for _ in range(FRAMES):
        (is_read, first), (_, second) = (each.read() for each in videos)
        assert is_read
        assert np.array_equal(first, second)


def test_camera_stream_that_ends_exits_6(starter: Starter) -> None:
    with ending_stream() as address:
        answer = starter("detect").run("--camera", address, "--no-window")
    assert answer.returncode == 6, answer
    (line,) = answer.stderr.splitlines()
    assert re.search(r"stopped after [1-5] frames?\. Is the address right", line)


def test_video_that_cannot_be_written_exits_5_while_other_threads_work(
    starter: Starter, video: Path, tmp_path: Path
) -> None:
    (tmp_path / "out" / video.name).mkdir(parents=True)  # in the place of the file
    answer = starter("detect").run(video, "--output", tmp_path / "out")
    assert answer.returncode == 5
    (line,) = answer.stderr.splitlines()
    assert "cannot write" in line


def test_json_and_output_together_print_and_write(starter: Starter, video: Path, tmp_path: Path) -> None:
    answer = starter("detect").run(video, LANDSCAPE, "--json", "--output", tmp_path)
    assert answer.returncode == 0, answer.stderr
    lines = [json.loads(line) for line in answer.stdout.splitlines()]
    assert [line["frame"] for line in lines[:-1]] == list(range(FRAMES))
    assert lines[-1]["images"][0]["detections"]
    assert np.any(read(tmp_path / LANDSCAPE.name) != read(LANDSCAPE))
    assert cv2.VideoCapture(str(tmp_path / video.name)).get(cv2.CAP_PROP_FRAME_COUNT) == FRAMES


@pytest.mark.parametrize("kind", ["picture", "video"])
def test_full_disk_exits_5_with_the_reason_of_the_system(
    starter: Starter, video: Path, tmp_path: Path, kind: str
) -> None:
    """A limit of the size of files stands for the full disk. OpenCV reports no failed write."""
    source = LANDSCAPE if kind == "picture" else video
    limited = ["sh", "-c", 'ulimit -f 4 && exec "$@"', "sh"]
    answer = run([*limited, starter("detect").app, source, "--output", tmp_path], tmp_path)
    assert answer.returncode == 5, answer
    (line,) = answer.stderr.splitlines()
    assert line.startswith(f"error: cannot write {tmp_path / source.name}: File too large. Make room, or")


def test_display_that_cannot_be_opened_is_named(starter: Starter, tmp_path: Path) -> None:
    command = ["env", "DISPLAY=:9999", starter("detect").app, LANDSCAPE, "--output", tmp_path]
    answer = run(command, tmp_path)
    assert answer.returncode == 0
    assert answer.stderr == "No window can be opened on the display :9999: going on without.\n"
    assert (tmp_path / LANDSCAPE.name).is_file()


def test_output_without_a_screen_goes_to_the_folder_annotated(starter: Starter, tmp_path: Path) -> None:
    app = starter("detect").app
    answer = subprocess.run([app, LANDSCAPE], cwd=tmp_path, env=environment(), check=False)
    assert answer.returncode == 0
    assert (tmp_path / "annotated" / LANDSCAPE.name).is_file()


def test_depth_maps_are_written_beside_annotated_pictures(starter: Starter, tmp_path: Path) -> None:
    maps = tmp_path / "maps"
    answer = starter("depth").run(LANDSCAPE, PORTRAIT, "--maps", maps, "--output", tmp_path / "annotated")
    assert answer.returncode == 0, answer.stderr
    for source in (LANDSCAPE, PORTRAIT):
        depth = read(maps / source.name, cv2.IMREAD_UNCHANGED)
        assert depth.dtype == np.uint16
        assert depth.shape == read(source).shape[:2]
        assert (tmp_path / "annotated" / source.name).is_file()


ERRORS: list[tuple[list[str], int, str]] = [
    ([], 2, "give pictures, or --camera CAMERA"),
    (["{0}/empty"], 2, "no pictures or videos found"),
    (["{0}/empty", "--benchmark", "2"], 2, "no pictures or videos found"),
    (["--nothing"], 2, "there is no option --nothing"),
    (["{0}/a.png", "--conf", "2"], 2, "--conf is 2, but must be a number from 0 to 1"),
    (["{0}/a.png", "--conf"], 2, "--conf needs a value"),
    (["{0}/none.png"], 1, "{0}/none.png: there is no such file"),
    (["{0}/damaged.png"], 1, "{0}/damaged.png: the picture is damaged, or of a kind that OpenCV cannot read"),
    (["{0}/other.png"], 1, "{0}/other.png: the picture is damaged, or of a kind that OpenCV cannot read"),
    (
        ["{0}/notes.txt"],
        1,
        "{0}/notes.txt: this is no picture that OpenCV can read. The extensions of videos are .avi",
    ),
    (["{0}/damaged.mp4", "--benchmark", "2"], 2, "--benchmark takes a picture, not a video"),
    (["{0}/damaged.mp4"], 1, "{0}/damaged.mp4: OpenCV cannot read this video"),
    (["{0}/a.png", "--model", "{0}/empty"], 3, "No such file or directory. Name its folder with --model DIR"),
    (["{0}/a.png", "--model", "{0}/other"], 3, "is damaged, or not the model"),
    (["{0}/a.png", "--output", "/proc/none"], 5, "cannot create the folder /proc/none"),
    (["--camera", "9"], 6, "camera 9 cannot be opened. Is it plugged in"),
    (["--camera", "/dev/video63"], 6, "camera /dev/video63 cannot be opened. Is it plugged in"),
    (["--camera", "0", "--output", "{0}"], 2, "--output takes pictures and videos, not a camera"),
    (["--camera", "0", "--width", "640.5"], 2, "--width is 640.5, but must be a whole number"),
    (["{0}/a.png", "--fps", "30"], 2, "--width, --height and --fps need --camera"),
    (["{0}/a.png", "--conf=0.5"], 2, "write --conf VALUE"),
    (["{0}/a.png", "--output", ""], 2, "--output needs a value"),
    (["{0}/a.png", "--output", "--json"], 2, "--output needs a value"),
    (["{0}/missing.mp4"], 1, "{0}/missing.mp4: there is no such file"),
    (["{0}/a.png", "--threads", "2.9"], 2, "--threads is 2.9, but must be a whole number"),
    (["{0}/cut.jpg"], 1, "{0}/cut.jpg: the picture is cut short. Copy the file again"),
]


@pytest.mark.parametrize(("arguments", "code", "message"), ERRORS)
def test_error_ends_with_one_line_and_a_next_step(
    starter: Starter, tmp_path: Path, arguments: list[str], code: int, message: str
) -> None:
    app = starter("detect")
    (tmp_path / "empty").mkdir()
    shutil.copy(LANDSCAPE, tmp_path / "a.png")
    (tmp_path / "damaged.png").write_bytes(LANDSCAPE.read_bytes()[:30])
    (tmp_path / "other.png").write_bytes(b"no picture")
    (tmp_path / "damaged.mp4").write_bytes(b"no video")
    (tmp_path / "notes.txt").write_bytes(b"no picture")
    (tmp_path / "cut.jpg").write_bytes(cv2.imencode(".jpg", read(LANDSCAPE))[1].tobytes()[:-2])
    (tmp_path / "other").mkdir()
    model = bytearray((app.project / "model" / "model.pte").read_bytes())
    model[len(model) // 2] ^= 0xFF
    (tmp_path / "other" / "model.pte").write_bytes(model)
    answer = app.run(*(each.format(tmp_path) for each in arguments))
    assert answer.returncode == code
    (line,) = answer.stderr.splitlines()
    assert line.startswith("error: ")
    assert message.format(tmp_path) in line


def test_damaged_picture_does_not_stop_the_others(starter: Starter, tmp_path: Path) -> None:
    damaged = tmp_path / "damaged.png"
    damaged.write_bytes(b"no picture")
    answer = starter("detect").run(damaged, LANDSCAPE, "--json")
    assert answer.returncode == 1
    report = json.loads(answer.stdout)
    assert [each["path"] for each in report["errors"]] == [str(damaged)]
    assert [each["path"] for each in report["images"]] == [str(LANDSCAPE)]


def test_cmake_stops_without_opencv(starter: Starter, tmp_path: Path) -> None:
    """Without the app, there is nothing to run."""
    command = ["cmake", "--preset", "release", "-B", tmp_path, "-DCMAKE_DISABLE_FIND_PACKAGE_OpenCV=ON"]
    answer = run(command, starter("detect").project)
    assert answer.returncode != 0
    assert "sudo apt install libopencv-dev" in answer.stderr


def test_installed_app_uses_the_model_beside_it_and_no_other(starter: Starter, tmp_path: Path) -> None:
    """A folder model/ of someone else may be in the folder that it was installed in, such as /home/pi."""
    built = starter("detect")
    (tmp_path / "dist" / "bin").mkdir(parents=True)
    app = Path(shutil.copy(built.app, tmp_path / "dist" / "bin"))
    shutil.copytree(built.project / "model", tmp_path / "dist" / "model")
    (tmp_path / "model").mkdir()
    (tmp_path / "model" / "model.pte").write_bytes(b"another model")
    answer = run([app, LANDSCAPE, "--json"], tmp_path)
    assert answer.returncode == 0, answer.stderr


def test_benchmark_prints_the_median_times(starter: Starter) -> None:
    answer = starter("detect").run(LANDSCAPE, "--benchmark", 3, "--threads", 1)
    assert answer.returncode == 0, answer.stderr
    benchmark: dict[str, Any] = json.loads(answer.stdout)["benchmark"]
    assert benchmark["runs"] == 3
    assert benchmark["timing_ms"]["total"]["median"] > 0


def test_confidence_of_the_command_line_counts_until_the_slider_moves(
    starter: Starter, display: str, tmp_path: Path
) -> None:
    """The slider is at 0 %, which would give more boxes."""
    app = starter("detect").app
    found = {
        confidence: run([app, LANDSCAPE, "--conf", confidence, "--output", tmp_path], tmp_path).stdout
        for confidence in ("0.001", "0")
    }
    text = {confidence: line.partition(" (")[0] for confidence, line in found.items()}
    assert text["0.001"] != text["0"]
    command = [str(app), str(LANDSCAPE), "--conf", "0.001"]
    screen = {**environment(), "DISPLAY": display}
    with subprocess.Popen(command, env=screen, stdout=subprocess.PIPE, text=True) as running:
        assert running.stdout
        shown = running.stdout.readline()
        running.kill()
    assert shown.partition(" (")[0] == text["0.001"]


def test_slider_hides_boxes_and_q_closes_the_window(starter: Starter, display: str) -> None:
    """The picture is on the screen with its boxes. At 100 % none are left."""
    command = [str(starter("detect").app), str(LANDSCAPE), str(PORTRAIT)]
    screen = {**environment(), "DISPLAY": display}
    with subprocess.Popen(command, env=screen, stdout=subprocess.PIPE, text=True) as running:

        def act(*arguments: object) -> None:
            subprocess.run(["xdotool", *map(str, arguments)], env=screen, check=True, capture_output=True)

        def shown() -> np.ndarray:
            return np.asarray(ImageGrab.grab(xdisplay=display).crop((0, 0, 600, 380))).astype(int)

        def orange() -> float:
            """Return the share of pixels in the first class's colour, which the picture itself lacks."""
            return float((np.abs(shown() - (0xD5, 0x5E, 0x00)).max(axis=2) < 8).mean())

        try:
            wait_until(lambda: orange() > 0.005, running)  # the circle's label
            find = ["search", "--onlyvisible", "--name", ".", "windowfocus", "--sync"]

            def is_hidden() -> bool:
                act("mousemove", 620, 414, "click", 1)  # each click is a step to the right
                return orange() == 0

            wait_until(is_hidden, running)
            assert running.poll() is None
            act(*find, "key", "n")  # any key shows the next picture, in which the slider keeps its place
            act(*find, "key", "q")
            assert running.wait(PATIENCE) == 0
        finally:
            running.kill()
