"""Harmless stand-ins for what honest checkpoints name and torch's restricted loading does not know."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any, Final

# Types that a pickle may name, and call with the plain values that `_built` admits.
_CONTAINERS: Final = (set, frozenset, dict, list, tuple)
_NUMBERS: Final = (int, float, complex, bool)
_TEXTS: Final = (str, bytes, bytearray)
TYPES: Final = (*_CONTAINERS, *_NUMBERS, *_TEXTS)
_DILL: Final = ("dill._dill._load_type", "dill.dill._load_type")
# The class that users open models with, at its places since 8.0.
_OPENERS: Final = (
    *(f"ultralytics.models.yolo.model.{name}" for name in ("YOLO", "YOLOWorld", "YOLOE")),
    *(
        "ultralytics.engine.model.YOLO",
        "ultralytics.engine.model.Model",
        "ultralytics.yolo.engine.model.YOLO",
    ),
    *("ultralytics.models.rtdetr.model.RTDETR", "ultralytics.vit.rtdetr.model.RTDETR"),
)
_CALLBACKS: Final = ("ultralytics.utils.callbacks.", "ultralytics.yolo.utils.callbacks.")
_DATA_PARALLEL: Final = "torch.nn.parallel.data_parallel.DataParallel"


class CarriesCodeError(Exception):
    """dill wrote more than a simple type into a checkpoint."""


class SavedObject:
    """Replaces an object around a model: a pickled YOLO, or PyTorch's DataParallel."""

    model: Any = None

    def __setstate__(self, state: Any) -> None:
        """Keep the model alone."""
        inside = {**state, **(state.get("_modules") or {})} if isinstance(state, dict) else {}
        self.model = inside.get("module", inside.get("model"))


class _Callback:
    """Replaces a function that is named and never called."""


def _plain_dict(*_arguments: Any) -> dict[Any, Any]:
    """Stand in for collections.defaultdict: a default of a missing key is for training."""
    return {}


def _built(kind: type, *arguments: Any) -> Any:
    """Return kind(*arguments) if they are plain: no method of them runs, and nothing large is allocated."""
    plain: tuple[type, ...] = (*_NUMBERS, *_TEXTS)
    if kind in _CONTAINERS:
        plain = (*_CONTAINERS, *_TEXTS)
    elif kind in (bytes, bytearray):
        plain = (list, tuple, *_TEXTS)  # and no number: bytes(n) has n bytes
    for each in arguments:
        if type(each) not in plain:
            raise ValueError(f"it calls {kind.__name__} with a value of type {type(each).__name__}")
    return kind(*arguments)


# One object for each type: torch compares a pickle's functions with those that it admits.
_BUILT: Final = {each.__name__: partial(_built, each) for each in TYPES}


def _load_type(name: Any) -> Any:
    """Stand in for dill's function of that name, which finds a type."""
    known: dict[str, Any] = {**_BUILT, "object": object, "NoneType": type(None)}
    if not isinstance(name, str) or name not in known:
        raise CarriesCodeError(f"dill's {name}")
    return known[name]


@contextmanager
def admitted(names: Iterable[str]) -> Iterator[None]:
    """Let torch's restricted loading take the stand-ins, of these names in a checkpoint's pickle."""
    import torch

    types = {f"builtins.{name}": function for name, function in _BUILT.items()}
    known: dict[str, Any] = {
        **types,
        **dict.fromkeys(_DILL, _load_type),
        **dict.fromkeys(_OPENERS, SavedObject),
        _DATA_PARALLEL: SavedObject,
        "collections.defaultdict": _plain_dict,
    }
    wanted = {name: known[name] for name in names if name in known}
    if not wanted.keys().isdisjoint(_DILL):
        wanted |= types
    if not wanted.keys().isdisjoint(_OPENERS):
        wanted |= {name: _Callback for name in names if name.startswith(_CALLBACKS)}
    with torch.serialization.safe_globals([(each, name) for name, each in wanted.items()]):
        yield
