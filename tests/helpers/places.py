"""Where the tests find things: the repository, its tiny checkpoint, and real weights and photos beside it."""

from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[2]
TINY: Final = ROOT / "tests" / "tiny" / "tiny.pt"
SHARED: Final = ROOT.parent / "shared" / "data"


def checkpoint_of(task: str) -> Path:
    """Return the tiny checkpoint of a task."""
    return TINY if task == "detect" else TINY.with_name(f"tiny-{task}.pt")
