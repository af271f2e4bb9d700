"""`edgegen update` keeps the owner's files: edited, deleted, moved, with their modes and line ends."""

import json
import os
from dataclasses import replace
from pathlib import Path

import pytest

from edgegen.project import manifest
from tests.cli.updates import HEADER, edit, fresh, update
from tests.helpers.once import ExportOf
from tests.helpers.places import TINY
from tests.helpers.support import contents, edgegen

pytestmark = pytest.mark.full


@pytest.mark.parametrize("target", ["linux-cpp", "android"])
def test_update_keeps_edited_and_deleted_golden_vectors(
    export_of: ExportOf, exported: Path, tmp_path: Path, target: str
) -> None:
    """Also over several updates and with another model."""
    app = tmp_path / "app"
    edgegen("new", "exported", "--target", target, "--name", "birds", "--output", app).ok()
    mine = {
        "vectors/01.bin": (app / "vectors/01.bin").read_bytes() + b"mine",
        "vectors/02.bin": (app / "vectors/02.bin").read_bytes()[:7],
    }
    for name, content in mine.items():
        (app / name).write_bytes(content)
    (app / "vectors/03.bin").unlink()
    before = contents(app)
    said = update("--conf", 0.3)["files"]
    assert said["kept"] == [*mine]
    now = contents(app)
    binaries = [name for name in before if name.endswith((".bin", "index.json"))]
    assert [name for name in binaries if now.get(name) != before[name]] == []
    assert "vectors/03.bin" not in now
    assert json.loads(edgegen("status", app, "--json").ok().out)["edited"] == [*mine]
    other = export_of(TINY, (192, 192), "raw")
    said = update("--model", other, code=8)
    assert said["beside"] == {name: f"{name}.edgegen-new" for name in mine}
    assert said["files"]["deleted"] == ["vectors/03.bin"]
    assert update("--conf", 0.31)["files"]["kept"] == [*mine]
    assert {name: (app / name).read_bytes() for name in mine} == mine
    for name in mine:
        (app / f"{name}.edgegen-new").replace(app / name)
    assert update("--conf", 0.32)["files"]["kept"] == []


def test_update_keeps_edited_launcher_icons(exported: Path) -> None:
    """A new name changes the generated icons. An edited icon gets no side file."""
    edgegen("new", "--target", "android", "--model", exported, "--output", "app").ok()
    drawn = sorted(Path("app").glob("app/src/main/res/drawable-*/ic_launcher_sign.png"))
    assert len(drawn) > 3
    drawn[0].write_bytes(b"mine")
    said = update("--name", "Other name")
    assert said["files"]["conflicts"] == []
    assert said["files"]["kept"] == [drawn[0].relative_to("app").as_posix()]
    assert drawn[1].relative_to("app").as_posix() in said["files"]["updated"]


def test_update_keeps_edited_ios_settings(exported: Path) -> None:
    edgegen("new", "--target", "ios", "--model", exported, "--output", "app").ok()
    edit("Config/User.xcconfig", "DEVELOPMENT_TEAM =", "DEVELOPMENT_TEAM = AAAAAAAAAA")
    mine = Path("app/Config/User.xcconfig").read_bytes()
    said = update("--name", "Terns", "--conf", 0.4)
    assert "Config/User.xcconfig" in said["files"]["kept"]
    assert Path("app/Config/User.xcconfig").read_bytes() == mine
    assert '"Terns"' in Path("app/Core/model_info.h").read_text()


def test_update_notes_a_bundle_id_that_edited_ios_settings_override(exported: Path, tmp_path: Path) -> None:
    edgegen("new", "exported", "--target", "ios", "--name", "birds", "--output", "app").ok()
    settings = tmp_path / "app/Config/User.xcconfig"
    settings.write_text(settings.read_text() + "// mine\n")
    said = update("--bundle-id", "org.foo.bar")
    assert any("--bundle-id org.foo.bar is not written to" in note for note in said["notes"]), said["notes"]
    assert "org.foo.bar" not in settings.read_text()


