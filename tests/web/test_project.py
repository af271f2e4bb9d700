"""Web projects: their files, what they reject, and `update`, `status`, `diff` and `batch`."""

import errno
import hashlib
import json
import os
import re
import shutil
from collections.abc import Callable
from pathlib import Path, PurePosixPath

import pytest
import yaml

from edgegen import targets
from edgegen.base import registry
from edgegen.commands import doctor
from edgegen.model.spec import CENTRE_CROP, LETTERBOX_TOP_LEFT
from edgegen.project import task_files
from edgegen.project.render import templates_dir
from edgegen.targets.web import onnxruntime_web
from tests.helpers import tools
from tests.helpers.browser import find_chromium
from tests.helpers.mutating import replaced
from tests.helpers.places import TINY
from tests.helpers.support import edgegen, list_files, process, record_of, rejects, snapshot

TASKS = ("detect", "pose", "obb", "segment", "classify", "semantic", "depth")
MODEL = "vision/model.js"
CONTRACTS = ("raw", "end2end", "decoded", "multilabel", "detections")
IMPORTS = (
    r"^(?:import|export) [^;]*?from '(\.[^']+)';",
    r"import\('(\.[^']+)'\)",
    r"new URL\('(\.[^']+js)', import",
)


@pytest.fixture(autouse=True, scope="module")
def runtime() -> None:
    """Skip, or fail where kits are required, if ONNX Runtime Web is missing."""
    if onnxruntime_web.missing() is not None:
        tools.missing("ONNX Runtime Web (edgegen doctor --target web --install)")


@pytest.fixture
def made(web_export: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Path]:
    """Return a function that makes the project `birds` in the current folder."""
    monkeypatch.chdir(tmp_path)

    def make(*options: object) -> Path:
        edgegen("new", "--model", web_export, "--target", "web", *options, "--output", "birds").ok()
        return tmp_path / "birds"

    return make


def constant(project: Path, name: str) -> str:
    """Return the text of a constant in model.js."""
    match = re.search(rf"^ *{name}: (.+?),?(?: //.*)?$", (project / MODEL).read_text("utf-8"), re.MULTILINE)
    assert match, name
    return match[1]


@pytest.mark.full
def test_project_has_model_vectors_and_the_runtime(made: Callable[..., Path]) -> None:
    project = made()
    files = set(list_files(project))
    assert {"index.html", "sw.js", "README.md", "model/model.onnx", "vectors/index.json", MODEL} <= files
    digest = hashlib.sha256((project / "model/model.onnx").read_bytes()).hexdigest()
    programs = yaml.safe_load((project / "model/metadata.yaml").read_text("utf-8"))["edgegen"]["programs"]
    assert [each["file"] for each in programs] == ["model.pte", "model.onnx"]
    assert programs[1]["sha256"] == digest
    assert digest in (project / MODEL).read_text("utf-8")
    for name, sha256 in onnxruntime_web.FILES.items():
        assert hashlib.sha256((project / "ort" / name).read_bytes()).hexdigest() == sha256
    assert "MIT License" in (project / "ort/LICENSE").read_text("utf-8")
    assert record_of(project)["options"]["app"] == "starter"


@pytest.mark.full
@pytest.mark.parametrize("task", TASKS)
def test_project_of_a_task_has_only_its_own_files(task: str, app_project: Callable[[str], Path]) -> None:
    """Every module that another one imports is there."""
    project = app_project(task)
    modules = {path for path in project.rglob("*.*js") if "ort" not in path.parts}
    imported = set[Path]()
    for path in modules:
        text = path.read_text("utf-8")
        for pattern in IMPORTS:
            imported |= {path.parent / name for name in re.findall(pattern, text, re.MULTILINE | re.DOTALL)}
    lacking = [path for path in imported if not path.is_file()]
    assert lacking == []
    stems = {path.name.partition(".")[0] for path in modules}
    assert not {f"decode_{each}" for each in CONTRACTS} & stems
    for stem in stems & task_files._WEB.keys():
        assert task in task_files._WEB[stem], stem


