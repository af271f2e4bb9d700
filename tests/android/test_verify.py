"""Tests of `edgegen verify` for Android projects: it compiles, launches and compares with PyTorch."""

import json
import re
from pathlib import Path

import cv2
import pytest

from edgegen.model.spec import CENTRE_CROP
from edgegen_kits.android import shrink
from edgegen_kits.android.app_build import Project
from edgegen_kits.android.floor import Classes
from edgegen_kits.android.kit import Kit
from tests.helpers.android_projects import colours, generate, leave_out_what_models_share
from tests.helpers.mutating import copy_of, replaced
from tests.helpers.once import ExportOf, Once
from tests.helpers.other_resizes import with_resize
from tests.helpers.places import TINY
from tests.helpers.support import edgegen, process

pytestmark = pytest.mark.full


STAGES = ["constants", "letterbox", "tensor", "raw", "decode", "nms", "boxes", "pte", "app"]


@pytest.fixture(scope="module")
def verified(once: Once, android_kit: Kit, tiny_android: Path) -> Path:
    """Return a folder with the output of `edgegen verify` and its screenshots."""
    photo = TINY.parent / "landscape.png"

    def make(folder: Path) -> None:
        options = ("--model", TINY, "--image", photo, "--screenshots", "screens", "--json")
        answer = process("verify", tiny_android, *options, folder=folder)
        (folder / "code").write_text(str(answer.code))
        (folder / "stdout").write_text(answer.out, encoding="utf-8")
        (folder / "stderr").write_text(answer.err, encoding="utf-8")

    return once("android-verified", make)


@pytest.mark.proof("android")
def test_verify_compares_every_stage_with_pytorch_and_passes(verified: Path) -> None:
    """The report has the same keys as for the other targets, and includes the project's own unit tests."""
    assert (verified / "code").read_text() == "0", (verified / "stderr").read_text()
    report = json.loads((verified / "stdout").read_text())
    assert report["target"] == "android"
    assert report["passed"] is True
    assert [stage["name"] for stage in report["stages"]][: len(STAGES)] == STAGES
    rest = {stage["name"]: stage["compared"] for stage in report["stages"][len(STAGES) :]}
    assert rest.keys() == {"drawn boxes", "description", "unit tests", "kept names"}
    assert rest["kept names"] >= 25
    for stage in report["stages"]:
        assert stage["compared"] > 0
        assert stage["worst"] <= stage["tolerance"]
    assert report["images"] == 6
    assert report["detections"] > 10
    assert report["problems"] == []


@pytest.mark.proof("android")
def test_screenshots_have_a_phones_size_and_show_coloured_boxes(verified: Path) -> None:
    """There is one screenshot for each picture."""
    shots = sorted((verified / "screens").glob("*.png"))
    assert len(shots) == 6
    assert shots[-1].name == "05-landscape.png"
    screen = cv2.imread(str(shots[-1]))
    assert screen.shape[0] > screen.shape[1] > 1000
    saturation = cv2.cvtColor(screen, cv2.COLOR_BGR2HSV)[..., 1]
    assert (saturation > 200).sum() > 2000
    assert colours(screen) > 1000


@pytest.mark.parametrize(
    ("imgsz", "head"),
    [
        pytest.param((416, 288), "raw", id="raw, not square"),
        pytest.param((320, 320), "decoded", id="decoded", marks=pytest.mark.nightly),
    ],
)
def test_app_with_a_real_model_and_real_photos_shows_pytorchs_boxes(
    android_kit: Kit,
    shared_data: Path,
    export_of: ExportOf,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    imgsz: tuple[int, int],
    head: str,
) -> None:
    """The photos pass through the simulated camera. Also compares the spoken description."""
    leave_out_what_models_share(monkeypatch)
    weights = shared_data / "weights" / "yolo11n-coco128.pt"
    made = generate(tmp_path, export_of(weights, imgsz, head))
    photos = sorted((shared_data / "images" / "parity").glob("*.jpg"))
    images = [part for photo in photos for part in ("--image", photo)]
    answer = edgegen("verify", made, "--model", weights, *images, "--json")
    assert answer.code == 0, answer.err + answer.out
    report = json.loads(answer.out)
    assert report["images"] > len(photos) > 3
    assert report["detections"] > 2 * len(photos)


