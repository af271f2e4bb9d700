"""Detection: cutting the head, decoding, selection, and mapping to the picture.

Names are loaded on first use, because describing a model needs no numpy.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from edgegen.tasks.detect.decode import Candidates, decode_decoded, decode_detections, decode_raw, top_k
    from edgegen.tasks.detect.pipeline import Detections, choose, detect, to_image

__all__ = [
    "Candidates",
    "Detections",
    "choose",
    "decode_decoded",
    "decode_detections",
    "decode_raw",
    "detect",
    "to_image",
    "top_k",
]


def __getattr__(name: str) -> Any:
    if name in __all__:
        for module in ("decode", "pipeline"):
            found = getattr(import_module(f"{__name__}.{module}"), name, None)
            if found is not None:
                return found
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
