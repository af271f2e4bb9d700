"""The selection of detection transformers, as a part of their programs: the contract `detections`."""

import torch


def best_rows(logits: torch.Tensor, boxes: torch.Tensor, size: tuple[int, int], most: int) -> torch.Tensor:
    """Return the best pairs of query and class [1, k, 6] by falling score: x1 y1 x2 y2, score, class.

    logits: [1, queries, classes]. boxes: [1, queries, 4], centre and size from 0 to 1. size: of the input,
    height and width: the corners are in its pixels. most: k, if there are as many pairs.
    """
    queries, classes = logits.shape[1:]
    scores, place = logits.sigmoid().flatten(1).topk(min(most, queries * classes))
    centre, half = boxes[..., :2], boxes[..., 2:] * 0.5
    scale = torch.tensor([size[1], size[0], size[1], size[0]], dtype=torch.float32)
    corners = torch.cat([centre - half, centre + half], dim=-1) * scale
    # Tables, because backends lack the division of integers or compute it in floats.
    query_of = torch.tensor([query for query in range(queries) for _ in range(classes)])
    class_of = torch.tensor([float(class_id) for _ in range(queries) for class_id in range(classes)])
    chosen = corners.index_select(1, query_of.index_select(0, place.flatten()))
    class_ids = class_of.index_select(0, place.flatten()).reshape(1, -1, 1)
    return torch.cat([chosen, scores.unsqueeze(-1), class_ids], dim=-1)
