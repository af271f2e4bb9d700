"""A pose head cut to a contract: detection's, with keypoints as the third output of each level."""

from collections.abc import Mapping, Sequence
from typing import Any

from edgegen.tasks.detect import heads


def cut(model: Any, contract: str) -> Any:
    """Return a module that gives a contract's outputs; the model was fused with the contract's branch."""
    if contract == "decoded":
        return heads.with_decoded_output(model)
    return heads.with_raw_outputs(model, _keypoint_layers)


def _keypoint_layers(branch: Mapping[str, Any]) -> Sequence[Any]:
    """Return what gives [1, K * D, h, w], one a level; YOLO26's has its last convolution apart."""
    import torch

    if "kpts_head" not in branch:
        layers: Sequence[Any] = branch["pose_head"]
        return layers
    halves = zip(branch["pose_head"], branch["kpts_head"], strict=True)
    return [torch.nn.Sequential(*both) for both in halves]
