"""The last layer of an architecture, and the layer that a state dict has in its place."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import torch

# Parts of a classifier's end that one linear layer can replace. Others, such as Flatten, change the shape.
_SIMPLE: Final = (
    *(torch.nn.Sequential, torch.nn.Linear, torch.nn.Dropout, torch.nn.Identity),
    *(torch.nn.ReLU, torch.nn.ReLU6, torch.nn.Hardswish, torch.nn.GELU, torch.nn.SiLU, torch.nn.Tanh),
)


@dataclass(frozen=True)
class ClassLayer:
    """The only linear layer of a state dict at or above the place of the architecture's last layer."""

    place: str  # of the architecture: "fc", or "classifier" for all of it
    name: str  # in the state dict: "fc.1"
    classes: int
    inputs: int
    has_bias: bool

    @classmethod
    def find(cls, state: Mapping[str, Any], layer: str) -> "ClassLayer | None":
        """Return the layer; None if there are other tensors. layer: the architecture's, "classifier.3"."""
        place = layer
        while place:
            below = [name for name in state if name.startswith(f"{place}.")]
            if below:
                name = below[0].rpartition(".")[0]
                weight = state.get(f"{name}.weight")
                if set(below) - {f"{name}.weight", f"{name}.bias"} or weight is None or weight.ndim != 2:
                    return None
                return cls(place, name, len(weight), weight.shape[1], f"{name}.bias" in state)
            place = place.rpartition(".")[0]
        return None

    def is_of(self, model: Any) -> bool:
        """Return whether the model has this layer already."""
        there = self._there(model)
        is_linear = isinstance(there, torch.nn.Linear)
        return self.name == self.place and is_linear and (there.bias is not None) == self.has_bias

    def can_replace(self, model: Any) -> bool:
        """Return whether a linear layer can take the place in a model, with as many inputs."""
        parts = list(self._there(model).modules())
        layers = [each for each in parts if isinstance(each, torch.nn.Linear)]
        simple = all(type(each) in _SIMPLE for each in parts)
        return simple and bool(layers) and layers[0].in_features == self.inputs

    def put_into(self, model: Any) -> None:
        """Replace the model's layers at the place by a linear layer without weights of its own."""
        parent, _, name = self.place.rpartition(".")
        layer = torch.nn.Linear(self.inputs, self.classes, bias=self.has_bias)
        model.get_submodule(parent).register_module(name, layer)

    def renamed(self, state: Mapping[str, Any]) -> dict[str, Any]:
        """Return the state dict with the layer's tensors at the place."""
        names = {f"{self.name}.{kind}": f"{self.place}.{kind}" for kind in ("weight", "bias")}
        return {names.get(name, name): tensor for name, tensor in state.items()}

    def notes(self) -> tuple[str, ...]:
        """Return the note about layers without weights; () if the layer is where the architecture has it."""
        if self.name == self.place:
            return ()
        return (
            f"{self.name} is taken for the last layer, {self.place}. A state dict does not name layers "
            "without weights: if there is another one than Dropout, give the whole module, or a .pt2 or ONNX "
            "file",
        )

    def _there(self, model: Any) -> Any:
        return model.get_submodule(self.place)
