"""Check an Xcode project without Xcode: follow every id and every file."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path, PurePosixPath
from typing import Final
from xml.etree import ElementTree

from edgegen_kits.ios import build_phases_check
from edgegen_kits.ios.openstep import Value
from edgegen_kits.ios.pbxproj import (
    APPLICATION,
    EXCEPTIONS,
    GROUPS,
    ID,
    SYNCHRONIZED,
    ProjectFile,
    ids_of,
    missing,
    open_project,
    place_files,
    text_of,
)

_OBJECTS: Final = """
    PBXBuildFile PBXContainerItemProxy PBXCopyFilesBuildPhase PBXFileReference PBXFrameworksBuildPhase
    PBXFileSystemSynchronizedBuildFileExceptionSet PBXFileSystemSynchronizedRootGroup PBXGroup
    PBXHeadersBuildPhase PBXNativeTarget PBXProject PBXResourcesBuildPhase PBXShellScriptBuildPhase
    PBXSourcesBuildPhase PBXTargetDependency PBXVariantGroup XCBuildConfiguration XCConfigurationList
    XCLocalSwiftPackageReference XCRemoteSwiftPackageReference XCSwiftPackageProductDependency
"""
_KNOWN: Final = frozenset(_OBJECTS.split())
# Keys with ids, and the valid kinds of those objects.
_KINDS: Final[Mapping[str, tuple[str, ...]]] = {
    "baseConfigurationReference": ("PBXFileReference",),
    "buildConfigurationList": ("XCConfigurationList",),
    "buildConfigurations": ("XCBuildConfiguration",),
    "buildPhases": tuple(sorted(name for name in _KNOWN if name.endswith("BuildPhase"))),
    "children": ("PBXFileReference", *GROUPS, SYNCHRONIZED),
    "containerPortal": ("PBXProject",),
    "dependencies": ("PBXTargetDependency",),
    "exceptions": (EXCEPTIONS,),
    "fileSystemSynchronizedGroups": (SYNCHRONIZED,),
    "fileRef": ("PBXFileReference", "PBXVariantGroup"),
    "files": ("PBXBuildFile",),
    "mainGroup": ("PBXGroup",),
    "package": ("XCRemoteSwiftPackageReference", "XCLocalSwiftPackageReference"),
    "packageProductDependencies": ("XCSwiftPackageProductDependency",),
    "packageReferences": ("XCRemoteSwiftPackageReference", "XCLocalSwiftPackageReference"),
    "productRef": ("XCSwiftPackageProductDependency",),
    "productRefGroup": ("PBXGroup",),
    "productReference": ("PBXFileReference",),
    "remoteGlobalIDString": ("PBXNativeTarget",),
    "target": ("PBXNativeTarget",),
    "targetProxy": ("PBXContainerItemProxy",),
    "targets": ("PBXNativeTarget",),
    "TestTargetID": ("PBXNativeTarget",),
}
_NEEDED: Final[Mapping[str, tuple[str, ...]]] = {
    EXCEPTIONS: ("membershipExceptions", "target"),
    SYNCHRONIZED: ("path", "sourceTree"),
    "PBXContainerItemProxy": ("containerPortal", "remoteGlobalIDString"),
    "PBXFileReference": ("path", "sourceTree"),
    "PBXGroup": ("children", "sourceTree"),
    "PBXNativeTarget": ("name", "productType", "productReference", "buildConfigurationList", "buildPhases"),
    "PBXProject": ("mainGroup", "targets", "buildConfigurationList"),
    "PBXTargetDependency": ("target", "targetProxy"),
    "XCBuildConfiguration": ("name", "buildSettings"),
    "XCConfigurationList": ("buildConfigurations", "defaultConfigurationName"),
    "XCRemoteSwiftPackageReference": ("repositoryURL", "requirement"),
    "XCSwiftPackageProductDependency": ("productName",),
}
_REVISION: Final = re.compile("[0-9a-f]{40}")


def check_project(project: Path) -> list[str]:
    """Return the problems of the only Xcode project in a folder."""
    try:
        checked = open_project(project)
    except ValueError as error:
        return [str(error)]
    checks = (
        _kinds,
        _references,
        build_phases_check.check_groups,
        build_phases_check.check_phases,
        build_phases_check.check_folders,
        build_phases_check.check_same_names,
        build_phases_check.check_disk,
        _targets,
        _configurations,
        _packages,
        _schemes,
    )
    for check in checks:
        checked.problems += check(checked)
    return list(dict.fromkeys(checked.problems))


def missing_files(project: Path) -> list[str]:
    """Return the files that the Xcode project names and that do not exist.

    If the project cannot be read, the result is empty, and `check_project` reports why.
    """
    try:
        checked = open_project(project)
    except ValueError:
        return []
    main = text_of(checked.of(text_of(checked.content, "rootObject")), "mainGroup")
    for _ in place_files(checked, main, PurePosixPath(), set()):
        pass  # `check_project` reports these
    return list(dict.fromkeys(missing(checked)))


def _kinds(project: ProjectFile) -> Iterator[str]:
    """Check that every object has a known kind and the keys that it needs."""
    for key, each in project.objects.items():
        isa = text_of(each, "isa")
        if not ID.fullmatch(key):
            yield f"{key} is no id of 24 capital hexadecimal digits"
        if isa not in _KNOWN:
            yield f"{key} is of an unknown kind: {isa!r}"
        for needed in _NEEDED.get(isa, ()):
            if needed not in each:
                yield f"{isa} {key} has no {needed}"
    root = text_of(project.content, "rootObject")
    if text_of(project.of(root), "isa") != "PBXProject":
        yield f"rootObject {root!r} is no PBXProject"


def _references(project: ProjectFile) -> Iterator[str]:
    """Check that every id leads to an object of a valid kind, and that every object is referred to."""
    used = {text_of(project.content, "rootObject")}
    for key, each in project.objects.items():
        where = f"{text_of(each, 'isa')} {key}"
        for name, value in _leaves(each):
            isa = text_of(project.of(value), "isa")
            if value in project.objects:
                used.add(value)
            if value not in project.objects and (ID.fullmatch(value) or name in _KINDS):
                yield f"{where}: {name} leads to {value!r}, and there is no such object"
            elif name in _KINDS and isa not in _KINDS[name]:
                yield f"{where}: {name} leads to {value}, which is a {isa}"
    for key in sorted(project.objects.keys() - used):
        yield f"{text_of(project.of(key), 'isa')} {key} is referred to by nothing"


def _leaves(value: Value, name: str = "") -> Iterator[tuple[str, str]]:
    """Yield every text in an object with its key. Keys that are ids count as texts."""
    if isinstance(value, str):
        yield name, value
    elif isinstance(value, Mapping):
        for key, each in value.items():
            if ID.fullmatch(key):
                yield "", key
            yield from _leaves(each, key)
    else:
        for each in value:
            yield from _leaves(each, name)


def _targets(project: ProjectFile) -> Iterator[str]:
    """Check that a target links its package products, and that tests link none of the app's."""
    of_app: set[str] = set()
    of_tests: set[str] = set()
    for _, target in project.all("PBXNativeTarget"):
        name = text_of(target, "name")
        asked = set(ids_of(target, "packageProductDependencies"))
        linked = {
            text_of(project.of(item), "productRef")
            for phase in ids_of(target, "buildPhases")
            for item in ids_of(project.of(phase), "files")
            if "productRef" in project.of(item)
        }
        for product in sorted(asked ^ linked):
            what = text_of(project.of(product), "productName") or product
            yield f"{name} links the package product {what} without naming it, or names it without linking it"
        products = {text_of(project.of(product), "productName") for product in linked}
        (of_app if text_of(target, "productType") == APPLICATION else of_tests).update(products)
        phases = Counter(text_of(project.of(phase), "isa") for phase in ids_of(target, "buildPhases"))
        for phase, count in phases.items():
            if count > 1 and phase in (
                "PBXSourcesBuildPhase",
                "PBXResourcesBuildPhase",
                "PBXFrameworksBuildPhase",
            ):
                yield f"{name} has {count} phases of the kind {phase}"
    for product_name in sorted(of_app & of_tests):
        yield f"the tests link {product_name}, which their host app contains already"


