"""Make a jar to compile against from Android's list of its public API: class files without bodies.

usage: python -m edgegen_kits.android.stubs current.txt stubs.jar [older.jar]

older.jar has the class files of an older Android: only members of android.* that it has too are kept.
"""

import re
import sys
import zipfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from edgegen_kits.android import signatures
from edgegen_kits.android.api_types import NULLNESS, OBJECT, Api, Bounds, Type, descriptor, signature
from edgegen_kits.android.class_reader import Classes, Member
from edgegen_kits.android.class_writer import (
    ABSTRACT,
    ANNOTATION,
    ENUM,
    FINAL,
    INTERFACE,
    JAVA_8,
    PUBLIC_STATIC,
    SUPER,
    VARARGS,
    Pool,
    u2,
)
from edgegen_kits.android.constants import parse_constant
from edgegen_kits.android.signatures import ApiClass, Field, Method, TypeParameter


class _Stub:
    """The class file of one class."""

    def __init__(self, api: Api, described: ApiClass) -> None:
        self._api = api
        self._class = described
        self._pool = Pool()
        self._bounds: dict[str, Type | None] = {}
        chain = signatures.chain(described, api.by_dotted)
        self._declare(self._bounds, [each for outer in chain for each in outer.type_parameters])
        self._fields: list[bytes] = []
        self._methods: dict[tuple[str, str], bytes] = {}

    def _declare(self, bounds: dict[str, Type | None], parameters: Sequence[TypeParameter]) -> None:
        """Put type variables in scope; they may name each other in their bounds."""
        bounds.update({each.name: None for each in parameters})
        for each in parameters:
            bounds[each.name] = self._api.parse(each.bounds[0], bounds) if each.bounds else None

    def _older_lacks(self, name: str, descriptor_: str) -> bool:
        older, owner = self._api.older, self._class.internal
        if older is None or older.find(owner) is None:
            return False
        return not older.has(Member(owner, name, descriptor_))

    def _supertypes(self) -> tuple[Type | None, list[Type]]:
        described, bounds = self._class, self._bounds
        extends = [self._api.parse(text, bounds) for text in described.extends]
        implements = [self._api.parse(text, bounds) for text in described.implements]
        if described.is_interface:
            interfaces = extends + implements
            if described.kind == "@interface":
                annotation = Type("class", "java/lang/annotation/Annotation")
                interfaces = [annotation, *(each for each in interfaces if each.name != annotation.name)]
            return Type("class", OBJECT), interfaces
        if described.internal == OBJECT:
            return None, implements
        if described.kind == "enum":
            return Type("class", "java/lang/Enum", (Type("class", described.internal),)), implements
        return extends[0] if extends else Type("class", OBJECT), implements

    def _parameters_signature(self, parameters: Sequence[TypeParameter], bounds: Bounds) -> str:
        if not parameters:
            return ""
        text = ""
        for each in parameters:
            text += each.name
            limits = [self._api.parse(bound, bounds) for bound in each.bounds] or [Type("class", OBJECT)]
            for position, limit in enumerate(limits):
                # If the first bound is an interface, the place of the class is empty.
                colons = "::" if position == 0 and self._api.is_interface(limit) else ":"
                text += colons + signature(limit)
        return f"<{text}>"

    def _add_field(self, each: Field) -> None:
        type_ = self._api.parse(each.type, self._bounds)
        erased = descriptor(type_, self._bounds)
        # The compiler copies constants into callers, so newer ones are harmless on an older release.
        if not each.value and self._older_lacks(each.name, erased):
            return
        pool, attributes = self._pool, list[bytes]()
        value = parse_constant(erased, each.value)
        if value is not None:
            attributes.append(pool.attribute("ConstantValue", u2(pool.constant(erased, value))))
        if signature(type_) != erased:
            attributes.append(pool.signature(signature(type_)))
        if each.deprecated:
            attributes.append(pool.attribute("Deprecated", b""))
        attributes += self._nullness(each.annotations)
        flags = each.flags | (ENUM if each.is_enum_constant else 0)
        flags |= PUBLIC_STATIC | FINAL if self._class.is_interface else 0
        head = u2(flags, pool.text(each.name), pool.text(erased), len(attributes))
        self._fields.append(head + b"".join(attributes))

    def _add_method(self, each: Method) -> None:
        bounds = dict(self._bounds)
        self._declare(bounds, each.type_parameters)
        types = [self._api.parse(parameter.type, bounds) for parameter in each.parameters]
        flags = each.flags | (VARARGS if each.has_varargs else 0)
        throws = [self._api.parse(text, bounds) for text in each.throws]
        erased = "".join(descriptor(type_, bounds) for type_ in types)
        generic = self._parameters_signature(each.type_parameters, bounds)
        generic += f"({''.join(signature(type_) for type_ in types)})"
        of_parameters = [each.annotations for each in each.parameters]
        if each.name == "<init>":
            outer = self._outer_instance()
            erased, generic = f"({outer}{erased})V", f"{generic}V"
            if outer:  # a generic signature omits the outer instance, and compilers fail on that
                generic, of_parameters = erased, []
            flags &= ~ABSTRACT
        else:
            returns = self._api.parse(each.returns, bounds)
            erased, generic = f"({erased}){descriptor(returns, bounds)}", generic + signature(returns)
            if self._class.is_interface:
                flags = (flags | 1) & ~FINAL
                if not each.modifiers & {"default", "static"}:
                    flags |= ABSTRACT
        self._write_method(
            flags,
            each.name,
            erased,
            generic=generic,
            throws=[descriptor(type_, bounds)[1:-1] for type_ in throws],
            annotations=each.annotations,
            of_parameters=of_parameters,
            deprecated=each.deprecated,
        )

    def _outer_instance(self) -> str:
        """Return the hidden first parameter of an inner class's constructors."""
        described = self._class
        inner = "." in described.name and "static" not in described.modifiers
        if not inner or described.is_interface or described.kind == "enum":
            return ""
        return f"L{described.internal.rpartition('$')[0]};"

    def _write_method(
        self,
        flags: int,
        name: str,
        erased: str,
        *,
        generic: str = "",
        throws: Sequence[str] = (),
        annotations: Sequence[str] = (),
        of_parameters: Sequence[Sequence[str]] = (),
        deprecated: bool = False,
    ) -> None:
        if (name, erased) in self._methods or self._older_lacks(name, erased):
            return
        pool, attributes = self._pool, list[bytes]()
        if not flags & ABSTRACT:
            throw_null = b"\x01\xbf"
            code = u2(2, 255) + len(throw_null).to_bytes(4, "big") + throw_null + u2(0, 0)
            attributes.append(pool.attribute("Code", code))
        if generic and generic != erased:
            attributes.append(pool.signature(generic))
        if throws:
            names = [pool.class_(each) for each in throws]
            attributes.append(pool.attribute("Exceptions", u2(len(names), *names)))
        if deprecated:
            attributes.append(pool.attribute("Deprecated", b""))
        attributes += self._nullness(annotations)
        known = [[NULLNESS[each] for each in names if each in NULLNESS] for names in of_parameters]
        if any(known):
            data = bytes([len(known)]) + b"".join(pool.annotations(each) for each in known)
            attributes.append(pool.attribute("RuntimeInvisibleParameterAnnotations", data))
        head = u2(flags, pool.text(name), pool.text(erased), len(attributes))
        self._methods[name, erased] = head + b"".join(attributes)

    def _nullness(self, annotations: Sequence[str]) -> Iterator[bytes]:
        """Yield the attribute for nullability."""
        known = [NULLNESS[each] for each in annotations if each in NULLNESS]
        if known:
            yield self._pool.attribute("RuntimeInvisibleAnnotations", self._pool.annotations(known))

    def _kind_flags(self) -> int:
        flags = INTERFACE | ABSTRACT if self._class.is_interface else 0
        flags |= ANNOTATION if self._class.kind == "@interface" else 0
        return flags | (ENUM if self._class.kind == "enum" else 0)

    def write(self) -> bytes:
        """Return the class file."""
        described, pool = self._class, self._pool
        superclass, interfaces = self._supertypes()
        for each in described.members:
            if isinstance(each, Field):
                self._add_field(each)
            else:
                self._add_method(each)
        if described.kind == "enum":
            this = f"L{described.internal};"
            self._write_method(PUBLIC_STATIC, "values", f"()[{this}")
            self._write_method(PUBLIC_STATIC, "valueOf", f"(Ljava/lang/String;){this}")
        attributes = list[bytes]()
        heirs = [signature(each) for each in ([superclass] if superclass else []) + interfaces]
        if described.type_parameters or any("<" in each for each in heirs):
            parameters = self._parameters_signature(described.type_parameters, self._bounds)
            attributes.append(pool.signature(parameters + "".join(heirs)))
        if "Deprecated" in described.annotations:
            attributes.append(pool.attribute("Deprecated", b""))
        names = [pool.class_(described.internal), pool.class_(superclass.name) if superclass else 0]
        names += [len(interfaces), *(pool.class_(each.name) for each in interfaces)]
        inner = self._inner_classes()
        if inner:
            attributes.append(pool.attribute("InnerClasses", u2(len(inner)) + b"".join(inner)))
        flags = (described.flags() & ~0xE) | 1 | self._kind_flags()
        flags = flags & ~FINAL if described.is_interface else flags | SUPER
        body = u2(flags, *names)
        for parts in (self._fields, list(self._methods.values()), attributes):
            body += u2(len(parts)) + b"".join(parts)
        return b"\xca\xfe\xba\xbe" + u2(0, JAVA_8) + pool.packed() + body

    def _inner_classes(self) -> list[bytes]:
        """Return an entry for every nested class that is named here and for its outer classes."""
        known, done, entries = self._api.by_internal, set[str](), list[bytes]()

        def add(internal: str) -> None:
            each = known.get(internal)
            if each is None or internal in done or "." not in each.name:
                return
            outer = internal.rpartition("$")[0]
            add(outer)
            done.add(internal)
            flags = each.flags()
            flags |= INTERFACE | ABSTRACT if each.is_interface else 0
            flags |= ANNOTATION if each.kind == "@interface" else 0
            flags |= ENUM if each.kind == "enum" else 0
            flags |= 0x8 if each.is_interface or each.kind == "enum" else 0  # implicitly static
            simple = each.name.rpartition(".")[2]
            places = (self._pool.class_(internal), self._pool.class_(outer), self._pool.text(simple))
            entries.append(u2(*places, flags))

        named = set[str]()
        for name in self._pool.names():
            for text in re.findall(r"[\w/]+\$[\w$]+", name):
                named |= {text, text.lstrip("L")}
        named |= {each.internal for each in self._class.nested}
        for internal in sorted(named | {self._class.internal}):
            add(internal)
        return entries


def write_jar(api_list: Path, jar: Path, older: Path | None = None) -> int:
    """Write the jar and return how many classes are in it.

    Raises:
        ValueError: The list names classes that are not in it: it is not complete.
    """
    api = Api(signatures.read(api_list), Classes([older]) if older else None)
    with zipfile.ZipFile(jar, "w", zipfile.ZIP_DEFLATED) as archive:
        for each in api.classes:
            entry = zipfile.ZipInfo(f"{each.internal}.class", (1980, 1, 1, 0, 0, 0))
            archive.writestr(entry, _Stub(api, each).write(), zipfile.ZIP_DEFLATED)
    if api.unresolved and older is None:
        raise ValueError(f"classes that the list does not have: {', '.join(sorted(api.unresolved)[:5])}")
    return len(api.classes)


if __name__ == "__main__":
    write_jar(*(Path(argument) for argument in sys.argv[1:]))
