"""Two edits of one text, merged line by line by git's own merge; no repository is needed."""

import os
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from edgegen.base.errors import RenderError

OURS: Final = "yours"  # what conflicts call the owner's side
_MOST_CONFLICTS: Final = 127  # above it git's exit status is an error


def git(arguments: Sequence[str], folder: Path, *accepted: int) -> subprocess.CompletedProcess[bytes]:
    """Run git as on a new machine, without the settings of whoever uses it.

    Raises:
        RenderError: It is not here, or failed.
    """
    environment = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    environment |= {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1", "LC_ALL": "C"}
    # No repository around the folder has a say in it, either.
    environment["GIT_CEILING_DIRECTORIES"] = str(folder.parent.resolve())
    try:
        ran = subprocess.run(
            ["git", *arguments],
            cwd=folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=False,
        )
    except FileNotFoundError:
        raise RenderError(
            "git is not here, and it merges your edits with what edgegen writes now",
            "install git (https://git-scm.com, or apt install git); no repository is needed",
        ) from None
    if ran.returncode not in (0, *accepted):
        said = ran.stderr.decode("utf-8", "replace").strip().splitlines() or ["it said nothing"]
        raise RenderError(f"git {arguments[0]} failed: {said[-1]}", "install a newer git: 2.20 does")
    return ran


def merged(base: bytes, yours: bytes, theirs: bytes, label: str) -> tuple[bytes, bool]:
    """Return both edits in one text, and whether that went without conflicts; those stand in it, marked.

    Line ends are the owner's: what they turned to CRLF, or from it, is no edit of every line.

    Raises:
        RenderError: Git is not here, or failed.
    """
    end = _line_end(yours)
    turned = end is not None and end != _line_end(base)
    if turned:
        base, yours, theirs = (text.replace(b"\r\n", b"\n") for text in (base, yours, theirs))
    with tempfile.TemporaryDirectory(prefix="edgegen-") as scratch:
        folder = Path(scratch)
        for name, content in (("yours", yours), ("base", base), ("theirs", theirs)):
            (folder / name).write_bytes(content)
        labels = ("-L", OURS, "-L", "edgegen before", "-L", label)
        ran = git(
            ["merge-file", "-p", *labels, "yours", "base", "theirs"], folder, *range(1, _MOST_CONFLICTS + 1)
        )
    text = ran.stdout
    if turned and end == b"\r\n":
        text = text.replace(b"\n", b"\r\n")
    return text, ran.returncode == 0


def _line_end(text: bytes) -> bytes | None:
    """Return how all lines of a text end; None where some end otherwise, or there is but one."""
    windows, all_ends = text.count(b"\r\n"), text.count(b"\n")
    if not all_ends or windows not in (0, all_ends):
        return None
    return b"\r\n" if windows else b"\n"
