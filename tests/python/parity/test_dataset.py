"""Data sets are read as `yolo val` reads them: the same pictures and labels as Ultralytics' own readers."""

import random
import shutil
from pathlib import Path, PurePosixPath, PureWindowsPath
from types import SimpleNamespace
from typing import Any

import cv2
import numpy as np
import pytest

from edgegen.base.errors import InputError
from edgegen.base.quiet import quiet
from edgegen.parity.dataset import in_labels, read_dataset
from edgegen.parity.label_files import Columns
from edgegen.sources.ultralytics import datasets

KINDS = ("circle", "square", "triangle")
TRAIN = "train: val/images\n"
NAMES = f"{TRAIN}names: [circle, square, triangle]\n"
Row = tuple[Path, list[int], list[list[float]], int]  # picture, classes, boxes, polygons


def by_library(data: Path, task: str = "detect", split: str = "val") -> list[Row]:
    """Return the pictures that `yolo val` uses, with their labels."""
    with quiet():
        from ultralytics.data.dataset import YOLODataset
        from ultralytics.data.utils import check_det_dataset

        told = check_det_dataset(str(data), autodownload=False, split=split)
        found = YOLODataset(told[split], imgsz=64, augment=False, data=told, task=task).labels
    return [
        (
            Path(each["im_file"]),
            each["cls"][:, 0].astype(int).tolist(),
            each["bboxes"].tolist(),
            len(each["segments"]),
        )
        for each in found
    ]


def by_us(data: Path, task: str = "detect", split: str = "val") -> tuple[list[Row], list[str]]:
    """Return the pictures that edgegen uses, with their labels, and the notes on the others."""
    notes = list[str]()
    rows = list[Row]()
    for each in read_dataset(data, split, Columns(task, KINDS, (0, 0)), notes.append):
        low, high = each.labels.boxes[:, :2], each.labels.boxes[:, 2:]
        boxes = np.concatenate([(low + high) / 2, high - low], axis=1)
        rows.append((each.path, each.labels.class_ids.tolist(), boxes.tolist(), len(each.labels.polygons)))
    return rows, notes


def agree(ours: list[Row], theirs: list[Row], *, polygons: bool = False) -> None:
    assert [row[:2] for row in ours] == [row[:2] for row in theirs]
    for our, their in zip(ours, theirs, strict=True):
        assert np.allclose(our[2], their[2], atol=1e-6), our[0]
        assert not polygons or our[3] == their[3], our[0]


def picture(path: Path, labels: str | None = "0 0.5 0.5 0.2 0.2") -> Path:
    """Write a grey picture, and its labels if it is in a folder `images`."""
    path.parent.mkdir(parents=True, exist_ok=True)
    written, data = cv2.imencode(path.suffix, np.full((32, 32, 3), len(path.stem), np.uint8))
    assert written
    path.write_bytes(data.tobytes())
    if labels is not None:
        text = Path(str(in_labels(path)))
        text.parent.mkdir(parents=True, exist_ok=True)
        text.write_text(labels, encoding="utf-8")
    return path


