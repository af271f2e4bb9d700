"""Open classifiers of torch.export, `.pt2` files, without executing code from them.

`torch.export.load` is not used: it unpickles, compiles names and sizes to Python, and loads libraries. Here
the graph is data: a list of ATen operators, whose results have names. Weights are bytes. The authority is the
program itself, run by PyTorch.
"""

import ast
import json
import math
import operator
import re
import zipfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final, NamedTuple

import torch

from edgegen.base.errors import InputError, UnsupportedModelError
from edgegen.base.text import shorten
from edgegen.sources.description import Description
from edgegen.sources.graph import module_with_weights, stored_tensor
from edgegen.sources.image_classifier import (
    Classifier,
    described_preprocessing,
    input_side,
    open_classifier,
    sigmoid_error,
)
from edgegen.sources.torch_export import operators

_SOFTMAXES: Final = ("aten.softmax.int", "aten._softmax.default")
SCHEMA: Final = 8  # the major version of torch's schema
_PROGRAM: Final = "models/model.json"
_STORED: Final = re.compile(r"(weight|tensor|constant)_[0-9]+")
# Numbers of torch's schema: _export/serde/schema.py.
_DTYPES: Final = {
    1: "uint8", 2: "int8", 3: "int16", 4: "int32", 5: "int64", 6: "float16", 7: "float32", 8: "float64",
    12: "bool", 13: "bfloat16",
}  # fmt: skip
_MEMORY_FORMATS: Final = {1: "contiguous_format", 2: "channels_last", 4: "preserve_format"}
_NAMED: Final = 2  # the kind of an argument that is passed by its name
# The kinds of an input that hold a stored tensor, and the key of its name.
_STORED_INPUTS: Final = {
    "parameter": "parameter_name",
    "buffer": "buffer_name",
    "tensor_constant": "tensor_constant_name",
}
_HINT: Final = "export the model again with torch.export.save"
_CONDITION_SIZE: Final = re.compile(r"L\['[^'\]]*'\]\.size\(\)\[([0-9])\]")
_LONGEST_CONDITION: Final = 10_000  # characters
_CONDITION_OPERATORS: Final[dict[type[ast.AST], Callable[[Any, Any], Any]]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.FloorDiv: operator.floordiv,
    ast.Mod: operator.mod,
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
}


def load(path: Path, description: Description) -> Classifier:
    """Open a program that takes [N, 3, H, W] and returns [N, classes]."""
    program = read_program(path)
    how = described_preprocessing(
        path, description, input_side(path, program.input_shape, program.input_dtype)
    )
    _check_size(path, program, how.height)
    logits = _without_softmax(path, program)
    module = module_with_weights(logits.values, lambda values, _, x: replace(logits, values=values).run(x))
    return open_classifier(
        path,
        description,
        how,
        module,
        library="torch",
        kind="a program of torch.export",
        docs="https://docs.pytorch.org/docs/stable/export.html",
    )


class Argument(NamedTuple):
    """An argument of an operator."""

    content: Mapping[str, Any]  # one entry, from its kind to its value: {"as_int": 1}
    keyword: str | None  # None: it is passed by its position


@dataclass(frozen=True)
class Node:
    """An operator of the graph, and the names of its results."""

    operator: Any
    name: str  # aten.softmax.int
    arguments: tuple[Argument, ...]
    results: tuple[str, ...]
    returns_list: bool


