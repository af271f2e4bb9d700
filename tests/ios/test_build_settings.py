"""Tests of the iOS project's build settings, and of Package.swift, which builds the same core."""

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from edgegen.base import naming, pins
from edgegen.project import xcconfig
from edgegen.project.render import render, templates_dir
from edgegen.targets.ios.target import PRODUCTS
from edgegen_kits.ios.kit import IOS as IOS_VERSION
from edgegen_kits.ios.kit import Kit, locate_kit
from edgegen_kits.ios.project_check import check_project
from edgegen_kits.ios.settings_check import values
from tests.helpers.hard_ios import HARD_NAME, hard_ios, texts
from tests.helpers.tools import missing

pytestmark = pytest.mark.full

__all__ = ["hard_ios"]


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
                *("-S", "-g0", "-o", made, "Core/parity/box_stages.cpp"),
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
    context = {"ios": ios, "spec": None, "models": [], "extra_programs": [], "app": "studio"}
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