def test_update_of_the_package_moves_edited_android_sources(exported: Path) -> None:
    """The source folders are named after the package. Files of the owner stay, with a note."""
    edgegen("new", "--target", "android", "--app", "studio", "--model", exported, "--output", "app").ok()
    sources = "app/src/main/kotlin"
    old, new = f"{sources}/org/example/tiny/drawing", f"{sources}/com/me/terns/drawing"
    edit(f"{old}/Labels.kt", "package org.example.tiny\n", "package org.example.tiny\n\n// mine\n")
    Path("app", old, "Layer.kt").unlink()
    Path("app", old, "Mine.kt").write_text("package org.example.tiny\n")
    said = update("--package", "com.me.terns")
    assert f"{new}/Labels.kt" in said["files"]["merged"]
    assert said["notes"] == [f"your file {old}/Mine.kt stays; edgegen's files moved from there to {new}"]
    assert f"{new}/Layer.kt" in said["files"]["deleted"]
    assert said["files"]["without_place"] == said["files"]["conflicts"] == []
    text = Path("app", new, "Labels.kt").read_text()
    assert "package com.me.terns\n" in text
    assert "// mine\n" in text
    assert [path.name for path in Path("app", old).iterdir()] == ["Mine.kt"]
    assert not Path("app", new, "Layer.kt").exists()


def test_update_writes_a_side_file_where_the_owner_has_a_new_files_name(app: Path) -> None:
    """Exit code 8. The side file is removed when the files are equal."""
    known = manifest.read(app)
    assert known is not None
    name = "CMakePresets.json"
    files = {each: digest for each, digest in known.files.items() if each != name}
    manifest.write(replace(known, files=files), app)
    ours = (app / name).read_bytes()
    (app / name).write_text("{}")
    said = update(code=8)
    assert said["beside"] == {name: f"{name}.edgegen-new"}
    assert (app / name).read_text() == "{}"
    assert (app / f"{name}.edgegen-new").read_bytes() == ours
    wrote_before = app / f"{name}.edgegen-new"  # as if an older version wrote other text
    wrote_before.write_text('{"version": 3}\n')
    known = manifest.read(app)
    assert known is not None
    files = {**known.files, name: manifest.sha256(wrote_before)}
    manifest.write(replace(known, files=files), app)
    assert update(code=8)["beside"] == {name: f"{name}.edgegen-new"}
    assert (app / f"{name}.edgegen-new").read_bytes() == ours
    assert not (app / f"{name}.edgegen-new.2").exists()
    assert (app / name).read_text() == "{}"
    says = f"a conflict is left: {name} is yours, and edgegen's version is in {name}.edgegen-new"
    assert update()["notes"] == [says]
    assert says in edgegen("update", app, "--no-verify").ok().out
    (app / name).write_bytes(ours)
    assert update()["files"]["removed"] == [f"{name}.edgegen-new"]
    assert update()["notes"] == []


def test_update_keeps_windows_line_ends_in_a_merged_file(app: Path) -> None:
    path = app / HEADER
    path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    assert update("--conf", 0.4)["files"]["merged"] == [HEADER]
    expected = fresh("--conf", 0.4)[HEADER].replace(b"\n", b"\r\n")
    assert path.read_bytes() == expected


def test_update_leaves_git_and_build_files_untouched(app: Path) -> None:
    """An executable file stays executable."""
    own = {".git/HEAD": "ref: main", "build/release/app": "ELF", "local.properties": "x"}
    for name, text in own.items():
        (app / name).parent.mkdir(parents=True, exist_ok=True)
        (app / name).write_text(text)
    edit(HEADER, "#include", "// mine\n#include")
    (app / HEADER).chmod(0o755)
    update("--conf", 0.4)
    assert {name: (app / name).read_text() for name in own} == own
    assert (app / HEADER).stat().st_mode & 0o777 == 0o755
    assert os.access(app / "scripts/get-aarch64-sdk.sh", os.X_OK)


def test_update_keeps_the_modes_of_files_it_rewrites(app: Path) -> None:
    for name, mode in (("README.md", 0o755), (HEADER, 0o440)):
        (app / name).chmod(mode)
    assert update("--conf", 0.4)["files"]["updated"] == ["README.md", HEADER]
    assert (app / "README.md").stat().st_mode & 0o777 == 0o755
    assert (app / HEADER).stat().st_mode & 0o777 == 0o440


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no pipes")
def test_update_status_and_diff_do_not_block_on_a_pipe(app: Path) -> None:
    """The pipe stays, and edgegen's file is written as a side file."""
    (app / "README.md").unlink()
    os.mkfifo(app / "README.md")
    assert "README.md is no file" in edgegen("diff", app).ok().err
    assert json.loads(edgegen("status", app, "--json").ok().out)["edited"] == ["README.md"]
    assert update("--conf", 0.4, code=8)["beside"] == {"README.md": "README.md.edgegen-new"}
    assert (app / "README.md").is_fifo()