@dataclass(frozen=True)
class GraphProgram:
    """A program with one input and one output."""

    nodes: tuple[Node, ...]
    values: Mapping[str, Any]  # weights and constants, by their names in the graph
    input_name: str
    input_shape: tuple[int | None, ...]  # None: any size
    input_dtype: str
    output_name: str
    ranges: tuple[tuple[int, float], ...] = ()  # of the input's sizes: lowest, highest
    conditions: tuple[str, ...] = ()  # on the input's sizes

    def run(self, x: Any) -> Any:
        """Return the output for an input."""
        values = {**self.values, self.input_name: x}
        for node in self.nodes:
            positional, named = list[Any](), dict[str, Any]()
            for argument in node.arguments:
                value = _value(argument.content, values)
                if argument.keyword is None:
                    positional.append(value)
                else:
                    named[argument.keyword] = value
            result = node.operator(*positional, **named)
            is_single = len(node.results) == 1 and not node.returns_list
            results = (result,) if is_single else result
            values.update(zip(node.results, results, strict=True))
        return values[self.output_name]


def read_program(path: Path) -> GraphProgram:
    """Read a program."""
    try:
        with zipfile.ZipFile(path) as archive:
            return _Reader(path, archive).program()
    except InputError:
        raise
    except Exception as error:  # a damaged file may have anything anywhere
        raise InputError(f"{path} is damaged: {shorten(str(error))}", _HINT) from error


def condition_holds(condition: str, shape: Sequence[int]) -> bool:
    """Return whether a condition such as `L['x'].size()[3] // 2 > 1` holds for an input of this shape.

    torch.export recorded it. It is evaluated here, number by number, and never executed as Python. Anything
    else than numbers, sizes of these axes, arithmetic and comparisons is a ValueError.
    """
    if len(condition) > _LONGEST_CONDITION:
        raise ValueError("a condition that is too long")
    try:
        text = _CONDITION_SIZE.sub(lambda match: str(shape[int(match[1])]), condition)
        return bool(_condition_value(ast.parse(text, mode="eval").body))
    except (SyntaxError, IndexError, RecursionError, ZeroDivisionError, MemoryError) as error:
        raise ValueError(f"a condition that cannot be evaluated: {condition[:80]}") from error


def _check_size(path: Path, program: GraphProgram, side: int) -> None:
    """Raise InputError if the program was not exported for one picture of this size."""
    shape = (1, 3, side, side)
    # torch gives every dynamic batch a range from 2: it treats 1 as a constant only where it broadcasts.
    ranges = [(1, math.inf), *program.ranges[1:]] if program.input_shape[0] is None else program.ranges
    try:
        fits = all(low <= size <= high for size, (low, high) in zip(shape, ranges, strict=True))
        fits = fits and all(condition_holds(condition, shape) for condition in program.conditions)
    except ValueError as error:
        raise UnsupportedModelError(
            f"{error} ({path.name})", "export the model for one size: without dynamic_shapes"
        ) from error
    if not fits:
        raise InputError(
            f"{path} was not exported for one picture of {side}x{side}",
            "give another --crop, or export it for this size",
        )


def _without_softmax(path: Path, program: GraphProgram) -> GraphProgram:
    """Return the program without a softmax at its end: `Classifier.module` adds it to logits."""
    if not program.nodes:
        return program
    last = program.nodes[-1]
    if last.name == "aten.sigmoid.default":
        raise sigmoid_error(path)
    if last.name not in _SOFTMAXES or last.results != (program.output_name,):
        return program
    match [argument.content for argument in last.arguments[:2]]:
        case [{"as_tensor": {"name": str(before)}}, {"as_int": 1 | -1}]:
            return replace(program, nodes=program.nodes[:-1], output_name=before)
    return program


def _value(argument: Mapping[str, Any], values: Mapping[str, Any]) -> Any:
    """Return the value of an argument. values: those of the graph, by name."""
    ((kind, content),) = argument.items()
    match kind:
        case "as_none":
            return None
        case "as_int" | "as_ints" | "as_bool" | "as_bools" | "as_string":
            return content
        case "as_float":
            return float(content)
        case "as_floats":
            return [float(number) for number in content]
        case "as_tensor":
            return values[content["name"]]
        case "as_tensors":
            return [values[tensor["name"]] for tensor in content]
        case "as_optional_tensors":
            return [_value(tensor, values) for tensor in content]
        case "as_sym_int" | "as_sym_float" | "as_sym_bool":
            return _symbol(content, values)
        case "as_sym_ints" | "as_sym_floats" | "as_sym_bools":
            return [_symbol(symbol, values) for symbol in content]
        case "as_scalar_type":
            return getattr(torch, _DTYPES[content])
        case "as_memory_format":
            return getattr(torch, _MEMORY_FORMATS[content])
        case "as_device":
            return torch.device("cpu")
        case "as_layout":
            return torch.strided
        case _:
            raise ValueError(f"an argument of the kind {kind}")


