package vision

/** One tensor, as in [ColumnContract]: each class whose score is above the confidence gives a candidate. */
object MultilabelContract : ColumnContract() {
    override val name = "multilabel"

    override fun decode(head: Head, outputs: Array<Numbers>, thresholds: Thresholds, boxAt: BoxAt): List<Candidate> {
        val candidates = ArrayList<Candidate>()
        for (i in 0 until head.candidates) {
            for (classId in 0 until head.classes) {
                val score = outputs[0][(SIDES + classId) * head.candidates + i]
                if (score > thresholds.confidence) candidates += Candidate(boxAt(0, i), score, classId, i)
            }
        }
        return candidates
    }
}
