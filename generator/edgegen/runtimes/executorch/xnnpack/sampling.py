"""Replace the sampling of detection transformers by matrix products, and gathers by selections of rows.

Deformable attention samples a map [C, h, w] at points that the model chooses: `grid_sample` in its bilinear
form, with zeros outside and corners not aligned. Such a sample is a weighted sum over all pixels. For a point
at x, y in pixels, pixel (i, j) has the weight T(y - i) T(x - j), where T(d) = max(0, 1 - |d|):

- With f = x - floor(x), T is 1 - f and f at the two neighbours, and 0 at all other pixels. These are the
  bilinear weights.
- A pixel outside has no column in the matrix, so it adds nothing: that is zero padding. At a point more than
  a pixel away from the map all weights are 0.

The attention adds up the samples of P points with weights a: the sum over p of a_p Ty_p^T Tx_p is one product
of [h, P] and [P, w], and gives the weights of all pixels. A second product with the map gives the result.
Both differ from `grid_sample` by float32 rounding only.
"""

from collections.abc import Iterator, Sequence
from typing import Any, Final

import torch

_ATEN: Final = torch.ops.aten
_BILINEAR, _ZEROS = 0, 0  # numbers of torch's modes
_CONCATENATIONS: Final = (_ATEN.cat.default, _ATEN.concat.default)
_REPETITIONS: Final = (_ATEN.repeat.default, _ATEN.expand.default, _ATEN.tile.default)
_ARITHMETIC: Final = (
    *(_ATEN.add.Tensor, _ATEN.sub.Tensor, _ATEN.mul.Tensor, _ATEN.div.Tensor),
    _ATEN.rsub.Scalar,
)


def with_products_for_sampling(exported: Any) -> Any:
    """Return a traced program (`torch.export.ExportedProgram`) without bilinear samplers and gathers of rows.

    A program without bilinear samplers is returned as it is.
    """
    module = exported.module()
    samplers = [node for node in _calls(module.graph, _ATEN.grid_sampler.default) if _is_bilinear(node)]
    if not samplers:
        return exported
    for total in list(_calls(module.graph, _ATEN.sum.dim_IntList)):
        _replace_weighted_sum(total)
    for sampler in samplers:
        if sampler.users:
            _replace(sampler, sample, sampler.args[0], sampler.args[1])
    for gather in list(_calls(module.graph, _ATEN.gather.default)):
        _replace_gather_of_rows(gather)
    for detached in list(_calls(module.graph, _ATEN.detach.default)):
        detached.replace_all_uses_with(detached.args[0])
    _use_float_scalars(module.graph)
    module.graph.eliminate_dead_code()
    module.recompile()
    inputs, _ = exported.example_inputs
    return torch.export.export(module, inputs)


def sample(maps: torch.Tensor, grid: torch.Tensor) -> torch.Tensor:
    """Return the samples [N, C, Q, P] of maps [N, C, h, w] at points [N, Q, P, 2], each x y from -1 to 1."""
    n, channels, height, width = maps.shape
    queries, points = grid.shape[1:3]
    across, down = _pixel_weights(grid, height, width)
    pixels = down.reshape(-1, height, 1) * across.reshape(-1, 1, width)
    samples = pixels.reshape(n, queries * points, height * width) @ maps.flatten(2).transpose(1, 2)
    return samples.transpose(1, 2).reshape(n, channels, queries, points)


def sum_of_samples(
    maps: Sequence[torch.Tensor], grids: Sequence[torch.Tensor], weights: torch.Tensor
) -> torch.Tensor:
    """Return the weighted sums [N, C, Q] of the samples at all points of all levels.

    maps: [N, C, h, w] of each level. grids: [N, Q, P, 2]. weights: [N, 1, Q, P of all levels].
    """
    total, start = None, 0
    for level, grid in zip(maps, grids, strict=True):
        n, queries, points = grid.shape[:3]
        height, width = level.shape[2:]
        across, down = _pixel_weights(grid, height, width)
        share = weights[..., start : start + points].reshape(n, queries, points, 1)
        start += points
        down, across = down.reshape(-1, points, height), (across * share).reshape(-1, points, width)
        pixels = torch.bmm(down.transpose(1, 2), across).reshape(n, queries, height * width)
        added = torch.bmm(pixels, level.flatten(2).transpose(1, 2))
        total = added if total is None else total + added
    assert total is not None  # noqa: S101 - there is a level
    return total.transpose(1, 2).contiguous()  # as torch: later views rely on it


