"""Correct biases so that layers in int8 keep their float32 means.

Most values of SiLU are just below 0, on one or two of the 256 steps. Rounding therefore shifts the sums of
the next layer by nearly the same amount everywhere, later layers add their own shift, and scores fall. A
corrected bias restores each channel's float32 mean over some pictures. Layers are corrected in execution
order, with the corrected results of earlier layers as input. This costs no time when the model runs.

Source: "empirical bias correction" of Nagel, van Baalen, Blankevoort, Welling: Data-Free Quantization Through
Weight Equalization and Bias Correction (2019), section 4.2 and appendix D.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Final

from edgegen.base import interruption
from edgegen.base.arrays import Float32
from edgegen.base.progress import Progress
from edgegen.base.text import how_many
from edgegen.runtimes.executorch import graph_layers

_MOST_PICTURES: Final = 32
_LEAST_PICTURES: Final = 4
# Bytes of the largest layer result over all pictures. About three such results exist at a time.
_ROOM: Final = 256 << 20


def pictures(graph: Any, tensors: Callable[[], Iterator[Float32]], observed: int) -> list[Any]:
    """Return input tensors for the means, equally spaced among the observed ones, as memory allows.

    Return [] if they are too few for a mean: biases are not corrected then.
    """
    import torch

    results = [node.meta.get("val") for node in graph.graph.nodes if node.op == "call_function"]
    largest = max(each.numel() for each in results if isinstance(each, torch.Tensor)) * 4
    count = min(_MOST_PICTURES, _ROOM // largest, observed)
    if count < _LEAST_PICTURES:
        return []
    chosen = {each * observed // count for each in range(count)}
    return [torch.from_numpy(each) for at, each in enumerate(tensors()) if at in chosen]


def means(graph: Any, inputs: Sequence[Any]) -> dict[str, Any]:
    """Return the mean of each channel of each layer's result over all pictures, by node name.

    graph: a traced or prepared one, run in float32. Its observers are skipped.
    """
    import torch

    values_by_picture: dict[str, list[Any]] = {}

    class Averaging(torch.fx.Interpreter):
        def run_node(self, n: Any) -> Any:
            if n.op == "call_module":
                return self.fetch_args_kwargs_from_env(n)[0][0]
            value = super().run_node(n)
            if n.target in graph_layers.weighted_operators():
                values_by_picture.setdefault(str(n), []).append(_mean(value, n))
            return value

    for each in inputs:
        interruption.check()
        Averaging(graph).run(each)
    return {name: torch.stack(each).mean(0) for name, each in values_by_picture.items()}


def shift_means(target_means: Any, value: Any, node: Any) -> Any:
    """Return a layer's result for one picture, shifted to these channel means."""
    return value + _along(target_means - _mean(value, node), node)


def correct(graph: Any, target_means: Mapping[str, Any], inputs: Sequence[Any], progress: Progress) -> None:
    """Correct the biases of a converted graph to the means `target_means`.

    Runs all pictures node by node, so that each layer is corrected before the next one runs. This includes
    float32 layers, which get int8 inputs. Layers without a bias, or with a shared one, are skipped.
    """
    import torch

    if not inputs:
        return
    runner = torch.fx.Interpreter(graph)
    nodes = list(graph.graph.nodes)
    last_user = {source: node for node in nodes for source in node.all_input_nodes}
    corrected = 0
    values: dict[Any, list[Any]] = {}  # by node: one value a picture, or one for all if it is constant
    for node in nodes:
        interruption.check()
        if node.op == "output":
            return
        values[node] = _run(runner, node, inputs, values)
        bias = own_bias(graph, node)
        if bias and str(node) in target_means:
            shift = target_means[str(node)] - torch.stack([_mean(each, node) for each in values[node]]).mean(
                0
            )
            _replace(graph, bias, shift)
            for each in values[node]:
                each += _along(shift, node)
            corrected += 1
            progress.status(f"biases of {how_many(corrected, 'layer')}")
        for each in node.all_input_nodes:
            if last_user[each] is node:
                del values[each]


def _run(runner: Any, node: Any, inputs: Sequence[Any], values: Mapping[Any, list[Any]]) -> list[Any]:
    """Return a node's value for each picture."""
    if node.op == "placeholder":
        return list(inputs)
    count = max((len(values[each]) for each in node.all_input_nodes), default=1)
    values_by_picture = []
    for picture in range(count):
        runner.env = {each: values[each][picture % len(values[each])] for each in node.all_input_nodes}
        args, kwargs = runner.fetch_args_kwargs_from_env(node)
        values_by_picture.append(getattr(runner, node.op)(node.target, args, kwargs))
    return values_by_picture


def own_bias(graph: Any, node: Any) -> str:
    """Return the name of a layer's bias if no other layer uses it, else ""."""
    bias = node.args[2] if node.target in graph_layers.weighted_operators() and len(node.args) > 2 else None
    if bias is None or bias.op != "get_attr":
        return ""
    users = [user for other in graph.graph.nodes if other.target == bias.target for user in other.users]
    return str(bias.target) if len(users) == 1 else ""


def _replace(graph: Any, name: str, shift: Any) -> None:
    """Replace a bias by the shifted one in a new parameter, because other graphs share the old one."""
    import torch

    *path, last = name.split(".")
    holder = graph.get_submodule(".".join(path))
    bias = getattr(holder, last)
    delattr(holder, last)
    holder.register_parameter(last, torch.nn.Parameter(bias.detach() + shift, requires_grad=False))


def _along(channels: Any, node: Any) -> Any:
    """Return [C] in a shape that broadcasts to a layer's result."""
    import torch

    return channels if node.target == torch.ops.aten.linear.default else channels.reshape(1, -1, 1, 1)


def _mean(value: Any, node: Any) -> Any:
    """Return the mean of each channel [C] of a layer's result."""
    import torch

    if node.target == torch.ops.aten.linear.default:
        return value.reshape(-1, value.shape[-1]).mean(0)
    return value.mean(dim=(0, 2, 3))
