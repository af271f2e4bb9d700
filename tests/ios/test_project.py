"""Tests of the iOS project: its files, hard names and models, and the options of `edgegen new`."""

import json
import os
import plistlib
import re
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml
from openstep_plist import loads

from edgegen.base import naming, pins
from edgegen.project import xcconfig
from edgegen.project.manifest import read
from edgegen.project.render import render, templates_dir
from edgegen.project.task_files import is_needed
from edgegen.targets.ios.target import PRODUCTS
from edgegen_kits.common.commands import Commands
from edgegen_kits.ios import plist_check, swift_view
from edgegen_kits.ios.bundle_check import check_bundle
from edgegen_kits.ios.kit import IOS as IOS_VERSION
from edgegen_kits.ios.kit import STUBS, Kit, locate_kit
from edgegen_kits.ios.logic_tests import plain_files
from edgegen_kits.ios.project_check import check_project
from edgegen_kits.ios.settings_check import values
from edgegen_kits.ios.swift_compiler import Compiler, Module, problems
from tests.helpers.hard_ios import (
    HARD_BUNDLE_ID,
    HARD_NAME,
    IOS,
    hard_ios,
    many_ios,
    named,
    new,
    texts,
)
from tests.helpers.many_classes import APP_NAMES, NAMES
from tests.helpers.support import (
    LINUX,
    edgegen,
    list_files,
    metadata_of,
    rejects,
    snapshot,
    write_metadata,
    write_program,
)
from tests.helpers.tools import missing
from tests.ios import file_checks

pytestmark = pytest.mark.full

__all__ = ["hard_ios", "many_ios"]

HARD_APP_NAMES = [
    *APP_NAMES, "$(VAR)", "$(PRODUCT_NAME)", "${VAR}", "$VAR", "$$", "$", "a $", "name;", ";", "#include",
    "a = b", "[sdk=x]", "%@", "%1$@ %n", '"', "'", '"#', "it's", "]]>", "&amp;", "\u05e9\u05dc\u05d5\u05dd!",
    "a  b", "$()",
]  # fmt: skip


# --- Contents ---


def test_text_files_have_unix_line_ends_and_no_template_syntax(hard_ios: Path) -> None:
    file_checks.check_every_file_is_tidy(hard_ios)


def test_readme_names_only_existing_paths_settings_and_headings(hard_ios: Path) -> None:
    file_checks.check_the_readme_names_only_what_is_there(hard_ios)


def test_files_without_placeholders_equal_the_templates(hard_ios: Path) -> None:
    """The shared C++ core too: the template folder compiles with the same bytes that a user gets."""
    places = {"ios": ".", "_studio/ios": "."}
    places |= {
        f"_shared/cpp/{part}": f"Core/{part}"
        for part in ("vision", "tracking", "nv12", "support", "detector", "json", "capture", "parity")
    }
    for source, place in places.items():
        folder = templates_dir() / source
        copied = [path for path in folder.rglob("*") if path.is_file() and path.suffix != ".jinja"]
        names = {path: path.relative_to(folder).as_posix() for path in copied}
        copied = [
            path for path in copied if is_needed(source, names[path], "detect")
        ]  # files of other tasks are left out
        assert copied
        for path in copied:
            copy = hard_ios / place / path.relative_to(folder)
            assert copy.read_bytes() == path.read_bytes(), copy


def test_every_icon_has_an_accessibility_label_or_is_hidden(hard_ios: Path) -> None:
    """An icon is hidden from screen readers if a text next to it says the same."""
    icons = 0
    for name, text in texts(hard_ios).items():
        lines = text.splitlines() if name.startswith("App/") and name.endswith(".swift") else []
        for number, line in enumerate(lines):
            if "Image(systemName:" in line:
                icons += 1
                after = "\n".join(lines[number : number + 16])
                assert re.search(r"\.accessibility(Label|Hidden)\(", after), (name, line)
    assert icons > 3


def test_new_with_the_same_options_writes_the_same_bytes(
    hard_ios: Path, tiny_export: Path, tmp_path: Path
) -> None:
    options = ("--name", HARD_NAME, "--bundle-id", HARD_BUNDLE_ID, "--classes", "1", "--ci", "github")
    made = new(tiny_export, tmp_path / "app", *options)
    assert list_files(made) == list_files(hard_ios)
    assert not [
        name
        for name in list_files(made)
        if name != ".edgegen.yml" and (made / name).read_bytes() != (hard_ios / name).read_bytes()
    ]


