"""Projects with a program for another backend, at the command line."""

import json
import shutil
from pathlib import Path

import pytest
import yaml

from edgegen.artifacts.model_reader import load_model_spec
from edgegen.commands.verify import check_extra_programs
from edgegen.parity.authority import PteAuthority
from tests.helpers.extra_programs import add_extra_program
from tests.helpers.once import Once
from tests.helpers.places import TINY
from tests.helpers.support import edgegen

pytestmark = pytest.mark.proof("commands")


@pytest.fixture(scope="session")
def both(tiny_export: Path, once: Once) -> Path:
    """Return an export with programs for Core ML and Vulkan."""

    def make(folder: Path) -> None:
        export = Path(shutil.copytree(tiny_export, folder / "export"))
        for backend in ("coreml", "vulkan"):
            add_extra_program(export, backend)

    return once("both-backends", make) / "export"


@pytest.mark.parametrize(
    ("target", "folder", "backends"),
    [
        ("ios", "Model", ["xnnpack", "coreml"]),
        ("android", "app/src/main/assets/model", ["xnnpack", "vulkan"]),
        ("linux-cpp", "model", ["xnnpack"]),
    ],
)
def test_project_gets_the_programs_that_its_app_can_use(
    both: Path, tmp_path: Path, target: str, folder: str, backends: list[str]
) -> None:
    """An update keeps them, and so does a project that is made of the project."""
    project = tmp_path / "app"
    edgegen("new", "--model", both, "--target", target, "--output", project).ok()

    def check(project: Path) -> None:
        model = project / folder
        listed = yaml.safe_load((model / "metadata.yaml").read_text("utf-8"))["edgegen"]["programs"]
        assert [each["backend"] for each in listed] == backends
        assert sorted(path.name for path in model.glob("*.pte")) == sorted(each["file"] for each in listed)

    check(project)
    edgegen("update", project, "--conf", "0.3", "--no-verify").ok()
    check(project)
    edgegen("new", "--model", project, "--target", target, "--output", tmp_path / "again").ok()
    check(tmp_path / "again")


def test_apps_use_the_variants_too(tiny_export: Path, tmp_path: Path) -> None:
    """Two variants of one backend are not for the same model."""
    export = Path(shutil.copytree(tiny_export, tmp_path / "export"))
    for backend in ("coreml-gpu", "vulkan-float32"):
        add_extra_program(export, backend)
    made = edgegen("new", "--model", export, "--target", "all", "--output", tmp_path / "apps").ok()
    assert "Core ML" not in made.err
    assert (tmp_path / "apps/ios/Model/model.coreml-gpu.pte").is_file()
    assert (tmp_path / "apps/android/app/src/main/assets/model/model.vulkan-float32.pte").is_file()
    catalog = (tmp_path / "apps/android/gradle/libs.versions.toml").read_text()
    assert '"org.pytorch:executorch-android-vulkan"' in catalog

    both = ("--backend", "coreml", "--backend", "coreml-gpu")
    answer = edgegen("new", "--model", TINY, "--target", "ios", *both, "--output", tmp_path / "no")
    assert (answer.code, "--backend coreml and --backend coreml-gpu" in answer.err) == (2, True), answer.err
    assert not (tmp_path / "no").exists()


def test_new_says_that_an_export_has_no_usual_program(tiny_export: Path, tmp_path: Path) -> None:
    answer = edgegen("new", "--model", tiny_export, "--target", "ios", "--output", tmp_path / "ios").ok()
    assert "no program for Core ML" in answer.err
    assert "--backend coreml" in answer.err


def test_update_says_that_the_new_export_has_no_usual_program(
    both: Path, tiny_export: Path, tmp_path: Path
) -> None:
    """The old program is removed."""
    edgegen("new", "--model", both, "--target", "ios", "--output", tmp_path / "ios").ok()
    answer = edgegen("update", tmp_path / "ios", "--model", tiny_export, "--no-verify").ok()
    assert "no program for Core ML" in answer.err
    assert [path.name for path in (tmp_path / "ios/Model").glob("*.pte")] == ["model.pte"]


