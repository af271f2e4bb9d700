"""Every task beside detection, held against its numpy reference."""

import pytest

from tests.kotlin import task_comparisons
from tests.kotlin.jvm import KotlinCore

pytestmark = pytest.mark.proof("kotlin")


@pytest.mark.parametrize("seed", range(4))
def test_keypoints_are_the_references(kotlin: KotlinCore, seed: int) -> None:
    """2000 random outputs of every contract, any shape and both rules: not one bit of a place differs."""
    assert task_comparisons.check_keypoints(kotlin, seed, 500) > 30_000


@pytest.mark.parametrize("seed", range(4))
def test_poses_are_the_references(kotlin: KotlinCore, seed: int) -> None:
    """2000 random outputs: the same boxes in the same order, each with its own keypoints."""
    assert task_comparisons.check_pose(kotlin, seed, 500) > 8_000