def pictures(folder: Path, count: int = 2) -> Path:
    for number in range(count):
        picture(folder / f"{number}.png")
    return folder


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the working folder, with pictures for a later data.yaml."""
    monkeypatch.chdir(tmp_path)
    pictures(tmp_path / "val" / "images")
    return tmp_path


def data_of(folder: Path, text: str | bytes) -> Path:
    data = folder / "data.yaml"
    data.write_bytes(text if isinstance(text, bytes) else text.encode())
    return data


@pytest.mark.parametrize(
    "text",
    [
        f"{TRAIN}val: val/images\nnc: 3\n",
        "val: val/images\nnc: '3'\n" + NAMES,
        "val: val/images\nnc: ' 3.0 '\n" + NAMES,
        "val: val/images\nnc: 3.0\n" + NAMES,
        "val: val/images\nnc: 3\nnc: 3\n" + NAMES,
        f"{TRAIN}val: val/images\nnames: {{'0': circle, '1': square, '2': triangle}}\n",
        f"{TRAIN}val: val/images\nnames: {{2: triangle, '0': circle, 1.0: square}}\n",
        "validation: val/images\n" + NAMES,
        "path:\nval: val/images\n" + NAMES,
        "path: None\nval: ./val/images/\n" + NAMES,
        "path: .\nval: [val/images, ./val/images/]\n" + NAMES,
        "path: .\nval: listed.txt\n" + NAMES,
        "path: .\nval: [listed.txt, val/images]\ntest:\n" + NAMES,
        "path: val\nval: images\n" + NAMES,
        "shared: &shared\n  val: val/images\n<<: *shared\n" + NAMES,
        b"\xef\xbb\xbfval: val/images\r\n" + NAMES.encode(),
        b"# f\xfcr die Pr\xfcfung\nval: val/images\n" + NAMES.encode(),
        b"# \x0c\x01 a page of a terminal\nval: val/images\n" + NAMES.encode(),
        ("val: val/images\n" + NAMES).encode("utf-16"),
        "val: val/images\ndownload: |\n  print('x')\n" + NAMES,
    ],
)
def test_dataset_accepts_every_data_yaml_that_yolo_val_accepts(here: Path, text: str | bytes) -> None:
    (here / "listed.txt").write_text("\ufeff./val/images/1.png\n\n./val/images/0.png\n", encoding="utf-8")
    data = data_of(here, text)
    ours, notes = by_us(data)
    agree(ours, by_library(data))
    assert notes == []


@pytest.mark.parametrize("root", ["", "path: .\n", "path: ./\n", "path: ''\n"])
def test_dataset_finds_roboflow_paths_next_to_the_data_yaml(here: Path, root: str) -> None:
    """Roboflow writes `../valid/images`, but the folder is next to the file."""
    pictures(here / "valid" / "images", 3)
    data = data_of(here, f"{root}val: ../valid/images\n{NAMES}")
    ours, _ = by_us(data)
    agree(ours, by_library(data))
    assert len(ours) == 3


def test_dataset_prefers_an_existing_parent_folder_to_a_folder_next_to_the_file(here: Path) -> None:
    pictures(here / "valid" / "images", 3)
    inner = here / "inner"
    pictures(inner / "valid" / "images", 1)
    data = data_of(inner, f"val: ../valid/images\n{NAMES}")
    ours, _ = by_us(data)
    agree(ours, by_library(data))
    assert len(ours) == 3


@pytest.mark.parametrize("place", ["here", "datasets"])
def test_dataset_path_is_relative_to_working_folder_then_datasets_folder(
    here: Path, monkeypatch: pytest.MonkeyPatch, place: str
) -> None:
    """The file's own folder comes last, since Ultralytics does not look there."""
    monkeypatch.setattr("ultralytics.utils.DATASETS_DIR", here / "datasets")
    monkeypatch.setattr("ultralytics.data.utils.DATASETS_DIR", here / "datasets")
    pictures(here / "yaml" / "shapes" / "images", 1)
    data = data_of(here / "yaml", f"path: shapes\nval: images\n{NAMES}")
    assert len(by_us(data)[0]) == 1
    pictures((here if place == "here" else here / "datasets") / "shapes" / "images", 3)
    ours, _ = by_us(data)
    agree(ours, by_library(data))
    assert len(ours) == 3


def test_dataset_list_is_relative_to_working_folder_or_with_a_dot_to_its_own(here: Path) -> None:
    """As in `yolo val`. edgegen also looks next to the list for paths without a dot."""
    inner = here / "inner"
    pictures(inner / "val" / "images", 4)
    listed = ("val/images/0.png", "./val/images/1.png", f"{inner}/val/images/2.png", "./notes.md")
    (inner / "listed.lst").write_text("\n".join(listed))
    data = data_of(inner, f"val: listed.lst\n{NAMES}")
    ours, _ = by_us(data)
    theirs = by_library(data)
    assert {row[0].absolute() for row in ours} == {row[0].absolute() for row in theirs}
    assert len(ours) == 3
    (inner / "listed.lst").write_text("val/images/3.png")
    assert [row[0] for row in by_us(data)[0]] == [inner / "val" / "images" / "3.png"]


def test_dataset_path_relative_to_the_file_works_from_any_folder(
    here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With `path: .` and with Roboflow's `../`."""
    (here / "elsewhere").mkdir()
    monkeypatch.chdir(here / "elsewhere")
    for val in ("val/images", "../val/images"):
        data = data_of(here, f"path: .\nval: {val}\n{NAMES}")
        assert len(by_us(data)[0]) == 2


def test_dataset_note_quotes_a_windows_path_unchanged(here: Path) -> None:
    data = data_of(here, "path: C:\\Users\\someone\\shapes\nval: val/images\n" + NAMES)
    _, notes = by_us(data)
    assert [note.partition(",")[0] for note in notes] == [f"{data} says `path: C:\\Users\\someone\\shapes`"]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("nc:\n" + NAMES, "`nc` of .* is empty"),
        ("nc: 3.5\n" + NAMES, "`nc` of .* is 3.5"),
        ("nc: many\n" + NAMES, "`nc` of .* is 'many'"),
        ("nc: .inf\n" + NAMES, "`nc` of .* is inf"),
        ("nc: 1\n" + NAMES, "has 1 class, the model 3"),
        ("names: {a: circle, b: square, c: triangle}\n", "class number 'a'"),
        ("names: {0: circle, 1: square, .inf: triangle}\n", "class number inf"),
        ("names: {0: circle, 1: square, .nan: triangle}\n", "class number nan"),
        ("names: {0: circle, 1.7: square, 2: triangle}\n", "class number 1.7"),
        ("names: {0: circle, 1: square, null: triangle}\n", "class number None"),
    ],
)
def test_dataset_rejects_an_invalid_class_count_or_class_number(here: Path, text: str, says: str) -> None:
    with pytest.raises(InputError, match=says):
        by_us(data_of(here, f"val: val/images\n{text}"))


