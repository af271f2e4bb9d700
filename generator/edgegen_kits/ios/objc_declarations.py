"""The declarations of an Objective-C header: classes, enumerations, constants."""

from dataclasses import dataclass, field

from edgegen_kits.ios.objc_tokens import Token


@dataclass(frozen=True)
class Type:
    """A type as written: `const char *`, `nullable NSArray<NSString *> *`."""

    name: str
    place: Token
    arguments: tuple["Type", ...] = ()
    pointers: int = 0
    const: bool = False
    nullable: bool = False


@dataclass(frozen=True)
class Attributes:
    """The macros of a declaration."""

    swift_name: str = ""
    flags: frozenset[str] = frozenset()

    def has(self, name: str) -> bool:
        """Return whether the declaration has a macro without arguments."""
        return name in self.flags


@dataclass(frozen=True)
class Property:
    """A property."""

    name: str
    type: Type
    options: tuple[str, ...]  # as in the parentheses: readonly, getter=isPassed
    attributes: Attributes
    place: Token

    @property
    def getter(self) -> str:
        """Return the name of its custom getter, or ""."""
        return next((each.partition("=")[2] for each in self.options if each.startswith("getter=")), "")


@dataclass(frozen=True)
class Method:
    """A method. An `NSError **` is one of its parameters."""

    of_class: bool
    result: Type
    selector: str
    parameters: tuple[tuple[str, Type], ...]
    attributes: Attributes
    place: Token


@dataclass(frozen=True)
class Interface:
    """A class, or a category of one."""

    name: str
    parent: str  # "" for a category
    attributes: Attributes
    place: Token
    properties: list[Property] = field(default_factory=list)
    methods: list[Method] = field(default_factory=list)


@dataclass(frozen=True)
class Case:
    """A case of an enumeration."""

    name: str
    value: str  # "": the next number
    attributes: Attributes
    place: Token


@dataclass(frozen=True)
class Enumeration:
    """An enumeration. `macro` is its kind: NS_ENUM, NS_OPTIONS ..."""

    macro: str
    raw: Type
    name: str
    cases: tuple[Case, ...]
    attributes: Attributes
    place: Token


@dataclass(frozen=True)
class Constant:
    """A constant that is defined elsewhere."""

    name: str
    type: Type
    attributes: Attributes
    place: Token


Declaration = Interface | Enumeration | Constant
