"""Read Android's list of its public API: `api/current.txt`, metalava's signature format 2.0."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from edgegen_kits.android.brackets import find_closing, find_outside, split_outside

MODIFIERS: Final[dict[str, int]] = {  # as access flags of class files
    "public": 0x1,
    "private": 0x2,
    "protected": 0x4,
    "static": 0x8,
    "final": 0x10,
    "synchronized": 0x20,
    "volatile": 0x40,
    "transient": 0x80,
    "native": 0x100,
    "abstract": 0x400,
    "strictfp": 0x800,
}
_WORDS: Final = {*MODIFIERS, "default", "sealed", "inline", "operator", "infix", "suspend", "deprecated"}


@dataclass(frozen=True)
class TypeParameter:
    """`T extends A & B`, its bounds still as text."""

    name: str
    bounds: tuple[str, ...]


@dataclass(frozen=True)
class Field:
    """A field or an enum's constant."""

    name: str
    type: str
    flags: int
    annotations: tuple[str, ...]
    value: str  # as written; "" without one
    is_enum_constant: bool
    deprecated: bool


@dataclass(frozen=True)
class Parameter:
    """A method's parameter: its type and its annotations."""

    type: str
    annotations: tuple[str, ...]


@dataclass(frozen=True)
class Method:
    """A method, or a constructor, whose name is `<init>`."""

    name: str
    returns: str  # "" for a constructor
    flags: int
    modifiers: frozenset[str]
    annotations: tuple[str, ...]
    type_parameters: tuple[TypeParameter, ...]
    parameters: tuple[Parameter, ...]
    throws: tuple[str, ...]
    deprecated: bool

    @property
    def has_varargs(self) -> bool:
        """Whether the last parameter is `T...`."""
        return any(parameter.type.endswith("...") for parameter in self.parameters)


@dataclass
class ApiClass:
    """A class of the public API. Types are text: their meaning depends on the outer classes."""

    package: str
    name: str  # with dots: `View.OnClickListener`
    kind: str  # class, interface, enum, @interface
    modifiers: frozenset[str]
    annotations: tuple[str, ...]
    type_parameters: tuple[TypeParameter, ...]
    extends: tuple[str, ...]
    implements: tuple[str, ...]
    members: list[Field | Method] = field(default_factory=list)
    nested: list["ApiClass"] = field(default_factory=list)

    @property
    def dotted(self) -> str:
        """The name in Java source."""
        return f"{self.package}.{self.name}"

    @property
    def internal(self) -> str:
        """The name in class files."""
        return self.package.replace(".", "/") + "/" + self.name.replace(".", "$")

    @property
    def outer(self) -> str:
        """The dotted name of the outer class, or ""."""
        return f"{self.package}.{self.name.rpartition('.')[0]}" if "." in self.name else ""

    @property
    def is_interface(self) -> bool:
        """Whether it is an interface or an annotation."""
        return self.kind in {"interface", "@interface"}

    def flags(self) -> int:
        """Return the access flags of its modifiers."""
        kept = self.modifiers & {"public", "protected", "static", "final", "abstract"}
        return sum(MODIFIERS[word] for word in kept)


def read(path: Path) -> list[ApiClass]:
    """Return all classes of a signature file, in its order."""
    package, classes = "", list[ApiClass]()
    for line in path.read_text(encoding="utf-8").splitlines():
        if line.startswith("package "):
            match = re.match(r"package (?:@\S+ )*([\w.]+) \{", line)
            package = match.group(1) if match else ""
        elif re.match(r"  \S", line) and line.strip() != "}":
            classes.append(_class(package, line.strip()))
        elif match := re.match(r"    (ctor|method|field|enum_constant) (.*)", line):
            parse = _method if match.group(1) in {"ctor", "method"} else _field
            classes[-1].members.append(parse(match.group(1), match.group(2)))
    return classes


