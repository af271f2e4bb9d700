"""Follows every id and every file of an Xcode project: what Xcode would stumble over, found without Xcode."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Final
from xml.etree import ElementTree

from edgegen_kits.ios import openstep
from edgegen_kits.ios.openstep import Value
from edgegen_kits.ios.own_files import own_files

_ID: Final = re.compile("[0-9A-F]{24}")
_OBJECTS: Final = """
    PBXBuildFile PBXContainerItemProxy PBXCopyFilesBuildPhase PBXFileReference PBXFrameworksBuildPhase
    PBXFileSystemSynchronizedBuildFileExceptionSet PBXFileSystemSynchronizedRootGroup PBXGroup
    PBXHeadersBuildPhase PBXNativeTarget PBXProject PBXResourcesBuildPhase PBXShellScriptBuildPhase
    PBXSourcesBuildPhase PBXTargetDependency PBXVariantGroup XCBuildConfiguration XCConfigurationList
    XCLocalSwiftPackageReference XCRemoteSwiftPackageReference XCSwiftPackageProductDependency
"""
_KNOWN: Final = frozenset(_OBJECTS.split())
_SYNCHRONIZED: Final = "PBXFileSystemSynchronizedRootGroup"
_EXCEPTIONS: Final = "PBXFileSystemSynchronizedBuildFileExceptionSet"
_GROUPS: Final = ("PBXGroup", "PBXVariantGroup")
# Keys that hold ids, and what kinds of object these may be.
_KINDS: Final[Mapping[str, tuple[str, ...]]] = {
    "baseConfigurationReference": ("PBXFileReference",),
    "buildConfigurationList": ("XCConfigurationList",),
    "buildConfigurations": ("XCBuildConfiguration",),
    "buildPhases": tuple(sorted(name for name in _KNOWN if name.endswith("BuildPhase"))),
    "children": ("PBXFileReference", *_GROUPS, _SYNCHRONIZED),
    "containerPortal": ("PBXProject",),
    "dependencies": ("PBXTargetDependency",),
    "exceptions": (_EXCEPTIONS,),
    "fileSystemSynchronizedGroups": (_SYNCHRONIZED,),
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
    _EXCEPTIONS: ("membershipExceptions", "target"),
    _SYNCHRONIZED: ("path", "sourceTree"),
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
_ELSEWHERE: Final = frozenset({"BUILT_PRODUCTS_DIR", "SDKROOT", "DEVELOPER_DIR"})  # source trees
SOURCES: Final = frozenset({".swift", ".cpp", ".mm", ".m"})
RESOURCES: Final = frozenset({".xcassets", ".xcstrings", ".xcprivacy", ".pte"})
TYPES: Final = {
    ".md": "net.daringfireball.markdown",
    ".pte": "file",
    ".swift": "sourcecode.swift",
    ".xcconfig": "text.xcconfig",
    ".yaml": "text.yaml",
}
_LISTED: Final = SOURCES | RESOURCES | {".h", ".hpp", ".plist", ".xcconfig", ".xctestplan"}
_NOT_BUILT: Final = frozenset({".h", ".hpp", ".plist", ".xcconfig"})
_HEADERS: Final = frozenset({".h", ".hpp"})
_PACKAGE: Final = "Package.swift"
_COPIES: Final = "PBXCopyFilesBuildPhase"
_REVISION: Final = re.compile("[0-9a-f]{40}")
_APPLICATION: Final = "com.apple.product-type.application"
_UNIT_TESTS: Final = "com.apple.product-type.bundle.unit-test"
_TESTS_FOLDER: Final = "Tests"
_APP_FOLDERS: Final = ("App", "Bridge", "Core")

Object = Mapping[str, Value]


def check_project(project: Path) -> list[str]:
    """Return what is wrong with the one Xcode project in a folder, in words; nothing where all is well."""
    try:
        checked = _opened(project)
    except ValueError as error:
        return [str(error)]
    checks = (
        _kinds, _references, _groups, _phases, _folders, _same_names, _disk, _targets, _configurations,
        _packages, _schemes,
    )  # fmt: skip
    for check in checks:
        checked.problems += check(checked)
    return list(dict.fromkeys(checked.problems))


def missing_files(project: Path) -> list[str]:
    """Return which files the Xcode project names that are not there, in words: it cannot be built.

    Nothing where the project itself cannot be read: `check_project` says why.
    """
    try:
        checked = _opened(project)
    except ValueError:
        return []
    main = _text(checked.of(_text(checked.content, "rootObject")), "mainGroup")
    for _ in _follow(checked, main, PurePosixPath(), set()):
        pass  # what is wrong with its groups, `check_project` says
    return list(dict.fromkeys(_missing(checked)))


def _opened(project: Path) -> "_Checked":
    """Read the one Xcode project in a folder; ValueError where that cannot be done."""
    found = sorted(project.glob("*.xcodeproj"))
    if len(found) != 1:
        raise ValueError(f"there are {len(found)} Xcode projects in {project}, and there should be one")
    try:
        return _Checked(project, found[0], _read(found[0]))
    except (OSError, ValueError, RecursionError) as error:
        raise ValueError(f"{found[0].name}/project.pbxproj cannot be read: {error}") from error


def _read(folder: Path) -> Mapping[str, Value]:
    content = openstep.read((folder / "project.pbxproj").read_text(encoding="utf-8"))
    objects = content.get("objects")
    if not isinstance(objects, Mapping) or not all(isinstance(each, Mapping) for each in objects.values()):
        raise ValueError("it holds no objects")
    return content


@dataclass
class _Checked:
    """A project file, what the checks before have found in it, and what is wrong."""

    root: Path
    folder: Path
    content: Mapping[str, Value]
    places: dict[str, PurePosixPath] = field(default_factory=dict)  # id of a file -> where it lies
    problems: list[str] = field(default_factory=list)

    @property
    def objects(self) -> Mapping[str, Object]:
        objects = self.content["objects"]
        assert isinstance(objects, Mapping)  # noqa: S101 - _read looked
        return objects  # type: ignore[return-value]

    def of(self, key: str) -> Object:
        """Return an object, empty where there is none."""
        return self.objects.get(key, {})

    def all(self, isa: str) -> Iterator[tuple[str, Object]]:
        return ((key, each) for key, each in self.objects.items() if each.get("isa") == isa)


def _text(content: object, key: str) -> str:
    value = content.get(key, "") if isinstance(content, Mapping) else ""
    return value if isinstance(value, str) else ""


def _ids(content: Object, key: str) -> list[str]:
    value = content.get(key, ())
    return [] if isinstance(value, str | Mapping) else [each for each in value if isinstance(each, str)]


def _kinds(project: _Checked) -> Iterator[str]:
    """Every object is of a known kind and has what its kind needs."""
    for key, each in project.objects.items():
        isa = _text(each, "isa")
        if not _ID.fullmatch(key):
            yield f"{key} is no id of 24 capital hexadecimal digits"
        if isa not in _KNOWN:
            yield f"{key} is of an unknown kind: {isa!r}"
        for needed in _NEEDED.get(isa, ()):
            if needed not in each:
                yield f"{isa} {key} has no {needed}"
    root = _text(project.content, "rootObject")
    if _text(project.of(root), "isa") != "PBXProject":
        yield f"rootObject {root!r} is no PBXProject"


def _references(project: _Checked) -> Iterator[str]:
    """Every id leads to an object of the kind that is asked for there, and every object is led to."""
    used = {_text(project.content, "rootObject")}
    for key, each in project.objects.items():
        where = f"{_text(each, 'isa')} {key}"
        for name, value in _leaves(each):
            isa = _text(project.of(value), "isa")
            if value in project.objects:
                used.add(value)
            if value not in project.objects and (_ID.fullmatch(value) or name in _KINDS):
                yield f"{where}: {name} leads to {value!r}, and there is no such object"
            elif name in _KINDS and isa not in _KINDS[name]:
                yield f"{where}: {name} leads to {value}, which is a {isa}"
    for key in sorted(project.objects.keys() - used):
        yield f"{_text(project.of(key), 'isa')} {key} is referred to by nothing"


def _leaves(value: Value, name: str = "") -> Iterator[tuple[str, str]]:
    """Yield every text in an object with the key that it stands under, keys that are ids too."""
    if isinstance(value, str):
        yield name, value
    elif isinstance(value, Mapping):
        for key, each in value.items():
            if _ID.fullmatch(key):
                yield "", key
            yield from _leaves(each, key)
    else:
        for each in value:
            yield from _leaves(each, name)


def _groups(project: _Checked) -> Iterator[str]:
    """Every file stands in one group, lies on disk, and is of the type that its name says."""
    seen: set[str] = set()
    main = _text(project.of(_text(project.content, "rootObject")), "mainGroup")
    yield from _follow(project, main, PurePosixPath(), seen)
    for path, count in Counter(project.places.values()).items():
        if count > 1:
            yield f"{path} is named {count} times"
    yield from _missing(project)
    for key, path in project.places.items():
        kind, expected = _text(project.of(key), "lastKnownFileType"), TYPES.get(path.suffix)
        if kind and expected and kind != expected and not (project.root / path).is_dir():
            yield f"{path} is named as {kind}, and should be {expected}"
    for key, each in project.all("PBXFileReference"):
        if key not in project.places and _text(each, "sourceTree") not in _ELSEWHERE:
            yield f"{_text(each, 'path')} is in no group"


def _missing(project: _Checked) -> Iterator[str]:
    for path in project.places.values():
        if not (project.root / path).exists():
            yield f"{path} is named, and is not on disk"


def _follow(project: _Checked, group: str, folder: PurePosixPath, seen: set[str]) -> Iterator[str]:
    if group in seen:
        yield f"PBXGroup {group} is in two groups"
        return
    seen.add(group)
    for child in _ids(project.of(group), "children"):
        each = project.of(child)
        tree = _text(each, "sourceTree") or "<group>"
        if tree in _ELSEWHERE or not each:
            continue
        path = (PurePosixPath() if tree == "SOURCE_ROOT" else folder) / _text(each, "path")
        if _text(each, "isa") in _GROUPS:
            yield from _follow(project, child, path, seen)
        elif child in project.places:
            yield f"{path} is in two groups"
        else:
            project.places[child] = path


def _phases(project: _Checked) -> Iterator[str]:
    """Every source is compiled and every resource copied, once; nothing else is."""
    built = _built(project)
    for path in dict.fromkeys((*project.places.values(), *_in_folders(project), *built)):
        wanted = _wanted_phase(path)
        if wanted and not built.get(path):
            yield f"{path} is named, and built by no target"
        for target_name, phase in built.get(path, ()):
            if path.suffix in _NOT_BUILT:
                yield f"{path} belongs to no phase, and is in {phase} of {target_name}"
            elif wanted and phase not in (wanted, _COPIES):
                yield f"{path} is in {phase} of {target_name}, and belongs to {wanted}"
        for target_name, count in Counter(name for name, _ in built.get(path, ())).items():
            if count > 1:
                yield f"{path} is built {count} times by {target_name}"


def _built(project: _Checked) -> Mapping[PurePosixPath, list[tuple[str, str]]]:
    """Return the targets that build each file, each with the kind of its phase."""
    built = defaultdict[PurePosixPath, list[tuple[str, str]]](list)
    for key, target in project.all("PBXNativeTarget"):
        name = _text(target, "name")
        for phase in _ids(target, "buildPhases"):
            for item in _ids(project.of(phase), "files"):
                file = _text(project.of(item), "fileRef")
                if file in project.places:
                    built[project.places[file]].append((name, _text(project.of(phase), "isa")))
        for folder in _ids(target, "fileSystemSynchronizedGroups"):
            left_out = _exceptions(project, folder, key)
            for path in _members(project, folder):
                if path not in left_out and (phase := _usual_phase(path)):
                    built[path].append((name, phase))
    return built


def _members(project: _Checked, folder: str) -> list[PurePosixPath]:
    """Return the files of a synchronized folder. An asset catalog counts as one file."""
    place = project.places.get(folder)
    if place is None:
        return []
    found = dict[PurePosixPath, None]()
    for file in own_files(project.root, place.as_posix()):
        path = PurePosixPath(file.relative_to(project.root).as_posix())
        found[next((each for each in path.parents if each.suffix in RESOURCES), path)] = None
    return list(found)


def _in_folders(project: _Checked) -> Iterator[PurePosixPath]:
    for key, _ in project.all(_SYNCHRONIZED):
        yield from _members(project, key)


def _exceptions(project: _Checked, folder: str, target: str) -> set[PurePosixPath]:
    """Return the files of a synchronized folder that do not belong to this target."""
    sets = [project.of(key) for key in _ids(project.of(folder), "exceptions")]
    names = [
        name
        for each in sets
        if _text(each, "target") == target
        for name in _ids(each, "membershipExceptions")
    ]
    return {project.places[folder] / name for name in names} if folder in project.places else set()


def _usual_phase(path: PurePosixPath) -> str:
    """Return the phase that Xcode puts a file of a synchronized folder into. Headers of an app have none."""
    if path.suffix in _HEADERS:
        return ""
    return _wanted_phase(path) or "PBXResourcesBuildPhase"


def _folders(project: _Checked) -> Iterator[str]:
    """Exceptions of synchronized folders exist, and tests and app do not compile each other's sources."""
    for key, group in project.all(_SYNCHRONIZED):
        members = _members(project, key)
        for each in _ids(group, "exceptions"):
            for name in _ids(project.of(each), "membershipExceptions"):
                if key in project.places and project.places[key] / name not in members:
                    yield f"{project.places[key]} leaves out {name}, and there is no such file"
    kinds = {
        _text(target, "name"): _text(target, "productType") for _, target in project.all("PBXNativeTarget")
    }
    for path, targets in _built(project).items():
        for name, phase in targets:
            if phase != "PBXSourcesBuildPhase":
                continue
            if kinds[name] == _APPLICATION and path.parts[0] == _TESTS_FOLDER:
                yield f"{path} is a test, and is compiled into {name}"
            if kinds[name] == _UNIT_TESTS and path.parts[0] in _APP_FOLDERS:
                yield f"{path} is compiled into {name}, which runs inside the app that has it already"


