"""Detection by the numpy reference, from picture to result."""

from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt

from edgegen.model.spec import ModelSpec
from edgegen.model.thresholds import Thresholds
from edgegen.tasks.detect.decoder import DetectDecoder
from edgegen.tasks.detect.result import Detections
from edgegen.tasks.prepared import prepare

Float32 = npt.NDArray[np.float32]


def detect(
    image: npt.NDArray[np.uint8],
    forward: Callable[[Float32], Sequence[Float32]],
    spec: ModelSpec,
    thresholds: Thresholds | None = None,
    *,
    keep_classes: Sequence[int] | None = None,
) -> Detections:
    """Find objects in an RGB picture [h, w, 3]; forward maps the input tensor to the model's outputs."""
    given = prepare(image, spec.input)
    outputs = forward(given.tensor)
    return DetectDecoder().result(outputs, spec.output, given.plan, thresholds or Thresholds(), keep_classes)
