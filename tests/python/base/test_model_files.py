"""The names of a model's files."""

import pytest

from edgegen.base.model_files import PTE_NAME, further_name, is_further_name


@pytest.mark.parametrize("backend", ["coreml", "coreml-gpu", "vulkan-float32"])
def test_name_for_a_backend_is_recognized(backend: str) -> None:
    assert further_name(backend) == f"model.{backend}.pte"
    assert is_further_name(further_name(backend))


@pytest.mark.parametrize(
    "name", [PTE_NAME, "other.coreml.pte", "model.coreml.bin", "model.a.b.pte", "modelxa.pte"]
)
def test_other_names_are_not_those_of_a_backend(name: str) -> None:
    assert not is_further_name(name)
