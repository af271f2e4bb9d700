"""ONNX Runtime Web: fetched by npm, held to its digests, and complete or absent."""

import hashlib
import os
import tarfile
from pathlib import Path

import pytest

from edgegen.base.errors import ToolchainError
from edgegen.base.progress import NoProgress
from edgegen.targets.web import onnxruntime_web
from edgegen.targets.web.onnxruntime_web import MISSING, copy_into, install, missing

NPM = """#!/bin/sh
cp "{archive}" . && echo {archive.name}
"""


@pytest.fixture
def registry(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the folder `dist` of a package that a double of npm fetches; edgegen has its digests."""
    monkeypatch.setenv("EDGEGEN_HOME", str(tmp_path / "home"))
    dist = tmp_path / "package" / "dist"
    dist.mkdir(parents=True)
    for part in ("FILES", "WEBGPU_FILES"):
        digests = {}
        for name in getattr(onnxruntime_web, part):
            (dist / name).write_text(f"// {name}\n")
            digests[name] = hashlib.sha256((dist / name).read_bytes()).hexdigest()
        monkeypatch.setattr(onnxruntime_web, part, digests)
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


def test_project_gets_the_runtime_with_its_licence(registry: Path, tmp_path: Path) -> None:
    publish(registry)
    assert missing() == MISSING
    install(NoProgress())
    assert missing() is None
    (tmp_path / "project").mkdir()
    copy_into(tmp_path / "project")
    copied = {path.name for path in (tmp_path / "project" / "ort").iterdir()}
    assert copied == {*onnxruntime_web.FILES, "LICENSE"}


def test_project_with_webgpu_gets_its_files_too(registry: Path, tmp_path: Path) -> None:
    publish(registry)
    install(NoProgress())
    copy_into(tmp_path, webgpu=True)
    copied = {path.name for path in (tmp_path / "ort").iterdir()}
    assert copied == {*onnxruntime_web.FILES, *onnxruntime_web.WEBGPU_FILES, "LICENSE"}


def test_file_with_another_digest_is_rejected(registry: Path) -> None:
    (registry / "ort.wasm.min.mjs").write_text("// another\n")
    publish(registry)
    with pytest.raises(
        ToolchainError, match=r"SHA-256 of package/dist/ort\.wasm\.min\.mjs .* does not match"
    ):
        install(NoProgress())
    assert missing() == MISSING


def test_package_without_a_file_is_rejected(registry: Path) -> None:
    (registry / "ort-wasm-simd-threaded.wasm").unlink()
    publish(registry)
    with pytest.raises(ToolchainError, match=r"has no package/dist/ort-wasm-simd-threaded\.wasm"):
        install(NoProgress())


@pytest.mark.parametrize("part", ["none", "start", "half"])
def test_damaged_package_is_rejected(registry: Path, tmp_path: Path, part: str) -> None:
    publish(registry)
    archive = tmp_path / "onnxruntime-web.tgz"
    content = archive.read_bytes()
    archive.write_bytes(
        {"none": b"", "start": b"<html>", "half": content[:60] + b"\0" + content[60:-40]}[part]
    )
    with pytest.raises(ToolchainError, match="npm fetched a damaged onnxruntime-web") as caught:
        install(NoProgress())
    assert "registry" in caught.value.hint
    assert missing() == MISSING


def test_missing_npm_is_reported(registry: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ToolchainError, match=r"npm is missing: it fetches onnxruntime-web@"):
        install(NoProgress())


def test_registry_that_npm_cannot_reach_is_named_in_one_line(registry: Path, tmp_path: Path) -> None:
    trouble = "request to https://npm.example/x failed, reason: getaddrinfo ENOTFOUND npm.example"
    (tmp_path / "bin" / "npm").write_text(f"#!/bin/sh\necho 'npm error {trouble}' >&2\nexit 1\n")
    with pytest.raises(ToolchainError) as caught:
        install(NoProgress())
    assert caught.value.message == f"npm's registry cannot be reached: {trouble}"


def test_npm_that_fails_is_reported(registry: Path) -> None:
    with pytest.raises(ToolchainError, match="npm failed") as caught:
        install(NoProgress())
    assert "registry" in caught.value.hint


def test_another_release_is_missing(registry: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    publish(registry)
    install(NoProgress())
    monkeypatch.setattr(onnxruntime_web, "VERSION", "1.31.0")
    assert missing() == MISSING
