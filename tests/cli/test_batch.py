"""`edgegen batch`: one project per model, failures, second runs, custom templates, interruptions."""

import contextlib
import json
import os
import shutil
import signal
import sys
import time
from pathlib import Path

import pytest

from edgegen.commands.children import Children, ChildResult
from edgegen.project import manifest
from tests.cli.batches import batch, export_called, results
from tests.cli.templates import template
from tests.helpers.support import (
    LINUX,
    PATIENCE,
    children_of,
    edgegen,
    keep_signal_handlers,
    list_files,
    metadata_of,
    model_info,
    record_of,
    rejects,
    snapshot,
    start,
    wait_until,
    write_metadata,
)


@pytest.fixture
def runs(tiny_export: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a folder with exports of `birds` and `cats`, and an invalid checkpoint of `dogs`."""
    monkeypatch.chdir(tmp_path)
    for name in ("birds", "cats"):
        export_called(name, tiny_export, tmp_path / "runs" / name)
    (tmp_path / "runs" / "dogs" / "weights").mkdir(parents=True)
    (tmp_path / "runs" / "dogs" / "weights" / "best.pt").write_text("no weights")
    return Path("runs")


@pytest.mark.proof("commands")
@pytest.mark.full
def test_batch_makes_other_projects_when_one_model_fails(runs: Path, tmp_path: Path) -> None:
    """Exit code 1, one row for each model, and no files of the failed one."""
    answer, said = batch(runs, "--jobs", 2)
    assert answer.code == 1
    assert results(said) == {"birds": "made", "cats": "made", "dogs": "failed"}
    assert (said["made"], said["failed"], said["unchanged"], said["kept"]) == (2, 1, 0, 0)
    dogs = said["projects"][2]
    assert dogs["code"] == 3
    assert dogs["why"].startswith("runs/dogs/weights/best.pt is a text file, not a model")
    assert sorted(path.name for path in (tmp_path / "apps").iterdir()) == ["birds", "cats"]
    for name in ("birds", "cats"):
        project = tmp_path / "apps" / name
        assert sorted([*record_of(project)["files"], ".edgegen.yml"]) == list_files(project)
        assert model_info(project)["kAppName"] == f'"{name}"sv'
    told = sorted(" ".join(line.partition(":")[0].split()[2:]) for line in answer.err.splitlines())
    assert told == ["failed dogs (linux-cpp)", "made birds (linux-cpp)", "made cats (linux-cpp)"]


@pytest.mark.full
def test_second_run_makes_only_missing_or_changed_projects(runs: Path, tmp_path: Path) -> None:
    shutil.rmtree(runs / "dogs")
    assert batch(runs)[0].code == 0
    before = snapshot(tmp_path / "apps")
    answer, said = batch(runs)
    assert answer.code == 0
    assert results(said) == {"birds": "unchanged", "cats": "unchanged"}
    assert snapshot(tmp_path / "apps") == before
    shutil.rmtree(tmp_path / "apps" / "cats")
    assert results(batch(runs)[1]) == {"birds": "unchanged", "cats": "made"}
    with (runs / "cats" / "metadata.yaml").open("a") as file:
        file.write("# trained anew\n")
    said = batch(runs, "--pretend")[1]
    assert [row["why"] for row in said["projects"]] == ["", "changed: the model"]
    assert results(batch(runs)[1]) == {"birds": "unchanged", "cats": "made"}
    rows = batch(runs, "--conf", 0.4, "--classes", "0")[1]["projects"]
    assert [(row["result"], row["why"]) for row in rows] == [("made", "changed: classes, conf")] * 2
    table = edgegen("batch", runs, *LINUX, "--conf", 0.4, "--classes", "0").ok().out
    assert "2 unchanged; " in table


@pytest.mark.full
def test_batch_remakes_a_project_of_another_edgegen_version(runs: Path, tmp_path: Path) -> None:
    """The row names the earlier version."""
    shutil.rmtree(runs / "dogs")
    batch(runs)
    path = tmp_path / "apps" / "cats" / manifest.NAME
    path.write_text(path.read_text().replace("edgegen: 0", "edgegen: 0.0"))
    rows = batch(runs, "--pretend")[1]["projects"]
    assert [row["result"] for row in rows] == ["unchanged", "would be made"]
    assert rows[1]["why"].startswith("changed: edgegen (it was 0.0.")


@pytest.mark.full
def test_batch_keeps_an_edited_project_unless_forced(runs: Path, tmp_path: Path) -> None:
    """The row names the edited file and the changed option. It is no failure."""
    shutil.rmtree(runs / "dogs")
    batch(runs)
    readme = tmp_path / "apps" / "cats" / "README.md"
    readme.write_text("mine")
    answer, said = batch(runs, "--conf", 0.4)
    assert answer.code == 0
    assert results(said) == {"birds": "made", "cats": "kept"}
    assert (
        said["projects"][1]["why"]
        == "you edited README.md; changed since: conf (`edgegen update` with these options merges both)"
    )
    assert readme.read_text() == "mine"
    assert results(batch(runs, "--conf", 0.4, "--force")[1]) == {"birds": "made", "cats": "made"}
    assert readme.read_text() != "mine"


@pytest.mark.full
def test_batch_with_two_targets_makes_a_folder_for_each(runs: Path, tmp_path: Path) -> None:
    """The folders are NAME/TARGET. A missing one is made alone in the next run."""
    shutil.rmtree(runs / "dogs")
    both = ("--target", "linux-cpp", "--target", "android")
    said = batch(runs, target=both)[1]
    assert [row["project"] for row in said["projects"]] == [
        f"apps/{name}/{target}" for name in ("birds", "cats") for target in ("linux-cpp", "android")
    ]
    shutil.rmtree(tmp_path / "apps" / "birds" / "linux-cpp")
    rows = batch(runs, target=both)[1]["projects"]
    assert [row["result"] for row in rows] == ["made", "unchanged", "unchanged", "unchanged"]
    assert {row["result"] for row in batch(runs, target=both)[1]["projects"]} == {"unchanged"}


@pytest.mark.full
def test_second_run_with_a_backend_of_one_target_finds_nothing_to_do(
    runs: Path, tmp_path: Path, tiny_checkpoint: Path
) -> None:
    """A target whose apps cannot use it is made again without it, and its README does not name it."""
    shutil.rmtree(runs)
    (runs / "birds" / "weights").mkdir(parents=True)
    shutil.copy(tiny_checkpoint, runs / "birds" / "weights" / "best.pt")
    options = ("--app", "studio", "--backend", "coreml-gpu")
    both = ("--target", "ios", "--target", "linux-cpp")
    for result in ("made", "unchanged"):
        rows = batch(runs, *options, target=both)[1]["projects"]
        assert [row["result"] for row in rows] == [result] * 2
    apps = tmp_path / "apps" / "birds"
    assert "--backend coreml-gpu" in (apps / "ios" / "README.md").read_text("utf-8")
    assert "coreml" not in (apps / "linux-cpp" / "README.md").read_text("utf-8")
    shutil.rmtree(apps / "linux-cpp")
    rows = batch(runs, *options, target=both)[1]["projects"]
    assert [row["result"] for row in rows] == ["unchanged", "made"]


@pytest.mark.full
def test_list_columns_override_command_line_options(runs: Path, tmp_path: Path) -> None:
    """The columns are name, package and classes."""
    Path("class.csv").write_text(
        'model,name,package,classes\nruns/birds,My birds,org.me.birds,"0,1"\nruns/cats,-rf,,\n'
    )
    answer, said = batch("class.csv", "--classes", "2", target=("--target", "android"))
    assert answer.code == 0, said
    birds, cats = (record_of(tmp_path / "apps" / name)["options"] for name in ("My-birds", "rf"))
    assert (birds["name"], birds["package"], birds["classes"]) == ("My birds", "org.me.birds", "0,1")
    assert (cats["name"], cats["package"], cats["classes"]) == ("-rf", "org.example.rf", "2")
    assert {
        row["result"]
        for row in batch("class.csv", "--classes", "2", target=("--target", "android"))[1]["projects"]
    } == {"unchanged"}
    rejects(
        3, tmp_path, "batch", "class.csv", *LINUX, says=("gives packages", "have no effect for linux-cpp")
    )
    rejects(
        2,
        tmp_path,
        *("batch", "runs", *LINUX, "--backend", "coreml-gpu"),
        says=("--backend coreml-gpu has no effect for linux-cpp",),
    )


def make_birds(tiny_project_run: Path, work: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Make apps/birds from an export, in a copy of a run and its project."""
    shutil.copytree(tiny_project_run, work)
    monkeypatch.chdir(work)
    Path("apps").mkdir()
    edgegen(
        "new", *LINUX, "--model", "birds-linux-cpp/model", "--name", "birds", "--output", "apps/birds"
    ).ok()


@pytest.mark.full
def test_batch_recognises_a_checkpoint_by_its_digest(
    tiny_project_run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The project is named after the run, and was made from another path."""
    make_birds(tiny_project_run, tmp_path / "work", monkeypatch)
    record = Path("apps/birds/.edgegen.yml")
    whole = record_of(Path("birds-linux-cpp"))
    digest = whole["checkpoint"]["sha256"]
    record.write_text(
        record.read_text().replace("checkpoint: {}", f"checkpoint:\n  path: x\n  sha256: {digest}")
    )
    assert results(batch("runs")[1]) == {"birds": "unchanged"}
    with Path("runs/detect/birds/weights/best.pt").open("ab") as file:
        file.write(b"\0")
    said = batch("runs", "--pretend")[1]
    assert said["projects"][0]["why"] == "changed: the model"


@pytest.mark.full
def test_batch_recognises_an_official_model_by_its_file(
    tiny_project_run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The file is in this folder, or in the folder that the project was made from."""
    make_birds(tiny_project_run, tmp_path / "work", monkeypatch)
    weights = Path("runs/detect/birds/weights/best.pt").rename("yolo11n.pt")
    record = Path("apps/birds/.edgegen.yml")
    unknown = record.read_text()

    def recorded(path: str) -> None:
        known = f"checkpoint:\n  path: {path}\n  sha256: {manifest.sha256(weights)}"
        record.write_text(unknown.replace("checkpoint: {}", known))

    recorded("../../yolo11n.pt")
    Path("models.csv").write_text("model,name\nyolo11n,birds\n")
    assert results(batch("models.csv", "--pretend")[1]) == {"birds": "unchanged"}
    Path("kept").mkdir()
    weights = weights.rename("kept/yolo11n.pt")
    recorded("../../kept/yolo11n.pt")
    assert results(batch("models.csv", "--pretend")[1]) == {"birds": "unchanged"}
    with weights.open("ab") as file:
        file.write(b"\0")
    assert batch("models.csv", "--pretend")[1]["projects"][0]["result"] != "unchanged"
    weights = weights.rename("kept/yolo11s.pt")
    recorded("../../kept/yolo11s.pt")  # another name
    assert batch("models.csv", "--pretend")[1]["projects"][0]["result"] != "unchanged"


@pytest.mark.full
def test_batch_with_a_custom_template_makes_a_project_for_each_model(runs: Path, tmp_path: Path) -> None:
    """A second run remakes them if the template, an answer or the model changed."""
    shutil.rmtree(runs / "dogs")
    path = template(
        {"copier.yml": "who: me\n", "a.txt.jinja": "{{ who }} {{ edgegen.app_name }}\n"}, test=["true"]
    )
    told = ("--template", path, "--data", "who=4")
    rows = batch(runs, *told, target=())[1]["projects"]
    assert {(row["target"], row["result"]) for row in rows} == {("template", "made")}
    assert (tmp_path / "apps/birds/a.txt").read_text() == "4 birds\n"
    assert results(batch(runs, *told, target=())[1]) == {"birds": "unchanged", "cats": "unchanged"}
    other = ("--template", path, "--data", "who=5")
    said = batch(runs, *other, "--pretend", target=())[1]
    assert [row["why"] for row in said["projects"]] == ["changed: who"] * 2
    said = batch(runs, "--template", path, "--pretend", target=())[1]
    assert [row["why"] for row in said["projects"]] == ["changed: who"] * 2
    damaged = tmp_path / "apps/birds/.edgegen.yml"
    whole = damaged.read_text()
    damaged.write_text(whole.replace("data:", "data: [who]\n    more:").replace("model: ", "mdel: "))
    assert len(batch(runs, *told, "--pretend", target=())[1]["projects"]) == 2  # one row for each model
    damaged.write_text(whole)
    (path / "b.txt").write_text("more\n")
    assert {row["why"] for row in batch(runs, *told, target=())[1]["projects"]} == {"changed: the template"}
    assert (tmp_path / "apps/cats/b.txt").read_text() == "more\n"
    rejects(
        2, tmp_path, "batch", runs, *told, "--verify", says=("--verify runs the programs of the template",)
    )
    bare = ("--template", template({"a.txt": ""}, "bare"), "--verify", "--trust")
    rejects(2, tmp_path, "batch", runs, *bare, says=("nothing can be verified", "leave --verify out"))
    rejects(2, tmp_path, "batch", runs, *told, *LINUX, says=("exclude each other",))
    rejects(2, tmp_path, "batch", runs, "--template", path, "--data", "whom=5", says=("did you mean who",))
    rejects(2, tmp_path, "batch", runs, says=("Missing option '--target'",))
    said = batch(runs, *told, "--verify", "--trust", target=())[1]
    assert [row["verified"]["passed"] for row in said["projects"]] == [True] * 2


@pytest.mark.full
def test_pretend_rejects_unknown_classes_of_exports(runs: Path, tmp_path: Path) -> None:
    """Classes of a checkpoint are unknown until it is opened."""
    Path("list.csv").write_text("model,classes\nruns/birds,sparrow\nruns/cats,circle\n")
    for arguments in (("list.csv",), ("runs", "--classes", "sparrow")):
        first = batch(*arguments, "--pretend")[1]["projects"][0]
        assert (first["result"], first["code"]) == ("failed", 2)
        assert "no class 'sparrow'" in first["why"]


@pytest.mark.full
def test_pretend_writes_nothing_and_reports_invalid_models(runs: Path, tmp_path: Path) -> None:
    before = snapshot(tmp_path)
    answer, said = batch(runs, "--pretend")
    assert answer.code == 1
    assert results(said) == {"birds": "would be made", "cats": "would be made", "dogs": "failed"}
    assert said["projects"][2]["why"].startswith("runs/dogs/weights/best.pt is a text file, not a model")
    assert said["projects"][2]["code"] == 3
    assert snapshot(tmp_path) == before
    shutil.rmtree(runs / "dogs")
    assert batch(runs, "--pretend")[0].code == 0


@pytest.mark.full
def test_pretend_reports_folders_that_new_would_not_write_to(runs: Path, tmp_path: Path) -> None:
    """A folder of the user, and a project whose manifest is damaged."""
    for name, content in (("birds/notes.txt", "mine\n"), ("cats/.edgegen.yml", "target: linux-cpp\n")):
        path = tmp_path / "apps" / name
        path.parent.mkdir(parents=True)
        path.write_text(content)
    before = snapshot(tmp_path)
    birds, cats, _ = batch(runs, "--pretend")[1]["projects"]
    assert (birds["result"], birds["code"]) == (cats["result"], cats["code"]) == ("failed", 3)
    assert "edgegen did not make it (it contains notes.txt)" in birds["why"]
    assert "apps/cats/.edgegen.yml" in cats["why"]
    assert snapshot(tmp_path) == before


@pytest.mark.full
def test_pretend_reports_a_project_in_the_place_of_a_folder_of_projects(runs: Path, tmp_path: Path) -> None:
    """Two targets need a folder for each project, in apps/birds."""
    shutil.rmtree(runs / "cats")
    shutil.rmtree(runs / "dogs")
    batch(runs)
    for pretend in (["--pretend"], []):
        rows = batch(runs, *pretend, target=("--target", "linux-cpp", "--target", "android"))[1]["projects"]
        assert [row["result"] for row in rows] == ["failed", "failed"]
        assert "birds is a project (linux-cpp), but each target gets" in rows[0]["why"]


@pytest.mark.full
def test_batch_skips_verification_of_an_unchanged_verified_project(
    runs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After an edit or a failed report, it is verified again."""
    shutil.rmtree(runs / "dogs")
    asked = list[str]()
    real = Children.run

    def run(self: Children, arguments: list[object], *more: object) -> ChildResult:
        if arguments[0] != "verify":
            return real(self, arguments, *more)  # type: ignore[arg-type]
        asked.append(Path(str(arguments[-1])).name)
        passed = asked[-1] == "birds"
        stage = {
            "name": "boxes",
            "passed": passed,
            "worst": 3.0,
            "tolerance": 0.5,
            "unit": "px",
            "compared": 9,
        }
        report = {
            "target": "linux-cpp",
            "passed": passed,
            "stages": [stage],
            "authority": "PyTorch on best.pt",
        }
        return ChildResult(0 if passed else 7, json.dumps(report), (), 1.0)

    monkeypatch.setattr(Children, "run", run)  # building takes minutes: tests/cli/test_verify.py does it
    answer, said = batch(runs, "--verify")
    assert answer.code == 1
    assert results(said) == {"birds": "made", "cats": "failed"}
    assert said["projects"][1]["why"] == "verify: not the same as PyTorch on best.pt: boxes"
    assert sorted(asked) == ["birds", "cats"]
    asked.clear()
    again = batch(runs, "--verify")[1]
    assert asked == ["cats"]
    assert results(again) == {"birds": "unchanged", "cats": "failed"}
    assert again["projects"][0]["verified"]["passed"] is True
    (tmp_path / "apps" / "birds" / "README.md").write_text("mine")
    asked.clear()
    batch(runs, "--verify")
    assert sorted(asked) == ["birds", "cats"]


# --- invalid options ---


@pytest.mark.full
def test_options_that_fail_for_every_model_are_refused_at_the_start(runs: Path, tmp_path: Path) -> None:
    rejects(2, tmp_path, "batch", runs, *LINUX, "--jobs", 0, says=("--jobs is 0",))
    rejects(2, tmp_path, "batch", runs, *LINUX, "--conf", 2, says=("--conf is 2",))
    rejects(2, tmp_path, "batch", runs, "--target", "androit", says=("did you mean android?",))
    rejects(2, tmp_path, "batch", runs, *LINUX, "--precision", "int8", says=("needs --calibration",))
    rejects(3, tmp_path, "batch", runs, *LINUX, "--only", "horses", says=("no 'horses'", "birds, cats, dogs"))
    (tmp_path / "file").write_text("mine")
    rejects(
        3, tmp_path, "batch", runs, *LINUX, "--output", "file", says=("the output folder file is a file",)
    )
    edgegen("new", *LINUX, "--model", runs / "birds", "--output", "app").ok()
    rejects(3, tmp_path, "batch", runs, *LINUX, "--output", "app", says=("app is a project",))


# --- processes that end early ---


@pytest.mark.full
def test_killed_child_process_fails_only_its_own_row(
    runs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As the system kills a process when memory runs out. Its partial files are removed."""
    (tmp_path / "site").mkdir()
    # Python reads it at start: the process that makes `birds` is killed in the middle of writing.
    (tmp_path / "site" / "sitecustomize.py").write_text(
        "import os, signal, sys\n"
        "def seen(event, arguments):\n"
        "    if event == 'shutil.copyfile' and str(arguments[1]).endswith('model.pte'):\n"
        "        os.kill(os.getpid(), signal.SIGKILL)\n"
        "if '--name=birds' in sys.orig_argv:\n"
        "    sys.addaudithook(seen)\n"
    )
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(tmp_path / "site"), *sys.path]))
    shutil.rmtree(runs / "dogs")
    answer, said = batch(runs)
    assert answer.code == 1
    assert results(said) == {"birds": "failed", "cats": "made"}
    assert said["projects"][0]["code"] == -signal.SIGKILL
    assert "SIGKILL: most likely there was not enough memory" in said["projects"][0]["why"]
    assert [path.name for path in (tmp_path / "apps").iterdir()] == ["cats"]


