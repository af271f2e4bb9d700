"""Mutation tests of the Swift check: each mistake in a copy of the real app is found in the right file."""

import functools
from dataclasses import dataclass
from pathlib import Path

import pytest

from edgegen_kits.ios import swift
from edgegen_kits.ios.kit import Kit
from tests.helpers.mutating import copy_of, replaced
from tests.helpers.once import Once

pytestmark = pytest.mark.full

HEADERS = "Bridge/include/VisionCore"


@dataclass(frozen=True)
class Mistake:
    """A change of a file, or an addition if there is no old text, and the expected message."""

    what: str
    file: str
    old: str
    new: str
    says: str
    felt_in: str = ""  # the file in the message, if it is another one

    @property
    def told_in(self) -> str:
        """Return the file that the compiler names."""
        return self.felt_in or self.file

    def make(self, project: Path) -> None:
        """Apply the mistake to a project."""
        path = project / self.file
        if self.old:
            replaced(path, self.old, self.new)
        else:
            with path.open("a", encoding="utf-8") as file:
                file.write(f"\n{self.new}\n")


# Found before anything is compiled.
RULES = [
    Mistake("an unknown module", "App/Logic/Settings.swift", "", "import CoreML", "CoreML is not on iOS 17"),
    Mistake("a newer module", "App/Logic/AppModel.swift", "", "import Synchronization", "is not on iOS 17"),
    Mistake(
        "a macro",
        "App/Screen/PictureArea.swift",
        "",
        "let rule = #Predicate<Int> { $0 > 1 }",
        "#Predicate needs Apple's",
    ),
    Mistake(
        "Objective-C",
        "App/Logic/DisplayedResult.swift",
        "",
        "extension DisplayedResult { @objc func f() {} }",
        "@objc needs Apple's",
    ),
    Mistake(
        "a newer type", "App/Logic/Camera.swift", "", "let many: UInt128 = 0", "newer than iOS 17: UInt128"
    ),
    Mistake(
        "a newer system",
        "App/DetectorApp.swift",
        "",
        "func wrong1() { if #available(iOS 18.0, *) {} }",
        "newer than iOS 17: #available(iOS 18",
    ),
    Mistake(
        "an isolation that iOS 17 does not know",
        "App/Pipeline/LivePipeline.swift",
        "",
        "extension LivePipeline { nonisolated func f() { self.assumeIsolated { _ in } } }",
        "newer than iOS 17: .assumeIsolated",
    ),
]
# Found when the header is read.
UNREADABLE = [
    Mistake(
        "a header that nothing imports",
        f"{HEADERS}/VisionCore.h",
        "#import <VisionCore/EDGTracker.h>\n",
        "#import <VisionCore/EDGModel.h>\n",
        "there is no header VisionCore/EDGModel.h",
    ),
    Mistake(
        "a label too few",
        f"{HEADERS}/EDGGoldenVectors.h",
        "NS_SWIFT_NAME(picture(at:))",
        "NS_SWIFT_NAME(picture())",
        "0 labels for 1 arguments",
    ),
]
# Found by the type checker.
TYPES = [
    Mistake(
        "a renamed label",
        f"{HEADERS}/VisionCore.h",
        "NS_SWIFT_NAME(init(modelPath:threads:))",
        "NS_SWIFT_NAME(init(path:threads:))",
        "incorrect argument label in call (have 'modelPath:threads:'",
        "App/Pipeline/LivePipeline.swift",
    ),
    Mistake(
        "a renamed method",
        f"{HEADERS}/VisionCore.h",
        "NS_SWIFT_NAME(run(modelPath:vectorsPath:))",
        "NS_SWIFT_NAME(check(modelPath:vectorsPath:))",
        "type 'SelfCheck' has no member 'run'",
        "App/Pipeline/LivePipeline.swift",
    ),
    Mistake(
        "a renamed case",
        f"{HEADERS}/VisionCore.h",
        "NS_SWIFT_NAME(backendMissing)",
        "NS_SWIFT_NAME(noBackend)",
        "has no member 'backendMissing'",
        "App/Pipeline/ErrorMessages.swift",
    ),
    Mistake(
        "an optional",
        f"{HEADERS}/VisionCore.h",
        "@property(nonatomic, readonly, copy) NSArray<EDGDetection *> *detections;",
        "@property(nonatomic, readonly, copy, nullable) NSArray<EDGDetection *> *detections;",
        "cannot convert value of type '[Detection]?' to expected argument type '[Detection]'",
        "App/BridgeResult.swift",
    ),
    Mistake(
        "a value that may not leave its queue",
        "App/Share/Sharing.swift",
        "let orientation: ExifOrientation",
        "let orientation: CGContext",
        "stored property 'orientation' of 'Sendable'-conforming struct 'Snapshot' has non-sendable type",
    ),
    Mistake(
        "a missing await",
        "App/Logic/Settings.swift",
        "",
        "func wrong2(_ pipeline: LivePipeline) { pipeline.setPace(.full) }",
        "call to actor-isolated instance method 'setPace'",
    ),
    Mistake(
        "a missing try",
        "App/Pipeline/ModelFiles.swift",
        "",
        'func wrong() { _ = GoldenVectors(path: "") }',
        "call can throw",
    ),
    Mistake(
        "an unknown case",
        "App/Pipeline/ErrorMessages.swift",
        "",
        "let format = PixelFormat.argb",
        "type 'PixelFormat' has no member 'argb'",
    ),
    Mistake(
        "a shared variable",
        "App/Logic/Boxes.swift",
        "",
        "var counter = 0",
        "var 'counter' is not concurrency-safe",
    ),
    Mistake(
        "a view that iOS 17 does not have",
        "App/Screen/PictureArea.swift",
        "",
        'struct Newer: View { var body: some View { Text(verbatim: "").onScrollGeometryChange() } }',
        "has no member 'onScrollGeometryChange'",
    ),
    Mistake(
        "a wrong label of Apple's",
        "App/Camera/CaptureSession.swift",
        "",
        "func wrong3() { _ = AVCaptureDevice.default(of: .video) }",
        "incorrect argument label in call (have 'of:', expected 'for:')",
    ),
    Mistake(
        "a delegate's method that is misspelt",
        "App/Camera/CameraDevice.swift",
        "",
        "final class Frames: NSObject, AVCaptureVideoDataOutputSampleBufferDelegate {\n"
        "    func captureOutput(_ output: AVCaptureOutput, didOutputs buffer: CMSampleBuffer, from c: "
        "AVCaptureConnection) {}\n}",
        "has different argument labels from those required by protocol",
    ),
    Mistake(
        "a photo decoded on the main thread",
        "App/Share/ShareScreens.swift",
        "",
        "func wrong5(_ data: Data) -> Photo? { PhotoLoader.load(data) }",
        "call to global actor 'PictureWork'-isolated static method 'load'",
    ),
    Mistake(
        "a picture drawn on the main thread",
        "App/Share/ShareScreens.swift",
        "",
        "func wrong6(_ s: Snapshot, _ m: Model) -> Any { AnnotatedPicture.make(of: s, model: m) }",
        "call to global actor 'PictureWork'-isolated static method 'make(of:model:)'",
    ),
    Mistake(
        "an interface from elsewhere than the main actor",
        "App/Screen/SelfCheckScreen.swift",
        "",
        "import UIKit\nfunc wrong4() -> Bool { UIApplication.shared.isIdleTimerDisabled }",
        "main actor-isolated",
    ),
    Mistake(
        "a variable that is not used",
        "App/Logic/Settings.swift",
        "",
        "func wrong5() { let unused = 1 }",
        "was never used",
    ),
    Mistake(
        "a case that a switch leaves out",
        "App/BridgeResult.swift",
        "",
        "func wrong6(_ format: PixelFormat) -> Int { switch format { case .bgra: 1; case .rgb: 2 } }",
        "switch must be exhaustive",
    ),
    Mistake(
        "an enumeration of Apple's without what may come",
        "App/Camera/CameraDevice.swift",
        "",
        "func wrong7(_ s: AVAuthorizationStatus) -> Int {\n"
        "    switch s { case .notDetermined, .restricted, .denied, .authorized: 1 }\n}",
        "may have additional unknown values",
    ),
]
# Found after type checking: data flow, and values that are sent and used again.
FLOW = [
    Mistake(
        "a way without a result",
        "App/Logic/Camera.swift",
        "",
        "func wrong8(_ a: Bool) -> Int { if a { return 1 } }",
        "missing return in global function expected to return 'Int'",
    ),
    Mistake(
        "a value that is read before it is set",
        "App/Logic/Boxes.swift",
        "",
        "func g() -> Int { let a: Int; return a }",
        "constant 'a' used before being initialized",
    ),
    Mistake(
        "a data race: sent to an actor, and used again",
        "App/Pipeline/FrameAnalyzer.swift",
        "",
        "actor Keeper { var kept: Detector?; func keep(_ d: Detector) { kept = d } }\n"
        "func race(_ keeper: Keeper) async throws -> Double {\n"
        '    let detector = try Detector(modelPath: "", threads: 1)\n'
        "    await keeper.keep(detector)\n"
        "    return detector.thresholds.iou\n}",
        "sending 'detector' risks causing data races",
    ),
]
# Found in the app's tests, which are compiled with the same flags.
TESTS = [
    Mistake(
        "a test of something that is not there",
        "Tests/Logic/ResultTests.swift",
        "",
        "let count = ClassCount(classIndex: 1, count: 2, size: 3)",
        "extra argument 'size' in call",
    ),
    Mistake(
        "a test that waits for nothing",
        "Tests/Logic/AppModelTests.swift",
        "",
        "func f() async { await g() }\nfunc g() {}",
        "no 'async' operations occur within 'await' expression",
    ),
]
GROUPS = {"rules": RULES, "headers": UNREADABLE, "types": TYPES, "flow": FLOW, "tests": TESTS}


