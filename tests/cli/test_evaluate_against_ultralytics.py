"""`edgegen evaluate` gives the scores of `yolo val`, for every task that both score."""

import shutil
from pathlib import Path
from typing import Any

import pytest
import yaml

from edgegen.base.strict_yaml import load_mapping
from tests.cli.evaluations import AGREE, evaluated, rejects
from tests.helpers import labelled
from tests.helpers.once import ExportOf
from tests.helpers.places import TINY
from tests.helpers.support import edgegen, metadata_of

EQUAL = 0.0005  # one box over one of ten thresholds, among two hundred
RESIZED = 0.03  # predict rounds the size of these small pictures differently, and clips boxes
# `yolo val` crops masks at a quarter of the input's resolution: a large error in small pictures.
COARSE = 0.06
# Heights and widths: one is rounded up by `yolo val` and down by predict, one is enlarged.
SIZES = ((200, 171), (160, 160), (97, 131), (240, 320))
OF_LIBRARY = {"boxes": "box", "masks": "seg", "keypoints": "pose"}


def by_library(
    checkpoint: Path, data: Path, size: int, monkeypatch: pytest.MonkeyPatch, *, best_only: bool = False
) -> Any:
    """Return the result of `yolo val`; best_only: only each box's best class, as predict and the apps do."""
    from ultralytics import YOLO
    from ultralytics.utils import nms

    library = nms.non_max_suppression

    def best(*given: Any, **more: Any) -> Any:
        return library(*given, **{**more, "multi_label": False})

    if best_only:
        monkeypatch.setattr(nms, "non_max_suppression", best)
    runs = str(data.parent if data.is_file() else data) + "-runs"
    return YOLO(checkpoint).val(
        data=str(data), imgsz=size, rect=False, conf=0.001 if best_only else None, iou=0.7, max_det=300,
        device="cpu", plots=False, verbose=False, workers=0, project=runs,
    )  # fmt: skip


def add_points(labels: Path) -> None:
    """Add a fifth point to each polygon of half of the label files, in the middle of its first side."""
    for path in sorted(labels.glob("*.txt"))[::2]:
        rows = [line.split() for line in path.read_text(encoding="utf-8").splitlines()]
        for row in rows:
            x1, y1, x2, y2 = map(float, row[1:5])
            row[3:3] = [str((x1 + x2) / 2), str((y1 + y2) / 2)]
        path.write_text("\n".join(map(" ".join, rows)), encoding="utf-8")


@pytest.mark.full
@pytest.mark.parametrize(
    ("task", "heads"),
    [
        ("detect", ("raw", "decoded")),
        ("pose", ("raw",)),
        ("obb", ("raw", "decoded")),
        ("segment", ("raw", "decoded")),
    ],
)
def test_scores_equal_those_of_yolo_val(
    export_of: ExportOf, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, task: str, heads: tuple[str, ...]
) -> None:
    """For boxes, masks and keypoints, checkpoint and exports, with all classes and the best one."""
    checkpoint = TINY if task == "detect" else TINY.with_name(f"tiny-{task}.pt")
    data = labelled.write(tmp_path / "drawn", task, sizes=SIZES)
    if task == "obb":
        add_points(data.parent / "labels" / "val")
    told = data.read_text(encoding="utf-8")
    first, *others = [export_of(checkpoint, (160, 160), head) for head in heads]
    runs = evaluated(first, "--data", data, "--model", checkpoint)["runs"]
    for other in others:  # PyTorch's scores do not depend on the export
        runs += evaluated(other, "--data", data)["runs"]
    assert [run["name"] for run in runs] == ["pytorch", *["pte"] * len(heads)]
    data.write_text(told.replace("path: .", f"path: {data.parent}"), encoding="utf-8")
    every = by_library(checkpoint, data, labelled.SIDE, monkeypatch)
    best = by_library(checkpoint, data, labelled.SIDE, monkeypatch, best_only=True)
    for run in runs:
        assert run["precision"] == "float32"
        for kind, name in OF_LIBRARY.items():
            if getattr(every, name, None) is None:
                assert kind not in run
                continue
            theirs, counted = getattr(every, name), run["yolo_val"][kind]
            near = AGREE if kind == "masks" else EQUAL  # a point on a pixel's edge may fall on either side
            assert counted["map50"] == pytest.approx(float(theirs.map50), abs=near), kind
            assert counted["map50_95"] == pytest.approx(float(theirs.map), abs=near), kind
            theirs, shown = getattr(best, name), run if kind == "boxes" else run[kind]
            near = COARSE if kind == "masks" else RESIZED
            assert shown["map50"] == pytest.approx(float(theirs.map50), abs=near), kind
            assert shown["map50_95"] == pytest.approx(float(theirs.map), abs=near), kind
            assert shown["map50_95"] > 0.3, kind


