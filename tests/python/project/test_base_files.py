"""The base files of a project: the text that edgegen wrote, packed for later merges."""

import hashlib
import io
import lzma
import random
import string
import tarfile
from pathlib import Path

import pytest

from edgegen.base.errors import InputError
from edgegen.project import base_files, manifest
from edgegen.project.manifest import Manifest
from tests.helpers.support import edgegen


def known_with(folder: Path) -> Manifest:
    return Manifest("linux-cpp", {}, {}, {base_files.NAME: manifest.sha256(folder / base_files.NAME)})


def pack(folder: Path, entries: dict[str, bytes | None]) -> Manifest:
    """Write an archive with these names; a content of None becomes a link."""
    tar = io.BytesIO()
    with tarfile.open(fileobj=tar, mode="w") as archive:
        for name, content in entries.items():
            entry = tarfile.TarInfo(name)
            if content is None:
                entry.type, entry.linkname = tarfile.SYMTYPE, "/etc/passwd"
            entry.size = len(content or b"")
            archive.addfile(entry, io.BytesIO(content or b""))
    (folder / base_files.NAME).write_bytes(lzma.compress(tar.getvalue()))
    return known_with(folder)


def test_base_files_keep_every_text_file_unchanged(tmp_path: Path) -> None:
    """Without a final newline, with CRLF, in any language. Binary files are left out."""
    texts = {"a.txt": b"one\r\ntwo", "empty": b"", "src/b.txt": "größer 犬\n".encode()}
    for name, content in {**texts, "c.png": b"\x89PNG\0", "latin": b"gr\xf6\xdfer"}.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(content)
    base_files.write(tmp_path, manifest.relative_files(tmp_path))
    assert base_files.read(tmp_path, known_with(tmp_path)) == texts


@pytest.mark.full
@pytest.mark.parametrize("target", ["android", "ios", "linux-cpp"])
def test_base_files_of_a_project_have_every_text_with_its_digest(exported: Path, target: str) -> None:
    """Except the index of the vectors."""
    edgegen("new", "--model", exported, "--target", target, "--output", "app").ok()
    project = Path("app")
    known = manifest.read(project)
    assert known is not None
    assert (project / base_files.NAME).stat().st_size < base_files.MAX_BYTES
    base = base_files.read(project, known)
    assert base is not None
    texts = {
        name
        for name in known.files
        if not name.endswith((".bin", "vectors/index.json")) and b"\0" not in (project / name).read_bytes()
    }
    assert set(base) == texts - {base_files.NAME}
    assert {name: hashlib.sha256(text).hexdigest() for name, text in base.items()} == {
        name: known.files[name] for name in base
    }
    assert base_files.NAME in (project / "README.md").read_text(encoding="utf-8")


def test_base_files_leave_out_the_largest_files_over_the_limit(tmp_path: Path) -> None:
    """The manifest still has their digests."""
    draw = random.Random(1)
    for number, size in enumerate((10, 200_000, 300_000)):
        text = "".join(draw.choices(string.printable, k=size))
        (tmp_path / f"{number}.txt").write_text(text, newline="")
    base_files.write(tmp_path, manifest.relative_files(tmp_path))
    assert (tmp_path / base_files.NAME).stat().st_size < base_files.MAX_BYTES
    assert set(base_files.read(tmp_path, known_with(tmp_path)) or ()) == {"0.txt", "1.txt"}


@pytest.mark.parametrize("damage", ["cut off", "no archive", "another"])
def test_damaged_base_files_are_reported_with_a_hint(tmp_path: Path, damage: str) -> None:
    """Even if the manifest has the digest of the damaged file."""
    known = pack(tmp_path, {"a.txt": b"a"})
    path = tmp_path / base_files.NAME
    content = {
        "cut off": path.read_bytes()[:-20],
        "no archive": lzma.compress(b"x" * 2000),
        "another": b"hello",
    }
    path.write_bytes(content[damage])
    for recorded in (known, known_with(tmp_path)):
        with pytest.raises(InputError, match="is damaged") as caught:
            base_files.read(tmp_path, recorded)
        assert "restore it" in caught.value.hint


@pytest.mark.parametrize("name", ["../out.txt", "/etc/passwd", "a/../../b"])
def test_base_files_with_an_outside_path_or_a_link_are_rejected(tmp_path: Path, name: str) -> None:
    for content in (b"a", None):
        known = pack(tmp_path, {name if content else "link": content})
        with pytest.raises(InputError, match="is damaged"):
            base_files.read(tmp_path, known)


def test_base_files_that_unpack_to_too_much_are_rejected(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(base_files, "MAX_TEXT_BYTES", 1 << 20)
    known = pack(tmp_path, {"a.txt": b"a" * (2 << 20)})
    with pytest.raises(InputError, match="is damaged"):
        base_files.read(tmp_path, known)


def test_project_without_base_files_reads_none(tmp_path: Path) -> None:
    """It was made by an older edgegen, or the file was deleted."""
    assert base_files.read(tmp_path, Manifest("linux-cpp", {})) is None
    assert base_files.read(tmp_path, Manifest("linux-cpp", {}, {}, {base_files.NAME: "0"})) is None