def _same_names(project: _Checked) -> Iterator[str]:
    """Within a target no two Swift files are called the same, nor two things that are copied side by side."""
    paths = defaultdict[tuple[str, str, str], list[str]](list)
    for path, targets in _built(project).items():
        for name, phase in targets:
            if path.suffix == ".swift" or phase == "PBXResourcesBuildPhase":
                paths[name, phase, path.name].append(path.as_posix())
    for (name, _, _), each in paths.items():
        if len(set(each)) > 1:
            yield f"{name} cannot hold {' and '.join(each)}: they are called the same"


def _wanted_phase(path: PurePosixPath) -> str:
    if path.suffix in SOURCES and path.name != _PACKAGE:
        return "PBXSourcesBuildPhase"
    return "PBXResourcesBuildPhase" if path.suffix in RESOURCES else ""


def _disk(project: _Checked) -> Iterator[str]:
    """Every file that could be built is named."""
    named = {project.root / path for path in project.places.values()}
    whole = {
        path for path in named if path.is_dir()
    }  # asset catalogs, folder references, synchronized groups
    for path in own_files(project.root, suffixes=_LISTED):
        if path.name == _PACKAGE or path in named or any(parent in whole for parent in path.parents):
            continue
        yield f"{path.relative_to(project.root).as_posix()} is on disk, and not in the project"


