"""Open Ultralytics checkpoints without executing code from them. Reject those that edgegen cannot export.

Names that torch's restricted loading rejects in honest checkpoints have harmless replacements.
"""

import copy
import re
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from edgegen.base.errors import InputError, UnsupportedModelError
from edgegen.base.files import file_sha256
from edgegen.base.quiet import NO_CODE, environment, quiet
from edgegen.model.spec import ONE_TO_ONE, ModelSpec, branch_of
from edgegen.sources.old_format import damaged, readable_archive
from edgegen.sources.pickles import check_names, library_classes, read_pickle_names
from edgegen.sources.source import OpenedModel
from edgegen.sources.ultralytics import heads, unsupported_checkpoint
from edgegen.sources.ultralytics.facts import read_facts
from edgegen.sources.ultralytics.library import require_ultralytics

if TYPE_CHECKING:
    from edgegen.sources.ultralytics.predict import UltralyticsPredictor

# Types that a pickle may name and call, with the plain values that `_built` accepts.
_CONTAINERS: Final = (set, frozenset, dict, list, tuple)
_NUMBERS: Final = (int, float, complex, bool)
_TEXTS: Final = (str, bytes, bytearray)
_TYPES: Final = (*_CONTAINERS, *_NUMBERS, *_TEXTS)
# Names that need no explanation in pickles that torch does not read.
_COMMON_NAMES = re.compile(
    r"collections\.(OrderedDict|defaultdict)|torch\._utils\.|torch\.nn\.modules\.|torch\.\w+Storage|torch\.Size"
    r"|torch\.storage\._load_from_bytes|ultralytics\.nn\.modules\.|ultralytics\.nn\.tasks\.\w+Model$"
    rf"|builtins\.({'|'.join(each.__name__ for each in _TYPES)})$"
)
_PROTOCOL = 2  # the pickle protocol of torch.save
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


@dataclass(frozen=True)
class Checkpoint(OpenedModel):
    """An opened checkpoint. `model` is the Ultralytics module: float32, evaluation mode, not fused."""

    model: Any

    def module(self, contract: str) -> Any:
        """Return the fused module, with its head cut to the contract."""
        from edgegen.sources.ultralytics.cut_head import cut

        return cut(self.fused(branch_of(contract)), self.facts.task, contract)

    def predictor(self, spec: ModelSpec) -> "UltralyticsPredictor":
        """Return Ultralytics' predict with the contract's branch of the head."""
        from edgegen.sources.ultralytics.predict import UltralyticsPredictor

        return UltralyticsPredictor(
            self.fused(branch_of(spec.output.contract)), spec, self.facts.largest_stride
        )

    def fused(self, branch: str) -> Any:
        """Return a copy for inference with one branch of the head and fused normalization layers.

        The branch must be chosen before the fusion, which deletes the other one.
        """
        model = copy.deepcopy(self.model)
        model.end2end = branch == ONE_TO_ONE
        with quiet():
            heads.fuse_prompts(model)
            return model.fuse(verbose=False)


def load(path: Path) -> Checkpoint:
    """Open a checkpoint that edgegen can export."""
    if not path.is_file():
        raise InputError(f"there is no checkpoint {path}", "check the path")
    digest = file_sha256(path)
    with quiet():
        require_ultralytics()
        model, record = _open(path)
        try:
            facts = read_facts(path, model, record)
            model = _prepare(model)
        except (AttributeError, IndexError, KeyError, TypeError, ValueError) as error:
            raise InputError(
                f"{path} is incomplete or contradicts itself: {type(error).__name__}: {error}",
                "save it again with Ultralytics, or train it again",
            ) from error
    return Checkpoint(path, digest, facts, model)


