"""Running edgegen as users do, and seeing that a refusal changes nothing."""

import contextlib
import hashlib
import io
import json
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from edgegen.cli import group
from edgegen.cli.common import run

LINUX = ("--target", "linux-cpp")
PATIENCE = 300.0  # seconds: a busy machine may need them, and a test that passes never does
STEP = re.compile(r" {0,5}\d+\.\d s  \S.*")  # how the progress tells a step that is done


@dataclass(frozen=True)
class Answer:
    """What a command said."""

    code: int
    out: str
    err: str

    def ok(self) -> "Answer":
        """Return itself, or fail: the command was to succeed."""
        assert self.code == 0, f"{self.err}\n{self.out}"
        return self


def edgegen(*arguments: object) -> Answer:
    """Run a command line in this process."""
    out, err = io.StringIO(), io.StringIO()
    with keep_signal_handlers(), contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        code = run(group, [str(argument) for argument in arguments])
    assert "--verbose" in arguments or "Traceback" not in err.getvalue(), err.getvalue()
    return Answer(code, out.getvalue(), err.getvalue())


@contextlib.contextmanager
def keep_signal_handlers() -> Iterator[None]:
    """Give the handlers back that a command exchanges."""
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)}
    unraisable = sys.unraisablehook
    try:
        yield
    finally:
        sys.unraisablehook = unraisable
        for number, handler in before.items():
            signal.signal(number, handler)


def wait_until(condition: Callable[[], object], running: subprocess.Popen[str] | None = None) -> None:
    """Wait for a condition, as long as a busy machine needs; a process has to run meanwhile."""
    end = time.monotonic() + PATIENCE
    while not condition():
        assert running is None or running.poll() is None, "the process ended before"
        assert time.monotonic() < end, "this never happens"
        time.sleep(0.02)


def children_of(process: int) -> list[int]:
    """Return the numbers of the processes that one has started and that still run."""
    found = []
    for task in Path(f"/proc/{process}/task").iterdir():
        found += [int(number) for number in (task / "children").read_text().split()]
    return found


def start(
    *arguments: object,
    folder: Path,
    environment: Mapping[str, str] | None = None,
    module: str = "edgegen",
) -> subprocess.Popen[str]:
    """Start a command line in a process of its own, in which Ctrl-C works wherever the tests run.

    module: runs the command line.
    """
    return subprocess.Popen(
        [sys.executable, "-m", module, *map(str, arguments)],
        cwd=folder,
        env={**os.environ, **(environment or {})},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        errors="surrogateescape",
        preexec_fn=_default_signals,
    )


def _default_signals() -> None:
    # Shells start background jobs with SIGINT ignored, and programs inherit that.
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_DFL)


def process(
    *arguments: object,
    folder: Path,
    environment: Mapping[str, str] | None = None,
    module: str = "edgegen",
) -> Answer:
    """Run a command line in a process of its own."""
    running = start(*arguments, folder=folder, environment=environment, module=module)
    out, err = running.communicate(timeout=2 * PATIENCE)
    assert "Traceback" not in err, err
    return Answer(running.returncode, out, err)


def restricted(*arguments: object, folder: Path) -> Answer:
    """Run edgegen as a user whom the modes of files and folders concern: root without its privilege."""
    return _without_privilege(["-m", "edgegen", *map(str, arguments)], folder)


def as_a_user(program: str, folder: Path) -> None:
    """Run a line of Python as such a user."""
    _without_privilege(["-c", program], folder).ok()


def _without_privilege(arguments: list[str], folder: Path) -> Answer:
    command = [sys.executable, *arguments]
    if os.geteuid() == 0:
        if shutil.which("setpriv") is None:
            pytest.skip("root may write everywhere, and setpriv is not here")
        dropped = "-dac_override,-dac_read_search"
        command = ["setpriv", f"--bounding-set={dropped}", f"--inh-caps={dropped}", *command]
    running = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    return Answer(running.returncode, running.stdout, running.stderr)


def rejects(code: int, folder: Path, *arguments: object, says: tuple[str, ...] = ()) -> str:
    """Check that edgegen rejects a command, and return its message.

    The exit code is the one given; stdout is empty; the message names what is wrong and the next step, and
    holds all the texts in `says`; in the folder, nothing is other than before.
    """
    before = snapshot(folder)
    answer = edgegen(*arguments)
    assert answer.code == code, answer
    assert answer.out == ""
    message_is_complete(answer.err)
    for text in says:
        assert text in answer.err, f"{text!r} is not in {answer.err!r}"
    assert snapshot(folder) == before
    return answer.err


