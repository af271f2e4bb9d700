"""`--skeleton`: which keypoints of a pose have a limb between them."""

import re
from typing import Final

from edgegen.base.errors import UsageError

Skeleton = tuple[tuple[int, int], ...]  # numbers of keypoints, from 0

NONE: Final = "none"

# Of the 17 keypoints of COCO's persons, which most pose models have: nose, eyes, ears, shoulders, elbows,
# wrists, hips, knees, ankles, the left one first. As COCO's annotations join them, counted from 0.
COCO_PERSON: Final[Skeleton] = (
    (15, 13), (13, 11), (16, 14), (14, 12), (11, 12), (5, 11), (6, 12), (5, 6), (5, 7), (6, 8),
    (7, 9), (8, 10), (1, 2), (0, 1), (0, 2), (1, 3), (2, 4), (3, 5), (4, 6),
)  # fmt: skip

_PAIR: Final = re.compile(r"\s*([0-9]{1,4})\s*-\s*([0-9]{1,4})\s*", re.ASCII)


def resolve_skeleton(keypoints: int, wanted: str | None) -> Skeleton:
    """Return the limbs that a list such as `0-1,1-2` names; `none` has none.

    Without a list (None), 17 keypoints are taken for COCO's persons; others have limbs that nobody knows.

    Args:
        keypoints: How many a pose has.
        wanted: What was typed.

    Raises:
        UsageError: The list is no list of pairs, or names a keypoint that there is not.
    """
    if wanted is None:
        return COCO_PERSON if keypoints == len({end for limb in COCO_PERSON for end in limb}) else ()
    if wanted.strip().lower() == NONE:
        return ()
    limbs = []
    for part in wanted.split(","):
        pair = _PAIR.fullmatch(part)
        if pair is None:
            raise UsageError(
                f"--skeleton: {part.strip()[:40]!r} is no pair of keypoints",
                "name pairs between commas, by number: --skeleton 0-1,1-2; or none",
            )
        first, second = int(pair[1]), int(pair[2])
        if max(first, second) >= keypoints:
            raise UsageError(
                f"--skeleton: there is no keypoint {max(first, second)}",
                f"the model's poses have {keypoints}; the numbers are 0 to {keypoints - 1}",
            )
        if first == second:
            raise UsageError(f"--skeleton: {first}-{second} joins a keypoint with itself", "leave it out")
        if (first, second) not in limbs and (second, first) not in limbs:
            limbs.append((first, second))
    return tuple(limbs)