@pytest.mark.full
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=lambda each: each.name)
def test_interruption_ends_all_children_and_leaves_only_complete_projects(
    runs: Path, tmp_path: Path, tiny_checkpoint: Path, number: signal.Signals
) -> None:
    shutil.copy(tiny_checkpoint, runs / "dogs" / "weights" / "best.pt")
    shutil.copytree(runs / "dogs", runs / "eels")
    running = start("batch", "runs", *LINUX, "--jobs", 2, folder=tmp_path)
    wait_until((tmp_path / "apps" / "cats").exists, running)
    # `dogs` and `eels` are exported: torch is at work.
    wait_until(lambda: sum(map(_has_torch, children_of(running.pid))) == 2, running)
    children = children_of(running.pid)
    running.send_signal(number)
    time.sleep(0.1)
    running.send_signal(number)  # users press Ctrl-C twice
    _, err = running.communicate(timeout=PATIENCE)
    assert running.returncode == 130, err
    assert err.splitlines()[-1] == "edgegen: interrupted; nothing was left half done"
    assert "Traceback" not in err
    assert [child for child in children if Path(f"/proc/{child}").exists()] == []
    assert sorted(path.name for path in (tmp_path / "apps").iterdir()) == ["birds", "cats"]
    for name in ("birds", "cats"):
        known = manifest.read(tmp_path / "apps" / name)
        assert known is not None
        assert known.edited(tmp_path / "apps" / name) == []


