"""Label files are read as `yolo val` reads them: the same boxes, polygons and keypoints, the same errors."""

import random
from pathlib import Path, PurePosixPath, PureWindowsPath

import numpy as np
import pytest

from edgegen.base.errors import InputError
from edgegen.base.quiet import quiet
from edgegen.parity.dataset import in_labels, read_dataset
from edgegen.parity.label_files import Columns
from tests.python.parity.datasets import KINDS, NAMES, agree, by_library, by_us, data_of, picture

HARD_LINES = (
    "0 0.5 0.5 0.2 0.2", "1 0.5 0.5 0.2 0.2", "2 0.25 0.25 0.1 0.1", "2 0.25 0.25 0.1 0.1 ",
    "2.0 .25 .25 .1 .1",
    "3 0.5 0.5 0.2 0.2", "-1 0.5 0.5 0.2 0.2", "0.5 0.5 0.5 0.1 0.1", "-0 0.5 0.5 0.2 0.2", "", "  ",
    "0 1.005 0.5 0.2 0.2", "0 1.02 0.5 0.2 0.2", "0 -0.005 0.5 0.2 0.2", "0 -0.02 0.5 0.2 0.2",
    "0 0.5 0.5 -0.005 0.2", "0 0.5 0.5 0 0", "0 0.5 nan 0.1 0.1", "0 inf 0.5 0.1 0.1", "0 80 90 20 20",
    "circle 0.5 0.5 0.1 0.1", "0,0.5,0.5,0.1,0.1", "0 0.5 0.5 0.1", "0 0.5 0.5 0.1 0.1 0.9", "0",
    "0 0.1 0.1 0.4 0.1 0.4 0.4", "1 0.1 0.1 0.4 0.1 0.4 0.4 0.1 0.4", "1 0.1 0.1 0.4 0.1 0.4 0.4 0.1 0.4",
    "1 0.1 0.4 0.4 0.4 0.4 0.1 0.1 0.1", "0 0.1 0.1 0.4 0.1 0.4 0.4 0.1", "0 0.1 -0.005 0.4 0.1 0.4 0.4",
    "0 0.9 0.1 1.008 0.1 0.4 0.4", "0 0.1 0.1 0.4 0.1 0.4 0.4 0.1 0.4 0.2 1.3", "4 0.1 0.1 0.4 0.1 0.4 0.4",
    "0 0.1 0.1", "0 -0.01 0.5 0.2 0.2", "0 1.01 0.5 0.2 0.2", "0 -0.3 0.1 0.4 0.1 0.4 0.4",
)  # fmt: skip


@pytest.mark.parametrize("task", ["detect", "segment", "obb"])
def test_dataset_reads_edge_case_labels_as_yolo_val(here: Path, task: str) -> None:
    """The same pictures are left out and the same duplicates dropped. Each line alone, and random lines."""
    chosen = random.Random(1)
    files = [[line] for line in HARD_LINES]
    files += [[line, HARD_LINES[0]] for line in HARD_LINES] + [[line, HARD_LINES[26]] for line in HARD_LINES]
    files += [[chosen.choice(HARD_LINES) for _ in range(chosen.randint(2, 4))] for _ in range(200)]
    if task != "detect":  # one file of boxes makes the whole data set fail
        files = [lines for lines in files if any(len(line.split()) > 6 for line in lines)]
    for number, lines in enumerate(files):
        picture(here / "hard" / "images" / f"{number:03d}.png", "\n".join(lines))
    for name, content in (
        ("x", b"\xef\xbb\xbf0 0.5 0.5 0.2 0.2\r\n"),
        ("y", b"\xff\xfe0\x00"),
        ("z", b" \n\t\n"),
    ):
        if task == "detect" or name != "x":
            path = picture(here / "hard" / "images" / f"{name}.png")
            Path(str(in_labels(path))).write_bytes(content)
    data = data_of(here, f"val: hard/images\n{NAMES}")
    ours, notes = by_us(data, task)
    theirs = by_library(data, task)
    agree(ours, theirs, polygons=task != "detect")
    out = len(files) + (3 if task == "detect" else 2) - len(ours)
    assert out > 20
    assert len(notes) == 6
    assert notes[-1] == f"skipped, as in `yolo val`: {out - 5} more pictures with wrong labels"


