"""Open TorchScript archives: Ultralytics' exports, and traced classifiers.

An archive is read as a graph, and the graph as data: torch.jit does not load it. The authority for
classifiers is torch.jit on the file, after the check of its code.
"""

import ast
import json
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import Any, Final

import torch

from edgegen.base.errors import EdgegenError, InputError, UnsupportedModelError
from edgegen.base.quiet import quiet
from edgegen.base.strict_yaml import MAX_FILE_BYTES
from edgegen.base.text import shorten
from edgegen.sources.description import Description
from edgegen.sources.graph import Graph, module_with_weights
from edgegen.sources.image_classifier import (
    Classifier,
    described_preprocessing,
    input_side,
    open_classifier,
    run_on_noise,
    sigmoid_error,
)
from edgegen.sources.source import OpenedModel
from edgegen.sources.torchscript.archive import (
    HINT,
    Archive,
    SavedModule,
    Stored,
    Tensors,
    modules_below,
    open_archive,
    read_pickle,
)
from edgegen.sources.torchscript.interpreter import Operation, Run
from edgegen.sources.torchscript.syntax import Class, Code, dotted, read_code
from edgegen.sources.ultralytics import exported_graph

_RECORD: Final = "extra/config.txt"
_USUAL_SIDE: Final = 224  # of an input whose size is unknown
_LOGITS: Final = "logits"  # the name of the value before a softmax
_SIMPLE_TYPES: Final = {"int": int, "float": float, "bool": bool, "str": str, "NoneType": type(None)}


def open_file(path: Path, description: Description) -> OpenedModel:
    """Open an export of Ultralytics, or a classifier."""
    graph = read_graph(path)
    return (exported_graph.load if graph.record else _load)(graph, description)


def load_jit(path: Path) -> Any:
    """Return the module of torch.jit. Only for archives that `read_graph` has checked."""
    with quiet(), torch.inference_mode(False):
        module: Any = torch.jit.load(path, map_location="cpu")  # type: ignore[no-untyped-call]
    for parameter in module.parameters():
        parameter.requires_grad_(False)
    return module.eval()


@dataclass(frozen=True)
class ScriptGraph(Graph):
    """The graph of `forward`."""

    suffix = "torchscript"
    engine = "TorchScript"

    code: Code
    root: SavedModule
    tensors: Mapping[str, Any]  # by the path of their attribute, or as CONSTANTS.c0
    numbers: Mapping[str, Any]  # constants of no dimension

    @cached_property
    def convolutions(self) -> dict[str, str]:
        """The names of the convolutions' results: the path of the layer, with a number if it runs again."""
        return {name: name for name in self._dry_run(self._size).convolutions}

    @property
    def softmax_input(self) -> str | None:
        """The value before a softmax over classes that is the only output; None if there is none."""
        return _LOGITS if ends_in_softmax(self._dry_run(self._size)) else None

    @property
    def _size(self) -> tuple[int, int]:
        """Height and width of the input, or the usual ones."""
        height, width = [side or _USUAL_SIDE for side in self.input_shape[2:4]] or [_USUAL_SIDE] * 2
        return height, width

    def _dry_run(self, size: tuple[int, int]) -> Run:
        """Return a run for an input of this size, without values. It may have failed before its end."""
        tensors = {name: tensor.to("meta") for name, tensor in self.tensors.items()}
        run = Run(self.code, self.root, {**tensors, **self.numbers})
        with suppress(Exception), torch.inference_mode():  # values before the failure are known
            run(torch.empty((1, 3, *size), device="meta"))
        return run

    def module(self, outputs: Sequence[str], size: tuple[int, int]) -> Any:
        """Return a torch module of these values; see `Graph`."""
        wanted = frozenset(outputs) if set(outputs) <= self.convolutions.keys() else frozenset[str]()

        def values(run: Run) -> tuple[Any, ...]:
            known = {**run.convolutions, **dict(zip(self.outputs, _flat(run.output), strict=False))}
            if _LOGITS in outputs and run.last is not None:
                known[_LOGITS] = run.last.arguments[0]
            return tuple(known[name] for name in outputs)

        return self.run_as_module(values, size, wanted)

    def run_as_module(
        self, result: Callable[[Run], Any], size: tuple[int, int], wanted: frozenset[str] = frozenset()
    ) -> Any:
        """Return a torch module whose output is `result` of a run, with the weights as buffers."""
        factors = self._dry_run(size).upsamplings
        layers = [torch.nn.Upsample(scale_factor=factor, mode="nearest") for factor in factors]

        def forward(tensors: dict[str, Any], upsamplings: Sequence[Any], x: Any) -> Any:
            run = Run(self.code, self.root, {**tensors, **self.numbers}, wanted, upsamplings)
            run(x)
            return result(run)

        return module_with_weights(self.tensors, forward, layers)


