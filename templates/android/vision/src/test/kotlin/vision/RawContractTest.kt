package vision

import kotlin.math.exp
import kotlin.math.nextUp
import org.junit.Assert.assertEquals
import org.junit.Test

private const val CLASSES = 3
private const val REG_MAX = 4
private const val CELLS = 4

class RawContractTest {
    /** One level of 2 x 2 cells with stride 8; every class logit is low. */
    private class Outputs {
        val box = FloatArray(4 * REG_MAX * CELLS)
        val classes = FloatArray(CLASSES * CELLS) { -10f }

        fun logit(classId: Int, cell: Int, value: Float) {
            classes[classId * CELLS + cell] = value
        }

        fun bin(side: Int, bin: Int, cell: Int, value: Float) {
            box[(side * REG_MAX + bin) * CELLS + cell] = value
        }
    }

    private fun decode(outputs: List<Outputs>, confidence: Float, keepClass: BooleanArray? = null): List<Candidate> {
        val head = Head(RawContract, CLASSES, REG_MAX, outputs.map { Level(2, 2, 8) })
        val numbers = outputs.flatMap { listOf(Numbers(it.box), Numbers(it.classes)) }.toTypedArray()
        return decode(head, numbers, Thresholds(confidence, iou = 0.7, maxDetections = 300), keepClass)
    }

    private fun decode(
        confidence: Float,
        keepClass: BooleanArray? = null,
        fill: Outputs.() -> Unit = {}
    ): List<Candidate> = decode(listOf(Outputs().apply(fill)), confidence, keepClass)

    @Test
    fun `a distance is the mean of its bins`() {
        val found = decode(0.5f) {
            logit(1, cell = 3, value = 2f)
            bin(side = 2, bin = 3, cell = 3, value = 100f) // to the right: surely 3 strides
        }
        assertEquals(listOf(1, 3, 1), listOf(found.size, found[0].index, found[0].classId))
        assertEquals(1 / (1 + exp(-2.0)), found[0].score.toDouble(), 1e-6)
        assertEquals((1.5f - 1.5f) * 8, found[0].box[0], 1e-4f) // even bins: 1.5 strides from the centre of cell (1, 1)
        assertEquals((1.5f + 3) * 8, found[0].box[2], 1e-4f)
    }

    @Test
    fun `the first of equal classes counts`() {
        val found = decode(0.25f) {
            logit(1, cell = 0, value = 1f)
            logit(2, cell = 0, value = 1f.nextUp()) // with the same score
        }
        assertEquals(1, found[0].classId)
    }

    @Test
    fun `a score has to be above the confidence`() {
        assertEquals(0, decode(0.5f) { logit(0, cell = 0, value = 0f) }.size) // a score of exactly 0.5
        assertEquals(1, decode(0.49f) { logit(0, cell = 0, value = 0f) }.size)
    }

    @Test
    fun `confidences 0 and 1 are thresholds`() {
        assertEquals(CELLS, decode(0f).size)
        assertEquals(0, decode(1f) { logit(0, cell = 0, value = Float.POSITIVE_INFINITY) }.size)
    }

    @Test
    fun `NaN is ignored`() {
        val found = decode(0.25f) {
            logit(0, cell = 0, value = Float.NaN)
            logit(2, cell = 0, value = 1f)
            logit(0, cell = 1, value = 1f)
            bin(side = 0, bin = 0, cell = 1, value = Float.NaN)
        }
        assertEquals(listOf(1, 0, 2), listOf(found.size, found[0].index, found[0].classId))
    }

    @Test
    fun `candidates of hidden classes are dropped after the best class is chosen`() {
        val found = decode(0.25f, booleanArrayOf(false, true, true)) {
            logit(0, cell = 0, value = 3f)
            logit(1, cell = 0, value = 2f) // not shown instead of class 0
            logit(1, cell = 1, value = 2f)
        }
        assertEquals(listOf(1, 1), listOf(found.size, found[0].index))
    }

    @Test
    fun `candidates are numbered over all levels`() {
        val second = Outputs().apply { logit(0, cell = 2, value = 1f) }
        assertEquals(CELLS + 2, decode(listOf(Outputs(), second), 0.25f)[0].index)
    }
}
