"""Biases that put back what int8 takes from a layer's mean.

Rounding is unfair to SiLU. Most of its values lie just below 0, on one or two of the 256 steps, so that the
sums of the next layer are off by nearly the same number in every place, the layers behind add theirs, and
scores fall as a whole. A layer's bias puts the mean back, over some pictures, where float32 has it. Layers
are corrected in the order in which they run, each with what those before it give by then. It costs nothing
when the model runs.

Source: "empirical bias correction" of Nagel, van Baalen, Blankevoort, Welling: Data-Free Quantization Through
Weight Equalization and Bias Correction (2019), section 4.2 and appendix D.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from edgegen.base import interruption
from edgegen.base.naming import how_many
from edgegen.base.progress import Progress
from edgegen.runtimes.executorch import annotation

Float32 = npt.NDArray[np.float32]

_MOST_PICTURES: Final = 32
_LEAST_PICTURES: Final = 4
# Bytes: the largest result of a layer, of all pictures. Some three such are alive at a time.
_ROOM: Final = 256 << 20


def pictures(graph: Any, tensors: Callable[[], Iterator[Float32]], watched: int) -> list[Any]:
    """Return input tensors to compare means by: at equal distances, as many as memory allows.

    None where these would be too few to say what a mean is: biases stay as they are then.
    """
    import torch

    results = [node.meta.get("val") for node in graph.graph.nodes if node.op == "call_function"]
    largest = max(each.numel() for each in results if isinstance(each, torch.Tensor)) * 4
    count = min(_MOST_PICTURES, _ROOM // largest, watched)
    if count < _LEAST_PICTURES:
        return []
    chosen = {each * watched // count for each in range(count)}
    return [torch.from_numpy(each) for at, each in enumerate(tensors()) if at in chosen]


def means(graph: Any, given: Sequence[Any]) -> dict[str, Any]:
    """Return the mean of each channel of each layer's result over all pictures, by the names of its nodes.

    graph is a traced or a prepared one: float32, and its observers see nothing here.
    """
    import torch

    found: dict[str, list[Any]] = {}

    class Averaging(torch.fx.Interpreter):
        def run_node(self, n: Any) -> Any:
            if n.op == "call_module":
                return self.fetch_args_kwargs_from_env(n)[0][0]
            value = super().run_node(n)
            if n.target in annotation.weighted():
                found.setdefault(str(n), []).append(_mean(value, n))
            return value

    for each in given:
        interruption.check()
        Averaging(graph).run(each)
    return {name: torch.stack(each).mean(0) for name, each in found.items()}


def moved_to(right: Any, value: Any, node: Any) -> Any:
    """Return a layer's result for one picture with these means."""
    return value + _along(right - _mean(value, node), node)


def correct(graph: Any, right: Mapping[str, Any], given: Sequence[Any], progress: Progress) -> None:
    """Give the layers of a converted graph biases by which their means are the right ones.

    Runs all pictures through the graph node by node, so that each layer is corrected before the next is run.
    Layers in float32 are, too: what goes into them is int8. Those without a bias, and those that share one,
    stay as they are.
    """
    import torch

    if not given:
        return
    runner = torch.fx.Interpreter(graph)
    nodes = list(graph.graph.nodes)
    last = {given: node for node in nodes for given in node.all_input_nodes}
    corrected = 0
    values: dict[Any, list[Any]] = {}  # of each node, one a picture; a single one where pictures play no part
    for node in nodes:
        interruption.check()
        if node.op == "output":
            return
        values[node] = _run(runner, node, given, values)
        bias = own_bias(graph, node)
        if bias and str(node) in right:
            moved = right[str(node)] - torch.stack([_mean(each, node) for each in values[node]]).mean(0)
            _replace(graph, bias, moved)
            for each in values[node]:
                each += _along(moved, node)
            corrected += 1
            progress.status(f"biases of {how_many(corrected, 'layer')}")
        for each in node.all_input_nodes:
            if last[each] is node:
                del values[each]


def _run(runner: Any, node: Any, given: Sequence[Any], values: Mapping[Any, list[Any]]) -> list[Any]:
    """Return a node's value for each picture."""
    if node.op == "placeholder":
        return list(given)
    count = max((len(values[each]) for each in node.all_input_nodes), default=1)
    found = []
    for picture in range(count):
        runner.env = {each: values[each][picture % len(values[each])] for each in node.all_input_nodes}
        args, kwargs = runner.fetch_args_kwargs_from_env(node)
        found.append(getattr(runner, node.op)(node.target, args, kwargs))
    return found


def own_bias(graph: Any, node: Any) -> str:
    """Return the name of the bias that a layer has for itself; "" where there is none."""
    bias = node.args[2] if node.target in annotation.weighted() and len(node.args) > 2 else None
    if bias is None or bias.op != "get_attr":
        return ""
    users = [user for other in graph.graph.nodes if other.target == bias.target for user in other.users]
    return str(bias.target) if len(users) == 1 else ""


def _replace(graph: Any, name: str, moved: Any) -> None:
    """Put a moved bias in the place of one, whose own numbers other graphs share."""
    import torch

    *path, last = name.split(".")
    holder = graph.get_submodule(".".join(path))
    bias = getattr(holder, last)
    delattr(holder, last)
    holder.register_parameter(last, torch.nn.Parameter(bias.detach() + moved, requires_grad=False))


def _along(channels: Any, node: Any) -> Any:
    """Return [C] in the shape that goes with a layer's result."""
    import torch

    return channels if node.target == torch.ops.aten.linear.default else channels.reshape(1, -1, 1, 1)


def _mean(value: Any, node: Any) -> Any:
    """Return the mean of each channel [C] of a layer's result."""
    import torch

    if node.target == torch.ops.aten.linear.default:
        return value.reshape(-1, value.shape[-1]).mean(0)
    return value.mean(dim=(0, 2, 3))
