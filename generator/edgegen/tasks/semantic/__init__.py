"""The task semantic segmentation: a class for every pixel."""

from collections.abc import Mapping
from typing import Final

from edgegen.base.errors import UnsupportedModelError
from edgegen.model.spec import OutputSpec
from edgegen.tasks.task import Signature, Task, read_map

_NO_CLASS: Final = 255  # in class maps


class Semantic(Task):
    """A semantic map of the picture's size."""

    name = "semantic"
    decoder_path = "edgegen.tasks.semantic.decode:SemanticDecoder"
    takes = "edgegen takes semantic segmentation models whose .pte returns [1, classes, h, w]"
    meanings: Mapping[str, str] = {"logits": "a value for each class and pixel of the input, or coarser"}
    heads = ("logits",)
    library_contracts = heads
    choices = ("classes", "maps")
    json_key = "semantic"
    result_noun = "class maps"
    loss_unit = "pixels"

    def read_outputs(self, signature: Signature) -> OutputSpec:
        """Read one map with a channel for each class. Class numbers must fit into bytes."""
        classes = len(signature.class_names)
        if classes > _NO_CLASS:
            raise UnsupportedModelError(
                f"{classes} classes of semantic segmentation ({signature.pte})",
                f"export at most {_NO_CLASS} classes: maps are bytes, and {_NO_CLASS} means no class",
            )
        return read_map(signature, "logits", classes, self.takes)


TASK: Final = Semantic()
