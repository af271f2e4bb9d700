package vision

/**
 * From the model's outputs to rotated candidates in pixels of its input, by rising index (then class): [Decoder]'s rules,
 * but for the box. The one extra of a candidate is its angle.
 *
 * By levels, the four distances are those from the cell's centre to the sides along the box's own axes. The one tensor has
 * cx, cy, width, height where [Decoder]'s has them, or in the place of the corners.
 */
class RotatedDecoder(private val head: Head, private val rule: AngleRule) {
    private val finder = Finder(head)
    private val candidates = RotatedCandidates(head.candidates)
    private val distances = ExpectedDistances(if (head is Head.Levels) head.regMax else 1)
    private val found = Found { outputs, level, cell, index, score, classId ->
        when (head) {
            is Head.Levels -> addRaw(
                head.levels[level],
                outputs[head.tensors * level],
                angleOf(outputs[head.tensors * level + 2][cell]),
                cell,
                index,
                score,
                classId
            )

            is Head.Decoded -> {
                val last = (SIDES + head.classes) * head.candidates
                addStored(outputs[0], cell, head.candidates, last + cell, cell, score, classId)
            }

            is Head.Detections -> {
                val at = cell * (DETECTION_VALUES + head.extras)
                addStored(outputs[0], at, 1, at + DETECTION_VALUES, cell, score, classId)
            }
        }
    }

    /** Returns the candidates whose score is above [confidence], 0 to 1; all arguments as [Decoder.decode] has them. */
    fun decode(
        outputs: Array<Numbers>,
        confidence: Float,
        keepClass: BooleanArray? = null,
        maxDetections: Int = LEAST_TOP_K,
        agnostic: Boolean = false
    ): RotatedCandidates {
        candidates.clear()
        finder.find(outputs, confidence, keepClass, maxDetections, agnostic, found)
        return candidates
    }

    private fun angleOf(output: Float): Float =
        if (rule == AngleRule.SIGMOID) (sigmoid(output) - QUARTER) * PI else output

    private fun addRaw(level: Level, box: Numbers, angle: Float, cell: Int, index: Int, score: Float, classId: Int) {
        val (left, top, right, bottom) = distances.of(box, cell, level.cells)
        val cos = Math.cos(angle.toDouble()).toFloat()
        val sin = Math.sin(angle.toDouble()).toFloat()
        // From the cell's centre to the box's, along its axes
        val along = (right - left) / 2
        val across = (bottom - top) / 2
        val stride = level.stride.toFloat()
        add(
            (along * cos - across * sin + level.centreX(cell)) * stride,
            (along * sin + across * cos + level.centreY(cell)) * stride,
            (left + right) * stride,
            (top + bottom) * stride,
            angle,
            score,
            classId,
            index
        )
    }

    private fun addStored(output: Numbers, first: Int, step: Int, angle: Int, index: Int, score: Float, classId: Int) =
        add(
            output[first],
            output[first + step],
            output[first + 2 * step],
            output[first + 3 * step],
            output[angle],
            score,
            classId,
            index
        )

    private fun add(
        x: Float,
        y: Float,
        width: Float,
        height: Float,
        angle: Float,
        score: Float,
        classId: Int,
        index: Int
    ) {
        val isFinite = x.isFinite() && y.isFinite() && width.isFinite() && height.isFinite() && angle.isFinite()
        if (isFinite) candidates.add(x, y, width, height, angle, score, classId, index)
    }
}

private const val QUARTER = 0.25f
private const val PI = Math.PI.toFloat()
