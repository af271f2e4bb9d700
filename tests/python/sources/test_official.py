"""Official checkpoints by name: search, download, and messages without a network."""

import contextlib
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
import requests

from edgegen.base.errors import InputError, RenderError, UnsupportedModelError
from edgegen.sources import library, ultralytics
from edgegen.sources.ultralytics import find_or_fetch

CONTENT = bytes(range(256)) * 4096  # 1 MB


class Notes:
    """Records steps and notes."""

    def __init__(self) -> None:
        self.steps: list[str] = []
        self.notes: list[str] = []

    def step(self, name: str) -> None:
        self.steps.append(name)

    def note(self, text: str) -> None:
        self.notes.append(text)


class Server(BaseHTTPRequestHandler):
    """Sends yolo11n.pt complete and yolo11s.pt truncated; other files give 404."""

    def do_GET(self) -> None:
        name = self.path.rpartition("/")[2]
        if name not in {"yolo11n.pt", "yolo11s.pt"}:
            self.send_error(404)
            return
        self.send_response(200)
        self.send_header("Content-Length", str(len(CONTENT)))
        self.end_headers()
        with contextlib.suppress(ConnectionError):  # the client may have disconnected
            self.wfile.write(CONTENT if name == "yolo11n.pt" else CONTENT[:300_000])

    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture(autouse=True)
def no_weights_kept(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Use an empty folder as Ultralytics' folder of weights."""
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
    """Run a server in place of GitHub."""
    running = ThreadingHTTPServer(("127.0.0.1", 0), Server)
    thread = threading.Thread(target=running.serve_forever, args=(0.01,))
    thread.start()
    address = f"http://127.0.0.1:{running.server_port}/download"
    monkeypatch.setattr(ultralytics, "DOWNLOADS", address)
    yield address
    running.shutdown()
    thread.join()
    running.server_close()


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the current folder of the command."""
    current = tmp_path / "current"
    current.mkdir()
    monkeypatch.chdir(current)
    return current


def test_official_model_is_downloaded_to_the_current_folder(server: str, folder: Path) -> None:
    """The notes have its size and progress."""
    notes = Notes()
    path = find_or_fetch("yolo11n.pt", notes)
    assert (folder / path).read_bytes() == CONTENT
    assert [child.name for child in folder.iterdir()] == ["yolo11n.pt"]
    assert notes.steps == ["Download yolo11n.pt"]
    assert "1.0 MB" in notes.notes[0]
    assert str(folder) in notes.notes[0]
    assert len(notes.notes) == 4  # one more at each quarter


def test_existing_file_is_not_downloaded(folder: Path) -> None:
    (folder / "yolo11n.pt").write_bytes(b"x")
    assert find_or_fetch("yolo11n.pt", Notes()).resolve() == folder / "yolo11n.pt"


def test_model_in_ultralytics_weights_folder_is_used(folder: Path, no_weights_kept: Path) -> None:
    (no_weights_kept / "yolov8s.pt").write_bytes(b"x")
    assert find_or_fetch("yolov8s.pt", Notes()) == no_weights_kept / "yolov8s.pt"
    assert list(folder.iterdir()) == []


def test_yolov5n_means_yolov5nu(folder: Path) -> None:
    """As in Ultralytics."""
    (folder / "yolov5nu.pt").write_bytes(b"x")
    assert find_or_fetch("yolov5n.pt", Notes()).name == "yolov5nu.pt"


def test_broken_download_leaves_no_file_and_names_the_address(server: str, folder: Path) -> None:
    with pytest.raises(InputError) as caught:
        find_or_fetch("yolo11s.pt", Notes())
    assert list(folder.iterdir()) == []
    assert "yolo11s.pt" in caught.value.hint


def test_download_with_too_few_bytes_fails(folder: Path) -> None:
    """Although the connection is closed normally."""

    class Short:
        headers = {"Content-Length": "1000"}  # noqa: RUF012
        url = "http://localhost/yolo11n.pt"

        def iter_content(self, _: int) -> list[bytes]:
            return [bytes(600)]

    with pytest.raises(requests.exceptions.ConnectionError, match="600 of 1000 bytes"):
        library._write_response(Short(), folder / "part", folder / "yolo11n.pt", Notes())


def test_interrupted_download_leaves_no_file(server: str, folder: Path) -> None:
    class Interrupting(Notes):
        def note(self, text: str) -> None:
            if self.notes:
                raise KeyboardInterrupt
            super().note(text)

    with pytest.raises(KeyboardInterrupt):
        find_or_fetch("yolo11n.pt", Interrupting())
    assert list(folder.iterdir()) == []


def test_status_of_the_server_is_reported(server: str, folder: Path) -> None:
    with pytest.raises(InputError) as caught:
        find_or_fetch("yolo11m.pt", Notes())
    assert "404" in caught.value.message
    assert list(folder.iterdir()) == []


def test_download_without_a_network_names_address_and_folder(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ultralytics, "DOWNLOADS", "http://127.0.0.1:9/releases/download")
    with pytest.raises(InputError) as caught:
        find_or_fetch("yolo11n.pt", Notes())
    assert "refused" in caught.value.message
    assert str(folder) in caught.value.hint


@pytest.mark.parametrize(("value", "offline"), [("true", True), ("1", True), ("false", False), ("0", False)])
def test_yolo_offline_prevents_the_download(
    server: str, folder: Path, monkeypatch: pytest.MonkeyPatch, value: str, offline: bool
) -> None:
    """As in Ultralytics."""
    monkeypatch.setenv("YOLO_OFFLINE", value)
    if not offline:
        assert find_or_fetch("yolo11n.pt", Notes()).is_file()
        return
    with pytest.raises(InputError) as caught:
        find_or_fetch("yolo11n.pt", Notes())
    assert "YOLO_OFFLINE" in caught.value.message
    assert "/yolo11n.pt" in caught.value.hint


def test_download_address_is_that_of_ultralytics(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("YOLO_OFFLINE", "true")
    with pytest.raises(InputError) as caught:
        find_or_fetch("yolo11n.pt", Notes())
    assert "https://github.com/ultralytics/assets/releases/download/v8." in caught.value.hint


def test_unknown_model_name_gets_a_suggestion(folder: Path) -> None:
    with pytest.raises(InputError) as caught:
        find_or_fetch("yolo11nn.pt", Notes())
    assert "did you mean yolo11n.pt" in caught.value.message


@pytest.mark.parametrize(
    ("name", "said"),
    [("yoloe-11s-seg.pt", "YOLOE"), ("yolov8s-world.pt", "first YOLO-World"),
     ("rtdetr-l.pt", "RT-DETR")],
)  # fmt: skip
def test_unsupported_official_model_is_rejected_before_the_download(
    server: str, folder: Path, name: str, said: str
) -> None:
    with pytest.raises(UnsupportedModelError) as caught:
        find_or_fetch(name, Notes())
    assert said in caught.value.message
    assert list(folder.iterdir()) == []


def test_download_to_a_path_that_is_a_folder_fails_and_leaves_nothing(server: str, folder: Path) -> None:
    (folder / "yolo11n.pt").mkdir()
    with pytest.raises(RenderError) as caught:
        find_or_fetch("yolo11n.pt", Notes())
    assert "cannot write yolo11n.pt" in caught.value.message
    assert [path.name for path in folder.iterdir()] == ["yolo11n.pt"]
