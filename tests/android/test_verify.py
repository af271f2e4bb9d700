"""Tests of `edgegen verify` for Android projects: it compiles, launches and compares with PyTorch."""

import json
import os
import subprocess
from dataclasses import replace
from pathlib import Path

import cv2
import pytest

from edgegen.base.errors import ToolchainError
from edgegen.base.files import file_sha256
from edgegen.base.progress import NoProgress
from edgegen.targets.android.device import gradle_command, self_check
from edgegen.targets.on_device import check_report, read_report
from edgegen_kits.android import shrink
from edgegen_kits.android.app_build import Project
from edgegen_kits.android.floor import Classes
from edgegen_kits.android.kit import Kit
from tests.helpers.android_projects import colours, generate, leave_out_what_models_share
from tests.helpers.android_tools import ktlint_command
from tests.helpers.mutating import copy_of, replaced
from tests.helpers.once import ExportOf, Once
from tests.helpers.places import TINY
from tests.helpers.support import Answer, edgegen, process

pytestmark = pytest.mark.full


STAGES = ["constants", "letterbox", "tensor", "raw", "decode", "nms", "boxes", "pte", "app"]


@pytest.fixture(scope="module")
def project(once: Once, tiny_export: Path) -> Path:
    """Return the tiny model's project. Not to be changed."""
    return once("android-to-verify", lambda folder: generate(folder, tiny_export)) / "project"


@pytest.fixture(scope="module")
def verified(once: Once, android_kit: Kit, project: Path) -> Path:
    """Return a folder with the output of `edgegen verify` and its screenshots."""
    photo = TINY.parent / "landscape.png"

    def make(folder: Path) -> None:
        answer = process(
            *("verify", project, "--model", TINY, "--image", photo, "--screenshots", "screens", "--json"),
            folder=folder,
        )
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
    rest = {stage["name"] for stage in report["stages"][len(STAGES) :]}
    assert rest == {"drawn boxes", "description", "unit tests", "kept names"}
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
    ("imgsz", "head"), [((416, 288), "raw"), ((320, 320), "decoded")], ids=["raw, not square", "decoded"]
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


BROKEN = {
    "a constant": ("vision/src/main/kotlin/vision/TheModel.kt", "padValue = 114", "padValue = 110"),
    "the app": (
        "app/src/main/kotlin/org/example/shapes/drawing/OverlayView.kt",
        "val shown: VisionResult? get() = result?.result",
        "val shown: VisionResult? get() = (result?.result as? VisionResult.Boxes)"
        "?.run { VisionResult.Boxes(width, height, boxes.map { it.copy(x1 = it.x1 + 1f) }) }",
    ),
    "the drawing": (
        "app/src/main/kotlin/org/example/shapes/drawing/PictureMapping.kt",
        "if (isMirrored) place.right else place.left, place.top)",
        "if (isMirrored) place.right else place.left, place.top + 3f)",
    ),
}


@pytest.mark.parametrize(
    ("what", "failed"),
    [
        (["a constant"], {"letterbox", "boxes", "unit tests"}),
        (["the app", "the drawing"], {"app", "drawn boxes"}),
    ],
    ids=["a constant", "the app and the drawing"],
)
def test_verify_exits_7_and_names_the_stages_when_the_app_is_mutated(
    android_kit: Kit,
    project: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    what: list[str],
    failed: set[str],
) -> None:
    leave_out_what_models_share(monkeypatch)
    broken = copy_of(project, tmp_path)
    for each in what:
        name, old, new = BROKEN[each]
        replaced(broken / name, old, new)
    answer = edgegen("verify", broken, "--model", TINY, "--json")
    assert answer.code == 7, answer.err
    found = {stage["name"] for stage in json.loads(answer.out)["stages"] if not stage["passed"]}
    assert failed <= found
    assert "pte" not in found
    if "the app" in what:
        assert found == failed


