"""Tests of the Xcode project file: its content, its reader, and the check that rejects a broken one."""

import re
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import cast

import openstep_plist
import pytest

from edgegen.base import naming, pins
from edgegen.targets.ios.target import PRODUCTS, needed_products
from edgegen_kits.ios import openstep
from edgegen_kits.ios.openstep import Value
from edgegen_kits.ios.project_check import check_project
from tests.helpers.hard_ios import HARD_NAME, broken, hard_ios, identifier
from tests.helpers.once import Once
from tests.helpers.support import list_files
from tests.helpers.tiny_programs import make_programs
from tests.ios.changes import removed, replaced, written

__all__ = ["broken", "hard_ios"]

PROJECT = "App.xcodeproj/project.pbxproj"
SLUG = naming.slug(HARD_NAME)
SCHEME = "App.xcodeproj/xcshareddata/xcschemes/App.xcscheme"
Objects = Mapping[str, Mapping[str, Value]]


def objects_of(project: Path) -> Objects:
    return cast(Objects, openstep.read((project / PROJECT).read_text(encoding="utf-8"))["objects"])


def all_of(objects: Objects, isa: str) -> list[Mapping[str, Value]]:
    return [each for each in objects.values() if each["isa"] == isa]


# --- Text format ---


@pytest.mark.full
def test_project_file_reads_the_same_with_a_third_party_parser(hard_ios: Path) -> None:
    text = (hard_ios / PROJECT).read_text(encoding="utf-8")
    assert openstep.read(text) == openstep_plist.loads(text)


@pytest.mark.parametrize(
    ("written", "text"),
    [
        ('""', ""),
        ("plain", "plain"),
        ("plain/path_1.txt", "plain/path_1.txt"),
        ('"two words"', "two words"),
        (r'"a \"quote\""', 'a "quote"'),
        (r'"back\\slash"', "back\\slash"),
        ('"//"', "//"),
        ('"/* x */"', "/* x */"),
        ('"a;b"', "a;b"),
        ('"größe 犬"', "größe 犬"),
        ('"-x"', "-x"),
        (r'"a\nb\tc"', "a\nb\tc"),
        ('"$(X)"', "$(X)"),
    ],
)
def test_openstep_read_equals_a_third_party_parser(written: str, text: str) -> None:
    assert openstep.read(f"{{a = {written};}}") == {"a": text}
    assert openstep_plist.loads(f"{{a = {written};}}") == {"a": text}


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "line 1: a string is expected, not the end"),
        ("{", "line 1: a string is expected, not the end"),
        ("{a=1;\na=2;}", "line 2: the key a is repeated"),
        ("{a=(1\n2);}", "line 2: ',' is expected, not '2'"),
        ("{a=1}", "';' is expected, not '}'"),
        ("{a=1;} x", "the end is expected, not 'x'"),
        ('{a="x', "line 1: '\"' is not allowed here"),
        ("(a)", "not a dictionary"),
        ("{a=§;}", "'§' is not allowed here"),
    ],
)
def test_openstep_read_rejects_invalid_text_with_the_line(text: str, says: str) -> None:
    with pytest.raises(ValueError, match=re.escape(says)):
        openstep.read(text)


# --- Contents ---


@pytest.mark.full
def test_project_file_names_folders_of_sources_and_the_files_of_other_folders(hard_ios: Path) -> None:
    objects = objects_of(hard_ios)
    folders = {each["path"] for each in all_of(objects, "PBXFileSystemSynchronizedRootGroup")}
    assert folders == {"App", "Bridge", "Core", "Tests"}
    named = {each["path"] for each in all_of(objects, "PBXFileReference")}
    files = {Path(name).name for name in list_files(hard_ios) if name.startswith(("Config/", "Model/"))}
    products = {f"{SLUG}.app", "AppTests.xctest"}
    assert named == files | products | {"vectors", "README.md", "Package.swift"}
    assert (hard_ios / PROJECT).read_text(encoding="utf-8").count("\n") < 400


@pytest.mark.full
def test_app_target_copies_model_vectors_and_metadata_by_reference(hard_ios: Path) -> None:
    """Each once. The synchronized folders copy the other resources. Captures contain metadata.yaml."""
    objects = objects_of(hard_ios)
    app, tests = (
        next(each for each in all_of(objects, "PBXNativeTarget") if each["name"] == name)
        for name in (SLUG, "AppTests")
    )
    copied = sorted(str(objects[file]["path"]) for file in files_of(objects, app, "PBXResourcesBuildPhase"))
    assert copied == ["metadata.yaml", "model.pte", "vectors"]
    assert not files_of(objects, tests, "PBXResourcesBuildPhase")
    for target in (app, tests):
        assert not files_of(objects, target, "PBXSourcesBuildPhase")


