"""Look up the calls of compiled classes in the oldest Android that the app supports.

Bytecode is more exact than source: the compiler copies constants, and a method with another return type is
another method, which the phone does not find.
"""

import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from edgegen.base.errors import ToolchainError
from edgegen_kits.android.class_reader import Classes, ClassFile, read
from edgegen_kits.android.kit import FLOOR, Kit

# A file with this annotation may call newer API: it checks SDK_INT first.
_ABOVE_FLOOR: Final = re.compile(r"^\s*@(file:)?(androidx\.annotation\.)?RequiresApi\(", re.MULTILINE)
_PACKAGE: Final = re.compile(r"^\s*package\s+([\w.`]+)", re.MULTILINE)
_ACCESSOR: Final = re.compile(r"^(?:get|set|is)(?=[A-Z])")
# Plain modules are compiled with Java's own classes. Android lacks many of them.
_JAVA: Final = ("java/", "javax/")
_DESUGARED: Final = "java/lang/invoke/"  # lambdas: D8 turns them into classes
# Kotlin's extensions of MutableList. With a newer SDK they compile to java.util.List's methods of Android 15.
_LIST_METHODS: Final = {"removeFirst", "removeLast"}
_MOST: Final = 10


def check(
    kit: Kit,
    compiled: Sequence[Path],
    sources: Sequence[Path],
    more: Sequence[Path] = (),
    *,
    plain: Sequence[Path] = (),
) -> None:
    """Reject uses of members that the oldest Android lacks, Android's and Java's.

    Args:
        kit: The kit with the stubs of both API levels.
        compiled: Folders of classes that are compiled against Android.
        sources: Their Kotlin files.
        more: Folders of classes and jars that they call.
        plain: Folders of classes that are compiled against Java 8.

    Raises:
        ToolchainError: A class uses a member that the oldest Android lacks.
    """
    all_code = [*compiled, *plain, *more]
    newest, oldest = (
        Classes([*all_code, kit.stubs]),
        Classes([*all_code, kit.floor_stubs]),
    )
    files = _Sources(sources)
    missing = dict[tuple[Path, str], None]()  # an ordered set
    for folder in [*compiled, *plain]:
        for path in sorted(folder.rglob("*.class")):
            of = read(path.read_bytes())
            source = files.of(of)
            if source is not None and not files.is_above(source):
                missing.update(((source, each), None) for each in _missing(of, newest, oldest))
                if folder in compiled:
                    missing.update(((source, each), None) for each in _list_calls(of))
    if missing:
        lines = [files.place(path, each) for path, each in missing]
        raise ToolchainError(
            f"Android API {FLOOR} (minSdk) lacks these members:\n"
            + "\n".join(lines[:_MOST])
            + (f"\n... and {len(lines) - _MOST} more" if len(lines) > _MOST else ""),
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


def _list_calls(of: ClassFile) -> Iterator[str]:
    """Yield the members of java.util.List that replace Kotlin's with a newer SDK."""
    for member in sorted(of.called):
        if member.owner == "kotlin/collections/CollectionsKt" and member.name in _LIST_METHODS:
            yield f"java.util.List.{member.name}"


class _Sources:
    """Kotlin files by package and name, as class files record them."""

    def __init__(self, paths: Sequence[Path]) -> None:
        self._texts = {path: path.read_text(encoding="utf-8", errors="replace") for path in paths}
        self._paths = {(_package(text), path.name): path for path, text in self._texts.items()}

    def of(self, compiled: ClassFile) -> Path | None:
        """Return the file that a class was compiled from, if it is one of these."""
        return self._paths.get((compiled.name.rpartition("/")[0].replace("/", "."), compiled.source))

    def is_above(self, path: Path) -> bool:
        """Return whether a file has @RequiresApi."""
        return _ABOVE_FLOOR.search(self._texts[path]) is not None

    def place(self, path: Path, what: str) -> str:
        """Return `file:line: what`, with the first line that names it."""
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
