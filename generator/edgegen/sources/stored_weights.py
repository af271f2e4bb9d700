"""The weights of a graph as modules, so that a quantizer finds its layers by name."""

import re
from collections.abc import Mapping
from typing import Any


class StoredWeights:
    """Tensors by name. `modules` has each as the buffer `weight` of a module that is called after it."""

    def __init__(self, tensors: Mapping[str, Any]) -> None:
        import torch

        self.modules = torch.nn.ModuleDict()
        self._keys: dict[str, str] = {}
        for name, tensor in tensors.items():
            key = re.sub(r"\W", "_", name.removesuffix(".weight")) or "_"
            while key in self.modules or hasattr(self.modules, key):
                key += "_"
            self._keys[name] = key
            self.modules[key] = torch.nn.Module()
            self.modules[key].register_buffer("weight", tensor)

    def values(self, modules: Any) -> dict[str, Any]:
        """Return the tensors by name. modules: those of a copy, or of a traced module."""
        return {name: modules[key].weight for name, key in self._keys.items()}