@pytest.mark.full
def test_keypoint_score_uses_the_sigmas_of_the_data(
    export_of: ExportOf, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As `yolo val` does. Too few, zero or non-numeric kpt_oks_sigmas are rejected."""
    checkpoint = TINY.with_name("tiny-pose.pt")
    export = export_of(checkpoint, (160, 160), "raw")
    data = labelled.write(tmp_path / "drawn", "pose", sizes=SIZES)
    told = data.read_text(encoding="utf-8")
    usual = evaluated(export, "--data", data)["runs"][0]["yolo_val"]["keypoints"]["map50_95"]
    points = load_mapping(data)["kpt_shape"][0]
    sigmas = [0.02 * (1 + number) for number in range(points)]
    data.write_text(f"{told}\nkpt_oks_sigmas: {sigmas}\n", encoding="utf-8")
    found = evaluated(export, "--data", data)["runs"][0]["yolo_val"]["keypoints"]["map50_95"]
    for wrong in (sigmas[1:], [0, *sigmas[1:]], "much", ["a", *sigmas[1:]]):
        data.write_text(f"{told}\nkpt_oks_sigmas: {wrong}\n", encoding="utf-8")
        rejects(edgegen("evaluate", export, "--data", data), 3, "kpt_oks_sigmas", f"{points} numbers")
    moved = told.replace("path: .", f"path: {data.parent}")
    data.write_text(f"{moved}\nkpt_oks_sigmas: {sigmas}\n", encoding="utf-8")
    theirs = by_library(checkpoint, data, labelled.SIDE, monkeypatch).pose
    assert found == pytest.approx(float(theirs.map), abs=EQUAL)
    assert abs(found - usual) > 0.01


@pytest.mark.full
def test_classifier_scores_equal_top1_and_top5_of_yolo_val(
    export_of: ExportOf, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    checkpoint = TINY.with_name("tiny-classify.pt")
    data = labelled.write(tmp_path / "drawn", "classify")
    found = evaluated(export_of(checkpoint, (64, 64), "logits"), "--data", data, "--model", checkpoint)
    shutil.copytree(data / "val", data / "train")
    right = by_library(checkpoint, data, labelled.SMALL, monkeypatch)
    for run in found["runs"]:
        assert run["top1"] == pytest.approx(float(right.top1), abs=1e-6)
        assert run["top5"] == pytest.approx(float(right.top5), abs=1e-6)
        assert run["top1"] > 0.5


@pytest.mark.full
def test_yolo11n_scores_on_coco128_equal_recorded_yolo_val(shared_data: Path, export_of: ExportOf) -> None:
    """`yolo val` gave 0.6649, and 0.6688 with only the best class of each box."""
    checkpoint = shared_data / "weights" / "yolo11n-coco128.pt"
    model = export_of(checkpoint, (416, 416), "raw")
    found = evaluated(
        model, "--data", shared_data / "coco" / "data.yaml", "--split", "train", "--model", checkpoint
    )
    for run in found["runs"]:
        assert run["map50_95"] == pytest.approx(0.6688, abs=AGREE)
        assert run["map50"] == pytest.approx(0.8091, abs=AGREE)
        assert run["yolo_val"]["boxes"]["map50_95"] == pytest.approx(0.6649, abs=EQUAL)


@pytest.mark.nightly
def test_int8_yolo11n_loses_at_most_one_point_on_held_out_photos_of_coco128(
    shared_data: Path, tmp_path: Path
) -> None:
    """`evaluate` measures the loss that the export promises. No class that float32 finds is lost.

    tests/export/test_int8.py has the same for the tiny models.
    """
    checkpoint = shared_data / "weights" / "yolo11n-coco128.pt"
    photos = sorted((shared_data / "coco" / "images" / "train").glob("*.jpg"))
    splits = {"train": [path for n, path in enumerate(photos) if n % 5 != 4], "val": photos[4::5]}
    for split, paths in splits.items():
        (tmp_path / f"{split}.txt").write_text("\n".join(map(str, paths)), encoding="utf-8")
    data = tmp_path / "data.yaml"
    names = load_mapping(shared_data / "coco" / "data.yaml")["names"]
    data.write_text(yaml.safe_dump({split: f"{split}.txt" for split in splits} | {"names": names}), "utf-8")
    options = ("--precision", "int8", "--calibration", data, "--imgsz", 416, "--output", tmp_path / "made")
    edgegen("export", "--model", checkpoint, *options).ok()
    found = evaluated(tmp_path / "made", "--data", data, "--model", checkpoint)
    float32, ours = found["runs"]
    assert ours["precision"] == "int8"
    promise = metadata_of(tmp_path / "made")["edgegen"]["int8"]["contract"]
    assert (promise["pictures"], promise["max_loss"]) == (len(splits["val"]), 1.0)
    assert 100 * (float32["map50_95"] - ours["map50_95"]) <= promise["max_loss"]
    seen = [name for name, score in float32["classes"].items() if score >= 0.1]
    assert len(seen) > 20
    assert all(ours["classes"][name] > 0 for name in seen)