def message_is_complete(err: str) -> None:
    """Hold a message on stderr against our form: what is wrong, then what to do next, after any progress.

    Lines of code to type may follow.
    """
    message = re.sub(r"^( +\d+\.\d s  | {11}).*\n", "", err, flags=re.MULTILINE)
    ours = re.fullmatch(r"edgegen: [^\n]+\n  \S[^\n]+\n(    \S[^\n]+\n)*", message)
    clicks = re.fullmatch(
        r"(Usage: [^\n]+\nTry 'edgegen [^\n]*--help' for help\.\n\n)?Error: [^\n]+\n", message
    )
    assert ours or clicks, f"not what is wrong and what next: {message!r}"
    assert "bug in edgegen" not in message, message


def snapshot(folder: Path) -> dict[str, tuple[object, ...]]:
    """Return what lies in a folder: kind, mode, and content or target of everything, by path."""
    found: dict[str, tuple[object, ...]] = {}
    for path in sorted(folder.rglob("*")):
        mode = path.lstat().st_mode
        if path.is_symlink():
            content = str(path.readlink())
        elif path.is_file():
            content = hashlib.sha256(path.read_bytes()).hexdigest()
        else:
            content = ""
        found[str(path.relative_to(folder))] = (mode, content)
    return found


def metadata_of(folder: Path) -> dict[str, Any]:
    """Return the metadata.yaml of an exported folder as a mapping."""
    loaded = yaml.safe_load((folder / "metadata.yaml").read_text(encoding="utf-8"))
    assert isinstance(loaded, dict)
    return loaded


def write_metadata(folder: Path, content: Mapping[str, object]) -> None:
    """Write the metadata.yaml of an exported folder."""
    # Escaped: left unescaped, PyYAML reads U+0085 back as a blank.
    text = yaml.safe_dump(dict(content), sort_keys=False, allow_unicode=False)
    (folder / "metadata.yaml").write_text(text, encoding="utf-8")


def list_files(folder: Path) -> list[str]:
    """Return all files below a folder as relative POSIX paths, sorted."""
    paths = (path for path in folder.rglob("*") if path.is_file() or path.is_symlink())
    return sorted(path.relative_to(folder).as_posix() for path in paths)


def write_program(path: Path, classes: int) -> None:
    """Write a real `.pte` of any number of classes: one raw level of stride 32, an input of 160 x 192."""
    import torch
    from executorch.backends.xnnpack.partition.xnnpack_partitioner import XnnpackPartitioner
    from executorch.exir import to_edge_transform_and_lower

    class Head(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.stem = torch.nn.Conv2d(3, 4, 32, stride=32)
            self.box = torch.nn.Conv2d(4, 4 * 4, 1)
            self.cls = torch.nn.Conv2d(4, classes, 1)

        def forward(self, image: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
            features = self.stem(image)
            return self.box(features), self.cls(features)

    torch.manual_seed(0)
    with torch.no_grad():
        exported = torch.export.export(Head().eval(), (torch.zeros(1, 3, 160, 192),))
        program = to_edge_transform_and_lower(exported, partitioner=[XnnpackPartitioner()]).to_executorch()
    path.write_bytes(program.buffer)


def make(*arguments: object, model: object = "exported") -> Path:
    """Run `edgegen new` and return the project."""
    answer = edgegen("new", *LINUX, "--model", model, *arguments, "--json").ok()
    return Path(json.loads(answer.out)["projects"][0]["project"])


def model_info(project: Path) -> dict[str, str]:
    """Return the constants of src/model_info.h as they are written: name -> value."""
    text = (project / "src" / "model_info.h").read_text(encoding="utf-8")
    found = re.findall(r"inline constexpr [\w:<>, ]+? (k\w+)(?:\[\w*\])* =\s*(.*?);", text, flags=re.DOTALL)
    return {name: " ".join(value.split()) for name, value in found}


def record_of(folder: Path) -> dict[str, Any]:
    """Return what .edgegen.yml says."""
    loaded = yaml.safe_load((folder / ".edgegen.yml").read_text(encoding="utf-8"))
    assert isinstance(loaded, dict)
    return loaded


def contents(folder: Path) -> dict[str, bytes]:
    return {name: (folder / name).read_bytes() for name in list_files(folder)}


def count_results(vectors: Path) -> int:
    """Return the number of results in golden vectors: boxes, classes or maps, over all pictures."""
    pictures = json.loads((vectors / "index.json").read_text(encoding="utf-8"))["pictures"]
    arrays = [each["arrays"] for each in pictures]
    lists = [each.get("boxes.score") or each.get("classes.probability") for each in arrays]
    return sum(each["shape"][0] if each else 1 for each in lists)


def shell(line: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """Run a line of bash in which `edgegen` is this one."""
    script = f'edgegen() {{ {shlex.quote(sys.executable)} -m edgegen "$@"; }}\n{line}'
    command = ["bash", "-c", script]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=PATIENCE, check=False)