def _targets(project: _Checked) -> Iterator[str]:
    """A target links the package products that it names, and tests leave those to the app they run in."""
    of_app: set[str] = set()
    of_tests: set[str] = set()
    for _, target in project.all("PBXNativeTarget"):
        name = _text(target, "name")
        asked = set(_ids(target, "packageProductDependencies"))
        linked = {
            _text(project.of(item), "productRef")
            for phase in _ids(target, "buildPhases")
            for item in _ids(project.of(phase), "files")
            if "productRef" in project.of(item)
        }
        for product in sorted(asked ^ linked):
            what = _text(project.of(product), "productName") or product
            yield f"{name} links the package product {what} without naming it, or names it without linking it"
        products = {_text(project.of(product), "productName") for product in linked}
        (of_app if _text(target, "productType") == _APPLICATION else of_tests).update(products)
        phases = Counter(_text(project.of(phase), "isa") for phase in _ids(target, "buildPhases"))
        for phase, count in phases.items():
            if count > 1 and phase in (
                "PBXSourcesBuildPhase",
                "PBXResourcesBuildPhase",
                "PBXFrameworksBuildPhase",
            ):
                yield f"{name} has {count} phases of the kind {phase}"
    for product_name in sorted(of_app & of_tests):
        yield f"the tests link {product_name}, which the app that they run in holds already"


