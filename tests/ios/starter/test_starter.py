"""Tests of the starter app for iOS: it verifies, its README is true, and a student's first change works."""

import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from edgegen_kits.ios.kit import Kit
from tests.helpers.ios_projects import COUNTED
from tests.helpers.mutating import copy_of, replaced
from tests.helpers.support import edgegen, list_files
from tests.ios import file_checks
from tests.ios.bridge.calls import Bridge, build, drawn, packed, same, thresholds
from tests.ios.conftest import StarterOf
from tests.ios.logic_sources import SELECTION, STARTER, add_tests

pytestmark = pytest.mark.full

FIRST = ("constants", "letterbox", "tensor", "raw")
BOXES = (*FIRST, "decode", "nms")
# The stages of `edgegen verify` before those of COUNTED.
STAGES = {
    "detect": (*BOXES, "boxes", "app"),
    "pose": (*BOXES, "boxes", "keypoints", "app", "app keypoints"),
    "obb": (*BOXES, "boxes", "corners", "angles", "app", "app corners", "app angles"),
    "segment": (*BOXES, "mask proof", "boxes", "masks", "app", "app masks"),
    "classify": (*FIRST, "classes", "app"),
    "semantic": (*FIRST, "class map", "app"),
    "depth": (*FIRST, "depth", "app"),
}
TASKS = tuple(STAGES)

# Files that a file on the path from picture to result uses for something else.
NOT_ON_THE_PATH = re.compile(
    r"Core/(app_model|parity/.*|support/.*|detector/(checks|runtime))\.cpp|Bridge/EDG(Errors|ModelInfo|SelfCheck|Trial)\.mm"
    r"|App/(Camera/.*|Photo/.*|ExtraProgram|SettingsSheet|Logic/Selection)\.swift"
)
# What only the studio has.
OF_THE_STUDIO = re.compile(
    "EDG(Capture|Tracker|GoldenVectors|MaskOutline)|Core/(capture|pictures)/|Package.swift"
)
# Words that only the app of one task has.
WORDS = {
    "pose": r"\bKeypoint\b",
    "obb": r"\.corners\b",
    "segment": r"\bMask\b",
    "classify": r"\bClassScore\b",
    "semantic": r"\bClassMap\b",
    "depth": r"\bDepthMap\b",
}
# What the README's result processor says about the sample of Tests/Logic, if it is about cars.
BOXES_TEXT = "2 x car"
TEXT = {"classify": "car", "semantic": "25 %", "depth": "1.5"}
PROCESSOR = "App/Logic/ResultProcessor.swift"
PROCESSOR_TEST = """
import XCTest

@testable import App

final class ProcessorTests: XCTestCase {
    func testTextOfTheResultProcessor() {
        var processor = ResultProcessor()
        var result = VisionResult.sample()
        let picture = Picture(size: result.size) { _ in nil }
        XCTAssertEqual(processor.process(&result, picture: picture), EXPECTED)
    }
}
"""

GAUGE = """
struct Dial: View {
    var body: some View { Gauge(value: 0.5) { Text("done") }.gaugeStyle(.accessoryCircular) }
}
"""


@pytest.fixture(scope="session")
def compared_starter_of(starter_of: StarterOf, selecting_of: StarterOf) -> StarterOf:
    """Return a function that gives the starter to compile: the detector's has one program, others two."""
    return lambda task: starter_of(task) if task == "detect" else selecting_of(task)


def verified(project: Path, code: int = 0) -> tuple[dict[str, dict[str, object]], list[str]]:
    """Run `edgegen verify --json` and return its stages by name, and its notes."""
    answer = edgegen("verify", project, "--json")
    assert answer.code == code, answer.err
    report = json.loads(answer.out)
    return {stage["name"]: stage for stage in report["stages"]}, report["notes"]


def readme_of(project: Path) -> str:
    return (project / "README.md").read_text(encoding="utf-8")


def rows_of_the_reading_table(project: Path) -> list[tuple[str, str]]:
    """Return the paths and the line counts."""
    rows = re.findall(r"^\| `(\S+)` \| (\d+) \|", readme_of(project), re.MULTILINE)
    assert len(rows) > 20
    return rows


def included_sources(project: Path, path: Path) -> set[str]:
    """Return the sources of the project's headers that a file includes, directly or through headers."""
    found: set[str] = set()
    headers = [path]
    for header in headers:
        for name in re.findall(r'#(?:include|import) ["<](.+?)[">]', header.read_text("utf-8")):
            folders = (header.parent, *(project / each for each in ("Core", "Bridge", "Bridge/include")))
            there = next((folder / name for folder in folders if (folder / name).is_file()), None)
            if there is None or there in headers:
                continue  # the system's, or known
            headers.append(there)
            sources = (there.with_suffix(suffix) for suffix in (".cpp", ".mm"))
            found |= {source.relative_to(project).as_posix() for source in sources if source.is_file()}
    return found


