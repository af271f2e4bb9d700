"""Check the code of a TorchScript archive before anything reads it: a small part of Python's grammar.

`torch.jit.load` compiles all of it, runs `__setstate__`, and folds constants by running operators.
"""

import ast
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from edgegen.base.errors import UnsupportedModelError
from edgegen.base.text import shorten
from edgegen.sources.torchscript import operators
from edgegen.sources.torchscript.archive import HINT, Archive

_FOLDER: Final = "code/"
_MOST_CHARACTERS: Final = 16 << 20
_DEEPEST: Final = 100
# torch and Python must see the same tokens: no comments, and few escapes.
_TEXT: Final = re.compile(r"""(?:[ !"$-\[\]-~\n]|\\['"nrt0-7])*""")
_WORD: Final = re.compile(r"\w+", re.ASCII)
_ALIAS: Final = re.compile(r"_[0-9]+")  # of a function: _0 = __torch__.torch.nn.functional.relu
_BUILTINS: Final = frozenset(
    ("int", "float", "bool", "getattr", "annotate", "unchecked_cast", "uninitialized", "range")
)
_ROOTS: Final = frozenset(("torch", "ops", "CONSTANTS", "__torch__"))
_EXPRESSIONS: Final = (
    *(ast.Name, ast.Attribute, ast.Call, ast.Constant, ast.List, ast.Tuple, ast.Subscript, ast.UnaryOp),
    *(ast.USub, ast.Load, ast.Store, ast.keyword),
)


_TYPE_PARTS: Final = (ast.Name, ast.Attribute, ast.Subscript, ast.Tuple, ast.List, ast.Load)
_NATIVE: Final = "__torch__.torch.classes"  # classes in C++


@dataclass
class Class:
    """A class of modules."""

    types: dict[str, ast.expr] = field(default_factory=dict)  # of attributes
    constants: dict[str, Any] = field(default_factory=dict)
    methods: dict[str, ast.FunctionDef] = field(default_factory=dict)


@dataclass(frozen=True)
class Code:
    """All code of an archive, by qualified name."""

    classes: Mapping[str, Class]
    functions: Mapping[str, ast.FunctionDef]


def read_code(archive: Archive) -> Code:
    """Return the checked code."""
    classes, functions = dict[str, Class](), dict[str, ast.FunctionDef]()
    checker = _Checker(archive.path.name)
    for name in archive.names:
        if not name.startswith(_FOLDER) or not name.endswith(".py"):
            continue
        module = name.removeprefix(_FOLDER).removesuffix(".py").replace("/", ".")
        for node in checker.parse(archive.read(name)).body:
            if isinstance(node, ast.FunctionDef):
                _add(functions, f"{module}.{node.name}", checker.function(node))
            elif isinstance(node, ast.ClassDef):
                _add(classes, f"{module}.{node.name}", checker.read_class(node))
            else:
                raise checker.error(node)
    checker.check_methods({name for each in classes.values() for name in each.methods})
    return Code(classes, functions)


def dotted(node: ast.expr) -> str:
    """Return a chain of names as text: "torch.nn"; an empty one for other expressions."""
    names = list[str]()
    while isinstance(node, ast.Attribute):
        names.append(node.attr)
        node = node.value
    return ".".join([node.id, *reversed(names)]) if isinstance(node, ast.Name) else ""


