"""The JavaScript core, rendered once for all test processes, in one Node process for each of them."""

from collections.abc import Iterator

import pytest

from tests.helpers.once import Once
from tests.web.vision.core import Core
from tests.web.vision.node import Node
from tests.web.vision.rendered import render_all


@pytest.fixture(scope="session")
def js(once: Once) -> Iterator[Core]:
    """Return the core in a process that lives as long as the tests."""
    node = Node()
    yield Core(node, once("web-vision", render_all))
    node.close()
