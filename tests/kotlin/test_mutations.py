"""Each mutation of the Kotlin core must fail its comparison, which shows that the comparison works."""

# ruff: noqa: E501 - the table has one row for each mutation
# mypy: disable-error-code="arg-type"

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from edgegen.model.spec import LETTERBOX_TOP_LEFT
from tests.cpp import int8, letterbox_comparisons
from tests.cpp.quick_checks import (
    decoded,
    detections,
    first,
    image,
    last_bit,
    multilabel,
    nms,
    plan,
    raw,
    top_k,
)
from tests.helpers.mutating import chosen, mutated_copy
from tests.kotlin import int8_comparisons
from tests.kotlin.comparisons import (
    check_far_classes,
    check_order,
    check_turned,
    check_turned_tensor,
)
from tests.kotlin.compiler import compile_many, compiler_arguments, core_file, stdlib
from tests.kotlin.jvm import KotlinCore
from tests.kotlin.task_mutations import TASK_MUTATIONS

pytestmark = pytest.mark.full

Check = Callable[[KotlinCore], object]


def letterbox(kotlin: KotlinCore) -> None:
    check_turned(kotlin, 1, 300)


def top_left(kotlin: KotlinCore) -> None:
    sizes = [*letterbox_comparisons.sizes_at_halves((640,)), ((1, 5000), (64, 64)), ((5000, 1), (64, 64))]
    letterbox_comparisons.check_plan(kotlin, sizes, LETTERBOX_TOP_LEFT)


def tensor(kotlin: KotlinCore) -> None:
    letterbox_comparisons.check_tensor(kotlin, 1, 40)
    check_turned_tensor(kotlin, 1, 150)


def order(kotlin: KotlinCore) -> None:
    check_order(kotlin, 1, 100)


def far(kotlin: KotlinCore) -> None:
    check_far_classes(kotlin, 1, 200)


def int8_input(kotlin: KotlinCore) -> None:
    int8.check_tensor(kotlin, 3, 60)


def int8_normalised(kotlin: KotlinCore) -> None:
    int8_comparisons.check_inputs(kotlin, 5, 30)


def int8_levels(kotlin: KotlinCore) -> None:
    int8.check_decode(kotlin, 4, 200)


