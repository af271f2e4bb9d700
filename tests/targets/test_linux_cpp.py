"""The generated C++ project builds and passes its own tests: two compilers, sanitizers, and aarch64."""

import json
import shutil
import subprocess
from pathlib import Path

import cv2
import numpy as np
import pytest

from conftest import missing
from projects import build, checked, environment, generate, run

ELF_AARCH64 = 183  # e_machine of an ELF header
ARM_IMAGE_SIZE = (96, 96)  # emulated: small pictures


def copy_of(tiny_linux: Path, folder: Path) -> Path:
    """Return an unbuilt project of the test's own."""
    project = folder / "project"
    shutil.copytree(tiny_linux, project, ignore=shutil.ignore_patterns("build"))
    return project


def ctest(project: Path, preset: str) -> None:
    """Run the project's own tests; none of them may be missing or skipped."""
    said = checked(["ctest", "--preset", preset], project)
    assert "100% tests passed" in said
    assert "No tests were found" not in said
    assert "Skipped" not in said


def test_readmes_three_commands_build_and_pass(tiny_linux: Path, tmp_path: Path) -> None:
    """With the default generator and compiler, nothing but the presets."""
    project = copy_of(tiny_linux, tmp_path)
    checked(["cmake", "--preset", "release"], project)
    checked(["cmake", "--build", "--preset", "release"], project)
    ctest(project, "release")


@pytest.mark.parametrize("compiler", ["g++", "clang++"])
def test_it_compiles_without_warnings_as_debug(tiny_linux: Path, tmp_path: Path, compiler: str) -> None:
    """-Wall -Wextra -Wshadow -Werror is the project's own setting."""
    if shutil.which(compiler) is None:
        missing(compiler)
    project = copy_of(tiny_linux, tmp_path)
    checked(["cmake", "--preset", "debug", "-G", "Ninja", f"-DCMAKE_CXX_COMPILER={compiler}"], project)
    commands = json.loads((project / "build" / "debug" / "compile_commands.json").read_text())
    ours = [each["command"] for each in commands if "/src/" in each["file"] or "/tests/" in each["file"]]
    assert ours
    assert all(flag in command for command in ours for flag in ("-Wall", "-Wextra", "-Werror"))
    build(project, preset="debug")
    ctest(project, "debug")


def test_the_sanitizers_find_nothing(tiny_linux: Path, tiny_checkpoint: Path, tmp_path: Path) -> None:
    """Address and undefined behaviour, over unit tests, parity, the app's own tests, and damaged pictures."""
    project = copy_of(tiny_linux, tmp_path)
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


def test_the_camera_window_opens_where_there_is_a_screen(tiny_linux: Path, tmp_path: Path) -> None:
    """Under a virtual screen every frame of a video is shown; the app does not fall back to --headless."""
    if shutil.which("xvfb-run") is None:
        missing("xvfb-run")
    frames = 20
    video = cv2.VideoWriter(str(tmp_path / "v.avi"), cv2.VideoWriter.fourcc(*"MJPG"), 30, (64, 48))
    for level in range(frames):
        video.write(np.full((48, 64, 3), 10 * level, np.uint8))
    video.release()
    app = build(copy_of(tiny_linux, tmp_path), "app").app
    answer = run(["xvfb-run", "-a", app, "--camera", tmp_path / "v.avi"], tmp_path, timeout=60)
    assert answer.returncode == 0, answer.stderr
    assert f"{frames} frames in" in answer.stdout
    assert "no screen" not in answer.stderr
    assert "no screen" in run([app, "--camera", tmp_path / "v.avi"], tmp_path, timeout=60).stderr


def test_damaged_models_are_refused_with_exit_code_3(
    tiny_linux: Path, tiny_checkpoint: Path, tmp_path: Path
) -> None:
    """Cut, emptied, overwritten anywhere: one line, no abort. A digest notices what the runtime passes."""
    project = copy_of(tiny_linux, tmp_path)
    built = build(project, "app")
    photo = tiny_checkpoint.parent / "landscape.png"
    sound = (project / "model" / "model.pte").read_bytes()
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


def test_it_cross_compiles_for_aarch64_and_passes_there(tiny_checkpoint: Path, tmp_path: Path) -> None:
    """The project's script fetches the SDK, the preset builds, and the parity test runs under QEMU."""
    for tool in ("aarch64-linux-gnu-g++", "qemu-aarch64"):
        if shutil.which(tool) is None:
            missing(tool)
    project = generate(tmp_path, tiny_checkpoint, imgsz=ARM_IMAGE_SIZE)
    fetched = subprocess.run(
        [project / "scripts" / "get-aarch64-sdk.sh"],
        env=environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    assert fetched.returncode == 0, fetched.stderr
    checked(["cmake", "--preset", "aarch64", "-G", "Ninja"], project)
    checked(["cmake", "--build", "--preset", "aarch64", "--parallel", "2"], project)
    elf = (project / "build" / "aarch64" / "parity").read_bytes()
    assert int.from_bytes(elf[18:20], "little") == ELF_AARCH64
    ctest(project, "aarch64")
