"""Selection of the calibration pictures and the held-out pictures for int8."""

import re
from pathlib import Path

import cv2
import numpy as np
import pytest

from edgegen.base.errors import InputError
from edgegen.parity.calibration import Calibration, read_calibration
from edgegen.parity.label_files import Columns
from tests.helpers import labelled

COLUMNS = Columns("detect", ("circle", "square", "triangle"), (0, 0))


def photos(folder: Path, count: int, first: int = 0) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    for number in range(first, first + count):
        grey = np.full((8, 8, 3), number, np.uint8)
        assert cv2.imwrite(str(folder / f"{number:03d}.png"), grey)
    return folder


def read(given: Path, most: int = 100, *, scored: bool = True) -> Calibration:
    return read_calibration(given, most, COLUMNS, scored=scored)


def numbers(paths: tuple[Path, ...]) -> list[int]:
    return [int(path.stem) for path in paths]


def test_calibration_holds_out_every_fifth_picture(tmp_path: Path) -> None:
    found = read(photos(tmp_path / "photos", 11))
    assert numbers(found.held_out) == [4, 9]
    assert numbers(found.observed) == [0, 1, 2, 3, 5, 6, 7, 8, 10]
    assert found.labelled == ()


def test_calibration_takes_pictures_at_equal_distances(tmp_path: Path) -> None:
    """Neighbours in a folder are often similar."""
    found = read(photos(tmp_path / "photos", 40), most=8)
    assert sorted(numbers(found.held_out + found.observed)) == [0, 5, 10, 15, 20, 25, 30, 35]


def test_calibration_of_4_pictures_holds_out_one(tmp_path: Path) -> None:
    """Four pictures are the minimum."""
    found = read(photos(tmp_path / "photos", 4))
    assert (numbers(found.observed), numbers(found.held_out)) == ([0, 1, 2], [3])


def test_calibration_skips_unreadable_pictures_and_lists_them(tmp_path: Path) -> None:
    folder = photos(tmp_path / "photos", 6)
    (folder / "002.png").write_bytes(b"no picture")
    (folder / "notes.txt").write_text("nor this")
    found = read(folder)
    assert numbers(found.skipped) == [2]
    assert 2 not in numbers(found.observed + found.held_out)


def test_calibration_list_keeps_its_order_and_drops_duplicates(tmp_path: Path) -> None:
    """Paths are relative to the folder of the list."""
    photos(tmp_path / "photos", 5)
    names = [f"photos/{number:03d}.png" for number in (3, 1, 4, 1, 0, 2)]
    listed = tmp_path / "list.txt"
    listed.write_text("\n".join(names) + "\n")
    found = read(listed)
    assert (numbers(found.observed), numbers(found.held_out)) == ([3, 1, 4, 0], [2])


def test_calibration_digest_depends_only_on_the_contents_of_the_photos(tmp_path: Path) -> None:
    one, other = read(photos(tmp_path / "a", 9)), read(photos(tmp_path / "b", 9))
    assert one.digest() == other.digest()
    assert one.digest() != read(photos(tmp_path / "c", 8)).digest()


def test_calibration_of_one_labelled_split_holds_out_labelled_pictures(tmp_path: Path) -> None:
    """The same split is train and val of the data.yaml."""
    data = labelled.write(tmp_path / "drawn", "detect")
    found = read(data)
    assert len(found.held_out) == 2
    assert len(found.observed) == 10
    assert [each.path for each in found.labelled] == list(found.held_out)
    assert all(len(each.labels) for each in found.labelled)
    assert not set(found.observed) & set(found.held_out)


def test_calibration_uses_train_and_holds_out_val(tmp_path: Path) -> None:
    data = labelled.write(tmp_path / "drawn", "detect")
    photos(tmp_path / "drawn" / "images" / "train", 12)
    data.write_text(data.read_text().replace("train: images/val", "train: images/train"))
    found = read(data)
    assert {path.parent.name for path in found.observed} == {"train"}
    assert {path.parent.name for path in found.held_out} == {"val"}
    assert len(found.labelled) == len(found.held_out) == 12


def data_of(folder: Path, **splits: str) -> Path:
    names = "names: [circle, square, triangle]\n"
    (folder / "data.yaml").write_text(names + "".join(f"{name}: {path}\n" for name, path in splits.items()))
    return folder / "data.yaml"


def test_calibration_excludes_copies_of_held_out_pictures(tmp_path: Path) -> None:
    """Under any name, and through a symbolic link."""
    photos(tmp_path / "val", 6)
    photos(tmp_path / "train", 12)
    (tmp_path / "link").symlink_to(tmp_path / "val")
    found = read(data_of(tmp_path, train="train", val="link"), scored=False)
    assert numbers(found.held_out) == [0, 1, 2, 3, 4, 5]
    assert numbers(found.observed) == [6, 7, 8, 9, 10, 11]


