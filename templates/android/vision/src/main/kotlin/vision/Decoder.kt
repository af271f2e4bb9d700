package vision

/** What a model returns. */
sealed class Head(val classes: Int) {
    /** How many candidates the outputs describe. */
    abstract val candidates: Int

    /**
     * For each level, by rising stride, boxes (4 * regMax, height, width): left, top, right, bottom of regMax bins each, or
     * the distances themselves, in strides, where regMax is 1; and class logits (classes, height, width).
     */
    sealed class Levels(classes: Int, val regMax: Int, val levels: List<Level>) : Head(classes) {
        override val candidates = levels.sumOf { it.cells }
    }

    /** Many boxes for every object: NMS chooses among them. */
    class Raw(classes: Int, regMax: Int, levels: List<Level>) : Levels(classes, regMax, levels)

    /** One box for every object: the best are chosen. */
    class End2end(classes: Int, regMax: Int, levels: List<Level>) : Levels(classes, regMax, levels)

    /** One tensor (4 + classes, candidates): cx, cy, width, height in input pixels, then scores from 0 to 1. */
    class Decoded(classes: Int, override val candidates: Int) : Head(classes)

    /**
     * One tensor (candidates, 6): x1, y1, x2, y2 in input pixels, score from 0 to 1, class. Chosen by the model itself,
     * which gave them their order.
     */
    class Detections(classes: Int, override val candidates: Int) : Head(classes)
}

/** One level: cells, and input pixels per cell. */
class Level(val height: Int, val width: Int, val stride: Int) {
    val cells get() = height * width
}

/**
 * From the model's outputs to candidate boxes in pixels of its input, by rising index (then class).
 *
 * A candidate's class is the first one of the highest score. Candidates whose box is not finite are dropped, and a
 * score that is not a number is passed over. Allocates nothing after the first call. Not thread-safe: one for each
 * thread.
 */
class Decoder(private val head: Head) {
    private val candidates = Candidates(head.candidates)
    private val row = FloatArray(BLOCK)
    private val excess = FloatArray(BLOCK)
    private val distances = ExpectedDistances(if (head is Head.Levels) head.regMax else 1)
    private val best = TopK()

    /**
     * Returns the candidates whose score is above [confidence], 0 to 1; valid until the next call.
     *
     * outputs: flat, in the model's order: box, classes of each level, or the one tensor.
     * keepClass: (classes), false: drop candidates of this class; null: keep all.
     * maxDetections, agnostic: only of [Head.End2end], see [chooseBest].
     */
    fun decode(
        outputs: Array<FloatArray>,
        confidence: Float,
        keepClass: BooleanArray? = null,
        maxDetections: Int = LEAST_TOP_K,
        agnostic: Boolean = false
    ): Candidates {
        candidates.clear()
        when (head) {
            is Head.Raw -> decodeRaw(head, outputs, confidence, keepClass)

            is Head.End2end -> {
                chooseBest(head, outputs, confidence, maxDetections, agnostic)
                addBest(head, outputs, keepClass)
            }

            is Head.Decoded -> decodeDecoded(head, outputs[0], confidence, keepClass)

            is Head.Detections -> readDetections(head, outputs[0], confidence, keepClass)
        }
        return candidates
    }

