"""Parse the classes, enumerations and constants of an Objective-C header. Reject everything else."""

import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Final

from edgegen_kits.ios.objc_declarations import (
    Attributes,
    Case,
    Constant,
    Declaration,
    Enumeration,
    Interface,
    Method,
    Property,
    Type,
)
from edgegen_kits.ios.objc_tokens import Token

_NULLABLE: Final = {"nullable", "_Nullable"}
_QUALIFIERS: Final = {*_NULLABLE, "nonnull", "_Nonnull", "const", "__autoreleasing"}
_LENGTHS: Final = {"unsigned", "signed", "long", "short"}
_BUILTIN: Final = {*_LENGTHS, "int", "char", "double"}
_OPTIONS: Final = re.compile(
    "nonatomic|atomic|readonly|readwrite|copy|strong|assign|class|nullable|nonnull|getter=[a-z]\\w*"
)
_ENUMERATIONS: Final = {"NS_ENUM", "NS_CLOSED_ENUM", "NS_OPTIONS", "NS_ERROR_ENUM"}
_RESTRICTED: Final = "objc_subclassing_restricted"
_ON_TYPES: Final = {_RESTRICTED, "NS_SWIFT_SENDABLE", "NS_SWIFT_UI_ACTOR"}
_ON_METHODS: Final = {"NS_UNAVAILABLE", "NS_DESIGNATED_INITIALIZER", "NS_WARN_UNUSED_RESULT"}
_VALUE: Final = re.compile(r"-?\d+|\d+<<\d+")


def parse(tokens: Sequence[Token]) -> list[Declaration]:
    """Return all declarations.

    Raises:
        HeaderError: A declaration is not understood.
    """
    return _Parser(tokens).declarations() if tokens else []