@pytest.mark.full
@pytest.mark.parametrize(
    ("name", "files"),
    [
        ("detect", {"letterbox", "resize"}),
        (LETTERBOX_TOP_LEFT, {"letterbox", "resize"}),
        (CENTRE_CROP, {"centre_crop", "pillow_resize"}),
    ],
)
def test_detector_has_only_the_files_of_its_resize(
    name: str, files: set[str], app_project: Callable[[str], Path]
) -> None:
    """They are what two projects differ in, besides the numbers and the texts about them."""
    project, default = app_project(name), app_project("detect")
    resizing = {"letterbox", "resize", "stretch", "centre_crop", "pillow_resize"}
    assert {path.stem for path in (project / "vision").iterdir()} & resizing == files
    scripts = {path.relative_to(project) for path in project.rglob("*.js") if "ort" not in path.parts}
    changed = {path.name for path in scripts if not _is_same(project / path, default / path)}
    rendered = {
        "model.js",
        "pipeline.js",
        "types.js",
        "words.js",
        "inside.js",
    }  # all but the first not of every resize
    assert changed <= rendered | {f"{each}.js" for each in files} | {"sw.js"}
    assert ("letterbox" in (project / "README.md").read_text("utf-8").split("## Break it")[0]) == (
        "letterbox" in files
    )


def _is_same(ours: Path, theirs: Path) -> bool:
    return theirs.is_file() and ours.read_bytes() == theirs.read_bytes()


@pytest.mark.full
def test_no_file_of_a_project_has_a_path_of_this_machine(made: Callable[..., Path]) -> None:
    project = made()
    for name in list_files(project):
        content = (project / name).read_bytes()
        assert str(project.parent).encode() not in content, name
        assert str(TINY.parent).encode() not in content, name


def test_every_web_name_in_the_lists_exists() -> None:
    """Otherwise a renamed file would silently go into every project."""
    folders = (templates_dir() / "web", templates_dir() / "_shared" / "js")
    there = {path.name.partition(".")[0] for folder in folders for path in folder.rglob("*.js*")}
    optional = {"detect_stages"}  # a task without stages of its own
    assert task_files._WEB.keys() - optional <= there
    assert task_files._WEB_CONTRACTS.keys() <= there
    resizing = {PurePosixPath(name).name for name in task_files._RESIZES if name.startswith("_shared/js/")}
    assert resizing == {"letterbox", "resize"}
    assert {*resizing, "stretch"} <= there


@pytest.mark.full
def test_new_rejects_an_export_without_a_model_and_names_the_command(
    tiny_export: Path, tmp_path: Path
) -> None:
    command = ("new", "--model", tiny_export, "--target", "web", "--output", tmp_path / "x")
    said = rejects(3, tmp_path, *command, says=("has no model.onnx",))
    assert "edgegen export --model tiny.pt --target web --output DIR" in said


