"""The cache of compiled templates: used, and never a cause of a wrong project."""

from collections.abc import Callable
from pathlib import Path

import pytest

from edgegen.project import render as rendering
from edgegen.project.render import render

Rendered = Callable[[str], str]


@pytest.fixture
def kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the folder of the cache, which is empty."""
    monkeypatch.setenv("EDGEGEN_HOME", str(tmp_path / "home"))
    return tmp_path / "home" / "templates"


@pytest.fixture
def rendered(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Rendered:
    """Return a function that renders a template of this text."""
    monkeypatch.setattr(rendering, "templates_dir", lambda: tmp_path / "templates")
    (tmp_path / "templates" / "mine").mkdir(parents=True)

    def write(text: str) -> str:
        (tmp_path / "templates" / "mine" / "a.txt.jinja").write_text(text)
        render("mine", {"name": "cats"}, tmp_path / "made")
        return (tmp_path / "made" / "a.txt").read_text()

    return write


def test_compiled_template_is_reused_until_its_text_changes(kept: Path, rendered: Rendered) -> None:
    assert rendered("{% if name %}{{ name }}{% endif %}") == "cats"
    files = {path: path.read_bytes() for path in kept.rglob("*") if path.is_file()}
    assert len(files) == 1
    assert rendered("{% if name %}{{ name }}{% endif %}") == "cats"
    assert {path: path.read_bytes() for path in files} == files
    assert rendered("{% if name %}{{ name }}!{% endif %}") == "cats!"
    assert {path: path.read_bytes() for path in files} != files


@pytest.mark.parametrize("content", [b"", b"j2\x05\0", b"\xff" * 300])
def test_damaged_compiled_template_is_compiled_again(kept: Path, rendered: Rendered, content: bytes) -> None:
    """Truncated by a full disk, or changed by another program."""
    rendered("{% if name %}{{ name }}{% endif %}")
    (file,) = (path for path in kept.rglob("*") if path.is_file())
    whole = file.read_bytes()
    file.write_bytes(content)
    assert rendered("{% if name %}{{ name }}{% endif %}") == "cats"
    file.write_bytes(whole[: len(whole) // 2])
    assert rendered("{% if name %}{{ name }}{% endif %}") == "cats"


def test_template_is_rendered_if_the_cache_folder_cannot_be_created(kept: Path, rendered: Rendered) -> None:
    """A file has the name of the folder."""
    kept.parent.mkdir()
    kept.write_text("no folder")
    assert rendered("{% if name %}{{ name }}{% endif %}") == "cats"
    assert kept.read_text() == "no folder"