def test_checks_find_no_problem_in_projects_with_hard_names(hard_ios: Path, many_ios: Path) -> None:
    """One project keeps one class, the other has 10,000 classes."""
    for project in (hard_ios, many_ios):
        assert check_project(project) == []
        assert check_bundle(project) == []


def test_package_swift_parses_and_names_the_products_and_folders_of_the_project(hard_ios: Path) -> None:
    kit = locate_kit()
    package = hard_ios / "Package.swift"
    text = package.read_text(encoding="utf-8")
    assert re.findall(r'\.product\(name: "(\w+)"', text) == list(PRODUCTS)
    assert f'revision: "{pins.IOS["executorch_revision"]}"' in text
    excluded = re.search(r"exclude: \[(.*)\]", text)
    assert excluded
    shown = {path.name for path in hard_ios.iterdir() if not path.name.startswith(".")}
    assert set(re.findall(r'"([^"]+)"', excluded[1])) == shown - {"Core", "Bridge", "Package.swift"}
    assert (hard_ios / "Bridge/include/VisionCore/VisionCore.h").is_file()
    if not kit.frontend.exists():
        missing("the iOS kit (edgegen doctor --target ios --install)")
    command = [*kit.with_libraries(kit.frontend), "-frontend", "-parse", str(package)]
    assert subprocess.run(command, capture_output=True, text=True, check=False).stderr == ""


def test_app_links_each_product_whole_and_the_needed_frameworks(hard_ios: Path) -> None:
    """Only the app links them, because the tests run within the app."""
    app, tests = values(hard_ios), values(hard_ios, "AppTests", "Debug")
    flags = xcconfig.words(app["OTHER_LDFLAGS"])
    assert "-all_load" not in flags
    whole = [Path(flags[i + 1]).name for i, flag in enumerate(flags) if flag == "-force_load"]
    assert whole == [f"lib{product}_$(EXECUTORCH_PLATFORM).a" for product in PRODUCTS]
    own = xcconfig.read(hard_ios / "Config/App.xcconfig", hard_ios).assignments
    platforms = {each.conditions: each.value for each in own if each.name == "EXECUTORCH_PLATFORM"}
    assert platforms == {(("sdk", "iphoneos*"),): "ios", (("sdk", "iphonesimulator*"),): "simulator"}
    frameworks = {flags[i + 1] for i, flag in enumerate(flags) if flag == "-framework"}
    assert frameworks == {"Accelerate", "CoreGraphics", "CoreImage", "CoreVideo", "Foundation"}
    assert "OTHER_LDFLAGS" not in tests
    program = xcconfig.evaluate(app["PRODUCT_NAME"], app)
    assert program == naming.slug(HARD_NAME)  # the name in crash logs
    assert xcconfig.evaluate(tests["TEST_HOST"], tests) == f"/{program}.app//{program}"
    assert (app["SWIFT_VERSION"], app["CLANG_CXX_LANGUAGE_STANDARD"]) == ("6.0", "c++17")
    shared = xcconfig.read(hard_ios / "Config/Shared.xcconfig", hard_ios)
    assert ("EXCLUDED_ARCHS", (("sdk", "iphonesimulator*"),), "x86_64") in {
        (each.name, each.conditions, each.value) for each in shared.assignments
    }


def listed(project: Path, name: str) -> list[str]:
    """Return the words of a setting of the app."""
    app = values(project)
    return xcconfig.words(xcconfig.evaluate(app[name], app))


