"""Compiled templates are kept in edgegen's folder, and nothing that lies there changes a project."""

from collections.abc import Callable
from pathlib import Path

import pytest

from edgegen.project import render as rendering
from edgegen.project.render import render

Rendered = Callable[[str], str]


@pytest.fixture
def kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return edgegen's folder: one that nothing was kept in yet."""
    monkeypatch.setenv("EDGEGEN_HOME", str(tmp_path / "home"))
    return tmp_path / "home" / "templates"


@pytest.fixture
def rendered(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Rendered:
    """Render a template of this text, which has a tag of Jinja's, as edgegen renders its own."""
    monkeypatch.setattr(rendering, "templates_dir", lambda: tmp_path / "templates")
    (tmp_path / "templates" / "mine").mkdir(parents=True)

    def write(text: str) -> str:
        (tmp_path / "templates" / "mine" / "a.txt.jinja").write_text(text)
        render("mine", {"name": "cats"}, tmp_path / "made")
        return (tmp_path / "made" / "a.txt").read_text()

    return write


def test_what_was_compiled_is_used_until_its_text_changes(kept: Path, rendered: Rendered) -> None:
    """A template is compiled once; one of another text is another."""
    assert rendered("{% if name %}{{ name }}{% endif %}") == "cats"
    files = {path: path.read_bytes() for path in kept.rglob("*") if path.is_file()}
    assert len(files) == 1
    assert rendered("{% if name %}{{ name }}{% endif %}") == "cats"
    assert {path: path.read_bytes() for path in files} == files
    assert rendered("{% if name %}{{ name }}!{% endif %}") == "cats!"
    assert {path: path.read_bytes() for path in files} != files


@pytest.mark.parametrize("content", [b"", b"j2\x05\0", b"\xff" * 300])
def test_what_is_damaged_is_compiled_anew(kept: Path, rendered: Rendered, content: bytes) -> None:
    """Cut off where a disk was full, or written by somebody else."""
    rendered("{% if name %}{{ name }}{% endif %}")
    (file,) = (path for path in kept.rglob("*") if path.is_file())
    whole = file.read_bytes()
    file.write_bytes(content)
    assert rendered("{% if name %}{{ name }}{% endif %}") == "cats"
    file.write_bytes(whole[: len(whole) // 2])
    assert rendered("{% if name %}{{ name }}{% endif %}") == "cats"


def test_where_nothing_can_be_kept_it_is_rendered(kept: Path, rendered: Rendered) -> None:
    """A file stands where the folder should be."""
    kept.parent.mkdir()
    kept.write_text("no folder")
    assert rendered("{% if name %}{{ name }}{% endif %}") == "cats"
    assert kept.read_text() == "no folder"
