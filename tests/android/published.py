"""The members of CameraX and ExecuTorch that are published, as published.txt lists them."""

from pathlib import Path

from edgegen_kits.android.class_reader import Member

ROWS = [
    line.split()
    for line in (Path(__file__).parent / "published.txt").read_text(encoding="utf-8").splitlines()
    if not line.startswith("#")
]
MEMBERS = {Member(*row) for row in ROWS if len(row) == 3}
CONSTANTS = {(row[0].rpartition("/")[2], row[1]): int(row[3]) for row in ROWS if len(row) == 4}
DOUBLED = ("androidx/camera/", "org/pytorch/")
