"""Cameras in both apps: a simulated USB camera, and network cameras that hang."""

import json
import re
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import cv2
import pytest

from tests.helpers.network_camera import LOGIN, ending_stream, silent_camera
from tests.helpers.once import Once
from tests.helpers.places import TINY
from tests.helpers.projects import Built, build, checked, environment
from tests.helpers.support import PATIENCE

pytestmark = pytest.mark.full

SOURCE = Path(__file__).parent / "simulated_camera.c"


@pytest.fixture(params=["starter", "studio"])
def app(
    request: pytest.FixtureRequest, starter_project: Callable[[str], Path], tiny_linux: Path
) -> tuple[Built, list[str]]:
    """Return an app, and its options for a camera without a window."""
    if request.param == "starter":
        return build(starter_project("detect"), "app"), ["--no-window"]
    return build(tiny_linux, "app"), ["--headless"]


@contextmanager
def running(
    app: tuple[Built, list[str]], *arguments: object, **variables: object
) -> Iterator[subprocess.Popen[str]]:
    """Start the app with a camera, and end it whatever happens."""
    command = [str(app[0].app), *app[1], *map(str, arguments)]
    process = subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**environment(), **{name: str(value) for name, value in variables.items()}},
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


@dataclass
class Simulated:
    """A simulated USB camera: the variables of a program that sees it, and what it was asked for."""

    variables: dict[str, object]

    @property
    def requests(self) -> list[str]:
        return Path(str(self.variables["SIMULATED_CAMERA_LOG"])).read_text(encoding="ascii").splitlines()

    def last(self, *words: str) -> str:
        """Return the last request that has one of these words."""
        return [line for line in self.requests if any(word in line for word in words)][-1]


@pytest.fixture
def camera(once: Once, tmp_path: Path) -> Simulated:
    def make(folder: Path) -> None:
        compiler = shutil.which("cc") or "c++"
        library = folder / "camera.so"
        checked([compiler, "-shared", "-fPIC", "-Wall", "-Werror", "-o", library, SOURCE, "-ldl"], folder)
        picture = cv2.imread(str(TINY.parent / "landscape.png"))
        assert picture is not None
        cv2.imwrite(str(folder / "picture.jpg"), cv2.resize(picture, (1280, 720)))

    folder = once("simulated-camera", make)
    return Simulated(
        {
            "LD_PRELOAD": folder / "camera.so",
            "SIMULATED_CAMERA_PICTURE": folder / "picture.jpg",
            "SIMULATED_CAMERA_LOG": tmp_path / "requests",
        }
    )


@pytest.mark.parametrize("name", ["5", "/dev/video5"])
def test_usb_camera_gives_1280_x_720_in_mjpg_with_all_its_buffers(
    app: tuple[Built, list[str]], camera: Simulated, name: str
) -> None:
    """With one buffer, a camera gives half of its frames."""
    with running(app, "--camera", name, "--json", **camera.variables) as process:
        assert process.stdout
        frames = [json.loads(process.stdout.readline()) for _ in range(5)]
        process.send_signal(signal.SIGINT)
        assert process.wait(PATIENCE) == 0
        assert process.stderr
        assert process.stderr.read() == ""
    assert all(frame["detections"] for frame in frames)
    assert camera.last("MJPG", "YUYV") == "MJPG 1280 x 720"
    assert camera.last("buffers") == "4 buffers"
    assert "1 buffers" not in camera.requests


@pytest.mark.parametrize(
    ("options", "given", "note"),
    [
        (["--width", 640, "--height", 480], "YUYV 640 x 480", ""),
        (["--width", 640], "YUYV 640 x 360", ""),
        (["--width", 1920, "--height", 1080], "MJPG 1280 x 720", "It gives 1280 x 720 with 30 frames/s."),
        (["--fps", 60], "MJPG 1280 x 720", "It gives 1280 x 720 with 30 frames/s."),
    ],
)
def test_app_says_what_a_camera_gives_instead_of_the_size_that_was_asked_for(
    app: tuple[Built, list[str]], camera: Simulated, options: list[object], given: str, note: str
) -> None:
    with running(app, "--camera", 5, "--json", *options, **camera.variables) as process:
        assert process.stdout
        assert process.stdout.readline()
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=PATIENCE)
    assert camera.last("MJPG", "YUYV") == given
    assert errors.strip().endswith(note)
    assert (errors == "") is (note == "")


def test_app_says_what_a_camera_gives_that_takes_no_1280_x_720(
    app: tuple[Built, list[str]], camera: Simulated
) -> None:
    variables = {**camera.variables, "SIMULATED_CAMERA_SMALL": 1}
    with running(app, "--camera", 5, "--json", **variables) as process:
        assert process.stdout
        assert process.stdout.readline()
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=PATIENCE)
    assert errors.strip().endswith("It gives 640 x 480 with 30 frames/s.")


