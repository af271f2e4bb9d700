"""Translate Objective-C types to Swift."""

from collections.abc import Mapping
from typing import Final

from edgegen_kits.ios.objc_declarations import Type

Names = Mapping[str, str]  # a type that the headers declare -> its name in Swift

_NUMBERS: Final = {
    f"{sign}int{bits}_t": f"{sign.upper()}Int{bits}" for sign in ("", "u") for bits in (8, 16, 32, 64)
}
_PLAIN: Final[Names] = {
    "void": "Void",
    "BOOL": "Bool",
    "bool": "Bool",
    "float": "Float",
    "double": "Double",
    "char": "CChar",
    "int": "Int32",
    "unsigned int": "UInt32",
    "long": "Int",
    "unsigned long": "UInt",
    "size_t": "Int",
    "NSInteger": "Int",
    "NSUInteger": "UInt",  # Int in Apple's own headers only
    "NSTimeInterval": "TimeInterval",
    "NSErrorDomain": "String",
    "CGFloat": "CGFloat",
    "CGRect": "CGRect",
    "CGSize": "CGSize",
    "CGPoint": "CGPoint",
    **_NUMBERS,
}
_OBJECTS: Final[Names] = {
    "NSString": "String",
    "NSData": "Data",
    "NSURL": "URL",
    "NSDate": "Date",
    "NSUUID": "UUID",
    "NSNumber": "NSNumber",
    "NSError": "any Error",
    "NSObject": "NSObject",
}
_COLLECTIONS: Final = {"NSArray": 1, "NSSet": 1, "NSDictionary": 2}  # number of type arguments


def swift_type(kind: Type, names: Names) -> str:
    """Return the Swift type.

    Raises:
        HeaderError: Its Swift form is not certain.
    """
    type_name = _without_nullability(kind, names)
    if not kind.nullable:
        return type_name
    if not (kind.pointers or kind.name in {"id", "instancetype"}):
        kind.place.reject(f"a plain value cannot be nullable: {kind.name}")
    return f"({type_name})?" if " " in type_name and not type_name.startswith("[") else f"{type_name}?"


def _without_nullability(kind: Type, names: Names) -> str:
    if kind.arguments or kind.name in _COLLECTIONS:
        return _collection(kind, names)
    found = _pointer(kind, names) if kind.pointers else _value(kind, names)
    if not found:
        kind.place.reject(f"unknown type: {kind.name}{' ' + '*' * kind.pointers if kind.pointers else ''}")
    return found


def _value(kind: Type, names: Names) -> str:
    if kind.name in {"instancetype", "id"}:
        return "Self" if kind.name == "instancetype" else "Any"
    return _PLAIN.get(kind.name) or names.get(kind.name, "")


def _pointer(kind: Type, names: Names) -> str:
    if kind.pointers > 1:
        return ""
    mutable = "" if kind.const else "Mutable"
    if kind.name == "void":
        return f"Unsafe{mutable}RawPointer"
    if kind.name in _PLAIN:
        return f"Unsafe{mutable}Pointer<{_PLAIN[kind.name]}>"
    return _OBJECTS.get(kind.name) or names.get(kind.name, "")


def _collection(kind: Type, names: Names) -> str:
    if kind.name not in _COLLECTIONS or kind.pointers != 1:
        kind.place.reject(f"not read as a collection: {kind.name}")
    if len(kind.arguments) != _COLLECTIONS[kind.name]:
        kind.place.reject(f"a collection without its elements' type: {kind.name}")
    inside = [swift_type(each, names) for each in kind.arguments]
    if kind.name == "NSSet":
        return f"Set<{inside[0]}>"
    return f"[{': '.join(inside)}]"