def _configurations(project: ProjectFile) -> Iterator[str]:
    """Check that project and targets have the same configurations, each with an .xcconfig file."""
    lists = {
        f"{text_of(each, 'isa')} {text_of(each, 'name')}".strip(): text_of(each, "buildConfigurationList")
        for _, each in (*project.all("PBXProject"), *project.all("PBXNativeTarget"))
    }
    names = {}
    for owner, configurations in lists.items():
        configuration_list = project.of(configurations)
        each_of = [project.of(key) for key in ids_of(configuration_list, "buildConfigurations")]
        names[owner] = sorted(text_of(each, "name") for each in each_of)
        for each in each_of:
            if "baseConfigurationReference" not in each:
                yield f"{owner} has no .xcconfig file for {text_of(each, 'name')}"
            elif (
                file := project.places.get(text_of(each, "baseConfigurationReference"))
            ) and file.suffix != ".xcconfig":
                yield f"{owner} uses {file} as its .xcconfig file"
        default = text_of(configuration_list, "defaultConfigurationName")
        if default not in names[owner]:
            yield f"{owner} has no configuration {default!r}, its own default"
    if len({tuple(each) for each in names.values()}) > 1:
        yield "the configurations differ: " + "; ".join(
            f"{owner}: {', '.join(each)}" for owner, each in names.items()
        )


