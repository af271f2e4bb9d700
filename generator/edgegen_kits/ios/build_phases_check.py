"""Check which files the targets of an Xcode project build."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from pathlib import PurePosixPath
from typing import Final

from edgegen.base.model_files import PTE_SUFFIX
from edgegen_kits.ios.pbxproj import (
    APPLICATION,
    ELSEWHERE,
    SYNCHRONIZED,
    ProjectFile,
    ids_of,
    missing,
    place_files,
    text_of,
)
from edgegen_kits.ios.project_files import project_files

_SOURCES: Final = frozenset({".swift", ".cpp", ".mm", ".m"})
_RESOURCES: Final = frozenset({".xcassets", ".xcstrings", ".xcprivacy", PTE_SUFFIX})
_TYPES: Final = {
    ".md": "net.daringfireball.markdown",
    PTE_SUFFIX: "file",
    ".swift": "sourcecode.swift",
    ".xcconfig": "text.xcconfig",
    ".yaml": "text.yaml",
}
_LISTED: Final = _SOURCES | _RESOURCES | {".h", ".hpp", ".plist", ".xcconfig", ".xctestplan"}
_NOT_BUILT: Final = frozenset({".h", ".hpp", ".plist", ".xcconfig"})
_HEADERS: Final = frozenset({".h", ".hpp"})
_PACKAGE: Final = "Package.swift"
_COPIES: Final = "PBXCopyFilesBuildPhase"
_UNIT_TESTS: Final = "com.apple.product-type.bundle.unit-test"
_TESTS_FOLDER: Final = "Tests"
_APP_FOLDERS: Final = ("App", "Bridge", "Core")


def check_groups(project: ProjectFile) -> Iterator[str]:
    """Check that every file is in one group, exists, and has the type of its suffix."""
    seen: set[str] = set()
    main = text_of(project.of(text_of(project.content, "rootObject")), "mainGroup")
    yield from place_files(project, main, PurePosixPath(), seen)
    for path, count in Counter(project.places.values()).items():
        if count > 1:
            yield f"{path} is listed {count} times"
    yield from missing(project)
    for key, path in project.places.items():
        kind, expected = text_of(project.of(key), "lastKnownFileType"), _TYPES.get(path.suffix)
        if kind and expected and kind != expected and not (project.root / path).is_dir():
            yield f"{path} has the type {kind} instead of {expected}"
    for key, each in project.all("PBXFileReference"):
        if key not in project.places and text_of(each, "sourceTree") not in ELSEWHERE:
            yield f"{text_of(each, 'path')} is in no group"


def check_phases(project: ProjectFile) -> Iterator[str]:
    """Check that every source is compiled and every resource copied, once, and nothing else."""
    built = _built(project)
    for path in dict.fromkeys((*project.places.values(), *_in_folders(project), *built)):
        wanted = _wanted_phase(path)
        if wanted and not built.get(path):
            yield f"{path} is in the project, but no target builds it"
        for target_name, phase in built.get(path, ()):
            if path.suffix in _NOT_BUILT:
                yield f"{path} belongs to no phase, and is in {phase} of {target_name}"
            elif wanted and phase not in (wanted, _COPIES):
                yield f"{path} is in {phase} of {target_name}, and belongs to {wanted}"
        for target_name, count in Counter(name for name, _ in built.get(path, ())).items():
            if count > 1:
                yield f"{path} is built {count} times by {target_name}"


def _built(project: ProjectFile) -> Mapping[PurePosixPath, list[tuple[str, str]]]:
    """Return the targets that build each file, with the kinds of their phases."""
    built = defaultdict[PurePosixPath, list[tuple[str, str]]](list)
    for key, target in project.all("PBXNativeTarget"):
        name = text_of(target, "name")
        for phase in ids_of(target, "buildPhases"):
            for item in ids_of(project.of(phase), "files"):
                file = text_of(project.of(item), "fileRef")
                if file in project.places:
                    built[project.places[file]].append((name, text_of(project.of(phase), "isa")))
        for folder in ids_of(target, "fileSystemSynchronizedGroups"):
            left_out = _exceptions(project, folder, key)
            for path in _members(project, folder):
                if path not in left_out and (phase := _usual_phase(path)):
                    built[path].append((name, phase))
    return built


def _members(project: ProjectFile, folder: str) -> list[PurePosixPath]:
    """Return the files of a synchronized folder. An asset catalog counts as one file."""
    place = project.places.get(folder)
    if place is None:
        return []
    found = dict[PurePosixPath, None]()
    for file in project_files(project.root, place.as_posix()):
        path = PurePosixPath(file.relative_to(project.root).as_posix())
        found[next((each for each in path.parents if each.suffix in _RESOURCES), path)] = None
    return list(found)


def _in_folders(project: ProjectFile) -> Iterator[PurePosixPath]:
    for key, _ in project.all(SYNCHRONIZED):
        yield from _members(project, key)


def _exceptions(project: ProjectFile, folder: str, target: str) -> set[PurePosixPath]:
    """Return the files of a synchronized folder that do not belong to this target."""
    sets = [project.of(key) for key in ids_of(project.of(folder), "exceptions")]
    names = [
        name
        for each in sets
        if text_of(each, "target") == target
        for name in ids_of(each, "membershipExceptions")
    ]
    return {project.places[folder] / name for name in names} if folder in project.places else set()


def _usual_phase(path: PurePosixPath) -> str:
    """Return the phase of a file in a synchronized folder. Headers of an app have none."""
    if path.suffix in _HEADERS:
        return ""
    return _wanted_phase(path) or "PBXResourcesBuildPhase"


def check_folders(project: ProjectFile) -> Iterator[str]:
    """Check the exceptions of synchronized folders, and that tests and app compile their own sources only."""
    for key, group in project.all(SYNCHRONIZED):
        members = _members(project, key)
        for each in ids_of(group, "exceptions"):
            for name in ids_of(project.of(each), "membershipExceptions"):
                if key in project.places and project.places[key] / name not in members:
                    yield f"{project.places[key]} leaves out {name}, and there is no such file"
    kinds = {
        text_of(target, "name"): text_of(target, "productType")
        for _, target in project.all("PBXNativeTarget")
    }
    for path, built_by in _built(project).items():
        for name, phase in built_by:
            if phase != "PBXSourcesBuildPhase":
                continue
            if kinds[name] == APPLICATION and path.parts[0] == _TESTS_FOLDER:
                yield f"{path} is a test, and is compiled into {name}"
            if kinds[name] == _UNIT_TESTS and path.parts[0] in _APP_FOLDERS:
                yield f"{path} is compiled into {name}, whose host app contains it already"


def check_same_names(project: ProjectFile) -> Iterator[str]:
    """Check that a target's Swift files have different names, and so have its resources."""
    paths = defaultdict[tuple[str, str, str], list[str]](list)
    for path, targets in _built(project).items():
        for name, phase in targets:
            if path.suffix == ".swift" or phase == "PBXResourcesBuildPhase":
                paths[name, phase, path.name].append(path.as_posix())
    for (name, _, _), each in paths.items():
        if len(set(each)) > 1:
            yield f"{name} cannot contain both {' and '.join(each)}: they have the same name"


def _wanted_phase(path: PurePosixPath) -> str:
    if path.suffix in _SOURCES and path.name != _PACKAGE:
        return "PBXSourcesBuildPhase"
    return "PBXResourcesBuildPhase" if path.suffix in _RESOURCES else ""


def check_disk(project: ProjectFile) -> Iterator[str]:
    """Check that the project names every file that could be built."""
    named = {project.root / path for path in project.places.values()}
    whole = {path for path in named if path.is_dir()}  # catalogs, folder references, synchronized folders
    for path in project_files(project.root, suffixes=_LISTED):
        if path.name == _PACKAGE or path in named or any(parent in whole for parent in path.parents):
            continue
        yield f"{path.relative_to(project.root).as_posix()} is on disk, and not in the project"
