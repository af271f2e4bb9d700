"""Rewrite 3x3 convolutions as 1x1 convolutions of shifted columns, for x86 processors without AVX-512.

There ExecuTorch's wheel runs a 1x1 convolution two to three times as fast as a 3x3 one: decision 40 has the
cause and the figures. The sums are the same, in another order. Where the kernel of 3x3 convolutions is
healthy, the rewrite makes a model slower.
"""

from typing import Any, Final

from edgegen.base.errors import ExportError

LEAST_SHARE: Final = 0.05  # of the weights: the second program has all of them
# Of the input, by stride. With fewer, the copies cost more than the faster kernel saves.
LEAST_CHANNELS: Final = {1: 32, 2: 64}


def pays(module: Any) -> bool:
    """Return whether the weights [N, C, 3, 3] that may be rewritten are LEAST_SHARE of a torch module's."""
    tensors = list(module.state_dict().values())
    rewritten: int = sum(
        tensor.numel()
        for tensor in tensors
        if tensor.dim() == 4 and tuple(tensor.shape[2:]) == (3, 3) and tensor.shape[1] >= LEAST_CHANNELS[1]
    )
    total: int = sum(tensor.numel() for tensor in tensors)
    return rewritten > 0 and rewritten >= LEAST_SHARE * total


def with_shifted_columns(exported: Any) -> Any:
    """Return a traced program (`torch.export.ExportedProgram`) without most of its 3x3 convolutions.

    A convolution is rewritten if its padding is 1, its stride 1 or 2, it has no groups and no dilation, and
    LEAST_CHANNELS. A batch normalization after it becomes part of its weights.
    """
    import torch

    module = exported.module()
    convolutions = [
        convolution
        for node in module.graph.find_nodes(op="call_function", target=torch.ops.aten.conv2d.default)
        if (convolution := _Convolution(module, node)).is_rewritten()
    ]
    if not convolutions:
        raise ExportError("the model has no 3x3 convolution that would be faster")
    for number, convolution in enumerate(convolutions):
        convolution.fold_normalization()
        convolution.replace(f"shifted_columns_{number}")
    module.graph.eliminate_dead_code()
    module.recompile()
    inputs, _ = exported.example_inputs
    return torch.export.export(module, inputs)


