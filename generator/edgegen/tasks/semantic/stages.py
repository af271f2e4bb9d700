"""What golden vectors keep of a class map, and a class map as runs of pixels."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from edgegen.tasks.record import Record
from edgegen.tasks.semantic.decode import IGNORED, shares

Int32 = npt.NDArray[np.int32]
Int64 = npt.NDArray[np.int64]

RUNS: Final = 10_000  # of a picture's map, generously


def runs_of(classes: Int32) -> tuple[Int64, Int64]:
    """Return a map [h, w], row by row, as lengths of runs and the class of each."""
    flat = classes.reshape(-1)
    first = np.concatenate([[0], np.flatnonzero(flat[1:] != flat[:-1]) + 1]).astype(np.int64)
    return np.diff(np.append(first, len(flat))), flat[first].astype(np.int64)


def of_runs(lengths: Sequence[int], values: Sequence[int], size: tuple[int, int]) -> Int32:
    """Return the map [h, w] of runs, or raise ValueError where they do not fill it."""
    return np.repeat(np.asarray(values, dtype=np.int32), np.asarray(lengths, dtype=np.int64)).reshape(size)


def add_map(record: Record, classes: Int32) -> None:
    """Add a map."""
    lengths, values = runs_of(classes)
    record.add("class_map.run", "u32", lengths)
    record.add("class_map.value", "u32", values)


def describe_map(classes: Int32, class_names: Sequence[str]) -> dict[str, Any]:
    """Return shares and map as apps print them; of one class alone 1 is that class, and 0 none."""
    count = max(len(class_names), 2)
    names = class_names if len(class_names) > 1 else ["", *class_names]
    parts = shares(classes, count)
    order = [int(each) for each in np.argsort(-parts, kind="stable") if parts[each] > 0]
    lengths, values = runs_of(classes)
    return {
        "classes": [{"class_id": i, "class_name": names[i], "share": float(parts[i])} for i in order],
        "map": {"size": list(classes.shape), "runs": lengths.tolist(), "values": values.tolist()},
    }


def read(said: Mapping[str, Any]) -> Int32:
    """Return the map that an app printed, or that lies in the PNG it names."""
    if "file" in said:
        from PIL import Image

        with Image.open(said["file"]) as picture:
            return np.asarray(picture, dtype=np.int32)
    where = said["map"]
    return of_runs(where["runs"], where["values"], tuple(where["size"]))


__all__ = ["IGNORED", "RUNS", "add_map", "describe_map", "of_runs", "read", "runs_of"]
