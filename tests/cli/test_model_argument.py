"""The MODEL argument: with or without --model, and a project instead of a model."""

import json
import re
import shutil
from pathlib import Path

import pytest

from tests.helpers.support import (
    LINUX,
    contents,
    edgegen,
    make,
    metadata_of,
    process,
    record_of,
    rejects,
    write_metadata,
)

pytestmark = pytest.mark.full


def test_model_is_accepted_as_argument_and_as_option(exported: Path, tmp_path: Path) -> None:
    """Given twice, both must name the same model."""
    for number, words in enumerate(
        [("new", exported, *LINUX), ("new", *LINUX, exported), ("new", exported, "--model", exported, *LINUX)]
    ):
        edgegen(*words, "--output", f"app{number}").ok()
        assert record_of(tmp_path / f"app{number}")["options"]["model"] == "exported"
    assert contents(tmp_path / "app0") == contents(tmp_path / "app2")
    says = ("MODEL is exported, and --model is other",)
    rejects(2, tmp_path, "new", exported, "--model", "other", *LINUX, says=says)
    rejects(2, tmp_path, "new", *LINUX, says=("there is no MODEL",))
    rejects(2, tmp_path, "export", says=("there is no MODEL",))
    rejects(2, tmp_path, "export", exported, says=("exported is exported already",))


def test_export_of_a_project_exports_its_checkpoint(
    tiny_checkpoint: Path, exported: Path, tmp_path: Path
) -> None:
    """If the checkpoint is missing, the message says what to give."""
    shutil.copy(tiny_checkpoint, "best.pt")
    edgegen("new", "best.pt", *LINUX, "--imgsz", 160, "--output", "app").ok()
    answer = edgegen("export", "app", "--output", "again").ok()
    assert "the project's checkpoint is best.pt" in answer.err
    assert (
        record_of(tmp_path / "again")["options"] | {"model": "best.pt", "imgsz": [160, 160]}
        == record_of(tmp_path / "again")["options"]
    )
    rejects(3, tmp_path, "export", "app", "--output", "app", "--force", says=("app is the project",))
    assert (tmp_path / "again/model.pte").read_bytes() == (tmp_path / "app/model/model.pte").read_bytes()
    Path("best.pt").unlink()
    rejects(
        3,
        tmp_path,
        "export",
        "app",
        says=("app is a project", "best.pt is missing or has changed", "name a checkpoint"),
    )
    edgegen("new", exported, *LINUX, "--output", "of_export").ok()
    rejects(
        3,
        tmp_path,
        "export",
        "of_export",
        says=("of_export is a project", "it was made from an export", "model.pte"),
    )


@pytest.mark.parametrize("target", ["android", "ios", "linux-cpp"])
def test_inspect_of_a_project_shows_its_export_and_target(exported: Path, target: str) -> None:
    """No path of the machine is shown."""
    edgegen("new", exported, "--target", target, "--output", "app").ok()
    of_export = json.loads(edgegen("inspect", exported, "--json").ok().out)
    said = json.loads(edgegen("inspect", "app", "--json").ok().out)
    assert (said.pop("kind"), said.pop("target"), said.pop("model")) == ("project", target, "app")
    assert re.fullmatch(r"edgegen \d\S*", said.pop("made_by"))
    assert (of_export.pop("kind"), of_export.pop("model")) == ("export", "exported")
    assert said == of_export
    assert "project" in edgegen("inspect", "app").ok().out


@pytest.mark.parametrize("target", ["android", "ios", "linux-cpp"])
def test_new_from_a_project_equals_new_from_its_export(exported: Path, target: str) -> None:
    """The golden vectors are PyTorch's, and the app is named after the model."""
    edgegen("new", exported, "--target", target, "--output", "first").ok()
    again, whole = make("--output", "again", model="first"), make("--output", "whole")
    theirs, ours = contents(again), contents(whole)
    assert record_of(again)["options"].pop("model") == "first"
    del theirs[".edgegen.yml"], ours[".edgegen.yml"]
    assert theirs == ours


