"""Each mutation of the JavaScript core must fail its comparison, which shows that the comparison works."""

# ruff: noqa: E501 - the table has one row for each mutation
# mypy: disable-error-code="arg-type"

import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from edgegen.model.spec import CENTRE_CROP, LETTERBOX, LETTERBOX_TOP_LEFT, STRETCH
from tests.cpp import box_comparisons, one_to_one
from tests.cpp.letterbox_comparisons import sizes_at_halves
from tests.helpers.mutating import chosen, replaced
from tests.web.vision.core import Core
from tests.web.vision.input_comparisons import check_input, check_plan
from tests.web.vision.node import Node
from tests.web.vision.result_comparisons import CHECKS, check_depth_words
from tests.web.vision.test_boxes import check_rotated_nms

pytestmark = pytest.mark.full

Check = Callable[[Core], object]


def plan(core: Core, resize: str = LETTERBOX) -> None:
    check_plan(core, resize, [((height, 64), (64, 64)) for height in range(1, 200)] + [((1, 200), (64, 64))])
    check_plan(core, resize, sizes_at_halves((640,))[:20])


def plan_top_left(core: Core) -> None:
    plan(core, LETTERBOX_TOP_LEFT)


def letterbox(core: Core) -> None:
    check_input(core, ("detect", "raw", LETTERBOX), 1, 120)


def top_left(core: Core) -> None:
    check_input(core, ("detect", "raw", LETTERBOX_TOP_LEFT), 1, 60)


def stretch(core: Core) -> None:
    check_input(core, ("depth", "depth", STRETCH), 1, 30)


def crop(core: Core) -> None:
    check_input(core, ("classify", "logits", CENTRE_CROP), 1, 120)


def crop_of_detector(core: Core) -> None:
    check_input(core, ("detect", "detections", CENTRE_CROP), 1, 60)


def raw(core: Core) -> None:
    box_comparisons.check_decode_raw(core, 1, 150)


def decoded(core: Core) -> None:
    box_comparisons.check_decode_decoded(core, 1, 100)


def multilabel(core: Core) -> None:
    box_comparisons.check_decode_multilabel(core, 1, 60)


def top_k(core: Core) -> None:
    one_to_one.check_top_k(core, 1, 200)


def detections(core: Core) -> None:
    one_to_one.check_detections(core, 1, 100)


def nms(core: Core) -> None:
    box_comparisons.check_nms(core, 1, 300)


def last_bit(core: Core) -> None:
    box_comparisons.check_nms_last_bit(core, 1, 300)


def image(core: Core) -> None:
    box_comparisons.check_to_image(core, 1, 30)


def rotated_nms(core: Core) -> None:
    check_rotated_nms(core, 1, 300)


def result(task: str, contract: str, cases: int = 60) -> Check:
    """Return the comparison of whole results."""
    return lambda core: CHECKS[task](core, contract, 1, cases)


