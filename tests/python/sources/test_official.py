"""Official checkpoints by name: where they are looked for, how they are fetched, what is said offline."""

import contextlib
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
import requests

from edgegen.base.errors import InputError, RenderError, UnsupportedModelError
from edgegen.sources.ultralytics import official
from edgegen.sources.ultralytics.official import find_or_fetch

CONTENT = bytes(range(256)) * 4096  # 1 MB


class Notes:
    """Progress that remembers."""

    def __init__(self) -> None:
        self.steps: list[str] = []
        self.notes: list[str] = []

    def step(self, name: str) -> None:
        self.steps.append(name)

    def note(self, text: str) -> None:
        self.notes.append(text)


class Server(BaseHTTPRequestHandler):
    """Gives yolo11n.pt whole, yolo11s.pt cut short, and nothing else."""

    def do_GET(self) -> None:
        name = self.path.rpartition("/")[2]
        if name not in {"yolo11n.pt", "yolo11s.pt"}:
            self.send_error(404)
            return
        self.send_response(200)
        self.send_header("Content-Length", str(len(CONTENT)))
        self.end_headers()
        with contextlib.suppress(ConnectionError):  # the client may have gone
            self.wfile.write(CONTENT if name == "yolo11n.pt" else CONTENT[:300_000])

    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture(autouse=True)
