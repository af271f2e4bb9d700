#!/usr/bin/env python3
"""Check the JSDoc types of JavaScript: `typescript.py FOLDER ...`, after `typescript.py --install`."""

import hashlib
import json
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from edgegen.base.files import home

PACKAGE: Final = "typescript@5.9.3"
# Of the package: the compiler, and the types of the language and of browsers.
FILES: Final = re.compile(r"package/(lib/(?:_?tsc\.js|lib\..*\.d\.ts|lib\.d\.ts)|package\.json)")
SHA256: Final = "d3d535583b266b4382036e439292651f035eb6a90a4eef1ddd11c816b4c17b6a"  # of these files, by name
OPTIONS: Final[dict[str, Any]] = {
    "allowJs": True,
    "checkJs": True,
    "noEmit": True,
    "strict": True,
    "noUnusedLocals": True,
    "noUnusedParameters": True,
    "noImplicitReturns": True,
    "noImplicitOverride": True,
    "skipLibCheck": True,
    "target": "es2023",
    "module": "es2022",
    "moduleResolution": "bundler",
    "lib": ["es2023", "dom", "dom.iterable"],
    "types": [],
}


def main(arguments: Sequence[str]) -> int:
    """Install TypeScript, or return 1 and print its findings if it has some."""
    if arguments == ["--install"]:
        install()
        return 0
    findings = check([Path(each) for each in arguments])
    print(*findings, sep="\n")
    return 1 if findings else 0


def is_installed() -> bool:
    """Return whether TypeScript is in edgegen's folder for downloads, and node can run it."""
    return folder().is_dir() and shutil.which("node") is not None


def folder() -> Path:
    """Return the folder of the installed package. Another version has another one."""
    return home() / f"typescript-{SHA256[:16]}"


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
            members = {each.name: each for each in tar.getmembers() if FILES.fullmatch(each.name)}
            for name in sorted(members):
                member = tar.extractfile(members[name])
                content = member.read() if member else b""
                digest.update(content)
                (fetched / name).parent.mkdir(parents=True, exist_ok=True)
                (fetched / name).write_bytes(content)
        if digest.hexdigest() != SHA256:
            sys.exit(f"typescript: the SHA-256 of {PACKAGE} does not match; check npm's registry")
        if not folder().is_dir():  # another process may have been faster
            (fetched / "package").rename(folder())


def check(folders: Sequence[Path], **options: Any) -> list[str]:
    """Return the findings in the JavaScript of folders, one line each.

    options: more or other compiler options.
    """
    with tempfile.TemporaryDirectory() as temporary:
        project = Path(temporary) / "tsconfig.json"
        include = [f"{each.resolve()}/**/{pattern}" for each in folders for pattern in ("*.js", "*.mjs")]
        settings = {"compilerOptions": {**OPTIONS, **options}, "include": include}
        project.write_text(json.dumps(settings), encoding="utf-8")
        command = ["node", folder() / "lib" / "tsc.js", "--project", project, "--pretty", "false"]
        answer = subprocess.run(command, capture_output=True, text=True)
    return [each for each in answer.stdout.splitlines() if each]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