def _pixel_weights(grid: torch.Tensor, height: int, width: int) -> tuple[torch.Tensor, torch.Tensor]:
    """Return the weights of the columns [N, Q, P, w] and of the rows [N, Q, P, h] for points of a grid."""
    x, y = grid[..., 0:1], grid[..., 1:2]
    return _triangle(x, width), _triangle(y, height)


def _triangle(place: torch.Tensor, size: int) -> torch.Tensor:
    """Return max(0, 1 - |d|) for the distances of places from -1 to 1 to the centres of `size` pixels."""
    pixels = ((place + 1.0) * float(size) - 1.0) / 2.0  # as in torch
    distances = pixels - torch.arange(size, dtype=place.dtype)
    return torch.relu(1.0 - distances.abs())


def _calls(graph: Any, target: Any) -> Iterator[Any]:
    yield from graph.find_nodes(op="call_function", target=target)


def _is_bilinear(node: Any) -> bool:
    # grid_sampler(input, grid, interpolation_mode, padding_mode, align_corners)
    return node.args[0].meta["val"].dim() == 4 and tuple(node.args[2:]) == (_BILINEAR, _ZEROS, False)


def _replace(node: Any, function: Any, *arguments: Any) -> None:
    with node.graph.inserting_before(node):
        other = node.graph.call_function(function, arguments)
    node.replace_all_uses_with(other)


def _replace_weighted_sum(total: Any) -> None:
    """Replace sum(cat(samples of each level) * weights) over the points, if the sum is that."""
    product, dims, *rest = total.args
    if len(total.args[0].meta["val"].shape) != 4 or list(dims) not in ([-1], [3]) or any(rest):
        return
    if product.target != _ATEN.mul.Tensor or len(product.args) != 2:
        return
    joined, weights = product.args
    samplers = joined.args[0] if joined.target in _CONCATENATIONS else [joined]
    if joined.target in _CONCATENATIONS and (*joined.args, 0)[1] not in (-1, 3):
        return
    is_sampled = all(
        each.target == _ATEN.grid_sampler.default and _is_bilinear(each) and len(each.users) == 1
        for each in samplers
    )
    if not is_sampled or len(product.users) != 1 or len(joined.users) != 1:
        return
    n, _, queries, points = joined.meta["val"].shape
    if tuple(weights.meta["val"].shape) != (n, 1, queries, points):
        return
    _replace(
        total,
        sum_of_samples,
        [each.args[0] for each in samplers],
        [each.args[1] for each in samplers],
        weights,
    )


def _replace_gather_of_rows(gather: Any) -> None:
    """Replace gather(rows [1, N, C], 1, index [1, K, 1] repeated) by an index_select of whole rows."""
    rows, dim, index = gather.args[:3]
    if index.target not in _REPETITIONS or dim != 1:
        return
    single = index.args[0]
    shape, repeated = tuple(rows.meta["val"].shape), tuple(index.meta["val"].shape)
    count = tuple(single.meta["val"].shape)[1:2]
    is_of_rows = len(shape) == 3 and shape[0] == 1 and repeated == (1, *count, shape[2])
    if is_of_rows and tuple(single.meta["val"].shape) == (1, *count, 1):
        _replace(gather, _select_rows, rows, single)


def _select_rows(rows: torch.Tensor, index: torch.Tensor) -> torch.Tensor:
    return rows.index_select(1, index.reshape(-1))


def _use_float_scalars(graph: Any) -> None:
    """Give float tensors float scalars: an integer would become an integer tensor, which XNNPACK lacks."""
    for target in _ARITHMETIC:
        for node in _calls(graph, target):
            if node.meta["val"].dtype.is_floating_point:
                node.args = tuple(float(each) if type(each) is int else each for each in node.args)