def used_swift(project: Path, path: Path) -> set[str]:
    """Return the app's files whose types a file names."""
    declared = re.compile(r"^(?:@\w+ |final )*(?:struct|class|enum|actor|protocol) (\w+)", re.MULTILINE)
    words = set(re.findall(r"\b[A-Z]\w+", re.sub(r"//.*", "", path.read_text("utf-8"))))
    return {
        file.relative_to(project).as_posix()
        for file in (project / "App").rglob("*.swift")
        if file != path and words.intersection(declared.findall(file.read_text("utf-8")))
    }


def constants_to_break(project: Path) -> list[tuple[str, str, str, str]]:
    """Return the rows of the README's table: file, old text, new text, first failed stage."""
    rows = re.findall(r"^\| `(.+?)` \| `(.+?)` \| `(.+?)` \| (.+?) \|$", readme_of(project), re.MULTILINE)
    assert len(rows) == 3
    return rows


@pytest.mark.proof("swift")
def test_verify_passes_for_a_starter_and_exits_7_after_a_constant_changed(
    ios_kit: Kit, starter_of: StarterOf, tmp_path: Path
) -> None:
    """The same stages as of a studio: golden vectors, layouts, Swift, logic tests, phone objects, project."""
    stages, notes = verified(starter_of("detect"))
    assert len(notes) == 1
    assert set(COUNTED) < set(stages)
    assert {"constants", "letterbox", "tensor", "raw", "decode", "nms", "boxes", "app"} < set(stages)
    assert all(stage["passed"] and stage["compared"] for stage in stages.values())
    project = copy_of(starter_of("detect"), tmp_path)
    file, old, new, expected = constants_to_break(project)[-1]
    replaced(project / file, old, new)
    failed = {name for name, stage in verified(project, code=7)[0].items() if not stage["passed"]}
    assert expected in failed
    assert "letterbox" not in failed


@pytest.mark.parametrize("task", ["detect", "classify", "semantic", "depth"])
def test_readme_constants_fail_the_stage_that_it_names(
    compared_starter_of: StarterOf, compiled_starter: Callable[[Path], Path], tmp_path: Path, task: str
) -> None:
    """And no stage before it, except `constants`, which knows some of the model's numbers.

    All tasks with boxes have the detector's table. The others have one or two lines that differ from it.
    """
    starter, of_detect = compared_starter_of(task), constants_to_break(compared_starter_of("detect"))
    rows = [row for row in constants_to_break(starter) if task == "detect" or row not in of_detect]
    assert rows
    for number, (file, old, new, expected) in enumerate(rows):
        folder = tmp_path / str(number)
        project = Path(shutil.copytree(starter, folder / "project"))
        replaced(project / file, old, new)
        out = Path(shutil.copytree(compiled_starter(starter), folder / "out"))
        bridge: Bridge = build(project, out)
        (answer,) = bridge.run(bridge.self_check())
        failed = [stage["name"] for stage in answer["stages"] if not stage["passed"]]
        assert [name for name in failed if name != "constants"][:1] == [expected], (file, new, failed)
        shutil.rmtree(folder)


def test_detect_again_of_a_starter_equals_a_new_detection_with_the_other_confidence(
    starter_of: StarterOf, compiled_starter: Callable[[Path], Path], tmp_path: Path
) -> None:
    """The slider's way with a photo open. It fails before the first picture."""
    project = starter_of("detect")
    bridge = Bridge(project, compiled_starter(project) / "fast" / "harness")
    picture, again = packed(tmp_path, drawn()), {"call": "detect_again"}
    _, _, every = bridge.run(bridge.load(), thresholds(0.02), picture)
    scores = [row["score"] for row in every["detections"]]
    few, many = thresholds(sum(scores) / len(scores)), thresholds(0.02)
    _, early, _, first, _, more, whole, _, fewer = bridge.run(
        bridge.load(), again, few, picture, many, again, picture, few, again
    )
    assert "call detect first" in early["error"]["description"]
    assert same(more, whole)
    assert same(fewer, first)
    assert len(more["detections"]) > len(first["detections"]) > 0


@pytest.mark.parametrize("task", TASKS)
def test_verify_passes_with_the_result_processor_of_the_readme_which_says_what_it_should(
    ios_kit: Kit, starter_of: StarterOf, compared_starter_of: StarterOf, tmp_path: Path, task: str
) -> None:
    """Compares every stage of the task. The processor is in the file that the README names.

    A preview is left out. A view that edgegen's stubs lack is a note. The detailed tests of the starter
    pass too.
    """
    project = copy_of(compared_starter_of(task), tmp_path)
    (code,) = re.findall(r"```swift\n(struct ResultProcessor.*?)```", readme_of(project), re.DOTALL)
    for name in re.findall(r'(?:className ==|let name =) "(.+?)"', code):
        code = code.replace(name, "car")
    # The file that it replaces is the same in all starters: the test above verifies it.
    assert (project / PROCESSOR).read_bytes() == (starter_of("detect") / PROCESSOR).read_bytes()
    (project / PROCESSOR).write_text(code, encoding="utf-8")
    test = PROCESSOR_TEST.replace("EXPECTED", json.dumps(TEXT.get(task, BOXES_TEXT))).lstrip()
    (project / "Tests/Logic/ProcessorTests.swift").write_text(test, encoding="utf-8")
    add_tests(project, STARTER, task)
    if task == "pose":  # the selection is the same in all starters with two programs
        add_tests(project, SELECTION)
    with (project / "App/MainScreen.swift").open("a", encoding="utf-8") as file:
        file.write("\n#Preview { Color.black }\n")
        if task == "depth":
            file.write(GAUGE)
    stages, notes = verified(project)
    assert list(stages) == [*STAGES[task], *COUNTED]
    assert any("Gauge is not in edgegen's description" in note for note in notes) == (task == "depth")
    assert all(stage["passed"] and stage["compared"] for stage in stages.values())