@pytest.mark.parametrize("numbers", [2, 3])
def test_dataset_reads_edge_case_pose_labels_as_yolo_val(here: Path, numbers: int) -> None:
    """Boxes may exceed the picture, keypoints may not. Keypoints of two values may be invisible."""
    box, end = "0 0.5 0.5 0.2 0.2", " 1" if numbers == 3 else ""
    points = ("0.5 0.5", "0 0", "-0.005 0.5", "1.005 0.5", "1.2 0.5", "-0.2 0.5", "nan 0.5")
    boxes = (box, "0 1.2 0.5 0.2 0.2", "0 -0.005 0.5 0.2 0.2", "0 -0.2 0.5 0.2 0.2", "9 0.5 0.5 0.2 0.2")
    rows = [f"{first} {a}{end} {b}{end}" for first in boxes for a in points for b in points]
    files = [*rows, f"{rows[0]}\n{rows[0]}\n{rows[1]}", box, f"{rows[0]}\n{box}", f"{rows[0]} 0.5"]
    for number, text in enumerate(files):
        picture(here / "hard" / "images" / f"{number:03d}.png", text)
    kinds = f"kpt_shape: [2, {numbers}]\n{NAMES}"
    data = data_of(here, f"val: hard/images\n{kinds}")
    with quiet():
        from ultralytics.data.dataset import YOLODataset
        from ultralytics.data.utils import check_det_dataset

        told = check_det_dataset(str(data), autodownload=False)
        theirs = YOLODataset(told["val"], imgsz=64, augment=False, data=told, task="pose").labels
    ours = read_dataset(data, "val", Columns("pose", KINDS, (2, numbers)))
    assert [str(each.path) for each in ours] == [each["im_file"] for each in theirs]
    for our, their in zip(ours, theirs, strict=True):
        assert np.array_equal(our.labels.keypoints, their["keypoints"]), our.path
    assert len(rows) // 10 < len(ours) < len(rows)


def test_dataset_of_poses_serves_a_detection_model(here: Path) -> None:
    """Keypoints are dropped, as in `yolo val`. A segmentation model rejects the data set."""
    for number in range(3):
        picture(here / "val" / "images" / f"{number}.png", f"{number} 0.5 0.5 0.2 0.2 0.5 0.5 1 0.4 0.4 0")
    data = data_of(here, f"val: val/images\nkpt_shape: [2, 3]\n{NAMES}")
    ours, _ = by_us(data)
    agree(ours, by_library(data))
    assert len(ours) == 3
    with pytest.raises(InputError, match="is for poses with kpt_shape"):
        by_us(data, "segment")


@pytest.mark.parametrize("task", ["segment", "obb"])
def test_dataset_of_boxes_is_rejected_for_segmentation_and_obb(here: Path, task: str) -> None:
    """As in `yolo val`."""
    data = data_of(here, f"val: val/images\n{NAMES}")
    with pytest.raises(InputError, match=r"labels/0\.txt has boxes, not polygons"):
        by_us(data, task)
    with pytest.raises(ValueError, match="equal numbers"):
        by_library(data, task)


def test_dataset_with_only_invalid_labels_fails_with_file_and_line(here: Path) -> None:
    for number in range(2):
        picture(here / "val" / "images" / f"{number}.png", "\n0 80 90 20 20")
    data = data_of(here, f"val: val/images\n{NAMES}")
    with pytest.raises(InputError, match=r"labels/0\.txt, line 2: 80 is outside the picture"):
        by_us(data)


@pytest.mark.parametrize(
    ("picture_path", "labels"),
    [
        (PureWindowsPath(r"C:\data\images\1.jpg"), r"C:\data\labels\1.txt"),
        (PureWindowsPath(r"C:\images\images\val\1.jpg"), r"C:\images\labels\val\1.txt"),
        (PureWindowsPath(r"\\server\share\images\1.JPG"), r"\\server\share\labels\1.txt"),
        (PureWindowsPath(r"C:\data\pictures\1.jpg"), r"C:\data\pictures\1.txt"),
        (PurePosixPath("/images/1.rf.0a.jpg"), "/labels/1.rf.0a.txt"),
        (PurePosixPath("/data/images/a/images.jpg"), "/data/labels/a/images.txt"),
        (PurePosixPath("/my-images/images2/1.jpg"), "/my-images/images2/1.txt"),
    ],
)
def test_labels_path_replaces_the_last_images_folder(
    picture_path: PureWindowsPath | PurePosixPath, labels: str
) -> None:
    assert str(in_labels(picture_path)) == labels
