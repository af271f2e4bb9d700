"""Parse `--skeleton`: the pairs of keypoints that limbs connect."""

import re
from collections.abc import Mapping, Sequence
from typing import Final

from edgegen.base.errors import UsageError

Skeleton = tuple[tuple[int, int], ...]  # pairs of keypoint numbers, from 0

NONE: Final = "none"

# Keypoints with a lower score (0 to 1) are not drawn, as in Ultralytics. `kLeastVisible` in C++.
LEAST_VISIBLE: Final = 0.25

# Limbs of a COCO person as in COCO's annotations, counted from 0. COCO_NAMES lists the 17 keypoints.
COCO_PERSON: Final[Skeleton] = (
    (15, 13), (13, 11), (16, 14), (14, 12), (11, 12), (5, 11), (6, 12), (5, 6), (5, 7), (6, 8),
    (7, 9), (8, 10), (1, 2), (0, 1), (0, 2), (1, 3), (2, 4), (3, 5), (4, 6),
)  # fmt: skip

# The keypoints' names in Ultralytics' data sets.
COCO_NAMES: Final = (
    "nose", "left_eye", "right_eye", "left_ear", "right_ear", "left_shoulder", "right_shoulder", "left_elbow",
    "right_elbow", "left_wrist", "right_wrist", "left_hip", "right_hip", "left_knee", "right_knee",
    "left_ankle", "right_ankle",
)  # fmt: skip

_PAIR: Final = re.compile(r"\s*([0-9]{1,4})\s*-\s*([0-9]{1,4})\s*", re.ASCII)


def resolve_skeleton(keypoints: int, wanted: str | None, names: Sequence[str] = ()) -> Skeleton:
    """Return the limbs of a list such as `0-1,1-2`, the value of `--skeleton`; () for `none`.

    Without a list (None), keypoints with COCO's names get COCO's limbs, in any order and among others.
    Without names, 17 keypoints are taken for COCO's. All others get no limbs.
    """
    if wanted is None and names:
        places = {name.lower(): number for number, name in enumerate(names)}
        limbs_by_name = [(COCO_NAMES[first], COCO_NAMES[second]) for first, second in COCO_PERSON]
        return tuple((places[a], places[b]) for a, b in limbs_by_name if a in places and b in places)
    if wanted is None:
        return COCO_PERSON if keypoints == len({end for limb in COCO_PERSON for end in limb}) else ()
    if wanted.strip().lower() == NONE:
        return ()
    limbs = []
    for part in wanted.split(","):
        pair = _PAIR.fullmatch(part)
        if pair is None:
            raise UsageError(
                f"--skeleton: {part.strip()[:40]!r} is not a pair of keypoints",
                "write pairs of numbers between commas, or none: --skeleton 0-1,1-2",
            )
        first, second = int(pair[1]), int(pair[2])
        if max(first, second) >= keypoints:
            raise UsageError(
                f"--skeleton: there is no keypoint {max(first, second)}",
                f"the model's poses have {keypoints}; the numbers are 0 to {keypoints - 1}",
            )
        if first == second:
            raise UsageError(f"--skeleton: {first}-{second} connects a keypoint with itself", "leave it out")
        if (first, second) not in limbs and (second, first) not in limbs:
            limbs.append((first, second))
    return tuple(limbs)


def keypoint_names(recorded: object, keypoints: int) -> tuple[str, ...]:
    """Return the keypoints' names from Ultralytics' mapping by class, {0: [...], 1: [...]}.

    Return () if classes differ in names, if their number is wrong, or if they are the numbers that
    Ultralytics fills in. Names are optional, so none of this is an error.
    """
    lists = list(recorded.values()) if isinstance(recorded, Mapping) else []
    if not lists or not all(isinstance(each, list) and each == lists[0] for each in lists):
        return ()
    names = lists[0]
    if len(names) != keypoints or not all(isinstance(name, str) and name.isprintable() for name in names):
        return ()
    if len(set(names)) != len(names) or names == [str(number) for number in range(keypoints)]:
        return ()
    return tuple(names)
