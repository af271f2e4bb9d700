"""Tests of captures that the bridge writes: `edgegen explain` replays them and names a mutated stage."""

import json
from functools import cache
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from tests.helpers.explaining import (
    NAMED,
    ON_ITS_SIDE,
    PHOTO,
    TASKS,
    assert_named,
    assert_sound,
    contents,
    explained,
)
from tests.helpers.mutating import mutated
from tests.helpers.places import TINY, checkpoint_of
from tests.ios.bridge.calls import (
    Answer,
    Bridge,
    BridgeOf,
    Call,
    Uint8,
    biplanar,
    build,
    copy_of,
    packed,
    thresholds,
    to_nv12,
)

DEVICE = "iPhone15,2, iOS 17.5"
MIRRORED_ON_ITS_SIDE = 5  # EXIF orientation: to be rotated clockwise, then mirrored
COLUMNS = 12  # padding in bytes


@cache
def photo() -> Uint8:
    """Return the photo, upright."""
    return np.ascontiguousarray(cv2.imread(str(PHOTO))[..., ::-1], dtype=np.uint8)


def lying(rgb: Uint8) -> Uint8:
    """Return a picture rotated by 90 degrees, as a phone held upright stores it."""
    return np.ascontiguousarray(np.rot90(rgb))


def asked(bridge: Bridge, picture: Call, path: Path, shown: list[int], **more: object) -> Call:
    """Return the call that writes a capture of a picture."""
    metadata = str(Path(bridge.model).with_name("metadata.yaml"))
    return {**picture, "call": "capture", "shown": shown, "device": DEVICE, "metadata": metadata} | {
        "output": str(path),
        **more,
    }


def captured(bridge: Bridge, picture: Call, folder: Path, shown: list[int] | None = None) -> Path:
    """Write a capture of a picture in which these detections are shown, by default all."""
    path = folder / "capture.tar"
    (found,) = bridge.run(bridge.load(), picture)[1:]
    everything = list(range(len(found["detections"])))
    call = asked(bridge, picture, path, everything if shown is None else shown)
    (answer,) = bridge.run(bridge.load(), call)[1:]
    assert answer.get("detections"), answer
    return path


def about(capture: Path) -> dict[str, Any]:
    told: dict[str, Any] = json.loads(contents(capture)["capture.json"])
    return told


@pytest.mark.full
def test_capture_of_a_rotated_photo_is_explained_without_differences(bridge: Bridge, tmp_path: Path) -> None:
    """RGBA with padding. The capture has the device and the stored picture, but no path."""
    picture = packed(tmp_path, lying(photo()), "rgba", orientation=ON_ITS_SIDE, padding=COLUMNS)
    capture = captured(bridge, picture, tmp_path)
    found = explained(capture, "--model", TINY)
    assert_sound(found)
    assert (found["target"], found["device"]) == ("ios", DEVICE)
    assert len(found["shown"]) == len(found["pytorch"]) > 2
    height, width = lying(photo()).shape[:2]
    frame = {"file": "frame.png", "width": width, "height": height, "bytes_per_row": 4 * width + COLUMNS}
    assert about(capture)["frame"] == {**frame, "orientation": ON_ITS_SIDE, "halvings": 0}
    png = cv2.imdecode(np.frombuffer(contents(capture)["frame.png"], np.uint8), cv2.IMREAD_COLOR)
    assert np.array_equal(png[..., ::-1], lying(photo()))
    for secret in (str(tmp_path), str(bridge.project), "description:"):
        assert secret.encode() not in capture.read_bytes()


