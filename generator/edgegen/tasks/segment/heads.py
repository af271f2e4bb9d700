"""A segmentation head cut to a contract: detection's, with mask coefficients, then prototypes."""

from collections.abc import Mapping, Sequence
from typing import Any

from edgegen.tasks.detect import heads


def cut(model: Any, contract: str) -> Any:
    """Return a module that gives a contract's outputs; the model was fused with the contract's branch."""
    if contract == "decoded":
        return heads.with_decoded_output(model)
    return heads.with_raw_outputs(model, _coefficient_layers, _prototypes)


def _coefficient_layers(branch: Mapping[str, Any]) -> Sequence[Any]:
    layers: Sequence[Any] = branch["mask_head"]
    return layers


def _prototypes(head: Any) -> Any:
    """Return what gives [1, nm, mh, mw] of all levels' features, the finest first.

    YOLO26 adds the coarser levels to the finest one, enlarged: by layers here, which a runtime can exchange.
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
            made: torch.Tensor = proto.cv3(proto.cv2(proto.upsample(proto.cv1(merged))))
            return made

    return Prototypes(head.proto)
