"""Checks of the files in an iOS project, for projects of every task."""

import json
import re
from pathlib import Path

from edgegen_kits.ios.settings_check import values
from tests.helpers.hard_ios import texts
from tests.helpers.support import list_files


def check_every_file_is_tidy(project: Path, most_lines: int = 300) -> None:
    """Check line ends, blanks, template syntax, and lengths of Swift files. Xcode's files may have tabs."""
    found = texts(project)
    assert found
    for name, text in found.items():
        assert text.endswith("\n"), name
        assert not text.endswith("\n\n"), name
        assert not re.search(r"[\r\ufeff]|[ ]+$|\n\n\n\n", text, flags=re.MULTILINE), name
        assert not name.startswith("App/") or not name.endswith(".swift") or text.count("\n") < most_lines, (
            name
        )
        assert "\t" not in text or name.endswith((".pbxproj", ".plist", ".xcprivacy")), name
        assert not re.search(r"(?<!\$)\{\{ |\{%|\{#", text), name
    assert not [name for name in list_files(project) if name.endswith(".jinja") or "__" in name]


def check_every_text_is_managed_by_hand(project: Path) -> None:
    """Check that Xcode marks no key of the catalogs as stale: it finds only some of them in the code."""
    catalogs = list(project.glob("App/Resources/*.xcstrings"))
    assert catalogs
    for catalog in catalogs:
        strings = json.loads(catalog.read_bytes())["strings"]
        assert strings
        states = {key: entry.get("extractionState") for key, entry in strings.items()}
        assert {key for key, state in states.items() if state != "manual"} == set(), catalog


def check_previews_can_run(project: Path) -> None:
    """Check that debug builds put the app's code into a library, from which Xcode's previews take it."""
    assert values(project, configuration="Debug")["ENABLE_DEBUG_DYLIB"] == "YES"


def check_the_readme_names_only_what_is_there(project: Path) -> None:
    """Check that paths, links, constants and settings in the README exist."""
    readme = texts(project)["README.md"]
    paths = re.findall(r"`([\w./*+-]+/[\w./*+-]*)`", readme)
    assert len(paths) > 20
    assert not [path for path in paths if not list(project.glob(path.rstrip("/")))]
    headings = {
        re.sub(r"[^\w -]", "", line.lstrip("# ").lower()).replace(" ", "-")
        for line in readme.splitlines()
        if line.startswith("#")
    }
    assert set(re.findall(r"\]\(#([^)]+)\)", readme)) <= headings
    core = texts(project)["Core/model_info.h"]
    for constant in set(re.findall(r"`(k[A-Z]\w+)`", readme)):
        assert constant in core, constant
    settings = values(project)
    for name in set(re.findall(r"`([A-Z]+_[A-Z_]+)`", readme)):
        assert name in settings, name