def test_package_and_project_compile_with_the_same_flags(hard_ios: Path) -> None:
    """Both round as the reference does, and neither reads ExecuTorch's C++ headers as a module."""
    package = texts(hard_ios)["Package.swift"]
    unsafe = re.search(r"\.unsafeFlags\(\[(.*)\]\)", package)
    assert unsafe
    flags = re.findall(r'"([^"]+)"', unsafe[1])
    assert flags == listed(hard_ios, "OTHER_CPLUSPLUSFLAGS") == ["-ffp-contract=off", "-fno-cxx-modules"]
    assert listed(hard_ios, "OTHER_CFLAGS") == ["-ffp-contract=off"]
    cmake = (templates_dir() / "_studio/linux-cpp/CMakeLists.txt.jinja").read_text(encoding="utf-8")
    assert "add_compile_options(-ffp-contract=off" in cmake
    defined = re.findall(r'\.define\("(\w+)", to: "(\w*)"\)', package)
    assert [f"{name}={value}" for name, value in defined] == listed(hard_ios, "GCC_PREPROCESSOR_DEFINITIONS")
    assert f"cxxLanguageStandard: .cxx{values(hard_ios)['CLANG_CXX_LANGUAGE_STANDARD'][3:]}" in package
    searched = re.findall(r'\.headerSearchPath\("([^"]+)"\)', package)
    searched += re.findall(r'publicHeadersPath: "([^"]+)"', package)
    assert sorted(f"./{path}" for path in searched) == sorted(listed(hard_ios, "HEADER_SEARCH_PATHS"))
    linked = re.findall(r'\.linkedLibrary\("(\w+)"\)', package)
    own = [flag for flag in listed(hard_ios, "OTHER_LDFLAGS") if re.match(r"-l\w", flag)]
    assert own == [f"-l{name}" for name in linked]


def test_core_compiled_for_an_iphone_has_no_fused_multiply_add(
    hard_ios: Path, ios_kit: Kit, tmp_path: Path
) -> None:
    """Without the project's flags, Clang fuses products and sums."""

    def fused(*flags: str) -> int:
        target = ("-target", f"aarch64-ios.{IOS_VERSION}", "-isystem", ios_kit.darwin_headers)
        made = tmp_path / "made.s"
        subprocess.run(
            [
                *(ios_kit.zig, "c++", *target, "-std=c++17", "-O2", "-ICore", *flags),
                *("-S", "-o", made, "Core/parity/box_stages.cpp"),
            ],
            cwd=hard_ios,
            env=os.environ | dict.fromkeys(("ZIG_GLOBAL_CACHE_DIR", "ZIG_LOCAL_CACHE_DIR"), str(tmp_path)),
            check=True,
        )
        return len(re.findall(r"\tfn?m(add|sub|la|ls)\b", made.read_text(encoding="utf-8")))

    assert fused() > 0
    assert fused(*listed(hard_ios, "OTHER_CPLUSPLUSFLAGS")) == 0


def test_settings_fix_the_concurrency_defaults_of_xcode_26(hard_ios: Path) -> None:
    app = values(hard_ios)
    assert app["SWIFT_APPROACHABLE_CONCURRENCY"] == "NO"
    assert app["SWIFT_DEFAULT_ACTOR_ISOLATION"] == "nonisolated"
    assert app["SWIFT_UPCOMING_FEATURE_MEMBER_IMPORT_VISIBILITY"] == "NO"


def test_kernels_are_linked_by_project_settings_and_package_alike(hard_ios: Path, tmp_path: Path) -> None:
    """For models with operators that no backend runs."""
    products = ("executorch", "backend_xnnpack", "kernels_optimized", "kernels_quantized")
    copy = Path(shutil.copytree(hard_ios, tmp_path / "app", ignore=shutil.ignore_patterns("*.bin")))
    ios = {**pins.IOS, "products": lambda _spec, _models: products}
    context = {"ios": ios, "spec": None, "models": [], "further_programs": [], "app": "studio"}
    context["slug"] = naming.slug(HARD_NAME)
    render("ios/Config/App.xcconfig.jinja", context, copy / "Config")
    render("ios/App.xcodeproj/project.pbxproj.jinja", context, copy / "App.xcodeproj")
    render("_studio/ios/Package.swift.jinja", context, copy)
    assert check_project(copy) == []
    flags = xcconfig.words(values(copy)["OTHER_LDFLAGS"])
    whole = [Path(flags[i + 1]).name for i, flag in enumerate(flags) if flag == "-force_load"]
    assert whole == [f"lib{product}_$(EXECUTORCH_PLATFORM).a" for product in products]
    written = texts(copy)
    assert re.findall(r'\.product\(name: "(\w+)"', written["Package.swift"]) == list(products)
    assert set(re.findall(r"productName = (\w+);", written["App.xcodeproj/project.pbxproj"])) >= set(products)