@pytest.mark.full
def test_all_targets_of_such_an_export_are_made_without_web(
    tiny_export: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    answer = edgegen("new", "--model", tiny_export, "--target", "all", "--output", "x").ok()
    assert "no web project: " in answer.err
    assert "has no model.onnx" in answer.err
    assert sorted(path.name for path in (tmp_path / "x").iterdir()) == ["android", "ios", "linux-cpp"]


@pytest.mark.full
def test_all_targets_include_web(web_export: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Apps for other targets do not contain the ONNX model."""
    monkeypatch.chdir(tmp_path)
    edgegen("new", "--model", web_export, "--target", "all", "--output", "x").ok()
    assert list((tmp_path / "x").rglob("*.onnx")) == [tmp_path / "x/web/model/model.onnx"]
    assert "onnx" not in (tmp_path / "x/linux-cpp/model/metadata.yaml").read_text("utf-8")


@pytest.mark.full
def test_without_onnx_runtime_web_only_a_named_target_fails(
    web_export: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EDGEGEN_HOME", str(tmp_path / "home"))
    (tmp_path / "home").mkdir()
    monkeypatch.chdir(tmp_path)
    install = "edgegen doctor --target web --install"
    command = ("new", "--model", web_export, "--output", "x")
    rejects(6, tmp_path, *command, "--target", "web", says=("is not in edgegen's folder", install))
    answer = edgegen(*command, "--target", "all").ok()
    assert (
        f"no web project: ONNX Runtime Web {onnxruntime_web.VERSION} is not in edgegen's folder" in answer.err
    )
    assert install in answer.err
    assert not (tmp_path / "x/web").exists()


@pytest.mark.parametrize("command", ["new", "export"])
def test_int8_is_rejected_with_the_reason(command: str, tmp_path: Path) -> None:
    options = ("--precision", "int8", "--calibration", tmp_path, "--output", tmp_path / "x")
    says = ("web has no int8 models: ONNX Runtime Web's int8 operators change scores", "0.005 is allowed")
    rejects(2, tmp_path, command, "--model", TINY, "--target", "web", *options, says=says)


@pytest.mark.full
def test_int8_export_is_rejected_with_the_reason(tiny_export: Path, tmp_path: Path) -> None:
    """By its metadata.yaml: the program itself is not read before."""
    export = Path(shutil.copytree(tiny_export, tmp_path / "int8"))
    replaced(export / "metadata.yaml", "precision: float32", "precision: int8")
    command = ("new", "--model", export, "--target", "web", "--output", tmp_path / "x")
    rejects(3, tmp_path, *command, says=("is int8, and web has no int8 models", "export it in float32"))


@pytest.mark.full
def test_studio_makes_the_starter_and_says_so(web_export: Path, tmp_path: Path) -> None:
    command = ("new", "--model", web_export, "--target", "web", "--app", "studio")
    answer = edgegen(*command, "--output", tmp_path / "x").ok()
    assert "web has one app, the starter" in answer.err
    assert record_of(tmp_path / "x")["options"]["app"] == "starter"


@pytest.mark.full
def test_options_of_the_app_are_in_its_constants(made: Callable[..., Path]) -> None:
    project = made("--name", "Bird Finder", "--conf", 0.4, "--classes", "square,circle")
    assert constant(project, "confidence") == "0.4"
    assert constant(project, "keptClasses") == "[0, 1]"
    assert "Bird Finder" in (project / "index.html").read_text("utf-8")


@pytest.mark.full
def test_update_keeps_edits_and_the_runtime(made: Callable[..., Path]) -> None:
    project = made()
    page = project / "index.html"
    page.write_text(page.read_text("utf-8").replace("<body", "<!-- mine -->\n<body", 1), encoding="utf-8")
    runtime = snapshot(project / "ort")
    said = json.loads(edgegen("update", project, "--conf", 0.4, "--no-verify", "--json").ok().out)
    assert constant(project, "confidence") == "0.4"
    assert "<!-- mine -->" in page.read_text("utf-8")
    assert said["files"]["conflicts"] == []
    assert MODEL in said["files"]["updated"]
    assert not [name for name in said["files"]["updated"] if name.startswith(("ort/", "model/"))]
    assert snapshot(project / "ort") == runtime
    again = json.loads(edgegen("update", project, "--no-verify", "--json").ok().out)
    assert again["changed"] is False


@pytest.mark.full
def test_update_without_onnx_runtime_web_keeps_a_runtime_of_the_same_release(
    made: Callable[..., Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    project = made()
    (tmp_path / "home").mkdir()
    monkeypatch.setenv("EDGEGEN_HOME", str(tmp_path / "home"))
    runtime = snapshot(project / "ort")
    assert "would change no file" in edgegen("status", project).ok().out
    edgegen("update", project, "--conf", 0.4, "--no-verify").ok()
    assert constant(project, "confidence") == "0.4"
    assert snapshot(project / "ort") == runtime
    (project / "ort/ort.wasm.min.mjs").write_text("// another release\n", encoding="utf-8")
    command = ("update", project, "--conf", 0.5, "--no-verify")
    rejects(6, tmp_path, *command, says=("is not in edgegen's folder", "doctor --target web --install"))


@pytest.mark.full
def test_verify_does_not_need_onnx_runtime_web(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    find_chromium()
    monkeypatch.setenv("EDGEGEN_HOME", str(tmp_path))
    target = targets.find("web")
    assert [each.tool.name for each in doctor.examine(target) if each.blocking] == ["ONNX Runtime Web"]
    doctor.require(target)


@pytest.mark.full
def test_status_and_diff_show_an_edit(made: Callable[..., Path]) -> None:
    project = made()
    (project / "app/processor.js").write_text("// mine\n", encoding="utf-8")
    assert "app/processor.js" in edgegen("status", project).out
    assert "+// mine" in process("diff", project, folder=project.parent).out


@pytest.mark.full
def test_batch_makes_a_web_project_of_each_export_once(
    web_export: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A second run finds nothing to do."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "list.csv").write_text(f"model,name\n{web_export},birds\n", encoding="utf-8")
    for options in ((), ("--app", "studio")):
        for count in ("made", "unchanged"):
            command = ("batch", "list.csv", "--target", "web", *options, "--output", f"apps{len(options)}")
            said = json.loads(edgegen(*command, "--json").ok().out)
            assert said[count] == 1, said


@pytest.fixture
def students(web_export: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., list[Path]]:
    """Return a function that makes the projects of a list with `edgegen batch`."""
    monkeypatch.chdir(tmp_path)

    def make(*names: str) -> list[Path]:
        lines = "".join(f"{web_export},{name}\n" for name in names)
        (tmp_path / "list.csv").write_text(f"model,name\n{lines}", encoding="utf-8")
        edgegen("batch", "list.csv", "--target", "web", "--output", "apps").ok()
        return [tmp_path / "apps" / name for name in names]

    return make


@pytest.mark.full
def test_projects_of_a_batch_share_the_runtime_on_the_disk(
    students: Callable[..., list[Path]], tmp_path: Path
) -> None:
    """Also one that a later run adds. An update of one project leaves the others as they are."""
    students("ann", "bob")
    projects = students("ann", "bob", "cem")
    names = list_files(projects[0] / "ort")
    assert set(names) == {*onnxruntime_web.FILES, onnxruntime_web.LICENSE}
    for name in names:
        paths = [project / "ort" / name for project in projects]
        assert len({path.stat().st_ino for path in paths}) == 1, name
        assert paths[0].stat().st_nlink == 3
    models = {(project / "model/model.onnx").stat().st_ino for project in projects}
    assert len(models) == 3  # each has its own
    folders = sorted(path.name for path in (tmp_path / "apps").iterdir() if path.is_dir())
    assert folders == ["ann", "bob", "cem"]  # and no temporary ones
    loader = projects[0] / "ort/ort.wasm.min.mjs"
    record = record_of(projects[0])
    loader.write_text("// an older release\n", encoding="utf-8")  # of all three
    before = snapshot(projects[1])
    record["files"]["ort/ort.wasm.min.mjs"] = hashlib.sha256(loader.read_bytes()).hexdigest()
    (projects[0] / ".edgegen.yml").write_text(yaml.safe_dump(record, sort_keys=False), encoding="utf-8")
    edgegen("update", projects[0], "--no-verify").ok()
    assert hashlib.sha256(loader.read_bytes()).hexdigest() == onnxruntime_web.FILES[loader.name]
    assert snapshot(projects[1]) == before


@pytest.mark.full
def test_projects_of_a_batch_have_copies_where_links_fail(
    students: Callable[..., list[Path]], monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **_options: object) -> None:
        raise OSError(errno.EPERM, os.strerror(errno.EPERM))

    monkeypatch.setattr(os, "link", refuse)
    ann, bob = students("ann", "bob")
    assert snapshot(ann / "ort") == snapshot(bob / "ort")
    assert (ann / "ort/LICENSE").stat().st_nlink == 1
    assert sorted(path.name for path in ann.parent.iterdir() if path.is_dir()) == ["ann", "bob"]


@pytest.mark.full
def test_project_is_a_model_for_other_targets(made: Callable[..., Path], tmp_path: Path) -> None:
    edgegen("new", "--model", made(), "--target", "linux-cpp", "--output", tmp_path / "linux").ok()
    assert (tmp_path / "linux/model/model.pte").is_file()
    assert not (tmp_path / "linux/model/model.onnx").exists()


@pytest.mark.full
def test_project_exports_its_checkpoint_with_the_model(
    tmp_path: Path, app_project: Callable[..., Path]
) -> None:
    edgegen("export", "--model", app_project("detect"), "--output", tmp_path / "x").ok()
    assert (tmp_path / "x/model.onnx").is_file()


def test_web_is_a_target_with_its_own_runtime() -> None:
    assert "web" in registry.names("edgegen.targets")
    said = json.loads(edgegen("inspect", "--supported", "--json").ok().out)
    assert "web" in said["targets"]
    assert "onnxruntime" in said["runtimes"]
    assert "onnx" in said["backends"]
