"""The results, rows and words of every task and contract, against the numpy reference."""

import pytest

from tests.web.vision.core import Core
from tests.web.vision.rendered import every_model
from tests.web.vision.result_comparisons import CHECKS, check_depth_words

pytestmark = pytest.mark.proof("javascript")
CASES = {"segment": 15}  # outlines of random masks are long


@pytest.mark.parametrize("seed", range(2))
@pytest.mark.parametrize(("task", "contract"), sorted({model[:2] for model in every_model()}))
def test_results_equal_the_reference(js: Core, task: str, contract: str, seed: int) -> None:
    """60 random outputs, with ties, NaN and infinities."""
    cases = CASES.get(task, 60)
    assert CHECKS[task](js, contract, seed, cases) > 10


def test_words_of_depth_equal_the_reference(js: Core) -> None:
    """A half of the last digit goes to the even one."""
    check_depth_words(js)
