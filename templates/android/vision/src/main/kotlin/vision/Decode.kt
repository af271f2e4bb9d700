package vision

import kotlin.math.exp

// From the model's outputs to candidate boxes in pixels of its input.

/**
 * A box that the model proposes, in pixels of the model's input.
 *
 * box: x1, y1, x2, y2; of a rotated box cx, cy, width, height and the angle in radians.
 * score: 0 to 1. index: the candidate's number in the outputs, level by level, row by row.
 */
class Candidate(val box: FloatArray, val score: Float, val classId: Int, val index: Int)

/** Returns the box of a cell of a level, or of candidate `cell` of the one tensor. */
typealias BoxAt = (level: Int, cell: Int) -> FloatArray

/** Ultralytics' max_det. */
private const val LEAST_TOP_K = 300

/** From this logit on, different logits can have the same float32 score. */
private const val CROWDED = 8f

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
    boxAt: BoxAt = { level, cell -> uprightBox(head, outputs, level, cell) }
): List<Candidate> {
    val candidates = when (head.contract) {
        Contract.RAW -> decodeRaw(head, outputs, thresholds.confidence, boxAt)
        Contract.END2END -> topK(head, outputs, thresholds, boxAt)
        Contract.DECODED -> decodeDecoded(head, outputs[0], thresholds.confidence, boxAt)
        Contract.MULTILABEL -> decodeMultilabel(head, outputs[0], thresholds.confidence, boxAt)
        else -> decodeDetections(head, outputs[0], thresholds.confidence, boxAt)
    }
    return candidates.filter { (keepClass == null || keepClass[it.classId]) && it.box.all(Float::isFinite) }
}

internal fun sigmoid(logit: Float): Float = 1 / (1 + exp(-logit))

/**
 * Returns the distance of one side, in strides: the expectation of the softmax over its bins. With one bin it is the
 * distance itself.
 */
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

/**
 * Returns the best score of each cell over all classes. scores: (classes, cells), from [offset] on. The loop over cells is
 * the inner one, because neighbouring cells are neighbours in memory.
 */
