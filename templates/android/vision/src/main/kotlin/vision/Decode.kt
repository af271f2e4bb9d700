package vision

import kotlin.math.exp
import kotlin.math.ln

// From the model's outputs to candidate boxes in pixels of its input.

/**
 * A box that the model proposes, in pixels of the model's input.
 *
 * box: x1, y1, x2, y2; of a rotated box the centre's x and y, width, height and the angle in radians.
 * score: 0 to 1. index: the candidate's number in the outputs, level by level, row by row.
 */
class Candidate(val box: FloatArray, val score: Float, val classId: Int, val index: Int)

/** Reads the box of a cell of a level, or of a column or row of the one tensor. */
internal typealias BoxAt = (level: Int, cell: Int) -> FloatArray

/** Ultralytics' max_det: a one-to-one head chooses at least so many. */
private const val LEAST_TOP_K = 300

/** A logit. From here on, many logits share a float32 score. */
private const val CROWDED = 8f

/** Numbers of a box: left, top, right, bottom, or x, y, width, height. */
internal const val SIDES = 4

/**
 * Returns the candidates above the confidence, by rising index, then class. Drops those whose box is not finite.
 *
 * outputs: in the model's order: boxes, classes (and extras) of each level, or the one tensor.
 * keepClass: for each class, whether its candidates stay; null: all.
 */
fun decode(
    head: Head,
    outputs: Array<Numbers>,
    thresholds: Thresholds,
    keepClass: BooleanArray? = null
): List<Candidate> =
    decode(head, outputs, thresholds, keepClass) { level, cell -> uprightBox(head, outputs, level, cell) }

/** The same for boxes of any kind. */
internal fun decode(
    head: Head,
    outputs: Array<Numbers>,
    thresholds: Thresholds,
    keepClass: BooleanArray?,
    boxAt: BoxAt
): List<Candidate> {
    val candidates = when (head) {
        is Head.Raw -> decodeRaw(head, outputs, thresholds.confidence, boxAt)
        is Head.End2end -> topK(head, outputs, thresholds, boxAt)
        is Head.Decoded -> decodeDecoded(head, outputs[0], thresholds.confidence, boxAt)
        is Head.Detections -> decodeDetections(head, outputs[0], thresholds.confidence, boxAt)
    }
    return candidates.filter { (keepClass == null || keepClass[it.classId]) && it.box.all(Float::isFinite) }
}

internal fun sigmoid(logit: Float): Float = 1 / (1 + exp(-logit))

/** The distance of one side, in strides: the expectation of the softmax over its bins. One bin is the distance itself. */
internal fun expectedDistance(bins: FloatArray): Float {
    if (bins.size == 1) return bins[0]
    val highest = bins.max()
    var sum = 0f
    var weighted = 0f
    for (bin in bins.indices) {
        val weight = exp(bins[bin] - highest)
        sum += weight
        weighted += weight * bin
    }
    return weighted / sum
}

/** The contract raw: a cell with a score above the confidence is a candidate of its best class. */
private fun decodeRaw(head: Head.Raw, outputs: Array<Numbers>, confidence: Float, boxAt: BoxAt): List<Candidate> =
    bestCells(head, outputs, confidence).map {
        Candidate(boxAt(it.level, it.cell), it.score, bestClass(head, outputs, it), it.index)
    }

/**
 * The contract end2end: the k cells with the best scores, and of all their scores, in all classes, the k best. A cell may
 * give several classes; with agnostic, only its best one. Of equal scores, the lower index and then the lower class stays.
 */
private fun topK(head: Head.End2end, outputs: Array<Numbers>, thresholds: Thresholds, boxAt: BoxAt): List<Candidate> {
    val k = minOf(maxOf(thresholds.maxDetections, LEAST_TOP_K), head.candidates)
    val cells = bestCells(head, outputs, thresholds.confidence).sortedByDescending { it.score }.take(k)
    val candidates = ArrayList<Candidate>()
    for (cell in cells.sortedBy { it.index }) {
        val box = boxAt(cell.level, cell.cell)
        val classes = if (thresholds.agnostic) listOf(bestClass(head, outputs, cell)) else 0 until head.classes
        for (classId in classes) {
            val score = sigmoid(head.logit(outputs, cell.level, cell.cell, classId))
            if (score > thresholds.confidence) candidates += Candidate(box, score, classId, cell.index)
        }
    }
    return first(candidates, k).sortedWith(compareBy({ it.index }, { it.classId }))
}

/** A cell whose best class has this logit and this score. */
private class BestCell(val level: Int, val cell: Int, val index: Int, val logit: Float, val score: Float)

/** The cells whose best score is above the confidence. */
private fun bestCells(head: Head.Levels, outputs: Array<Numbers>, confidence: Float): List<BestCell> {
    val best = ArrayList<BestCell>()
    val floor = logitFloor(confidence)
    var firstIndex = 0
    for ((i, level) in head.levels.withIndex()) {
        val logits = bestScores(outputs[head.tensors * i + 1], 0, head.classes, level.cells, floor)
        for (cell in 0 until level.cells) {
            val score = sigmoid(logits[cell])
            if (score > confidence) best += BestCell(i, cell, firstIndex + cell, logits[cell], score)
        }
        firstIndex += level.cells
    }
    return best
}

