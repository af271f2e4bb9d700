"""Run the checked code of a TorchScript archive, statement by statement."""

import ast
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Final

from edgegen.sources.torchscript import operators
from edgegen.sources.torchscript.archive import SavedModule, Stored, other_device
from edgegen.sources.torchscript.syntax import Code, dotted

_MOST_STATEMENTS: Final = 1_000_000
_LONGEST_LOOP: Final = 10_000
_UPSAMPLING: Final = "torch.upsample_nearest2d"
_CONVOLUTIONS: Final = ("torch._convolution", "torch.conv2d", "torch.conv_transpose2d")


class _FinishedError(Exception):
    """All wanted values are there."""


class _ReturnError(Exception):
    """A function returns."""

    def __init__(self, value: Any) -> None:
        self.value = value


@dataclass(frozen=True)
class Operation:
    """The last operator of a run."""

    name: str
    arguments: list[Any]
    result: Any


class Run:
    """One run of `forward`.

    tensors: by the path of their attribute, or as CONSTANTS.c0. wanted: names of convolutions' results; the
    run ends when it has them. Empty: it runs to the end. layers: an nn.Upsample for each of `upsamplings` of
    an earlier run, which a backend may have replaced.
    """

    def __init__(
        self,
        code: Code,
        root: SavedModule,
        tensors: Mapping[str, Any],
        wanted: frozenset[str] = frozenset(),
        layers: Sequence[Any] = (),
    ) -> None:
        self._code, self._root, self._tensors, self._wanted = code, root, tensors, wanted
        self._layers = layers
        self.upsamplings: list[int] = []  # the factors of nearest-neighbour upsamplings, in order
        self._names = {id(tensor): name for name, tensor in tensors.items()}
        self._statements = 0
        self.convolutions: dict[str, Any] = {}  # results, by the path of the layer
        self.output: Any = None
        self.last: Operation | None = None
        self._device: Any = None

    def __call__(self, x: Any) -> None:
        """Run on an input. Code that is wrong, or depends on the picture's content, is a ValueError."""
        self._device = x.device
        with suppress(_FinishedError):
            self.output = self._call_method(self._root, "forward", [x], {})

    def _call_method(self, owner: Any, name: str, positional: list[Any], named: dict[str, Any]) -> Any:
        if not isinstance(owner, SavedModule):
            raise ValueError(f"a call of {name} of something else than a module")
        return self._call(self._code.classes[owner.class_name].methods[name], [owner, *positional], named)

    def _call(self, function: ast.FunctionDef, positional: list[Any], named: dict[str, Any]) -> Any:
        names = [argument.arg for argument in function.args.args]
        defaults = function.args.defaults
        values = {
            name: ast.literal_eval(default)
            for name, default in zip(names[len(names) - len(defaults) :], defaults, strict=True)
        }
        values.update(zip(names, positional, strict=False))
        values.update(named)
        if set(values) != set(names) or len(positional) > len(names):
            raise ValueError(f"a call of {function.name} with other arguments")
        try:
            self._run(function.body, values)
        except _ReturnError as returned:
            return returned.value
        return None

    def _run(self, body: list[ast.stmt], values: dict[str, Any]) -> None:
        for statement in body:
            self._statements += 1
            if self._statements > _MOST_STATEMENTS:
                raise ValueError("a program that does not end")
            match statement:
                case ast.Assign(targets=[target], value=value):
                    _assign(target, self._value(value, values), values)
                case ast.AnnAssign(target=target, value=ast.expr() as value):
                    _assign(target, self._value(value, values), values)
                case ast.Return(value=ast.expr() as value):
                    raise _ReturnError(self._value(value, values))
                case ast.Expr(value=value):
                    self._value(value, values)
                case ast.If():
                    chosen = _number(self._value(statement.test, values))
                    self._run(statement.body if chosen else statement.orelse, values)
                case ast.For(target=target):
                    items = self._value(statement.iter, values)
                    if not isinstance(items, (range, list)) or len(items) > _LONGEST_LOOP:
                        raise ValueError("a loop over something else than a few numbers")
                    for item in items:
                        _assign(target, item, values)
                        self._run(statement.body, values)
                case _:  # ast.Pass
                    pass

    def _value(self, node: ast.expr, values: dict[str, Any]) -> Any:
        match node:
            case ast.Name(id=name):
                return values[name]
            case ast.Constant(value=value):
                return value
            case ast.Call():
                return self._call_value(node, values)
            case ast.Attribute(value=owner, attr=name):
                full = dotted(node)
                if full.startswith("CONSTANTS."):
                    return self._tensors[full]
                if full.startswith("__torch__."):
                    return self._code.functions[full]
                return self._attribute(self._value(owner, values), name)
            case ast.List(elts=parts):
                return [self._value(part, values) for part in parts]
            case ast.Tuple(elts=parts):
                return tuple(self._value(part, values) for part in parts)
            case ast.Subscript(value=whole, slice=place):
                items, index = self._value(whole, values), self._value(place, values)
                if not isinstance(items, (list, tuple)) or type(index) is not int:
                    raise ValueError("an item of something else than a list")
                return items[index]
            case ast.UnaryOp(operand=operand):
                return -_number(self._value(operand, values))
            case _:
                raise ValueError(f"code with {type(node).__name__}")

    def _attribute(self, owner: Any, name: str) -> Any:
        if not isinstance(owner, SavedModule):
            raise ValueError(f"the attribute {name} of something else than a module")
        constants = self._code.classes[owner.class_name].constants
        value = constants[name] if name in constants else owner.attributes[name]
        if isinstance(value, Stored):
            return self._tensors[f"{owner.path}.{name}".lstrip(".")]
        return list(value) if isinstance(value, list) else value

    def _call_value(self, node: ast.Call, values: dict[str, Any]) -> Any:
        name = dotted(node.func)
        root = name.partition(".")[0]
        if root in ("annotate", "unchecked_cast"):
            return self._value(node.args[1], values)
        if root == "uninitialized":
            return None
        positional = [self._value(argument, values) for argument in node.args]
        named = {str(each.arg): self._value(each.value, values) for each in node.keywords}
        if root in ("torch", "ops"):
            return self._operator(name, positional, named)
        if root == "__torch__":
            return self._call(self._code.functions[name], positional, named)
        if isinstance(node.func, ast.Attribute):
            return self._call_method(self._value(node.func.value, values), node.func.attr, positional, named)
        if name == "getattr":
            return self._attribute(*positional)
        if name == "range":
            return range(*[int(_number(each)) for each in positional])
        if name in ("int", "float", "bool"):
            return {"int": int, "float": float, "bool": bool}[name](_number(positional[0]))
        function = values[name]
        if not isinstance(function, ast.FunctionDef):
            raise ValueError(f"a call of {name}, which is no function")
        return self._call(function, positional, named)

    def _operator(self, name: str, positional: list[Any], named: dict[str, Any]) -> Any:
        if name == "torch.device":
            if positional != ["cpu"]:
                raise other_device(positional[0] if positional else "")
            return self._device
        result = (
            self._upsampled(positional) if name == _UPSAMPLING else operators.call(name, positional, named)
        )
        self.last = Operation(name, positional, result)
        if name in _CONVOLUTIONS and len(positional) > 1:
            self._keep(self._names.get(id(positional[1]), ""), result)
        return result

    def _upsampled(self, positional: list[Any]) -> Any:
        """Return a nearest-neighbour upsampling, by its layer if the factor is a whole number."""
        match positional:
            case [x, None, [float(down), float(across)]] if down == across == int(down) and down > 1:
                self.upsamplings.append(int(down))
                if self._layers:
                    return self._layers[len(self.upsamplings) - 1](x)
        return operators.call(_UPSAMPLING, positional, {})

    def _keep(self, weight: str, result: Any) -> None:
        """Remember the result of a convolution; later ones of the same layer have a number."""
        if not weight.endswith(".weight"):
            return
        path = weight.removesuffix(".weight")
        used = sum(1 for name in self.convolutions if name.partition("#")[0] == path)
        self.convolutions[f"{path}#{used}" if used else path] = result
        if self._wanted and self._wanted <= self.convolutions.keys():
            raise _FinishedError


def _assign(target: ast.expr, value: Any, values: dict[str, Any]) -> None:
    match target:
        case ast.Name(id=name):
            values[name] = value
        case ast.Tuple(elts=targets):
            if not isinstance(value, (list, tuple)) or len(value) != len(targets):
                raise ValueError("a list of another length")
            for each, part in zip(targets, value, strict=True):
                _assign(each, part, values)
        case _:
            raise ValueError("an assignment to something else than a name")


def _number(value: Any) -> Any:
    """Return a number or truth value; `float("inf")` has a text."""
    if isinstance(value, (int, float)):
        return value
    if isinstance(value, str) and value in ("inf", "-inf", "nan"):
        return float(value)
    raise ValueError("a number or condition that depends on the picture")
