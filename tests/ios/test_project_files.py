"""Tests that the checks ignore the files that Xcode, SwiftPM and macOS leave in an iOS project."""

from pathlib import Path

import pytest

from edgegen_kits.ios import bridge_build, logic_tests
from edgegen_kits.ios.bundle_check import check_bundle
from edgegen_kits.ios.project_check import check_project
from edgegen_kits.ios.project_files import project_files
from edgegen_kits.ios.swift import Sources
from tests.helpers.hard_ios import broken, hard_ios

pytestmark = pytest.mark.full

__all__ = ["broken", "hard_ios"]

PLIST = '<?xml version="1.0" encoding="UTF-8"?>\n<plist version="1.0"><dict/></plist>\n'
WORKSPACE = "App.xcodeproj/project.xcworkspace"
LEFT = {
    f"{WORKSPACE}/xcshareddata/IDEWorkspaceChecks.plist": PLIST,
    f"{WORKSPACE}/xcshareddata/WorkspaceSettings.xcsettings": PLIST,
    f"{WORKSPACE}/xcshareddata/swiftpm/Package.resolved": '{"pins": [], "version": 3}\n',
    f"{WORKSPACE}/xcuserdata/me.xcuserdatad/UserInterfaceState.xcuserstate": "bplist00",
    f"{WORKSPACE}/xcuserdata/me.xcuserdatad/WorkspaceSettings.xcsettings": PLIST,
    "App.xcodeproj/xcuserdata/me.xcuserdatad/xcschemes/xcschememanagement.plist": PLIST,
    "App.xcodeproj/xcuserdata/me.xcuserdatad/xcschemes/Mine.xcscheme": "<Scheme/>",
    "App.xcodeproj/xcuserdata/me.xcuserdatad/xcdebugger/Breakpoints_v2.xcbkptlist": "<Bucket/>",
    ".swiftpm/xcode/package.xcworkspace/xcuserdata/me.xcuserdatad/UserInterfaceState.xcuserstate": "bplist00",
    ".swiftpm/xcode/xcuserdata/me.xcuserdatad/xcschemes/xcschememanagement.plist": PLIST,
    ".build/checkouts/executorch/Package.swift": "// swift-tools-version:5.9\n",
    ".build/checkouts/executorch/Sources/a.swift": "let a = 1\n",
    "build/Release-iphoneos/App.app/Info.plist": PLIST,
    "DerivedData/App/SourcePackages/checkouts/executorch/b.swift": "let b = 1\n",
    "Test.xcresult/Info.plist": PLIST,
    "App.xcarchive/Info.plist": PLIST,
    ".DS_Store": "Bud1",
    "App/.DS_Store": "Bud1",
    "App/Resources/Assets.xcassets/.DS_Store": "Bud1",
    "App/Resources/Assets.xcassets/AppIcon.appiconset/.DS_Store": "Bud1",
    # macOS writes these next to every file on a disk of another system.
    "App/._DetectorApp.swift": "\udc80Mac OS X",
    "App/Logic/._Drawing.swift": "\udc80Mac OS X",
    "Config/._User.xcconfig": "\udc80Mac OS X",
    "Core/vision/._nms.cpp": "\udc80Mac OS X",
    "Bridge/include/VisionCore/._EDGError.h": "\udc80Mac OS X",
    "Tests/Logic/._ResultTests.swift": "\udc80Mac OS X",
}  # fmt: skip


def write(project: Path, name: str, text: str) -> None:
    path = project / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text.encode(errors="surrogateescape"))


def test_checks_ignore_files_that_xcode_swiftpm_and_macos_leave(broken: Path) -> None:
    """As after opening, building, testing and archiving the project."""

    def seen() -> list[object]:
        sources = Sources.of(broken)
        plain = logic_tests.plain_files(broken)
        return [project_files(broken), sources.app, sources.tests, plain, bridge_build.sources(broken)]

    before = seen()
    for name, text in LEFT.items():
        write(broken, name, text)
    assert check_project(broken) + check_bundle(broken) == []
    assert seen() == before


@pytest.mark.parametrize(
    "name",
    ["Config/New.xcconfig", "Config/build/New.swift", "Pods/Headers/new.h", "New.plist"],
)
def test_check_project_names_an_unlisted_file(broken: Path, name: str) -> None:
    """Also in folders that have the names of Xcode's build folders but are elsewhere."""
    write(broken, name, PLIST if name.endswith("plist") else "// new\n")
    assert f"{name} is on disk, and not in the project" in check_project(broken)


def test_checks_ignore_a_broken_symbolic_link(broken: Path) -> None:
    (broken / "App/Gone.swift").symlink_to(broken / "nowhere.swift")
    assert check_project(broken) + check_bundle(broken) == []
