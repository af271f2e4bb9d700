"""Read a checkpoint of rfdetr without executing it: weights, arguments of the training, which model it is.

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

from edgegen.base.errors import EdgegenError, InputError, UnsupportedModelError
from edgegen.base.private import last_part
from edgegen.base.text import first_of, how_many, plain, shorten
from edgegen.sources.description import check_class_names
from edgegen.sources.old_format import damaged, readable_archive
from edgegen.sources.pickles import only_safe_globals, read_pickle_names, stand_ins

_SUPPORTED: Final = "edgegen takes RF-DETR Nano, Small, Medium and Large"
_PATCHES: Final = "backbone.0.encoder.encoder.embeddings.patch_embeddings.projection.weight"
_POSITIONS: Final = "backbone.0.encoder.encoder.embeddings.position_embeddings"
_SMALL_ENCODER: Final = 384  # width of DINOv2's small model; the base model has 768
_OLD_PATCH: Final = 14  # pixels, of the deprecated models
_UNSET: Final = {"", "none", "null"}  # names of starting weights that say nothing
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
    if list(names) == COCO_CLASS_NAMES and is_coco_size:
        return Classes(names, tuple(sorted(COCO_CLASSES)))
    if of_file and len(names) != count:
        raise InputError(
            f"{path} contradicts itself: {how_many(len(names), 'class name')}, a head for "
            f"{how_many(count, 'class')}",
            "give the checkpoint of a training that ended",
        )
    return Classes(check_class_names(path, names, count), tuple(range(count)))


@dataclass(frozen=True)
class Variant:
    """A model that edgegen exports."""

    size: str  # "Nano"
    layers: int  # of the decoder
    grid: int  # patches in a row of the input

    @property
    def model_name(self) -> str:
        """The name of its class in the library."""
        return f"RFDETR{self.size}"


VARIANTS: Final = (
    Variant("Nano", 2, 24),
    Variant("Small", 3, 32),
    Variant("Medium", 4, 36),
    Variant("Large", 4, 44),
)
# Parts of a file's name, and the model. Tested in this order.
_FILE_NAMES: Final = (
    ("-seg", "Seg"),
    ("keypoint", "KeypointPreview"),
    ("2xlarge", "2XLarge"),
    ("xxlarge", "2XLarge"),
    ("xlarge", "XLarge"),
    *((each.size.lower(), each.size) for each in reversed(VARIANTS)),
    ("base", "Base"),
)
_HEADS: Final = (("segmentation_head.", "segmentation"), ("keypoint_embed.", "keypoint"))


@dataclass(frozen=True)
class WeightShapes:
    """Sizes that the weights of a checkpoint say."""

    outputs: int  # class logits of a query
    width: int  # of the decoder
    layers: int  # of the decoder
    query_rows: int  # queries of all groups
    channels: int  # of the picture
    patch: int  # pixels of a side
    encoder_width: int
    grid: int  # patches in a row of the trained input

    @classmethod
    def of(cls, path: Path, weights: Mapping[str, Any]) -> "WeightShapes":
        """Return the sizes, or raise InputError if a tensor is missing or has another number of axes."""
        head = _shape(path, weights, "class_embed.weight", 2)
        patches = _shape(path, weights, _PATCHES, 4)
        positions = _shape(path, weights, _POSITIONS, 3)
        layers = {name.split(".")[3] for name in weights if name.startswith("transformer.decoder.layers.")}
        return cls(
            outputs=head[0],
            width=head[1],
            layers=len(layers),
            query_rows=_shape(path, weights, "refpoint_embed.weight", 2)[0],
            channels=patches[1],
            patch=patches[3],
            encoder_width=patches[0],
            grid=round((positions[1] - 1) ** 0.5),
        )


def find_variant(
    path: Path, weights: Mapping[str, Any], *, model_name: str, start: str, license_name: str
) -> tuple[Variant, WeightShapes]:
    """Return the model of a checkpoint, and the sizes of its weights.

    model_name: the class that the file records. start: the weights that the training started from. If both
    are empty, the name of the file counts, then the shapes.
    """
    _check_names(path, weights)
    shapes = WeightShapes.of(path, weights)
    name = model_name.removeprefix("RFDETR") or _by_file_name(start, path)
    is_base = shapes.encoder_width > _SMALL_ENCODER
    if shapes.patch == _OLD_PATCH or name in {"Base", "LargeDeprecated"}:
        raise UnsupportedModelError(
            f"RF-DETR {'the first Large' if is_base else 'Base'}, which rfdetr deprecates ({path.name})",
            f"{_SUPPORTED}: train RF-DETR Small on the same data",
        )
    if is_base or name in {"XLarge", "2XLarge"} or license_name.upper().startswith("PML"):
        raise UnsupportedModelError(
            f"RF-DETR XL and 2XL ({path.name}): their licence is Roboflow's PML 1.0",
            f"{_SUPPORTED}, whose licence is Apache-2.0",
        )
    known = {each.size: each for each in VARIANTS}
    if name and name not in known:
        raise UnsupportedModelError(f"RF-DETR's model {shorten(name)} ({path.name})", _SUPPORTED)
    fitting = [each for each in VARIANTS if (each.layers, each.grid) == (shapes.layers, shapes.grid)]
    if not name and not fitting:
        raise InputError(
            f"{path} does not say which RF-DETR model it is: it has {shapes.layers} decoder layers and "
            f"{shapes.grid}x{shapes.grid} patches",
            "put the size into the file's name: rf-detr-nano.pth, -small, -medium or -large",
        )
    return known[name] if name else fitting[0], shapes


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


def _check_names(path: Path, weights: Mapping[str, Any]) -> None:
    """Raise UnsupportedModelError for models with other heads, and for those with adapters."""
    for start, what in _HEADS:
        if any(name.startswith(start) for name in weights):
            raise UnsupportedModelError(f"RF-DETR {what} models ({path.name})", _SUPPORTED)
    if any(".base_model.model." in name for name in weights):
        raise UnsupportedModelError(
            f"RF-DETR models with LoRA adapters ({path.name})",
            "load it with RFDETR.from_checkpoint(PATH), which merges them, and save "
            '{"model": model.model.model.state_dict(), "args": {"class_names": model.class_names}} '
            "with torch.save",
        )


def _by_file_name(start: str, path: Path) -> str:
    """Return the model that the name of a file of weights says: that of the training's start, or its own."""
    start = last_part(start).lower()
    name = path.name.lower() if start in _UNSET else start
    return next((model for part, model in _FILE_NAMES if part in name), "")


def _shape(path: Path, weights: Mapping[str, Any], name: str, axes: int) -> tuple[int, ...]:
    """Return the shape of a tensor with this number of axes."""
    if name not in weights or weights[name].ndim != axes:
        raise InputError(
            f"{path} has no {name} with {axes} axes",
            _SAVE_AGAIN,
        )
    return tuple(weights[name].shape)
