"""Property test: an update keeps every edit that an owner made to a project."""

import os
import shutil
from collections import Counter
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from edgegen.base.errors import InputError
from edgegen.base.progress import NoProgress
from edgegen.commands.update import update
from tests.cli.updates import BOOKS, files_of
from tests.helpers.support import make

pytestmark = pytest.mark.full

# Files that the update changes, files it does not change, binary files, and the owner's own files.
FILES = (
    "README.md",
    "src/model_info.h",
    "src/app/main.cpp",
    "vectors/README.md",
    "model/model.pte",
    "vectors/01.bin",
    "vectors/index.json",
    "notes.txt",
    "src/mine/ours.cpp",
    "CMakeLists.txt",
)
ACTS = (
    "line",
    "cut",
    "change",
    "append",
    "crlf",
    "no newline",
    "empty",
    "binary",
    "delete",
    "link",
    "folder",
)
EDITS = st.lists(
    st.tuples(st.sampled_from(FILES), st.sampled_from(ACTS), st.integers(0, 400)), min_size=1, max_size=8
)
SIDES = ({"confidence": 0.4}, {"max_det": 9, "name": "Terns"}, {"classes": "square", "iou": 0.5})


@pytest.fixture(scope="module")
def project(tiny_export: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a project that every example copies."""
    return make(
        "--app",
        "studio",
        "--name",
        "birds",
        "--output",
        tmp_path_factory.mktemp("edits") / "app",
        model=tiny_export,
    )


def act(path: Path, what: str, number: int) -> None:
    """Edit, replace or delete a file, as owners do."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.is_dir() and not path.is_symlink():
        return
    content = b"" if not path.exists() else path.read_bytes()
    if what in ("delete", "link", "folder"):
        path.unlink(missing_ok=True)
        if what == "link":
            path.symlink_to(f"nowhere-{number}")
        elif what == "folder":
            (path / "inside").mkdir(parents=True)
            (path / "inside" / "mine.txt").write_text(f"mine {number}\n")
        return
    if path.is_symlink():
        path.unlink()
    lines = content.split(b"\n")
    at = number % len(lines)
    mine = f"// mine {number}".encode()
    made = {
        "line": b"\n".join([*lines[:at], mine, *lines[at:]]),
        "cut": b"\n".join(lines[:at] + lines[at + 3 :]),
        "change": b"\n".join([*lines[:at], lines[at] + mine, *lines[at + 1 :]]),
        "append": content + mine + b"\n",
        "crlf": content.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n"),
        "no newline": content.rstrip(b"\n"),
        "empty": b"",
        "binary": b"\0" + mine,
    }
    path.write_bytes(made[what])


def lines_of(text: bytes) -> Counter[bytes]:
    return Counter(line.rstrip(b"\r") for line in text.split(b"\n"))


def everything(project: Path) -> dict[str, bytes | str]:
    """Return the content of files and the targets of links, without the manifest and the base."""
    found: dict[str, bytes | str] = {}
    for path in project.rglob("*"):
        if path.is_symlink():
            found[path.relative_to(project).as_posix()] = str(path.readlink())
        elif path.is_file():
            found[path.relative_to(project).as_posix()] = path.read_bytes()
    return {name: content for name, content in found.items() if name not in BOOKS}


@settings(
    max_examples=int(os.environ.get("EDGEGEN_EXAMPLES", "12")),
    deadline=None,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],  # no shrinking: it would take hours
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(EDITS, st.sampled_from(SIDES))
def test_update_keeps_every_edit_of_the_owner(
    project: Path, edits: list[tuple[str, str, int]], options: dict[str, object]
) -> None:
    """Edited lines, links, folders and own files stay, and deleted files are not restored."""
    with TemporaryDirectory() as root:
        app = Path(shutil.copytree(project, Path(root) / "app"))
        was = files_of(app)
        for name, what, number in edits:
            act(app / name, what, number)
        mine = everything(app)
        try:
            done = update(app, options, NoProgress(), proof=False)
        except InputError as error:
            assert "model.pte" in error.message or "golden vectors" in error.message, error.message
            assert everything(app) == mine
            return
        after = everything(app)
        for name, content in mine.items():
            if content == was.get(name):
                continue
            assert name in after, (name, done.plan)
            now = after[name]
            if isinstance(content, str) or isinstance(now, str) or b"\0" in content:
                assert now == content
            else:
                own = lines_of(content) - lines_of(was.get(name, b""))
                assert not own - lines_of(now), (name, done.plan)
                if name not in was:
                    assert now == content
        for name in was.keys() - mine.keys():
            assert name not in after
        assert {path.name for path in Path(root).iterdir()} == {"app"}
        # A second update has nothing to do, unless there are unresolved conflicts.
        if not done.plan.conflicts:
            again = update(app, {}, NoProgress(), proof=False)
            assert again.plan.written() == []
            assert everything(app) == after
