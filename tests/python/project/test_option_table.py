"""The table of options against the request, and what it records."""

from pathlib import Path
from typing import Any

import pytest

from edgegen.commands.request import Request
from edgegen.project.option_table import OPTIONS, from_record, to_record

VALUES: dict[str, Any] = {
    "name": "Birds & cats",
    "app": "studio",
    "package": "org.example.birds",
    "classes": "0,1",
    "imgsz": (480, 640),
    "head": "raw",
    "task": "classify",
    "arch": "torchvision:resnet18",
    "names": Path("labels.txt"),
    "resize": 256,
    "crop": 224,
    "interpolation": "bicubic",
    "color": "bgr",
    "mean": (0.485, 0.456, 0.406),
    "std": (0.229, 0.224, 0.225),
    "precision": "int8",
    "calibration": Path("photos"),
    "calibration_images": 0,
    "max_loss": 2.5,
    "keep_float": ("model.0.conv", "model.1.conv"),
    "confidence": 0.0,
    "iou": 0.123456789,
    "max_det": 20,
}


def test_an_option_without_a_value_is_not_typed_again() -> None:
    request = Request("")
    for option in OPTIONS:
        assert option.texts(getattr(request, option.field)) == []


def test_loaded_project_are_restored() -> None:
    record = to_record(VALUES)
    assert record["conf"] == 0.0
    assert record["imgsz"] == [480, 640]
    assert from_record(record) == VALUES


def test_stretch_is_recorded_and_restored() -> None:
    record = to_record({"resize": "stretch"})
    assert from_record(record) == {"resize": "stretch"}


def test_options_of_int8_are_not_recorded_for_fp32() -> None:
    record = to_record({**VALUES, "precision": "fp32"})
    assert not {"precision", "calibration", "calibration_images", "max_loss", "keep_float"} & record.keys()


@pytest.mark.parametrize(
    ("field", "value", "texts"),
    [
        ("imgsz", (480, 640), ["480,640"]),
        ("keep_float", ("a", "b"), ["a", "b"]),
        ("iou", 0.123456789, ["0.123456789"]),
        ("confidence", 0.25, []),
        ("confidence", 0.0, ["0"]),
        ("app", "starter", []),
        ("app", "studio", ["studio"]),
        ("resize", 256, ["256"]),
        ("resize", "stretch", ["stretch"]),
    ],
)
def test_texts_are_those_that_a_user_types(field: str, value: object, texts: list[str]) -> None:
    (option,) = (each for each in OPTIONS if each.field == field)
    assert option.texts(value) == texts