def no_weights_kept(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Ultralytics' folder for weights is an empty one."""
    from ultralytics.utils import SETTINGS

    kept = tmp_path / "kept"
    kept.mkdir()
    monkeypatch.setitem(SETTINGS, "weights_dir", str(kept))
    monkeypatch.delenv("YOLO_OFFLINE", raising=False)
    for proxy in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(proxy, raising=False)
    return kept


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A server in place of GitHub."""
    running = ThreadingHTTPServer(("127.0.0.1", 0), Server)
    thread = threading.Thread(target=running.serve_forever, args=(0.01,))
    thread.start()
    address = f"http://127.0.0.1:{running.server_port}/download"
    monkeypatch.setattr(official, "DOWNLOADS", address)
    yield address
    running.shutdown()
    thread.join()
    running.server_close()


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The current folder of the command."""
    current = tmp_path / "current"
    current.mkdir()
    monkeypatch.chdir(current)
    return current


def test_fetched_into_the_current_folder(server: str, folder: Path) -> None:
    """An official name is fetched with its size told, and lies under its name afterwards."""
    notes = Notes()
    path = find_or_fetch("yolo11n.pt", notes)
    assert (folder / path).read_bytes() == CONTENT
    assert [child.name for child in folder.iterdir()] == ["yolo11n.pt"]
    assert notes.steps == ["Fetch yolo11n.pt"]
    assert "1.0 MB" in notes.notes[0]
    assert str(folder) in notes.notes[0]
    assert len(notes.notes) == 4  # and at each quarter


def test_a_file_that_is_there_is_not_fetched(folder: Path) -> None:
    """No network is needed for a file in the current folder."""
    (folder / "yolo11n.pt").write_bytes(b"x")
    assert find_or_fetch("yolo11n.pt", Notes()).resolve() == folder / "yolo11n.pt"


def test_ultralytics_own_folder_is_looked_through(folder: Path, no_weights_kept: Path) -> None:
    """Weights that Ultralytics keeps elsewhere are used from there."""
    (no_weights_kept / "yolov8s.pt").write_bytes(b"x")
    assert find_or_fetch("yolov8s.pt", Notes()) == no_weights_kept / "yolov8s.pt"
    assert list(folder.iterdir()) == []


def test_old_yolov5_name(folder: Path) -> None:
    """yolov5n.pt means yolov5nu.pt, as in Ultralytics."""
    (folder / "yolov5nu.pt").write_bytes(b"x")
    assert find_or_fetch("yolov5n.pt", Notes()).name == "yolov5nu.pt"


def test_half_a_download_is_not_left_behind(server: str, folder: Path) -> None:
    """A connection that breaks leaves no file, and the message says where to fetch it from."""
    with pytest.raises(InputError) as caught:
        find_or_fetch("yolo11s.pt", Notes())
    assert list(folder.iterdir()) == []
    assert "yolo11s.pt" in caught.value.hint


def test_a_server_that_stops_early(folder: Path) -> None:
    """Fewer bytes than were announced are no checkpoint, even where the connection ends in good order."""

    class Short:
        headers = {"Content-Length": "1000"}  # noqa: RUF012
        url = "http://localhost/yolo11n.pt"

        def iter_content(self, _: int) -> list[bytes]:
            return [bytes(600)]

    with pytest.raises(requests.exceptions.ConnectionError, match="600 of 1000 bytes"):
        official._save(Short(), folder / "part", folder / "yolo11n.pt", Notes())


def test_interrupted_download(server: str, folder: Path) -> None:
    """Ctrl-C leaves no file either."""

    class Interrupting(Notes):
        def note(self, text: str) -> None:
            if self.notes:
                raise KeyboardInterrupt
            super().note(text)

    with pytest.raises(KeyboardInterrupt):
        find_or_fetch("yolo11n.pt", Interrupting())
    assert list(folder.iterdir()) == []


def test_server_says_no(server: str, folder: Path) -> None:
    """The server's answer is told."""
    with pytest.raises(InputError) as caught:
        find_or_fetch("yolo11m.pt", Notes())
    assert "404" in caught.value.message
    assert list(folder.iterdir()) == []


def test_no_network(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Offline, the message gives the address and the place, at once."""
    monkeypatch.setattr(official, "DOWNLOADS", "http://127.0.0.1:9/releases/download")
    with pytest.raises(InputError) as caught:
        find_or_fetch("yolo11n.pt", Notes())
    assert "refused" in caught.value.message
    assert str(folder) in caught.value.hint


@pytest.mark.parametrize(("value", "offline"), [("true", True), ("1", True), ("false", False), ("0", False)])
def test_asked_to_stay_offline(
    server: str, folder: Path, monkeypatch: pytest.MonkeyPatch, value: str, offline: bool
) -> None:
    """YOLO_OFFLINE keeps from trying, as in Ultralytics."""
    monkeypatch.setenv("YOLO_OFFLINE", value)
    if not offline:
        assert find_or_fetch("yolo11n.pt", Notes()).is_file()
        return
    with pytest.raises(InputError) as caught:
        find_or_fetch("yolo11n.pt", Notes())
    assert "YOLO_OFFLINE" in caught.value.message
    assert "/yolo11n.pt" in caught.value.hint


def test_address_is_that_of_ultralytics_releases(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The address that is told is the one Ultralytics itself would fetch from."""
    monkeypatch.setenv("YOLO_OFFLINE", "true")
    with pytest.raises(InputError) as caught:
        find_or_fetch("yolo11n.pt", Notes())
    assert "https://github.com/ultralytics/assets/releases/download/v8." in caught.value.hint


def test_unknown_name(folder: Path) -> None:
    """A name that is no official one is told, with what it may have meant."""
    with pytest.raises(InputError) as caught:
        find_or_fetch("yolo11nn.pt", Notes())
    assert "did you mean yolo11n.pt" in caught.value.message


@pytest.mark.parametrize(
    ("name", "said"),
    [("yoloe-11s-seg.pt", "YOLOE"), ("yolov8s-world.pt", "first YOLO-World"),
     ("rtdetr-l.pt", "RT-DETR")],
)  # fmt: skip
def test_other_kinds_are_not_fetched(server: str, folder: Path, name: str, said: str) -> None:
    """What cannot be exported is refused before megabytes are fetched."""
    with pytest.raises(UnsupportedModelError) as caught:
        find_or_fetch(name, Notes())
    assert said in caught.value.message
    assert list(folder.iterdir()) == []


def test_folder_that_cannot_be_written(server: str, folder: Path) -> None:
    """A place that cannot be written to is told with its path."""
    with pytest.raises(RenderError) as caught:
        find_or_fetch("yolo11n.pt", Notes(), folder / "missing")
    assert "missing" in caught.value.message
