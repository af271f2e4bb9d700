package vision

/**
 * From the model's outputs to candidate boxes in pixels of its input, by rising index (then class).
 *
 * A candidate's class is the first one of the highest score. Candidates whose box is not finite are dropped, and a
 * score that is not a number is passed over. Allocates nothing after the first call. Not thread-safe: one for each
 * thread.
 */
class Decoder(private val head: Head) {
    private val finder = Finder(head)
    private val candidates = Candidates(head.candidates)
    private val distances = ExpectedDistances(if (head is Head.Levels) head.regMax else 1)
    private val found = Found { outputs, level, cell, index, score, classId ->
        when (head) {
            is Head.Levels -> addRaw(head.levels[level], outputs[head.tensors * level], cell, index, score, classId)
            is Head.Decoded -> addDecoded(outputs[0], head.candidates, cell, score, classId)
            is Head.Detections -> addRow(outputs[0], cell * (DETECTION_VALUES + head.extras), cell, score, classId)
        }
    }

    /**
     * Returns the candidates whose score is above [confidence], 0 to 1; valid until the next call.
     *
     * outputs: in the model's order: box, classes (and extras) of each level, or the one tensor.
     * keepClass: (classes), false: drop candidates of this class; null: keep all.
     * maxDetections, agnostic: only of [Head.End2end], whose k = max(maxDetections, 300) best scores are chosen; a cell
     * may so have several classes, with [agnostic] its best one alone.
     */
    fun decode(
        outputs: Array<Numbers>,
        confidence: Float,
        keepClass: BooleanArray? = null,
        maxDetections: Int = LEAST_TOP_K,
        agnostic: Boolean = false
    ): Candidates {
        candidates.clear()
        finder.find(outputs, confidence, keepClass, maxDetections, agnostic, found)
        return candidates
    }

    private fun addRaw(level: Level, box: Numbers, cell: Int, index: Int, score: Float, classId: Int) {
        val distance = distances.of(box, cell, level.cells)
        val x = level.centreX(cell)
        val y = level.centreY(cell)
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

    private fun addDecoded(output: Numbers, cells: Int, cell: Int, score: Float, classId: Int) {
        val x = output[cell]
        val y = output[cells + cell]
        val halfWidth = output[2 * cells + cell] / 2
        val halfHeight = output[3 * cells + cell] / 2
        add(x - halfWidth, y - halfHeight, x + halfWidth, y + halfHeight, score, classId, cell)
    }

    private fun addRow(output: Numbers, at: Int, row: Int, score: Float, classId: Int) =
        add(output[at], output[at + 1], output[at + 2], output[at + 3], score, classId, row)

    private fun add(x1: Float, y1: Float, x2: Float, y2: Float, score: Float, classId: Int, index: Int) {
        if (x1.isFinite() && y1.isFinite() && x2.isFinite() && y2.isFinite()) {
            candidates.add(x1, y1, x2, y2, score, classId, index)
        }
    }
}