def test_verify_passes_for_a_starter_of_a_detector_with_a_cropped_input(
    android_kit: Kit, tiny_export: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The golden vectors are of the .pte and numpy. `test_other_detectors.py` has a studio."""
    leave_out_what_models_share(monkeypatch)
    made = generate(tmp_path, with_resize(tiny_export, tmp_path, CENTRE_CROP), app="starter")
    answer = edgegen("verify", made, "--json")
    assert answer.code == 0, answer.err + answer.out
    report = json.loads(answer.out)
    assert [stage["name"] for stage in report["stages"]][: len(STAGES)] == [
        stage for stage in STAGES if stage != "pte"
    ] + ["drawn boxes"]
    assert report["detections"] > 10
    readme = (made / "README.md").read_text(encoding="utf-8")
    paths = re.findall(r"`([\w./-]+/[\w./-]*\.kt)`", readme)
    assert len(paths) > 10
    assert not [path for path in paths if not (made / path).exists()]


BROKEN = [
    (
        "app/src/main/kotlin/org/example/shapes/drawing/OverlayView.kt",
        "val shown: VisionResult? get() = result?.result",
        "val shown: VisionResult? get() = (result?.result as? VisionResult.Boxes)"
        "?.run { VisionResult.Boxes(width, height, boxes.map { it.copy(x1 = it.x1 + 1f) }) }",
    ),
    (
        "app/src/main/kotlin/org/example/shapes/drawing/PictureMapping.kt",
        "if (isMirrored) place.right else place.left, place.top)",
        "if (isMirrored) place.right else place.left, place.top + 3f)",
    ),
]


def test_verify_exits_7_and_names_the_stages_when_the_app_and_its_drawing_are_mutated(
    android_kit: Kit, tiny_android: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`starter/test_starter.py` changes a constant of the model."""
    leave_out_what_models_share(monkeypatch)
    broken = copy_of(tiny_android, tmp_path)
    for name, old, new in BROKEN:
        replaced(broken / name, old, new)
    answer = edgegen("verify", broken, "--model", TINY, "--json")
    assert answer.code == 7, answer.err
    found = {stage["name"] for stage in json.loads(answer.out)["stages"] if not stage["passed"]}
    assert found == {"app", "drawn boxes"}


REFUSED = {
    "a call above the floor": (
        "app/src/main/kotlin/org/example/shapes/MainActivity.kt",
        "\nfun sdk29(view: android.view.View) = view.uniqueDrawingId\n",
        ("Android API 26 (minSdk) lacks these members:", "uniqueDrawingId"),
    ),
    "a newer java call in vision": (
        "vision/src/main/kotlin/vision/Geometry.kt",
        "\nfun joined(a: List<String>): List<String> = java.util.List.copyOf(a)\n",
        ("vision/src/main does not compile:", "Geometry.kt:"),
    ),
    "a resource": (
        "app/src/main/res/values/broken.xml",
        '<resources><color name="broken">@color/none</color></resources>',
        ("aapt2 rejects the resources", "color/none"),
    ),
}


@pytest.mark.parametrize("what", REFUSED)
def test_verify_exits_6_when_a_project_does_not_compile(
    android_kit: Kit, tiny_android: Path, tmp_path: Path, what: str
) -> None:
    """The message has the compiler's words and paths within the project."""
    name, text, says = REFUSED[what]
    broken = copy_of(tiny_android, tmp_path)
    with (broken / name).open("a", encoding="utf-8") as file:
        file.write(text)
    answer = edgegen("verify", broken, "--model", TINY)
    assert answer.code == 6, answer
    for each in says:
        assert each in answer.err
    assert "\tat " not in answer.err


def test_verify_without_a_kit_exits_6_and_names_the_install_command(
    tiny_android: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("EDGEGEN_HOME", str(tmp_path))
    answer = edgegen("verify", tiny_android)
    assert answer.code == 6
    assert "edgegen doctor --target android --install" in answer.err


def test_package_is_the_namespace_in_the_gradle_file(tiny_android: Path) -> None:
    """A user may change the namespace by hand."""
    assert Project(tiny_android).package() == "org.example.shapes"


def test_names_that_native_code_looks_up_are_in_the_libraries(android_kit: Kit) -> None:
    """ExecuTorch's names are in its double, which has the same declarations. fbjni's are in fbjni itself."""
    classes = Classes([android_kit.doubles, *android_kit.libraries])
    for name, members in shrink.LOOKED_UP.items():
        found = classes.find(name.replace(".", "/"))
        assert found is not None, name
        declared = {member for member, _ in found.members}
        assert set(members) <= declared, name
