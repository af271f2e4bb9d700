"""Compile and link resources and the manifest with aapt2, as Gradle's plugin does."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from edgegen.base.errors import ToolchainError
from edgegen.base.model_files import PTE_SUFFIX
from edgegen_kits.android.kit import FLOOR, LAUNCH, TARGET, Kit
from edgegen_kits.common.commands import Commands

# Debian's aapt2 does not know these elements yet. No check depends on them.
_TOO_NEW: Final = re.compile(r"<(queries|property)\b([^>]*/>|.*?</\1>)", re.DOTALL)


@dataclass(frozen=True)
class Linked:
    """The output of linking."""

    folder: Path

    @property
    def archive(self) -> Path:
        """The resource table, the manifest and the assets, as in an APK."""
        return self.folder / "resources.ap_"

    @property
    def java(self) -> Path:
        """The folder of the R classes' sources."""
        return self.folder / "r"

    @property
    def manifest(self) -> Path:
        """The linked manifest."""
        return self.folder / "AndroidManifest.xml"

    @property
    def keep_rules(self) -> Path:
        """For R8: the classes that the manifest and the layouts name."""
        return self.folder / "aapt-rules.pro"


def compile_libraries(kit: Kit, commands: Commands) -> None:
    """Compile the resources of all libraries, once for all apps."""
    folder = kit.folder / "resources"
    folder.mkdir()
    for archive in kit.archives:
        if any((archive / "res").glob("*/*")):
            compiled = folder / f"{archive.name}.zip"
            commands.run(["aapt2", "compile", "--dir", archive / "res", "-o", compiled])


def package_of(manifest: Path) -> str:
    """Return the package that a library's manifest names."""
    match = re.search(r'package="([^"]+)"', manifest.read_text(encoding="utf-8"))
    return match.group(1) if match else ""


def link(kit: Kit, app: Path, package: str, linked: Linked, commands: Commands) -> None:
    """Compile and link an app's resources and its manifest.

    Args:
        kit: The kit to link against.
        app: The folder of AndroidManifest.xml, res and assets.
        package: The namespace and the id of the app.
        linked: The paths of the results.
        commands: Runs aapt2.

    Raises:
        ToolchainError: aapt2 failed; the message has its output.
    """
    linked.folder.mkdir(parents=True, exist_ok=True)
    linked.manifest.write_text(_merge_manifest(app / "AndroidManifest.xml", package), encoding="utf-8")
    compiled = linked.folder / "app.zip"
    _aapt2(["compile", "--dir", app / "res", "-o", compiled], commands, app)
    libraries = sorted((kit.folder / "resources").glob("*.zip"))
    packages = sorted({package_of(each / "AndroidManifest.xml") for each in kit.archives} - {""})
    assets = app / "assets"
    _aapt2(
        [
            *("link", "-I", kit.framework(LAUNCH[-1]), "--manifest", linked.manifest, "-o", linked.archive),
            *("--java", linked.java, "--proguard", linked.keep_rules, "--auto-add-overlay", "-0", PTE_SUFFIX),
            *("--min-sdk-version", FLOOR, "--target-sdk-version", TARGET),
            *("--version-code", 1, "--version-name", "1.0", "--extra-packages", ":".join(packages)),
            *(["-A", assets] if assets.is_dir() else []),
            *(part for each in (*libraries, compiled) for part in ("-R", each)),
        ],
        commands,
        app,
    )


def _merge_manifest(manifest: Path, package: str) -> str:
    """Return the manifest as Gradle's plugin passes it to aapt2, as far as it affects the checks."""
    text = manifest.read_text(encoding="utf-8")
    if "package=" not in text:
        text = text.replace("<manifest ", f'<manifest package="{package}" ', 1)
    return _TOO_NEW.sub("", text.replace("${applicationId}", package))


def _aapt2(arguments: Sequence[object], commands: Commands, app: Path) -> None:
    result = commands.ask(["aapt2", *arguments])
    if result.code == 0:
        return
    lines = [line for line in result.err.splitlines() if not line.startswith("aapt2 W")]
    raise ToolchainError(
        f"aapt2 rejects the resources in {app}:\n" + "\n".join(lines[-30:]), "fix them and try again"
    )
