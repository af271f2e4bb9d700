"""A project of one task has all code of this task, and no code of other tasks."""

import re
from pathlib import Path
from types import SimpleNamespace

import pytest

from edgegen.model.spec import CENTRE_CROP, LETTERBOX, LETTERBOX_TOP_LEFT
from edgegen.project import task_files
from edgegen.project.render import render, templates_dir
from edgegen.project.task_files import BOXES, is_needed

CORE = templates_dir() / "_shared" / "cpp"
TASKS = sorted(path.stem for path in (CORE / "vision" / "tasks").glob("*.cpp"))
EVERY_TASKS = {"detection", "image", "letterbox", "model_info", "result", "tasks/task"}
OF_BOXES = {
    "decode",
    "decode_decoded",
    "decode_detections",
    "decode_end2end",
    "decode_raw",
    "levels",
    "nms",
}
OWN = {
    "detect": {"decode_multilabel"},
    "pose": {"keypoints"},
    "obb": {"rotated_nms"},
    "segment": {"bilinear", "contour", "masks"},
    "semantic": {"bilinear", "dense_map"},
    "depth": {"bilinear", "dense_map", "stretch"},
    "classify": {"centre_crop", "pillow_resize"},
}
OF_RESIZES = {  # of detectors
    LETTERBOX: set(),
    LETTERBOX_TOP_LEFT: {"letterbox_top_left"},
    CENTRE_CROP: {"centre_crop", "pillow_resize"},
}


def files_of(
    folder: Path, source: str, task: str, contracts: tuple[str, ...] = (), resizes: tuple[str, ...] = ()
) -> set[str]:
    """Render the files of a template that a model needs. Return their names, without suffix."""
    render(source, {"spec": SimpleNamespace(task=task)}, folder, None, task, contracts, resizes)
    return {path.relative_to(folder).with_suffix("").as_posix() for path in folder.rglob("*.*")}


@pytest.mark.parametrize("task", TASKS)
def test_task_gets_exactly_its_cpp_files(tmp_path: Path, task: str) -> None:
    """The common files, those for boxes, and its own."""
    found = files_of(tmp_path, "_shared/cpp/vision", task)
    expected = EVERY_TASKS | (OF_BOXES if task in BOXES else set()) | OWN[task] | {f"tasks/{task}"}
    assert found == expected


@pytest.mark.parametrize("resize", OF_RESIZES)
def test_detector_gets_exactly_the_cpp_files_of_its_resize(tmp_path: Path, resize: str) -> None:
    """Those of every detector, and those of the resize."""
    found = files_of(tmp_path, "_shared/cpp/vision", "detect", (), (resize,))
    assert found == EVERY_TASKS | OF_BOXES | OWN["detect"] | {"tasks/detect"} | OF_RESIZES[resize]


OF_CONTRACTS = {
    "raw": {"decode", "decode_raw", "levels", "nms"},
    "end2end": {"decode", "decode_end2end", "levels"},
    "decoded": {"decode", "decode_decoded", "nms"},
    "multilabel": {"decode", "decode_multilabel", "nms"},
    "detections": {"decode", "decode_detections"},
}


@pytest.mark.parametrize("contract", OF_CONTRACTS)
def test_detector_gets_exactly_the_cpp_files_of_its_contract(tmp_path: Path, contract: str) -> None:
    found = files_of(tmp_path, "_shared/cpp/vision", "detect", (contract,))
    assert found == EVERY_TASKS | OF_CONTRACTS[contract] | {"tasks/detect"}


@pytest.mark.parametrize(("source", "nms"), [("android/vision", "Nms.kt"), ("_shared/cpp/vision", "nms.cpp")])
def test_models_without_nms_have_no_nms(source: str, nms: str) -> None:
    needed = {contract for contract in OF_CONTRACTS if is_needed(source, nms, "detect", (contract,))}
    assert needed == {"raw", "decoded", "multilabel"}


def test_app_with_models_of_two_contracts_gets_the_files_of_both() -> None:
    contracts = ("raw", "detections")
    assert is_needed("android/vision", "DetectionsContract.kt", "detect", contracts)
    assert is_needed("android/vision", "Nms.kt", "detect", contracts)
    assert not is_needed("android/vision", "DecodedContract.kt", "detect", contracts)
    assert is_needed("_shared/cpp/vision", "decode_detections.cpp", "detect", contracts)
    assert is_needed("_shared/cpp/vision", "nms.cpp", "detect", contracts)
    assert not is_needed("_shared/cpp/vision", "decode_decoded.cpp", "detect", contracts)


