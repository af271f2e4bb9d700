"""README of the starter is true: its example compiles, its mutations fail as it says, its files exist."""

import json
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

from edgegen.model.thresholds import Thresholds
from edgegen.tasks.detect.result import Detections, compare_boxes
from tests.helpers.photos import EXIF_ORIENTATION
from tests.helpers.places import TINY
from tests.helpers.projects import build, checked, environment, make_first_change, run, write_processor
from tests.helpers.support import edgegen
from tests.helpers.tools import missing
from tests.linux.starter.conftest import TASKS, Starter, copy_of

pytestmark = pytest.mark.full

PARITY_FAILED = 7
TEXTS = {  # what README's example says of landscape.png
    "classify": "(found|another class|not sure)",
    "semantic": "(more|less) than half",
    "depth": r"nearest: \d+\.\d+",
}


@pytest.mark.parametrize("task", TASKS)
def test_readme_names_every_file_with_its_line_count(starter: Starter, task: str) -> None:
    project = starter(task).project
    readme = (project / "README.md").read_text(encoding="utf-8")
    counted = re.findall(r"^\| `(src/\S+)` \| (\d+) \|", readme, re.MULTILINE)
    assert len(counted) >= 7
    for name, lines in counted:
        assert len((project / name).read_text(encoding="utf-8").splitlines()) == int(lines)


# Sources that a file on the way from picture to result includes for something else.
BESIDE_THE_WAY = re.compile(
    "src/(app/options|edgegen/(app_model|program_choice|(json|support)/.*|detector/(checks|runtime)|media/camera)).cpp"
)


def included_sources(project: Path, path: Path) -> set[str]:
    """Return the .cpp files of the project's headers that a file includes, directly or through headers."""
    found: set[str] = set()
    headers = [path]
    for header in headers:
        for name in re.findall(r'#include "(.+?)"', header.read_text("utf-8")):
            folders = (header.parent, project / "src", project / "src" / "edgegen")
            there = next((folder / name for folder in folders if (folder / name).is_file()), None)
            if there is None or there in headers:
                continue  # written by the build, or known
            headers.append(there)
            if (source := there.with_suffix(".cpp")).is_file():
                found.add(source.relative_to(project).as_posix())
    return found


@pytest.mark.parametrize("task", TASKS)
def test_readme_reading_table_has_every_file_from_picture_to_result(
    starter_project: Callable[[str], Path], task: str
) -> None:
    """All of src/vision, each source of a header that a file of the table includes, and the second table."""
    project = starter_project(task)
    readme = (project / "README.md").read_text(encoding="utf-8")
    table = [name for name, _ in re.findall(r"^\| `(src/\S+)` \| (\d+) \|", readme, re.MULTILINE)]
    assert table[0] == "src/app/main.cpp"
    assert len(table) == len(set(table))
    sources = {name for name in table if name.endswith(".cpp")}
    needed = {path.relative_to(project).as_posix() for path in (project / "src" / "vision").rglob("*.cpp")}
    for name in sources:
        needed |= included_sources(project, project / name)
    unused = {"src/vision/nms.cpp"} if task == "obb" else set()
    on_the_way = {name for name in needed if not BESIDE_THE_WAY.fullmatch(name)} - unused
    frames = {f"src/edgegen/media/{name}.cpp" for name in ("camera", "capture")}  # of the second table
    assert sources == on_the_way | frames | {"src/app/main.cpp"}


@pytest.mark.parametrize("task", ["detect", *TEXTS])  # the other tasks have the detector's example
def test_readme_result_processor_prints_its_text(starter: Starter, tmp_path: Path, task: str) -> None:
    project = copy_of(starter(task), tmp_path)
    make_first_change(project)
    answer = build(project, "app").run(TINY.parent / "landscape.png", "--output", tmp_path / "annotated")
    assert answer.returncode == 0, answer.stderr
    assert re.search(rf"; {TEXTS.get(task, '[0-9]+ found')} \(", answer.stdout)


COUNTING = """\
struct ResultProcessor {
  std::string process(vision::Result&, const cv::Mat& picture) {
    const std::string size = std::to_string(picture.cols) + " x " + std::to_string(picture.rows);
    return std::to_string(++frames_) + "\\nof " + size;
  }
  int frames_ = 0;
};
"""


FAILING = """\
struct ResultProcessor {
  std::string process(vision::Result&, const cv::Mat&) { return std::string("a").substr(9); }
};
"""