def _open(path: Path) -> tuple[Any, Mapping[str, Any]]:
    """Return the model, with averaged weights if there are any, and the record that contains it."""
    import torch
    from ultralytics.nn import tasks

    try:
        with (
            readable_archive(path) as file,
            _allowed_replacements(_rejected_names(file)),
            environment(NO_CODE),
        ):
            try:
                record, _ = tasks.torch_safe_load(str(file), safe_only=True)  # type: ignore[no-untyped-call]
            except OSError:
                raise
            except Exception as error:  # broken and hostile pickles raise many types of errors
                raise _explain_failure(path, file, error) from error
    except OSError as error:
        raise InputError(
            f"{path} cannot be read: {error.strerror or error}", "check the permissions and the disk"
        ) from error
    model = (record.get("ema") or record.get("model")) if isinstance(record, Mapping) else None
    if isinstance(model, _SavedObject):
        model = model.model
    if not isinstance(model, torch.nn.Module):
        raise unsupported_checkpoint.weights_only_error(path, read_pickle_names(path))
    if isinstance(model, torch.nn.Sequential):  # Ultralytics takes the layers of a bare model for a record
        raise UnsupportedModelError(
            f"models saved without Ultralytics' record ({path.name})",
            'save it as Ultralytics does: YOLO(...).save("best.pt")',
        )
    if record.get("modelopt"):
        raise UnsupportedModelError("quantization-aware checkpoints", "give the original float checkpoint")
    return model, record


@contextmanager
def _allowed_replacements(names: Iterable[str]) -> Iterator[None]:
    """Let torch's restricted loading use the replacements for these names of a pickle."""
    import torch

    types = {f"builtins.{name}": function for name, function in _BUILT.items()}
    known: dict[str, Any] = {
        **types,
        **dict.fromkeys(_DILL, _load_type),
        **dict.fromkeys(_OPENERS, _SavedObject),
        _DATA_PARALLEL: _SavedObject,
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
_BUILT: Final = {each.__name__: partial(_built, each) for each in _TYPES}


def _load_type(name: Any) -> Any:
    """Replace dill's function of that name, which returns a type."""
    known: dict[str, Any] = {**_BUILT, "object": object, "NoneType": type(None)}
    if not isinstance(name, str) or name not in known:
        raise _CarriesCodeError(f"dill's {name}")
    return known[name]


class _CarriesCodeError(Exception):
    """The checkpoint contains Python code, saved by dill."""


class _SavedObject:
    """Replaces an object that contains a model: a pickled YOLO, or PyTorch's DataParallel."""

    model: Any = None

    def __setstate__(self, state: Any) -> None:
        """Keep the model only."""
        inside = {**state, **(state.get("_modules") or {})} if isinstance(state, dict) else {}
        self.model = inside.get("module", inside.get("model"))


def _plain_dict(*_arguments: Any) -> dict[Any, Any]:
    """Replace collections.defaultdict: only training uses the default."""
    return {}


class _Callback:
    """Replaces a function that is named but never called."""


def _rejected_names(file: Path) -> list[str]:
    """Return the names that torch's restricted unpickler rejects. The pickle is read, not executed."""
    import torch

    try:
        return sorted(set(torch.serialization.get_unsafe_globals_in_checkpoint(file)))
    except Exception:  # not an archive, damaged, or another pickle protocol
        return [
            name
            for name in read_pickle_names(file).names
            if unsupported_checkpoint.is_missing_layer(name) or not _COMMON_NAMES.match(name)
        ]


def _explain_failure(path: Path, file: Path, error: Exception) -> InputError:
    """Return an error that names the cause of what torch or Ultralytics raised."""
    if isinstance(error, _CarriesCodeError):
        return unsupported_checkpoint.code_error(path, str(error))
    contents = read_pickle_names(file)
    explained = unsupported_checkpoint.explain(path, _rejected_names(file), contents)
    if explained is not None:
        return explained
    if isinstance(error, AttributeError):  # Ultralytics treats a file without a record as a model
        return unsupported_checkpoint.weights_only_error(path, contents)
    if not zipfile.is_zipfile(file) and read_pickle_names(path).complete:
        return InputError(
            f"{path} is a plain pickle, not a checkpoint of torch.save",
            "use weights/best.pt from an Ultralytics training, or save it with torch.save",
        )
    if contents.protocol > _PROTOCOL:
        return InputError(
            f"{path} was saved with pickle protocol {contents.protocol}; only protocol {_PROTOCOL} can be"
            " loaded safely",
            "save it again without pickle_protocol",
        )
    innermost: BaseException = error
    while innermost.__cause__ is not None:
        innermost = innermost.__cause__
    return damaged(path, innermost)


def _prepare(model: Any) -> Any:
    """Return the module in evaluation mode, float32, without gradients."""
    import torch

    check_names(model)
    model = model.float().eval()
    for parameter in model.parameters():
        parameter.requires_grad = False
        if not bool(torch.isfinite(parameter).all()):
            raise InputError(
                "the checkpoint has weights that are not finite", "train it again: the training diverged"
            )
    return model
