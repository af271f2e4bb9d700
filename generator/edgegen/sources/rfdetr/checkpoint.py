"""Read a checkpoint of rfdetr without executing it: weights, arguments of the training, architecture.

Trainings write a dict with `model`, `args` and, since version 1.8, `model_config`, `model_name` and
`rfdetr_version`. Old versions stored the arguments as a Namespace: a stand-in takes its place.
"""

import pickle
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import torch

from edgegen.base.errors import EdgegenError, InputError, MissingOptionsError
from edgegen.base.text import first_of, how_many, plain
from edgegen.sources.old_format import damaged, readable_archive
from edgegen.sources.pickles import only_safe_globals, read_pickle_names, stand_ins

_SAVE_AGAIN: Final = "give checkpoint_best_total.pth, as a training of rfdetr wrote it"
_WRAPPERS: Final = re.compile(r"^(model\.)?(_orig_mod\.)?")  # of Lightning and torch.compile


class _Arguments:
    """Takes the place of argparse.Namespace and types.SimpleNamespace. Runs nothing of them."""

    def __new__(cls, *_arguments: Any, **_named: Any) -> "_Arguments":
        """Make an object without values."""
        return object.__new__(cls)

    def __setstate__(self, state: Any) -> None:
        """Keep the values, if they are a plain mapping."""
        self.values = dict(state) if isinstance(state, dict) else {}


_NAMESPACES: Final = ("argparse.Namespace", "types.SimpleNamespace")


@dataclass(frozen=True)
class Record:
    """The contents of a checkpoint. Texts and mappings are empty if it does not have them."""

    weights: dict[str, Any]  # tensors by name
    arguments: Mapping[str, Any]  # of the training
    architecture: Mapping[str, Any]  # fields of rfdetr's ModelConfig
    model_name: str  # "RFDETRNano"
    version: str  # of rfdetr
    is_old: bool  # the arguments are a Namespace

    def text(self, name: str) -> str:
        """Return an argument of the training if it is a text, else ""."""
        value = self.arguments.get(name)
        return value if isinstance(value, str) else ""


def read(path: Path) -> Record:
    """Return the contents of a checkpoint, or raise InputError."""
    content = _load(path)
    weights = content.get("model", content.get("state_dict")) if isinstance(content, Mapping) else None
    if not isinstance(weights, Mapping):
        weights = content  # the weights alone
    tensors = {
        _WRAPPERS.sub("", name): tensor
        for name, tensor in (weights.items() if isinstance(weights, Mapping) else ())
        if isinstance(name, str) and isinstance(tensor, torch.Tensor)
    }
    if not tensors:
        raise InputError(f"{path} has no weights by name", _SAVE_AGAIN)
    arguments = content.get("args", content.get("hyper_parameters"))
    is_old = isinstance(arguments, _Arguments)
    return Record(
        weights=tensors,
        arguments=_mapping(getattr(arguments, "values", None) if is_old else arguments),
        architecture=_mapping(content.get("model_config")),
        model_name=_text(content.get("model_name")),
        version=_text(content.get("rfdetr_version")),
        is_old=is_old,
    )


@dataclass(frozen=True)
class Classes:
    """The classes of a model."""

    names: tuple[str, ...]
    columns: tuple[int, ...]  # of each class, its place among the logits of a query


def classes_of(path: Path, recorded: object, given: Sequence[str], outputs: int) -> Classes:
    """Return the classes that the library's `predict` names.

    The last of the logits belongs to no class. Weights trained on COCO have a logit for each category
    number up to 90, of which 80 have a name.

    recorded: of the checkpoint. given: by --names. outputs: logits of a query.
    """
    from rfdetr.assets.coco_classes import COCO_CLASS_NAMES, COCO_CLASSES

    count, of_file = outputs - 1, _names(recorded)
    is_coco_size = outputs > max(COCO_CLASSES)
    if of_file and given and tuple(given) != of_file:
        raise InputError(
            f"{path} names its classes itself: {first_of([plain(each) for each in of_file])}",
            "leave out --names",
        )
    names = of_file or tuple(given) or (tuple(COCO_CLASS_NAMES) if is_coco_size else ())
    if not names:
        raise MissingOptionsError(
            f"{path} has {how_many(count, 'class')} without names",
            "give --names FILE, with one name per line in the order of the training",
            {"--names": "classes.txt"},
        )
    if list(names) == COCO_CLASS_NAMES and is_coco_size:
        return Classes(names, tuple(sorted(COCO_CLASSES)))
    if len(names) != count:
        raise InputError(
            f"{path} contradicts itself: {how_many(len(names), 'class name')}, a head for "
            f"{how_many(count, 'class')}",
            "give the checkpoint of a training that ended, or one name for each class with --names",
        )
    return Classes(names, tuple(range(count)))


def _load(path: Path) -> Any:
    try:
        with readable_archive(path) as archive:
            names = read_pickle_names(archive).names
            allowed: list[Any] = [(_Arguments, name) for name in _NAMESPACES if name in names]
            allowed += stand_ins(name for name in names if name not in _NAMESPACES)
            with only_safe_globals(allowed):
                return torch.load(archive, map_location="cpu", weights_only=True)
    except EdgegenError:
        raise
    except OSError as error:
        raise InputError(
            f"{path} cannot be read: {error.strerror or error}", "check the permissions and the disk"
        ) from error
    except Exception as error:  # a damaged file raises many types
        forbidden = re.search(r"GLOBAL (\S+)", str(error))
        if isinstance(error, pickle.UnpicklingError) and forbidden:
            raise InputError(
                f"{path} is rejected: it needs {plain(forbidden[1])}, which edgegen does not load because it "
                "can execute code",
                _SAVE_AGAIN,
            ) from error
        raise damaged(path, error) from error


def _names(recorded: object) -> tuple[str, ...]:
    """Return names as the library reads them: one text is one name, other values do not count."""
    if isinstance(recorded, str):
        return (recorded,) if recorded else ()
    listed = recorded if isinstance(recorded, (list, tuple)) else ()
    # Lone surrogates cannot be written to a file: they become question marks.
    return tuple(name.encode("utf-8", "replace").decode("utf-8") for name in listed if isinstance(name, str))


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _text(value: object) -> str:
    return value.strip() if isinstance(value, str) else ""