def test_gradle_and_xcode_link_what_the_programs_need(both: Path, tiny_export: Path, tmp_path: Path) -> None:
    """And nothing else."""
    for name, export in (("plain", tiny_export), ("both", both)):
        edgegen("new", "--model", export, "--target", "ios", "--output", tmp_path / name / "ios").ok()
        edgegen("new", "--model", export, "--target", "android", "--output", tmp_path / name / "android").ok()
    linked = {name: (tmp_path / name / "ios/Config/App.xcconfig").read_text() for name in ("plain", "both")}
    assert "libbackend_coreml_" in linked["both"]
    assert "-framework CoreML -lsqlite3" in linked["both"]
    assert "coreml" not in linked["plain"].lower()
    xcode = {
        name: (tmp_path / name / "ios/App.xcodeproj/project.pbxproj").read_text()
        for name in ("plain", "both")
    }
    assert xcode["both"].count("model.coreml.pte in Resources") == 2
    assert "coreml" not in xcode["plain"]
    catalog = {
        name: (tmp_path / name / "android/gradle/libs.versions.toml").read_text()
        for name in ("plain", "both")
    }
    assert '"org.pytorch:executorch-android-vulkan"' in catalog["both"]
    assert '"org.pytorch:executorch-android"' in catalog["plain"]


def test_inspect_and_verify_name_the_programs(both: Path) -> None:
    """They say what was built here and not run."""
    facts = json.loads(edgegen("inspect", both, "--json").ok().out)
    assert [(each["file"], each["precision"]) for each in facts["programs"]] == [
        ("model.pte", "float32"),
        ("model.coreml.pte", "float16"),
        ("model.vulkan.pte", "float16"),
    ]
    assert all(each["bytes"] > 0 for each in facts["programs"])
    spec = load_model_spec(both / "model.pte", both / "metadata.yaml")
    checks = check_extra_programs(spec, PteAuthority(spec), [])
    assert (checks.problems, checks.compared) == ((), 0)
    first, second = checks.notes
    assert first.startswith("Core ML: exported as 1 delegate, not run: it needs an Apple device")
    assert second.startswith("Vulkan: exported as 1 delegate, not run")


def test_damaged_or_missing_program_is_an_error(both: Path, tmp_path: Path) -> None:
    copy = Path(shutil.copytree(both, tmp_path / "export"))
    path = copy / "model.coreml.pte"
    path.write_bytes(path.read_bytes()[:-1] + b"x")
    answer = edgegen("new", "--model", copy, "--target", "ios", "--output", tmp_path / "app")
    assert answer.code == 3
    assert "edgegen.programs.1.sha256" in answer.err
    path.unlink()
    answer = edgegen("new", "--model", copy, "--target", "ios", "--output", tmp_path / "app")
    assert answer.code == 3
    assert "model.coreml.pte" in answer.err
    assert not (tmp_path / "app").exists()


@pytest.mark.full
def test_export_of_a_project_keeps_its_backends(tmp_path: Path) -> None:
    """The ones that the target adds by itself, and a variant that the user typed. The update is verified."""
    variant = "coreml-gpu"
    for name, options, backend in (("usual", (), "coreml"), ("typed", ("--backend", variant), variant)):
        made, exported = tmp_path / name, tmp_path / f"{name}-exported"
        edgegen("new", "--model", TINY, "--target", "ios", *options, "--output", made).ok()
        target = ("--target", "ios") if options else ()  # whose own default is another variant
        edgegen("export", made, *target, "--output", exported).ok()
        listed = yaml.safe_load((exported / "metadata.yaml").read_text("utf-8"))["edgegen"]["programs"]
        assert [each["backend"] for each in listed] == ["xnnpack", backend]
    edgegen("update", tmp_path / "usual", "--backend", "coreml-all").ok()
    programs = sorted(path.name for path in (tmp_path / "usual/Model").glob("*.pte"))
    assert programs == ["model.coreml-all.pte", "model.pte"]
