"""Read a project.pbxproj, and find the places of its files."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Final

from edgegen_kits.ios import openstep
from edgegen_kits.ios.openstep import Value

ID: Final = re.compile("[0-9A-F]{24}")
SYNCHRONIZED: Final = "PBXFileSystemSynchronizedRootGroup"
EXCEPTIONS: Final = "PBXFileSystemSynchronizedBuildFileExceptionSet"
GROUPS: Final = ("PBXGroup", "PBXVariantGroup")
ELSEWHERE: Final = frozenset({"BUILT_PRODUCTS_DIR", "SDKROOT", "DEVELOPER_DIR"})  # source trees
APPLICATION: Final = "com.apple.product-type.application"

Object = Mapping[str, Value]


@dataclass
class ProjectFile:
    """A project file, and the results of its checks."""

    root: Path
    folder: Path
    content: Mapping[str, Value]
    places: dict[str, PurePosixPath] = field(default_factory=dict)  # id of a file -> its path
    problems: list[str] = field(default_factory=list)

    @property
    def objects(self) -> Mapping[str, Object]:
        """Return the objects by id."""
        objects = self.content["objects"]
        assert isinstance(objects, Mapping)  # noqa: S101 - checked by _read
        return objects  # type: ignore[return-value]

    def of(self, key: str) -> Object:
        """Return an object; empty if it does not exist."""
        return self.objects.get(key, {})

    def all(self, isa: str) -> Iterator[tuple[str, Object]]:
        """Yield the objects of a kind with their ids."""
        return ((key, each) for key, each in self.objects.items() if each.get("isa") == isa)


def text_of(content: object, key: str) -> str:
    """Return a text of an object, or ""."""
    value = content.get(key, "") if isinstance(content, Mapping) else ""
    return value if isinstance(value, str) else ""


def ids_of(content: Object, key: str) -> list[str]:
    """Return a list of texts of an object, or []."""
    value = content.get(key, ())
    return [] if isinstance(value, str | Mapping) else [each for each in value if isinstance(each, str)]


def open_project(project: Path) -> ProjectFile:
    """Read the only Xcode project in a folder. Raise ValueError if that fails."""
    found = sorted(project.glob("*.xcodeproj"))
    if len(found) != 1:
        raise ValueError(f"there are {len(found)} Xcode projects in {project}, and there should be one")
    try:
        return ProjectFile(project, found[0], _read(found[0]))
    except (OSError, ValueError, RecursionError) as error:
        raise ValueError(f"{found[0].name}/project.pbxproj cannot be read: {error}") from error


def _read(folder: Path) -> Mapping[str, Value]:
    content = openstep.read((folder / "project.pbxproj").read_text(encoding="utf-8"))
    objects = content.get("objects")
    if not isinstance(objects, Mapping) or not all(isinstance(each, Mapping) for each in objects.values()):
        raise ValueError("it holds no objects")
    return content


def place_files(project: ProjectFile, group: str, folder: PurePosixPath, seen: set[str]) -> Iterator[str]:
    """Find the places of a group's files, and yield what is wrong with the groups."""
    if group in seen:
        yield f"PBXGroup {group} is in two groups"
        return
    seen.add(group)
    for child in ids_of(project.of(group), "children"):
        each = project.of(child)
        tree = text_of(each, "sourceTree") or "<group>"
        if tree in ELSEWHERE or not each:
            continue
        path = (PurePosixPath() if tree == "SOURCE_ROOT" else folder) / text_of(each, "path")
        if text_of(each, "isa") in GROUPS:
            yield from place_files(project, child, path, seen)
        elif child in project.places:
            yield f"{path} is in two groups"
        else:
            project.places[child] = path


def missing(project: ProjectFile) -> Iterator[str]:
    """Yield the files that do not exist."""
    for path in project.places.values():
        if not (project.root / path).exists():
            yield f"{path} is in the project, but not on disk"
