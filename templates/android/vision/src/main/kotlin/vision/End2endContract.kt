package vision

/** Ultralytics' max_det. */
private const val LEAST_TOP_K = 300

/** The layout of [LevelContract], of a head that has one box for an object. It needs no NMS. */
object End2endContract : LevelContract() {
    override val name = "end2end"

    /**
     * First the k = max(maxDetections, 300) cells with the best scores are chosen, then the k best of all their scores: a cell
     * may give several classes. Of equal scores, the first ones stay. agnostic: each cell gives its best class only.
     */
    override fun decode(head: Head, outputs: Array<Numbers>, thresholds: Thresholds, boxAt: BoxAt): List<Candidate> {
        val k = minOf(maxOf(thresholds.maxDetections, LEAST_TOP_K), head.candidates)
        val cells = bestCells(head, outputs, thresholds.confidence).sortedByDescending { it.score }.take(k)
        val candidates = ArrayList<Candidate>()
        for (cell in cells.sortedBy { it.index }) {
            val box = boxAt(cell.level, cell.place)
            if (thresholds.agnostic) {
                candidates += Candidate(box, cell.score, bestClass(head, outputs, cell), cell.index)
                continue
            }
            for (classId in 0 until head.classes) {
                val score = sigmoid(logitAt(head, outputs, cell, classId))
                if (score > thresholds.confidence) candidates += Candidate(box, score, classId, cell.index)
            }
        }
        return mostConfident(candidates, k).sortedWith(compareBy({ it.index }, { it.classId }))
    }

    override fun choose(candidates: List<Candidate>, thresholds: Thresholds) =
        mostConfident(candidates, thresholds.maxDetections)
}
