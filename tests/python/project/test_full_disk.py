"""A full disk and missing permissions: reported, and no file is lost or half written."""

import os
import re
import resource
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from edgegen.project import manifest
from edgegen.project.manifest import Manifest
from tests.helpers.support import LINUX, Answer, edgegen, message_is_complete, restricted, snapshot

pytestmark = pytest.mark.full


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """Return a file system of 1 MB."""
    folder = tmp_path / "disk"
    folder.mkdir()
    if shutil.which("mount") is None or os.geteuid() != 0:
        pytest.skip("only root may mount a small disk")
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", folder], capture_output=True, check=False
    )
    if mounted.returncode != 0:
        pytest.skip("no small disk can be mounted here")
    yield folder
    subprocess.run(["umount", folder], check=True)


def test_new_on_a_full_disk_exits_5_and_leaves_no_files(
    exported: Path, tmp_path: Path, small_disk: Path
) -> None:
    """The model does not fit on the disk."""
    (small_disk / "mine.txt").write_text("mine")
    assert (exported / "model.pte").stat().st_size > 1_500_000
    before = snapshot(small_disk)
    for output in (small_disk / "app", small_disk / "deep" / "app"):
        answer = edgegen("new", *LINUX, "--model", exported, "--output", output)
        assert answer.code == 5, answer
        assert f"cannot write to {output}: No space left on device" in answer.err
        named = re.search(r"device \((.*)\)", answer.err)
        assert named is None or named[1].startswith(
            str(small_disk)
        )  # the destination, and not the source of the copy
        message_is_complete(answer.err)
        assert snapshot(small_disk) == before


def test_new_on_a_full_disk_keeps_the_existing_project(exported: Path, small_disk: Path) -> None:
    project = small_disk / "app"
    project.mkdir()
    (project / "old.txt").write_text("old")
    manifest.write(Manifest("linux-cpp", {}, {}, manifest.digests(project, ["old.txt"])), project)
    before = snapshot(small_disk)
    answer = edgegen("new", *LINUX, "--model", exported, "--output", project)
    assert answer.code == 5
    assert snapshot(small_disk) == before


def limited(*arguments: object, folder: Path, file_bytes: int) -> Answer:
    """Run edgegen with a limit on the size of a file, similar to a quota."""
    running = subprocess.run(
        [sys.executable, "-m", "edgegen", *map(str, arguments)],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (file_bytes, file_bytes)),
    )
    return Answer(running.returncode, running.stdout, running.stderr)


@pytest.mark.parametrize("file_bytes", [0, 1000, 20_000, 1_000_000])
def test_new_with_a_file_size_limit_exits_5_and_leaves_no_files(
    exported: Path, tmp_path: Path, file_bytes: int
) -> None:
    """The limit is reached by different files."""
    before = snapshot(tmp_path)
    answer = limited(
        "new", *LINUX, "--model", exported, "--output", "app", folder=tmp_path, file_bytes=file_bytes
    )
    assert answer.code == 5, answer
    assert "File too large" in answer.err
    assert "Traceback" not in answer.err
    message_is_complete(answer.err)
    assert snapshot(tmp_path) == before


@pytest.mark.parametrize(
    ("path", "mode", "output"),
    [
        ("closed", 0o555, "closed/app"),
        ("closed", 0o555, "closed/deep/app"),
        ("closed", 0o000, "closed/app"),
        ("closed", 0o555, "closed"),
        ("closed", 0o000, "closed"),
        ("app", 0o555, "app"),
        ("app/src", 0o555, "app"),
        ("app/src/app", 0o000, "app"),
    ],
)
def test_new_into_an_unwritable_folder_fails_and_leaves_no_files(
    exported: Path, tmp_path: Path, path: str, mode: int, output: str
) -> None:
    """The parent, the folder, or one inside: exit code 5, or 3 if edits cannot be found."""
    edgegen("new", *LINUX, "--model", exported, "--output", "app", "--name", "older").ok()
    (tmp_path / "closed").mkdir()
    before = snapshot(tmp_path)
    (tmp_path / path).chmod(mode)
    try:
        answer = restricted("new", *LINUX, "--model", exported, "--output", output, folder=tmp_path)
    finally:
        (tmp_path / path).chmod(0o755)
    unreadable = path == "app/src/app"
    assert answer.code == (3 if unreadable else 5), answer
    assert output.split("/")[0] in answer.err
    assert unreadable or f"cannot write to {tmp_path / output}: Permission denied" in answer.err.replace(
        f"to {output}", f"to {tmp_path / output}"
    )
    message_is_complete(answer.err)
    assert snapshot(tmp_path) == before


@pytest.mark.parametrize(
    ("path", "says"),
    [
        ("exported", "exported cannot be read: Permission denied"),
        ("exported/model.pte", "exported cannot be read: Permission denied"),
        ("exported/metadata.yaml", "exported/metadata.yaml cannot be read"),
        ("exported/vectors", "golden vectors in exported/vectors cannot be read"),
        ("exported/vectors/01.bin", "golden vectors in exported/vectors cannot be read"),
    ],
)
def test_new_with_an_unreadable_model_exits_3(exported: Path, tmp_path: Path, path: str, says: str) -> None:
    """The message names the input and not the output folder."""
    before = snapshot(tmp_path)
    mode = (tmp_path / path).stat().st_mode
    (tmp_path / path).chmod(0)
    try:
        answer = restricted("new", *LINUX, "--model", exported, "--output", "app", folder=tmp_path)
    finally:
        (tmp_path / path).chmod(mode)
    assert answer.code == 3, answer
    assert says in answer.err
    message_is_complete(answer.err)
    assert snapshot(tmp_path) == before