# Name of the mutation, file, text, its replacement, the comparison that must fail.
MUTATIONS: list[tuple[str, str, str, str, Check]] = [
    ("half up instead of half to even", "Preprocessor.kt", "Math.rint(value).toInt()", "Math.floor(value + 0.5).toInt()", plan),
    ("half down", "Preprocessor.kt", "Math.rint(value).toInt()", "Math.ceil(value - 0.5).toInt()", plan),
    ("no bias for the odd pixel", "Letterbox.kt", "ODD_PIXEL_BIAS = 0.1", "ODD_PIXEL_BIAS = -0.1", plan),
    ("no side of at least one pixel", "Letterbox.kt", "(sourceHeight * ratio).coerceAtLeast(1)", "(sourceHeight * ratio).coerceAtLeast(2)", plan),
    ("the larger ratio", "Letterbox.kt", "minOf(", "maxOf(", plan),
    ("sizes that are rounded", "LetterboxTopLeft.kt", "(sourceWidth * ratio).toInt()", "roundHalfEven(sourceWidth * ratio)", top_left),
    ("heights that are rounded", "LetterboxTopLeft.kt", "(sourceHeight * ratio).toInt()", "roundHalfEven(sourceHeight * ratio)", top_left),
    ("a gain of the cut width", "LetterboxTopLeft.kt", "0, 0, ratio, ratio)", "0, 0, gainY = ratio)", top_left),
    ("a gain of the cut height", "LetterboxTopLeft.kt", "0, 0, ratio, ratio)", "0, 0, ratio)", top_left),
    ("a side of no pixels", "LetterboxTopLeft.kt", "(sourceHeight * ratio).toInt().coerceAtLeast(1)", "(sourceHeight * ratio).toInt()", top_left),
    ("the larger ratio at the top left", "LetterboxTopLeft.kt", "minOf(", "maxOf(", top_left),
    ("a picture in the middle", "LetterboxTopLeft.kt", "height, 0, 0,", "height, (inputWidth - width) / 2, 0,", top_left),
    ("width and height swapped in a gain", "Preprocessor.kt", "resizedHeight.toDouble() / sourceHeight", "resizedHeight.toDouble() / sourceWidth", plan),
    ("weights of 10 bits", "BilinearPreprocessor.kt", "WEIGHT_ONE = 2048", "WEIGHT_ONE = 1024", letterbox),
    ("weights that are one too small", "BilinearPreprocessor.kt", "WEIGHT_ONE = 2048", "WEIGHT_ONE = 2047", letterbox),
    ("corner-aligned pixels", "BilinearPreprocessor.kt", "((i + 0.5) * scale - 0.5)", "((i + 0.0) * scale)", letterbox),
    ("a scale of source / target", "BilinearPreprocessor.kt", "1.0 / (target.toDouble() / source)", "source / (target + 1e-4)", letterbox),
    ("pixels that stop one early at the border", "BilinearPreprocessor.kt", "(lower + 1).coerceIn(0, source - 1)", "(lower + 1).coerceIn(0, maxOf(source - 2, 0))", letterbox),
    ("weights exchanged", "BilinearPreprocessor.kt", "firstWeight[i] = fixedPoint(1 - share)", "firstWeight[i] = fixedPoint(share)", letterbox),
    ("positions that stay when the axis is flipped", "BilinearPreprocessor.kt", "if (isFlipped) source - 1 - position else position", "position", letterbox),
    ("one bit more dropped after the columns", "BilinearPreprocessor.kt", "DROP_AFTER_COLUMNS = 4", "DROP_AFTER_COLUMNS = 5", letterbox),
    ("one bit more dropped after the rows", "BilinearPreprocessor.kt", "DROP_AFTER_ROWS = 16", "DROP_AFTER_ROWS = 17", letterbox),
    ("no rounding at the end", "BilinearPreprocessor.kt", "HALF_AT_END = 1 shl (DROP_AT_END - 1)", "HALF_AT_END = 0", letterbox),
    ("a picture on its side without its right column", "BilinearPreprocessor.kt", "if (isTurned) topRight else bottomLeft", "bottomLeft", letterbox),
    ("bits of one byte in the next", "BilinearPreprocessor.kt", "(left ushr shift and 0xFF) * leftWeight +", "(left ushr shift and 0x1FF) * leftWeight +", letterbox),
    ("taps of the last frame", "BilinearPreprocessor.kt", "source == this.source && ", "", tensor),
    ("taps of the last rotation", "BilinearPreprocessor.kt", " && isFlipped == this.isFlipped", "", tensor),
    ("rows without padding", "PixelView.kt", "val first = y * image.bytesPerRow", "val first = y * image.width * BYTES_PER_PIXEL", letterbox),
    ("big-endian pixels", "PixelView.kt", "ByteOrder.LITTLE_ENDIAN", "ByteOrder.BIG_ENDIAN", letterbox),
    ("the plan of the last picture", "BilinearPreprocessor.kt", "it.sourceWidth == width && it.sourceHeight == height", "it.sourceWidth > 0", tensor),
    ("90 degrees the other way", "PixelView.kt", "get() = (rotation == 90 || rotation == 180) != mirrored", "get() = (rotation == 270 || rotation == 180) != mirrored", letterbox),
    ("never mirrored", "PixelView.kt", "rotation == 180) != mirrored", "rotation == 180)", letterbox),
    ("180 degrees without its rows", "PixelView.kt", "get() = rotation == 180 || rotation == 270", "get() = rotation == 270", letterbox),
    ("rows not flipped", "BilinearPreprocessor.kt", "rows = Taps(image.uprightHeight, plan.resizedHeight, image.isFlippedY)", "rows = Taps(image.uprightHeight, plan.resizedHeight, false)", letterbox),
    ("another padding value", "BilinearPreprocessor.kt", "gray(normalization.padValue)", "gray(114)", letterbox),
    ("a border of one channel", "BilinearPreprocessor.kt", " or (byte shl 2 * PACKED_BITS)", "", tensor),
    ("the border of the last plan", "BilinearPreprocessor.kt", "if (last == null)", "if (plan == null)", tensor),
    ("a single-precision scale", "Preprocessor.kt", "= byte * scale", "= byte * scale.toFloat()", tensor),
    ("no deviation", "Preprocessor.kt", " / std[c]).toFloat", ").toFloat", tensor),
    ("the channel order of the picture", "Preprocessor.kt", "if (normalization.rgb) c else CHANNELS - 1 - c", "c", tensor),
    ("another sigmoid", "Decode.kt", "1 / (1 + exp(-logit))", "1 / (1 + exp(-1.00001f * logit))", raw),
    ("scores at the confidence pass", "LevelContract.kt", "if (score > confidence) cells", "if (score >= confidence) cells", raw),
    ("no stride", "LevelContract.kt", "(y + bottom) * stride", "(y + bottom) * 8", raw),
    ("another cell centre", "Head.kt", "CELL_CENTRE = 0.5f", "CELL_CENTRE = 0.4999f", raw),
    ("rows and columns of cells swapped", "Head.kt", "= cell % width + CELL_CENTRE", "= cell / width + CELL_CENTRE", raw),
    ("levels that all begin with index 0", "LevelContract.kt", "firstIndex += level.cells", "firstIndex += 0", raw),
    ("boxes that are not finite", "Decode.kt", " && it.box.all(Float::isFinite)", "", raw),
    ("not-a-number as the best score", "Decode.kt", "if (score > best[cell])", "if (!(score <= best[cell]))", decoded),
    ("the last class of equal ones", "Decode.kt", "if (!(score > highest)) continue", "if (!(score >= highest)) continue", decoded),
    ("the class of the highest logit", "LevelContract.kt", "sigmoid(logitAt(head, outputs, cell, it))", "logitAt(head, outputs, cell, it)", raw),
    ("no choice of classes", "Decode.kt", "(keepClass == null || keepClass[it.classId]) && ", "", decoded),
    ("all classes but the first", "Decode.kt", "for (classId in 0 until classes) {\n        val row", "for (classId in 1 until classes) {\n        val row", decoded),
    ("corners instead of a centre", "ColumnContract.kt", "floatArrayOf(x - width / 2,", "floatArrayOf(x,", decoded),
    ("scores of a class at the confidence", "MultilabelContract.kt", "if (score > thresholds.confidence)", "if (score >= thresholds.confidence)", multilabel),
    ("one class less", "MultilabelContract.kt", "(SIDES + classId) * head.candidates + i]", "(SIDES + maxOf(classId - 1, 0)) * head.candidates + i]", multilabel),
    ("decoded scores at the confidence pass", "DecodedContract.kt", "best[it] > thresholds.confidence", "best[it] >= thresholds.confidence", decoded),
    ("bins of other cells", "LevelContract.kt", "* head.regMax + bin) * cells + cell", "* head.regMax + bin) * cells + cell / 2", raw),
    ("no maximum in the softmax", "LevelContract.kt", "exp(bins[bin] - highest)", "exp(minOf(bins[bin], 0f))", raw),
    ("bins counted from one", "LevelContract.kt", "weighted += weight * bin", "weighted += weight * (bin + 1)", raw),
    ("distances as if they were bins", "LevelContract.kt", "if (bins.size == 1)", "if (bins.isEmpty())", raw),
    ("fewer than are chosen", "End2endContract.kt", "LEAST_TOP_K = 300", "LEAST_TOP_K = 299", top_k),
    ("more chosen than there are cells", "End2endContract.kt", "minOf(maxOf(thresholds.maxDetections, LEAST_TOP_K), head.candidates)", "maxOf(thresholds.maxDetections, LEAST_TOP_K)", top_k),
    ("several classes for a cell when agnostic", "End2endContract.kt", "if (thresholds.agnostic) {", "if (false) {", top_k),
    ("scores of the next class", "End2endContract.kt", "Candidate(box, score, classId, cell.index)", "Candidate(box, score, (classId + 1) % head.classes, cell.index)", top_k),
    ("one pair too many", "End2endContract.kt", "return mostConfident(candidates, k)", "return mostConfident(candidates, k + 1)", top_k),
    ("pairs by score", "End2endContract.kt", "mostConfident(candidates, k).sortedWith(compareBy({ it.index }, { it.classId }))", "mostConfident(candidates, k)", top_k),
    ("scores at the confidence are chosen", "End2endContract.kt", "if (score > thresholds.confidence)", "if (score >= thresholds.confidence)", top_k),
    ("a class number too high", "DetectionsContract.kt", "classNumber < head.classes", "classNumber <= head.classes", detections),
    ("a class number below zero", "DetectionsContract.kt", "classNumber >= 0", "classNumber > -1", detections),
    ("detections at the confidence", "DetectionsContract.kt", "isKnown && score > thresholds", "isKnown && score >= thresholds", detections),
    ("another column's corner", "DetectionsContract.kt", "placeOf(head, cell) + side", "placeOf(head, cell) + minOf(side, 2)", detections),
    ("the second best first", "Decode.kt", "(0f - a.score).compareTo(0f - b.score)", "(0f - b.score).compareTo(0f - a.score)", first),
    ("a box's own IoU counts as above", "Nms.kt", "iouOf(it, box) > iou", "iouOf(it, box) >= iou", last_bit),
    ("an IoU over the smaller box", "Nms.kt", "(area(a) + area(b) - intersection)", "minOf(area(a), area(b))", nms),
    ("classes moved half as far", "Decode.kt", "CLASS_OFFSET = 7680f", "CLASS_OFFSET = 3840f", nms),
    ("classes never compared", "Nms.kt", "candidate.classId * CLASS_OFFSET", "candidate.classId * 1e9f", far),
    ("boxes that are not moved, and rounded less", "Nms.kt", "candidate.classId * CLASS_OFFSET", "candidate.classId % 2 * CLASS_OFFSET", last_bit),
    ("classes moved when agnostic", "Nms.kt", "if (agnostic) 0f else ", "", nms),
    ("one too many kept", "Nms.kt", "kept.size >= maxDetections", "kept.size > maxDetections", nms),
    ("not a number before all others", "Decode.kt", "(0f - a.score).compareTo(0f - b.score)", "(0f + b.score).compareTo(0f + a.score)", order),
    ("all candidates", "Nms.kt", "mostConfident(candidates, maxCandidates)", "mostConfident(candidates, candidates.size)", nms),
    ("equal scores by falling position", "Decode.kt", "    candidates.sortedWith", "    candidates.reversed().sortedWith", nms),
    ("negative zero below zero", "Decode.kt", "(0f - a.score).compareTo(0f - b.score)", "(-a.score).compareTo(-b.score)", nms),
    ("no border on the way back", "Decode.kt", "(position - border)", "position", image),
    ("the gain of the other axis", "Decode.kt", "toImage(x2, plan.left, plan.gainX,", "toImage(x2, plan.left, plan.gainY,", image),
    ("no clipping", "Decode.kt", "coerceIn(0f, size.toFloat())", "coerceAtLeast(0f)", image),
    ("int8 without its zero point", "Numbers.kt", "(number - zeroPoint) * scale", "number * scale", int8_levels),
    ("int8 half a step off", "Numbers.kt", "(number - zeroPoint) * scale", "(number - zeroPoint + 0.5f) * scale", int8_levels),
    ("halves away from the even number", "Numbers.kt", "Math.rint((value / scale).toDouble())", "Math.floor((value / scale).toDouble() + 0.5)", int8_input),
    ("numbers that go around", "Numbers.kt", ".coerceIn(LEAST.toFloat(), MOST.toFloat())", "", int8_input),
    ("an int8 table of another channel", "Preprocessor.kt", "steps.nearest(table[c][it])", "steps.nearest(table[0][it])", int8_normalised),
    *TASK_MUTATIONS,
]  # fmt: skip
IDS = [name for name, *_ in MUTATIONS]

