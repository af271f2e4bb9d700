"""The names of a model's files."""

import pytest

from edgegen.base.model_files import PTE_NAME, extra_name, is_extra_name


@pytest.mark.parametrize("backend", ["coreml", "coreml-gpu", "vulkan-float32"])
def test_name_for_a_backend_is_recognized(backend: str) -> None:
    assert extra_name(backend) == f"model.{backend}.pte"
    assert is_extra_name(extra_name(backend))


@pytest.mark.parametrize(
    "name", [PTE_NAME, "other.coreml.pte", "model.coreml.bin", "model.a.b.pte", "modelxa.pte"]
)
def test_other_names_are_not_those_of_a_backend(name: str) -> None:
    assert not is_extra_name(name)
