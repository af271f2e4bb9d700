package vision

/** What a model returns. */
sealed class Head(val classes: Int) {
    /** How many candidates the outputs describe. */
    abstract val candidates: Int

    /**
     * For each level, by rising stride, box logits (4 * regMax, height, width): left, top, right, bottom of regMax bins
     * each, and class logits (classes, height, width).
     */
    class Raw(classes: Int, val regMax: Int, val levels: List<Level>) : Head(classes) {
        override val candidates = levels.sumOf { it.cells }
    }

    /** One tensor (4 + classes, candidates): cx, cy, width, height in input pixels, then scores from 0 to 1. */
    class Decoded(classes: Int, override val candidates: Int) : Head(classes)
}

/** One level of a raw output: cells, and input pixels per cell. */
class Level(val height: Int, val width: Int, val stride: Int) {
    val cells get() = height * width
}

/**
 * From the model's outputs to candidate boxes in pixels of its input.
 *
 * A candidate's class is the first one of the highest score. Candidates whose box is not finite are dropped, and a
 * score that is not a number is passed over. Allocates nothing after the constructor. Not thread-safe: one for each
 * thread.
 */
class Decoder(private val head: Head) {
    private val candidates = Candidates(head.candidates)
    private val row = FloatArray(BLOCK)
    private val excess = FloatArray(BLOCK)
    private val distances = ExpectedDistances(if (head is Head.Raw) head.regMax else 1)

    /**
     * Returns the candidates whose score is above [confidence], 0 to 1; valid until the next call.
     *
     * outputs: flat, in the model's order: box, classes of each level, or the one decoded tensor.
     * keepClass: (classes), false: drop candidates of this class; null: keep all.
     */
    fun decode(outputs: Array<FloatArray>, confidence: Float, keepClass: BooleanArray? = null): Candidates {
        candidates.clear()
        when (head) {
            is Head.Raw -> decodeRaw(head, outputs, confidence, keepClass)
            is Head.Decoded -> decodeDecoded(head, outputs[0], confidence, keepClass)
        }
        return candidates
    }

    private fun decodeRaw(head: Head.Raw, outputs: Array<FloatArray>, confidence: Float, keepClass: BooleanArray?) {
        if (!(confidence < 1)) return // no score is above 1
        val threshold = logitThreshold(confidence)
        var firstIndex = 0
        for (i in head.levels.indices) {
            val level = head.levels[i]
            val box = outputs[2 * i]
            search(outputs[2 * i + 1], 0, level.cells, threshold) { cell, best, logit ->
                if (keepClass == null || keepClass[best]) {
                    val score = sigmoid(logit)
                    if (score > confidence) addRaw(level, box, cell, firstIndex + cell, score, best)
                }
            }
            firstIndex += level.cells
        }
    }

    private fun decodeDecoded(head: Head.Decoded, output: FloatArray, confidence: Float, keepClass: BooleanArray?) {
        val cells = head.candidates
        search(output, SIDES * cells, cells, confidence) { cell, best, score ->
            if (keepClass == null || keepClass[best]) addDecoded(output, cells, cell, best, score)
        }
    }

    /** Calls [visit] with each cell whose highest score lies above the threshold, that score's class, and the score. */
    private inline fun search(
        scores: FloatArray,
        offset: Int,
        cells: Int,
        threshold: Float,
        visit: (cell: Int, best: Int, score: Float) -> Unit
    ) {
        var start = 0
        while (start < cells) {
            val count = minOf(BLOCK, cells - start)
            addUpExcess(scores, offset + start, cells, count, threshold)
            for (i in 0 until count) {
                if (excess[i] == 0f) continue
                var highest = threshold
                var best = NO_CLASS
                for (c in 0 until head.classes) {
                    val score = scores[offset + start + i + c * cells]
                    if (score > highest) {
                        highest = score
                        best = c
                    }
                }
                if (best != NO_CLASS) visit(start + i, best, highest)
            }
            start += BLOCK
        }
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
