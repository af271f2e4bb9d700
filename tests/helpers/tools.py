"""What happens to a test whose tool is missing."""

import os
from collections.abc import Iterable

import pytest

from edgegen.base.tools import Tool


def need(tools: Iterable[Tool]) -> None:
    """Skip a test if one of its required tools is missing."""
    lacking = [tool.name for tool in tools if tool.required and not tool.find().usable]
    if lacking:
        missing(", ".join(lacking))


def missing(tool: str) -> None:
    """Skip a test whose tool is missing; fail it in CI, and where `make test` installs the tools."""
    if os.environ.get("CI") or os.environ.get("EDGEGEN_KITS") == "required":
        pytest.fail(f"{tool} is missing; `make test` installs it")
    pytest.skip(f"{tool} is missing")
