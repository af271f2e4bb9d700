"""Each mutation of the tasks must fail its comparison, which shows that the comparison works."""

# ruff: noqa: E501 - the table has one row for each mutation

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cpp import int8, task_checks, test_bytetrack, test_contours, test_pillow
from tests.cpp.compiler import CORE, HERE
from tests.cpp.mutants import mutant_of, mutated_core, sound_objects
from tests.cpp.native_tasks import Tasks
from tests.helpers.mutating import chosen
from tests.helpers.once import Once

pytestmark = pytest.mark.full

HARNESS = HERE / "task_harness.cpp"
Check = Callable[[Tasks], object]


def pose(tasks: Tasks) -> None:
    task_checks.check_pose(tasks, 1, 150)


def points_in_int8(tasks: Tasks) -> None:
    int8.check_tasks(tasks, "pose", 1, 60)


def angles_in_int8(tasks: Tasks) -> None:
    int8.check_tasks(tasks, "obb", 1, 60)


def coefficients_in_int8(tasks: Tasks) -> None:
    int8.check_tasks(tasks, "segment", 1, 60)


def keep(tasks: Tasks) -> None:
    task_checks.check_keep(tasks, 1, 10)


def obb(tasks: Tasks) -> None:
    task_checks.check_obb(tasks, 1, 400)


def overlaps(tasks: Tasks) -> None:
    task_checks.check_overlaps(tasks, 1, 2000)


def corners(tasks: Tasks) -> None:
    task_checks.check_corners(tasks, 1, 200)


def tiny_boxes(tasks: Tasks) -> None:
    task_checks.check_tiny_overlaps(tasks, 1, 2000)


def segment(tasks: Tasks) -> None:
    task_checks.check_segment(tasks, 1, 120)


def semantic(tasks: Tasks) -> None:
    task_checks.check_semantic(tasks, 1, 120)


def depth(tasks: Tasks) -> None:
    task_checks.check_depth(tasks, 1, 60)


def classify(tasks: Tasks) -> None:
    task_checks.check_classify(tasks, 1, 60)


def contours(tasks: Tasks) -> None:
    test_contours.check_contours(tasks, 1, 300)


def joined(tasks: Tasks) -> None:
    test_contours.check_joined(tasks, 1, 300)


def pillow(tasks: Tasks) -> None:
    test_pillow.check_resize(tasks, 1, 300)


def crop(tasks: Tasks) -> None:
    test_pillow.check_crop(tasks, 1, 200)


def moving(tasks: Tasks) -> None:
    test_bytetrack.check_moving(tasks)


def turning(tasks: Tasks) -> None:
    test_bytetrack.check_turning(tasks)


def equal(tasks: Tasks) -> None:
    test_bytetrack.check_equal(tasks)


def stored(tasks: Tasks) -> None:
    test_pillow.check_stored(tasks, 1, 160)


