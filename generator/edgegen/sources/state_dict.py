"""Open state dicts of a named architecture, with errors that name the tensors that do not fit.

The last layer may be another one than the architecture's: that of the state dict takes its place.
"""

import pickle
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any, Final, NamedTuple

import torch

from edgegen.base.errors import EdgegenError, InputError, ToolchainError, other_channels
from edgegen.base.quiet import quiet
from edgegen.base.text import first_of, plain
from edgegen.sources.description import Description, check_class_names
from edgegen.sources.file_formats import is_exported_program, is_onnx, is_torchscript
from edgegen.sources.image_classifier import check_class_count
from edgegen.sources.old_format import readable_archive
from edgegen.sources.pickles import only_safe_globals, read_pickle_names, stand_ins

# Tensors of a training that inference does not use: losses with weights, metrics, the count of AveragedModel.
_OF_TRAINING: Final = re.compile(
    r"(\w*(loss|crit|metric)\w*|ce|bce|(train|val|test)_acc(uracy)?)\..*|n_averaged"
)
_DEEPEST: Final = 4  # levels of a checkpoint that are searched
_SHOWN: Final = 3  # keys in a message
_HINT: Final = "save one with torch.save(model.state_dict(), PATH), or leave out --arch"
_WHOLE: Final = (
    "give the whole module of torch.save(model, PATH), or a .pt2, TorchScript or ONNX file, "
    "which need no --arch"
)
_CHANGED: Final = f"the network differs from the architecture: name another with --arch, or {_WHOLE}"
# Parts of a classifier's end that one linear layer can replace. Others, such as Flatten, change the shape.
_SIMPLE: Final = (
    *(torch.nn.Sequential, torch.nn.Linear, torch.nn.Dropout, torch.nn.Identity),
    *(torch.nn.ReLU, torch.nn.ReLU6, torch.nn.Hardswish, torch.nn.GELU, torch.nn.SiLU, torch.nn.Tanh),
)
_ANY_CLASSES: Final = 2  # of an architecture whose other layers matter


class Trained(NamedTuple):
    """An architecture with the weights of a state dict."""

    model: Any
    class_names: tuple[str, ...]
    notes: tuple[str, ...]


def load_trained(
    path: Path, description: Description, class_tensor: str, build: Callable[[int], Any]
) -> Trained:
    """Return a module with the weights of a state dict, and the names of its classes.

    class_tensor: a tensor of the last layer, whose first dimension is the classes. build: makes the
    architecture for a number of classes.
    """
    state, notes = read(path, class_tensor)
    layer = _ClassLayer.find(state, class_tensor.rpartition(".")[0])
    if layer is None and (class_tensor not in state or not state[class_tensor].ndim):
        with quiet():
            wanted = build(_ANY_CLASSES).state_dict()
        raise _mismatch(wanted, state, path, description.architecture, class_tensor)
    classes = layer.classes if layer else len(state[class_tensor])
    check_class_count(classes, path)
    names = check_class_names(path, description.class_names, classes)
    with quiet():
        model = build(classes)
    if layer is not None and not layer.is_of(model) and layer.can_replace(model):
        layer.put_into(model)
        state = layer.renamed(state)
        notes = (*notes, *layer.notes())
    wanted = model.state_dict()
    state = with_counts(state, wanted)
    if any(differences(wanted, state)):
        raise _mismatch(wanted, state, path, description.architecture)
    model.load_state_dict(state)
    return Trained(model, names, notes)


class StateDict(NamedTuple):
    """The tensors of a network by name, and notes about what was removed."""

    tensors: dict[str, Any]
    notes: tuple[str, ...]


def read(path: Path, class_tensor: str) -> StateDict:
    """Return the tensors of a network. They may be anywhere in a training's checkpoint.

    Executes no code from the file. A prefix that all names share is removed, unless the architecture has it,
    and so are the tensors of losses and metrics.

    class_tensor: a tensor of the architecture's last layer, "fc.bias".
    """
    found = dict(state_dicts(_load(path)))
    if not found:
        raise InputError(f"{path} is not a state dict: it has no plain tensors by name", _HINT)
    layer = class_tensor.rpartition(".")[0]
    fitting = {key: state for key, state in found.items() if _has_layer(state, layer)} or found
    if len(fitting) > 1:
        keys = [plain(".".join(keys)) for keys in fitting]
        first = "".join(f'["{plain(key)}"]' for key in next(iter(fitting)))
        raise InputError(
            f"{path} has several state dicts: {first_of(keys)}",
            f'save one: torch.save(torch.load(PATH){first}, "weights.pth")',
        )
    (state,) = fitting.values()
    tensors, unused = {}, []
    for name, tensor in state.items():
        if _OF_TRAINING.fullmatch(name):
            unused.append(name)
        else:
            tensors[name] = tensor
    notes = list[str]()
    if unused and tensors:
        notes.append(f"not used, because only the training needs it: {first_of(unused)}")
    networks = [name.removesuffix(class_tensor) for name in tensors if name.endswith(f".{class_tensor}")]
    if len(networks) > 1 and class_tensor not in tensors:
        raise InputError(
            f"{path} has several networks: {first_of([plain(each) for each in networks])}",
            f"save one: torch.save(model.{plain(networks[0])}state_dict(), PATH)",
        )
    prefix = networks[0] if networks and class_tensor not in tensors else _prefix(tensors, class_tensor)
    if others := [name for name in tensors if not name.startswith(prefix)]:
        raise InputError(
            f"{path} has tensors beside those of {plain(prefix)}: {first_of(others)}",
            f"if they are not a part of the network, save the others alone; if they are, {_WHOLE}",
        )
    if prefix:
        tensors = {name.removeprefix(prefix): tensor for name, tensor in tensors.items()}
        notes.append(f"the prefix {plain(prefix)} of all tensors' names is removed")
    return StateDict(tensors or state, tuple(notes))


