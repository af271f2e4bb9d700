"""The generated C++ project builds and passes its own tests: two compilers, sanitizers, and aarch64."""

import json
import re
import shutil
import signal
import socket
import subprocess
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from tests.helpers.detection_heads import HeadExport
from tests.helpers.projects import build, checked, environment, generate, run, with_detailed_tests
from tests.helpers.support import PATIENCE
from tests.helpers.tools import missing

pytestmark = pytest.mark.full

ELF_AARCH64 = 183  # e_machine of an ELF header
ARM_IMAGE_SIZE = (96, 96)  # emulated: small pictures
TWO_MODELS = """
#include <cstdint>
#include <iostream>
#include <vector>
#include "detector/detector.h"
#include "second_model.h"
#include "tiny_model.h"
int main(int, char** argv) {
  const std::vector<std::uint8_t> pixels(40 * 30 * 3, 90);
  const vision::ImageView view = vision::rgb_view(pixels.data(), 40, 30, 120);
  detector::Detector tiny(tiny_model::kInfo, argv[1]), second(second_model::kInfo, argv[2]);
  tiny.detect(view);
  second.detect(view);
  try {
    tiny.detect(vision::rgb_view(pixels.data(), 40, 30, 40));
  } catch (const std::exception& error) {
    std::cout << error.what() << std::endl;
  }
  std::cout << tiny_model::kInfo.input_width << " and " << second_model::kInfo.input_width << std::endl;
}
"""
PARENT = """
cmake_minimum_required(VERSION 3.22)
project(parent LANGUAGES CXX)
{models}
add_executable(app main.cpp readme.cpp)
target_link_libraries(app PRIVATE tiny::detector second::detector)
enable_testing()
"""


def words(text: str) -> str:
    """Return a message as one line: CMake breaks it where it likes."""
    return " ".join(text.split())


def replace(path: Path, pattern: str, replacement: str) -> None:
    """Change one place of a file."""
    text, count = re.subn(pattern, replacement, path.read_text(encoding="utf-8"))
    assert count == 1, (path, pattern)
    path.write_text(text, encoding="utf-8")


def copy_of(tiny_linux: Path, folder: Path) -> Path:
    """Return a copy of the project without its builds."""
    project = folder / "project"
    shutil.copytree(tiny_linux, project, ignore=shutil.ignore_patterns("build"))
    return project


def ctest(
    project: Path, preset: str, *, detailed: bool = True, app: bool = True, programs: Sequence[str] = ()
) -> None:
    """Run the project's tests and edgegen's detailed tests; none of them may be missing or skipped.

    programs: the model's extra ones.
    """
    said = checked(["ctest", "--preset", preset], project)
    expected = ["parity", *(f"parity_{program}" for program in programs)]
    if detailed:
        expected += ["detailed_unit_tests", *(["detailed_app_tests"] if app else [])]
    assert sorted(re.findall(r"Test +#\d+: (\w+) \.+ +Passed", said)) == sorted(expected)
    assert "100% tests passed" in said
    assert "No tests were found" not in said
    assert "Skipped" not in said


def readmes_program(project: Path) -> str:
    """Return README's lines for a program that uses the detector, in a function that gets the pixels."""
    readme = (project / "README.md").read_text(encoding="utf-8")
    found = re.search(
        r'```cpp\n(#include "detector/detector.h"\n#include .*?)\n\n(.*?)```', readme, re.DOTALL
    )
    assert found is not None
    picture = "const std::uint8_t* pixels, int width, int height, std::ptrdiff_t bytes_per_row"
    return f"{found[1]}\nvoid readme({picture}) {{\n{found[2]}static_cast<void>(result);\n}}\n"


def clang() -> str:
    """Return the name of Clang's C++ compiler; fail or skip if it is missing."""
    compiler = "clang++"
    if shutil.which(compiler) is None:
        missing(compiler)
    return compiler


@pytest.mark.proof("linux")
def test_readme_commands_build_test_and_install_the_project(
    tiny_linux: Path, tiny_checkpoint: Path, tmp_path: Path
) -> None:
    """Uses the presets only, with the default generator and compiler.

    The install step copies programs, libraries, model and vectors, which then need no project.
    """
    project = copy_of(tiny_linux, tmp_path)
    checked(["cmake", "--preset", "release"], project)
    checked(["cmake", "--build", "--preset", "release"], project)
    ctest(project, "release", detailed=False)
    checked(["cmake", "--install", project / "build" / "release", "--prefix", tmp_path / "board"], project)
    shutil.rmtree(project)
    installed = tmp_path / "board" / "bin"
    assert "the same as PyTorch" in checked([installed / "parity"], tmp_path)
    said = json.loads(
        checked([installed / "app", tiny_checkpoint.parent / "landscape.png", "--json"], tmp_path)
    )
    assert said["images"][0]["detections"]
    assert f"{installed}/../lib/libexecutorch.so" in checked(["ldd", installed / "app"], tmp_path)