def ends_in_softmax(run: Run) -> bool:
    """Return whether the output is that of a softmax over the classes."""
    if run.last is None or run.last.result is not run.output:
        return False
    match run.last:
        case Operation("torch.softmax", [_, 1 | -1] | [_, 1 | -1, None | 6]):  # 6: float32
            return True
        case _:
            return False


def read_graph(path: Path) -> ScriptGraph:
    """Read an archive."""
    try:
        return _read(open_archive(path))
    except EdgegenError:
        raise
    except Exception as error:  # a damaged file may have anything anywhere
        raise InputError(f"{path} is damaged: {shorten(str(error))}", HINT) from error


def _load(graph: ScriptGraph, description: Description) -> Classifier:
    """Open a graph that takes [N, 3, H, W] and returns [N, classes]."""
    path = graph.path
    side = input_side(path, graph.input_shape, graph.input_dtype)
    if len(graph.outputs) != 1:
        count = len(graph.outputs) or "other"
        raise UnsupportedModelError(
            f"{count} outputs ({path.name})", "edgegen takes modules with one tensor out"
        )
    how = described_preprocessing(path, description, side)
    has_softmax = _ends_with_softmax(graph, how.height)

    def logits(run: Run) -> Any:
        """Return the output without a softmax at its end: `Classifier.module` adds it to logits."""
        return run.last.arguments[0] if has_softmax and run.last else run.output

    @cache
    def jit_module() -> Any:
        return load_jit(path)

    def probabilities(x: Any) -> Any:
        # Without the optimization of its first runs, which takes seconds and changes last bits.
        with quiet(), torch.jit.optimized_execution(False):  # type: ignore[attr-defined]
            output = jit_module()(x)
        return output if has_softmax else output.softmax(dim=1)

    return open_classifier(
        path,
        description,
        how,
        graph.run_as_module(logits, how.size),
        library="torch",
        kind="a module of TorchScript",
        docs="https://docs.pytorch.org/docs/stable/jit.html",
        engine=graph.engine,
        probabilities=probabilities,
    )


def _ends_with_softmax(graph: ScriptGraph, side: int) -> bool:
    """Return whether the last operator is a softmax over the classes. Raise an error for a sigmoid."""
    runs = list[Run]()

    def output(run: Run) -> Any:
        runs.append(run)
        return run.output

    run_on_noise(graph.path, graph.run_as_module(output, (side, side)), side)
    last = runs[0].last
    if last is not None and last.name == "torch.sigmoid" and last.result is runs[0].output:
        raise sigmoid_error(graph.path)
    return ends_in_softmax(runs[0])


def _flat(output: Any) -> list[Any]:
    if isinstance(output, tuple):
        return [value for part in output for value in _flat(part)]
    return [output]


def _read(archive: Archive) -> ScriptGraph:
    code = read_code(archive)
    root, constants = read_pickle(archive, "data.pkl"), read_pickle(archive, "constants.pkl")
    for name in archive.names:
        if name.endswith(".debug_pkl"):
            read_pickle(archive, name)
    if not isinstance(root, SavedModule) or not isinstance(constants, tuple):
        raise ValueError("no module")
    stored: dict[str, Stored] = {}
    for module in modules_below(root):
        _check_attributes(module, code.classes, archive.path)
        for name, value in module.attributes.items():
            if isinstance(value, Stored):
                stored[f"{module.path}.{name}".lstrip(".")] = value
    stored.update({f"CONSTANTS.c{place}": value for place, value in enumerate(constants)})
    reader = Tensors(archive)
    tensors = {name: reader.read(value) for name, value in stored.items()}
    numbers = {
        name: tensor.item()
        for name, tensor in tensors.items()
        if name.startswith("CONSTANTS.") and not tensor.ndim
    }
    forward = code.classes[root.class_name].methods.get("forward")
    record = _read_record(archive)
    shape, dtype = _traced_input(archive)
    if forward is None or len(forward.args.args) - len(forward.args.defaults) != 2:
        count = 0 if forward is None else len(forward.args.args) - 1
        raise UnsupportedModelError(
            f"{count} inputs ({archive.path.name})", "edgegen takes modules with one input, a picture"
        )
    dtypes = {each.storage.dtype for each in stored.values()}
    weights_dtype = next((each for each in ("float16", "bfloat16") if each in dtypes), "float32")
    return ScriptGraph(
        path=archive.path,
        input_shape=_input_shape(record, shape),
        input_dtype=dtype or weights_dtype,
        outputs=_output_names(forward.returns),
        record=record,
        code=code,
        root=root,
        tensors={name: tensor for name, tensor in tensors.items() if name not in numbers},
        numbers=numbers,
    )


