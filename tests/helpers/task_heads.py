"""Heads of the other tasks of Ultralytics, with random weights that see something: one of each family."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from tests.helpers import detection_heads
from tests.helpers.detection_heads import CLASSES, SIZE, drawn, save, settle, spread, spread_boxes


@dataclass(frozen=True)
class Head:
    """What a family's checkpoint is made with; together they have what a model may differ in."""

    classes: int = CLASSES
    size: tuple[int, int] = SIZE  # height, width
    points: tuple[int, int] = (17, 3)


HEADS: Final = {
    "yolo11n-pose": Head(),
    "yolo26n-pose": Head(),
    "yolo11n-seg": Head(),
    "yolo26n-seg": Head(classes=1),
    "yolo11n-obb": Head(),
    "yolo26n-obb": Head(),
    "yolov8n-seg": Head(classes=80, size=(64, 64)),
    "yolov8n-pose": Head(classes=1, size=(96, 64), points=(1, 3)),
    "yolov8n-obb": Head(classes=1, size=(96, 96)),
    "yolo11n-cls": Head(classes=2, size=(64, 64)),
    "yolo26n-cls": Head(classes=1000, size=(96, 96)),
    "yolo26n-sem": Head(classes=1),
    "yolo26n-depth": Head(),
    "yolov8n-cls": Head(classes=2, size=(64, 64)),  # last: its place is the seed of each
}


def write_checkpoint(path: Path, family: str) -> None:
    """Write an untrained checkpoint of a family, always the same, that shows something."""
    import torch
    from ultralytics.nn import tasks

    from edgegen.base.quiet import quiet

    kinds = {
        "pose": ("pose", tasks.PoseModel),
        "seg": ("segment", tasks.SegmentationModel),
        "obb": ("obb", tasks.OBBModel),
        "cls": ("classify", tasks.ClassificationModel),
        "sem": ("semantic", tasks.SemanticSegmentationModel),
        "depth": ("depth", tasks.DepthModel),
    }
    task, kind = kinds[family.partition("-")[2]]
    asked = HEADS[family]
    torch.manual_seed(len(detection_heads.FAMILIES) + list(HEADS).index(family))
    options: dict[str, Any] = {"data_kpt_shape": list(asked.points)} if task == "pose" else {}
    pictures = drawn(asked.size)
    with quiet(), torch.no_grad():
        model = kind(f"{family}.yaml", ch=3, nc=asked.classes, verbose=False, **options)
        settle(model, pictures)
        head = model.model[-1]
        if task == "classify":
            spread(model, head.linear, pictures, mean=0.0, deviation=1.0)
        elif task == "semantic":
            spread(model, head.classifier[-1], pictures, mean=0.0, deviation=2.0)
        elif task == "depth":
            spread(model, head.head[-1], pictures, mean=1.0, deviation=0.3)  # logarithms of a distance
        else:
            spread_boxes(model, pictures)
    save(path, model, task, asked.size, 1 if task == "depth" else asked.classes)


def untrained(once: Any, family: str) -> Path:
    """Return a family's random checkpoint, written once for all tests."""
    return detection_heads.untrained(once, family, write_checkpoint)
