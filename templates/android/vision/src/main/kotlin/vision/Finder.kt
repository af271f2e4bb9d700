package vision

/** What is called with every candidate: which cell of which level it is (or which column or row), and what it shows. */
internal fun interface Found {
    fun add(outputs: Array<Numbers>, level: Int, cell: Int, index: Int, score: Float, classId: Int)
}

/**
 * Finds, among all that a model proposes, what has a score above the confidence; what kind of box it has is not looked at.
 * Allocates nothing after the first call. Not thread-safe: one for each thread.
 */
internal class Finder(private val head: Head) {
    private val row = FloatArray(BLOCK)
    private val excess = FloatArray(BLOCK)
    private val bytes = ByteArray(BLOCK)
    private val signs = ByteArray(BLOCK)
    private val column = FloatArray(head.classes) // the scores of one cell
    private val best = TopK()

    /** Calls [found] by rising index, then class. The arguments are those of [Decoder.decode]. */
    fun find(
        outputs: Array<Numbers>,
        confidence: Float,
        keepClass: BooleanArray?,
        maxDetections: Int,
        agnostic: Boolean,
        found: Found
    ) {
        when (head) {
            is Head.Raw -> findRaw(head, outputs, confidence, keepClass, found)

            is Head.End2end -> {
                chooseBest(head, outputs, confidence, maxDetections, agnostic)
                addBest(head, outputs, keepClass, found)
            }

            is Head.Decoded -> findDecoded(head, outputs, confidence, keepClass, found)

            is Head.Detections -> findDetections(head, outputs, confidence, keepClass, found)
        }
    }

    private fun findRaw(
        head: Head.Raw,
        outputs: Array<Numbers>,
        confidence: Float,
        keepClass: BooleanArray?,
        found: Found
    ) {
        if (!(confidence < 1)) return // no score is above 1
        val threshold = logitThreshold(confidence)
        var firstIndex = 0
        for (i in head.levels.indices) {
            val level = head.levels[i]
            val logits = outputs[head.tensors * i + 1]
            search(logits, 0, level.cells, threshold) { cell ->
                logits.gather(cell, level.cells, column)
                val classId = bestClass(threshold, areLogits = true)
                if (classId != NO_CLASS && (keepClass == null || keepClass[classId])) {
                    val score = sigmoid(column[classId])
                    if (score > confidence) found.add(outputs, i, cell, firstIndex + cell, score, classId)
                }
            }
            firstIndex += level.cells
        }
    }

    /**
     * The k best scores of all cells and classes, k = max([maxDetections], 300) but no more than there are cells; a cell
     * may so have several classes, with [agnostic] its best one alone. Of equal scores the first ones stay.
     */
    private fun chooseBest(
        head: Head.End2end,
        outputs: Array<Numbers>,
        confidence: Float,
        maxDetections: Int,
        agnostic: Boolean
    ) {
        best.start(minOf(maxOf(maxDetections, LEAST_TOP_K), head.candidates), confidence)
        if (!(confidence < 1)) return // no score is above 1
        var threshold = logitThreshold(confidence)
        var firstIndex = 0
        for (i in head.levels.indices) {
            val cells = head.levels[i].cells
            val logits = outputs[head.tensors * i + 1]
            search(logits, 0, cells, threshold) { cell ->
                logits.gather(cell, cells, column)
                val only = if (agnostic) bestClass(threshold, areLogits = true) else NO_CLASS
                for (c in 0 until head.classes) {
                    val logit = column[c]
                    if (!(logit > threshold) || (agnostic && c != only)) continue
                    if (best.add(sigmoid(logit), firstIndex + cell, c)) threshold = logitThreshold(best.floor)
                }
            }
            firstIndex += cells
        }
    }

    /** Those of them that are to be kept. */
    private fun addBest(head: Head.End2end, outputs: Array<Numbers>, keepClass: BooleanArray?, found: Found) {
        best.finish()
        var i = 0
        var firstOfLevel = 0
        for (k in 0 until best.size) {
            while (best.index[k] >= firstOfLevel + head.levels[i].cells) firstOfLevel += head.levels[i++].cells
            val classId = best.classId[k]
            if (keepClass != null && !keepClass[classId]) continue
            val index = best.index[k]
            found.add(outputs, i, index - firstOfLevel, index, best.score[k], classId)
        }
    }

    private fun findDecoded(
        head: Head.Decoded,
        outputs: Array<Numbers>,
        confidence: Float,
        keepClass: BooleanArray?,
        found: Found
    ) {
        val output = outputs[0]
        val cells = head.candidates
        val scores = SIDES * cells
        search(output, scores, cells, confidence) { cell ->
            output.gather(scores + cell, cells, column)
            val classId = bestClass(confidence, areLogits = false)
            if (classId != NO_CLASS && (keepClass == null || keepClass[classId])) {
                found.add(outputs, 0, cell, cell, column[classId], classId)
            }
        }
    }

