"""Each mutation of the core must fail its comparison, which shows that the comparison works."""

# ruff: noqa: E501 - the table has one row for each mutation

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cpp.compiler import HERE, core_units
from tests.cpp.mutants import mutant_of, mutated_core, sound_objects
from tests.cpp.native import Core
from tests.cpp.quick_checks import (
    bytes_in,
    bytes_out,
    decoded,
    detections,
    first,
    image,
    last_bit,
    letterbox,
    multilabel,
    nms,
    plan,
    raw,
    stored,
    tensor,
    top_k,
)
from tests.helpers.mutating import chosen
from tests.helpers.once import Once

pytestmark = pytest.mark.full

HARNESS = HERE / "harness.cpp"
Check = Callable[[Core], object]


# Name of the mutation, file, text, its replacement, the comparison that must fail.
MUTATIONS: list[tuple[str, str, str, str, Check]] = [
    ("half up instead of half to even", "model_info.h", " && whole % 2 != 0", "", plan),
    ("half down", "model_info.h", "rest > Real(0.5) || (rest == Real(0.5) && whole % 2 != 0)", "rest > Real(0.5)", plan),
    ("no bias for the odd pixel", "letterbox.cpp", "kOddPixelBias = 0.1", "kOddPixelBias = -0.1", plan),
    ("no side of at least one pixel", "letterbox.cpp", "* ratio)), 1);\n  plan.left", "* ratio)), 2);\n  plan.left", plan),
    ("int8 that is rounded half away from zero", "model_info.h", "std::nearbyint(value / steps.scale)", "std::round(value / steps.scale)", bytes_in),
    ("int8 that wraps", "model_info.h", "std::clamp(number, -128.0F, 127.0F)", "static_cast<int>(number)", bytes_in),
    ("int8 without its zero point", "model_info.h", " + static_cast<float>(steps.zero_point);", ";", bytes_in),
    ("every picture letterboxed", "letterbox.cpp", "plan = make_plan_(", "plan = plan_letterbox(", letterbox),
    ("sides at the top left that are rounded", "letterbox_top_left.cpp", "static_cast<int>(source_height * ratio)", "static_cast<int>(source_height * ratio + 0.5)", plan),
    ("no side of at least one pixel at the top left", "letterbox_top_left.cpp", "source_width * ratio), 1)", "source_width * ratio), 0)", plan),
    ("the border at the left", "letterbox_top_left.cpp", "  return plan;", "  plan.left = input_width - plan.resized_width;\n  return plan;", letterbox),
    ("gains of the cut sides", "letterbox_top_left.cpp", "plan.gain_x = plan.gain_y = ratio;", "plan.gain_x = static_cast<double>(plan.resized_width) / source_width;\n  plan.gain_y = static_cast<double>(plan.resized_height) / source_height;", plan),
    ("values without their zero point", "model_info.h", "static_cast<float>(number - zero_point)", "static_cast<float>(number)", bytes_out),
    ("values of another scale", "model_info.h", "(number - zero_point) * scale;", "(number - zero_point) * (scale * 1.0001F);", bytes_out),
    ("the larger ratio", "letterbox.cpp", "      std::min(static_cast<double>(input_height)", "      std::max(static_cast<double>(input_height)", plan),
    ("width and height swapped in a gain", "letterbox.cpp", "(plan.resized_height) / source_height", "(plan.resized_height) / source_width", plan),
    ("weights of 10 bits", "letterbox.cpp", "kWeightOne = 2048", "kWeightOne = 1024", letterbox),
    ("weights that are one too small", "letterbox.cpp", "kWeightOne = 2048", "kWeightOne = 2047", letterbox),
    ("one bit more dropped after the columns", "letterbox.cpp", "kDropAfterColumns = 4", "kDropAfterColumns = 5", letterbox),
    ("one bit more dropped after the rows", "letterbox.cpp", "kDropAfterRows = 16", "kDropAfterRows = 17", letterbox),
    ("one bit less dropped at the end", "letterbox.cpp", "kDropAtEnd = 2", "kDropAtEnd = 1", letterbox),
    ("no rounding at the end", "letterbox.cpp", "kHalfAtEnd = 1 <<", "kHalfAtEnd = 0 <<", letterbox),
    ("corner-aligned pixels", "letterbox.cpp", "rounded((i + 0.5) * scale)", "rounded((i + 0.0) * scale) + 0.5", letterbox),
    ("a scale of source / target", "letterbox.cpp", "1.0 / (static_cast<double>(target) / source)", "static_cast<double>(source) / (target + 1e-4)", letterbox),
    ("pixels that stop one early at the border", "letterbox.cpp", "(lower) + 1, 0, source - 1)", "(lower) + 1, 0, std::max(source - 2, 0))", letterbox),
    ("weights exchanged", "letterbox.cpp", "tap.first_weight = fixed_point(1 - share)", "tap.first_weight = fixed_point(share)", letterbox),
    ("lines of the last frame", "letterbox.cpp", "  line_row_ = {kNoRow, kNoRow};\n", "", stored),
    ("red and blue swapped", "image.h", "channel = {2, 1, 0};", "channel = {0, 1, 2};", letterbox),
    ("another padding value", "letterbox.cpp", "3 * plane, pad_value_);", "3 * plane, 114);", letterbox),
    ("padding of another channel", "letterbox.cpp", "values[*byte]);", "table[0][*byte]);", tensor),
    ("the values of another channel", "letterbox.cpp", "values[byte[x]]", "table[0][byte[x]]", tensor),
    ("a single-precision scale", "letterbox.cpp", "* info.scale);", "* static_cast<float>(info.scale));", tensor),
    ("no deviation", "letterbox.cpp", "(scaled - info.mean[c]) / info.std[c]", "(scaled - info.mean[c]) / 1.0", tensor),
    ("the channel order of the picture", "letterbox.cpp", "{rgb_ ? first : last, first + plane, rgb_ ? last : first}", "{first, first + plane, last}", tensor),
    ("pixels without their neighbour", "letterbox.cpp", "row[tap.second + channel]", "row[tap.first + channel]", letterbox),
    ("the green line for the blue one", "letterbox.cpp", "blues[x] = mix(blue)", "blues[x] = mix(green)", letterbox),
    ("lines of another channel", "letterbox.cpp", "upper + c * width", "upper + 0 * c * width", letterbox),
    ("rows that stay rows", "stored/orientation.cpp", ">= Orientation::kLeftMirrored", "> Orientation::kLeftMirrored", stored),
    ("pixels that are not mirrored", "stored/orientation.cpp", "    upright.step_x = -upright.step_x;\n", "", stored),
    ("no second neighbour", "letterbox.cpp", "    tap.second *= image_.step_x;", "    tap.second = tap.first;", stored),
    ("upside down that is not", "stored/orientation.cpp", "Orientation::kDownMirrored", "Orientation::kUp", stored),
    ("left to right that is not", "stored/orientation.cpp", "Orientation::kUpMirrored", "Orientation::kUp", stored),
    ("the right side for the left", "stored/orientation.cpp", "(upright.width - 1) * upright.step_x", "upright.width * upright.step_x", stored),
    ("rows from the top that are from the bottom", "stored/orientation.cpp", "    upright.step_y = -upright.step_y;\n", "", stored),
    ("pictures on their side that are upright", "stored/orientation.cpp", "std::swap(upright.step_x, upright.step_y);", ";", stored),
    ("the encoding of the last frame", "stored/nv12.cpp", "row_.begin(frame.width, frame.encoding);", "row_.begin(frame.width, YCbCr::kBt601Video);", stored),
    ("rows that are not converted", "stored/nv12.cpp", "y < frame.height; ++y", "y < frame.height; y += 2", stored),
    ("chroma of a row above", "stored/nv12.cpp", "pair = y / 2", "pair = y / 3", stored),
    ("planes in another order", "stored/nv12.cpp", "{0, plane, 2 * plane}", "{2 * plane, plane, 0}", stored),
    ("another Kr of BT.601", "stored/ycbcr.cpp", "0.299,", "0.3,", stored),
    ("another Kb of BT.601", "stored/ycbcr.cpp", "0.114}", "0.115}", stored),
    ("another Kr of BT.709", "stored/ycbcr.cpp", "0.2126,", "0.2116,", stored),
    ("another Kb of BT.709", "stored/ycbcr.cpp", "0.0722}", "0.0732}", stored),
    ("white of video one higher", "stored/ycbcr.cpp", "kVideoLuma = 219", "kVideoLuma = 220", stored),
    ("chroma of luma's range", "stored/ycbcr.cpp", "kVideoChroma = 224", "kVideoChroma = 219", stored),
    ("full range to 256", "stored/ycbcr.cpp", "kFullRange = 255", "kFullRange = 256", stored),
    ("another black", "stored/ycbcr.cpp", "kVideoBlack = 16", "kVideoBlack = 15", stored),
    ("another neutral chroma", "stored/ycbcr.cpp", "kNeutral = 128", "kNeutral = 127", stored),
    ("another white", "stored/ycbcr.cpp", "kWhite = 255", "kWhite = 254", stored),
    ("less than black", "stored/ycbcr.cpp", "std::max(std::min(level, kWhite), std::int16_t{0})", "std::min(level, kWhite)", stored),
    ("one bit less of a sum", "stored/ycbcr.cpp", "kFractionBits = 5", "kFractionBits = 4", stored),
    ("one bit less of chroma's weights", "stored/ycbcr.cpp", "kChromaBits = 13", "kChromaBits = 12", stored),
    ("one bit less of luma's weight", "stored/ycbcr.cpp", "kLumaBits = 7", "kLumaBits = 6", stored),
    ("levels that are cut, not rounded", "stored/ycbcr.cpp", "kHalf = 1 <<", "kHalf = 0 <<", stored),
    ("weights that are cut, not rounded", "stored/ycbcr.cpp", "(1 << bits) + 0.5)", "(1 << bits))", stored),
    ("Cb and Cr exchanged", "stored/ycbcr.cpp", "cb = chroma[x], cr = chroma[x + 1]", "cb = chroma[x + 1], cr = chroma[x]", stored),
    ("Cr as green as Cb", "stored/ycbcr.cpp", "fixed_point(red * matrix.kr / kg,", "fixed_point(red * matrix.kb / kg,", stored),
    ("green without Cb", "stored/ycbcr.cpp", "-share(cb, weights.cb_to_green)", "-share(cr, weights.cb_to_green)", stored),
    ("another encoding's weights", "stored/ycbcr.cpp", "make_weights(kBt601, false)", "make_weights(kBt709, false)", stored),
    ("a row without its last pair", "stored/ycbcr.cpp", "(width_ + 1) / 2 * 2", "width_ / 2 * 2", stored),
    ("the colours of the last frame", "stored/ycbcr.cpp", "  number_ = kNoRow;\n", "", stored),
    ("another sigmoid", "decode.cpp", "1 / (1 + std::exp(-logit))", "1 / (1 + std::exp(-1.00001F * logit))", raw),
    ("scores at the confidence pass", "levels.cpp", "if (candidate.score > options.confidence) cells", "if (candidate.score >= options.confidence) cells", raw),
    ("no stride", "levels.cpp", "(y + bottom) * level.stride", "(y + bottom) * 8", raw),
    ("another cell centre", "levels.cpp", "kCellCentre = 0.5F", "kCellCentre = 0.4999F", raw),
    ("rows and columns of cells swapped", "levels.cpp", "static_cast<float>(cell % width) + kCellCentre", "static_cast<float>(cell / width) + kCellCentre", raw),
    ("bins before sides", "levels.cpp", "level.box.from(side * static_cast<std::size_t>(options.reg_max) * level.cells())", "level.box.from(side * level.cells())", raw),
    ("no maximum in the softmax", "levels.cpp", "bins[bin * cells + cell] - highest", "bins[bin * cells + cell]", raw),
    ("bins counted from one", "levels.cpp", "weight * static_cast<float>(bin)", "weight * static_cast<float>(bin + 1)", raw),
    ("each level numbered from 0", "levels.cpp", "static_cast<int>(first_index + cell)", "static_cast<int>(cell)", raw),
    ("boxes that are not finite", "decode.cpp", "std::isfinite(candidate.x1) &&", "true ||", raw),
    ("the last class of equal scores", "decode.h", "if (!(one > highest)) continue;", "if (!(one >= highest)) continue;", decoded),
    ("the class of the highest logit", "levels.cpp", "return sigmoid(level.cls[static_cast<std::size_t>(c) * level.cells() + cell]);", "return level.cls[static_cast<std::size_t>(c) * level.cells() + cell];", raw),
    ("the class of the highest logit when agnostic", "decode_end2end.cpp", "best_class(level, options.num_classes, cell);", "argmax(options.num_classes, [&, level = level, cell = cell](int c) { return level.cls[static_cast<std::size_t>(c) * level.cells() + cell]; });", top_k),
    ("distances as if they were bins", "levels.cpp", "if (reg_max == 1)", "if (reg_max == 0)", raw),
    ("fewer than are chosen", "decode_end2end.cpp", "kLeastTopK = 300", "kLeastTopK = 299", top_k),
    ("several classes for a cell when agnostic", "decode_end2end.cpp", "if (options.agnostic) {", "if (false) {", top_k),
    ("a cell of the level before", "levels.cpp", "while (cell >= level->cells())", "while (cell > level->cells())", top_k),
    ("each level numbered from 0 when choosing", "levels.cpp", "static_cast<int>(first_index + cell)", "static_cast<int>(cell)", top_k),
    ("of equal scores the last", "decode_end2end.cpp", ": comes_first(a, b);\n  });", ": comes_first(b, a);\n  });", top_k),
    ("the chosen by falling score", "decode_end2end.cpp", "  std::sort(candidates.begin(), candidates.end(), comes_first);\n", "", top_k),
    ("scores at the confidence are chosen", "decode_end2end.cpp", "if (candidate.score > options.confidence) pairs", "if (candidate.score >= options.confidence) pairs", top_k),
    ("cells at the confidence are chosen", "levels.cpp", "if (candidate.score > options.confidence) cells", "if (candidate.score > 0.5F + options.confidence) cells", top_k),
    ("one of the best too few", "decode_end2end.cpp", "static_cast<std::ptrdiff_t>(k);", "static_cast<std::ptrdiff_t>(k) - 1;", top_k),
    ("a class number too high", "decode_detections.cpp", "class_number < static_cast<float>(options.num_classes)", "class_number <= static_cast<float>(options.num_classes)", detections),
    ("a class number below zero", "decode_detections.cpp", "class_number >= 0", "class_number > -1", detections),
    ("detections at the confidence", "decode_detections.cpp", "!is_known || !(score > options.confidence)", "!is_known || !(score >= options.confidence)", detections),
    ("another column's corner", "decode_detections.cpp", "{row[0], row[1], row[2], row[3], score", "{row[0], row[0], row[2], row[3], score", detections),
    ("no choice of classes", "decode.cpp", "options.keep_class == nullptr ||", "true ||", decoded),
    ("scores at the confidence pass, decoded", "decode_decoded.cpp", "!(best[i] > options.confidence)", "!(best[i] >= options.confidence)", decoded),
    ("NaN hides scores", "decode.cpp", "std::max(best[i], row[i])", "std::max(row[i], best[i])", decoded),
    ("corners instead of a centre", "decode_decoded.cpp", "{x - width / 2, y", "{x, y", decoded),
    ("scores of a class at the confidence", "decode_multilabel.cpp", "!(score > options.confidence)", "!(score >= options.confidence)", multilabel),
    ("one class less", "decode_multilabel.cpp", "c < options.num_classes", "c < options.num_classes - 1", multilabel),
    ("a corner instead of the centre", "decode_multilabel.cpp", "{x - width / 2,", "{x,", multilabel),
    ("one more than the best", "decode.cpp", "std::max(max_det, 0))));", "std::max(max_det + 1, 0))));", first),
    ("equal scores by falling position", "decode.cpp", "return one > other ||", "return one > other || (one == other && a > b) ||", first),
    ("NaN first", "decode.cpp", "(std::isnan(other) && !std::isnan(one))", "(std::isnan(one) && !std::isnan(other))", first),
    ("an IoU equal to the threshold suppresses", "nms.cpp", "better, box)) > options.iou", "better, box)) >= options.iou", last_bit),
    ("an IoU over the smaller box", "nms.cpp", "intersection / (a.area + b.area - intersection)", "intersection / std::min(a.area, b.area)", nms),
    ("classes moved half as far", "nms.cpp", "kClassOffset = 7680", "kClassOffset = 3840", nms),
    ("boxes that are not moved, and rounded less", "nms.cpp", "static_cast<float>(candidate.class_id) *", "static_cast<float>(candidate.class_id % 2) *", last_bit),
    ("classes moved when agnostic", "nms.cpp", "options.agnostic ? 0 :", "", nms),
    ("a suppressed box suppresses", "nms.cpp", "    if (is_suppressed) continue;\n    kept.push_back(position);\n    kept_boxes.push_back(box);", "    kept_boxes.push_back(box);\n    if (is_suppressed) continue;\n    kept.push_back(position);", nms),
    ("one too many kept", "nms.cpp", "if (kept.size() == max_det) break;", "if (kept.size() == max_det + (max_det > 0)) break;", nms),
    ("all candidates", "nms.cpp", "most_confident(candidates, options.max_candidates)", "most_confident(candidates, options.max_candidates + 30000)", nms),
    ("no border on the way back", "letterbox.cpp", "(position - static_cast<float>(border))", "(position - 0 * static_cast<float>(border))", image),
    ("the gain of the other axis", "letterbox.cpp", "back(point.x, plan.left, plan.gain_x,", "back(point.x, plan.left, plan.gain_y,", image),
    ("no clipping", "letterbox.cpp", "std::clamp(moved, 0.0F, static_cast<float>(size))", "size < 0 ? 0 : moved", image),
]  # fmt: skip
IDS = [name for name, *_ in MUTATIONS]


