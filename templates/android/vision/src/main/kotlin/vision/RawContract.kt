package vision

/** A tensor for each level, as in [LevelContract]: each cell gives its best class, if the score is above the confidence. */
object RawContract : LevelContract() {
    override val name = "raw"
    override val needsNms = true

    override fun decode(head: Head, outputs: Array<Numbers>, thresholds: Thresholds, boxAt: BoxAt): List<Candidate> =
        bestCells(head, outputs, thresholds.confidence).map {
            Candidate(boxAt(it.level, it.place), it.score, bestClass(head, outputs, it), it.index)
        }

    override fun choose(candidates: List<Candidate>, thresholds: Thresholds) = chooseByNms(candidates, thresholds)
}
