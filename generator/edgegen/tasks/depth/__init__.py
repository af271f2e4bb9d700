"""The task depth: a distance for every pixel."""

from collections.abc import Mapping
from typing import Final

from edgegen.model.spec import STRETCH, OutputSpec
from edgegen.tasks.task import Signature, Task, read_map


class Depth(Task):
    """A depth map of the picture's size."""

    name = "depth"
    decoder_path = "edgegen.tasks.depth.decode:DepthDecoder"
    takes = "edgegen takes depth models whose .pte returns [1, 1, h, w]"
    meanings: Mapping[str, str] = {"depth": "a distance for each pixel of the input, or coarser"}
    heads = ("depth",)
    library_contracts = heads
    resizes = (STRETCH,)
    choices = ("maps",)
    json_key = "depth"
    result_noun = "depth maps"
    loss_unit = "pixels"

    def read_outputs(self, signature: Signature) -> OutputSpec:
        return read_map(signature, "depth", 1, self.takes)


TASK: Final = Depth()