def test_update_with_a_project_as_model_equals_update_with_its_export(exported: Path, night: str) -> None:
    edgegen("new", exported, "--target", "android", "--output", "first", "--conf", 0.4).ok()
    edgegen("new", night, "--target", "android", "--output", "other").ok()
    for model, project in ((night, "of-export"), ("other", "of-project")):
        shutil.copytree("first", project)
        edgegen("update", project, "--model", model, "--no-verify").ok()
        assert record_of(Path(project))["options"]["model"].endswith(model)
    theirs, ours = contents(Path("of-project")), contents(Path("of-export"))
    assert "owl" in metadata_of(Path("of-project/app/src/main/assets/model")).get("names", {}).values()
    del theirs[".edgegen.yml"], ours[".edgegen.yml"]
    assert theirs == ours


def test_new_from_a_project_records_the_checkpoint_of_that_project(
    tiny_project_run: Path, tmp_path: Path
) -> None:
    """So `verify` can compare it with PyTorch."""
    first = tiny_project_run / "birds-linux-cpp"
    edgegen("new", first, "--target", "android", "--output", tmp_path / "app").ok()
    checkpoint = record_of(tmp_path / "app")["checkpoint"]
    assert checkpoint["sha256"] == record_of(first)["checkpoint"]["sha256"]
    assert (tmp_path / "app" / checkpoint["path"]).resolve() == (
        tiny_project_run / "runs/detect/birds/weights/best.pt"
    )


def test_new_from_a_project_without_a_model_name_uses_the_folders_name(exported: Path) -> None:
    """As for a folder that Ultralytics exported."""
    content = metadata_of(exported)
    del content["edgegen"]["name"]  # type: ignore[attr-defined]
    write_metadata(exported, content)
    edgegen("new", exported, "--target", "android", "--output", "birds").ok()
    assert make("--pretend", model="birds") == Path("birds-linux-cpp")


def test_project_has_all_programs_of_the_export(exported: Path, tmp_path: Path) -> None:
    """`verify` and `update` read them again."""
    ios = ("--target", "ios")
    content = metadata_of(exported)
    programs = content["edgegen"]["programs"]  # type: ignore[index]
    programs.append(programs[0] | {"file": "model.coreml.pte", "backend": "coreml"})
    write_metadata(exported, content)
    rejects(3, tmp_path, "new", exported, *ios, says=("the program model.coreml.pte", "copy all programs"))
    shutil.copy("exported/model.pte", "exported/model.coreml.pte")
    edgegen("new", exported / "model.pte", *ios, "--output", "app").ok()
    assert Path("app/Model/model.coreml.pte").read_bytes() == Path("app/Model/model.pte").read_bytes()
    edgegen("new", "app", *ios, "--output", "of-project").ok()
    edgegen("update", "app", "--model", "exported/model.pte", "--conf", "0.5", "--no-verify").ok()
    Path("app/Model/model.coreml.pte").unlink()
    edgegen("update", "app", "--model", "exported/model.pte", "--no-verify").ok()
    assert Path("app/Model/model.coreml.pte").is_file()
    Path("app/Model/model.coreml.pte").write_bytes(b"damaged")
    rejects(3, tmp_path, "new", "app", *ios, says=("`edgegen.programs.1.sha256`", "copy model.pte"))


def test_project_without_model_or_with_invalid_manifest_is_refused(exported: Path, tmp_path: Path) -> None:
    project = make("--output", "app")
    (project / "model" / "model.pte").unlink()
    for words in (("inspect", "app"), ("new", "app", *LINUX)):
        rejects(3, tmp_path, *words, says=("there is no model.pte in app/model",))
    (project / ".edgegen.yml").write_text("schema: 1\n")
    rejects(3, tmp_path, "inspect", "app", says=(".edgegen.yml is not what edgegen writes",))


def test_new_from_a_project_imports_no_torch(exported: Path, tmp_path: Path) -> None:
    make("--output", "first")
    answer = process(
        "new",
        "first",
        *LINUX,
        "--output",
        "app",
        folder=tmp_path,
        environment={"PYTHONPROFILEIMPORTTIME": "1"},
    ).ok()
    imported = set(re.findall(r"\| +([\w.]+)$", answer.err, flags=re.MULTILINE))
    heavy = {"torch", "executorch", "ultralytics", "cv2", "torchvision", "rich", "PIL"}
    assert not {name for name in imported if name.partition(".")[0] in heavy}
