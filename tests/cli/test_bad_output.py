"""An output folder with other files is rejected: exit code 3 or 5, a next step, no changes."""

import os
from pathlib import Path

import pytest

from tests.helpers.support import LINUX, edgegen, rejects

pytestmark = [pytest.mark.full, pytest.mark.usefixtures("current_folder")]


def make_new(output: object, *more: object) -> tuple[object, ...]:
    return ("new", *LINUX, "--model", "exported", "--output", output, *more)


def test_output_folder_with_other_files_is_refused(exported: Path, tmp_path: Path) -> None:
    """An empty folder is accepted. A hidden file counts."""
    for name, holds in (("photos", "cat.jpg"), ("repository", ".git"), ("linked", "link")):
        (tmp_path / name).mkdir()
        (tmp_path / name / holds).symlink_to("gone")
        rejects(3, tmp_path, *make_new(name), says=(name, f"(it contains {holds})", "--force"))
    (tmp_path / "empty").mkdir()
    edgegen(*make_new("empty")).ok()


def test_output_path_that_is_a_file_is_refused(exported: Path, tmp_path: Path) -> None:
    """Also with --force, for a pipe, and for a parent folder that is a file."""
    (tmp_path / "file").write_text("mine")
    os.mkfifo(tmp_path / "pipe")
    for name in ("file", "pipe", "file/app", "file/deep/app"):
        for force in ((), ("--force",)):
            rejects(3, tmp_path, *make_new(name, *force), says=(f"output folder {name}", "--output"))


def test_output_link_is_followed_only_if_it_leads_to_a_folder(exported: Path, tmp_path: Path) -> None:
    """A dangling or circular link is rejected."""
    (tmp_path / "nowhere").symlink_to("gone")
    (tmp_path / "circle").symlink_to("circle")
    for name in ("nowhere", "circle"):
        rejects(3, tmp_path, *make_new(name), says=(name, "leads nowhere"))
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to("real")
    edgegen(*make_new("link")).ok()
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "real" / "CMakeLists.txt").is_file()


def test_an_edited_project_is_refused(exported: Path, tmp_path: Path) -> None:
    """The message names the edited file, and --force overwrites it."""
    edgegen(*make_new("app")).ok()
    (tmp_path / "app" / "CMakeLists.txt").write_text("mine")
    rejects(3, tmp_path, *make_new("app"), says=("app was edited: CMakeLists.txt", "--force"))
    edgegen(*make_new("app", "--force")).ok()
    assert (tmp_path / "app" / "CMakeLists.txt").read_text() != "mine"


def test_damaged_manifest_is_refused_and_replaced_with_force(exported: Path, tmp_path: Path) -> None:
    """Without the manifest, edgegen cannot know which files were edited."""
    edgegen(*make_new("app")).ok()
    (tmp_path / "app" / "mine.txt").write_text("mine")
    for content in ("", "{", "schema: 9", "[" * 5000, "\udcff"):
        (tmp_path / "app" / ".edgegen.yml").write_text(content, errors="surrogateescape")
        rejects(3, tmp_path, *make_new("app"), says=("app/.edgegen.yml", "--force"))
        edgegen(*make_new("app", "--force")).ok()
    edgegen(*make_new("app")).ok()
    assert (tmp_path / "app" / "mine.txt").read_text() == "mine"


def test_manifest_with_repeated_keys_aliases_or_deep_nesting_is_refused(
    exported: Path, tmp_path: Path
) -> None:
    """A failed merge must not decide which edits are overwritten."""
    edgegen(*make_new("app")).ok()
    (tmp_path / "app" / "README.md").write_text("mine")
    manifest = tmp_path / "app" / ".edgegen.yml"
    for more in ("files: {}\n", "more: &a {x: 1}\n<<: *a\n", f"more: {'[' * 40}{']' * 40}\n"):
        whole = manifest.read_text()
        manifest.write_text(whole + more)
        rejects(3, tmp_path, *make_new("app"), says=("app/.edgegen.yml is not valid YAML", "--force"))
        manifest.write_text(whole)
    assert (tmp_path / "app" / "README.md").read_text() == "mine"


