"""Run git without the user's settings, and merge two edits of a text with it."""

import os
import re
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from edgegen.base.errors import RenderError

OURS: Final = "yours"  # the label of the user's side in conflicts
# `=======` alone underlines a heading in many texts.
_MARK: Final = re.compile(rb"^(<<<<<<< " + OURS.encode() + rb"|>>>>>>> edgegen\b.*?)\s*$", re.MULTILINE)
_MOST_CONFLICTS: Final = 127  # a larger exit code of git is an error


def git(arguments: Sequence[str], folder: Path, *accepted: int) -> subprocess.CompletedProcess[bytes]:
    """Run git without the user's settings and environment. Raise RenderError if it is missing or failed."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    environment |= {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1", "LC_ALL": "C"}
    # Ignore a repository around the folder.
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
            "git is missing, which merges your edits with edgegen's changes",
            "install git (https://git-scm.com, or apt install git); no repository is needed",
        ) from None
    if ran.returncode not in (0, *accepted):
        lines = ran.stderr.decode("utf-8", "replace").strip().splitlines() or ["no message"]
        raise RenderError(f"git {arguments[0]} failed: {lines[-1]}", "install git 2.20 or newer")
    return ran


def merge_texts(base: bytes, yours: bytes, theirs: bytes, label: str) -> tuple[bytes, bool]:
    """Return the merged text, with marks at its conflicts, and whether it has none.

    Line ends are the user's: a change between LF and CRLF is not an edit of every line.

    Raises:
        RenderError: Git is missing, or failed.
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


def has_conflicts(content: bytes) -> bool:
    """Return whether a text contains the mark of a conflict of an update."""
    return bool(_MARK.search(content))


def _line_end(text: bytes) -> bytes | None:
    """Return the line end of a text, or None if it has no line end or different ones."""
    windows, all_ends = text.count(b"\r\n"), text.count(b"\n")
    if not all_ends or windows not in (0, all_ends):
        return None
    return b"\r\n" if windows else b"\n"
