"""`--skeleton`, by pairs of keypoints."""

import pytest

from edgegen.base.errors import UsageError
from edgegen.model.skeleton import COCO_PERSON, resolve_skeleton


def test_a_persons_limbs_are_known() -> None:
    """Of 17 keypoints; of others nobody knows. Every one has a limb."""
    assert resolve_skeleton(17, None) == COCO_PERSON
    assert {end for limb in COCO_PERSON for end in limb} == set(range(17))
    for keypoints in (0, 1, 4, 16, 18, 21):
        assert resolve_skeleton(keypoints, None) == ()


@pytest.mark.parametrize(
    ("wanted", "limbs"),
    [
        ("0-1", ((0, 1),)),
        (" 3 - 2 ,0-1", ((3, 2), (0, 1))),
        ("0-1,1-0,0-1", ((0, 1),)),
        ("none", ()),
        ("None ", ()),
    ],
)
def test_pairs_are_read(wanted: str, limbs: tuple[tuple[int, int], ...]) -> None:
    """In their order, each limb once."""
    assert resolve_skeleton(4, wanted) == limbs


@pytest.mark.parametrize(
    ("wanted", "says"),
    [
        ("", "'' is no pair"),
        ("0", "'0' is no pair"),
        ("0-1,", "'' is no pair"),
        ("0-1;1-2", "'0-1;1-2' is no pair"),
        ("-1-2", "'-1-2' is no pair"),
        ("a-b", "'a-b' is no pair"),
        ("0-4", "there is no keypoint 4"),
        ("2-2", "2-2 joins a keypoint with itself"),
    ],
)
def test_what_is_wrong_is_named(wanted: str, says: str) -> None:
    """With the value, and what to type."""
    with pytest.raises(UsageError, match=says) as error:
        resolve_skeleton(4, wanted)
    assert error.value.hint