@pytest.mark.full
@pytest.mark.parametrize("orientation", [1, ON_ITS_SIDE, 3, 8])
@pytest.mark.parametrize("encoding", ["bt709_video", "bt601_full"])
def test_capture_of_a_camera_frame_is_explained_without_differences(
    bridge: Bridge, tmp_path: Path, encoding: str, orientation: int
) -> None:
    """Luma and chroma of odd sizes. The stored pixels, rotated in numpy, give the input bit for bit."""
    turns = {1: 0, ON_ITS_SIDE: 1, 3: 2, 8: 3}[orientation]
    rgb = np.ascontiguousarray(np.rot90(photo()[1:, :-1], turns))
    picture = biplanar(
        tmp_path, *to_nv12(rgb, encoding), encoding, orientation=orientation, padding=(COLUMNS, 6)
    )
    assert_sound(explained(captured(bridge, picture, tmp_path), "--model", TINY))


@pytest.mark.full
@pytest.mark.parametrize("task", TASKS)
def test_capture_of_each_task_is_explained_without_differences(
    bridge_of: BridgeOf, tmp_path: Path, task: str
) -> None:
    picture = packed(tmp_path, photo(), "bgra", padding=COLUMNS)
    capture = captured(bridge_of(task), picture, tmp_path)
    assert_sound(explained(capture, "--model", checkpoint_of(task)))


@pytest.mark.full
def test_capture_halves_a_picture_that_is_too_large_and_detects_again(bridge: Bridge, tmp_path: Path) -> None:
    """Every stage can still be replayed."""
    height, width = photo().shape[:2]
    large = cv2.resize(photo(), (9 * width + 1, 12 * height + 1)).astype(np.int16)
    large += np.random.default_rng(0).integers(-12, 13, large.shape, np.int16)  # noise does not compress
    large = np.clip(large, 0, 255).astype(np.uint8)
    capture = captured(bridge, packed(tmp_path, np.asarray(large, np.uint8), "rgba"), tmp_path)
    frame = about(capture)["frame"]
    assert frame["halvings"] >= 1
    assert (frame["width"], frame["height"]) == tuple(
        side >> frame["halvings"] for side in (large.shape[1], large.shape[0])
    )
    assert_sound(explained(capture, "--model", TINY))


@pytest.mark.full
def test_capture_keeps_a_large_picture_that_compresses_well(bridge: Bridge, tmp_path: Path) -> None:
    """A capture holds at most 10 MB (capture.h)."""
    height, width = photo().shape[:2]
    large = np.asarray(cv2.resize(photo(), (7 * width + 1, 8 * height)), np.uint8)
    assert large.shape[0] * large.shape[1] > 2_000_000
    capture = captured(bridge, packed(tmp_path, large, "rgba"), tmp_path)
    assert about(capture)["frame"]["halvings"] == 0
    png = contents(capture)["frame.png"]
    assert len(png) < large.size / 2
    kept = cv2.imdecode(np.frombuffer(png, np.uint8), cv2.IMREAD_COLOR)
    assert np.array_equal(kept[..., ::-1], large)
    assert capture.stat().st_size < 10_000_000


@pytest.mark.full
def test_explain_names_processors_that_add_detections(bridge: Bridge, tmp_path: Path) -> None:
    """The capture has only their number, because the bridge knows nothing about them."""
    picture, path = packed(tmp_path, photo()), tmp_path / "capture.tar"
    (found,) = bridge.run(bridge.load(), picture)[1:]
    everything = list(range(len(found["detections"])))
    bridge.run(bridge.load(), asked(bridge, picture, path, everything, added=2))
    explanation = explained(path, "--model", TINY, code=7)
    assert_named(explanation, "processors")
    assert "add 2 results" in explanation["verdict"]


@pytest.mark.full
def test_explain_names_processors_that_remove_or_reorder_detections(bridge: Bridge, tmp_path: Path) -> None:
    """The capture has the indices of the shown detections."""
    capture = captured(bridge, packed(tmp_path, photo()), tmp_path, [1, 0])
    assert_named(explained(capture, "--model", TINY, code=7), "processors")
    told = about(capture)
    assert told["shown"] == [told["found"][1], told["found"][0]]


