"""`edgegen new` and `edgegen export` ask for missing options on a terminal, and nowhere else."""

import json
import os
import pty
import re
import shlex
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from edgegen.cli import asking
from edgegen.commands.resolve_model import find_model
from edgegen.model.spec import CheckpointFacts, InputSpec
from edgegen.sources.source import OpenableSource, OpenedModel
from edgegen.targets.android import target as android
from edgegen.targets.ios import target as ios
from tests.cli.batches import export_called
from tests.cli.templates import template
from tests.cli.terminals import blocks_of
from tests.helpers.detection_heads import HeadExport
from tests.helpers.exported_programs import save_program
from tests.helpers.places import TINY
from tests.helpers.support import PATIENCE, contents, edgegen, list_files, process, record_of, wait_until
from tests.helpers.trained_weights import write_names

CTRL_C = "\x03"
COLOURS = re.compile(r"\x1b\[[?0-9;]*[A-Za-z]")  # and copier's other control sequences


@pytest.fixture
def here(tiny_export: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the current folder with two exports: `birds`, and the newer `cats`."""
    monkeypatch.chdir(tmp_path)
    for age, name in ((100, "birds"), (0, "cats")):
        folder = export_called(name, tiny_export, tmp_path / "runs" / name)
        os.utime(folder, (time.time() - age,) * 2)
    return tmp_path


def _is_waiting(process: int) -> bool:
    """Return whether a process sleeps, waiting for input."""
    return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] == "S"


def typed(folder: Path, *words: str, answers: list[str]) -> tuple[int, str]:
    """Run `edgegen WORDS` on a terminal, answer its questions; return the exit code and the screen."""
    leader, follower = pty.openpty()
    running = subprocess.Popen(
        [sys.executable, "-m", "edgegen", *words],
        cwd=folder,
        stdin=follower,
        stdout=follower,
        stderr=follower,
        env={**os.environ, "TERM": "dumb", "COLUMNS": "200"},
        start_new_session=True,
    )
    os.close(follower)
    shown, left, asked = "", list(answers), 0
    for block in blocks_of(leader):
        shown = COLOURS.sub("", shown + block.decode(errors="ignore"))
        prompts = shown.count("]:") + shown.count("):")  # after a default, or an example
        if left and shown.rstrip(" ").endswith(("]:", "):")) and prompts > asked:
            asked = prompts
            answer = left.pop(0)
            if answer == CTRL_C:  # it is no controlling terminal: it sends no signal
                wait_until(lambda: _is_waiting(running.pid), running)
                running.send_signal(signal.SIGINT)
            else:
                os.write(leader, answer.encode())
    os.close(leader)
    return running.wait(timeout=PATIENCE), shown.replace("\r\n", "\n")


@pytest.mark.full
def test_new_asks_and_shows_an_equivalent_command(here: Path) -> None:
    """The newest model is the default. Invalid answers are asked again."""
    answers = ["nowhere", "2", "9", "linux-cpp", "a/b", "My birds", "0,sparrow", "0,1", "2", "0.4", "0.6"]
    answers = [f"{answer}\n" for answer in answers]
    code, screen = typed(here, "new", "--output", "asked", answers=answers)
    assert code == 0, screen
    assert "  1  runs/cats" in screen
    assert "  2  runs/birds" in screen
    assert "there is no file or folder nowhere" in screen
    assert "'9' is none of them: type a number from 1 to 5" in screen
    assert "the app name 'a/b' contains '/'" in screen
    options = record_of(here / "asked")["options"]
    assert (options["model"], options["name"]) == ("runs/birds", "My birds")
    assert "the model has no class 'sparrow'" in screen
    assert "'2' is not a number from 0 to 1" in screen
    assert (options["classes"], options["conf"], options["iou"]) == ("0,1", 0.4, 0.6)
    line = next(line for line in screen.splitlines() if line.startswith("    edgegen new"))
    words = shlex.split(line)[1:]
    chosen = [
        "--target",
        "linux-cpp",
        "--name",
        "My birds",
        "--conf",
        "0.4",
        "--iou",
        "0.6",
        "--classes",
        "0,1",
    ]
    assert words[-12:] == ["--model", "runs/birds", *chosen]
    before = contents(here / "asked")
    edgegen(*words).ok()
    assert contents(here / "asked") == before


@pytest.mark.full
def test_new_asks_how_the_pictures_of_a_program_are_prepared(here: Path) -> None:
    """There is no default, and an invalid answer is asked again. A script gets an error."""
    save_program(here / "flowers.pt2")
    write_names(here / "labels.txt")
    command = ("new", "--model", "flowers.pt2", "--target", "linux-cpp", "--output", "asked")
    answers = ["classify", "labels.txt", "many", "72", "0.5,0.5,0.5", "0.25,0.25,0.25"]
    code, screen = typed(here, *command, answers=[f"{answer}\n" for answer in answers])
    assert code == 0, screen
    assert "flowers.pt2 does not say its task and how its pictures are prepared" in screen
    assert "'many' is not a size: use 256, or stretch" in screen
    line = next(line for line in screen.splitlines() if line.startswith("    edgegen new"))
    words = shlex.split(line)[1:]
    assert words[-10:] == [
        *("--task", "classify", "--names", "labels.txt", "--resize", "72"),
        *("--mean", "0.5,0.5,0.5", "--std", "0.25,0.25,0.25"),
    ]
    before = contents(here / "asked")
    edgegen(*words).ok()
    assert contents(here / "asked") == before
    answer = process(*command, folder=here)
    assert answer.code == 2
    assert "there is no --task, no --resize, no --mean, no --std" in answer.err


@pytest.mark.full
def test_export_asks_too(here: Path) -> None:
    save_program(here / "flowers.pt2")
    write_names(here / "labels.txt")
    command = ("export", "--model", "flowers.pt2", "--task", "classify", "--names", "labels.txt")
    answers = ["stretch\n", "0.5,0.5,0.5\n", "0.25,0.25,0.25\n"]
    code, screen = typed(here, *command, "--output", "asked", answers=answers)
    assert code == 0, screen
    line = next(line for line in screen.splitlines() if line.startswith("    edgegen export"))
    words = shlex.split(line)[1:]
    assert words[-6:] == ["--resize", "stretch", "--mean", "0.5,0.5,0.5", "--std", "0.25,0.25,0.25"]
    before = contents(here / "asked")
    edgegen(*words, "--output", "again").ok()
    assert contents(here / "again") == before
    code, _ = typed(here, *command, "--output", "other", "--yes", answers=[])
    assert code == process(*command, "--output", "other", folder=here).code == 2


@pytest.mark.full
def test_new_shows_template_answers_as_data_options(here: Path) -> None:
    """A secret answer is left out."""
    config = (
        "greeting: '[a]:'\nmany: {type: yaml, default: 1}\ntoken: {type: str, secret: true, default: none}\n"
    )
    template({"copier.yml": config, "a.txt.jinja": "{{ greeting }} {{ many }} {{ token }}"})
    told = ("--template", "tpl", "--data", "many=[1, 'b c']", "--data", "token=hush-hush")
    code, screen = typed(here, "new", *told, "--output", "asked", answers=["2\n", "Birds\n", " it's\n"])
    assert code == 0, screen
    assert (here / "asked" / "a.txt").read_text() == "[a]: it's [1, 'b c'] hush-hush"
    assert "The same without questions" not in screen
    assert "The same command without these questions; --data answers the template's:" in screen
    lines = screen.partition("Your answers to the template's questions:\n\n")[2].splitlines()
    said = shlex.split(lines[0])
    assert said[-2:] == ["--data", "token=..."]
    assert sorted(said[1:-2:2]) == ["greeting=[a]: it's", 'many=[1, "b c"]']
    words = next(line for line in screen.splitlines() if line.startswith("    edgegen new"))
    again = [*shlex.split(words)[1:], *said[:-2], "--data", "token=hush-hush", "--output", "again"]
    edgegen(*again).ok()
    assert (here / "again" / "a.txt").read_bytes() == (here / "asked" / "a.txt").read_bytes()


@pytest.mark.full
def test_command_has_the_answers_to_all_questions_if_new_asks_twice(here: Path) -> None:
    """With a template, the description of the model file is asked for after the model and the name."""
    template({"a.txt": "text"})
    save_program(here / "flowers.pt2")
    write_names(here / "labels.txt")
    described = ["classify", "labels.txt", "72", "0.5,0.5,0.5", "0.25,0.25,0.25"]
    answers = [f"{answer}\n" for answer in ("flowers.pt2", "Flowers", *described)]
    code, screen = typed(here, "new", "--template", "tpl", "--output", "asked", answers=answers)
    assert code == 0, screen
    line = screen.partition("The same without questions:\n\n")[2].splitlines()[0]
    assert "--model flowers.pt2 --name Flowers --task classify" in line
    edgegen(*shlex.split(line)[1:]).ok()


@pytest.mark.full
def test_new_does_not_ask_for_given_options(here: Path) -> None:
    """With model and target it asks nothing. Enter takes the default."""
    code, screen = typed(here, "new", "runs/cats", "--target", "linux-cpp", answers=[])
    assert code == 0
    assert "Model" not in screen
    assert "name" not in screen
    code, screen = typed(here, "new", "--target", "linux-cpp", "--output", "app", answers=["\n"] * 5)
    assert code == 0, screen
    assert "Target [" not in screen
    assert record_of(here / "app")["options"]["name"] == "cats"


@pytest.mark.full
def test_new_does_not_ask_for_a_threshold_given_with_its_default_value(here: Path) -> None:
    words = ("new", "runs/cats", "--conf", "0.25", "--iou", "0.7", "--output", "app")
    code, screen = typed(here, *words, answers=["linux-cpp\n", "\n", "\n"])
    assert code == 0, screen
    assert "Confidence threshold" not in screen
    assert "IoU threshold" not in screen
    assert "--conf 0.25 --iou 0.7" in screen


@pytest.mark.full
def test_new_does_not_ask_for_options_that_the_model_does_not_use(
    here: Path, tiny_checkpoint: Path, head_export: HeadExport, task_export: Callable[[str], Path]
) -> None:
    """A model without NMS has no overlap, and a classifier has no threshold."""
    checkpoint, without_nms = head_export("yolo26n", "end2end")
    asked = {"confidence", "iou", "classes"}
    for model, head, of in (
        (without_nms, None, {"confidence", "classes"}),
        (here / "runs" / "cats", None, asked),
        (task_export("classify"), None, {"classes"}),
        (TINY.with_name("tiny-classify.pt"), None, {"classes"}),
        (tiny_checkpoint, None, asked),
        (checkpoint, "end2end", {"confidence", "classes"}),
        (checkpoint, "raw", asked),
    ):
        given = {"head": head, "pretend": False}
        assert asked.intersection(asking._choices(find_model(str(model)), given)[0]) == of, model
    words = ("new", "--model", str(without_nms), "--output", "app")
    code, screen = typed(here, *words, answers=["linux-cpp\n", "birds\n", "\n", "0.4\n"])
    assert code == 0, screen
    assert "IoU threshold" not in screen
    assert record_of(here / "app")["options"]["conf"] == 0.4


@pytest.mark.parametrize(
    ("contract", "has_iou"), [("detections", False), ("multilabel", True), ("raw", True)]
)
def test_new_asks_for_an_iou_threshold_only_if_the_contract_needs_nms(contract: str, has_iou: bool) -> None:
    facts = CheckpointFacts(
        task="detect", class_names=("bird",), input=InputSpec(64, 64), docs="", contracts=(contract,)
    )

    class Checkpoint(OpenableSource):
        def open(self, path: Path) -> OpenedModel:
            return OpenedModel(path, "", facts)

    choices, _ = asking._choices(Checkpoint(Path("best.pth")), {"head": None, "pretend": False})
    assert ("iou" in choices) == has_iou


@pytest.mark.full
def test_new_rejects_an_unreadable_checkpoint_before_it_asks_for_thresholds(here: Path) -> None:
    (here / "best.pt").write_bytes(b"\x80\x02(cut")
    code, screen = typed(here, "new", "best.pt", answers=["linux-cpp\n", "birds\n"])
    assert code == 3, screen
    assert "best.pt" in screen.splitlines()[-2]
    assert "Confidence threshold" not in screen


@pytest.mark.full
def test_new_rejects_wrong_arguments_before_it_asks(here: Path) -> None:
    """A mistyped model, second model or template, and several models for an app of one."""
    for words, expected, says in (
        (("typo.pt",), 3, "there is no file or folder typo.pt"),
        (("--model", "runs/cats", "--model", "typo.pt"), 3, "there is no file or folder typo.pt"),
        (("--template", "nowhere"), 3, "there is no template nowhere"),
        (("--model", "runs/cats", "--model", "runs/birds"), 2, "or add --app studio"),
    ):
        code, screen = typed(here, "new", *words, answers=[])
        assert code == expected, screen
        assert says in screen
        assert "]:" not in screen


@pytest.mark.full
def test_new_offers_targets_for_several_models(here: Path) -> None:
    """All targets take several models. The result is one app with both."""
    models = ("--model", "runs/cats", "--model", "runs/birds", "--app", "studio")
    code, screen = typed(here, "new", *models, "--output", "both", answers=["5\n", "3\n", *["\n"] * 4])
    assert code == 0, screen
    assert "'5' is none of them: type a number from 1 to 4" in screen
    assert record_of(here / "both")["target"] == "linux-cpp"
    assert len(record_of(here / "both")["options"]["models"]) == 2


def test_new_hides_single_model_targets_when_several_models_are_given(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """If one target is left, "all" is not offered."""
    for module in (android, ios):
        monkeypatch.setattr(module, "TARGET", replace(module.TARGET, multi_model=None))
    shown: list[str] = []
    monkeypatch.setattr(asking, "_say", shown.append)
    monkeypatch.setattr(asking, "_ask", lambda _text, default, taken: taken(default))
    assert asking._target(several=True) == "linux-cpp"
    assert not [line for line in shown if "android" in line or "ios" in line or "  all" in line]
    assert asking._target(several=False) == "android"


@pytest.mark.full
def test_new_asks_for_app_ids_only_for_targets_that_have_them(here: Path) -> None:
    """An invalid ID is asked again. The shown command leaves out default values."""
    answers = ["\n", "\n", "birds\n", "com.acme.birds\n", *["\n"] * 4]
    code, screen = typed(
        here, "new", *("--target", "android", "--target", "ios", "--output", "apps"), answers=answers
    )
    assert code == 0, screen
    assert "try --package" in screen
    assert record_of(here / "apps" / "android")["options"]["package"] == "com.acme.birds"
    assert "--package com.acme.birds" in screen
    assert "--bundle-id" not in screen
    assert "--classes" not in screen


@pytest.mark.full
@pytest.mark.parametrize("answer", [CTRL_C, "\x04"], ids=["Ctrl-C", "Ctrl-D"])
def test_leaving_at_a_question_exits_130_and_writes_nothing(here: Path, answer: str) -> None:
    before = list_files(here)
    code, screen = typed(here, "new", answers=["1\n", answer])
    assert code == 130, screen
    assert screen.endswith("edgegen: interrupted; nothing was left half done\n")
    assert "Traceback" not in screen
    assert list_files(here) == before


@pytest.mark.full
@pytest.mark.parametrize("more", [("--yes",), ("--json",)])
def test_new_does_not_ask_with_yes_or_json(here: Path, more: tuple[str, ...]) -> None:
    code, screen = typed(here, "new", *more, answers=[])
    assert code == 2
    assert "there is no MODEL" in screen
    code, screen = typed(here, "new", "runs/cats", *more, answers=[])
    assert code == 2
    assert "Missing option '--target'" in screen


@pytest.mark.full
def test_new_without_a_terminal_fails_instead_of_asking(here: Path) -> None:
    """A script gets an error for a missing option at once."""
    assert process("new", folder=here).code == 2
    answer = process("new", "runs/cats", folder=here)
    assert (answer.code, answer.out) == (2, "")
    assert "Missing option '--target'" in answer.err
    said = json.loads(process("new", "runs/cats", "--target", "linux-cpp", "--json", folder=here).ok().out)
    assert said["model"] == "runs/cats"
