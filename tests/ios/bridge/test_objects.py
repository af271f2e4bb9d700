"""Tests of the bridge compiled for iOS: its Mach-O objects have everything that the headers declare."""

# ruff: noqa: E501 - a table has one row for each mistake

import shutil
import struct
from collections.abc import Callable
from filecmp import cmp
from pathlib import Path

import pytest

from edgegen.base.errors import ToolchainError
from edgegen_kits.common.commands import Commands
from edgegen_kits.ios import bridge_build, macho, objects
from edgegen_kits.ios.kit import Kit
from tests.helpers.mutating import replaced
from tests.helpers.tools import missing
from tests.ios.bridge.calls import EXECUTORCH
from tests.ios.conftest import StarterOf

pytestmark = pytest.mark.full


def test_phone_objects_have_every_declared_class_and_selector(
    phone_objects: list[Path], tiny_ios: Path
) -> None:
    """They are compiled without warnings for iOS 17 on arm64."""
    assert objects.lacking(tiny_ios, phone_objects) == []
    found = [macho.read(path) for path in phone_objects]
    assert {each.ios for each in found} == {(17, 0)}
    assert {name for each in found for name in each.classes} == {
        *("EDGDetection", "EDGDetectionResult", "EDGDetector", "EDGGoldenPicture", "EDGGoldenVectors"),
        *("EDGModelInfo", "EDGSelfCheck", "EDGSelfCheckReport", "EDGSelfCheckStage", "EDGThresholds"),
        *("EDGTracker", "EDGCapture"),
    }
    methods = {name for each in found for name in each.methods}
    assert "-[EDGDetector detectBytes:width:height:bytesPerRow:pixelFormat:orientation:error:]" in methods
    assert "-[EDGThresholds isClassAgnostic]" in methods
    assert "+[EDGSelfCheck runWithModelPath:vectorsPath:error:]" in methods


@pytest.mark.parametrize("task", ["pose", "obb", "segment"])
def test_files_that_only_the_studio_of_a_task_has_compile_for_the_phone(
    ios_kit: Kit,
    ios_of: Callable[[str], Path],
    tiny_ios: Path,
    starter_of: StarterOf,
    tmp_path: Path,
    task: str,
) -> None:
    """`verify` compiles the others: of the studio with a detector, and of the task's starter."""
    project = tmp_path / "project"
    for folder in ("Core", "Bridge", "Config"):
        shutil.copytree(ios_of(task) / folder, project / folder)
    for path in bridge_build.sources(project):
        name = path.relative_to(project)
        # A core file does not include the bridge's headers, which are not the same in a studio.
        others = [starter_of(task), *([tiny_ios] if name.parts[0] == "Core" else [])]
        if any((each / name).is_file() and cmp(each / name, path, shallow=False) for each in others):
            path.unlink()
    with Commands() as commands:
        found = objects.compile_all(
            ios_kit, project, tmp_path / "out", executorch=EXECUTORCH, commands=commands
        )
    classes = {name for path in found for name in macho.read(path).classes}
    assert classes >= {"EDGCapture", "EDGDetector", "EDGGoldenVectors", "EDGTracker"}
    assert len(found) < 10


@pytest.mark.parametrize(
    ("file", "old", "new", "lacks"),
    [
        ("VisionCore.h", "detectBytes:(", "detectPixels:(", "-[EDGDetector detectPixels:width:"),
        ("VisionCore.h", "float left;", "float leading;", "-[EDGDetection leading]"),
        ("VisionCore.h", "(nonatomic, readonly) NSInteger maxDetections", "(nonatomic) NSInteger maxDetections", "setMaxDetections:"),
        ("VisionCore.h", "getter=isPassed) BOOL passed;\n\n", "getter=hasPassed) BOOL passed;\n\n", "hasPassed"),
        ("VisionCore.h", "@interface EDGModelInfo", "@interface EDGModel", "the class EDGModel"),
        ("VisionCore.h", "(class, nonatomic, readonly, copy) NSString *modelName", "(nonatomic, readonly, copy) NSString *modelName", "-[EDGModelInfo modelName]"),
    ],
)  # fmt: skip
def test_lacking_names_declared_classes_and_selectors_without_code(
    phone_objects: list[Path], tiny_ios: Path, tmp_path: Path, file: str, old: str, new: str, lacks: str
) -> None:
    """At run time, each would be an unknown selector."""
    project = tmp_path / "project"
    shutil.copytree(tiny_ios / "Bridge", project / "Bridge")
    replaced(project / "Bridge" / "include" / "VisionCore" / file, old, new)
    problems = objects.lacking(project, phone_objects)
    assert problems
    assert any(lacks in each for each in problems), problems


