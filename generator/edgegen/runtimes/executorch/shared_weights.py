"""Copy a weight that two layers share, if a batch normalization follows each of them.

ExecuTorch 1.5.1 makes a normalization part of the layer before it, for XNNPACK and for Vulkan, and names the
new weight after the old one. The second layer then gets the first one's weight, without an error.
docs/reports/xnnpack-shared-weight.md has an example.
"""

import copy
from typing import Any


def with_copied_weights(exported: Any) -> Any:
    """Return a traced program (`torch.export.ExportedProgram`) whose normalized layers share no weight."""
    import torch

    if not any(len(_normalized(node)) > 1 for node in exported.graph.find_nodes(op="placeholder")):
        return exported
    module = exported.module()
    for node in module.graph.find_nodes(op="get_attr"):
        owner, _, name = str(node.target).rpartition(".")
        for number, layer in enumerate(_normalized(node)[1:], start=2):
            parent = module.get_submodule(owner)
            setattr(parent, f"{name}_{number}", copy.deepcopy(getattr(parent, name)))
            with module.graph.inserting_before(layer):
                copied = module.graph.get_attr(f"{node.target}_{number}")
            layer.replace_input_with(node, copied)
    module.recompile()
    inputs, _ = exported.example_inputs
    return torch.export.export(module, inputs)


def _normalized(node: Any) -> list[Any]:
    """Return the layers that use a constant, and that a batch normalization follows."""
    import torch

    norm = torch.ops.aten.batch_norm.default
    return [
        user
        for user in node.users
        if user.target != norm and [after.target for after in user.users] == [norm]
    ]
