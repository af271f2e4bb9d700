"""Limbs between keypoints: `--skeleton` and the default."""

import pytest

from edgegen.base.errors import UsageError
from edgegen.model.skeleton import COCO_NAMES, COCO_PERSON, keypoint_names, resolve_skeleton


def test_skeleton_defaults_to_the_coco_person_for_17_keypoints() -> None:
    """Every keypoint has a limb. Other numbers of keypoints have no default."""
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
def test_skeleton_reads_pairs_in_order_without_duplicates(
    wanted: str, limbs: tuple[tuple[int, int], ...]
) -> None:
    assert resolve_skeleton(4, wanted) == limbs


@pytest.mark.parametrize(
    ("wanted", "says"),
    [
        ("", "'' is not a pair"),
        ("0", "'0' is not a pair"),
        ("0-1,", "'' is not a pair"),
        ("0-1;1-2", "'0-1;1-2' is not a pair"),
        ("-1-2", "'-1-2' is not a pair"),
        ("a-b", "'a-b' is not a pair"),
        ("0-4", "there is no keypoint 4"),
        ("2-2", "2-2 connects a keypoint with itself"),
    ],
)
def test_skeleton_rejects_an_invalid_pair_with_its_value(wanted: str, says: str) -> None:
    """The hint says what to type."""
    with pytest.raises(UsageError, match=says) as error:
        resolve_skeleton(4, wanted)
    assert error.value.hint


def test_skeleton_finds_limbs_by_the_names_of_keypoints() -> None:
    """COCO's keypoints in another order, or some of them among others."""
    assert resolve_skeleton(17, None, COCO_NAMES) == COCO_PERSON
    names = list(reversed(COCO_NAMES))
    limbs = resolve_skeleton(17, None, names)
    assert {(names[a], names[b]) for a, b in limbs} == {
        (COCO_NAMES[a], COCO_NAMES[b]) for a, b in COCO_PERSON
    }
    assert resolve_skeleton(4, None, ("tail", "Left_Hip", "left_knee", "left_ankle")) == ((3, 2), (2, 1))
    assert resolve_skeleton(17, None, tuple(f"point {number}" for number in range(17))) == ()
    assert resolve_skeleton(17, "0-1", COCO_NAMES) == ((0, 1),)


@pytest.mark.parametrize(
    ("said", "names"),
    [
        ({0: ["tip", "base"]}, ("tip", "base")),
        ({0: ["tip", "base"], 1: ["tip", "base"]}, ("tip", "base")),
        ({0: ["tip", "base"], 1: ["base", "tip"]}, ()),
        ({0: ["0", "1"]}, ()),
        ({0: ["tip"]}, ()),
        ({0: ["tip", "tip"]}, ()),
        ({0: ["tip", 3]}, ()),
        ({0: ["tip", "a\nb"]}, ()),
        ({}, ()),
        (["tip", "base"], ()),
        (None, ()),
    ],
)
def test_keypoint_names_are_empty_if_classes_disagree_or_names_are_invalid(
    said: object, names: tuple[str, ...]
) -> None:
    """Ultralytics has a list of names for each class."""
    assert keypoint_names(said, 2) == names
