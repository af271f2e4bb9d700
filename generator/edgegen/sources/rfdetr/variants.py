"""Tell RF-DETR's models apart: by the name in the file, else by the shapes of the weights."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from edgegen.base.errors import InputError, UnsupportedModelError
from edgegen.base.private import last_part
from edgegen.base.strict_yaml import shorten

_SUPPORTED: Final = "edgegen takes RF-DETR Nano, Small, Medium and Large"
_PATCHES: Final = "backbone.0.encoder.encoder.embeddings.patch_embeddings.projection.weight"
_POSITIONS: Final = "backbone.0.encoder.encoder.embeddings.position_embeddings"
_SMALL_ENCODER: Final = 384  # width of DINOv2's small model; the base model has 768
_OLD_PATCH: Final = 14  # pixels, of the deprecated models
_UNSET: Final = {"", "none", "null"}  # names of starting weights that say nothing


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
class Shapes:
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
    def of(cls, path: Path, weights: Mapping[str, Any]) -> "Shapes":
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
) -> tuple[Variant, Shapes]:
    """Return the model of a checkpoint, and the sizes of its weights.

    model_name: the class that the file records. start: the weights that the training started from. If both
    are empty, the name of the file counts, then the shapes.

    Raises:
        UnsupportedModelError: It is another model of the library.
        InputError: A tensor is missing, or names and shapes do not say which model it is.
    """
    _check_names(path, weights)
    shapes = Shapes.of(path, weights)
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
            "give checkpoint_best_total.pth, as a training of rfdetr wrote it",
        )
    return tuple(weights[name].shape)
