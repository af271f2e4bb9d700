"""Golden vectors of a semantic map, and its encoding as runs of pixels."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from edgegen.tasks.record import Record
from edgegen.tasks.semantic.decode import IGNORED, shares

Int32 = npt.NDArray[np.int32]
Int64 = npt.NDArray[np.int64]

RUNS: Final = 10_000  # generous bound for a picture's map


def runs_of(classes: Int32) -> tuple[Int64, Int64]:
    """Return the lengths and classes of a map's runs [h, w], row by row."""
    flat = classes.reshape(-1)
    first = np.concatenate([[0], np.flatnonzero(flat[1:] != flat[:-1]) + 1]).astype(np.int64)
    return np.diff(np.append(first, len(flat))), flat[first].astype(np.int64)


def of_runs(lengths: Sequence[int], values: Sequence[int], size: tuple[int, int]) -> Int32:
    """Return the map [h, w] of runs. Raise ValueError if they do not fill it."""
    return np.repeat(np.asarray(values, dtype=np.int32), np.asarray(lengths, dtype=np.int64)).reshape(size)


def add_map(record: Record, classes: Int32) -> None:
    """Add a semantic map."""
    lengths, values = runs_of(classes)
    record.add("class_map.run", "u32", lengths)
    record.add("class_map.value", "u32", values)


def describe_map(classes: Int32, class_names: Sequence[str]) -> dict[str, Any]:
    """Return shares and map in the apps' format. For a model of one class, 1 is the class and 0 is none."""
    count = max(len(class_names), 2)
    names = class_names if len(class_names) > 1 else ["", *class_names]
    parts = shares(classes, count)
    order = [int(each) for each in np.argsort(-parts, kind="stable") if parts[each] > 0]
    lengths, values = runs_of(classes)
    return {
        "classes": [{"class_id": i, "class_name": names[i], "share": float(parts[i])} for i in order],
        "map": {"size": list(classes.shape), "runs": lengths.tolist(), "values": values.tolist()},
    }


def read(row: Mapping[str, Any]) -> Int32:
    """Return the map from an app's JSON, or from the PNG that it names."""
    if "file" in row:
        from PIL import Image

        with Image.open(row["file"]) as picture:
            return np.asarray(picture, dtype=np.int32)
    runs = row["map"]
    return of_runs(runs["runs"], runs["values"], tuple(runs["size"]))


__all__ = ["IGNORED", "RUNS", "add_map", "describe_map", "of_runs", "read", "runs_of"]
