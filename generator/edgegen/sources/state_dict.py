"""Read a state dict safely, and load it into a module with an error that names the keys that do not fit."""

import pickle
import re
from collections.abc import Iterable, Mapping
from itertools import islice
from pathlib import Path
from typing import Any, Final

import torch

from edgegen.base.errors import InputError, ToolchainError
from edgegen.base.text import plain
from edgegen.sources.file_formats import is_exported_program, is_onnx, is_torchscript

# Keys of a training's checkpoint that hold its state dict, and prefixes of wrapped modules.
_NESTED: Final = ("state_dict", "model_state_dict", "model")
_WRAPPERS: Final = ("module.", "_orig_mod.")
_SHOWN: Final = 3  # keys in a message
_HINT: Final = "save one with torch.save(model.state_dict(), PATH), or leave out --arch"


def read_state_dict(path: Path) -> dict[str, Any]:
    """Return the tensors of a state dict by name. It may be inside a training's checkpoint.

    Executes no code from the file. Prefixes of DataParallel and torch.compile are removed.

    Raises:
        InputError: The file is damaged, or something else.
    """
    content = _load(path)
    for name in _NESTED:
        if isinstance(content, Mapping) and isinstance(content.get(name), Mapping):
            content = content[name]
    if not _is_state_dict(content):
        raise InputError(f"{path} is not a state dict: it has no plain tensors by name", _HINT)
    state = dict(content)
    for prefix in _WRAPPERS:
        if all(name.startswith(prefix) for name in state):
            state = {name.removeprefix(prefix): value for name, value in state.items()}
    return state


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
    try:
        return torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:  # a damaged file raises many types
        forbidden = re.search(r"GLOBAL (\S+)", str(error))
        if isinstance(error, pickle.UnpicklingError) and forbidden:
            what = plain(forbidden[1])
            raise InputError(f"{path} is not a state dict: it contains {what}", _HINT) from error
        raise InputError(f"{path} is damaged, or not a file of torch.save", _HINT) from error


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


def load_into(module: Any, state: Mapping[str, Any], path: Path, architecture: str) -> None:
    """Load a state dict into a module.

    Raises:
        InputError: Names or shapes differ, with the first of them.
    """
    wanted = module.state_dict()
    # Files of old versions of torch lack these counts, which inference does not use.
    counts = {name: value for name, value in wanted.items() if name.endswith("num_batches_tracked")}
    state = {**counts, **state}
    differences = list(islice(_differences(wanted, state), _SHOWN))
    if differences:
        raise InputError(
            f"{path} does not fit {architecture}: {'; '.join(differences)}",
            "give the architecture that was trained with --arch",
        )
    module.load_state_dict(state)


def _differences(wanted: Mapping[str, Any], state: Mapping[str, Any]) -> Iterable[str]:
    for name, tensor in wanted.items():
        if name not in state:
            yield f"it has no {name}"
        elif state[name].shape != tensor.shape:
            yield f"{name} has the shape {list(state[name].shape)}, not {list(tensor.shape)}"
    for name in state:
        if name not in wanted:
            yield f"{plain(name)} is unknown"


def number_of_outputs(state: Mapping[str, Any], name: str, path: Path, architecture: str) -> int:
    """Return the number of classes: the first dimension of the last layer's tensor of this name.

    Raises:
        InputError: The state dict does not have it.
    """
    if name not in state or not state[name].ndim or not state[name].numel():
        first = ", ".join(plain(each) for each in islice(state, _SHOWN))
        raise InputError(
            f"{path} does not fit {architecture}: it has no {name}; its first tensors are {first}",
            "give the architecture that was trained with --arch",
        )
    return int(state[name].shape[0])