def test_ctrl_c_ends_a_stream_that_hangs_within_two_seconds(app: tuple[Built, list[str]]) -> None:
    with ending_stream(hangs=True) as address, running(app, "--camera", address, "--json") as process:
        assert process.stdout
        assert json.loads(process.stdout.readline())["path"].endswith("/...")
        before = time.monotonic()
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=PATIENCE)
        assert time.monotonic() - before < 2
    assert (process.returncode, errors) == (0, "")


def test_camera_that_never_answers_ends_the_app_after_a_time_limit(app: tuple[Built, list[str]]) -> None:
    with silent_camera() as address:
        before = time.monotonic()
        answer = app[0].run("--camera", address, *app[1])
    assert answer.returncode == 6
    assert "Is the address right, and the camera on the network?" in answer.stderr
    assert len(answer.stderr.splitlines()) == 1
    assert time.monotonic() - before < 30  # FFmpeg alone waits for 30 s, and GStreamer for 20


def test_login_of_an_address_is_in_no_output(app: tuple[Built, list[str]]) -> None:
    with ending_stream() as address:
        answers = [app[0].run("--camera", address, *app[1], *options) for options in ([], ["--json"])]
    name, _, password = LOGIN.partition(":")
    answers += [
        app[0].run("--camera", f"rtsp://{name}:{password}/@127.0.0.1:1/live", *app[1]),  # not escaped
        app[0].run("--camera", f"http://127.0.0.1:1/cgi?user={name}&pwd={password}", *app[1]),
        app[0].run(f"rtsp://{LOGIN}@127.0.0.1:1/live"),
        app[0].run(f"--camera=rtsp://{LOGIN}@127.0.0.1:1/live"),
    ]
    for answer in answers:
        assert answer.returncode in (2, 6)
        assert answer.stderr
        for secret in (name, password):
            assert secret not in answer.stdout + answer.stderr
    assert answers[1].stdout.count('"path"') >= 1
    assert "http://127.0.0.1:1/..." in answers[3].stderr


@pytest.mark.parametrize("name", ["1.7", "-1", "12345", "front", "film.mp4", f"{LOGIN}@10.0.0.2/live?key=1"])
def test_text_that_is_no_camera_is_a_usage_error_that_says_what_a_camera_is(
    app: tuple[Built, list[str]], name: str
) -> None:
    """An address without its rtsp:// has a password too."""
    answer = app[0].run("--camera", name, *app[1])
    assert answer.returncode == 2
    shown = "10.0.0.2/..." if "@" in name else name
    said = rf"error: there is no camera (or file )?{re.escape(shown)}\. A camera is an index \(0\), a device "
    assert re.match(said, answer.stderr)
    assert LOGIN.partition(":")[2] not in answer.stderr


@pytest.fixture(params=["no plugins", "no libcamera"])
def gstreamer(request: pytest.FixtureRequest, tmp_path: Path, without_gstreamer_plugins: None) -> None:
    """Hide GStreamer's plugins, or all but those that a ribbon camera's pipeline needs besides libcamera."""
    kept = ("app", "coreelements", "videoconvert*") if request.param == "no libcamera" else ()
    for plugin in kept:
        for file in Path("/usr/lib").glob(f"*/gstreamer-1.0/libgst{plugin}.so"):
            (tmp_path / file.name).symlink_to(file)


@pytest.mark.usefixtures("gstreamer")
def test_ribbon_camera_without_its_plugin_exits_6_at_once_with_what_to_install(
    app: tuple[Built, list[str]],
) -> None:
    """Otherwise OpenCV waits, and after 12 s the app says that the camera sends no pictures."""
    answer = app[0].run("--camera", "csi", *app[1])
    assert answer.returncode == 6
    (line,) = answer.stderr.splitlines()
    assert 'the camera csi cannot be opened (GStreamer: no element "libcamerasrc")' in line
    assert "sudo apt install gstreamer1.0-libcamera" in line


@pytest.mark.usefixtures("gstreamer")
def test_pipeline_names_the_element_that_gstreamer_does_not_have(tiny_linux: Path) -> None:
    answer = build(tiny_linux, "app").run("--camera", "nosuchsrc key=s3cret ! fakesink", "--headless")
    assert answer.returncode == 6
    assert 'nosuchsrc ! fakesink cannot be opened (GStreamer: no element "nosuchsrc")' in answer.stderr
    assert "s3cret" not in answer.stderr