@pytest.mark.parametrize(
    "grown",
    [
        "path: *a12\n",
        "<<: *m12\n",
        "? *a12\n: 1\n",
    ],
)
def test_dataset_rejects_a_data_yaml_with_exponential_aliases(here: Path, grown: str) -> None:
    """Less than 2 kB would expand to billions of values."""
    lines = ["a0: &a0 [x, x, x, x]", "m0: &m0 {x: 1, y: 2}"]
    for level in range(1, 13):
        for kind, start in (("a", "["), ("m", "{<<: [")):
            others = ", ".join([f"*{kind}{level - 1}"] * 6)
            lines.append(f"{kind}{level}: &{kind}{level} {start}{others}{']' if kind == 'a' else ']}'}")
    text = "\n".join([*lines, grown, f"val: val/images\n{NAMES}"])
    assert len(text) < 2000
    with pytest.raises(InputError, match="with its aliases it has more than 100000 values"):
        by_us(data_of(here, text))


def test_dataset_accepts_recursive_and_many_aliases(here: Path) -> None:
    uses = "\n".join(f"use{number}: *all" for number in range(200))
    data = data_of(here, f"all: &all {{val: val/images}}\nself: &self [*self]\n{uses}\n<<: *all\n{NAMES}")
    assert len(by_us(data)[0]) == 2


def test_dataset_follows_symbolic_links(here: Path) -> None:
    """The folder of the split, and a folder in it."""
    pictures(here / "elsewhere" / "images", 3)
    (here / "val" / "images" / "more").symlink_to(here / "elsewhere" / "images")
    (here / "link").symlink_to(here / "val" / "images")
    data = data_of(here, f"val: link\n{NAMES}")
    ours, _ = by_us(data)
    agree(ours, by_library(data))
    assert len(ours) == 5


def test_dataset_takes_the_suffixes_of_yolo_val_and_notes_others(here: Path) -> None:
    folder = here / "val" / "images"
    for suffix in (".jpg", ".JPG", ".jpeg", ".bmp", ".jp2", ".tif", ".TIFF", ".webp", ".dib", ".ppm", ".PPM"):
        picture(folder / f"a{suffix[1:]}{suffix}")
    for name, known in (("b.mpo", "ajpg.jpg"), ("c.dng", "atif.tif")):
        shutil.copy(folder / known, folder / name)
        shutil.copy(here / "val" / "labels" / "0.txt", here / "val" / "labels" / f"{name[0]}.txt")
    (folder / "d.gif").write_bytes(b"GIF89a")
    (folder / "notes.md").write_text("no picture")
    data = data_of(here, f"val: val/images\n{NAMES}")
    ours, notes = by_us(data)
    agree(ours, by_library(data))
    assert notes == ["skipped, as in `yolo val`: 4 pictures ending in .dib, .gif, .ppm"]


def test_dataset_with_only_unsupported_pictures_names_their_suffix(here: Path) -> None:
    shutil.rmtree(here / "val")
    picture(here / "val" / "images" / "a.ppm")
    with pytest.raises(InputError, match=r"has no pictures: .* 1 picture ending in \.ppm"):
        by_us(data_of(here, f"val: val/images\n{NAMES}"))


def test_dataset_folder_uses_its_data_yaml(here: Path) -> None:
    """By its name, by that of the folder, or because there is no other; also in a subfolder."""
    text = f"val: {here}/val/images\n{NAMES}"
    place = here / "shapes"
    (place / "deep").mkdir(parents=True)
    for name in ("deep/other.yml", "args.yaml", "shapes.yaml", "data.yaml"):
        (place / name).write_text(text)
        if name == "args.yaml":
            (place / name).unlink()
        assert len(by_us(place)[0]) == 2
        (place / "args.yaml").write_text("task: detect")
    for name in ("data.yaml", "shapes.yaml", "args.yaml", "deep/other.yml"):
        (place / name).unlink()
    with pytest.raises(InputError, match=r"a folder with 0 \.yaml files"):
        by_us(place)