def test_starter_with_readmes_first_change_becomes_a_studio_that_verifies(
    ios_kit: Kit, starter_of: StarterOf, tmp_path: Path
) -> None:
    """As README says: the same result processor belongs to both apps. `update` verifies the studio."""
    project = copy_of(starter_of("detect"), tmp_path)
    readme = readme_of(project)
    assert "`edgegen update . --app studio`" in readme
    first_change = rf"In `{re.escape(PROCESSOR)}`:\n\n```swift\n(struct ResultProcessor.*?)```"
    (code,) = re.findall(first_change, readme, re.DOTALL)
    (project / PROCESSOR).write_text(code, encoding="utf-8")
    answer = edgegen("update", project, "--app", "studio", "--json")
    assert answer.code == 0, answer.err
    said = json.loads(answer.out)
    assert said["verified"], answer.out
    assert said["files"]["kept"] == [PROCESSOR]
    assert (project / PROCESSOR).read_text(encoding="utf-8") == code
    assert (project / "App/Pipeline/LivePipeline.swift").exists()


@pytest.mark.parametrize("task", ["pose", "obb", "segment"])
def test_readme_of_a_task_with_boxes_has_the_constants_of_the_detector(
    starter_of: StarterOf, task: str
) -> None:
    assert constants_to_break(starter_of(task)) == constants_to_break(starter_of("detect"))


@pytest.mark.parametrize("task", TASKS)
def test_readme_is_short_and_its_paths_and_line_counts_are_true(starter_of: StarterOf, task: str) -> None:
    project = starter_of(task)
    readme = readme_of(project)
    assert readme.count("\n") <= 160
    file_checks.check_the_readme_names_only_what_is_there(project)
    for name, count in rows_of_the_reading_table(project):
        assert len((project / name).read_text(encoding="utf-8").splitlines()) == int(count), name


@pytest.mark.parametrize("task", TASKS)
def test_readme_reading_table_has_every_file_from_picture_to_result(starter_of: StarterOf, task: str) -> None:
    """All of Core/vision, Core/stored and Bridge, and each source that a file of the table uses."""
    project = starter_of(task)
    table = [name for name, _ in rows_of_the_reading_table(project)]
    assert len(table) == len(set(table))
    swift = ("StarterApp", "Camera", "Logic/Pipeline", "Logic/CameraEvents", "Logic/VisionResult")
    first = [*(f"App/{name}.swift" for name in swift), "App/Logic/Picture.swift", "App/Cropper.swift"]
    first += ["App/LivePipeline.swift", "Bridge/include/VisionCore/VisionCore.h", "App/BridgeResult.swift"]
    first += ["Bridge/EDGDetector.mm", "Core/model_info.h", "Core/vision/model_info.h"]
    first += ["Core/detector/detector.cpp", "Core/vision/image.h"]
    assert table[: len(first)] == first
    needed = {*first, "App/MainScreen.swift", "App/Overlay.swift"}
    for pattern in ("Core/vision/**/*.cpp", "Core/stored/*.cpp", "Bridge/*.mm"):
        needed |= {path.relative_to(project).as_posix() for path in project.glob(pattern)}
    for name in table:
        used = used_swift if name.endswith(".swift") else included_sources
        needed |= used(project, project / name)
    unused = {"obb": {"Core/vision/nms.cpp"}, "segment": {"Core/vision/contour.cpp"}}.get(task, set())
    assert set(table) == {name for name in needed if not NOT_ON_THE_PATH.fullmatch(name)} - unused


@pytest.mark.parametrize("task", TASKS)
def test_starter_has_no_files_of_the_studio_and_no_code_of_other_tasks(
    starter_of: StarterOf, task: str
) -> None:
    project = starter_of(task)
    file_checks.check_every_file_is_tidy(project, most_lines=300)
    file_checks.check_every_text_is_managed_by_hand(project)
    names = list_files(project)
    assert [name for name in names if OF_THE_STUDIO.search(name)] == []
    app = [project / name for name in names if name.startswith("App/") and name.endswith(".swift")]
    text = "\n".join(path.read_text(encoding="utf-8") for path in app)
    assert {other for other, words in WORDS.items() if re.search(words, text)} == {task} & set(WORDS)
    assert ("confidence" in text) == (task in {"detect", "pose", "obb", "segment"})