def test_workflow_builds_and_tests_the_scheme_of_the_project(hard_ios: Path, tiny_ios: Path) -> None:
    """Without --ci, there is no workflow."""
    workflow = yaml.safe_load(texts(hard_ios)[".github/workflows/ios.yml"])
    assert workflow["permissions"] == {"contents": "read"}
    (job,) = workflow["jobs"].values()
    assert job["runs-on"] == "macos-26"  # Apple silicon: ExecuTorch has no library for Intel
    assert job["timeout-minutes"]
    commands = [step["run"] for step in job["steps"] if "run" in step]
    used = [step["uses"] for step in job["steps"] if "uses" in step]
    assert all(re.fullmatch(r"actions/[\w-]+@v\d+", each) for each in used)
    built = [command for command in commands if "-scheme" in command]
    assert len(built) == 3
    for command in built:
        assert "-project App.xcodeproj -scheme App" in " ".join(command.split())
    assert sum(command.startswith("xcrun xcresulttool export attachments") for command in commands) == 1
    assert not (tiny_ios / ".github").exists()


def test_workflow_chooses_an_iphone_of_the_newest_ios_with_a_fake_xcrun(
    hard_ios: Path, tmp_path: Path
) -> None:
    """The newest iOS that the selected Xcode knows; 26.10 is newer than 26.2. Never an iPad, watch or TV."""
    workflow = yaml.safe_load(texts(hard_ios)[".github/workflows/ios.yml"])
    steps = workflow["jobs"]["build"]["steps"]
    script = next(step["run"] for step in steps if "simctl" in step.get("run", ""))
    runtime = "com.apple.CoreSimulator.SimRuntime"
    devices = {
        f"{runtime}.iOS-26-10": [
            {"name": "iPhone 17", "udid": "right"},
            {"name": "iPad mini", "udid": "pad"},
        ],
        f"{runtime}.iOS-26-2": [{"name": "iPhone 17", "udid": "old"}],
        f"{runtime}.iOS-26-11": [{"name": "iPad Air", "udid": "pad"}],
        f"{runtime}.iOS-27-0": [{"name": "iPhone 18", "udid": "new"}],
        f"{runtime}.tvOS-27-0": [{"name": "Apple TV", "udid": "tv"}],
    }
    (tmp_path / "devices.json").write_text(json.dumps({"devices": devices}))
    xcrun = 'xcrun() { [ "$1" = simctl ] && cat devices.json || echo 26.11; }; GITHUB_ENV=env; set -e\n'
    subprocess.run(["bash", "-c", xcrun + script], cwd=tmp_path, check=True)
    assert (tmp_path / "env").read_text() == "DEVICE=right\n"


# --- Names ---


def test_hard_app_names_reach_info_plist_unchanged(hard_ios: Path, tmp_path: Path) -> None:
    """Through xcconfig files and references in Info.plist. The names have quotes, `;`, `$(VAR)` and emoji."""
    folder = tmp_path / "app"
    (folder / "App").mkdir(parents=True)
    shutil.copy(hard_ios / "App/Info.plist", folder / "App")
    for name in HARD_APP_NAMES:
        named(name, folder)
        info = plist_check.expanded_info(folder)
        assert info["CFBundleDisplayName"] == name
        assert info["CFBundleIdentifier"] == "org.example.app"
        assert xcconfig.read(folder / "Config/Shared.xcconfig", folder).problems == []


def test_app_name_and_id_change_neither_info_plist_nor_the_project_file(
    hard_ios: Path, tiny_ios: Path
) -> None:
    """Except for the program's name in the project file."""
    assert (hard_ios / "App/Info.plist").read_bytes() == (tiny_ios / "App/Info.plist").read_bytes()
    hard, tiny = ((each / "App.xcodeproj/project.pbxproj").read_text() for each in (hard_ios, tiny_ios))
    assert hard.replace(naming.slug(HARD_NAME), "shapes") == tiny