def files_of(objects: Objects, target: Mapping[str, Value], isa: str) -> list[str]:
    phases = [objects[phase] for phase in cast(list[str], target["buildPhases"])]
    (phase,) = (each for each in phases if each["isa"] == isa)
    return [str(objects[item]["fileRef"]) for item in cast(list[str], phase["files"])]


@pytest.mark.full
def test_executorch_is_pinned_to_one_revision_and_linked_by_the_app_alone(hard_ios: Path) -> None:
    """Its branch is force-pushed at times. The tests run within the app, so that they do not link it."""
    objects = objects_of(hard_ios)
    (package,) = all_of(objects, "XCRemoteSwiftPackageReference")
    assert package["repositoryURL"] == pins.IOS["executorch_package"]
    assert package["requirement"] == {"kind": "revision", "revision": pins.IOS["executorch_revision"]}
    products = {str(each["productName"]) for each in all_of(objects, "XCSwiftPackageProductDependency")}
    assert products == set(PRODUCTS)
    tests, app = sorted(all_of(objects, "PBXNativeTarget"), key=lambda each: str(each["name"]))
    assert (app["name"], tests["name"]) == (SLUG, "AppTests")
    assert len(app["packageProductDependencies"]) == len(products)
    assert "packageProductDependencies" not in tests


@pytest.mark.full
def test_kernels_are_linked_for_operators_that_no_backend_runs(
    hard_ios: Path, once: Once, tmp_path: Path
) -> None:
    """Any of an app's models may need optimized kernels, or quantized ones too."""
    programs = once("tiny_programs", make_programs)
    quantized = tmp_path / "quantized.pte"
    raw = (programs / "raw.pte").read_bytes()
    quantized.write_bytes(raw.replace(b"aten::upsample_nearest2d", b"quantized_decomposed::ad"))
    model = hard_ios / "Model/model.pte"
    kernels, quantized_kernels = "kernels_optimized", "kernels_quantized"
    usual = PRODUCTS
    assert needed_products([model]) == usual
    assert needed_products([model, programs / "raw.pte"]) == (*usual, kernels)
    assert needed_products([quantized, model]) == (*usual, kernels, quantized_kernels)


@pytest.mark.full
def test_each_configuration_has_an_xcconfig_file_and_no_other_settings(hard_ios: Path) -> None:
    objects = objects_of(hard_ios)
    configurations = all_of(objects, "XCBuildConfiguration")
    assert len(configurations) == 6
    assert all(each["buildSettings"] == {} for each in configurations)
    files = {str(objects[str(each["baseConfigurationReference"])]["path"]) for each in configurations}
    assert files == {"Debug.xcconfig", "Release.xcconfig", "App.xcconfig", "AppTests.xcconfig"}


# --- Mutations ---


