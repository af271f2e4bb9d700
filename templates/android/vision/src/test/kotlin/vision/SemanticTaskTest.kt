package vision

import org.junit.Assert.assertEquals
import org.junit.Assert.assertNotEquals
import org.junit.Assert.assertSame
import org.junit.Test

class SemanticTaskTest {
    private val nothing = Thresholds(0f, 0.0, 0)

    /** Logits at half of the input's size, which is 4 x 4. */
    private fun run(
        count: Int,
        logits: FloatArray,
        width: Int = 4,
        height: Int = 4,
        keep: BooleanArray? = null
    ): SemanticResult {
        val map = DenseMap(count, width = 2, height = 2, inputWidth = 4, inputHeight = 4, corners = false)
        val plan = planLetterbox(width, height, 4, 4)
        return SemanticPostprocessor(map, count, keep).run(arrayOf(Numbers(logits)), plan, nothing)
    }

    private fun rowsOf(result: SemanticResult) =
        result.map.values.take(result.width * result.height).chunked(result.width).map { it.joinToString("") }

    @Test
    fun `a pixel has the class of its highest logit, and of equal ones the lower`() {
        // Down the first column 4 and 0: at the rows' centres 4, 3, 1, 0, and 2 everywhere for the other one
        val result = run(2, floatArrayOf(4f, 0f, 4f, 0f, 2f, 2f, 2f, 2f))
        assertEquals(List(4) { "0011" }, rowsOf(result))
        assertEquals(listOf(ClassShare(0, 0.5f), ClassShare(1, 0.5f)), result.classes)
        assertEquals(List(4) { "0000" }, rowsOf(run(2, FloatArray(8) { 1f })))
    }

    @Test
    fun `NaN is below all numbers`() =
        assertEquals(List(4) { "1111" }, rowsOf(run(2, FloatArray(8) { if (it < 4) Float.NaN else -9f })))

    @Test
    fun `the border around the picture does not count`() {
        // The picture is twice as wide as high: it has the rows 6.75 and 2.25 of 9, 6.75, 2.25 and 0
        val result = run(2, floatArrayOf(9f, 9f, 0f, 0f, 3f, 3f, 3f, 3f), width = 8, height = 4)
        assertEquals(listOf("00000000", "00000000", "00000000", "11111111"), rowsOf(result))
    }

    @Test
    fun `the only class covers pixels with a logit above 0`() {
        val result = run(1, floatArrayOf(-1f, 1f, -1f, 1f))
        assertEquals(List(4) { "0011" }, rowsOf(result))
        assertEquals("cup", result.inWords(listOf("cup")))
        assertEquals("", run(1, FloatArray(4)).inWords(listOf("cup")))
    }

    @Test
    fun `the largest class and a speck are not announced`() {
        val result = run(2, floatArrayOf(4f, 0f, 4f, 0f, 2f, 2f, 2f, 2f))
        val news = { classes: List<ClassShare> -> result.copy(classes = classes).news(listOf("road", "sky")) }
        val both = news(listOf(ClassShare(0, 0.6f), ClassShare(1, 0.4f)))
        assertEquals(both, news(listOf(ClassShare(1, 0.6f), ClassShare(0, 0.4f))))
        val one = news(listOf(ClassShare(1, 1f)))
        assertNotEquals(both, one)
        assertEquals(one, news(listOf(ClassShare(1, 0.991f), ClassShare(0, 0.009f))))
        assertEquals("", run(1, FloatArray(4)).news(listOf("cup")))
    }

    @Test
    fun `a small picture after a huge one does not keep its memory`() {
        val memory = ClassMapMemory()
        memory.reserve(1000)
        val first = memory.values
        memory.reserve(500)
        assertSame(first, memory.values)
        memory.reserve(10)
        assertEquals(10, memory.values.size)
    }

    @Test
    fun `classes that are not shown have no share`() {
        val keep = booleanArrayOf(false, true)
        val result = run(2, floatArrayOf(4f, 0f, 4f, 0f, 2f, 2f, 2f, 2f), keep = keep)
        assertEquals(List(4) { "-1-111" }, rowsOf(result))
        assertEquals(listOf(ClassShare(1, 0.5f)), result.classes)
        val map = result.rows().single().getValue("map") as Map<*, *>
        assertEquals(List(8) { 2 }, map["runs"])
        assertEquals(List(4) { listOf(255, 1) }.flatten(), map["values"])
    }
}
