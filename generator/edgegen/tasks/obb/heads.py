"""A head of turned boxes cut to a contract: detection's, with an angle as the third output of each level."""

from collections.abc import Mapping, Sequence
from typing import Any

from edgegen.tasks.detect import heads


def cut(model: Any, contract: str) -> Any:
    """Return a module that gives a contract's outputs; the model was fused with the contract's branch."""
    if contract == "decoded":
        return heads.with_decoded_output(model)
    return heads.with_raw_outputs(model, _angle_layers)


def _angle_layers(branch: Mapping[str, Any]) -> Sequence[Any]:
    layers: Sequence[Any] = branch["angle_head"]
    return layers