def _check_attributes(module: SavedModule, classes: Mapping[str, Class], path: Path) -> None:
    """Raise an error if a module's attributes are not those of its class."""
    declared = classes[module.class_name].types
    if module.attributes.keys() != declared.keys():
        raise ValueError(f"a {module.class_name} with other attributes than its class")
    for name, kind in declared.items():
        if not _fits(module.attributes[name], kind):
            raise UnsupportedModelError(
                f"the attribute {shorten(name)} of the type {shorten(ast.unparse(kind))} ({path.name})", HINT
            )


def _fits(value: Any, kind: ast.expr) -> bool:
    """Return whether a value has the type of an annotation."""
    match kind:
        case ast.Name("Tensor"):
            return isinstance(value, Stored)
        case ast.Name(name):
            return name in _SIMPLE_TYPES and type(value) is _SIMPLE_TYPES[name]
        case ast.Attribute():
            return isinstance(value, SavedModule) and value.class_name == dotted(kind)
        case ast.Subscript(value=ast.Name("Optional"), slice=inner):
            return value is None or _fits(value, inner)
        case ast.Subscript(value=ast.Name("List"), slice=ast.Name("int" | "float" | "bool") as inner):
            return type(value) is list and all(_fits(each, inner) for each in value)
        case _:
            return False


def _read_record(archive: Archive) -> dict[str, Any]:
    """Return what Ultralytics' exporter wrote, with the types that its ONNX files have."""
    content = archive.read(_RECORD) if _RECORD in archive.names else b""
    try:
        record = json.loads(content, object_hook=_with_numbers) if len(content) <= MAX_FILE_BYTES else None
    except (ValueError, RecursionError):
        return {}
    if not isinstance(record, dict) or not {"task", "names", "stride", "imgsz"} <= record.keys():
        return {}
    return record


def _with_numbers(parsed: dict[str, Any]) -> dict[Any, Any]:
    """Return an object of JSON with numbers as keys: JSON has texts only."""
    return {
        int(key) if key.isascii() and key.isdecimal() and len(key) < 9 else key: value
        for key, value in parsed.items()
    }


def _traced_input(archive: Archive) -> tuple[tuple[int, ...] | None, str]:
    """Return the shape and type of the input that the module was traced with; None and "" if unknown."""
    if "traced_inputs.pkl" not in archive.names:
        return None, ""
    match read_pickle(archive, "traced_inputs.pkl"):
        case {"forward": [Stored() as traced]}:
            return traced.sizes, traced.storage.dtype
        case _:
            return None, ""


def _input_shape(record: Mapping[str, Any], traced: tuple[int, ...] | None) -> tuple[int | None, ...]:
    settings = record.get("args")
    if isinstance(settings, dict) and settings.get("dynamic"):
        return (None, 3, None, None)
    if traced is not None:
        return traced
    match record.get("imgsz"):
        case [int(height), int(width)]:
            return (1, 3, height, width)
        case _:
            return (None, 3, None, None)


def _output_names(kind: ast.expr | None) -> tuple[str, ...]:
    """Return a name for each tensor that `forward` returns; none if that is not known."""
    count = 0
    for node in ast.walk(kind) if kind is not None else ():
        if isinstance(node, ast.Name) and node.id not in ("Tensor", "Tuple"):
            return ()
        count += isinstance(node, ast.Name) and node.id == "Tensor"
    return ("output",) if count == 1 else tuple(f"output.{place}" for place in range(count))
