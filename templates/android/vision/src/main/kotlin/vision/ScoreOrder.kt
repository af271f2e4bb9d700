package vision

/** Positions of scores by falling score, equal scores by rising position; what is not a number comes last. */
internal class ScoreOrder {
    // Sort key << 32 | position: a key and what it belongs to move together.
    private var keys = LongArray(0)
    private var spare = LongArray(0)
    private val counts = IntArray(1 shl DIGIT_BITS)

    operator fun get(i: Int): Int = keys[i].toInt()

    /** Of the first [count] scores. */
    fun sort(scores: FloatArray, count: Int) {
        if (keys.size < scores.size) {
            keys = LongArray(scores.size)
            spare = LongArray(scores.size)
        }
        for (i in 0 until count) keys[i] = (fallingKey(scores[i]).toLong() shl Int.SIZE_BITS) or i.toLong()
        if (count <= FEW) insertionSort(count) else radixSort(count)
    }

    private fun insertionSort(count: Int) {
        for (i in 1 until count) {
            val key = keys[i]
            var at = i
            while (at > 0 && keys[at - 1] + Long.MIN_VALUE > key + Long.MIN_VALUE) {
                keys[at] = keys[at - 1]
                --at
            }
            keys[at] = key
        }
    }

    /** Digit by digit from the lowest one of the key; positions are in order already, and each pass keeps the order. */
    private fun radixSort(count: Int) {
        var shift = Int.SIZE_BITS
        while (shift < Long.SIZE_BITS) {
            counts.fill(0)
            for (i in 0 until count) ++counts[digit(keys[i], shift)]
            var sum = 0
            for (digit in counts.indices) {
                val here = counts[digit]
                counts[digit] = sum
                sum += here
            }
            for (i in 0 until count) spare[counts[digit(keys[i], shift)]++] = keys[i]
            val sorted = spare
            spare = keys
            keys = sorted
            shift += DIGIT_BITS
        }
    }

    private fun digit(key: Long, shift: Int): Int = (key ushr shift).toInt() and (counts.size - 1)
}

private const val DIGIT_BITS = 8
private const val FEW = 64 // sorting by insertion is faster then
private const val SIGN = 1 shl 31
private const val LAST = -1

/** Rises, as a number without a sign, as the score falls; not-a-number comes last. Equal scores have equal keys. */
private fun fallingKey(score: Float): Int {
    if (score.isNaN()) return LAST
    val bits = (score + 0f).toRawBits() // -0 is 0
    // A float's bits rise with its size; below zero they fall.
    return if (bits and SIGN != 0) bits else SIGN.inv() - bits
}