# Folder and file of the mutation, its name, text, its replacement, the comparison that must fail.
MUTATIONS: list[tuple[str, str, str, str, str, Check]] = [
    ("detect/raw", "tensor.js", "half up instead of half to even", "isHalf ? below + Math.abs(below % 2) :", "false ? 0 :", plan),
    ("detect/raw", "letterbox.js", "no bias for the odd pixel", "ODD_PIXEL_BIAS = 0.1", "ODD_PIXEL_BIAS = -0.1", plan),
    ("detect/raw", "letterbox.js", "no side of at least one pixel", "roundHalfEven(sourceHeight * ratio), 1)", "roundHalfEven(sourceHeight * ratio), 2)", plan),
    ("detect/raw", "letterbox.js", "the larger ratio", "Math.min(inputHeight / sourceHeight", "Math.max(inputHeight / sourceHeight", plan),
    ("detect/raw", "letterbox.js", "another byte of the border", "fill(model.padValue)", "fill(114)", letterbox),
    ("detect/raw", "letterbox.js", "the border of the picture before", "pixels.fill(model.padValue);", "if (!previous) pixels.fill(model.padValue);", letterbox),
    ("detect/raw", "letterbox.js", "the unrounded ratio as gain", "gainX = resizedWidth / sourceWidth", "gainX = ratio", plan),
    ("detect/raw-letterbox_top_left", "letterbox.js", "sizes that are rounded", "Math.trunc(sourceWidth * ratio)", "Math.round(sourceWidth * ratio)", plan_top_left),
    ("detect/raw-letterbox_top_left", "letterbox.js", "heights that are rounded", "Math.trunc(sourceHeight * ratio)", "Math.round(sourceHeight * ratio)", plan_top_left),
    ("detect/raw-letterbox_top_left", "letterbox.js", "no side of at least one pixel", "Math.trunc(sourceHeight * ratio), 1)", "Math.trunc(sourceHeight * ratio), 0)", plan_top_left),
    ("detect/raw-letterbox_top_left", "letterbox.js", "gains of the cut sizes", "[ratio, ratio]", "[resizedWidth / sourceWidth, resizedHeight / sourceHeight]", plan_top_left),
    ("detect/raw-letterbox_top_left", "letterbox.js", "a border at the left", "[left, top] = [0, 0]", "[left, top] = [1, 0]", plan_top_left),
    ("detect/raw-letterbox_top_left", "letterbox.js", "another byte of the border", "fill(model.padValue)", "fill(114)", top_left),
    ("detect/raw-letterbox_top_left", "tensor.js", "a scale for values up to 1", "byte * model.scale", "byte / 255", top_left),
    ("detect/detections-centre_crop", "centre_crop.js", "the other gain", "gainY = resizedHeight / sourceHeight", "gainY = gainX", crop_of_detector),
    ("detect/detections-centre_crop", "pillow_resize.js", "edges instead of centres", "(from + i + 0.5) * scale", "(from + i) * scale", crop_of_detector),
    ("detect/raw", "boxes.js", "no border on the way back", "Math.fround(position - border)", "position", image),
    ("detect/raw", "boxes.js", "a gain in double", "Math.fround(gain)", "gain", image),
    ("detect/raw", "boxes.js", "no clipping", "Math.min(Math.max(inPicture, 0), source)", "Math.max(inPicture, 0)", image),
    ("detect/raw", "resize.js", "weights of 10 bits", "WEIGHT_ONE = 2048", "WEIGHT_ONE = 1024", letterbox),
    ("detect/raw", "resize.js", "aligned corners", "(i + 0.5) * scale - 0.5", "i * scale", letterbox),
    ("detect/raw", "resize.js", "another scale", "1 / (target / source)", "source / (target + 1e-4)", letterbox),
    ("detect/raw", "resize.js", "positions in double", "Math.fround((i + 0.5) * scale - 0.5)", "(i + 0.5) * scale - 0.5", letterbox),
    ("detect/raw", "resize.js", "one pixel early at the border", "Math.min(Math.max(lower + 1, 0), source - 1)", "Math.min(Math.max(lower + 1, 0), Math.max(source - 2, 0))", letterbox),
    ("detect/raw", "resize.js", "weights exchanged", "Math.fround(1 - share) * WEIGHT_ONE", "share * WEIGHT_ONE", letterbox),
    ("detect/raw", "resize.js", "one bit more dropped after the columns", "DROP_AFTER_COLUMNS = 4", "DROP_AFTER_COLUMNS = 5", letterbox),
    ("detect/raw", "resize.js", "one bit more dropped after the rows", "DROP_AFTER_ROWS = 16", "DROP_AFTER_ROWS = 17", letterbox),
    ("detect/raw", "resize.js", "no rounding at the end", "HALF_AT_END = 1 << (DROP_AT_END - 1)", "HALF_AT_END = 0", letterbox),
    ("detect/raw", "resize.js", "rows exchanged", "const above = rows.firstWeight[y]", "const above = rows.secondWeight[y]", letterbox),
    ("detect/raw", "resize.js", "no border at the left", "* plan.inputWidth + plan.left)", "* plan.inputWidth)", letterbox),
    ("detect/raw", "resize.js", "the picture's order of channels", "const red = rgb ? 0 : 2", "const red = 0", letterbox),
    ("detect/raw", "tensor.js", "a scale in float32", "byte * model.scale", "byte * Math.fround(model.scale)", letterbox),
    ("detect/raw", "tensor.js", "no deviation", " / model.std[channel]", "", letterbox),
    ("detect/raw", "tensor.js", "the first channel's table", "second[pixels[byte + 1]]", "first[pixels[byte + 1]]", letterbox),
    ("depth/depth", "stretch.js", "not as high as the input", "resizedHeight: inputHeight", "resizedHeight: Math.max(inputHeight - 1, 1)", stretch),
    ("classify/logits", "pillow_resize.js", "weights of 21 bits", "WEIGHT_BITS = 22", "WEIGHT_BITS = 21", crop),
    ("classify/logits", "pillow_resize.js", "no rounding of bytes", "const HALF = 1 << (WEIGHT_BITS - 1)", "const HALF = 0", crop),
    ("classify/logits", "pillow_resize.js", "no rounding of weights", "(fixed < 0 ? -0.5 : 0.5)", "0", crop),
    ("classify/logits", "pillow_resize.js", "another bicubic filter", "SHARPNESS = -0.5", "SHARPNESS = -0.75", crop),
    ("classify/logits", "pillow_resize.js", "no antialiasing", "Math.max(scale, 1)", "1", crop),
    ("classify/logits", "pillow_resize.js", "sums that go around", "new Uint8ClampedArray(3 * size * height)", "new Uint8Array(3 * size * height)", crop),
    ("classify/logits", "pillow_resize.js", "always along x first", "const isDownFirst =\n    size.height < picture.height", "const isDownFirst =\n    false", crop),
    ("classify/logits", "centre_crop.js", "a longer side that is rounded", "Math.trunc((shorterSide * longer) / shorter)", "Math.round((shorterSide * longer) / shorter)", crop),
    ("classify/logits", "centre_crop.js", "the upper part", "top: -plan.top", "top: 0", crop),
    ("classify/logits", "centre_crop.js", "rounded once", "fround(fround(byte * scale) - fround(mean[channel]))", "(byte * scale - mean[channel])", crop),
    ("classify/logits", "centre_crop.js", "always RGB", "if (!model.rgb)", "if (false)", crop),
    ("detect/raw", "levels.js", "another sigmoid", "Math.exp(-logit)", "Math.exp(-1.00001 * logit)", raw),
    ("detect/raw", "levels.js", "scores at the confidence", "if (score > threshold)", "if (score >= threshold)", raw),
    ("detect/raw", "levels.js", "another cell centre", "CELL_CENTRE = 0.5", "CELL_CENTRE = 0.4999", raw),
    ("detect/raw", "levels.js", "rows and columns exchanged", "x: (cell % level.width)", "x: Math.floor(cell / level.width)", raw),
    ("detect/raw", "levels.js", "levels that all begin with index 0", "firstIndex += cells;", "", raw),
    ("detect/raw", "levels.js", "no stride", "Math.fround(y + bottom) * stride", "Math.fround(y + bottom) * 8", raw),
    ("detect/raw", "levels.js", "the class of the highest logit", "sigmoid(level.logits[classId * level.cells + cell]))", "level.logits[classId * level.cells + cell])", raw),
    ("detect/raw", "levels.js", "bins of another cell", "* level.cells + cell];\n    }", "* level.cells];\n    }", raw),
    ("detect/raw", "levels.js", "bins counted from one", "Math.fround(weight * bin)", "Math.fround(weight * (bin + 1))", raw),
    ("detect/raw", "levels.js", "no maximum in the softmax", "bins[bin] - highest", "Math.min(bins[bin], 0)", raw),
    ("detect/raw", "levels.js", "distances as if they were bins", "if (bins.length === 1) return bins[0];", "", raw),
    ("detect/raw", "boxes.js", "boxes that are not finite", " && box.every(Number.isFinite)", "", raw),
    ("detect/raw", "boxes.js", "classes that are not shown", "keptClasses.length === 0 ||", "true ||", raw),
    ("detect/decoded", "boxes.js", "NaN as the best score", "if (scores[i] > best[place])", "if (!(scores[i] <= best[place]))", decoded),
    ("detect/decoded", "boxes.js", "the last class of equal ones", "if (score > highest)", "if (score >= highest)", decoded),
    ("detect/multilabel", "decode_multilabel.js", "scores at the confidence pass", "if (score > confidence)", "if (score >= confidence)", multilabel),
    ("detect/multilabel", "decode_multilabel.js", "corners instead of a centre", "x - width / 2,", "x,", multilabel),
    ("detect/multilabel", "decode_multilabel.js", "one class less", "classId < model.classNames.length", "classId < model.classNames.length - 1", multilabel),
    ("detect/decoded", "decode_decoded.js", "scores at the confidence pass", "if (!(best[index] > confidence))", "if (!(best[index] >= confidence))", decoded),
    ("detect/decoded", "decode_decoded.js", "corners instead of a centre", "x - width / 2,", "x,", decoded),
    ("detect/decoded", "decode_decoded.js", "a confidence in double", "Math.fround(thresholds.confidence)", "thresholds.confidence + 1e-3", decoded),
    ("detect/end2end", "levels.js", "fewer than are chosen", "LEAST_TOP_K = 300", "LEAST_TOP_K = 299", top_k),
    ("detect/end2end", "levels.js", "more chosen than there are cells", "LEAST_TOP_K), cellCount)", "LEAST_TOP_K), Infinity)", top_k),
    ("detect/end2end", "levels.js", "several classes for a cell when agnostic", "if (thresholds.agnostic)", "if (false)", top_k),
    ("detect/end2end", "levels.js", "one pair too many", "mostConfident(candidates, k)", "mostConfident(candidates, k + 1)", top_k),
    ("detect/end2end", "levels.js", "pairs by score", "one.index - other.index || one.classId - other.classId", "other.score - one.score", top_k),
    ("detect/end2end", "levels.js", "scores at the confidence are chosen", "if (score > confidence)", "if (score >= confidence)", top_k),
    ("detect/detections", "decode_detections.js", "a class number too high", "classNumber < model.classNames.length", "classNumber <= model.classNames.length", detections),
    ("detect/detections", "decode_detections.js", "a class number below zero", "classNumber >= 0", "classNumber > -1", detections),
    ("detect/detections", "decode_detections.js", "scores at the confidence", "!(score > confidence)", "!(score >= confidence)", detections),
    ("detect/detections", "decode_detections.js", "the row before", "outputs[0].data.slice(first, first + SIDES)", "outputs[0].data.slice(first - 1, first - 1 + SIDES)", detections),
    ("detect/raw", "nms.js", "the box's own IoU counts as above", "iouOf(better, box) > iou", "iouOf(better, box) >= iou", last_bit),
    ("detect/raw", "nms.js", "an IoU over the smaller box", "Math.fround(Math.fround(areaOf(a) + areaOf(b)) - intersection)", "Math.min(areaOf(a), areaOf(b))", nms),
    ("detect/raw", "nms.js", "classes moved half as far", "CLASS_OFFSET = 7680", "CLASS_OFFSET = 3840", nms),
    ("detect/raw", "nms.js", "boxes that are moved less, and rounded less", "candidate.classId * CLASS_OFFSET", "(candidate.classId % 2) * CLASS_OFFSET", last_bit),
    ("detect/raw", "nms.js", "classes moved when agnostic", "agnostic ? 0 : ", "", nms),
    ("detect/raw", "nms.js", "one too many kept", "kept.length >= maxDetections", "kept.length > maxDetections", nms),
    ("detect/raw", "nms.js", "all candidates", "mostConfident(candidates, maxCandidates)", "mostConfident(candidates, Infinity)", nms),
    ("detect/raw", "nms.js", "an IoU in double", "return Math.fround(intersection / union)", "return intersection / union", last_bit),
    ("detect/raw", "boxes.js", "the second best first", "other.score - one.score", "one.score - other.score", nms),
    ("detect/raw", "boxes.js", "the gain of the other axis", "toPicture(x, plan.left, plan.gainX,", "toPicture(x, plan.left, plan.gainY,", image),
    ("detect/raw", "boxes.js", "classes in words by number", "counts.get(classId) ?? 0) + 1", "counts.get(classId) ?? 1) + 1", result("detect", "raw")),
    ("detect/raw", "boxes.js", "corners in another order", "box: [x1, y1, x2, y2]", "box: [y1, x1, y2, x2]", result("detect", "raw")),
    ("detect/end2end", "pipeline.js", "the outputs' order", "mostConfident(candidates, thresholds.maxDetections)", "candidates.slice(0, thresholds.maxDetections)", result("detect", "end2end")),
    ("detect/detections", "pipeline.js", "all of them", "candidates.slice(0, thresholds.maxDetections)", "candidates", result("detect", "detections")),
    ("pose/raw", "levels.js", "extras of the next cell", "firstIndex <= index", "firstIndex < index", result("pose", "raw")),
    ("pose/raw", "levels.js", "levels of two tensors", "perLevel = 3", "perLevel = 2", result("pose", "raw")),
    ("pose/decoded", "decode_decoded.js", "extras where the scores are", "SIDES + model.classNames.length;", "SIDES + model.classNames.length - 1;", result("pose", "decoded")),
    ("pose/detections", "decode_detections.js", "extras before the class", "model.extras) + ROW_VALUES;", "model.extras) + ROW_VALUES - 1;", result("pose", "detections")),
    ("pose/raw", "keypoints.js", "no scale", "Math.fround(value * keypointScale)", "Math.fround(value * 2)", result("pose", "raw")),
    ("pose/raw", "keypoints.js", "no shift", "Math.fround(centre + keypointShift)", "centre", result("pose", "raw")),
    ("pose/raw", "keypoints.js", "scores that are logits", "= sigmoid(score)", "= score", result("pose", "raw")),
    ("pose/decoded", "keypoints.js", "not seen where the model has no score", ".fill(1)", ".fill(0)", result("pose", "decoded")),
    ("pose/decoded", "keypoints.js", "keypoints of three values", "values.subarray(k * model.keypointValues", "values.subarray(k * 3", result("pose", "decoded")),
    ("pose/decoded", "pose.js", "keypoints that are not finite", "if (!keypoint.every(Number.isFinite)) continue;", "", result("pose", "decoded", 200)),
    ("pose/decoded", "pose.js", "keypoints with the other border", "toPicture(y, plan.top,", "toPicture(y, plan.left,", result("pose", "decoded")),
    ("pose/decoded", "pose.js", "keypoints that are seen less", "LEAST_VISIBLE = 0.25", "LEAST_VISIBLE = 0.75", result("pose", "decoded")),
    ("obb/raw", "rotated_decode.js", "half of a quarter turn", "QUARTER = 0.25", "QUARTER = 0.125", result("obb", "raw")),
    ("obb/raw", "rotated_decode.js", "every angle from a sigmoid", "rule === 'sigmoid'", "true", result("obb", "raw")),
    ("obb/raw", "rotated_decode.js", "the whole way to the centre", "fround(right - left) / 2", "fround(right - left)", result("obb", "raw")),
    ("obb/raw", "rotated_decode.js", "turned the other way", "fround(forward * cos) - fround(down * sin)", "fround(forward * cos) + fround(down * sin)", result("obb", "raw")),
    ("obb/raw", "rotated_decode.js", "a height of other sides", "fround(top + bottom)", "fround(left + bottom)", result("obb", "raw")),
    ("obb/decoded", "rotated_decode.js", "no angle", "...extrasAt(outputs, model, index)", "0", result("obb", "decoded")),
    ("obb/raw", "rotated_nms.js", "another variance", "VARIANCE = 12", "VARIANCE = 11", rotated_nms),
    ("obb/raw", "rotated_nms.js", "another epsilon", "EPSILON = fround(1e-7)", "EPSILON = fround(1e-5)", rotated_nms),
    ("obb/raw", "rotated_nms.js", "nearer than they are", "FARTHEST = 100", "FARTHEST = 1", rotated_nms),
    ("obb/raw", "rotated_nms.js", "half of a distance", "fround(squares / divisor) * 0.25", "fround(squares / divisor) * 0.125", rotated_nms),
    ("obb/raw", "rotated_nms.js", "no share of the turn", "/ divisor) * 0.5", "/ divisor) * 0", rotated_nms),
    ("obb/raw", "rotated_nms.js", "half of the shape", "fround(Math.log(fround(ratio + EPSILON))) * 0.5", "fround(Math.log(fround(ratio + EPSILON))) * 0.25", rotated_nms),
    ("obb/raw", "rotated_nms.js", "greedy", "betterBoxes.push(box);\n    if (!isSuppressed)", "if (!isSuppressed) betterBoxes.push(box);\n    if (!isSuppressed)", rotated_nms),
    ("obb/raw", "rotated_nms.js", "classes that are not moved apart", "candidate.classId * CLASS_OFFSET", "0", rotated_nms),
    ("obb/raw", "rotated_nms.js", "one too many kept", "kept.length >= maxDetections", "kept.length > maxDetections", rotated_nms),
    ("obb/decoded", "obb.js", "no border", "fround(cy - plan.top)", "cy", result("obb", "decoded")),
    ("obb/decoded", "obb.js", "the other gain of a height", "fround(height / gainY)", "fround(height / gainX)", result("obb", "decoded", 200)),
    ("obb/decoded", "obb.js", "corners turned the other way", "fround((-height / 2) * sin)", "fround((height / 2) * sin)", result("obb", "decoded")),
    ("obb/decoded", "obb.js", "the lowest corner as the highest", "y2: Math.max(...y)", "y2: Math.min(...y)", result("obb", "decoded")),
    ("segment/decoded", "masks.js", "a pixel later", "Math.ceil(edge)", "Math.floor(edge)", result("segment", "decoded", 15)),
    ("segment/decoded", "masks.js", "pixels at 0", "values[x] > 0", "values[x] >= 0", result("segment", "decoded", 15)),
    ("segment/decoded", "masks.js", "boxes without a mask", "bits.includes(1) ? {", "true ? {", result("segment", "decoded", 60)),
    ("segment/decoded", "masks.js", "one column of prototypes less", "columns.upper[columns.upper.length - 1] + 1 - left", "columns.upper[columns.upper.length - 1] - left", result("segment", "decoded", 15)),
    ("segment/decoded", "masks.js", "lines that stay", "rowOfLine[slot] !== row", "rowOfLine[slot] === -1", result("segment", "decoded", 15)),
    ("segment/decoded", "segment.js", "the first prototypes", "outputs[outputs.length - 1]", "{ ...outputs[outputs.length - 1], data: outputs[0].data }", result("segment", "decoded", 15)),
    ("segment/decoded", "segment.js", "runs that begin with ones", "let value = 0;", "let value = 1;", result("segment", "decoded", 15)),
    ("segment/decoded", "outline.js", "points where nothing turns", "if (direction !== heading) turns.push(point)", "turns.push(point)", result("segment", "decoded", 15)),
    ("segment/decoded", "outline.js", "regions in another order", "return contours.reverse()", "return contours", result("segment", "decoded", 15)),
    ("segment/decoded", "outline.js", "regions in holes", "if (labels[point] === BORDER) isEnclosed = true;", "", result("segment", "decoded", 15)),
    ("segment/decoded", "outline.js", "parts joined elsewhere", "least = x * x + y * y;", "least = -1;", result("segment", "decoded", 15)),
    ("segment/decoded", "outline.js", "back along the same side", "back.push(ring.slice(turn))", "back.push(ring.slice(0, turn + 1))", result("segment", "decoded", 15)),
    ("segment/decoded", "bilinear.js", "edges instead of centres", "fround(fround((i + 0.5) * scale) - 0.5)", "fround(i * scale)", result("segment", "decoded", 15)),
    ("segment/decoded", "bilinear.js", "the same neighbour twice", "Math.min(lower[i] + 1, source - 1)", "lower[i]", result("segment", "decoded", 15)),
    ("classify/logits", "classify.js", "no softmax", "model.contract === 'logits'", "false", result("classify", "logits")),
    ("classify/probabilities", "classify.js", "a softmax too many", "model.contract === 'logits'", "true", result("classify", "probabilities")),
    ("classify/logits", "classify.js", "no highest logit", "fround(logit - highest)", "logit", result("classify", "logits", 200)),
    ("classify/logits", "classify.js", "NaN as a probability", "Number.isNaN(probability) ? 0 : probability", "probability", result("classify", "logits")),
    ("classify/logits", "classify.js", "one class more", ".slice(0, maxDetections)", ".slice(0, maxDetections + 1)", result("classify", "logits")),
    ("classify/logits", "classify.js", "classes that are not shown", "keptClasses.length === 0 ||", "true ||", result("classify", "logits")),
    ("semantic/logits", "semantic.js", "of equal classes the higher", "others[x] > best[x]", "others[x] >= best[x]", result("semantic", "logits")),
    ("semantic/logits", "semantic.js", "one class below nothing", "isOneClass ? 0 : -Infinity", "-Infinity", result("semantic", "logits")),
    ("semantic/logits", "semantic.js", "another value for no class", "IGNORED = 255", "IGNORED = 254", result("semantic", "logits")),
    ("semantic/logits", "semantic.js", "a choice of one class", "!isOneClass && model.keptClasses", "model.keptClasses", result("semantic", "logits")),
    ("semantic/logits", "semantic.js", "the smallest first", "other.pixels - one.pixels", "one.pixels - other.pixels", result("semantic", "logits")),
    ("semantic/logits", "semantic.js", "runs that go on", "classMap[i] === classMap[first]", "classMap[i] >= classMap[first]", result("semantic", "logits")),
    ("semantic/logits", "dense_map.js", "rows of another map", "(map * this.height + y) * this.width, this.inputColumns", "y * this.width, this.inputColumns", result("semantic", "logits")),
    ("semantic/logits", "dense_map.js", "the border above", "this.inputRow(map, this.top + y);\n      resizeRow", "this.inputRow(map, y);\n      resizeRow", result("semantic", "logits")),
    ("semantic/logits", "dense_map.js", "straight to the picture", "width === inputWidth && height === inputHeight", "2 * width >= inputWidth", result("semantic", "logits")),
    ("semantic/logits", "dense_map.js", "lines that stay", "this.rows[slot] !== y", "this.rows[slot] === -1", result("semantic", "logits")),
    ("depth/depth", "dense_map.js", "a resize that changes nothing", "this.hasPictureSize = !this.corners && resizedWidth", "this.hasPictureSize = resizedWidth", result("depth", "depth", 200)),
    ("depth/depth", "bilinear.js", "corners one apart", "(source - 1) / (target - 1)", "(source - 1) / target", result("depth", "depth")),
    ("depth/depth", "bilinear.js", "a share in double", "fround(fround(1 - share) * source[start + lower[x]])", "(1 - share) * source[start + lower[x]]", result("depth", "depth")),
    ("depth/depth", "bilinear.js", "rows mixed the other way", "fround(rest * upper[x]) + fround(share * lower[x])", "fround(share * upper[x]) + fround(rest * lower[x])", result("depth", "depth")),
    ("depth/depth", "depth.js", "infinite distances", "if (!Number.isFinite(distance)) continue;", "if (Number.isNaN(distance)) continue;", result("depth", "depth", 200)),
    ("depth/depth", "depth.js", "a half that is rounded up", "roundHalfEven(10 * distance) / 10", "distance", check_depth_words),
    ("depth/depth", "depth.js", "pieces that are lost", "first += piece", "first += piece + 1", result("depth", "depth")),
]  # fmt: skip
IDS = [f"{folder}/{file}: {name}" for folder, file, name, *_ in MUTATIONS]


@pytest.fixture(scope="module")
def broken() -> Iterator[Node]:
    """Return a process for mutated cores."""
    node = Node()
    yield node
    node.close()


@pytest.mark.parametrize("number", chosen("web", IDS, proof="javascript", every=12))
def test_mutation_is_noticed(js: Core, broken: Node, tmp_path: Path, number: int) -> None:
    """The comparison fails for the mutated core."""
    folder, file, _, old, new, check = MUTATIONS[number]
    shutil.copytree(js.root / folder, tmp_path / folder)
    shutil.copy(js.root / "package.json", tmp_path)
    replaced(tmp_path / folder / file, old, new)
    with pytest.raises((AssertionError, ValueError, IndexError, TypeError)) as failure:
        check(Core(broken, tmp_path))
    assert not re.search("ERR_MODULE_NOT_FOUND|SyntaxError", str(failure.value)), "the mutant does not run"
