"""Tests of the bridge's results: golden vectors, constants, and the boxes of linux-cpp."""

import hashlib
import json
import re
import shutil
import subprocess
from pathlib import Path

import cv2
import numpy as np
import pytest

from edgegen.base import pins
from tests.helpers.ios_projects import generate as generate_ios
from tests.helpers.once import ExportOf, Once
from tests.helpers.projects import build as build_linux
from tests.helpers.projects import generate as generate_linux
from tests.ios.bridge.calls import EXECUTORCH, Bridge, arrays, build, packed

STAGES = ["constants", "letterbox", "tensor", "raw", "decode", "nms", "boxes"]
PLAIN = Path(__file__).parent / "plain.cpp"


@pytest.mark.proof("bridge")
@pytest.mark.full
def test_self_check_compares_every_stage_in_order_and_passes(sanitized: Bridge) -> None:
    report = sanitized.checked(STAGES)
    index = json.loads((Path(sanitized.vectors) / "index.json").read_text())
    assert report["images"] == len(index["pictures"])


@pytest.mark.proof("bridge")
@pytest.mark.full
def test_golden_pictures_have_the_pixels_and_the_number_of_boxes_of_the_vectors(sanitized: Bridge) -> None:
    folder = Path(sanitized.vectors)
    pictures = json.loads((folder / "index.json").read_text())["pictures"]
    calls = [
        {"call": "golden_picture", "vectors": sanitized.vectors, "index": number}
        for number in range(len(pictures))
    ]
    for number, (entry, golden) in enumerate(zip(pictures, sanitized.run(*calls), strict=True)):
        rgb = arrays(sanitized, number, "picture").tobytes()
        assert golden == {
            "pictures": len(pictures),
            "width": entry["width"],
            "height": entry["height"],
            "detections": len(arrays(sanitized, number, "boxes.score")),
            "rgb_sha256": hashlib.sha256(rgb).hexdigest(),
        }


@pytest.mark.full
def test_model_info_matches_the_export(sanitized: Bridge, tiny_export: Path) -> None:
    info = sanitized.run({"call": "model_info"})[0]
    assert info["model_sha256"] == hashlib.sha256((tiny_export / "model.pte").read_bytes()).hexdigest()
    assert info["app_name"] == "Shapes"
    assert info["class_names"] == ["circle", "square", "triangle"]
    assert (info["task"], info["contract"], info["precision"]) == ("detect", "raw", "float32")
    assert (info["input"], info["backends"]) == ([160, 160], ["XnnpackBackend"])
    assert (info["exporter_version"], info["runtime_version"]) == (pins.EXECUTORCH, pins.IOS["executorch"])
    assert info["thresholds"] == {"confidence": 0.25, "iou": 0.7, "max_det": 300, "agnostic": False}


def linux_rows(
    project: Path, pictures: list[Path], model: str, sizes: list[tuple[int, int]]
) -> list[list[list[float]]]:
    """Return the detections of linux-cpp's libraries in raw BGR files, with all digits of a float32."""
    (name,) = re.findall(r"^project\((\w+)", (project / "CMakeLists.txt").read_text(), re.MULTILINE)
    release = build_linux(project, "app_core").project / "build" / "release"
    libraries = [f"{release}/lib{part}.a" for part in ("app_core", f"{name}_detector")]
    program = release / "plain"
    parts = ("", "_kernels_optimized", "_kernels_quantized", "_backend_xnnpack", "_threadpool")
    subprocess.run(
        [
            *("c++", "-std=c++17", "-O2", "-Wall", "-Wextra", "-Werror", "-DET_USE_THREADPOOL"),
            *("-I", project / "src", "-I", project / "src" / "edgegen", "-I", release / "generated"),
            *(PLAIN, *libraries),
            *("-L", EXECUTORCH / "lib", f"-Wl,-rpath,{EXECUTORCH / 'lib'}", "-Wl,--no-as-needed"),
            *(*(f"-lexecutorch{part}" for part in parts), "-o", program),
        ],
        check=True,
    )
    named = [
        str(part)
        for path, (width, height) in zip(pictures, sizes, strict=True)
        for part in (path, width, height)
    ]
    said = subprocess.run([program, model, "0.05", *named], check=True, capture_output=True, text=True)
    return [json.loads(line) for line in said.stdout.splitlines()]


def check_bits(bridge: Bridge, linux: Path, photos: list[Path], folder: Path) -> int:
    """Compare the bridge's boxes with linux-cpp's bit for bit; return their number."""
    calls, files, sizes = [], [], []
    for photo in photos:
        bgr = np.asarray(cv2.imread(str(photo)), dtype=np.uint8)
        calls.append(packed(folder, np.ascontiguousarray(bgr[..., ::-1]), "bgra", padding=12))
        files.append(folder / f"{photo.stem}.bgr")
        files[-1].write_bytes(bgr.tobytes())
        sizes.append((bgr.shape[1], bgr.shape[0]))
    expected = linux_rows(linux, files, bridge.model, sizes)
    found = 0
    for ours, theirs in zip(bridge.detect(*calls), expected, strict=True):
        rows = [[*one["box"], one["score"], one["class_id"]] for one in ours["detections"]]
        bits = [np.array(each, dtype=np.float32).view(np.uint32) for each in (rows, theirs)]
        assert np.array_equal(*bits)
        found += len(theirs)
    return found


@pytest.mark.proof("bridge")
@pytest.mark.full
def test_boxes_equal_those_of_linux_cpp_bit_for_bit(
    bridge: Bridge, tiny_linux: Path, tiny_checkpoint: Path, tmp_path: Path
) -> None:
    """Both have the same core, compiled by different compilers."""
    photos = sorted(tiny_checkpoint.parent.glob("*.png"))
    assert check_bits(bridge, tiny_linux, photos, tmp_path) > 10


@pytest.mark.full
def test_boxes_in_real_photos_equal_those_of_linux_cpp_bit_for_bit(
    once: Once, shared_data: Path, export_of: ExportOf, compiled: Path, tmp_path: Path
) -> None:
    """YOLO11n on real photos, if they are next to this checkout."""

    def make(folder: Path) -> None:
        checkpoint = shared_data / "weights" / "yolo11n-coco128.pt"
        generate_linux(folder, export_of(checkpoint, (320, 320), "raw"))

    linux = once("parity_coco_320", make) / "project"
    out = Path(shutil.copytree(compiled, tmp_path / "out"))  # half of the objects do not depend on the model
    bridge = build(generate_ios(tmp_path, linux / "model"), out)
    photos = sorted((shared_data / "images" / "parity").glob("*.jpg"))
    assert check_bits(bridge, linux, photos, tmp_path) > 30


def test_documentation_of_bridge_build_names_all_calls_of_the_harness() -> None:
    from edgegen_kits.ios import bridge_build

    source = bridge_build.HARNESS.read_text(encoding="utf-8")
    table = source[source.index("kCalls = {") :]
    names = re.findall(r'^    \{"(\w+)", ', table, re.MULTILINE)
    assert len(names) > 8
    for name in names:
        assert re.search(rf"\b{name}\b", bridge_build.__doc__ or ""), name
