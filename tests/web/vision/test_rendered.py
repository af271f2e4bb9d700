"""The files of a project: only those of its task and contract, with types that the compiler accepts."""

import re

import pytest

from edgegen.project.task_files import BOXES
from scripts import typescript
from tests.helpers.tools import missing
from tests.web.vision.core import Core
from tests.web.vision.rendered import NAMES, ONNX, SIZE, STRIDES, every_model, spec_of

pytestmark = pytest.mark.proof("javascript")
MODELS = list(every_model())
IMPORT = re.compile(r"^(?:import|export) .* from '(.*)';$", re.MULTILINE)
TYPE_IMPORT = re.compile(r"@import .* from '(.*)'")


def test_types_of_every_model_are_right(js: Core) -> None:
    """Strict, without unused names."""
    if not typescript.PACKAGE.is_installed():
        missing("TypeScript (scripts/typescript.py --install)")
    assert typescript.check([js.root]) == []


@pytest.mark.parametrize(("task", "contract"), MODELS)
def test_folder_has_exactly_the_files_that_the_pipeline_imports(js: Core, task: str, contract: str) -> None:
    """Directly or by another file. Only model.js and types.js are for others."""
    folder = js.root / task / contract
    reached, waiting = set(), ["pipeline.js"]
    while waiting:
        name = waiting.pop()
        reached.add(name)
        text = (folder / name).read_text(encoding="utf-8")
        for found in [*IMPORT.findall(text), *TYPE_IMPORT.findall(text)]:
            assert found.startswith("./"), f"{name} imports {found}"
            if found[2:] not in reached:
                waiting.append(found[2:])
    assert reached | {"model.js"} == {file.name for file in folder.iterdir()}


@pytest.mark.parametrize(("task", "contract"), MODELS)
def test_files_of_a_project_do_not_name_other_tasks_and_contracts(js: Core, task: str, contract: str) -> None:
    """As far as their names are known from their tasks and contracts."""
    names = {file.stem for file in (js.root / task / contract).iterdir()}
    others = {each for each, _ in MODELS} - {task}
    assert not names & others
    decoders = {f"decode_{each}" for _, each in MODELS} - {f"decode_{contract}"}
    assert not names & decoders


@pytest.mark.parametrize(("task", "contract"), MODELS)
def test_model_has_the_constants_of_the_specification(js: Core, task: str, contract: str) -> None:
    """Class names are the same texts, whatever they contain."""
    spec, model = spec_of(task, contract), js.call(f"{task}/{contract}", "model", "MODEL")
    assert model["classNames"] == list(NAMES[:1] if task == "depth" else NAMES)
    assert (model["sha256"], model["size"], model["pteSha256"]) == (ONNX.sha256, ONNX.size, spec.sha256)
    assert (model["inputHeight"], model["inputWidth"], model["padValue"]) == (SIZE, SIZE, 114)
    assert (model["scale"], model["rgb"]) == (spec.input.scale, True)
    assert model["outputShapes"] == [list(shape) for shape in spec.output.shapes]
    assert model["extras"] == spec.output.extras.channels
    assert model["maxDetections"] == (5 if task == "classify" else 300)
    if task in BOXES and spec.output.has_levels:
        assert (model["regMax"], model["strides"]) == (16, list(STRIDES))