def test_starter_with_readmes_first_change_becomes_a_studio_that_shows_the_same(
    starter: Starter, tmp_path: Path
) -> None:
    """`edgegen update` verifies the studio. In both apps, each picture and video has its own processor."""
    project, photo = copy_of(starter("detect"), tmp_path), TINY.parent / "landscape.png"
    exif = Image.Exif()
    exif[EXIF_ORIENTATION] = 6
    with Image.open(photo) as picture:
        width, height = picture.size
        turned = tmp_path / "turned.jpg"
        picture.convert("RGB").save(turned, exif=exif)
    video = tmp_path / "video.avi"
    writer = cv2.VideoWriter(str(video), cv2.VideoWriter.fourcc(*"MJPG"), 10, (width, height))
    for _ in range(3):
        writer.write(np.zeros((height, width, 3), np.uint8))
    writer.release()

    def texts(*inputs: Path) -> list[str]:
        answer = build(project, "app").run(*inputs, "--output", tmp_path / "annotated")
        assert answer.returncode == 0, answer.stderr
        return re.findall(r"; (.*?) \(", answer.stdout)

    def check_that_a_failing_processor_is_named() -> None:
        write_processor(project, FAILING)
        answer = build(project, "app").run(photo, "--output", tmp_path / "annotated")
        assert answer.returncode == 1
        assert answer.stderr.startswith("error: process() in src/app/processor.h failed: basic_string")

    check_that_a_failing_processor_is_named()
    write_processor(project, COUNTING)
    size, side = f"{width} x {height}", f"{height} x {width}"
    # The starter prints a line for the first frame of a video, the studio one at its end.
    assert texts(photo, turned, video, video) == [f"1, of {each}" for each in (size, side, size, size)]
    make_first_change(project)
    processor = (project / "src" / "app" / "processor.h").read_bytes()
    shown = texts(photo)
    shutil.rmtree(project / "build")
    answer = edgegen("update", project, "--app", "studio").ok()
    assert "the same boxes as" in answer.out + answer.err
    assert (project / "src" / "app" / "processor.h").read_bytes() == processor
    assert texts(photo) == shown != []
    write_processor(project, COUNTING)
    last = [f"{number}, of {each}" for number, each in ((1, size), (1, side), (3, size), (3, size))]
    assert texts(photo, turned, video, video) == last
    check_that_a_failing_processor_is_named()


def test_installed_starter_runs_readmes_first_command_without_the_project(
    starter: Starter, tmp_path: Path
) -> None:
    """The programs find the installed libraries, model and vectors."""
    project = starter("detect").project
    checked(["cmake", "--install", project / "build" / "release", "--prefix", tmp_path / "board"], project)
    installed = tmp_path / "board" / "bin"
    assert f"{installed}/../lib/libexecutorch.so" in checked(["ldd", installed / "app"], tmp_path)
    shutil.copy(project / "photo.jpg", tmp_path)
    assert "x triangle" in checked([installed / "app", "photo.jpg"], tmp_path)
    assert "the same as PyTorch" in checked([installed / "parity"], tmp_path)


def test_readme_call_of_predict_finds_the_boxes_of_the_app(starter: Starter, tmp_path: Path) -> None:
    """Without rect=False it finds others, so the comparison can fail."""
    built, picture = starter("detect"), TINY.parent / "landscape.png"
    readme = (built.project / "README.md").read_text(encoding="utf-8")
    (call,) = re.findall(r"`(YOLO\(.*?\)\.predict\(.*?\))`", readme)
    call = call.replace('"best.pt"', repr(str(TINY))).replace('"photo.jpg"', repr(str(picture)))
    (ours,) = built.detect([picture])

    def predicted(call: str) -> Detections:
        code = f"from ultralytics import YOLO; print({call}[0].boxes.data.tolist())"
        rows = np.array(json.loads(run([sys.executable, "-c", code], tmp_path).stdout.splitlines()[-1]))
        return Detections(rows[:, :4], rows[:, 4], rows[:, 5].astype("int64"))

    assert compare_boxes(ours, predicted(call), Thresholds()).passed
    assert not compare_boxes(ours, predicted(call.replace(", rect=False", "")), Thresholds()).passed