@pytest.mark.full
def test_capture_with_invalid_arguments_is_an_error_and_detection_goes_on(
    bridge: Bridge, tmp_path: Path
) -> None:
    """No file is written."""
    picture, path = packed(tmp_path, photo()), tmp_path / "capture.tar"
    calls = (
        asked(bridge, picture, path, [300]),
        asked(bridge, picture, path, [-1]),
        asked(bridge, picture, path, [], metadata=str(tmp_path / "none.yaml")),
        {**asked(bridge, picture, path, []), "bytes_per_row": 1},
        asked(bridge, picture, path, [], metadata=""),
        asked(bridge, picture, path, [], added=-1),
    )
    answers: list[Answer] = bridge.run(bridge.load(), thresholds(0.25), *calls, picture)
    words = (
        "there is no detection 300",
        "there is no detection -1",
        "none.yaml cannot be read",
        "1 bytes per row",
        "empty",
        "-1 detections cannot be added",
    )
    for answer, word in zip(answers[2:-1], words, strict=True):
        assert word in answer["error"]["description"]
        assert answer["error"]["suggestion"]
    assert answers[-1]["detections"]
    assert not path.exists()


VISION = "Core/vision/"
BROKEN = {
    "rotation": (
        "Core/stored/orientation.cpp",
        "Orientation::kDown, Orientation::kRight, ",
        "Orientation::kDown, Orientation::kDown, ",
    ),
    "mirroring": (
        "Core/stored/orientation.cpp",
        "is_one_of(Orientation::kUpMirrored, ",
        "is_one_of(Orientation::kLeftMirrored, ",
    ),
    "letterbox": (f"{VISION}letterbox.cpp", "pad_value_(info.pad_value)", "pad_value_(110)"),
    "colours": (f"{VISION}letterbox.cpp", "rgb_(info.rgb)", "rgb_(!info.rgb)"),
    "runtime": (
        "Core/detector/detector.cpp",
        "  model_.run();",
        "  model_.input().floats[12000] += 40;\n  model_.run();",
    ),
    "decode": (f"{VISION}levels.cpp", "kCellCentre = 0.5F", "kCellCentre = 1.5F"),
    "stride": (f"{VISION}levels.cpp", "(y + bottom) * level.stride", "(y + bottom) * 16"),
    "NMS": (f"{VISION}nms.cpp", "> options.iou;", "> 2 + options.iou;"),
    "thresholds": (
        f"{VISION}decode.cpp",
        "static_cast<float>(thresholds.confidence)",
        "0.8F + 0 * static_cast<float>(thresholds.confidence)",
    ),
}


@pytest.fixture(scope="module")
def broken(compiled: Path, tiny_ios: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Return a project of this file alone, and its compiled objects."""
    return copy_of(tiny_ios, compiled, tmp_path_factory.mktemp("broken"))


@pytest.mark.full
@pytest.mark.parametrize("what", BROKEN)
def test_explain_names_the_mutated_stage(
    broken: tuple[Path, Path], bridge: Bridge, tmp_path: Path, what: str
) -> None:
    """With a photo and a camera frame, both stored rotated."""
    rgb, orientation = lying(photo()), ON_ITS_SIDE
    if what == "mirroring":
        rgb, orientation = np.ascontiguousarray(rgb[::-1]), MIRRORED_ON_ITS_SIDE
    planes = to_nv12(rgb, "bt709_full")
    pictures = (
        packed(tmp_path, rgb, "rgba", orientation=orientation),
        biplanar(tmp_path, *planes, "bt709_full", orientation=orientation),
    )
    name, old, new = BROKEN[what]
    with mutated(broken[0] / name, old, new):
        program = build(*broken).program
    for picture in pictures:
        capture = captured(Bridge(bridge.project, program), picture, tmp_path)
        assert_named(explained(capture, "--model", TINY, code=7), what)


def test_mutations_cover_every_stage_that_explain_names() -> None:
    """Except for processors, which are Swift code: the tests above cover them."""
    assert set(BROKEN) | {"processors"} == set(NAMED)