def _configurations(project: _Checked) -> Iterator[str]:
    """Project and targets have the same configurations, each with its file of settings."""
    lists = {
        f"{_text(each, 'isa')} {_text(each, 'name')}".strip(): _text(each, "buildConfigurationList")
        for _, each in (*project.all("PBXProject"), *project.all("PBXNativeTarget"))
    }
    names = {}
    for owner, configurations in lists.items():
        configuration_list = project.of(configurations)
        each_of = [project.of(key) for key in _ids(configuration_list, "buildConfigurations")]
        names[owner] = sorted(_text(each, "name") for each in each_of)
        for each in each_of:
            if "baseConfigurationReference" not in each:
                yield f"{owner} has no .xcconfig file for {_text(each, 'name')}"
            elif (
                file := project.places.get(_text(each, "baseConfigurationReference"))
            ) and file.suffix != ".xcconfig":
                yield f"{owner} takes {file} for a file of settings"
        default = _text(configuration_list, "defaultConfigurationName")
        if default not in names[owner]:
            yield f"{owner} has no configuration {default!r}, its own default"
    if len({tuple(each) for each in names.values()}) > 1:
        yield "the configurations differ: " + "; ".join(
            f"{owner}: {', '.join(each)}" for owner, each in names.items()
        )


def _packages(project: _Checked) -> Iterator[str]:
    """Every package is pinned to something, and part of the project."""
    root = project.of(_text(project.content, "rootObject"))
    for key, package in project.all("XCRemoteSwiftPackageReference"):
        url, requirement = _text(package, "repositoryURL"), package.get("requirement", {})
        kind = _text(requirement, "kind")
        if not url.startswith("https://"):
            yield f"the package {url!r} is not fetched by https"
        if key not in _ids(root, "packageReferences"):
            yield f"the package {url} is not among the project's packageReferences"
        if not kind or (kind == "branch" and not _text(requirement, "branch")):
            yield f"the package {url} is pinned to no version, no branch and no revision"
        if kind == "revision" and not _REVISION.fullmatch(_text(requirement, "revision")):
            yield f"the package {url} is pinned to a revision that is not 40 hexadecimal digits"


def _schemes(project: _Checked) -> Iterator[str]:
    """There is a shared scheme that runs and tests what there is."""
    names = {key: _text(each, "name") for key, each in project.all("PBXNativeTarget")}
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
