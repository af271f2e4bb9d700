"""The task detection, its contracts, and the base of tasks whose candidates have extras."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final

from edgegen.base.errors import InputError, UnsupportedModelError
from edgegen.base.text import how_many
from edgegen.model.spec import (
    CENTRE_CROP,
    CONTRACTS,
    LETTERBOX,
    LETTERBOX_TOP_LEFT,
    MULTILABEL,
    STRETCH,
    Extras,
    OutputSpec,
)
from edgegen.tasks.task import Shapes, Signature, Task, format_shapes

LOGITS: Final = (-7.0, 6.0)  # class logits: scores from 0.0009, below LEAST_CONFIDENCE, to 0.9975
_MEANINGS: Final = {
    "raw": "boxes and class logits of each level; overlapping boxes are left to NMS",
    "end2end": "boxes and class logits of each level; the best are kept, without NMS",
    "decoded": "all boxes with their scores; overlapping boxes are left to NMS",
    MULTILABEL: "all boxes with their scores, each for several classes; overlapping boxes are left to NMS",
    "detections": "the boxes to show, selected by the model itself",
}
_DETECTION_COLUMNS: Final = 6  # x1 y1 x2 y2 score class


def meanings_with(extras: str) -> dict[str, str]:
    """Return the meanings of detection's contracts for boxes with extras."""
    return {
        name: text.replace("boxes", f"boxes, {extras}", 1)
        for name, text in _MEANINGS.items()
        if name != MULTILABEL
    }


class Detect(Task):
    """Boxes with a class and a score."""

    name = "detect"
    decoder_path = "edgegen.tasks.detect.decoder:DetectDecoder"
    takes = "edgegen takes detection models whose .pte returns raw heads, [1, 4 + classes, N] or [1, N, 6]"
    meanings: Mapping[str, str] = _MEANINGS
    kinds: Sequence[str] = ("box", "cls")
    heads = ("raw", "end2end", "decoded")
    library_contracts = ("decoded", "detections")
    resizes: Sequence[str] = (LETTERBOX, LETTERBOX_TOP_LEFT, CENTRE_CROP, STRETCH)
    choices: Sequence[str] = ("confidence", "iou", "max_det", "agnostic", "classes")
    json_key = "detections"
    result_noun = "boxes"
    loss_unit = "boxes"

    def read_outputs(self, signature: Signature) -> OutputSpec:
        return _read_outputs(signature, self.takes)

    def bounds(self, outputs: int) -> Mapping[int, tuple[float, float]]:
        return {place: LOGITS for place in range(outputs) if place % len(self.kinds) == 1}


def read_with_extras(signature: Signature, extras: Extras, takes: str) -> OutputSpec:
    """Return the specification of outputs whose candidates have extras.

    The extras are removed from the shapes, and detection reads the rest.
    """
    shapes = _without_extras(signature, extras.channels)
    output = _read_outputs(replace(signature, shapes=shapes), takes)
    return replace(output, shapes=signature.shapes, extras=extras)


def _read_outputs(signature: Signature, takes: str) -> OutputSpec:
    """Return the specification of the outputs; `takes` lists the supported models, for messages."""
    signature.check_contract((*CONTRACTS, MULTILABEL))
    shapes = signature.shapes
    if shapes and all(len(shape) == 4 for shape in shapes) and len(shapes) % 2 == 0:
        output = _levels(signature)
    elif len(shapes) == 1 and len(shapes[0]) == 3 and shapes[0][0] == 1:
        output = _one_tensor(signature, shapes[0], takes)
    else:
        raise signature.unsupported(takes)
    signature.agree("edgegen.output.contract", signature.contract or None, output.contract)
    if signature.end2end and output.needs_nms:
        raise signature.contradiction("`end2end` is true", f"returns {format_shapes(signature.shapes)}")
    if signature.end2end is False and not output.needs_nms:
        raise signature.contradiction(
            "`end2end` is false", f"returns {format_shapes(signature.shapes)}, as end-to-end heads do"
        )
    if output.has_levels:
        signature.agree("edgegen.output.reg_max", signature.reg_max, output.reg_max)
        signature.agree("edgegen.output.strides", signature.strides, output.strides)
        signature.agree("stride", signature.stride, output.strides[-1])
    return output


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
        signature.check_classes(cls[1])
        strides.append(stride)
    if strides != sorted(set(strides)):
        raise InputError(f"{signature.pte} returns levels of the strides {strides}, which do not rise")
    # Both branches have the same shapes: only the metadata has the branch.
    is_one_to_one = signature.contract == "end2end" or (not signature.contract and signature.end2end)
    return OutputSpec("end2end" if is_one_to_one else "raw", shapes, bins // 4, tuple(strides))


def _one_tensor(signature: Signature, shape: tuple[int, ...], takes: str) -> OutputSpec:
    """Read one tensor: [1, 4 + classes, N] of `decoded` and `multilabel`, or [1, k, 6] of `detections`."""
    _, rows, count = shape
    expected = 4 + len(signature.class_names)
    if count == _DETECTION_COLUMNS and rows and (rows != expected or signature.end2end):
        return OutputSpec("detections", (shape,), classes=len(signature.class_names))
    if rows != expected and count == expected:
        raise UnsupportedModelError(
            f"outputs with a row for each box, {format_shapes([shape])} ({signature.pte})", takes
        )
    signature.check_classes(rows - 4)
    if not 0 < count <= signature.height * signature.width:
        raise InputError(
            f"{signature.pte} returns {format_shapes([shape])}: {count} boxes for"
            f" {signature.height}x{signature.width} pixels"
        )
    stride, height, width = signature.stride, signature.height, signature.width
    if stride and not _is_pyramid(count, (height // stride) * (width // stride)):
        raise signature.contradiction(
            f"`stride` is {stride}",
            f"returns {count} boxes for {height}x{width}, which such strides cannot give",
        )
    is_multilabel = signature.contract == MULTILABEL and not signature.extras.channels
    return OutputSpec(MULTILABEL if is_multilabel else "decoded", (shape,))


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


def _without_extras(signature: Signature, channels: int) -> Shapes:
    """Remove the extras from the shapes. Detection rejects shapes that are neither levels nor a table."""
    shapes, classes = signature.shapes, len(signature.class_names)
    other = signature.contradiction(
        f"{how_many(classes, 'class')} in `names` and {how_many(channels, 'more number')} for each box",
        f"returns {format_shapes(shapes)}",
    )
    if shapes and all(len(shape) == 4 for shape in shapes):
        if len(shapes) % 3:
            raise other
        for box, extra in zip(shapes[::3], shapes[2::3], strict=True):
            if extra != (1, channels, *box[2:]):
                raise other
        return tuple(shape for place, shape in enumerate(shapes) if place % 3 != 2)
    if len(shapes) == 1 and len(shapes[0]) == 3 and shapes[0][0] == 1:
        _, rows, columns = shapes[0]
        expected = 4 + classes + channels
        if columns == _DETECTION_COLUMNS + channels and (rows != expected or signature.end2end):
            return ((1, rows, _DETECTION_COLUMNS),)
        if rows != expected:
            raise other
        return ((1, rows - channels, columns),)
    return shapes


TASK: Final = Detect()