def _class(package: str, text: str) -> ApiClass:
    words, annotations, text = take_modifiers(text)
    kind, text = text.split(" ", 1)
    name = re.match(r"[\w.]+", text)
    assert name is not None, text  # noqa: S101 - the format is checked where it is fetched
    parameters, text = take_type_parameters(text[name.end() :])
    heirs = re.fullmatch(r"(?:extends (.*?))?\s*(?:implements (.*))?", text.rstrip("{").strip())
    extends, implements = heirs.groups() if heirs else ("", "")
    return ApiClass(
        package,
        name.group(),
        kind,
        frozenset(words),
        tuple(annotations),
        parameters,
        # Type arguments contain commas: split at blanks outside of brackets.
        tuple(part.rstrip(",") for part in split_outside(extends or "", " ")),
        tuple(part.rstrip(",") for part in split_outside(implements or "", " ")),
    )


def _field(kind: str, text: str) -> Field:
    words, annotations, text = take_modifiers(text)
    if " = " not in text:
        text = text.split(" //")[0]
    declaration, _, value = text.partition(" = ")
    type_text, name = declaration.rstrip(";").strip().rsplit(" ", 1)
    deprecated = "Deprecated" in annotations or "deprecated" in words
    flags = sum(MODIFIERS.get(word, 0) for word in set(words))
    constant = kind == "enum_constant"
    return Field(name, type_text, flags, tuple(annotations), value, constant, deprecated)


def _method(kind: str, text: str) -> Method:
    words, annotations, text = take_modifiers(text)
    type_parameters, text = take_type_parameters(text)
    more, more_annotations, text = take_modifiers(text)
    start = find_outside(text, "(")
    end = find_closing(text, start)
    head, tail = text[:start].strip(), text[end + 1 :].rstrip(";").strip()
    throws = re.search(r"throws (.*?)(?: default .*)?$", tail)
    returns, _, name = ("", "", "<init>") if kind == "ctor" else head.rpartition(" ")
    return Method(
        name,
        returns,
        sum(MODIFIERS.get(word, 0) for word in {*words, *more}),
        frozenset((*words, *more)),
        tuple(annotations),
        type_parameters,
        tuple(_parameter(part) for part in split_outside(text[start + 1 : end], ",")),
        tuple(split_outside(throws.group(1), ",")) if throws else (),
        "Deprecated" in (*annotations, *more_annotations) or "deprecated" in words,
    )


def _parameter(text: str) -> Parameter:
    _, annotations, text = take_modifiers(text)
    text = re.sub(r"\s*=.*$", "", text)
    parts = split_outside(text, " ")
    if len(parts) > 1 and not text.startswith("?"):
        text = parts[0]  # newer lists name their parameters
    return Parameter(text, tuple(annotations))


def take_annotation(text: str) -> tuple[str, str]:
    """Split off the annotation at the beginning: its name, and the rest of the text."""
    match = re.match(r"@([\w.]+)", text)
    assert match is not None, text  # noqa: S101 - as above
    end = match.end()
    if text[end : end + 1] == "(":
        end = find_closing(text, end) + 1
    return match.group(1), text[end:].lstrip()


def take_modifiers(text: str) -> tuple[list[str], list[str], str]:
    """Split off modifiers and annotations at the beginning: both, and the rest of the text."""
    words, annotations = list[str](), list[str]()
    while True:
        text = text.lstrip()
        if text.startswith("@") and not text.startswith("@interface"):
            name, text = take_annotation(text)
            annotations.append(name)
            continue
        match = re.match(r"([a-z]+)\s+", text)
        if match is None or match.group(1) not in _WORDS:
            return words, annotations, text
        words.append(match.group(1))
        text = text[match.end() :]


def take_type_parameters(text: str) -> tuple[tuple[TypeParameter, ...], str]:
    """Split off `<T extends A & B, U>` at the beginning: its parameters, and the rest of the text."""
    if not text.startswith("<"):
        return (), text
    end = find_closing(text, 0)
    parameters = list[TypeParameter]()
    for part in split_outside(text[1:end], ","):
        name, _, bounds = part.partition(" extends ")
        parameters.append(TypeParameter(name.strip(), tuple(split_outside(bounds, "&"))))
    return tuple(parameters), text[end + 1 :].lstrip()


def chain(innermost: ApiClass, known: dict[str, ApiClass]) -> Sequence[ApiClass]:
    """Return the classes whose type parameters are in scope, the outermost first."""
    found = [innermost]
    while "static" not in found[0].modifiers and found[0].outer in known:
        found.insert(0, known[found[0].outer])
    return found
