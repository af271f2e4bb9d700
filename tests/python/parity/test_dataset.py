"""A data.yaml is read as `yolo val` reads it: the same paths, pictures and class names."""

import shutil
from pathlib import Path

import pytest

from edgegen.base.errors import InputError
from tests.python.parity.datasets import NAMES, TRAIN, agree, by_library, by_us, data_of, picture, pictures


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