REFUSED = {
    "Kotlin that only today's SDK rejects": (
        "app/src/main/kotlin/org/example/shapes/MainActivity.kt",
        "\nabstract class Panel : ComponentActivity() {\n"
        "    private val display get() = ContextCompat.getDisplayOrDefault(this)\n}\n",
        ("app/src/main does not compile:", "MainActivity.kt:", "accidental override", "getDisplay()"),
    ),
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
    android_kit: Kit, project: Path, tmp_path: Path, what: str
) -> None:
    """The message has the compiler's words and paths within the project."""
    name, text, says = REFUSED[what]
    broken = copy_of(project, tmp_path)
    with (broken / name).open("a", encoding="utf-8") as file:
        file.write(text)
    answer = edgegen("verify", broken, "--model", TINY)
    assert answer.code == 6, answer
    for each in says:
        assert each in answer.err
    assert "\tat " not in answer.err


def test_verify_without_a_kit_exits_6_and_names_the_install_command(
    project: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("EDGEGEN_HOME", str(tmp_path))
    answer = edgegen("verify", project)
    assert answer.code == 6
    assert "edgegen doctor --target android --install" in answer.err


# --- Fake gradlew and adb of our own: shell scripts that print and write what the real ones do ---

GRADLE = """\
#!/bin/sh
echo "$@" > asked
[ {code} != 0 ] || echo "$ANDROID_SERIAL" > "$ANDROID_HOME/logged"
results=app/build/outputs/androidTest-results/connected
mkdir -p vision/build/test-results/test app/build/test-results/testDebugUnitTest $results
cat > vision/build/test-results/test/one.xml <<'X'
<testsuite>
  <testcase name="a" classname="vision.A"/><testcase name="b" classname="vision.A"><skipped/></testcase>
</testsuite>
X
cat > $results/two.xml <<'X'
<testsuite><testcase name="c" classname="app.C">{failure}</testcase></testsuite>
X
exit {code}
"""
FAILURE = '<failure message="boxes differ&#10;at line 1">stack</failure>'


ADB = """#!/bin/sh
case "$*" in
devices) printf 'List of devices attached\\n{devices}' ;;
"-s emulator-5554 logcat -c") rm -f "$ANDROID_HOME/logged" ;;
"-s emulator-5554 logcat -d -v raw -s SelfCheck") [ ! -e "$ANDROID_HOME/logged" ] || cat <<'X'
{log}
X
;;
*) exit 1 ;;
esac
"""


def with_device(
    project: Path,
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    gradle: str,
    devices: str,
    log: str = "",
    command: tuple[object, ...] = ("verify",),
) -> Answer:
    """Run `verify --device` with fake adb and Gradle scripts that print the given texts."""
    sdk = folder / "sdk"
    (sdk / "platform-tools").mkdir(parents=True)
    broken = copy_of(project, folder)
    for path, text in (
        (sdk / "platform-tools" / "adb", ADB.replace("{devices}", devices).replace("{log}", log)),
        (broken / "gradlew", gradle),
    ):
        path.write_text(text)
        path.chmod(0o755)
    monkeypatch.setenv("ANDROID_HOME", str(sdk))
    monkeypatch.setenv("PATH", os.pathsep.join(["/usr/bin", "/bin"]))
    name, *options = command
    return edgegen(name, broken, *options, "--device", "--json")


@pytest.mark.parametrize(("failure", "code", "expected"), [("", 0, 0), (FAILURE, 1, 7)])
def test_verify_device_counts_gradles_results_with_a_fake_gradle_and_adb(
    project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, failure: str, code: int, expected: int
) -> None:
    """A failed test leads to exit code 7, and the report names it."""
    gradle = GRADLE.replace("{failure}", failure).replace("{code}", str(code))
    answer = with_device(project, tmp_path, monkeypatch, gradle, "emulator-5554\\tdevice\\n")
    assert answer.code == expected, answer.err
    report = json.loads(answer.out)
    assert {stage["name"]: stage["compared"] for stage in report["stages"]} == {
        "unit tests": 1,
        "device tests": 1,
    }
    assert report["problems"] == (["app.C.c: boxes differ"] if failure else [])
    asked = (tmp_path / "project" / "asked").read_text().split()
    assert {"test", "connectedDebugAndroidTest"} <= set(asked)


REPORT = """\
app: Tiny, made by edgegen 0.2.0
sha256: {sha256}
device: Google Pixel 9, 8 cores, Android 16 (API 36), arm64-v8a
raw: passed, worst difference 1.2e-06 of 1e-05
PASSED: the same as PyTorch on 2 pictures

median of 20, ms: input, model, result, together
1 thread: 1.9, 30.2, 0.4, 32.5
4 threads: 1.8, 11.0, 0.4, 13.2
CPU: the reference, 11.0 ms, loaded in 41.0 ms
Vulkan: FAILED (a score differs by 0.2, more than 0.02)
"""


def test_benchmark_device_reads_the_self_check_report_with_a_fake_adb(
    project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Rejects the report of another model, and the report of a failed self-check."""
    model = next((project / "app/src/main/assets/model").glob("*.pte"))
    report = REPORT.replace("{sha256}", file_sha256(model))
    command = ("benchmark", "--model", TINY, "--image", TINY.with_name("landscape.png"), "--rounds", "1")
    command += ("--frames", "1", "--against", "pytorch")
    gradle = GRADLE.replace("{failure}", "").replace("{code}", "0")
    phone = "emulator-5554\\tdevice\\n"
    log = "D/other: app: x\n" + report
    answer = with_device(project, tmp_path, monkeypatch, gradle, phone, log, command)
    timed = json.loads(answer.ok().out)
    assert [row["name"] for row in timed["forward"]] == ["pytorch", "edgegen float32"]
    assert timed["whole"] == []  # only the model of a phone app is timed here
    found = timed["device"]
    assert found["device"].startswith("Google Pixel 9")
    assert found["verdict"] == "PASSED: the same as PyTorch on 2 pictures"
    assert [(time["threads"], time["total_ms"]) for time in found["times"]] == [(1, 32.5), (4, 13.2)]
    assert found["programs"] == [
        {"title": "CPU", "verdict": "the reference", "model_ms": 11.0, "load_ms": 41.0},
        {
            "title": "Vulkan",
            "verdict": "FAILED (a score differs by 0.2, more than 0.02)",
            "model_ms": None,
            "load_ms": None,
        },
    ]
    assert (tmp_path / "sdk" / "logged").read_text() == "emulator-5554\n"

    seen = read_report(report.splitlines())
    assert seen is not None
    assert check_report(seen, model) is seen
    with pytest.raises(ToolchainError, match="of another model"):
        check_report(seen, TINY)
    with pytest.raises(ToolchainError, match="FAILED: the same"):
        check_report(replace(seen, verdict=seen.verdict.replace("PASSED", "FAILED")), model)


def test_self_check_rejects_a_truncated_report_with_a_fake_gradle_and_adb(
    project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    gradle = GRADLE.replace("{failure}", "").replace("{code}", "0")
    cut = REPORT.partition("median")[0]
    assert read_report(cut.splitlines()) is None
    with_device(project, tmp_path, monkeypatch, gradle, "emulator-5554\\tdevice\\n", cut)
    with pytest.raises(ToolchainError, match="no report of a self-check"):
        self_check(tmp_path / "project", NoProgress())


def test_benchmark_device_ignores_an_older_report_with_a_fake_gradle_and_adb(
    project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The device log still holds an earlier build's report. Names an ANDROID_SERIAL that is not connected."""
    gradle = "#!/bin/sh\necho e: it does not compile\nexit 1\n"
    command = ("benchmark", "--model", TINY)
    (tmp_path / "sdk").mkdir()
    (tmp_path / "sdk" / "logged").touch()
    report = REPORT.replace("{sha256}", "0" * 64)
    phone = "emulator-5554\\tdevice\\n"
    answer = with_device(project, tmp_path, monkeypatch, gradle, phone, report, command)
    assert answer.code == 6
    assert "it does not compile" in answer.err
    monkeypatch.setenv("ANDROID_SERIAL", "another")
    answer = edgegen("benchmark", tmp_path / "project", "--model", TINY, "--device")
    assert answer.code == 6
    assert "the device another (ANDROID_SERIAL) is not connected" in answer.err


def test_benchmark_rejects_device_for_a_checkpoint_and_a_linux_project(tiny_linux: Path) -> None:
    for model in (TINY, tiny_linux):
        answer = edgegen("benchmark", model, "--device")
        assert answer.code == 2
        assert "leave out --device" in answer.err


def test_verify_device_exits_6_when_the_build_fails_with_a_fake_gradle(
    project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The message contains Gradle's output."""
    answer = with_device(
        project, tmp_path, monkeypatch, "#!/bin/sh\necho e: no such plugin\nexit 1\n", "x\\tdevice\\n"
    )
    assert answer.code == 6
    assert "no such plugin" in answer.err


def test_verify_device_without_a_device_exits_6_with_a_fake_adb(
    project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An unauthorized device does not count. Without an SDK, the message names ANDROID_HOME."""
    answer = with_device(project, tmp_path, monkeypatch, "#!/bin/sh\nexit 1\n", "x\\tunauthorized\\n")
    assert answer.code == 6
    assert "no Android device is connected" in answer.err
    monkeypatch.delenv("ANDROID_HOME")
    answer = edgegen("verify", project, "--device")
    assert answer.code == 6
    assert "ANDROID_HOME" in answer.err


def test_verify_device_runs_a_gradlew_without_execute_bit_with_a_fake_gradle(
    project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A zip, a USB stick or a checkout on Windows loses this bit."""
    gradle = GRADLE.replace("{failure}", "").replace("{code}", "0")
    real = Path.chmod
    monkeypatch.setattr(
        Path, "chmod", lambda self, mode: real(self, 0o644 if self.name == "gradlew" else mode)
    )
    answer = with_device(project, tmp_path, monkeypatch, gradle, "x\tdevice\n")
    assert answer.code == 0, answer.err
    (tmp_path / "project" / "gradlew").unlink()
    answer = edgegen("verify", tmp_path / "project", "--device")
    assert answer.code == 6
    assert "gradlew is missing" in answer.err


def test_gradle_command_is_the_absolute_path_of_the_batch_file_on_windows(project: Path) -> None:
    """Windows looks for programs in the caller's current folder, so that the path must be absolute."""
    assert gradle_command(project, windows=True) == [str(project.absolute() / "gradlew.bat")]
    assert gradle_command(project, windows=False) == ["sh", str(project.absolute() / "gradlew")]


def test_verify_device_rejects_screenshots(project: Path, tmp_path: Path) -> None:
    answer = edgegen("verify", project, "--device", "--screenshots", tmp_path)
    assert answer.code == 2
    assert not list(tmp_path.iterdir())


def test_ktlint_accepts_the_rendered_kotlin_files(android_kit: Kit, project: Path) -> None:
    """With the project's own .editorconfig."""
    files = [str(path) for path in sorted(project.rglob("*.kt"))]
    assert files
    command = [*ktlint_command(android_kit), *files]
    answer = subprocess.run(command, cwd=project, capture_output=True, text=True, check=False)
    assert answer.returncode == 0, answer.stdout


def test_package_is_the_namespace_in_the_gradle_file(project: Path) -> None:
    """A user may change the namespace by hand."""
    assert Project(project).package() == "org.example.shapes"


def test_names_that_native_code_looks_up_are_in_the_libraries(android_kit: Kit) -> None:
    """ExecuTorch's names are in its double, which has the same declarations. fbjni's are in fbjni itself."""
    classes = Classes([android_kit.doubles, *android_kit.libraries])
    for name, members in shrink.LOOKED_UP.items():
        found = classes.find(name.replace(".", "/"))
        assert found is not None, name
        declared = {member for member, _ in found.members}
        assert set(members) <= declared, name
