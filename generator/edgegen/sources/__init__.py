"""Recognize the MODEL argument. One package for each kind of model; only that package imports its library.

Sources are entry points of the group `edgegen.sources`. May import `base`, `model`, `reference`, `tasks` and
`artifacts`.
"""

from typing import TYPE_CHECKING, Final

from edgegen.base import registry

if TYPE_CHECKING:
    from edgegen.sources.source import Source

GROUP: Final = "edgegen.sources"
# The order in which edgegen's own sources are asked about a MODEL argument. The last one takes every pickle.
_ORDER: Final = (
    *("exported", "onnx", "yolox", "rfdetr", "pickled_module", "timm", "torch_export", "torchscript"),
    *("torchvision", "transformers", "ultralytics"),
)


def names() -> list[str]:
    """Return the names of all sources, in the order in which they are asked about a MODEL argument.

    Those of third-party packages come first: edgegen's own take every file of their format.
    """
    places = {name: place for place, name in enumerate(_ORDER)}
    return sorted(registry.names(GROUP), key=lambda name: places.get(name, -1))


def find(name: str) -> "Source":
    """Return the source of this name, or raise KeyError."""
    source: Source = registry.load(GROUP, name)
    return source


__all__ = ["GROUP", "find", "names"]
