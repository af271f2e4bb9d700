"""A project has the files of its task, contract and resize only. The compiler accepts their types."""

import re

import pytest

from edgegen.model.spec import CENTRE_CROP, LETTERBOX, LETTERBOX_TOP_LEFT, STRETCH
from edgegen.project.task_files import BOXES
from scripts import typescript
from tests.helpers.tools import missing
from tests.web.vision.core import Core
from tests.web.vision.rendered import NAMES, ONNX, SIZE, STRIDES, every_model, folder_of, spec_of

pytestmark = pytest.mark.proof("javascript")
MODELS = list(every_model())
RESIZED_BY = {  # files
    LETTERBOX: "letterbox",
    LETTERBOX_TOP_LEFT: "letterbox",
    STRETCH: "stretch",
    CENTRE_CROP: "centre_crop",
}
IMPORT = re.compile(r"^(?:import|export) .* from '(.*)';$", re.MULTILINE)
TYPE_IMPORT = re.compile(r"@import .* from '(.*)'")


def test_types_of_every_model_are_right(js: Core) -> None:
    """Strict, without unused names."""
    if not typescript.PACKAGE.is_installed():
        missing("TypeScript (scripts/typescript.py --install)")
    assert typescript.check([js.root]) == []


@pytest.mark.parametrize("model", MODELS)
def test_folder_has_exactly_the_files_that_the_pipeline_imports(
    js: Core, model: tuple[str, str, str]
) -> None:
    """Directly or by another file. Only model.js and types.js are for others."""
    folder = js.root / folder_of(*model)
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


@pytest.mark.parametrize(("task", "contract", "resize"), MODELS)
def test_files_of_a_project_do_not_name_other_tasks_contracts_and_resizes(
    js: Core, task: str, contract: str, resize: str
) -> None:
    """As far as their names are known from their tasks, contracts and resizes."""
    names = {file.stem for file in (js.root / folder_of(task, contract, resize)).iterdir()}
    others = {each for each, *_ in MODELS} - {task}
    assert not names & others
    decoders = {f"decode_{each}" for _, each, _ in MODELS} - {f"decode_{contract}"}
    assert not names & decoders
    assert names & set(RESIZED_BY.values()) == {RESIZED_BY[resize]}


@pytest.mark.parametrize(("task", "contract", "resize"), MODELS)
def test_model_has_the_constants_of_the_specification(
    js: Core, task: str, contract: str, resize: str
) -> None:
    """Class names are the same texts, whatever they contain."""
    spec = spec_of(task, contract, resize)
    model = js.call(folder_of(task, contract, resize), "model", "MODEL")
    assert model["classNames"] == list(NAMES[:1] if task == "depth" else NAMES)
    assert (model["sha256"], model["size"], model["pteSha256"]) == (ONNX.sha256, ONNX.size, spec.sha256)
    assert (model["inputHeight"], model["inputWidth"], model["padValue"]) == (SIZE, SIZE, 114)
    assert (model["scale"], model["rgb"]) == (spec.input.scale, True)
    assert model["outputShapes"] == [list(shape) for shape in spec.output.shapes]
    assert model["extras"] == spec.output.extras.channels
    assert model.get("shorterSide", 0) == spec.input.shorter_side
    assert ("shorterSide" in model) == (resize == CENTRE_CROP)
    assert model["maxDetections"] == (5 if task == "classify" else 300)
    if task in BOXES and spec.output.has_levels:
        assert (model["regMax"], model["strides"]) == (16, list(STRIDES))
