"""Find the contract of a detection model from the shapes and claims of its outputs."""

from collections.abc import Sequence
from typing import Any, Final

from edgegen.base.errors import InputError, UnsupportedModelError
from edgegen.base.naming import how_many
from edgegen.base.strict_yaml import shorten
from edgegen.model.spec import CONTRACTS, OutputSpec, branch_of
from edgegen.tasks.signature import Signature, format_shapes

OTHER_CONTRACTS: Final = ("probabilities",)
DETECTION_COLUMNS: Final = 6  # x1 y1 x2 y2 score class
NEXT_KINDS: Final = (
    "edgegen takes detection models whose .pte returns raw heads, [1, 4 + classes, N] or [1, N, 6]"
)


# contract -> branch, meaning of the outputs
_MEANINGS: Final = {
    "raw": ("one-to-many", "boxes and class logits of each level; overlapping boxes are left to NMS"),
    "end2end": ("one-to-one", "boxes and class logits of each level; the best are kept, without NMS"),
    "decoded": ("one-to-many", "all boxes with their scores; overlapping boxes are left to NMS"),
    "detections": ("one-to-one", "the boxes to show, selected by the model itself"),
}


def explain(contract: str) -> dict[str, str]:
    """Return a contract's outputs in words, and the branch of the head."""
    branch, returns = _MEANINGS[contract]
    return {"returns": returns, "branch": branch}


def read_outputs(signature: Signature, takes: str = NEXT_KINDS) -> OutputSpec:
    """Return the specification of the outputs; `takes` lists the supported models, for messages.

    Raises:
        InputError: The outputs do not fit a detection model, or contradict the metadata.
        UnsupportedModelError: The outputs are not supported.
    """
    claims = signature.claims
    if claims.contract in OTHER_CONTRACTS:
        raise UnsupportedModelError(f"the contract `{claims.contract}` ({claims.path})", takes)
    if claims.contract not in ("", *CONTRACTS):
        raise InputError(
            f"{claims.path}: `edgegen.output.contract` is {shorten(claims.contract)},"
            f" not one of {', '.join(CONTRACTS + OTHER_CONTRACTS)}"
        )
    output = _by_shapes(signature, takes)
    signature.agree("edgegen.output.contract", claims.contract or None, output.contract)
    if claims.end2end and output.needs_nms:
        raise signature.contradiction("`end2end` is true", f"returns {format_shapes(signature.shapes)}")
    if claims.end2end is False and not output.needs_nms:
        raise signature.contradiction(
            "`end2end` is false", f"returns {format_shapes(signature.shapes)}, as end-to-end heads do"
        )
    if output.has_levels:
        signature.agree("edgegen.output.reg_max", claims.reg_max, output.reg_max)
        signature.agree("edgegen.output.strides", claims.strides, output.strides)
        signature.agree("stride", claims.stride, output.strides[-1])
    return output


def parameters(spec: OutputSpec) -> dict[str, Any]:
    """Return the parameters of the outputs besides their shapes."""
    return {"reg_max": spec.reg_max, "strides": list(spec.strides)} if spec.has_levels else {}


def describe_outputs(spec: OutputSpec, kinds: Sequence[str] = ("box", "cls")) -> dict[str, Any]:
    """Return the mapping `output` of metadata.yaml; kinds are the tensors of each level."""
    shapes = [list(shape) for shape in spec.shapes]
    names = [f"{kind}{level}" for level in range(len(spec.strides)) for kind in kinds]
    return {
        "contract": spec.contract,
        "branch": branch_of(spec.contract),
        **parameters(spec),
        "names": names if spec.has_levels else ["detections"],
        "shapes": shapes,
    }


def _by_shapes(signature: Signature, takes: str) -> OutputSpec:
    shapes = signature.shapes
    if shapes and all(len(shape) == 4 for shape in shapes) and len(shapes) % 2 == 0:
        return _levels(signature)
    if len(shapes) == 1 and len(shapes[0]) == 3 and shapes[0][0] == 1:
        return _one_tensor(signature, shapes[0], takes)
    raise UnsupportedModelError(f"the outputs {format_shapes(shapes)} ({signature.pte})", takes)


def _levels(signature: Signature) -> OutputSpec:
    """Read a pair [1, 4 * reg_max, h, w], [1, classes, h, w] for each level, by rising stride."""
    shapes, height, width = signature.shapes, signature.height, signature.width
    strides = []
    bins = shapes[0][1]
    for box, cls in zip(shapes[::2], shapes[1::2], strict=True):
        rows, columns = box[2:]
        fits = rows and columns and height % rows == 0 and width % columns == 0
        stride = height // rows if fits else 0
        if not fits or width // columns != stride or cls[2:] != box[2:] or (box[0], cls[0]) != (1, 1):
            raise InputError(
                f"{signature.pte} returns {format_shapes(shapes)}, which are not levels of a"
                f" {height}x{width} input"
            )
        if box[1] != bins or bins % 4 or not bins:
            raise InputError(
                f"{signature.pte} returns {format_shapes(shapes)}, which are not pairs of boxes and classes"
            )
        _check_classes(signature, cls[1])
        strides.append(stride)
    if strides != sorted(set(strides)):
        raise InputError(f"{signature.pte} returns levels of the strides {strides}, which do not rise")
    # Both branches have the same shapes: only the metadata has the branch.
    claims = signature.claims
    is_one_to_one = claims.contract == "end2end" or (not claims.contract and claims.end2end)
    return OutputSpec("end2end" if is_one_to_one else "raw", shapes, bins // 4, tuple(strides))


def _one_tensor(signature: Signature, shape: tuple[int, ...], takes: str) -> OutputSpec:
    """Read one tensor: [1, 4 + classes, N] of `decoded`, or [1, k, 6] of `detections`."""
    _, rows, count = shape
    expected = 4 + len(signature.claims.class_names)
    if count == DETECTION_COLUMNS and rows and (rows != expected or signature.claims.end2end):
        return OutputSpec("detections", (shape,), classes=len(signature.claims.class_names))
    if rows != expected and count == expected:
        raise UnsupportedModelError(
            f"outputs with a row for each box, {format_shapes([shape])} ({signature.pte})", takes
        )
    _check_classes(signature, rows - 4)
    if not 0 < count <= signature.height * signature.width:
        raise InputError(
            f"{signature.pte} returns {format_shapes([shape])}: {count} boxes for"
            f" {signature.height}x{signature.width} pixels"
        )
    stride, height, width = signature.claims.stride, signature.height, signature.width
    if stride and not _is_pyramid(count, (height // stride) * (width // stride)):
        raise signature.contradiction(
            f"`stride` is {stride}",
            f"returns {count} boxes for {height}x{width}, which such strides cannot give",
        )
    return OutputSpec("decoded", (shape,))


def _check_classes(signature: Signature, actual: int) -> None:
    recorded = len(signature.claims.class_names)
    if recorded != actual:
        raise signature.contradiction(f"{how_many(recorded, 'class')} in `names`", f"has {actual}")


def _is_pyramid(count: int, cells: int) -> bool:
    """Return whether `count` is the sum of levels with 1, and any of 4, 16, 64, ... times `cells` cells.

    These are the levels of the largest stride, of half of it, and so on. In base 4, `count / cells` then has
    only the digits 0 and 1, and ends in 1.
    """
    levels, rest = divmod(count, cells)
    if rest or levels % 4 != 1:
        return False
    while levels:
        levels, digit = divmod(levels, 4)
        if digit > 1:
            return False
    return True