/** A logit below those of all scores above the confidence. A float32 score is wrong by less than the margin. */
private fun logitFloor(confidence: Float): Float {
    val score = confidence - 1e-6
    return if (score > 0) ln(score / (1 - score)).toFloat() else Float.NEGATIVE_INFINITY
}

/**
 * The best score or logit of each cell over all classes, or the floor if none is above it: few are, so the comparison is
 * mostly predicted (0.3 ms a frame). The inner loop is over cells, because neighbouring cells are neighbours in memory.
 */
private fun bestScores(scores: Numbers, offset: Int, classes: Int, cells: Int, floor: Float): FloatArray {
    val best = FloatArray(cells) { floor }
    for (classId in 0 until classes) {
        val first = offset + classId * cells
        for (cell in 0 until cells) {
            val score = scores[first + cell]
            if (score > best[cell]) best[cell] = score
        }
    }
    return best
}

/** The first class of the best logit, or of the best score where many logits share one: above 17, all do. */
private fun bestClass(head: Head.Levels, outputs: Array<Numbers>, best: BestCell): Int = (0 until head.classes).first {
    val logit = head.logit(outputs, best.level, best.cell, it)
    logit == best.logit || (best.logit >= CROWDED && sigmoid(logit) == best.score)
}

/** The contract decoded: one tensor (4 + classes + extras, n) of scores from 0 to 1. */
private fun decodeDecoded(head: Head.Decoded, output: Numbers, confidence: Float, boxAt: BoxAt): List<Candidate> {
    val columns = head.candidates
    val scores = bestScores(output, SIDES * columns, head.classes, columns, confidence)
    return (0 until columns).filter { scores[it] > confidence }.map { column ->
        val classId = (0 until head.classes).first { output[(SIDES + it) * columns + column] == scores[column] }
        Candidate(boxAt(0, column), scores[column], classId, column)
    }
}

/** The contract detections: one tensor (n, 6 + extras), chosen by the model itself. The rows stay in their order. */
private fun decodeDetections(head: Head.Detections, output: Numbers, confidence: Float, boxAt: BoxAt): List<Candidate> {
    val candidates = ArrayList<Candidate>()
    for (row in 0 until head.candidates) {
        val score = output[row * head.columns + 4]
        val classId = output[row * head.columns + 5]
        val isClass = classId >= 0 && classId < head.classes
        if (isClass && score > confidence) candidates += Candidate(boxAt(0, row), score, classId.toInt(), row)
    }
    return candidates
}

/** The [count] candidates with the best scores, best first. Equal scores stay in their order, not-a-number comes last. */
internal fun first(candidates: List<Candidate>, count: Int): List<Candidate> =
    candidates.sortedWith { a, b -> (0f - a.score).compareTo(0f - b.score) } // 0 - x, as -0 equals 0
        .take(maxOf(count, 0))

/** The corners of an upright box: x1, y1, x2, y2. */
private fun uprightBox(head: Head, outputs: Array<Numbers>, level: Int, cell: Int): FloatArray = when (head) {
    is Head.Levels -> {
        val (left, top, right, bottom) = distancesAt(head, outputs, level, cell)
        val x = head.levels[level].centreX(cell)
        val y = head.levels[level].centreY(cell)
        val stride = head.levels[level].stride
        floatArrayOf((x - left) * stride, (y - top) * stride, (x + right) * stride, (y + bottom) * stride)
    }

    is Head.Decoded -> {
        val (x, y, width, height) = storedBox(head, outputs[0], cell)
        floatArrayOf(x - width / 2, y - height / 2, x + width / 2, y + height / 2)
    }

    is Head.Detections -> storedBox(head, outputs[0], cell)
}

/** The distances from a cell's centre to the left, top, right and bottom side, in strides. */
internal fun distancesAt(head: Head.Levels, outputs: Array<Numbers>, level: Int, cell: Int): FloatArray {
    val numbers = outputs[head.tensors * level]
    val cells = head.levels[level].cells
    return FloatArray(SIDES) { side ->
        expectedDistance(FloatArray(head.regMax) { bin -> numbers[(side * head.regMax + bin) * cells + cell] })
    }
}

/** The four numbers of a box in the one tensor. */
internal fun storedBox(head: Head, output: Numbers, cell: Int) = FloatArray(SIDES) { side ->
    if (head is Head.Detections) output[cell * head.columns + side] else output[side * head.candidates + cell]
}

/** The numbers of candidate [index] beside its box and its class, such as keypoints. */
internal fun extrasAt(head: Head, outputs: Array<Numbers>, index: Int): FloatArray = when (head) {
    is Head.Levels -> {
        val (level, cell) = head.find(index)
        FloatArray(head.extras) { outputs[head.tensors * level + 2][it * head.levels[level].cells + cell] }
    }

    is Head.Decoded -> FloatArray(head.extras) { outputs[0][(SIDES + head.classes + it) * head.candidates + index] }

    is Head.Detections -> FloatArray(head.extras) { outputs[0][index * head.columns + DETECTION_VALUES + it] }
}