def load_plain(path: Path, hint: str) -> Any:
    """Return the content of a file of torch.save that has plain tensors. Executes no code from it.

    hint: what to do if the file has something else.
    """
    try:
        with (
            readable_archive(path) as archive,
            only_safe_globals(stand_ins(read_pickle_names(archive).names)),
        ):
            return torch.load(archive, map_location="cpu", weights_only=True)
    except EdgegenError:
        raise
    except Exception as error:  # a damaged file raises many types
        forbidden = re.search(r"GLOBAL (\S+)", str(error))
        if isinstance(error, pickle.UnpicklingError) and forbidden:
            what = plain(forbidden[1])
            raise InputError(f"{path} is not a state dict: it contains {what}", hint) from error
        raise InputError(f"{path} is damaged, or not a file of torch.save", hint) from error


def state_dicts(
    content: object, keys: tuple[str, ...] = ()
) -> Iterator[tuple[tuple[str, ...], dict[str, Any]]]:
    """Yield the state dicts of a checkpoint with their keys, such as ("ema", "state_dict")."""
    if _is_state_dict(content):
        yield keys, dict(content)  # type: ignore[call-overload]
    elif isinstance(content, Mapping) and len(keys) < _DEEPEST:
        for name, value in content.items():
            if isinstance(name, str):
                yield from state_dicts(value, (*keys, name))


def check_finite(path: Path, weights: Mapping[str, Any]) -> None:
    """Raise InputError for weights that are NaN or infinite."""
    for name, tensor in weights.items():
        if tensor.is_floating_point() and not bool(torch.isfinite(tensor).all()):
            raise InputError(
                f"{path} has weights that are not finite: {plain(name)}",
                "train it again: the training diverged",
            )


def with_counts(state: Mapping[str, Any], wanted: Mapping[str, Any]) -> dict[str, Any]:
    """Return a state dict with the counts of batches that files of old versions of torch lack.

    Inference does not use them. wanted: the state dict of the module.
    """
    counts = [name for name in wanted if name.endswith("num_batches_tracked")]
    return {**{name: torch.zeros_like(wanted[name], device="cpu") for name in counts}, **state}


def differences(wanted: Mapping[str, Any], state: Mapping[str, Any]) -> Iterator[str]:
    """Yield the differences between a state dict and the wanted one: names and shapes of tensors."""
    for name, tensor in wanted.items():
        if name not in state:
            yield f"it has no {name}"
        elif state[name].shape != tensor.shape:
            yield f"{name} has the shape {list(state[name].shape)}, not {list(tensor.shape)}"
    for name in state:
        if name not in wanted:
            yield f"{plain(name)} is unknown"


def load_into(
    path: Path, network: Any, state: Mapping[str, Any], mismatch: Callable[[str], EdgegenError]
) -> None:
    """Load a state dict into a network, which may be on the device `meta`, for inference.

    mismatch: returns the error for the first differences.
    """
    wanted = network.state_dict()
    state = with_counts(state, wanted)
    if different := list(islice(differences(wanted, state), _SHOWN)):
        raise mismatch("; ".join(different))
    check_finite(path, {name: state[name] for name in wanted})
    network.load_state_dict({name: state[name].to(wanted[name].dtype) for name in wanted}, assign=True)
    network.eval().requires_grad_(False)


def _is_state_dict(content: object) -> bool:
    return (
        isinstance(content, Mapping)
        and bool(content)
        and all(isinstance(name, str) and _is_plain(value) for name, value in content.items())
    )


def _is_plain(tensor: Any) -> bool:
    if not isinstance(tensor, torch.Tensor) or tensor.layout != torch.strided:
        return False
    return not (tensor.is_meta or tensor.is_quantized or tensor.is_complex() or tensor.is_nested)


def _load(path: Path) -> Any:
    with path.open("rb") as file:
        head = file.read(9)
    if head[8:9] == b"{":
        return _load_safetensors(path)
    graphs = {
        "a TorchScript module": is_torchscript,
        "a program of torch.export": is_exported_program,
        "an ONNX model": is_onnx,
    }
    for what, recognizes in graphs.items():
        if recognizes(path):
            raise InputError(f"{path} is {what}, which needs no --arch", "leave out --arch")
    return load_plain(path, _HINT)