def test_calibration_counts_a_copied_picture_once(tmp_path: Path) -> None:
    folder = photos(tmp_path / "photos", 5)
    (folder / "z000.png").write_bytes((folder / "000.png").read_bytes())
    found = read(folder)
    assert len(found.observed + found.held_out) == 5


@pytest.mark.parametrize(
    "splits", [{"val": "photos"}, {"train": "photos"}, {"train": "photos", "val": "photos"}]
)
def test_calibration_of_a_single_split_holds_out_every_fifth_picture(
    tmp_path: Path, splits: dict[str, str]
) -> None:
    photos(tmp_path / "photos", 10)
    found = read(data_of(tmp_path, **splits), scored=False)
    assert numbers(found.held_out) == [4, 9]
    assert len(found.observed) == 8


@pytest.mark.parametrize("count", [20, 21, 25, 40, 60])
def test_calibration_of_a_large_single_split_holds_out_a_fifth(tmp_path: Path, count: int) -> None:
    """Train and val are the same, as in small examples; only the selected pictures are split."""
    photos(tmp_path / "photos", count)
    found = read(data_of(tmp_path, train="photos", val="photos"), most=20, scored=False)
    assert (len(found.observed), len(found.held_out)) == (16, 4)


def test_calibration_replaces_unreadable_pictures(tmp_path: Path) -> None:
    folder = photos(tmp_path / "photos", 40)
    (folder / "010.png").write_bytes(b"no picture")
    found = read(folder, most=4)
    assert numbers(found.skipped) == [10]
    assert len(found.observed + found.held_out) == 4


def test_calibration_without_scoring_reads_no_labels(tmp_path: Path) -> None:
    """For example the data.yaml of a depth model."""
    data = labelled.write(tmp_path / "drawn", "detect")
    assert read(data, scored=False).labelled == ()


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda folder: photos(folder, 0), "has 0 pictures, but calibration needs at least 4"),
        (lambda folder: photos(folder, 1), "has 1 picture, but calibration needs at least 4"),
        (lambda folder: photos(folder, 3), "has 3 pictures, but calibration needs at least 4"),
        (lambda folder: folder / "nowhere", "there is no"),
        (lambda folder: photos(folder, 1) / "000.png", "is one picture"),
    ],
)
def test_calibration_rejects_fewer_than_4_pictures(tmp_path: Path, make: object, says: str) -> None:
    assert callable(make)
    with pytest.raises(InputError, match=says) as refused:
        read(make(tmp_path))
    assert "a folder, a data.yaml, or a text file" in refused.value.hint


def test_calibration_reports_the_number_of_unreadable_files(tmp_path: Path) -> None:
    for number in range(5):
        (tmp_path / f"{number}.jpg").write_bytes(b"no picture")
    with pytest.raises(InputError, match="has 0 pictures, and 5 that cannot be read"):
        read(tmp_path)


def test_calibration_names_a_missing_split_of_a_data_yaml(tmp_path: Path) -> None:
    """As `edgegen evaluate` does."""
    data = labelled.write(tmp_path / "drawn", "detect")
    data.write_text(data.read_text().replace("train: images/val", "train: images/gone"))
    with pytest.raises(InputError, match="images/gone"):
        read(data)


def test_calibration_notes_a_data_yaml_with_a_missing_path(tmp_path: Path) -> None:
    """The folder of the data.yaml is used instead; the error for a missing split has both paths."""
    data = labelled.write(tmp_path / "drawn", "detect")
    assert read(data).notes == ()
    data.write_text(data.read_text().replace("path: .", "path: /content/gone"))
    found = read(data)
    assert len(found.labelled) == len(found.held_out) > 0
    assert found.notes == (
        f"{data} says `path: /content/gone`, which does not exist; the folder of the data.yaml is used",
    )
    data.write_text(data.read_text().replace("train: images/val", "train: images/lost"))
    with pytest.raises(
        InputError,
        match=r"images/lost, which does not exist, and neither does its `path`, /content/gone",
    ):
        read(data)


@pytest.mark.parametrize("name", ["data.yaml", "data.yml"])
def test_calibration_uses_the_data_yaml_of_a_folder_with_a_note(tmp_path: Path, name: str) -> None:
    """As `--data FOLDER` does; YAML files of other names have no effect."""
    data = labelled.write(tmp_path / "drawn", "detect")
    (data.parent / "args.yaml").write_text("task: detect")
    data.rename(data.with_name(name))
    found = read(data.parent)
    assert len(found.labelled) == len(found.held_out) == 2
    assert found.notes == (f"{data.with_name(name)} is used: it names the splits",)
    data.with_name(name).rename(data.with_name("other.yaml"))
    assert (read(data.parent).labelled, read(data.parent).notes) == ((), ())


