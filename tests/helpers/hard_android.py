"""Android projects with hard names and models, made once for all tests. Not to be written into."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from edgegen_kits.android.app_build import Built, Project, build
from edgegen_kits.common.commands import Commands
from tests.helpers.android_tools import the_kit
from tests.helpers.once import Once
from tests.helpers.support import edgegen, list_files

ANDROID = ("--target", "android", "--app", "studio")
# Parts that only Kotlin reserves, and capitals.
KEYWORD_PACKAGE = "in.co.birds"
HARD_PACKAGE = "com.Example.fun.when"


def new(model: Path, output: Path, *options: object) -> Path:
    edgegen("new", *ANDROID, "--model", model, "--output", output, *options).ok()
    return output


@pytest.fixture(scope="session")
def project(tiny_export: Path, once: Once) -> Path:
    """Return a project with a hard name and a package of Kotlin's keywords."""
    options = ("--name", 'Größe 犬 "$x"', "--package", KEYWORD_PACKAGE, "--classes", "1", "--ci", "github")
    return once("android-project", lambda folder: new(tiny_export, folder / "app", *options)) / "app"


@pytest.fixture(scope="session")
def many_project(many_classes: Path, once: Once) -> Path:
    """Return the project of 10,000 classes, the first with hard names, and an oblong input."""
    options = ("--name", '@string it\'s """', "--package", HARD_PACKAGE, "--max-det", "30000")
    return once("android-many", lambda folder: new(many_classes, folder / "app", *options)) / "app"


def texts(project: Path) -> dict[str, str]:
    binary = (".bin", ".pte", ".png", ".jar", ".xz")
    names = [name for name in list_files(project) if not name.endswith(binary)]
    return {name: (project / name).read_bytes().decode("utf-8") for name in names}


@pytest.fixture(scope="session")
def built(many_project: Path, once: Once) -> Built:
    """Return all of the project of 10,000 classes compiled: resources, vision/, app/ and the tests."""
    kit = the_kit()

    def make(folder: Path) -> None:
        with Commands() as commands:
            build(kit, Project(many_project), folder / "built", commands)

    folder = once("android-many-built", make) / "built"
    return Built(Project(many_project), HARD_PACKAGE, folder)


def record(project: Path) -> dict[str, Any]:
    loaded = yaml.safe_load((project / ".edgegen.yml").read_text(encoding="utf-8"))
    assert isinstance(loaded, dict)
    return loaded


def sample_of(project: Path) -> Path:
    return project / "app/src/main/assets/vectors"
