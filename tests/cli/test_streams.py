"""Streams that are closed, full, or of an old encoding: the work is done, or the failure told."""

import json
import os
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from tests.helpers.support import LINUX, STEP, metadata_of, process, shell, write_metadata


@pytest.mark.full
@pytest.mark.parametrize("more", ["", "--json", "--pretend", "--pretend --json"])
@pytest.mark.parametrize("reader", ["head -1", "true"])
def test_a_reader_that_goes_away_is_no_error(exported: Path, tmp_path: Path, more: str, reader: str) -> None:
    """`edgegen new ... | head -1`: the project stands, no message, exit code 0."""
    command = f"edgegen new --target linux-cpp --model {exported} --output app {more}"
    answer = shell(f"{command} | {reader} > first; echo ${{PIPESTATUS[0]}}", tmp_path)
    assert answer.stdout == "0\n"
    assert all(STEP.fullmatch(each) for each in answer.stderr.splitlines()), answer.stderr
    assert (tmp_path / "app" / "CMakeLists.txt").exists() == ("--pretend" not in more)


@pytest.mark.full
@pytest.mark.parametrize(
    "streams", ["2>&1 | true", "2> /dev/full", "2>&-", ">&-", ">&- 2>&-", "<&- >&- 2>&-"]
)
def test_streams_that_nobody_reads_do_not_stop_the_work(exported: Path, tmp_path: Path, streams: str) -> None:
    """Closed or full ones for progress, closed ones for the answer: the project is made all the same."""
    line = f"(edgegen new --target linux-cpp --model {exported} --output app; echo $? > code) {streams}"
    shell(line, tmp_path)
    assert (tmp_path / "code").read_text() == "0\n"
    assert (tmp_path / "app" / "CMakeLists.txt").is_file()


def test_closed_streams_lend_their_numbers_to_no_file(tmp_path: Path) -> None:
    """What libraries write to file 2 must not end up in a file of ours that happened to get this number."""
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
def test_an_answer_that_cannot_be_written_is_a_failure(exported: Path, tmp_path: Path, command: str) -> None:
    """A full disk behind stdout: exit code 5 and a word on it, once."""
    answer = shell(f"edgegen {command} > /dev/full", tmp_path)
    assert answer.returncode == 5
    assert answer.stderr.startswith("edgegen: cannot write standard output")
    assert "No space left on device" in answer.stderr
    assert answer.stderr.count("\n") == 2


@pytest.mark.full
@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "cp1252", "cp932", "utf-8", "utf-16"])
def test_names_that_a_stream_cannot_show_stop_nothing(exported: Path, tmp_path: Path, encoding: str) -> None:
    """As on Windows, where a redirected stdout has the code page of the system."""
    names = ["😀 犬", "größe", "\u202erl"]
    write_metadata(exported, metadata_of(exported) | {"names": dict(enumerate(names))})

    def shown(*arguments: object) -> str:
        running = subprocess.run(
            [sys.executable, "-m", "edgegen", *map(str, arguments)],
            cwd=tmp_path,
            env={**os.environ, "PYTHONIOENCODING": encoding},
            capture_output=True,
            check=False,
        )
        assert running.returncode == 0, running.stderr
        # click takes a stream of ASCII for a wrong setting, and writes UTF-8 to it.
        return running.stdout.decode("utf-8" if encoding == "ascii" else encoding)

    assert json.loads(shown("inspect", exported, "--json"))["class_names"] == names
    assert "class names" in shown("inspect", exported)
    new = ("new", *LINUX, "--model", exported, "--output", "犬😀")
    assert json.loads(shown(*new, "--json"))["projects"][0]["project"] == "犬😀"
    assert "cmake --preset release" in shown(*new)


@pytest.mark.full
def test_a_file_name_that_is_no_text_is_no_obstacle(exported: Path, tmp_path: Path) -> None:
    """Linux takes any bytes as a name; JSON writes them so that Python reads them back."""
    name = os.fsdecode(b"mod\xffel")
    exported.rename(name)
    answer = process("new", *LINUX, "--model", name, "--output", f"{name}2", "--json", folder=tmp_path).ok()
    assert json.loads(answer.out)["projects"][0]["project"] == f"{name}2"
    assert (tmp_path / f"{name}2" / "CMakeLists.txt").is_file()
    process("new", *LINUX, "--model", name, folder=tmp_path).ok()
    process("inspect", name, folder=tmp_path).ok()


@pytest.mark.full
def test_a_current_folder_that_is_gone_is_told(exported: Path, tmp_path: Path) -> None:
    """Somebody removed it in another window."""
    line = f"mkdir gone; cd gone; rmdir ../gone; edgegen new --target linux-cpp --model {tmp_path / exported}"
    answer = shell(line, tmp_path)
    assert answer.returncode == 3
    assert "the current folder is not there any more" in answer.stderr
    assert "bug" not in answer.stderr
