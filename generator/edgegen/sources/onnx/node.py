"""The operators of an ONNX graph as records."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from edgegen.base.errors import UnsupportedModelError
from edgegen.sources.library import import_library

DOMAINS: Final = frozenset({"", "ai.onnx"})  # of the standard's operators
Array = np.ndarray[Any, Any]


@dataclass(frozen=True)
class Node:
    """An operator of the graph."""

    kind: str  # "Conv"
    name: str
    attributes: Mapping[str, Any]
    inputs: tuple[str, ...]  # "" for one that is left out
    outputs: tuple[str, ...]
    shapes: tuple[tuple[int, ...], ...]  # of the inputs; () if unknown
    opset: int

    def get(self, attribute: str, usual: Any) -> Any:
        """Return an attribute, or its default."""
        return self.attributes.get(attribute, usual)

    def unsupported(self, what: str) -> UnsupportedModelError:
        """Return the error for a use of this operator that edgegen does not know."""
        return UnsupportedModelError(
            f"the ONNX operator {self.kind} with {what} (node {self.name!r})",
            "export the model again with a current torch.onnx, or give its checkpoint",
        )


def read_nodes(model: Any) -> list[Node]:
    """Return the operators in the order of execution."""
    onnx = import_library("onnx")
    values = (*model.graph.input, *model.graph.value_info, *model.graph.output)
    shapes = {
        value.name: tuple(size.dim_value for size in value.type.tensor_type.shape.dim) for value in values
    }
    opset = max(imported.version for imported in model.opset_import if imported.domain in DOMAINS)
    return [
        Node(
            kind=node.op_type,
            name=node.name,
            attributes={
                attribute.name: _plain(onnx.helper.get_attribute_value(attribute))
                for attribute in node.attribute
            },
            inputs=tuple(node.input),
            outputs=tuple(node.output),
            shapes=tuple(shapes.get(name, ()) for name in node.input),
            opset=opset,
        )
        for node in model.graph.node
    ]


def _plain(value: Any) -> Any:
    """Return the value of an attribute, with text in place of bytes."""
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else value