def _packages(project: ProjectFile) -> Iterator[str]:
    """Check that every package is pinned and part of the project."""
    root = project.of(text_of(project.content, "rootObject"))
    for key, package in project.all("XCRemoteSwiftPackageReference"):
        url, requirement = text_of(package, "repositoryURL"), package.get("requirement", {})
        kind = text_of(requirement, "kind")
        if not url.startswith("https://"):
            yield f"the package {url!r} is not fetched by https"
        if key not in ids_of(root, "packageReferences"):
            yield f"the package {url} is not among the project's packageReferences"
        if not kind or (kind == "branch" and not text_of(requirement, "branch")):
            yield f"the package {url} is pinned to no version, no branch and no revision"
        if kind == "revision" and not _REVISION.fullmatch(text_of(requirement, "revision")):
            yield f"the package {url} is pinned to a revision that is not 40 hexadecimal digits"


def _schemes(project: ProjectFile) -> Iterator[str]:
    """Check that a shared scheme runs and tests existing targets."""
    names = {key: text_of(each, "name") for key, each in project.all("PBXNativeTarget")}
    schemes = sorted(project.folder.glob("xcshareddata/xcschemes/*.xcscheme"))
    if not schemes:
        yield f"{project.folder.name} has no shared scheme"
    for path in schemes:
        try:
            root = ElementTree.parse(path).getroot()  # noqa: S314 - a file of the project itself
        except ElementTree.ParseError as error:
            yield f"{path.name} is no XML: {error}"
            continue
        for reference in root.iter("BuildableReference"):
            key, name = reference.get("BlueprintIdentifier", ""), reference.get("BlueprintName")
            if names.get(key) != name:
                yield f"{path.name} leads to a target {name} {key}, and there is none"
            container = reference.get("ReferencedContainer")
            if container != f"container:{project.folder.name}":
                yield f"{path.name} leads to another project: {container}"
        if not root.findall("TestAction//TestableReference"):
            yield f"{path.name} tests nothing"
        if not root.findall("LaunchAction//BuildableReference"):
            yield f"{path.name} runs nothing"