def test_manifest_and_info_plist_have_the_given_name_and_bundle_id(
    hard_ios: Path, tiny_export: Path, tmp_path: Path
) -> None:
    """Without --bundle-id, the id is derived from the name."""
    info = plist_check.expanded_info(hard_ios)
    assert (info["CFBundleDisplayName"], info["CFBundleIdentifier"]) == (HARD_NAME, HARD_BUNDLE_ID)
    manifest = read(hard_ios)
    assert manifest is not None
    assert manifest.target == "ios"
    assert manifest.options["bundle_id"] == HARD_BUNDLE_ID
    made = new(tiny_export, tmp_path / "app", "--name", "Größe 犬 2")
    assert values(made)["APP_BUNDLE_ID"] == "org.example.grosse-2"
    assert "an example: App Store wants one of your own" in texts(made)["README.md"]
    assert "an example: App Store" not in texts(hard_ios)["README.md"]


def test_header_with_10000_hard_class_names_equals_that_of_linux_cpp(
    many_ios: Path, many_classes: Path, tmp_path: Path
) -> None:
    """The tests of linux-cpp compile this header and read it back. No Swift file has a class name."""
    options = ("--name", "犬", "--max-det", "30000", "--output", tmp_path / "linux")
    edgegen("new", *LINUX, "--model", many_classes, *options).ok()
    header = (tmp_path / "linux/src/model_info.h").read_bytes()
    assert (many_ios / "Core/model_info.h").read_bytes() == header
    assert NAMES[-1] in metadata_of(many_classes)["names"].values()  # type: ignore[attr-defined]
    swift = {name: text for name, text in texts(many_ios).items() if name.endswith(".swift")}
    assert swift
    assert not [name for name, text in swift.items() if NAMES[-1] in text]


def test_project_of_a_one_class_model_with_oblong_input_passes_the_checks(
    many_ios: Path, tmp_path: Path
) -> None:
    """The README says "1 class"."""
    model = tmp_path / "model"
    model.mkdir()
    write_program(model / "model.pte", 1)
    write_metadata(model, {"task": "detect", "imgsz": [160, 192], "stride": 32, "names": {0: "\\(x)"}})
    made = new(model, tmp_path / "app", "--name", "one")
    assert "1 class, input 192 x 160" in texts(made)["README.md"]
    assert "10000 classes, input 192 x 160" in texts(many_ios)["README.md"]
    assert check_project(made) + check_bundle(made) == []


# --- Options ---


def test_new_for_all_targets_writes_the_same_model_and_vectors(exported: Path) -> None:
    options = ("--package", "org.example.a", "--bundle-id", "org.example.b")
    edgegen("new", "--model", exported, "--target", "all", *options, "--output", "birds").ok()
    assert sorted(path.name for path in Path("birds").iterdir()) == ["android", "ios", "linux-cpp"]
    vectors = [snapshot(Path("birds", target, "vectors")) for target in ("android", "ios", "linux-cpp")]
    assert vectors[0]
    assert vectors[0] == vectors[1] == vectors[2]
    models = {
        Path("birds", place, "model.pte").read_bytes()
        for place in ("android/app/src/main/assets/model", "ios/Model", "linux-cpp/model")
    }
    assert len(models) == 1


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ((*IOS, "--bundle-id", "birds"), ("two parts", "org.example.birds")),
        ((*IOS, "--bundle-id", "org.my_birds"), ("'my_birds'", "org.example.my-birds")),
        ((*IOS, "--bundle-id", ""), ("empty", "org.example.app")),
        ((*IOS, "--bundle-id", "org.größe"), ("'größe'", "org.example.grosse")),
        ((*IOS, "--bundle-id", "org." + "a" * 252), ("256 characters", "255")),
        ((*LINUX, "--bundle-id", "a.b"), ("--bundle-id", "--target ios")),
        (("--target", "android", "--bundle-id", "a.b"), ("--bundle-id", "--target ios")),
        ((*IOS, "--package", "a.b"), ("--package", "--target android")),
        ((*IOS, "--ci", "gitlab"), ("'gitlab'", "github")),
        ((*LINUX, "--ci", "github"), ("--ci", "--target android or ios")),
    ],
)
def test_new_exits_2_on_wrong_options_and_suggests_right_ones(
    exported: Path, tmp_path: Path, options: tuple[str, ...], says: tuple[str, ...]
) -> None:
    """Nothing is written to the disk."""
    rejects(2, tmp_path, "new", "--model", exported, "--output", "app", *options, says=says)


