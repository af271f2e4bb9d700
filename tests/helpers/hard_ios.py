"""iOS projects with hard names and models, made once for all tests. Not to be written into."""

import hashlib
import shutil
from collections.abc import Mapping
from pathlib import Path

import pytest

from edgegen.base import pins
from edgegen.project.render import render
from edgegen.targets.ios.target import PRODUCTS
from tests.helpers.once import Once
from tests.helpers.support import edgegen, list_files

IOS = ("--target", "ios", "--app", "studio")
HARD_NAME = 'Größe 犬 "$(x)" ;'
HARD_BUNDLE_ID = "com.7-Up.Birds"


def identifier(text: str) -> str:
    """Return an object's id in project.pbxproj: 24 hexadecimal digits of its description's digest."""
    return hashlib.sha256(text.encode()).hexdigest()[:24].upper()


def new(model: Path, output: Path, *options: object) -> Path:
    edgegen("new", *IOS, "--model", model, "--output", output, *options).ok()
    return output


@pytest.fixture(scope="session")
def hard_ios(tiny_export: Path, once: Once) -> Path:
    """Return a project with a hard name, a hard bundle id, one class of three, and a workflow."""
    options = ("--name", HARD_NAME, "--bundle-id", HARD_BUNDLE_ID, "--classes", "1", "--ci", "github")
    return once("ios-project", lambda folder: new(tiny_export, folder / "app", *options)) / "app"


@pytest.fixture(scope="session")
def many_ios(many_classes: Path, once: Once) -> Path:
    """Return the project of 10,000 classes, the first with hard names, and an oblong input."""
    options = ("--name", "犬", "--max-det", "30000")
    return once("ios-many", lambda folder: new(many_classes, folder / "app", *options)) / "app"


@pytest.fixture
def broken(hard_ios: Path, tmp_path: Path) -> Path:
    """Return a copy of a project to break: with an empty model, and no golden vectors."""
    left_out = shutil.ignore_patterns("*.bin", "*.pte")
    copy = Path(shutil.copytree(hard_ios, tmp_path / "app", ignore=left_out))
    (copy / "Model/model.pte").touch()
    return copy


def texts(project: Path) -> Mapping[str, str]:
    binary = (".bin", ".pte", ".png", ".xz")
    names = [name for name in list_files(project) if not name.endswith(binary)]
    return {name: (project / name).read_bytes().decode("utf-8") for name in names}


def named(name: str, folder: Path) -> Path:
    """Write what an app's name goes through on its way to the phone: its settings."""
    ios = {**pins.IOS, "products": lambda _spec, _models: PRODUCTS}
    context = {"app_name": name, "slug": "app", "bundle_id": "org.example.app", "ios": ios}
    context |= {"spec": None, "models": [], "app": "studio"}
    render("ios/Config", context, folder / "Config")
    return folder
