"""Signatures of `.pte` files, and their check against metadata."""

from pathlib import Path

import pytest

from edgegen.artifacts.metadata import Metadata
from edgegen.artifacts.model_reader import check_model
from edgegen.artifacts.pte import Delegate, Method, PteContent, Value
from edgegen.base.errors import InputError
from edgegen.model.spec import ModelSpec, Program

Shape = tuple[int, ...]
DECODED = ((1, 7, 2100),)
RAW = ((1, 64, 40, 40), (1, 3, 40, 40), (1, 64, 20, 20), (1, 3, 20, 20), (1, 64, 10, 10), (1, 3, 10, 10))
ABC_SHA256 = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
FIRST = Program("model.pte", "xnnpack", "float32", ABC_SHA256)
SECOND = Program("model.coreml.pte", "coreml", "float32", ABC_SHA256)


def tensor(shape: Shape, dtype: str = "float32", *, dynamic: bool = False) -> Value:
    """Return a value of a signature."""
    return Value("tensor", dtype, shape, dynamic)


def program(
    outputs: tuple[Shape, ...] = DECODED, inputs: tuple[Shape, ...] = ((1, 3, 320, 320),)
) -> PteContent:
    """Return the signature of a `.pte` with one method."""
    method = Method(
        "forward",
        tuple(map(tensor, inputs)),
        tuple(map(tensor, outputs)),
        (),
        (Delegate("XnnpackBackend", 3),),
    )
    return PteContent((method,), program_bytes=50, segments=1, segment_bytes=50)


def check(folder: Path, signature: PteContent, metadata: Metadata) -> ModelSpec:
    """Check a signature against metadata; the file has only a digest."""
    path = folder / "model.pte"
    path.write_bytes(b"abc")
    return check_model(path, signature, metadata)


def said_of(
    folder: Path, signature: PteContent, metadata: Metadata, kind: type[InputError] = InputError
) -> str:
    """Return the message of the error of a check; the error has exactly this type."""
    with pytest.raises(InputError) as caught:
        check(folder, signature, metadata)
    assert type(caught.value) is kind, caught.value
    assert caught.value.hint or "model.pte" in caught.value.message or "metadata.yaml" in caught.value.message
    return caught.value.message