def test_new_replaces_an_unedited_project_and_keeps_an_edited_one(exported: Path, tmp_path: Path) -> None:
    """Xcode's user files do not count as edits. A development team in the project file does."""
    app = new(exported, Path("app"))
    left = app / "App.xcodeproj/project.xcworkspace/xcuserdata/me.xcuserdatad/UserInterfaceState.xcuserstate"
    left.parent.mkdir(parents=True)
    left.write_text("made by Xcode\n")
    new(exported, app, "--bundle-id", "org.example.two")
    assert values(app)["APP_BUNDLE_ID"] == "org.example.two"
    objects = app / "App.xcodeproj/project.pbxproj"
    objects.write_text(
        objects.read_text().replace("buildSettings = {", "buildSettings = {DEVELOPMENT_TEAM = A;")
    )
    rejects(
        3,
        tmp_path,
        "new",
        *IOS,
        "--model",
        exported,
        "--output",
        app,
        says=("was edited", "project.pbxproj", "--force"),
    )


def test_new_prints_the_next_commands_with_a_quoted_folder(exported: Path) -> None:
    out = edgegen("new", *IOS, "--model", exported, "--output", "my birds").ok().out
    assert "\nAn ios project of" in out
    assert "    cd 'my birds'\n    open App.xcodeproj" in out


def test_third_party_parsers_read_the_project_file_and_the_plists(hard_ios: Path) -> None:
    content = loads(texts(hard_ios)["App.xcodeproj/project.pbxproj"])
    assert len(content["objects"]) > 30
    info = plistlib.loads((hard_ios / "App/Info.plist").read_bytes())
    assert info["NSCameraUsageDescription"]
    assert info["UILaunchScreen"] == {"UIColorName": "LaunchBackground"}
    assert info["ITSAppUsesNonExemptEncryption"] is False
    privacy = plistlib.loads((hard_ios / "App/Resources/PrivacyInfo.xcprivacy").read_bytes())
    assert privacy["NSPrivacyTracking"] is False
    assert privacy["NSPrivacyCollectedDataTypes"] == []


def test_swift_example_in_the_readme_compiles(ios_kit: Kit, hard_ios: Path, tmp_path: Path) -> None:
    """In Swift 6 mode, against the Swift interface of the bridge."""
    readme = texts(hard_ios)["README.md"]
    (code,) = re.findall(r"```swift\nimport VisionCore\n(.*?)```", readme, re.DOTALL)
    view = swift_view.interface(
        "VisionCore", hard_ios / "App/App-Bridging-Header.h", hard_ios / "Bridge/include", hard_ios
    )
    (tmp_path / "VisionCore.swiftinterface").write_text(view, encoding="utf-8")
    example = tmp_path / "Example.swift"
    lines = [
        "import Foundation",
        "import VisionCore",
        "func example(pixels: UnsafeRawPointer) throws {",
        code,
        "}",
    ]
    example.write_text("\n".join(lines), encoding="utf-8")
    with Commands() as commands:
        module = Module("Example", [example], (STUBS, tmp_path))
        said = Compiler(ios_kit, tmp_path, commands).run_uncached(module, "-emit-sil", "-o", "/dev/null")
    assert problems(said, "Example", tmp_path) == []


def test_result_processor_in_the_readme_compiles(ios_kit: Kit, hard_ios: Path, tmp_path: Path) -> None:
    """In Swift 6 mode, in the file that the README names."""
    (code,) = re.findall(r"```swift\n(struct LargeOnly.*?)```", texts(hard_ios)["README.md"], re.DOTALL)
    empty = texts(hard_ios)["App/ResultProcessors.swift"]
    filled = tmp_path / "ResultProcessors.swift"
    filled.write_text(empty.replace("        []\n", "        [LargeOnly()]\n") + code, encoding="utf-8")
    assert "[LargeOnly()]" in filled.read_text(encoding="utf-8")
    with Commands() as commands:
        module = Module("App", [*plain_files(hard_ios), filled])
        said = Compiler(ios_kit, tmp_path, commands).run_uncached(module, "-emit-sil", "-o", "/dev/null")
    assert problems(said, "App", tmp_path) == []
