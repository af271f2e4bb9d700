"""`--app` chooses between the starter and the studio."""

import json
from pathlib import Path

import pytest

from edgegen.project import manifest
from tests.helpers.support import LINUX, edgegen, list_files, rejects

pytestmark = pytest.mark.full

TARGETS = ("linux-cpp", "android", "ios")


def app_of(project: Path) -> str:
    """Return which app a project records."""
    known = manifest.read(project)
    assert known is not None
    return str(known.options["app"])


@pytest.mark.parametrize("target", TARGETS)
def test_starter_is_smaller_than_the_studio_and_both_are_recorded(exported: Path, target: str) -> None:
    options = ("new", "--model", exported, "--target", target)
    edgegen(*options, "--output", "small").ok()
    edgegen(*options, "--app", "studio", "--output", "large").ok()
    assert app_of(Path("small")) == "starter"
    assert app_of(Path("large")) == "studio"
    assert len(list_files(Path("small"))) < len(list_files(Path("large")))


@pytest.mark.parametrize("target", TARGETS)
def test_starter_has_no_code_for_tracking_or_captures(exported: Path, target: str) -> None:
    edgegen("new", "--model", exported, "--target", target, "--output", "small").ok()
    names = [name.lower() for name in list_files(Path("small"))]
    assert not [name for name in names if "track" in name or "/capture/" in name or "smoothing" in name]


def test_unknown_app_is_refused(exported: Path, tmp_path: Path) -> None:
    rejects(
        2, tmp_path, "new", *LINUX, "--model", exported, "--app", "big", says=("'big'", "starter", "studio")
    )


def test_several_models_need_the_studio(exported: Path, night: str, tmp_path: Path) -> None:
    pair = ("--model", exported, "--model", night)
    rejects(2, tmp_path, "new", *LINUX, *pair, says=("the starter app shows one model", "--app studio"))


def test_second_model_cannot_be_added_to_a_starter(exported: Path, night: str, tmp_path: Path) -> None:
    edgegen("new", *LINUX, "--model", exported, "--output", "app").ok()
    answer = edgegen("update", "app", "--add-model", night, "--no-verify")
    assert answer.code == 2
    assert "the starter app shows one model" in answer.err
    assert app_of(Path("app")) == "starter"


def test_batch_makes_the_named_app(exported: Path) -> None:
    Path("list.csv").write_text(f"model,name\n{exported},birds\n", encoding="utf-8")
    edgegen("batch", "list.csv", *LINUX, "--app", "studio").ok()
    assert app_of(Path("apps/birds")) == "studio"


def test_custom_template_has_no_app_to_choose(exported: Path, tmp_path: Path) -> None:
    edgegen("template", "new", "tpl").ok()
    options = ("--model", exported, "--template", "tpl", "--output", "app")
    rejects(2, tmp_path, "new", *options, "--app", "starter", says=("--app has no effect",))


@pytest.mark.parametrize("target", TARGETS)
def test_update_moves_a_starter_to_the_studio_and_back(exported: Path, target: str) -> None:
    options = ("new", "--model", exported, "--target", target, "--name", "birds")
    edgegen(*options, "--output", "app").ok()
    edgegen(*options, "--app", "studio", "--output", "studio").ok()
    starter = {name: Path("app", name).read_bytes() for name in list_files(Path("app"))}
    edgegen("update", "app", "--app", "studio", "--no-verify").ok()
    assert app_of(Path("app")) == "studio"
    assert list_files(Path("app")) == list_files(Path("studio"))
    edgegen("update", "app", "--app", "starter", "--no-verify").ok()
    again = {name: Path("app", name).read_bytes() for name in list_files(Path("app"))}
    assert again.keys() == starter.keys()
    differing = [name for name in again if again[name] != starter[name]]
    assert differing in ([], [manifest.NAME])


def test_update_to_the_studio_keeps_the_owners_edits(exported: Path) -> None:
    edgegen("new", *LINUX, "--model", exported, "--name", "birds", "--output", "app").ok()
    cmake = Path("app/CMakeLists.txt")
    cmake.write_text(f"# mine\n{cmake.read_text(encoding='utf-8')}", encoding="utf-8")
    Path("app/notes.txt").write_text("mine", encoding="utf-8")
    main = Path("app/src/app/main.cpp")
    main.write_text(f"// mine\n{main.read_text(encoding='utf-8')}", encoding="utf-8")
    answer = edgegen("update", "app", "--app", "studio", "--no-verify", "--json")
    assert answer.code == 8, answer.err  # both apps have a main.cpp
    assert json.loads(answer.out)["files"]["conflicts"] == ["src/app/main.cpp"]
    assert cmake.read_text(encoding="utf-8").startswith("# mine\n")
    assert Path("app/notes.txt").read_text(encoding="utf-8") == "mine"
    assert "// mine\n" in main.read_text(encoding="utf-8")


def test_project_without_a_recorded_app_is_a_studio(exported: Path) -> None:
    edgegen("new", *LINUX, "--model", exported, "--app", "studio", "--name", "birds", "--output", "app").ok()
    path = Path("app", manifest.NAME)
    path.write_text(path.read_text(encoding="utf-8").replace("  app: studio\n", ""), encoding="utf-8")
    edgegen("update", "app", "--conf", "0.5", "--no-verify").ok()
    assert app_of(Path("app")) == "studio"
    assert Path("app/src/app/camera.cpp").is_file()