DEPENDENTS = {
    "image.h": ("harness.cpp",),
    "decode.h": ("decode.cpp", "decode_decoded.cpp", "levels.cpp"),
    "model_info.h": (
        *("centre_crop.cpp", "decode.cpp", "decode_decoded.cpp", "letterbox.cpp", "levels.cpp", "nms.cpp"),
    ),
}


@pytest.fixture(scope="session")
def objects(once: Once) -> Path:
    """Return a folder with the object files of the core as it is."""
    return sound_objects(once, HARNESS)


def build_mutant(folder: Path, objects: Path, file: str, old: str, new: str) -> Core:
    """Compile the core with one text replaced; it must occur exactly once."""
    path = Path(file if "/" in file else f"vision/{file}")
    core = mutated_core(folder, (str(path), old, new))
    units = [HARNESS, *core_units(core)]
    broken = [unit for unit in units if unit.name in DEPENDENTS.get(file, (path.name,))]
    assert broken, f"DEPENDENTS does not say what is compiled again for {file}"
    return Core(mutant_of(core, broken, HARNESS, objects, folder / "core.so"))


@pytest.mark.parametrize("number", chosen("cpp", IDS, proof="core", every=15))
def test_comparison_fails_for_a_mutated_core(tmp_path: Path, objects: Path, number: int) -> None:
    _, file, old, new, check = MUTATIONS[number]
    mutant = build_mutant(tmp_path, objects, file, old, new)
    with pytest.raises(AssertionError):
        check(mutant)


@pytest.mark.parametrize(
    "check", dict.fromkeys(check for *_, check in MUTATIONS), ids=lambda check: check.__name__
)
def test_comparison_passes_for_the_unmodified_core(core: Core, check: Check) -> None:
    """A comparison that always fails would detect nothing."""
    check(core)
