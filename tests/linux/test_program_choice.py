"""The Linux app has a second program for x86 processors without AVX-512, and chooses between the two."""

import json
import platform
import subprocess
from collections.abc import Iterator
from pathlib import Path

import cv2
import pytest

from edgegen.base.errors import ExportError
from edgegen.base.progress import NoProgress
from edgegen.export.exporting import export_checkpoint
from edgegen.parity.pictures import draw_scene
from edgegen.runtimes.executorch.xnnpack import shifted_columns
from tests.helpers.once import Once
from tests.helpers.places import TINY
from tests.helpers.projects import Built, build, environment, generate
from tests.helpers.support import edgegen

pytestmark = pytest.mark.full

FIRST, SECOND = "model.pte", "model.xnnpack-avx2.pte"


@pytest.fixture(autouse=True)
def narrow_convolutions_pay(monkeypatch: pytest.MonkeyPatch) -> None:
    """Rewrite the convolutions of small models too. The program must not get into the cache."""
    monkeypatch.setattr(shifted_columns, "LEAST_CHANNELS", {1: 3, 2: 3})
    monkeypatch.setattr("edgegen.export.program_cache.CachedProgram.read", lambda _self: None)
    monkeypatch.setattr("edgegen.export.program_cache.CachedProgram.write", lambda _self, _program: None)


@pytest.fixture
def export(once: Once) -> Path:
    def make(folder: Path) -> None:
        export_checkpoint(TINY, folder / "export", backends=("xnnpack-avx2",))

    return once("xnnpack-avx2", make) / "export"


@pytest.fixture(params=["starter", "studio"])
def built(once: Once, export: Path, request: pytest.FixtureRequest) -> Iterator[Built]:
    app = request.param
    folder = once(f"xnnpack-avx2-{app}", lambda folder: generate(folder, export, app=app))
    return build(folder / "project", "app", "parity")


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    """Return a picture with objects that the model detects."""
    path = tmp_path / "photo.png"
    cv2.imwrite(str(path), draw_scene(320, 320, 5)[0][..., ::-1])
    return path


MAIN = """
#include <iostream>
#include "app_model.h"
#include "program_choice.h"

int main(int, char** argv) {
  for (int i = 0; i < 8; ++i) {
    const app::Machine machine{(i & 1) != 0, (i & 2) != 0, (i & 4) != 0};
    std::cout << app::choose_program(app::kModel, argv[1], "", machine).json() << "\\n";
  }
}
"""


def test_second_program_is_chosen_on_affected_processors_only(built: Built, tmp_path: Path) -> None:
    """With the answers of all processors, and without the file."""
    source, program, folder = tmp_path / "main.cpp", tmp_path / "main", built.project / "build/release"
    source.write_text(MAIN, encoding="utf-8")
    includes = [
        f"-I{path}" for path in (built.project / "src", built.project / "src/edgegen", folder / "generated")
    ]
    core = [str(path) for path in sorted(folder.glob("*.a"))]  # libapp_core.a before the detector's
    command = ["g++", "-std=c++17", *includes, str(source), *core, *executorch_libraries(folder)]
    subprocess.run([*command, "-o", str(program)], check=True)

    def choices(model: Path) -> list[str]:
        answer = subprocess.run(
            [program, model], check=True, capture_output=True, text=True, env=environment()
        )
        return [json.loads(line)["file"] for line in answer.stdout.splitlines()]

    # has_fma | has_avx512 << 1 | is_affected << 2
    assert choices(built.project / "model" / FIRST) == [FIRST] * 5 + [SECOND] + [FIRST] * 2
    (tmp_path / FIRST).touch()
    assert choices(tmp_path / FIRST) == [FIRST] * 8


def executorch_libraries(folder: Path) -> list[str]:
    """Return the runtime's libraries, as CMake links them."""
    commands = (folder / "CMakeFiles/parity.dir/link.txt").read_text(encoding="utf-8").split()
    return [word for word in commands if word.endswith(".so") or word.startswith("-Wl,-rpath")]


def test_both_programs_show_pytorchs_boxes(built: Built, photo: Path) -> None:
    for program in (FIRST, SECOND):
        report = built.run("--json", "--program", program, program="parity")
        assert report.returncode == 0, report.stdout
        assert all(stage["compared"] for stage in json.loads(report.stdout)["stages"])
    shown = {}
    for program in (FIRST, SECOND):
        answer = built.run(photo, "--json", "--program", program)
        shown[program] = json.loads(answer.stdout)
        assert shown[program]["program"] == {"file": program, "reason": "--program"}
    (first,), (second,) = (shown[program]["images"] for program in (FIRST, SECOND))
    assert len(first["detections"]) == len(second["detections"])
    own = json.loads(built.run(photo, "--json").stdout)["program"]
    assert own["reason"] != "--program"
    if platform.machine() != "x86_64":
        assert own["file"] == FIRST
    timed = json.loads(built.run(photo, "--benchmark", 1).stdout)
    assert timed["program"] == own


def test_unknown_program_is_a_usage_error(built: Built, photo: Path) -> None:
    answer = built.run(photo, "--json", "--program", "other.pte")
    assert answer.returncode == 2
    assert f"--program is other.pte, but must be {FIRST} or {SECOND}" in answer.stderr


def test_damaged_second_program_is_an_error_of_verify(export: Path, tmp_path: Path) -> None:
    project = generate(tmp_path, export, app="starter")
    path = project / "model" / SECOND
    path.write_bytes(path.read_bytes()[:-1] + b"x")
    answer = edgegen("verify", project)
    assert answer.code == 3
    assert SECOND in answer.err


def test_rewrite_with_a_missing_row_is_not_exported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A required program is an error. One that the target adds by itself is a note."""
    right = shifted_columns._Convolution._sum
    monkeypatch.setattr(shifted_columns._Convolution, "_sum", lambda self, parts: right(self, parts[:-1]))
    with pytest.raises(ExportError, match="XNNPACK for AVX2 gives other results"):
        export_checkpoint(TINY, tmp_path / "typed", backends=("xnnpack-avx2",))
    notes = list[str]()

    class Notes(NoProgress):
        """Keeps the notes."""

        def note(self, text: str) -> None:
            """Keep it."""
            notes.append(text)

    usual = ("xnnpack-avx2",)
    export_checkpoint(TINY, tmp_path / "usual", backends=usual, optional_backends=usual, progress=Notes())
    assert any("XNNPACK for AVX2 gives other results" in note for note in notes)
    assert not (tmp_path / "usual" / SECOND).exists()


def test_model_of_narrow_convolutions_has_one_program(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shifted_columns, "LEAST_CHANNELS", {1: 1000, 2: 1000})
    usual = ("xnnpack-avx2",)
    export_checkpoint(TINY, tmp_path / "export", backends=usual, optional_backends=usual)
    assert [path.name for path in (tmp_path / "export").glob("*.pte")] == [FIRST]