ID = "[0-9A-F]{24}"
NONE = "0" * 24
BROKEN = {
    "a file that is gone": (
        removed("Config/User.xcconfig"),
        "Config/User.xcconfig is in the project, but not on disk",
    ),
    "a folder that is gone": (removed("vectors"), "vectors is in the project, but not on disk"),
    "settings that nobody named": (
        written("Config/New.xcconfig", "// new\n"),
        "Config/New.xcconfig is on disk, and not in",
    ),
    "an id that leads nowhere": (
        replaced(PROJECT, rf"(mainGroup = ){ID}", rf"\g<1>{NONE}"),
        f"mainGroup leads to '{NONE}', and there is no such object",
    ),
    "an id that is a word": (
        replaced(PROJECT, rf"(mainGroup = ){ID}", r"\g<1>Main"),
        "mainGroup leads to 'Main'",
    ),
    "an id of another kind": (
        replaced(PROJECT, rf"(fileRef = ){ID}", rf"\g<1>{identifier('PBXGroup Config')}"),
        "which is a PBXGroup",
    ),
    "an id that is too short": (replaced(PROJECT, rf"^\t\t{ID}", "\t\tABC"), "ABC is no id of 24 capital"),
    "an id twice": (replaced(PROJECT, rf"(^\t\t{ID} .*;$)", r"\1\n\1"), "is repeated"),
    "an object that nobody asks for": (
        replaced(PROJECT, r"(\tobjects = \{\n)", rf"\1\t\t{NONE} = {{isa = PBXBuildFile; }};\n"),
        f"PBXBuildFile {NONE} is referred to by nothing",
    ),
    "an unknown kind": (
        replaced(PROJECT, "isa = PBXSourcesBuildPhase", "isa = PBXSauce"),
        "of an unknown kind: 'PBXSauce'",
    ),
    "a target without a name": (
        replaced(PROJECT, r"^\t\t\tname = AppTests;\n", ""),
        f"PBXNativeTarget {identifier('PBXNativeTarget AppTests')} has no name",
    ),
    "settings among the resources": (
        replaced(
            PROJECT,
            rf"(model\.pte in Resources \*/ = \{{isa = PBXBuildFile; fileRef = ){ID}",
            rf"\g<1>{identifier('PBXFileReference Config/User.xcconfig')}",
        ),
        f"Config/User.xcconfig belongs to no phase, and is in PBXResourcesBuildPhase of {SLUG}",
    ),
    "a resource that is copied twice": (
        replaced(PROJECT, rf"(^\t\t\t\t{ID} /\* model\.pte in Resources \*/,\n)", r"\1\1"),
        f"Model/model.pte is built 2 times by {SLUG}",
    ),
    "a file in two groups": (
        replaced(PROJECT, rf"(^\t\t\t\t({ID}) /\* model\.pte \*/,\n)", r"\1\1"),
        "Model/model.pte is in two groups",
    ),
    "a file in no group": (
        replaced(PROJECT, rf"^\t\t\t\t{ID} /\* model\.pte \*/,\n", ""), "model.pte is in no group",
    ),
    "a file named twice": (
        replaced(PROJECT, r"path = metadata\.yaml", "path = model.pte"),
        "Model/model.pte is listed 2 times",
    ),
    "a file of another type": (
        replaced(PROJECT, r"(lastKnownFileType = )text\.xcconfig", r"\1text"),
        "has the type text instead of",
    ),
    "a configuration without settings": (
        replaced(PROJECT, rf"^\t\t\tbaseConfigurationReference = {ID}.*\n", ""), "has no .xcconfig file for",
    ),
    "a configuration of settings that are code": (
        replaced(
            PROJECT,
            rf"(baseConfigurationReference = ){ID}",
            rf"\g<1>{identifier('PBXFileReference Model/model.pte')}",
        ),
        "uses Model/model.pte as its .xcconfig file",
    ),
    "configurations that differ": (
        replaced(PROJECT, r"^\t\t\tname = Debug;", "\t\t\tname = Test;"),
        "the configurations differ",
    ),
    "a default that is not there": (
        replaced(PROJECT, "defaultConfigurationName = Release", "defaultConfigurationName = Store"),
        "has no configuration 'Store', its own default",
    ),
    "a package without a pin": (
        replaced(PROJECT, r"^\t\t\t\tkind = .*\n", ""), "is pinned to no version, no branch and no revision",
    ),
    "half a revision": (
        replaced(PROJECT, r"(revision = [0-9a-f]{12})[0-9a-f]+", r"\1"), "is not 40 hexadecimal digits",
    ),
    "a package by http": (replaced(PROJECT, "https://github", "http://github"), "is not fetched by https"),
    "a package that the project lacks": (
        replaced(PROJECT, rf"(packageReferences = \(\n)\t\t\t\t{ID}.*\n", r"\1"),
        "is not among the project's packageReferences",
    ),
    "a product that is not linked": (
        replaced(PROJECT, rf"^\t\t\t\t{ID} /\* backend_xnnpack in Frameworks \*/,\n", ""),
        f"{SLUG} links the package product backend_xnnpack without naming it, or names it without linking it",
    ),
    "tests that link ExecuTorch too": (
        replaced(
            PROJECT,
            r"(AppTests;\n\t\t\tproductName = AppTests;)",
            rf"\1\n\t\t\tpackageProductDependencies = ("
            rf"{identifier('XCSwiftPackageProductDependency executorch')});",
        ),
        "AppTests links the package product executorch without naming it",
    ),
    "no scheme": (removed(SCHEME), "App.xcodeproj has no shared scheme"),
    "a scheme that is no XML": (replaced(SCHEME, "</Scheme>", ""), "App.xcscheme is no XML"),
    "a scheme of another target": (
        replaced(SCHEME, f'BlueprintIdentifier = "{ID}"', f'BlueprintIdentifier = "{NONE}"'),
        f"App.xcscheme leads to a target {SLUG} {NONE}, and there is none",
    ),
    "a scheme of another project": (
        replaced(SCHEME, "container:App.xcodeproj", "container:Old.xcodeproj"),
        "App.xcscheme leads to another project: container:Old.xcodeproj",
    ),
    "a scheme that tests nothing": (
        replaced(SCHEME, r"<TestableReference(.|\n)*</TestableReference>", ""), "App.xcscheme tests nothing",
    ),
    "a file that is cut off": (replaced(PROJECT, r"\}\n\Z", ""), "project.pbxproj cannot be read: line"),
    "no root": (
        replaced(PROJECT, f"rootObject = {ID}", f"rootObject = {NONE}"),
        f"rootObject '{NONE}' is no PBXProject",
    ),
    "two projects": (
        lambda project: shutil.copytree(project / "App.xcodeproj", project / "Old.xcodeproj"),
        "there are 2 Xcode projects",
    ),
}  # fmt: skip


@pytest.mark.full
@pytest.mark.parametrize("what", BROKEN)
def test_check_project_names_each_mutation(broken: Path, what: str) -> None:
    """Xcode would report these errors later or not at all."""
    change, says = BROKEN[what]
    change(broken)
    problems = check_project(broken)
    assert any(says in problem for problem in problems), problems
