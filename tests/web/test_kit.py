"""The web kit: fetched by npm, held to its digests, and complete or absent."""

import hashlib
import os
import shutil
import tarfile
from pathlib import Path

import pytest

from edgegen.base.errors import ToolchainError
from edgegen.base.progress import NoProgress
from edgegen_kits.common import recipe as kit_recipe
from edgegen_kits.web import files, recipe
from edgegen_kits.web.install import install

NPM = """#!/bin/sh
cp "{archive}" . && echo {archive.name}
"""


@pytest.fixture
def registry(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the folder `dist` of a package that a double of npm fetches; the recipe has its digests."""
    monkeypatch.setenv("EDGEGEN_HOME", str(tmp_path / "home"))
    dist = tmp_path / "package" / "dist"
    dist.mkdir(parents=True)
    for part in ("FILES", "WEBGPU_FILES"):
        digests = {}
        for name in getattr(recipe, part):
            (dist / name).write_text(f"// {name}\n")
            digests[name] = hashlib.sha256((dist / name).read_bytes()).hexdigest()
        monkeypatch.setattr(recipe, part, digests)
    program = tmp_path / "bin" / "npm"
    program.parent.mkdir()
    program.write_text(NPM.format(archive=tmp_path / "onnxruntime-web.tgz"))
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{program.parent}{os.pathsep}{os.environ['PATH']}")
    return dist


def publish(dist: Path) -> None:
    """Pack the package."""
    with tarfile.open(dist.parents[1] / "onnxruntime-web.tgz", "w:gz") as tar:
        tar.add(dist.parent, "package")


def test_kit_has_the_runtime_with_its_licence(registry: Path, tmp_path: Path) -> None:
    publish(registry)
    assert files.missing() == files.MISSING
    install(files.kit_folder(), NoProgress())
    assert files.missing() is None
    (tmp_path / "project").mkdir()
    files.copy_into(tmp_path / "project")
    copied = {path.name for path in (tmp_path / "project" / "ort").iterdir()}
    assert copied == {*recipe.FILES, "LICENSE"}


def test_project_with_webgpu_gets_its_files_too(registry: Path, tmp_path: Path) -> None:
    publish(registry)
    install(files.kit_folder(), NoProgress())
    files.copy_into(tmp_path, webgpu=True)
    copied = {path.name for path in (tmp_path / "ort").iterdir()}
    assert copied == {*recipe.FILES, *recipe.WEBGPU_FILES, "LICENSE"}


def test_kit_without_webgpu_is_missing_and_keeps_its_files(
    registry: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As an earlier edgegen made it."""
    publish(registry)
    install(files.kit_folder(), NoProgress())
    runtime = files.kit_folder() / "ort" / "ort.wasm.min.mjs"
    before = runtime.stat().st_ino
    shutil.rmtree(files.kit_folder() / "webgpu")
    kit_recipe.write_digests(files.kit_folder(), {"ort": recipe.digests()["ort"]})
    assert files.missing() == files.MISSING
    install(files.kit_folder(), NoProgress())
    assert files.missing() is None
    assert runtime.stat().st_ino == before
    assert {path.name for path in (files.kit_folder() / "webgpu").iterdir()} == set(recipe.WEBGPU_FILES)


def test_another_file_than_the_recipes_is_rejected(registry: Path) -> None:
    (registry / "ort.wasm.min.mjs").write_text("// another\n")
    publish(registry)
    with pytest.raises(
        ToolchainError, match=r"SHA-256 of package/dist/ort\.wasm\.min\.mjs .* does not match"
    ):
        install(files.kit_folder(), NoProgress())
    assert files.missing() == files.MISSING


def test_package_without_a_file_is_rejected(registry: Path) -> None:
    (registry / "ort-wasm-simd-threaded.wasm").unlink()
    publish(registry)
    with pytest.raises(ToolchainError, match=r"has no package/dist/ort-wasm-simd-threaded\.wasm"):
        install(files.kit_folder(), NoProgress())


@pytest.mark.parametrize("part", ["none", "start", "half"])
def test_damaged_package_is_rejected(registry: Path, tmp_path: Path, part: str) -> None:
    publish(registry)
    archive = tmp_path / "onnxruntime-web.tgz"
    content = archive.read_bytes()
    archive.write_bytes(
        {"none": b"", "start": b"<html>", "half": content[:60] + b"\0" + content[60:-40]}[part]
    )
    with pytest.raises(ToolchainError, match="npm fetched a damaged onnxruntime-web") as caught:
        install(files.kit_folder(), NoProgress())
    assert "registry" in caught.value.hint
    assert files.missing() == files.MISSING


def test_npm_that_fails_is_reported(registry: Path) -> None:
    with pytest.raises(ToolchainError, match="npm failed") as caught:
        install(files.kit_folder(), NoProgress())
    assert "registry" in caught.value.hint


def test_kit_of_another_release_is_missing(registry: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    publish(registry)
    install(files.kit_folder(), NoProgress())
    monkeypatch.setattr(recipe, "VERSION", "1.31.0")
    assert files.missing() == files.MISSING
