"""Archives of torch.export are untrusted: no code in them is executed, and no unknown operator is called."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from edgegen.base.errors import InputError
from tests.helpers.archives import changed
from tests.helpers.described import check_logits, opened
from tests.helpers.exported_programs import save_program, small_classifier


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a program of one picture of 64x64 pixels."""
    return save_program(tmp_path_factory.mktemp("program") / "flowers.pt2")


def edit_json(member: str, edit: Callable[[Any], None]) -> Callable[[str, bytes], bytes]:
    def change(name: str, content: bytes) -> bytes:
        if name != member:
            return content
        value = json.loads(content)
        edit(value)
        return json.dumps(value).encode()

    return change


def call_system(program: Any) -> None:
    program["graph_module"]["graph"]["nodes"][0]["target"] = "torch.os.system"


def write_file(program: Any) -> None:
    program["graph_module"]["graph"]["nodes"][0]["target"] = "torch.ops.aten.from_file.default"


def dunder(program: Any) -> None:
    program["graph_module"]["graph"]["nodes"][0]["target"] = "torch.ops.aten.__class__.__subclasses__"


def evaluate_size(program: Any) -> None:
    sizes = next(iter(program["graph_module"]["graph"]["tensor_values"].values()))["sizes"]
    sizes[0] = {"as_expr": {"expr_str": CODE, "hint": {"as_int": 1}}}


def guard(program: Any) -> None:
    program["guards_code"] = [CODE]


def guard_of_a_fifth_axis(program: Any) -> None:
    program["guards_code"] = ["L['x'].size()[4] > 1"]


def guard_that_is_a_number(program: Any) -> None:
    program["guards_code"] = [1]


def range_of_texts(program: Any) -> None:
    sizes = program["graph_module"]["graph"]["tensor_values"]["input"]["sizes"]
    sizes[0] = {"as_expr": {"expr_str": "Symbol('s7')", "hint": {"as_int": 1}}}
    program["range_constraints"]["s7"] = {"min_val": "2", "max_val": None}


def name_argument(program: Any) -> None:
    entry = program["graph_module"]["module_call_graph"][0]
    entry["signature"]["forward_arg_names"] = [f"x={CODE}):\n    0\n    #"]


def rename_input(program: Any) -> None:
    text = json.dumps(program).replace('"0.0.weight"', json.dumps(f'w-"+str({CODE})+"'))
    program |= json.loads(text)


def pickled_weight(config: Any) -> None:
    next(iter(config["config"].values()))["use_pickle"] = True


def pickled_object(config: Any) -> None:
    next(iter(config["config"].values()))["path_name"] = "opaque_obj_0"


def newer_schema(program: Any) -> None:
    program["schema_version"]["major"] += 1


CODE = "__import__('os').mkdir('ran')"


PROGRAM, WEIGHTS = "models/model.json", "data/weights/model_weights_config.json"


