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
    query, class_id = place // classes, place % classes
    chosen = corners.index_select(1, query.flatten())
    return torch.cat([chosen, scores.unsqueeze(-1), class_id.unsqueeze(-1).to(torch.float32)], dim=-1)