@pytest.mark.parametrize(
    ("task", "resize"), [*((task, "") for task in TASKS), *(("detect", resize) for resize in OF_RESIZES)]
)
def test_every_included_header_of_a_task_exists(tmp_path: Path, task: str, resize: str) -> None:
    folders = ("vision", "tracking", "stored", "support", "detector", "json", "capture", "parity")
    for folder in folders:  # as in an iOS project
        files_of(tmp_path / folder, f"_shared/cpp/{folder}", task, (), (resize,) if resize else ())
    included = 0
    for path in tmp_path.rglob("*.*"):
        for name in re.findall(r'#include "(.+?)"', path.read_text("utf-8")):
            there = (path.parent / name).is_file() or (tmp_path / name).is_file()
            assert there or name == "build_info.h", (path.name, name)  # created by the build
            included += 1
    assert included > 50
    stages = [path.stem for path in (tmp_path / "parity" / "tasks").glob("*.cpp")]
    assert stages == [f"{task}_stages"]


def test_every_cpp_name_in_the_task_lists_exists() -> None:
    """Otherwise a renamed file would silently go into every project."""
    for name in (*task_files._CPP, *task_files._CPP_CONTRACTS):
        if name.startswith("_studio/"):
            assert (templates_dir() / f"{name}.cpp").is_file()
            continue
        assert (CORE / f"{name}.cpp").is_file() or (CORE / f"{name}.h").is_file(), name


def test_every_name_in_the_resize_lists_exists() -> None:
    """Otherwise a renamed file would silently go into every project."""
    paths = [path.relative_to(templates_dir()) for path in templates_dir().rglob("*.*")]
    stems = {path.name.partition(".")[0] for path in paths}
    places = {(path.parent / path.name.partition(".")[0]).as_posix() for path in paths}
    assert task_files._RESIZES.keys() <= stems | places


def test_every_resize_of_a_task_has_its_own_files_or_the_default_ones() -> None:
    """A classifier's only resize is the crop. Without a resize, it is the task's first."""
    crop = ("_shared/cpp/vision", "centre_crop.cpp")
    assert is_needed(*crop, "classify")
    assert not is_needed(*crop, "detect")
    assert is_needed(*crop, "detect", ("raw",), (CENTRE_CROP,))
    assert not is_needed(*crop, "detect", ("raw",), (LETTERBOX_TOP_LEFT,))
    corner = ("_shared/cpp/vision", "letterbox_top_left.h")
    assert is_needed(*corner, "detect", ("raw",), (LETTERBOX_TOP_LEFT,))
    assert not [task for task in TASKS if is_needed(*corner, task)]


def test_every_android_name_in_the_task_lists_exists() -> None:
    """Otherwise a renamed file would silently go into every project."""
    folders = [templates_dir() / app for app in ("android", "_starter/android", "_studio/android")]
    files = [path for folder in folders for end in ("kt", "xml") for path in folder.rglob(f"*.{end}*")]
    assert {*task_files._ANDROID, *task_files._ANDROID_CONTRACTS} <= {
        path.name.partition(".")[0] for path in files
    }


def test_android_resources_are_only_in_projects_that_use_them() -> None:
    """For example a chip, which not every screen has."""
    assert is_needed("android/app", "src/main/res/layout/class_chip.xml", "segment")
    assert not is_needed("android/app", "src/main/res/layout/class_chip.xml", "depth")
    assert not is_needed(
        "android/app", "src/main/kotlin/__package__/tracking/LineCounter.kt.jinja", "classify"
    )
    assert is_needed("android/app", "src/main/res/layout/sheet.xml.jinja", "depth")


def test_every_ios_name_in_the_task_lists_exists() -> None:
    """And every file whose name shows a task is listed."""
    there = {
        path.name.partition(".")[0]
        for folder in ("ios", "_studio/ios")
        for path in (templates_dir() / folder).rglob("*.*")
    }
    assert task_files._IOS.keys() <= there
    parts = re.compile(
        "^Box|Keypoint|Rotated|Mask|Class(Score|Map|Chips|es)|Depth|Paint(ing|ers|erTests)|MapData|EDGDetection(?![Rr]es)"
        "|Blocks|Track|Counting"
    )
    assert {name for name in there if parts.search(name)} == task_files._IOS.keys()


def test_files_with_the_name_of_a_task_belong_to_it() -> None:
    """Only in folders of task files."""
    assert is_needed("linux-cpp", "src/app/tasks/pose_draw.cpp", "pose")
    assert not is_needed("linux-cpp", "src/app/tasks/pose_draw.cpp", "detect")
    assert is_needed("linux-cpp", "src/app/pose_draw.cpp", "detect")
    assert is_needed("_shared/cpp/vision", "tasks/task.h", "detect")
    assert is_needed("ios", "Bridge/include/VisionCore/EDGMask.h", "segment")
    assert not is_needed("ios", "Bridge/include/VisionCore/EDGMask.h", "pose")
    assert not is_needed("_studio/ios", "App/Logic/Keypoints.swift", "obb")


def test_files_outside_the_task_lists_belong_to_all_tasks() -> None:
    assert is_needed("_shared/vectors", "README.md.jinja", "pose")
    assert is_needed("_shared/cpp/detector", "model.h", "depth")
