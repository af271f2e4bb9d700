"""Types in Android's list of its public API: parse them, look them up, write them as class files do."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from edgegen_kits.android import signatures
from edgegen_kits.android.brackets import find_closing, split_outside
from edgegen_kits.android.class_reader import Classes
from edgegen_kits.android.signatures import ApiClass

_PRIMITIVES: Final = {
    "void": "V",
    "boolean": "Z",
    "byte": "B",
    "char": "C",
    "short": "S",
    "int": "I",
    "long": "J",
    "float": "F",
    "double": "D",
}
OBJECT: Final = "java/lang/Object"
NULLNESS: Final = {name: f"Landroid/annotation/{name};" for name in ("Nullable", "NonNull")}


@dataclass(frozen=True)
class Type:
    """A type: a primitive (`I`), a variable (`T`), a class, an array of one, or a wildcard's bound."""

    kind: str  # primitive, variable, class, array, wildcard
    name: str = ""  # a primitive's letter, a variable's name, a class's internal name, a wildcard's sign
    arguments: tuple["Type", ...] = ()  # of a class; the element of an array; the bound of a wildcard


Bounds = Mapping[str, Type | None]  # of the type variables in scope; None is Object


@dataclass
class Api:
    """All classes of a list, to look names up in."""

    classes: list[ApiClass]
    older: Classes | None = None
    by_dotted: dict[str, ApiClass] = field(default_factory=dict)
    by_internal: dict[str, ApiClass] = field(default_factory=dict)
    unresolved: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        """Drop classes that the older release lacks, and link nested classes to their outer ones."""
        if self.older is not None:
            older = self.older
            self.classes = [
                each
                for each in self.classes
                if not each.internal.startswith("android/") or older.find(each.internal) is not None
            ]
        known = {each.dotted for each in self.classes}
        for name in NULLNESS:  # used in the list, but not part of it
            if f"android.annotation.{name}" not in known:
                self.classes.append(
                    ApiClass("android.annotation", name, "@interface", frozenset({"public"}), (), (), (), ())
                )
        self.by_dotted = {each.dotted: each for each in self.classes}
        self.by_internal = {each.internal: each for each in self.classes}
        for each in self.classes:
            if each.outer in self.by_dotted:
                self.by_dotted[each.outer].nested.append(each)

    def internal(self, dotted: str) -> str:
        """Return a class's internal name. A name without a dot is in java.lang."""
        if "." not in dotted:
            return f"java/lang/{dotted}"
        if dotted in self.by_dotted:
            return self.by_dotted[dotted].internal
        self.unresolved.add(dotted)
        parts = dotted.split(".")
        first = next((at for at, part in enumerate(parts) if part[:1].isupper()), len(parts) - 1)
        return "/".join(parts[: first + 1]) + "".join(f"${part}" for part in parts[first + 1 :])

    def parse(self, text: str, variables: Bounds) -> Type:
        """Parse a type."""
        text = text.strip()
        while text.startswith("@"):
            text = signatures.take_annotation(text)[1]
        if text.startswith("?"):
            for word, sign in ((" extends ", "+"), (" super ", "-")):
                if text[1:].startswith(word):
                    return Type("wildcard", sign, (self.parse(text[1 + len(word) :], variables),))
            return Type("wildcard", "*")
        if text.endswith(("...", "[]")):
            element = text[:-3] if text.endswith("...") else text[:-2]
            return Type("array", "", (self.parse(element, variables),))
        if text in _PRIMITIVES:
            return Type("primitive", _PRIMITIVES[text])
        if text in variables:
            return Type("variable", text)
        base, bracket, _ = text.partition("<")
        if not bracket:
            return Type("class", self.internal(text))
        # `Map.Entry<K, V>` keeps its arguments; `Outer<T>.Inner` loses those of the outer class.
        end = find_closing(text, len(base)) + 1
        rest = re.sub(r"<.*>", "", text[end:])
        if rest:
            return Type("class", self.internal(base + rest))
        arguments = split_outside(text[len(base) + 1 : end - 1], ",")
        return Type("class", self.internal(base), tuple(self.parse(each, variables) for each in arguments))

    def is_interface(self, bound: Type) -> bool:
        """Return whether a bound is an interface of the list."""
        known = self.by_internal.get(bound.name) if bound.kind == "class" else None
        return known is not None and known.kind == "interface"


def descriptor(type_: Type, bounds: Bounds) -> str:
    """Return a type's descriptor, generics erased."""
    if type_.kind == "primitive":
        return type_.name
    if type_.kind == "array":
        return "[" + descriptor(type_.arguments[0], bounds)
    if type_.kind == "variable":
        bound = bounds.get(type_.name)
        return descriptor(bound, bounds) if bound else f"L{OBJECT};"
    return f"L{type_.name};"


def signature(type_: Type) -> str:
    """Return a type's generic signature."""
    if type_.kind == "primitive":
        return type_.name
    if type_.kind == "array":
        return "[" + signature(type_.arguments[0])
    if type_.kind == "variable":
        return f"T{type_.name};"
    inner = "".join(signature(each) for each in type_.arguments)
    if type_.kind == "wildcard":
        return type_.name + inner
    return f"L{type_.name}{f'<{inner}>' if inner else ''};"