class _Parser:
    """Parses tokens, one declaration after the other."""

    def __init__(self, tokens: Sequence[Token]) -> None:
        self._tokens = tokens
        self._position = 0

    # --- words ---------------------------------------------------------------------------------

    @property
    def _at_end(self) -> bool:
        return self._position == len(self._tokens)

    def _peek(self) -> Token:
        if self._at_end:
            self._tokens[-1].reject("the header ends in the middle of a declaration")
        return self._tokens[self._position]

    def _next(self) -> Token:
        token = self._peek()
        self._position += 1
        return token

    def _take(self, text: str) -> bool:
        if not self._at_end and self._peek().text == text:
            self._position += 1
            return True
        return False

    def _expect(self, text: str) -> None:
        token = self._next()
        if token.text != text:
            token.reject(f"{text!r} is expected, not {token.text!r}")

    def _name(self) -> Token:
        token = self._next()
        if not re.fullmatch(r"[A-Za-z_]\w*", token.text):
            token.reject(f"a name is expected, not {token.text!r}")
        return token

    def _listed(self, end: str) -> list[list[Token]]:
        """Return the tokens before a closing sign, split at commas."""
        parts: list[list[Token]] = [[]]
        depth = 0
        while depth or self._peek().text != end:
            token = self._next()
            depth += (token.text in "({<") - (token.text in ")}>")
            if token.text == "," and not depth:
                parts.append([])
            else:
                parts[-1].append(token)
        self._expect(end)
        return [part for part in parts if part]

    def _all_of(self, parse: Callable[["_Parser"], Type], tokens: Sequence[Token]) -> Type:
        parser = _Parser(tokens)
        found = parse(parser)
        if not parser._at_end:
            parser._peek().reject(f"not read in a type: {parser._peek().text}")
        return found

    # --- declarations --------------------------------------------------------------------------

    def declarations(self) -> list[Declaration]:
        found: list[Declaration] = []
        while not self._at_end:
            if self._take("@class"):
                self._listed(";")
            elif self._take("typedef"):
                found.append(self._enumeration())
            elif self._take("FOUNDATION_EXPORT") or self._take("extern"):
                found.append(self._constant())
            else:
                found.append(self._interface(self._attributes(_ON_TYPES)))
        return found

    def _attributes(self, known: set[str]) -> Attributes:
        found = Attributes()
        while not self._at_end:
            text = self._peek().text
            if text == "NS_SWIFT_NAME":
                self._next()
                self._expect("(")
                found = replace(found, swift_name=self._swift_name())
            elif text == "__attribute__":
                place = self._next()
                inside = self._text_in_parentheses(2)
                if inside not in known:
                    place.reject(f"not read: __attribute__(({inside}))")
                found = replace(found, flags=found.flags | {inside})
            elif text in known:
                found = replace(found, flags=found.flags | {self._next().text})
            else:
                break
        return found

    def _swift_name(self) -> str:
        name, depth = "", 1
        while depth:
            token = self._next()
            depth += (token.text == "(") - (token.text == ")")
            name += token.text
        return name[:-1]

    def _text_in_parentheses(self, count: int) -> str:
        for _ in range(count):
            self._expect("(")
        token = self._name()
        for _ in range(count):
            self._expect(")")
        return token.text

    def _interface(self, attributes: Attributes) -> Interface:
        start = self._next()
        if start.text != "@interface":
            start.reject(f"not read: {start.text}")
        name = self._name()
        parent = ""
        if self._take("("):
            if not self._take(")"):
                self._name()
                self._expect(")")
        else:
            self._expect(":")
            parent = self._name().text
        if self._take("<"):
            self._listed(">")  # an app calls no members of protocols
        found = Interface(name.text, parent, attributes, name)
        while not self._take("@end"):
            if self._peek().text in {"-", "+"}:
                found.methods.append(self._method())
            else:
                found.properties.append(self._property())
        return found

    def _property(self) -> Property:
        start = self._next()
        if start.text != "@property":
            start.reject(f"not read in a class: {start.text}")
        self._expect("(")
        options = tuple("".join(each.text for each in part) for part in self._listed(")"))
        for option in options:
            if not _OPTIONS.fullmatch(option):
                start.reject(f"not read in a property: {option}")
        kind = self._type()
        if _NULLABLE & set(options):
            kind = replace(kind, nullable=True)
        name = self._name()
        attributes = self._attributes(set())
        self._expect(";")
        return Property(name.text, kind, options, attributes, name)

    def _method(self) -> Method:
        start = self._next()
        self._expect("(")
        result = self._type()
        self._expect(")")
        selector = self._name().text
        parameters = list[tuple[str, Type]]()
        if self._take(":"):
            selector += ":"
            parameters.append(self._parameter())
            while self._peek().text not in {";", "NS_SWIFT_NAME", *_ON_METHODS}:
                selector += ("" if self._peek().text == ":" else self._name().text) + ":"
                self._expect(":")
                parameters.append(self._parameter())
        attributes = self._attributes(_ON_METHODS)
        self._expect(";")
        return Method(start.text == "+", result, selector, tuple(parameters), attributes, start)

    def _parameter(self) -> tuple[str, Type]:
        self._expect("(")
        kind = self._type()
        self._expect(")")
        return self._name().text, kind

    def _enumeration(self) -> Enumeration:
        macro = self._next()
        if macro.text not in _ENUMERATIONS:
            macro.reject(f"not read: typedef {macro.text}")
        self._expect("(")
        parts = self._listed(")")
        if len(parts) != 2:
            macro.reject(f"{macro.text} takes a type and a name")
        # For an error, the first argument is its domain, and its cases are of NSInteger.
        raw = (
            Type("NSInteger", macro)
            if macro.text == "NS_ERROR_ENUM"
            else self._all_of(_Parser._type, parts[0])
        )
        self._expect("{")
        cases = tuple(_case(part) for part in self._listed("}"))
        attributes = self._attributes(set())
        self._expect(";")
        return Enumeration(macro.text, raw, parts[1][0].text, cases, attributes, parts[1][0])

    def _constant(self) -> Constant:
        kind = self._type()
        name = self._name()
        attributes = self._attributes(set())
        self._expect(";")
        return Constant(name.text, kind, attributes, name)

    def case(self) -> Case:
        name = self._name()
        attributes = self._attributes(set())
        value = ""
        if self._take("="):
            value = "".join(token.text for token in self._tokens[self._position :])
            self._position = len(self._tokens)
            if not _VALUE.fullmatch(value):
                name.reject(f"not read as a value: {value}")
        if not self._at_end:
            self._peek().reject(f"not read in a case: {self._peek().text}")
        return Case(name.text, value, attributes, name)

    # --- types ---------------------------------------------------------------------------------

    def _type(self) -> Type:
        qualifiers = self._qualifiers()
        place = self._name()
        name = place.text
        while name.split()[-1] in _LENGTHS and self._peek().text in _BUILTIN:
            name += " " + self._next().text
        arguments: tuple[Type, ...] = ()
        if self._take("<"):
            arguments = tuple(self._all_of(_Parser._type, part) for part in self._listed(">"))
        qualifiers += self._qualifiers()
        pointers = 0
        while self._take("*"):
            pointers += 1
            qualifiers += [each for each in self._qualifiers() if each != "const"]  # of the pointer itself
        if not self._at_end and self._peek().text in {"(", "^", "["}:
            place.reject("a block, a function or an array is not read")
        nullable = bool(_NULLABLE & set(qualifiers))
        return Type(name, place, arguments, pointers, "const" in qualifiers, nullable)

    def _qualifiers(self) -> list[str]:
        found = list[str]()
        while not self._at_end and self._peek().text in _QUALIFIERS:
            found.append(self._next().text)
        return found


def _case(tokens: Sequence[Token]) -> Case:
    return _Parser(tokens).case()
