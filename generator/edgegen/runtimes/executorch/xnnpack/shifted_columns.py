"""Rewrite 3x3 convolutions as 1x1 convolutions of shifted columns, for x86 processors without AVX-512.

There ExecuTorch's wheel runs a 1x1 convolution two to three times as fast as a 3x3 one: decision 40 has the
cause and the figures. The sums are the same, in another order. Where the kernel of 3x3 convolutions is
healthy, the rewrite makes a model slower.
"""

from typing import Any, Final

from edgegen.base.errors import ExportError

LEAST_SHARE: Final = 0.05  # of the weights: the second program has all of them
LEAST_CHANNELS: Final = 32  # of the input: with fewer, the copies cost more than the faster kernel saves


def pays(module: Any) -> bool:
    """Return whether the weights [N, C, 3, 3] that may be rewritten are LEAST_SHARE of a torch module's."""
    tensors = list(module.state_dict().values())
    rewritten: int = sum(
        tensor.numel()
        for tensor in tensors
        if tensor.dim() == 4 and tuple(tensor.shape[2:]) == (3, 3) and tensor.shape[1] >= LEAST_CHANNELS
    )
    total: int = sum(tensor.numel() for tensor in tensors)
    return rewritten > 0 and rewritten >= LEAST_SHARE * total


def with_shifted_columns(exported: Any) -> Any:
    """Return a traced program (`torch.export.ExportedProgram`) without most of its 3x3 convolutions.

    A convolution is rewritten if its padding is 1, its stride 1 or 2, it has no groups and no dilation, and
    at least 32 input channels. A batch normalization after it becomes part of its weights.
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
            and self.weight.shape[1] >= LEAST_CHANNELS
            and list(self.padding) == [1, 1]
            and list(self.stride) in ([1, 1], [2, 2])
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

    def _input(self) -> Any:
        return self.node.args[0]  # not kept: it may have been replaced

    def _stride_1(self) -> Any:
        """Compute N channels for each row of the kernel in one 1x1 convolution, and add them by row."""
        import torch

        height, width = self.height, self.width
        n = self.weight.shape[0]
        padded = self._call("pad.default", self._input(), [1, 1, 1, 1])
        columns = [self._slice(padded, 3, s, s + width) for s in range(3)]
        bias = None if self.bias is None else torch.nn.functional.pad(self.bias, (n, n))
        rows = self._product(columns, [0, 1, 2], bias, "rows")  # [1, 3 N, height + 2, width]
        parts = [self._slice(self._slice(rows, 1, r * n, (r + 1) * n), 2, r, r + height) for r in range(3)]
        return self._sum(parts)

    def _stride_2(self) -> Any:
        """Row 1 of the kernel reads the even rows of the input. Rows 0 and 2 read the odd ones."""
        n = self.weight.shape[0]
        even = self._product(self._every_second(self._input()), [1], self.bias, "even")
        # Odd row 2 h - 1 is read by result h. Two rows of zeros above: the first one is row -1.
        padded = self._call("pad.default", self._input(), [0, 0, 1, 1])
        odd = self._product(self._every_second(padded), [0, 2], None, "odd")  # [1, 2 N, height / 2 + 1, ...]
        half = self.height // 2
        above = self._slice(self._slice(odd, 1, 0, n), 2, 0, half)
        below = self._slice(self._slice(odd, 1, n, 2 * n), 2, 1, half + 1)
        return self._sum([even, above, below])

    def _every_second(self, node: Any) -> list[Any]:
        """Return the columns left, at and right of every second column, in every second row.

        XNNPACK has no slices with steps. A depthwise convolution with a single 1 is one.
        """
        channels = self.weight.shape[1]
        columns = []
        for s in range(3):
            kernel = self.weight.new_zeros(channels, 1, 1, 3)
            kernel[..., s] = 1
            weight = self._add(kernel, f"pick_{s}")
            columns.append(self._call("conv2d.default", node, weight, None, [2, 2], [0, 1], [1, 1], channels))
        return columns

    def _product(self, columns: list[Any], rows: list[int], bias: Any, name: str) -> Any:
        """Return the 1x1 convolution of these columns with these rows of the kernel: N channels for each."""
        import torch

        # [N, C, 3, 3] -> for each row [N, 3 C], as the columns are: s, then c.
        kernels = [self.weight[:, :, r, :].permute(0, 2, 1).reshape(self.weight.shape[0], -1) for r in rows]
        weight = self._add(torch.cat(kernels)[:, :, None, None].contiguous(), f"{name}_weight")
        given = None if bias is None else self._add(bias, f"{name}_bias")
        stacked = self._call("cat.default", columns, 1)
        return self._call("conv2d.default", stacked, weight, given)

    def _slice(self, node: Any, axis: int, start: int, end: int) -> Any:
        return self._call("slice.Tensor", node, axis, start, end)

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
