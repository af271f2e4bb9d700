"""Read the names in Android's public API from TypeScript declarations, a package of npm.

No registry has Android's own list after API 29. These declarations come from API 37's android.jar.
A module is a package or an outer class. A few packages are missing; API 29's list has them.
"""

import re
from collections.abc import Iterable, Iterator
from typing import Final

PACKAGE: Final = "@nativescript/types-android@9.1.1"
FILE: Final = "package/lib/android/android-platform-37.d.ts"
SHA256: Final = "8c582d8b5f4b5fe158d47bbb198cb69f85b70d435fb17e41e77b0015405a4416"

_OPENING: Final = re.compile(r"(?:declare |export )?(module|class|interface|abstract class) ([\w.$]+).*\{$")
_METHOD: Final = re.compile(r"(?:public |protected )?(?:static )?([\w$]+)(?:<.*?>)?\(")
_FIELD: Final = re.compile(r"(?:public |protected )?(?:static )?(?:readonly )?([\w$]+)\??:")
_IMPLEMENTATION: Final = "public constructor(implementation: {"


def read(lines: Iterable[str]) -> Iterator[str]:
    """Yield `a/b/C` for a class, `a/b/C field`, and `a/b/C method N` with the number of parameters.

    A constructor's name is `<init>`.
    """
    around = list[tuple[str, str]]()  # the open blocks: kind and name
    for line in lines:
        text = line.strip()
        if text.startswith(("/", "*")):
            continue
        if text.startswith("}"):
            around.pop()
        elif text.startswith(_IMPLEMENTATION):
            around.append(("implementation", ""))
        elif opening := _OPENING.match(text):
            kind, name = opening.group(1).rpartition(" ")[2], opening.group(2)
            around.append((kind, name))
            if kind != "module":
                yield _class(around)
        elif around and around[-1][0] in {"class", "interface"}:
            yield from (f"{_class(around)} {each}" for each in _member(text))


def _member(text: str) -> Iterator[str]:
    method = _METHOD.match(text)
    if method is None:
        field = _FIELD.match(text)
        if field is not None:
            yield _java(field.group(1))
        return
    count = _parameters(text[method.end() :])
    if method.group(1) == "constructor":
        yield f"<init> {count}"
        yield f"<init> {count + 1}"  # an inner class's has the outer instance too
    else:
        yield f"{_java(method.group(1))} {count}"


def _java(name: str) -> str:
    """Return the Java name: keywords of TypeScript end with an underscore."""
    return name.removesuffix("_")


def _parameters(text: str) -> int:
    """Return the number of parameters before the closing bracket."""
    depth, count, is_empty = 0, 1, True
    for at, letter in enumerate(text):
        if letter == ")" and depth == 0:
            return 0 if is_empty else count
        depth += (letter in "(<{[") - (letter in ")}]" or (letter == ">" and text[at - 1] != "="))
        count += letter == "," and depth == 0
        is_empty = is_empty and letter.isspace()
    return 0


def _class(around: list[tuple[str, str]]) -> str:
    """Return the internal name of the innermost class. A module with a capital is an outer class."""
    names = [part for _, name in around for part in name.split(".")]
    package = list[str]()
    while names and not names[0][:1].isupper():
        package.append(names.pop(0))
    return "/".join([*package, "$".join(names)])
