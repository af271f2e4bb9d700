"""Specifications of models without a `.pte`: metadata.yaml is written, and read with the outputs' shapes."""

import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Any

from edgegen.artifacts import metadata
from edgegen.artifacts.metadata import read_metadata
from edgegen.artifacts.model_reader import check_model
from edgegen.artifacts.pte import METHOD, Delegate, Method, PteContent, describe_tensor
from edgegen.model.spec import (
    ONE_TO_ONE,
    CheckpointFacts,
    InputSpec,
    ModelSpec,
    OutputSpec,
    Program,
    YoloHead,
    branch_of,
)
from edgegen.sources.source import OpenedModel

BACKEND = "XnnpackBackend"
SHA256 = "0" * 64
VERSIONS = {"ultralytics": "8", "executorch": "1.5.1", "torch": "2"}


def spec_from_metadata(
    task: str, class_names: tuple[str, ...], given: InputSpec, output: OutputSpec, name: str = "model"
) -> ModelSpec:
    """Return the specification of a float32 model with this input and these outputs."""
    facts = CheckpointFacts(
        task=task,
        class_names=class_names,
        input=given,
        library="ultralytics",
        description="",
        docs="",
        yolo=YoloHead(strides=output.strides, reg_max=output.reg_max),
        extras=output.extras,
    )
    described = metadata.describe(
        facts,
        Path(f"{name}.pt"),
        "",
        output,
        program=Program("model.pte", "xnnpack", "float32", SHA256),
        versions=VERSIONS,
    )
    described["end2end"] = branch_of(output.contract) == ONE_TO_ONE
    inputs, _ = describe_tensor("input", 0, None, (1, given.channels, given.height, given.width))
    outputs = tuple(describe_tensor("output", i, None, shape)[0] for i, shape in enumerate(output.shapes))
    method = Method(METHOD, (inputs,), outputs, (), (Delegate(BACKEND, 1),))
    program = PteContent((method,))
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "metadata.yaml"
        metadata.write(file, described)
        return check_model(Path("model.pte"), program, read_metadata(file), SHA256)


def spec_of(opened: OpenedModel, contract: str) -> ModelSpec:
    """Return the specification of an export of this model, without exporting it."""
    import torch

    facts = opened.facts
    outputs: Any = opened.module(contract)(torch.zeros(1, 3, *facts.input.size))
    shapes = [tuple(each.shape) for each in (outputs if isinstance(outputs, tuple) else (outputs,))]
    levels = (facts.yolo.reg_max, facts.yolo.strides) if contract in {"raw", "end2end"} else (0, ())
    output = OutputSpec(contract, tuple(shapes), *levels, extras=facts.extras)
    spec = spec_from_metadata(facts.task, facts.class_names, facts.input, output)
    return replace(spec, checkpoint_name=opened.path.name)