private fun bestScores(scores: Numbers, offset: Int, classes: Int, cells: Int): FloatArray {
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

/** Returns the first class with the highest score. */
private inline fun firstBest(classes: Int, scoreOf: (Int) -> Float): Int {
    var best = 0
    var highest = Float.NEGATIVE_INFINITY
    for (classId in 0 until classes) {
        val score = scoreOf(classId)
        if (!(score > highest)) continue
        best = classId
        highest = score
    }
    return best
}

/**
 * Returns the best class of a cell, the first of equals. From [CROWDED] on, scores are compared as float32, as predict does:
 * above 17, all of them are 1.
 */
private fun bestClass(head: Head, outputs: Array<Numbers>, level: Int, cell: Int): Int {
    val best = firstBest(head.classes) { head.logit(outputs, level, cell, it) }
    if (head.logit(outputs, level, cell, best) < CROWDED) return best
    return firstBest(head.classes) { sigmoid(head.logit(outputs, level, cell, it)) }
}

/** A cell, and the score of its best class. */
private class Cell(val level: Int, val cell: Int, val index: Int, val score: Float)

/** Returns the cells whose best score is above the confidence, by rising index. */
private fun bestCells(head: Head, outputs: Array<Numbers>, confidence: Float): List<Cell> {
    val cells = ArrayList<Cell>()
    var firstIndex = 0 // of the level
    for ((i, level) in head.levels.withIndex()) {
        val logits = bestScores(outputs[head.tensors * i + 1], 0, head.classes, level.cells)
        for (cell in 0 until level.cells) {
            val score = sigmoid(logits[cell])
            if (score > confidence) cells += Cell(i, cell, firstIndex + cell, score)
        }
        firstIndex += level.cells
    }
    return cells
}

/** Decodes a head with one box per cell: each cell gives its best class, if the score is above the confidence. */
private fun decodeRaw(head: Head, outputs: Array<Numbers>, confidence: Float, boxAt: BoxAt): List<Candidate> =
    bestCells(head, outputs, confidence).map {
        Candidate(boxAt(it.level, it.cell), it.score, bestClass(head, outputs, it.level, it.cell), it.index)
    }

/**
 * Decodes a one-to-one head, which needs no NMS. First the k = max(maxDetections, 300) cells with the best scores are
 * chosen, then the k best of all their scores: a cell may give several classes. Of equal scores, the first ones stay.
 * agnostic: each cell gives its best class only.
 */
private fun topK(head: Head, outputs: Array<Numbers>, thresholds: Thresholds, boxAt: BoxAt): List<Candidate> {
    val k = minOf(maxOf(thresholds.maxDetections, LEAST_TOP_K), head.candidates)
    val cells = bestCells(head, outputs, thresholds.confidence).sortedByDescending { it.score }.take(k)
    val candidates = ArrayList<Candidate>()
    for (cell in cells.sortedBy { it.index }) {
        val box = boxAt(cell.level, cell.cell)
        if (thresholds.agnostic) {
            candidates += Candidate(box, cell.score, bestClass(head, outputs, cell.level, cell.cell), cell.index)
            continue
        }
        for (classId in 0 until head.classes) {
            val score = sigmoid(head.logit(outputs, cell.level, cell.cell, classId))
            if (score > thresholds.confidence) candidates += Candidate(box, score, classId, cell.index)
        }
    }
    return first(candidates, k).sortedWith(compareBy({ it.index }, { it.classId }))
}

/** output: (4 + classes + extras, n): cx, cy, width, height in input pixels, then scores from 0 to 1. */
private fun decodeDecoded(head: Head, output: Numbers, confidence: Float, boxAt: BoxAt): List<Candidate> {
    val n = head.candidates
    val best = bestScores(output, SIDES * n, head.classes, n)
    return (0 until n).filter { best[it] > confidence }.map { i ->
        val classId = firstBest(head.classes) { output[(SIDES + it) * n + i] }
        Candidate(boxAt(0, i), best[i], classId, i)
    }
}

/** The same, but each class whose score is above the confidence gives a candidate. */
private fun decodeMultilabel(head: Head, output: Numbers, confidence: Float, boxAt: BoxAt): List<Candidate> {
    val candidates = ArrayList<Candidate>()
    for (i in 0 until head.candidates) {
        for (classId in 0 until head.classes) {
            val score = output[(SIDES + classId) * head.candidates + i]
            if (score > confidence) candidates += Candidate(boxAt(0, i), score, classId, i)
        }
    }
    return candidates
}

/** output: (n, 6 + extras): x1, y1, x2, y2 in input pixels, score from 0 to 1, class. The model chose and sorted them. */
private fun decodeDetections(head: Head, output: Numbers, confidence: Float, boxAt: BoxAt): List<Candidate> {
    val candidates = ArrayList<Candidate>()
    for (i in 0 until head.candidates) {
        val score = output[i * head.columns + 4]
        val classNumber = output[i * head.columns + 5]
        val isKnown = classNumber >= 0 && classNumber < head.classes
        if (isKnown && score > confidence) candidates += Candidate(boxAt(0, i), score, classNumber.toInt(), i)
    }
    return candidates
}

/** Returns the [count] candidates with the best scores, best first. Equal scores stay in their order; NaN comes last. */
internal fun first(candidates: List<Candidate>, count: Int): List<Candidate> =
    candidates.sortedWith { a, b -> (0f - a.score).compareTo(0f - b.score) } // 0 - x, as compareTo has -0 below 0
        .take(maxOf(count, 0))

/** Returns x1, y1, x2, y2 of an upright box. */
private fun uprightBox(head: Head, outputs: Array<Numbers>, level: Int, cell: Int): FloatArray {
    if (head.contract.hasLevels) {
        val (left, top, right, bottom) = distancesAt(head, outputs, level, cell)
        val x = head.levels[level].centreX(cell)
        val y = head.levels[level].centreY(cell)
        val stride = head.levels[level].stride
        return floatArrayOf((x - left) * stride, (y - top) * stride, (x + right) * stride, (y + bottom) * stride)
    }
    val box = storedBox(head, outputs[0], cell)
    if (head.contract == Contract.DETECTIONS) return box
    val (x, y, width, height) = box
    return floatArrayOf(x - width / 2, y - height / 2, x + width / 2, y + height / 2)
}

/** Returns the distances from a cell's centre to the left, top, right and bottom side, in strides. */
internal fun distancesAt(head: Head, outputs: Array<Numbers>, level: Int, cell: Int): FloatArray {
    val numbers = outputs[head.tensors * level]
    val cells = head.levels[level].cells
    return FloatArray(SIDES) { side ->
        expectedDistance(FloatArray(head.regMax) { bin -> numbers[(side * head.regMax + bin) * cells + cell] })
    }
}

/** Returns the four numbers of a box in the one tensor. */
internal fun storedBox(head: Head, output: Numbers, index: Int) = FloatArray(SIDES) { side ->
    val isRow = head.contract == Contract.DETECTIONS
    output[if (isRow) index * head.columns + side else side * head.candidates + index]
}