def _has_torch(process: int) -> bool:
    """Return whether a process has loaded torch's library."""
    with contextlib.suppress(OSError):  # it has ended
        return "libtorch_cpu" in Path(f"/proc/{process}/maps").read_text()
    return False


def test_children_start_no_process_after_stop() -> None:
    """A late thread gets the result of a killed process."""
    with keep_signal_handlers(), Children(1) as children:
        assert children.run(["--version"]).stdout.startswith("edgegen")
        children.stop()
        assert children.run(["--version"]).killed


@pytest.mark.full
def test_paths_of_the_training_machine_reach_no_project(
    tiny_export: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Only the last part of a path is kept."""
    folder = tmp_path / "runs" / "birds"
    export_called("birds", tiny_export, folder)
    content = metadata_of(folder) | {
        "description": "A model trained on /home/someone/secret/data.yaml",
        "args": {"batch": 1, "data": "C:\\Users\\someone\\secret\\data.yaml"},
    }
    write_metadata(folder, content)
    monkeypatch.chdir(tmp_path)
    assert batch("runs")[0].code == 0
    assert results(batch("runs")[1]) == {"birds": "unchanged"}
    files = [path for path in (tmp_path / "apps").rglob("*") if path.is_file()]
    assert not [path for path in files if b"secret" in path.read_bytes()]
    described = metadata_of(next(path.parent for path in files if path.name == "metadata.yaml"))
    assert described["description"] == "A model trained on data.yaml"
    assert described["args"] == {"batch": 1, "data": "data.yaml"}
