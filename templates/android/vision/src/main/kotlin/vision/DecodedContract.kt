package vision

/** One tensor, as in [ColumnContract]: each candidate gives its best class, if the score is above the confidence. */
object DecodedContract : ColumnContract() {
    override val name = "decoded"

    override fun decode(head: Head, outputs: Array<Numbers>, thresholds: Thresholds, boxAt: BoxAt): List<Candidate> {
        val n = head.candidates
        val best = bestScores(outputs[0], SIDES * n, head.classes, n)
        return (0 until n).filter { best[it] > thresholds.confidence }.map { i ->
            val scores = FloatArray(head.classes) { outputs[0][(SIDES + it) * n + i] }
            Candidate(boxAt(0, i), best[i], argmax(scores), i)
        }
    }
}