def test_output_folder_that_holds_the_model_is_refused(exported: Path, tmp_path: Path) -> None:
    """A project there would overwrite its own model. --force does not help."""
    (tmp_path / "link").symlink_to("exported")
    for output in ("exported", "./exported/", "link", tmp_path / "exported"):
        for model in ("exported", "exported/model.pte"):
            arguments = ("new", *LINUX, "--model", model, "--output", output)
            rejects(3, tmp_path, *arguments, says=("contains the model", "--output"))
            rejects(3, tmp_path, *arguments, "--force", says=("contains the model", "--output"))


def test_path_with_a_name_over_255_bytes_is_no_bug(tmp_path: Path, tiny_checkpoint: Path) -> None:
    name = "a" * 300
    new = ("new", "--model", tiny_checkpoint, *LINUX, "--precision", "int8", "--calibration", name)
    for arguments in (("verify", name), ("status", name), ("batch", name, *LINUX), new):
        rejects(3, tmp_path, *arguments, says=("File name too long", "check the path"))
    (tmp_path / "list.csv").write_text(f"model\n{name}.pt\n")
    arguments = ("batch", tmp_path / "list.csv", *LINUX)
    rejects(3, tmp_path, *arguments, says=("list.csv, line 2: ", "File name too long"))


@pytest.mark.parametrize("output", ["a" * 300, "犬" * 100, "deep/" + "a" * 256])
def test_output_folder_with_a_name_over_255_bytes_is_refused(
    exported: Path, tmp_path: Path, output: str
) -> None:
    rejects(5, tmp_path, *make_new(output), says=("cannot write to", "File name too long", "--output"))


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="needs a folder that root may not write to")
@pytest.mark.parametrize("output", ["/proc/edgegen", "/proc/edgegen/deep/app"])
def test_output_folder_that_cannot_be_created_is_refused(exported: Path, tmp_path: Path, output: str) -> None:
    """Under /proc not even root may write."""
    rejects(5, tmp_path, *make_new(output), says=(f"cannot write to {output}", "--output"))


@pytest.mark.parametrize(
    "name",
    [
        "a;b",
        'a"b',
        "a#b",
        "a<b",
        "a>b",
        "a?b",
        "a|b",
        "a\\b",
        "a:b",
        "a\nb",
        "a\tb",
        "a[b",
        "a]b",
        "${HOME}",
        "a$ENV{b}",
    ],
)
def test_folder_that_cmake_cannot_take_is_refused(exported: Path, tmp_path: Path, name: str) -> None:
    """Also in the name of an outer folder. The message names the character."""
    character = next(each for each in name if each not in "abENVHOM")
    for output in (name, f"{name}/app"):
        rejects(
            3, tmp_path, *make_new(output), says=(f"has the character {character!r} in its path", "--output")
        )


@pytest.mark.parametrize(
    "name",
    ["a b", "a$b", "a'b", "a(b)", "a&b", "a%b", "a@b@c", "a=b", "aüb", "a{b}", "a,b!", "a*b", "a`b^c+d~"],
)
def test_folder_with_other_characters_is_accepted(exported: Path, tmp_path: Path, name: str) -> None:
    edgegen(*make_new(name), "--pretend").ok()


def test_characters_depend_on_the_target(exported: Path, tmp_path: Path) -> None:
    options = ("--model", "exported", "--pretend")
    odd = """w #%25?;"&<x>'$(y)[z] \u00e9"""  # `edgegen verify` passes in such a folder
    for target in ("android", "ios"):
        edgegen("new", "--target", target, *options, "--output", odd).ok()
    edgegen("new", "--target", "android", *options, "--output", "a!b").ok()
    for name, character in (("a:b", ":"), ("a!", "!"), ("a!/b", "!")):
        arguments = ("new", "--target", "android", *options, "--output", name)
        rejects(3, tmp_path, *arguments, says=(f"the character {character!r}",))
