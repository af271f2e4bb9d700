package vision

/**
 * One tensor (1, 4 + classes + extras, candidates) with a column for each candidate: cx, cy, width, height in input pixels,
 * then scores from 0 to 1, then perhaps extras.
 */
abstract class ColumnContract : BoxContract {
    override val layout = Layout.COLUMNS
    override val needsNms = true

    override fun numbersAt(head: Head, outputs: Array<Numbers>, level: Int, cell: Int) =
        FloatArray(SIDES) { side -> outputs[0][side * head.candidates + cell] }

    override fun cornersAt(head: Head, outputs: Array<Numbers>, level: Int, cell: Int): FloatArray {
        val (x, y, width, height) = numbersAt(head, outputs, level, cell)
        return floatArrayOf(x - width / 2, y - height / 2, x + width / 2, y + height / 2)
    }

    override fun extrasAt(head: Head, outputs: Array<Numbers>, index: Int) =
        FloatArray(head.extras) { outputs[0][(SIDES + head.classes + it) * head.candidates + index] }

    override fun choose(candidates: List<Candidate>, thresholds: Thresholds) = chooseByNms(candidates, thresholds)
}