class _Checker:
    """Checks syntax trees. Each node must be known."""

    def __init__(self, file: str) -> None:
        self._file = file
        self._called = set[str]()  # names of methods

    def error(self, node: ast.AST) -> UnsupportedModelError:
        """Return the error for a node."""
        what = f"`{shorten(ast.unparse(node))[1:-1]}`" if isinstance(node, ast.expr) else type(node).__name__
        return UnsupportedModelError(f"{what} in the code of {self._file}", HINT)

    def parse(self, content: bytes) -> ast.Module:
        """Return the syntax tree of a member."""
        text = content.decode("ascii")
        if len(text) > _MOST_CHARACTERS or not _TEXT.fullmatch(text) or '"""' in text or "'''" in text:
            raise ValueError("code with other characters than torch writes")
        try:
            tree = ast.parse(text)
        except (RecursionError, MemoryError) as error:
            raise ValueError("code that is nested too deeply") from error
        waiting: list[tuple[ast.AST, int]] = [(tree, 0)]
        while waiting:
            node, depth = waiting.pop()
            if depth > _DEEPEST:
                raise ValueError("code that is nested too deeply")
            waiting += [(child, depth + 1) for child in ast.iter_child_nodes(node)]
        return tree

    def read_class(self, node: ast.ClassDef) -> Class:
        """Return a class of modules."""
        if [dotted(base) for base in node.bases] != ["Module"] or node.keywords or node.decorator_list:
            raise UnsupportedModelError(f"the class {shorten(node.name)} in {self._file}: no module", HINT)
        result = Class()
        for part in node.body:
            match part:
                case ast.FunctionDef():
                    _add(result.methods, part.name, self.function(part))
                case ast.AnnAssign(target=ast.Name(id=name), annotation=kind, value=value):
                    _add(result.types, name, self._type(kind))
                    if value is not None:
                        result.constants[name] = ast.literal_eval(value)
                case ast.Assign(
                    targets=[ast.Subscript(ast.Name("__annotations__"), ast.Constant(str(name)))], value=kind
                ) if _WORD.fullmatch(name):
                    _add(result.types, name, self._type(kind))
                case ast.Assign(
                    targets=[ast.Name("__parameters__" | "__buffers__" | "__annotations__")], value=value
                ):
                    ast.literal_eval(value)
                case ast.Pass():
                    pass
                case _:
                    raise self.error(part)
        for name in result.constants:
            del result.types[name]
        return result

    def function(self, node: ast.FunctionDef) -> ast.FunctionDef:
        """Return a function after its check."""
        given = node.args
        if node.name.startswith("__") and node.name != "__len__":  # torch runs some when it loads a file
            raise UnsupportedModelError(f"the method {shorten(node.name)} ({self._file})", HINT)
        if given.posonlyargs or given.kwonlyargs or given.vararg or given.kwarg or node.decorator_list:
            raise self.error(given)
        for argument in given.args:
            if argument.annotation is not None:
                self._type(argument.annotation)
        for default in given.defaults:
            ast.literal_eval(default)
        self._type(node.returns)
        self._check_body(node.body)
        return node

    def check_methods(self, defined: set[str]) -> None:
        """Raise UnsupportedModelError if a called method is not of the archive. A tensor has operators."""
        unknown = {name for name in self._called if name not in defined or operators.is_operator(name)}
        for name in sorted(unknown):
            raise UnsupportedModelError(f"the method {shorten(name)} ({self._file})", HINT)

    def _type(self, node: ast.expr | None) -> ast.expr:
        """Return a type that names classes of the archive only."""
        if node is None or not all(isinstance(each, _TYPE_PARTS) for each in ast.walk(node)):
            raise UnsupportedModelError(f"code with other types ({self._file})", HINT)
        for name in _names_in(node):
            if name.startswith(_NATIVE) or ("." in name and not name.startswith("__torch__.")):
                raise UnsupportedModelError(f"the type {shorten(name)} ({self._file})", HINT)
        return node

    def _check_body(self, body: list[ast.stmt]) -> None:
        for statement in body:
            match statement:
                case ast.If():
                    self._check(statement.test)
                case ast.For(target=ast.Name(), iter=ast.Call() | ast.Name() as over):
                    self._check(over)
                    self._check(statement.target)
                case ast.Assign(targets=[ast.Name() | ast.Tuple() as target]):
                    if not all(isinstance(each, ast.Name) for each in getattr(target, "elts", ())):
                        raise self.error(target)
                    self._check(target)
                    self._check(statement.value)
                case ast.AnnAssign(target=ast.Name() as target, value=ast.expr() as value):
                    self._type(statement.annotation)
                    self._check(target)
                    self._check(value)
                case ast.Return(value=ast.expr() as value) | ast.Expr(value=ast.Call() as value):
                    self._check(value)
                case ast.Pass():
                    pass
                case _:
                    raise self.error(statement)
            for inner in ("body", "orelse"):
                self._check_body(getattr(statement, inner, []))

    def _check(self, node: ast.AST) -> None:
        """Check an expression and all in it."""
        if not isinstance(node, _EXPRESSIONS):
            raise self.error(node)
        match node:
            case ast.Call():
                self._check_call(node)
                return
            case ast.Attribute() if dotted(node).partition(".")[0] in _ROOTS:
                name = dotted(node)
                if not re.fullmatch(r"CONSTANTS\.c[0-9]+|__torch__\..+", name) or name.startswith(_NATIVE):
                    raise self.error(node)
                return
            case ast.Name(id=name) if name in _ROOTS or name in _BUILTINS:
                raise self.error(node)
            case ast.Constant(value=value) if not isinstance(value, (str, int, float, bool, type(None))):
                raise self.error(node)
            case _:
                pass
        for child in ast.iter_child_nodes(node):
            self._check(child)

    def _check_call(self, node: ast.Call) -> None:
        """Check what is called, and the arguments."""
        function, arguments = node.func, [*node.args, *(each.value for each in node.keywords)]
        name = dotted(function)
        root = name.partition(".")[0]
        if any(each.arg is None for each in node.keywords):
            raise self.error(node)
        if root in ("torch", "ops"):
            if not operators.is_known(name):
                raise operators.unknown_operator(name, self._file)
        elif root == "__torch__" and not name.startswith(_NATIVE):
            pass
        elif isinstance(function, ast.Attribute):
            self._called.add(function.attr)
            self._check(function.value)
        elif root in ("annotate", "unchecked_cast", "uninitialized"):
            self._type(arguments[0])
            arguments = arguments[1:]
            if root != "annotate" and "__torch__" in ast.unparse(node.args[0]):
                raise self.error(node)  # torch would not check the class
        elif name not in _BUILTINS and not _ALIAS.fullmatch(name):
            raise self.error(node)
        for argument in arguments:
            self._check(argument)


def _names_in(kind: ast.AST) -> Iterator[str]:
    """Give the names of a type, which may have types in brackets."""
    if isinstance(kind, (ast.Name, ast.Attribute)):
        yield dotted(kind)
    else:
        for child in ast.iter_child_nodes(kind):
            yield from _names_in(child)


def _add(to: dict[str, Any], name: str, value: Any) -> None:
    """Add a value under a new name. Of two, torch and edgegen might take different ones."""
    if name in to:
        raise ValueError(f"two definitions of {name}")
    to[name] = value
