"""Write the Swift interface of Objective-C headers, in Swift's text form.

It follows the rules of the compiler's importer, and rejects anything uncertain. A method whose last argument
is an `NSError **` throws: a BOOL result becomes Void, a nullable result non-optional. NS_SWIFT_SENDABLE
makes a class Sendable. Enumerations are not frozen.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final

from edgegen_kits.ios import objc_header, objc_tokens
from edgegen_kits.ios.objc_declarations import (
    Case,
    Constant,
    Declaration,
    Enumeration,
    Interface,
    Method,
    Property,
    Type,
)
from edgegen_kits.ios.objc_tokens import HeaderError, Token
from edgegen_kits.ios.swift_types import Names, swift_type

__all__ = ["HeaderError", "interface"]

_FRAMEWORKS: Final = {"Foundation"}
_PLAIN_CASE: Final = re.compile(r"[A-Z][a-z0-9]+([A-Z][a-z0-9]*)*")
_KEYWORDS: Final = {"as", "case", "class", "default", "in", "init", "is", "none", "repeat", "self"}
_METHOD_NAME: Final = re.compile(r"(\w+)\(((?:\w+:)*)\)")
_NAME: Final = re.compile(r"[A-Za-z_]\w*")


def interface(module: str, header: Path, search: Path, project: Path) -> str:
    """Return the interface of a header and of the headers that it imports.

    `search`: the folder of headers in angle brackets. Messages name files in the project.

    Raises:
        HeaderError: A declaration is not supported, or its Swift name is not certain.
    """
    declarations = [
        found for each in _with_imports(header, search, project) for found in objc_header.parse(each)
    ]
    names = _names(declarations)
    lines = [line for each in declarations for line in _declaration(each, names)]
    flags = f"-module-name {module} -swift-version 6 -enable-library-evolution"
    head = ["// swift-interface-format-version: 1.0", f"// swift-module-flags: {flags}"]
    return "\n".join([*head, "import _Concurrency", "import Foundation", *lines, ""])


def _with_imports(header: Path, search: Path, project: Path) -> Iterator[Sequence[Token]]:
    """Yield the tokens of the imported headers, then of the header, each once."""
    seen = set[Path]()

    def visit(path: Path) -> Iterator[Sequence[Token]]:
        if path in seen:
            return
        seen.add(path)
        read = objc_tokens.read(path, _display_path(path, project))
        for each in read.imports:
            found = [folder / each.text for folder in (path.parent, search) if (folder / each.text).is_file()]
            if found:
                yield from visit(found[0].resolve())
            elif each.text.split("/")[0] not in _FRAMEWORKS:
                each.reject(f"there is no header {each.text}")
        yield read.tokens

    yield from visit(header.resolve())


def _display_path(path: Path, project: Path) -> str:
    resolved = project.resolve()
    return path.relative_to(resolved).as_posix() if path.is_relative_to(resolved) else str(path)


def _names(declarations: Sequence[Declaration]) -> Names:
    """Return the Swift names of the declared types."""
    names: dict[str, str] = {}
    for each in declarations:
        if isinstance(each, Constant) or (isinstance(each, Interface) and not each.parent):
            continue
        swift = each.attributes.swift_name or each.name
        if not _NAME.fullmatch(swift):
            each.place.reject(f"not read as a type's name: NS_SWIFT_NAME({swift})")
        if swift in names.values() or each.name in names:
            each.place.reject(f"there are two types {swift}")
        names[each.name] = swift
    return names


def _declaration(declaration: Declaration, names: Names) -> list[str]:
    if isinstance(declaration, Interface):
        return _class(declaration, names)
    if isinstance(declaration, Enumeration):
        return _enumeration(declaration, names)
    name = declaration.attributes.swift_name or declaration.name
    if not _NAME.fullmatch(name):
        declaration.place.reject(f"not read as a constant's name: NS_SWIFT_NAME({name})")
    return [f"public let {name}: {swift_type(declaration.type, names)}"]


# --- classes ---------------------------------------------------------------------------------------


def _class(declared: Interface, names: Names) -> list[str]:
    has = declared.attributes.has
    unavailable = {each.selector for each in declared.methods if each.attributes.has("NS_UNAVAILABLE")}
    available = [each for each in declared.methods if not each.attributes.has("NS_UNAVAILABLE")]
    members = [_property(each, names) for each in declared.properties]
    members += [_method(each, names) for each in available]
    if not declared.parent:
        name = names.get(declared.name, declared.name)
        return [f"extension {name} {{", *_indent("public", members), "}"]
    access = "public" if has("objc_subclassing_restricted") else "open"
    initialisers = {each.selector for each in available if each.selector.startswith("init")}
    # NSObject's initializer is inherited only if there is no other.
    if "init" in unavailable:
        head = "@_hasMissingDesignatedInitializers "
    else:
        head = ""
        if not initialisers:
            members.insert(0, "override public init()")
    head += "@MainActor " if has("NS_SWIFT_UI_ACTOR") else ""
    head += "final public class" if access == "public" else "open class"
    parent = names.get(declared.parent, declared.parent)
    if declared.parent not in {*names, "NSObject"}:
        declared.place.reject(f"not read as a parent: {declared.parent}")
    sendable = ", @unchecked Sendable" if has("NS_SWIFT_SENDABLE") else ""
    return [f"{head} {names[declared.name]}: {parent}{sendable} {{", *_indent(access, members), "}"]


def _indent(access: str, members: Sequence[str]) -> Iterator[str]:
    for member in members:
        yield f"  {member.replace('ACCESS', access)}"


def _property(declared: Property, names: Names) -> str:
    name = declared.attributes.swift_name or declared.name
    if declared.getter and not declared.attributes.swift_name:
        if declared.type.name != "BOOL":
            declared.place.reject("only a BOOL is named after its getter; give it NS_SWIFT_NAME")
        name = declared.getter
    if not _NAME.fullmatch(name):
        declared.place.reject(f"not read as a property's name: NS_SWIFT_NAME({name})")
    of_class = "class " if "class" in declared.options else ""
    access = "get" if "readonly" in declared.options else "get set"
    return f"ACCESS {of_class}var {_quote(name)}: {swift_type(declared.type, names)} {{ {access} }}"


def _method(declared: Method, names: Names) -> str:
    parameters = list(declared.parameters)
    throws = bool(parameters) and _is_error(parameters[-1][1])
    if throws:
        parameters.pop()
    if any(_is_error(kind) for _, kind in parameters):
        declared.place.reject("the NSError ** must be the last argument")
    base, labels = _swift_name(declared, len(parameters), throws=throws)
    listed = ", ".join(
        f"{label if label == name else f'{label} {name}'}: {swift_type(kind, names)}"
        for label, (name, kind) in zip(labels, parameters, strict=True)
    )
    effect = " throws" if throws else ""
    if base == "init":
        return _initialiser(declared, listed, effect)
    result = swift_type(declared.result, names)
    if throws and declared.result.nullable:
        result = result.removesuffix("?")
    elif throws and result == "Bool":
        result = "Void"
    elif throws:
        declared.place.reject("with an NSError ** the result must be BOOL or nullable")
    unused = (
        "" if result == "Void" or declared.attributes.has("NS_WARN_UNUSED_RESULT") else "@discardableResult "
    )
    of_class = "class " if declared.of_class else ""
    arrow = "" if result == "Void" else f" -> {result}"
    return f"{unused}ACCESS {of_class}func {_quote(base)}({listed}){effect}{arrow}"


def _initialiser(declared: Method, listed: str, effect: str) -> str:
    nullable = declared.result.nullable
    if effect and not nullable:
        declared.place.reject("with an NSError ** an initialiser must be nullable")
    if declared.selector == "init":
        return "override public init()"
    kind = "" if declared.attributes.has("NS_DESIGNATED_INITIALIZER") else "convenience "
    return f"public {kind}init{'?' if nullable and not effect else ''}({listed}){effect}"


def _is_error(kind: Type) -> bool:
    return kind.name == "NSError" and kind.pointers == 2


def _swift_name(declared: Method, count: int, *, throws: bool) -> tuple[str, list[str]]:
    """Return the Swift name and labels of a method."""
    name = declared.attributes.swift_name
    if not name:
        if declared.parameters or throws:
            declared.place.reject(f"give {declared.selector} an NS_SWIFT_NAME")
        name = f"{declared.selector}()"
    match = _METHOD_NAME.fullmatch(name)
    if match is None:
        declared.place.reject(f"NS_SWIFT_NAME must read name(label:_:), not {name}")
    labels = match[2].split(":")[:-1]
    if len(labels) != count:
        declared.place.reject(
            f"NS_SWIFT_NAME({name}) has {len(labels)} labels for {count} arguments (an NSError ** has none)"
        )
    is_initialiser = declared.selector.startswith("init") and not declared.of_class
    if is_initialiser != (match[1] == "init"):
        declared.place.reject(f"an initialiser is called init, and nothing else is: NS_SWIFT_NAME({name})")
    return match[1], labels


# --- enumerations ----------------------------------------------------------------------------------


def _enumeration(declared: Enumeration, names: Names) -> list[str]:
    name, raw = names[declared.name], swift_type(declared.raw, names)
    cases = {_case_name(case, declared.name): case.value for case in declared.cases}
    if len(cases) < len(declared.cases):
        declared.place.reject("two cases have the same name in Swift")
    if declared.macro == "NS_OPTIONS":
        return _options(name, raw, cases)
    frozen = "@frozen " if declared.macro == "NS_CLOSED_ENUM" else ""
    rows = [f"public init?(rawValue: {raw})", f"public var rawValue: {raw} {{ get }}"]
    rows += [f"case {case}{f' = {value}' if value else ''}" for case, value in cases.items()]
    if declared.macro != "NS_ERROR_ENUM":
        return [
            f"{frozen}public enum {name}: {raw}, @unchecked Sendable {{",
            *(f"  {row}" for row in rows),
            "}",
        ]
    return _error(name, rows, cases)


def _options(name: str, raw: str, cases: Mapping[str, str]) -> list[str]:
    return [
        f"public struct {name}: OptionSet, Sendable {{",
        f"  public init(rawValue: {raw})",
        f"  public let rawValue: {raw}",
        *(f"  public static var {case}: {name} {{ get }}" for case in cases),
        "}",
    ]


def _error(name: str, rows: Sequence[str], cases: Mapping[str, str]) -> list[str]:
    """Return an error as the importer translates it: a struct to catch, and its codes."""
    return [
        f"public struct {name}: CustomNSError, Hashable, @unchecked Sendable {{",
        "  public init(_ code: Code, userInfo: [String: Any] = [:])",
        "  public var code: Code { get }",
        "  public var userInfo: [String: Any] { get }",
        "  public static var errorDomain: String { get }",
        "  public var errorCode: Int { get }",
        "  public var errorUserInfo: [String: Any] { get }",
        "  public var localizedDescription: String { get }",
        f"  public static func == (a: {name}, b: {name}) -> Bool",
        "  public func hash(into hasher: inout Hasher)",
        "  public enum Code: Int, @unchecked Sendable {",
        *(f"    {row}" for row in rows),
        "    public static func ~= (match: Code, error: any Error) -> Bool",
        "  }",
        *(f"  public static var {case}: Code {{ get }}" for case in cases),
        "}",
    ]


def _case_name(case: Case, enumeration: str) -> str:
    name = case.attributes.swift_name
    if not name:
        rest = case.name.removeprefix(enumeration)
        if rest == case.name or not _PLAIN_CASE.fullmatch(rest):
            case.place.reject(f"give {case.name} an NS_SWIFT_NAME: its name in Swift is not plain")
        name = rest[0].lower() + rest[1:]
    if not _NAME.fullmatch(name):
        case.place.reject(f"not read as a case's name: NS_SWIFT_NAME({name})")
    return _quote(name)


def _quote(name: str) -> str:
    return f"`{name}`" if name in _KEYWORDS else name
