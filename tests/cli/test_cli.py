"""The command line: help, output streams, JSON, verbose mode, exit codes."""

import json
import os
import pty
import re
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import click
import pytest

from edgegen import __version__
from edgegen.base.errors import ExportError
from edgegen.base.quiet import quiet
from edgegen.cli import common, group
from edgegen.cli.common import run
from tests.cli.terminals import blocks_of
from tests.helpers.support import LINUX, PATIENCE, STEP, edgegen, list_files, process, start
from tests.helpers.tools import missing

COMMANDS = ("new", "batch", "export", "inspect", "verify", "report", "doctor")
NAME = "it's my app"

# --- help and version ---


def test_help_imports_no_heavy_packages(tmp_path: Path) -> None:
    """This keeps the help fast."""
    answer = process("--help", folder=tmp_path, environment={"PYTHONPROFILEIMPORTTIME": "1"}).ok()
    imported = set(re.findall(r"\| +([\w.]+)$", answer.err, flags=re.MULTILINE))
    assert {"click", "edgegen.cli"} <= imported
    heavy = {"torch", "numpy", "yaml", "rich", "jinja2", "executorch", "ultralytics", "cv2", "flatbuffers"}
    assert not {name for name in imported if name.partition(".")[0] in heavy}
    assert "edgegen.commands.new" not in imported


@pytest.mark.parametrize("flag", ["--help", "-h"])
def test_help_names_every_command(flag: str) -> None:
    """It also shows the first command to type."""
    answer = edgegen(flag).ok()
    assert answer.err == ""
    for command in COMMANDS:
        assert re.search(rf"^  {command} ", answer.out, flags=re.MULTILINE)
    assert "edgegen new --model yolo11n.pt --target linux-cpp" in answer.out


@pytest.mark.parametrize(
    ("command", "options"),
    [
        (
            "new",
            "--model --metadata --target --output --name --package --bundle-id --ci --classes --imgsz --conf "
            "--iou --max-det --head --image --pretend --force --json --verbose",
        ),
        ("export", "--model --imgsz --head --image --output --force --json --verbose"),
        ("inspect", "--metadata --json --verbose"),
        ("verify", "--model --image --json --verbose"),
        (
            "batch",
            "--target --output --jobs --verify --only --ci --imgsz --head --conf --iou --max-det --classes "
            "--precision --pretend --force --json --verbose",
        ),
        ("report", "--output --verify --results --screenshots --force --json --verbose"),
        ("doctor", "--target --install --json --verbose"),
    ],
)
def test_help_of_a_command_names_its_options(command: str, options: str) -> None:
    """Each option has a description."""
    for flag in ("-h", "--help"):
        answer = edgegen(command, flag).ok()
        for option in options.split():
            assert re.search(rf"^  {option}\b.*(  \S|\n {{20,}}\S)", answer.out, flags=re.MULTILINE), option


@pytest.mark.parametrize(("command", "first"), [("new", "Model"), ("update", "Model"), ("batch", "Projects")])
def test_help_groups_options_under_headings(command: str, first: str) -> None:
    """Each option is listed once."""
    text = edgegen(command, "--help").ok().out
    headings = re.findall(r"^(\S.*):$", text, flags=re.MULTILINE)
    assert headings[0] == first
    assert headings[-1] == "Other options"
    assert {"int8", "What the app shows"} < set(headings)
    under = dict[str, str]()
    for line in text.splitlines():
        if re.fullmatch(r"\S.*:", line):
            heading = line[:-1]
        elif option := re.match(r"  (--[\w-]+)", line):
            under[option[1]] = heading
    assert under["--conf"] == under["--classes"] == "What the app shows"
    assert under["--calibration"] == under["--max-loss"] == "int8"
    assert under["--verbose"] == "Other options"
    options = re.findall(r"^  (--[\w-]+)", text, flags=re.MULTILINE)
    taken = [option for each in group.commands[command].params for option in each.opts if option[:2] == "--"]
    assert sorted(options) == sorted([*taken, "--help"] if "--help" in options else taken)
    assert len(set(options)) == len(options)