class _Convolution:
    """A convolution [N, C, 3, 3] of a graph module."""

    def __init__(self, module: Any, node: Any) -> None:
        # conv2d(input, weight, bias=None, stride=1, padding=0, dilation=1, groups=1)
        defaults = (None, None, None, [1, 1], [0, 0], [1, 1], 1)
        self.module, self.node = module, node
        values = [*node.args, *defaults[len(node.args) :]]
        given, weight, bias, self.stride, self.padding, self.dilation, self.groups = values
        shape = given.meta["val"].shape
        self.has_batch, (self.height, self.width) = len(shape) == 4, map(int, shape[-2:])
        self.weight, self.bias = _constant(module, weight), _constant(module, bias)
        self.has_constants = self.weight is not None and (bias is None or self.bias is not None)

    def is_rewritten(self) -> bool:
        """Return whether the rewrite is exact for it, and makes it faster."""
        return (
            self.has_constants
            and self.has_batch
            and tuple(self.weight.shape[2:]) == (3, 3)
            and list(self.padding) == [1, 1]
            and list(self.stride) in ([1, 1], [2, 2])
            and self.weight.shape[1] >= LEAST_CHANNELS[self.stride[0]]
            and list(self.dilation) == [1, 1]
            and self.groups == 1
            and (list(self.stride) == [1, 1] or self.height % 2 == self.width % 2 == 0)
        )

    def fold_normalization(self) -> None:
        """Make a batch normalization that alone reads the result part of weight and bias."""
        import torch
        from torch.nn.utils.fusion import fuse_conv_bn_weights

        users = list(self.node.users)
        if len(users) != 1 or users[0].target != torch.ops.aten.batch_norm.default:
            return
        # batch_norm(input, weight, bias, running_mean, running_var, training, momentum, eps, cudnn_enabled)
        norm = users[0]
        scale, shift, mean, variance = (_constant(self.module, each) for each in norm.args[1:5])
        if norm.args[5] or mean is None or variance is None:
            return
        self.weight, self.bias = (
            each.detach()
            for each in fuse_conv_bn_weights(
                self.weight, self.bias, mean, variance, norm.args[7], scale, shift
            )
        )
        norm.replace_all_uses_with(self.node)
        self.module.graph.erase_node(norm)

    def replace(self, name: str) -> None:
        """Replace it. Constants are registered in the module under this name."""
        self.name = name
        with self.module.graph.inserting_before(self.node):
            result = self._stride_1() if list(self.stride) == [1, 1] else self._stride_2()
        self.node.replace_all_uses_with(result)
        self.module.graph.erase_node(self.node)

    def _stride_1(self) -> Any:
        """Compute the sums of each row of the kernel from the same columns, move them, and add them."""
        given, (n, c) = self.node.args[0], self.weight.shape[:2]
        columns = self._stack([self._pick(given, c, 1, 0), given, self._pick(given, c, 1, 2)])
        above, at, below = (self._product(columns, row) for row in range(3))
        return self._sum([self._pick(above, n, 0, 1), at, self._pick(below, n, 2, 1)])

    def _stride_2(self) -> Any:
        """Row 1 of the kernel reads the even rows of the input, row 2 the odd rows, row 0 those above."""
        given, (n, c) = self.node.args[0], self.weight.shape[:2]
        even, odd = (
            self._stack([self._pick(given, c, row, column, 2) for column in range(3)]) for row in (1, 2)
        )
        above = self._pick(self._product(odd, 0), n, 0, 1)
        return self._sum([above, self._product(even, 1), self._product(odd, 2)])

    def _pick(self, node: Any, channels: int, row: int, column: int, stride: int = 1) -> Any:
        """Return at each place the value that is in this row and column of a 3x3 kernel there; 0 outside.

        A depthwise convolution with a single 1 is faster than padding and slices, and can have a stride.
        """
        kernel = self.weight.new_zeros(channels, 1, 3, 3)
        kernel[:, :, row, column] = 1
        if row == 1:
            kernel = kernel[:, :, 1:2]
        if column == 1:
            kernel = kernel[:, :, :, 1:2]
        weight = self._add(kernel, f"pick_{channels}_{row}_{column}")
        padding = [size // 2 for size in kernel.shape[2:]]
        return self._call("conv2d.default", node, weight, None, [stride, stride], padding, [1, 1], channels)

    def _stack(self, columns: list[Any]) -> Any:
        return self._call("cat.default", columns, 1)

    def _product(self, columns: Any, row: int) -> Any:
        """Return the 1x1 convolution of stacked columns with a row of the kernel; with the bias for row 1."""
        # [N, C, 3] -> [N, 3 C], as the columns are: column, then channel.
        kernel = self.weight[:, :, row, :].permute(0, 2, 1).reshape(self.weight.shape[0], -1, 1, 1)
        weight = self._add(kernel.contiguous(), f"row_{row}")
        bias = self._add(self.bias, "bias") if row == 1 and self.bias is not None else None
        return self._call("conv2d.default", columns, weight, bias)

    def _sum(self, parts: list[Any]) -> Any:
        total = parts[0]
        for part in parts[1:]:
            total = self._call("add.Tensor", total, part)
        return total

    def _call(self, operator: str, *arguments: Any) -> Any:
        import torch

        name, overload = operator.split(".")
        return self.module.graph.call_function(getattr(getattr(torch.ops.aten, name), overload), arguments)

    def _add(self, tensor: Any, name: str) -> Any:
        """Register a constant and return its node."""
        target = f"{self.name}_{name}"
        if not hasattr(self.module, target):
            self.module.register_buffer(target, tensor.detach().clone())
        return self.module.graph.get_attr(target)


def _constant(module: Any, node: Any) -> Any:
    """Return the tensor of a constant's node; None for other nodes."""
    if node is None or node.op != "get_attr":
        return None
    value = module
    for part in node.target.split("."):
        value = getattr(value, part)
    return value