# Name of the mutation, file, text, its replacement, the comparison that must fail.
MUTATIONS: list[tuple[str, str, str, str, Check]] = [
    ("extras of a cell too far", "levels.cpp", "outputs[tensor].numbers().from(index), cells", "outputs[tensor].floats() + (index + 1) % cells, cells", pose),
    ("points in int8 without their zero point", "levels.cpp", "outputs[tensor].numbers().from(index), cells", "Numbers(outputs[tensor].numbers().from(index).bytes(), {outputs[tensor].scale, 0}), cells", points_in_int8),
    ("angles in int8 without their scale", "levels.cpp", "outputs[tensor].numbers().from(index), cells", "Numbers(outputs[tensor].numbers().from(index).bytes(), {1, outputs[tensor].zero_point}), cells", angles_in_int8),
    ("coefficients in int8 with another output's zero point", "levels.cpp", "outputs[tensor].numbers().from(index), cells", "Numbers(outputs[tensor].numbers().from(index).bytes(), {outputs[tensor].scale, outputs[0].zero_point}), cells", coefficients_in_int8),
    ("extras of a cell's neighbour", "levels.cpp", "index / width) + kCellCentre", "index / width) - kCellCentre", pose),
    ("classes for extras", "levels.cpp", "tensors_per_level(extras) * (i + 1) - 1;", "tensors_per_level(extras) * (i + 1) - (index % 97 == 5 ? 2 : 1);", obb),
    ("extras of a row one value too early", "decode_detections.cpp", "(kRowValues + extras) + kRowValues}", "(kRowValues + extras) + kRowValues - 1}", pose),
    ("extras of a column one row too early", "decode_decoded.cpp", "(kBoxValues + info.class_names.size()) * columns", "(kBoxValues - 1 + info.class_names.size()) * columns", pose),
    ("two values for three", "keypoints.cpp", "kValuesWithScore = 3", "kValuesWithScore = 2", pose),
    ("no scale of a point", "keypoints.cpp", "point.y * rule.scale", "point.y * 2", pose),
    ("no shift of a point", "keypoints.cpp", "extras.x + rule.shift", "extras.x - rule.shift", pose),
    ("no stride of a point", "keypoints.cpp", "+ x) * extras.stride", "+ x) * 8", pose),
    ("the logit for the score", "keypoints.cpp", "point.score = sigmoid(point.score)", "point.score = point.score + 0", pose),
    ("a point that is none", "keypoints.cpp", "!std::isfinite(point.score)) return {0, 0, 0};", "!std::isfinite(point.score)) return {0, 0, point.score};", pose),
    ("a point's border of the other side", "letterbox.cpp", "back(point.y, plan.top,", "back(point.y, plan.left,", pose),
    ("a point's gain of the other side", "letterbox.cpp", "plan.gain_x, plan.source_width)", "plan.gain_y, plan.source_width)", pose),
    ("a point outside", "letterbox.cpp", "std::clamp(moved, 0.0F, static_cast<float>(size))", "size < 0 ? 0 : moved", pose),
    ("a quarter of a turn less", "tasks/obb.cpp", "kLeastTurn = 0.25F", "kLeastTurn = 0.5F", obb),
    ("half of pi", "tasks/obb.cpp", "kPi = 3.14159265F", "kPi = 3.1415F", obb),
    ("the rule of the other head", "tasks/obb.cpp", "angle_rule == AngleRule::kLogit", "angle_rule != AngleRule::kLogit", obb),
    ("the centre turned the other way", "rotated_nms.cpp", "forward * cosine - down * sine + x", "forward * cosine + down * sine + x", obb),
    ("the centre not halved", "rotated_nms.cpp", "(bottom - top) / 2", "(bottom - top) / 1", obb),
    ("sides exchanged", "rotated_nms.cpp", "(left + right) * stride, (top + bottom) * stride", "(top + bottom) * stride, (left + right) * stride", obb),
    ("corners of a mirrored box", "rotated_nms.cpp", "-box.height / 2 * sine", "box.height / 2 * sine", corners),
    ("classes closer together", "rotated_nms.cpp", "kClassOffset = 7680", "kClassOffset = 10", obb),
    ("another variance", "rotated_nms.cpp", "kVariance = 12", "kVariance = 11", obb),
    ("a variance of the other axis", "rotated_nms.cpp", "along * (sine * sine) + across * (cosine * cosine)", "across * (sine * sine) + along * (cosine * cosine)", overlaps),
    ("a covariance of the other sign", "rotated_nms.cpp", "(along - across) * cosine * sine", "(across - along) * cosine * sine", overlaps),
    ("a quarter", "rotated_nms.cpp", "(spread + kEpsilon) * 0.25F", "(spread + kEpsilon) * 0.26F", overlaps),
    ("a half", "rotated_nms.cpp", "(spread + kEpsilon) * 0.5F", "(spread + kEpsilon) * 0.4F", overlaps),
    ("half a logarithm", "rotated_nms.cpp", "sizes + kEpsilon) * 0.5F", "sizes + kEpsilon) * 0.6F", overlaps),
    ("four times", "rotated_nms.cpp", "4 * std::sqrt(one.determinant", "3.9F * std::sqrt(one.determinant", overlaps),
    ("a larger epsilon", "rotated_nms.cpp", "kEpsilon = 1e-7F", "kEpsilon = 1e-6F", tiny_boxes),
    ("boxes too near", "rotated_nms.cpp", "kFarthest = 100", "kFarthest = 0.1F", overlaps),
    ("suppressed boxes do not suppress", "rotated_nms.cpp", "better_boxes.push_back(box);", "if (!is_suppressed) better_boxes.push_back(box);", obb),
    ("not strictly above", "rotated_nms.cpp", "probiou(better, box) > iou", "probiou(better, box) > 0.9F * iou", obb),
    ("one box too many", "rotated_nms.cpp", "if (kept.size() == max_det) break;", "if (kept.size() == max_det + 1) break;", obb),
    ("agnostic like any other", "rotated_nms.cpp", "options.agnostic ? 0 :", "false && options.agnostic ? 0 :", obb),
    ("a turned box clipped", "tasks/obb.cpp", "{(box.cx - static_cast<float>(plan.left)) / gain_x", "{std::max(box.cx - static_cast<float>(plan.left), 0.0F) / gain_x", obb),
    ("a gain of the other side", "tasks/obb.cpp", "box.height / gain_y", "box.height / gain_x", obb),
    ("pixel corners for centres", "bilinear.cpp", "kPixelCentre = 0.5F", "kPixelCentre = 0.25F", segment),
    ("another stride of prototypes", "masks.cpp", "kPrototypeStride = 4", "kPrototypeStride = 8", segment),
    ("no half border", "masks.cpp", "border | border / 2", "border", segment),
    ("a border of one side", "masks.cpp", "(whole.input_height - whole.resized_height) | (whole.input_width", "(whole.input_width - whole.resized_width) | (whole.input_width", segment),
    ("a crop one pixel too wide", "masks.cpp", "static_cast<int>(std::ceil(position))", "static_cast<int>(std::floor(position))", segment),
    ("no lowest coefficient", "masks.cpp", "std::size_t k = 0; k < static_cast<std::size_t>(count_)", "std::size_t k = 1; k < static_cast<std::size_t>(count_)", segment),
    ("not above 0", "masks.cpp", "lower[x] > 0 ? 1 : 0", "lower[x] >= 0 ? 1 : 0", segment),
    ("the weight of the other row", "masks.cpp", "(1 - weight) * upper[x] + weight * lower[x] > 0", "weight * upper[x] + (1 - weight) * lower[x] > 0", segment),
    ("the weight of the other row, upsampling", "masks.cpp", "out[x] = (1 - weight) * upper[x] + weight * lower[x];", "out[x] = weight * upper[x] + (1 - weight) * lower[x];", segment),
    ("the weight of the other column", "masks.cpp", "(1 - weight[x]) * in[first[x]", "(1 + weight[x]) * in[first[x]", segment),
    ("the border not cut", "masks.cpp", "    left = cut.left;\n", "", segment),
    ("empty masks shown", "masks.cpp", "if (any == 0) {", "if (any > 1) {", segment),
    ("boxes of the input on the picture", "tasks/segment.cpp", "thresholds.retina_masks ? box : candidate", "box", segment),
    ("no first point", "contour.cpp", "unsigned before = direction ^ kLeft;", "unsigned before = direction;", contours),
    ("every point", "contour.cpp", "if (direction != before) contour", "if (true) contour", contours),
    ("things in holes", "contour.cpp", "if (row[x] == kBorder) inside = true;", "", contours),
    ("first contours first", "contour.cpp", "  std::reverse(contours.begin(), contours.end());\n", "", contours),
    ("no end of a thing", "contour.cpp", "if (direction != 0 && direction - 1 < from)", "if (direction > from)", contours),
    ("the last of equally close points", "contour.cpp", ">= least) continue", "> least) continue", joined),
    ("never turned around", "contour.cpp", "is_between && entry[i] > exit[i]", "false && is_between", joined),
    ("not closed", "contour.cpp", "    contour.push_back(contour.front());\n", "", joined),
    ("not back again", "contour.cpp", "i-- > 1;) {", "i-- > 2;) {", joined),
    ("a polygon's border", "contour.cpp", "part_.left + point.x, plan_.left", "part_.left + point.x, plan_.top", segment),
    ("weights of 21 bits", "pillow_resize.cpp", "kWeightBits = 22", "kWeightBits = 21", pillow),
    ("no rounding of sums", "pillow_resize.cpp", "kHalf = 1 <<", "kHalf = 0 <<", pillow),
    ("no rounding of weights", "pillow_resize.cpp", "(weight < 0 ? -0.5 : 0.5)", "0", pillow),
    ("another bicubic", "pillow_resize.cpp", "a = -0.5", "a = -0.75", pillow),
    ("no antialiasing", "pillow_resize.cpp", "stretch = std::max(scale, 1.0)", "stretch = 1.0", pillow),
    ("always across first", "pillow_resize.cpp", "> 2 * (source_width - width)", "> 20000 + 2 * (source_width - width)", pillow),
    ("down first where across pays", "pillow_resize.cpp", "> 2 * (source_width - width)", "> 1 * (source_width - width)", pillow),
    ("support of the other filter", "pillow_resize.cpp", "PillowFilter::kBilinear ? 1 : 2)", "PillowFilter::kBilinear ? 1 : 1)", pillow),
    ("windows too short", "pillow_resize.cpp", "centre + support + 0.5", "centre + support - 0.5", pillow),
    ("half up for half to even", "centre_crop.cpp", "-round_half_even((plan.resized_width - input_width) / 2.0)", "-((plan.resized_width - input_width + 1) / 2)", crop),
    ("a longer side rounded", "centre_crop.cpp", "static_cast<double>(std::int64_t{shorter_side} * longer) / shorter", "0.5 + static_cast<double>(std::int64_t{shorter_side} * longer) / shorter", crop),
    ("no stretching", "centre_crop.cpp", "if (shorter_side > 0)", "if (shorter_side >= 0)", crop),
    ("always stretched", "centre_crop.cpp", "if (shorter_side > 0)", "if (shorter_side < 0)", crop),
    ("another filter for a crop", "centre_crop.cpp", "info.is_bicubic ?", "!info.is_bicubic ?", crop),
    ("corners on corners where edges meet", "dense_map.cpp", "const bool corners = !letterboxed;", "const bool corners = true;", semantic),
    ("edges on edges where corners meet", "dense_map.cpp", "const bool corners = !letterboxed;", "const bool corners = false;", depth),
    ("the border left in", "dense_map.cpp", "letterboxed ? plan.top : 0", "0", semantic),
    ("rows exchanged", "dense_map.cpp", "(1 - weight) * upper[x] + weight * lower[x]", "weight * upper[x] + (1 - weight) * lower[x]", depth),
    ("a step too long", "bilinear.cpp", "(from - 1.0) / (to - 1)", "(from - 0.9) / (to - 1)", depth),
    ("the last of equal classes", "tasks/semantic.cpp", "!(logits[x] > best_[x])", "!(logits[x] >= best_[x])", semantic),
    ("one class like several", "tasks/semantic.cpp", "count_ == 1 ? 1 : c", "c", semantic),
    ("classes that are not shown", "tasks/semantic.cpp", "id = kNoClass;", "id = 0;", semantic),
    ("no largest logit", "tasks/classify.cpp", "std::exp(value - highest)", "std::exp(value)", classify),
    ("ties the other way", "tasks/classify.cpp", "a.class_id < b.class_id", "a.class_id > b.class_id", classify),
    ("softmax of probabilities", "tasks/classify.cpp", "if (has_logits_) softmax", "softmax", classify),
    ("a later sight of what is sure", "bytetrack.cpp", "kHighScore = 0.25F", "kHighScore = 0.3F", moving),
    ("nearer pairs only", "bytetrack.cpp", "kFirstLimit = 0.8", "kFirstLimit = 0.75", moving),
    ("nearer doubtful pairs", "bytetrack.cpp", "kSecondLimit = 0.5", "kSecondLimit = 0.4", moving),
    ("nearer new pairs", "bytetrack.cpp", "kNewLimit = 0.7", "kNewLimit = 0.5", moving),
    ("less patience", "bytetrack.cpp", "kPatience = 30", "kPatience = 29", moving),
    ("more duplicates", "bytetrack.cpp", "kDuplicate = 0.15F", "kDuplicate = 0.3F", moving),
    ("a surer place", "motion.cpp", "kPlace = 1.0 / 20", "kPlace = 1.0 / 21", moving),
    ("a surer speed", "motion.cpp", "kVelocity = 1.0 / 160", "kVelocity = 1.0 / 170", moving),
    ("another aspect", "motion.cpp", "kAspect = 1e-2", "kAspect = 2e-2", moving),
    ("an aspect seen otherwise", "motion.cpp", "kAspectSeen = 1e-1", "kAspectSeen = 2e-1", moving),
    ("a faster aspect", "motion.cpp", "kAspectVelocity = 1e-5", "kAspectVelocity = 1e-3", moving),
    ("a lost one that grows", "motion.cpp", "if (is_lost) velocity_[kHeightAt] = 0;", "(void)is_lost;", moving),
    ("nothing of the score", "bytetrack.cpp", "if (is_fused) cost", "if (is_fused && cost < 0) cost", moving),
    ("the older duplicate goes", "bytetrack.cpp", "(age > other ?", "(age < other ?", moving),
    ("shown at first sight", "bytetrack.cpp", "picture_ == 1}", "true}", moving),
    ("sides that change places", "bytetrack.cpp", "angle += kPi / 2;", "angle -= kPi / 3;", turning),
    ("the first of equal columns", "assignment.cpp", "column = size_; column-- > 0;", "column = 0, left = size_; left-- > 0; column = size_ - left", equal),
    ("a price too low", "assignment.cpp", "prices_[column_of_[row]] -= least;", "prices_[column_of_[row]] -= 2 * least + 0.1;", moving),
    ("nobody at the full limit", "bytetrack.cpp", "costs(size * size, limit / 2)", "costs(size * size, limit)", moving),
    ("masks that stay behind", "result.h", "  keep_items(result.masks.parts, places);\n", "", moving),
    ("points that stay behind", "result.h", "kept.push_back(items[place * each + k])", "kept.push_back(items[place * each])", moving),
    ("corners that stay behind", "result.h", "  keep_items(result.rotated, places);\n", "", keep),
    ("all but the wanted", "result.h", "if (wanted(i))", "if (!wanted(i))", keep),
    ("one that ended goes on", "bytetrack.cpp", "|| std::count(ended_.begin(), ended_.end(), track.number) > 0) continue;", ") continue;", moving),
    ("angles that jump", "bytetrack.cpp", "std::nearbyint((found.angle - track.angle) / kPi)", "0 * track.angle", turning),
]  # fmt: skip
IDS = [name for name, *_ in MUTATIONS]


@pytest.fixture(scope="session")
def objects(once: Once) -> Path:
    """Return a folder with the object files of the unmodified tasks."""
    return sound_objects(once, HARNESS)


@pytest.mark.parametrize("number", chosen("cpp", IDS, proof="core", every=15))
def test_comparison_fails_for_a_mutated_task(tmp_path: Path, objects: Path, number: int) -> None:
    _, file, old, new, check = MUTATIONS[number]
    part = "tracking" if (CORE / "tracking" / file).exists() else "vision"
    core = mutated_core(tmp_path, (f"{part}/{file}", old, new))
    # Tracks and the harness use the inline functions that are mutated there.
    units = [core / "tracking/bytetrack.cpp", HARNESS] if file == "result.h" else [core / part / file]
    library = mutant_of(core, units, HARNESS, objects, tmp_path / "tasks.so")
    with pytest.raises((AssertionError, ValueError)):
        check(Tasks(library))


@pytest.mark.parametrize(
    "check", dict.fromkeys(check for *_, check in MUTATIONS), ids=lambda check: check.__name__
)
def test_comparison_passes_for_the_unmodified_tasks(tasks: Tasks, check: Check) -> None:
    """A comparison that always fails would detect nothing."""
    check(tasks)
