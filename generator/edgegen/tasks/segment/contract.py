"""The contract of a segmentation model, and how its head is cut. Prototypes are the last output."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from edgegen.base.errors import UnsupportedModelError
from edgegen.model.spec import Extras, OutputSpec
from edgegen.tasks import extras_contract
from edgegen.tasks.detect import heads
from edgegen.tasks.signature import Signature, format_shapes

TAKES: Final = (
    "edgegen takes segmentation models whose .pte returns raw heads, [1, 4 + classes + nm, N] or"
    " [1, N, 6 + nm], and prototypes [1, nm, h, w] after them"
)


def read_outputs(signature: Signature) -> OutputSpec:
    """Return the specification of the outputs. Raises the errors of `extras_contract.read_outputs`."""
    shapes = signature.shapes
    if len(shapes) < 2 or len(shapes[-1]) != 4 or shapes[-1][0] != 1 or min(shapes[-1]) < 1:
        raise UnsupportedModelError(f"the outputs {format_shapes(shapes)} ({signature.pte})", TAKES)
    extras, claimed = Extras(shapes[-1][1]), signature.claims.extras
    if claimed.kpt_shape == (0, 0):  # otherwise channels are those of keypoints
        signature.agree("edgegen.output.coefficients", claimed.channels or None, extras.channels)
    output = extras_contract.read_outputs(replace(signature, shapes=shapes[:-1]), extras, TAKES)
    return replace(output, shapes=shapes)


def cut(model: Any, contract: str) -> Any:
    """Return a module with a contract's outputs; the model is fused with the contract's branch."""
    if contract == "decoded":
        return heads.with_decoded_output(model)
    return heads.with_raw_outputs(model, _coefficient_layers, _prototypes)


def _coefficient_layers(branch: Mapping[str, Any]) -> Sequence[Any]:
    layers: Sequence[Any] = branch["mask_head"]
    return layers


def _prototypes(head: Any) -> Any:
    """Return the module from all levels' features, the finest first, to prototypes [1, nm, mh, mw].

    YOLO26 enlarges the coarser levels and adds them. Here layers do that, which a runtime can replace.
    """
    import torch

    class Prototypes(torch.nn.Module):
        def __init__(self, proto: Any) -> None:
            super().__init__()
            self.proto = proto
            coarser = range(len(getattr(proto, "feat_refine", ())))
            self.enlarge = torch.nn.ModuleList(
                [torch.nn.Upsample(scale_factor=2 ** (level + 1), mode="nearest") for level in coarser]
            )

        def forward(self, features: Sequence[torch.Tensor]) -> torch.Tensor:
            merged = features[0]
            proto: Any = self.proto
            if len(self.enlarge):
                levels = zip(proto.feat_refine, self.enlarge, features[1:], strict=True)
                for refine, enlarge, level in levels:
                    merged = merged + enlarge(refine(level))
                merged = proto.feat_fuse(merged)
            prototypes: torch.Tensor = proto.cv3(proto.cv2(proto.upsample(proto.cv1(merged))))
            return prototypes

    return Prototypes(head.proto)