def _load_safetensors(path: Path) -> Any:
    try:
        from safetensors import SafetensorError
        from safetensors.torch import load_file
    except ImportError as error:
        raise ToolchainError(
            f"{path.name} needs safetensors, which is not installed", "pip install safetensors"
        ) from error
    try:
        return load_file(path)
    except (SafetensorError, OSError) as error:
        raise InputError(
            f"{path} is damaged, or not a safetensors file: {error}", "copy or download it again"
        ) from error


def _has_layer(state: Mapping[str, Any], layer: str) -> bool:
    """Return whether a state dict has weights below this layer's place, with any prefix."""
    top = re.escape(layer.partition(".")[0])
    return any(re.search(rf"(^|\.){top}\.", name) for name in state)


def _prefix(names: Iterable[str], class_tensor: str) -> str:
    """Return the prefix of wrappers that all names share: "module.", "model.net."; "" for none.

    It ends where the names of the architecture begin.
    """
    names, prefix = list(names), ""
    while names and class_tensor not in names:
        first, dot, _ = names[0].partition(".")
        if not dot or not all(name.startswith(f"{first}.") for name in names):
            break
        prefix += f"{first}."
        names = [name.removeprefix(f"{first}.") for name in names]
    return prefix


@dataclass(frozen=True)
class _ClassLayer:
    """The only linear layer of a state dict at or above the place of the architecture's last layer."""

    place: str  # of the architecture: "fc", or "classifier" for all of it
    name: str  # in the state dict: "fc.1"
    classes: int
    inputs: int
    has_bias: bool

    @classmethod
    def find(cls, state: Mapping[str, Any], layer: str) -> "_ClassLayer | None":
        """Return the layer; None if there are other tensors. layer: the architecture's, "classifier.3"."""
        place = layer
        while place:
            below = [name for name in state if name.startswith(f"{place}.")]
            if below:
                name = below[0].rpartition(".")[0]
                weight = state.get(f"{name}.weight")
                if set(below) - {f"{name}.weight", f"{name}.bias"} or weight is None or weight.ndim != 2:
                    return None
                return cls(place, name, len(weight), weight.shape[1], f"{name}.bias" in state)
            place = place.rpartition(".")[0]
        return None

    def is_of(self, model: Any) -> bool:
        """Return whether the model has this layer already."""
        there = self._there(model)
        is_linear = isinstance(there, torch.nn.Linear)
        return self.name == self.place and is_linear and (there.bias is not None) == self.has_bias

    def can_replace(self, model: Any) -> bool:
        """Return whether a linear layer can take the place in a model, with as many inputs."""
        parts = list(self._there(model).modules())
        layers = [each for each in parts if isinstance(each, torch.nn.Linear)]
        simple = all(type(each) in _SIMPLE or each in layers for each in parts)  # timm has its own Linear
        return simple and bool(layers) and layers[0].in_features == self.inputs

    def put_into(self, model: Any) -> None:
        """Replace the model's layers at the place by a linear layer without weights of its own."""
        parent, _, name = self.place.rpartition(".")
        layer = torch.nn.Linear(self.inputs, self.classes, bias=self.has_bias)
        model.get_submodule(parent).register_module(name, layer)

    def renamed(self, state: Mapping[str, Any]) -> dict[str, Any]:
        """Return the state dict with the layer's tensors at the place."""
        names = {f"{self.name}.{kind}": f"{self.place}.{kind}" for kind in ("weight", "bias")}
        return {names.get(name, name): tensor for name, tensor in state.items()}

    def notes(self) -> tuple[str, ...]:
        """Return the note about layers without weights; () if the layer is where the architecture has it."""
        if self.name == self.place:
            return ()
        return (
            f"{self.name} is taken for the last layer, {self.place}. A state dict does not name layers "
            "without weights: if there is another one than Dropout, give the whole module, or a .pt2 or ONNX "
            "file",
        )

    def _there(self, model: Any) -> Any:
        return model.get_submodule(self.place)


def _mismatch(
    wanted: Mapping[str, Any], state: Mapping[str, Any], path: Path, architecture: str, missing: str = ""
) -> InputError:
    """Return the error that names the first tensors that differ.

    wanted: those of the architecture. missing: the one without which it cannot be another size of it.
    """
    first = next((name for name, tensor in wanted.items() if tensor.ndim == 4), "")  # a convolution
    if first in state and state[first].ndim == 4 and state[first].shape[1] != wanted[first].shape[1]:
        return other_channels(state[first].shape[1])
    different = "; ".join(islice(differences(wanted, state), _SHOWN))
    same = sum(name in state and state[name].shape == tensor.shape for name, tensor in wanted.items())
    if same > len(wanted) // 2:
        return InputError(f"{path} does not fit {architecture}: {different}", _CHANGED)
    if missing:
        first = ", ".join(plain(each) for each in islice(state, _SHOWN))
        different = f"it has no {missing}; its first tensors are {first}"
    return InputError(
        f"{path} does not fit {architecture}: {different}",
        f"give the architecture that was trained with --arch. If it is your own, {_WHOLE}",
    )
