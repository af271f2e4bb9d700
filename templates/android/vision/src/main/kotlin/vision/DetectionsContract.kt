package vision

/** Values of a row, before its extras. */
private const val ROW_VALUES = 6

/**
 * One tensor (1, candidates, 6 + extras) with a row for each candidate: x1, y1, x2, y2 in input pixels (of a rotated box cx, cy,
 * width, height), a score from 0 to 1, a class number, then perhaps extras. The model chose and sorted them.
 */
object DetectionsContract : BoxContract {
    override val name = "detections"
    override val layout = Layout.ROWS

    override fun decode(head: Head, outputs: Array<Numbers>, thresholds: Thresholds, boxAt: BoxAt): List<Candidate> {
        val candidates = ArrayList<Candidate>()
        for (i in 0 until head.candidates) {
            val score = outputs[0][placeOf(head, i) + 4]
            val classNumber = outputs[0][placeOf(head, i) + 5]
            val isKnown = classNumber >= 0 && classNumber < head.classes
            if (isKnown && score > thresholds.confidence) {
                candidates += Candidate(boxAt(0, i), score, classNumber.toInt(), i)
            }
        }
        return candidates
    }

    override fun numbersAt(head: Head, outputs: Array<Numbers>, level: Int, cell: Int) =
        FloatArray(SIDES) { side -> outputs[0][placeOf(head, cell) + side] }

    override fun cornersAt(head: Head, outputs: Array<Numbers>, level: Int, cell: Int) =
        numbersAt(head, outputs, level, cell)

    override fun extrasAt(head: Head, outputs: Array<Numbers>, index: Int) =
        FloatArray(head.extras) { outputs[0][placeOf(head, index) + ROW_VALUES + it] }

    override fun choose(candidates: List<Candidate>, thresholds: Thresholds) =
        candidates.take(maxOf(thresholds.maxDetections, 0))

    private fun placeOf(head: Head, index: Int) = index * (ROW_VALUES + head.extras)
}