@pytest.mark.parametrize(
    ("member", "edit", "message"),
    [
        (PROGRAM, call_system, r"the operator 'torch\.os\.system'"),
        (PROGRAM, write_file, r"the operator 'torch\.ops\.aten\.from_file\.default'"),
        (PROGRAM, dunder, "the operator 'torch.ops.aten.__class__"),
        (PROGRAM, rename_input, "is damaged"),
        (PROGRAM, guard, "a condition with Call"),
        (PROGRAM, guard_of_a_fifth_axis, "a condition that cannot be evaluated"),
        (PROGRAM, guard_that_is_a_number, "a condition that is not text"),
        (PROGRAM, range_of_texts, "a range of sizes without whole numbers"),
        (WEIGHTS, pickled_weight, r"the pickled value '0\.0\.weight'"),
        (WEIGHTS, pickled_object, r"the pickled value '0\.0\.weight'"),
        (PROGRAM, newer_schema, "programs of another torch"),
    ],
)
def test_archive_that_asks_for_code_is_rejected_without_running_it(
    saved: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    member: str,
    edit: Callable[[Any], None],
    message: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    path = changed(saved, tmp_path / "x.pt2", edit_json(member, edit))
    with pytest.raises(InputError, match=message):
        opened(path)
    assert not (tmp_path / "ran").exists()


@pytest.mark.parametrize("edit", [name_argument, evaluate_size])
def test_python_in_a_program_is_not_executed(
    saved: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, edit: Callable[[Any], None]
) -> None:
    """In names of arguments and in sizes, which torch.export.load compiles."""
    monkeypatch.chdir(tmp_path)
    model = opened(changed(saved, tmp_path / "x.pt2", edit_json(PROGRAM, edit)))
    check_logits(model, small_classifier())
    assert not (tmp_path / "ran").exists()


def test_pickled_sample_inputs_are_not_read(saved: Path, tmp_path: Path) -> None:
    def change(name: str, content: bytes) -> bytes:
        return b"anything" if name == "data/sample_inputs/model.pt" else content

    assert opened(changed(saved, tmp_path / "x.pt2", change)).facts.input.size == (64, 64)


def test_truncated_weights_are_rejected(saved: Path, tmp_path: Path) -> None:
    def change(name: str, content: bytes) -> bytes:
        return content[:8] if name == "data/weights/weight_0" else content

    with pytest.raises(InputError, match="is damaged"):
        opened(changed(saved, tmp_path / "x.pt2", change))


@pytest.mark.parametrize(
    "name",
    [
        *("from_file.default", "set_.source_Tensor", "_reshape_alias.default", "empty.memory_format"),
        *("fbgemm_pack_gemm_matrix_fp16.default", "max_pool2d_with_indices_backward.default"),
    ],
)
def test_operators_that_do_not_check_their_arguments_are_not_called(name: str) -> None:
    from edgegen.sources.torch_export import operators

    assert operators.find(f"torch.ops.aten.{name}") is None
    assert operators.find("torch.ops.aten.relu.default") is not None


def test_every_listed_operator_exists() -> None:
    from edgegen.sources.torch_export import operators

    for name in operators.ATEN:
        assert operators.find(f"torch.ops.aten.{name}") is not None


def test_batch_normalization_of_other_lengths_is_rejected() -> None:
    import torch

    from edgegen.sources.torch_export import operators

    normalize = operators.find("torch.ops.aten.batch_norm.default")
    assert normalize is not None
    x, one, eight = torch.rand(1, 8, 2, 2), torch.ones(1), torch.ones(8)
    assert normalize(x, eight, eight, eight, eight, False, 0.1, 1e-5, True).shape == x.shape
    for weights in ((one, eight, eight, eight), (eight, one, eight, eight), (eight, eight, eight, one)):
        with pytest.raises(ValueError, match="another number of channels"):
            normalize(x, *weights, False, 0.1, 1e-5, True)


@pytest.mark.parametrize(
    ("condition", "result"),
    [
        ("L['x'].size()[3] > 40", True),
        ("(1 + (((-1) + L['x'].size()[3]) // 2)) != 32", False),
        ("2 <= L['x'].size()[2] and not L['x'].size()[2] % 3 == 0", True),
    ],
)
def test_condition_is_evaluated_for_a_shape(condition: str, result: bool) -> None:
    from edgegen.sources.torch_export.program import condition_holds

    assert condition_holds(condition, (1, 3, 64, 64)) is result


@pytest.mark.parametrize(
    "condition",
    [
        *(CODE, "9**9**9 > 1", "'a' * 9 == ''", "L['x'].size()[2] // 0 == 1", "L['x'].size()[4] > 1"),
        *("1 ==", "x > 1"),
    ],
)
def test_condition_with_anything_else_is_rejected(condition: str) -> None:
    from edgegen.sources.torch_export.program import condition_holds

    with pytest.raises(ValueError, match="a condition"):
        condition_holds(condition, (1, 3, 64, 64))
