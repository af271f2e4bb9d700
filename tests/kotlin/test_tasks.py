"""Keypoints and poses, against their numpy reference."""

import pytest

from tests.kotlin import task_comparisons
from tests.kotlin.jvm import KotlinCore

pytestmark = pytest.mark.proof("kotlin")


@pytest.mark.parametrize("seed", range(4))
def test_keypoints_equal_the_reference(kotlin: KotlinCore, seed: int) -> None:
    """2000 random outputs of every contract, any shape and both rules: not one bit of a position differs."""
    assert task_comparisons.check_keypoints(kotlin, seed, 500) > 30_000


@pytest.mark.parametrize("seed", range(4))
def test_poses_equal_the_reference(kotlin: KotlinCore, seed: int) -> None:
    """2000 random outputs: equal boxes in equal order, each with its own keypoints."""
    assert task_comparisons.check_pose(kotlin, seed, 500) > 8_000