# Kotlin copies constants and inlined functions into the code that uses them, and VisionResult is sealed.
DEPENDENTS = {
    "Decode.kt": ("Nms.kt", "RotatedNms.kt"),
    **{
        f"{task}Task.kt": ("VisionResult.kt",)
        for task in ("Pose", "Obb", "Segment", "Classify", "Semantic", "Depth")
    },
}


def write_mutant(folder: Path, file: str, old: str, new: str) -> list[Path]:
    """Write the files that a mutant consists of: one text is replaced, which must occur exactly once."""
    mutated_copy(core_file(file), folder, old, new)
    for name in DEPENDENTS.get(file, ()):
        shutil.copy(core_file(name), folder)
    return sorted(folder.glob("*.kt"))


def compile_mutant(folder: Path, kit: Path, core: Path, number: int) -> Path:
    """Return a folder with the classes of a mutant that differ from those of the core."""
    _, file, old, new, _ = MUTATIONS[number]
    sources = write_mutant(folder / "source", file, old, new)
    flags = (f"-Xfriend-paths={core}", "-nowarn")
    classes = folder / "classes"
    compile_many(kit, [compiler_arguments(kit, classes, sources, [core], *flags)], folder)
    return classes


@pytest.fixture(scope="module")
def broken(kotlin_classes: Path, kit: Path) -> Iterator[KotlinCore]:
    """Return a JVM that loads mutated cores."""
    jvm = KotlinCore([kotlin_classes / "classes", stdlib(kit)])
    yield jvm
    jvm.close()


@pytest.mark.parametrize("number", chosen("kotlin", IDS))
def test_comparison_fails_for_a_mutated_core(
    broken: KotlinCore, kotlin_classes: Path, kit: Path, tmp_path: Path, number: int
) -> None:
    """Only the mutants that run are compiled."""
    core = kotlin_classes / "classes"
    broken.load([compile_mutant(tmp_path, kit, core, number), core, stdlib(kit)])
    with pytest.raises(AssertionError):
        MUTATIONS[number][-1](broken)


@pytest.mark.parametrize(
    "check", dict.fromkeys(check for *_, check in MUTATIONS), ids=lambda check: check.__name__
)
def test_comparison_passes_for_the_unmodified_core(kotlin: KotlinCore, check: Check) -> None:
    """A comparison that always fails would detect nothing."""
    check(kotlin)
