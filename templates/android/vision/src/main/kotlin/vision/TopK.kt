package vision

/**
 * Keeps the k best of the scores it is shown, without keeping or sorting the rest. Only the first [size] places count.
 * Allocates nothing once k has been as large.
 */
internal class TopK {
    private val order = ScoreOrder()
    private var k = 0

    var size = 0
        private set
    var score = FloatArray(0)
        private set

    /** Of the candidate. */
    var index = IntArray(0)
        private set

    /** The class of which the score is. */
    var classId = IntArray(0)
        private set

    /** A score that is not above this changes nothing any more. Rises as better ones come. */
    var floor = 0f
        private set

    /** Only scores above [floor] count. */
    fun start(k: Int, floor: Float) {
        this.k = k
        this.floor = floor
        size = 0
        if (score.size < 2 * k) {
            score = FloatArray(2 * k)
            index = IntArray(2 * k)
            classId = IntArray(2 * k)
        }
    }

    /** They come by rising index and class: of equal scores the first ones stay. Returns whether [floor] has risen. */
    fun add(score: Float, index: Int, classId: Int): Boolean {
        if (!(score > floor)) return false
        put(size, score, index, classId)
        ++size
        if (size < 2 * k) return false
        dropTheRest()
        return true
    }

    /** Leaves the best, by rising index and class. */
    fun finish() {
        if (size > k) dropTheRest()
    }

    private fun dropTheRest() {
        order.sort(score, size)
        floor = score[order[k - 1]]
        var equal = k
        for (i in 0 until size) if (score[i] > floor) --equal
        var end = 0
        for (i in 0 until size) {
            if (score[i] < floor || (score[i] == floor && --equal < 0)) continue
            put(end++, score[i], index[i], classId[i])
        }
        size = end
    }

    private fun put(at: Int, score: Float, index: Int, classId: Int) {
        this.score[at] = score
        this.index[at] = index
        this.classId[at] = classId
    }
}
