"""The app prints the boxes of Ultralytics' predict, for real models and many kinds of pictures."""

import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from ultralytics import YOLO

from edgegen.model.thresholds import Thresholds
from edgegen.tasks.detect.result import Detections, compare_boxes
from tests.helpers.once import ExportOf, Once
from tests.helpers.photos import variants
from tests.helpers.projects import Built, build, generate
from tests.helpers.tiers import sample

pytestmark = pytest.mark.full


@dataclass(frozen=True)
class Case:
    """A model and an input size."""

    name: str
    weights: str  # below shared/data/weights; "" for our own tiny checkpoint
    imgsz: tuple[int, int]

    def checkpoint(self, tiny: Path, request: pytest.FixtureRequest) -> Path:
        if not self.weights:
            return tiny
        return Path(request.getfixturevalue("shared_data")) / "weights" / self.weights


CASES = (
    Case("tiny", "", (160, 160)),
    Case("tiny_wide", "", (96, 224)),
    Case("coco_640", "yolo11n-coco128.pt", (640, 640)),
)


def predict(
    model: str | Path, images: Sequence[Path], imgsz: tuple[int, int], **options: Any
) -> list[Detections]:
    """Return the detections of Ultralytics' predict for each file, letterboxed to the full input size."""
    yolo = YOLO(str(model), task="detect")
    found = []
    for image in images:
        arguments = {"imgsz": list(imgsz), "rect": False, "device": "cpu", "verbose": False, "save": False}
        boxes = yolo.predict(str(image), **arguments, **options)[0].boxes
        found.append(
            Detections(
                boxes.xyxy.numpy().reshape(-1, 4), boxes.conf.numpy(), boxes.cls.numpy().astype("int64")
            )
        )
    return found


def check(
    built: Built,
    model: str | Path,
    images: Sequence[Path],
    imgsz: tuple[int, int],
    confidences: Sequence[float],
) -> int:
    """Compare app and Ultralytics on all pictures and confidences; return the number of compared boxes."""
    compared = 0
    for confidence in confidences:
        ours = built.detect(images, "--conf", confidence)
        theirs = predict(model, images, imgsz, conf=confidence)
        for image, mine, right in zip(images, ours, theirs, strict=True):
            result = compare_boxes(mine, right, Thresholds(confidence))
            assert result.passed, f"{image.name} at {confidence}: {result}"
            compared += result.first.compared
    return compared


@pytest.fixture(params=sample(CASES, "linux", every=len(CASES)), ids=lambda case: case.name)
def case(request: pytest.FixtureRequest) -> Case:
    return request.param


@pytest.fixture
def checkpoint(case: Case, tiny_checkpoint: Path, request: pytest.FixtureRequest) -> Path:
    return case.checkpoint(tiny_checkpoint, request)


@pytest.fixture
def built(case: Case, checkpoint: Path, once: Once, tiny_linux: Path, export_of: ExportOf) -> Built:
    if case.name == "tiny":
        return build(tiny_linux, "app")

    def make(folder: Path) -> None:
        generate(folder, export_of(checkpoint, case.imgsz, "raw"))

    return build(once(f"parity_{case.name}", make) / "project", "app")


@pytest.fixture
def photos(tiny_checkpoint: Path) -> list[Path]:
    """Return the drawn pictures, and the real photos if they are there."""
    shared = tiny_checkpoint.parents[2].parent / "shared" / "data" / "images" / "parity"
    return [*sorted(tiny_checkpoint.parent.glob("*.png")), *sorted(shared.glob("*.jpg"))]


@pytest.fixture
def pictures(photos: list[Path], tmp_path: Path) -> list[Path]:
    """Return the photos, and one of them in all file variants."""
    varied = next((photo for photo in photos if photo.suffix == ".jpg"), photos[0])
    return [*photos, *variants(varied, tmp_path / "variants")]


def test_app_detections_equal_those_of_predict(
    case: Case, built: Built, checkpoint: Path, photos: list[Path], pictures: list[Path]
) -> None:
    """At confidences 0.001, 0.25 and 0.9: portrait, landscape, tiny, huge, grey, alpha, EXIF-turned.

    Trained models, which are slow, get the photos at two confidences.
    """
    images, confidences = (photos, (0.001, 0.25)) if case.weights else (pictures, (0.001, 0.25, 0.9))
    assert check(built, checkpoint, images, case.imgsz, confidences) > 100


def test_nms_options_give_the_detections_of_predict(
    tiny_linux: Path, tiny_checkpoint: Path, photos: list[Path]
) -> None:
    """--iou, --agnostic and --max-det, at a confidence with thousands of candidates."""
    built = build(tiny_linux, "app")
    for iou, agnostic, max_det in ((0.3, False, 300), (0.95, False, 1000), (0.5, True, 300), (0.7, False, 5)):
        options = ["--conf", 0.001, "--iou", iou, "--max-det", max_det, *(["--agnostic"] if agnostic else [])]
        ours = built.detect(photos, *options)
        theirs = predict(
            tiny_checkpoint, photos, (160, 160), conf=0.001, iou=iou, agnostic_nms=agnostic, max_det=max_det
        )
        for mine, right in zip(ours, theirs, strict=True):
            result = compare_boxes(mine, right, Thresholds(0.001, iou, max_det, agnostic))
            assert result.passed, result


def test_classes_option_gives_the_detections_of_predict(
    once: Once, tiny_export: Path, tiny_checkpoint: Path, photos: list[Path]
) -> None:
    """`--classes circle,2` is predict(classes=[0, 2])."""

    def make(folder: Path) -> None:
        generate(folder, tiny_export, classes="circle,2")

    built = build(once("parity_classes", make) / "project", "app")
    ours = built.detect(photos, "--conf", 0.05)
    theirs = predict(tiny_checkpoint, photos, (160, 160), conf=0.05, classes=[0, 2])
    assert sum(len(each) for each in ours) > 5
    for mine, right in zip(ours, theirs, strict=True):
        assert compare_boxes(mine, right, Thresholds(0.05)).passed


def test_app_of_an_ultralytics_export_equals_predict_on_that_export(
    once: Once, shared_data: Path, photos: list[Path]
) -> None:
    """YOLO26 has an end-to-end head, but its export has not: its contract is `decoded`."""

    def export(folder: Path) -> None:
        weights = folder / "yolo26n.pt"
        shutil.copy(shared_data / "weights" / "yolo26n-coco8.pt", weights)
        YOLO(str(weights)).export(format="executorch", imgsz=320)

    exported = once("ultralytics_yolo26n", export) / "yolo26n_executorch_model"

    def make(folder: Path) -> None:
        generate(folder, exported)

    built = build(once("parity_yolo26n", make) / "project", "app")
    assert check(built, exported, photos, (320, 320), (0.001, 0.25)) > 100


def test_setting_the_threads_prints_nothing_to_stderr(tiny_linux: Path, tiny_checkpoint: Path) -> None:
    """ExecuTorch logs the processor then, and the app's stderr is for errors."""
    answer = build(tiny_linux, "app").run(tiny_checkpoint.parent / "landscape.png", "--threads", 1)
    assert (answer.returncode, answer.stderr) == (0, "")