def test_debug_build_has_no_warnings(tiny_linux: Path, tmp_path: Path) -> None:
    """-Wall -Wextra -Wshadow are always on, -Werror only on request.

    Uses Clang and Ninja, because the builds of the other tests with GCC and Make are searched for
    warnings too. The build with sanitizers compiles the app with Clang and -Werror.
    """
    compiler = clang()
    project = copy_of(tiny_linux, tmp_path)
    for asked, there in (([], False), (["-DWARNINGS_AS_ERRORS=ON"], True)):
        checked(
            ["cmake", "--preset", "debug", "-G", "Ninja", f"-DCMAKE_CXX_COMPILER={compiler}", *asked], project
        )
        commands = json.loads((project / "build" / "debug" / "compile_commands.json").read_text())
        ours = [each["command"] for each in commands if "/src/" in each["file"] or "/tests/" in each["file"]]
        assert ours
        assert all(flag in command for command in ours for flag in ("-Wall", "-Wextra", "-Wshadow"))
        assert all(("-Werror" in command) is there for command in ours)
    build(project, "parity", preset="debug")
    ctest(project, "debug", detailed=False)


def test_sanitizers_find_nothing_in_tests_parity_and_damaged_pictures(
    tiny_linux: Path, tiny_checkpoint: Path, tmp_path: Path
) -> None:
    """Checks addresses and undefined behaviour.

    Uses Clang, which takes half as long as GCC; `tests/cpp/test_build.py` uses both.
    """
    project = with_detailed_tests(copy_of(tiny_linux, tmp_path))
    options = [f"-DCMAKE_CXX_COMPILER={clang()}", "-DWARNINGS_AS_ERRORS=ON"]
    checked(["cmake", "--preset", "asan", "-G", "Ninja", *options], project)
    built = build(project, preset="asan")
    ctest(project, "asan")
    app = built.project / "build" / "asan" / "app"
    sound = (tiny_checkpoint.parent / "landscape.png").read_bytes()
    damaged = []
    for cut in (0, 1, 8, 40, len(sound) // 2, len(sound) - 5):
        damaged.append(tmp_path / f"cut{cut}.png")
        damaged[-1].write_bytes(sound[:cut])
    for place in range(20, 2000, 97):
        damaged.append(tmp_path / f"flip{place}.png")
        damaged[-1].write_bytes(sound[:place] + bytes([sound[place] ^ 0xFF]) + sound[place + 1 :])
    answer = run([app, *damaged, "--json"], tmp_path)
    assert answer.returncode in (0, 1), answer.stderr
    report = json.loads(answer.stdout)
    assert len(report["images"]) + len(report["errors"]) == len(damaged)
    assert len(report["errors"]) > 5
    assert "Sanitizer" not in answer.stderr
    assert "runtime error" not in answer.stderr


def test_damaged_model_exits_3_with_one_line(tiny_linux: Path, tiny_checkpoint: Path, tmp_path: Path) -> None:
    """Truncated, emptied or overwritten anywhere. The checksum finds damage that the runtime accepts."""
    built = build(tiny_linux, "app")
    photo = tiny_checkpoint.parent / "landscape.png"
    sound = (tiny_linux / "model" / "model.pte").read_bytes()
    size = len(sound)
    variants = [sound[: size * part // 10] for part in range(10)]
    variants += [sound[:place] + bytes(4096) + sound[place + 4096 :] for place in range(0, size, size // 40)]
    folder = tmp_path / "damaged"
    folder.mkdir()
    for variant in variants:
        if variant == sound:
            continue
        (folder / "model.pte").write_bytes(variant)
        answer = built.run(photo, "--json", "--model", folder)
        assert answer.returncode == 3, answer
        assert len(answer.stderr.strip().splitlines()) == 1
        assert "damaged" in answer.stderr
        assert answer.stdout == ""
    shutil.rmtree(folder)
    assert built.run(photo, "--model", folder).returncode == 3


def fetch_aarch64_sdk(project: Path) -> Path:
    """Let the project's script fetch the SDK; return its folder. Fail or skip if a tool is missing."""
    for tool in ("aarch64-linux-gnu-g++", "qemu-aarch64"):
        if shutil.which(tool) is None:
            missing(tool)
    fetched = subprocess.run(
        [project / "scripts" / "get-aarch64-sdk.sh"],
        env=environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    assert fetched.returncode == 0, fetched.stderr
    return project / "build" / "aarch64-sdk"


def cross_compile(project: Path, *targets: str) -> None:
    """Build some targets for aarch64; all of them if none is named."""
    named = ["--target", *targets] if targets else []
    checked(["cmake", "--preset", "aarch64", "-G", "Ninja"], project)
    checked(["cmake", "--build", "--preset", "aarch64", "--parallel", "2", *named], project)
    elf = (project / "build" / "aarch64" / "parity").read_bytes()
    assert int.from_bytes(elf[18:20], "little") == ELF_AARCH64


def test_project_cross_compiles_for_aarch64_and_passes_under_qemu(tiny_linux: Path, tmp_path: Path) -> None:
    """The golden vectors are of this machine. Compiles what the parity test needs, and not the app."""
    project = copy_of(tiny_linux, tmp_path)
    fetch_aarch64_sdk(project)
    cross_compile(project, "parity")
    ctest(project, "aarch64", detailed=False)


@pytest.mark.nightly
def test_app_and_models_of_other_kinds_pass_on_an_emulated_aarch64(
    tiny_checkpoint: Path, int8_export: Path, task_export: Callable[[str], Path], tmp_path: Path
) -> None:
    """The whole project and its detailed tests, and the golden vectors of int8 and of masks.

    `test_aarch64_build_gives_the_same_digest` compares the numbers of every other task.
    """
    project = with_detailed_tests(generate(tmp_path, tiny_checkpoint, imgsz=ARM_IMAGE_SIZE))
    sdk = fetch_aarch64_sdk(project)
    cross_compile(project)
    ctest(project, "aarch64", app=False, programs=["xnnpack_avx2"])
    others = {"int8": int8_export, "segment": task_export("segment")}
    for name, exported in others.items():
        other = generate(tmp_path / name, exported)
        (other / "build").mkdir()
        sdk = sdk.rename(other / "build" / "aarch64-sdk")
        cross_compile(other, "parity")
        ctest(other, "aarch64", detailed=False)


@pytest.mark.nightly
def test_starter_for_aarch64_is_installed_with_what_it_needs(tiny_checkpoint: Path, tmp_path: Path) -> None:
    """README: copy the installed folder to the board. Its libraries are found there, without the project."""
    project = generate(tmp_path, tiny_checkpoint, app="starter", imgsz=ARM_IMAGE_SIZE)
    assert (project / "model" / "model.xnnpack-avx2.pte").is_file()  # for x86
    fetch_aarch64_sdk(project)
    cross_compile(project)
    assert "100% tests passed" in checked(["ctest", "--preset", "aarch64"], project)
    checked(["cmake", "--install", project / "build" / "aarch64", "--prefix", tmp_path / "dist"], project)
    board = (tmp_path / "dist").rename(tmp_path / "board")
    shutil.rmtree(project)
    said = checked(["qemu-aarch64", "-L", "/usr/aarch64-linux-gnu", board / "bin" / "parity"], tmp_path)
    assert "the same as PyTorch" in said
    assert sorted(path.name for path in (board / "model").iterdir()) == ["metadata.yaml", "model.pte"]


def test_ctrl_c_ends_a_camera_that_sends_nothing(tiny_linux: Path) -> None:
    """The camera accepts the connection. tests/cpp/detailed checks that the app does not wait for it."""
    app = build(tiny_linux, "app").app
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(PATIENCE)
        address = f"rtsp://127.0.0.1:{server.getsockname()[1]}/stream"
        command = [str(app), "--camera", address, "--headless", "--json"]
        with (
            subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process,
            server.accept()[0] as connection,
        ):
            assert connection.recv(1)  # the request: FFmpeg waits for the answer
            process.send_signal(signal.SIGINT)
            output, errors = process.communicate(timeout=PATIENCE)
    assert (process.returncode, output, errors) == (0, "", "")


def test_app_does_not_link_opencv_imgcodecs_videoio_and_highgui(tiny_linux: Path) -> None:
    """Imgcodecs alone loads more than a hundred libraries: 50 MB, and 0.2 s at every start."""
    app = build(tiny_linux, "app").app
    libraries = checked(["ldd", app], tiny_linux)
    assert "opencv_core" in libraries
    assert not any(part in libraries for part in ("imgcodecs", "videoio", "highgui", "gdal"))


def test_two_models_link_into_one_program(tiny_linux: Path, head_export: HeadExport, tmp_path: Path) -> None:
    """With add_subdirectory. Projects of two edgegen releases are rejected."""
    other = generate(tmp_path / "other", head_export("yolov8n", "raw")[1], name="Second")
    projects = {"tiny": tiny_linux, "second": other}
    source = tmp_path / "program"
    source.mkdir()
    (source / "main.cpp").write_text(TWO_MODELS)
    (source / "readme.cpp").write_text(readmes_program(tiny_linux))
    added = "".join(f'add_subdirectory("{project}" {name})\n' for name, project in projects.items())
    (source / "CMakeLists.txt").write_text(PARENT.format(models=added))
    checked(["cmake", "-B", "added"], source)
    checked(["cmake", "--build", "added", "--parallel", "2"], source)
    # No header has the project's path, so that the next project can reuse the compiled objects.
    headers = {(source / "added" / name / "generated" / "build_info.h").read_text() for name in projects}
    assert len(headers) == 1
    models = [project / "model" / "model.pte" for project in projects.values()]
    said = checked([source / "added" / "app", *models], source)
    assert said == "the picture's rows are 40 bytes apart, but have 120 bytes\n160 and 96\n"

    replace(other / "CMakeLists.txt", r"(set\(EDGEGEN_RELEASE ).*\)", r'\1"0.0.1")')
    answer = run(["cmake", "-B", "added"], source)
    assert answer.returncode != 0
    assert "second is of edgegen 0.0.1, and another project in this build of edgegen" in words(answer.stderr)


def test_second_project_in_one_build_checks_its_own_executorch_release(
    tiny_linux: Path, tmp_path: Path
) -> None:
    """CMake has already found ExecuTorch for the first project."""
    second = copy_of(tiny_linux, tmp_path)
    replace(second / "CMakeLists.txt", r"project\(tiny ", "project(second ")
    parent = PARENT.partition("add_executable")[0]
    models = f'add_subdirectory("{tiny_linux}" tiny)\nadd_subdirectory("{second}" second)\n'
    (tmp_path / "CMakeLists.txt").write_text(parent.format(models=models))
    checked(["cmake", "-B", "built"], tmp_path)
    replace(second / "CMakeLists.txt", r"(EXECUTORCH_PIN_MINOR )\S+\)", r'\1"0.9")')
    answer = run(["cmake", "-B", "built"], tmp_path)
    assert answer.returncode != 0
    assert "the runtime must be of the same minor release (0.9)" in words(answer.stderr)


@pytest.mark.parametrize(
    ("settings", "named"),
    [
        ({"CMAKE_SIZEOF_VOID_P": "4", "CMAKE_SYSTEM_PROCESSOR": "armv6l"}, "32-bit systems"),
        ({"CMAKE_SIZEOF_VOID_P": "4", "CMAKE_SYSTEM_PROCESSOR": "aarch64"}, "32-bit systems"),
        ({"CMAKE_SYSTEM_PROCESSOR": "riscv64"}, "riscv64"),
        (
            {"CMAKE_CXX_IMPLICIT_LINK_DIRECTORIES": "/usr/lib/gcc/x86_64-alpine-linux-musl/12"},
            "g++ uses musl",
        ),
        ({"CMAKE_CXX_LIBRARY_ARCHITECTURE": "aarch64-linux-musl"}, "g++ uses musl"),
        ({"CMAKE_CXX_COMPILER": "/usr/bin/musl-g++"}, "musl-g++ uses musl"),
        ({"CMAKE_CXX_COMPILER": "/opt/bin/aarch64-linux-musl-g++"}, "g++ uses musl"),
        ({"CMAKE_CXX_COMPILER": "/home/muslim/musl/bin/g++"}, "ExecuTorch 1 was not found"),
        ({"CMAKE_CXX_IMPLICIT_LINK_DIRECTORIES": "/home/muslim/lib"}, "ExecuTorch 1 was not found"),
        ({"CMAKE_CXX_IMPLICIT_LINK_LIBRARIES": "c++;m;c"}, "g++ uses libc++"),
        ({}, "ExecuTorch 1 was not found"),
    ],
)
def test_cmake_error_names_a_system_without_an_executorch_package(
    tiny_linux: Path, settings: dict[str, str], named: str
) -> None:
    """Otherwise pip would find no version, or the linker would fail with an unknown file format."""
    system = {"CMAKE_SIZEOF_VOID_P": "8", "CMAKE_SYSTEM_PROCESSOR": "aarch64", "CMAKE_SYSTEM_NAME": "Linux"}
    system["CMAKE_CXX_COMPILER"] = "/usr/bin/g++"
    options = [f"-D{name}={value}" for name, value in {**system, **settings}.items()]
    options += ["-DEXECUTORCH_PIN=1", "-DEXECUTORCH_PIN_MINOR=1"]
    script = tiny_linux / "cmake" / "ExecuTorch.cmake"
    command = [shutil.which("cmake"), *options, "-DCMAKE_FIND_USE_CMAKE_SYSTEM_PATH=OFF", "-P", script]
    answer = subprocess.run(command, env={}, capture_output=True, text=True, check=False)
    assert answer.returncode != 0
    assert named in words(answer.stderr)
