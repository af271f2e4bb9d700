"""The task classification: the probability of each class for the whole picture."""

from collections.abc import Mapping
from typing import Final

from edgegen.model.spec import CENTRE_CROP, OutputSpec
from edgegen.tasks.task import Signature, Task


class Classify(Task):
    """Classes by falling probability."""

    name = "classify"
    decoder_path = "edgegen.tasks.classify.decode:ClassifyDecoder"
    takes = "edgegen takes classification models whose .pte returns [1, classes]"
    meanings: Mapping[str, str] = {
        "logits": "a value for each class, before the softmax",
        "probabilities": "the probability of each class, after the softmax",
    }
    heads = tuple(meanings)
    library_contracts = ("probabilities",)
    resizes = (CENTRE_CROP,)
    choices = ("top", "classes")
    json_key = "classes"
    result_noun = "classes"
    loss_unit = "first classes"

    def read_outputs(self, signature: Signature) -> OutputSpec:
        """Read one value for each class. Default is `probabilities`, as Ultralytics exports."""
        contract, shapes = signature.contract, signature.shapes
        signature.check_contract(self.contracts)
        if len(shapes) != 1 or len(shapes[0]) != 2 or shapes[0][0] != 1:
            raise signature.unsupported(self.takes)
        signature.check_classes(shapes[0][1])
        return OutputSpec(contract or "probabilities", shapes)


TASK: Final = Classify()
