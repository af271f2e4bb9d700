"""Folders of classes are read as `yolo val` reads them: the same split, pictures and classes."""

import shutil
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from edgegen.base.errors import InputError
from edgegen.base.quiet import quiet
from edgegen.parity.dataset import read_dataset
from edgegen.parity.label_files import Columns
from edgegen.sources.ultralytics import library
from tests.python.parity.datasets import KINDS, picture


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
    assert library.readable_names(["n01440764", "n01443537"]) == ["tench", "goldfish"]
    found = read_dataset(tmp_path, "val", Columns("classify", ("goldfish", "tench"), (0, 0)))
    assert [int(each.labels.class_ids[0]) for each in found] == [1, 0]


def test_dataset_without_ultralytics_keeps_codes_and_knows_no_datasets_folder(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name in ("ultralytics.utils", "ultralytics.nn"):
        monkeypatch.setitem(__import__("sys").modules, name, None)
    assert library.datasets_folder() is None
    assert library.readable_names(["n01440764"]) == ["n01440764"]