def _symbol(content: Mapping[str, Any], values: Mapping[str, Any]) -> Any:
    """Return a symbolic number: the result of another operator by its name, or the number itself."""
    ((kind, value),) = content.items()
    return values[value] if kind == "as_name" else value


class _Reader:
    """Reads the members of one archive."""

    def __init__(self, path: Path, archive: zipfile.ZipFile) -> None:
        self._path, self._archive = path, archive
        self._root = archive.namelist()[0].partition("/")[0]

    def program(self) -> GraphProgram:
        content = self._json(_PROGRAM)
        major = content["schema_version"]["major"]
        if major != SCHEMA:
            raise UnsupportedModelError(
                f"programs of another torch ({self._path.name}: schema {shorten(major)}, not {SCHEMA})",
                "export the model again with a current torch",
            )
        graph, signature = content["graph_module"]["graph"], content["graph_module"]["signature"]
        if any("user_output" not in each for each in signature["output_specs"]):
            raise UnsupportedModelError(
                f"a program that changes its own buffers ({self._path.name})",
                "call model.eval() before the export",
            )
        inputs = [each["user_input"]["arg"] for each in signature["input_specs"] if "user_input" in each]
        outputs = [each["user_output"]["arg"] for each in signature["output_specs"]]
        tensors = [each["as_tensor"]["name"] for each in (*inputs, *outputs) if "as_tensor" in each]
        if (len(inputs), len(outputs), len(tensors)) != (1, 1, 2):
            raise UnsupportedModelError(
                f"{len(inputs)} inputs and {len(outputs)} outputs ({self._path.name})",
                "edgegen takes programs with one tensor in and one tensor out",
            )
        input_meta = graph["tensor_values"][tensors[0]]
        return GraphProgram(
            nodes=tuple(
                self._node(each) for each in graph["nodes"] if each["target"] not in operators.CHECKS
            ),
            values=self._values(signature["input_specs"]),
            input_name=tensors[0],
            input_shape=tuple(_size(size) for size in input_meta["sizes"]),
            input_dtype=_DTYPES.get(input_meta["dtype"], "another type"),
            output_name=tensors[1],
            ranges=tuple(_range(size, content["range_constraints"]) for size in input_meta["sizes"]),
            conditions=_conditions(content.get("guards_code")),
        )

    def _json(self, member: str) -> Any:
        return json.loads(self._read(member))

    def _read(self, member: str) -> bytes:
        name = f"{self._root}/{member}"
        if self._archive.getinfo(name).compress_type != zipfile.ZIP_STORED:  # it may be huge
            raise ValueError(f"{member} is compressed")
        return self._archive.read(name)

    def _node(self, node: Mapping[str, Any]) -> Node:
        name = str(node["target"])
        operator = operators.find(name)
        if operator is None:
            raise UnsupportedModelError(
                f"the operator {shorten(name)} ({self._path.name})",
                "edgegen takes the operators of image classifiers: sources/torch_export/operators.py",
            )
        return Node(
            operator=operator,
            name=name.removeprefix("torch.ops."),
            arguments=tuple(
                Argument(each["arg"], each["name"] if each.get("kind") == _NAMED else None)
                for each in node["inputs"]
            ),
            results=tuple(result for output in node["outputs"] for result in _result_names(output)),
            returns_list=any("as_tensors" in output for output in node["outputs"]),
        )

    def _values(self, inputs: list[Mapping[str, Any]]) -> dict[str, Any]:
        """Return the tensors that the graph uses, by their names in it."""
        stored = {
            **self._stored("weights", "model_weights_config.json"),
            **self._stored("constants", "model_constants_config.json"),
        }
        values = {}
        for recorded in inputs:
            ((kind, source),) = recorded.items()
            if kind in _STORED_INPUTS:
                values[source["arg"]["name"]] = stored[source[_STORED_INPUTS[kind]]]
        return values

    def _stored(self, folder: str, config: str) -> dict[str, Any]:
        tensors = {}
        for name, entry in self._json(f"data/{folder}/{config}")["config"].items():
            if entry["use_pickle"] or not _STORED.fullmatch(entry["path_name"]):
                raise UnsupportedModelError(
                    f"the pickled value {shorten(name)} ({self._path.name})",
                    "save plain tensors as parameters and buffers, and export the model again",
                )
            content = self._read(f"data/{folder}/{entry['path_name']}")
            meta = entry["tensor_meta"]
            tensors[name] = stored_tensor(
                content,
                _DTYPES[meta["dtype"]],
                sizes=[size["as_int"] for size in meta["sizes"]],
                strides=[stride["as_int"] for stride in meta["strides"]],
                offset=meta["storage_offset"]["as_int"],
            )
        return tensors


