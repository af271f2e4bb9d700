package vision

import kotlin.math.exp

// From the model's outputs to candidate boxes in pixels of its input, and from those to the boxes that are shown. This file
// has what all contracts share. Each contract has a file of its own, whose name ends in Contract.kt.

/** Numbers of a box: left, top, right, bottom, or x, y, width, height. */
internal const val SIDES = 4

/**
 * NMS keeps classes apart by moving their boxes this many pixels each (Ultralytics' max_wh). The rounding that this costs a
 * float32 is part of the rule: an exact IoU would decide differently near the threshold.
 */
internal const val CLASS_OFFSET = 7680f

/** NMS looks at this many candidates at most (Ultralytics' max_nms). */
internal const val MAX_CANDIDATES = 30_000

/**
 * A box that the model proposes, in pixels of the model's input.
 *
 * box: x1, y1, x2, y2; of a rotated box cx, cy, width, height and the angle in radians.
 * score: 0 to 1. index: the candidate's number in the outputs, level by level, row by row.
 */
class Candidate(val box: FloatArray, val score: Float, val classId: Int, val index: Int)

/** Returns the box of a cell of a level, or of candidate `cell` of the one tensor. */
typealias BoxAt = (level: Int, cell: Int) -> FloatArray

/** Where a candidate's numbers are: in tensors for each level, or in one tensor that has a column or a row for each. */
enum class Layout { LEVELS, COLUMNS, ROWS }

/** The contract of a model with boxes: how its outputs are read. outputs: in the model's order. */
interface BoxContract : Contract {
    val layout: Layout

    /** Returns the candidates above the confidence, by rising index, and by rising class if an index has several. */
    fun decode(head: Head, outputs: Array<Numbers>, thresholds: Thresholds, boxAt: BoxAt): List<Candidate>

    /**
     * Returns the four numbers that the model has for a box: left, top, right, bottom in strides, from the cell's centre; or,
     * in pixels, centre and size, or corners. Of rotated boxes in rows: centre and size.
     */
    fun numbersAt(head: Head, outputs: Array<Numbers>, level: Int, cell: Int): FloatArray

    /** Returns x1, y1, x2, y2 of an upright box. */
    fun cornersAt(head: Head, outputs: Array<Numbers>, level: Int, cell: Int): FloatArray

    /** Returns the numbers of candidate [index] after its box and its classes, such as keypoints. */
    fun extrasAt(head: Head, outputs: Array<Numbers>, index: Int): FloatArray

    /** Returns the candidates that are shown, best first. */
    fun choose(candidates: List<Candidate>, thresholds: Thresholds): List<Candidate>
}

/**
 * Returns the candidates above the confidence, by rising index, and by rising class if an index has several. Ignores scores
 * that are NaN and drops boxes that are not finite.
 *
 * outputs: in the model's order: boxes, classes (and extras) of each level, or the one tensor.
 * keepClass: for each class, whether its candidates stay; null: all.
 */
fun decode(
    head: Head,
    outputs: Array<Numbers>,
    thresholds: Thresholds,
    keepClass: BooleanArray? = null,
    boxAt: BoxAt = { level, cell -> head.contract.cornersAt(head, outputs, level, cell) }
): List<Candidate> = head.contract.decode(head, outputs, thresholds, boxAt)
    .filter { (keepClass == null || keepClass[it.classId]) && it.box.all(Float::isFinite) }

internal fun sigmoid(logit: Float): Float = 1 / (1 + exp(-logit))

/**
 * Returns the best score of each cell over all classes. scores: (classes, cells), from [offset] on. The loop over cells is
 * the inner one, because neighbouring cells are neighbours in memory.
 */
internal fun bestScores(scores: Numbers, offset: Int, classes: Int, cells: Int): FloatArray {
    val best = FloatArray(cells) { Float.NEGATIVE_INFINITY }
    for (classId in 0 until classes) {
        val row = offset + classId * cells
        for (cell in 0 until cells) {
            val score = scores[row + cell]
            if (score > best[cell]) best[cell] = score // never true for NaN
        }
    }
    return best
}

/** Returns the first class with the highest score. NaN is below all others. */
internal fun argmax(scores: FloatArray): Int {
    var best = 0
    var highest = Float.NEGATIVE_INFINITY
    for ((classId, score) in scores.withIndex()) {
        if (!(score > highest)) continue
        best = classId
        highest = score
    }
    return best
}

/** Returns the [count] candidates with the best scores, best first. Equal scores stay in their order; NaN comes last. */
internal fun mostConfident(candidates: List<Candidate>, count: Int): List<Candidate> =
    candidates.sortedWith { a, b -> (0f - a.score).compareTo(0f - b.score) } // 0 - x: descending; 0 equals -0
        .take(maxOf(count, 0))

/** Moves boxes from the model's input back to the upright picture, and clips them there. */
fun toImage(candidates: List<Candidate>, plan: LetterboxPlan): List<Detection> = candidates.map {
    val (x1, y1, x2, y2) = it.box
    Detection(
        toImage(x1, plan.left, plan.gainX, plan.sourceWidth),
        toImage(y1, plan.top, plan.gainY, plan.sourceHeight),
        toImage(x2, plan.left, plan.gainX, plan.sourceWidth),
        toImage(y2, plan.top, plan.gainY, plan.sourceHeight),
        it.score,
        it.classId,
        it.index
    )
}

/** Moves one coordinate. NaN stays NaN. */
internal fun toImage(position: Float, border: Int, gain: Double, size: Int): Float =
    ((position - border) / gain.toFloat()).coerceIn(0f, size.toFloat())