def test_help_lists_all_commands_and_new_first() -> None:
    listed = re.findall(r"^  ([a-z]+) {2,}\S", edgegen("--help").ok().out, flags=re.MULTILINE)
    assert sorted(listed) == sorted(group.commands)
    assert listed[0] == "new"


def test_version_prints_name_and_version(tmp_path: Path) -> None:
    """Both in this process and as a module."""
    for answer in (edgegen("--version"), process("--version", folder=tmp_path)):
        assert (answer.code, answer.out, answer.err) == (0, f"edgegen, version {__version__}\n", "")


def test_installed_command_prints_the_same_help_as_the_module(tmp_path: Path) -> None:
    script = Path(sys.executable).with_name("edgegen")
    if not script.exists():
        missing("the command edgegen")
    answer = subprocess.run(
        [script, "new", "--help"], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    assert answer.stdout == process("new", "--help", folder=tmp_path).out


def test_edgegen_without_a_command_shows_help_and_exits_2() -> None:
    answer = edgegen()
    assert answer.code == 2
    assert "Make an app project from a model." in answer.out + answer.err


# --- stdout and stderr ---


@pytest.mark.full
def test_progress_without_a_terminal_is_one_line_per_step_on_stderr(tiny_project_run: Path) -> None:
    """The output of the libraries is hidden."""
    lines = (tiny_project_run / "stderr").read_text(encoding="utf-8").splitlines()
    assert all(STEP.fullmatch(line) for line in lines), lines
    assert [line[11:] for line in lines] == [
        "Load best.pt",
        "Trace with torch.export",
        "Lower to XNNPACK",
        "Make golden vectors",
        "Trace with torch.export",
        "Lower to XNNPACK for AVX2",
        "Compare XNNPACK for AVX2 with PyTorch",
        "Write the linux-cpp project",
    ]


@pytest.mark.full
def test_stdout_with_json_is_one_object(exported: Path, tiny_checkpoint: Path) -> None:
    """Messages for people go to stderr."""
    for command in (
        ("new", *LINUX, "--model", exported),
        ("new", *LINUX, "--model", exported, "--pretend"),
        ("inspect", exported),
        ("inspect", exported / "model.pte"),
        ("inspect", tiny_checkpoint),
        ("doctor",),
    ):
        answer = edgegen(*command, "--json")
        assert isinstance(json.loads(answer.out), dict)
        assert answer.out.startswith("{\n")
        assert all(STEP.fullmatch(line) for line in answer.err.splitlines()), answer.err


def test_failure_with_json_leaves_stdout_empty(tmp_path: Path) -> None:
    for command in (("new", *LINUX, "--model"), ("inspect",), ("export", "--model"), ("verify",)):
        answer = edgegen(*command, tmp_path / "gone", "--json")
        assert (answer.code, answer.out) == (3, "")


@pytest.mark.full
def test_new_prints_the_next_commands(exported: Path, tmp_path: Path) -> None:
    """They work for a folder name with spaces and quotes."""
    answer = edgegen("new", *LINUX, "--model", exported, "--output", NAME).ok()
    assert f"project of {len(list_files(tmp_path / NAME))} files is in {NAME}." in answer.out
    commands = [line.strip() for line in answer.out.splitlines() if line.startswith("    ")]
    assert shlex.split(commands[0]) == ["cd", NAME]
    assert commands[1] == "cmake --preset release && cmake --build --preset release && ctest --preset release"
    assert commands[2].startswith("./build/release/app ")
    verify = shlex.split(answer.out.splitlines()[-1].partition("PyTorch: ")[2])
    assert verify == ["edgegen", "verify", NAME]


@pytest.mark.full
def test_export_prints_the_next_command(no_export: Path, tmp_path: Path, tiny_checkpoint: Path) -> None:
    """The printed `edgegen new` runs."""
    answer = edgegen("export", "--model", tiny_checkpoint, "--output", tmp_path / "my export").ok()
    command = shlex.split(answer.out.splitlines()[-1])
    assert command == ["edgegen", "new", "--model", str(tmp_path / "my export"), *LINUX]
    edgegen(*command[1:], "--output", tmp_path / "app").ok()


@pytest.mark.full
def test_progress_on_a_terminal_is_a_live_line(exported: Path, tmp_path: Path) -> None:
    """Finished steps stay on the screen. The cursor is visible at the end."""
    leader, follower = pty.openpty()
    command = [sys.executable, "-m", "edgegen", "new", *LINUX, "--model", str(exported), "--json"]
    environment = {**os.environ, "TERM": "xterm", "COLUMNS": "100"}
    running = subprocess.Popen(
        command, cwd=tmp_path, stdout=subprocess.PIPE, stderr=follower, env=environment, text=True
    )
    os.close(follower)
    shown = b"".join(blocks_of(leader))
    os.close(leader)
    out, _ = running.communicate(timeout=PATIENCE)
    assert running.returncode == 0
    assert json.loads(out)["projects"][0]["project"] == "tiny-linux-cpp"
    text = re.sub(rb"\x1b\[[0-9;?]*[A-Za-z]", b"", shown).decode()
    assert re.search(r" \d+\.\d s  Read the model", text)
    assert re.search(r" \d+\.\d s  Write the linux-cpp project", text)
    assert shown.rindex(b"\x1b[?25h") > shown.rindex(b"\x1b[?25l")


# --- verbose ---


@pytest.mark.parametrize("before", [True, False])
def test_verbose_shows_the_traceback(tmp_path: Path, before: bool) -> None:
    """The option works before and after the command's name. The exit code does not change."""
    arguments: tuple[object, ...] = ("inspect", tmp_path / "gone")
    without = edgegen(*arguments)
    answer = edgegen("--verbose", *arguments) if before else edgegen(*arguments, "--verbose")
    assert "Traceback" not in without.err
    assert "Traceback (most recent call last)" in answer.err
    assert "InputError" in answer.err
    assert answer.err.endswith(without.err)
    assert answer.code == without.code == 3


def test_verbose_shows_the_output_of_libraries_on_stderr(
    tiny_checkpoint: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Only for this command."""

    def export_checkpoint(*_: object, **__: object) -> None:
        with quiet():
            print("from a library")
        raise ExportError("no", "never mind")

    monkeypatch.setattr("edgegen.export.exporting.export_checkpoint", export_checkpoint)
    arguments = ("export", "--model", tiny_checkpoint, "--output", tmp_path / "out")
    spoken = [edgegen(*arguments, *more) for more in (("--verbose",), ())]
    assert ["from a library" in answer.err for answer in spoken] == [True, False]
    assert [answer.out for answer in spoken] == ["", ""]


@pytest.mark.full
def test_unexpected_exception_is_reported_as_a_bug(
    exported: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Exit code 1, no traceback without --verbose, and no files."""

    def broken(*_: object) -> None:
        raise KeyError("spam")

    monkeypatch.setattr("edgegen.commands.new.build", broken)
    before = list_files(tmp_path)
    answer = edgegen("new", *LINUX, "--model", exported)
    assert answer.code == 1
    assert answer.out == ""
    assert "this is a bug in edgegen: KeyError: 'spam'" in answer.err
    assert "--verbose" in answer.err
    assert "Traceback" in edgegen("new", *LINUX, "--model", exported, "--verbose").err
    assert list_files(tmp_path) == before


def test_eof_error_is_reported_as_a_bug(monkeypatch: pytest.MonkeyPatch) -> None:
    """Click would treat it as Ctrl-D at a question."""

    def broken(*_: object) -> None:
        raise EOFError("ran out of input")

    monkeypatch.setattr("edgegen.commands.inspect.inspect_model", broken)
    answer = edgegen("inspect", "x")
    assert answer.code == 1
    assert "EOFError: ran out of input" in answer.err


# --- doctor and inspect ---


def test_doctor_lists_each_tool_as_table_and_json(tmp_path: Path) -> None:
    """Exit code 6 if a required tool is missing, else 0."""
    as_json = edgegen("doctor", "--target", "linux-cpp", "--json")
    answer: dict[str, Any] = json.loads(as_json.out)
    assert answer.keys() == {"targets", "ok", "tools"}
    assert answer["targets"] == ["linux-cpp"]
    assert as_json.code == (0 if answer["ok"] else 6)
    keys = {"name", "purpose", "required", "found", "version", "problem", "install"}
    assert all(tool.keys() == keys for tool in answer["tools"])
    names = [tool["name"] for tool in answer["tools"]]
    assert {"Python", "torch", "executorch", "ultralytics", "C++ compiler", "CMake", "OpenCV (C++)"} <= set(
        names
    )
    for tool in answer["tools"]:
        assert bool(tool["install"]) == (not tool["found"]), tool
        assert bool(tool["version"]) or not tool["found"], tool
    table = edgegen("doctor").out
    assert all(name in table for name in names)


def test_doctor_with_an_empty_path_exits_6_and_names_missing_tools(tmp_path: Path) -> None:
    """Each row has the command that installs the tool."""
    (tmp_path / "bin").mkdir()
    answer = process("doctor", "--json", folder=tmp_path, environment={"PATH": str(tmp_path / "bin")})
    assert answer.code == 6
    tools = {tool["name"]: tool for tool in json.loads(answer.out)["tools"]}
    for name in ("C++ compiler", "CMake", "Make or Ninja"):
        assert not tools[name]["found"]
        assert "install" in tools[name]["install"]
    table = process("doctor", folder=tmp_path, environment={"PATH": str(tmp_path / "bin"), "COLUMNS": "200"})
    assert table.code == 6
    assert re.search(r"^MISSING +CMake +not found .* install cmake", table.out, flags=re.MULTILINE)


@pytest.mark.full
def test_inspect_table_has_a_row_for_each_json_key(exported: Path) -> None:
    facts = json.loads(edgegen("inspect", exported, "--json").ok().out)
    assert (facts["task"], facts["classes"], facts["imgsz"], facts["contract"]) == (
        "detect",
        3,
        [160, 160],
        "raw",
    )
    table = edgegen("inspect", exported).ok().out
    for key in facts:
        assert re.search(rf"^{key.replace('_', ' ')}\b", table, flags=re.MULTILINE), key
    assert "circle, square, triangle" in table


# --- helpers ---


@pytest.mark.parametrize(
    ("text", "size"),
    [("640", (640, 640)), ("480,640", (480, 640)), ("0640", (640, 640))],
)
def test_image_size_accepts_one_or_two_numbers(text: str, size: tuple[int, int]) -> None:
    """One number is a square. Two are height and width."""
    assert common.image_size(text) == size


@pytest.mark.full
def test_ignored_signals_stay_ignored(tmp_path: Path, exported: Path) -> None:
    """`nohup edgegen ...` survives the end of its terminal."""
    code = (
        "import signal, sys\n"
        "signal.signal(signal.SIGHUP, signal.SIG_IGN)\n"
        "from edgegen.cli import group\n"
        "from edgegen.cli.common import run\n"
        "run(group, ['--version'])\n"
        "print(signal.getsignal(signal.SIGHUP) is signal.SIG_IGN)\n"
        "print(callable(signal.getsignal(signal.SIGTERM)))\n"
    )
    answer = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    assert answer.stdout.splitlines()[1:] == ["True", "True"]


def test_run_returns_an_integer_result_as_exit_code() -> None:
    """Other results mean success."""
    for value, code in ((7, 7), (None, 0), ("text", 0)):
        command = click.Command("x", callback=lambda value=value: value)
        assert run(command, []) == code


def test_start_helper_runs_edgegen_with_empty_stdin(tmp_path: Path) -> None:
    """Checks the helper of these tests."""
    running = start("--nonsense", folder=tmp_path)
    out, err = running.communicate(timeout=PATIENCE)
    assert (running.returncode, out) == (2, "")
    assert "No such option" in err