    private fun decodeRaw(head: Head.Raw, outputs: Array<FloatArray>, confidence: Float, keepClass: BooleanArray?) {
        if (!(confidence < 1)) return // no score is above 1
        val threshold = logitThreshold(confidence)
        var firstIndex = 0
        for (i in head.levels.indices) {
            val level = head.levels[i]
            val logits = outputs[2 * i + 1]
            search(logits, 0, level.cells, threshold) { cell ->
                val classId = bestClass(logits, cell, level.cells, threshold)
                if (classId != NO_CLASS && (keepClass == null || keepClass[classId])) {
                    val score = sigmoid(logits[classId * level.cells + cell])
                    if (score > confidence) addRaw(level, outputs[2 * i], cell, firstIndex + cell, score, classId)
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
        outputs: Array<FloatArray>,
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
            val logits = outputs[2 * i + 1]
            search(logits, 0, cells, threshold) { cell ->
                val only = if (agnostic) bestClass(logits, cell, cells, threshold) else NO_CLASS
                for (c in 0 until head.classes) {
                    val logit = logits[c * cells + cell]
                    if (!(logit > threshold) || (agnostic && c != only)) continue
                    if (best.add(sigmoid(logit), firstIndex + cell, c)) threshold = logitThreshold(best.floor)
                }
            }
            firstIndex += cells
        }
    }

    /** Those of them that are to be kept. */
    private fun addBest(head: Head.End2end, outputs: Array<FloatArray>, keepClass: BooleanArray?) {
        best.finish()
        var i = 0
        var firstOfLevel = 0
        for (k in 0 until best.size) {
            while (best.index[k] >= firstOfLevel + head.levels[i].cells) firstOfLevel += head.levels[i++].cells
            val classId = best.classId[k]
            if (keepClass != null && !keepClass[classId]) continue
            val index = best.index[k]
            addRaw(head.levels[i], outputs[2 * i], index - firstOfLevel, index, best.score[k], classId)
        }
    }

    private fun decodeDecoded(head: Head.Decoded, output: FloatArray, confidence: Float, keepClass: BooleanArray?) {
        val cells = head.candidates
        val scores = SIDES * cells
        search(output, scores, cells, confidence) { cell ->
            val classId = bestClass(output, scores + cell, cells, confidence)
            if (classId != NO_CLASS && (keepClass == null || keepClass[classId])) {
                addDecoded(output, cells, cell, classId, output[scores + classId * cells + cell])
            }
        }
    }

    private fun readDetections(head: Head.Detections, output: FloatArray, confidence: Float, keepClass: BooleanArray?) {
        for (i in 0 until head.candidates) {
            val at = i * DETECTION_VALUES
            val score = output[at + 4]
            val classNumber = output[at + 5]
            if (!(classNumber >= 0 && classNumber < head.classes) || !(score > confidence)) continue
            val classId = classNumber.toInt()
            if (keepClass != null && !keepClass[classId]) continue
            add(output[at], output[at + 1], output[at + 2], output[at + 3], score, classId, i)
        }
    }

    /** Calls [visit] with each cell that has a score above the threshold, and maybe with more. */
    private inline fun search(
        scores: FloatArray,
        offset: Int,
        cells: Int,
        threshold: Float,
        visit: (cell: Int) -> Unit
    ) {
        var start = 0
        while (start < cells) {
            val count = minOf(BLOCK, cells - start)
            addUpExcess(scores, offset + start, cells, count, threshold)
            for (i in 0 until count) if (excess[i] != 0f) visit(start + i)
            start += BLOCK
        }
    }

    /** The first class of the highest score above the threshold, or [NO_CLASS]. */
    private fun bestClass(scores: FloatArray, offset: Int, cells: Int, threshold: Float): Int {
        var highest = threshold
        var best = NO_CLASS
        for (c in 0 until head.classes) {
            val score = scores[offset + c * cells]
            if (score > highest) {
                highest = score
                best = c
            }
        }
        return best
    }

    /** excess[i]: not 0 if any class of cell i has a score above the threshold; also where one is not a number. */
    private fun addUpExcess(scores: FloatArray, offset: Int, cells: Int, count: Int, threshold: Float) {
        excess.fill(0f, 0, count)
        for (c in 0 until head.classes) {
            System.arraycopy(scores, offset + c * cells, row, 0, count)
            addExcess(row, threshold, count, excess)
        }
    }

    private fun addRaw(level: Level, box: FloatArray, cell: Int, index: Int, score: Float, classId: Int) {
        val distance = distances.of(box, cell, level.cells)
        val x = cell % level.width + CELL_CENTRE
        val y = cell / level.width + CELL_CENTRE
        val stride = level.stride.toFloat()
        add(
            (x - distance[0]) * stride,
            (y - distance[1]) * stride,
            (x + distance[2]) * stride,
            (y + distance[3]) * stride,
            score,
            classId,
            index
        )
    }

    private fun addDecoded(output: FloatArray, cells: Int, cell: Int, classId: Int, score: Float) {
        val x = output[cell]
        val y = output[cells + cell]
        val halfWidth = output[2 * cells + cell] / 2
        val halfHeight = output[3 * cells + cell] / 2
        add(x - halfWidth, y - halfHeight, x + halfWidth, y + halfHeight, score, classId, cell)
    }

    private fun add(x1: Float, y1: Float, x2: Float, y2: Float, score: Float, classId: Int, index: Int) {
        if (x1.isFinite() && y1.isFinite() && x2.isFinite() && y2.isFinite()) {
            candidates.add(x1, y1, x2, y2, score, classId, index)
        }
    }
}

/** Of a cell, from its corner. */
private const val CELL_CENTRE = 0.5f

/** Cells are searched in blocks: what is known of them stays in the nearest cache while all classes pass by. */
private const val BLOCK = 1024

private const val NO_CLASS = -1

/** Ultralytics' max_det: a one-to-one head chooses at least so many. */
private const val LEAST_TOP_K = 300

private const val DETECTION_VALUES = 6

private fun sigmoid(logit: Float): Float = 1 / (1 + Math.exp(-logit.toDouble()).toFloat())

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