def _size(size: Mapping[str, Any]) -> int | None:
    """Return a size of the input; None if it is symbolic."""
    value = size.get("as_int")
    if value is not None and (type(value) is not int or value <= 0):
        raise ValueError("a size that is not positive")
    return value


def _range(size: Mapping[str, Any], ranges: Mapping[str, Any]) -> tuple[int, float]:
    """Return the lowest and highest value of a size of the input."""
    if "as_int" in size:
        return size["as_int"], size["as_int"]
    symbol = re.search(r"'(s[0-9]+)'", size["as_expr"]["expr_str"])
    known = ranges.get(symbol[1], {}) if symbol else {}
    lowest, highest = known.get("min_val"), known.get("max_val")
    if any(type(end) not in (int, type(None)) for end in (lowest, highest)):
        raise ValueError("a range of sizes without whole numbers")
    return lowest or 0, math.inf if highest is None else highest


def _conditions(recorded: Any) -> tuple[str, ...]:
    """Return the conditions on the input's sizes. Older files have none."""
    conditions = tuple(recorded or ())
    if not all(isinstance(condition, str) for condition in conditions):
        raise ValueError("a condition that is not text")
    return conditions


def _result_names(output: Mapping[str, Any]) -> list[str]:
    """Return the names of a result: a tensor, several tensors, or a symbolic integer."""
    ((kind, content),) = output.items()
    if kind == "as_tensors":
        return [each["name"] for each in content]
    return [content["name"] if "name" in content else content["as_name"]]


def _condition_value(node: ast.AST) -> Any:
    if isinstance(node, ast.Constant) and type(node.value) in (int, bool):
        return node.value
    if isinstance(node, ast.BinOp) and type(node.op) in _CONDITION_OPERATORS:
        return _CONDITION_OPERATORS[type(node.op)](_condition_value(node.left), _condition_value(node.right))
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        return -_condition_value(node.operand)
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
        return not _condition_value(node.operand)
    if isinstance(node, ast.BoolOp):
        values = [_condition_value(operand) for operand in node.values]
        return all(values) if isinstance(node.op, ast.And) else any(values)
    if isinstance(node, ast.Compare) and all(
        type(comparison) in _CONDITION_OPERATORS for comparison in node.ops
    ):
        sides = [_condition_value(side) for side in (node.left, *node.comparators)]
        return all(
            _CONDITION_OPERATORS[type(op)](left, right)
            for op, left, right in zip(node.ops, sides, sides[1:], strict=False)
        )
    raise ValueError(f"a condition with {type(node).__name__}")