# --- labels ---

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


# --- classifiers ---


def classes_of(data: Path, split: str = "val") -> tuple[list[tuple[str, int]], list[str]]:
    notes = list[str]()
    found = read_dataset(data, split, Columns("classify", KINDS, (0, 0)), notes.append)
    return [(str(each.path), int(each.labels.class_ids[0])) for each in found], notes


def classes_by_library(data: Path, split: str = "val") -> list[tuple[str, int]]:
    with quiet():
        from ultralytics.data.dataset import ClassificationDataset
        from ultralytics.data.utils import check_cls_dataset

        arguments: Any = SimpleNamespace(
            fraction=1.0, cache=False, single_cls=False, imgsz=64, scale=0.5, fliplr=0, flipud=0, erasing=0,
            auto_augment=None, hsv_h=0, hsv_s=0, hsv_v=0,
        )  # fmt: skip
        root = check_cls_dataset(str(data), split=split)[split]
        found = ClassificationDataset(str(root), arguments, names=dict(enumerate(KINDS)))
    return [(each[0], each[1]) for each in found.samples]


@pytest.mark.parametrize(
    ("folders", "split", "taken"),
    [
        (("train", "val", "valid", "test"), "val", "val"),
        (("train", "valid", "test"), "val", "valid"),
        (("train", "valid", "validation", "test"), "val", "validation"),
        (("train", "test"), "val", "test"),
        (("train", "valid"), "test", "valid"),
        (("train", "val", "test"), "test", "test"),
    ],
)
def test_classification_split_is_the_folder_that_yolo_val_takes(
    tmp_path: Path, folders: tuple[str, ...], split: str, taken: str
) -> None:
    for folder in folders:
        for kind in KINDS:
            picture(tmp_path / folder / kind / "a.png", None)
    ours, notes = classes_of(tmp_path, split)
    assert ours == classes_by_library(tmp_path, split)
    assert all(path.startswith(str(tmp_path / taken)) for path, _ in ours)
    missing = f"there is no {tmp_path / split}: the folder {taken} is used"
    assert notes == ([] if taken == split else [missing])


def test_classification_falls_back_to_the_test_folder_with_a_note(tmp_path: Path) -> None:
    picture(tmp_path / "test" / "square" / "a.png", None)
    assert classes_of(tmp_path) == (
        [(str(tmp_path / "test" / "square" / "a.png"), 1)],
        [f"there is no {tmp_path / 'val'}: the folder test is used"],
    )


def test_classification_rejects_a_train_folder_alone_and_names_it(tmp_path: Path) -> None:
    picture(tmp_path / "train" / "square" / "a.png", None)
    with pytest.raises(InputError, match=r"there is no folder .*val") as refused:
        classes_of(tmp_path)
    assert refused.value.hint == "name another split with --split: train"


def test_classification_skips_folders_of_unknown_classes_with_a_note(tmp_path: Path) -> None:
    """As in `yolo val`. If no folder is a class of the model, the data set is rejected."""
    for folder in ("train", "val"):
        for kind in ("bird", "circle", "triangle"):
            picture(tmp_path / folder / kind / "deep" / f"{kind}.PNG".lower(), None)
    ours, notes = classes_of(tmp_path)
    assert ours == classes_by_library(tmp_path)
    assert [number for _, number in ours] == [0, 2]
    assert notes == ["skipped, as in `yolo val`: folders that are not classes of the model: bird"]
    for kind in ("circle", "triangle"):
        shutil.rmtree(tmp_path / "val" / kind)
    with pytest.raises(InputError, match="bird is not a class of the model"):
        classes_of(tmp_path)


def test_classification_maps_imagenet_codes_to_class_names(tmp_path: Path) -> None:
    """Folders have codes, models have words."""
    for code in ("n01440764", "n01443537"):
        picture(tmp_path / "val" / code / "a.png", None)
    assert datasets.readable_names(["n01440764", "n01443537"]) == ["tench", "goldfish"]
    found = read_dataset(tmp_path, "val", Columns("classify", ("goldfish", "tench"), (0, 0)))
    assert [int(each.labels.class_ids[0]) for each in found] == [1, 0]


def test_dataset_without_ultralytics_keeps_codes_and_knows_no_datasets_folder(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name in ("ultralytics.utils", "ultralytics.nn"):
        monkeypatch.setitem(__import__("sys").modules, name, None)
    assert datasets.datasets_folder() is None
    assert datasets.readable_names(["n01440764"]) == ["n01440764"]