    private fun findDetections(
        head: Head.Detections,
        outputs: Array<Numbers>,
        confidence: Float,
        keepClass: BooleanArray?,
        found: Found
    ) {
        val output = outputs[0]
        for (i in 0 until head.candidates) {
            val at = i * (DETECTION_VALUES + head.extras)
            val score = output[at + 4]
            val classNumber = output[at + 5]
            if (!(classNumber >= 0 && classNumber < head.classes) || !(score > confidence)) continue
            val classId = classNumber.toInt()
            if (keepClass != null && !keepClass[classId]) continue
            found.add(outputs, 0, i, i, score, classId)
        }
    }

    /** Calls [visit] with each cell that has a score above the threshold, and maybe with more. */
    private inline fun search(scores: Numbers, offset: Int, cells: Int, threshold: Float, visit: (cell: Int) -> Unit) {
        var start = 0
        while (start < cells) {
            val count = minOf(BLOCK, cells - start)
            addUpExcess(scores, offset + start, cells, count, threshold)
            for (i in 0 until count) if (excess[i] != 0f) visit(start + i)
            start += BLOCK
        }
    }

    /**
     * In [column], the first class of the highest score above the threshold, or [NO_CLASS]. Of high logits many share a
     * score, and all above 17: as predict sees it, none of these is better.
     */
    private fun bestClass(threshold: Float, areLogits: Boolean): Int {
        var highest = threshold
        var best = NO_CLASS
        for (c in 0 until head.classes) {
            val score = column[c]
            if (!(score > highest)) continue
            val isCrowded = areLogits && score >= CROWDED && best != NO_CLASS
            if (isCrowded && sigmoid(score) <= sigmoid(highest)) continue
            highest = score
            best = c
        }
        return best
    }

    /** excess[i]: not 0 if any class of cell i has a score above the threshold; also where one is not a number. */
    private fun addUpExcess(scores: Numbers, offset: Int, cells: Int, count: Int, threshold: Float) {
        excess.fill(0f, 0, count)
        if (scores.steps != null) return findBytes(scores.bytes, offset, cells, count, scores.steps.limit(threshold))
        for (c in 0 until head.classes) {
            System.arraycopy(scores.floats, offset + c * cells, row, 0, count)
            addExcess(row, threshold, count, excess)
        }
    }

    /** The same of int8, where a number is above [limit], or near to it. */
    private fun findBytes(numbers: ByteArray, offset: Int, cells: Int, count: Int, limit: Int) {
        signs.fill(0, 0, count)
        for (c in 0 until head.classes) {
            System.arraycopy(numbers, offset + c * cells, bytes, 0, count)
            addSigns(bytes, ((limit + 1) shr 1) - 1, count, signs)
        }
        for (i in 0 until count) if (signs[i] < 0) excess[i] = 1f
    }
}

/** Ultralytics' max_det: a one-to-one head chooses at least so many. */
internal const val LEAST_TOP_K = 300

/** Cells are searched in blocks: what is known of them stays in the nearest cache while all classes pass by. */
private const val BLOCK = 1024

private const val NO_CLASS = -1

/** Below, logits that share a score differ in their last bits. */
private const val CROWDED = 8f

internal fun sigmoid(logit: Float): Float = 1 / (1 + Math.exp(-logit.toDouble()).toFloat())

/**
 * A logit that is not above this has no score above the confidence. Not so the other way round: the threshold is a hair
 * too low, and the score itself decides.
 */
private fun logitThreshold(confidence: Float): Float {
    val logitError = 1e-4 // more than a float32 logit near the threshold is off
    val scoreError = 4.0 / (1 shl 24) // more than a float32 sigmoid is off, relative: 4 half units
    if (!(confidence > 0)) return Float.NEGATIVE_INFINITY
    val score = confidence.toDouble()
    val rest = 1 - score
    // The slope of the logit is 1 / (score * rest): close to 1, many logits share a score.
    return (Math.log(score / rest) - logitError - scoreError / rest).toFloat()
}

/**
 * Adds to each sum twice the part of its score that lies above the threshold. Plain arithmetic, from index 0 of both
 * arrays: compilers vectorise this, but no comparison.
 */
private fun addExcess(scores: FloatArray, threshold: Float, count: Int, sums: FloatArray) {
    for (i in 0 until count) {
        val above = scores[i] - threshold
        sums[i] += above + Math.abs(above)
    }
}

/**
 * Makes each sign negative whose number's half, rounded down, lies above [half]. Halves, so that differences are bytes;
 * vectorised as [addExcess].
 */
private fun addSigns(numbers: ByteArray, half: Int, count: Int, signs: ByteArray) {
    for (i in 0 until count) signs[i] = (signs[i].toInt() or (half - (numbers[i].toInt() shr 1))).toByte()
}