@pytest.mark.parametrize("task", ["detect", "classify", "depth"])
def test_readme_mutations_fail_first_in_the_named_stage(starter: Starter, tmp_path: Path, task: str) -> None:
    project = copy_of(starter(task), tmp_path)
    readme = (project / "README.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| `(k\w+(?:\[3\])?)` \| `(.+?)` \| (\w+) \|", readme, re.MULTILINE)
    assert len(rows) == 3
    header = project / "src" / "model_info.h"
    sound = header.read_text(encoding="utf-8")
    for constant, value, stage in rows:
        changed, count = re.subn(rf"( {re.escape(constant)} = ).*?;", rf"\g<1>{value};", sound)
        assert count == 1
        header.write_text(changed, encoding="utf-8")
        answer = build(project, "parity").run("--json", program="parity")
        assert answer.returncode == PARITY_FAILED, answer.stderr
        failed = [each["name"] for each in json.loads(answer.stdout)["stages"] if not each["passed"]]
        assert failed[0] == stage


def test_project_builds_with_clang_and_warnings_as_errors(starter: Starter, tmp_path: Path) -> None:
    """Builds of GCC are searched for warnings by `build` itself."""
    if shutil.which("clang++") is None:
        missing("clang++")
    project = copy_of(starter("segment"), tmp_path)
    # The flags of ../test_project.py: ccache has the objects of what both apps share.
    options = ["-G", "Ninja", "-DCMAKE_CXX_COMPILER=clang++", "-DWARNINGS_AS_ERRORS=ON"]
    options.append("-DCMAKE_POSITION_INDEPENDENT_CODE=ON")
    checked(["cmake", "--preset", "debug", *options], project)
    commands = json.loads((project / "build" / "debug" / "compile_commands.json").read_text("utf-8"))
    assert all("-Wall -Wextra -Wshadow -Werror" in each["command"] for each in commands)
    build(project, preset="debug")
    said = checked(["ctest", "--preset", "debug"], project)
    assert "100% tests passed" in said


def test_new_terminal_finds_the_executorch_of_the_projects_own_venv(starter: Starter, tmp_path: Path) -> None:
    """README makes `.venv`. A new terminal has none activated, or that of another project."""
    project = copy_of(starter("detect"), tmp_path)
    _make_python(project / ".venv")
    other = tmp_path / "other" / "executorch"
    config = other / "lib" / "cmake" / "executorch" / "executorch-config.cmake"
    config.parent.mkdir(parents=True)
    config.write_text("set(EXECUTORCH_BUILD_VERSION 0.4.0)\n", encoding="utf-8")
    (other / "__init__.py").touch()
    _make_python(tmp_path / "active", f"PYTHONPATH={shlex.quote(str(other.parent))}")
    command = [str(shutil.which("cmake")), "--preset", "debug"]
    bare = {**environment(), "PATH": "/usr/bin:/bin"}
    del bare["VIRTUAL_ENV"]

    def configure(**more: str) -> subprocess.CompletedProcess[str]:
        shutil.rmtree(project / "build", ignore_errors=True)
        return subprocess.run(
            command, cwd=project, env=bare | more, capture_output=True, text=True, check=False
        )

    active = {"VIRTUAL_ENV": str(tmp_path / "active")}
    for answer in (configure(), configure(**active)):
        assert answer.returncode == 0, answer.stderr
        assert "-- ExecuTorch 1" in answer.stdout
    shutil.rmtree(project / ".venv")
    answer = configure()
    assert answer.returncode != 0
    assert re.search(r"\.venv/bin/pip install --no-deps executorch==1", answer.stderr)
    answer = configure(**active)
    assert answer.returncode != 0
    assert "ExecuTorch 0.4.0 was found in" in answer.stderr


def _make_python(venv: Path, setting: str = "") -> None:
    """Make a virtual environment with the Python of this one, and an environment variable for it."""
    (venv / "bin").mkdir(parents=True)
    program = f'#!/bin/sh\n{setting} exec "{sys.executable}" "$@"\n'
    (venv / "bin" / "python").write_text(program, encoding="utf-8")
    (venv / "bin" / "python").chmod(0o755)


@pytest.mark.parametrize("task", TASKS)
def test_sources_are_few_and_formatted(starter: Starter, task: str) -> None:
    """Students read these files: six, in the project's own format."""
    if shutil.which("clang-format") is None:
        missing("clang-format")
    sources = sorted((starter(task).project / "src" / "app").iterdir())
    names = "draw.cpp draw.h main.cpp options.cpp options.h processor.h"
    assert [path.name for path in sources] == names.split()
    checked(["clang-format", "--dry-run", "-Werror", *sources], starter(task).project)
