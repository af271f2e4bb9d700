"""The members of CameraX and ExecuTorch that are published, as published.txt lists them."""

from pathlib import Path

from edgegen_kits.android.class_reader import Member, read
from edgegen_kits.android.floor import Classes

ROWS = [
    line.split()
    for line in (Path(__file__).parent / "published.txt").read_text(encoding="utf-8").splitlines()
    if not line.startswith("#")
]
MEMBERS = {Member(*row) for row in ROWS if len(row) == 3}
CONSTANTS = {(row[0].rpartition("/")[2], row[1]): int(row[3]) for row in ROWS if len(row) == 4}
DOUBLED = ("androidx/camera/", "org/pytorch/")


def called_members(app: Path, doubles: Path) -> set[Member]:
    """Return what compiled classes call of the doubles. What these inherit from Android is not in them."""
    known, called = Classes([doubles]), set[Member]()
    for path in app.rglob("*.class"):
        called |= {each for each in read(path.read_bytes()).called if each.owner.startswith(DOUBLED)}
    return {each for each in called if known.has(each)}
