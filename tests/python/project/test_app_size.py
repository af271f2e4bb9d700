"""Limits on the size of the app sources (decision 25)."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.helpers.support import edgegen

pytestmark = pytest.mark.full

MOST_OF_A_FILE = 200
MOST_CODE = 4_500


def code(lines: list[str]) -> int:
    """Count lines that are neither blank nor comment."""
    texts = [line.strip() for line in lines]
    return sum(bool(text) and not text.startswith(("//", "/*", "*")) for text in texts)


def sources(project: Path, target: str) -> Iterator[Path]:
    """Yield the app's own sources, except the logic without a platform API."""
    if target == "android":
        yield from (project / "app/src/main").rglob("*.kt")
    else:
        yield from (path for path in (project / "App").rglob("*.swift") if "Logic" not in path.parts)


@pytest.mark.parametrize("target", ["android", "ios"])
def test_app_of_a_detector_keeps_to_the_line_limits(exported: Path, tmp_path: Path, target: str) -> None:
    edgegen("new", exported, "--target", target, "--output", tmp_path / "app").ok()
    files = {
        path: path.read_text(encoding="utf-8").splitlines() for path in sources(tmp_path / "app", target)
    }
    assert len(files) > 50
    assert [path.name for path, lines in files.items() if len(lines) >= MOST_OF_A_FILE] == []
    assert MOST_CODE / 2 < sum(map(code, files.values())) <= MOST_CODE