def project_of_one_file(project: Path, copy: Path, text: str) -> Path:
    """Copy a project's headers and settings, and write the file that is compiled, Core/odd.cpp."""
    for folder in ("Core", "Bridge", "Config"):
        shutil.copytree(project / folder, copy / folder, ignore=shutil.ignore_patterns("*.cpp", "*.mm"))
    (copy / "Core" / "odd.cpp").write_text(text)
    return copy


def test_ccache_compiles_a_file_of_two_projects_once_until_a_stub_changes(
    ios_kit: Kit, tiny_ios: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No list of a compiler names the stubs of Apple's headers."""
    if not shutil.which("ccache"):
        missing("ccache")
    log = tmp_path / "log"
    stubs = Path(shutil.copytree(objects.APPLE, tmp_path / "apple"))
    monkeypatch.setattr(objects, "APPLE", stubs)
    for name, value in (
        ("CMAKE_CXX_COMPILER_LAUNCHER", "ccache"),
        ("CCACHE_DIR", tmp_path / "ccache"),
        ("CCACHE_STATSLOG", log),
    ):
        monkeypatch.setenv(name, str(value))

    def hits(name: str) -> int:
        """Compile the file in a project of this name and return how often ccache had it so far."""
        project = project_of_one_file(tiny_ios, tmp_path / name, "int one();\nint one() { return 1; }\n")
        with Commands() as commands:
            out = tmp_path / f"{name} out"
            objects.compile_all(ios_kit, project, out, executorch=EXECUTORCH, commands=commands)
        return log.read_text().count("direct_cache_hit")

    assert hits("first") == 0
    assert hits("second") == 1
    with (stubs / "zlib.h").open("a") as stub:
        stub.write("// another stub\n")
    assert hits("third") == 1


def test_objects_check_reports_a_warning_as_an_error_with_file_and_line(
    ios_kit: Kit, tiny_ios: Path, tmp_path: Path
) -> None:
    project = project_of_one_file(tiny_ios, tmp_path / "project", "static int never_used() { return 1; }\n")
    with pytest.raises(ToolchainError, match=r"Core/odd\.cpp does not compile for iOS:\n.*odd\.cpp:1:12"):
        objects.check(ios_kit, project, tmp_path / "out", executorch=EXECUTORCH)


def test_executorch_as_a_clang_module_does_not_compile(ios_kit: Kit, tiny_ios: Path, tmp_path: Path) -> None:
    """-fno-cxx-modules prevents this: the module map has C++ headers, and the umbrella header has none of them."""
    project = tmp_path / "project"
    for folder in ("Core", "Config"):
        shutil.copytree(tiny_ios / folder, project / folder, ignore=shutil.ignore_patterns("*.cpp"))
    shutil.copy(tiny_ios / "Core/detector/model.cpp", project / "Core/detector")
    replaced(project / "Config/Shared.xcconfig", "$(OTHER_CFLAGS) -fno-cxx-modules", "$(OTHER_CFLAGS)")
    with pytest.raises(ToolchainError, match="could not build module 'ExecuTorch'"):
        objects.check(ios_kit, project, tmp_path / "out", executorch=EXECUTORCH)


def test_macho_read_rejects_cut_files_and_other_processors_and_systems(
    phone_objects: list[Path], tmp_path: Path
) -> None:
    sound = next(path for path in phone_objects if "EDGErrors" in path.name).read_bytes()
    macos = sound.replace(
        struct.pack("<4I", 0x32, 24, 2, 17 << 16), struct.pack("<4I", 0x32, 24, 1, 17 << 16)
    )
    assert macos != sound
    path = tmp_path / "file.o"
    for broken in (
        b"",
        sound[:20],
        sound[:200],
        b"\x7fELF" + sound[4:],
        sound[:4] + b"\7\0\0\1" + sound[8:],
        macos,
    ):
        path.write_bytes(broken)
        with pytest.raises(ToolchainError, match="no Mach-O object for an iPhone"):
            macho.read(path)
