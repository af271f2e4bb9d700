"""Holds compiled classes against the oldest Android that an app is for: what they call has to be there.

Of the bytes and not of the source: a constant that the compiler has copied needs nothing, and a method that
has the same name but gives another type is another method, for which a phone looks in vain.
"""

import re
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Final

from edgegen.base.errors import ToolchainError
from edgegen_kits.android.class_references import ClassFile, Member, read
from edgegen_kits.android.kit import FLOOR, Kit

# A file that says so may call what the floor does not have: it looks at SDK_INT before.
_ABOVE_FLOOR: Final = re.compile(r"^\s*@(file:)?(androidx\.annotation\.)?RequiresApi\(", re.MULTILINE)
_PACKAGE: Final = re.compile(r"^\s*package\s+([\w.`]+)", re.MULTILINE)
_ACCESSOR: Final = re.compile(r"^(?:get|set|is)(?=[A-Z])")
# Modules without Android's classes are compiled with Java's own, of which Android lacks many.
_JAVA: Final = ("java/", "javax/")
_DESUGARED: Final = "java/lang/invoke/"  # the lambdas of a compiler's: D8 makes classes of them
# Kotlin's own for a MutableList, in whose place a later SDK's compiler takes java.util.List's, of Android 15.
_TAKEN_OVER: Final = {"removeFirst", "removeLast"}
_MOST: Final = 10


class Classes:
    """Class files by their names, from folders and jars."""

    def __init__(self, paths: Iterable[Path]) -> None:
        self._places: dict[str, Path | zipfile.ZipFile] = {}
        self._read: dict[str, ClassFile | None] = {}
        for path in paths:
            if path.is_dir():
                for file in path.rglob("*.class"):
                    self._places.setdefault(file.relative_to(path).as_posix(), file)
            else:
                archive = zipfile.ZipFile(path)
                for name in archive.namelist():
                    self._places.setdefault(name, archive)

    def find(self, name: str) -> ClassFile | None:
        """Return a class by its internal name, a/b/C; None where there is none."""
        if name not in self._read:
            place = self._places.get(f"{name}.class")
            if isinstance(place, zipfile.ZipFile):
                self._read[name] = read(place.read(f"{name}.class"))
            else:
                self._read[name] = read(place.read_bytes()) if place else None
        return self._read[name]

    def has(self, member: Member) -> bool:
        """Tell whether a class has a member, its own or inherited."""
        found = self.find(member.owner)
        if found is None:
            return False
        if (member.name, member.descriptor) in found.members:
            return True
        return member.name != "<init>" and any(
            self.has(Member(each, member.name, member.descriptor)) for each in found.supertypes
        )


def check(
    kit: Kit,
    compiled: Sequence[Path],
    sources: Sequence[Path],
    more: Sequence[Path] = (),
    *,
    plain: Sequence[Path] = (),
) -> None:
    """Refuse what the oldest Android lacks and a class uses: of a newer Android, or of Java.

    Args:
        kit: What has the members of both.
        compiled: The folders of the classes that are compiled against Android.
        sources: The Kotlin files that they were made of.
        more: What else they call: other folders of classes, and jars.
        plain: The folders of the classes that are compiled against Java 8.

    Raises:
        ToolchainError: Something is used that the oldest Android does not have.
    """
    beside = [*compiled, *plain, *more]
    newest, oldest = Classes([*beside, kit.stubs]), Classes([*beside, kit.floor_stubs])
    files = _Sources(sources)
    missing = dict[tuple[Path, str], None]()  # a set that keeps its order
    for folder in [*compiled, *plain]:
        for path in sorted(folder.rglob("*.class")):
            of = read(path.read_bytes())
            source = files.of(of)
            if source is not None and not files.is_above(source):
                missing.update(((source, each), None) for each in _missing(of, newest, oldest))
                if folder in compiled:
                    missing.update(((source, each), None) for each in _taken_over(of))
    if missing:
        told = [files.place(path, each) for path, each in missing]
        raise ToolchainError(
            f"Android API {FLOOR} (minSdk) does not have what is called here:\n"
            + "\n".join(told[:_MOST])
            + (f"\n... and {len(told) - _MOST} more" if len(told) > _MOST else ""),
            "use AndroidX's Compat classes (for a list's removeFirst `removeAt(0)`, for removeLast "
            "`removeAt(lastIndex)`), or check SDK_INT and move such calls into a file with @RequiresApi",
        )


def _missing(of: ClassFile, newest: Classes, oldest: Classes) -> Iterator[str]:
    """Yield the classes, and the members as class.member, that the oldest Android lacks."""
    used = [name for name in of.classes if not name.startswith(_DESUGARED) and oldest.find(name) is None]
    gone = {name for name in used if name.startswith(_JAVA) or newest.find(name) is not None}
    yield from sorted(name.replace("/", ".") for name in gone)
    for member in sorted(of.called):
        if member.owner in gone or member.owner.startswith(("[", _DESUGARED)) or oldest.has(member):
            continue
        if member.owner.startswith(_JAVA) or newest.has(member):
            yield f"{member.owner.replace('/', '.')}.{member.name}"


def _taken_over(of: ClassFile) -> Iterator[str]:
    """Yield the members of java.util.List that a newer SDK's compiler takes in place of Kotlin's."""
    for member in sorted(of.called):
        if member.owner == "kotlin/collections/CollectionsKt" and member.name in _TAKEN_OVER:
            yield f"java.util.List.{member.name}"


class _Sources:
    """Kotlin files by what class files say of them: their package and name."""

    def __init__(self, paths: Sequence[Path]) -> None:
        self._texts = {path: path.read_text(encoding="utf-8", errors="replace") for path in paths}
        self._paths = {(_package(text), path.name): path for path, text in self._texts.items()}

    def of(self, compiled: ClassFile) -> Path | None:
        """Return the file that a class was made of, if it is one of these."""
        return self._paths.get((compiled.name.rpartition("/")[0].replace("/", "."), compiled.source))

    def is_above(self, path: Path) -> bool:
        """Tell whether a file says that it looks before it calls."""
        return _ABOVE_FLOOR.search(self._texts[path]) is not None

    def place(self, path: Path, what: str) -> str:
        """Return `file:line: what` with the first line that names it, as a source does."""
        whole = what.rpartition(".")[2]
        property_ = _ACCESSOR.sub("", whole)
        names = [whole, property_[:1].lower() + property_[1:], what.split(".")[-2]]
        lines = self._texts[path].splitlines()
        for name in names:
            for number, line in enumerate(lines, 1):
                if re.search(rf"\b{re.escape(name.rpartition('$')[2])}\b", line):
                    return f"{path}:{number}: {what}\n{line}"
        return f"{path}:1: {what}"


def _package(text: str) -> str:
    found = _PACKAGE.search(text)
    return found.group(1).replace("`", "") if found else ""
