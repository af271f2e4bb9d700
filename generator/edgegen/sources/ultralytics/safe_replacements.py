"""Harmless replacements for names that torch's restricted loading rejects in honest checkpoints."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any, Final

from edgegen.sources.pickles import library_classes

# Types that a pickle may name and call, with the plain values that `_built` accepts.
_CONTAINERS: Final = (set, frozenset, dict, list, tuple)
_NUMBERS: Final = (int, float, complex, bool)
_TEXTS: Final = (str, bytes, bytearray)
TYPES: Final = (*_CONTAINERS, *_NUMBERS, *_TEXTS)
_DILL: Final = ("dill._dill._load_type", "dill.dill._load_type")
# Ultralytics' model classes, at their import paths since 8.0.
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
    """The checkpoint contains Python code, saved by dill."""


class SavedObject:
    """Replaces an object that contains a model: a pickled YOLO, or PyTorch's DataParallel."""

    model: Any = None

    def __setstate__(self, state: Any) -> None:
        """Keep the model only."""
        inside = {**state, **(state.get("_modules") or {})} if isinstance(state, dict) else {}
        self.model = inside.get("module", inside.get("model"))


class _Callback:
    """Replaces a function that is named but never called."""


def _plain_dict(*_arguments: Any) -> dict[Any, Any]:
    """Replace collections.defaultdict: only training uses the default."""
    return {}


def _built(kind: type, *arguments: Any) -> Any:
    """Return kind(*arguments) for plain arguments: no method of theirs runs, nothing large is allocated."""
    plain: tuple[type, ...] = (*_NUMBERS, *_TEXTS)
    if kind in _CONTAINERS:
        plain = (*_CONTAINERS, *_TEXTS)
    elif kind in (bytes, bytearray):
        plain = (list, tuple, *_TEXTS)  # no number: bytes(n) allocates n bytes
    for each in arguments:
        if type(each) not in plain:
            raise ValueError(f"it calls {kind.__name__} with a value of type {type(each).__name__}")
    return kind(*arguments)


# One object for each type, because torch compares the pickle's functions by identity.
_BUILT: Final = {each.__name__: partial(_built, each) for each in TYPES}


def _load_type(name: Any) -> Any:
    """Replace dill's function of that name, which returns a type."""
    known: dict[str, Any] = {**_BUILT, "object": object, "NoneType": type(None)}
    if not isinstance(name, str) or name not in known:
        raise CarriesCodeError(f"dill's {name}")
    return known[name]


@contextmanager
def allow(names: Iterable[str]) -> Iterator[None]:
    """Let torch's restricted loading use the replacements for these names of a pickle."""
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
    backbones = library_classes(name for name in names if name.startswith("torchvision."))
    with torch.serialization.safe_globals([*((each, name) for name, each in wanted.items()), *backbones]):
        yield