@pytest.mark.parametrize(
    ("name", "text", "says"),
    [
        (
            "data.yaml",
            "train: gone\nnames: [a]\n",
            "the split 'train' is .*gone, which does not exist",
        ),
        ("data.yaml", "names: [a]\n", "has no splits"),
        ("photos.yaml", "train:\nval:\n", "has no splits"),
        ("data.yml", "- a list\n", "is not a mapping"),
        (
            "args.yaml",
            "task: detect\nval: true\n",
            "the split 'val' is .*True, which does not exist",
        ),
    ],
)
def test_calibration_folder_with_an_invalid_data_yaml_uses_its_photos(
    tmp_path: Path, name: str, text: str, says: str
) -> None:
    folder = photos(tmp_path / "photos", 11)
    (folder / name).write_text(text)
    found = read(folder)
    assert (numbers(found.held_out), len(found.observed), found.labelled) == ([4, 9], 9, ())
    (note,) = found.notes
    assert re.search(says, note)
    assert note.endswith(f"; all photos in {folder} are used, without labels")
    for path in folder.glob("*.png"):
        path.unlink()
    if "no splits" not in says:  # without photos, the error is that of the data.yaml
        with pytest.raises(InputError, match=says):
            read(folder)


def test_calibration_names_invalid_labels_and_drops_their_picture(tmp_path: Path) -> None:
    """The picture still counts for the comparison with float32."""
    data = labelled.write(tmp_path / "drawn", "detect")
    held_out = read(data).held_out[0]
    labels = data.parent / "labels" / "val" / f"{held_out.stem}.txt"
    labels.write_text("9 0.5 0.5 0.1 0.1")
    found = read(data)
    assert [each.path for each in found.labelled] == [each for each in found.held_out if each != held_out]
    assert found.notes == (f"picture skipped, as in `yolo val`: {labels}, line 1: there is no class 9",)


def test_calibration_counts_a_picture_of_a_repeated_split_once(tmp_path: Path) -> None:
    data = labelled.write(tmp_path / "drawn", "detect")
    once = read(data)
    data.write_text(data.read_text().replace("val: images/val", "val: [images/val, images/val]"))
    twice = read(data)
    assert (twice.observed, twice.held_out) == (once.observed, once.held_out)
    assert [each.path for each in twice.labelled] == list(once.held_out)


def test_calibration_list_falls_back_to_paths_from_the_working_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As in `yolo val`; a path that exists in neither place is an unreadable picture."""
    monkeypatch.chdir(tmp_path)
    photos(tmp_path / "photos", 5)
    (tmp_path / "lists").mkdir()
    listed = tmp_path / "lists" / "list.txt"
    listed.write_text("".join(f"photos/{number:03d}.png\n" for number in range(5)) + "./gone.png\n")
    found = read(listed)
    assert len(found.observed + found.held_out) == 5
    assert found.skipped == (tmp_path / "lists" / "gone.png",)


@pytest.mark.parametrize("train", [0, 1, 2])
def test_calibration_rejects_a_data_yaml_with_too_few_training_pictures(tmp_path: Path, train: int) -> None:
    """However many pictures can be held out."""
    photos(tmp_path / "train", train, first=100)
    photos(tmp_path / "val", 6)
    if train:
        with pytest.raises(InputError, match=rf"\({train} in train, 6 in val\), but .* at least 4"):
            read(data_of(tmp_path, train="train", val="val"), scored=False)
    else:
        with pytest.raises(InputError, match="has no pictures"):
            read(data_of(tmp_path, train="train", val="val"), scored=False)


def test_calibration_rejects_a_list_that_is_not_utf8(tmp_path: Path) -> None:
    """Named by a data.yaml, or given directly."""
    (tmp_path / "list.txt").write_bytes(b"caf\xe9.png\n")
    for given in (data_of(tmp_path, train="list.txt"), tmp_path / "list.txt"):
        with pytest.raises(InputError, match="cannot be listed"):
            read(given)


def test_calibration_rejects_labels_of_other_classes(tmp_path: Path) -> None:
    """They belong to another model."""
    data = labelled.write(tmp_path / "drawn", "detect")
    with pytest.raises(InputError, match="the model 2"):
        read_calibration(data, 100, Columns("detect", ("circle", "square"), (0, 0)), scored=True)
