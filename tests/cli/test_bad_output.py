"""An output folder that is not ours is refused: its own exit code, a word on what next, and no trace."""

import os
from pathlib import Path

import pytest

from tests.helpers.support import LINUX, edgegen, refused

pytestmark = pytest.mark.full


@pytest.fixture(autouse=True)
def _current_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def make_new(output: object, *more: object) -> tuple[object, ...]:
    return ("new", *LINUX, "--model", "exported", "--output", output, *more)


def test_an_output_folder_of_somebody_else_is_refused(exported: Path, tmp_path: Path) -> None:
    """Whatever is in it is named, and stays; an empty folder is welcome, a hidden file is not nothing."""
    for name, holds in (("photos", "cat.jpg"), ("repository", ".git"), ("linked", "link")):
        (tmp_path / name).mkdir()
        (tmp_path / name / holds).symlink_to("gone")
        refused(3, tmp_path, *make_new(name), says=(name, f"(it holds {holds})", "--force"))
    (tmp_path / "empty").mkdir()
    edgegen(*make_new("empty")).ok()


def test_a_file_in_the_output_folders_place_is_refused(exported: Path, tmp_path: Path) -> None:
    """Also with --force, also when it is a pipe, and also where one of its parents should be."""
    (tmp_path / "file").write_text("mine")
    os.mkfifo(tmp_path / "pipe")
    for name in ("file", "pipe", "file/app", "file/deep/app"):
        for force in ((), ("--force",)):
            refused(3, tmp_path, *make_new(name, *force), says=(f"output folder {name}", "--output"))


def test_a_link_in_the_output_folders_place(exported: Path, tmp_path: Path) -> None:
    """One that leads nowhere, or in a circle, is refused; one to an empty folder is followed."""
    (tmp_path / "nowhere").symlink_to("gone")
    (tmp_path / "circle").symlink_to("circle")
    for name in ("nowhere", "circle"):
        refused(3, tmp_path, *make_new(name), says=(name, "leads nowhere"))
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to("real")
    edgegen(*make_new("link")).ok()
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "real" / "CMakeLists.txt").is_file()


def test_an_edited_project_is_refused(exported: Path, tmp_path: Path) -> None:
    """The edited file is named; --force overwrites it."""
    edgegen(*make_new("app")).ok()
    (tmp_path / "app" / "CMakeLists.txt").write_text("mine")
    refused(3, tmp_path, *make_new("app"), says=("app was edited: CMakeLists.txt", "--force"))
    edgegen(*make_new("app", "--force")).ok()
    assert (tmp_path / "app" / "CMakeLists.txt").read_text() != "mine"


def test_a_damaged_manifest_is_refused_and_mended_by_force(exported: Path, tmp_path: Path) -> None:
    """What was edited cannot be told any more; the way out that the message names is one."""
    edgegen(*make_new("app")).ok()
    (tmp_path / "app" / "mine.txt").write_text("mine")
    for content in ("", "{", "schema: 9", "[" * 5000, "\udcff"):
        (tmp_path / "app" / ".edgegen.yml").write_text(content, errors="surrogateescape")
        refused(3, tmp_path, *make_new("app"), says=("app/.edgegen.yml", "--force"))
        edgegen(*make_new("app", "--force")).ok()
    edgegen(*make_new("app")).ok()
    assert (tmp_path / "app" / "mine.txt").read_text() == "mine"


def test_a_manifest_is_read_as_strictly_as_metadata(exported: Path, tmp_path: Path) -> None:
    """Keys that stand twice (a merge that went wrong) do not decide which edits are overwritten."""
    edgegen(*make_new("app")).ok()
    (tmp_path / "app" / "README.md").write_text("mine")
    manifest = tmp_path / "app" / ".edgegen.yml"
    for more in ("files: {}\n", "more: &a {x: 1}\n<<: *a\n", f"more: {'[' * 40}{']' * 40}\n"):
        whole = manifest.read_text()
        manifest.write_text(whole + more)
        refused(3, tmp_path, *make_new("app"), says=("app/.edgegen.yml is not valid YAML", "--force"))
        manifest.write_text(whole)
    assert (tmp_path / "app" / "README.md").read_text() == "mine"


def test_the_models_own_folder_is_no_output_folder(exported: Path, tmp_path: Path) -> None:
    """It is edgegen's own and unedited, but a project in its place would be made of nothing."""
    (tmp_path / "link").symlink_to("exported")
    for output in ("exported", "./exported/", "link", tmp_path / "exported"):
        for model in ("exported", "exported/model.pte"):
            arguments = ("new", *LINUX, "--model", model, "--output", output)
            refused(3, tmp_path, *arguments, says=("holds the model", "--output"))
            refused(3, tmp_path, *arguments, "--force", says=("holds the model", "--output"))


@pytest.mark.parametrize("output", ["a" * 300, "犬" * 100, "deep/" + "a" * 256])
def test_an_output_folder_with_too_long_a_name_is_refused(
    exported: Path, tmp_path: Path, output: str
) -> None:
    """No file system takes more than 255 bytes."""
    refused(5, tmp_path, *make_new(output), says=("cannot write to", "File name too long", "--output"))


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="needs a folder that nobody may write to")
@pytest.mark.parametrize("output", ["/proc/edgegen", "/proc/edgegen/deep/app"])
def test_an_output_folder_that_nobody_can_make_is_refused(
    exported: Path, tmp_path: Path, output: str
) -> None:
    """Not even root may write there: exit code 5, before anything is made."""
    refused(5, tmp_path, *make_new(output), says=(f"cannot write to {output}", "--output"))