@pytest.fixture
def problems(ios_kit: Kit, tiny_ios: Path, once: Once, group: str) -> list[str]:
    """Return the problems of a project with all mistakes of a group: the compiler goes on after an error."""

    def check(folder: Path) -> None:
        project = copy_of(tiny_ios, folder)
        for mistake in GROUPS[group]:
            mistake.make(project)
        found = swift.check(ios_kit, project, folder / "out").problems
        (folder / "said").write_text("\n".join(found), encoding="utf-8")

    return (once(f"mistakes-{group}", check) / "said").read_text(encoding="utf-8").splitlines()


@functools.cache
def named() -> list[object]:
    """Return every mistake with its group."""
    return [
        pytest.param(group, mistake, id=mistake.what)
        for group, mistakes in GROUPS.items()
        if group != "headers"
        for mistake in mistakes
    ]


@pytest.mark.parametrize(("group", "mistake"), named())
def test_swift_check_finds_the_mistake_in_its_file(problems: list[str], mistake: Mistake) -> None:
    """The problem has a line number and the compiler's words."""
    told = [each for each in problems if each.startswith(f"{mistake.told_in}:")]
    assert any(mistake.says in each for each in told), "\n".join([f"not told: {mistake.says}", *problems])
    assert all(each.split(":")[1].isdigit() for each in told)


@pytest.mark.parametrize("mistake", UNREADABLE, ids=lambda each: each.what)
def test_swift_check_rejects_a_header_that_swift_cannot_import(
    mistake: Mistake, ios_kit: Kit, tiny_ios: Path, tmp_path: Path
) -> None:
    """Reports only the first error, with its line."""
    project = copy_of(tiny_ios, tmp_path)
    mistake.make(project)
    found = swift.check(ios_kit, project, tmp_path / "out").problems
    assert len(found) == 1
    assert found[0].startswith(f"{mistake.file}:")
    assert mistake.says in found[0]


def test_swift_check_finds_no_mistake_in_the_app(ios_kit: Kit, tiny_ios: Path, tmp_path: Path) -> None:
    """Compiles all files of the app and its tests."""
    checked = swift.check(ios_kit, tiny_ios, tmp_path)
    assert [*checked.problems, *checked.notes] == []
    assert checked.files > 60
