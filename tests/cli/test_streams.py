"""Closed or full streams and old encodings: the command completes, or reports the failure."""

import json
import os
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from tests.helpers.support import LINUX, STEP, metadata_of, process, shell, write_metadata

BETWEEN = "<end>"  # between the output of commands in one process


@pytest.mark.full
@pytest.mark.parametrize(
    ("more", "reader"),
    [("", "head -1"), ("--json", "true"), ("--pretend", "true"), ("--pretend --json", "head -1")],
)
def test_closed_pipe_on_stdout_is_no_error(exported: Path, tmp_path: Path, more: str, reader: str) -> None:
    """`edgegen new ... | head -1` makes the project, prints no message and exits with 0."""
    command = f"edgegen new --target linux-cpp --model {exported} --output app {more}"
    answer = shell(f"{command} | {reader} > first; echo ${{PIPESTATUS[0]}}", tmp_path)
    assert answer.stdout == "0\n"
    assert all(STEP.fullmatch(each) for each in answer.stderr.splitlines()), answer.stderr
    assert (tmp_path / "app" / "CMakeLists.txt").exists() == ("--pretend" not in more)


@pytest.mark.full
@pytest.mark.parametrize(
    "streams", ["2>&1 | true", "2> /dev/full", "2>&-", ">&-", ">&- 2>&-", "<&- >&- 2>&-"]
)
def test_closed_or_full_streams_do_not_stop_new(exported: Path, tmp_path: Path, streams: str) -> None:
    """Progress to a closed or full stream, and the answer to a closed one."""
    line = f"(edgegen new --target linux-cpp --model {exported} --output app; echo $? > code) {streams}"
    shell(line, tmp_path)
    assert (tmp_path / "code").read_text() == "0\n"
    assert (tmp_path / "app" / "CMakeLists.txt").is_file()


def test_closed_standard_streams_are_replaced_by_dev_null(tmp_path: Path) -> None:
    """Otherwise libraries that write to descriptor 2 could write into one of our files."""
    code = (
        "import os\n"
        "from edgegen.cli import group\n"
        "from edgegen.cli.common import run\n"
        "run(group, ['--version'])\n"
        "null = os.stat(os.devnull)\n"
        "same = all(os.path.samestat(os.fstat(number), null) for number in range(3))\n"
        "open('answer', 'w').write(str(same))\n"
    )
    script = f"{shlex.quote(sys.executable)} -c {shlex.quote(code)} <&- >&- 2>&-"
    subprocess.run(["bash", "-c", script], cwd=tmp_path, check=True)
    assert (tmp_path / "answer").read_text() == "True"


@pytest.mark.full
@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
@pytest.mark.parametrize("command", ["--help", "inspect exported", "inspect exported --json", "doctor"])
def test_full_disk_on_stdout_exits_5_with_one_message(exported: Path, tmp_path: Path, command: str) -> None:
    answer = shell(f"edgegen {command} > /dev/full", tmp_path)
    assert answer.returncode == 5
    assert answer.stderr.startswith("edgegen: cannot write standard output")
    assert "No space left on device" in answer.stderr
    assert answer.stderr.count("\n") == 2


@pytest.mark.full
@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "cp1252", "cp932", "utf-8", "utf-16"])
def test_names_outside_the_streams_encoding_are_printed(
    exported: Path, tmp_path: Path, encoding: str
) -> None:
    """A redirected stdout on Windows has the system's code page."""
    names = ["😀 犬", "größe", "\u202erl"]
    write_metadata(exported, metadata_of(exported) | {"names": dict(enumerate(names))})

    new = ("new", *LINUX, "--model", exported, "--output", "犬😀")
    commands = [("inspect", exported, "--json"), ("inspect", exported), (*new, "--json"), new]
    code = (
        "import json, sys\n"
        "from edgegen.cli import group\n"
        "from edgegen.cli.common import run\n"
        "for words in json.loads(sys.argv[1]):\n    assert run(group, words) == 0\n"
        f"    print({BETWEEN!r}, flush=True)\n"
    )
    running = subprocess.run(
        [sys.executable, "-c", code, json.dumps([[str(word) for word in words] for words in commands])],
        cwd=tmp_path,
        env={**os.environ, "PYTHONIOENCODING": encoding},
        capture_output=True,
        check=False,
    )
    assert running.returncode == 0, running.stderr
    # click takes a stream of ASCII for a wrong setting, and writes UTF-8 to it.
    shown = running.stdout.decode("utf-8" if encoding == "ascii" else encoding).split(BETWEEN)
    assert json.loads(shown[0])["class_names"] == names
    assert "class names" in shown[1]
    assert json.loads(shown[2])["projects"][0]["project"] == "犬😀"
    assert "cmake --preset release" in shown[3]


@pytest.mark.full
def test_file_names_that_are_no_valid_utf8_work(exported: Path, tmp_path: Path) -> None:
    """Linux allows any bytes in names. The JSON reads back as the same name."""
    name = os.fsdecode(b"mod\xffel")
    exported.rename(name)
    answer = process("new", *LINUX, "--model", name, "--output", f"{name}2", "--json", folder=tmp_path).ok()
    assert json.loads(answer.out)["projects"][0]["project"] == f"{name}2"
    assert (tmp_path / f"{name}2" / "CMakeLists.txt").is_file()
    process("new", *LINUX, "--model", name, folder=tmp_path).ok()
    process("inspect", name, folder=tmp_path).ok()


@pytest.mark.full
def test_deleted_current_folder_exits_3_with_a_message(exported: Path, tmp_path: Path) -> None:
    line = f"mkdir gone; cd gone; rmdir ../gone; edgegen new --target linux-cpp --model {tmp_path / exported}"
    answer = shell(line, tmp_path)
    assert answer.returncode == 3
    assert "the current folder does not exist any more" in answer.stderr
    assert "bug" not in answer.stderr
